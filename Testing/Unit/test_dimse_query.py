"""What becomes of C-FIND answers, however odd: patients, studies and series."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Iterator

import pytest

from OrthancConnectCore.dimse import query as find
from OrthancConnectCore.dimse.query import query
from OrthancConnectCore.dimse.services import LIMIT, REPEATS, SERVER
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import (
    PatientRecord,
    QueryFilters,
    QueryResult,
    SeriesRecord,
    StudyRecord,
    matches,
)

PROFILE = ServerProfile("s", "https://server:8042")


class ScriptedLink:
    """Stands for `dimse.FindLink`: answers from a list, keeps what it was asked."""

    studies: list[dict[str, tuple[str, ...]]] = []
    series: list[dict[str, tuple[str, ...]]] = []
    cut_at: dict[str, int] = {}
    why = ""

    def __init__(self, profile: ServerProfile, token: Any = None) -> None:
        self.cut, self.is_over = "", False
        type(self).asked = []

    asked: list[dict[str, str]]

    def __enter__(self) -> ScriptedLink:
        return self

    def __exit__(self, *_exc: object) -> None:
        pass

    @property
    def gave_up(self) -> bool:
        return self.cut not in ("", SERVER, LIMIT)

    def find(
        self, query: dict[str, str], limit: int = 0, wanted: Any = lambda _answer: True
    ) -> Iterator[dict[str, tuple[str, ...]]]:
        self.asked.append(dict(query))
        level = query["QueryRetrieveLevel"]
        if level == "STUDY":
            found = [one for one in self.studies if self.has(one, query) and wanted(one)]
        else:
            wanted = query["StudyInstanceUID"].split("\\")
            found = [one for one in self.series if one.get("StudyInstanceUID", ("",))[0] in wanted]
        most = limit or self.cut_at.get(level, 0)
        self.cut = self.why or (LIMIT if limit else SERVER) if most and len(found) > most else ""
        yield from found[:most] if most else found

    @staticmethod
    def has(answer: dict[str, tuple[str, ...]], query: dict[str, str]) -> bool:
        """Whether a server would answer this to a patient ID that is asked for."""
        asked = query["PatientID"]
        return not asked or matches(asked, answer.get("PatientID", ("",))[0])


@pytest.fixture()
def link(monkeypatch: pytest.MonkeyPatch) -> type[ScriptedLink]:
    scripted = type("Link", (ScriptedLink,), {})
    monkeypatch.setattr(find, "FindLink", scripted)
    return scripted


def study(patient: str, name: str, uid: str, **more: str) -> dict[str, tuple[str, ...]]:
    answer = {"PatientID": patient, "PatientName": name, "StudyInstanceUID": uid, **more}
    return {keyword: (value,) for keyword, value in answer.items() if value}


def series(study_uid: str, uid: str, **more: str) -> dict[str, tuple[str, ...]]:
    answer = {"StudyInstanceUID": study_uid, "SeriesInstanceUID": uid, **more}
    return {keyword: (value,) for keyword, value in answer.items() if value}


def test_patients_by_name_studies_newest_first_series_by_number(link: Any) -> None:
    link.studies = [
        study("2", "šimůnek^Jiří", "1.2.1", StudyDate="20250101"),
        study("1", "Adams^Eva", "1.2.2", StudyDate="20240101"),
        study("1", "Adams^Eva", "1.2.3", StudyDate="20260101"),
        study("0", "adams^Eva", "1.2.4"),
    ]
    link.series = [
        series("1.2.3", "1.3.3"),
        series("1.2.3", "1.3.1", SeriesNumber="10", Modality="CT"),
        series("1.2.3", "1.3.2", SeriesNumber="9", NumberOfSeriesRelatedInstances="240"),
    ]
    result = query(PROFILE, QueryFilters())
    assert [one.patient_id for one in result.patients] == ["0", "1", "2"]
    assert [one.study_instance_uid for one in result.patients[1].studies] == ["1.2.3", "1.2.2"]
    found = result.patients[1].studies[0].series
    assert [one.series_number for one in found] == [9, 10, None]
    assert [one.number_of_instances for one in found] == [240, None, None]
    assert result.patients[1].studies[0].modalities == ("CT",)
    assert not result.truncated
    assert (len(result.studies), len(result.series)) == (4, 3)


def test_duplicates_are_merged(link: Any) -> None:
    link.studies = [study("1", "A", "1.2.1"), study("1", "A", "1.2.1"), study("1", "a", "1.2.2")]
    link.series = [series("1.2.1", "1.3.1", SeriesNumber="1"), series("1.2.1", "1.3.1")]
    (patient,) = query(PROFILE, QueryFilters()).patients
    assert [len(one.series) for one in patient.studies] == [1, 0]
    assert patient.studies[0].series[0].series_number == 1


def test_copies_under_another_patient_id_keep_their_own_series(link: Any) -> None:
    """The same UIDs, as after a correction of the patient ID that left the old one in place."""
    link.studies = [study("A", "A^Name", "1.2"), study("B", "A^Name", "1.2")]
    link.series = [
        series("1.2", "1.2.1", PatientID="A", NumberOfSeriesRelatedInstances="17"),
        series("1.2", "1.2.1", PatientID="B", NumberOfSeriesRelatedInstances="2"),
    ]
    found = query(PROFILE, QueryFilters()).patients
    counts = {one.patient_id: one.studies[0].series[0].number_of_instances for one in found}
    assert counts == {"A": 17, "B": 2}


def test_people_without_an_id_are_told_apart_by_name(link: Any) -> None:
    link.studies = [study("", "A", "1.2.1"), study("", "B", "1.2.2"), study("", "a", "1.2.3")]
    result = query(PROFILE, QueryFilters())
    assert [(one.patient_name, len(one.studies)) for one in result.patients] == [("A", 2), ("B", 1)]


def test_hostile_answers_do_not_break_it(link: Any) -> None:
    link.studies = [
        {},
        {"PatientName": ("no UID",)},
        study("1", "x", "1." + "9" * 1024),
        study("1", "x", "../../etc"),
        study("1", "x", "1.2." + "9" * 70),
        study("1", "\x1b[31m" + "x" * 5000, "1.2.1", StudyDate="nonsense", ModalitiesInStudy="\n"),
        study("1", "x", "1.2.2", StudyDate="99999999", PatientBirthDate="\0\0"),
    ]
    link.series = [
        series("1.2.1", "1.3.1", SeriesNumber="9" * 5000, NumberOfSeriesRelatedInstances="-4"),
        series("1.2.1", "1.3.2", SeriesNumber="²", NumberOfSeriesRelatedInstances="1e9"),
        series("1.2.1", "1.3.3", SeriesNumber=" -3 ", NumberOfSeriesRelatedInstances="7.0"),
        series("1.2.1", "*"),
        series("9.9.9", "1.3.4"),
        {"StudyInstanceUID": ("1.2.1",)},
    ]
    result = query(PROFILE, QueryFilters())
    (patient,) = result.patients
    assert len(patient.patient_name) <= 200
    assert "\x1b" not in patient.patient_name
    by_uid = {one.study_instance_uid: one for one in patient.studies}
    assert sorted(by_uid) == ["../../etc", "1.2.1", "1.2.2", "1.2." + "9" * 70]
    assert [bool(by_uid[uid].fault) for uid in sorted(by_uid)] == [True, False, False, True]
    (note,) = result.notes
    assert note.startswith("Left out: 3 of the server's answers, with no Study Instance UID, or")
    assert [
        (one.series_instance_uid, one.series_number, one.number_of_instances)
        for one in by_uid["1.2.1"].series
    ] == [("1.3.3", -3, 7), ("*", None, None), ("1.3.1", None, None), ("1.3.2", None, None)]


ODD_UIDS = {
    "ab" * 32: "it has letters",
    "1.2." + "5" * 80: "it is longer than 64 characters",
    "1..2": "it has an empty component",
    "1.2.*": "it has other signs than digits and dots",
    "1.2\\3": "it has other signs than digits and dots",
    "1.é": "it has letters",
}


def test_studies_with_odd_uids_are_shown_with_their_fault_and_asked_for_if_that_can_be(
    link: Any,
) -> None:
    link.studies = [study("1", "A", uid) for uid in ODD_UIDS]
    link.series = [series(uid, "x" + uid) for uid in ODD_UIDS]
    found = {one.study_instance_uid: one for one in query(PROFILE, QueryFilters()).studies}
    for uid, why in ODD_UIDS.items():
        assert found[uid].fault == f"the Study Instance UID is not well formed ({why})"
        known = bool(found[uid].series)
        assert known is not (uid in ("1.2.*", "1.2\\3", "1.é"))
        assert not known or "Series Instance UID is not well" in found[uid].series[0].fault
    assert link.asked[1]["StudyInstanceUID"] == "\\".join(list(ODD_UIDS)[:3])


def test_two_ids_that_differ_in_a_space_are_two(link: Any) -> None:
    ids = ["P1", " P1", "P 1", "  P1"]
    link.studies = [study(one, "A", f"1.{number}") for number, one in enumerate(ids)]
    result = query(PROFILE, QueryFilters())
    assert sorted(one.patient_id for one in result.patients) == sorted(ids)
    for one in ids:
        (patient,) = query(PROFILE, QueryFilters(patient_id=one)).patients
        assert patient.patient_id == one


@pytest.mark.parametrize(
    ("typed", "found"),
    [("A\\B", ["A\\B"]), ("A\\*", ["A\\B", "A\\BC"]), ("A?B", ["A-B", "A\\B"]), ('"Q"', ['"Q"'])],
)
def test_an_id_with_a_backslash_is_one_value(link: Any, typed: str, found: list[str]) -> None:
    ids = ["A\\B", "A-B", "A", "B", "A\\BC", '"Q"', "Q"]
    link.studies = [study(one, "A", f"1.{number}") for number, one in enumerate(ids)]
    result = query(PROFILE, QueryFilters(patient_id=typed))
    assert sorted(one.patient_id for one in result.patients) == found
    assert "\\" not in link.asked[0]["PatientID"]
    # Those that do not match do not count.
    assert len(query(PROFILE, QueryFilters(patient_id="A\\B"), limit=1).patients) == 1


def test_an_id_that_has_kept_its_padding_is_found(link: Any, monkeypatch: Any) -> None:
    link.studies = [study("UN1", "A", "1.1"), study("UN12", "A", "1.2")]
    plain = link.has
    has = staticmethod(lambda one, asked: asked["PatientID"] != "UN1" and plain(one, asked))
    monkeypatch.setattr(link, "has", has)
    (patient,) = query(PROFILE, QueryFilters(patient_id="UN1")).patients
    assert patient.patient_id == "UN1"
    assert [one["PatientID"] for one in link.asked[:2]] == ["UN1", "UN1*"]


def test_why_there_is_more_is_told(link: Any) -> None:
    link.studies = [study("1", "A", f"1.{number}") for number in range(9)]
    link.series = [series("1.0", f"2.{number}") for number in range(9)]
    ours = query(PROFILE, QueryFilters(), limit=3)
    assert (ours.truncated, ours.limited, ours.notes) == (True, True, ())
    link.cut_at = {"STUDY": 3}
    servers = query(PROFILE, QueryFilters())
    assert (len(servers.studies), servers.truncated, servers.limited) == (3, True, False)
    assert "LimitFindResults" in servers.notes[0]
    link.cut_at, link.why = {"SERIES": 5}, REPEATS
    repeated = query(PROFILE, QueryFilters())
    assert repeated.truncated and "again and again" in repeated.notes[0]
    assert [len(one.series) for one in repeated.studies if one.series] == [5]
    assert len(link.asked) == 2  # it is not asked any further


def test_series_are_asked_for_in_batches_and_alone_where_that_brought_none(link: Any) -> None:
    uids = [f"1.2.{number}" for number in range(120)]
    link.studies = [study("1", "A", uid) for uid in uids]
    link.series = [series(uid, uid + ".1") for uid in uids if uid != "1.2.7"]
    seen: list[Progress] = []
    result = query(PROFILE, QueryFilters(), progress=seen.append)
    assert len(result.series) == 119
    sizes = [one["StudyInstanceUID"].count("\\") + 1 for one in link.asked[1:]]
    assert sizes == [50, 1, 50, 20]
    assert (seen[-1].phase, seen[-1].done, seen[-1].total) == ("query", 120, 120)


def test_a_lone_study_without_series_is_asked_for_once_more(link: Any) -> None:
    link.studies = [study("1", "A", "1.2.1")]
    assert query(PROFILE, QueryFilters()).series == ()
    assert [one["StudyInstanceUID"] for one in link.asked] == ["", "1.2.1", "1.2.1"]


def test_a_cut_batch_is_asked_for_study_by_study(link: Any) -> None:
    link.studies = [study("1", "A", f"1.2.{number}") for number in range(3)]
    link.series = [series(f"1.2.{one % 3}", f"1.3.{one}") for one in range(6)]
    link.cut_at = {"SERIES": 4}
    result = query(PROFILE, QueryFilters())
    assert len(result.series) == 6
    assert not result.truncated
    link.cut_at = {"SERIES": 1}
    result = query(PROFILE, QueryFilters())
    assert len(result.series) == 3
    assert result.truncated


def test_the_limit_counts_studies_and_is_told(link: Any) -> None:
    link.studies = [study("1", "A", f"1.2.{number}") for number in range(3)]
    assert len(query(PROFILE, QueryFilters(), limit=2).studies) == 2
    assert query(PROFILE, QueryFilters(), limit=2).truncated
    assert not query(PROFILE, QueryFilters(), limit=3, token=CancelToken()).truncated


def test_results_go_through_json() -> None:
    result = QueryResult(
        (
            PatientRecord(
                "1",
                "Pérez^Núria",
                "19610405",
                "F",
                (
                    StudyRecord(
                        "1.2",
                        "20260302",
                        "Tórax",
                        "A1",
                        ("CT", "SEG"),
                        (SeriesRecord("1.3", 3, "CT", "Axial", 240), SeriesRecord("1.4")),
                    ),
                ),
            ),
        ),
        True,
        0.25,
    )
    (patient,) = json.loads(json.dumps(asdict(result)))["patients"]
    (study,) = patient["studies"]
    assert [series["number_of_instances"] for series in study["series"]] == [240, None]
    assert study["modalities"] == ["CT", "SEG"]
