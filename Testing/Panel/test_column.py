"""The panel's column keeps its width through everything that it shows, and cuts nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Callable, Dict, Iterator, Mapping

import pytest
from test_fit import NAME, WIDTH, resource_path, save, settle, words  # noqa: F401

from Support.scenarios.fit import cut_texts, english_texts, standing_out
from Support.scenarios.logic_stage import Stage

ADDRESS = f"https://{NAME}:8443/clinica/orthanc-principal"
PATH = "/home/nuria/Documentos/Radiologia/Estudios-2026/" + "a" * 60 + "/Copia del disco"
KEY = "/home/nuria/.local/share/orthancconnect/pseudonyms/" + "5" * 64 + ".csv"


class Column:
    """A panel on fakes in a scroll area as wide as Slicer's."""

    def __init__(self, scale: float) -> None:
        import qt

        from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile
        from OrthancConnectLib.panels.main import MainPanel

        self.stage = Stage()
        self.logic = self.stage.logic
        name = "Servidor de investigación del Hospital Universitario, PACS 2"
        self.profile = ServerProfile(name, ADDRESS, user="nuria.perez.garcia@hospital.example.org")
        self.logic.profiles.known = ProfileSet()
        self.panel: Any = MainPanel(self.logic, resource_path)
        self.panel.filling.cancel()
        for part in ("checkup", "query", "upload", "transfers", "listener"):
            getattr(getattr(self.panel, part).ui, part + "Section").collapsed = False
        self.module = qt.QWidget()
        layout = qt.QVBoxLayout()
        layout.addWidget(self.panel.widget)
        self.module.setLayout(layout)
        self.scroll = qt.QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setWidget(self.module)
        self.scroll.resize(int(WIDTH * scale), 900)
        self.scroll.show()

    def connect(self) -> None:
        """Know the server, and be connected to it."""
        from OrthancConnectCore.shared.profile import ProfileSet

        self.logic.profiles.known = ProfileSet((self.profile,), self.profile.name)
        self.logic.profiles.current_name = self.profile.name
        self.logic.profiles.changed.emit()
        self.logic.connect_server("x", lambda _question, answer: answer(True))
        self.answer({"trusted": True})
        system = {"name": self.profile.name, "version": "1.12.4-unstable", "dicom_aet": "ORTHANC"}
        self.answer(system)
        assert self.logic.connection.connected

    def answer(self, result: Any) -> None:
        """Answer the worker's latest request, or fail it."""
        worker = self.stage.world.worker
        (worker.fail if isinstance(result, Exception) else worker.answer)(result)

    def close(self) -> None:
        self.panel.close()
        self.scroll.hide()
        self.scroll.deleteLater()
        settle()


@pytest.fixture()
def column(words: Any) -> Iterator[Column]:  # noqa: F811
    """Give a column before its first connection."""
    made = Column(words)
    yield made
    made.close()


def fault(kind: str = "", **facts: Any) -> Any:
    """An error with the longest words that there are."""
    from OrthancConnectCore.shared import errors

    return getattr(errors, kind or "ConnectionFailedError")(
        f"{NAME}:8443 and this computer agree on no secure connection.",
        f"Use the address {ADDRESS}. Make this file writable: {PATH}",
        **facts,
    )


def first_fault(column: Column) -> None:
    """An address that can't be used."""
    ui = column.panel.server.ui
    ui.addressEdit.text = "https://user:secret@" + NAME
    column.panel.server.onConnectFirst()


def connecting(column: Column) -> None:
    """A certificate is looked at, the first time."""
    column.panel.server.ui.addressEdit.text = ADDRESS
    column.panel.server.onConnectFirst()


def failed(column: Column) -> None:
    """The server can't be reached, and the form with all settings is open, with faults."""
    column.connect()
    column.logic.disconnect_server()
    column.logic.connect_server("x", lambda _question, answer: answer(True))
    column.answer(fault())
    server = column.panel.server
    server.onEdit()
    server.form.ui.authCombo.currentIndex = 2
    for edit in (server.form.ui.callingEdit, server.form.ui.restUrlEdit, server.form.ui.scopeEdit):
        edit.text = "ñ" * 40
    server.form.onSave()


