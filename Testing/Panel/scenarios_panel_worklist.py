"""Labels and work lists in the panel."""

from __future__ import annotations

import json
from typing import Any, List, Tuple

from scenarios_panel_query import SMALL
from scenarios_panel_transfers import _volumes
from scenarios_panel_tree import LABELS, _choose, _column, _settled

from Support.data.dicom import PATIENTS, write_ct_series
from Support.scenarios.drawn import draw_segmentation
from Support.scenarios.panel_bench import PanelBench

NURIA = PATIENTS[0]


def _labels_there(context: Any, resource: str) -> List[str]:
    """What the server has of a resource's labels, its own or in metadata."""
    server = context.server
    where = "labels" if server.version >= (1, 12) else "metadata/5101"
    return list(json.loads(server.request("GET", f"{resource}/{where}")))


def scenario_labels_are_shown_and_changed(context: Any) -> None:
    """By the list's menu: of a study and of a series; a work list's own are left alone."""
    context.server.store(*write_ct_series(context.new_folder("ct"), NURIA, slices=2, **SMALL))
    (study,) = context.server.get_json("/studies")
    (series,) = context.server.get_json("/series")
    uids = context.targets()[0]
    _put_labels(context, study, f"task_{LIST}")
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        _column(bench, "Labels")
        bench.select(("patient", NURIA.patient_id))
        bench.panel.query.list.fill_menu()
        actions = {str(one.text): one for one in bench.panel.query.list.menu.actions()}
        assert not actions["Labels…"].enabled
        bench.select(("study", uids.study_instance_uid))
        bench.panel.query.list.fill_menu()
        _choose(bench, "Labels…")
        ui, labels = bench.panel.query.labels.ui, bench.logic.rooms.labels
        bench.wait(lambda: labels.state == "done", "the labels")
        assert ui.ownLabelsEdit.text == "" and not bench.panel.query.labels.widget.isHidden()
        bench.type(ui.ownLabelsEdit, "lung, no good!")
        bench.click(ui.saveLabelsButton)
        assert "is no label" in ui.labelsMessage.text and labels.state == "done"
        bench.type(ui.ownLabelsEdit, "lung, teaching")
        bench.click(ui.saveLabelsButton)
        bench.wait(lambda: labels.saved, "the labels on the server")
        assert "Saved" in ui.labelsMessage.text
        assert _labels_there(context, f"/studies/{study}") == ["lung", f"task_{LIST}", "teaching"]

        def shown() -> str:
            return str(bench.find("study", uids.study_instance_uid).text(LABELS))

        bench.wait(lambda: shown() == f"lung, task_{LIST}, teaching", "the labels in the list")
        bench.type(ui.ownLabelsEdit, "teaching")
        bench.click(ui.saveLabelsButton)
        bench.wait(lambda: shown() == f"task_{LIST}, teaching", "the list without the label")
        assert _labels_there(context, f"/studies/{study}") == [f"task_{LIST}", "teaching"]
        bench.click(ui.closeLabelsButton)
        assert bench.panel.query.labels.widget.isHidden()

        bench.select(("series", uids.series_instance_uid))
        bench.panel.query.list.fill_menu()
        _choose(bench, "Labels…")
        bench.wait(lambda: labels.state == "done", "the series' labels")
        assert ui.ownLabelsEdit.text == ""
        bench.type(ui.ownLabelsEdit, "best")
        bench.click(ui.saveLabelsButton)
        bench.wait(lambda: labels.saved, "the label on the server")
        assert _labels_there(context, f"/series/{series}") == ["best"]

        bench.click(bench.query_ui.moreButton)
        assert len(bench.query(labelsEdit="teaching")) == 3
        assert bench.query(labelsEdit="lung") == []
        _settled(bench)


LIST = "lung-2026"


def _put_labels(context: Any, study: str, *labels: str) -> None:
    server, path = context.server, f"/studies/{study}"
    if server.version >= (1, 12):
        for label in labels:
            server.request("PUT", f"{path}/labels/{label}", b"")
    else:
        server.request("PUT", f"{path}/metadata/5101", json.dumps(labels).encode())


