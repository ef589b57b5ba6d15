"""What is inside archives, as streams: zip, tar, gzip, bzip2 and xz, one within the other.

Nothing is extracted to the disk, and no name from an archive is ever used as a path. An archive in
an archive that has to be searched and can't be where it lies is copied to memory, or to a nameless
temporary file, while it is read.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO, Iterator, NamedTuple, Optional, Protocol, Set, Union

from .errors import InputError
from .events import CancelToken
from .scan_archives_copies import CopiedSource, Copies, SharedSource
from .scan_archives_streams import (
    MAGIC,
    DecompressedSource,
    FileSource,
    SliceSource,
    Source,
    too_much,
)
from .scan_archives_tar import TarEntry, TarStream, looks_like_tar, tar_entries
from .scan_archives_zip import ZipEntry, ZipMember, zip_entries
from .validation import plain_text

#: So many bytes of a file tell whether it is an archive.
HEAD_SIZE = 512
_LONGEST_NAME = 1000
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_FOREIGN_MAGIC = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "zst",
    b"\x1f\x9d": "Z",
}
#: Zip archives that begin with one of these are documents or programs.
_DOCUMENT_NAMES = (b"[Content_Types].xml", b"mimetype", b"META-INF/", b"_rels/")
_SUFFIXES = {"gz": (".gz", ".gzip"), "bz2": (".bz2",), "xz": (".xz",)}


@dataclass(frozen=True)
class Limits:
    """How far an archive is believed.

    Attributes
    ----------
    ratio : int
        All members together, at all depths, may be so many times as large as the archive …
    free : int
        … and so many bytes more.
    members : int
        Most members, at all depths.
    depth : int
        Archives in archives: 1 looks into the outermost only.
    copy : int
        Largest archive in an archive that is copied aside, in bytes.
    """

    ratio: int = 250
    free: int = 2 * 1024**3
    members: int = 1_000_000
    depth: int = 4
    copy: int = 8 * 1024**3


class SkippedMember(NamedTuple):
    """Something in an archive that can't be read or is nothing to read.

    Attributes
    ----------
    label : str
        As of `ArchiveMember`; an archive's own where the rest of it can't be read.
    reason, hint : str
        One sentence each; the hint may be empty.
    failed : bool
        Whether something may be lost by it.
    """

    label: str
    reason: str
    hint: str = ""
    failed: bool = True


class ArchiveMember:
    """A file within an archive, which can be opened any number of times, by any thread.

    Attributes
    ----------
    label : str
        ``archive.zip!/folder/file``, as plain text; different for each member of an archive and
        the same in each run. Never a path.
    size : int or None
        In bytes; None where only reading to the end would tell (`measured_size`).
    """

    __slots__ = ("label", "size", "_source", "_early")

    def __init__(self, label: str, source: Source, early: Optional[_Early] = None) -> None:
        self.label = label
        self.size = source.size
        self._source = source
        self._early = early

    def open(self) -> BinaryIO:
        """Open the member at its first byte.

        Raises
        ------
        InputError
            The archive is damaged there, or changed since; also while the stream is read.
        OSError
            The archive can't be read; also while the stream is read.
        """
        return self._source.open()

    def head(self, size: int) -> bytes:
        """Return the first bytes; at no cost before the iteration goes on to the next member."""
        if self._early is not None:
            return self._early.take(size)
        with self.open() as stream:
            return stream.read(size)

    def measured_size(self) -> int:
        """Return the size; where it is unknown, by reading the member to its end."""
        if self.size is None:
            total = 0
            with self.open() as stream:
                while True:
                    content = stream.read(1024 * 1024)
                    if not content:
                        break
                    total += len(content)
            self.size = total
        return self.size

    def forget_head(self) -> None:
        """Let go of what `head` kept; called by the iteration."""
        self._early = None


Member = Union[ArchiveMember, SkippedMember]


class _Readable(Protocol):
    def read(self, size: int) -> bytes: ...


class _Early:
    """The first bytes of a member while the iteration stands at it."""

    def __init__(self, stream: _Readable) -> None:
        self._stream = stream
        self._got = b""

    def take(self, size: int) -> bytes:
        if len(self._got) < size:
            self._got += self._stream.read(size - len(self._got))
        return self._got[:size]


def archive_kind(head: bytes) -> str:
    """Tell by its first bytes (`HEAD_SIZE`) what kind of archive a file is.

    Returns
    -------
    str
        ``zip``, ``tar``, ``gz``, ``bz2``, ``xz``; ``7z``, ``rar``, ``zst``, ``Z``, which can't be
        read here; or empty: no archive, also for documents that are zip archives inside.
    """
    if head[128:132] == b"DICM":
        return ""
    if head.startswith(_ZIP_MAGIC):
        return "" if head[30:].startswith(_DOCUMENT_NAMES) else "zip"
    for kind, magic in MAGIC.items():
        if head.startswith(magic):
            return kind
    for magic, kind in _FOREIGN_MAGIC.items():
        if head.startswith(magic):
            return kind
    return "tar" if looks_like_tar(head) else ""


def iter_members(
    path: str, limits: Optional[Limits] = None, token: Optional[CancelToken] = None
) -> Iterator[Member]:
    """Go through an archive, and through the archives within, member by member.

    Parameters
    ----------
    path : str
        A file that `archive_kind` knows.
    limits : Limits, optional
        Bounds against archives that are made to hurt.
    token : CancelToken, optional
        Stops the iteration.

    Yields
    ------
    ArchiveMember or SkippedMember
        One for each member that is no folder, in the archive's order. An archive that is damaged
        ends with a failed row of its own; what came before it stays readable.

    Raises
    ------
    OSError
        The file can't be read at all.
    OperationCancelled
        The token was cancelled.
    """
    source = FileSource(path)
    with source.open() as file:
        kind = archive_kind(file.read(HEAD_SIZE))
    walk = _Walk(source.size or 0, limits or Limits(), token or CancelToken())
    name = plain_text(os.path.basename(path) or path, _LONGEST_NAME)
    yield from walk.look_into(source, kind, name, 1)


class _Walk:
    """One iteration; it counts what the limits are about."""

    def __init__(self, size: int, limits: Limits, token: CancelToken) -> None:
        self._limits = limits
        self._token = token
        self._bytes_left = limits.free + limits.ratio * size
        self._members_left = limits.members
        self._copies = Copies()

    def look_into(self, source: Source, kind: str, label: str, depth: int) -> Iterator[Member]:
        """Go through one archive; what is wrong with it becomes its last row."""
        try:
            if kind == "zip":
                yield from self._look_into_zip(source, label, depth)
            elif kind == "tar":
                yield from self._look_into_tar(source, label, depth)
            elif kind in MAGIC:
                yield from self._look_into_compressed(source, kind, label, depth)
            else:
                yield SkippedMember(
                    label,
                    f"It is a {kind} archive, which can't be read here.",
                    "Unpack it and upload the folder.",
                )
        except InputError as error:
            yield SkippedMember(label, error.message, error.hint)
        except (OSError, EOFError) as error:
            words = plain_text(getattr(error, "strerror", None) or error, 200)
            hint = "Check the disk or the network drive, and try again."
            yield SkippedMember(label, f"The archive can't be read: {words}.", hint)

    def _look_into_zip(self, source: Source, label: str, depth: int) -> Iterator[Member]:
        if not source.seekable:
            limit = min(self._limits.copy, self._bytes_left)
            source = CopiedSource(source, self._copies, limit)
        names = _Names(label)
        for entry in zip_entries(source):
            if entry.is_folder:
                continue
            member = names.label(entry.name)
            self._count(entry.size)
            if entry.is_link or entry.obstacle:
                yield _left_out(member, entry)
                continue
            content = ZipMember(source, entry)
            try:
                stream = content.open()
            except InputError as error:
                yield SkippedMember(member, error.message, error.hint)
                continue
            with stream:
                yield from self._offer(content, stream, member, depth)

    def _look_into_tar(self, source: Source, label: str, depth: int) -> Iterator[Member]:
        shared = None if source.seekable else SharedSource(source)
        names = _Names(label)
        with source.open() as file:
            stream = TarStream(file)
            for entry in tar_entries(stream):
                if entry.is_folder:
                    continue
                member = names.label(entry.name)
                self._count(entry.size)
                if entry.is_link or entry.obstacle:
                    yield _left_out(member, entry)
                    continue
                content: Source
                if shared is None:
                    content = SliceSource(source, entry.offset, entry.size)
                else:
                    content = _TarMember(shared, entry.offset, entry.size)
                yield from self._offer(content, _Rest(stream, entry), member, depth)

    def _look_into_compressed(
        self, source: Source, kind: str, label: str, depth: int
    ) -> Iterator[Member]:
        limit = self._bytes_left
        if source.size is not None:
            limit = min(limit, self._limits.free + self._limits.ratio * source.size)
        content = DecompressedSource(source, kind, limit)
        name = _without_suffix(label.rpartition("/")[2], kind)
        with content.open() as stream:
            inner = archive_kind(stream.read(HEAD_SIZE))
        if inner == "tar":
            yield from self._look_into_tar(content, label, depth)
            return
        self._count(0)
        with content.open() as stream:
            yield from self._offer(content, stream, _Names(label).label(name), depth)

    def _offer(
        self, content: Source, stream: _Readable, label: str, depth: int
    ) -> Iterator[Member]:
        """Give out one member, or what is inside if it is an archive itself."""
        early = _Early(stream)
        try:
            kind = archive_kind(early.take(HEAD_SIZE))
        except InputError as error:
            yield SkippedMember(label, error.message, error.hint)
            return
        if not kind:
            member = ArchiveMember(label, content, early)
            yield member
            member.forget_head()
        elif depth < self._limits.depth:
            yield from self.look_into(content, kind, label, depth + 1)
        else:
            yield SkippedMember(
                label,
                "Too many archives lie one within the other; this one was not opened.",
                "Unpack it and upload the folder.",
            )

    def _count(self, size: int) -> None:
        self._token.raise_if_cancelled()
        self._members_left -= 1
        self._bytes_left -= size
        if self._members_left < 0:
            raise InputError(
                f"The archive has more than {self._limits.members} members; "
                "the rest of it was left out.",
                "If you trust it, unpack it and upload the folder.",
            )
        if self._bytes_left < 0:
            raise too_much()


class _TarMember:
    """A member of a tar archive that is one compressed stream; what `Source` asks for."""

    __slots__ = ("size", "_shared", "_offset")
    seekable = False

    def __init__(self, shared: SharedSource, offset: int, size: int) -> None:
        self.size: Optional[int] = size
        self._shared = shared
        self._offset = offset

    def open(self) -> BinaryIO:
        """Open it; cheaply as long as members are opened about in order."""
        return self._shared.open(self._offset, self.size or 0)


class _Rest:
    """What the tar stream under the iteration holds of one member."""

    def __init__(self, stream: TarStream, entry: TarEntry) -> None:
        self._stream = stream
        self._position = entry.offset
        self._end = entry.offset + entry.size

    def read(self, size: int) -> bytes:
        self._stream.seek(self._position)
        content = self._stream.read(min(size, self._end - self._position))
        self._position += len(content)
        return content


class _Names:
    """Makes labels for the members of one archive, no two alike."""

    def __init__(self, archive: str) -> None:
        self._archive = archive
        self._seen: Set[int] = set()  # hashes: there may be a million names

    def label(self, name: str) -> str:
        text = name.replace("\\", "/").lstrip("/").strip()
        if not text.isprintable() or not 0 < len(text) <= _LONGEST_NAME:
            text = plain_text(text, _LONGEST_NAME) or "unnamed"
        label = f"{self._archive}!/{text}"
        number = 1
        while hash(label) in self._seen:
            number += 1
            label = f"{self._archive}!/{text} ({number})"
        self._seen.add(hash(label))
        return label


def _left_out(label: str, entry: Union[TarEntry, ZipEntry]) -> SkippedMember:
    if entry.is_link:
        return SkippedMember(label, "A link within the archive.", failed=False)
    return SkippedMember(label, entry.obstacle, "Unpack the archive and upload the folder.")


def _without_suffix(name: str, kind: str) -> str:
    for suffix in _SUFFIXES[kind]:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
