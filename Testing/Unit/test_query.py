"""Filters, records, and what becomes of C-FIND answers, however odd."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any, Iterator

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from OrthancConnectCore import dimse, find
from OrthancConnectCore.errors import InputError
from OrthancConnectCore.events import CancelToken, Progress
from OrthancConnectCore.profiles import ServerProfile
from OrthancConnectCore.query import (
    PatientRecord,
    QueryFilters,
    QueryResult,
    SeriesRecord,
    StudyRecord,
    display_date,
    display_person_name,
    query,
    wildcard_text,
)

CORE = Path(__file__).resolve().parents[2] / "OrthancConnect"
PROFILE = ServerProfile("s", "https://server:8042")


# Filters --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("20260302", "20260302"), ("2026-03-02", "20260302"), (" 2026/03/02 ", "20260302"), ("", "")],
)
def test_dates_are_normalised(typed: str, kept: str) -> None:
    filters = QueryFilters(study_date_from=typed, study_date_to=typed)
    assert filters.study_date_from == filters.study_date_to == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("study_date_from", "20260230"),
        ("study_date_from", "02.03.2026"),
        ("study_date_from", "2026-0302"),
        ("study_date_to", "yesterday"),
        ("study_date_to", "٢٠٢٦٠٣٠٢"),
        ("study_date_to", 20260302.5),
        ("patient_name", "a\\b"),
        ("patient_name", "a\nb"),
        ("patient_name", "a\0b"),
        ("patient_name", "\udce9"),
        ("patient_name", "x" * 65),
        ("patient_id", "x" * 65),
        ("patient_id", 12),
        ("accession_number", "x" * 17),
        ("study_description", "a\x1bb"),
        ("modalities", ("CT\\MR",)),
        ("modalities", ("C.T",)),
        ("modalities", ("X" * 17,)),
        ("modalities", ("",)),
        ("modalities", (5,)),
        ("modalities", 5),
    ],
)
def test_what_cannot_be_searched_is_refused_in_one_sentence(field: str, value: Any) -> None:
    with pytest.raises(InputError) as refused:
        QueryFilters(**{field: value})
    assert refused.value.field == field
    assert refused.value.hint
    for text in (refused.value.message, refused.value.hint):
        assert text.endswith(".")
        assert not set(text) & set("\n\0\x1b")
        assert len(text) < 200


def test_a_reversed_range_is_refused_and_a_range_of_one_day_is_not() -> None:
    with pytest.raises(InputError, match="ends on 2026-03-01, before it begins on 2026-03-02"):
        QueryFilters(study_date_from="20260302", study_date_to="20260301")
    QueryFilters(study_date_from="20260302", study_date_to="20260302")
    QueryFilters(study_date_to="20260301")


def test_modalities_are_upper_case_and_distinct() -> None:
    assert QueryFilters(modalities=["ct", " MR ", "CT"]).modalities == ("CT", "MR")  # type: ignore[arg-type]
    assert QueryFilters(modalities="ct, mr; us").modalities == ("CT", "MR", "US")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Pérez, Núria", "Pérez^Núria"),
        ("Pérez,", "Pérez"),
        ("Pérez^Núria", "Pérez^Núria"),
        (" pérez ", "pérez"),
        ("Smith^John, Jr", "Smith^John, Jr"),
    ],
)
def test_a_name_as_it_is_shown_is_taken_as_the_dicom_name(typed: str, kept: str) -> None:
    assert QueryFilters(patient_name=typed).patient_name == kept


def test_filters_go_through_json_and_unknown_ones_are_refused() -> None:
    filters = QueryFilters("Núria", "7", "20260101", "20260302", ("CT",), "A1", "Tórax")
    assert QueryFilters.from_dict(json.loads(json.dumps(filters.to_dict()))) == filters
    assert QueryFilters.from_dict({"patient_id": None}) == QueryFilters()
    assert QueryFilters().is_empty
    assert not filters.is_empty
    for wrong, words in (({"name": "x"}, "no query filter named 'name'"), (["x"], "not query f")):
        with pytest.raises(InputError, match=words):
            QueryFilters.from_dict(wrong)


@pytest.mark.parametrize("record", [QueryFilters(), PatientRecord("1")])
def test_filters_and_records_are_frozen(record: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        record.patient_id = "2"


def test_the_records_load_nothing_heavy() -> None:
    script = (
        "import sys, OrthancConnectCore.query;"
        "heavy = {'pynetdicom', 'pydicom', 'requests', 'numpy', 'ssl', 'cryptography'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", script], cwd=CORE, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"


# Display --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Pérez^Núria", "Pérez, Núria"),
        ("Pérez", "Pérez"),
        ("^Núria", "Núria"),
        ("", ""),
        ("^^^^", ""),
        (
            "Adams^John Robert Quincy^^Rev.^B.A. M.Div.",
            "Adams, Rev. John Robert Quincy, B.A. M.Div.",
        ),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou"),
        ("=山田^太郎", "山田, 太郎"),
        ("a^b^c^d^e^f^g", "a, d b c, e"),
        ("<b>Eva</b>^\x1b[31m", "<b>Eva</b>, [31m"),
    ],
)
def test_person_names_as_people_read_them(name: str, shown: str) -> None:
    assert display_person_name(name) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("20260302", "2026-03-02"), ("", ""), ("2026", "2026")]
)
def test_dates_as_people_read_them(value: str, shown: str) -> None:
    assert display_date(value) == shown


def test_text_is_searched_as_a_part_unless_it_has_a_wildcard() -> None:
    assert [wildcard_text(text) for text in ("", "x", "x*", "?x")] == ["", "*x*", "x*", "?x"]


# The C-FIND identifier ------------------------------------------------------------------------


def test_the_study_query_asks_for_counts_and_holds_the_filters() -> None:
    asked = find.study_query(
        QueryFilters("Pér", "PAT1", "20260101", "20260302", ("CT", "SEG"), "A1", "Tórax*")
    )
    assert asked["QueryRetrieveLevel"] == "STUDY"
    assert asked["PatientName"] == "*Pér*"
    assert asked["PatientID"] == "PAT1"
    assert asked["StudyDate"] == "20260101-20260302"
    assert asked["ModalitiesInStudy"] == "CT\\SEG"
    assert asked["AccessionNumber"] == "*A1*"
    assert asked["StudyDescription"] == "Tórax*"
    assert asked["NumberOfStudyRelatedInstances"] == ""


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        ("", "", ""),
        ("20260101", "", "20260101-"),
        ("", "20260101", "-20260101"),
        ("20260101", "20260101", "20260101"),
    ],
)
def test_open_ranges(first: str, last: str, asked: str) -> None:
    filters = QueryFilters(study_date_from=first, study_date_to=last)
    assert find.study_query(filters)["StudyDate"] == asked


def test_the_identifier_is_utf_8_and_takes_what_the_representations_do_not_allow() -> None:
    identifier = dimse._identifier(
        {
            **find.study_query(QueryFilters("x" * 64, modalities=("CT", "MR"))),
            "SeriesInstanceUID": "*",
        }
    )
    assert identifier.SpecificCharacterSet == "ISO_IR 192"
    assert str(identifier.PatientName) == "*" + "x" * 64 + "*"
    assert list(identifier.ModalitiesInStudy) == ["CT", "MR"]
    with pytest.raises(ValueError, match="NoSuchThing is no DICOM keyword"):
        dimse._identifier({"NoSuchThing": ""})


# Answers --------------------------------------------------------------------------------------


def raw(**elements: bytes) -> Dataset:
    """An identifier as it comes from the network: nothing converted yet."""
    dataset = Dataset()
    for keyword, value in elements.items():
        tag = Tag(keyword)
        dataset[tag] = RawDataElement(tag, None, len(value), value, 0, True, True)
    return dataset


@pytest.mark.parametrize(
    ("character_set", "value", "text"),
    [
        (b"ISO_IR 192", "Šimůnek^Jiří".encode(), "Šimůnek^Jiří"),
        (b"ISO_IR 100", "Müller^Jürgen".encode("latin-1"), "Müller^Jürgen"),
        (b"ISO_IR 101 ", "Šimůnek".encode("iso8859_2"), "Šimůnek"),
        (b"ISO_IR 144", "Люкceмбypг".encode("iso8859_5"), "Люкceмбypг"),
        (b"GB18030", "王^小东".encode("gb18030"), "王^小东"),
        (b"", "Pérez".encode(), "Pérez"),
        (b"", "Pérez".encode("latin-1"), "Pérez"),
        (b"NONSENSE", "Pérez".encode(), "Pérez"),
        (b"ISO_IR 192", b"P\xff\xfe", "Pÿþ"),
        (
            b"\\ISO 2022 IR 87",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
            "Yamada^Tarou=山田^太郎",
        ),
        (b"\\ISO 2022 IR 87", b"\x1b$B;", None),
        (b"\xff\\\x1b", b"\x1b\x1b\x1b%", None),
    ],
)
def test_names_are_read_in_any_character_set(character_set: bytes, value: bytes, text: Any) -> None:
    answer = dimse._answer(
        raw(SpecificCharacterSet=character_set, PatientName=value), dimse._tags(["PatientName"])
    )
    if text is None:
        assert isinstance(answer.get("PatientName", ("",))[0], str)
    else:
        assert answer["PatientName"] == (text,)


def test_padding_is_removed_values_are_parted_and_empty_ones_left_out() -> None:
    answer = dimse._answer(
        raw(ModalitiesInStudy=b"CT \\SEG\0", PatientID=b"  ", StudyDate=b"20260302"),
        dimse._tags(["ModalitiesInStudy", "PatientID", "StudyDate", "AccessionNumber"]),
    )
    assert answer == {"ModalitiesInStudy": ("CT", "SEG"), "StudyDate": ("20260302",)}


def test_an_element_that_is_a_sequence_is_no_text() -> None:
    dataset = Dataset()
    dataset.StudyInstanceUID = "1.2"
    dataset.add_new("ReferencedStudySequence", "SQ", [])
    assert dimse._answer(dataset, dimse._tags(["ReferencedStudySequence"])) == {}


class ScriptedLink:
    """Stands for `dimse.FindLink`: answers from a list, keeps what it was asked."""

    studies: list[dict[str, tuple[str, ...]]] = []
    series: list[dict[str, tuple[str, ...]]] = []
    cut_at: dict[str, int] = {}

    def __init__(self, profile: ServerProfile, token: Any = None) -> None:
        self.cut = False
        type(self).asked = []

    asked: list[dict[str, str]]

    def __enter__(self) -> ScriptedLink:
        return self

    def __exit__(self, *_exc: object) -> None:
        pass

    def find(self, query: dict[str, str], limit: int = 0) -> Iterator[dict[str, tuple[str, ...]]]:
        self.asked.append(query)
        level = query["QueryRetrieveLevel"]
        if level == "STUDY":
            found = self.studies
        else:
            wanted = query["StudyInstanceUID"].split("\\")
            found = [one for one in self.series if one.get("StudyInstanceUID", ("",))[0] in wanted]
        most = limit or self.cut_at.get(level, 0)
        self.cut = bool(most) and len(found) > most
        yield from found[:most] if most else found


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
    (patient,) = query(PROFILE, QueryFilters()).patients
    assert len(patient.patient_name) <= 200
    assert "\x1b" not in patient.patient_name
    by_uid = {one.study_instance_uid: one for one in patient.studies}
    assert sorted(by_uid) == ["1.2.1", "1.2.2"]
    assert [
        (one.series_instance_uid, one.series_number, one.number_of_instances)
        for one in by_uid["1.2.1"].series
    ] == [("1.3.3", -3, 7), ("1.3.1", None, None), ("1.3.2", None, None)]


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
    text = json.dumps(result.to_dict())
    assert QueryResult.from_dict(json.loads(text)) == result
