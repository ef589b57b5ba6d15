"""The doctor and a real Orthanc: the faults of its DICOM port and of our entry in its list."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.doctor.examination import KnownListener
from OrthancConnectCore.doctor.probe import CallerProbe
from OrthancConnectCore.doctor.reach import Reach, reach
from OrthancConnectCore.doctor.run import run
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.setup.registration import plan_registration, register
from OrthancConnectCore.shared.check_lines import cured_profile
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.events import CancelToken
from Support.data.certificates import make_certificate
from Support.process.busy_machine import here
from Support.scenarios.doctor_cases import (
    answering_port,
    assert_fault,
    assert_skipped,
    closed_port,
    entry,
    examine_server,
    filtered_port,
    forbid,
    know,
    server_profile,
    silent_port,
)
from Support.servers.orthanc import PrivateOrthanc

ELSEWHERE = "192.0.2.77"  # RFC 5737: nobody's


@pytest.fixture
def server(usual_server: PrivateOrthanc) -> PrivateOrthanc:
    return usual_server


def registered(server: PrivateOrthanc, **options: Any) -> None:
    """Do what the cure `register` means."""
    credentials = Credentials(server.user, server.password)
    with OrthancClient(server_profile(server), credentials) as client:
        result = register(client, plan_registration(client, server_profile(server), **options))
    assert result.outcome == "registered"


@contextmanager
def dripping_port() -> Iterator[int]:
    """A port that answers a byte at a time, and never to the end."""
    ended = threading.Event()

    def drip() -> None:
        with suppress(OSError), listener.accept()[0] as connection:
            connection.sendall(b"\x02\0\0\x01\0\0")
            while not ended.wait(0.1):
                connection.sendall(b"\0")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        yield int(listener.getsockname()[1])
        ended.set()
        thread.join()


# Port and association ----------------------------------------------------------------------------


def test_dicom_server_is_switched_off() -> None:
    with PrivateOrthanc({"DicomServerEnabled": False}, plugins=False) as server:
        report = examine_server(server)
        line = assert_fault(
            *(report, "dicom_port", "dicom_port_closed", "Nothing listens", "DicomServerEnabled"),
            action="switch_method",
            retrieve_method="HTTPS",
        )
        assert_skipped(report, "dicom_port", "echo", "find", "get", "clear", "compressed")
        assert report.line("https_instance").state == "passed"
        assert cured_profile(server_profile(server), line).retrieve_method == "HTTPS"


def test_wrong_dicom_port_is_corrected_by_what_the_server_tells(server: PrivateOrthanc) -> None:
    with closed_port() as port:
        report = examine_server(server, dicom_port=port)
    line = assert_fault(
        *(report, "dicom_port", "dicom_port_wrong", f"DICOM port is {server.dicom_port}"),
        *(f"Use port {server.dicom_port}", "change_profile"),
        dicom_port=server.dicom_port,
    )
    assert cured_profile(server_profile(server), line).dicom_port == server.dicom_port


def test_filtered_dicom_port() -> None:
    with filtered_port() as port, WithDicomPort(port) as server:
        report = examine_server(server, connect_timeout=0.5)
        assert_fault(
            *(report, "dicom_port", "dicom_port_filtered", "firewall drops", "HTTPS"),
            action="switch_method",
        )


class WithDicomPort(PrivateOrthanc):
    """Orthanc that tells a DICOM port at which somebody else sits."""

    def __init__(self, port: int) -> None:
        super().__init__({"DicomServerEnabled": False, "DicomPort": port}, plugins=False)
        self._told_port = port

    @property
    def dicom_port(self) -> int:
        return self._told_port


def test_dicom_port_that_says_nothing(server: PrivateOrthanc) -> None:
    with silent_port() as port:
        report = examine_server(server, dicom_port=port, connect_timeout=0.5)
    assert_fault(report, "echo", "dicom_silent", "says nothing", "restart Orthanc")
    assert_skipped(report, "echo", "find", "get")


def test_dicom_port_that_hangs_up(server: PrivateOrthanc) -> None:
    with answering_port(None) as port:
        report = examine_server(server, dicom_port=port)
    assert_fault(report, "echo", "association", "closes the DICOM connection", "server's log")


def test_http_port_as_dicom_port(server: PrivateOrthanc) -> None:
    report = examine_server(server, dicom_port=server.http_port)
    assert_fault(
        *(report, "echo", "not_dicom", "speaks HTTP, not DICOM", f"Use port {server.dicom_port}"),
        action="change_profile",
        dicom_port=server.dicom_port,
    )


def test_wrong_called_ae_title(server: PrivateOrthanc) -> None:
    server.restart(DicomCheckCalledAet=True)
    know(server, slicer=entry(server))
    report = examine_server(server, called_ae_title="WRONG")
    line = assert_fault(
        *(report, "echo", "called_ae_title", "not called WRONG.*DicomCheckCalledAet.*IUIBS"),
        *("Use IUIBS", "change_profile"),
        called_ae_title="IUIBS",
    )
    cured = cured_profile(server_profile(server, called_ae_title="WRONG"), line)
    assert run(cured, Credentials(server.user, server.password)).healthy


def test_dicom_over_tls(tmp_path: Path) -> None:
    own = make_certificate(tmp_path, "dicom")
    options = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(own.certificate),
        "DicomTlsPrivateKey": str(own.key),
        "DicomTlsTrustedCertificates": str(own.certificate),
    }
    with PrivateOrthanc(options, plugins=False) as server:
        report = examine_server(server)
    assert_fault(
        *(report, "echo", "dicom_tls", "wants DICOM over TLS", "HTTPS", "switch_method"),
        retrieve_method="HTTPS",
    )


# Our entry ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True], ids=["find and get", "echo and store as well"])
def test_unknown_calling_ae_title(server: PrivateOrthanc, strict: bool) -> None:
    if strict:
        server.restart(DicomAlwaysAllowEcho=False, DicomAlwaysAllowStore=False)
    know(server)
    report = examine_server(server)
    assert_fault(
        *(report, "registered", "calling_ae_title", "does not know our AE title SLICER"),
        *("register", "register"),
    )
    assert_skipped(report, "registered", "find", "get", "listener_echo")
    assert report.line("echo").state == ("skipped" if strict else "passed")
    registered(server)
    assert examine_server(server).healthy


def test_unknown_where_everybody_is_answered_is_a_warning(server: PrivateOrthanc) -> None:
    server.restart(DicomAlwaysAllowFind=True, DicomAlwaysAllowGet=True)
    know(server)
    report = examine_server(server)
    assert_fault(
        *(report, "registered", "calling_ae_title_unlisted", "answers everybody", "register"),
        *("register", "warning"),
    )
    report = examine_server(server, retrieve_method="C-MOVE")
    assert report.line("registered").fault == "calling_ae_title"
    assert_skipped(report, "registered", "move")


def test_calling_host_is_checked_and_wrong(server: PrivateOrthanc) -> None:
    server.restart(DicomCheckModalityHost=True)
    know(server, slicer=entry(server, Host=ELSEWHERE))
    report = examine_server(server)
    assert_fault(
        *(report, "registered", "calling_host", f"at {ELSEWHERE}.*127.0.0.1.*ModalityHost"),
        *("register", "register"),
    )
    assert_skipped(report, "registered", "find", "get", "listener_echo")
    registered(server)
    assert examine_server(server).healthy


def test_host_name_where_addresses_are_compared(server: PrivateOrthanc) -> None:
    server.restart(DicomCheckModalityHost=True)
    know(server, slicer=entry(server, Host="localhost"))
    report = examine_server(server)
    line = assert_fault(
        *(report, "registered", "entry_host_name", "by the name localhost", "register"),
        *("register",),
        exact_address=True,
    )
    registered(server, **line.cure_values)
    assert examine_server(server).healthy


def test_host_name_where_nothing_is_compared(server: PrivateOrthanc) -> None:
    know(server, slicer=entry(server, Host="localhost"))
    assert examine_server(server).healthy


@pytest.mark.parametrize(
    ("change", "fault", "cause"),
    [
        ({"Host": ELSEWHERE}, "entry_address", f"at {ELSEWHERE}, and this computer is 127"),
        ({"Port": 11}, "entry_port", "at port 11, and our listener is at"),
    ],
    ids=["address", "port"],
)
@pytest.mark.parametrize(("method", "state"), [("C-MOVE", "failed"), ("C-GET", "warning")])
def test_entry_that_leads_elsewhere(
    server: PrivateOrthanc, change: dict[str, Any], fault: str, cause: str, method: str, state: str
) -> None:
    """Only C-MOVE goes there: the other ways work as they are."""
    know(server, slicer=entry(server, **change))
    report = examine_server(server, retrieve_method=method)
    assert_fault(report, "registered", fault, cause, "register", "register", state)
    assert_skipped(report, "registered", "listener_echo")
    assert [report.line(name).state for name in ("find", "get")] == ["passed", "passed"]
    registered(server)
    assert examine_server(server).healthy


@pytest.mark.parametrize("operation", ["Find", "Get", "Move"])
def test_operation_not_allowed(server: PrivateOrthanc, operation: str) -> None:
    know(server, slicer=entry(server, **{f"Allow{operation}": False}))
    report = examine_server(server, retrieve_method="C-MOVE" if operation == "Move" else "C-GET")
    name = operation.lower()
    cause = f"does not allow C-{operation.upper()} for SLICER .Allow{operation}"
    assert_fault(report, name, f"{name}_forbidden", cause, "register", "register")
    registered(server)
    assert examine_server(server).healthy


def test_echo_not_allowed_is_a_warning(server: PrivateOrthanc) -> None:
    server.restart(DicomAlwaysAllowEcho=False)
    know(server, slicer=entry(server, AllowEcho=False))
    report = examine_server(server)
    assert_fault(
        *(report, "echo", "echo_forbidden", "AllowEcho", "register", "register", "warning")
    )
    assert report.line("get").state == "passed"


def test_ae_title_that_another_computer_has_as_well(server: PrivateOrthanc) -> None:
    know(server, slicer=entry(server), other=entry(server, Host=ELSEWHERE))
    report = examine_server(server)
    assert_fault(
        *(report, "registered", "ae_title_shared", "2 entries", "nobody else has"),
        state="warning",
    )


def test_entries_that_may_not_be_read(server: PrivateOrthanc, tmp_path: Path) -> None:
    forbid(server, tmp_path, "string.find(uri, '/modalities') == 1 and username ~= 'nobody'")
    report = examine_server(server)
    assert report.healthy, report.text()
    assert "may not be read" in report.line("registered").detail
    report = examine_server(server, calling_ae_title="STRANGER")
    assert_fault(
        *(report, "registered", "entries_unreadable", "may not see", "administrator", "register")
    )
    assert_skipped(report, "registered", "find", "get", "listener_echo")


def test_what_the_dicom_side_says_to_a_computer(server: PrivateOrthanc) -> None:
    """Told without a DICOM library: known, unknown, another called AE title, C-GET not allowed."""
    assert reach(server_profile(server)) == Reach(True, True, True)
    stranger = server_profile(server, calling_ae_title="STRANGER")
    assert reach(stranger) == Reach(True, False, False)
    know(server, slicer={**entry(server), "AllowGet": False})
    assert reach(server_profile(server)) == Reach(True, True, False)
    server.restart(DicomCheckCalledAet=True, DicomAlwaysAllowEcho=False)
    assert reach(stranger) == Reach(True, False, False)
    wrong = reach(server_profile(server, called_ae_title="WRONG"))
    assert not wrong.answers and "its AE title is not WRONG" in wrong.message and wrong.hint


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (closed_port, "Nothing listens on"),
        (None, "speaks HTTP, not DICOM"),
        (silent_port, "did not answer within"),
        (dripping_port, "did not answer within"),
        (partial(answering_port, None), "closed the connection without a DICOM answer"),
    ],
)
def test_what_is_no_dicom_side_is_told(server: PrivateOrthanc, made: Any, message: str) -> None:
    quick = {"connect_timeout": 1.0, "dimse_timeout": 1.0}
    with made() if made else nullcontext(server.http_port) as port:
        began = time.monotonic()
        told = reach(server_profile(server, dicom_port=port, **quick))
    assert time.monotonic() - began < here(4)
    assert not told.answers and (told.finds, told.gets) == (None, None)
    assert message in told.message and told.hint, told


def test_a_caller_is_not_asked_for_what_the_server_refuses(server: PrivateOrthanc) -> None:
    """In Slicer, ctk would write the refusal to the error log."""
    asked: list[Any] = []
    probe = CallerProbe(asked.append, CancelToken(), 5.0)
    listener = KnownListener("stopped", server.storage_port)
    report = examine_server(server, calling_ae_title="STRANGER", probe=probe, listener=listener)
    assert_skipped(report, "registered", "find", "get")
    assert asked == []
