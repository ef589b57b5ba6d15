"""What is inside archives, as streams: zip, tar, gzip, bzip2 and xz, one within the other.

No name from an archive is ever used as a path. An archive that can't be searched where it lies, as
a compressed tar, is kept in memory or in a nameless temporary file while it is read.
"""

from __future__ import annotations

import os
from typing import BinaryIO, Callable, Dict, Iterator, NamedTuple, Optional, Set, Union

from ...files import os_reason, reading_fault
from ...shared.errors import InputError
from ...shared.events import CancelToken
from ...shared.validation import plain_text
from .kinds import KIND_SIZE, archive_kind, file_kind, member_kind, what_can_not_be_read
from .spool import Spools
from .streams import HEAD_SIZE, MAGIC, Entry, Source, decompressed_stream, file_source, too_much
from .tar import tar_entries
from .zip import zip_entries

#: All members together, at all depths, may be so many times as large as the archive …
_RATIO = 250
#: … and so many bytes more.
_FREE = 2 * 1024**3
#: Most members, at all depths.
_MOST_MEMBERS = 1_000_000
#: Archives in archives: 1 would look into the outermost only.
_DEPTH = 4
#: Most bytes of an archive that can only be read from the front: a compressed tar, or what lies in
#: a compressed archive.
_LARGEST_SPOOL = 64 * 1024**3
_LONGEST_NAME = 1000
_READERS: Dict[str, Callable[[Source], Iterator[Entry]]] = {"zip": zip_entries, "tar": tar_entries}
_SUFFIXES = {"gz": (".gz", ".gzip"), "bz2": (".bz2",), "xz": (".xz",)}


class SkippedFile(NamedTuple):
    """Something that will not be sent, and why."""

    #: What a person reads: the path of a file, a link or a folder, or the label of a member, or of
    #: an archive where the rest of it can't be read.
    path: str
    reason: str
    hint: str = ""
    #: False where it was looked at and is no DICOM instance, or one that was found already. True
    #: where it could not be looked at, or is a DICOM file that is broken: something may be lost.
    failed: bool = False

    @classmethod
    def because(cls, path: str, error: Union[InputError, OSError]) -> SkippedFile:
        """Return the row of what an error kept from being looked at."""
        if isinstance(error, InputError):
            return cls(path, error.message, error.hint, failed=True)
        return cls(path, *reading_fault(error), failed=True)


class ArchiveMember(NamedTuple):
    """A file within an archive, which can be opened any number of times, by any thread."""

    #: ``archive.zip!/folder/file``, as plain text; different for each member of an archive and the
    #: same in each run. Never a path.
    label: str
    #: Opens the member at its first byte. It raises InputError where the archive is damaged or has
    #: changed, and OSError where it can't be read; so does the stream when it is read.
    open: Callable[[], BinaryIO]
    #: In bytes; None where only reading to the end would tell (`measured_size`).
    size: Optional[int]
    head: bytes

    def measured_size(self) -> int:
        """Return the size; where it is unknown, by reading the member to its end."""
        if self.size is not None:
            return self.size
        with self.open() as stream:
            return sum(map(len, iter(lambda: stream.read(1024 * 1024), b"")))


Member = Union[ArchiveMember, SkippedFile]


def iter_members(path: str, token: Optional[CancelToken] = None) -> Iterator[Member]:
    """Go through an archive that `file_kind` knows, and those within, member by member.

    Yields
    ------
    ArchiveMember or SkippedFile
        One for each member that is no folder, in the archive's order. An archive that is damaged
        ends with a failed row of its own; what came before it stays readable.

    Raises
    ------
    OSError
        The file can't be read at all.
    """
    source = file_source(path)
    with source.open() as file:
        kind = file_kind(file, path)
    walk = _Walk(source.size or 0, token or CancelToken())
    name = plain_text(os.path.basename(path) or path, _LONGEST_NAME)
    yield from walk.look_into(source, kind, name, 1)


