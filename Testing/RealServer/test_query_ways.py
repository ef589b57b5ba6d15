"""One model, two ways: C-FIND and HTTPS find the same, in all scripts, page by page."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.dimse.query import query as by_dicom
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.orthanc.labels import change_labels
from OrthancConnectCore.query.https import page
from OrthancConnectCore.query.run import query
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import DimseError, InputError, PermissionDeniedError
from OrthancConnectCore.shared.profile import C_FIND, HTTPS, ServerProfile
from OrthancConnectCore.shared.query import QueryFilters, QueryResult
from Support.data.dicom import stable_uid, write_slice
from Support.process.ports import release_port, reserve_port
from Support.scenarios.doctor_cases import server_profile
from Support.servers.orthanc import PrivateOrthanc

#: Patient ID, name, character set.
PEOPLE = (
    ("LAT1", "Pérez^José", "ISO_IR 100"),
    ("LAT2", unicodedata.normalize("NFD", "Pérez^Núria"), "ISO_IR 192"),
    ("LAT3", "PEREZ^Jose", "ISO_IR 6"),
    ("UTF1", "Łuczak^Żaneta", "ISO_IR 192"),
    ("CYR1", "Фёдоров^Пётр", "ISO_IR 144"),
    ("GRE1", "Παπαδόπουλος^Γιώργος", "ISO_IR 126"),
    ("CHI1", "Wang^XiaoDong=王^小東", "GB18030"),
    ("JAP1", "Yamada^Tarou=山田^太郎=やまだ^たろう", "ISO_IR 192"),
    ("KOR1", "Hong^Gildong=洪^吉洞=홍^길동", "ISO_IR 192"),
    ("ARA1", "قباني^لنزار", "ISO_IR 127"),
)
SERIES = (("CT", "Tórax axial", "CHEST"), ("MR", "Knie links", "KNEE"), ("MR", "Knie", "KNEE"))
ALL = [one[0] for one in PEOPLE]
#: Filters, and who is found; by place in PEOPLE: one, two or three series, sex and time.
FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ALL),
    ({"patient_name": "perez"}, ["LAT1", "LAT2", "LAT3"]),
    ({"patient_name": "PÉREZ"}, ["LAT1", "LAT2", "LAT3"]),
    ({"patient_name": "jose"}, ["LAT1", "LAT3"]),
    ({"patient_name": "perez, jose"}, ["LAT1", "LAT3"]),
    ({"patient_name": "perez nuria"}, ["LAT2"]),
    ({"patient_name": "p?rez*"}, ["LAT1", "LAT2", "LAT3"]),
    ({"patient_name": "Pérez"[1:]}, ["LAT1", "LAT2", "LAT3"]),
    ({"patient_name": "luczak"}, ["UTF1"]),
    ({"patient_name": "ŻANETA"}, ["UTF1"]),
    ({"patient_name": "федоров"}, ["CYR1"]),
    ({"patient_name": "ПЁТР"}, ["CYR1"]),
    ({"patient_name": "παπαδοπουλος"}, ["GRE1"]),
    ({"patient_name": "Γιώργος"}, ["GRE1"]),
    ({"patient_name": "王"}, ["CHI1"]),
    ({"patient_name": "xiaodong"}, ["CHI1"]),
    ({"patient_name": "山田"}, ["JAP1"]),
    ({"patient_name": "やまだ^たろう"}, ["JAP1"]),
    ({"patient_name": "yamada*"}, ["JAP1"]),
    ({"patient_name": "홍"}, ["KOR1"]),
    ({"patient_name": "洪 吉洞"}, ["KOR1"]),
    ({"patient_name": "قباني"}, ["ARA1"]),
    ({"patient_name": "nobody"}, []),
    ({"patient_id": "LAT1"}, ["LAT1"]),
    ({"patient_id": "lat1"}, []),
    ({"patient_id": "?A?1"}, ["LAT1", "JAP1"]),
    ({"patient_id": "C*"}, ["CYR1", "CHI1"]),
    ({"birth_date": "19700101", "patient_id": "U*"}, ["UTF1"]),
    ({"birth_date": "19700102"}, []),
    ({"sex": "f"}, ALL[1::2]),
    ({"study_date_from": "20260103", "study_date_to": "20260104"}, ALL[2:4]),
    ({"study_date_from": "20260109"}, ALL[8:]),
    ({"study_time": "10:05-11"}, ALL[5:]),
    ({"study_time": "1003"}, [ALL[3]]),
    ({"accession_number": "acc-0007"}, [ALL[7]]),
    ({"study_description": "CRANEO"}, ALL[::2]),
    ({"referring_physician": "muller"}, ALL[::3]),
    ({"institution": "clinica"}, ALL[1::2]),
    ({"modalities": ("MR", "SEG")}, [one for n, one in enumerate(ALL) if n % 3]),
    ({"modalities": "M*"}, [one for n, one in enumerate(ALL) if n % 3]),
    ({"series_description": "knie"}, [one for n, one in enumerate(ALL) if n % 3]),
    ({"series_description": "torax", "body_part": "chest", "patient_name": "perez"}, ALL[:3]),
    ({"series_description": "knie", "modalities": "CT"}, []),
]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: Any) -> Iterator[PrivateOrthanc]:
    folder: Path = tmp_path_factory.mktemp("ward")
    with PrivateOrthanc(plugins=False) as server:
        for number, (patient_id, name, character_set) in enumerate(PEOPLE):
            # Latin letters with accents, where the character set has them.
            accents = character_set in ("ISO_IR 100", "ISO_IR 192", "GB18030")
            study: dict[str, Any] = {
                "SpecificCharacterSet": character_set,
                "PatientName": name,
                "PatientSex": "MF"[number % 2],
                "StudyInstanceUID": stable_uid(patient_id),
                "StudyDate": f"202601{number + 1:02d}",
                "StudyTime": f"10{number:02d}30.5",
                "AccessionNumber": f"ACC-{number:04d}",
                "StudyDescription": ("Cráneo" if accents else "Craneo", "Knee")[number % 2],
                "ReferringPhysicianName": "Muller^Eva" if number % 3 == 0 else "",
                "InstitutionName": ("Hospital", "Clínica" if accents else "Clinica")[number % 2],
            }
            for place, (modality, description, part) in enumerate(SERIES[: 1 + number % 3]):
                path = write_slice(
                    folder / "one.dcm",
                    patient_id,
                    **study,
                    SeriesInstanceUID=stable_uid(patient_id, place),
                    SOPInstanceUID=stable_uid(patient_id, place, "instance"),
                    Modality=modality,
                    SeriesDescription=description if accents else description.replace("ó", "o"),
                    BodyPartExamined=part,
                )
                server.store(path)
        yield server


def client_of(server: PrivateOrthanc, profile: ServerProfile) -> OrthancClient:
    return OrthancClient(profile, Credentials(server.user, server.password))


def pages(client: OrthancClient, filters: QueryFilters, limit: int) -> list[str]:
    """All studies of all pages, as Orthanc names them."""
    found, since = [], 0
    while True:
        one = page(client, filters, since=since, limit=limit)
        assert len(one.studies) <= limit
        found += [study.orthanc_id for study in one.studies]
        if one.next is None:
            return found
        assert one.next > since
        since = one.next


def without_identifiers(result: QueryResult) -> Any:
    """What both ways tell: all but Orthanc's own identifiers."""
    return [
        replace(
            patient,
            orthanc_id="",
            studies=tuple(
                replace(
                    study,
                    orthanc_id="",
                    series=tuple(replace(one, orthanc_id="") for one in study.series),
                )
                for study in patient.studies
            ),
        )
        for patient in result.patients
    ]


