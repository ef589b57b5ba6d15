"""The panel's logic on fakes: one end for each transfer, and a true count, whatever happens."""

from __future__ import annotations

from typing import Any, Dict

import pytest

from Support.fakes.adapters import INVENTORY
from Support.scenarios.logic_stage import SECRET, Stage


def receipt_of(transfer: Any) -> Dict[str, Any]:
    """Return the numbers of a transfer's receipt."""
    names = ("expected", "stored", "already_stored", "failed", "verified", "missing", "method")
    return {name: getattr(transfer.receipt, name) for name in names}


def test_all_arrives(stage: Stage) -> None:
    transfer = stage.retrieve(then_load=True)
    stage.world.worker.answer(INVENTORY)
    progress, series_done, finished, _error = stage.operation.callbacks
    stage.world.advance(0.2)
    progress("1.1", 1)
    assert (transfer.progress.done, transfer.progress.total) == (1, 3)
    stage.put()
    series_done("1.1", True, "")
    finished()
    assert transfer.phase == "Loading Series 1.1" and transfer.progress.total == 2
    stage.world.advance(1)
    assert stage.ended == [transfer] and transfer.state == "done"
    assert receipt_of(transfer)["stored"] == 3 and transfer.loaded == ["Volume", "Volume"]
    assert transfer.receipt.bytes == 3000  # by C-GET as well: what the files have
    assert stage.world.database.loaded == ["1.1", "1.2"] and len(stage.world.scene.shown) == 1


def test_nothing_is_fetched_that_is_here(stage: Stage) -> None:
    stage.put()
    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    assert transfer.state == "done" and receipt_of(transfer)["already_stored"] == 3
    assert transfer.receipt.bytes == 0
    assert "C-GET" not in stage.world.dimse


def test_what_the_database_has_of_another_patient_is_not_taken_for_this_one(stage: Stage) -> None:
    stage.put()
    stage.world.database.owners = {"1.1": "OTHER", "1.2": "P"}
    assert stage.logic.local.of_patient("P", "1.1")[0] == 0
    assert stage.logic.local.of_patient("P", "1.2") == (1, "")
    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    assert "C-GET" not in stage.world.dimse and transfer.state == "incomplete"
    assert (receipt_of(transfer)["already_stored"], receipt_of(transfer)["failed"]) == (1, 2)
    assert all("patient ID OTHER" in row.reason for row in transfer.receipt.problems)


def test_uids_that_several_patients_share_are_described_by_the_server(stage: Stage) -> None:
    from dataclasses import asdict

    from OrthancConnectCore.shared.query import (
        PatientRecord,
        QueryFilters,
        QueryResult,
        SeriesRecord,
        StudyRecord,
    )

    def patient(patient_id: str, *uids: str, count: Any = None) -> PatientRecord:
        series = tuple(SeriesRecord(uid, number_of_instances=count) for uid in uids)
        return PatientRecord(patient_id, "Name", studies=(StudyRecord("1", series=series),))

    logic, worker = stage.logic, stage.world.worker
    logic.start_query(QueryFilters(patient_id="T*"), way="C-FIND")
    operation = stage.world.dimse["C-GET"].operations[-1]
    found = patient("T1", "1.1", "1.2")
    operation.callbacks[0]([found])
    operation.callbacks[1](QueryResult((found,)))
    worker.answer([["a", "1.1", 3], ["b", "1.1", 2], ["a", "1.2", 1]])
    method, params = worker.requests[-1][:2]
    assert (method, params["study_orthanc_ids"]) == ("studies.describe", ["a", "b"])
    assert logic.query.counts == {} and logic.query.counts_missing == ""
    answer = [patient("T1", "1.1", count=3), patient("T2", "1.1", "1.2", count=2)]
    worker.answer([asdict(one) for one in [*answer, patient("OTHER", "1.1", count=1)]])
    assert [one.patient_id for one in logic.query.patients] == ["T1", "T2"]
    assert logic.query.counts == {
        ("T1", "1", "1.1"): 3,
        ("T2", "1", "1.1"): 2,
        ("T2", "1", "1.2"): 2,
    }
    logic.start_query(QueryFilters(patient_id="T*"), way="C-FIND")
    stage.world.dimse["C-GET"].operations[-1].callbacks[0]([found])
    stage.world.dimse["C-GET"].operations[-1].callbacks[1](QueryResult((found,)))
    worker.answer([["a", "1.1", 3]])
    assert logic.query.counts_missing == "Over HTTPS the server has nothing of 1 of these series."


