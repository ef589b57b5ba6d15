"""The panel's query: every filter, the tree, what stays plain text, what is said when empty."""

from __future__ import annotations

import datetime
from typing import Any, Dict, List

from Support.data.dicom import (
    PATIENTS,
    Patient,
    stable_uid,
    write_ct_series,
    write_slice,
    write_small_instances,
)
from Support.scenarios.panel_bench import PanelBench

NURIA, JIRI, JURGEN = PATIENTS
SMALL: Dict[str, Any] = {"rows": 32, "columns": 32}


def store_three_patients(context: Any, seed: int) -> None:
    """Put three patients on the server: two series of one, one of each of the others.

    With a seed for each scenario they are new to Slicer's database, whoever ran before.
    """
    folder = context.new_folder("three")
    today = datetime.date.today()
    small = {**SMALL, "seed": seed}
    files = [
        *write_ct_series(folder / "a", NURIA, slices=6, series_description="Axial 1 mm", **small),
        *write_ct_series(
            folder / "b", NURIA, slices=4, series_number=4, series_description="Coronal", **small
        ),
        *write_ct_series(
            folder / "c",
            JIRI,
            study="CT hrudníku",
            study_date=(today - datetime.timedelta(days=3)).strftime("%Y%m%d"),
            accession_number="ACC0044",
            slices=6,
            **small,
        ),
        *write_ct_series(
            folder / "d",
            JURGEN,
            study="Thorax nativ",
            study_date=today.strftime("%Y%m%d"),
            accession_number="XYZ0071",
            slices=6,
            **small,
        ),
    ]
    context.server.store(*files)


def _patients(rows: List[List[str]]) -> List[str]:
    """The family names in the tree."""
    return [row[1].split(",")[0] for row in rows if row[0] == "0"]


def scenario_query_with_each_filter(context: Any) -> None:
    """Each filter alone, and none; Enter in a field queries as the button does."""
    store_three_patients(context, 101)
    with PanelBench(context) as bench:
        bench.connected()
        everybody = ["Müller", "Pérez", "Šimůnek"]
        assert _patients(bench.query()) == everybody
        ui = bench.query_ui
        ui.moreButton.checked = True
        assert not ui.moreBox.isHidden()
        for field, text, expected in (
            ("nameEdit", "Pérez", ["Pérez"]),
            ("nameEdit", "perez", ["Pérez"]),
            ("nameEdit", "Šimůnek, Jiří", ["Šimůnek"]),
            ("idEdit", "PAT0071", ["Müller"]),
            ("modalityCombo", "CT", everybody),
            ("modalityCombo", "MR", []),
            ("modalityCombo", "MR, CT", everybody),
            ("accessionEdit", "ACC", ["Pérez", "Šimůnek"]),
            ("descriptionEdit", "Thorax", ["Müller"]),
            ("descriptionEdit", "hrudníku", ["Šimůnek"]),
            ("seriesDescriptionEdit", "coronal", ["Pérez"]),
            ("birthEdit", "1950-11-21", ["Šimůnek"]),
            ("sexEdit", "F", ["Pérez"]),
            ("dateCombo", "1", ["Müller"]),
            ("dateCombo", "2", ["Müller", "Šimůnek"]),
            ("dateCombo", "3", ["Müller", "Šimůnek"]),
        ):
            assert _patients(bench.query(**{field: text})) == expected, (field, text)
            bench.query(**{field: {"modalityCombo": "any", "dateCombo": "0"}.get(field, "")})
        _range(bench)
        ui.dateCombo.currentIndex = 0
        ui.nameEdit.text = "Müll"
        ui.nameEdit.returnPressed()
        bench.wait(lambda: _patients(bench.tree_rows()) == ["Müller"], "the query by Enter")
        ui.moreButton.checked = False
        ui.nameEdit.text = "back\\slash"
        bench.click(ui.queryButton)
        assert "backslash" in ui.queryError.text and not bench.logic.query.running


def _range(bench: PanelBench) -> None:
    import qt

    ui = bench.query_ui
    ui.dateCombo.currentIndex = 4
    assert not ui.rangeBox.isHidden()
    ui.fromDate.date = qt.QDate(2026, 3, 1)
    ui.toDate.date = qt.QDate(2026, 3, 2)
    assert "Pérez" in _patients(bench.query())
    ui.toDate.date = qt.QDate(2026, 2, 1)
    bench.click(ui.queryButton)
    assert "before it begins" in ui.queryError.text