def test_both_ways_find_the_same_on_pages_as_well(ward: PrivateOrthanc) -> None:
    assert len(FILTERS) >= 40
    profile = server_profile(ward)
    with client_of(ward, profile) as client:
        for typed, wanted in FILTERS:
            filters = QueryFilters(**typed)
            dicom = by_dicom(profile, filters)
            https = query(profile, client, filters, via=HTTPS)
            assert sorted(one.patient_id for one in https.patients) == sorted(wanted), typed
            assert without_identifiers(https) == without_identifiers(dicom), typed
            assert https.notes == dicom.notes and not https.truncated, typed
            found = pages(client, filters, 3)
            assert sorted(found) == sorted(one.orthanc_id for one in https.studies), typed


def test_what_was_found_without_accents_is_said(ward: PrivateOrthanc) -> None:
    profile = server_profile(ward)
    with client_of(ward, profile) as client:
        for text, said in (("jose", True), ("xiaodong", False)):
            notes = page(client, QueryFilters(patient_name=text)).notes
            assert any("accents" in note for note in notes) is said


def test_automatic_takes_what_is_open_and_says_which(ward: PrivateOrthanc) -> None:
    profile, everything = server_profile(ward), QueryFilters()
    stranger = profile.replace(calling_ae_title="STRANGER")
    closed = reserve_port()
    elsewhere = profile.replace(rest_url=f"https://127.0.0.1:{closed}", trust=profile.trust)
    try:
        with client_of(ward, profile) as client, client_of(ward, elsewhere) as away:
            for other, use, limit, word in (
                (profile, client, 0, "By C-FIND."),
                (profile, client, 4, "By HTTPS (C-FIND has no pages)."),
                (
                    stranger,
                    client,
                    0,
                    "By HTTPS. The server broke off the C-FIND",
                ),
                (profile, None, 4, "By C-FIND. No password is known for HTTPS."),
                (profile, away, 4, "By C-FIND. "),
            ):
                found = query(other, use, everything, limit=limit)
                assert len(found.studies) == (limit or len(PEOPLE))
                assert found.notes[0].startswith(word) and found.truncated is bool(limit)
            last = query(profile, client, everything, limit=4, pages=3)
            assert len(last.studies) == 2 and last.next is None
            with pytest.raises(DimseError, match="STRANGER"):
                query(stranger, client, everything, via=C_FIND)
            with pytest.raises(InputError, match="pages"):
                query(profile, client, everything, via=C_FIND, limit=4, pages=2)
    finally:
        release_port(closed)