def rows_saved(stage: Stage, transfer: Any) -> Any:
    """Save the receipt; the rows that the worker is to write."""
    assert stage.logic.uploads.has_receipt(transfer)
    stage.logic.uploads.save_receipt(transfer, "/data/r", lambda _rows: None, lambda _error: None)
    method, params = stage.world.worker.requests[-1][:2]
    assert (method, params["path"]) == ("retrieve.save_receipt", "/data/r.csv")
    assert params["receipt"]["expected"] == sum(len(one["instances"]) for one in params["groups"])
    return {
        (uid, row["outcome"], row.get("method", ""), row.get("verified", False), why)
        for row, instances in (one.values() for one in params["groups"])
        for uid in instances
        for why in [row.get("reason", "")]
    }


def test_success_that_brought_too_little_is_completed_over_https(stage: Stage) -> None:
    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    stage.put(**{"1_1": ["1.1.1"], "1_2": ["1.2.1"]})
    stage.operation.callbacks[2]()
    method, params = stage.world.worker.requests[-1][:2]
    assert method == "retrieve.https" and params["only"] == {"1.1": ["1.1.2"]}
    assert params["password"] == SECRET and params["folder"] == "/database/incoming"
    stage.world.database.arriving = {"1.1": {"1.1.2"}}
    receipt = {"operation": "retrieve", "bytes": 5}
    stage.world.worker.answer({"receipt": receipt, "unverified": {"1.1": []}})
    assert transfer.state == "done" and transfer.receipt.verified == 1
    assert rows_saved(stage, transfer) == {
        ("1.1.1", "arrived", "C-GET", False, ""),
        ("1.1.2", "arrived", "HTTPS", True, ""),
        ("1.2.1", "arrived", "C-GET", False, ""),
    }
    assert receipt_of(transfer)["method"] == "C-GET + HTTPS" and transfer.receipt.bytes == 3000
    (noted,) = stage.world.worker.noted  # in the audit log, by the worker
    assert noted["receipt"] == transfer.receipt.to_dict() and "password" not in noted
    assert set(noted["whose"]) == {"1.1", "1.2"}


def test_what_no_method_brings_is_a_row_with_its_reason(stage: Stage) -> None:
    from OrthancConnectCore.shared.receipts import Receipt

    transfer = stage.retrieve(then_load=True)
    stage.world.worker.answer(INVENTORY)
    stage.put(**{"1_1": ["1.1.1", "1.1.2"]})
    stage.operation.callbacks[1]("1.2", False, "refused")
    stage.operation.callbacks[2]()
    receipt = Receipt("retrieve")
    receipt.add_failed("1.2.1", "The server has it no longer.", "Query again.")
    stage.world.worker.answer({"receipt": receipt.to_dict(), "unverified": {"1.2": ["1.2.1"]}})
    stage.world.advance(1)
    assert transfer.state == "incomplete" and len(stage.ended) == 1
    assert receipt_of(transfer)["failed"] == 1
    (row,) = transfer.receipt.problems
    assert (row.item, row.reason) == ("1.2.1", "The server has it no longer.")
    assert ("1.2.1", "failed", "", False, row.reason) in rows_saved(stage, transfer)
    assert stage.world.database.loaded == ["1.1"], "an incomplete series was loaded"
    assert any("not loaded" in note for note in transfer.notes)


