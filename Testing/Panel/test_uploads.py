"""The queue of uploads and the choice of files, on fakes steered one event at a time."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest

from OrthancConnectCore.shared.errors import ConnectionFailedError
from OrthancConnectCore.shared.jobs import Job, job_id_of
from OrthancConnectCore.shared.upload_options import DeidentifyChoice, UploadOptions
from Support.scenarios.logic_stage import SECRET, Stage

JOB = {
    "job_id": "ab12",
    "server": "https://server:8042",
    "roots": ["/data/a"],
    "options": {},
    "upload": UploadOptions().to_dict(),
    "created": 1.0,
    "changed": 2.0,
    "finished": False,
    "running": False,
    "ended": False,
    "outcomes": {"stored": 803, "failed": 2},
}
STUDY = "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd"


def result(**counts: Any) -> Dict[str, Any]:
    """What the worker answers to an upload."""
    studies = [{"study_instance_uid": "1.2", "orthanc_id": STUDY}]
    counts.setdefault("expected", counts.get("stored", 0) + counts.get("failed", 0))
    return {"operation": "upload", "job_id": "job1", "studies": studies, **counts}


def answer(stage: Stage, method: str, outcome: Any) -> None:
    """Answer the latest request of a method, or fail it."""
    for name, _params, on_result, on_error, _on_progress in reversed(stage.world.worker.requests):
        if name == method:
            (on_error if isinstance(outcome, Exception) else on_result)(outcome)
            return
    raise AssertionError(f"nobody asked for {method}")


def uploads_asked(stage: Stage) -> List[Any]:
    return [params for name, params, *_rest in stage.world.worker.requests if name == "upload"]


def test_an_upload_that_waits_lets_the_connection_be_looked_at(stage: Stage) -> None:
    """The head of the panel is not green while the upload below says that the server is away."""

    def told(phase: str) -> int:
        progress = next(one[4] for one in stage.world.worker.requests if one[0] == "upload")
        progress({"operation": "upload", "done": 1, "total": 3, "phase": phase})
        return sum(one[0] == "server.system" for one in stage.world.worker.requests)

    stage.logic.upload(["/data/a"])
    before = told("upload")
    assert (told("waiting"), told("waiting")) == (before + 1, before + 1)
    answer(stage, "server.system", ConnectionFailedError("No answer.", "Wait."))
    assert stage.logic.connection.away is not None
    assert (told("upload"), told("waiting")) == (before + 1, before + 2)


def test_one_upload_after_the_other(stage: Stage) -> None:
    options = UploadOptions(except_series=("1.2.3",), labels=("trial",), verify=True)
    first = stage.logic.upload(["/data/a"], "", options)
    second = stage.logic.upload(["/data/b", "/data/c"])
    assert (first.state, second.state) == ("running", "waiting")
    assert (first.title, second.title) == ("a", "2 files and folders")
    (params,) = uploads_asked(stage)
    assert params["options"] == options.to_dict() and params["password"] == SECRET
    answer(stage, "upload", result(stored=3, failed=1))
    assert (first.state, second.state) == ("incomplete", "running")
    assert uploads_asked(stage)[1]["paths"] == ["/data/b", "/data/c"]
    again = stage.logic.log.retry(first)
    assert again is not None and again.state == "waiting"
    assert stage.logic.log.retry(first) is None, "tried twice at the same time"
    answer(stage, "upload", result(stored=1))
    assert uploads_asked(stage)[2] == params and again.state == "running"


def test_pause_resume_and_cancel(stage: Stage) -> None:
    logic, uploads = stage.logic, stage.logic.uploads
    log = stage.logic.log
    first, second = logic.upload(["/data/a"]), logic.upload(["/data/b"])
    log.pause(first)
    assert first.phase == "Pausing…" and "stopped" in log.why_not_pause(first)
    answer(stage, "upload", result(stored=2, expected=9, cancelled=True))
    assert (first.state, second.state) == ("paused", "running") and stage.ended == []
    log.pause(second)
    answer(stage, "upload", result(stored=2))  # the pause came too late
    assert second.state == "done"
    log.resume(first)
    assert first.state == "running" and len(uploads_asked(stage)) == 3
    third = logic.upload(["/data/c"])
    log.pause(third)
    assert third.state == "paused" and len(uploads_asked(stage)) == 3
    logic.cancel(third)
    assert third.state == "cancelled"
    removed = stage.world.worker.requests[-1]
    assert removed[0] == "jobs.remove" and removed[1] == {"job_id": third.request.job_id}
    logic.cancel(first)
    answer(stage, "upload", result(stored=2, expected=9, cancelled=True))
    assert first.state == "cancelled" and stage.world.worker.requests[-1][1] == {"job_id": "job1"}
    assert not uploads.has_receipt(first)


def test_a_lost_worker_is_a_pause(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled, WorkerError
    from OrthancConnectLib.panels.texts import outcome

    transfer = stage.logic.upload(["/data/a"])
    answer(stage, "upload", WorkerError("It ended.", "Try again.", cause="worker_ended"))
    assert transfer.state == "paused" and stage.ended == []
    assert "Interrupted: It ended. Resume" in outcome(transfer)[0]
    stage.logic.log.resume(transfer)
    assert transfer.error is None and transfer.state == "running"
    answer(stage, "upload", OperationCancelled())  # the worker starts anew, for a new package
    assert transfer.state == "paused"
    stage.logic.log.resume(transfer)
    answer(stage, "upload", WorkerError("Another fault.", "Report it."))
    assert transfer.state == "failed" and stage.ended == [transfer]


def test_interrupted_uploads_are_offered(stage: Stage) -> None:
    uploads = stage.logic.uploads
    running, other = {**JOB, "running": True}, {**JOB, "server": "https://other:8042"}
    mine = stage.logic.upload(["/data/own"])
    own = {**JOB, "job_id": mine.request.job_id}
    options = UploadOptions(except_series=("1.2", "1.3"), deidentify=DeidentifyChoice(dates="keep"))
    left = {**JOB, "job_id": "cd34", "upload": options.to_dict()}
    answer(stage, "jobs.list", {"jobs": [JOB, running, other, own, left]})
    assert [job.job_id for job in uploads.interrupted] == ["ab12", "cd34"]
    uploads.forget_interrupted(uploads.interrupted[0])
    assert stage.world.worker.requests[-1][:2] == ("jobs.remove", {"job_id": "ab12"})
    transfer = stage.logic.resume_interrupted(uploads.interrupted[0])
    assert uploads.interrupted == [] and transfer.request.options == options
    assert transfer.state == "waiting" and transfer.title == "a"
    stage.logic.disconnect_server()
    answer(stage, "jobs.list", {"jobs": [JOB]})
    assert uploads.interrupted == [], "an answer of the connection before"


def test_labels_of_an_interrupted_upload_are_not_lost(stage: Stage) -> None:
    """What is put on the studies, and verified, the job's file tells as well."""
    options = UploadOptions(labels=("trial",), verify=True, except_series=("1.2",))
    transfer = stage.logic.upload(["/data/a"], "", options)
    job = {**JOB, "job_id": transfer.request.job_id, "upload": options.to_dict()}
    stage.logic.log.transfers.clear()  # another session, with the same settings
    stage.logic.uploads.look_for_interrupted(stage.logic.connection.profile)
    answer(stage, "jobs.list", {"jobs": [job]})
    (found,) = stage.logic.uploads.interrupted
    assert found.options == options


