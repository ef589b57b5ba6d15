"""Results without Slicer: what is ticked and written, what waits, and what is loaded again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Dict, List

from test_logic_query import page, start
from test_uploads import answer

from Support.scenarios.logic_stage import SECRET, Stage


def row(title: str, kind: str = "segmentation", **more: Any) -> Any:
    from OrthancConnectCore.shared.results import Source
    from OrthancConnectLib.protocols import SceneResult

    source = Source("P", more.pop("study", "1.2"), more.pop("series", "1.1"))
    return SceneResult(f"{kind} {title}", kind, kind, title, source, **more)


def look(stage: Stage, *rows: Any) -> Any:
    stage.world.results.rows = list(rows)
    results = stage.logic.rooms.results
    results.look()
    return results


def send(stage: Stage, mark: bool = False) -> Any:
    return stage.logic.rooms.results.send(*stage.logic.server(), mark)


def receipt(**counts: Any) -> Dict[str, Any]:
    from OrthancConnectCore.shared.receipts import Receipt

    return Receipt("send", method="REST", **counts).to_dict()


def fate(
    result_id: str, outcome: str = "sent", series: str = "1.9", package: str = ""
) -> Dict[str, Any]:
    return {
        "result_id": result_id,
        "outcome": outcome,
        "study_orthanc_id": "study",
        "series_instance_uid": series,
        "package": package,
    }


def asked(stage: Stage, method: str) -> List[Any]:
    """What one of the worker's methods was asked with."""
    return [one[1] for one in stage.world.worker.requests if one[0] == method]


def test_what_is_new_or_changed_is_ticked(stage: Stage) -> None:
    results = look(
        stage,
        row("new"),
        row("sent", origin="a", was_sent=True, changed=False),
        row("changed", origin="b", was_sent=True, changed=True),
        row("unknown", origin="c", was_sent=True),
        row("homeless", reason="It belongs to no study."),
        row("once more", "contours"),
        row("all", "scene"),
    )
    assert [one.title for one in results.chosen] == ["new", "changed"] and results.earlier == 1
    results.tick("scene all", True)
    results.tick("segmentation new", False)
    results.tick("segmentation homeless", True)
    assert [one.title for one in results.chosen] == ["changed", "all"]


def test_measurements_of_a_series_are_one_report(stage: Stage) -> None:
    """One that was sent goes whole, so that its new version lacks nothing."""
    kind = "measurements"
    look(
        stage,
        row("first", kind, origin="r", was_sent=True, replaces="1.7", changed=False),
        row("second", kind, origin="r", was_sent=True, replaces="1.7", changed=True),
        row("third", kind),
        row("fourth", kind),
        row("elsewhere", kind, series="1.4"),
    )
    transfer = send(stage)
    for number in range(3):
        answer(stage, "results.new", {"folder": f"/state/results/{number}"})
    written = stage.world.results.written
    assert [titles for titles, _folder, _facts in written] == [
        ["first", "second"],
        ["third", "fourth"],
        ["elsewhere"],
    ]
    facts = [one[2] for one in written]
    assert (facts[0]["origin"], facts[0]["replaces"]) == ("r", "1.7")
    assert facts[1]["replaces"] is None and facts[1]["origin"] != facts[2]["origin"]
    assert facts[2]["title"] == "elsewhere" and facts[1]["title"] == "Measurements"
    assert facts[0]["author"] == "nuria" and "+" in facts[0]["created"]
    (params,) = asked(stage, "results.send")
    assert params["result_ids"] == ["0", "1", "2"] and params["mark_replaced"] is False
    assert params["password"] == SECRET
    done = receipt(expected=3, stored=3, verified=3)
    answer(stage, "results.send", {"receipt": done, "results": [fate("0"), fate("2")]})
    assert transfer.state == "done" and transfer.studies == ["study"]
    assert stage.world.results.sent == [(["first", "second"], "1.9"), (["elsewhere"], "1.9")]
    assert asked(stage, "results.waiting")


def test_what_failed_is_tried_again_from_the_disk(stage: Stage) -> None:
    look(stage, row("one"), row("two"))
    transfer = send(stage, mark=True)
    for name in "ab":
        answer(stage, "results.new", {"folder": f"/state/results/{name}"})
    half = receipt(expected=2, stored=1, failed=1)
    told = {"receipt": half, "results": [fate("a"), fate("b", "failed", package="highdicom")]}
    answer(stage, "results.send", told)
    assert (
        transfer.state == "incomplete"
        and transfer.lacks == "highdicom"
        and len(stage.world.results.written) == 2
    )
    stage.logic.log.retry(transfer)
    assert asked(stage, "results.send")[-1]["result_ids"] == ["b"]
    assert asked(stage, "results.send")[-1]["mark_replaced"] is True
    assert len(stage.world.results.written) == 2, "written a second time"
    whole = {"receipt": receipt(expected=1, stored=1), "results": [fate("b", series="1.10")]}
    answer(stage, "results.send", whole)
    assert stage.world.results.sent == [(["one"], "1.9"), (["two"], "1.10")]


