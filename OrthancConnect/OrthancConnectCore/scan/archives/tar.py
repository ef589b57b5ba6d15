"""The members of a tar archive, one after the other; `tarfile` reads the headers."""

from __future__ import annotations

import tarfile
from typing import Any, BinaryIO, Iterator

from .streams import HEAD_SIZE, Entry, Source, damaged, slice_stream

#: Extended headers hold names and attributes; nobody needs more for one.
_LONGEST_HEADER = 1024 * 1024
_FAULTS = (tarfile.TarError, ValueError, OverflowError, RecursionError, AttributeError, IndexError)


def looks_like_tar(head: bytes) -> bool:
    """Return whether a file begins with a header of tar, by its magic word or its checksum."""
    if len(head) < 512 or not head[0]:
        return False
    if head[257:262] == b"ustar":
        return True
    told = head[148:156].strip(b"\0 ")
    if not told or any(digit not in b"01234567" for digit in told):
        return False
    return int(told, 8) == sum(head[:148]) + 8 * 0x20 + sum(head[156:512])


def tar_entries(archive: Source) -> Iterator[Entry]:
    """Read a seekable tar archive, header by header.

    Raises
    ------
    InputError
        The archive is damaged; also in the middle.
    """
    with archive.open() as file:
        try:
            headers: Any = _Headers(file)
            reader: Any = tarfile.TarFile(fileobj=headers, tarinfo=_Header, encoding="utf-8")
            end = 0
            while True:
                member = reader.next()
                if member is None:
                    return
                reader.members = []  # which tarfile would fill for ever
                if member.size < 0 or member.offset_data <= end:
                    raise damaged("its headers make no sense")
                end = member.offset_data + member.size - 1
                if not member.isdir():
                    file.seek(member.offset_data)
                    yield _entry(archive, member, file.read(min(HEAD_SIZE, member.size)))
        except _FAULTS as error:
            raise damaged("its headers make no sense") from error


class _Headers:
    """What `tarfile` reads of the archive; never more at once than a header may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int) -> bytes:
        if size > _LONGEST_HEADER:
            raise damaged("a header in it is far too long")
        return self._file.read(size)


class _Header(tarfile.TarInfo):
    """A header that is not taken for the archive's end only because it is damaged."""

    @classmethod
    def fromtarfile(cls, tarfile_: Any) -> Any:
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise damaged("a header in it makes no sense") from error


def _entry(archive: Source, member: tarfile.TarInfo, head: bytes) -> Entry:
    plain = member.isreg() and not member.issparse()
    is_link = member.issym() or member.islnk()
    offset, size = member.offset_data, member.size
    return Entry(
        _text(member.name),
        Source(lambda: slice_stream(archive.open(), offset, size), size, seekable=True),
        is_link=is_link,
        obstacle="" if plain or is_link else "It is not a plain file in the archive.",
        head=head,
    )


def _text(name: str) -> str:
    """Return a member's name; what is not UTF-8 is taken for Latin letters."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
