"""Uploads to a real Orthanc behind nginx: what arrives, what is refused, and what breaks."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Iterator, List, Set

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    CertificateChangedError,
    ConnectionFailedError,
    OrthancConnectError,
    UntrustedCertificateError,
)
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.upload.run import upload
from Support.data.certificates import make_certificate
from Support.data.dicom import hostile_files, write_ct_series, write_small_instances
from Support.process.busy_machine import here
from Support.servers.orthanc import PrivateOrthanc


def profile_of(server: PrivateOrthanc) -> ServerProfile:
    return ServerProfile(
        "private",
        server.rest_url,
        user=server.user,
        trust=TrustPolicy.pinned(server.fingerprint),
        connect_timeout=2,
        read_timeout=20,
        parallel_transfers=4,
    )


def client_of(server: PrivateOrthanc) -> OrthancClient:
    return OrthancClient(profile_of(server), Credentials(server.user, server.password))


@pytest.fixture
def client(orthanc: PrivateOrthanc) -> Iterator[OrthancClient]:
    with client_of(orthanc) as running:
        yield running


@pytest.fixture
def own_orthanc() -> Iterator[PrivateOrthanc]:
    """A server that the test may break."""
    with PrivateOrthanc(plugins=False) as running:
        yield running


def stored_files(server: PrivateOrthanc) -> Set[str]:
    """SHA-256 of every file that the server has, as it gives it back."""
    return {
        hashlib.sha256(server.request("GET", f"/instances/{orthanc_id}/file")).hexdigest()
        for orthanc_id in server.get_json("/instances")
    }


def digests(files: List[Path]) -> Set[str]:
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def check(receipt: Receipt) -> Receipt:
    known = receipt.stored + receipt.already_stored + receipt.skipped + receipt.failed
    assert receipt.expected == known + receipt.missing
    assert len(receipt.problems) == receipt.skipped + receipt.failed
    return receipt


def test_three_hundred_instances_of_three_patients(orthanc, client, tmp_path: Path) -> None:
    files = write_small_instances(tmp_path / "small", count=298, patients=3, series=2)
    files += write_ct_series(tmp_path / "CT", slices=2)
    seen: List[Progress] = []
    receipt = check(upload(client, tmp_path, progress=seen.append))
    assert receipt.complete and receipt.summary() == "300 stored"
    assert receipt.bytes == sum(path.stat().st_size for path in files)
    assert (seen[-1].done, seen[-1].total) == (300, 300)
    assert orthanc.count("Patients") == 3 + 1
    assert stored_files(orthanc) == digests(files)
    again = check(upload(client, tmp_path))
    assert again.complete
    samples = orthanc.count("Series")  # the first file of each is compared
    assert again.summary() == f"0 stored, 300 already there ({300 - samples} by identifiers alone)"
    assert orthanc.count() == 300


def test_every_hostile_file_is_in_the_receipt(orthanc, client, tmp_path: Path) -> None:
    kinds = hostile_files(tmp_path)
    receipt = check(upload(client, tmp_path))
    good = [path for path, kind in kinds.items() if kind in ("dicom", "headless")]
    assert receipt.stored == len(good) == orthanc.count()
    assert stored_files(orthanc) == digests(good)
    rows = {row.item: row for row in receipt.problems}
    for path, kind in kinds.items():
        if kind in ("cut", "damaged", "broken"):
            assert rows[str(path)].outcome == "failed", path
            assert rows[str(path)].hint
        elif kind in ("empty", "other", "loop", "special"):
            assert rows[str(path)].outcome == "skipped", path
    cut = rows[str(tmp_path / "cut.dcm")]
    assert "HTTP 400" in cut.reason and "invalid DICOM file" in cut.reason


def test_a_streamed_file_arrives_whole_in_little_memory(orthanc, tmp_path: Path) -> None:
    # 120 MB in one instance; a process of its own, whose memory nobody else has used.
    (slice_file,) = write_ct_series(tmp_path, slices=1, rows=64, columns=64)
    content = slice_file.read_bytes()
    size = 120_000_000
    pixels = content.index(b"\xe0\x7f\x10\x00OW\0\0")
    large = tmp_path / "large.dcm"
    large.write_bytes(content[: pixels + 8] + size.to_bytes(4, "little") + os.urandom(size))
    slice_file.unlink()
    script = """
import resource, sys
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.profile import TrustPolicy
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.upload.run import upload
from OrthancConnectCore.shared.upload_options import UploadOptions
url, pin, user, folder = sys.argv[1:]
profile = ServerProfile("p", url, user=user, trust=TrustPolicy.pinned(pin))
with OrthancClient(profile, Credentials(user, sys.stdin.readline())) as client:
    client.system()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    receipt = upload(client, folder)
print(receipt.summary())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script]
        + [orthanc.rest_url, orthanc.fingerprint, orthanc.user, str(tmp_path)],
        input=orthanc.password,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    summary, grown = done.stdout.splitlines()
    assert summary == "1 stored"
    assert int(grown) < 30  # megabytes
    assert stored_files(orthanc) == digests([large])


