"""The corpus of files that hurt, sent to a real Orthanc: every file is in the receipt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Iterator, List

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.scan.files import FoundFile, iter_dicom_files
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.validation import plain_text
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_small_instances
from Support.data.hostile import deadly, write_hostile_corpus
from Support.process.command_line import CORE_PARENT
from Support.process.left_behind import MEASURE_MEMORY
from Support.servers.orthanc import OrthancStartError, PrivateOrthanc

_UPLOAD = """
import json, sys
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.profile import TrustPolicy
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.upload.run import upload

told = json.load(sys.stdin)
trust = TrustPolicy.pinned(told["fingerprint"])
profile = ServerProfile("hostile", told["url"], user=told["user"], trust=trust)
with OrthancClient(profile, Credentials(told["user"], told["password"])) as client:
    receipt = upload(client, told["folder"])
"""
_TELL = """
print(json.dumps({"megabytes": megabytes, "receipt": receipt.to_dict()}))
"""


def test_every_file_is_in_the_receipt(orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    write_hostile_corpus(folder, with_huge=False, with_deadly=False)
    last = write_small_instances(folder / "~last", count=1, seed=5)[0]  # the run goes on to it
    told = {
        "url": orthanc.rest_url,
        "user": orthanc.user,
        "password": orthanc.password,
        "fingerprint": orthanc.fingerprint,
        "folder": str(folder),
    }
    said = subprocess.run(
        [sys.executable, "-c", _UPLOAD + MEASURE_MEMORY + _TELL],
        env={**os.environ, "PYTHONPATH": str(CORE_PARENT)},
        input=json.dumps(told).encode(),
        capture_output=True,
        timeout=110,
    )
    assert said.returncode == 0, said.stderr.decode()
    answer = json.loads(said.stdout)
    receipt = Receipt.from_dict(answer["receipt"])
    findings = list(iter_dicom_files(folder))
    named = {problem.item for problem in receipt.problems}
    for finding in findings:
        if not isinstance(finding, FoundFile):
            assert plain_text(finding.path, 4096) in named
    assert plain_text(last, 4096) not in named
    assert receipt.missing == 0
    outcomes = (receipt.stored, receipt.already_stored, receipt.skipped, receipt.failed)
    assert sum(outcomes) + receipt.different == len(findings)
    assert len(named) == receipt.skipped + receipt.failed + receipt.different
    assert receipt.stored == orthanc.count() > 20
    print(f"{answer['megabytes']} MB, {receipt.summary()}")
    assert answer["megabytes"] < 150


@contextmanager
def restarted_whenever_it_ends(orthanc: PrivateOrthanc) -> Iterator[List[float]]:
    """What systemd does for a server; gives the times of its ends."""
    ends: List[float] = []
    done = threading.Event()

    def look_after() -> None:
        while not done.wait(0.05):
            if orthanc.has_ended:
                ends.append(time.monotonic())
                with suppress(OrthancStartError):  # the file was there before it had come up
                    orthanc.restart()

    thread = threading.Thread(target=look_after)
    thread.start()
    try:
        yield ends
    finally:
        done.set()
        thread.join()


def test_a_file_that_ends_the_server_does_not_end_the_upload(tmp_path: Path) -> None:
    sound = write_small_instances(tmp_path / "data", count=12)
    poison = tmp_path / "data" / f"{sound[5].stem} and more"
    poison.write_bytes(deadly(sound[0].read_bytes())["nested 500 open"])
    with PrivateOrthanc() as orthanc, restarted_whenever_it_ends(orthanc) as ends:
        trust = TrustPolicy.pinned(orthanc.fingerprint)
        profile = ServerProfile("test", orthanc.rest_url, user=orthanc.user, trust=trust)
        with OrthancClient(profile, Credentials(orthanc.user, orthanc.password)) as client:
            receipt = upload(client, tmp_path / "data")
        if not ends:
            pytest.skip("this Orthanc survives such a file")
        (problem,) = receipt.problems
        assert (problem.item, problem.outcome) == (str(poison), "failed")
        assert receipt.stored + receipt.already_stored == orthanc.count() == len(sound)
        assert receipt.missing == 0
    print(f"the server ended {len(ends)} times")
    assert len(ends) < 30
