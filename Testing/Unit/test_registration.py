"""Registration and the first connection: names, addresses and what a plan would change."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from OrthancConnectCore.network.addresses import bare_address, is_same_host
from OrthancConnectCore.orthanc.modalities import RemoteModality, configuration_line, modality_name
from OrthancConnectCore.setup.registration import plan_registration, register
from OrthancConnectCore.shared.errors import (
    ConflictError,
    InvalidProfileError,
    PermissionDeniedError,
    ServerError,
)
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.validation import (
    propose_calling_ae_title,
    server_address,
    validate_ae_title,
)

PROFILE = ServerProfile("lab", "https://server.example:8042", calling_ae_title="SLICER-A")
ADDRESS = "192.0.2.25"


class Server:
    """Stands for Orthanc's list of modalities."""

    profile = PROFILE

    def __init__(self, **entries: dict[str, Any]) -> None:
        self.entries = dict(entries)
        self.fault: Any = None
        self.puts: list[str] = []

    def get_json(self, path: str, params: Any = None) -> Any:
        assert path == "/modalities"
        if self.fault and self.fault[0] == "GET":
            raise self.fault[1]
        return json.loads(json.dumps(self.entries))

    def put_json(self, path: str, content: Any) -> None:
        if self.fault and self.fault[0] == "PUT":
            raise self.fault[1]
        self.puts.append(path)
        self.entries[path.rpartition("/")[2]] = content


def http_error(kind: type, status: int) -> Any:
    facts = {"method": "PUT", "path": "/", "orthanc_status": None, "details": ""}
    return kind("No.", "", status_code=status, **facts)


def plan(server: Server, **options: Any) -> Any:
    profile = options.pop("profile", PROFILE)
    return plan_registration(server, profile, address=ADDRESS, **options)  # type: ignore[arg-type]


def entry(**changes: Any) -> dict[str, Any]:
    return {"AET": "SLICER-A", "Host": ADDRESS, "Port": 11112, **changes}


# Names and addresses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ae_title", "taken", "name"),
    [
        ("SLICER-PC1", [], "SLICER-PC1"),
        ("My Slicer.1", [], "My-Slicer-1"),
        ("***", [], "slicer"),
        ("SLICER", ["slicer", "SLICER-2"], "SLICER-3"),
    ],
)
def test_entries_get_names_that_orthanc_takes(ae_title: str, taken: list[str], name: str) -> None:
    assert modality_name(ae_title, taken) == name


def test_the_line_for_the_configuration_file_is_json() -> None:
    line = configuration_line(RemoteModality("a", 'SLICER "1"', ADDRESS, 11112))
    assert json.loads("{" + line + "}") == {"a": ['SLICER "1"', ADDRESS, 11112, "Generic"]}


def test_addresses_are_compared_as_addresses() -> None:
    assert bare_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert bare_address("fe80::1%eth0") == "fe80::1"
    assert is_same_host("2001:DB8::0:1", "2001:db8::1")
    assert is_same_host("localhost", "127.0.0.1")
    assert not is_same_host("localhost", "127.0.0.1", exact=True)
    assert not is_same_host("192.0.2.1", "192.0.2.10")
    assert not is_same_host("no-such-host.invalid", "192.0.2.1")


@pytest.mark.parametrize(
    ("host_name", "taken", "expected"),
    [
        ("pc-7", [], "SLICER-PC-7"),
        ("mac1.example.org", [], "SLICER-MAC1"),
        ("Núria-PC", [], "SLICER-NURIA-PC"),
        ("núria.hospital.example", [], "SLICER-NURIA"),
        ("pc-7", ["slicer-PC-7 "], r"SLICER-PC-7-[0-9A-F]{4}"),
        ("workstation-radiology-12", [], r"SLICER-WORK-[0-9A-F]{4}"),
        ("localhost", [], r"SLICER-LOCA-[0-9A-F]{4}"),
        ("", [], r"SLICER-[0-9A-F]{4}"),
        ("日本", [], r"SLICER-[0-9A-F]{4}"),
    ],
)
def test_a_calling_ae_title_of_this_computer_s_own(
    host_name: str, taken: list[str], expected: str
) -> None:
    import re

    title = propose_calling_ae_title(host_name, taken)
    assert re.fullmatch(expected, title), title
    assert validate_ae_title(title, "calling_ae_title") == title
    assert propose_calling_ae_title(host_name, taken) == title
    assert title.upper() not in [name.strip().upper() for name in taken]


def test_two_long_names_that_begin_alike_get_different_titles() -> None:
    names = [f"workstation-radiology-{number}" for number in range(20)]
    assert len({propose_calling_ae_title(name) for name in names}) == 20


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("server", "https://server:8042"),
        ("ps", "https://ps:8042"),
        ("server/orthanc", "https://server:8042/orthanc"),
        ("server/app/explorer.html#study?uuid=1", "https://server:8042"),
        (" server.example:443 ", "https://server.example:443"),
        ("https://server", "https://server"),
        ("HTTPS://server:8042/", "https://server:8042"),
        ("https://server:8042/app/explorer.html#find-patients", "https://server:8042"),
        ("https://server/ui/app/", "https://server"),
        ("https://server/orthanc/", "https://server/orthanc"),
        ("https://server/orthanc/ui/app/#/", "https://server/orthanc"),
        ("http://server:8042", "http://server:8042"),
        ("[2001:db8::1]:8042", "https://[2001:db8::1]:8042"),
    ],
)
def test_what_people_type_as_address(typed: str, address: str) -> None:
    assert server_address(typed) == address