class _Walk:
    """One iteration; it counts what the limits are about."""

    def __init__(self, size: int, token: CancelToken) -> None:
        self._token = token
        self._bytes_left = _FREE + _RATIO * size
        self._members_left = _MOST_MEMBERS
        self._spools = Spools()

    def look_into(self, source: Source, kind: str, label: str, depth: int) -> Iterator[Member]:
        """Go through one archive; what is wrong with it becomes its last row."""
        try:
            if kind in MAGIC:
                yield from self._look_into_compressed(source, kind, label, depth)
            elif kind in _READERS:
                yield from self._look_into_members(source, kind, label, depth)
            else:
                yield SkippedFile(label, *what_can_not_be_read(kind), failed=True)
        except InputError as error:
            yield SkippedFile.because(label, error)
        except (OSError, EOFError) as error:
            reason = f"The archive can't be read: {os_reason(error)}."
            hint = "Check the disk or the network drive, and try again."
            yield SkippedFile(label, reason, hint, failed=True)

    def _look_into_members(
        self, source: Source, kind: str, label: str, depth: int
    ) -> Iterator[Member]:
        if not source.seekable:
            source = self._spools.source(source, min(_LARGEST_SPOOL, self._bytes_left))
        names = _Names(label)
        for entry in _READERS[kind](source):
            member = names.label(entry.name)
            self._count(entry.content.size or 0)
            if entry.is_link:
                yield SkippedFile(member, "A link within the archive.")
            elif entry.obstacle:
                hint = "Unpack the archive and upload the folder."
                yield SkippedFile(member, entry.obstacle, hint, failed=True)
            else:
                yield from self._offer(entry.content, entry.head, member, depth)

    def _look_into_compressed(
        self, source: Source, kind: str, label: str, depth: int
    ) -> Iterator[Member]:
        limit = self._bytes_left
        if source.size is not None:
            limit = min(limit, _FREE + _RATIO * source.size)

        content = Source(lambda: decompressed_stream(source.open(), kind, limit=limit), None)
        with content.open() as stream:
            inner = archive_kind(stream.read(KIND_SIZE))
        if inner == "tar":
            yield from self._look_into_members(content, "tar", label, depth)
            return
        self._count(0)
        name = label.rpartition("/")[2]
        whole, end = os.path.splitext(name)
        name = whole if end.lower() in _SUFFIXES[kind] else name
        yield from self._offer(content, None, _Names(label).label(name), depth)

    def _offer(
        self, content: Source, head: Optional[bytes], label: str, depth: int
    ) -> Iterator[Member]:
        """Give out one member, or what is inside if it is an archive itself."""
        try:
            if head is None:
                with content.open() as stream:
                    head = stream.read(HEAD_SIZE)
            kind = member_kind(head, label, content.open)
        except InputError as error:
            yield SkippedFile.because(label, error)
            return
        if not kind:
            yield ArchiveMember(label, content.open, content.size, head)
        elif depth < _DEPTH:
            yield from self.look_into(content, kind, label, depth + 1)
        else:
            yield SkippedFile(
                label,
                "Too many archives lie one within the other; this one was not opened.",
                "Unpack it and upload the folder.",
                failed=True,
            )

    def _count(self, size: int) -> None:
        self._token.raise_if_cancelled()
        self._members_left -= 1
        self._bytes_left -= size
        if self._members_left < 0:
            raise InputError(
                f"The archive has more than {_MOST_MEMBERS} members; the rest of it was left out.",
                "If you trust it, unpack it and upload the folder.",
            )
        if self._bytes_left < 0:
            raise too_much()


class _Names:
    """Makes labels for the members of one archive, no two alike."""

    def __init__(self, archive: str) -> None:
        self._archive = archive
        self._seen: Set[int] = set()  # hashes: there may be a million names

    def label(self, name: str) -> str:
        text = name.replace("\\", "/").lstrip("/").strip()
        if not text.isprintable() or not 0 < len(text) <= _LONGEST_NAME:
            text = plain_text(text, _LONGEST_NAME) or "unnamed"
        label = plain = f"{self._archive}!/{text}"
        number = 1
        while hash(label) in self._seen:
            number += 1
            label = f"{plain} ({number})"
        self._seen.add(hash(label))
        return label
