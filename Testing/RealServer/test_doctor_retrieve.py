"""The doctor and a real Orthanc: the faults of our listener and of what comes, or does not."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Iterator, Optional

import pytest
from pydicom.data import get_testdata_file
from pynetdicom import AE

import OrthancConnectCore
from OrthancConnectCore.doctor.examination import KnownListener
from OrthancConnectCore.doctor.instance import Sample
from OrthancConnectCore.doctor.probe import CallerProbe, PynetdicomProbe
from OrthancConnectCore.doctor.run import run
from OrthancConnectCore.shared.check_lines import cured_profile
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.events import CancelToken
from Support.scenarios.doctor_cases import (
    assert_fault,
    assert_skipped,
    closed_port,
    entry,
    examine_server,
    know,
    server_profile,
)
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def server(usual_server: PrivateOrthanc) -> PrivateOrthanc:
    return usual_server


# Our listener ------------------------------------------------------------------------------------


# Only C-MOVE needs it.
LISTENER_STATES = pytest.mark.parametrize(
    ("method", "state"), [("C-MOVE", "failed"), ("C-GET", "warning"), ("HTTPS", "warning")]
)


@LISTENER_STATES
def test_listener_is_down(server: PrivateOrthanc, method: str, state: str) -> None:
    listener = KnownListener("failed", server.storage_port, "storescp is not installed")
    report = examine_server(server, listener=listener, retrieve_method=method)
    assert_fault(  # what a listener that was never started says of itself is no reason
        *(examine_server(server, listener=KnownListener("stopped", 1, "Not running.")), "listener"),
        *("listener_down", "does not run[.]$", "Start it", "start_listener", "warning"),
    )
    line = assert_fault(
        *(report, "listener", "listener_down", "storescp is not installed", "Start it"),
        action="start_listener",
        state=state,
    )
    assert (f"{method} works without it" in line.cure) == (state == "warning")
    assert_skipped(report, "listener", "listener_echo", *(["move"] * (method == "C-MOVE")))


def test_listener_that_only_says_that_it_runs(server: PrivateOrthanc) -> None:
    listener = KnownListener("running", server.storage_port)
    report = examine_server(server, listener=listener, retrieve_method="C-MOVE")
    assert_fault(
        *(report, "listener", "listener_down", "does not answer", "Start it again"),
        action="start_listener",
    )


@pytest.mark.parametrize("given", [True, False], ids=["Slicer's", "own"])
def test_listener_port_is_taken_and_by_whom(server: PrivateOrthanc, given: bool) -> None:
    script = (
        "import socket, time; listener = socket.create_server(('127.0.0.1', "
        f"{server.storage_port})); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        listener = KnownListener("failed", server.storage_port) if given else None
        try:
            report = examine_server(server, listener=listener, retrieve_method="C-MOVE")
        finally:
            other.kill()
    line = assert_fault(
        *(report, "listener", "listener_port_taken", f"python.* .process {other.pid}"),
        *("use port", "choose_port"),
    )
    free = line.cure_values["storage_port"]
    assert f"port {free}" in line.cure and free != server.storage_port
    assert_skipped(report, "listener", "listener_echo")
    cured = cured_profile(server_profile(server), line)
    assert cured.storage_port == free


def test_listener_at_another_port_than_the_profile_says(server: PrivateOrthanc) -> None:
    with storescp(server.storage_port), closed_port() as expected:
        listener = KnownListener("running", server.storage_port)
        report = examine_server(server, listener=listener, storage_port=expected)
    assert report.line("listener").fault == "listener_port", report.text()
    assert report.line("listener").cure_values == {"storage_port": server.storage_port}


class storescp:
    """DCMTK's listener, which is also Slicer's."""

    def __init__(self, port: int) -> None:
        self._port = port

    def __enter__(self) -> None:
        self._process = subprocess.Popen(
            ["/usr/bin/storescp", "--ignore", str(self._port)], stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("storescp did not start")

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.wait()


@pytest.mark.parametrize("method", ["C-GET", "C-MOVE"])
def test_a_listener_that_runs_in_another_program(server: PrivateOrthanc, method: str) -> None:
    with storescp(server.storage_port):
        for listener in (KnownListener("running", server.storage_port), None):
            report = examine_server(server, listener=listener, retrieve_method=method)
            assert report.healthy, report.text()
            assert "storescp (process" in report.line("listener").detail


@pytest.fixture
def loopback_listener(server: PrivateOrthanc) -> Iterator[None]:
    """A listener behind a firewall: it answers this computer, and nobody at its own address."""
    entity = AE(ae_title="SLICER")
    entity.add_supported_context("1.2.840.10008.1.1")
    listener = entity.start_server(("127.0.0.1", server.storage_port), block=False)
    yield
    listener.shutdown()


@pytest.mark.parametrize("method", ["C-GET", "C-MOVE"])
@pytest.mark.usefixtures("loopback_listener")
def test_the_server_can_not_reach_us(server: PrivateOrthanc, method: str) -> None:
    """A firewall, for nothing translates addresses: C-MOVE can't work, and the other ways do."""
    address = own_address()
    know(server, slicer=entry(server, Host=address))
    report = examine_server(server, dicom_host=address, retrieve_method=method)
    line = report.line("listener_echo")
    assert line.fault == "unreachable_from_server", report.text()
    assert "a firewall is in between, for no address is translated" in line.cause
    assert f"{address}:{server.storage_port}" in line.cause
    assert [report.line(name).state for name in ("listener", "get", "find")] == ["passed"] * 3
    if method == "C-GET":
        assert (line.state, line.cure_action) == ("warning", "")
        assert "needs no way back" in line.cure
        return
    assert [one.id for one in report.failures] == ["listener_echo"]
    assert line.cure_values == {"retrieve_method": "C-GET"}
    assert_skipped(report, "listener_echo", "move")
    cured = cured_profile(server_profile(server, dicom_host=address), line)
    assert run(cured, Credentials(server.user, server.password)).healthy


