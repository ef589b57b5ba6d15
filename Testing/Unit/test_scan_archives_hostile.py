"""Archives that are damaged, encrypted or made to hurt: sentences, bounds, and the rest goes on."""

from __future__ import annotations

import gzip
import lzma
import os
import random
import struct
import tarfile
import tracemalloc
import zlib
from pathlib import Path
from typing import Callable

import pytest

from OrthancConnectCore.scan.archives import members as scan_archives
from OrthancConnectCore.scan.archives.members import (
    ArchiveMember,
    SkippedFile,
    archive_kind,
    iter_members,
)
from OrthancConnectCore.shared.errors import InputError
from Support.data.archives import (
    FORMATS,
    MIB,
    Save,
    inner_name,
    members,
    overlapping_zip,
    raw_zip,
    read,
    sentences,
    some_content,
    tar_of,
    zip_of,
)


@pytest.fixture()
def save(tmp_path: Path) -> Callable[[str, bytes], str]:
    def write(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return write


# What can't be read -----------------------------------------------------------------------------


def test_encrypted_and_unknown_methods_are_left_out_and_the_rest_goes_on(save: Save) -> None:
    good = ("good", b"x", 1, zlib.crc32(b"x"), 0, 0)
    path = save(
        "mixed.zip",
        raw_zip(
            [
                ("secret", b"x" * 13, 1, 0, 0, 0x1),
                good,
                ("windows", b"x", 1, 0, 9, 0),
                ("future", b"x", 1, 0, 77, 0),
                ("last", *good[1:]),
            ]
        ),
    )
    found = list(iter_members(path))
    assert [inner_name(one) for one in found] == ["secret", "good", "windows", "future", "last"]
    assert sentences(found) == [
        "It is encrypted in the archive.",
        "It is compressed in the archive by a method that can't be read here (Deflate64).",
        "It is compressed in the archive by a method that can't be read here (number 77).",
    ]
    assert [read(found[1]), read(found[4])] == [b"x", b"x"]


@pytest.mark.parametrize("name", FORMATS)
def test_cut_anywhere_it_ends_with_a_failed_row(save: Save, name: str) -> None:
    content = some_content(6)
    whole = FORMATS[name](content)
    kind = archive_kind(whole[:512])
    for end in random.Random(name).sample(range(6, len(whole) - 1500), 25):
        path = save(name, whole[:end])
        if archive_kind(whole[:end][:512]) != kind:
            continue  # too little is left to tell that it was an archive
        found = list(iter_members(path))
        rows = [one for one in found if isinstance(one, SkippedFile)]
        unreadable = 0
        for one in found:
            if isinstance(one, ArchiveMember):
                try:
                    assert read(one) == content[inner_name(one)]
                except InputError as error:
                    assert error.hint
                    unreadable += 1
        assert len(found) - len(rows) - unreadable < len(content)
        assert rows and all(row.failed and row.hint for row in rows)


@pytest.mark.parametrize("name", FORMATS)
def test_flipped_bits_never_pass_for_content(save: Save, name: str) -> None:
    content = some_content(6)
    whole = bytearray(FORMATS[name](content))
    checked = "tar" not in name or name.endswith("gz")  # plain tar has no checksum of content
    source = random.Random(name)
    seen = 0
    for _ in range(40):
        damaged_bytes = bytearray(whole)
        for _ in range(3):
            damaged_bytes[source.randrange(len(whole))] ^= 1 << source.randrange(8)
        path = save(name, bytes(damaged_bytes))
        if not archive_kind(bytes(damaged_bytes[:512])):
            continue
        for one in iter_members(path):
            if isinstance(one, SkippedFile):
                seen += one.failed
                continue
            try:
                data = read(one)
            except InputError:
                seen += 1
            else:
                if checked and "tar" not in name:
                    assert data in content.values()
    if checked:
        assert seen


def test_a_damaged_header_in_the_middle_of_a_tar_is_not_its_end(save: Save) -> None:
    whole = bytearray(tar_of(some_content(6)))
    place = whole.index(b"study/series 0/IM0003")
    whole[place + 150] ^= 0xFF
    found = list(iter_members(save("middle.tar", bytes(whole))))
    assert [inner_name(one)[-1] for one in found[:-1]] == list("012")
    assert sentences(found) == ["The archive is damaged: a header in it makes no sense."]


def test_a_member_that_lies_about_its_size(save: Save) -> None:
    data = zlib.compress(bytes(1000), wbits=-15)
    sums = zlib.crc32(bytes(1000))
    for said in (999, 1001, 0):
        found = list(iter_members(save("lies.zip", raw_zip([("x", data, said, sums, 8, 0)]))))
        assert len(found) == 1
        if isinstance(found[0], ArchiveMember):
            with pytest.raises(InputError), found[0].open() as stream:
                while stream.read(100):
                    pass


def test_a_zip_that_points_beyond_the_end_of_all_files(save: Save) -> None:
    far = 2**64 - 2
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 46, 0xFFFFFFFF, 0)
    for place in (far, 2**63, 2**40):
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, place, 1)
        (row,) = iter_members(save("far.zip", b"PK\3\4" + bytes(60) + locator + end))
        assert row.reason == "The archive is damaged: its directory is not where it should be."
    whole = raw_zip([("x", b"x", 1, zlib.crc32(b"x"), 0, 0)])
    start = whole.index(b"PK\1\2")
    extra = struct.pack("<HHQ", 1, 8, far)
    record = whole[start : start + 30] + struct.pack("<H", len(extra)) + bytes(10) + b"\xff" * 4
    directory = record + b"x" + extra
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), start, 0)
    (row,) = iter_members(save("far.zip", whole[:start] + directory + end))
    assert row.reason == "The archive is damaged: a member is not where its directory says."