def connected(column: Column) -> None:
    """All chips, a hint, a question and a message."""
    column.connect()
    server, logic = column.panel.server, column.logic
    logic.connection.dicom, logic.connection.dicom_text = "silent", str(fault())
    logic.connection.accepted = True
    column.stage.world.listener.start(11112)
    logic.connection.system["dicom_aet"] = "ORTHANC-INVESTIG"
    logic.connection.changed.emit()
    server._onRemove()
    server._onPasswordKept(fault("MissingDependencyError", package="keyring"))


def listening(column: Column) -> None:
    """The listener's port is taken."""
    column.connect()
    listener = column.stage.world.listener
    listener.state, listener.port = "failed", 11112
    listener.message, listener.hint = fault().message, fault().hint
    listener.changed.emit()


def checked(column: Column) -> None:
    """Lines of a check-up and a registration."""
    from OrthancConnectCore.shared.check_lines import CheckLine, failed

    column.connect()
    logic, error = column.logic, fault()
    outcome = failed("x", error.message, error.hint, "register")
    line = CheckLine.of("registered", "Our AE title on the server", outcome, 0.1)
    logic.checkup.lines = (line,)
    logic.checkup.report = {"healthy": False, "seconds": 12.0, "summary": error.message}
    logic.checkup._set("done")
    entry = {"wanted": {"name": "s"}, "changes": [], "same_ae_title": [NAME, "SLICER" * 8]}
    logic.registration.plan = {
        "address": "fe80:0000:0000:0000:0202:b3ff:fe1e:8329",
        "may_be_anothers": True,
        "entries": [
            {**entry, "action": "add", "wanted": {"name": "SLICER" * 8}},
            {**entry, "action": "correct", "changes": [["Host", NAME, ADDRESS]]},
        ],
        "configuration_lines": ['"SLICER" : [ "SLICER", "' + NAME + '", 11112 ],'] * 2,
    }
    logic.registration._set("asking")


def found(column: Column) -> None:
    """A query's results, a retrieve that runs, and one that has ended with remarks."""
    from OrthancConnectCore.shared.query import PatientRecord, SeriesRecord, StudyRecord
    from OrthancConnectCore.shared.results import StudyResult

    column.connect()
    series = SeriesRecord("1.1", 3, "CT", "Axial 1 mm " * 6, 480)
    study = StudyRecord("1", "20260302", "Tórax con contraste " * 3, "ACC", ("CT",), (series,))
    study = replace(study, orthanc_id="study")
    result = StudyResult("segmentation", "Pulmón " * 9, "Núria", "2026-03-12T10:00", 1, "study")
    patient = PatientRecord("PAT0012" * 6, "Pérez de la Fuente^Núria", "19610101", "F", (study,))
    query = column.logic.query
    query.patients, query.counts = (patient,), {"1.1": 480}
    query.limit, query.truncated, query.counts_missing = 100, True, fault().message
    query._set("done")
    ended, running = transfer(column, "retrieve"), transfer(column, "retrieve")
    ended.notes = [fault().message]
    ended.loaded = ["3: Axial 1 mm " * 4]
    column.logic.log.finish(ended, receipt("retrieve"), fault())
    column.panel.query.progress.follow(running)
    column.panel.query.ui.progressBox.show()
    column.panel.query.ui.methodCombo.currentIndex = 2
    settle()
    column.logic.details.results["study"] = (result,)
    column.logic.details.listed.emit("study")
    settle()
    column.panel.query.ui.resultTree.topLevelItem(0).setSelected(True)
    assert not column.panel.query.ui.loadResultsButton.isHidden()


def unfound(column: Column) -> None:
    """A query that did not work, with all filters open."""
    column.connect()
    ui = column.panel.query.ui
    ui.moreButton.checked = ui.followButton.checked = True
    ui.dateCombo.currentIndex = 4
    column.logic.query._set("failed", fault("DimseError", refused=True))


