"""Filters, records, and what becomes of C-FIND answers, however odd."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from OrthancConnectCore.dimse import query as find
from OrthancConnectCore.dimse import services as dimse
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.matching import folded, matches, wide, wide_identifier, wildcard_text
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import (
    PatientRecord,
    QueryFilters,
    SeriesRecord,
    StudyRecord,
    display_date,
    display_person_name,
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
        ("patient_id", "x" * 257),
        ("birth_date", "1961"),
        ("sex", "female!"),
        ("study_time", "25"),
        ("study_time", "10:99"),
        ("study_time", "12-10"),
        ("labels", "a/b"),
        ("body_part", "x" * 17),
        ("patient_id", "a\tb"),
        ("patient_id", 12),
        ("accession_number", "x" * 257),
        ("accession_number", "a\\b"),
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


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(" P1 ", " P1"), ("A\\B", "A\\B"), ("W*", "W*"), ('"Q"', '"Q"'), ("x" * 80, "x" * 80)],
)
def test_a_patient_id_is_looked_for_as_it_is(typed: str, kept: str) -> None:
    assert QueryFilters(patient_id=typed).patient_id == kept
    assert QueryFilters(patient_id="  ").is_empty


@pytest.mark.parametrize(
    ("typed", "accepted"),
    [
        ({}, True),
        ({"patient_name": "pér"}, True),
        ({"patient_name": "Adams"}, False),
        ({"patient_id": "PAT*"}, True),
        ({"patient_id": "PAT"}, False),
        ({"accession_number": "CC1"}, True),
        ({"study_description": "Knie"}, False),
        ({"study_date_from": "20260302", "study_date_to": "20260302"}, True),
        ({"study_date_from": "20260303"}, False),
        ({"study_date_to": "20260301"}, False),
        ({"modalities": ("MR", "CT")}, True),
        ({"modalities": ("MR",)}, False),
        ({"patient_name": "perez"}, True),
        ({"patient_name": "nuria*"}, False),
        ({"patient_name": "PÉREZ NURIA"}, True),
        ({"patient_id": "pat1"}, False),
        ({"accession_number": "acc"}, True),
        ({"birth_date": "1961-04-05"}, True),
        ({"birth_date": "19610406"}, False),
        ({"sex": "f"}, True),
        ({"sex": "M"}, False),
        ({"study_time": "10"}, True),
        ({"study_time": "10:16"}, False),
        ({"study_time": "1015-"}, True),
        ({"study_time": "-10:15"}, True),
        ({"study_time": "-101529"}, False),
        ({"study_time": "1016-12"}, False),
        ({"referring_physician": "muller, jose"}, True),
        ({"institution": "clinica"}, True),
        ({"institution": "x"}, False),
        ({"labels": "urgent"}, True),
        ({"labels": ("urgent", "other")}, False),
    ],
)
def test_filters_accept_what_a_query_of_them_finds(typed: Any, accepted: bool) -> None:
    study = StudyRecord(
        *("1.2", "20260302", "Tórax", "ACC1", ("CT", "SEG")),
        study_time="101530.5",
        referring_physician="Müller^José",
        institution="Clínica",
        labels=("urgent",),
    )
    patient = PatientRecord("PAT1", "Pérez^Núria", "19610405", "F")
    assert QueryFilters(**typed).accept(patient, study) is accepted


def test_one_series_has_all_that_is_wanted_of_a_series() -> None:
    ct, mr = SeriesRecord("1", 1, "CT", "Tórax"), SeriesRecord("2", 2, "MR", "", body_part="KNEE")
    study, patient = StudyRecord("1.2", series=(ct, mr)), PatientRecord("1")
    for typed, accepted in (
        ({"modalities": "M*", "body_part": "knee"}, True),
        ({"modalities": "CT", "body_part": "knee"}, False),
        ({"series_description": "torax"}, True),
        ({"series_description": "torax", "modalities": "MR"}, False),
    ):
        assert QueryFilters(**typed).accept(patient, study) is accepted  # type: ignore[arg-type]
    assert QueryFilters(labels="a b").labels == ("a", "b")


def test_filters_are_empty_or_not() -> None:
    assert QueryFilters().is_empty
    assert not QueryFilters(study_description="Tórax").is_empty


@pytest.mark.parametrize("record", [QueryFilters(), PatientRecord("1")])
def test_filters_and_records_are_frozen(record: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        record.patient_id = "2"


def test_the_records_load_nothing_heavy() -> None:
    script = (
        "import sys, OrthancConnectCore.shared.query;"
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


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("perez", "Pérez"),
        ("PEREZ", "Pe\u0301rez"),
        ("luczak", "Łuczak"),
        ("strasse", "Straße"),
        ("παπαδοπουλος", "ΠΑΠΑΔΌΠΟΥΛΟΣ"),
        ("федоров", "Фёдоров"),
        ("ヤマダ", "ﾔﾏﾀﾞ"),
        ("김희정", unicodedata.normalize("NFD", "김희정")),
        ("nguyen", "Nguyễn"),
    ],
)
def test_what_people_take_for_the_same_is_found_and_asked_for(typed: str, there: str) -> None:
    assert matches(typed, there) and folded(typed) == folded(there)
    # As Orthanc's index has it, and byte by byte.
    index = re.sub("[^ -~]", "", there).upper()
    assert matches(wide(typed, str.isascii).upper(), index, fold=str)
    assert matches(wide(typed, str.isascii), there)


def test_what_makes_another_letter_is_not_the_same() -> None:
    assert not matches("かき", "がき") and not matches("[ab]", "a") and not matches("a", "ab")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("*perez*", "*p*"),
        ("*f?x*", "*f*x*"),
        ("山田", "山田"),
        ("*петров*", "*п*тр*в*"),
        ("Ω*", "*"),
        ("J_%-1", "j*-1"),
    ],
)
def test_a_server_is_asked_for_more_than_was_typed(typed: str, asked: str) -> None:
    assert wide(typed) == asked
    assert wide(typed, str.isascii) == (asked if typed.isascii() else "*")


def test_an_identifier_is_asked_for_as_it_is_but_for_what_servers_stumble_over() -> None:
    assert wide_identifier("A\\b 1_é?*", by_case=False) == "A*b*1?*"
    assert wide_identifier("Ab1", by_case=True) == "??1"


# The C-FIND identifier ------------------------------------------------------------------------


def test_the_study_query_asks_for_counts_and_holds_the_filters() -> None:
    asked = find.study_query(
        QueryFilters("Pér", "PAT1", "20260101", "20260302", ("CT", "SEG"), "A1", "Tórax*")
    )
    assert asked["QueryRetrieveLevel"] == "STUDY"
    assert asked["PatientName"] == "*p*"
    assert asked["PatientID"] == "PAT1"
    assert asked["StudyDate"] == "20260101-20260302"
    assert asked["ModalitiesInStudy"] == "CT\\SEG"
    assert asked["AccessionNumber"] == "*?1*"
    assert asked["StudyDescription"] == "*"
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
        raw(SpecificCharacterSet=character_set, PatientName=value), ["PatientName"]
    )
    if text is None:
        assert isinstance(answer.get("PatientName", ("",))[0], str)
    else:
        assert answer["PatientName"] == (text,)


def test_padding_is_removed_values_are_parted_and_empty_ones_left_out() -> None:
    answer = dimse._answer(
        raw(ModalitiesInStudy=b"CT \\SEG\0", PatientID=b"  ", StudyDate=b"20260302"),
        ["ModalitiesInStudy", "PatientID", "StudyDate", "AccessionNumber"],
    )
    assert answer == {"ModalitiesInStudy": ("CT", "SEG"), "StudyDate": ("20260302",)}


def test_an_identifier_is_whole_with_the_spaces_before_a_patient_id() -> None:
    found = dimse._answer(
        raw(PatientID=b" A\\B ", StudyInstanceUID=b" 1.2\\3\0"), ["PatientID", "StudyInstanceUID"]
    )
    assert found == {"PatientID": (" A\\B",), "StudyInstanceUID": ("1.2\\3",)}


def test_an_element_that_is_a_sequence_is_no_text() -> None:
    dataset = Dataset()
    dataset.StudyInstanceUID = "1.2"
    dataset.add_new("ReferencedStudySequence", "SQ", [])
    assert dimse._answer(dataset, ["ReferencedStudySequence"]) == {}
