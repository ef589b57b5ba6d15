"""Instances over HTTPS: several at once, as streams, each file whole or not there."""

from __future__ import annotations

import errno
import hashlib
import re
import threading
import time
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..files import os_reason
from ..orthanc.client import OrthancClient
from ..orthanc.retry import Patience
from ..shared.disk import PartFile
from ..shared.errors import (
    ConnectionFailedError,
    NotFoundError,
    OperationCancelled,
    OrthancConnectError,
)
from ..shared.events import CancelToken, ProgressMeter
from ..shared.profile import HTTPS
from .content import HEAD, Found, file_identity, found_at
from .files import Wanted, apart
from .stack import Stack

_TICK = 0.05
#: Seconds that connections get to end after a cancel; a stalled one is left behind.
_STOP_GRACE = 1.0
#: Faults of the disk that the next file will meet as well.
_DISK_IS_NO_GOOD = (errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC))
_BETWEEN = "Look at what stands between here and the server, as a proxy."
_ETAG = re.compile(r'"\d+-([0-9a-f]{32})"', re.ASCII)


class Arrived(NamedTuple):
    """An instance that has its file.

    Attributes
    ----------
    wanted : Wanted
        With the place where the file lies.
    size : int
        Bytes of the file.
    is_verified : bool
        Whether its content was shown to be the server's.
    method : str
        How it came; empty of what was there already.
    """

    wanted: Wanted
    size: int
    is_verified: bool
    method: str = ""