def test_an_upload_that_ended_is_not_said_to_be_interrupted(stage: Stage) -> None:
    from OrthancConnectLib.panels.job_rows import interrupted_text

    stage.logic.uploads.look_for_interrupted(stage.logic.connection.profile)
    answer(stage, "jobs.list", {"jobs": [JOB, {**JOB, "job_id": "cd34", "ended": True}]})
    interrupted, ended = stage.logic.uploads.interrupted
    numbers = "803 files are stored, 2 failed."
    # What was on its way counts as failed there: that it failed, nobody has checked.
    assert interrupted_text(interrupted, "S").endswith("come to its end: 803 files are stored.")
    assert (
        interrupted_text(ended, "S") == f"⚠ The upload of a to S left something undone: {numbers}"
    )


def test_an_interrupted_upload_with_a_saved_key_is_known_again(stage: Stage) -> None:
    """The engine knows the key's name as well, and calls the job as the panel does."""
    choice = DeidentifyChoice(key_file="/data/study.key")
    options = UploadOptions(labels=("trial",), verify=True, deidentify=choice)
    stage.logic.upload(["/data/a"], "", options)
    profile = stage.logic.connection.profile
    name = job_id_of(profile.rest_url, ["/data/a"], options)
    job = Job(name, profile.rest_url, ("/data/a",), options, "0123abcd").to_dict()
    answer(stage, "jobs.list", {"jobs": [job]})
    assert stage.logic.uploads.interrupted == [], "it is in this session's queue"
    stage.logic.log.transfers.clear()  # another session, with the same settings
    stage.logic.uploads.look_for_interrupted(profile)
    answer(stage, "jobs.list", {"jobs": [job]})
    (found,) = stage.logic.uploads.interrupted
    assert found.options == options


