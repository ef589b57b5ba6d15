"""Uploads to a real Orthanc that breaks in the middle, or whose line does.

After each: as many instances on the server as files on the disk, their bytes identical, and none
sent again that was acknowledged.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Set

import pytest

from OrthancConnectCore.network.transport import Body
from OrthancConnectCore.orthanc.client import OrthancClient, StoreResult
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.upload_options import COMPRESS_NEVER, UploadOptions
from OrthancConnectCore.upload.job import upload_job
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_ct_series, write_small_instances
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, ScriptedServer, always
from Support.servers.small_disk import NoSmallDisk, SmallDisk
from Support.servers.weak_line import WeakLine

CONNECTIONS = 4
#: Seconds that the server may be away: more than any test takes.
PATIENCE = UploadOptions(patience=100, compress=COMPRESS_NEVER)


@pytest.fixture(scope="module")
def breakable() -> Iterator[PrivateOrthanc]:
    with PrivateOrthanc(plugins=False) as running:
        yield running


@pytest.fixture
def server(breakable: PrivateOrthanc) -> PrivateOrthanc:
    """A server that the tests of this file may break, empty."""
    breakable.reset()
    return breakable


class Watched(OrthancClient):
    """Counts what is sent, and notes what is sent again although it was acknowledged."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.sent = self.sent_again = 0
        self._acknowledged: Set[str] = set()
        self._counting = threading.Lock()

    def upload_instance(self, body: Body) -> StoreResult:
        """Send as always."""
        # Files that are streamed are told apart by their size here.
        name = hashlib.sha256(body).hexdigest() if isinstance(body, bytes) else str(len(body))
        with self._counting:
            self.sent += 1
            self.sent_again += name in self._acknowledged
        result = super().upload_instance(body)
        with self._counting:
            self._acknowledged.add(name)
        return result


def client_of(server: PrivateOrthanc, line: Optional[WeakLine] = None, **limits: Any) -> Watched:
    profile = ServerProfile(
        "private",
        server.rest_url if line is None else line.url,
        user=server.user,
        trust=TrustPolicy.pinned(server.fingerprint),
        parallel_transfers=CONNECTIONS,
        **{"connect_timeout": 2, "read_timeout": 20, **limits},
    )
    return Watched(profile, Credentials(server.user, server.password))


def digests(contents: List[bytes]) -> List[str]:
    return sorted(hashlib.sha256(content).hexdigest() for content in contents)


def check_all_there(server: PrivateOrthanc, files: List[Path]) -> None:
    ids = server.get_json("/instances")
    assert server.count() == len(ids) == len(files)
    stored = [server.request("GET", f"/instances/{one}/file") for one in ids]
    assert digests(stored) == digests([path.read_bytes() for path in files])


class Trouble:
    """Listens to an upload; breaks the server at the given counts, mends it once all wait."""

    def __init__(self, begin: Callable[[], None], end: Callable[[], None], *at: int) -> None:
        self._begin, self._end, self._at = begin, end, list(at)
        self._told = 0
        self._is_broken = False
        self.waits: List[Progress] = []

    def __call__(self, progress: Progress) -> None:
        if progress.phase == "waiting":
            self._told += 1
            if self._told == 1:
                self.waits.append(progress)
            if self._told == 2 and self._is_broken:  # it is said again while it lasts
                self._is_broken = False
                self._end()
            return
        self._told = 0
        if self._at and progress.done >= self._at[0]:
            del self._at[0]
            self._is_broken = True
            self._begin()

    def check(self, times: int) -> None:
        assert len(self.waits) >= times and not self._at and not self._is_broken
        for wait in self.waits:
            assert wait.details is not None and wait.details["message"]
            assert "goes on by itself" in wait.details["hint"]


class Fault(NamedTuple):
    begin: Callable[[], None]
    end: Callable[[], None]


def orthanc_is_killed(server: PrivateOrthanc, _line: WeakLine) -> Fault:
    return Fault(server.kill, server.restart)


def nginx_is_restarted(server: PrivateOrthanc, _line: WeakLine) -> Fault:
    return Fault(server.stop_nginx, server.start_nginx)


def maintenance(server: PrivateOrthanc, _line: WeakLine) -> Fault:
    """Another web server says 503 in the place of nginx, for a while."""
    answer = always(Answer(503, b"Back soon.", {"Retry-After": "1"}))
    standing_in: List[ScriptedServer] = []

    def begin() -> None:
        server.stop_nginx()
        page = ScriptedServer(answer, server.certificate, port=server.https_port)
        standing_in.append(page.__enter__())

    def end() -> None:
        standing_in.pop().__exit__()
        server.start_nginx()

    return Fault(begin, end)


