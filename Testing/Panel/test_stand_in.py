"""The stand-in behaves as Slicer does, traps included: after the sources of CTK and Slicer."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from dicom_data import write_small_instances


class Widget:
    """Takes what a signal brings."""

    def __init__(self) -> None:
        self.got: List[Any] = []

    def take(self, *arguments: Any) -> None:
        self.got.append(arguments)

    def take_none(self) -> None:
        self.got.append(())


# qt ------------------------------------------------------------------------------------------


def test_properties_are_attributes_and_methods_methods(standin: Any) -> None:
    """A Q_PROPERTY is an attribute; what is none stays a method, whatever PySide6 thinks."""
    import qt

    label, timer, tree = qt.QLabel("a"), qt.QTimer(), qt.QTreeWidget()
    label.text, label.enabled = "b", False
    assert (label.text, label.enabled, label.isEnabled()) == ("b", False, False)
    label.textFormat = qt.Qt.PlainText
    assert label.textFormat == qt.Qt.PlainText == 0
    timer.interval = 10.0 * 1000
    assert timer.interval == 10000 and timer.isActive() is timer.active is False
    assert tree.topLevelItemCount == 0 and tree.selectedItems() == ()
    item = qt.QTreeWidgetItem(["x"])
    item.setData(0, qt.Qt.UserRole, {"uid": "1.2"})
    tree.addTopLevelItem(item)
    assert tree.topLevelItem(0).data(0, qt.Qt.UserRole) == {"uid": "1.2"}
    assert label.sizeHint.width() > 0
    with pytest.raises(TypeError):
        label.text()


def test_new_attributes_on_cpp_objects_are_refused(standin: Any) -> None:
    """A misspelt property is an error on a widget, and fine on a Python subclass."""
    import ctk
    import qt

    class Mine(qt.QWidget):  # type: ignore[misc]
        pass

    for widget in (qt.QPushButton("a"), ctk.ctkCollapsibleButton()):
        with pytest.raises(AttributeError, match="not allowed"):
            widget.enabeld = True
        with pytest.raises(AttributeError):
            widget.setText = None
        with pytest.raises(AttributeError, match="no attribute"):
            _ = widget.enabeld
    mine = Mine()
    mine.remembered = 1
    with pytest.raises(AttributeError, match="not writable"):
        mine.sizeHint = 1
    with pytest.raises(AttributeError):
        ctk.ctkDICOMDatabase().isOpen = True


def test_connect_answers_and_trims(standin: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """connect and disconnect answer True or False; only functions and methods get less."""
    import qt

    button, taker, got = qt.QPushButton("a"), Widget(), []
    assert button.connect("clicked(bool)", taker.take)
    assert button.connect("clicked(bool)", taker.take_none)
    assert button.connect("clicked()", lambda: got.append("plain"))
    assert not button.connect("clicked(int)", taker.take)
    assert "No such signal QPushButton::clicked(int)" in capfd.readouterr().err
    button.click()
    assert taker.got == [(False,), ()] and got == ["plain"]
    assert button.disconnect("clicked(bool)", taker.take)
    assert not button.disconnect("clicked(bool)", taker.take)
    assert not button.disconnect("clicked(bool)", got.append)
    button.clicked.connect(taker.take)
    button.click()
    assert taker.got == [(False,), (), (), (False,)]


def test_a_slot_is_held_and_its_exception_swallowed(
    standin: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """PythonQt holds the callable, and prints what it raises."""
    import qt

    button, got = qt.QPushButton("a"), []

    class Short:
        def slot(self) -> None:
            got.append(1)
            raise ValueError("from the slot")

    button.connect("clicked()", Short().slot)
    button.click()
    button.click()
    assert got == [1, 1] and "from the slot" in capfd.readouterr().err


def test_what_pythonqt_has_not_is_not_there(standin: Any) -> None:
    """Names of newer Qt, of PySide6, and those that the wrapper leaves out."""
    import qt

    for path in (
        *("QThread", "Signal", "Slot", "QRestReply", "QWidget.screen", "QDate.toPython"),
        *("QNetworkRequest.setTransferTimeout", "QTimer.intervalAsDuration", "QPushButton.foo"),
    ):
        found: Any = qt
        with pytest.raises(AttributeError):
            for name in path.split("."):
                found = getattr(found, name)


def test_settings_are_text_after_a_restart(standin: Any) -> None:
    """Types live as long as the process; then everything is text, and a list of one a str."""
    import qt
    import slicer

    settings = qt.QSettings()
    for key, value in {"a": True, "n": 5, "one": ["x"], "two": ["x", "y"]}.items():
        settings.setValue(key, value)
    assert settings.value("a") is True and settings.value("missing") is None
    standin.reread_settings()
    again = slicer.app.userSettings()
    assert [again.value(key) for key in ("a", "n", "one")] == ["true", "5", "x"]
    assert again.value("two") == ("x", "y") and isinstance(again.allKeys(), tuple)
    assert slicer.util.settingsValue("a", False, converter=slicer.util.toBool) is True
    with pytest.raises(TypeError):
        again.value("a", False, type=bool)


def test_processes_talk_through_signals(standin: Any) -> None:
    """PythonSlicer runs Python; output comes by readyReadStandardOutput(), bytes by .data()."""
    import qt
    import slicer

    process, lines, ends = qt.QProcess(), [], []

    def read() -> None:
        lines.append(process.readAllStandardOutput().data())

    assert process.connect("readyReadStandardOutput()", read)
    assert process.connect("finished(int,QProcess::ExitStatus)", lambda *end: ends.append(end))
    program = os.path.join(slicer.app.slicerHome, "bin", "PythonSlicer")
    process.start(program, ["-c", "import sys; print(len(sys.stdin.read())); sys.exit(3)"])
    process.write(b"12345")
    process.closeWriteChannel()
    assert standin.process_events(lambda: ends, 20)
    assert b"".join(lines) == b"5\n" and ends == [(3, qt.QProcess.NormalExit)]
    assert process.state() == qt.QProcess.NotRunning == 0


FORM = """<ui version="4.0"><class>F</class><widget class="qMRMLWidget" name="F">
<layout class="QVBoxLayout" name="column"><item><widget class="ctkCollapsibleButton" name="section">
<property name="text"><string>Section</string></property>
<property name="collapsed"><bool>true</bool></property><layout class="QVBoxLayout" name="inner">
<item><widget class="QLineEdit" name="edit"/></item><item><widget class="QLabel" name="hidden"/>
</item><item><widget class="ctkPathLineEdit" name="path"><property name="filters">
<set>ctkPathLineEdit::Dirs|ctkPathLineEdit::Readable</set></property></widget></item></layout>
</widget></item></layout></widget><customwidgets>
<customwidget><class>qMRMLWidget</class><extends>QWidget</extends><header>a.h</header></customwidget>
<customwidget><class>ctkCollapsibleButton</class><extends>QWidget</extends><header>b.h</header>
</customwidget><customwidget><class>ctkPathLineEdit</class><extends>QWidget</extends>
<header>c.h</header></customwidget></customwidgets></ui>"""


def test_forms_get_their_ctk_widgets(standin: Any, tmp_path: Path) -> None:
    """loadUI and childWidgetVariables; a folded section hides all, and keeps hidden what was."""
    import ctk
    import slicer

    path = tmp_path / "form.ui"
    path.write_text(FORM, encoding="utf-8")
    form = slicer.util.loadUI(str(path))
    form.setMRMLScene(slicer.mrmlScene)
    ui = slicer.util.childWidgetVariables(form)
    assert isinstance(ui.section, ctk.ctkCollapsibleButton) and ui.section.collapsed
    assert ui.path.filters == ctk.ctkPathLineEdit.Dirs | ctk.ctkPathLineEdit.Readable
    told: List[bool] = []
    assert ui.section.connect("contentsCollapsed(bool)", told.append)
    form.show()
    ui.hidden.visible = False
    assert ui.edit.isHidden() and not ui.edit.visible
    ui.section.collapsed = False
    assert told == [False] and not ui.edit.isHidden() and ui.hidden.isHidden()
    paths: List[str] = []
    ui.path.connect("currentPathChanged(QString)", paths.append)
    ui.path.currentPath = str(tmp_path)
    assert paths == [str(tmp_path)] and not hasattr(ui.section, "setCollapsed")
    with pytest.raises(RuntimeError):
        slicer.util.loadUI(str(tmp_path / "none.ui"))


# slicer --------------------------------------------------------------------------------------

MODULE = """
import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import *

