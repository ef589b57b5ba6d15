"""Lists, followed queries and room on disk without Slicer: what is counted, kept and offered."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Dict, List

import pytest
from test_results import fate, look, row
from test_results import receipt as sent_receipt
from test_uploads import answer

from Support.scenarios.logic_stage import SECRET, Stage


def receipt(stored: int, **more: Any) -> Dict[str, Any]:
    from OrthancConnectCore.shared.receipts import Receipt

    return Receipt("retrieve", expected=stored, stored=stored, verified=stored, **more).to_dict()


def progress(stage: Stage, method: str, **details: Any) -> None:
    phase = details.pop("phase", "retrieve")
    told = {"phase": phase, "done": 0, "total": 0, "details": details}
    asked = [one for one in stage.world.worker.requests if one[0] == method]
    asked[-1][4](told)


def fetch_list(stage: Stage) -> Any:
    cohort = stage.logic.rooms.cohort
    cohort.read(*stage.logic.server(), "/lists/a.csv")
    known = {"columns": ["NHC"], "column": 0, "kind": "patient-id", "rows": 2, "reason": ""}
    answer(stage, "cohort.read", known)
    assert cohort.ready
    return cohort.retrieve()


def test_what_the_database_did_not_take_is_no_arrival(stage: Stage) -> None:
    transfer = fetch_list(stage)
    (asked,) = (one[1] for one in stage.world.worker.requests if one[0] == "retrieve.cohort")
    assert (asked["file"], asked["column"], asked["by"]) == ("/lists/a.csv", "1", "patient-id")
    assert asked["folder"].startswith("/database/incoming")
    database = stage.world.database
    database.present = {"1.1": {"a", "b"}, "1.2": {"c"}, "1.3": {"d"}}
    database.owners = {"1.3": "SOMEBODY"}
    series = [["P", "1", "1.1", 2], ["P", "1", "1.2", 3], ["Q", "2", "1.3", 1]]
    answer(stage, "retrieve.cohort", {"receipt": receipt(6), "rows": [], "series": series})
    assert transfer.state == "incomplete"
    told = transfer.receipt
    assert (told.expected, told.stored, told.verified, told.failed) == (6, 3, 3, 3)
    reasons = {problem.item: problem.reason for problem in told.problems}
    assert "1 of its 3" in reasons["1.2"] and "SOMEBODY" in reasons["1.3"]
    again = stage.logic.log.retry(transfer)
    assert again is not None and again.request.folder == transfer.request.folder


def test_a_list_is_paused_and_goes_on(stage: Stage) -> None:
    transfer = fetch_list(stage)
    stage.logic.log.pause(transfer)
    answer(stage, "retrieve.cohort", {"receipt": receipt(0), "rows": [], "series": []})
    assert transfer.state == "paused"
    stage.logic.log.resume(transfer)
    assert transfer.state == "running"
    stage.logic.cancel(transfer)
    cancelled = {"receipt": receipt(0, cancelled=True), "rows": [], "series": []}
    answer(stage, "retrieve.cohort", cancelled)
    assert transfer.state == "cancelled"


def test_a_database_that_is_closed_ends_it(stage: Stage) -> None:
    stage.world.database.is_open = False
    transfer = fetch_list(stage)
    assert transfer.state == "failed" and "not open" in transfer.error.message


def test_a_full_follower_needs_the_person(stage: Stage) -> None:
    from OrthancConnectCore.shared.query import QueryFilters

    follow, told = stage.logic.rooms.follow, []
    follow.arrived.connect(told.append)
    transfer = follow.start(*stage.logic.server(), QueryFilters(modalities=("CT",)), 5)
    (asked,) = (one[1] for one in stage.world.worker.requests if one[0] == "follow.run")
    assert asked["follow"] == {"quota": 5, "since": "now"} and tuple(
        asked["filters"]["modalities"]
    ) == ("CT",)
    finished = [{"number": number, "folder": "/f", "study": f"s{number}"} for number in (1, 2)]
    progress(stage, "follow.run", finished=finished[:1])
    progress(stage, "follow.run", finished=finished)
    progress(stage, "follow.run", finished=finished)
    assert told == [["s1"], ["s2"]] and "2 series" in transfer.phase
    progress(stage, "follow.run", phase="waiting", message="It is away.", hint="Wait.")
    assert transfer.phase == "It is away. Wait."
    full = {"receipt": receipt(0, notes=["No room."]), "rows": [], "stopped": "full"}
    answer(stage, "follow.run", full)
    assert transfer.state == "incomplete" and "No room." in transfer.notes
    assert follow.transfer is None


def test_only_what_a_person_wished_is_followed_again(stage: Stage) -> None:
    from OrthancConnectCore.shared.query import QueryFilters

    logic, store = stage.logic, stage.world.store
    follow = logic.rooms.follow
    follow.start(*logic.server(), QueryFilters(patient_name="Pérez"))
    assert "names a patient" in follow.keep(True) and not follow.is_kept
    follow.stop()
    answer(stage, "follow.run", {"receipt": receipt(0), "rows": [], "stopped": "cancelled"})
    follow.start(*logic.server(), QueryFilters(modalities=("MR",)), 7, "beginning")
    assert stage.world.worker.requests[-1][1]["follow"]["since"] == "beginning"
    assert follow.keep(True) == "" and follow.is_kept
    kept = store.states["follow"]
    assert SECRET not in str(kept) and kept["quota"] == 7
    logic.log.transfers.clear()  # another session, with the same settings
    profile, login = logic.server()
    follow.look(profile.replace(rest_url="https://other:8042"), login)
    assert follow.transfer is None
    for wrong in ({**kept, "quota": "7"}, {**kept, "filters": [1]}, {**kept, "filters": {"x": 1}}):
        store.states["follow"] = wrong
        follow.look(profile, login)
        assert follow.transfer is None, wrong
    store.states["follow"] = kept
    follow.look(profile, login)
    assert follow.transfer.request.filters.modalities == ("MR",)
    logic.cancel(follow.transfer)
    answer(stage, "follow.run", {"receipt": receipt(0), "rows": [], "stopped": "cancelled"})
    assert not follow.is_kept


def compare(stage: Stage, *uids: str) -> Any:
    from OrthancConnectCore.shared.series import SeriesTarget

    comparison = stage.logic.rooms.comparison
    targets = [SeriesTarget("P", "1", uid) for uid in uids]
    comparison.start(*stage.logic.server(), targets)
    return comparison


def test_what_is_here_is_compared_series_by_series(stage: Stage) -> None:
    from OrthancConnectLib.panels.texts import compared_text

    stage.world.database.present = {"1.1": {"a", "b"}, "1.2": {"c"}, "1.3": {"d"}}
    comparison = compare(stage, "1.1", "1.2", "1.3")
    same, other = {"may_go": True, "differs": False}, {"may_go": False, "differs": True}
    answer(stage, "room.check", [{**same, "reason": ""}, {**other, "reason": "Other."}])
    assert comparison.running and comparison.found[("P", "1", "1.1")][:3] == (2, 1, 0)
    stage.world.advance(0.1)
    answer(stage, "room.check", [{"may_go": False, "differs": False, "reason": "Gone."}])
    stage.world.advance(0.1)
    assert comparison.result[:4] == (3, 1, 1, "Gone.")
    assert "1 of 3 files" in compared_text(comparison.result)[0]
    comparison.stop()
    stage.world.advance(0.1)
    assert comparison.state == "cancelled" and ("P", "1", "1.3") not in comparison.found
    profile, login = stage.logic.server()
    stage.logic.rooms.look(profile.replace(rest_url="https://other:8042"), login)
    assert not comparison.found and comparison.state == "idle"


def test_a_closed_database_ends_a_comparison(stage: Stage) -> None:
    stage.world.database.is_open = False
    comparison = compare(stage, "1.1")
    assert comparison.state == "failed" and "not open" in comparison.error.message


@pytest.fixture()
def studies(stage: Stage) -> List[Any]:
    from OrthancConnectLib.protocols import StudyFiles

    made = [
        StudyFiles(name, f"Study {name}", "20260302", {f"/{name}/{at}": (10, age) for at in "ab"})
        for name, age in (("new", 3), ("old", 1), ("middle", 2))
    ]
    stage.world.database.kept = made
    stage.logic.rooms.room.count()
    return made


def checked(stage: Stage, *may_not: str) -> None:
    """Answer what is asked about the next study."""
    files = stage.world.worker.requests[-1][1]["files"]
    told = {"reason": "Lost.", "study_orthanc_id": f"id-of-{files[0][1:-2]}"}
    rows = [{"path": path, "may_go": path not in may_not, **told} for path in files]
    answer(stage, "room.check", rows)
    stage.world.advance(0.1)


def test_only_what_the_server_has_whole_is_offered(stage: Stage, studies: List[Any]) -> None:
    room, database = stage.logic.rooms.room, stage.world.database
    assert [study.study_instance_uid for study in room.studies] == ["old", "middle", "new"]
    room.quota = 50
    assert (room.bytes, room.excess) == (60, 10)
    database.in_scene = {"middle"}
    room.ask(*stage.logic.server())
    checked(stage)
    checked(stage, "/new/b")
    assert room.state == "done" and room.asked == 3
    assert [study.study_instance_uid for study in room.offered] == ["old"]
    assert room.kept_back == ["Study middle: It is loaded.", "Study new: Lost."]
    room.remove({"old", "new"})
    assert (database.removed, room.removed, room.freed) == (["old"], 1, 20)
    assert room.bytes == 40 and not room.offered
    (noted,) = stage.world.worker.noted
    assert noted["study_orthanc_ids"] == ["id-of-old"] and "password" not in noted
    counts = [noted["receipt"][name] for name in ("operation", "expected", "stored", "bytes")]
    assert counts == ["remove", 1, 1, 20]


def test_a_study_that_changed_meanwhile_stays(stage: Stage, studies: List[Any]) -> None:
    room, database = stage.logic.rooms.room, stage.world.database
    room.ask(*stage.logic.server())
    checked(stage)
    room.stop()
    assert room.state == "cancelled" and len(room.offered) == 1
    database.in_scene = {"old"}
    room.remove({"old"})
    assert (database.removed, room.removed, room.freed) == ([], 0, 0)
    assert room.kept_back == ["Study old: It is loaded."]


def open_case(stage: Stage) -> Any:
    """Connect to a server with a list, and open a case of it."""
    stage.connect()
    lists = stage.logic.rooms.worklists
    told = {"name": "l", "cases": 2, "left": 2, "open": [], "review": [], "following": ""}
    answer(stage, "worklist.lists", [told])
    lists.next()
    case = {"orthanc_id": "x", "claim": "c1", "user": "nuria", "note": ""}
    answer(stage, "worklist.next", case)
    return lists


def described() -> Any:
    """What the worker tells of the case's study, 1.2."""
    from OrthancConnectCore.shared.query import PatientRecord, SeriesRecord, StudyRecord

    series = SeriesRecord("1.1", number_of_instances=2, modality="CT")
    return [asdict(PatientRecord("P", "P", studies=(StudyRecord("1.2", series=(series,)),)))]


