"""Registration and the first connection, with a real Orthanc."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.setup.first_connection import connect_first
from OrthancConnectCore.setup.registration import plan_registration, register
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    CertificateChangedError,
    InvalidProfileError,
    UntrustedCertificateError,
)
from OrthancConnectCore.shared.profile import TrustPolicy
from Support.data.certificates import make_certificate
from Support.scenarios.doctor_cases import entry, examine_server, forbid, know, server_profile
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def server(usual_server: PrivateOrthanc) -> PrivateOrthanc:
    return usual_server


@pytest.fixture
def client(server: PrivateOrthanc) -> Iterator[OrthancClient]:
    credentials = Credentials(server.user, server.password)
    with OrthancClient(server_profile(server), credentials) as open_client:
        yield open_client


def known_to(server: PrivateOrthanc) -> Any:
    return server.get_json("/modalities?expand")


def test_registering_makes_query_and_retrieve_work(
    server: PrivateOrthanc, client: OrthancClient
) -> None:
    know(server)
    assert not examine_server(server).healthy
    result = register(client, plan_registration(client, server_profile(server)))
    assert result.outcome == "registered"
    assert "may be lost when the server restarts" in result.hint
    there = known_to(server)["SLICER"]
    assert (there["AET"], there["Host"], there["Port"]) == (
        *("SLICER", "127.0.0.1"),
        server.storage_port,
    )
    assert there["Manufacturer"] == "Generic"
    assert [there[f"Allow{name}"] for name in ("Echo", "Find", "Get", "Move", "Store")] == [
        True
    ] * 5
    assert there["AllowFindWorklist"] is False
    assert examine_server(server, retrieve_method="C-MOVE").healthy


def test_registering_again_does_nothing(server: PrivateOrthanc, client: OrthancClient) -> None:
    before = known_to(server)
    plan = plan_registration(client, server_profile(server))
    assert plan.changes_nothing
    assert register(client, plan).outcome == "already"
    assert known_to(server) == before


def test_an_entry_with_another_address_and_port_is_corrected(
    server: PrivateOrthanc, client: OrthancClient
) -> None:
    know(server, other=entry(server, AET="OTHER"), old=entry(server, Host="192.0.2.7", Port=104))
    plan = plan_registration(client, server_profile(server))
    assert [change[0] for change in plan.entries[0].changes] == ["Host", "Port"]
    assert register(client, plan).outcome == "registered"
    there = known_to(server)
    assert set(there) == {"other", "old"}
    assert (there["old"]["Host"], there["old"]["Port"]) == ("127.0.0.1", server.storage_port)


def test_an_address_that_the_person_gives_is_taken(
    server: PrivateOrthanc, client: OrthancClient
) -> None:
    know(server)
    register(client, plan_registration(client, server_profile(server), address="192.0.2.99"))
    assert known_to(server)["SLICER"]["Host"] == "192.0.2.99"


@pytest.mark.parametrize("readable", [True, False])
def test_without_the_right_nothing_changes_and_the_line_works(
    server: PrivateOrthanc, tmp_path: Path, readable: bool
) -> None:
    forbidden = "string.find(uri, '/modalities') == 1 and username == 'limited'"
    forbid(server, tmp_path, forbidden + (" and method == 'PUT'" if readable else ""))
    server.restart(RegisteredUsers={server.user: server.password, "limited": "Pw-2-limited"})
    know(server)
    profile = server_profile(server, user="limited")
    with OrthancClient(profile, Credentials("limited", "Pw-2-limited")) as client:
        plan = plan_registration(client, profile)
        result = register(client, plan)
    assert (plan.readable, result.outcome) == (readable, "not_allowed")
    assert known_to(server) == {}
    line = json.loads("{" + result.configuration_lines[0] + "}")
    server.restart(DicomModalities=line, LuaScripts=[])
    assert examine_server(server).healthy


@pytest.mark.parametrize("in_database", [False, True])
def test_what_a_restart_does_to_it(in_database: bool) -> None:
    """Lost, or kept and the file's entries hidden: what the result says, as it is unknown."""
    options = {"DicomModalitiesInDatabase": in_database}
    with PrivateOrthanc(options, modalities={"file": ["FILE", "192.0.2.1", 1]}) as server:
        assert set(known_to(server)) == (set() if in_database else {"file"})
        profile = server_profile(server)
        with OrthancClient(profile, Credentials(server.user, server.password)) as client:
            result = register(client, plan_registration(client, profile))
            assert "configuration file are not used" in result.outlives_restart_because
            assert "lost at a restart" in result.outlives_restart_because
            server.restart()
            again = plan_registration(client, profile)
        assert again.changes_nothing is in_database
        assert set(known_to(server)) == ({"SLICER"} if in_database else {"file"})