def scenario_the_tree_shows_what_there_is(context: Any) -> None:
    """Names as people read them, dates, modalities, numbers; the DICOM value in the tooltip."""
    store_three_patients(context, 102)
    with PanelBench(context) as bench:
        bench.connected()
        rows = bench.query()
        patient = next(row for row in rows if row[1].startswith("Pérez"))
        assert patient[1] == "Pérez, Núria  ·  PAT0012  ·  F  ·  born 1961", patient
        assert patient[3:] == ["CT", "10", ""] and patient[2].endswith(" 2026"), patient
        study = next(row for row in rows if row[1] == "Tórax con contraste")
        assert study[0] == "1" and study[2].startswith("2 ") and study[2].endswith(" 2026"), study
        assert study[3:] == ["CT", "10", ""], study
        series = next(row for row in rows if row[1] == "3  Axial 1 mm")
        assert (series[0], series[3], series[4], series[5]) == ("2", "CT", "6", ""), series
        assert len(rows) == 3 + 3 + 4
        item = bench.find("patient", "PAT0012")
        assert "PatientName: Pérez^Núria" in item.toolTip(0)
        assert "3 patients, 3 studies  ·  over HTTPS" in bench.query_ui.countLabel.text
        assert not bench.query_ui.retrieveButton.enabled
        assert "Select" in bench.query_ui.retrieveButton.toolTip
        bench.select(("patient", "PAT0012"))
        assert len(bench.panel.query.tree.selected_targets()) == 2
        bench.select(("patient", "PAT0012"), ("patient", "PAT0044"))
        targets = bench.panel.query.tree.selected_targets()
        assert len(targets) == 3 and {target.patient_id for target in targets} == {
            "PAT0012",
            "PAT0044",
        }
        assert bench.query_ui.retrieveButton.enabled


def scenario_server_text_stays_plain(context: Any) -> None:
    """HTML and control characters in names and descriptions are shown as they are written."""
    import qt

    html = "<img src>^<b>Eva</b>"
    patient = Patient("<i>ID</i>", html, "F", "19700101")
    files = write_ct_series(
        context.new_folder("html"),
        patient,
        study="<h1>big</h1>",
        series_description="<a href='file:///'>open\u202e</a>\u2066",
        slices=2,
        **SMALL,
    )
    context.server.store(*files)
    with PanelBench(context) as bench:
        bench.connected()
        rows = bench.query()
        assert "<img src>, <b>Eva</b>" in rows[0][1], rows
        assert rows[1][1] == "<h1>big</h1>" and "<a href='file:///'>" in rows[2][1], rows
        assert all(text.isprintable() for row in rows for text in row), rows
        item = bench.query_ui.resultTree.topLevelItem(0)
        for text in (item.toolTip(0), item.child(0).toolTip(0), item.child(0).child(0).toolTip(0)):
            assert "<b>" not in text and "<h1>" not in text and "<a " not in text, text
            assert "&lt;" in text
        bench.select(("patient", "<i>ID</i>"))
        transfer = bench.run_transfer(bench.query_ui.retrieveButton)
        assert transfer.state == "done", transfer.error
        tree = bench.panel.transfers.ui.transferTree
        assert "<b>Eva</b>" in tree.topLevelItem(0).text(0)
        for column in (0, 1):
            assert "<b>" not in tree.topLevelItem(0).toolTip(column)
        labels = bench.panel.widget.findChildren("QLabel")
        for label in labels:
            if "<b>" in label.text or "<img" in label.text:
                assert label.textFormat == qt.Qt.PlainText, label.objectName
            assert "<b>" not in label.toolTip