def _make_list(context: Any, reviews: bool = False, slices: int = 2) -> List[str]:
    """Store three studies, and put them on a list as the documents tell any program to do."""
    server, found = context.server, []
    for place, patient in enumerate(PATIENTS[:3]):
        sizes = {**SMALL, "slices": slices}
        files = write_ct_series(context.new_folder("ct"), patient, seed=place, **sizes)
        server.store(*files)
        series = server.get_json(f"/instances/{server.store(files[0])[0]}")["ParentSeries"]
        study = server.get_json(f"/series/{series}")["ParentStudy"]
        case = {"state": "todo", "place": place, "reviews": reviews}
        path = f"/studies/{study}/metadata"
        server.request("PUT", f"{path}/5102", json.dumps({LIST: case}).encode())
        _put_labels(context, study, f"task_{LIST}", f"task_{LIST}_todo")
        found.append(study)
    return found


def _case(context: Any, study: str) -> Any:
    kept = context.server.request("GET", f"/studies/{study}/metadata/5102")
    return json.loads(kept)[LIST]


def _settle_case(bench: PanelBench, what: str) -> Any:
    """Wait until the case is there and loaded."""
    lists = bench.logic.rooms.worklists
    bench.wait(lambda: not lists.running, what)
    assert lists.state == "done", lists.error
    bench.wait(lambda: not bench.logic.log.count("running"), "the transfers", 60)
    return lists.case


def scenario_my_cases_one_after_the_other(context: Any) -> None:
    """Next opens and loads one, and brings the following one; done and skipped are kept there."""
    studies = _make_list(context)
    before = len(_volumes())
    with PanelBench(context) as bench:
        panel, lists = bench.panel.worklist, bench.logic.rooms.worklists
        assert panel.widget.isHidden()
        bench.connected()
        bench.wait(lambda: not panel.widget.isHidden(), "the section")
        assert lists.unknown is (context.server.version < (1, 12))
        ui = panel.ui
        ui.worklistSection.collapsed = False
        bench.wait(lambda: lists.lists, "the lists")
        assert not panel.widget.isHidden() and ui.personEdit.text == context.server.user
        assert f"My cases: {LIST}" in ui.worklistSection.text
        assert "3 left of 3" in ui.worklistSection.text
        assert not ui.doneCaseButton.enabled and ui.reviewBox.isHidden()
        bench.click(ui.nextCaseButton)
        case = _settle_case(bench, "the first case")
        assert case["orthanc_id"] == studies[0] and len(_volumes()) == before + 1
        assert _case(context, studies[0])["state"] == "doing"
        assert "Pérez" in ui.caseLabel.text and not ui.nextCaseButton.enabled

        def fetched() -> List[Any]:
            return [one.studies for one in bench.logic.log.transfers if one.ended]

        bench.wait(lambda: (studies[1],) in fetched(), "the following case, fetched meanwhile", 60)
        assert len(_volumes()) == before + 1 and (studies[2],) not in fetched()
        bench.click(ui.doneCaseButton)
        bench.wait(lambda: lists.case is not None and lists.case is not case, "the second case")
        case = _settle_case(bench, "the second case")
        assert case["orthanc_id"] == studies[1] and len(_volumes()) == before + 2
        assert _case(context, studies[0])["state"] == "done"
        assert "2 left of 3" in ui.worklistSection.text
        assert not ui.skipCaseButton.enabled
        bench.type(ui.skipEdit, "Sin contraste")
        bench.click(ui.skipCaseButton)
        bench.wait(lambda: lists.case is not None and lists.case is not case, "the third case")
        case = _settle_case(bench, "the third case")
        assert _case(context, studies[1])["reason"] == "Sin contraste" and ui.skipEdit.text == ""
        bench.click(ui.doneCaseButton)
        bench.wait(lambda: lists.outcome and not lists.running, "the end of the list")
        assert lists.case is None and "nothing left" in ui.worklistMessage.text
        assert [_case(context, one)["state"] for one in studies] == ["done", "skipped", "done"]
        bench.wait(lambda: "0 left of 3" in ui.worklistSection.text, "the heading")


