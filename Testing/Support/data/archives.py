"""Archives for tests: of every kind, sound or made to hurt."""

from __future__ import annotations

import io
import random
import struct
import tarfile
import warnings
import zipfile
import zlib
from typing import Callable, Mapping, Union

from OrthancConnectCore.scan.archives.members import (
    ArchiveMember,
    Member,
    SkippedFile,
    iter_members,
)

MIB = 1024 * 1024
Content = Mapping[str, bytes]


def some_content(count: int = 12, size: int = 3000) -> dict[str, bytes]:
    """Members of which half the bytes can be compressed."""
    source = random.Random(7)
    return {
        f"study/series {number % 3}/IM{number:04d}": source.randbytes(size * number // 2 + 1)
        + bytes(size * number // 2)
        for number in range(count)
    }


def zip_of(content: Content, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of the same name are meant
        for name, data in content.items():
            archive.writestr(str(name), data)
    return buffer.getvalue()


def tar_of(content: Content, mode: str = "w", form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:
        folder = tarfile.TarInfo("study")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in content.items():
            member = tarfile.TarInfo(str(name))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


FORMATS: dict[str, Callable[[Content], bytes]] = {
    "stored.zip": lambda content: zip_of(content, zipfile.ZIP_STORED),
    "deflated.zip": zip_of,
    "bzip2.zip": lambda content: zip_of(content, zipfile.ZIP_BZIP2),
    "lzma.zip": lambda content: zip_of(content, zipfile.ZIP_LZMA),
    "plain.tar": tar_of,
    "gnu.tar": lambda content: tar_of(content, form=tarfile.GNU_FORMAT),
    "old.tar.gz": lambda content: tar_of(content, "w:gz", tarfile.USTAR_FORMAT),
    "some.tar.bz2": lambda content: tar_of(content, "w:bz2"),
    "some.txz": lambda content: tar_of(content, "w:xz"),
}


def raw_zip(entries: list[tuple[Union[str, bytes], bytes, int, int, int, int]]) -> bytes:
    """A zip archive of (name, data, said size, checksum, method, flags), sound or not."""
    body, directory = b"", b""
    for name, data, size, checksum, method, flags in entries:
        raw = name.encode() if isinstance(name, str) else name
        common = struct.pack("<5H3L", 20, flags, method, 0, 0, checksum, len(data), size)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common
        directory += struct.pack("<5H2L", len(raw), 0, 0, 0, 0, 0, len(body)) + raw
        body += b"PK\x03\x04" + common + struct.pack("<2H", len(raw), 0) + raw + data
    end = struct.pack(
        "<4H2LH", 0, 0, len(entries) & 0xFFFF, len(entries) & 0xFFFF, len(directory), len(body), 0
    )
    return body + directory + b"PK\x05\x06" + end


def overlapping_zip(count: int, content: bytes, name: str = "{}", method: int = 0) -> bytes:
    """Many members that share the same bytes."""
    data = zlib.compress(content, 9, wbits=-15) if method else content
    single = raw_zip([("x", data, len(content), zlib.crc32(content), method, 0)])
    body = single[: single.index(b"PK\x01\x02")]
    common = struct.pack("<5H3L", 20, 0, method, 0, 0, zlib.crc32(content), len(data), len(content))
    records = []
    for number in range(count):
        raw = name.format(number).encode()
        records.append(b"PK\x01\x02" + struct.pack("<H", 20) + common)
        records.append(struct.pack("<5H2L", len(raw), 0, 0, 0, 0, 0, 0) + raw)
    directory = b"".join(records)
    end = struct.pack("<4H2LH", 0, 0, count & 0xFFFF, count & 0xFFFF, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


Save = Callable[[str, bytes], str]


def members(path: str) -> list[ArchiveMember]:
    found = list(iter_members(path))
    assert [one for one in found if isinstance(one, SkippedFile)] == []
    return [one for one in found if isinstance(one, ArchiveMember)]


def read(member: Member) -> bytes:
    assert isinstance(member, ArchiveMember)
    with member.open() as stream:
        return stream.read()


def inner_name(member: Member) -> str:
    label = member.path if isinstance(member, SkippedFile) else member.label
    return label.rpartition("!/")[2]


def sentences(found: list[Member]) -> list[str]:
    rows = [one for one in found if isinstance(one, SkippedFile)]
    assert all(row.reason.endswith(".") and "\n" not in row.reason for row in rows)
    return [row.reason for row in rows]
