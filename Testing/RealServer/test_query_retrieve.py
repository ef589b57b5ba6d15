"""Upload, query and retrieve with a real Orthanc: everything counted, every pixel compared."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
)

from OrthancConnectCore.dimse.query import query
from OrthancConnectCore.dimse.services import echo
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.retrieve.plan import inventory_of
from OrthancConnectCore.retrieve.run import Selection, SeriesTarget, retrieve, targets_of
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import OperationCancelled
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.profile import AUTOMATIC, C_GET, C_MOVE, HTTPS, ServerProfile
from OrthancConnectCore.shared.query import QueryFilters, QueryResult
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import PATIENTS, stable_uid, write_group_folder, write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.doctor_cases import server_profile
from Support.servers.orthanc import PrivateOrthanc

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = Path(pydicom.__file__).parent / "data" / "test_files"
#: Explicit, implicit, deflated and big endian; JPEG baseline, extended and lossless, JPEG-LS,
#: JPEG 2000, RLE; colour, and instances without pixels; one has no patient ID.
SAMPLE_NAMES = (
    *("CT_small.dcm", "rtplan.dcm", "image_dfl.dcm", "ExplVR_BigEnd.dcm", "test-SR.dcm"),
    *("SC_rgb_jpeg_dcmtk.dcm", "JPEG-lossy.dcm", "SC_rgb_jpeg_gdcm.dcm", "JPEG2000.dcm"),
    *("MR_small_jpeg_ls_lossless.dcm", "J2K_pixelrep_mismatch.dcm", "SC_rgb_rle.dcm"),
)
PATIENT_IDS = ("SMALL0000", "SMALL0001", "SMALL0002")
WAYS = (C_GET, C_MOVE, HTTPS)


@dataclass(frozen=True)
class Ward:
    """A server with patients, and how to reach it."""

    server: PrivateOrthanc
    profile: ServerProfile
    client: OrthancClient
    #: SOP Instance UID → the file that was uploaded.
    sources: dict[str, Path]


def client_of(profile: ServerProfile, server: PrivateOrthanc) -> OrthancClient:
    return OrthancClient(profile, Credentials(server.user, server.password))


def by_instance(files: list[Path]) -> dict[str, Path]:
    found = {}
    for file in files:
        with pydicom.dcmread(file, specific_tags=["SOPInstanceUID"]) as dataset:
            found[str(dataset.SOPInstanceUID)] = file
    return found


@pytest.fixture(scope="module")
def ward(tmp_path_factory: Any) -> Iterator[Ward]:
    """300 instances of 3 patients on a server of their own, uploaded over pinned HTTPS."""
    folder = tmp_path_factory.mktemp("ward")
    files = write_small_instances(folder, count=300, patients=3, series=2)
    with PrivateOrthanc() as server:
        profile = server_profile(server)
        assert (profile.trust.mode, profile.is_secure) == ("pinned", True)
        with client_of(profile, server) as client:
            receipt = upload(client, folder)
            assert (receipt.stored, receipt.complete) == (300, True)
            yield Ward(server, profile, client, by_instance(files))


def pixels(path: Path) -> bytes:
    with pydicom.dcmread(path) as dataset:
        return bytes(dataset.get("PixelData", b""))


def received(folder: Path) -> dict[str, Path]:
    """Files by name; nothing else may be there."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".dcm"}
    return {path.stem: path for path in files}


# Query --------------------------------------------------------------------------------------------


def names(result: QueryResult) -> list[str]:
    return [patient.patient_name for patient in result.patients]


def test_echo_answers(ward: Ward) -> None:
    assert 0 < echo(ward.profile) < 5


