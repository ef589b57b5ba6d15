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
    assert transfer.phase == "Loading…"
    stage.world.advance(1)
    assert stage.ended == [transfer] and transfer.state == "done"
    assert receipt_of(transfer)["verified"] == 3 and transfer.loaded == ["Volume"]
    assert transfer.receipt.bytes == 3000  # by C-GET as well: what the files have
    assert stage.world.database.loaded == [["1.1", "1.2"]]


def test_nothing_is_fetched_that_is_here(stage: Stage) -> None:
    stage.put()
    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    assert transfer.state == "done" and receipt_of(transfer)["already_stored"] == 3
    assert transfer.receipt.bytes == 0
    assert stage.world.dimse["C-GET"].targets == []


def test_what_the_database_has_of_another_patient_is_not_taken_for_this_one(stage: Stage) -> None:
    stage.put()
    stage.world.database.owners = {"1.1": "OTHER", "1.2": "P"}
    assert stage.logic.in_database("P", "1.1")[0] == 0
    assert stage.logic.in_database("P", "1.2") == (1, "")
    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    assert stage.world.dimse["C-GET"].targets == [] and transfer.state == "incomplete"
    assert (receipt_of(transfer)["verified"], receipt_of(transfer)["failed"]) == (1, 2)
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
    logic.start_query(QueryFilters(patient_id="T*"))
    operation = stage.world.dimse["C-GET"].operations[-1]
    found = patient("T1", "1.1", "1.2")
    operation.callbacks[0]([found])
    operation.callbacks[1](QueryResult((found,)))
    worker.answer([["a", "1.1", 3], ["b", "1.1", 2], ["a", "1.2", 1]])
    method, params = worker.requests[-1][:2]
    assert (method, params["study_orthanc_ids"]) == ("studies.describe", ["a", "b"])
    assert logic.query.counts == {}
    answer = [patient("T1", "1.1", count=3), patient("T2", "1.1", "1.2", count=2)]
    worker.answer([asdict(one) for one in [*answer, patient("OTHER", "1.1", count=1)]])
    assert [one.patient_id for one in logic.query.patients] == ["T1", "T2"]
    assert logic.query.counts == {
        ("T1", "1", "1.1"): 3,
        ("T2", "1", "1.1"): 2,
        ("T2", "1", "1.2"): 2,
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
    stage.world.worker.answer({"receipt": {"operation": "retrieve", "bytes": 5}})
    assert transfer.state == "done"
    assert receipt_of(transfer)["method"] == "C-GET + HTTPS" and transfer.receipt.bytes == 3000


def test_what_no_method_brings_is_a_row_with_its_reason(stage: Stage) -> None:
    from OrthancConnectCore.shared.receipts import Receipt

    transfer = stage.retrieve(then_load=True)
    stage.world.worker.answer(INVENTORY)
    stage.put(**{"1_1": ["1.1.1", "1.1.2"]})
    stage.operation.callbacks[1]("1.2", False, "refused")
    stage.operation.callbacks[2]()
    receipt = Receipt("retrieve")
    receipt.add_failed("1.2.1", "The server has it no longer.", "Query again.")
    stage.world.worker.answer({"receipt": receipt.to_dict()})
    stage.world.advance(1)
    assert transfer.state == "incomplete" and len(stage.ended) == 1
    assert receipt_of(transfer)["failed"] == 1
    (row,) = transfer.receipt.problems
    assert (row.item, row.reason) == ("1.2.1", "The server has it no longer.")
    assert stage.world.database.loaded == [["1.1"]], "an incomplete series was loaded"
    assert any("not loaded" in note for note in transfer.notes)


def test_a_refused_association_falls_back_and_is_told(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import DimseError

    transfer = stage.retrieve()
    stage.world.worker.answer(INVENTORY)
    stage.operation.callbacks[3](DimseError("Refused.", "Ask."))
    stage.world.database.arriving = {uid: set(all_) for uid, all_ in INVENTORY.items()}
    stage.world.worker.answer({"receipt": {"operation": "retrieve"}})
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
    stage.world.worker.answer({"receipt": {"operation": "retrieve"}})
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
    assert transfer.state == "incomplete" and receipt_of(transfer)["verified"] == 3
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


def test_settings_that_cannot_be_written_are_told(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import ConfigurationError

    logic, worker = stage.logic, stage.world.worker
    logic.disconnect_server()
    stage.world.store.fault = ConfigurationError("Read-only.", "Make room.")
    logic.connect_server("", lambda question, answer: answer(True))
    untrusted = {"trusted": False, "problem_kind": "UntrustedCertificateError", **_PROBLEM}
    worker.answer({**untrusted, "fingerprint": ":".join(["AA"] * 32)})
    stage.world.advance(1)
    assert logic.connection.state == "failed" and logic.connection.error.message == "Read-only."


def test_the_password_is_in_no_text_of_the_logic(stage: Stage) -> None:
    stage.retrieve()
    logic = stage.logic
    seen = [
        logic,
        logic.connection,
        logic.query,
        logic.log.transfers[0],
        logic.log.transfers[0].job,
    ]
    assert not [thing for thing in seen if SECRET in repr(vars(thing))]
    assert SECRET not in stage.world.store.profiles.to_json()
    logic.close()
    assert stage.world.worker.stopped and stage.ended == []


def test_the_worker_fills_in_the_first_profile(stage: Stage) -> None:
    """The panel and the command line find the same: one function does it, in the worker."""
    logic, worker = stage.logic, stage.world.worker
    page = "server.example.org/app/explorer.html#study?uuid=1"
    logic.connect_first(page, " nuria ", SECRET, lambda question, answer: answer(True))
    method, params = worker.requests[-1][:2]
    assert method == "server.certificate"
    assert params["profile"]["rest_url"] == "https://server.example.org:8042"
    worker.answer({"trusted": True})
    method, params = worker.requests[-1][:2]
    assert (method, params["user"], params["password"]) == ("connection.first", "nuria", SECRET)
    assert params["address"] == "https://server.example.org:8042"
    assert params["trust"]["mode"] == "system" and params["taken_names"] == ["lab"]
    found = logic.connection.profile.replace(
        name="LAB", calling_ae_title="KNOWN-ALREADY", storage_port=11200, dicom_port=104
    )
    worker.answer(
        {
            "profile": found.to_dict(),
            "system": {"name": "LAB", "version": "1", "dicom_aet": "ORTHANC", "dicom_port": 104},
            "address": "192.0.2.25",
            "known_as": "slicer",
        }
    )
    assert logic.connection.connected and logic.profiles.current == found
    assert logic.connection.system["version"] == "1"
    assert stage.world.store.profiles.get("LAB") == found and logic.logins.known("LAB")
    stage.world.advance(0.1)
    listener = stage.world.listener
    assert (listener.state, listener.port) == ("running", 11200)  # it starts with Slicer


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_the_listener_is_a_person_s_choice(stage: Stage, state: str) -> None:
    """What runs is left alone, and what shall not start with Slicer does not start now."""
    logic, listener = stage.logic, stage.world.listener
    logic.listener_autostart, listener.state, listener.port = state == "running", state, 11113
    logic._onFirstConnected()
    stage.world.advance(0.1)
    assert (listener.state, listener.port) == (state, 11113)


def test_a_query_shows_that_the_server_accepts_us(stage: Stage) -> None:
    """A C-FIND that was answered is known until the end of the connection; a refused one is not."""
    from OrthancConnectCore.shared.errors import DimseError
    from OrthancConnectCore.shared.query import QueryFilters, QueryResult

    logic = stage.logic
    logic.start_query(QueryFilters())
    stage.operation.callbacks[2](DimseError("Refused.", "", refused=True))
    assert logic.query.state == "failed" and not logic.connection.accepted
    logic.start_query(QueryFilters())
    stage.operation.callbacks[1](QueryResult((), False))
    assert logic.query.state == "done" and logic.connection.accepted
    logic.disconnect_server()
    assert not logic.connection.accepted


def test_what_ended_is_one_line_and_its_remarks_others(stage: Stage) -> None:
    """The counts have a colour of their own; what else is to be said does not borrow it."""
    from OrthancConnectCore.shared.errors import MissingDependencyError, ServerError
    from OrthancConnectCore.shared.receipts import Receipt
    from OrthancConnectLib.panels.texts import error_text, outcome, remarks

    transfer = stage.logic.upload(["/data/a"])
    receipt = Receipt("upload", expected=3, stored=3, seconds=2.0)
    receipt.notes = ["Originals and pseudonyms are listed in /key.csv: keep it secret."]
    stage.logic.log.finish(transfer, receipt)
    assert outcome(transfer) == ("✓ 3 stored  ·  2.0 s", "good")
    assert remarks(transfer) == "– " + receipt.notes[0]
    transfer = stage.logic.upload(["/data/b"])
    assert remarks(transfer) == ""
    receipt = Receipt("upload", expected=3, stored=1, seconds=2.0)
    stage.logic.log.finish(transfer, receipt, ServerError("It broke.", "Try again."))
    assert outcome(transfer) == ("⚠ 1 stored, 2 not reached  ·  2.0 s", "warning")
    assert remarks(transfer) == "– It broke. Try again."
    missing = MissingDependencyError("It needs keyring.", "pip install it.", package="keyring")
    assert error_text(missing) == "It needs keyring. “Install keyring” does it."


def test_a_new_server_s_form_proposes_what_the_command_line_does(started: Any) -> None:
    from OrthancConnectCore.shared.validation import propose_calling_ae_title
    from OrthancConnectLib.panels import profile_form

    for computer in ("mac1.example.org", "Núria-PC"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(profile_form.platform, "node", lambda name=computer: name)
            blank = profile_form.blank_profile()
        assert blank.calling_ae_title == propose_calling_ae_title(computer)
        assert blank.storage_ae_title == blank.calling_ae_title


def test_numbers_as_people_read_them(started: Any) -> None:
    from OrthancConnectCore.shared.events import Progress
    from OrthancConnectLib.panels import texts

    assert [texts.size_text(size) for size in (5, 66000, 126e6, 1.5e9)] == [
        "5 bytes",
        "66 kB",
        "126 MB",
        "1.5 GB",
    ]
    assert [texts.seconds_text(seconds) for seconds in (0.21, 12.4, 200.0, 3900.0)] == [
        "0.2 s",
        "12 s",
        "3 min 20 s",
        "1 h 5 min",
    ]
    progress = Progress("upload", 118, 240, 10, 20, 54e6, 3.2)
    assert texts.progress_text("", progress) == "118 of 240  ·  54 MB/s  ·  3 s left"
    assert texts.percent(progress) == 50 and texts.percent(None) == -1
    assert texts.day_text("20260302") == "2 Mar 2026" and texts.day_text("someday") == "someday"


def test_another_address_keeps_neither_pin_nor_password(stage: Stage) -> None:
    from OrthancConnectCore.shared.profile import TrustPolicy

    logic = stage.logic
    pinned = logic.profiles.known.get("lab").replace(trust=TrustPolicy.pinned("AB" * 32))
    logic.profiles.save(pinned, "lab")
    logic.profiles.save(pinned.replace(dicom_port=104), "lab")
    assert logic.profiles.known.get("lab").trust == pinned.trust and logic.logins.known("lab")
    # As the form does it, which holds the fingerprint in a field of its own.
    edited = pinned.replace(rest_url="https://other:8042", trust=pinned.trust)
    logic.profiles.save(edited, "lab")
    assert logic.profiles.known.get("lab").trust == TrustPolicy()
    assert logic.logins.known("lab") is None


def test_a_file_with_another_pin_for_a_known_server_is_refused(stage: Stage, tmp_path: Any) -> None:
    from OrthancConnectCore.shared.errors import InvalidProfileError
    from OrthancConnectCore.shared.profile import ProfileSet, TrustPolicy

    logic, file = stage.logic, tmp_path / "profiles.json"
    known = logic.profiles.known.get("lab")
    file.write_text(ProfileSet((known.replace(name="same"),)).to_json())
    assert logic.profiles.import_file(str(file)) == "same"
    hostile = known.replace(name="hospital", trust=TrustPolicy.pinned("AB" * 32))
    file.write_text(ProfileSet((hostile,)).to_json())
    with pytest.raises(InvalidProfileError, match="another certificate than lab"):
        logic.profiles.import_file(str(file))
    assert logic.profiles.known.names == ("lab", "same")


def test_a_worker_that_cannot_work_is_told(stage: Stage) -> None:
    """When the panel is opened, not at the first connection; its end is no fault."""
    from OrthancConnectCore.shared.errors import ConfigurationError, OperationCancelled

    told: Any = []
    stage.logic.workerFailed.connect(told.append)
    stage.logic.refresh()
    stage.world.worker.fail(OperationCancelled())
    stage.world.worker.fail(ConfigurationError("cryptography is too old."))
    assert [error.message for error in told] == ["cryptography is too old."]