@pytest.mark.parametrize("typed", ["", "   ", "ftp://server", "https://ana:secret@server", "a b"])
def test_what_can_not_be_an_address(typed: str) -> None:
    with pytest.raises(InvalidProfileError) as refused:
        server_address(typed)
    assert "secret" not in str(refused.value)


# The plan ----------------------------------------------------------------------------------------


def test_an_unknown_computer_is_added_with_the_permissions_it_needs() -> None:
    server = Server()
    found = plan(server)
    (one,) = found.entries
    assert (one.action, one.wanted.name, found.changes_nothing) == ("add", "SLICER-A", False)
    assert one.wanted.settings["Manufacturer"] == "Generic"
    assert [one.wanted.allows(name) for name in ("Echo", "Find", "Get", "Move", "Store")] == [
        True
    ] * 5
    assert not one.wanted.allows("FindWorklist")
    assert server.puts == [], "a plan changes nothing"


def test_an_entry_that_is_right_is_kept() -> None:
    found = plan(Server(lab=entry(AET="slicer-a ")))
    assert found.changes_nothing
    assert found.entries[0].wanted.name == "lab"


def test_a_wrong_entry_is_corrected_and_keeps_the_rest() -> None:
    server = Server(lab=entry(Host="10.0.0.9", Port=104, AllowGet=False, Timeout=7))
    (one,) = plan(server).entries
    assert one.action == "correct"
    assert one.changes == (
        ("Host", "10.0.0.9", ADDRESS),
        ("Port", "104", "11112"),
        ("AllowGet", "False", "True"),
    )
    assert one.wanted.settings["Timeout"] == 7
    result = register(server, plan(server))  # type: ignore[arg-type]
    assert (result.outcome, server.puts) == ("registered", ["/modalities/lab"])
    assert server.entries["lab"]["Port"] == 11112


def test_of_several_entries_the_fitting_one_counts_and_the_others_are_named() -> None:
    (one,) = plan(Server(a=entry(Host="10.0.0.9"), b=entry(), c=entry(Port=1))).entries
    assert (one.action, one.wanted.name, one.same_ae_title) == ("keep", "b", ("a", "c"))
    (one,) = plan(Server(z=entry(Port=2), a=entry(Port=1))).entries
    assert (one.action, one.wanted.name, one.same_ae_title) == ("correct", "a", ("z",))


def test_a_listener_with_an_ae_title_of_its_own_has_an_entry_of_its_own() -> None:
    profile = PROFILE.replace(storage_ae_title="SLICER-A-IN", storage_port=11200)
    server = Server()
    found = plan(server, profile=profile)
    assert [one.wanted.ae_title for one in found.entries] == ["SLICER-A", "SLICER-A-IN"]
    result = register(server, found)  # type: ignore[arg-type]
    assert result.outcome == "registered"
    assert set(server.entries) == {"SLICER-A", "SLICER-A-IN"}
    assert len(result.configuration_lines) == 2


def test_a_name_of_somebody_else_is_not_taken() -> None:
    server = Server(**{"SLICER-A": entry(AET="OTHER")})
    (one,) = plan(server).entries
    assert (one.action, one.wanted.name) == ("add", "SLICER-A-2")


def test_an_address_that_can_not_be_one_is_refused() -> None:
    with pytest.raises(InvalidProfileError):
        plan_registration(Server(), PROFILE, address="two words")  # type: ignore[arg-type]


# Doing it ----------------------------------------------------------------------------------------


def test_an_entry_changed_meanwhile_is_not_overwritten() -> None:
    server = Server(lab=entry(Port=1))
    found = plan(server)
    server.entries["lab"]["Host"] = "10.9.9.9"
    with pytest.raises(ConflictError, match="changed by somebody else"):
        register(server, found)  # type: ignore[arg-type]
    assert server.puts == []


@pytest.mark.parametrize(("method", "status"), [("PUT", 403), ("PUT", 405), ("GET", 403)])
def test_without_the_right_it_gives_the_line(method: str, status: int) -> None:
    server = Server()
    server.fault = (method, http_error(PermissionDeniedError, status))
    found = plan(server)
    assert found.readable is (method == "PUT")
    result = register(server, found)  # type: ignore[arg-type]
    assert (result.outcome, server.puts) == ("not_allowed", [])
    assert result.outlives_restart_because == "Registered: nothing."
    (line,) = result.configuration_lines
    assert json.loads("{" + line + "}") == {"SLICER-A": ["SLICER-A", ADDRESS, 11112, "Generic"]}
    assert "orthanc.json" in result.hint
    json.dumps(asdict(result))


def test_other_faults_of_the_server_are_raised() -> None:
    server = Server()
    server.fault = ("PUT", http_error(ServerError, 500))
    with pytest.raises(ServerError):
        register(server, plan(server))  # type: ignore[arg-type]


def test_what_the_server_did_not_keep_is_told() -> None:
    class Forgetful(Server):
        def put_json(self, path: str, content: Any) -> None:
            self.entries["SLICER-A"] = {**content, "Port": 1}

    server = Forgetful()
    result = register(server, plan(server))  # type: ignore[arg-type]
    assert result.outcome == "not_kept"
    assert "does not show it as it was sent" in result.message


def test_whether_it_outlives_a_restart_is_not_known() -> None:
    server = Server()
    result = register(server, plan(server))  # type: ignore[arg-type]
    because = result.outlives_restart_because
    assert "DicomModalitiesInDatabase" in because and "not used" in because