def test_the_page_on_the_server_has_no_secret(stage: Stage) -> None:
    transfer = stage.logic.upload(["/data/a"])
    viewers, pages, told = stage.logic.rooms.viewers, stage.world.pages, []
    assert "not ended" in viewers.why_not_show(transfer)
    answer(stage, "upload", result(stored=1))
    assert viewers.why_not_show(transfer) == ""
    viewers.show_transfer(transfer, told.append)
    _method, asked, *_callbacks = stage.world.worker.requests[-1]
    assert asked["study"] == STUDY
    page = f"https://server:8042/app/explorer.html#study?uuid={STUDY}"
    answer(stage, "viewers.of", [{"name": "explorer", "url": page}])
    assert pages == [page] and SECRET not in page and not told
    for bad in ("https://other/app", f"https://nuria:{SECRET}@server:8042/", "file:///etc", ""):
        viewers.show_transfer(transfer, told.append)
        answer(stage, "viewers.of", [{"name": "explorer", "url": bad}])
    assert len(told) == 4 and len(pages) == 1
    transfer.studies = [STUDY, STUDY.replace("0", "1")]
    viewers.show_transfer(transfer, told.append)
    page = "https://server:8042/ui/app/#/"
    known = [{"name": "stone", "url": ""}, {"name": "explorer2", "url": page}]
    answer(stage, "viewers.of", known)
    assert pages[-1] == page
    transfer.studies = []
    assert viewers.why_not_show(transfer)


def test_receipts_are_saved_by_the_worker(stage: Stage) -> None:
    transfer = stage.logic.upload(["/data/a"])
    answer(stage, "upload", result(stored=1))
    told: List[Any] = []
    stage.logic.uploads.save_receipt(transfer, "/data/r", told.append, told.append)
    assert stage.world.worker.requests[-1][1] == {"job_id": "job1", "path": "/data/r.csv"}
    answer(stage, "receipt.save", {"rows": 7})
    assert told == [7]


def test_progress_says_that_the_server_is_away(stage: Stage) -> None:
    from OrthancConnectLib.panels.texts import outcome

    transfer = stage.logic.upload(["/data/a"])
    progress = stage.world.worker.requests[-1][4]
    facts = {"done": 3, "total": 9, "bytes_done": 3000, "bytes_total": 9000}
    progress({**facts, "phase": "upload", "rate": 1500.0, "seconds_left": 4.0})
    line, _tone = outcome(transfer)
    assert line == "▸ 3 of 9  ·  3.0 of 9.0 kB  ·  1.5 kB/s  ·  4 s left"
    details = {"message": "The server does not answer.", "hint": ""}
    progress({**facts, "phase": "waiting", "details": details})
    line, tone = outcome(transfer)
    assert line.startswith("⚠ The server does not answer. The upload goes on by itself")
    assert tone == "warning" and line.endswith("3 of 9  ·  3.0 of 9.0 kB")


