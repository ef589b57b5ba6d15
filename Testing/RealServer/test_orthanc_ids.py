"""Identifiers computed here, against those that a real Orthanc gives."""

from __future__ import annotations

import json
import random
import struct
import urllib.error
from pathlib import Path
from typing import Any, Optional

import pydicom
import pytest

from OrthancConnectCore.orthanc.identifiers import (
    instance_orthanc_id,
    read_patient_id,
    study_orthanc_id,
)
from OrthancConnectCore.scan.header import LONGEST_HEAD
from OrthancConnectCore.shared.errors import InputError
from Support.data.dicom import write_small_instances
from Support.data.pydicom_identity import identify
from Support.data.raw_dicom import BIG, EXPLICIT, IMPLICIT, element, part_10, sequence
from Support.servers.orthanc import PrivateOrthanc

UIDS = ("1.2.3", "1.2.3.4", "1.2.3.4.5")


def instance(
    patient_id: Optional[bytes], character_set: Optional[bytes], uids: tuple[str, ...] = UIDS
) -> bytes:
    """A file with exactly these bytes in it, whether they are sound or not."""
    study, series, sop = (uid.encode() for uid in uids)
    meta = element(0x00020002, b"UI", b"1.2.840.10008.5.1.4.1.1.7")
    meta += element(0x00020003, b"UI", sop) + element(0x00020010, b"UI", b"1.2.840.10008.1.2.1")
    content = bytes(128) + b"DICM" + element(0x00020000, b"UL", struct.pack("<I", len(meta))) + meta
    if character_set is not None:
        content += element(0x00080005, b"CS", character_set)
    content += element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.7") + element(
        0x00080018, b"UI", sop
    )
    if patient_id is not None:
        content += element(0x00100020, b"LO", patient_id)
    return content + element(0x0020000D, b"UI", study) + element(0x0020000E, b"UI", series)


def stored(orthanc: PrivateOrthanc, content: bytes) -> dict[str, Any]:
    return json.loads(orthanc.request("POST", "/instances", content))


def agree(answer: dict[str, Any], patient_id: str, uids: tuple[str, ...] = UIDS) -> bool:
    return (answer["ID"], answer["ParentStudy"]) == (
        instance_orthanc_id(patient_id, *uids),
        study_orthanc_id(patient_id, uids[0]),
    )


@pytest.mark.parametrize(
    ("value", "character_set"),
    [
        (b"PAT0012", None),
        (b"trailing ", None),
        (b"  both sides   ", None),
        (b"", None),
        (None, None),
        (b"    ", None),
        (b"nul\0", None),
        (b"nul\0in the middle", None),
        (b"\ttabs\t\n", None),
        (b" two \\ values ", None),
        (b"a|b", None),
        (b"X" * 80, None),
        ("Núria".encode(), b"ISO_IR 192"),
        ("e\u0301".encode(), b"ISO_IR 192"),
        ("no-break\u00a0 ".encode(), b"ISO_IR 192"),
        ("Núria".encode("latin-1"), b"ISO_IR 100"),
        ("Núria".encode("latin-1"), b"iso_ir 100 "),
        ("Núria".encode("latin-1"), b"\\ISO 2022 IR 100"),
        ("Núria".encode("latin-1"), b"ISO_IR 100\\ISO_IR 192"),
        ("Šimůnek".encode("iso8859_2"), b"ISO_IR 101"),
        ("Ħ".encode("iso8859_3"), b"ISO_IR 109"),
        ("ķ".encode("iso8859_4"), b"ISO_IR 110"),
        ("Ελένη".encode("iso8859_7"), b"ISO_IR 126"),
        ("علي".encode("iso8859_6"), b"ISO_IR 127"),
        ("שרה".encode("iso8859_8"), b"ISO_IR 138"),
        ("Юрий".encode("iso8859_5"), b"ISO_IR 144"),
        ("Şükrü".encode("iso8859_9"), b"ISO_IR 148"),
        ("ไทย".encode("tis_620"), b"ISO_IR 166"),
        ("王小东".encode("gb18030"), b"GB18030"),
        (b"plain", b"\\ISO 2022 IR 87"),
        (b"plain", b"ISO_IR 13"),
        (b"plain~", b"\\ISO 2022 IR 149"),
        (b"plain", b"ISO_IR 999"),
    ],
)
def test_identifiers_are_orthancs_own(
    orthanc: PrivateOrthanc, value: Optional[bytes], character_set: Optional[bytes]
) -> None:
    answer = stored(orthanc, instance(value, character_set))
    names = (character_set or b"").decode("ascii").split("\\")
    patient_id = read_patient_id(value or b"", names)
    assert patient_id is not None
    assert agree(answer, patient_id)


@pytest.mark.parametrize(
    ("value", "character_set"),
    [
        ("Núria".encode("latin-1"), ""),
        ("Núria".encode("latin-1"), "ISO_IR 192"),
        ("Núria".encode("latin-1"), "ISO_IR 6"),
        ("Núria".encode("latin-1"), "ISO_IR 999"),
        (b"N\x1b-A\xfaria", "\\ISO 2022 IR 100"),
        (b"a~b", "ISO_IR 13"),
        (b"a\\b", "ISO_IR 13"),
        (b"space and nul \0", ""),
        (b"\x1b$BYamada", "\\ISO 2022 IR 87"),
    ],
)
def test_what_depends_on_the_server_is_not_guessed(value: bytes, character_set: str) -> None:
    assert read_patient_id(value, character_set.split("\\")) is None


