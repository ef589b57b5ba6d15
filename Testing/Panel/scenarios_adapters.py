"""The worker client, the settings and the database, in whatever stands for Slicer."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, List, Tuple

from Support.process.busy_machine import here

SUPPORT = Path(__file__).resolve().parents[1] / "Support"
PASSWORD = "Se-cr3t.of-nobody"


# The worker client ----------------------------------------------------------------------------


class Answers:
    """Collects what comes back from one client."""

    def __init__(self, context: Any, client: Any) -> None:
        self._context, self.client = context, client

    def start(self, method: str, **params: Any) -> Tuple[int, List[Any], List[Any]]:
        """Send a request; return its id and the lists that its end and its progress go to."""
        ends: List[Any] = []
        progress: List[Any] = []
        number = self.client.request(method, params, ends.append, ends.append, progress.append)
        return number, ends, progress

    def ask(self, method: str, **params: Any) -> Any:
        """Send a request and wait for its one end."""
        _number, ends, _progress = self.start(method, **params)
        assert not ends, "an answer came before the request was sent"
        assert self._context.wait(lambda: ends), f"{method} was never answered"
        self._context.wait(seconds=0.05)
        assert len(ends) == 1, ends
        return ends[0]


def _real_worker(context: Any) -> Answers:
    from OrthancConnectLib.adapters.worker_client import WorkerClient

    return Answers(context, WorkerClient())


def _fake_worker(context: Any) -> Answers:
    from OrthancConnectLib.adapters.worker_client import WorkerClient

    launcher = context.new_folder("fake") / "PythonSlicer"
    script = SUPPORT / "fakes" / "worker.py"
    launcher.write_text(f'#!/bin/sh\nexec "{context.python}" "{script}"\n', encoding="utf-8")
    launcher.chmod(0o755)
    return Answers(context, WorkerClient(str(launcher)))


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and ") Z " in stat.read_text()


def scenario_worker_starts_with_the_first_request(context: Any) -> None:
    """The real worker answers from a process of its own, and faults come back as our errors."""
    from OrthancConnectCore.shared.errors import AuthenticationError, WorkerError

    worker = _real_worker(context)
    assert not worker.client.running
    info = worker.ask("worker.info")
    assert info["pid"] != os.getpid() and worker.client.running
    assert worker.ask("worker.info")["pid"] == info["pid"]
    profile = context.profile().to_dict()
    system = worker.ask("server.system", profile=profile, password=context.server.password)
    assert system["dicom_aet"] == context.server.aet, system
    refused = worker.ask("server.system", profile=profile, password=PASSWORD)
    assert isinstance(refused, AuthenticationError) and refused.hint, refused
    assert isinstance(worker.ask("no.such.method"), WorkerError)
    if sys.platform == "linux":
        for name in ("cmdline", "environ"):
            seen = Path(f"/proc/{info['pid']}/{name}").read_bytes()
            assert PASSWORD.encode() not in seen and context.server.password.encode() not in seen
    worker.client.stop()
    assert not worker.client.running
    assert context.wait(lambda: _is_gone(info["pid"]), 5), "the worker outlived its client"


def scenario_thousands_of_lines_leave_the_event_loop_free(context: Any) -> None:
    """Torn lines and characters are put together, in order, a slice at a time."""
    worker = _fake_worker(context)
    worker.ask("warm up")
    with context.measured_gap() as gap:
        _number, ends, progress = worker.start("flood", count=20000)
        assert context.wait(lambda: ends, 60)
    assert ends == [{"lines": 20000}], ends
    assert [item["done"] for item in progress] == list(range(1, 20001))
    assert {item["current"] for item in progress} == {"Núria Pérez, Jiří Šimůnek, 東京"}
    worker.client.stop()
    context.note(f"20,000 lines from the worker: largest gap of a 20 ms timer {gap[0]:.0f} ms")
    assert gap[0] < 500, gap


def scenario_a_crashed_worker_is_started_again(context: Any) -> None:
    """What was under way gets a WorkerError, once; the next request has a new process."""
    from OrthancConnectCore.shared.errors import WorkerError

    worker = _fake_worker(context)
    first = worker.ask("anything")["pid"]
    _number, other, _progress = worker.start("deaf")
    _number, ends, _progress = worker.start("crash")
    assert context.wait(lambda: ends and other)
    for error in (ends[0], other[0]):
        assert isinstance(error, WorkerError) and "7" in error.message and error.hint, error
    assert not worker.client.running
    second = worker.ask("anything")["pid"]
    assert second != first and worker.client.running
    os.kill(second, signal.SIGKILL)
    assert context.wait(lambda: not worker.client.running)
    assert worker.ask("anything", text="¿qué?")["text"] == "¿qué?"
    assert len(ends) == len(other) == 1
    worker.client.stop()


def scenario_a_worker_that_cannot_start_says_so(context: Any) -> None:
    """The path that is wrong stands in the hint."""
    from OrthancConnectCore.shared.errors import WorkerError
    from OrthancConnectLib.adapters.worker_client import WorkerClient

    missing = str(context.folder / "no such" / "PythonSlicer")
    worker = Answers(context, WorkerClient(missing))
    for _turn in range(2):
        error = worker.ask("worker.info", password=PASSWORD)
        assert isinstance(error, WorkerError) and missing in error.hint, error
        assert PASSWORD not in str(error) + repr(error) + repr(vars(error))
    assert not worker.client.running


def scenario_cancel_and_garbage(context: Any) -> None:
    """Cancel is a notification with the request's id; a line that is no message is passed over."""
    from OrthancConnectCore.shared.errors import OperationCancelled

    worker = _fake_worker(context)
    number, ends, _progress = worker.start("deaf")
    assert worker.ask("garbage", kept=1)["kept"] == 1
    worker.client.cancel(number)
    assert context.wait(lambda: ends)
    assert isinstance(ends[0], OperationCancelled), ends
    worker.client.cancel(number)
    worker.client.cancel(4711)
    assert worker.ask("anything", still="there")["still"] == "there"
    worker.client.stop()


