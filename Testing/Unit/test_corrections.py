"""What may be corrected of a study: attributes and values that DICOM allows."""

from __future__ import annotations

import json

import pytest

from OrthancConnectCore.shared.corrections import ServerThing, checked_correction
from OrthancConnectCore.shared.errors import InputError

THING = ServerThing(
    *("Study", "a", "a", "1.2", "P1", "Ruiz^Ana", "19700101", "F", "20260101", "Chest"),
    *(("CT",), 1, 6, 1000, "d"),
)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientID", "P 7"),
        ("PatientName", "王^小东=Wang^XiaoDong=" + "x" * 64),
        ("PatientName", ""),
        ("PatientBirthDate", "20240229"),
        ("PatientSex", "O"),
        ("StudyDescription", "Tórax, con contraste"),
        ("AccessionNumber", "A" * 16),
        ("StudyTime", "183000.123456"),
        ("StudyTime", ""),
    ],
)
def test_a_value_that_dicom_allows(keyword: str, value: str) -> None:
    assert checked_correction({keyword: value}) == {keyword: value}


@pytest.mark.parametrize(
    ("keyword", "value", "why"),
    [
        ("PatientID", " ", "is empty"),
        ("PatientID", "a\\b", "backslash"),
        ("PatientName", "a\nb", "control"),
        ("PatientName", "\ud800", "half"),
        ("PatientName", "a=b=c=d", "more parts"),
        ("PatientName", "a^b^c^d^e^f", "more parts"),
        ("PatientName", "x" * 65, "longer than 64"),
        ("PatientBirthDate", "20230229", "no date"),
        ("PatientBirthDate", "2023-02-2", "no date"),
        ("PatientSex", "female", "neither"),
        ("AccessionNumber", "A" * 17, "longer than 16"),
        ("StudyTime", "2500", "no time"),
        ("SOPInstanceUID", "1.2.3", "not for correction"),
    ],
)
def test_a_value_that_it_does_not_allow(keyword: str, value: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        checked_correction({keyword: value})


def test_what_was_seen_travels_between_processes() -> None:
    told = json.loads(json.dumps(THING.to_dict()))
    assert ServerThing.from_dict(told) == THING and THING.confirmation == "P1"
    wrong = ({"level": "Patient"}, {"more": 1}, {"modalities": 3})
    for broken in ({}, *({**told, **one} for one in wrong)):
        with pytest.raises(InputError):
            ServerThing.from_dict(broken)
    with pytest.raises(InputError, match="Nothing is to be corrected"):
        checked_correction({})