def test_a_server_really_differs_by_its_configuration(orthanc: PrivateOrthanc) -> None:
    """With the default encoding of our example, Latin letters without character set are lost."""
    answer = stored(orthanc, instance("Núria".encode("latin-1"), None))
    assert agree(answer, "Nria")
    assert not agree(answer, "Núria")


@pytest.mark.parametrize("spelt", [" 1.2.3", "1.2.3 ", "1.2.3\0\0\0", "1.2.3"])
def test_spaces_around_uids_do_not_count(orthanc: PrivateOrthanc, spelt: str) -> None:
    uids = (spelt, "1.2.3.4  ", "1.2.3.4.5\0")
    assert agree(stored(orthanc, instance(b"PAT0012", None, uids)), "PAT0012", uids)


@pytest.mark.parametrize("uid", ["ab" * 32, "00000000-0000-0000-0000-00000000000a", "5" * 200])
def test_an_identity_of_odd_uids_is_orthancs_own(orthanc: PrivateOrthanc, uid: str) -> None:
    content = instance(b"PAT0012", None, (uid, uid + ".1", uid + ".2"))
    identity = identify(content)
    assert identity is not None and identity[1:4] == (uid, uid + ".1", uid + ".2")
    assert agree(stored(orthanc, content), "PAT0012", identity[1:4])


def test_without_its_uids_there_is_no_identifier() -> None:
    for uids in (("", "1.2", "1.3"), ("1.1", " ", "1.3"), ("1.1", "1.2", "\0")):
        with pytest.raises(InputError):
            instance_orthanc_id("PAT0012", *uids)
    with pytest.raises(InputError):
        study_orthanc_id("PAT0012", "")


def test_what_is_told_from_a_files_first_bytes_is_orthancs_own(
    orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    told = 0
    folder = Path(pydicom.__file__).parent / "data" / "test_files"
    made = write_small_instances(tmp_path, count=1)
    for path in [*sorted(folder.rglob("*.dcm")), *made]:
        identity = identify(path.read_bytes()[:LONGEST_HEAD])
        if identity is None or identity.patient_id is None or path.stat().st_size > 2_000_000:
            continue
        try:
            answer = stored(orthanc, path.read_bytes())
        except urllib.error.HTTPError as error:
            assert error.code == 400, path  # damaged in what follows
            continue
        assert answer["ID"] == instance_orthanc_id(*identity[:4]), path
        told += 1
    assert told > 50


def with_sequence(syntax: str, is_open: bool) -> bytes:
    """A data set with UIDs of others in a sequence."""
    other = element(0x00080018, b"UI", b"9.9.9", syntax)
    inner = sequence(0x00081199, [other], syntax, is_open)
    return b"".join(
        (
            element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.7", syntax),
            element(0x00080018, b"UI", UIDS[2].encode(), syntax),
            sequence(0x00081140, [other, b"", inner], syntax, is_open),
            element(0x00100020, b"LO", b"PAT", syntax),
            element(0x0020000D, b"UI", UIDS[0].encode(), syntax),
            element(0x0020000E, b"UI", UIDS[1].encode(), syntax),
        )
    )


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize("has_preamble", [True, False])
@pytest.mark.parametrize("is_open", [True, False])
def test_an_identity_in_each_encoding_is_orthancs_own(
    orthanc: PrivateOrthanc, syntax: str, has_preamble: bool, is_open: bool
) -> None:
    data_set = with_sequence(syntax, is_open)
    content = part_10(data_set, syntax, UIDS[2]) if has_preamble else data_set
    identity = identify(content)
    assert identity is not None and identity.patient_id is not None
    answer = stored(orthanc, content)
    assert answer["ID"] == instance_orthanc_id(*identity[:4])


def test_a_damaged_file_is_orthancs_same_instance_or_none(orthanc: PrivateOrthanc) -> None:
    """Else a file that was never sent would be taken for one that is there."""
    dice = random.Random(20260614)
    seeds = [
        part_10(with_sequence(syntax, is_open), syntax, UIDS[2])
        for syntax in (EXPLICIT, IMPLICIT, BIG)
        for is_open in (True, False)
    ]
    told = 0
    for _ in range(700):
        content = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 3)):
            content[dice.randrange(132, len(content))] = dice.choice((0, 0xFF, dice.randrange(256)))
        identity = identify(bytes(content))
        if identity is None or identity.patient_id is None:
            continue
        try:
            answer = stored(orthanc, bytes(content))
        except urllib.error.HTTPError as error:
            error.close()
            continue
        assert answer["ID"] == instance_orthanc_id(*identity[:4]), bytes(content)
        told += 1
    assert told > 50


@pytest.mark.parametrize("length", [64, 255, 256, 257, 300])
def test_a_patient_id_too_long_for_orthanc_is_not_guessed(
    orthanc: PrivateOrthanc, length: int
) -> None:
    content = instance(b"X" * length, None)
    identity = identify(content)
    assert identity is not None
    if length <= 256:
        assert stored(orthanc, content)["ID"] == instance_orthanc_id("X" * length, *UIDS)
        assert identity.patient_id == "X" * length
    else:
        with pytest.raises(urllib.error.HTTPError, match="400"):
            stored(orthanc, content)
        assert identity.patient_id is None