def test_not_an_archive_after_all(save: Save) -> None:
    for content in (b"PK\x03\x04" + bytes(600), b"PK\x05\x06", b"\x1f\x8b\x08 no", b"BZh91AY&SY"):
        found = list(iter_members(save("x", content)))
        assert len(found) == 1 and sentences(found)[0].startswith("The archive is damaged: ")


def test_kinds() -> None:
    dicom_in_tar_clothes = bytearray(tar_of({"a": b"b"})[:512])
    dicom_in_tar_clothes[128:132] = b"DICM"
    document = zip_of({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
    for content, kind in (
        (zip_of({"a": b"b"}), "zip"),
        (zip_of({}), "zip"),
        (document, ""),
        (tar_of({"a": b"b"}), "tar"),
        (bytes(dicom_in_tar_clothes), ""),
        (gzip.compress(b""), "gz"),
        (b"Rar!\x1a\x07\x01\0", "rar"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "7z"),
        (bytes(1024), ""),
        (b"", ""),
        (b"text" * 200, ""),
    ):
        assert archive_kind(content[:512]) == kind


def test_foreign_archives_are_named(save: Save) -> None:
    (row,) = iter_members(save("old.rar", b"Rar!\x1a\x07\x01\0" + bytes(100)))
    assert row == SkippedFile(
        "old.rar",
        "It is a rar archive, which can't be read here.",
        "Unpack it and upload the folder.",
        failed=True,
    )
    inside = list(iter_members(save("outer.zip", zip_of({"in.7z": b"7z\xbc\xaf\x27\x1c\0\4"}))))
    assert sentences(inside) == ["It is a 7z archive, which can't be read here."]


def test_an_archive_that_changes_is_noticed(save: Save) -> None:
    path = save("changes.zip", zip_of({"a": b"first"}))
    (one,) = members(path)
    save("changes.zip", zip_of({"a": b"second"}))
    with pytest.raises(InputError, match="changed"):
        one.open()


# What is made to hurt -----------------------------------------------------------------------


TOO_MUCH = "The archive unpacks to far more than its size allows; the rest of it was left out."


def test_a_bomb_of_overlapping_members(save: Save) -> None:
    path = save("bomb.zip", overlapping_zip(5000, bytes(10 * MIB), method=8))
    found = list(iter_members(path))
    assert sentences(found) == [TOO_MUCH]
    assert (len(found) - 1) * 10 * MIB <= 2048 * MIB + 250 * os.path.getsize(path)


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_bomb_of_zeros_in_a_tar(save: Save, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_archives, "_FREE", MIB)
    path = save("bomb.tar", tar_of({"zeros": bytes(40 * MIB), "more": bytes(MIB)}, mode))
    found = list(iter_members(path))
    assert sentences(found) == [TOO_MUCH]
    assert len(found) == 1


def test_a_bomb_in_one_compressed_file(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_archives, "_FREE", MIB)
    monkeypatch.setattr(scan_archives, "_RATIO", 10)
    path = save("bomb.gz", gzip.compress(bytes(40 * MIB)))
    (one,) = members(path)
    with pytest.raises(InputError, match="far more"), one.open() as stream:
        while stream.read(MIB):
            pass


def test_a_bomb_within_a_bomb(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytes(MIB)
    for _ in range(6):
        content = zip_of({"x.zip": content, "y.zip": content})
    found = list(iter_members(save("deep.zip", content)))
    assert set(sentences(found)) == {
        "Too many archives lie one within the other; this one was not opened."
    }
    assert len(found) == 2**4
    quine = zip_of({"bomb.zip": zip_of({"zeros": bytes(30 * MIB)})})
    monkeypatch.setattr(scan_archives, "_FREE", MIB)
    assert sentences(list(iter_members(save("x.zip", quine)))) == [TOO_MUCH]


def test_too_many_members(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_archives, "_MOST_MEMBERS", 10)
    path = save("many.zip", overlapping_zip(100, b"x"))
    found = list(iter_members(path))
    assert len(found) == 11
    assert sentences(found) == [
        "The archive has more than 10 members; the rest of it was left out."
    ]


def test_a_tar_with_an_endless_header(save: Save) -> None:
    header = tarfile.TarInfo("long")
    header.type, header.size = tarfile.XHDTYPE, 2**31
    content = header.tobuf(tarfile.GNU_FORMAT) + bytes(20 * MIB)
    for name, data in (("pax.tar", content), ("pax.tar.gz", gzip.compress(content, 1))):
        tracemalloc.start()
        found = list(iter_members(save(name, data)))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sentences(found) == ["The archive is damaged: a header in it is far too long."]
        assert peak < 4 * MIB


def test_a_tar_with_headers_upon_headers(save: Save) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 5
    block = header.tobuf(tarfile.GNU_FORMAT) + b"name\0".ljust(512, b"\0")
    found = list(iter_members(save("longlinks.tar", block * 5000)))
    assert sentences(found) == ["The archive is damaged: its headers make no sense."]


def test_a_tar_that_leads_back_to_itself(save: Save) -> None:
    header = tarfile.TarInfo("back")
    block = bytearray(header.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = b"\xff" + (-1024 & (2**88 - 1)).to_bytes(11, "big")  # a negative size
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    found = list(iter_members(save("back.tar", bytes(block) * 3)))
    assert len(found) == 1 and sentences(found)


def test_xz_that_asks_for_all_memory(save: Save) -> None:
    huge = lzma.compress(
        bytes(1000), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1024 * MIB, "preset": 0}]
    )
    assert sentences(list(iter_members(save("huge.xz", huge)))) == [TOO_MUCH]