def test_a_refused_association_falls_back_and_is_told(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import DimseError

    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    stage.operation.callbacks[3](DimseError("Refused.", "Ask."))
    stage.world.database.arriving = {uid: set(all_) for uid, all_ in INVENTORY.items()}
    stage.world.worker.answer({"receipt": {"operation": "retrieve"}, "unverified": {}})
    assert transfer.state == "done" and transfer.notes == ["Refused. Ask."]


def test_both_ways_failing_is_one_end(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import ConnectionFailedError, DimseError

    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    stage.operation.callbacks[3](DimseError("Refused.", "Ask."))
    stage.operation.callbacks[2]()  # a second end of an operation counts for nothing
    stage.world.worker.fail(ConnectionFailedError("Gone.", "Look."))
    assert stage.ended == [transfer] and transfer.state == "incomplete"
    assert [row.reason for row in transfer.receipt.problems] == ["Gone."] * 3
    stage.world.worker.answer({"receipt": {"operation": "retrieve"}, "unverified": {}})
    assert len(stage.ended) == 1


def test_a_series_that_the_server_has_no_longer(stage: Stage) -> None:
    transfer = stage.retrieve()
    stage.put()
    stage.world.worker.answer({"1.1": INVENTORY["1.1"]})
    assert transfer.state == "incomplete" and receipt_of(transfer)["expected"] == 3
    assert transfer.receipt.problems[0].item == "1.2"


def test_cancel_counts_what_arrived(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled

    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    stage.logic.cancel(transfer)
    stage.logic.cancel(transfer)
    assert stage.operation.cancelled and transfer.state == "running"
    stage.put(**{"1_2": ["1.2.1"]})
    stage.operation.callbacks[3](OperationCancelled())
    assert stage.ended == [transfer] and transfer.state == "cancelled"
    assert receipt_of(transfer)["stored"] == 1 and receipt_of(transfer)["missing"] == 2
    outcomes = sorted(row[:3] for row in rows_saved(stage, transfer))
    assert outcomes[0] == ("1.1.1", "not_reached", "") and outcomes[2] == (
        "1.2.1",
        "arrived",
        "C-GET",
    )
    assert "retrieve.https" not in stage.world.worker.methods


def test_cancel_does_not_wait_for_ever(stage: Stage) -> None:
    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    stage.logic.cancel(transfer)
    stage.world.advance(7)
    assert stage.ended == [transfer] and transfer.state == "cancelled"
    stage.operation.callbacks[2]()
    assert len(stage.ended) == 1


def test_cancel_before_the_server_answered_and_while_waiting(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled

    first, second = stage.retrieve(), stage.logic.retrieve(stage.targets, "C-GET")
    third = stage.logic.retrieve(stage.targets, "C-GET")
    assert [item.state for item in (first, second, third)] == ["running", "waiting", "waiting"]
    stage.logic.cancel(second)
    stage.logic.cancel(first)
    assert stage.world.worker.cancelled
    stage.world.worker.fail(OperationCancelled())
    assert [item.state for item in (first, second)] == ["cancelled"] * 2
    assert first.receipt is None and third.state == "running"


def test_c_move_waits_for_the_listener_but_not_for_ever(stage: Stage) -> None:
    stage.logic.start_listener()
    transfer = stage.retrieve("C-MOVE")
    stage.world.worker.answer(INVENTORY)
    operation = stage.world.dimse["C-MOVE"].operations[-1]
    for uid in INVENTORY:
        operation.callbacks[1](uid, True, "")
    operation.callbacks[2]()
    stage.world.advance(2)
    stage.put(**{"1_1": ["1.1.1"]})
    stage.world.advance(3)
    assert transfer.state == "running" and "retrieve.https" not in stage.world.worker.methods
    stage.put()
    stage.world.advance(1)
    assert transfer.state == "done" and receipt_of(transfer)["method"] == "C-MOVE"
    again = stage.retrieve("C-MOVE")
    stage.world.database.present = {}
    stage.world.worker.answer(INVENTORY)
    operation = stage.world.dimse["C-MOVE"].operations[-1]
    operation.callbacks[1]("1.1", True, "")
    operation.callbacks[2]()
    stage.world.advance(10)
    assert stage.world.worker.methods[-1] == "retrieve.https" and again.state == "running"


def test_what_cannot_begin_ends_at_once(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import ListenerError

    stage.world.database.is_open = False
    transfer = stage.logic.retrieve(stage.targets, "C-GET")
    assert transfer.state == "failed" and "database" in transfer.error.message
    stage.world.database.is_open = True
    stage.world.dimse_faults.append(ListenerError("No listener.", "Start it."))
    transfer = stage.retrieve("C-MOVE")
    stage.world.worker.answer(INVENTORY)
    assert transfer.state == "failed" and transfer.error.hint == "Start it."
    assert len(stage.ended) == 2


def test_a_fault_of_our_own_is_an_end_as_well(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    transfer = stage.retrieve()
    stage.world.database.fault = ValueError("bug")
    stage.world.worker.answer(INVENTORY)
    assert transfer.state == "failed" and "bug" not in str(transfer.error)
    assert len(stage.ended) == 1 and "ValueError" in caplog.text and SECRET not in caplog.text


def test_loading_nothing_is_told(stage: Stage) -> None:
    stage.put()
    stage.world.database.nodes = []
    transfer = stage.retrieve(then_load=True)
    stage.world.worker.answer(INVENTORY)
    stage.world.advance(1)
    assert transfer.state == "incomplete" and receipt_of(transfer)["already_stored"] == 3
    assert {row[1] for row in rows_saved(stage, transfer)} == {"already_there"}
    assert transfer.error.hint and len(stage.ended) == 1


def test_upload_ends_once(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled
    from OrthancConnectCore.shared.receipts import Receipt

    receipt = Receipt("upload", expected=2)
    receipt.add_stored(10)
    receipt.add_failed("x.dcm", "Cut.", "Send it again.")
    transfer = stage.logic.upload(["/data"], "data")
    stage.world.worker.requests[-1][4]({"phase": "upload", "done": 1, "total": 2})
    assert transfer.progress.total == 2
    stage.world.worker.answer(receipt.to_dict())
    assert (transfer.state, transfer.receipt.failed) == ("incomplete", 1)
    stage.world.worker.requests[-1][4]({"phase": "upload", "done": 2, "total": 2})
    assert transfer.progress is None
    cancelled = stage.logic.upload(["/data"], "data")
    stage.logic.cancel(cancelled)
    stage.world.worker.fail(OperationCancelled())
    assert cancelled.state == "cancelled" and cancelled.error is None
    assert stage.ended == [transfer, cancelled]


def test_answers_that_come_too_late_change_nothing(stage: Stage) -> None:
    logic, worker = stage.logic, stage.world.worker
    logic.disconnect_server()
    logic.connect_server("", lambda question, answer: answer(True))
    late = worker.requests[-1]
    logic.disconnect_server()
    late[2]({"trusted": True})
    assert logic.connection.state == "disconnected" and worker.methods[-1] == "server.certificate"
    logic.connect_server("", lambda question, answer: None)
    worker.answer({"trusted": False, "problem_kind": "CertificateExpiredError", **_PROBLEM})
    assert logic.connection.state == "failed" and logic.connection.error.message == "Expired."


_PROBLEM = {"problem": "Expired.", "hint": "Ask.", "fingerprint": "AA"}


def test_a_retrieve_is_paused_and_goes_on_with_what_lacks(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled

    log = stage.logic.log
    first = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    operation = stage.operation
    stage.put(**{"1_1": ["1.1.1"]})
    log.pause(first)
    assert first.phase == "Pausing…" and operation.cancelled
    operation.callbacks[3](OperationCancelled())
    assert first.state == "paused" and stage.ended == []
    assert first.receipt.stored == 1 and not first.receipt.complete
    log.resume(first)
    stage.world.worker.answer(INVENTORY)
    assert first.state == "running" and stage.operation is not operation
    stage.put()
    stage.operation.callbacks[2]()
    assert first.state == "done" and first.receipt.already_stored == 1


def test_the_queue_of_retrieves_can_be_reordered_and_tried_again(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled

    log = stage.logic.log
    first = stage.retrieve()
    second, third = (stage.logic.retrieve(stage.targets, "HTTPS") for _one in range(2))
    assert [one.state for one in (second, third)] == ["waiting", "waiting"]
    assert log.why_not_first(second) and log.why_not_first(first) and not log.why_not_first(third)
    log.put_first(third)
    assert log.transfers == [first, third, second]
    log.pause(third)
    log.cancel(first)
    stage.world.worker.fail(OperationCancelled())
    assert (first.state, third.state, second.state) == ("cancelled", "paused", "running")
    again = log.retry(first)
    assert again.request is first.request and again.state == "waiting" and log.retry(first) is None
