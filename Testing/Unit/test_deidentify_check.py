"""What the rules would leave is found before it is sent, wherever it hides."""

from __future__ import annotations

import io
import struct
import warnings

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from OrthancConnectCore.deidentify import rules as deidentify_rules
from OrthancConnectCore.deidentify.leftovers import Leftovers
from OrthancConnectCore.deidentify.rules import KEEP, treatment
from OrthancConnectCore.shared.errors import InputError
from Support.data.identified import cleaned, file_bytes, identified_dataset, read, spellings

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    "keyword",
    [
        *("PatientName", "PatientID", "AccessionNumber", "OtherPatientIDs", "PatientBirthName"),
        *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"),
        *("ReferencedSOPInstanceUID", "OriginalAttributesSequence"),
    ],
)
def test_a_rule_that_fails_is_noticed(
    monkeypatch: pytest.MonkeyPatch, syntax: str, keyword: str
) -> None:
    content = file_bytes(identified_dataset(), syntax)
    cleaned(content)
    tag = tag_for_keyword(keyword)

    def kept(one: int, *more: object) -> str:
        return KEEP if one == tag else treatment(one, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(deidentify_rules, "treatment", kept)
    monkeypatch.setattr(Leftovers, "blank", lambda *_: [])
    with pytest.raises(InputError, match=r"still stands in \([0-9A-F]{4},[0-9A-F]{4}\)") as caught:
        cleaned(content)
    assert "PAT-" not in str(caught.value) and "1.2" not in str(caught.value)


def test_what_only_looks_like_the_patient_is_no_obstacle() -> None:
    dataset = identified_dataset("AXIAL^PRIMARY", "1234")
    dataset.SliceLocation, dataset.ImagePositionPatient = "1234", ["1234", "-1234", "0.1234"]
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.add_new("RedPaletteColorLookupTableData", "OW", b"12341234")
    after = read(cleaned(file_bytes(dataset)))
    assert after.SliceLocation == 1234 and after.ImageType == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert after.RedPaletteColorLookupTableData == b"12341234"
    for name in ("REMOVED", "OrthancConnect", "Basic^Profile", "DCM"):
        assert read(cleaned(file_bytes(identified_dataset(name)))).PatientIdentityRemoved


def test_names_hide_in_no_number_uid_image_type_or_table() -> None:
    dataset = identified_dataset("Quetzal^Eva", "PID-4711")
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "QUETZAL"]
    dataset.ConceptNameCodeSequence = [Dataset()]
    item = dataset.ConceptNameCodeSequence[0]
    item.CodingSchemeUID, item.CodingSchemeURL = dataset.StudyInstanceUID, "http://x/Quetzal"
    item.CodeValue, item.CodeMeaning = "1", "x"
    content = file_bytes(dataset)
    for tag, vr, value in (
        ((0x0018, 0x0050), b"DS", b"Quetzal "),
        ((0x0018, 0x0086), b"IS", b"PID-4711"),
        ((0x0018, 0x1411), b"DS", b"1\\Quetzal "),
        ((0x0018, 0x1460), b"DS", b"1.5 "),
        ((0x0018, 0x1800), b"CS", b"Y "),
    ):
        place = content.index(b"\x18\0\x20\x10LO")
        head = struct.pack("<HH2sH", *tag, vr, len(value))
        if tag[1] > 0x1020:
            place = content.index(b"\x18\0\x30\x10LO")
            length = struct.unpack_from("<H", content, place + 6)[0]
            place += 8 + length
        content = content[:place] + head + value + content[place:]
    result = cleaned(content)
    written = result.read()
    assert b"Quetzal" not in written and b"QUETZAL" not in written and b"PID-4711" not in written
    after = read(result)
    assert not after.ConceptNameCodeSequence[0].CodingSchemeUID
    assert after[0x00181460].value == 1.5 and after.ImageType == "REMOVED"
    (warned,) = [one for one in result.warnings if one.kind == "leftover"]
    assert "ImageType" in warned.message


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_names_and_uids_hide_in_no_text_and_no_table(syntax: str) -> None:
    dataset = identified_dataset("Quetzal^Ñá", "PID-4711")
    dataset.SoftwareVersions = ["V1", "v_QUETZAL_2"]
    dataset.ConvolutionKernel = "of ñá"
    uid = dataset.StudyInstanceUID = "1.2.826.0.1.99.4711"
    dataset.ManufacturerModelName = f"study {uid}.7"
    dataset.add_new("RedPaletteColorLookupTableData", "OW", b"\1\2PID-4711\3\4")
    dataset.add_new("GridAspectRatio", "IS", ["1", "2"])
    result = cleaned(file_bytes(dataset, syntax))
    after = read(result)
    assert (
        after.SoftwareVersions
        == after.ConvolutionKernel
        == after.ManufacturerModelName
        == "REMOVED"
    )
    assert after.RedPaletteColorLookupTableData == bytes(2) and after.GridAspectRatio == [1, 2]
    assert uid not in str(after)
    (warned,) = [one for one in result.warnings if one.kind == "leftover"]
    assert "ManufacturerModelName" in warned.message and "SoftwareVersions" in warned.message


