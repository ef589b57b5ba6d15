"""The members of a tar archive, one after the other; `tarfile` reads the headers."""

from __future__ import annotations

import tarfile
from typing import Any, BinaryIO, Iterator, NamedTuple

from .scan_archives_streams import damaged

#: Extended headers hold names and attributes; nobody needs more for one.
_LONGEST_HEADER = 1024 * 1024
_FAULTS = (tarfile.TarError, ValueError, OverflowError, RecursionError, AttributeError, IndexError)


class TarEntry(NamedTuple):
    """One member, as its header tells it."""

    name: str
    size: int
    offset: int
    is_folder: bool
    is_link: bool
    obstacle: str


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


class TarStream:
    """Reads a stream for `tarfile` and beside it: forward, and a few bytes back.

    Parameters
    ----------
    stream : file
        Of any kind.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._position = 0
        self._last = self._pending = b""

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, position: int) -> int:
        """Go to a position, by reading if there is no other way."""
        if self._stream.seekable():
            self._position = self._stream.seek(position)
            self._last = b""
            return position
        back = self._position - position
        if 0 < back <= len(self._last):
            self._position, self._pending = position, self._last[-back:]
            return position
        while self._position < position:
            if not self.read(min(position - self._position, 1024 * 1024)):
                break
        return self._position

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer only at the end."""
        if size > _LONGEST_HEADER:
            raise damaged("a header in it is far too long")
        content, self._pending = self._pending[:size], self._pending[size:]
        if len(content) < size:
            content += self._stream.read(size - len(content))
        self._position += len(content)
        self._last = content[-1:] or self._last
        return content

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


def tar_entries(stream: TarStream) -> Iterator[TarEntry]:
    """Read a tar archive, header by header.

    Parameters
    ----------
    stream : TarStream
        The reader may read on from it within a member, up to that member's end.

    Raises
    ------
    InputError
        The archive is damaged; also in the middle.
    """
    try:
        file: Any = stream
        archive: Any = tarfile.TarFile(fileobj=file, tarinfo=_Header, encoding="utf-8")
        end = 0
        while True:
            member = archive.next()
            if member is None:
                break
            archive.members = []  # which tarfile would fill for ever
            if member.size < 0 or member.offset_data <= end:
                raise damaged("its headers make no sense")
            end = member.offset_data + member.size - 1
            yield _entry(member)
    except _FAULTS as error:
        raise damaged("its headers make no sense") from error


class _Header(tarfile.TarInfo):
    """A header that is not taken for the archive's end only because it is damaged."""

    @classmethod
    def fromtarfile(cls, tarfile_: Any) -> Any:
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise damaged("a header in it makes no sense") from error


def _entry(member: tarfile.TarInfo) -> TarEntry:
    plain = member.isreg() and not member.issparse()
    known = plain or member.isdir() or member.issym() or member.islnk()
    return TarEntry(
        _text(member.name),
        member.size,
        member.offset_data,
        member.isdir(),
        member.issym() or member.islnk(),
        "" if known else "It is not a plain file in the archive.",
    )


def _text(name: str) -> str:
    """Return a member's name; what is not UTF-8 is taken for Latin letters."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