log = []

class Sample(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Sample")
        slicer.app.connect("startupCompleted()", lambda: log.append("started"))

class SampleWidget(ScriptedLoadableModuleWidget):
    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        log.append(self.resourcePath("UI"))
    def enter(self): log.append("enter")
    def exit(self): log.append("exit")
    def cleanup(self): log.append("cleanup")
"""


def test_modules_live_as_in_slicer(standin: Any, tmp_path: Path) -> None:
    """Loaded, started, shown, left, unloaded: in this order and with these names."""
    import slicer

    path = tmp_path / "Sample.py"
    path.write_text(MODULE, encoding="utf-8")
    module = standin.load_module(path)
    import Sample  # type: ignore[import-not-found]

    assert slicer.modules.sample is module and module.title == "Sample"
    assert not hasattr(slicer.modules, "SampleWidget") and not hasattr(slicer, "dicomDatabase")
    standin.start_up()
    assert Sample.log == ["started"] and hasattr(slicer, "dicomDatabase")
    slicer.util.selectModule("Sample")
    assert slicer.util.getModuleWidget("Sample") is slicer.modules.SampleWidget
    slicer.util.selectModule("DICOM")
    standin.close()
    assert Sample.log == ["started", str(tmp_path / "Resources" / "UI"), "enter", "exit", "cleanup"]


def test_slicer_has_no_names_of_slicer_core(standin: Any) -> None:
    """slicer-core puts slicer.util's functions on `slicer` as well: Slicer does not."""
    import slicer

    assert callable(slicer.util.loadUI) and not hasattr(slicer, "loadUI")
    assert slicer.vtkMRMLScene and not hasattr(slicer, "import_module")


def test_messages_are_kept_and_questions_refused(standin: Any) -> None:
    """In --testing nothing waits: errors are logged, a question is answered with False."""
    import slicer

    slicer.util.errorDisplay("Something is wrong")
    assert slicer.util.confirmYesNoDisplay("Shall I?") is False
    assert [(m.level, m.asks) for m in standin.messages] == [("ERROR", False), ("INFO", True)]
    assert standin.modal_events == []


def test_without_main_window(standin: Any) -> None:
    """--no-main-window: no layout manager, and no module can be selected."""
    standin.close()
    import slicer_stand_in

    bare = slicer_stand_in.install(main_window=False)
    import slicer

    assert slicer.app.layoutManager() is None and slicer.util.mainWindow() is None
    with pytest.raises(RuntimeError):
        slicer.util.selectModule("DICOM")
    bare.close()


def test_two_stand_ins_are_refused(standin: Any) -> None:
    """A process has one Slicer."""
    import slicer_stand_in

    with pytest.raises(RuntimeError, match="close"):
        slicer_stand_in.install()


def test_worker_line_protocol_survives_a_busy_panel(standin: Any) -> None:
    """20,000 lines of JSON come through readyReadStandardOutput() whole."""
    import qt
    import slicer

    script = "import json\nfor i in range(20000): print(json.dumps({'n': i, 'pad': 'x' * 40}))"
    process, buffer, ended = qt.QProcess(), bytearray(), []
    process.connect(
        "readyReadStandardOutput()",
        lambda: buffer.extend(process.readAllStandardOutput().data()),
    )
    process.connect("finished(int,QProcess::ExitStatus)", lambda: ended.append(1))
    process.start(slicer.app.slicerHome + "/bin/PythonSlicer", ["-c", script])
    assert standin.process_events(lambda: ended, 30)
    buffer.extend(process.readAllStandardOutput().data())
    assert [json.loads(line)["n"] for line in buffer.splitlines()] == list(range(20000))


# ctk: database and indexer -------------------------------------------------------------------


def _database(folder: Path, name: str = "ctkDICOM.sql") -> Any:
    import ctk

    database = ctk.ctkDICOMDatabase()
    assert database.openDatabase(str(folder / name), f"test-{folder.name}-{name}")
    return database


def test_database_gives_rows_tuples_and_dates(standin: Any, tmp_path: Path) -> None:
    """patients() are row numbers, lists are tuples, dates have dashes, missing is empty."""
    import ctk

    write_small_instances(tmp_path / "files", 6, patients=2)
    (tmp_path / "database").mkdir()
    database, indexer, counts = _database(tmp_path / "database"), ctk.ctkDICOMIndexer(), []
    told: List[str] = []
    database.connect("seriesAdded(QString)", told.append)
    indexer.connect("indexingComplete(int,int,int,int)", lambda *new: counts.append(new))
    indexer.addDirectory(database, str(tmp_path / "files"))
    indexer.addDirectory(database, str(tmp_path / "files"))
    assert counts == [(2, 2, 2, 6), (0, 0, 0, 0)] and told == []
    assert database.patients() == ("1", "2")
    (study,) = database.studiesForPatient("1")
    (series,) = database.seriesForStudy(study)
    assert database.fieldForStudy("StudyDate", study) == "2026-01-15"
    assert database.fieldForPatient("PatientID", "1").startswith("SMALL")
    assert database.fieldForSeries("EchoNumber", series) == "0"
    assert database.fieldForStudy("NoSuchField", study) == ""
    files = database.filesForSeries(series)
    assert isinstance(files, tuple) and len(files) == 3 and str(tmp_path / "files") in files[0]
    assert database.fileForInstance("1.2.3") == ""
    sop = database.instanceForFile(files[0])
    assert database.instanceValue(sop, "0010,0020") == database.fieldForPatient("PatientID", "1")
    database.removeSeries(series)
    assert database.patients() == ("2",) and Path(files[0]).exists()


def test_copied_files_belong_to_the_database(standin: Any, tmp_path: Path) -> None:
    """copyFile puts files under dicom/; a file that is no DICOM is left out without a word."""
    import ctk

    files = write_small_instances(tmp_path / "files", 3)
    (tmp_path / "files" / "notes.txt").write_text("not DICOM at all")
    database = _database(tmp_path)
    ctk.ctkDICOMIndexer().addListOfFiles(database, [*map(str, files)], True)
    for path in files:
        path.unlink()
    (series,) = database.seriesForStudy(database.studiesForPatient("1")[0])
    copies = database.filesForSeries(series)
    linked = write_small_instances(tmp_path / "linked", 1, seed=5)[0]
    database.insert(str(linked), False, False)
    assert all(Path(path).is_file() and "/dicom/" in path for path in copies) and len(copies) == 3
    database.removeSeries(series)
    assert not any(Path(path).exists() for path in copies)
    database.removeSeries(database.seriesForFile(str(linked)))
    assert not linked.exists()  # whatever lies in the database's folder counts as its own


def test_background_import_needs_its_reference(standin: Any, tmp_path: Path) -> None:
    """In the background it returns at once; an indexer that nobody keeps imports no more."""
    import ctk

    write_small_instances(tmp_path / "files", 400)
    database, indexer, counts = _database(tmp_path), ctk.ctkDICOMIndexer(), []
    indexer.backgroundImportEnabled = True
    indexer.connect("indexingComplete(int,int,int,int)", lambda *new: counts.append(new))
    indexer.addDirectory(database, str(tmp_path / "files"))
    assert indexer.importing and not counts
    assert standin.process_events(lambda: counts, 20) and counts == [(1, 1, 1, 400)]
    assert not indexer.importing
    other = _database(tmp_path, "other.sql")
    dropped = ctk.ctkDICOMIndexer()
    dropped.backgroundImportEnabled = True
    dropped.addDirectory(other, str(tmp_path / "files"))
    del dropped
    assert other.imagesCount() < 400


def test_datasets_without_names_and_closed_databases(
    standin: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An empty patient ID becomes the study's UID; a database that cannot open says why."""
    import ctk
    import pydicom

    (path,) = write_small_instances(tmp_path / "files", 1)
    dataset = pydicom.dcmread(path)
    dataset.PatientID = dataset.PatientName = ""
    dataset.save_as(path)
    database = _database(tmp_path)
    database.insert(str(path), False, False)
    (study,) = database.studiesForPatient("1")
    assert database.fieldForPatient("PatientID", "1") == study
    closed = ctk.ctkDICOMDatabase()
    assert not closed.openDatabase(str(tmp_path / "no" / "such" / "x.sql"), "closed")
    assert not closed.isOpen and "unable to open" in closed.lastError
    assert closed.patients() == () and "not open" in caplog.text


def test_connection_names_must_differ(standin: Any, tmp_path: Path) -> None:
    """A second object under a name takes it from the first; without names there is a warning."""
    import ctk

    first, second = ctk.ctkDICOMDatabase(), ctk.ctkDICOMDatabase()
    assert first.openDatabase(str(tmp_path / "a.sql"), "same")
    assert second.openDatabase(str(tmp_path / "b.sql"), "same")
    assert second.isOpen and not first.isOpen
    unnamed = [ctk.ctkDICOMDatabase() for _ in range(2)]
    with pytest.warns(RuntimeWarning, match="crashed Slicer"):
        for number, database in enumerate(unnamed):
            database.openDatabase(str(tmp_path / f"{number}.sql"))


# ctk: network --------------------------------------------------------------------------------


class Jobs:
    """A scheduler with all its signals recorded, and what must be kept with it."""

    def __init__(self, standin: Any, orthanc: Any, folder: Path) -> None:
        import ctk

        self.standin, self.database = standin, _database(folder)
        self.server = ctk.ctkDICOMServer()
        self.server.connectionName, self.server.host = "orthanc", "127.0.0.1"
        self.server.port, self.server.calledAETitle = orthanc.dicom_port, orthanc.aet
        self.server.callingAETitle = orthanc.calling_aet
        self.scheduler = ctk.ctkDICOMScheduler()
        self.scheduler.setDicomDatabase(self.database)
        self.scheduler.addServer(self.server)
        self.signals: List[Tuple[str, Any]] = []
        for name in ("Started", "Finished", "Failed", "AttemptFailed", "UserStopped"):
            assert self.scheduler.connect(f"job{name}(QList<QVariant>)", self._recorder(name))
        signature = "progressJobDetail(QList<QVariant>)"
        assert self.scheduler.connect(signature, self._recorder("progress"))

    def _recorder(self, name: str) -> Any:
        return lambda details: self.signals.append((name, details))

    def of(self, name: str) -> List[Any]:
        return [detail for told, details in self.signals for detail in details if told == name]

    def wait(self, name: str, job_type: int, count: int = 1, seconds: float = 20) -> List[Any]:
        def found() -> List[Any]:
            return [detail for detail in self.of(name) if detail.jobType() == job_type]

        assert self.standin.process_events(lambda: len(found()) >= count, seconds), self.signals
        return found()


@pytest.fixture()
def jobs(standin: Any, orthanc: Any, tmp_path: Path) -> Jobs:
    return Jobs(standin, orthanc, tmp_path)


def _fill(orthanc: Any, folder: Path, count: int = 30, patients: int = 3) -> List[Path]:
    files = write_small_instances(folder, count, patients=patients)
    orthanc.store(*files)
    return files


def test_query_and_retrieve_from_a_real_server(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """Studies of all patients by "*", series of one, C-GET: in the database after the inserter."""
    sources = _fill(orthanc, tmp_path / "files")
    jobs.scheduler.queryStudies("*")
    (query,) = jobs.wait("Finished", 2)
    inserter = jobs.wait("Finished", 9)[0]
    assert query.referenceInserterJobUID() == inserter.JobUID()
    (progress,) = [detail for detail in jobs.of("progress") if detail.jobType() == 2]
    assert len(progress.queriedStudyInstanceUIDs()) == progress.numberOfDataSets() == 3
    database = jobs.database
    names = {database.fieldForPatient("PatientsName", row) for row in database.patients()}
    assert names == {"Pérez^Núria", "Šimůnek^Jiří", "Müller^Jürgen"}
    row = database.patients()[0]
    patient_id, (study,) = (
        database.fieldForPatient("PatientID", row),
        database.studiesForPatient(row),
    )
    assert database.fieldForStudy("ModalitiesInStudy", study) == "CT"
    jobs.scheduler.querySeries(patient_id, study)
    jobs.wait("Finished", 9, 2)
    (series,) = database.seriesForStudy(study)
    assert database.filesForSeries(series) == ()
    changed: List[int] = []
    database.connect("databaseChanged()", lambda: changed.append(1))
    database.connect("instanceAdded(QString)", lambda uid: changed.append(-1))
    jobs.scheduler.retrieveSeries(patient_id, study, series)
    (retrieve,) = jobs.wait("Finished", 6)
    jobs.wait("Finished", 9, 3)
    files = database.filesForSeries(series)
    assert (
        len(files) == 10 and retrieve.referenceInserterJobUID() == jobs.of("Finished")[-1].JobUID()
    )
    told = [detail for detail in jobs.of("progress") if detail.jobType() == 6]
    assert {detail.JobUID() for detail in told} == {retrieve.JobUID()}
    assert len({detail.sopInstanceUID() for detail in told}) == 10 and len(told) == 20
    assert _pixels(files) <= _pixels(sources)
    assert set(changed) <= {1}  # threads write through connections of their own
    assert jobs.scheduler.numberOfRunningJobs == 0 and jobs.scheduler.numberOfJobs == 6


def _pixels(files: Any) -> set[bytes]:
    import pydicom

    return {pydicom.dcmread(path).PixelData for path in files}


@pytest.mark.parametrize(
    ("filters", "patients"),
    [
        ({}, 3),
        ({"Name": "rez"}, 1),
        ({"Name": "Núria"}, 1),
        ({"StudyInstanceUID": "1.2.3", "Bogus": "x"}, 3),
        ({"StartDate": "20300101"}, 3),
        ({"StartDate": "20300101", "EndDate": "20301231"}, 0),
        ({"Modalities": ["MR"]}, 0),
        ({"Modalities": ["MR", "CT"]}, 3),
        ({"Study": "ontro"}, 3),
        ({"AccessionNumber": "0002"}, 1),
    ],
)
def test_filters(
    jobs: Jobs, orthanc: Any, tmp_path: Path, filters: Dict[str, Any], patients: int
) -> None:
    """Substrings, unknown keys ignored, a date only with both ends, modalities by a list."""
    _fill(orthanc, tmp_path / "files", 3)
    jobs.scheduler.setFilters(filters)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 9)
    assert len(jobs.database.patients()) == patients


def test_patient_id_is_sent_as_it_is(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """queryStudies puts its argument into PatientID raw: wildcards work, "" is everything."""
    _fill(orthanc, tmp_path / "files", 3)
    for pattern, number in (("*0001", 1), ("SMALL0002", 1), ("small", 0), ("", 3)):
        jobs.signals.clear()
        jobs.scheduler.setFilters({"ID": "overwritten"})
        jobs.scheduler.queryStudies(pattern)
        jobs.wait("Finished", 9)
        (detail,) = [one for one in jobs.of("progress") if one.jobType() == 2]
        assert detail.numberOfDataSets() == number, pattern


def test_refused_query_is_a_success_without_datasets(
    jobs: Jobs, orthanc: Any, tmp_path: Path
) -> None:
    """An AE title that Orthanc does not know: finished, no inserter, the reason only in the log."""
    _fill(orthanc, tmp_path / "files", 3)
    jobs.server.callingAETitle = "STRANGER"
    jobs.scheduler.queryStudies("*")
    (job,) = jobs.wait("Finished", 2)
    assert job.referenceInserterJobUID() == "" and jobs.database.patients() == ()
    assert "ERROR: Find at study level failed" in job.logging()
    assert not jobs.of("Failed")


def test_four_attempts_and_then_failed(jobs: Jobs, tmp_path: Path) -> None:
    """Nobody listens: three jobAttemptFailed, one jobFailed, each a job of its own."""
    from ports import release_port, reserve_port

    port = reserve_port()
    jobs.server.port = port
    jobs.scheduler.queryStudies("*")
    (failed,) = jobs.wait("Failed", 2)
    attempts = jobs.of("AttemptFailed")
    assert len(attempts) == 3 and len({d.JobUID() for d in [*attempts, failed]}) == 4
    assert "Connection refused" in failed.logging()
    release_port(port)


def test_stopped_job_is_told_and_a_cancelled_query_stays_so(
    jobs: Jobs, orthanc: Any, tmp_path: Path
) -> None:
    """stopAllJobs gives jobUserStopped; ctkDICOMQuery.cancel() is for good."""
    import ctk

    _fill(orthanc, tmp_path / "files", 60, patients=1)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 9)
    (study,) = jobs.database.studiesForPatient("1")
    jobs.scheduler.retrieveStudy("", study)
    stopped = jobs.scheduler.stopAllJobs(True)
    assert len(stopped) == 1
    assert jobs.wait("UserStopped", 5)[0].JobUID() == stopped[0]
    query = ctk.ctkDICOMQuery()
    query.host, query.port = "127.0.0.1", orthanc.dicom_port
    query.callingAETitle, query.calledAETitle = orthanc.calling_aet, orthanc.aet
    assert query.queryStudies("*")
    query.cancel()
    assert query.wasCanceled() and not query.queryStudies("*")


def test_get_is_a_success_after_failed_sub_operations(
    jobs: Jobs, orthanc: Any, tmp_path: Path
) -> None:
    """An instance of a class that is not proposed does not come, and nobody says so."""
    import pydicom

    files = write_small_instances(tmp_path / "files", 3)
    odd = pydicom.dcmread(files[0])
    odd.SOPClassUID = odd.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.30"
    odd.save_as(files[0])  # Parametric Map: not among DCMTK's 120 classes
    orthanc.store(*files)
    jobs.scheduler.maximumNumberOfRetry = 0
    study, series = odd.StudyInstanceUID, odd.SeriesInstanceUID
    jobs.scheduler.retrieveSeries("", study, series)
    standin = jobs.standin
    assert standin.process_events(lambda: jobs.of("Finished") or jobs.of("Failed"), 20)
    standin.process_events(seconds=1)
    arrived = len(jobs.database.filesForSeries(series))
    assert arrived < 3 and bool(arrived) == bool(jobs.of("Finished"))


def test_move_has_no_inserter(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """C-MOVE to nobody fails; it would end without an inserter's job in any case."""
    files = _fill(orthanc, tmp_path / "files", 2, patients=1)
    import pydicom

    header = pydicom.dcmread(files[0], stop_before_pixels=True)
    jobs.scheduler.maximumNumberOfRetry = 0
    jobs.server.setRetrieveProtocolAsString("CMOVE")
    jobs.server.moveDestinationAETitle = "NOWHERE"
    assert jobs.server.retrieveProtocol == jobs.server.CMOVE
    jobs.scheduler.retrieveStudy("", header.StudyInstanceUID)
    jobs.wait("Failed", 5)
    assert jobs.scheduler.numberOfJobs == 1


def test_forgotten_references_are_errors(standin: Any, orthanc: Any, tmp_path: Path) -> None:
    """addServer and setDicomDatabase own nothing: what nobody keeps is a crash in Slicer."""
    import ctk

    scheduler = ctk.ctkDICOMScheduler()
    scheduler.setDicomDatabase(_database(tmp_path))
    scheduler.addServer(ctk.ctkDICOMServer())
    with pytest.raises(RuntimeError, match="let it go"):
        scheduler.queryStudies("*")
    with pytest.raises(RuntimeError, match="let it go"):
        scheduler.dicomDatabase()


def test_two_trusted_servers_are_asked_both(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """A job for each server that is trusted, or named."""
    _fill(orthanc, tmp_path / "files", 3)
    second = jobs.server.clone()
    second.connectionName = "second"
    jobs.scheduler.addServer(second)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 2, 2)
    second.trustedEnabled = False
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 2, 3)
    jobs.scheduler.queryStudies("*", 2, ["second"])
    jobs.wait("Finished", 2, 5)


def test_blocking_query_fills_a_scratch_database(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """query(db): studies and series; counts are asked for and not kept; pairs are tuples."""
    import ctk

    _fill(orthanc, tmp_path / "files", 3)
    query, texts, numbers, ends = ctk.ctkDICOMQuery(), [], [], []
    query.host, query.port = "127.0.0.1", orthanc.dicom_port
    query.callingAETitle, query.calledAETitle = orthanc.calling_aet, orthanc.aet
    assert query.connect("progress(QString)", texts.append)
    assert query.connect("progress(int)", numbers.append)
    assert query.connect("done(bool)", ends.append)
    assert query.query(jobs.database) and ends == [True] and numbers[-1] == 100
    assert jobs.database.seriesCount() == 3 and len(query.studyAndSeriesInstanceUIDQueried) == 3
    assert query.queryStudies("*")
    with pytest.raises(ValueError, match="converter"):
        query.jobResponseSets()[0].datasets()
    for misused in ("setHost", "preferCGET"):
        with pytest.raises(AttributeError):
            getattr(query, misused)
    with pytest.raises(AttributeError, match="not allowed"):
        query.preferCGET = True


def test_echo_hides_the_calling_title(jobs: Jobs, orthanc: Any) -> None:
    """ctkDICOMEcho calls itself ANY-SCU whatever it was told."""
    import ctk

    echo = ctk.ctkDICOMEcho()
    echo.host, echo.port, echo.calledAETitle = "127.0.0.1", orthanc.dicom_port, orthanc.aet
    echo.callingAETitle = "STRANGER"
    assert echo.echo()
    echo.port = orthanc.http_port
    assert not echo.echo()
    jobs.scheduler.echo(jobs.server)
    jobs.wait("Finished", 10)


def test_main_thread_stays_free(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """Jobs run in threads: a timer in the main thread goes on while they do."""
    import qt

    _fill(orthanc, tmp_path / "files", 120, patients=1)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 9)
    gaps, last, timer = [0.0], [time.monotonic()], qt.QTimer()

    def tick() -> None:
        gaps.append(time.monotonic() - last[0])
        last[0] = time.monotonic()

    timer.connect("timeout()", tick)
    timer.start(10)
    jobs.scheduler.retrieveStudy("", jobs.database.studiesForPatient("1")[0])
    jobs.wait("Finished", 9, 2)
    assert max(gaps) < 1.0 and jobs.database.imagesCount() == 120
