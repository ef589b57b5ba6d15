"""Errors travel between processes, progress is throttled, receipts count, secrets don't show."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from dataclasses import asdict
from typing import List

import pytest

from OrthancConnectCore.shared import errors
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.events import CancelToken, Progress, ProgressMeter
from OrthancConnectCore.shared.receipts import Problem, Receipt


def test_an_error_survives_the_way_between_processes() -> None:
    fault = errors.PermissionDeniedError("No.", "Ask.", status_code=403, path="/x")
    back = errors.error_from_dict(json.loads(json.dumps(fault.to_dict())))
    assert type(back) is errors.PermissionDeniedError
    assert (back.message, back.hint, back.status_code) == ("No.", "Ask.", 403)
    assert str(back) == "No. Ask."


def test_an_unknown_kind_becomes_a_worker_error() -> None:
    for data in (None, {}, {"kind": "SystemExit", "message": "x"}, {"kind": 3, "facts": []}):
        assert type(errors.error_from_dict(data, "fault")) is errors.WorkerError


def test_the_tree_of_errors_is_as_drawn() -> None:
    drawn = errors.__doc__ or ""
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.OrthancConnectError):
            assert name in drawn, f"{name} is missing in the drawing"


def test_missing_facts_are_attribute_errors() -> None:
    with pytest.raises(AttributeError):
        _ = errors.DimseError("x").refused
    assert copy.copy(errors.DimseError("x", refused=True)).message == "x"


def test_credentials_are_never_written_down() -> None:
    secret = Credentials("ana", "canary-1")
    assert "canary-1" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret.reveal() == ("ana", "canary-1")
    assert secret == Credentials("ana", "canary-1") != Credentials("ana", "canary-2")


def test_a_cancel_token_calls_back_once() -> None:
    token, called = CancelToken(), []
    token.on_cancel(lambda: called.append(1))
    assert not token.wait(0.01)
    token.cancel()
    token.cancel()
    token.on_cancel(lambda: called.append(2))
    assert called == [1, 2] and token.wait(0)
    with pytest.raises(errors.OperationCancelled):
        token.raise_if_cancelled()


def test_progress_from_many_threads_is_exact_and_rare() -> None:
    seen: List[Progress] = []
    meter = ProgressMeter("upload", seen.append)
    meter.expect(4000, 4000 * 10)

    def work() -> None:
        for _ in range(1000):
            meter.add(1, 10)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    meter.finish()
    assert (seen[-1].done, seen[-1].bytes_done, seen[-1].total) == (4000, 40000, 4000)
    assert len(seen) < 20
    assert seen[-1].seconds_left == 0
    json.dumps(asdict(seen[-1]))


def test_a_receipt_accounts_for_everything() -> None:
    receipt = Receipt("upload", expected=6, method="REST", skipped=1)
    receipt.add_stored(100)
    receipt.add_stored(0, already=True)
    receipt.problems.append(Problem.of("a\n.txt", "skipped", "not DICOM"))
    receipt.add_failed("b.dcm", "cut \x1b[31m", "copy it again")
    assert (receipt.missing, receipt.complete) == (2, False)
    assert "1 stored, 1 already there, 1 skipped, 1 failed, 2 not reached" == receipt.summary()
    assert receipt.problems[0].item == "a .txt"
    back = Receipt.from_dict(json.loads(json.dumps(receipt.to_dict())))
    assert back.to_dict() == receipt.to_dict()


def test_a_complete_retrieve_says_verified_only_when_counted() -> None:
    receipt = Receipt("retrieve", expected=2, stored=2)
    assert receipt.summary() == "2 of 2 instances arrived"
    receipt.verified = 2
    assert receipt.complete and receipt.summary() == "2 of 2 instances arrived and verified"
    receipt.cancelled = True
    assert not receipt.complete