def test_all_patients_studies_and_series_with_counts(ward: Ward) -> None:
    seen: list[Progress] = []
    result = query(ward.profile, QueryFilters(), progress=seen.append)
    assert [patient.patient_id for patient in result.patients] == [
        "SMALL0002",
        "SMALL0000",
        "SMALL0001",
    ]
    assert names(result) == ["Müller^Jürgen", "Pérez^Núria", "Šimůnek^Jiří"]
    assert [patient.birth_date for patient in result.patients] == [
        PATIENTS[2].birth_date,
        PATIENTS[0].birth_date,
        PATIENTS[1].birth_date,
    ]
    for study in result.studies:
        assert (study.study_date, study.study_description) == ("20260115", "Control")
        assert study.modalities == ("CT",)
        assert [
            (one.series_number, one.modality, one.series_description, one.number_of_instances)
            for one in study.series
        ] == [(1, "CT", "Serie 1", 50), (2, "CT", "Serie 2", 50)]
    assert not result.truncated
    assert seen[-1].done == seen[-1].total == 3


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (QueryFilters(patient_name="pérez"), ["Pérez^Núria"]),
        (QueryFilters(patient_name="NÚRIA"), ["Pérez^Núria"]),
        (QueryFilters(patient_name="Pérez, Núria"), ["Pérez^Núria"]),
        (QueryFilters(patient_name="šimů*"), ["Šimůnek^Jiří"]),
        (QueryFilters(patient_name="müll?r*"), ["Müller^Jürgen"]),
        (QueryFilters(patient_name="Muller"), ["Müller^Jürgen"]),
        (QueryFilters(patient_id="SMALL0001"), ["Šimůnek^Jiří"]),
        (QueryFilters(patient_id="SMALL000"), []),
        (QueryFilters(patient_id="SMALL000[12]"), []),
        (QueryFilters(patient_id="*2"), ["Müller^Jürgen"]),
        (
            QueryFilters(study_date_from="2026-01-15", study_date_to="20260115", patient_id="*0"),
            ["Pérez^Núria"],
        ),
        (QueryFilters(study_date_from="20260116"), []),
        (QueryFilters(study_date_to="20260114"), []),
        (QueryFilters(study_date_to="20260115", patient_id="*0"), ["Pérez^Núria"]),
        (QueryFilters(modalities=("MR", "CT"), patient_id="*0"), ["Pérez^Núria"]),
        (QueryFilters(modalities=("MR", "SEG")), []),
        (QueryFilters(accession_number="0001"), ["Šimůnek^Jiří"]),
        (QueryFilters(study_description="ontro", patient_id="*0"), ["Pérez^Núria"]),
        (QueryFilters(study_description="Núria"), []),
        (QueryFilters(patient_name="<b>'\"; --"), []),
    ],
)
def test_filters_find_what_they_should(ward: Ward, filters: QueryFilters, found: list[str]) -> None:
    assert names(query(ward.profile, filters)) == found


def test_a_limit_is_kept_and_told(ward: Ward) -> None:
    result = query(ward.profile, QueryFilters(), limit=2)
    assert (len(result.studies), result.truncated) == (2, True)
    assert all(len(study.series) == 2 for study in result.studies)
    assert not query(ward.profile, QueryFilters(), limit=3).truncated


# Retrieve -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "way"), [*zip(WAYS, WAYS), (AUTOMATIC, C_GET)])
def test_300_instances_come_whole_and_a_second_time_none(
    ward: Ward, tmp_path: Path, method: str, way: str
) -> None:
    targets = targets_of(ward.client, Selection(patient_ids=PATIENT_IDS))
    seen: list[Progress] = []
    caller = threading.current_thread()

    def progress(moment: Progress) -> None:
        assert threading.current_thread() is caller
        seen.append(moment)

    receipt = retrieve(
        ward.profile, ward.client, targets, tmp_path, method=method, progress=progress
    )
    assert (receipt.expected, receipt.stored) == (300, 300)
    assert receipt.verified == (300 if method == "HTTPS" else 0)
    assert (receipt.method, receipt.notes, receipt.problems) == (way, [], [])
    assert receipt.complete
    assert (seen[-1].done, seen[-1].total, seen[-1].phase) == (300, 300, "retrieve")
    assert receipt.bytes > 300 * 2048
    files = received(tmp_path)
    assert set(files) == set(ward.sources)
    for uid, path in files.items():
        assert pixels(path) == pixels(ward.sources[uid])
        with pydicom.dcmread(path, stop_before_pixels=True) as dataset:
            assert path.relative_to(tmp_path).parts == (
                dataset.StudyInstanceUID,
                dataset.SeriesInstanceUID,
                f"{dataset.SOPInstanceUID}.dcm",
            )
            assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID
    again = retrieve(ward.profile, ward.client, targets, tmp_path, method=method)
    assert (again.stored, again.already_stored, again.bytes) == (0, 300, 0)
    assert again.verified == receipt.verified
    assert again.complete


