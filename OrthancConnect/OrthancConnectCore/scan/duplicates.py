"""Which files hold the same instance once more: with the same bytes, or with others.

What is kept of a file is a number, its size and its path: some 200 bytes, so that 100,000 files
are no burden. Bytes are compared only where two files claim the same SOP Instance UID and have the
same size.
"""

from __future__ import annotations

import hashlib
from array import array
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, NamedTuple, Tuple

from ..files import open_file
from ..shared.errors import InputError
from ..shared.events import CancelToken
from .archives.members import ArchiveMember, iter_members
from .files import FoundFile

_BLOCK = 1024 * 1024
NEW, DUPLICATE, CONFLICT = "new", "duplicate", "conflict"
#: Told later, by `Duplicates.settle`, since the first file lies in an archive.
LATER = "later"


class _Waiting(NamedTuple):
    """A file that is to be compared with the first one of its UID."""

    number: int
    digest: bytes
    key: Any


class Duplicates:
    """Remembers instances that were met.

    Parameters
    ----------
    token : CancelToken
        Stops the comparison of bytes.
    tick : callable
        Called again and again while bytes are compared.
    """

    def __init__(self, token: CancelToken, tick: Callable[[], None]) -> None:
        self._token = token
        self._tick = tick
        # Hashes of 64 bits with this process's own secret: for a million files, one wrong answer
        # in some 30 million scans, and nobody can make a file that causes one.
        self._numbers: Dict[int, int] = {}
        self._sizes = array("Q")
        self._places = bytearray()  # a path, or an archive's, a NUL and a member's label
        self._ends = array("Q")
        self._digests: Dict[int, bytes] = {}
        self._waiting: List[_Waiting] = []

    def judge(self, file: FoundFile, key: Any) -> str:
        """Tell whether a file's instance was met before.

        Parameters
        ----------
        file : FoundFile
            With an identity.
        key : Any
            What `settle` calls the file where the answer is `LATER`.

        Returns
        -------
        str
            `NEW`, `DUPLICATE`, `CONFLICT` or `LATER`; against the first file of that UID.

        Raises
        ------
        InputError, OSError
            The file can't be read to its end.
        OperationCancelled
            The token was cancelled.
        """
        assert file.identity is not None
        uid = hash(file.identity.sop_instance_uid)
        number = self._numbers.setdefault(uid, len(self._sizes))
        if number == len(self._sizes):
            self._remember(file)
            return NEW
        if self._sizes[number] != file.size:
            return CONFLICT
        digest = self._digest(_stream_of(file))
        first = self._digests.get(number)
        if first is None:
            path, label = self._place(number)
            if label:
                self._waiting.append(_Waiting(number, digest, key))
                return LATER
            try:
                first = self._digests[number] = self._digest(open_file(path)[0])
            except OSError:
                return CONFLICT
        return DUPLICATE if digest == first else CONFLICT

    def settle(self) -> Iterator[Any]:
        """Compare what was left for later: each archive is gone through once.

        Yields
        ------
        Any
            The `key` of each file that is a duplicate; the others are conflicts.

        Raises
        ------
        OperationCancelled
            The token was cancelled.
        """
        by_archive: Dict[str, Dict[str, int]] = {}
        for waiting in self._waiting:
            path, label = self._place(waiting.number)
            by_archive.setdefault(path, {})[label] = waiting.number
        for path, labels in by_archive.items():
            self._read_members(path, labels)
        while self._waiting:
            waiting = self._waiting.pop()
            if self._digests.get(waiting.number) == waiting.digest:
                yield waiting.key

    def _read_members(self, path: str, labels: Dict[str, int]) -> None:
        try:
            for member in iter_members(path, token=self._token):
                if isinstance(member, ArchiveMember) and member.label in labels:
                    number = labels.pop(member.label)
                    self._digests[number] = self._digest(member.open())
                if not labels:
                    return
        except (InputError, OSError):
            return  # gone or changed since: what can't be compared is not the same

    def _remember(self, file: FoundFile) -> None:
        place = f"{file.path}\0{file.member}" if file.member else file.path
        self._places += place.encode("utf-8", "surrogatepass")
        self._sizes.append(file.size)
        self._ends.append(len(self._places))

    def _place(self, number: int) -> Tuple[str, str]:
        """Return a file's path, and its member's label or an empty text."""
        start = self._ends[number - 1] if number else 0
        place = self._places[start : self._ends[number]].decode("utf-8", "surrogatepass")
        path, _, label = place.partition("\0")
        return path, label

    def _digest(self, stream: BinaryIO) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        with stream:
            while True:
                self._token.raise_if_cancelled()
                content = stream.read(_BLOCK)
                if not content:
                    return digest.digest()
                digest.update(content)
                self._tick()


def _stream_of(file: FoundFile) -> BinaryIO:
    return file.opener() if file.opener is not None else open_file(file.path)[0]


def first_bytes(file: FoundFile, size: int) -> bytes:
    """Return the first bytes of a file; empty where it can't be read any more."""
    try:
        with _stream_of(file) as stream:
            return stream.read(size)
    except (InputError, OSError):
        return b""
