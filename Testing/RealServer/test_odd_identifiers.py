"""Identifiers as people have them: what a real Orthanc holds is shown, found and told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Tuple

from OrthancConnectCore.dimse.query import query
from OrthancConnectCore.shared.query import QueryFilters
from Support.data.raw_dicom import element, part_10
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.field import WorkingLine, given
from Support.servers.orthanc import PrivateOrthanc

PATIENT_ID = 0x00100020
#: As they stand in the file; those that are looked for as what is shown.
PATIENT_IDS = (
    *("P1", " P1", "  P1", "P 1", "p1", "A\\B", '"Q"', "W*", "W?", "[a]", "E=1^2", "Núria"),
    "X" * 80,
    "UNKNOWN",
)
UIDS: Dict[str, Tuple[str, str, str]] = {
    "HASH": ("ab" * 32, "cd" * 32, "ef" * 32),
    "UPPER": ("AB" * 32, "CD" * 32, "EF" * 32),
    "LONG": ("1.2." + "5" * 70, "1.2." + "6" * 70, "1.2." + "7" * 70),
    "ZEROS": ("1.02.3", "1.02.4", "1.02.5"),
    "DOTS": ("1..2", "1..3", "1..4"),
    "PATH": ("../../a", "../b", "../../../c"),
    "WILD": ("1.3.*", "1.3.?", "1.3.*.9"),
    "ACCENT": ("1.é", "1.é1", "1.é2"),
}


def instance(patient_id: str, uids: Tuple[str, ...], is_unknown: bool = False) -> bytes:
    """A file with exactly these identifiers; the patient ID's representation may be unknown."""
    study, series, sop = uids
    encoded = patient_id.encode()
    encoded += b" " * (len(encoded) % 2)
    content = element(0x00080005, b"CS", b"ISO_IR 192")
    content += element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.7")
    content += element(0x00080018, b"UI", sop.encode())
    content += element(0x00100010, b"PN", b"Odd^One")
    content += element(PATIENT_ID, b"UN" if is_unknown else b"LO", encoded)
    content += element(0x0020000D, b"UI", study.encode())
    return part_10(content + element(0x0020000E, b"UI", series.encode()), sop_instance_uid=sop)


def store(orthanc: PrivateOrthanc, files: List[bytes]) -> None:
    for content in files:
        orthanc.request("POST", "/instances", content)
    given(orthanc.count("Studies") == len(files), "a study of each")


def test_each_patient_id_is_shown_and_found_by_what_is_shown(orthanc: PrivateOrthanc) -> None:
    store(
        orthanc,
        [
            instance(one, tuple(f"1.2.{number}.{part}" for part in range(3)), one == "UNKNOWN")
            for number, one in enumerate(PATIENT_IDS)
        ],
    )
    profile = server_profile(orthanc)
    everything = query(profile, QueryFilters())
    assert sorted(one.patient_id for one in everything.patients) == sorted(PATIENT_IDS)
    assert all(len(study.series) == 1 for study in everything.studies)
    for one in PATIENT_IDS:
        found = [patient.patient_id for patient in query(profile, _by_id(one)).patients]
        assert one in found
        assert found == [one] or set(one) & set("*?")
    assert query(profile, _by_id("P")).patients == ()


def _by_id(patient_id: str) -> QueryFilters:
    return QueryFilters(patient_id=patient_id)


def test_what_can_not_be_looked_for_is_told(orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    line = WorkingLine.of(tmp_path, orthanc)
    said = line.say("query", "--patient-id", " P1")
    assert "with the spaces before it" in said.out
    for value, words in (
        ("1.2.*", "can't be asked for the study: its UID is not well formed"),
        ("ab" * 32, f"nothing of what was chosen: study {'ab' * 32}."),
    ):
        said = line.ask("retrieve", "--study", value, "-o", tmp_path / "out", "--method", "HTTPS")
        assert said.code == 2 and words in said.err
    said = line.ask("retrieve", "--patient", " P", "-o", tmp_path / "out", "--method", "HTTPS")
    assert said.code == 2 and 'patient " P"' in said.err


def test_each_study_is_shown_with_what_is_wrong_with_its_uid(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    store(orthanc, [instance(patient, uids) for patient, uids in UIDS.items()])
    said = WorkingLine.of(tmp_path, orthanc).say("query")
    lines = {
        patient: next(line for line in said.out.splitlines() if uids[0] in line)
        for patient, uids in UIDS.items()
    }
    assert said.code == 0 and said.out.count("Odd, One") == len(UIDS)
    for patient, words in (
        ("HASH", "- the Study Instance UID is not well formed (it has letters)"),
        ("LONG", "- the Study Instance UID is not well formed (it is longer than 64 characters)"),
        ("DOTS", "- the Study Instance UID is not well formed (it has an empty component)"),
        ("WILD", "(it has other signs than digits and dots)"),
    ):
        assert words in lines[patient]
    assert "well formed" not in lines["ZEROS"]
    # Of these the server can't be asked for the series.
    assert {patient for patient, line in lines.items() if "? series" in line} == {"WILD", "ACCENT"}