@pytest.mark.parametrize("method", WAYS)
def test_what_is_missing_or_cut_is_fetched_and_the_rest_left_alone(
    ward: Ward, tmp_path: Path, method: str
) -> None:
    targets = targets_of(ward.client, Selection(patient_ids=PATIENT_IDS[:1]))
    retrieve(ward.profile, ward.client, targets, tmp_path, method="HTTPS")
    files = received(tmp_path)
    gone, cut, empty, kept = sorted(files)[:4]
    files[gone].unlink()
    files[cut].write_bytes(files[cut].read_bytes()[:900])
    files[empty].write_bytes(b"")
    before = files[kept].stat().st_mtime_ns
    receipt = retrieve(ward.profile, ward.client, targets, tmp_path, method=method)
    assert (receipt.method, receipt.stored, receipt.already_stored) == (method, 3, 97)
    assert receipt.verified == (100 if method == "HTTPS" else 97)  # those were fetched over HTTPS
    assert files[kept].stat().st_mtime_ns == before
    for uid in (gone, cut, empty):
        assert pixels(files[uid]) == pixels(ward.sources[uid])


@pytest.mark.parametrize("method", WAYS)
def test_samples_of_all_kinds_come_as_they_are_stored(
    orthanc: PrivateOrthanc, tmp_path: Path, method: str
) -> None:
    rle = tmp_path / "rle.dcm"  # the sample has the UID of another one
    with pydicom.dcmread(SAMPLES / SAMPLE_NAMES[-1]) as dataset:
        dataset.SOPInstanceUID = stable_uid("rle")
        dataset.save_as(rle)
    sources = by_instance([*(SAMPLES / name for name in SAMPLE_NAMES[:-1]), rle])
    assert len(sources) == len(SAMPLE_NAMES)
    orthanc.store(*sources.values())
    profile = server_profile(orthanc)
    with client_of(profile, orthanc) as client:
        series = [str(pydicom.dcmread(path).SeriesInstanceUID) for path in sources.values()]
        targets = targets_of(client, Selection(series_instance_uids=tuple(series)))
        receipt = retrieve(profile, client, targets, tmp_path / "out", method=method)
    # Orthanc 1.12 offers the first transfer syntax of each SOP class of a C-MOVE, turns the others
    # into it, and fails where it can't.
    turns = method == "C-MOVE" and orthanc.version >= (1, 12)
    assert receipt.stored == len(sources)
    assert turns or (receipt.method, receipt.notes) == (method, [])
    for uid, path in received(tmp_path / "out").items():
        with pydicom.dcmread(path) as got, pydicom.dcmread(sources[uid]) as sent:
            assert got.file_meta.MediaStorageSOPClassUID == sent.SOPClassUID
            if not (turns and got.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian):
                assert got.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID, path
                assert got.get("PixelData") == sent.get("PixelData"), sources[uid].name
            for keyword in ("PatientName", "StudyInstanceUID", "Rows", "ContentSequence"):
                assert got.get(keyword) == sent.get(keyword)
        if method == "HTTPS":
            stored, original = path.read_bytes(), sources[uid].read_bytes()
            assert hashlib.sha256(stored).digest() == hashlib.sha256(original).digest()


