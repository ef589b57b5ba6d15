"""Archives and disc images by what they are: with something before them, in parts, or foreign."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path
from typing import Dict, List

import pytest

from OrthancConnectCore.scan.files import FoundFile, SkippedFile, iter_dicom_files
from Support.data.dicom import write_slice

BEFORE = {
    "a program": b"MZ\x90\0" + bytes(9000),
    "a script": b"#!/bin/sh\nexit 0\n",
    "four bytes": b"PK00",
    "a text with the mark": b"PK\x05\x06 is how it ends\n",
    "nothing": b"",
}


@pytest.fixture
def instance(tmp_path: Path) -> bytes:
    content = write_slice(tmp_path / "made" / "one.dcm").read_bytes()
    return content


def zipped(start: bytes, content: bytes, comment: bytes = b"", adjusted: bool = True) -> bytes:
    """A zip archive behind other bytes, with offsets from the file's begin or from its own."""
    target = io.BytesIO()
    if adjusted:
        target.write(start)
    with zipfile.ZipFile(target, "a" if adjusted and start else "w") as archive:
        with archive.open("a.dcm", "w", force_zip64=True) as stream:
            stream.write(content)
        archive.writestr("b.dcm", content + b"\1\1", zipfile.ZIP_DEFLATED)
        archive.comment = comment
    return target.getvalue() if adjusted else start + target.getvalue()


@pytest.mark.parametrize("adjusted", [True, False])
@pytest.mark.parametrize("comment", [b"", b"made by hand" * 900])
@pytest.mark.parametrize("before", list(BEFORE))
def test_what_stands_before_a_zip_archive_does_not_hide_it(
    tmp_path: Path, instance: bytes, before: str, comment: bytes, adjusted: bool
) -> None:
    path = tmp_path / "images.exe"
    path.write_bytes(zipped(BEFORE[before], instance, comment, adjusted))
    with zipfile.ZipFile(path) as archive:
        wanted = {f"images.exe!/{name}": archive.read(name) for name in archive.namelist()}
    found: Dict[str, bytes] = {}
    for one in iter_dicom_files(path):
        assert isinstance(one, FoundFile), one
        with one.open() as stream:
            found[one.member] = stream.read()
    assert found == wanted and len(found) == 2


def test_what_only_looks_like_a_zip_archive_is_no_dicom_file(
    tmp_path: Path, instance: bytes
) -> None:
    end = b"PK\x05\x06" + bytes(18)
    for name, content in {
        "viewer.exe": b"MZ"
        + bytes(500)
        + b"PK\x05\x06 and PK\x01\x02 are in its code"
        + bytes(500),
        "empty.exe": b"MZ" + bytes(500) + end,
        "text": b"of zip archives" + end[:10],
    }.items():
        (tmp_path / name).write_bytes(content)
        (row,) = iter_dicom_files(tmp_path / name)
        assert row[1:] == ("Not a DICOM file.", "", False)
    (tmp_path / "appended.dcm").write_bytes(zipped(instance, b"x"))
    (row,) = iter_dicom_files(tmp_path / "appended.dcm")
    assert isinstance(row, FoundFile) and not row.member


def image(*marks: bytes, place: int = 16 * 2048, size: int = 60_000) -> bytes:
    content = bytearray(size)
    for number, mark in enumerate(marks):
        start = place + number * 2048
        content[start : start + 1 + len(mark)] = b"\1" + mark
    return bytes(content)


FOREIGN = {
    "cd.iso": (image(b"CD001"), "It is a disc image (ISO 9660), which can't be read here."),
    "dvd.img": (image(b"BEA01", b"NSR02"), "It is a disc image (UDF), which can't be read here."),
    "both.iso": (
        image(b"BEA01", b"CD001"),
        "It is a disc image (ISO 9660), which can't be read here.",
    ),
    "track.bin": (
        image(b"CD001", place=16 * 2352 + 16),
        "It is a disc image (raw sectors), which can't be read here.",
    ),
    "mac.dmg": (
        bytes(4096) + b"koly" + bytes(508),
        "It is a disc image (Apple), which can't be read here.",
    ),
    "x.lz4": (b"\x04\x22\x4d\x18" + bytes(90), "It is a lz4 archive, which can't be read here."),
    "x.tar.zst": (
        b"\x28\xb5\x2f\xfd" + bytes(90),
        "It is a zst archive, which can't be read here.",
    ),
    "x.cab": (b"MSCF" + bytes(90), "It is a cab archive, which can't be read here."),
    "note.iso": (b"not an image" * 9000, "Not a DICOM file."),
    "IM.001": (b"not an archive" * 90, "Not a DICOM file."),
}
PARTS = [
    *("x.zip.001", "x.zip.002", "x.z01", "x.7z.003", "x.part1.rar", "x.part02.rar", "x.r00"),
    *("x.tar.gz.01", "X.ZIP.003"),
]


def told(paths: Path) -> List[str]:
    rows = list(iter_dicom_files(paths))
    assert all(isinstance(row, SkippedFile) for row in rows)
    for row in rows:
        assert row.failed is bool(row.hint) is (row.reason != "Not a DICOM file.")
    return [row.reason for row in rows]


@pytest.mark.parametrize("name", list(FOREIGN))
def test_what_can_not_be_read_is_named(tmp_path: Path, name: str) -> None:
    content, reason = FOREIGN[name]
    (tmp_path / name).write_bytes(content)
    assert told(tmp_path / name) == [reason]
    if name not in ("track.bin", "mac.dmg"):  # within archives images are known by their names
        with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
            archive.writestr(name, content)
        assert told(tmp_path / "outer.zip") == [reason]


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_archives_are_named(tmp_path: Path, name: str, instance: bytes) -> None:
    whole = zipped(b"", os.urandom(5000))
    starts = {"x.z01": b"PK\x07\x08" + whole, "x.part1.rar": b"Rar!\x1a\x07\1\0" + whole}
    starts["x.tar.gz.01"] = gzip.compress(whole)
    (tmp_path / name).write_bytes(starts.get(name, whole)[:3000])
    reason = "It is one of several parts of an archive, which can't be read here."
    assert told(tmp_path / name) == [reason]
    (tmp_path / name).write_bytes(instance)
    (found,) = iter_dicom_files(tmp_path / name)
    assert isinstance(found, FoundFile)


def test_the_last_part_of_a_zip_archive_is_no_damage(tmp_path: Path) -> None:
    content = bytearray(zipped(b"", b"x" * 100))
    place = content.rindex(b"PK\x05\x06")
    content[place + 4 : place + 8] = b"\3\0\3\0"
    (tmp_path / "x.zip").write_bytes(content)
    assert told(tmp_path / "x.zip") == [
        "It is one of several parts of an archive, which can't be read here."
    ]


def test_an_archive_that_is_called_a_part_and_is_whole_is_read(
    tmp_path: Path, instance: bytes
) -> None:
    (tmp_path / "x.zip.001").write_bytes(zipped(b"", instance))
    assert len([row for row in iter_dicom_files(tmp_path / "x.zip.001")]) == 2