def scenario_two_patients_with_the_same_uids_are_two_lines(context: Any) -> None:
    """Each has its own numbers; Slicer's database can hold one of them, and whose is told."""
    common = {
        name: stable_uid("shared", name) for name in ("StudyInstanceUID", "SeriesInstanceUID")
    }
    for owner, count in (("TWIN_A", 3), ("TWIN_B", 2)):
        for number in range(count):
            path = context.new_folder("twins") / "one.dcm"
            uid = stable_uid("shared", "instance", number)
            write_slice(path, owner, number, PatientName="Twin^X", SOPInstanceUID=uid, **common)
            context.server.store(path)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query()
        bench.wait(lambda: len(bench.tree_rows()) == 6, "both patients")
        bench.wait(bench._tree_is_full, "the numbers")
        rows = bench.tree_rows()
        assert [row[1].split("  ·  ")[1] for row in rows if row[0] == "0"] == ["TWIN_A", "TWIN_B"]
        assert [row[4] for row in rows if row[0] == "2"] == ["3", "2"], rows
        bench.select(("patient", "TWIN_A"))
        transfer = bench.run_transfer(bench.query_ui.retrieveButton)
        owner = bench.logic.adapters.database.patient_of_series(common["SeriesInstanceUID"])
        told = [row[5] for row in bench.tree_rows() if row[0] == "1"]
        states = dict(zip(("TWIN_A", "TWIN_B"), told))
        other = "TWIN_B" if owner == "TWIN_A" else "TWIN_A"
        assert states[other] == "✕ other patient" != states[owner], (states, transfer.state)
        explained = bench.find("patient", other).child(0).toolTip(5)
        assert owner in explained and "only one of the two" in explained, explained
        rows = bench.query(idEdit="TWIN_B")
        assert "TWIN_A" not in str(rows) and "TWIN_B" in str(rows), rows


def scenario_empty_server_and_no_match(context: Any) -> None:
    """An empty list says what to try."""
    with PanelBench(context) as bench:
        assert "connected" in bench.query_ui.emptyLabel.text
        assert not bench.query_ui.queryButton.enabled
        assert "Connect" in bench.query_ui.queryButton.toolTip
        bench.connected()
        assert bench.query() == []
        assert "no images yet" in bench.query_ui.emptyLabel.text
        assert bench.query(nameEdit="Nobody") == []
        assert "Nothing on the server matches" in bench.query_ui.emptyLabel.text
        assert bench.query_ui.resultStack.currentIndex == 0
        bench.click(bench.server_ui.disconnectButton)
        bench.reconnect()
        assert "Press Query" in bench.query_ui.emptyLabel.text


def scenario_a_query_can_be_cancelled_and_limited(context: Any) -> None:
    """Cancel keeps what was found; more studies than the limit are told, and More shows them."""
    files = write_small_instances(context.new_folder("many"), count=24, patients=12, series=2)
    context.server.store(*files)
    with PanelBench(context) as bench:
        bench.connected()
        ui = bench.query_ui
        bench.click(ui.queryButton)
        assert not ui.cancelQueryButton.isHidden() and not ui.queryButton.enabled
        assert "already" in ui.queryButton.toolTip
        bench.click(ui.cancelQueryButton)
        assert bench.logic.query.state == "cancelled" and ui.queryButton.enabled
        context.wait(seconds=0.5)
        assert bench.logic.query.state == "cancelled"
        from OrthancConnectCore.shared.query import QueryFilters

        bench.logic.start_query(QueryFilters(), 5)
        bench.wait(lambda: bench.logic.query.state == "done", "the limited query")
        assert bench.logic.query.studies == 5 and bench.logic.query.truncated
        assert "first 5 studies" in ui.countLabel.text and not ui.moreResultsButton.isHidden()
        for studies in (10, 12):
            bench.click(ui.moreResultsButton)
            bench.wait(lambda: bench.logic.query.state == "done", "the next page")
            assert bench.logic.query.studies == studies
        assert ui.moreResultsButton.isHidden()


def scenario_a_large_answer_leaves_the_panel_free(context: Any) -> None:
    """300 patients, 600 series: filled in slices; the largest gap of a 20 ms timer is reported."""
    files = write_small_instances(
        context.new_folder("large"), count=600, patients=300, series=2, size=4
    )
    context.server.store(*files)
    with PanelBench(context) as bench:
        bench.connected()
        bench.query(nameEdit="Nobody")  # what is loaded at the first use is loaded now
        bench.query_ui.nameEdit.text = ""
        with context.measured_gap() as gap:
            bench.click(bench.query_ui.queryButton)
            bench.wait(lambda: not bench.logic.query.running, "the query", 60)
            while bench.logic.query.limited:
                bench.click(bench.query_ui.moreResultsButton)
                bench.wait(lambda: not bench.logic.query.running, "the next page", 60)
            bench.wait(bench._tree_is_full, "the tree", 60)
        assert len(bench.tree_rows()) == 300 + 300 + 600
        context.note(f"query of 600 series: largest gap of a 20 ms timer {gap[0]:.0f} ms")
        assert gap[0] < 1000, gap
