"""A patient's name in whatever form, script and encoding: it goes, or what may be it is told."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.shared.errors import InputError
from Support.data.identified import cleaned, file_bytes, identified_dataset, read, without_pixels

GONE, TOLD, KEPT = "gone", "told", "kept"
JAPANESE = "Yamada^Tarou=山田^太郎=やまだ^たろう"
CANARY = "Kanarienvogel^Ottokar"


def named(name: str) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    dataset.PatientName, dataset.PatientID = name, "P-1234"
    return dataset


def fate_of(content: bytes, raw: bytes, keyword: str) -> str:
    """What became of the bytes of a kept attribute."""
    assert raw in content
    result = cleaned(content)
    kinds = {one.kind for one in result.warnings if keyword in one.places}
    if raw in result.read():
        assert kinds <= {"doubtful"}
        return TOLD if kinds else KEPT
    assert kinds == {"leftover"}
    return GONE


@pytest.mark.parametrize(
    ("name", "value", "fate"),
    [
        # Scripts that do not part words.
        ("王^小东", "王小东", GONE),
        ("王^小东", "小东王", GONE),
        ("欧阳^修文", "患者欧阳修文", GONE),
        ("王小东", "患者王小东的扫描", GONE),
        ("高^伟", "高分辨率", TOLD),
        ("Kim^Hijung=金^喜中=김^희중", "김희중", GONE),
        ("Kim^Hijung=金^喜中=김^희중", "환자희중", GONE),
        ("Kim^Hijung=金^喜中=김^희중", "HIJUNGKIM", GONE),
        (JAPANESE, "山田太郎", GONE),
        (JAPANESE, "山田病院", GONE),
        (JAPANESE, "ヤマダ2", GONE),
        (JAPANESE, "ﾔﾏﾀﾞ", GONE),
        (JAPANESE, "taroyamadatarou", GONE),
        ("นามสกุล^ชื่อจริง", "ชื่อจริงนามสกุล", GONE),
        # Scripts that do.
        (CANARY, "Ottokar2", GONE),
        (CANARY, "KanarienvogelOttokar", GONE),
        (CANARY, "scan_OTTOKAR_1", GONE),
        ("KANARIENVOGEL, OTTOKAR", "Ottokar", GONE),
        ("Петров^Пётр", "ПЕТРОВПЕТР", GONE),
        ("Петров^Пётр", "петр", GONE),
        ("حسن^محمد", "محمدحسن", GONE),
        ("حسن^محمد", "حسن", GONE),
        ("כהן^משה", "משהכהן", GONE),
        ("Παπάς^Ζωή", "ΠΑΠΑΣ", GONE),
        # Parts, accents, and other spellings.
        ("García-Lorca^Federico", "Lorca", GONE),
        ("García-Lorca^Federico", "GarciaLorca2024", GONE),
        ("O'Brien^Sean", "OBRIEN", GONE),
        ("O'Brien^Sean", "o’brien", GONE),
        ("van der Berg^Jan", "VanDerBerg", GONE),
        ("Müller^Jörg", "JoergMueller", GONE),
        ("Łukasz^Żółć", "lukasz zolc", GONE),
        ("Li^Wu", "scan of Li Wu", GONE),
        ("Li^Wu", "WuLi", GONE),
        ("Das^Li", "for Das", GONE),
        # What can't be told from an ordinary word.
        ("Li^Wu", "Li 3", TOLD),
        ("Mann^Eva", "Siemens Mannheim", TOLD),
        ("Max^Y", "MAX2", TOLD),
        ("van der Berg^Jan", "Bergamo", TOLD),
        ("Le^Thi", "Le 2", TOLD),
        # What is one.
        ("Li^Wu", "Lightspeed", KEPT),
        ("Mann^Eva", "evaluation", KEPT),
        ("Lee^Ann", "scanner sleeve", KEPT),
        (CANARY, "O.K. 2", KEPT),
        ("van der Berg^Jan", "van der 2", KEPT),
        ("Smith^John^^Mr^III", "syngo MR III", KEPT),
        ("حسن^محمد", "التحسن", KEPT),
    ],
)
def test_a_name_in_a_text_that_is_kept(name: str, value: str, fate: str) -> None:
    dataset = named(name)
    dataset.SoftwareVersions = value
    assert fate_of(file_bytes(dataset), value.encode(), "SoftwareVersions") == fate


@pytest.mark.parametrize(
    ("name", "text", "codec"),
    [
        ("王^小东", "王小东", "gb18030"),
        ("王^小东", "王小东", "utf-16-le"),
        (JAPANESE, "山田太郎", "shift_jis"),
        (JAPANESE, "山田太郎", "iso2022_jp"),
        (JAPANESE, "山田太郎", "euc_jp"),
        ("김^희중", "김희중", "euc_kr"),
        ("김^희중", "김희중", "iso2022_kr"),
        ("Петров^Юрий", "ПетровЮрий", "koi8_r"),
        ("Müller^Eva", "xMÜLLER", "cp437"),
        ("นามสกุล^ชื่อจริง", "ชื่อจริง", "tis_620"),
    ],
)
def test_a_name_in_another_character_set_than_the_file_says(
    name: str, text: str, codec: str
) -> None:
    dataset, raw = named(name), text.encode(codec)
    raw += b" " * (len(raw) % 2)
    dataset.SoftwareVersions = "X" * len(raw)
    content = file_bytes(dataset).replace(b"X" * len(raw), raw)
    assert raw not in cleaned(content).read()


@pytest.mark.parametrize("vr", ["OB", "OW", "UN"])
@pytest.mark.parametrize(
    ("name", "value", "fate"),
    [
        ("Ott^Eva", b"Eva ", GONE),
        ("Ott^Eva", b"Ottoman", KEPT),
        ("Mann^Eva", b"Mannheim", TOLD),
        (CANARY, b"\0\1xOTTOKARx\0", GONE),
        (CANARY, "Ottokar".encode("utf-16-le"), GONE),
        ("王^小东", b"\0\1" + "王小东".encode("gb18030"), GONE),
        ("Ott^Eva", bytes(range(256)) * 2, KEPT),
    ],
)
def test_a_name_among_bytes(vr: str, name: str, value: bytes, fate: str) -> None:
    dataset = named(name)
    value += b" " * (len(value) % 2)
    dataset.add_new("RedPaletteColorLookupTableData", vr, value)
    assert fate_of(file_bytes(dataset), value, "RedPaletteColorLookupTableData") == fate


def test_a_name_in_a_comment_of_compressed_pixels_is_not_sent() -> None:
    syntax = "1.2.840.10008.1.2.4.70"
    start = file_bytes(without_pixels(identified_dataset(CANARY)), syntax)
    fragment = b"\xff\xd8\xff\xfe\0\x12Kanarienvogel \xff\xd9"
    item = b"\xfe\xff\0\xe0"
    pixels = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + item + bytes(4)
    pixels += item + len(fragment).to_bytes(4, "little") + fragment + b"\xfe\xff\xdd\xe0" + bytes(4)
    with pytest.raises(InputError, match="within the compressed pixel data"):
        cleaned(start + pixels)
    assert cleaned(start + pixels.replace(b"Kanarienvogel", b"Somebodys kid")).read()


def test_a_pseudonym_is_not_taken_for_the_name_within() -> None:
    dataset = named("Ott^Eva")
    chance = {cleaned(file_bytes(dataset)).patient_id[start : start + 4] for start in range(9)}
    for part in chance:
        dataset.PatientName = f"{part}^Eva"
        after = read(cleaned(file_bytes(dataset)))
        assert after.PatientID != "REMOVED" and part in after.PatientID


def structures(*names: str) -> Dataset:
    dataset = identified_dataset(CANARY)
    for sequence, attributes in (
        ("StructureSetROISequence", {"ROIName": "LO", "ROIDescription": "ST"}),
        ("RTROIObservationsSequence", {"ROIObservationLabel": "SH"}),
        ("SegmentSequence", {"SegmentLabel": "LO", "SegmentDescription": "ST"}),
    ):
        items = []
        for name in names:
            items.append(Dataset())
            for keyword, vr in attributes.items():
                items[-1].add_new(keyword, vr, name)
        dataset.add_new(sequence, "SQ", items)
    return dataset


def test_names_of_structures_go_or_stay_as_chosen_and_it_is_said() -> None:
    content = file_bytes(structures("Liver", "Tumor Ottokar"))
    for keep, names in ((False, ["", ""]), (True, ["Liver", "REMOVED"])):
        result = cleaned(content, keep_structure_names=keep)
        after = read(result)
        assert [one.ROIName for one in after.StructureSetROISequence] == names
        labels = [one.get("ROIObservationLabel", "") for one in after.RTROIObservationsSequence]
        assert labels == names
        assert [one.SegmentLabel for one in after.SegmentSequence] == ["Liver", "REMOVED"]
        assert "ROIDescription" not in after.StructureSetROISequence[0]
        assert b"Ottokar" not in result.read()
        told = {one.kind: one.message for one in result.warnings}
        assert ("kept as chosen" if keep else "are emptied") in told["structures"]
        assert ("Structure names kept" in after.DeidentificationMethod) is keep
    (segments,) = [one for one in result.warnings if one.kind == "segments"]
    assert "are kept" in segments.message
    nameless = cleaned(file_bytes(structures()))
    assert not {"structures", "segments"} & {one.kind for one in nameless.warnings}