def chosen(column: Column) -> None:
    """What is chosen to be uploaded, de-identified, with its preview."""
    from OrthancConnectCore.shared.series import SeriesRow

    column.connect()
    choice, panel = column.logic.choice, column.panel.upload
    choice.paths = [PATH, PATH + "2", PATH + "3", PATH + "4"]
    row = SeriesRow("PAT0012", "Pérez^Núria", "1", "20260302", "Tórax", "1.1", 3, "CT", "Axial")
    choice.rows = {row.key: row}
    choice.problem_count, choice.files = 1234567, 7654321
    choice._set("stopped")
    ui = panel.ui
    ui.verifyCheck.checked = ui.deidentifyCheck.checked = ui.optionsButton.checked = True
    ui.labelsEdit.text = "sin etiqueta!, " * 12
    panel.options.tell_fault(fault("MissingDependencyError", package="dicognito"))
    warning = {"message": fault().message}
    change = {"keyword": "PatientName", "tag": "0010,0010", "before": NAME, "after": NAME}
    one = {"series_instance_uid": "1.1", "item": PATH, "warnings": [warning], "changes": [change]}
    panel.options.preview._show([one])
    panel.refresh()


def transfer(column: Column, operation: str, state: str = "running") -> Any:
    """A transfer that is under way."""
    from slicer.i18n import translate

    from OrthancConnectCore.shared.events import Progress
    from OrthancConnectLib.logic.transfers import Transfer

    request = SimpleNamespace(profile=column.profile, paths=(PATH,), job_id="job", studies=())
    made = Transfer(operation, "Pérez de la Fuente, Núria · " + "x" * 80, request, "C-GET")
    made.kind = lambda _transfer, _adapters, _log: None
    made.job = SimpleNamespace(start=lambda: None, stopping=False, abandon=lambda: None)
    phase = translate("logic.retrieve", "Fetching over HTTPS what is missing")
    made.state, made.phase = state, phase
    made.progress = Progress("upload", 118456, 240123, 10**9, 7 * 10**9, 54e6, 3700.0)
    column.logic.log.add(made)
    return made


def receipt(operation: str) -> Any:
    """A receipt with everything in it."""
    from OrthancConnectCore.shared.receipts import Problem, Receipt

    counts = dict(expected=240123, stored=118456, already_stored=1234, skipped=99, failed=12345)
    made = Receipt(operation, **counts, different=7, bytes=7 * 10**9, seconds=3725.0)
    made.method, made.problems = "C-MOVE + HTTPS", [Problem(PATH, "failed", *fault().args)]
    made.notes = [f"De-identified. Originals and pseudonyms are listed in {KEY}: keep it secret."]
    return made


def uploaded(column: Column) -> None:
    """Uploads that wait for the server, are paused, and have ended with remarks."""
    from dataclasses import replace

    from slicer.i18n import translate

    from OrthancConnectLib.wording import worded

    column.connect()
    away, paused, ended = (transfer(column, "upload") for _ in range(3))
    phase = translate("logic.upload", "{reason} The upload goes on by itself when it is back.")
    away.phase = phase.format(reason=worded(fault().message))
    away.progress = replace(away.progress, phase="waiting")
    column.logic.log.update(away)
    column.logic.log.update(paused, state="paused", error=fault("WorkerError"))
    column.logic.log.finish(ended, receipt("upload"), fault())
    column.panel.transfers.choose(ended, details=True)
    for _ in range(12):
        column.logic.log.finish(transfer(column, "retrieve"), receipt("retrieve"))
    transfer(column, "retrieve", "waiting")
    column.panel.transfers.choose(paused)


def administrating(column: Column) -> None:
    """Findings, a configuration to be written, and one that was: passwords, steps."""
    from OrthancConnectCore.shared.check_lines import CheckLine, failed

    panel = column.panel.administrators
    panel.ui.administratorsSection.collapsed = False
    column.answer({"patients": True, "file": PATH + "/audit.jsonl", "events": 123456})
    panel.check_files(PATH)
    line = CheckLine.of(
        "who_may",
        "What strangers may do over DICOM",
        failed("x", fault().message, fault().hint),
        0.0,
    )
    column.answer({"target": PATH, "lines": [vars(line)] * 3, "text": "Server check"})
    while panel._filling.running:
        settle()
    panel.ui.setupButton.checked = True
    form = panel.setup
    form.ui.folderEdit.currentPath = PATH
    form.ui.certificateCombo.currentIndex = 1
    form.onPreview()
    files = [{"path": f"{PATH}/{number}.json", "what": "changed"} for number in range(8)]
    plan = {"files": files, "shown": {}, "overwrites": 8, "notes": [fault().message]}
    column.answer({**plan, "plan_id": "1"})
    form.ui.writeButton.click()
    settle()
    assert cut_texts(panel.widget) == []
    form.ui.confirmButton.click()
    steps = ["Start all with it:", "  systemctl restart " + "orthanc " * 9]
    told = {**plan, "kept": [PATH], "steps": steps, "passwords": {"nuria": "abcde-" * 4}}
    column.answer(told)