def scenario_stop_never_waits(context: Any) -> None:
    """Requests under way end at once; a worker that stays is killed two seconds later."""
    from OrthancConnectCore.shared.errors import OperationCancelled

    worker = _fake_worker(context)
    pid = worker.ask("stay")["pid"]
    _number, ends, _progress = worker.start("deaf")
    began = time.monotonic()
    worker.client.stop()
    assert time.monotonic() - began < here(0.5)
    assert len(ends) == 1 and isinstance(ends[0], OperationCancelled), ends
    assert not context.wait(lambda: _is_gone(pid), 1.0), "killed before it had its two seconds"
    assert context.wait(lambda: _is_gone(pid), 5.0), "not killed"
    worker.client.stop()
    assert len(ends) == 1


# The settings ---------------------------------------------------------------------------------


def scenario_settings_survive_a_restart(context: Any) -> None:
    """Profiles and flags read back from the file as they were; nothing secret is in it."""
    import qt

    from OrthancConnectCore.shared.profile import ProfileSet
    from OrthancConnectLib.adapters.settings_store import SettingsProfileStore

    path = str(context.new_folder("settings") / "Slicer.ini")

    def store() -> Any:
        return SettingsProfileStore(qt.QSettings(path, qt.QSettings.IniFormat))

    fresh = store()
    assert fresh.load() == ProfileSet() and fresh.listener_autostart is True
    assert fresh.state("open", ["a"]) == ["a"]
    profiles = ProfileSet().put(context.profile(name="Uña, «ñ» 東京; a=b"))
    profiles = profiles.put(context.profile(name="Second"), default=True)
    fresh.save(profiles)
    fresh.listener_autostart = False
    fresh.set_state("open", ["query", True, 3])
    fresh._settings.sync()
    again = store()
    assert again.load() == profiles and again.load().default_name == "Second"
    assert again.listener_autostart is False
    assert again.state("open") == ["query", True, 3] and again.state("other") is None
    text = Path(path).read_text(encoding="utf-8", errors="replace")
    assert context.server.password not in text
    again.listener_autostart = True
    again._settings.sync()
    assert store().listener_autostart is True
    again._settings.setValue("OrthancConnect/State/open", "{ no JSON")
    assert again.state("open", 5) == 5