def test_time_left_is_of_all_that_was_scanned(stage: Stage) -> None:
    """The upload's own sum grows while it looks through the folders."""
    transfer = stage.logic.upload(["/data/a"], foreseen=(100, 50_000))
    progress = stage.world.worker.requests[-1][4]
    facts = {"phase": "upload", "done": 3, "total": 9, "bytes_done": 3000, "bytes_total": 9000}
    progress({**facts, "rate": 1000.0, "seconds_left": 6.0})
    known = transfer.progress
    assert (known.total, known.bytes_total, known.seconds_left) == (100, 50_000, 47.0)


# The choice -----------------------------------------------------------------------------------


def row(number: int, study: int = 1, **facts: Any) -> Dict[str, Any]:
    """A row of the scan."""
    return {
        "patient_id": "P1",
        "patient_name": "Pérez^Núria",
        "study_instance_uid": f"1.{study}",
        "study_date": "20260302",
        "study_description": f"Study {study}",
        "series_instance_uid": f"1.{study}.{number}",
        "series_number": number,
        "modality": "CT",
        "series_description": f"Series <b>{number}</b>",
        "instances": 10,
        "bytes": 1000,
        "duplicates": 0,
        "conflicts": 0,
        **facts,
    }


def summary(*rows: Dict[str, Any]) -> Dict[str, Any]:
    problems = [{"item": "a.txt", "outcome": "skipped", "reason": "No DICOM.", "hint": ""}]
    numbers = {"files": 33, "instances": 30, "bytes": 3000, "duplicates": 0, "conflicts": 0}
    return {
        "series": list(rows),
        **numbers,
        "problems": problems,
        "problem_count": 1,
        "complete": True,
    }


@pytest.fixture()
def tree(stage: Stage) -> Any:
    """Give the tree of the choice, empty, with an event loop."""
    import qt

    from OrthancConnectLib.panels.upload_tree import UploadTree

    widget = qt.QTreeWidget()
    widget.setColumnCount(4)
    made = UploadTree(widget, stage.logic.choice)
    made.widget = widget  # type: ignore[attr-defined]
    yield made
    made.close()


def series_count(tree: Any) -> int:
    import qt

    from Support.scenarios.panel_bench import items_of

    keys = [str(item.data(0, qt.Qt.UserRole)) for _level, item in items_of(tree.widget)]
    return sum(key.startswith("series:") for key in keys)


def settle(tree: Any) -> None:
    import qt

    for _turn in range(2000):
        qt.QApplication.processEvents()
        if not tree.busy and not tree._ticking:
            return
    raise AssertionError("the tree does not come to rest")


def test_the_scan_fills_the_tree_while_it_runs(stage: Stage, tree: Any) -> None:
    import qt

    choice = stage.logic.choice
    choice.add(["/data/a"])
    progress = stage.world.worker.requests[-1][4]
    empty = row(0, study_instance_uid="", series_instance_uid="", patient_id="", instances=1)
    details = {"series": [row(1), row(2), row(1, study=2), empty]}
    progress({"phase": "scan", "done": 20, "total": 20, "details": details})
    settle(tree)
    assert (choice.state, choice.files, series_count(tree)) == ("scanning", 20, 4)
    patient = tree.widget.topLevelItem(0)
    assert [patient.text(one) for one in range(3)] == ["Pérez, Núria  ·  P1", "30", "3.0 kB"]
    study = patient.child(0)
    assert study.text(0) == "2 Mar 2026  ·  Study 1" and study.childCount() == 2
    assert study.child(0).text(0) == "CT  1  Series <b>1</b>" and "<b>" not in study.child(
        0
    ).toolTip(0)
    assert tree.widget.isColumnHidden(3)
    answer(stage, "scan", summary(row(1, instances=12, duplicates=2, conflicts=1), row(2)))
    settle(tree)
    assert choice.state == "done" and series_count(tree) == 4
    assert (study.text(1), study.text(2)) == ("22", "2.0 kB") and patient.text(1) == "32"
    assert study.text(3) == "⚠ 1  = 2", study.text(3)
    assert not tree.widget.isColumnHidden(3)
    assert patient.checkState(0) == qt.Qt.Checked
    assert tree.widget.topLevelItem(1).text(0) == "Instances that name no series"


