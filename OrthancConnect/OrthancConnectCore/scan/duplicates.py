"""Which files hold the same instance once more: with the same bytes, or with others.

What is kept of a file is a number, its size and its path: some 400 bytes, so that 100,000 files
are no burden. Bytes are compared only where two files claim the same SOP Instance UID and have the
same size.
"""

from __future__ import annotations

import hashlib
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Tuple

from ..files import open_file
from ..shared.errors import InputError
from ..shared.events import CancelToken
from .archives.members import ArchiveMember, iter_members
from .files import FoundFile

_BLOCK = 1024 * 1024
#: What a file is to the first one of its UID: the count of a `SeriesRow` that it belongs to.
NEW, DUPLICATE, CONFLICT = "instances", "duplicates", "conflicts"


class Duplicates:
    """Remembers instances that were met; calls `tick` again and again while bytes are compared."""

    def __init__(self, token: CancelToken, tick: Callable[[], None]) -> None:
        self._token = token
        self._tick = tick
        # Hashes of 64 bits with this process's own secret: for a million files, one wrong answer
        # in some 30 million scans, and nobody can make a file that causes one.
        self._firsts: Dict[int, Tuple[int, str, str]] = {}  # size, path and member
        self._digests: Dict[int, bytes] = {}
        #: UID, digest and key of what is to be compared with a first one that lies in an archive.
        self._waiting: List[Tuple[int, bytes, Any]] = []

    def judge(self, file: FoundFile, key: Any) -> str:
        """Tell whether the instance of a file with an identity was met before, and is the same.

        `key` is what `settle` calls the file where it finds a conflict to be a duplicate.

        Raises
        ------
        InputError, OSError
            The file can't be read to its end.
        """
        assert file.identity is not None
        uid = hash(file.identity.sop_instance_uid)
        first = self._firsts.get(uid)
        if first is None:
            self._firsts[uid] = file.size, file.path, file.member
            return NEW
        size, path, member = first
        if size != file.size:
            return CONFLICT
        digest = self._digest(file.open())
        known = self._digests.get(uid)
        if known is None:
            if member:
                self._waiting.append((uid, digest, key))
                return CONFLICT
            try:
                known = self._digests[uid] = self._digest(open_file(path)[0])
            except OSError:
                return CONFLICT
        return DUPLICATE if digest == known else CONFLICT

    def settle(self) -> Iterator[Any]:
        """Compare what was left for later, and yield the `key` of each file that is a duplicate.

        Each archive is gone through once; the other files are conflicts.
        """
        by_archive: Dict[str, Dict[str, int]] = {}
        for uid, _digest, _key in self._waiting:
            _size, path, member = self._firsts[uid]
            by_archive.setdefault(path, {})[member] = uid
        for path, labels in by_archive.items():
            self._read_members(path, labels)
        while self._waiting:
            uid, digest, key = self._waiting.pop()
            if self._digests.get(uid) == digest:
                yield key

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