def scenario_two_windows_keep_each_others_profiles(context: Any) -> None:
    """What one Slicer adds, changes or removes stays when another one saves what it knew before."""
    import qt

    from OrthancConnectCore.shared.errors import InvalidProfileError
    from OrthancConnectCore.shared.profile import ProfileSet
    from OrthancConnectLib.adapters.settings_store import SettingsProfileStore

    folder = context.new_folder("settings")
    path = str(folder / "Slicer.ini")

    def store() -> Any:
        return SettingsProfileStore(qt.QSettings(path, qt.QSettings.IniFormat))

    one, two, three = (context.profile(name=name) for name in ("one", "two", "three"))
    first = store()
    known = first.save(ProfileSet().put(one).put(two))
    second = store()
    assert second.load() == known
    theirs = second.save(known.put(three).remove("two").with_default("three"))
    changed = one.replace(called_ae_title="CHANGED")
    ours = first.save(known.put(changed))
    assert ours == store().load() == theirs.put(changed)
    assert (ours.names, ours.default_name) == (("one", "three"), "three")
    second.save(theirs.put(two))
    try:
        first.save(ours.put(two.replace(called_ae_title="OTHER")))
    except InvalidProfileError as error:
        assert "two" in error.message
    else:
        raise AssertionError("a profile of the same name was written over")
    assert store().load().get("two") == two
    assert [entry.name for entry in folder.iterdir()] == ["Slicer.ini"]


def scenario_damaged_profiles_are_an_error(context: Any) -> None:
    """Text that is no profile set gives one sentence, not a traceback and not an empty list."""
    import qt

    from OrthancConnectCore.shared.errors import ConfigurationError
    from OrthancConnectCore.shared.profile import ProfileSet
    from OrthancConnectLib.adapters.settings_store import SettingsProfileStore

    path = str(context.new_folder("settings") / "Slicer.ini")
    settings = qt.QSettings(path, qt.QSettings.IniFormat)
    settings.setValue("OrthancConnect/Profiles", '{"format": 99')
    damaged = SettingsProfileStore(settings)
    try:
        damaged.load()
    except ConfigurationError as error:
        assert error.message and error.hint
    else:
        raise AssertionError("damaged profiles were read")
    mended = ProfileSet().put(context.profile(name="new"))
    assert damaged.save(mended) == SettingsProfileStore(settings).load() == mended


# The database ---------------------------------------------------------------------------------


def scenario_import_in_the_background(context: Any) -> None:
    """Folders are indexed one after the other where they are; what has no file is not there."""
    from OrthancConnectLib.adapters.database import SlicerDatabase
    from Support.data.dicom import write_small_instances
    from Support.scenarios.context import instances_by_series

    database = SlicerDatabase()
    assert database.open_if_needed() and database.is_open
    counts: List[Any] = []
    folders = [Path(database.incoming_folder()) for _ in range(2)]
    assert folders[0] != folders[1]
    files = []
    for number, folder in enumerate(folders):
        files += write_small_instances(folder, count=60, patients=1, series=2, seed=40 + number)
        database.import_folder(str(folder), counts.append)
    assert not counts, "the import blocked"
    assert context.wait(lambda: len(counts) == 2)
    assert counts == [60, 60]
    uids = instances_by_series(files)
    for series_uid, instances in uids.items():
        assert set(database.present_instances(series_uid)) == instances
    series_uid, path = next(iter(uids)), _a_file_of(files, next(iter(uids)))
    path.unlink()
    assert len(database.present_instances(series_uid)) == len(uids[series_uid]) - 1
    assert database.present_instances("1.2.3.4.5") == {}
    database.close()


def _a_file_of(files: Any, series_uid: str) -> Path:
    import pydicom

    return next(
        path
        for path in files
        if str(pydicom.dcmread(path, stop_before_pixels=True).SeriesInstanceUID) == series_uid
    )