def test_labels_are_found_whatever_the_version(ward: PrivateOrthanc) -> None:
    profile, wanted = server_profile(ward), QueryFilters(labels=("urgent", "knee"))
    with client_of(ward, profile) as client:
        studies = page(client, QueryFilters(modalities=("MR",))).studies
        change_labels(client, ("Study", studies[0].orthanc_id), ("urgent", "knee"))
        change_labels(client, ("Study", studies[1].orthanc_id), ("knee",))
        for filters in (wanted, replace(wanted, series_description="knie")):
            (found,) = page(client, filters).studies
            assert (found.orthanc_id, found.labels) == (studies[0].orthanc_id, ("knee", "urgent"))
        shown = {one.orthanc_id: one.labels for one in page(client, QueryFilters()).studies}
        assert shown[studies[1].orthanc_id] == ("knee",)
        change_labels(client, ("Study", studies[0].orthanc_id), (), ("urgent",))
        assert page(client, wanted).studies == ()


def test_a_limit_of_the_server_hides_nothing_or_is_said(ward: PrivateOrthanc) -> None:
    ward.restart(LimitFindResults=3)
    try:
        profile = server_profile(ward)
        with client_of(ward, profile) as client:
            assert len(pages(client, QueryFilters(), 4)) == len(PEOPLE)
            found = page(client, QueryFilters(study_date_from="20260101"))
            said = "LimitFindResults" in " ".join(found.notes)
            assert said is (len(found.studies) < len(PEOPLE)) is (ward.version < (1, 12))
            assert found.truncated is said
            for study in found.studies:
                assert len(study.series) == 1 + ALL.index(_owner(found, study)) % 3
            few = page(client, QueryFilters(patient_id="LAT1"))
            assert len(few.studies) == 1 and not few.notes
    finally:
        ward.restart(LimitFindResults=0)


def _owner(result: QueryResult, study: Any) -> str:
    (patient_id,) = (one.patient_id for one in result.patients if study in one.studies)
    return patient_id


def test_who_may_only_read_finds_the_same_in_lists(ward: PrivateOrthanc, tmp_path: Path) -> None:
    script = tmp_path / "readonly.lua"
    script.write_text(
        "function IncomingHttpRequestFilter(method, uri, ip, username, headers)\n"
        "  return method == 'GET'\nend\n"
    )
    ward.restart(LuaScripts=[str(script)])
    try:
        profile = server_profile(ward)
        with client_of(ward, profile) as client:
            with pytest.raises(PermissionDeniedError):
                client.find("Study", {})
            for typed, wanted in FILTERS[::4]:
                filters = QueryFilters(**typed)
                found = query(profile, client, filters, via=HTTPS)
                assert sorted(one.patient_id for one in found.patients) == sorted(wanted), typed
                assert all(study.series for study in found.studies)
                said = "may not search" in " ".join(found.notes)
                assert said or found.studies == page(client, filters).studies
                assert len(set(pages(client, filters, 2))) == len(wanted), typed
    finally:
        ward.restart(LuaScripts=[])
