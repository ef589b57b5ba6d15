"""De-identification by the basic profile: nothing of the patient stays, and the image does."""

from __future__ import annotations

import io
import os
import sys
import tracemalloc
from functools import partial
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    RLELossless,
)

from OrthancConnectCore.deidentify.basic_profile import ACTIONS
from OrthancConnectCore.deidentify.deidentifier import Deidentifier
from OrthancConnectCore.shared.errors import InputError, MissingDependencyError
from Support.data.identified import (
    KEY,
    NAMES,
    NUMBERS,
    PLACES,
    cleaned,
    every_attribute,
    file_bytes,
    identified_dataset,
    meta_end,
    read,
    spellings,
    without_pixels,
    write_identified,
)

# Nothing of the patient stays -------------------------------------------------------------------

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_no_original_identifier_is_in_the_bytes(syntax: str) -> None:
    content = file_bytes(identified_dataset(), syntax)
    result = cleaned(content)
    after = read(result)
    assert after.file_meta.TransferSyntaxUID == syntax
    written = result.read()
    if syntax == DeflatedExplicitVRLittleEndian:  # compressed: look at what is inside
        after.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        written = file_bytes(after)
        written = written[meta_end(written) :]
        content = file_bytes(identified_dataset())
    uids = [
        str(element.value)
        for element in identified_dataset().iterall()
        if element.VR == "UI" and not element.keyword.endswith("ClassUID")
    ]
    wanted = spellings([*NAMES, *NUMBERS, *PLACES, *uids])
    assert sum(word in content for word in wanted) > 20  # the search finds what is there
    assert [word for word in wanted if word in written] == []


@pytest.mark.parametrize(
    ("character_set", "name", "words"),
    [
        ("ISO_IR 100", "Müller^Jürgen", ["Müller", "Jürgen", "muller", "jurgen"]),
        ("ISO_IR 101", "Šimůnek^Jiří", ["Šimůnek", "Jiří", "simunek", "jiri"]),
        ("ISO_IR 144", "Люкceмбypг^Юрий", ["Юрий"]),
        ("GB18030", "Wang^XiaoDong=王^小东", ["XiaoDong", "王", "小东"]),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎", ["Yamada", "Tarou", "山田", "太郎"]),
        ("ISO_IR 192", "e\u0301milie^Zoë", ["émilie", "e\u0301milie", "Zoë"]),
    ],
)
def test_names_in_other_character_sets(character_set: object, name: str, words: list[str]) -> None:
    dataset = Dataset()
    dataset.SpecificCharacterSet = character_set
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    dataset.PatientName, dataset.PatientID = name, "P-1234"
    dataset.ImageComments = dataset.ManufacturerModelName = f"of {words[0]} {words[-1]}"
    content = file_bytes(dataset)
    written = cleaned(content).read()
    assert any(word in content for word in spellings(words))
    assert [word for word in spellings(words) if word in written] == []


def test_every_attribute_of_the_table_is_dealt_with() -> None:
    """Nearly the whole dictionary, with a value that must vanish from all the table's rows."""
    before = every_attribute()
    after = read(cleaned(file_bytes(before)))
    left = {}
    for element in after:
        if element.VR == "SQ":
            assert all("CANARY" not in str(item) for item in element.value), element.keyword
        elif "CANARY" in str(element.value):
            left[int(element.tag)] = element
        elif element.VR in ("DA", "DT", "TM"):
            assert str(element.value) in ("", "19000101", "19000101000000", "000000")
        elif element.VR == "UI" and "20260302" in str(element.value):
            # Kinds of things: classes, coding schemes, contexts, mapping resources.
            assert element.keyword.endswith(("ClassUID", "ClassUIDInFile")) or element.keyword in (
                *("CodingSchemeUID", "ContextUID", "MappingResourceUID"),
            ), element.keyword
    assert left == {}
    assert len(before) > 3000 and set(ACTIONS) & {int(tag) for tag in before.keys()}