def own_address() -> str:
    """An address of this machine that is not loopback; packets to it don't leave the machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("198.51.100.1", 9))  # UDP: nothing is sent
        address = str(probe.getsockname()[0])
    assert not address.startswith("127."), "this machine has no address but loopback"
    return address


# What comes --------------------------------------------------------------------------------------


def test_images_cross_the_network_in_clear(server: PrivateOrthanc) -> None:
    address = own_address()
    know(server, slicer=entry(server, Host=address))
    report = examine_server(server, dicom_host=address)
    line = assert_fault(
        *(report, "clear", "dicom_in_clear", "cross the network in clear", "HTTPS"),
        action="switch_method",
        state="warning",
        retrieve_method="HTTPS",
    )
    cured = cured_profile(server_profile(server, dicom_host=address), line)
    report = run(cured, Credentials(server.user, server.password))
    assert report.line("clear").state == "passed"
    assert "C-FIND are in clear" in report.line("clear").detail


def test_entry_with_another_address_of_ours(server: PrivateOrthanc) -> None:
    """The server reaches a listener there; only a router could tell whether it is ours."""
    know(server, slicer=entry(server, Host=own_address()))
    with storescp(server.storage_port):
        report = examine_server(server)
    assert_fault(
        *(report, "registered", "entry_address_unsure", r"translates addresses \(NAT\)"),
        *("register", "register", "warning"),
    )
    assert examine_server(server).healthy, "our own listener, started for this, sees who comes"


class Tampering(PynetdicomProbe):
    """Brings other pixels than the server has."""

    def get_one(self, sample: Sample, folder: Path) -> Optional[Path]:
        path = super().get_one(sample, folder)
        assert path is not None
        content = bytearray(path.read_bytes())
        content[-20] ^= 1
        path.write_bytes(content)
        return path


def test_other_pixels_over_dicom_than_over_https(server: PrivateOrthanc) -> None:
    probe = Tampering(server_profile(server), CancelToken())
    report = examine_server(server, probe=probe)
    assert_fault(report, "https_instance", "https_differs", "other pixels", "trust neither")


class Empty(PynetdicomProbe):
    """Ends well and brings nothing, as ctk does after failed sub-operations."""

    def get_one(self, sample: Sample, folder: Path) -> Optional[Path]:
        return None


def test_c_get_that_ends_well_and_brings_nothing(server: PrivateOrthanc) -> None:
    probe = Empty(server_profile(server), CancelToken())
    report = examine_server(server, probe=probe, retrieve_method="C-GET")
    assert_fault(
        *(report, "get", "get_nothing", "brings nothing", "HTTPS", "switch_method"),
        retrieve_method="HTTPS",
    )


class NativeOnly(PynetdicomProbe):
    """Asks for uncompressed images only, as a Slicer without the codec does."""

    def get_one(self, sample: Sample, folder: Path) -> Optional[Path]:
        return super().get_one(dataclasses.replace(sample, transfer_syntax=""), folder)


def test_compressed_series_without_a_codec(server: PrivateOrthanc) -> None:
    file = get_testdata_file("JPEG2000.dcm", download=False)
    server.store(str(file))
    try:
        report = examine_server(server)
        assert report.healthy
        assert "JPEG 2000" in report.line("compressed").detail
        probe = NativeOnly(server_profile(server), CancelToken())
        report = examine_server(server, probe=probe)
    finally:
        server.reset()
    assert_fault(
        *(report, "compressed", "compressed", "JPEG 2000.*a codec may be missing", "over HTTPS"),
        action="switch_method",
        state="warning",
        retrieve_method="HTTPS",
    )


def test_dicom_port_of_another_server(server: PrivateOrthanc) -> None:
    with PrivateOrthanc({"DicomAlwaysAllowFind": True}, plugins=False) as other:
        report = examine_server(server, dicom_port=other.dicom_port)
    line = report.line("find")
    assert line.fault == "find_nothing", report.text()
    assert "same server" in line.cure


def test_without_pynetdicom_the_rest_is_looked_at(
    server: PrivateOrthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("OrthancConnectCore.dimse")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(OrthancConnectCore, "dimse", raising=False)
    monkeypatch.setitem(sys.modules, "pynetdicom", None)
    report = examine_server(server)
    assert report.healthy, report.text()
    states = {name: report.line(name).state for name in ("find", "get", "compressed", "listener")}
    assert set(states.values()) == {"skipped"}, report.text()
    assert "pynetdicom" in report.line("find").cause
    line = report.line("get")
    assert (line.cure_action, line.cure_values) == ("install", {"package": "pynetdicom"})
    assert [report.line(name).state for name in ("echo", "https_instance")] == ["passed"] * 2


def test_the_caller_can_do_the_dicom_part(server: PrivateOrthanc, tmp_path: Path) -> None:
    """As the panel does by ctk: the doctor asks, and the answers come from another thread."""
    token = CancelToken()
    other = PynetdicomProbe(server_profile(server), token)
    asked = []

    def ask(question: dict[str, Any]) -> None:
        asked.append(question["step"])
        threading.Thread(target=answer, args=(question,)).start()

    def answer(question: dict[str, Any]) -> None:
        sample = Sample(**question["sample"])
        if question["step"] == "find":
            caller.answer("find", {"matches": other.find_one(sample)})
        else:
            path = other.get_one(sample, Path(question["folder"]))
            caller.answer("get", {"path": str(path)})

    caller = CallerProbe(ask, token, 5.0)
    report = examine_server(server, probe=caller)
    assert sorted(asked) == ["find", "get"]
    assert report.healthy, report.text()
    assert "identical" in report.line("https_instance").detail
