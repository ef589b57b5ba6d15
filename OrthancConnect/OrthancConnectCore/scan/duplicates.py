"""Which files hold the same instance once more: with the same bytes, or with others.

What is kept of a file is a number, its size and its path: some 400 bytes, so that 100,000 files
are no burden. Bytes are compared only where two files claim the same SOP Instance UID and have the
same size.
"""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, NamedTuple

from ..files import open_file
from ..shared.errors import InputError
from ..shared.events import CancelToken
from .archives.members import ArchiveMember, iter_members
from .files import FoundFile

_BLOCK = 1024 * 1024
#: What a file is to the first one of its UID: the count of a `SeriesRow` that it belongs to.
NEW, DUPLICATE, CONFLICT = "instances", "duplicates", "conflicts"


class _First(NamedTuple):
    """Where an instance was met first: a file, or a member of an archive."""

    size: int
    path: str
    member: str


class _Waiting(NamedTuple):
    """A file that is to be compared with the first one of its UID, which lies in an archive."""

    uid: int
    digest: bytes
    key: Any


class Duplicates:
    """Remembers instances that were met; calls `tick` again and again while bytes are compared."""

    def __init__(self, token: CancelToken, tick: Callable[[], None]) -> None:
        self._token = token
        self._tick = tick
        # Hashes of 64 bits with this process's own secret: for a million files, one wrong answer
        # in some 30 million scans, and nobody can make a file that causes one.
        self._firsts: Dict[int, _First] = {}
        self._digests: Dict[int, bytes] = {}
        self._waiting: List[_Waiting] = []

    def judge(self, file: FoundFile, key: Any) -> str:
        """Tell whether the instance of a file with an identity was met before, and is the same.

        What `settle` calls the file where it finds a conflict to be a duplicate is `key`.

        Raises
        ------
        InputError, OSError
            The file can't be read to its end.
        OperationCancelled
            The token was cancelled.
        """
        assert file.identity is not None
        uid = hash(file.identity.sop_instance_uid)
        first = self._firsts.get(uid)
        if first is None:
            self._firsts[uid] = _First(file.size, file.path, file.member)
            return NEW
        if first.size != file.size:
            return CONFLICT
        digest = self._digest(file.open())
        known = self._digests.get(uid)
        if known is None:
            if first.member:
                self._waiting.append(_Waiting(uid, digest, key))
                return CONFLICT
            try:
                known = self._digests[uid] = self._digest(open_file(first.path)[0])
            except OSError:
                return CONFLICT
        return DUPLICATE if digest == known else CONFLICT

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
            first = self._firsts[waiting.uid]
            by_archive.setdefault(first.path, {})[first.member] = waiting.uid
        for path, labels in by_archive.items():
            self._read_members(path, labels)
        while self._waiting:
            waiting = self._waiting.pop()
            if self._digests.get(waiting.uid) == waiting.digest:
                yield waiting.key

    def _read_members(self, path: str, labels: Dict[str, int]) -> None:
        try:
            for member in iter_members(path, token=self._token):
                if isinstance(member, ArchiveMember) and member.label in labels:
                    self._digests[labels.pop(member.label)] = self._digest(member.open())
                if not labels:
                    return
        except (InputError, OSError):
            return  # gone or changed since: what can't be compared is not the same

    def _digest(self, stream: BinaryIO) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        with stream:
            for content in iter(lambda: stream.read(_BLOCK), b""):
                self._token.raise_if_cancelled()
                digest.update(content)
                self._tick()
        return digest.digest()
