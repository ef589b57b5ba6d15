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
from OrthancConnectCore.setup.server_config import (
    SCANNER,
    SLICER,
    Station,
    Wanted,
    new_password,
    stations_from,
)
from OrthancConnectCore.shared.errors import ConfigurationError
from Support.servers.configuration import example_files

MAC = Station(SLICER, "Mac1", "SlicerMac1", "127.0.0.1", 11112)
REPOSITORY = Path(__file__).resolve().parents[2]


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hosts": ()}, "No host"),
        ({"http_port": 8042}, "same port"),
        ({"tls": "orthanc"}, "first TLS handshake"),
        ({"layout": "compose"}, "speak TLS themselves"),
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
