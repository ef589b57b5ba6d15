"""What a server is to be: stations, passwords, certificate, and what does not go together."""

from __future__ import annotations

import datetime
import re
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from OrthancConnectCore.network.key_pair import KeyPair, new_pair, uncovered
from OrthancConnectCore.setup.orthanc_json import changed, read
from OrthancConnectCore.setup.server_config import (
    SCANNER,
    SLICER,
    Station,
    Wanted,
    new_password,
    stations_from,
)
from OrthancConnectCore.setup.server_files import write
from OrthancConnectCore.setup.server_keys import sections
from OrthancConnectCore.setup.server_plan import plan_server
from OrthancConnectCore.setup.server_steps import steps
from OrthancConnectCore.shared.errors import ConfigurationError
from Support.data.certificates import make_certificate
from Support.process.ports import release_port, reserve_row
from Support.servers.configuration import example_files

MAC = Station(SLICER, "Mac1", "SlicerMac1", "127.0.0.1", 11112)
REPOSITORY = Path(__file__).resolve().parents[2]


def test_dicom_over_tls_has_the_certificate_of_https(tmp_path: Path) -> None:
    ports = dict(zip(("https_port", "http_port", "dicom_port"), reserve_row(3)))
    basic = {"hosts": ("localhost",), "users": ("ana",), "dicom_tls": True, **ports}
    for layout, folder in (("debian", tmp_path / "d" / "orthanc"), ("single", tmp_path / "s")):
        home = tmp_path / layout[0]
        plan = plan_server(home, {**basic, "layout": layout})
        write(plan.files)
        values = read((folder / "orthanc.json").read_text(), "it")
        pair = (values["DicomTlsCertificate"], values["DicomTlsPrivateKey"])
        assert pair == (str(folder / "dicom.crt"), str(folder / "dicom.key"))
        assert values["DicomTlsEnabled"] and not values["DicomTlsRemoteCertificateRequired"]
        assert not Path(pair[1]).stat().st_mode & 0o007
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*pair)
        assert plan.profile.dicom_tls and not plan.profile.dicom_fingerprint
        assert "scanners have to speak it over TLS" in "\n".join(steps(plan))
        again = plan_server(home, {})
        assert not [one for one in again.files if one.changes] and again.profile.dicom_tls
        for deed in ("renew", "switch"):
            write(plan_server(home, {}, certificate=deed).files)
        pins = plan_server(home, {}).profile.trust.pins
        assert pins == (KeyPair.found_in(Path(pair[0]).read_text()).info.fingerprint,)
        assert pins != plan.profile.trust.pins
    other = make_certificate(tmp_path / "own")  # an administrator's choice stays, and is pinned
    chosen = {"DicomTlsCertificate": str(other.certificate), "DicomTlsPrivateKey": str(other.key)}
    path = tmp_path / "s" / "orthanc.json"
    path.write_text(changed(path.read_text(), chosen))
    kept = plan_server(tmp_path / "s", {})
    assert kept.profile.dicom_fingerprint == other.fingerprint
    assert [one.path.name for one in kept.overwrites] == ["profile.json"]
    for port in ports.values():
        release_port(port)


# What is wanted ----------------------------------------------------------------------------------


def test_stations_come_from_lines() -> None:
    text = ["# the second floor", "", "slicer, Mac1, SlicerMac1 ,127.0.0.1, 11112"]
    text += ['scanner,"CT, old",CT1,ct.example,104,GE']
    mac, scanner = stations_from(text)
    assert mac == MAC == stations_from(["Mac1,SlicerMac1,127.0.0.1,11112"], SLICER)[0]
    assert mac.entry == ["SlicerMac1", "127.0.0.1", 11112, "Generic"]
    assert (scanner.name, scanner.kind, scanner.manufacturer) == ("CT, old", SCANNER, "GE")
    allowed = {key for key, value in scanner.entry.items() if value is True}
    assert allowed == {"AllowEcho", "AllowStore"}
    assert scanner.entry["AllowFind"] is scanner.entry["AllowGet"] is False