def test_volumes_by_study_and_by_series(orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    files = write_group_folder(tmp_path / "group", slices=6, rows=64, columns=64)
    sources = by_instance([path for paths in files.values() for path in paths])
    profile = server_profile(orthanc)
    with client_of(profile, orthanc) as client:
        assert upload(client, tmp_path / "group").stored == len(sources) == 21
        (nuria,) = query(profile, QueryFilters(patient_name="Núria")).patients
        (study,) = nuria.studies
        assert [one.number_of_instances for one in study.series] == [6, 3]
        chosen = targets_of(client, Selection(study_instance_uids=(study.study_instance_uid,)))
        assert {one.patient_id for one in chosen} == {nuria.patient_id}
        whole = retrieve(profile, client, chosen, tmp_path / "study")
        second = Selection(series_instance_uids=(study.series[1].series_instance_uid,))
        part = retrieve(profile, client, targets_of(client, second), tmp_path / "series")
    assert (whole.stored, part.stored) == (9, 3)
    for uid, path in [
        *received(tmp_path / "study").items(),
        *received(tmp_path / "series").items(),
    ]:
        assert pixels(path) == pixels(sources[uid])


def test_over_https_by_inventory_as_slicer_does(ward: Ward, tmp_path: Path) -> None:
    targets = targets_of(ward.client, Selection(patient_ids=PATIENT_IDS[1:2]))
    first, second = (one.series_instance_uid for one in targets)
    whole = {
        uid: sorted(instances) for uid, instances in inventory_of(ward.client, targets).items()
    }
    some = whole[first][:7]

    def fetch(only: Any, **more: Any) -> Any:
        series = [SeriesTarget("", "", uid) for uid in only]
        way: Any = {"method": "HTTPS", "only": only, **more}
        return retrieve(ward.profile, ward.client, series, tmp_path, **way)

    receipt = fetch({first: some})
    assert (receipt.expected, receipt.verified, receipt.complete) == (7, 7, True)
    assert sorted(received(tmp_path)) == some
    seen: list[Progress] = []
    receipt = fetch(whole, progress=seen.append)
    assert (receipt.stored, receipt.already_stored, receipt.verified) == (93, 7, 100)
    assert seen[-1].bytes_done == seen[-1].bytes_total > 0
    for uid, path in received(tmp_path).items():
        assert path.parent.name in (first, second)
        assert path.read_bytes() == ward.sources[uid].read_bytes()


def test_several_retrieves_and_queries_at_once(ward: Ward, tmp_path: Path) -> None:
    results: dict[str, Any] = {}

    def work(patient_id: str, method: str) -> None:
        with client_of(ward.profile, ward.server) as client:
            targets = targets_of(client, Selection(patient_ids=(patient_id,)))
            folder = tmp_path / method
            results[method] = retrieve(ward.profile, client, targets, folder, method=method)
            results[method + "?"] = query(ward.profile, QueryFilters(patient_id=patient_id))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(PATIENT_IDS, WAYS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for method in WAYS:
        assert (results[method].stored, results[method].method) == (100, method)
        assert len(results[method + "?"].series) == 2


def test_the_server_is_told_of_a_cancel(orthanc: PrivateOrthanc) -> None:
    told = threading.Event()
    token = CancelToken()

    def on_find(event: Any) -> Iterator[Any]:
        token.cancel()
        for _turn in range(200):
            if event.is_cancelled:
                told.set()
                yield 0xFE00, None
                return
            time.sleep(0.02)

    entity = AE()
    entity.add_supported_context(StudyRootQueryRetrieveInformationModelFind)
    handlers: Any = [(evt.EVT_C_FIND, on_find)]
    peer: Any = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        with pytest.raises(OperationCancelled):
            query(
                server_profile(orthanc, dicom_port=peer.server_address[1]),
                QueryFilters(),
                token=token,
            )
        assert told.wait(here(3))
    finally:
        peer.shutdown()


# Memory -------------------------------------------------------------------------------------------

_MEASURE = """
import json, re, sys
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.retrieve.plan import inventory_of
from OrthancConnectCore.retrieve.run import Selection
from OrthancConnectCore.retrieve.run import retrieve
from OrthancConnectCore.retrieve.run import targets_of
given = json.load(sys.stdin)
profile = ServerProfile.from_dict(given["profile"])
client = OrthancClient(profile, Credentials(profile.user, given["password"]))
def run(patient_id, folder):
    targets = targets_of(client, Selection(patient_ids=(patient_id,)))
    receipt = retrieve(profile, client, targets, folder, method=given["method"])
    with open("/proc/self/status") as status:  # ru_maxrss counts what the parent had before exec
        peak = int(re.search(r"VmHWM:\\s*(\\d+)", status.read()).group(1))
    return receipt.stored, receipt.method, peak
small = run(given["small"], given["folder"])
print(json.dumps([small, run(given["large"], given["folder"])]))
"""


@pytest.mark.parametrize("method", WAYS)
def test_a_large_instance_is_in_memory_once_by_dicom_and_never_over_https(
    orthanc: PrivateOrthanc, tmp_path: Path, method: str
) -> None:
    (small,) = write_small_instances(tmp_path / "small", count=1)
    with pydicom.dcmread(small) as dataset:
        dataset.PatientID = "LARGE"
        for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
            dataset[keyword].value = stable_uid("large", keyword)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 1024, 1024, 48
        dataset.PixelData = bytes(2 * 48 * 1024 * 1024)
        dataset.save_as(tmp_path / "large.dcm")
    orthanc.store(small, tmp_path / "large.dcm")
    given = {
        "profile": server_profile(orthanc).to_dict(),
        "password": orthanc.password,
        "method": method,
        "small": "SMALL0000",
        "large": "LARGE",
        "folder": str(tmp_path / "out"),
    }
    shown = subprocess.run(
        [sys.executable, "-c", _MEASURE],
        cwd=REPOSITORY / "OrthancConnect",
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = json.loads(shown.stdout)
    assert before[:2] == after[:2] == [1, method]
    once = 0 if method == "HTTPS" else 96  # MB; pynetdicom hands an instance over when it is whole
    assert (after[2] - before[2]) / 1024 < once + 24
