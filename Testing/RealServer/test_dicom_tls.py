"""DICOM over TLS, of either end: a real Orthanc with DicomTlsEnabled, and DCMTK's storescu."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.dimse.arrivals import Arrivals, by_uid
from OrthancConnectCore.dimse.listener import StorageListener
from OrthancConnectCore.dimse.query import query
from OrthancConnectCore.dimse.services import echo
from OrthancConnectCore.doctor.reach import reach
from OrthancConnectCore.doctor.run import run
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.retrieve.run import Selection, retrieve, targets_of
from OrthancConnectCore.setup import registration
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import (
    CertificateChangedError,
    ConfigurationError,
    DimseError,
    HostnameMismatchError,
    UntrustedCertificateError,
)
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.query import QueryFilters
from Support.data.certificates import TestCertificate, make_certificate
from Support.data.dicom import write_ct_series
from Support.process.command_line import CommandLine
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.server_site import set_up
from Support.servers.debian_tree import why_not
from Support.servers.orthanc import PrivateOrthanc

PATIENT = Selection(patient_ids=("PAT0012",))
PLAIN = {"UseDicomTls": False}


class Tls:
    """Certificates of a server and of ours, and the keys of a configuration that has them."""

    def __init__(self, folder: Path) -> None:
        self.authority = make_certificate(folder, "authority", authority=True)
        self.server = make_certificate(folder, "dicom", issuer=self.authority)
        self.ours = make_certificate(folder, "ours", issuer=self.authority)
        self.stranger = make_certificate(folder, "stranger")

    def pem(self, pair: TestCertificate) -> str:
        path = pair.key.with_suffix(".pem")
        path.write_text(pair.certificate.read_text() + pair.key.read_text())
        return str(path)

    def keys(self, is_required: bool) -> dict[str, Any]:
        return {
            "DicomTlsEnabled": True,
            "DicomTlsCertificate": str(self.server.certificate),
            "DicomTlsPrivateKey": str(self.server.key),
            "DicomTlsTrustedCertificates": str(self.authority.certificate),
            "DicomTlsRemoteCertificateRequired": is_required,
        }


@pytest.fixture(scope="module")
def tls(tmp_path_factory: Any) -> Tls:
    return Tls(tmp_path_factory.mktemp("tls"))


def _server(tls: Tls, folder: Path, is_required: bool) -> Iterator[PrivateOrthanc]:
    with PrivateOrthanc(tls.keys(is_required), plugins=False) as server:
        entry = {"AET": "SLICER", "Host": "127.0.0.1", "Port": server.storage_port}
        body = json.dumps({**entry, "UseDicomTls": True}).encode()
        server.request("PUT", "/modalities/slicer", body)
        server.store(*write_ct_series(folder, slices=9, rows=256, columns=256))
        yield server


@pytest.fixture(scope="module")
def lenient(tls: Tls, tmp_path_factory: Any) -> Iterator[PrivateOrthanc]:
    """Asks nobody for a certificate."""
    yield from _server(tls, tmp_path_factory.mktemp("data"), False)


@pytest.fixture(scope="module")
def strict(tls: Tls, tmp_path_factory: Any) -> Iterator[PrivateOrthanc]:
    """Asks everybody for a certificate."""
    yield from _server(tls, tmp_path_factory.mktemp("data"), True)


def profile_of(server: PrivateOrthanc, tls: Tls, **more: Any) -> ServerProfile:
    given = {"dicom_tls": True, "dicom_fingerprint": tls.server.fingerprint, **more}
    return server_profile(server, **given)


def fetched(server: PrivateOrthanc, profile: ServerProfile, folder: Path, method: str) -> Any:
    with OrthancClient(profile, Credentials(server.user, server.password)) as client:
        targets = targets_of(client, PATIENT)
        return retrieve(profile, client, targets, folder, method=method)


def test_everything_goes_over_tls(
    lenient: PrivateOrthanc, strict: PrivateOrthanc, tls: Tls, tmp_path: Path
) -> None:
    for server, own in ((lenient, ""), (strict, tls.pem(tls.ours))):
        profile = profile_of(server, tls, dicom_certificate=own)
        assert echo(profile) < 5
        found = query(profile, QueryFilters(patient_id="PAT0012"))
        assert [one.patient_id for one in found.patients] == ["PAT0012"]
        told = reach(profile)
        assert (told.answers, told.finds, told.gets) == (True, True, True)
        receipt = fetched(server, profile, tmp_path / str(server.dicom_port), "C-GET")
        assert (receipt.stored, receipt.failed, receipt.method) == (9, 0, "C-GET")


def test_a_c_move_comes_over_tls(strict: PrivateOrthanc, tls: Tls, tmp_path: Path) -> None:
    profile = profile_of(strict, tls, dicom_certificate=tls.pem(tls.ours))
    receipt = fetched(strict, profile, tmp_path, "C-MOVE")
    assert (receipt.stored, receipt.failed, receipt.method) == (9, 0, "C-MOVE")


def test_a_ca_file_counts_for_dicom_as_well(lenient: PrivateOrthanc, tls: Tls) -> None:
    trust = TrustPolicy("ca_file", ca_file=str(tls.authority.certificate))
    profile = profile_of(lenient, tls, dicom_fingerprint="", trust=trust)
    assert echo(profile) < 5
    with pytest.raises(HostnameMismatchError):  # 127.0.0.2 is none of the certificate's names
        echo(profile.replace(dicom_host="127.0.0.2"))
    with pytest.raises(UntrustedCertificateError):
        echo(profile.replace(trust=TrustPolicy()))


def test_another_certificate_than_the_pinned_one_gets_nothing(
    lenient: PrivateOrthanc, tls: Tls
) -> None:
    with pytest.raises(CertificateChangedError):
        echo(profile_of(lenient, tls, dicom_fingerprint=tls.stranger.fingerprint))
    with pytest.raises(CertificateChangedError):  # the authority's own is not the server's
        echo(profile_of(lenient, tls, dicom_fingerprint=tls.authority.fingerprint))
    # Nor is HTTPS's, where DICOM has no pin of its own.
    with pytest.raises(CertificateChangedError):
        echo(profile_of(lenient, tls, dicom_fingerprint=""))


def test_a_server_that_wants_a_certificate_says_so(strict: PrivateOrthanc, tls: Tls) -> None:
    for own, what in (("", "us without"), (tls.pem(tls.stranger), "not take the one named")):
        profile = profile_of(strict, tls, dicom_certificate=own)
        with pytest.raises(DimseError, match=what):
            echo(profile)
        [line] = [one for one in run(profile, write=False).lines if one.id == "echo"]
        assert (line.state, line.fault) == ("failed", "dicom_client_certificate")


def test_a_profile_and_a_server_that_differ(
    lenient: PrivateOrthanc, usual_server: PrivateOrthanc, tls: Tls
) -> None:
    with pytest.raises(DimseError, match="makes no TLS connection"):
        echo(profile_of(usual_server, tls))
    with pytest.raises(DimseError, match="without a DICOM answer"):
        echo(server_profile(lenient))
    for profile, fault in (
        (profile_of(usual_server, tls), "dicom_without_tls"),
        (server_profile(lenient), "dicom_tls"),
        (profile_of(lenient, tls, dicom_fingerprint=""), "dicom_certificate_changed"),
    ):
        [line] = [one for one in run(profile, write=False).lines if one.id == "echo"]
        assert line.fault == fault


def test_the_doctor_is_content(strict: PrivateOrthanc, tls: Tls) -> None:
    profile = profile_of(strict, tls, dicom_certificate=tls.pem(tls.ours), retrieve_method="C-MOVE")
    report = run(profile, Credentials(strict.user, strict.password))
    states = {line.id: line.state for line in report.lines}
    tested = ("echo", "listener", "listener_echo", "find", "get", "move", "clear")
    assert {name: states[name] for name in tested} == dict.fromkeys(tested, "passed"), states


def test_the_listener_takes_tls_from_the_server_alone(
    strict: PrivateOrthanc, tls: Tls, tmp_path: Path
) -> None:
    [file] = write_ct_series(tmp_path / "sent", slices=1, rows=64, columns=64)
    profile = profile_of(strict, tls, dicom_certificate=tls.pem(tls.ours))
    arrivals = Arrivals(by_uid({}))

    def storescu(*options: str) -> int:
        address = ("127.0.0.1", str(profile.storage_port))
        names = ("-aet", "IUIBS", "-aec", "SLICER", "-to", "5", "-ta", "5")
        command = ["/usr/bin/storescu", *names, *options, *address, str(file)]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode

    trusted = ("+cf", str(tls.authority.certificate))
    with StorageListener(profile, arrivals) as listener:
        assert storescu() != 0 and storescu("+tla", *trusted) != 0
        other = ("+tls", str(tls.stranger.key), str(tls.stranger.certificate))
        ours = ("+tls", str(tls.ours.key), str(tls.ours.certificate))  # vouched for, not pinned
        assert storescu(*other, *trusted) != 0 and storescu(*ours, *trusted) != 0
        assert arrivals.others == 0
        servers = ("+tls", str(tls.server.key), str(tls.server.certificate))
        storescu(*servers, *trusted)
        assert arrivals.others == 1 and listener.connections == 5  # it came, and is not asked for
    with pytest.raises(ConfigurationError, match="no certificate of its own"):
        StorageListener(profile.replace(dicom_certificate=""), arrivals).__enter__()


def test_the_command_line_goes_over_to_tls(
    lenient: PrivateOrthanc, tls: Tls, tmp_path: Path
) -> None:
    line = CommandLine(tmp_path)
    server = ("--user", lenient.user, "--fingerprint", lenient.fingerprint)
    dicom = ("--dicom-port", lenient.dicom_port, "--calling-ae-title", "SLICER")
    assert line.run("profile", "add", "lab", lenient.rest_url, *server, *dicom).code == 0
    assert line.run("echo", "--only", "dicom").code == 5
    assert line.run("trust", "--dicom").code == 3
    pin = ("--fingerprint", tls.server.fingerprint)
    assert line.run("trust", "--dicom", *pin).code == 0
    assert line.run("echo", "--only", "dicom").code == 0
    shown = line.run("profile", "show", "--json").data
    assert (shown["dicom_tls"], shown["dicom_fingerprint"]) == (True, tls.server.fingerprint)
    assert shown["trust"]["fingerprint"] == lenient.fingerprint


def test_our_listener_is_registered_as_one_that_speaks_tls(
    strict: PrivateOrthanc, tls: Tls, tmp_path: Path
) -> None:
    profile = profile_of(strict, tls, dicom_certificate=tls.pem(tls.ours), name="lab")
    with OrthancClient(profile, Credentials(strict.user, strict.password)) as client:
        client.delete("/modalities/slicer")
        plan = registration.plan_registration(client, profile, address="127.0.0.1")
        assert registration.register(client, plan).outcome == "registered"
        assert client.get_json("/modalities?expand")["SLICER"]["UseDicomTls"]
        client.put_json("/modalities/SLICER", {**plan.entries[0].wanted.settings, **PLAIN})
        plan = registration.plan_registration(client, profile, address="127.0.0.1")
        assert plan.entries[0].changes == (("UseDicomTls", "False", "True"),)
        assert registration.register(client, plan).outcome == "registered"
    receipt = fetched(strict, profile, tmp_path, "C-MOVE")
    assert (receipt.stored, receipt.method) == (9, "C-MOVE")


def test_what_server_config_writes_speaks_tls(tmp_path: Path) -> None:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with set_up(tmp_path / "administrator", "--dicom-tls") as site:
        line = site.newcomer(tmp_path / "ana")
        assert line.run("profile", "show", "--json").data["dicom_tls"]
        write_ct_series(tmp_path / "scan", slices=3, rows=32, columns=32)
        assert site.ask(line, "upload", tmp_path / "scan").code == 0
        assert line.run("echo", "--only", "dicom").code == 0
        assert "PAT0012" in site.ask(line, "query", "--via", "C-FIND").out
        wanted = ("retrieve", "--patient", "PAT0012", "--output", tmp_path / "there", "--json")
        fetched = site.ask(line, *wanted, "--method", "C-GET")
        assert (fetched.data["stored"], fetched.data["method"]) == (3, "C-GET"), fetched.out