def a_cable_is_out(_server: PrivateOrthanc, line: WeakLine) -> Fault:
    return Fault(line.unplug, line.plug_in)


@pytest.mark.parametrize(
    "fault", [orthanc_is_killed, nginx_is_restarted, maintenance, a_cable_is_out]
)
def test_it_waits_and_goes_on(server: PrivateOrthanc, tmp_path: Path, fault: Any) -> None:
    files = write_small_instances(tmp_path, count=300)
    with WeakLine(server.https_port) as line:
        at = (60, 170) if fault is orthanc_is_killed else (60,)
        trouble = Trouble(*fault(server, line), *at)
        is_silent = fault is a_cable_is_out
        limits = {"connect_timeout": 1, "read_timeout": 2} if is_silent else {}
        with client_of(server, line, **limits) as client:
            receipt = upload(client, tmp_path, progress=trouble, options=PATIENCE)
    assert receipt.complete, receipt.problems
    assert receipt.stored + receipt.already_stored == 300
    assert client.sent_again == 0
    # What was under way at a fault is sent once more, and no more than that.
    assert client.sent <= 300 + len(trouble.waits) * 2 * CONNECTIONS
    trouble.check(len(at))
    check_all_there(server, files)


def test_connections_cut_within_bodies(server: PrivateOrthanc, tmp_path: Path) -> None:
    files = write_ct_series(tmp_path / "a", slices=16)
    files += write_ct_series(tmp_path / "b", slices=1, rows=1100, columns=1000, seed=1)
    assert files[-1].stat().st_size > 2_000_000  # streamed
    cuts = [70_000 + 97_000 * number for number in range(14)]
    with WeakLine(server.https_port, cuts=cuts) as line:
        with client_of(server, line) as client:
            client.system()
            receipt = upload(client, tmp_path, options=PATIENCE)
    assert receipt.complete, receipt.problems
    assert line.cut_within >= 10
    # A file whose kept connection was closed under it goes again without being counted twice.
    assert len(files) <= client.sent <= len(files) + line.cut_within
    assert client.sent_again == 0
    check_all_there(server, files)


def test_a_slow_line_is_no_fault(server: PrivateOrthanc, tmp_path: Path) -> None:
    # It takes longer to send than the read timeout, which is for answers. What the system takes
    # from us before it is on the line, 4 MB at most, does not.
    files = write_ct_series(tmp_path, slices=1, rows=4000, columns=3000)
    seen: List[Progress] = []
    with WeakLine(server.https_port, rate=6_500_000) as line:
        with client_of(server, line, read_timeout=2.5) as client:
            receipt = upload(client, tmp_path, progress=seen.append, options=PATIENCE)
    assert receipt.complete and receipt.stored == client.sent == 1
    assert receipt.seconds > 3
    assert {progress.phase for progress in seen} == {"upload"}
    check_all_there(server, files)


def test_a_full_disk_ends_the_job_and_room_lets_it_go_on(tmp_path: Path) -> None:
    files = write_ct_series(tmp_path / "data", slices=60, rows=224, columns=224)
    try:
        with SmallDisk(tmp_path / "disk", 4) as disk:
            _fill(disk, tmp_path / "data", files)
    except NoSmallDisk as error:
        pytest.skip(str(error))


def _fill(disk: SmallDisk, data: Path, files: List[Path]) -> None:
    folders = {key: str(disk.folder / "db") for key in ("StorageDirectory", "IndexDirectory")}
    with PrivateOrthanc(folders, plugins=False) as server:
        with client_of(server) as client:
            receipt = upload_job(client, data, options=PATIENCE)
            first = Receipt.from_dict(receipt.to_dict())
            assert 0 < first.stored < len(files) and first.failed == len(files) - first.stored
            assert client.sent <= first.stored + CONNECTIONS  # nobody tries a full disk twice
            told = [row for row in first.problems if "full (HTTP 5" in row.reason]
            # The other connections may meet the index's complaint, which names no cause.
            assert len(told) > len(first.problems) - CONNECTIONS
            assert {row.hint for row in told} == {
                "Ask the administrator to make room, then try again."
            }
            disk.grow(60)
            second = upload_job(client, data, options=PATIENCE)
            assert client.sent_again == 0
        assert second.complete and second.already_stored >= first.stored
        server.restart()  # its memory of what it should have on the disk is gone
        check_all_there(server, files)
