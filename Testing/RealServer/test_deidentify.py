"""De-identified files at a real Orthanc: it takes them, and nothing of the patients is there."""

from __future__ import annotations

import io
import json
from functools import partial
from pathlib import Path

import pydicom

from OrthancConnectCore.deidentify.deidentifier import Deidentifier
from OrthancConnectCore.deidentify.pseudonyms import load_or_make_key
from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id
from OrthancConnectCore.shared.upload_options import DeidentifyChoice
from Support.data.dicom import PATIENTS, write_group_folder
from Support.data.identified import NAMES, NUMBERS, PLACES, spellings, write_identified
from Support.servers.orthanc import PrivateOrthanc


def test_a_group_folder_arrives_without_its_patients(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    groups = write_group_folder(tmp_path / "data", slices=4, rows=32, columns=32)
    files = [path for group in groups.values() for path in group]
    files.append(write_identified(tmp_path / "identified.dcm"))
    key = load_or_make_key(tmp_path / "study.key")
    with Deidentifier(key, DeidentifyChoice(dates="shift"), tmp_path / "map.csv") as deidentifier:
        results = [deidentifier.deidentify(partial(open, path, "rb")) for path in files]
    originals = [pydicom.dcmread(path) for path in files]
    kept = "101530"  # shifted dates keep the time of day
    words = [*NAMES, *NUMBERS, *PLACES, *(patient.patient_id for patient in PATIENTS)]
    words += [patient.birth_date for patient in PATIENTS]
    words += [part for patient in PATIENTS for part in patient.name.split("^")]
    for one in originals:
        words += [one.StudyInstanceUID, one.SeriesInstanceUID, one.SOPInstanceUID]
    wanted = spellings(word for word in words if word != kept)
    for result, original in zip(results, originals):
        answer = json.loads(orthanc.request("POST", "/instances", result.read()))
        assert answer["ID"] == instance_orthanc_id(
            result.patient_id,
            result.study_instance_uid,
            result.series_instance_uid,
            result.sop_instance_uid,
        )
        stored = orthanc.request("GET", f"/instances/{answer['ID']}/file")
        assert stored == result.read()
        assert [word for word in wanted if word in stored] == []
        assert pydicom.dcmread(io.BytesIO(stored)).PixelData == original.PixelData
    listed = b"".join(
        orthanc.request("GET", f"/{level}?expand")
        for level in ("patients", "studies", "series", "instances")
    )
    assert [word for word in wanted if word in listed] == []
    for level, keyword in (
        ("Patients", "PatientID"),
        ("Studies", "StudyInstanceUID"),
        ("Series", "SeriesInstanceUID"),
        ("Instances", "SOPInstanceUID"),
    ):
        assert orthanc.count(level) == len({str(one[keyword].value) for one in originals})


def test_a_later_run_with_the_saved_key_adds_to_the_same_study(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    path = tmp_path / "study.key"
    for number in range(2):
        file = write_identified(tmp_path / f"{number}.dcm", SOPInstanceUID=f"1.2.3.{number}")
        with Deidentifier(load_or_make_key(path)) as deidentifier:
            result = deidentifier.deidentify(partial(open, file, "rb"))
        orthanc.request("POST", "/instances", result.read())
    assert [orthanc.count(level) for level in ("Patients", "Series", "Instances")] == [1, 1, 2]