def test_a_cancelled_sending_leaves_nothing_that_nobody_wanted(stage: Stage) -> None:
    look(stage, row("one"), row("two"))
    transfer = send(stage)
    answer(stage, "results.new", {"folder": "/state/results/a"})
    stage.logic.cancel(transfer)
    answer(stage, "results.new", {"folder": "/state/results/b"})
    assert transfer.state == "cancelled" and not asked(stage, "results.send")
    removed = {params["result_id"] for params in asked(stage, "results.remove")}
    assert removed == {"a", "b"}


def test_what_can_not_be_written_says_why(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import InputError

    look(stage, row("one"))
    for fault, words in (
        (InputError("It was changed while it was being written."), "changed"),
        (OSError(28, "No space left on device"), "No space"),
        (AttributeError("a fault of ours"), "fault of its own"),
    ):
        stage.world.results.fault = fault
        transfer = send(stage)
        answer(stage, "results.new", {"folder": "/state/results/a"})
        assert transfer.state == "failed" and words in transfer.error.message
        assert asked(stage, "results.remove")[-1] == {"result_id": "a"}
    assert not asked(stage, "results.send")


def waiting(*ids: str, **more: Any) -> List[Dict[str, Any]]:
    return [
        {"result_id": one, "title": one, "created": "2026-03-12T10:00:00+01:00", **more}
        for one in ids
    ]


def test_what_waits_is_offered_sent_or_removed(stage: Stage) -> None:
    results = stage.logic.rooms.results
    answer(stage, "results.waiting", [*waiting("a", "b"), *waiting("c", busy=True)])
    assert [one["result_id"] for one in results.waiting] == ["a", "b"]
    transfer = results.send_waiting(*stage.logic.server())
    assert asked(stage, "results.send")[-1]["result_ids"] == ["a", "b"]
    assert transfer.title == "a and 1 more" and not asked(stage, "results.new")
    gone = {"receipt": receipt(expected=2, stored=2, verified=2), "results": [fate("a")]}
    answer(stage, "results.send", gone)
    answer(stage, "results.waiting", waiting("b", fault="A file is missing."))
    results.remove_waiting()
    assert asked(stage, "results.remove")[-1] == {"result_id": "b"} and results.waiting == []
    stage.logic.disconnect_server()
    assert results.waiting == [], "offered without a server to send it to"


def found(title: str, kind: str = "segmentation", **more: Any) -> Dict[str, Any]:
    from OrthancConnectCore.shared.results import StudyResult

    more.setdefault("series_instance_uid", f"1.8.{len(title)}")
    return asdict(StudyResult(kind, title, "Ana", "2026-03-12T10:00:00", 10, "study", **more))


def fetched(title: str, series: str = "1.1") -> Dict[str, Any]:
    from OrthancConnectCore.shared.results import Item, Result, Source

    item = Item("point", "P", (1.0, 0.0, 0.0), ((0.0, 0.0, 0.0),))
    source = Source("P", "1", series)
    told = Result("measurements", title, "2026-03-12T10:00:00+01:00", source, "o", items=(item,))
    return {"folder": f"/state/fetched/{title}", "result": told.to_dict()}


SCENE = {"series_instance_uid": "", "number": 5200, "sha256": "0" * 64}


def study_results(*found: Dict[str, Any]) -> Any:
    from OrthancConnectCore.shared.results import StudyResult

    return tuple(map(StudyResult.from_dict, found))


def load(stage: Stage, *found: Dict[str, Any], images: Any = (), volumes: Any = ()) -> Any:
    from OrthancConnectLib.logic.recall import ToLoad

    results = stage.logic.rooms.study_results
    wanted = ToLoad(study_results(*found), tuple(volumes), tuple(images), ("study",))
    results.load(*stage.logic.server(), wanted, "HTTPS")
    return results


def test_the_latest_are_loaded_unless_others_are_chosen() -> None:
    from OrthancConnectLib.logic.recall import latest

    listed = study_results(
        found("all", "scene", **SCENE),
        found("older", origin="x", version=1),
        found("the newest", origin="x", version=2),
        found("gone", replaced=True),
        found("report", "measurements"),
    )
    assert [one.title for one in latest(listed)] == ["the newest", "report"]


def test_images_come_first_and_then_their_results(stage: Stage) -> None:
    stage.world.results.loaded = {"1.2"}
    newest = found("the newest")
    results = load(stage, newest, found("report", "measurements"), images=stage.targets)
    answer(stage, "results.fetch", fetched("the newest", "1.1"))
    assert results.running
    answer(stage, "results.fetch", fetched("report", "1.2"))  # whose image is loaded
    assert results.state == "done"
    images, nodes = stage.logic.log.transfers
    assert images.request.to_load == ["1.1"] and nodes.state == "waiting"
    assert [one.series_instance_uid for one in images.request.targets] == ["1.1"]
    assert images.studies == ("study",)
    stage.put()
    answer(stage, "series.inventory", {"1.1": {"1.1.1": "a", "1.1.2": "b"}})
    stage.world.advance(1)
    assert images.state == "done" and nodes.state == "done", (images.error, nodes.error)
    assert [made[0] for made in stage.world.results.made] == ["the newest", "report"]
    assert stage.world.results.made[0][2] == newest["series_instance_uid"]
    assert nodes.receipt.stored == 2 and nodes.loaded == ["Volume", "Volume"]


def test_one_that_can_not_be_loaded_keeps_no_other_out(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import InputError

    stage.world.results.loaded = {"1.1"}
    load(stage, found("the newest"), found("report", "measurements"))
    answer(stage, "results.fetch", fetched("the newest"))
    stage.world.results.fault = InputError("A part of the result is not whole.", "")
    answer(stage, "results.fetch", fetched("report"))
    (nodes,) = stage.logic.log.transfers
    assert nodes.state == "incomplete" and nodes.receipt.failed == 2
    assert "not whole" in nodes.receipt.problems[0].reason
    stage.world.results.fault = ValueError("a fault of ours")
    again = stage.logic.log.retry(nodes)
    assert "fault of its own" in again.receipt.problems[0].reason


def test_a_volume_is_retrieved_and_a_scene_only_with_consent(stage: Stage) -> None:
    from OrthancConnectCore.shared.series import SeriesTarget

    given = {"images": stage.targets[:1], "volumes": [SeriesTarget("P", "1", "1.8.6")]}
    scene = found("all", "scene", **SCENE)
    results = load(stage, scene, **given)
    assert results.state == "asking" and "trust" in results.question
    results.answer(False)
    assert not asked(stage, "results.fetch") and not results.question
    (images,) = stage.logic.log.transfers
    assert list(images.request.to_load) == ["1.1", "1.8.6"]
    load(stage, scene, **given).answer(True)
    assert asked(stage, "results.fetch")[0]["result"]["number"] == 5200


def test_what_can_not_be_fetched_is_told(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import InputError

    results = load(stage, found("the newest"), images=stage.targets)
    stage.world.worker.fail(InputError("The server does not have the result.", ""))
    assert results.error is not None and results.state == "failed"
    assert not stage.logic.log.transfers
    load(stage, found("the newest"), images=stage.targets)
    results.stop()
    answer(stage, "results.fetch", fetched("late"))
    assert not stage.logic.log.transfers, "loaded though it was stopped"


def test_results_are_listed_a_study_at_a_time_and_anew_when_it_changed(stage: Stage) -> None:
    """What fails is not asked for again by itself; what was asked before a change is not heard."""
    from OrthancConnectCore.shared.errors import InputError, RequestTimeoutError

    details, listed = stage.logic.details, []  # type: Any, List[str]
    start(stage)
    stage.world.worker.answer(page("A", "B"))
    details.listed.connect(listed.append)

    def want(*studies: str) -> List[str]:
        details.want((), (), studies)
        return [one["study_orthanc_id"] for one in asked(stage, "results.of")]

    assert want("study-A", "study-B") == ["study-A"]
    answer(stage, "results.of", [found("one")])
    assert listed == ["study-A"] and details.results["study-A"] == study_results(found("one"))
    answer(stage, "results.of", InputError("The server does not have the study.", ""))
    assert listed == ["study-A", "study-B"] and want("study-A", "study-B") == listed
    stage.logic.query.look_again(["study-A"])
    assert want("study-A", "study-B") == [*listed, "study-A"]
    details.list_again(["study-A"])
    answer(stage, "results.of", [found("late")])
    assert "study-A" not in details.results and want("study-A")[3:] == ["study-A"]
    answer(stage, "results.of", [{"kind": "no result"}])
    assert "can't be used" in details.results["study-A"].message
    details.list_again(listed)
    assert want("study-A", "study-B")[4:] == ["study-A"]
    answer(stage, "results.of", RequestTimeoutError("The server is away.", ""))
    assert len(asked(stage, "results.of")) == 5, "asked again though the server is away"
    stage.logic.query.reset()
    assert details.results == {}
