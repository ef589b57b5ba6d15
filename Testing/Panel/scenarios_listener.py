"""The DICOM listener: Slicer's own, without its dialogs, in whatever stands for Slicer."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any, List


class Watched:
    """A listener with all that it said."""

    def __init__(self, context: Any) -> None:
        from OrthancConnectLib.adapters.database import SlicerDatabase
        from OrthancConnectLib.adapters.listener import Listener

        assert SlicerDatabase().open_if_needed()
        self.listener = Listener()
        self.said: List[Any] = []
        self._context = context
        self.listener.changed.connect(self._onChange)

    def _onChange(self) -> None:
        listener = self.listener
        self.said.append((listener.state, listener.port, listener.message, listener.hint))

    def start(self, port: int) -> str:
        """Start and wait for what becomes of it."""
        self.listener.start(port)
        assert self._context.wait(lambda: self.listener.state != "starting", 15)
        return str(self.listener.state)


def _echo(port: int) -> bool:
    command = ["echoscu", "-to", "3", "-aet", "ANYBODY", "127.0.0.1", str(port)]
    return subprocess.run(command, capture_output=True, check=False, timeout=10).returncode == 0


def scenario_listener_starts_stops_and_is_taken_over(context: Any) -> None:
    """One process whoever starts it; a second start, another port and another owner are told."""
    import slicer

    ports = [context.free_port() for _ in range(2)]
    watched = Watched(context)
    assert watched.start(ports[0]) == "running", watched.said
    assert [said[0] for said in watched.said] == ["starting", "running"], watched.said
    assert _echo(ports[0]) and slicer.dicomListener.port == str(ports[0])
    process = slicer.dicomListener.process
    assert watched.start(ports[0]) == "running" and slicer.dicomListener.process is process
    assert watched.start(ports[1]) == "running", watched.said
    assert str(ports[0]) in watched.listener.message and str(ports[1]) in watched.listener.message
    assert watched.listener.port == ports[0] and watched.listener.hint
    other = Watched(context)
    other.listener.refresh()
    assert (other.listener.state, other.listener.port) == ("running", ports[0])
    other.listener.close()
    assert _echo(ports[0]), "a listener that is not ours was stopped"
    watched.listener.stop()
    assert watched.listener.state == "stopped" and not hasattr(slicer, "dicomListener")
    assert not _echo(ports[0])
    assert watched.start(ports[1]) == "running" and _echo(ports[1])
    watched.listener.close()
    assert not hasattr(slicer, "dicomListener") and not _echo(ports[1])
    context.assert_no_dialogs()


def scenario_a_taken_port_is_one_sentence(context: Any) -> None:
    """Whether another program or another storescp has it: a sentence, no process, no dialog."""
    import slicer

    from OrthancConnectLib.adapters import listener as module

    port = context.free_port()
    watched = Watched(context)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen(1)
        assert watched.start(port) == "failed"
        assert str(port) in watched.listener.message and watched.listener.hint
    assert context.wait(lambda: module._port_refusal(port) == 0)
    left_over = subprocess.Popen([shutil.which("storescp") or "storescp", str(port)])
    try:
        assert context.wait(lambda: _echo(port))
        assert watched.start(port) == "failed"
        pid = str(left_over.pid)
        assert context.wait(lambda: pid in watched.listener.message), watched.said
        assert not hasattr(slicer, "dicomListener")
        elsewhere = context.free_port()
        assert watched.start(elsewhere) == "running", "another storescp was in the way"
        watched.listener.stop()
    finally:
        left_over.kill()
        left_over.wait()
    assert watched.start(port) == "running", watched.said
    watched.listener.close()
    context.assert_no_dialogs()


def scenario_a_listener_that_dies_is_told(context: Any) -> None:
    """The process ends, at its start or later: failed, with a reason, ready for another start."""
    from OrthancConnectLib.adapters import listener as module

    port = context.free_port()
    watched = Watched(context)
    assert watched.start(port) == "running", watched.said
    import slicer

    os.kill(int(slicer.dicomListener.process.processId()), signal.SIGKILL)
    assert context.wait(lambda: watched.listener.state == "failed", 15), watched.said
    assert str(port) in watched.listener.message and watched.listener.hint
    honest = module._port_refusal
    looks = [0]

    def only_later(number: int) -> int:
        looks[0] += 1
        return honest(number) if looks[0] > 1 else 0

    with socket.socket() as holder:  # somebody takes the port after we looked
        holder.bind(("", port))
        holder.listen(1)
        module._port_refusal = only_later
        try:
            watched.start(port)  # on a busy machine storescp takes its time to give up
            assert context.wait(lambda: watched.listener.state == "failed", 15), watched.said
        finally:
            module._port_refusal = honest
        assert "taken" in watched.listener.message, watched.said
    # A program that was just started has our socket until its exec.
    assert context.wait(lambda: module._port_refusal(port) == 0)
    assert watched.start(port) == "running", watched.said
    slicer.modules.DICOMInstance.stopListener()  # as from the DICOM module
    assert context.wait(lambda: watched.listener.state == "stopped", 15), watched.said
    watched.listener.close()
    context.assert_no_dialogs()


def scenario_listener_takes_what_is_sent(context: Any) -> None:
    """What arrives is in Slicer's database, and stopping leaves no copy of it behind."""
    import slicer

    from OrthancConnectLib.adapters.database import SlicerDatabase
    from OrthancConnectLib.adapters.listener import pending_arrivals
    from Support.data.dicom import write_small_instances
    from Support.scenarios.context import instances_by_series

    database = SlicerDatabase()
    assert database.open_if_needed()
    watched = Watched(context)
    port = context.free_port()
    assert watched.start(port) == "running", watched.said
    files = write_small_instances(context.new_folder("sent"), count=12, seed=91)
    command = ["storescu", "127.0.0.1", str(port), *map(str, files)]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    ((series_uid, instances),) = instances_by_series(files).items()
    assert context.wait(lambda: set(database.present_instances(series_uid)) == instances)
    assert context.wait(lambda: pending_arrivals() == 0)
    incoming = Path(slicer.dicomDatabase.databaseDirectory) / "incoming"
    watched.listener.close()
    assert os.listdir(incoming) == []
    assert set(database.present_instances(series_uid)) == instances
    database.close()