def test_what_the_basic_profile_says_of_well_known_attributes() -> None:
    after = read(cleaned(file_bytes(identified_dataset())))
    for keyword in (
        *("StudyDescription", "SeriesDescription", "ImageComments", "PatientAge", "PatientWeight"),
        *("OtherPatientIDs", "PatientAddress", "IssuerOfPatientID", "InstitutionAddress"),
        *("PerformingPhysicianName", "RequestAttributesSequence", "OriginalAttributesSequence"),
        *("OtherPatientIDsSequence", "PatientComments", "NameOfPhysiciansReadingStudy"),
    ):
        assert keyword not in after, keyword
    for keyword in (
        "StudyDate",
        "StudyTime",
        "PatientBirthDate",
        "PatientSex",
        "ReferringPhysicianName",
    ):
        assert keyword in after and not after[keyword].value, keyword
    for keyword in ("InstitutionName", "StationName", "DeviceSerialNumber", "ProtocolName"):
        assert after[keyword].value == "REMOVED", keyword
    assert after.SeriesDate == "19000101" and after.Modality == "CT"
    assert not [tag for tag in after.keys() if tag.group & 1 or tag.group >> 8 in (0x50, 0x60)]
    assert 0xFFFCFFFC not in after
    assert [element.keyword for element in after.file_meta] == [
        *("FileMetaInformationGroupLength", "FileMetaInformationVersion"),
        *("MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID"),
        *("ImplementationClassUID", "ImplementationVersionName"),
    ]
    assert after.preamble == bytes(128)


def test_reports_keep_structure_codes_and_numbers() -> None:
    person, text = read(cleaned(file_bytes(identified_dataset()))).ContentSequence
    assert person.ConceptNameCodeSequence[0].CodeMeaning == "Findings"
    assert person.PersonName and "ller" not in str(person.PersonName)
    assert text.TextValue == "REMOVED" and text.UID.startswith("2.")
    assert text.ContentSequence[0].Date == "19000101"


def test_the_patient_is_found_where_the_profile_keeps_text() -> None:
    result = cleaned(file_bytes(identified_dataset()))
    after = read(result)
    assert after.ConvolutionKernel == "REMOVED" and after.SoftwareVersions == "REMOVED"
    assert (
        after.ReferencedImageSequence[0].PurposeOfReferenceCodeSequence[0].CodeMeaning == "REMOVED"
    )
    (warned,) = [one for one in result.warnings if one.kind == "leftover"]
    assert warned.message == (
        "The patient's name or number stood in CodeMeaning, ConvolutionKernel, GraphicLayer, "
        "SoftwareVersions as well; it was removed."
    )


def test_what_hides_behind_a_wrong_length_goes() -> None:
    dataset = identified_dataset()
    dataset.SoftwareVersions, dataset.ProtocolName = "V1", "of Eva"
    content = file_bytes(dataset)
    place = content.index(b"\x18\0\x20\x10LO\2\0V1\x18\0\x30\x10LO\6\0of Eva")
    content = content[: place + 6] + b"\x10" + content[place + 7 :]
    assert b"of Eva" in pydicom.dcmread(io.BytesIO(content)).SoftwareVersions.encode()
    assert read(cleaned(content)).SoftwareVersions == "REMOVED"


# The image stays --------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_pixels_and_geometry_are_the_same(syntax: str) -> None:
    before = identified_dataset()
    after = read(cleaned(file_bytes(before, syntax)))
    assert after.PixelData == before.PixelData
    assert (after.Rows, after.BitsStored, after["PixelData"].VR) == (4, 12, "OW")


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, RLELossless])
@pytest.mark.parametrize("fragments", [[b"abcdefgh"], [b"", b"ab" * 50, b"cd" * 70_000, b"ef"]])
def test_compressed_pixels_are_copied_byte_by_byte(syntax: str, fragments: list[bytes]) -> None:
    start = file_bytes(without_pixels(identified_dataset()), syntax)
    pixels = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff"
    for fragment in [b"", *fragments]:
        pixels += b"\xfe\xff\0\xe0" + len(fragment).to_bytes(4, "little") + fragment
    pixels += b"\xfe\xff\xdd\xe0\0\0\0\0"
    result = cleaned(start + pixels + "behind: Pérez".encode())
    assert result.read().endswith(pixels)
    assert pydicom.dcmread(io.BytesIO(result.read())).file_meta.TransferSyntaxUID == syntax


