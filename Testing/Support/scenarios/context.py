"""What a scenario gets to work with, whether in the stand-in, in a real ctk or in a real Slicer."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Set, Union

from Support.process.ports import release_port, reserve_port
from Support.scenarios.files import CannotRunHere


class ScenarioContext:
    """A server with a profile for it, a folder, databases, and the event loop.

    `server` is a `PrivateOrthanc`, or None where there can be none; `python` an interpreter with
    pynetdicom, for peers; `dialogs` tells which modal windows were shown, where that can be told.
    """

    def __init__(
        self,
        server: Any,
        folder: Union[str, Path],
        python: Optional[str] = None,
        dialogs: Callable[[], List[Any]] = list,
    ) -> None:
        self._server = server
        self._dialogs = dialogs
        self.folder = Path(folder)
        self.python = python or sys.executable
        self.notes: List[str] = []
        self._ports: List[int] = []
        self._databases: List[Any] = []
        self._peer: Optional[subprocess.Popen[bytes]] = None
        self._peer_port = 0

    @property
    def server(self) -> Any:
        """The server; without one the scenario ends as not run."""
        if self._server is None:
            raise CannotRunHere("it needs Orthanc")
        return self._server

    def profile(self, **changes: Any) -> Any:
        """Return a profile of the server."""
        from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy

        values: Dict[str, Any] = {
            "name": "Server",
            "rest_url": self.server.rest_url,
            "user": self.server.user,
            "trust": TrustPolicy.pinned(self.server.fingerprint),
            "dicom_host": self.server.dicom_host,
            "dicom_port": self.server.dicom_port,
            "called_ae_title": self.server.aet,
            "calling_ae_title": self.server.calling_aet,
            "storage_port": self.server.storage_port,
        }
        return ServerProfile(**{**values, **changes})

    def targets(self) -> List[Any]:
        """Return all series of the server, as `CtkDimse.retrieve` takes them."""
        return [
            SimpleNamespace(
                patient_id=series["PatientMainDicomTags"].get("PatientID", ""),
                study_instance_uid=series["StudyUID"],
                series_instance_uid=series["MainDicomTags"]["SeriesInstanceUID"],
            )
            for series in self._all_series()
        ]

    def _all_series(self) -> Iterator[Any]:
        for study in self.server.get_json("/studies?expand"):
            for series in self.server.get_json(f"/studies/{study['ID']}/series"):
                yield {
                    **series,
                    "StudyUID": study["MainDicomTags"]["StudyInstanceUID"],
                    "PatientMainDicomTags": study["PatientMainDicomTags"],
                }

    def instances_on_server(self, series_uid: str) -> List[str]:
        """Return the SOP Instance UIDs that the server has of a series."""
        found = self.server.post_json(
            "/tools/find",
            {"Level": "Instance", "Query": {"SeriesInstanceUID": series_uid}, "Expand": True},
        )
        return sorted(item["MainDicomTags"]["SOPInstanceUID"] for item in found)

    def new_folder(self, name: str = "folder") -> Path:
        """Make a folder of its own."""
        return Path(tempfile.mkdtemp(prefix=name + "-", dir=self.folder))

    def new_database(self) -> Any:
        """Open an empty DICOM database; it lives as long as the context."""
        import ctk

        database = ctk.ctkDICOMDatabase()
        path = str(self.new_folder("database") / "ctkDICOM.sql")
        assert database.openDatabase(path, "scenario-" + uuid.uuid4().hex)
        self._databases.append(database)
        return database

    def free_port(self) -> int:
        """Reserve a free loopback port while the context lives."""
        self._ports.append(reserve_port())
        return self._ports[-1]

    def note(self, text: str) -> None:
        """Keep a figure for the report."""
        self.notes.append(text)

    def assert_no_dialogs(self) -> None:
        """Fail when something waited, or would have waited, for a person."""
        assert self._dialogs() == [], self._dialogs()

    # The event loop -------------------------------------------------------------------------

    def wait(self, until: Callable[[], Any] = lambda: False, seconds: float = 20.0) -> bool:
        """Let the event loop run until something is so; was it, in time?"""
        import qt

        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                return bool(until())
            qt.QApplication.processEvents()
            time.sleep(0.001)
        return True

    @contextmanager
    def measured_gap(self) -> Iterator[List[float]]:
        """Measure the longest time, in ms, that a 20 ms timer had to wait; given as [gap].

        The time in which this thread could have run and had no processor does not count: that is
        what else goes on on this machine.
        """
        import qt

        gap, last = [0.0], [time.monotonic() - _starved()]

        def onTimeout() -> None:
            now = time.monotonic() - _starved()
            gap[0] = max(gap[0], (now - last[0]) * 1000)
            last[0] = now

        timer = qt.QTimer()
        timer.connect("timeout()", onTimeout)
        timer.start(20)
        yield gap
        onTimeout()
        timer.stop()
        timer.disconnect("timeout()", onTimeout)

    def needs(self, package: str) -> None:
        """End the scenario as not run where the worker's Python has not this package."""
        from OrthancConnectLib.adapters.worker_client import python_slicer

        script = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({package!r}))"
        if subprocess.run([python_slicer(), "-c", script], check=False).returncode:
            raise CannotRunHere(f"the worker's Python has no {package}")

    # Peers ----------------------------------------------------------------------------------

    def peer(self, behaviour: str, **changes: Any) -> Any:
        """Return a profile of `servers.dicom_peer`, with a behaviour that is told there."""
        self.profile()  # without a server there is none to play
        if self._peer is None:
            self._peer_port = reserve_port()
            script = str(Path(__file__).parents[1] / "servers" / "dicom_peer.py")
            # Slicer's own packages are for Slicer's own Python.
            environment = {
                name: value
                for name, value in os.environ.items()
                if name not in ("PYTHONPATH", "PYTHONHOME")
            }
            command = [self.python, script, str(self._peer_port)]
            self._peer = subprocess.Popen(command, env=environment)
            assert self.wait(lambda: _listens(self._peer_port))
        where = {"dicom_port": self._peer_port, "called_ae_title": behaviour}
        return self.profile(**{**where, **changes})

    def close(self) -> None:
        """End the peer, close the databases and remove the folder."""
        if self._peer is not None:
            self._peer.kill()
            self._peer.wait()
            release_port(self._peer_port)
            self.wait(seconds=0.3)  # what hung on the peer comes to its end
        for port in self._ports:
            release_port(port)
        for database in self._databases:
            database.closeDatabase()
        shutil.rmtree(self.folder, ignore_errors=True)


def instances_by_series(files: Iterable[Path]) -> Dict[str, Set[str]]:
    """Read the SOP Instance UIDs of DICOM files, by Series Instance UID."""
    import pydicom

    uids: Dict[str, Set[str]] = {}
    for path in files:
        dataset = pydicom.dcmread(path, stop_before_pixels=True)
        uids.setdefault(str(dataset.SeriesInstanceUID), set()).add(str(dataset.SOPInstanceUID))
    return uids


def _starved() -> float:
    """Return for how many seconds this thread has waited for a processor, where Linux tells.

    Linux kernel documentation, "Scheduler Statistics": the second figure, in nanoseconds.
    """
    try:
        figures = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text()
    except OSError:
        return 0.0
    return int(figures.split()[1]) / 1e9


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def scenarios_of(*modules: Any) -> Dict[str, Callable[[Any], None]]:
    """Return the functions scenario_* of modules, by name."""
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if name.startswith("scenario_")
    }