def test_results_are_sent_before_a_case_is_done(stage: Stage) -> None:
    """Where they do not arrive, the case stays open; those of other studies stay as they are."""
    lists = open_case(stage)
    answer(stage, "studies.describe", described())
    worker, other = stage.world.worker, row("Liver", study="1.3")
    look(stage, other)
    assert not lists.has_results
    look(stage, other, row("Lung"))
    assert lists.has_results

    def save_and_done(**counts: int) -> None:
        lists.finish()
        assert lists.running and "worklist.step" not in worker.methods
        answer(stage, "results.new", {"folder": "/state/results/a"})
        counts = {"expected": 1, **counts}
        outcome = fate("a", "sent" if "stored" in counts else "failed")
        told = {"receipt": sent_receipt(**counts), "results": [outcome]}
        answer(stage, "results.send", told)

    save_and_done(failed=1)
    assert lists.state == "failed" and lists.case["claim"] == "c1"
    assert "case stays open" in lists.error.message and "worklist.step" not in worker.methods
    save_and_done(stored=1, verified=1)
    assert {one[0][0] for one in stage.world.results.written} == {"Lung"}
    (asked,) = (one[1] for one in worker.requests if one[0] == "worklist.step")
    assert (asked["step"], asked["claim"], asked["study"]) == ("done", "c1", "x")
    look(stage)
    answer(stage, "worklist.step", {"state": "done"})
    assert worker.methods.count("worklist.next") == 2 and lists.case is None
    answer(stage, "worklist.next", None)
    assert "nothing left" in lists.outcome and lists.state == "done"