class _Crew:
    """Threads that go through instances; the calling thread reports.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side; its profile tells how many connections at once.
    wanted : sequence of Wanted
        What to go through.
    meter : ProgressMeter
        Told of files and bytes, in the calling thread.
    token : CancelToken
        Stops it, within a file as well.

    Attributes
    ----------
    arrived : dict of str to Arrived
        By Orthanc's identifier: what has its file.
    """

    def __init__(
        self,
        client: OrthancClient,
        wanted: Sequence[Wanted],
        *,
        meter: ProgressMeter,
        token: CancelToken,
    ) -> None:
        self.arrived: Dict[str, Arrived] = {}
        self._client = client
        self._queue: Iterator[Wanted] = iter(wanted)
        self._meter = meter
        self._lock = threading.Lock()
        self._bytes = self._files = self._reported_bytes = self._reported_files = 0
        self._stopped = threading.Event()
        self._patience = Patience(self._stopped, client.system, reached=True)
        self._parallel = min(client.profile.parallel_transfers, len(wanted))
        token.on_cancel(self._stopped.set)

    def run(self) -> None:
        """Go through all; return when nothing is left to do, or soon after a cancel."""
        threads = [
            threading.Thread(target=self._work, name=f"retrieve-{number}", daemon=True)
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
            try:
                self._take(wanted)
            except OperationCancelled:
                return

    def _take(self, wanted: Wanted) -> None:
        """Do what is to be done with one instance."""
        raise NotImplementedError

    def _keep(self, arrived: Arrived) -> None:
        with self._lock:
            self.arrived[arrived.wanted.orthanc_id] = arrived
            self._files += 1

    def _look_up(self) -> None:
        if self._stopped.is_set():
            raise OperationCancelled()


class Look(_Crew):
    """Finds what is there already: each file is read, and its content compared.

    Attributes
    ----------
    missing : list of Wanted
        What is not there, or not as the server has it; with the place where it will lie.
    """

    def __init__(
        self,
        client: OrthancClient,
        wanted: Sequence[Wanted],
        *,
        meter: ProgressMeter,
        token: CancelToken,
    ) -> None:
        there = [one for one in wanted if one.path.exists()]
        super().__init__(client, there, meter=meter, token=token)
        self._places = {one.orthanc_id: one for one in wanted}

    @property
    def missing(self) -> List[Wanted]:
        """What is to be fetched."""
        return [one for name, one in self._places.items() if name not in self.arrived]

    def _take(self, wanted: Wanted) -> None:
        for place in (wanted, apart(wanted)):
            try:
                found = found_at(place.path, self._look_up)
            except OSError:
                return  # it is to be fetched, to this place
            as_it_came = bool(wanted.file_uuid) and found.note == wanted.file_uuid.encode()
            if as_it_came or self._is_the_servers(wanted, found):
                with self._lock:
                    self._bytes += found.size
                self._keep(Arrived(place, found.size, is_verified=not as_it_came))
                return
            if found.identity is None or found.identity.orthanc_id in ("", wanted.orthanc_id):
                return
            # Another instance's file, which stays.
            self._places[wanted.orthanc_id] = apart(wanted)

    def _is_the_servers(self, wanted: Wanted, found: Found) -> bool:
        if wanted.size and wanted.size != found.size:
            return False
        try:
            md5 = wanted.md5 or self._patience.persist(
                lambda: self._client.stored_md5(wanted.orthanc_id)
            )
        except OperationCancelled:
            raise
        except OrthancConnectError:
            return False  # to fetch it will tell why
        return md5 == found.md5


class Download(_Crew):
    """Fetches instances; existing files are replaced.

    Parameters
    ----------
    client, wanted, meter, token
        As of its base class.
    stack : Stack, optional
        Told of the slices that arrived.

    Attributes
    ----------
    failed : dict of str to (str, str)
        By Orthanc's identifier: what did not come, with reason and hint.
    """

    def __init__(
        self,
        client: OrthancClient,
        wanted: Sequence[Wanted],
        *,
        meter: ProgressMeter,
        token: CancelToken,
        stack: Optional[Stack] = None,
    ) -> None:
        super().__init__(client, wanted, meter=meter, token=token)
        self.failed: Dict[str, Tuple[str, str]] = {}
        self._stack = stack
        self._disk_fault: Optional[Tuple[str, str]] = None

    def _take(self, wanted: Wanted) -> None:
        given_up = self._patience.given_up
        if given_up is not None:
            self._fail(wanted, f"Not fetched. {given_up.message}", given_up.hint)
        elif self._disk_fault is not None:
            self._fail(wanted, *self._disk_fault)
        else:
            try:
                self._keep(self._patience.persist(lambda: self._fetch(wanted)))
            except OperationCancelled:
                raise
            except NotFoundError:
                self._fail(wanted, "The server has it no longer (HTTP 404).", "Query again.")
            except OrthancConnectError as error:
                self._fail(wanted, error.message, error.hint)
            except OSError as error:
                self._fail_on_disk(wanted, error)

    def _fetch(self, wanted: Wanted) -> Arrived:
        """Fetch one file; what comes has its name only when it is what the server has."""
        first: List[bytes] = []
        fields: List[Mapping[str, str]] = []
        digest = hashlib.md5()
        with PartFile(wanted.path, size=wanted.size) as part:
            try:
                blocks = self._client.download(_stored(wanted), fields.append, size=wanted.size)
                for block in blocks:
                    self._look_up()
                    if part.size < HEAD:
                        first.append(block)
                    part.write(block)
                    digest.update(block)
                    with self._lock:
                        self._bytes += len(block)
                    if wanted.size and part.size > wanted.size:
                        raise _other(wanted, first, f"more than its {wanted.size} bytes")
                if not part.size:
                    raise ConnectionFailedError(
                        "The server sent an empty file.", "Look at the server's log.", cause="cut"
                    )
                if part.size < wanted.size and file_identity(b"".join(first)) is not None:
                    raise ConnectionFailedError(
                        f"It was cut after {part.size} of {wanted.size} bytes.",
                        "Try again.",
                        cause="cut",
                    )
                came = digest.hexdigest()
                md5 = came if came == wanted.md5 else self._stored_md5(wanted, fields[0], first)
                if md5 and md5 != came:
                    raise _other(wanted, first, "other bytes than the server has stored")
            except OrthancConnectError:
                with self._lock:
                    self._bytes -= part.size
                raise
            part.commit()
            if self._stack is not None:
                self._stack.arrived(wanted, b"".join(first))
            return Arrived(wanted, part.size, bool(md5), HTTPS)

    def _stored_md5(self, wanted: Wanted, fields: Mapping[str, str], first: List[bytes]) -> str:
        """Return the MD5 of what the server has stored; empty of an instance where it notes none.

        A confused cache sends another instance with that one's own MD5; and Orthanc may read odd
        files in another way than we do.
        """
        md5, is_wanted = _noted_md5(fields), _identifier(first) == wanted.orthanc_id
        if not md5 or not is_wanted:
            md5 = self._client.stored_md5(wanted.orthanc_id)
        if not md5 and not is_wanted:
            raise _other(wanted, first, "what can't be told to be the instance")
        return md5

    def _fail(self, wanted: Wanted, reason: str, hint: str) -> None:
        with self._lock:
            self.failed[wanted.orthanc_id] = (reason, hint)

    def _fail_on_disk(self, wanted: Wanted, error: OSError) -> None:
        fault = (
            f"The file can't be written: {os_reason(error)}.",
            "Make room, or choose another folder.",
        )
        if error.errno in _DISK_IS_NO_GOOD:
            self._disk_fault = fault
        self._fail(wanted, *fault)


def _stored(wanted: Wanted) -> str:
    """Return the path of an instance's file as Orthanc stored it (Orthanc REST API)."""
    return f"/instances/{wanted.orthanc_id}/attachments/dicom/data"


def _noted_md5(fields: Mapping[str, str]) -> str:
    """Return the MD5 that Orthanc noted when it stored what it sends; empty if it is not told.

    Notes
    -----
    ``ETag: "revision-MD5"``, since Orthanc 1.9.2.
    """
    match = _ETAG.fullmatch(fields.get("etag", ""))
    return match.group(1) if match else ""


def _identifier(first: List[bytes]) -> Optional[str]:
    identity = file_identity(b"".join(first))
    return None if identity is None else identity.orthanc_id


def _other(wanted: Wanted, first: List[bytes], otherwise: str) -> OrthancConnectError:
    """Return our error for what came instead of an instance."""
    identifier = _identifier(first)
    if identifier is None:
        otherwise = "what is no DICOM file"
    elif identifier not in ("", wanted.orthanc_id):
        otherwise = "another instance"
    return OrthancConnectError(f"The server sent {otherwise}.", _BETWEEN)