# First connection --------------------------------------------------------------------------------


def test_an_address_and_a_login_are_all_that_is_typed(
    server: PrivateOrthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "pc-7")
    know(server)
    credentials = Credentials(server.user, server.password)
    typed = f"127.0.0.1:{server.https_port}"
    with pytest.raises(UntrustedCertificateError) as asked:
        connect_first(typed, credentials)
    shown = asked.value.certificate
    assert shown["fingerprint"] == server.fingerprint
    assert shown["self_signed"] and shown["not_after"] and shown["subject"] and shown["issuer"]
    pin = TrustPolicy.pinned(shown["fingerprint"])
    found = connect_first(typed, credentials, trust=pin, taken_names=["IUIBS"])
    profile = found.profile
    assert (profile.name, profile.rest_url) == ("IUIBS (2)", server.rest_url)
    assert (profile.called_ae_title, profile.dicom_port) == ("IUIBS", server.dicom_port)
    assert (profile.dicom_host, found.address) == ("127.0.0.1", "127.0.0.1")
    assert (profile.calling_ae_title, profile.storage_ae_title) == ("SLICER-PC-7", "SLICER-PC-7")
    assert profile.storage_port >= 11112
    with OrthancClient(profile, credentials) as client:
        register(client, plan_registration(client, profile))
    from OrthancConnectCore.doctor.run import run

    report = run(profile, credentials)
    assert report.healthy, report.text()


def test_a_computer_that_the_server_knows_keeps_its_name_and_port(
    server: PrivateOrthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = TrustPolicy.pinned(server.fingerprint)
    found = connect_first(server.rest_url, Credentials(server.user, server.password), trust=pin)
    assert found.known_as == "slicer"
    assert found.profile.calling_ae_title == "SLICER"
    assert found.profile.storage_port == server.storage_port
    know(server, slicer=entry(server), other=entry(server, AET="TWO"))
    monkeypatch.setattr(socket, "gethostname", lambda: "two")
    found = connect_first(server.rest_url, Credentials(server.user, server.password), trust=pin)
    assert (found.known_as, found.profile.calling_ae_title) == ("", "SLICER-TWO")


def test_an_ae_title_that_another_computer_has_is_not_proposed(
    server: PrivateOrthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "pc-7")
    know(server, them=entry(server, AET="SLICER-PC-7", Host="192.0.2.7"))
    found = connect_first(
        *(server.rest_url, Credentials(server.user, server.password)),
        trust=TrustPolicy.pinned(server.fingerprint),
    )
    assert found.profile.calling_ae_title.startswith("SLICER-PC-7-")


def test_wrong_password_http_and_a_changed_certificate(
    server: PrivateOrthanc, tmp_path: Path
) -> None:
    pin = TrustPolicy.pinned(server.fingerprint)
    with pytest.raises(AuthenticationError):
        connect_first(server.rest_url, Credentials(server.user, "wrong"), trust=pin)
    with pytest.raises(InvalidProfileError, match="clear"):
        connect_first(server.http_url, Credentials(server.user, server.password))
    other = TrustPolicy.pinned(make_certificate(tmp_path, "other").fingerprint)
    with pytest.raises(CertificateChangedError) as changed:
        connect_first(server.rest_url, Credentials(server.user, server.password), trust=other)
    assert changed.value.presented == server.fingerprint
    assert changed.value.certificate["fingerprint"] == server.fingerprint
