"""Results without Slicer: what is ticked and written, what waits, and what is loaded again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Dict, List

import pytest
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


@pytest.fixture()
def study(stage: Stage) -> Any:
    """Give the results of a study, of which two are ticked at first."""
    results = stage.logic.rooms.study_results
    results.look(*stage.logic.server(), "study")
    scene = found("all", "scene", series_instance_uid="", number=5200, sha256="0" * 64)
    old = found("older", origin="x", version=1)
    new = found("the newest", origin="x", version=2)
    replaced = found("gone", replaced=True)
    answer(stage, "results.of", [scene, old, new, replaced, found("report", "measurements")])
    assert [one.title for one in results.chosen] == ["the newest", "report"]
    return results


def test_images_come_first_and_then_their_results(stage: Stage, study: Any) -> None:
    stage.world.results.loaded = {"1.2"}
    study.load(stage.targets, "HTTPS")
    answer(stage, "results.fetch", fetched("the newest", "1.1"))
    answer(stage, "results.fetch", fetched("report", "1.2"))  # whose image is loaded
    assert not study.loading
    images, nodes = stage.logic.log.transfers
    assert images.request.to_load == ["1.1"] and nodes.state == "waiting"
    assert [one.series_instance_uid for one in images.request.targets] == ["1.1"]
    stage.put()
    answer(stage, "series.inventory", {"1.1": {"1.1.1": "a", "1.1.2": "b"}})
    stage.world.advance(1)
    assert images.state == "done" and nodes.state == "done", (images.error, nodes.error)
    assert [made[0] for made in stage.world.results.made] == ["the newest", "report"]
    assert stage.world.results.made[0][2] == study.chosen[0].series_instance_uid
    assert nodes.receipt.stored == 2 and nodes.loaded == ["Volume", "Volume"]


def test_one_that_can_not_be_loaded_keeps_no_other_out(stage: Stage, study: Any) -> None:
    from OrthancConnectCore.shared.errors import InputError

    stage.world.results.loaded = {"1.1"}
    study.load([], "HTTPS")
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
    results = stage.logic.rooms.study_results
    results.look(*stage.logic.server(), "study")
    scene = found("all", "scene", series_instance_uid="", number=5200, sha256="0" * 64)
    answer(stage, "results.of", [found("smooth", "volume"), scene])
    results.tick("scene 5200", True)
    results.load(stage.targets[:1], "HTTPS", scenes=False)
    assert not asked(stage, "results.fetch")
    (images,) = stage.logic.log.transfers
    assert list(images.request.to_load) == ["1.1", "1.8.6"]
    assert images.request.targets[-1].study_instance_uid == "1"
    results.load(stage.targets[:1], "HTTPS")
    assert asked(stage, "results.fetch")[0]["result"]["number"] == 5200


def test_what_can_not_be_fetched_is_told(stage: Stage, study: Any) -> None:
    from OrthancConnectCore.shared.errors import InputError

    study.load(stage.targets, "HTTPS")
    stage.world.worker.fail(InputError("The server does not have the result.", ""))
    assert study.error is not None and not study.loading and not stage.logic.log.transfers
    study.load(stage.targets, "HTTPS")
    study.stop()
    answer(stage, "results.fetch", fetched("late"))
    assert not stage.logic.log.transfers, "loaded though it was stopped"


def test_another_study_or_server_shows_nothing_of_the_one_before(stage: Stage, study: Any) -> None:
    study.look(*stage.logic.server(), "other")
    assert study.found == [] and asked(stage, "results.of")[-1]["study_orthanc_id"] == "other"
    stage.logic.disconnect_server()
    assert study.study == "" and study.state == "idle"