@pytest.mark.parametrize("other", ["of another study", "of the case", "of the case, and fails"])
def test_a_sending_under_way_is_waited_for_and_not_taken_for_ones_own(
    stage: Stage, other: str
) -> None:
    lists = open_case(stage)
    answer(stage, "studies.describe", described())
    rows = [row("Liver", study="1.3" if "another" in other else "1.2"), row("Lung")]
    results = look(stage, *rows)
    results.tick(rows[1].key, False)
    results.send(*stage.logic.server())
    results.tick(rows[0].key, False)
    results.tick(rows[1].key, True)
    lists.finish()
    asked = stage.world.worker.methods
    assert lists.running and asked.count("results.new") == 1
    answer(stage, "results.new", {"folder": "/state/results/a"})
    fails = other != "of the case"
    counts = {"expected": 1, "failed" if fails else "stored": 1}
    told = {
        "receipt": sent_receipt(**counts),
        "results": [fate("a", "failed" if fails else "sent")],
    }
    answer(stage, "results.send", told)
    if "fails" in other:
        assert lists.state == "failed" and "case stays open" in lists.error.message
        assert asked.count("results.new") == 1
        return
    assert lists.running and "worklist.step" not in asked
    answer(stage, "results.new", {"folder": "/state/results/b"})
    told = {"receipt": sent_receipt(expected=1, stored=1), "results": [fate("b")]}
    answer(stage, "results.send", told)
    assert [one[0] for one in stage.world.results.written] == [["Liver"], ["Lung"]]
    answer(stage, "worklist.step", {"state": "done"})
    assert lists.case is None


