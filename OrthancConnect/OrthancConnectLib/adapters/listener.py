"""Slicer's own DICOM listener, started and watched without any dialog.

`slicer.modules.DICOMInstance.startListener()` can't be used for that: a second call raises
UnboundLocalError, a running storescp brings up a modal question, and a storescp that ends at once
(its port is taken) a modal error some time later. So the listener is an instance of DICOMLib's own
class with these two dialogs taken out, put where Slicer looks for it: `slicer.dicomListener`. The
DICOM module shows it and can stop it as its own.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from typing import Any, Callable, Optional

import qt
import slicer

from OrthancConnectCore.shared.errors import ConfigurationError
from OrthancConnectCore.shared.validation import plain_text

from ..signals import Signal
from ..turns import keep
from .database import open_database

STOPPED, STARTING, RUNNING, FAILED = "stopped", "starting", "running", "failed"

#: Milliseconds between two looks at a starting and at a running listener, and the most for a start.
_STARTING_INTERVAL, _RUNNING_INTERVAL, _START_TIMEOUT = 100, 1000, 10000
#: Looks at a taken port after which it counts as ours.
_TAKEN_LOOKS = 3

_PORT_HINT = "Choose another storage port in the server's settings, and have it set in Orthanc too."


class Listener:
    """The state of the DICOM listener, whoever started it, for the panel.

    `state` is stopped, starting, running or failed; `message` says so in a sentence and `hint`
    what to do about it. `port` is where it listens, or should; 0 when none is known.
    """

    def __init__(self) -> None:
        self.state = STOPPED
        self.port = 0
        self.message = "Not running."
        self.hint = ""
        self._wanted_port = 0
        self._ours: Optional[Any] = None
        self._waited = self._taken = 0
        #: Emitted when any of these four has changed.
        self.changed = Signal()
        self._timer = qt.QTimer()
        self._timer.connect("timeout()", self.refresh)

    # Starting -------------------------------------------------------------------------------

    def start(self, port: int) -> None:
        module = getattr(slicer.modules, "DICOMInstance", None)
        if module is None:
            self._set(FAILED, port, "This Slicer has no DICOM module.", "Use HTTPS retrieves.")
            return
        # Its own autostart comes first, else it would stumble over ours.
        module.performPostModuleDiscoveryTasks()
        self._wanted_port = port
        if _process_of(_slicers_listener()) is not None:
            self._describe_running()
            return
        module.stopListener()  # one that ended by itself is still in the way
        try:
            database = open_database()
        except ConfigurationError as error:
            self._set(FAILED, port, f"The DICOM listener can't start: {error.message}", error.hint)
            return
        refused = _port_refusal(port)
        if refused:
            self._port_failed(port, refused)
            return
        self._launch(port, database)

    def _launch(self, port: int, database: Any) -> None:
        from DICOMLib import DICOMListener

        try:
            listener = _quiet(DICOMListener)(database)
            listener.port = str(port)
            listener.start()
        except (UserWarning, OSError) as error:
            logging.info("OrthancConnect: the DICOM listener did not start: %s", error)
            self._set(
                FAILED,
                port,
                f"The DICOM listener can't start: {plain_text(error)}",
                "Check that Slicer's storescp is there and that its database folder is writable.",
            )
            return
        slicer.dicomListener = self._ours = listener
        self._waited = self._taken = 0
        self._set(STARTING, port, f"Starting on port {port}…", "")
        self._timer.start(_STARTING_INTERVAL)

    # Watching -------------------------------------------------------------------------------

    def refresh(self) -> None:
        current = _slicers_listener()
        process = _process_of(current)
        if process is None:
            self._ended(current)
        elif self.state == STARTING and current is self._ours and not self._answers():
            self._waited += _STARTING_INTERVAL
            if self._waited > _START_TIMEOUT:
                self._fail_ours("storescp runs, but does not listen.")
        else:
            self._describe_running()

    def _answers(self) -> bool:
        """Whether the port is taken meanwhile, and has been for some looks.

        A connection would count as an association. The port may have gone to somebody else since
        we looked: then storescp ends soon, and has not run at all.
        """
        self._taken = self._taken + 1 if _port_refusal(self.port) == errno.EADDRINUSE else 0
        return self._taken >= _TAKEN_LOOKS

    def _describe_running(self) -> None:
        self._timer.start(_RUNNING_INTERVAL)
        current = _slicers_listener()
        port = int(current.port)  # DICOMLib keeps it as text
        wanted = self._wanted_port
        if wanted and port != wanted:
            self._set(
                RUNNING,
                port,
                f"Slicer's listener is running on port {port}, not on {wanted}.",
                f"Stop and start it here, or set the storage port of the server to {port}.",
            )
            return
        what = "Running" if current is self._ours else "Slicer's own listener is running"
        self._set(RUNNING, port, f"{what} on port {port}.", "")

    def _ended(self, current: Any) -> None:
        self._timer.stop()
        ours = self._ours
        if ours is not None and current is ours:
            words = ours.last_words
            if not words and ours.process.error() != qt.QProcess.UnknownError:
                words = ours.process.errorString()
            self._fail_ours(words)
        elif self.state in (STARTING, RUNNING):
            self._ours = None
            self._set(STOPPED, self._wanted_port, "Not running.", "")

    def _fail_ours(self, words: str) -> None:
        port = self.port
        self._timer.stop()
        self._ours = None
        slicer.modules.DICOMInstance.stopListener()
        if "in use" in words.lower() or _port_refusal(port) == errno.EADDRINUSE:
            self._port_failed(port, errno.EADDRINUSE)
            return
        reason = plain_text(words, 300) or "storescp ended without a word."
        ended = "could not start" if self.state == STARTING else "stopped"
        self._set(
            FAILED,
            port,
            f"The DICOM listener on port {port} {ended}: {reason}",
            "Try to start it again; Slicer's log says more.",
        )

    def _port_failed(self, port: int, reason: int) -> None:
        message, hint = f"Port {port} can't be used: {os.strerror(reason)}.", _PORT_HINT
        if reason in (errno.EACCES, errno.EPERM):
            message = f"This user may not listen on port {port}."
            hint = "Choose a storage port above 1023."
        elif reason == errno.EADDRINUSE:
            message = f"Port {port} is taken by another program."
            _find_storescp(port, lambda pid: self._other_listener(port, pid))
        self._set(FAILED, port, message, hint)

    def _other_listener(self, port: int, pid: int) -> None:
        if self.state != FAILED or self.port != port:
            return
        self._set(
            FAILED,
            port,
            f"Port {port} is taken by another DICOM listener (storescp, process {pid}).",
            "If it is left over from a Slicer that crashed, end that process. Else: "
            + _PORT_HINT[0].lower()
            + _PORT_HINT[1:],
        )

    # Stopping -------------------------------------------------------------------------------

    def stop(self) -> None:
        self._timer.stop()
        self._ours = None
        listener = _slicers_listener()
        if listener is not None and listener.incomingFiles and not listener.indexer.importing:
            # Remove received files that are indexed: a stopped listener would never come to it.
            listener.delayedAutoUpdateTimer.stop()
            listener.completeIncomingFilesIndexing()
        module = getattr(slicer.modules, "DICOMInstance", None)
        if module is not None:
            module.stopListener()
        self._set(STOPPED, self._wanted_port, "Not running.", "")

    def close(self) -> None:
        """Stop it if it is ours, because Slicer or the module goes away."""
        self.changed.clear()
        if self._ours is not None and _slicers_listener() is self._ours:
            self.stop()
        self._timer.stop()
        self._timer.disconnect("timeout()", self.refresh)

    def _set(self, state: str, port: int, message: str, hint: str) -> None:
        before = (self.state, self.port, self.message, self.hint)
        self.state, self.port, self.message, self.hint = state, port, message, hint
        if before != (state, port, message, hint):
            self.changed.emit()


def pending_arrivals() -> int:
    """How many received files are not yet in the database; 0 without a listener."""
    listener = _slicers_listener()
    if listener is None:
        return 0
    try:
        received = len(os.listdir(listener.incomingDataDir))
    except OSError:
        received = 0
    announced = len(listener.incomingFiles)
    return max(0, received - announced) + (1 if listener.indexer.importing else 0)


def _slicers_listener() -> Any:
    return getattr(slicer, "dicomListener", None)


def _process_of(listener: Any) -> Any:
    """The storescp process of a listener; None when it does not run."""
    process = getattr(listener, "process", None)
    if process is None or process.state() == qt.QProcess.NotRunning:
        return None
    return process


def _quiet(kind: Any) -> Any:
    """DICOMLib's listener class without its dialogs; made when DICOMLib is loaded."""

    class QuietListener(kind):  # type: ignore[misc]
        """DICOMListener that keeps storescp's last words for the panel."""

        last_words = ""

        def killStoreSCPProcesses(self) -> bool:
            """Ask nobody whether to kill others; a taken port is said in the panel."""
            return True

        def onStateChanged(self, newState: int) -> Any:
            """Keep what storescp said instead of showing it in a modal dialog."""
            if newState == qt.QProcess.NotRunning and self.process is not None:
                said = bytes(self.process.readAllStandardError().data())
                self.last_words = said.decode("utf-8", "replace").strip()
            return None, None

    return QuietListener


def _port_refusal(port: int) -> int:
    """The system's error number when nobody can listen on the port now, else 0."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # storescp sets SO_REUSEADDR as well; on Windows that would take a port from its owner.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        probe.setsockopt(socket.SOL_SOCKET, exclusive or socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError as error:
            # Windows has no reserved ports: there it is always somebody else.
            return errno.EADDRINUSE if exclusive else error.errno or errno.EINVAL
    return 0


def _find_storescp(port: int, on_found: Callable[[int], None]) -> None:
    """Look in the list of processes for a storescp on the port; say its process id later."""
    if sys.platform == "win32":
        return  # its list of processes has no arguments
    process = qt.QProcess()

    def onFinished(*_status: Any) -> None:
        listing = bytes(process.readAllStandardOutput().data()).decode("utf-8", "replace")
        process.disconnect("finished(int,QProcess::ExitStatus)", onFinished)
        keep(process)
        for line in listing.splitlines():
            words = line.split()
            if len(words) > 2 and "storescp" in os.path.basename(words[1]) and str(port) in words:
                on_found(int(words[0]))
                return

    process.connect("finished(int,QProcess::ExitStatus)", onFinished)
    process.start("ps", ["-A", "-o", "pid=,args="])
