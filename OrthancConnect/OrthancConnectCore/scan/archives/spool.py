"""Archives that can only be read from the front: kept aside as far as they were read."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import weakref
from io import BufferedReader
from typing import Dict, Optional

from ...shared.errors import InputError
from .streams import Source, stream_of, too_much

_BLOCK = 256 * 1024
#: What is kept up to this size stays in memory; larger ones go to a temporary file.
_IN_MEMORY = 8 * 1024 * 1024
#: Spools that are kept though nobody reads them just now.
_SPOOLS_KEPT = 2
#: Free disk that a spool must leave, looked at before each further part of it.
_DISK_RESERVE = 512 * 1024 * 1024
_DISK_PART = 64 * 1024 * 1024


class Spools:
    """The spools of one archive, and of those within.

    They are made when first read, and made again after they were given up: few exist at a time,
    in memory or in a temporary file without a name (on Windows, one that its closing deletes), so
    that nothing is left behind by a crash.
    """

    def __init__(self) -> None:
        self._spools: Dict[Source, _Spool] = {}
        self._lock = threading.RLock()  # a spool that is closed closes its stream in another
        weakref.finalize(self, _close_all, self._spools)

    def source(self, source: Source, limit: int) -> Source:
        """Return a source for any place, of one for the front alone with `limit` bytes at most."""
        return Source(lambda: self._open(source, limit), source.size, seekable=True)

    def _open(self, source: Source, limit: int) -> BufferedReader:
        with self._lock:
            spool = self._spools.pop(source, None) or _Spool(source, limit)
            self._spools[source] = spool  # now the latest
            spool.readers += 1
            self._give_up_unused()
        return stream_of(spool.read, lambda: self._leave(spool), spool.length)

    def _leave(self, spool: _Spool) -> None:
        with self._lock:
            spool.readers -= 1
            self._give_up_unused()

    def _give_up_unused(self) -> None:
        for source, spool in list(self._spools.items()):
            if len(self._spools) <= _SPOOLS_KEPT:
                return
            if spool.readers == 0:
                self._spools.pop(source, None)
                spool.close()


def _close_all(spools: Dict[Source, _Spool]) -> None:
    for spool in spools.values():
        spool.close()


class _Spool:
    """One stream, read on when somebody asks for what comes next; its readers take turns."""

    def __init__(self, source: Source, limit: int) -> None:
        self.readers = 0
        self._source = source
        self._limit = limit
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)
        self._lock = threading.Lock()
        self._stream: Optional[BufferedReader] = None
        self._size = 0
        self._next_check = _IN_MEMORY
        self._is_whole = False
        self._fault: Optional[InputError] = None

    def length(self) -> int:
        """Return the size, by reading on to the end."""
        with self._lock:
            self._fill(sys.maxsize)
            return self._size

    def read(self, place: int, most: int) -> bytes:
        """Return bytes at a place: what there is of them before the end, or before damage."""
        with self._lock:
            try:
                self._fill(place + most)
            except InputError:
                if place >= self._size:
                    raise
            self._file.seek(place)
            return self._file.read(most)

    def _fill(self, end: int) -> None:
        if self._fault is not None and end > self._size:
            raise self._fault
        try:
            while self._size < end and not self._is_whole:
                self._go_on()
        except InputError as error:
            self._fault = error
            raise

    def _go_on(self) -> None:
        if self._stream is None:
            self._stream = self._source.open()
        content = self._stream.read1(_BLOCK)  # up to damage
        if not content:
            self._is_whole = True
            self._stream.close()
            return
        size = self._size + len(content)
        if size > self._limit:
            raise too_much()
        if size > self._next_check:
            self._next_check = size + _DISK_PART
            _check_disk()
        self._file.seek(self._size)
        self._file.write(content)
        self._size = size

    def close(self) -> None:
        self._file.close()
        if self._stream is not None:
            self._stream.close()


def _check_disk() -> None:
    if shutil.disk_usage(tempfile.gettempdir()).free < _DISK_RESERVE:
        raise InputError(
            "There is too little room on the disk to look into an archive within the archive.",
            "Make room, or unpack it and upload the folder.",
        )