@pytest.mark.parametrize(
    "line",
    [
        "a,B,h",
        "a,B,h,port",
        "a,B,h,0",
        "a,B,h,70000",
        "a,ÄÖ,h,1",
        ",B,h,1",
        "a,B,h h,1",
        "a,B,h,1,,",
        pytest.param("a,B," + "h" * 200_000, id="endless"),
    ],
)
def test_a_station_that_can_not_be_is_refused(line: str) -> None:
    with pytest.raises(ConfigurationError):
        stations_from([line], SLICER)
    with pytest.raises(ConfigurationError):
        stations_from([f"toaster,{line}"])


@pytest.mark.parametrize("most", [500 * 10**9, 2**30, 1])
def test_orthanc_takes_no_more_than_is_named(most: int) -> None:
    """Its MB are of 1024 × 1024 bytes (OrthancInitialization.cpp), people's of a million."""
    wanted = Wanted(("localhost",), "lab", "LAB", most_storage=most)
    limit = dict(pair for _text, keys in sections(wanted, {}, "") for pair in keys.items())[
        "MaximumStorageSize"
    ]
    assert 0 < limit and (limit - 1) * 2**20 < most and (limit * 2**20 <= most or limit == 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hosts": ()}, "No host"),
        ({"http_port": 8042}, "same port"),
        ({"tls": "orthanc"}, "first TLS handshake"),
        ({"layout": "compose"}, "speak TLS themselves"),
        ({"layout": "compose", "tls": "orthanc", "image": "x: y"}, "image x: y can't be used"),
        ({"storage": "images"}, "storage folder ima… can't be used"),
        ({"storage": "/srv/$HOME"}, "storage folder .sr… can't be used"),
        ({"name": "${HOME}"}, "name \\$.H… can't be used"),
        ({"users": ("ana$",)}, "user name ana\\$ can't be used"),
        ({"plugins": ("explorer2",)}, "no package of explorer2"),
        ({"servers": 2}, "database in common"),
        ({"database": "/run", "layout": "single", "tls": "orthanc"}, "database in common"),
        ({"database": "/run", "servers": 2, "https_port": 8044}, "same port"),
        ({"in_database": True, "stations": (MAC,)}, "no entry of the file"),
        ({"stations": (MAC, replace(MAC, ae_title="X"))}, "same name"),
        ({"stations": (MAC, replace(MAC, name="x"))}, "same AE title"),
        ({"users": ("a:b",)}, "user name"),
        ({"hosts": ("https://x",)}, "host"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        Wanted(**{"hosts": ("server",), "name": "IUIBS", "ae_title": "IUIBS", **changes})
    assert refused.value.hint


def test_passwords_are_strong_and_different() -> None:
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"([a-zA-Z2-9]{5}-){3}[a-zA-Z2-9]{5}", one) for one in made)
    assert not set("".join(made)) & set("0O1lI")


def test_the_examples_are_what_the_engine_writes() -> None:
    for name, text in example_files().items():
        assert (REPOSITORY / "Resources" / name).read_text(encoding="utf-8") == text


# The certificate ---------------------------------------------------------------------------------


def test_a_certificate_is_for_all_hosts_and_a_server_alone(tmp_path: Path) -> None:
    pair = new_pair(["server.example", "192.168.1.10", "fe80::1"])
    (tmp_path / "both.pem").write_text(pair.certificate + pair.key)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / "both.pem")
    info = pair.info
    assert info.host_names == ("server.example", "192.168.1.10", "fe80::1") and not info.weakness
    assert uncovered(info, ["SERVER.example.", "192.168.1.10", "other"]) == ["other"]
    loaded = x509.load_pem_x509_certificate(pair.certificate.encode())
    constraints = loaded.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical and not constraints.value.ca
    assert loaded.not_valid_after_utc - loaded.not_valid_before_utc < datetime.timedelta(days=826)
    assert KeyPair.found_in(pair.key + pair.certificate) == pair
    assert pair.key not in repr(pair) and "PRIVATE" not in repr(pair)