def working(column: Column) -> None:
    """A case that came back from the reviewer, and others that wait for one; labels of a study."""
    column.connect()
    case = {
        "orthanc_id": "x",
        "patient_name": "Pérez de la Fuente Hernández^Núria María",
        "patient_id": "PAT0012",
        "study_description": "Tórax con contraste " * 3,
        "study_date": "20260928",
        "note": "Falta el lóbulo izquierdo. " * 6,
        "user": "maria-jose-hernandez-de-l",
    }
    lists = column.logic.rooms.worklists
    one = {"name": "l" * 24, "left": 123456, "cases": 234567, "review": [case], "open": [case]}
    lists.lists, lists.name, lists.user = [one, {**one, "name": "m" * 24}], "l" * 24, "u" * 60
    lists.case = lists.reviewed = case
    lists._set("failed", fault())
    settle()
    lists.case = None
    lists._set("done")
    labels = column.logic.rooms.labels
    labels.resource, labels.title = ("Study", "x"), "Tórax con contraste " * 4
    labels.labels = labels.known = ["etiqueta-muy-larga-de-un-estudio-" + str(n) for n in range(9)]
    labels._set("failed", fault())


STATES: Mapping[str, Callable[[Column], None]] = {
    state.__name__: state
    for state in (
        first_fault,
        connecting,
        failed,
        connected,
        listening,
        checked,
        found,
        unfound,
        chosen,
        uploaded,
        administrating,
        working,
    )
}


def test_what_is_closed_is_not_made_when_the_panel_opens(
    started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each form takes milliseconds of the first click on the module."""
    import OrthancConnectLib.panels.part as parts
    from OrthancConnectLib.panels.main import MainPanel

    made, load = [], parts.load_ui
    monkeypatch.setattr(parts, "load_ui", lambda *one: made.append(one[1]) or load(*one))
    stage = Stage()
    panel = MainPanel(stage.logic, resource_path)
    assert made == ["server_panel.ui", "query_panel.ui"]
    while panel.filling.running:
        settle()
    assert "registration_box.ui" in made and "room_panel.ui" in made and len(made) < 15
    assert not [one for one in stage.world.worker.requests if one[0] == "worker.info"]
    stage.logic.refresh()
    stage.logic.refresh()
    assert not [one for one in stage.world.worker.requests if one[0] == "worker.info"]
    stage.world.advance(0.1)
    assert len([one for one in stage.world.worker.requests if one[0] == "worker.info"]) == 1
    panel.close()


def test_the_column_keeps_its_width(column: Column, request: Any) -> None:
    """In each state it asks for the same width, below 420 pixels, and shows all of its texts."""
    asked: Dict[str, int] = {"": column.module.minimumSizeHint.width()}
    for name, state in STATES.items():
        state(column)
        settle()
        save(column.module, f"{name}-{request.node.callspec.id}")
        asked[name] = column.module.minimumSizeHint.width()
        widget = column.panel.widget
        needed, given = widget.minimumSizeHint.width(), widget.minimumWidth
        assert needed <= given, (name, needed, given, _widest(widget))
        assert "\n".join(cut_texts(column.module)) == "", name
        assert not [one for one in standing_out(column.module).values() if len(one) > 1], name
        if request.node.callspec.id != "plain":
            assert english_texts(column.module) == [], name
    assert len(set(asked.values())) == 1, asked


def _widest(widget: Any) -> Any:
    """The layouts that ask for most, to be read where it fails."""
    found = []
    for child in widget.findChildren("QLayout"):
        asked = child.minimumSize().width() if child.count() > 1 else 0
        found.append((asked, str(child.objectName)))
    return sorted(found)[-6:]
