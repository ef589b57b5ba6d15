"""The doctor on a workstation behind a router that translates addresses (NAT)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from Support.process.command_line import CommandLine
from Support.scenarios.doctor_cases import as_usual, entry, know
from Support.servers.nat import TranslatedNetwork, why_not
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture(scope="module")
def network() -> Iterator[TranslatedNetwork]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with TranslatedNetwork() as made:
        yield made


@pytest.fixture(scope="module")
def shared(network: TranslatedNetwork) -> Iterator[PrivateOrthanc]:
    with PrivateOrthanc(plugins=False, address=network.server) as server:
        yield server


@pytest.fixture
def server(shared: PrivateOrthanc) -> Iterator[PrivateOrthanc]:
    yield as_usual(shared)
    assert shared.count() == 0, "the doctor leaves nothing behind"


@pytest.fixture
def on_workstation(
    network: TranslatedNetwork, server: PrivateOrthanc, tmp_path: Path
) -> Callable[..., Any]:
    """Run the command line behind the router, by a profile with some fields of its own."""
    line = CommandLine(tmp_path)

    def run(*words: str, method: str = "C-GET") -> Any:
        added = line.run(
            *("profile", "add", "far", server.rest_url, "--user", server.user, "--replace"),
            *("--fingerprint", server.fingerprint, "--dicom-port", server.dicom_port),
            *("--called-ae-title", server.aet, "--calling-ae-title", server.calling_aet),
            *("--storage-port", server.storage_port, "--method", method),
        )
        assert (added.code, added.err) == (0, "")
        said = line.run(*words, stdin=server.password + "\n", prefix=network.inside())
        assert server.password not in said.out + said.err
        return said

    return run


def examined(said: Any) -> dict[str, Any]:
    lines = {line["id"]: line for line in said.data["lines"]}
    assert said.data["healthy"] == (said.code == 0), said.out
    return lines


DOCTOR = ("doctor", "far", "--json", "--password-stdin")


@pytest.mark.parametrize("method", ["C-GET", "C-MOVE", "HTTPS"])
def test_c_move_can_not_work_and_the_others_do(
    network: TranslatedNetwork, server: PrivateOrthanc, on_workstation: Any, method: str
) -> None:
    """The entry has the workstation's own address: the server has no way to it."""
    know(server, slicer=entry(server, Host=network.workstation))
    said = on_workstation(*DOCTOR, method=method)
    lines = examined(said)
    line = lines["listener_echo"]
    assert line["fault"] == "behind_nat", said.out
    assert f"sees this computer as {network.router}" in line["cause"]
    assert f"its address is {network.workstation}" in line["cause"]
    assert "translates addresses (NAT)" in line["cause"]
    working = ("find", "get", "https_instance", "registered", "cleanup")
    assert {name: lines[name]["state"] for name in working} == dict.fromkeys(working, "passed")
    if method != "C-MOVE":
        assert (said.code, line["state"], line["cure_action"]) == (0, "warning", "")
        assert "needs no way back; C-MOVE can't work" in line["cure"]
        return
    assert (said.code, line["state"]) == (1, "failed")
    assert line["cure_values"] == {"retrieve_method": "C-GET"}
    assert f"let the router at {network.router} forward that port" in line["cure"]
    assert (lines["move"]["state"], lines["move"]["because_of"]) == ("skipped", "listener_echo")


def test_an_entry_with_the_routers_address(
    network: TranslatedNetwork, server: PrivateOrthanc, on_workstation: Any
) -> None:
    """What the server sees is registered: right for what we ask, no way back."""
    know(server, slicer=entry(server, Host=network.router))
    lines = examined(on_workstation(*DOCTOR))
    assert (lines["registered"]["state"], lines["get"]["state"]) == ("passed", "passed")
    assert lines["listener_echo"]["fault"] == "behind_nat"
    assert f"{network.router}:{server.storage_port}" in lines["listener_echo"]["cause"]


def test_a_server_that_checks_addresses(
    network: TranslatedNetwork, server: PrivateOrthanc, on_workstation: Any
) -> None:
    """It refuses the workstation's own address; the cure names the one that it sees, and works."""
    server.restart(DicomCheckModalityHost=True)
    know(server, slicer=entry(server, Host=network.workstation))
    said = on_workstation(*DOCTOR)
    line = examined(said)["registered"]
    assert (line["state"], line["fault"]) == ("failed", "behind_nat"), said.out
    assert f"sees this computer as {network.router}" in line["cause"]
    assert "DicomCheckModalityHost" in line["cause"]
    assert line["cure_action"] == "register"
    assert line["cure_values"] == {"address": network.router, "exact_address": True}
    registered = on_workstation(
        *("register", "far", "--replace", "--address", network.router, "--exact-address"),
        *("--json", "--password-stdin"),
    )
    assert registered.code == 0, registered.err
    lines = examined(on_workstation(*DOCTOR))
    states = {name: lines[name]["state"] for name in ("registered", "find", "get")}
    assert set(states.values()) == {"passed"}, lines