def test_items_hide_behind_no_kept_attribute() -> None:
    dataset = identified_dataset()
    inside = Dataset()
    inside.InstitutionName = "Hospital General"
    for keyword in ("PatientAge", "TimezoneOffsetFromUTC"):
        dataset.add_new(keyword, "SQ", [inside])
    content = file_bytes(dataset)
    written = cleaned(content, dates="keep", keep_patient_characteristics=True).read()
    assert b"Hospital General" in content and b"Hospital General" not in written


@pytest.mark.parametrize("place", ["transfer syntax", "class"])
def test_names_hide_in_no_file_meta_information(place: str) -> None:
    content = file_bytes(identified_dataset())
    if place == "class":
        old = b"1.2.840.10008.5.1.4.1.1.2\0"
        content = content.replace(old, b"PAT-00123-X".ljust(len(old), b"\0"))
    else:
        old = b"1.2.840.10008.1.2.1\0"
        content = content.replace(old, b"PAT-00123-X".ljust(len(old), b"\0"), 1)
    with pytest.raises(InputError):
        cleaned(content)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "odd", ["0123456789abcdef" * 4, "1.2.826.0.1." + "5" * 60, "1..2.3.4.5.6.7"]
)
def test_uids_that_are_not_well_formed_are_replaced_like_others(odd: str) -> None:
    dataset = identified_dataset()
    dataset.SOPInstanceUID = dataset.StudyInstanceUID = odd
    dataset.SoftwareVersions = f"of {odd}"
    dataset.ImageID = "untouched"
    result = cleaned(file_bytes(dataset))
    assert odd.encode() not in result.read() and read(result).ImageID == "untouched"
    assert result.sop_instance_uid.startswith("2.") and result.study_instance_uid.startswith("2.")
    assert cleaned(file_bytes(dataset)).sop_instance_uid == result.sop_instance_uid


def test_twice_is_as_good_as_once() -> None:
    once = cleaned(file_bytes(identified_dataset()))
    twice = cleaned(once.read())
    assert len({once.patient_id, twice.patient_id}) == 2
    first, second = read(once), read(twice)
    assert second.DeidentificationMethod == first.DeidentificationMethod
    assert [one for one in twice.warnings if one.kind in ("leftover", "private_tags")] == []
    assert {element.tag for element in first} == {element.tag for element in second}
    assert second.PixelData == first.PixelData


def test_pydicom_logs_no_value_that_it_dislikes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    content = file_bytes(identified_dataset())
    uid = identified_dataset().FrameOfReferenceUID.encode()
    content = content.replace(uid, b"PAT-00123-X".ljust(len(uid), b"\0"))
    assert b"PAT-00123" not in cleaned(content).read()
    assert "PAT-00123" not in caplog.text.replace(str(content), "")


# Whatever comes: a clean file, or none ----------------------------------------------------------

NAME, NUMBER, UID = b"Quetzalcoatl", b"PID-77-XYZ", b"1.2.826.0.1.99.4711.5"
WORDS = (NAME, NAME.upper(), NUMBER, UID)
_VRS = b"AE AS CS DA DS DT IS LO LT PN SH ST TM UI OB OW UC UN UR UT SQ US FD XX".split()
_LONG = b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split()
_TAGS = sorted(tag for tag in DicomDictionary if 0x0008 <= tag >> 16 < 0x7FE0)
_VALUES = st.one_of(
    st.sampled_from([NAME, NUMBER, UID]),
    st.builds(
        lambda before, word, after: before + word + after,
        st.sampled_from([b"", b"of ", b"\0", b"1\\", b"a^", b"\x1b$B"]),
        st.sampled_from(WORDS),
        st.sampled_from([b"", b" ", b"\0", b"\\2", b"^b", b"."]),
    ),
    st.binary(max_size=40).filter(lambda drawn: not any(one in drawn for one in WORDS)),
)


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    value += b" " * (len(value) % 2)
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr)
    return head + (struct.pack("<HL" if vr in _LONG else "<H", *((0,) if vr in _LONG else ()),
                               len(value)) + value)  # fmt: skip