def test_another_list_may_be_chosen_while_results_are_sent(stage: Stage) -> None:
    lists = open_case(stage)
    answer(stage, "studies.describe", described())
    look(stage, row("Lung"))
    lists.finish()
    lists.choose("other")
    assert not lists.running
    answer(stage, "results.new", {"folder": "/state/results/a"})
    told = {"receipt": sent_receipt(expected=1, stored=1), "results": [fate("a")]}
    answer(stage, "results.send", told)
    assert not lists.running and "worklist.step" not in stage.world.worker.methods


def test_a_server_that_has_to_read_all_studies_is_asked_once_somebody_looks(stage: Stage) -> None:
    """And without that where it had lists before."""
    lists, worker = stage.logic.rooms.worklists, stage.world.worker

    def asked() -> List[bool]:
        return [one[1]["thorough"] for one in worker.requests if one[0] == "worklist.lists"]

    answer(stage, "worklist.lists", None)
    assert lists.may_be_shown and lists.why_not() and asked() == [False]
    lists.want()
    lists.want()
    assert asked() == [False, True] and "Asking" in lists.why_not()
    answer(stage, "worklist.lists", [])
    assert lists.may_be_shown and "no work list" in lists.why_not()
    told = [{"name": "lung", "cases": 1, "left": 1}]
    for thorough, found in ((False, told), (True, told), (True, []), (False, [])):
        stage.logic.disconnect_server()
        assert not lists.may_be_shown
        stage.connect()
        assert asked()[-1] is thorough
        answer(stage, "worklist.lists", found)
        assert lists.may_be_shown is bool(found)


def test_a_person_without_a_name_gets_no_case(stage: Stage) -> None:
    lists = open_case(stage)
    assert lists.user == "nuria"
    answer(stage, "studies.describe", [])
    assert lists.state == "failed" and "nothing of this case" in lists.error.message
    lists.set_user("  ")
    assert "name" in lists.why_not()
    lists.set_user("José ")
    assert lists.user == "José" and not lists.why_not()
    (asked,) = [one[1] for one in stage.world.worker.requests if one[0] == "worklist.lists"][-1:]
    assert asked["user"] == "José" and asked["password"] == SECRET
    stage.logic.disconnect_server()
    assert lists.lists == [] and lists.case is None