def test_ticks_go_up_and_down_the_tree(stage: Stage, tree: Any) -> None:
    import qt

    choice = stage.logic.choice
    choice.add(["/data/a"])
    answer(stage, "scan", summary(row(1), row(2), row(1, study=2)))
    settle(tree)
    patient = tree.widget.topLevelItem(0)
    patient.child(0).child(1).setCheckState(0, qt.Qt.Unchecked)
    settle(tree)
    assert choice.except_series == ("1.1.2",) and choice.totals() == (2, 20, 2000)
    assert patient.checkState(0) == patient.child(0).checkState(0) == qt.Qt.PartiallyChecked
    patient.setCheckState(0, qt.Qt.Unchecked)
    settle(tree)
    assert choice.all_left_out and len(choice.except_series) == 3
    patient.child(1).setCheckState(0, qt.Qt.Checked)
    settle(tree)
    assert choice.except_series == ("1.1.1", "1.1.2")
    # More is chosen: everything is looked at anew, and what was unticked stays so.
    choice.add(["/data/a", "/data/b"])
    assert stage.world.worker.requests[-1][1] == {"paths": ["/data/a", "/data/b"]}
    answer(stage, "scan", summary(row(1), row(2), row(1, study=2), row(3, study=2)))
    settle(tree)
    assert choice.except_series == ("1.1.1", "1.1.2")
    patient = tree.widget.topLevelItem(0)
    assert patient.child(0).checkState(0) == qt.Qt.Unchecked
    assert patient.child(1).checkState(0) == qt.Qt.Checked
    choice.clear()
    assert choice.paths == [] and choice.except_series == () and series_count(tree) == 0
    assert tree.widget.topLevelItemCount == 0


def test_an_answer_of_an_earlier_scan_counts_for_nothing(stage: Stage, tree: Any) -> None:
    from OrthancConnectCore.shared.errors import InputError

    choice, worker = stage.logic.choice, stage.world.worker
    choice.add(["/data/a"])
    first = worker.requests[-1]
    choice.add(["/data/b"])
    assert len(worker.cancelled) == 1
    first[2](summary(row(1)))
    first[3](InputError("Gone.", "Look."))
    assert choice.state == "scanning" and choice.rows == {}
    choice.stop()
    assert len(worker.cancelled) == 2
    worker.answer({**summary(row(1)), "complete": False})
    assert choice.state == "stopped" and choice.totals() == (1, 10, 1000)
    choice.clear()
    choice.add(["/data/c"])
    worker.fail(InputError("Not there.", "Choose another."))
    assert choice.state == "failed" and choice.error.message == "Not there."


def test_many_series_are_shown_in_slices(stage: Stage, tree: Any) -> None:
    import time

    import qt

    from OrthancConnectLib import turns as slices

    choice = stage.logic.choice
    choice.add(["/data/a"])
    answer(stage, "scan", summary(*[row(number, study=number % 50) for number in range(2000)]))
    turns = []
    while tree.busy:
        begun = time.perf_counter()
        qt.QApplication.processEvents()
        turns.append(time.perf_counter() - begun)
    assert series_count(tree) == 2000 and len(turns) > 3
    print(f"{len(turns)} turns, the longest {1000 * max(turns):.0f} ms")
    assert sum(turns) / len(turns) < 10 * slices.BUDGET, "a turn does more than its share"
    begun = time.perf_counter()
    tree.widget.topLevelItem(0).setCheckState(0, qt.Qt.Unchecked)
    settle(tree)
    print(f"unticked 2,000 series in {1000 * (time.perf_counter() - begun):.0f} ms")
    assert len(choice.except_series) == 2000
