"""Instances over HTTPS: several at once, as streams, each file whole or not there."""

from __future__ import annotations

import errno
import threading
import time
from pathlib import Path
from typing import Dict, Iterator, Optional, Sequence, Tuple

from ..files import PartFile, os_reason
from ..orthanc.client import OrthancClient
from ..orthanc.retry import Patience
from ..shared.errors import (
    ConnectionFailedError,
    NotFoundError,
    OperationCancelled,
    OrthancConnectError,
)
from ..shared.events import CancelToken, ProgressMeter
from .files import Wanted

_TICK = 0.05
#: Seconds that connections get to end after a cancel; a stalled one is left behind.
_STOP_GRACE = 1.0
#: Faults of the disk that the next file will meet as well.
_DISK_IS_NO_GOOD = (errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC))


class Download:
    """One run of downloads; the calling thread reports, the others fetch.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side; its profile tells how many connections at once.
    wanted : sequence of Wanted
        What to fetch; existing files are replaced.
    meter : ProgressMeter
        Told of files and bytes, in the calling thread.
    token : CancelToken
        Stops it, within a file as well.

    Attributes
    ----------
    stored : dict of Path to int
        Files that came, with their sizes.
    failed : dict of Path to (str, str)
        Files that did not, with reason and hint.
    """

    def __init__(
        self,
        client: OrthancClient,
        wanted: Sequence[Wanted],
        *,
        meter: ProgressMeter,
        token: CancelToken,
    ) -> None:
        self.stored: Dict[Path, int] = {}
        self.failed: Dict[Path, Tuple[str, str]] = {}
        self._client = client
        self._queue: Iterator[Wanted] = iter(wanted)
        self._meter = meter
        self._lock = threading.Lock()
        self._bytes = self._files = self._reported_bytes = self._reported_files = 0
        self._stopped = threading.Event()
        self._patience = Patience(self._stopped, client.system)
        self._disk_fault: Optional[Tuple[str, str]] = None
        self._parallel = min(client.profile.parallel_transfers, len(wanted))
        token.on_cancel(self._stopped.set)

    def run(self) -> None:
        """Fetch all; return when nothing is left to do, or soon after a cancel."""
        threads = [
            threading.Thread(target=self._work, name=f"download-{number}", daemon=True)
            for number in range(self._parallel)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive() and not self._stopped.is_set():
                    thread.join(_TICK)
                    self._report()
        finally:
            self._stopped.set()
            deadline = time.monotonic() + _STOP_GRACE
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
        self._report()

    def _report(self) -> None:
        with self._lock:
            files = self._files - self._reported_files
            size = self._bytes - self._reported_bytes
            self._reported_files, self._reported_bytes = self._files, self._bytes
        if files or size:
            self._meter.add(files=files, size=size)

    def _work(self) -> None:
        while not self._stopped.is_set():
            with self._lock:
                wanted = next(self._queue, None)
            if wanted is None:
                return
            self._fetch_and_account(wanted)

    def _fetch_and_account(self, wanted: Wanted) -> None:
        path = wanted.path
        given_up = self._patience.given_up or self._patience.unreachable
        if given_up is not None:
            self._fail(path, f"Not fetched. {given_up.message}", given_up.hint)
        elif self._disk_fault is not None:
            self._fail(path, *self._disk_fault)
        else:
            try:
                size = self._patience.persist(lambda: self._fetch(wanted))
            except OperationCancelled:
                return
            except NotFoundError:
                self._fail(path, "The server has it no longer (HTTP 404).", "Query again.")
            except OrthancConnectError as error:
                self._fail(path, error.message, error.hint)
            except OSError as error:
                self._fail_on_disk(path, error)
            else:
                with self._lock:
                    self.stored[path] = size
                    self._files += 1

    def _fetch(self, wanted: Wanted) -> int:
        """Fetch one file; return its size."""
        with PartFile(wanted.path) as part:
            try:
                for block in self._client.download_instance(wanted.orthanc_id, wanted.size):
                    if self._stopped.is_set():
                        raise OperationCancelled()
                    part.write(block)
                    with self._lock:
                        self._bytes += len(block)
                if not part.size:
                    raise ConnectionFailedError(
                        "The server sent an empty file.", "Look at the server's log.", cause="cut"
                    )
            except OrthancConnectError:
                with self._lock:
                    self._bytes -= part.size
                raise
            part.commit()
            return part.size

    def _fail(self, path: Path, reason: str, hint: str) -> None:
        with self._lock:
            self.failed[path] = (reason, hint)

    def _fail_on_disk(self, path: Path, error: OSError) -> None:
        fault = (
            f"The file can't be written: {os_reason(error)}.",
            "Make room, or choose another folder.",
        )
        if error.errno in _DISK_IS_NO_GOOD:
            self._disk_fault = fault
        self._fail(path, *fault)