@st.composite
def elements(draw: st.DrawFn, depth: int = 2) -> dict[int, bytes]:
    found = {}
    for tag in draw(st.lists(st.sampled_from(_TAGS), max_size=6, unique=True)):
        vr = draw(st.sampled_from(_VRS))
        if depth and draw(st.booleans()):
            vr = b"SQ"
        if vr == b"SQ" and depth:
            inside = b"".join(value for _, value in sorted(draw(elements(depth - 1)).items()))
            if draw(st.booleans()):
                value = struct.pack("<HHL", 0xFFFE, 0xE000, len(inside)) + inside
                found[tag] = element(tag, b"SQ", value)
            else:
                found[tag] = (
                    struct.pack("<HH2sHL", tag >> 16, tag & 0xFFFF, b"SQ", 0, 0xFFFFFFFF)
                    + struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
                    + inside
                    + struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
                    + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
                )
        else:
            found[tag] = element(tag, vr, draw(_VALUES))
    return found


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(elements(), st.sampled_from([b"ISO_IR 192", b"ISO_IR 100", b"", b"\\ISO 2022 IR 87", b"x"]))
def test_a_file_made_to_betray_is_clean_or_refused(
    drawn: dict[int, bytes], character_set: bytes
) -> None:
    drawn[0x00080005] = element(0x00080005, b"CS", character_set)
    drawn[0x00080016] = element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0")
    drawn[0x00080018] = element(0x00080018, b"UI", UID)
    drawn[0x00100010] = element(0x00100010, b"PN", NAME + b"^Eva")
    drawn[0x00100020] = element(0x00100020, b"LO", NUMBER)
    content = b"".join(value for _, value in sorted(drawn.items()))
    try:
        written = cleaned(content).read()
    except InputError as error:
        assert error.hint
        return
    for word in WORDS:
        assert word not in written
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert pydicom.dcmread(io.BytesIO(written)).PatientIdentityRemoved


LETTERS = {
    "ISO_IR 100": "äöüßéèñç",
    "ISO_IR 101": "šžčřůął",
    "ISO_IR 144": "юрилжщя",
    "ISO_IR 126": "αβγδεζη",
    "ISO_IR 127": "ابتثجح",
    "ISO_IR 138": "אבגדהו",
    "ISO_IR 166": "กขคงจ",
    "GB18030": "王小东张",
    "ISO_IR 192": "äшα王ก",
    "ISO 2022 IR 87": "山田太郎",
    "ISO 2022 IR 149": "홍길동",
}


@st.composite
def named(draw: st.DrawFn) -> tuple[str, str, str]:
    character_set = draw(st.sampled_from(sorted(LETTERS)))
    words = st.text(LETTERS[character_set], min_size=4, max_size=9)
    return character_set, draw(words), draw(words)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(named(), st.sampled_from(["ConvolutionKernel", "ManufacturerModelName", "ImageID"]))
def test_names_in_any_letters_stand_nowhere_afterwards(
    drawn: tuple[str, str, str], keyword: str
) -> None:
    character_set, family, given_name = drawn
    dataset = Dataset()
    many = character_set.startswith("ISO 2022")
    dataset.SpecificCharacterSet = ["", character_set] if many else character_set
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4.5"
    dataset.PatientName, dataset.PatientID = f"{family}^{given_name}", "PAT-00123-X"
    setattr(dataset, keyword, f"for {given_name}")
    dataset.PerformedStationName = family[:9]
    content = file_bytes(dataset)
    before = pydicom.dcmread(io.BytesIO(content))
    raw = before.get_item("PatientName").value
    assert raw and raw in content
    written = cleaned(content).read()
    for part in (*raw.split(b"^"), *spellings([family, given_name])):
        assert part not in written