def test_a_full_storage_is_said_in_one_sentence(tmp_path: Path) -> None:
    files = write_ct_series(tmp_path, slices=12)
    with PrivateOrthanc(
        {"MaximumStorageSize": 3, "MaximumStorageMode": "Reject"}, plugins=False
    ) as server:
        with client_of(server) as client:
            receipt = check(upload(client, tmp_path, parallel=1))
        assert 0 < receipt.stored == server.count() < len(files)
    assert receipt.failed == len(files) - receipt.stored
    assert all("storage is full" in row.reason for row in receipt.problems)
    assert receipt.seconds < 5


def test_orthanc_restarts_in_the_middle(own_orthanc, tmp_path: Path) -> None:
    files = write_small_instances(tmp_path, count=240)
    threads: List[threading.Thread] = []

    def restart(progress: Progress) -> None:
        if progress.done >= 40 and not threads:
            own_orthanc.kill()
            threads.append(threading.Thread(target=own_orthanc.restart))
            threads[0].start()

    with client_of(own_orthanc) as client:
        receipt = check(upload(client, tmp_path, progress=restart))
    threads[0].join()
    assert receipt.complete, receipt.problems
    assert receipt.stored + receipt.already_stored == 240
    assert stored_files(own_orthanc) == digests(files)


def test_orthanc_goes_and_does_not_come_back(own_orthanc, tmp_path: Path) -> None:
    write_small_instances(tmp_path, count=400)
    killed: List[float] = []

    def kill(progress: Progress) -> None:
        if progress.done >= 40 and not killed:
            own_orthanc.kill()
            killed.append(time.monotonic())

    with client_of(own_orthanc) as client:
        options = UploadOptions(patience=0, compress="never")  # each file is a request of its own
        receipt = check(upload(client, tmp_path, progress=kill, options=options))
    assert time.monotonic() - killed[0] < here(12)
    assert 40 <= receipt.stored < 400 and receipt.missing == 0
    assert receipt.failed == 400 - receipt.stored
    unsent = sum(row.reason.startswith("Not sent.") for row in receipt.problems)
    assert receipt.failed - 8 <= unsent < receipt.failed  # four connections had tried theirs
    own_orthanc.restart()
    # What was acknowledged is there; what was under way may be.
    assert receipt.stored <= own_orthanc.count() <= receipt.stored + 4
    with client_of(own_orthanc) as client:
        again = check(upload(client, tmp_path))
    assert again.complete and own_orthanc.count() == 400


def test_a_certificate_that_changes_in_the_middle_ends_the_run(own_orthanc, tmp_path) -> None:
    write_small_instances(tmp_path / "data", count=300)
    other = make_certificate(tmp_path, "renewed")
    changed: List[bool] = []

    def change(progress: Progress) -> None:
        if progress.done >= 40 and not changed:
            changed.append(True)
            own_orthanc.replace_certificate(other)

    with client_of(own_orthanc) as client:
        with pytest.raises(CertificateChangedError) as fault:
            options = UploadOptions(compress="never")  # each file is a request of its own
            upload(client, tmp_path / "data", progress=change, options=options)
    receipt = check(Receipt.from_dict(fault.value.facts["receipt"]))
    assert 40 <= receipt.stored < 300
    assert receipt.stored <= own_orthanc.count() <= receipt.stored + 4


def test_cancel_leaves_what_was_acknowledged(orthanc, client, tmp_path: Path) -> None:
    write_small_instances(tmp_path, count=400)
    token = CancelToken()
    asked: List[float] = []

    def cancel(progress: Progress) -> None:
        if progress.done >= 50 and not asked:
            asked.append(time.monotonic())
            token.cancel()

    receipt = check(upload(client, tmp_path, progress=cancel, token=token))
    assert time.monotonic() - asked[0] < here(2)
    assert receipt.cancelled and 50 <= receipt.stored < 400
    # Of what was on its way, the server may have stored some.
    assert receipt.stored <= orthanc.count() <= receipt.stored + receipt.failed
    again = check(upload(client, tmp_path))
    assert again.complete and again.already_stored >= receipt.stored


def test_who_may_not_come_in_sends_nothing(orthanc, tmp_path: Path) -> None:
    write_small_instances(tmp_path, count=20)
    right = profile_of(orthanc)
    wrong = "00:" * 31 + "00"
    for profile, password, kind in (
        (right, "wrong", AuthenticationError),
        (right.replace(trust=TrustPolicy()), orthanc.password, UntrustedCertificateError),
        (right.replace(trust=TrustPolicy.pinned(wrong)), orthanc.password, CertificateChangedError),
        (
            right.replace(rest_url=orthanc.rest_url + "/wrong"),
            orthanc.password,
            ConnectionFailedError,
        ),
        (
            right.replace(rest_url=f"https://127.0.0.1:{orthanc.http_port}", trust=TrustPolicy()),
            orthanc.password,
            ConnectionFailedError,
        ),
    ):
        with OrthancClient(profile, Credentials(orthanc.user, password)) as client:
            with pytest.raises(kind) as fault:
                upload(client, tmp_path)
        assert isinstance(fault.value, OrthancConnectError)
        assert fault.value.message and fault.value.hint
        assert orthanc.password not in str(fault.value.to_dict())
    assert orthanc.count() == 0