def _connected(bench: PanelBench) -> Tuple[Any, Any]:
    """Connect, and unfold what there is to work through: its logic and its form."""
    bench.connected()
    lists, ui = bench.logic.rooms.worklists, bench.panel.worklist.ui
    ui.worklistSection.collapsed = False
    bench.wait(lambda: lists.lists, "the lists")
    return lists, ui


def scenario_a_case_is_taken_up_again_and_reviewed(context: Any) -> None:
    """What was open in a Slicer that went away is continued; a reviewer sends it back, or not."""
    studies = _make_list(context, reviews=True)
    with PanelBench(context) as bench:
        lists, ui = _connected(bench)
        bench.click(ui.nextCaseButton)
        _settle_case(bench, "the case")
    claim = _case(context, studies[0])["claim"]
    with PanelBench(context) as bench:
        lists, ui = _connected(bench)
        bench.click(ui.continueCaseButton)
        case = _settle_case(bench, "the same case")
        assert case["orthanc_id"] == studies[0] and case["claim"] != claim
        bench.click(ui.doneCaseButton)
        bench.wait(lambda: lists.case is not None and lists.case is not case, "the next case")
        _settle_case(bench, "the next case")
        assert _case(context, studies[0])["state"] == "review"
        bench.wait(lambda: not ui.reviewBox.isHidden(), "what waits for a reviewer")
        assert not ui.acceptCaseButton.enabled and ui.reviewCombo.count == 1
        bench.click(ui.openReviewButton)
        bench.wait(lambda: not lists.running, "the case to review")
        assert "Pérez" in ui.reviewLabel.text and not ui.rejectCaseButton.enabled
        bench.type(ui.noteEdit, "Falta el lóbulo izquierdo")
        bench.click(ui.rejectCaseButton)
        bench.wait(lambda: not lists.running, "the judgement")
        kept = _case(context, studies[0])
        assert (kept["state"], kept["note"]) == ("rejected", "Falta el lóbulo izquierdo")
        assert "Sent back" in ui.worklistMessage.text
        bench.type(ui.skipEdit, "Otro día")
        bench.click(ui.skipCaseButton)
        bench.wait(lambda: lists.case and lists.case["orthanc_id"] == studies[0], "it again")
        _settle_case(bench, "the case that was sent back")
        assert "Falta el lóbulo izquierdo" in ui.noteLabel.text
        # Somebody takes it away by hand: that is said, and the case is no longer this one's.
        kept = {LIST: {**_case(context, studies[0]), "user": "ana", "claim": "x"}}
        context.server.request(
            "PUT", f"/studies/{studies[0]}/metadata/5102", json.dumps(kept).encode()
        )
        bench.click(ui.doneCaseButton)
        bench.wait(lambda: lists.state == "failed", "the refusal")
        assert "ana has it" in ui.worklistMessage.text


def scenario_save_and_done_sends_what_was_drawn(context: Any) -> None:
    """The segmentation of the open case is on the server before the case is done."""
    context.needs("highdicom")
    studies = _make_list(context, slices=8)
    with PanelBench(context) as bench:
        lists, ui = _connected(bench)
        bench.click(ui.nextCaseButton)
        case = _settle_case(bench, "the first case")
        assert ui.doneCaseButton.text == "Done"
        draw_segmentation(_volumes()[-1])
        bench.logic.rooms.results.look()
        assert ui.doneCaseButton.text == "Save and done"
        bench.click(ui.doneCaseButton)
        bench.wait(lambda: lists.case is not case and not lists.running, "the next case", 60)
        _settle_case(bench, "the next case")
        assert _case(context, studies[0])["state"] == "done"
        series = context.server.get_json(f"/studies/{studies[0]}/series")
        assert sorted(one["MainDicomTags"]["Modality"] for one in series) == ["CT", "SEG"]
        assert ui.doneCaseButton.text == "Done"