def test_the_source_is_only_read_and_pixels_are_streamed(tmp_path: Path) -> None:
    dataset = without_pixels(identified_dataset())
    path = tmp_path / "large.dcm"
    size = 300 * 1024 * 1024
    with open(path, "wb") as file:
        file.write(file_bytes(dataset))
        file.write(b"\xe0\x7f\x10\0OW\0\0" + size.to_bytes(4, "little"))
        file.truncate(file.tell() + size)  # a sparse file
    os.chmod(path, 0o400)
    before = (path.stat().st_mtime_ns, path.stat().st_size)
    tracemalloc.start()
    with Deidentifier(KEY) as deidentifier:
        result = deidentifier.deidentify(partial(open, path, "rb"))
        with result.open() as stream:
            total = sum(iter(lambda: len(stream.read(1 << 20)), 0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == result.size > size
    assert peak < 8 * 1024 * 1024
    assert (path.stat().st_mtime_ns, path.stat().st_size) == before


def test_a_source_without_a_way_back_is_as_good() -> None:
    class Forward(io.RawIOBase):
        def __init__(self, content: bytes) -> None:
            self.inner = io.BytesIO(content)

        def readable(self) -> bool:
            return True

        def tell(self) -> int:
            return self.inner.tell()

        def readinto(self, buffer: bytearray) -> int:
            return self.inner.readinto(buffer)

    for syntax in SYNTAXES:
        content = file_bytes(identified_dataset(), syntax)
        with Deidentifier(KEY) as deidentifier:
            forward = deidentifier.deidentify(lambda c=content: io.BufferedReader(Forward(c)))
            assert forward.read() == cleaned(content).read()
            assert forward.read() == forward.read()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_attributes_may_be_longer_than_what_is_read_first(syntax: str) -> None:
    dataset = identified_dataset()
    table = bytes(range(256)) * 600
    dataset.add_new("RedPaletteColorLookupTableData", "OW", table)
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "DCM", "nothing"
    dataset.AnatomicRegionSequence = [item] * 2000
    content = file_bytes(dataset, syntax)
    after = read(cleaned(content))
    assert after.PixelData == dataset.PixelData and len(after.AnatomicRegionSequence) == 2000
    assert after.RedPaletteColorLookupTableData == table
    assert read(cleaned(file_bytes(without_pixels(dataset), syntax))).SOPInstanceUID


def test_files_without_preamble_or_meta_become_whole_ones() -> None:
    content = file_bytes(identified_dataset())
    for bare in (content[meta_end(content) :], content[132:]):
        after = read(cleaned(bare))
        assert after.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID
        assert after == read(cleaned(content))


def test_a_wrong_transfer_syntax_is_corrected() -> None:
    content = file_bytes(identified_dataset())
    lying = content.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2\0\0\0", 1)
    assert read(cleaned(lying)).file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


# What it says -----------------------------------------------------------------------------------


def test_it_says_what_was_done() -> None:
    dataset = identified_dataset()
    dataset.DeidentificationMethod = "Earlier Tool 1"
    dataset.BurnedInAnnotation = "NO"
    after = read(cleaned(file_bytes(dataset)))
    assert after.PatientIdentityRemoved == "YES"
    methods = list(after.DeidentificationMethod)
    assert methods[0] == "Earlier Tool 1" and methods[2].startswith("dicognito ")
    assert methods[1].startswith("OrthancConnect ")
    (code,) = after.DeidentificationMethodCodeSequence
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("113100", "DCM")


def kinds(**values: object) -> set[str]:
    dataset = identified_dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return {one.kind for one in cleaned(file_bytes(dataset)).warnings}


def test_it_warns() -> None:
    always = {"private_tags", "leftover"}
    assert kinds(BurnedInAnnotation="NO") == always
    assert kinds() == always | {"burned_in"}
    assert kinds(BurnedInAnnotation="YES") == always | {"burned_in"}
    ultrasound = {"burned_in", "secondary_capture"}
    assert kinds(Modality="US") == always | ultrasound
    assert kinds(SOPClassUID="1.2.840.10008.5.1.4.1.1.7") == always | ultrasound
    assert kinds(SOPClassUID="1.2.840.10008.5.1.4.1.1.7.4", BurnedInAnnotation="NO") == always
    report = kinds(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", BurnedInAnnotation="NO")
    assert report == always | {"structured_report"}
    assert kinds(BurnedInAnnotation="NO", RecognizableVisualFeatures="YES") == always | {"faces"}


def test_identity_is_not_called_removed_while_it_may_be_in_the_pixels() -> None:
    for values in ({"BurnedInAnnotation": "YES"}, {"Modality": "US"}):
        dataset = identified_dataset()
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
        assert read(cleaned(file_bytes(dataset))).PatientIdentityRemoved == "NO"


def test_preview_shows_each_change(tmp_path: Path) -> None:
    path = write_identified(tmp_path / "a.dcm")
    with Deidentifier(KEY) as deidentifier:
        uid, rows, warned = deidentifier.preview(partial(open, path, "rb"))
        result = deidentifier.deidentify(partial(open, path, "rb"))
    assert uid == identified_dataset().SeriesInstanceUID and tuple(warned) == result.warnings
    by_tag = {row.tag: row for row in rows}
    assert by_tag["(0010,0010)"] == (
        *("(0010,0010)", "PatientName", "Pérez García^Núria", result.patient_id),
    )
    assert by_tag["(0008,1030)"].after == "" and by_tag["(0012,0062)"].before == ""
    assert "(0028,0010)" not in by_tag
    assert by_tag["(0009,1010)"].before == "Pérez^Núria"
    nested = "(0008,1140)[0](0008,1155)"
    assert by_tag[nested].keyword == "ReferencedSOPInstanceUID"
    assert [row.tag for row in rows] == sorted(row.tag for row in rows)
    assert all(row.before != row.after for row in rows)


# What it refuses --------------------------------------------------------------------------------


def test_documents_are_refused() -> None:
    dataset = identified_dataset()
    dataset.EncapsulatedDocument = b"%PDF-1.4 Perez"
    with pytest.raises(InputError, match="PDF"):
        cleaned(file_bytes(dataset))


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_cut_anywhere_it_is_refused_or_sound(syntax: str) -> None:
    content = file_bytes(identified_dataset(), syntax)
    whole = pydicom.dcmread(io.BytesIO(content)).PixelData
    for end in range(0, len(content) - 60, 7):
        try:
            after = read(cleaned(content[:end]))
        except InputError as error:
            assert error.hint
        else:  # cut between two elements
            assert "PixelData" not in after or after.PixelData == whole


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no DICOM at all",
        bytes(5000),
        b"\xff" * 5000,
        bytes(128) + b"DICM" + b"\xff" * 700,
        bytes(128) + b"DICM",
    ],
)
def test_nonsense_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        cleaned(content)


def test_what_pydicom_can_not_read_is_refused() -> None:
    rows = b"\x28\0\x10\0US"
    content = file_bytes(identified_dataset()).replace(rows + b"\2\0", rows + b"\3\0\0", 1)
    with Deidentifier(KEY) as deidentifier, pytest.raises(InputError, match="makes no sense"):
        deidentifier.preview(lambda: io.BytesIO(content))


def test_sequences_upon_sequences_are_refused() -> None:
    content = file_bytes(identified_dataset())
    place = content.index(b"\x18\0\x20\x10LO")
    opening = b"\x08\0\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
    with pytest.raises(InputError):
        cleaned(content[:place] + opening * 20_000)


def test_a_bomb_in_a_deflated_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from OrthancConnectCore.deidentify import parts as deidentify_parts

    monkeypatch.setattr(deidentify_parts, "_LARGEST_HEAD", 1 << 20)
    dataset = identified_dataset()
    dataset.PixelData = bytes(8 << 20)
    with pytest.raises(InputError, match="far too large"):
        cleaned(file_bytes(dataset, DeflatedExplicitVRLittleEndian))


def test_without_dicognito_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "dicognito"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dicognito", None)
    with pytest.raises(MissingDependencyError) as caught:
        Deidentifier(KEY)
    assert caught.value.facts == {"package": "dicognito", "extra": "deidentify"}


def test_a_file_that_is_not_there_is_the_systems_error(tmp_path: Path) -> None:
    with Deidentifier(KEY) as deidentifier, pytest.raises(FileNotFoundError):
        deidentifier.deidentify(partial(open, tmp_path / "gone.dcm", "rb"))