def scenario_studies_take_room_and_go(context: Any) -> None:
    """Each study with its files; it goes with files and rows, but not when it has changed."""
    from OrthancConnectCore.shared.errors import InputError
    from OrthancConnectLib.adapters.database import SlicerDatabase
    from Support.data.dicom import PATIENTS, write_ct_series

    database = SlicerDatabase()
    assert database.open_if_needed()
    folder = Path(database.incoming_folder("of-a-name"))
    assert str(folder) == database.incoming_folder("of-a-name") and folder.is_dir()
    files = write_ct_series(folder / "ct", PATIENTS[1], slices=5, rows=32, columns=32, seed=78)
    (folder / ".memory").mkdir()
    (folder / ".memory" / "told.json").write_text("{}")
    elsewhere = write_ct_series(
        context.new_folder("elsewhere"), PATIENTS[2], slices=2, rows=32, columns=32, seed=79
    )
    counts: List[Any] = []
    for place in (folder, elsewhere[0].parent):
        database.import_folder(str(place), counts.append)
    assert context.wait(lambda: len(counts) == 2) and counts == [5, 2]
    names = {str(path) for path in files}
    studies = [study for study in database.studies() if study is not None]
    (mine,) = (study for study in studies if names & set(study.files))
    assert set(mine.files) == names and mine.bytes == sum(path.stat().st_size for path in files)
    assert "Šimůnek" in mine.title and mine.date == "20260302"
    assert not any(str(path) in study.files for study in studies for path in elsewhere)
    assert not database.is_loaded(mine.study_instance_uid)
    known = files[0].stat().st_mtime_ns
    os.utime(files[0], ns=(known, known + 1000))
    try:
        list(database.remove_study(mine))
    except InputError as error:
        assert "changed" in error.message
    else:
        raise AssertionError("removed though a file had changed")
    os.utime(files[0], ns=(known, known))
    assert all(path.exists() for path in files)
    assert sum(database.remove_study(mine)) == mine.bytes
    assert not any(path.exists() for path in files) and all(path.exists() for path in elsewhere)
    left = [study.study_instance_uid for study in database.studies() if study is not None]
    assert mine.study_instance_uid not in left
    database.close()


def scenario_load_and_show(context: Any) -> None:
    """A series becomes a volume in the slice views; nothing to load is one sentence."""
    import slicer

    from OrthancConnectCore.shared.errors import OrthancConnectError
    from OrthancConnectLib.adapters.database import SlicerDatabase
    from OrthancConnectLib.adapters.scene import SlicerScene
    from Support.data.dicom import write_ct_series
    from Support.scenarios.context import instances_by_series

    database = SlicerDatabase()
    assert database.open_if_needed()
    folder = database.incoming_folder()
    files = write_ct_series(folder, slices=12, rows=64, columns=64, seed=77)
    counts: List[Any] = []
    database.import_folder(folder, counts.append)
    assert context.wait(lambda: counts)
    (uid,) = instances_by_series(files)
    assert (database.title_of_series(uid), database.modality_of_series(uid)) == ("3  Axial", "CT")
    found = database.load_series(uid)
    nodes = found.nodes
    assert (found.warnings, found.lacks, found.has_failed) == ([], "", False)
    assert [node.IsA("vtkMRMLScalarVolumeNode") for node in nodes] == [True], nodes
    assert nodes[0].GetImageData().GetDimensions() == (64, 64, 12)
    scene = SlicerScene()
    scene.mark(nodes, {"Server": "host:8042"})
    assert nodes[0].GetAttribute("OrthancConnect.Server") == "host:8042"
    scene.show(nodes)
    if slicer.app.layoutManager() is not None:
        composite = slicer.mrmlScene.GetNthNodeByClass(0, "vtkMRMLSliceCompositeNode")
        assert composite.GetBackgroundVolumeID() == nodes[0].GetID()
    try:
        database.load_series("1.2.3.4.5")
    except OrthancConnectError as error:
        assert error.message and error.hint
    else:
        raise AssertionError("loaded nothing and said nothing")
    database.close()
