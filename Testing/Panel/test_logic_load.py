"""Which series are loaded, in which order, and what is asked before: the logic on fakes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Dict, List

import pytest

from Support.scenarios.logic_stage import Stage


def _series(stage: Stage, **modalities: str) -> List[Any]:
    """Let the query have found series of one study, and return them as targets."""
    from OrthancConnectCore.shared.query import PatientRecord, SeriesRecord, StudyRecord
    from OrthancConnectCore.shared.series import SeriesTarget

    records = tuple(
        SeriesRecord(name.replace("_", "."), number, modality, f"Series {number}", 2, f"id{number}")
        for number, (name, modality) in enumerate(modalities.items())
    )
    stage.logic.query.patients = (PatientRecord("P", studies=(StudyRecord("1", series=records),)),)
    return [SeriesTarget("P", "1", one.series_instance_uid) for one in records]


def _reference(of: str, uid: str, here: bool = True) -> Dict[str, Any]:
    from OrthancConnectCore.shared.query import SeriesRecord
    from OrthancConnectCore.shared.series import SeriesTarget

    target, record = SeriesTarget("P", "1", uid, "x", 2), SeriesRecord(uid, 3, "CT", "Axial")
    return {
        "of": of,
        "uid": uid,
        "target": asdict(target) if here else None,
        "series": asdict(record) if here else None,
    }


def test_few_images_are_loaded_without_a_question(stage: Stage) -> None:
    targets = _series(stage, _1_1="CT", _1_2="MR")
    stage.logic.retrieve_and_load(targets, "HTTPS", "title", render=True)
    (transfer,) = stage.logic.log.transfers
    assert list(transfer.request.to_load) == [".1.1", ".1.2"] and transfer.request.render
    assert [one.orthanc_id for one in transfer.request.targets] == ["id0", "id1"]
    assert stage.logic.load_choice.state == "done"


def test_what_is_referred_to_is_loaded_first(stage: Stage) -> None:
    choice = stage.logic.load_choice
    targets = _series(stage, _1_1="SEG", _1_2="CT", _1_3="RTSTRUCT")
    stage.logic.retrieve_and_load(targets, "HTTPS")
    method, params = stage.world.worker.requests[-1][:2]
    assert method == "series.references"
    assert params["series_instance_uids"] == [".1.1", ".1.3"] and choice.state == "running"
    rows = [_reference(".1.1", "1.9"), _reference(".1.1", ".1.2"), _reference(".1.3", "1.9")]
    stage.world.worker.answer(rows)
    assert choice.state == "asking" and choice.question.count("\n") == 2, choice.question
    assert "segmentation belongs to the series “3  Axial”, which is not here" in choice.question
    choice.answer(True)
    (transfer,) = stage.logic.log.transfers
    assert list(transfer.request.to_load) == [".1.2", "1.9", ".1.1", ".1.3"]
    assert len(transfer.request.targets) == 4 and choice.question == ""


@pytest.mark.parametrize("answered", ["no", "here", "nowhere", "error"])
def test_without_what_is_referred_to(stage: Stage, answered: str) -> None:
    """Left by the person, here already, not on the server, not to be asked for: it goes on."""
    from OrthancConnectCore.shared.errors import PermissionDeniedError

    choice = stage.logic.load_choice
    stage.logic.retrieve_and_load(_series(stage, _1_1="PR"), "HTTPS")
    if answered == "here":
        stage.put(**{"1_9": ["1.9.1"]})
    if answered == "error":
        stage.world.worker.fail(PermissionDeniedError("Not allowed.", "Ask."))
    else:
        stage.world.worker.answer([_reference(".1.1", "1.9", answered != "nowhere")])
    if answered == "no":
        choice.answer(False)
    (transfer,) = stage.logic.log.transfers
    expected = ["1.9", ".1.1"] if answered == "here" else [".1.1"]
    assert list(transfer.request.to_load) == expected and choice.state == "done"
    told = {"nowhere": "1.9, which the server has not", "error": "Not allowed."}.get(answered, "")
    assert told in str(transfer.notes) and bool(transfer.notes) is bool(told)


def test_more_than_five_are_a_choice_and_a_dropped_one_is_nothing(stage: Stage) -> None:
    choice = stage.logic.load_choice
    targets = _series(stage, _1="CT", _2="CT", _3="CT", _4="CT", _5="SR", _6="SEG")
    stage.logic.retrieve_and_load(targets, "HTTPS")
    assert choice.state == "asking" and stage.logic.log.transfers == []
    assert [choice.is_image(one) for one in targets] == [True] * 4 + [False] * 2
    assert choice.title_of(targets[0]) == "0  Series 0  ·  CT  ·  2"
    choice.forget()
    assert choice.state == "idle" and stage.logic.log.transfers == []
    stage.logic.retrieve_and_load(targets, "HTTPS")
    choice.choose([".3", ".1"])
    (transfer,) = stage.logic.log.transfers
    assert list(transfer.request.to_load) == [".1", ".3"] and len(transfer.request.targets) == 6


def test_one_that_cannot_be_loaded_does_not_end_the_others(stage: Stage) -> None:
    from OrthancConnectCore.shared.errors import InputError

    database = stage.world.database
    load = database.load_series

    def refuse(series_uid: str) -> Any:
        if series_uid == "1.1":
            raise InputError("Nothing to show.", "Choose another.")
        return load(series_uid)

    database.load_series = refuse  # type: ignore[method-assign]
    stage.put()
    transfer = stage.retrieve(then_load=True)
    stage.world.worker.answer({"1.1": {"1.1.1": "a"}, "1.2": {"1.2.1": "b"}})
    stage.world.advance(1)
    assert transfer.state == "done" and transfer.loaded == ["Volume"]
    assert transfer.notes == ["Series 1.1: Nothing to show. Choose another."]
    (facts,) = stage.world.scene.marks
    assert facts == {
        "Server": "server:8042",
        "Profile": "lab",
        "PatientID": "P",
        "StudyInstanceUID": "1",
        "SeriesInstanceUID": "1.2",
        "Modality": "CT",
    }


@pytest.mark.parametrize(
    ("modality", "found", "told"),
    [
        ("RTDOSE", {"lacks": "SlicerRT"}, "not doses. Install the extension SlicerRT (Ext"),
        ("CT", {"warnings": ["Multi-frame image."]}, "Multi-frame image."),
        ("CT", {"has_failed": True}, "Slicer's reader failed before its end. Slicer's Error Log"),
        ("CT", {"nodes": (), "has_failed": True}, "Slicer could not read it. Slicer's Error Log"),
        ("OT", {"nodes": (), "lacks": "X", "has_failed": True}, "series (OT). Install the exten"),
    ],
)
@pytest.mark.parametrize("local", [True, False])
def test_what_slicer_says_of_a_series_is_told(
    stage: Stage, modality: str, found: Dict[str, Any], told: str, local: bool
) -> None:
    database = stage.world.database
    database.found["1.1"] = found
    database.modality_of_series = lambda _uid: modality  # type: ignore[method-assign]
    stage.put()
    if local:
        said = stage.logic.local.load(["1.1", "1.2"])
        assert said.startswith("Volume") and told.rstrip(".") in said
        if found.get("nodes") == ():
            with pytest.raises(Exception, match="This Slicer|could not read"):
                stage.logic.local.load(["1.1"])
        return
    transfer = stage.retrieve(then_load=True)
    stage.world.worker.answer({"1.1": {"1.1.1": "a"}, "1.2": {"1.2.1": "b"}})
    stage.world.advance(1)
    (note,) = transfer.notes
    assert transfer.state == "done" and note.startswith("Series 1.1: ") and told in note


def test_series_here_are_loaded_after_those_that_they_refer_to(stage: Stage) -> None:
    database = stage.world.database
    database.modality_of_series = {"1.1": "SEG", "1.2": "CT"}.get  # type: ignore[assignment]
    stage.put()
    stage.logic.local.load(["1.1", "1.2"])
    assert database.loaded == ["1.2", "1.1"]


def _progress(*offsets: int) -> Dict[str, Any]:
    volume = {"offsets": list(offsets)} if offsets else None
    return {"phase": "retrieve", "done": 1, "total": 3, "details": {"volume": volume}}


@pytest.fixture()
def arriving(stage: Stage) -> Any:
    """Give a retrieve over HTTPS of one series that is to be loaded, on its way in."""
    stage.targets = stage.targets[:1]
    transfer = stage.retrieve("HTTPS", then_load=True)
    stage.world.worker.answer({"1.1": {"1.1.1": "a", "1.1.2": "b", "1.1.3": "c"}})
    method, params = stage.world.worker.requests[-1][:2]
    assert method == "retrieve.https" and params["volume"] is True
    return transfer


def test_a_volume_is_filled_while_it_arrives_and_gives_way_to_slicers_own(
    stage: Stage, arriving: Any
) -> None:
    tell, volumes = stage.world.worker.requests[-1][4], stage.world.scene.volumes
    tell(_progress())
    assert volumes == []
    tell(_progress(0, 500, 0))
    assert volumes == [["shown", {0: 0, 1: 500, 2: 0}]]
    tell(_progress(500, 500, 500))
    assert volumes == [["shown", dict.fromkeys(range(3), 500)]]
    stage.world.database.arriving = {"1.1": {"1.1.1", "1.1.2", "1.1.3"}}
    stage.world.worker.answer({"receipt": {"operation": "retrieve"}, "unverified": {}})
    stage.world.advance(1)
    assert arriving.state == "done" and arriving.loaded == ["Volume"]
    assert volumes[0][0] == "removed" and len(volumes) == 1


@pytest.mark.parametrize("end", ["cancel", "other", "fault", "close"])
def test_a_volume_that_does_not_become_whole_goes_away(
    stage: Stage, arriving: Any, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    from OrthancConnectCore.shared.errors import OperationCancelled

    tell, scene = stage.world.worker.requests[-1][4], stage.world.scene
    tell(_progress(0, 500, 0))
    if end == "cancel":
        stage.logic.cancel(arriving)
        stage.world.worker.fail(OperationCancelled())
    elif end == "other":  # a slice of another form came
        tell(_progress())
    elif end == "fault":
        scene.fill_slice = lambda *_some: 1 / 0  # type: ignore[method-assign]
        tell(_progress(500, 500, 0))
        assert "can't be shown while it arrives" in caplog.text and arriving.state == "running"
    else:
        stage.logic.close()
    assert [volume[0] for volume in scene.volumes] == ["removed"]


def test_several_series_or_a_part_of_one_are_not_shown_before(stage: Stage) -> None:
    stage.put(**{"1_1": ["1.1.1"]})
    stage.targets = stage.targets[:1]
    stage.retrieve("HTTPS", then_load=True)
    stage.world.worker.answer({"1.1": {"1.1.1": "a", "1.1.2": "b"}})
    assert stage.world.worker.requests[-1][1]["volume"] is False


@pytest.mark.parametrize("fits", [True, False])
def test_a_slide_is_opened_at_a_level_by_the_worker(stage: Stage, fits: bool) -> None:
    world = stage.world
    world.database.modality_of_series = lambda _uid: "SM"  # type: ignore[method-assign]
    stage.put()
    stage.targets = stage.targets[:1]
    transfer = stage.retrieve("HTTPS", then_load=True)
    world.worker.answer({"1.1": {"1.1.1": "a"}})
    world.advance(1)
    method, params, _result, _error, tell = world.worker.requests[-1]
    assert method == "slide.show" and params["path"] == "/temporary/slide"
    tell({"phase": "slide", "done": 3, "total": 9})
    assert transfer.progress.done == 3
    shown = {"size": [30, 20], "spacing": [0.1, 0.2]}
    sizes = [[3000, 2000], [30, 20]]
    world.worker.answer({"levels": sizes, "shown": shown if fits else None})
    told = "3000 × 2000, 30 × 20" + " (shown)" * fits
    assert transfer.notes == [f"Levels of the slide Series 1.1: {told}."]
    assert world.scene.removed == ["/temporary/slide"]
    if fits:
        assert transfer.state == "done" and transfer.loaded == ["Volume"]
        slide = ("/temporary/slide", [30, 20], [0.1, 0.2], "Series 1.1")
        assert world.scene.slides == [slide] and world.database.loaded == []
    else:
        assert transfer.state == "incomplete" and "too large" in transfer.error.message
