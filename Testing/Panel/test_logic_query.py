"""The logic's query and what it knows of the server: two ways to ask, pages, a server that goes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, List, Optional

from Support.scenarios.logic_stage import Stage

SYSTEM = {"name": "LAB", "version": "1", "dicom_aet": "ORTHANC"}


def page(*names: str, next: Optional[int] = None, notes: Any = ()) -> Any:
    """What the worker answers: a patient with one study of one series for each name."""
    from OrthancConnectCore.shared.query import PatientRecord, SeriesRecord, StudyRecord

    patients = [
        PatientRecord(
            name,
            name,
            studies=(
                StudyRecord(
                    f"1.{ord(name)}",
                    orthanc_id=f"study-{name}",
                    series=(SeriesRecord(f"1.{ord(name)}.1", number_of_instances=3),),
                ),
            ),
        )
        for name in names
    ]
    found = [asdict(one) for one in patients]
    return {"patients": found, "next": next, "notes": list(notes), "seconds": 0.1}


def names(stage: Stage) -> List[str]:
    return [one.patient_id for one in stage.logic.query.patients]


def start(stage: Stage, **more: Any) -> Any:
    from OrthancConnectCore.shared.query import QueryFilters

    stage.logic.start_query(QueryFilters(), 2, **more)
    return stage.world.worker.requests[-1]


def test_pages_follow_one_another_over_https(stage: Stage) -> None:
    method, params = start(stage)[:2]
    assert (method, params["since"], params["limit"]) == ("query.page", 0, 2)
    stage.world.worker.answer(page("B", "C", next=2))
    query = stage.logic.query
    assert (query.state, query.way, query.limited) == ("done", "HTTPS", True)
    assert names(stage) == ["B", "C"] and len(query.counts) == 2
    query.more()
    assert stage.world.worker.requests[-1][1]["since"] == 2
    stage.world.worker.answer(page("A", notes=["The server has a limit."]))
    assert names(stage) == ["A", "B", "C"] and not query.limited
    assert query.notes == ("The server has a limit.",)
    asked = len(stage.world.worker.requests)
    query.more()
    assert len(stage.world.worker.requests) == asked, "there is no further page"


def test_series_that_a_page_left_out_follow(stage: Stage) -> None:
    start(stage)
    answer = page("A")
    answer["patients"][0]["studies"][0]["series"] = []
    stage.world.worker.answer(answer)
    method, params = stage.world.worker.requests[-1][:2]
    assert (method, params["study_orthanc_ids"]) == ("studies.describe", ["study-A"])
    stage.world.worker.answer(page("A")["patients"])
    assert names(stage) == ["A"] and stage.logic.query.studies == 1
    assert list(stage.logic.query.counts.values()) == [3]


def test_c_find_is_asked_where_https_is_closed(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import DimseError, PermissionDeniedError
    from OrthancConnectCore.shared.query import QueryResult

    closed = PermissionDeniedError("The user may not list.", "", status_code=403)
    for way in ("Automatic", "HTTPS"):
        start(stage, way=way)
        stage.world.worker.fail(closed)
        query = stage.logic.query
        if way == "HTTPS":
            assert (query.state, query.error) == ("failed", closed), "the person wants HTTPS"
            break
        assert (query.state, query.way) == ("running", "C-FIND")
        stage.operation.callbacks[1](QueryResult())
        assert query.state == "done" and "may not list" in query.notes[0]
    start(stage)
    stage.world.worker.fail(closed)
    stage.operation.callbacks[2](DimseError("Refused.", "", refused=True))
    assert stage.logic.query.error is closed, "the way that is mended first"


def test_a_wrong_password_is_no_reason_for_another_way(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import AuthenticationError

    start(stage)
    stage.world.worker.fail(AuthenticationError("No.", "", status_code=401))
    assert stage.logic.query.state == "failed" and stage.logic.query.way == "HTTPS"


def test_automatic_is_c_get_only_where_the_server_knows_us(stage: Stage) -> None:
    connection, method_now = stage.logic.connection, stage.logic.method_now
    assert connection.known == "checking" and method_now("Automatic") == "HTTPS"
    for finds, gets, known, method in (
        (False, False, "refused", "HTTPS"),
        (True, False, "accepted", "HTTPS"),
        (None, None, "unknown", "HTTPS"),
        (True, True, "accepted", "C-GET"),
    ):
        stage.world.worker.reach({"answers": True, "finds": finds, "gets": gets})
        assert (connection.known, method_now("Automatic")) == (known, method)
        assert method_now("C-MOVE") == "C-MOVE"
        connection.try_dicom()
    assert connection.profile is not None
    connection.profile = connection.profile.replace(dicom_tls=True)  # which Slicer can't
    stage.world.worker.reach({"answers": True, "finds": True, "gets": True})
    assert method_now("Automatic") == "HTTPS"
    connection.try_dicom()
    stale = stage.world.worker.reach
    connection.try_dicom()
    stale({"answers": True, "finds": True, "gets": True})
    assert connection.known == "checking", "an answer to an earlier question"


def test_a_registration_asks_for_the_list_again(stage: Stage) -> None:
    start(stage)
    stage.world.worker.answer(page("A"))
    stage.logic.start_registration("")
    stage.world.worker.answer({"changes_nothing": False, "readable": True})
    stage.logic.registration.confirm()
    stage.world.worker.answer({"outcome": "registered"})
    assert stage.world.worker.methods[-1] == "query.page"
    assert stage.logic.connection.dicom == "checking"


def test_a_server_that_goes_is_told_and_asked_again_until_it_is_back(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import ConnectionFailedError
    from OrthancConnectLib.logic.connection import WATCH, WATCH_AWAY

    connection, worker = stage.logic.connection, stage.world.worker
    stage.logic.watch(True)
    worker.answer(SYSTEM)
    asked = len(worker.requests)
    stage.world.advance(WATCH / 1000 + 1)
    assert len(worker.requests) == asked + 1
    worker.fail(ConnectionFailedError("Nobody answers.", "Look at the server."))
    assert connection.connected and connection.away is not None
    stage.world.advance(WATCH_AWAY / 1000 + 1)
    assert len(worker.requests) == asked + 2
    worker.answer(SYSTEM)
    assert connection.away is None and connection.dicom == "checking"
    stage.logic.watch(False)
    stage.world.advance(10 * WATCH / 1000)
    assert len(worker.requests) == asked + 2, "nobody looks at it"


def test_what_could_not_reach_the_server_has_it_looked_at(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import AuthenticationError, ConnectionFailedError

    start(stage, way="HTTPS")
    stage.world.worker.fail(ConnectionFailedError("Nobody answers.", ""))
    assert stage.world.worker.methods[-1] == "server.system"
    stage.world.worker.fail(AuthenticationError("No.", "", status_code=401))
    assert stage.logic.connection.state == "failed", "it let us in no longer"


def test_the_next_start_connects_without_a_click_where_it_can(started: Any) -> None:
    stage = Stage()
    stage.logic.reconnect()
    assert stage.world.worker.methods == [], "its password is not known"
    stage.world.store.states["passwords in the keychain"] = ["nuria@https://server:8042"]
    stage.logic.reconnect()
    assert stage.world.worker.methods == ["server.certificate"]
    kind = {"problem_kind": "CertificateChangedError", "problem": "changed", "hint": ""}
    stage.world.worker.answer({"trusted": False, "fingerprint": "AA", **kind})
    stage.world.advance(1)
    assert stage.logic.connection.state == "disconnected", "nobody is asked unasked"


def test_what_was_uploaded_appears_by_itself_if_it_matches(stage: Stage) -> None:
    from OrthancConnectCore.shared.query import QueryFilters

    stage.logic.start_query(QueryFilters(patient_id="A"), 2)
    stage.world.worker.answer(page())
    transfer = stage.logic.upload(["/data/a"])
    study = {"orthanc_id": "study-A", "study_instance_uid": "1.65"}
    stage.world.worker.answer(
        {"operation": "upload", "expected": 1, "stored": 1, "studies": [study]}
    )
    assert transfer.state == "done"
    method, params = stage.world.worker.requests[-1][:2]
    assert (method, params["study_orthanc_ids"]) == ("studies.describe", ["study-A"])
    stage.world.worker.answer(page("A", "B")["patients"])
    assert names(stage) == ["A"], "B does not match"


def test_a_retrieve_that_did_not_end_is_offered_at_the_next_start(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled
    from OrthancConnectCore.shared.query import keyed_series
    from OrthancConnectCore.shared.series import SeriesTarget
    from OrthancConnectLib.logic.logic import OrthancConnectLogic

    start(stage)
    stage.world.worker.answer(page("A", "B"))
    targets = [SeriesTarget(*key) for key, _series in keyed_series(stage.logic.query.patients)]
    stage.logic.retrieve(targets, "HTTPS", "A and B", to_load=("1.66.1",))
    (kept,) = stage.world.store.states["retrieves"]
    assert kept["studies"] == ["study-A", "study-B"] and "A and B" not in repr(kept)
    again = Stage()
    again.world.store.states["retrieves"] = [kept, {"server": 3}, "x"]
    again.logic = OrthancConnectLogic(again.world.adapters)
    again.connect()
    assert again.logic.kept.series == 2
    again.logic.resume_kept()
    method, params = again.world.worker.requests[-1][:2]
    assert (method, params["study_orthanc_ids"]) == ("studies.describe", ["study-A", "study-B"])
    again.world.worker.answer(page("A", "B")["patients"])
    (transfer,) = again.logic.log.transfers
    assert transfer.state == "running" and transfer.request.to_load == ("1.66.1",)
    assert [one.series_instance_uid for one in transfer.request.targets] == ["1.65.1", "1.66.1"]
    again.logic.cancel(transfer)
    again.world.worker.fail(OperationCancelled())
    assert again.world.store.states["retrieves"] == []
