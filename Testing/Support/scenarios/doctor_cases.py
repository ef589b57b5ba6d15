"""What the tests of the connection doctor share: profiles, ports that misbehave, one assertion."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, get_args

from OrthancConnectCore.doctor.run import run
from OrthancConnectCore.shared.check_lines import CheckLine, CureAction, DoctorReport
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.process.ports import release_port, reserve_port
from Support.servers.orthanc import PrivateOrthanc

CANARY = "canary-Xw7Rk9pQ"
QUICK = {"connect_timeout": 2.0, "read_timeout": 5.0, "dimse_timeout": 5.0}


def server_profile(server: PrivateOrthanc, **changes: Any) -> ServerProfile:
    """Return the profile that reaches a private server, with some fields changed."""
    fields: dict[str, Any] = {
        "name": "examined",
        "rest_url": server.rest_url,
        "user": server.user,
        "trust": TrustPolicy.pinned(server.fingerprint),
        "dicom_port": server.dicom_port,
        "called_ae_title": server.aet,
        "calling_ae_title": server.calling_aet,
        "storage_port": server.storage_port,
        **QUICK,
    }
    return ServerProfile(**{**fields, **changes})


def examine_server(server: PrivateOrthanc, **changes: Any) -> DoctorReport:
    """Let the doctor look at a private server; what is no field of a profile goes to the doctor."""
    options = {
        name: changes.pop(name) for name in ("listener", "probe", "write") if name in changes
    }
    credentials = Credentials(server.user, server.password)
    report = run(server_profile(server, **changes), credentials, **options)
    return without_secrets(report, server.password)


def entry(server: PrivateOrthanc, **changes: Any) -> dict[str, Any]:
    """Return our entry in the server's list of modalities, with some of its fields changed."""
    fields = {"AET": server.calling_aet, "Host": "127.0.0.1", "Port": server.storage_port}
    return {**fields, **changes}


def know(server: PrivateOrthanc, **entries: dict[str, Any]) -> None:
    """Replace the server's list of modalities."""
    server.know(entries)


def as_usual(server: PrivateOrthanc) -> PrivateOrthanc:
    """Give a server the configuration that it was made with, and make it empty."""
    server.restore()
    server.reset()
    return server


def forbid(server: PrivateOrthanc, folder: Path, condition: str) -> None:
    """Restart with a filter that answers 403 to requests that meet a condition in Lua."""
    script = folder / "filter.lua"
    script.write_text(
        "function IncomingHttpRequestFilter(method, uri, ip, username, httpHeaders)\n"
        f"  return not ({condition})\nend\n"
    )
    server.restart(LuaScripts=[str(script)])


def without_secrets(report: DoctorReport, secret: str) -> DoctorReport:
    """Return a report after looking for a secret in all its forms."""
    assert secret not in report.text() + repr(report) + repr(report.to_dict())
    return report


def assert_fault(
    report: DoctorReport,
    check_id: str,
    fault: str,
    cause: str,
    cure: str,
    action: str = "",
    state: str = "failed",
    **values: Any,
) -> CheckLine:
    """Assert that a line names this fault, its cause and its cure (regular expressions)."""
    line = report.line(check_id)
    assert (line.state, line.fault) == (state, fault), report.text()
    assert re.search(cause, line.cause), line.cause
    assert re.search(cure, line.cure), line.cure
    assert line.cure_action == action
    assert action in get_args(CureAction)
    assert {name: line.cure_values.get(name) for name in values} == values
    assert report.healthy == (state != "failed"), report.text()
    others = [one.id for one in report.failures if one.id != check_id]
    assert others == [], f"more than one line is blamed:\n{report.text()}"
    return line


def assert_skipped(report: DoctorReport, because_of: str, *check_ids: str) -> None:
    """Assert that lines were skipped because of another."""
    found = {name: (report.line(name).state, report.line(name).because_of) for name in check_ids}
    assert found == {name: ("skipped", because_of) for name in check_ids}, report.text()


@contextmanager
def closed_port() -> Iterator[int]:
    """A port where nothing listens."""
    port = reserve_port()
    try:
        yield port
    finally:
        release_port(port)


@contextmanager
def filtered_port() -> Iterator[int]:
    """A port that drops every connection: its queue is full and nobody takes any out of it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            yield int(address[1])
        finally:
            for one in waiting:
                one.close()


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@contextmanager
def misbehaving_port() -> Iterator[int]:
    """The port of a `servers.dicom_peer`."""
    port = reserve_port()
    script = Path(__file__).resolve().parents[1] / "servers" / "dicom_peer.py"
    command = [sys.executable, str(script), str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
        process.kill()
    release_port(port)


@contextmanager
def answering_port(answer: Optional[Callable[[bytes], bytes]]) -> Iterator[int]:
    """A port that answers the first bytes with others, or with the end of the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _peer = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    first = connection.recv(4096)
                    if answer is not None:
                        connection.sendall(answer(first))
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
