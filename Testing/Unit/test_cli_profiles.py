"""The command line's profiles and trust, without a server."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any, Callable, List

import pytest

from OrthancConnectCore.cli import connect as cli_connect
from OrthancConnectCore.cli import profiles as cli_profiles
from OrthancConnectCore.network.certificates import CertificateInfo
from OrthancConnectCore.orthanc.client import SystemInfo
from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.setup.first_connection import FirstConnection
from OrthancConnectCore.shared.profile import PERSONAL, ServerProfile, TrustPolicy
from Support.process.command_line import Said, in_process

CORE_PARENT = Path(__file__).resolve().parents[2] / "OrthancConnect"
CANARY = "canary-Jq3vX7"
OLD, NEW = ":".join(["AA"] * 32), ":".join(["BB"] * 32)


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys) -> Callable[..., Said]:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    return in_process(capsys)


def stored() -> List[ServerProfile]:
    return list(ProfileStore().load().profiles)


# Profiles ----------------------------------------------------------------------------------------


def test_a_profile_with_every_field(run) -> None:
    said = run(
        *("profile", "add", "lab", "https://server:8042/", "--user", "ana"),
        *("--dicom-host", "dicom.server", "--dicom-port", "104", "--called-ae-title", "IUIBS"),
        *("--calling-ae-title", "SLICER1", "--storage-ae-title", "STORE1"),
        *("--storage-port", "2356", "--method", "C-MOVE", "--fingerprint", OLD.lower()),
        *("--parallel", "8", "--connect-timeout", "3", "--read-timeout", "90"),
        *("--dimse-timeout", "20", "--json"),
    )
    assert said.code == 0 and said.data["default"] is True
    assert stored() == [
        ServerProfile(
            "lab",
            "https://server:8042",
            "ana",
            TrustPolicy.pinned(OLD),
            "dicom.server",
            104,
            "IUIBS",
            "SLICER1",
            "STORE1",
            2356,
            "C-MOVE",
            3,
            90,
            20,
            8,
        )
    ]
    assert Path(said.data["file"]).read_text(encoding="utf-8").count('"password":') == 0
    shown = run("profile", "show")
    assert "IUIBS" in shown.out and "pinned SHA-256" in shown.out
    assert run("profile", "show", "lab", "--json").data["storage_port"] == 2356


def test_a_ca_file_is_kept_as_an_absolute_path(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("profile", "add", "lab", "https://server", "--ca-file", "ca.pem")
    assert stored()[0].trust == TrustPolicy("ca_file", str(tmp_path / "ca.pem"))


def test_profiles_are_replaced_only_on_request(run) -> None:
    assert run("profile", "add", "lab", "https://one").code == 0
    said = run("profile", "add", "lab", "https://two")
    assert said.code == 2 and "--replace" in said.err
    assert stored()[0].rest_url == "https://one"
    assert run("profile", "add", "lab", "https://two", "--replace").code == 0
    assert [profile.rest_url for profile in stored()] == ["https://two"]


def test_the_default_profile_is_chosen_kept_and_inherited(run) -> None:
    assert "No profile yet" in run("profile", "list").out
    for name in ("one", "two", "three"):
        run("profile", "add", name, f"https://{name}")
    assert run("profile", "list", "--json").data["default"] == "one"
    assert run("profile", "default", "two").code == 0
    run("profile", "add", "four", "https://four", "--default")
    lines = run("profile", "list").out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("*  ")] == ["four"]
    assert run("profile", "remove", "four").out.endswith("The default is one now.\n")
    assert run("profile", "default", "none").code == 2
    assert run("profile", "remove", "none").code == 2


def test_plain_http_needs_consent_and_warns(run) -> None:
    said = run("profile", "add", "lab", "http://server")
    assert said.code == 2 and "clear" in said.err and stored() == []
    said = run("profile", "add", "lab", "http://server", "--allow-insecure-http")
    assert said.code == 0 and "clear" in said.err
    assert "none (plain http)" in run("profile", "list").out


def test_export_and_import_round_trip(run, tmp_path, monkeypatch) -> None:
    run("profile", "add", "büro", "https://one", "--user", "ana")
    run("profile", "add", "lab", "https://two", "--default")
    before, file = stored(), tmp_path / "profiles.json"
    assert run("profile", "export", "--output", str(file)).code == 0
    assert run("profile", "export", "--output", str(file)).code == 2
    assert run("profile", "export", "--output", str(file), "--replace").code == 0
    exported = run("profile", "export", "büro")
    (theirs,) = exported.data["profiles"]
    assert theirs["name"] == "büro" and not set(theirs) & set(PERSONAL), "the exporter's own"

    said = run("profile", "import", str(file))
    assert said.code == 2 and "already" in said.err
    assert run("profile", "import", str(file), "--replace").code == 0
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "elsewhere"))
    assert run("profile", "import", str(file), "--json").data == {
        "imported": ["büro", "lab"],
        "default": "lab",
    }
    for was, now in zip(before, stored()):
        assert now.user == "" and now.calling_ae_title.startswith("SLICER-")
        assert now.replace(**{name: getattr(was, name) for name in PERSONAL}) == was
    assert run("profile", "import", str(file), "--replace", "--user", "eva").code == 0
    assert {profile.user for profile in stored()} == {"eva"}


def test_an_import_takes_the_default_only_on_request(run, tmp_path) -> None:
    file = tmp_path / "profiles.json"
    run("profile", "add", "theirs", "https://theirs")
    run("profile", "export", "--output", str(file))
    run("profile", "add", "ours", "https://ours")
    run("profile", "remove", "theirs")
    assert run("profile", "import", str(file), "--json").data["default"] == "ours"
    assert (
        run("profile", "import", str(file), "--replace", "--default", "--json").data["default"]
        == "theirs"
    )


def test_copy_and_rename(run) -> None:
    for name in ("one", "two"):
        run("profile", "add", name, f"https://{name}", "--fingerprint", OLD, "--parallel", "8")
    said = run("profile", "copy", "one", "three", "--json")
    assert said.code == 0 and said.data["parallel_transfers"] == 8
    assert [profile.name for profile in stored()] == ["one", "two", "three"]
    assert stored()[2] == stored()[0].replace(name="three")
    assert run("profile", "copy", "one", "two").code == 2
    assert run("profile", "copy", "gone", "four").code == 2
    assert run("profile", "copy", "one", " ").code == 2

    said = run("profile", "rename", "one", " Núria ", "--json")
    assert said.code == 0 and said.data["default"] is True
    assert [profile.name for profile in stored()] == ["Núria", "two", "three"]
    assert run("profile", "rename", "Núria", "two").code == 2
    assert run("profile", "rename", "one", "four").code == 2
    assert run("profile", "rename", "two", "two").code == 0
    assert [profile.name for profile in stored()] == ["Núria", "two", "three"]


def test_a_copy_for_another_address_is_trusted_anew(run) -> None:
    run("profile", "add", "lab", "https://one:8042", "--fingerprint", OLD)
    said = run("profile", "copy", "lab", "second", "--address", "https://two:8042")
    assert said.code == 0 and "orthancconnect trust --profile second" in said.out
    assert stored()[1].trust == TrustPolicy() and stored()[1].dicom_host == "two"
    said = run("profile", "copy", "lab", "third", "--address", "https://ana:pw@two")
    assert said.code == 2 and "pw" not in said.err and len(stored()) == 2


def test_a_file_does_not_change_silently_why_a_server_is_trusted(
    run, tmp_path, monkeypatch
) -> None:
    """A hostile file with the real address and an attacker's pin would get the password."""
    file = tmp_path / "file.json"
    run("profile", "add", "hospital", "https://server:8042", "--fingerprint", NEW)
    run("profile", "export", "-o", str(file))
    run("profile", "remove", "hospital")
    run("profile", "add", "lab", "https://SERVER:8042", "--fingerprint", OLD)
    before = stored()
    for extra in ((), ("--json",), ("--replace",), ("--replace", "--json")):
        said = run("profile", "import", str(file), *extra)
        assert said.code == 2 and stored() == before
        assert OLD in said.out + said.err and NEW in said.out + said.err
    asked = []
    for typed in (None, False, True):
        monkeypatch.setattr(
            *(cli_profiles, "agrees"),
            lambda _args, text: asked.append(text) or typed,  # noqa: B023
        )
        assert stored() == before
        said = run("profile", "import", str(file), "--replace")
        assert said.code == (0 if typed else 2)
    assert len(asked) == 3 and all(OLD in text and NEW in text for text in asked)
    assert [profile.trust.fingerprint for profile in stored()] == [OLD, NEW]


def test_what_an_import_replaces_is_said(run, tmp_path) -> None:
    file = tmp_path / "file.json"
    run("profile", "add", "lab", "https://new.server:8042", "--fingerprint", NEW)
    run("profile", "export", "-o", str(file))
    run("profile", "add", "lab", "https://old.server:8042", "--fingerprint", OLD, "--replace")
    said = run("profile", "import", str(file), "--replace")
    assert said.code == 0
    for word in (OLD, NEW, "https://old.server:8042", "https://new.server:8042"):
        assert word in said.out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"not json",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"format": "OrthancConnect profiles 1", "default": "", "profiles": []}',
        b'{"format": "OrthancConnect profiles 1", "profiles": [{"name": "x"}]}',
        b'{"format": "OrthancConnect profiles 1", "profiles": '
        b'[{"name": "x", "rest_url": "https://h", "password": "p"}]}',
        b" " * (1024 * 1024 + 1),
    ],
)
def test_a_file_that_is_no_export_changes_nothing(run, tmp_path, content) -> None:
    run("profile", "add", "lab", "https://one")
    before = stored()
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    said = run("profile", "import", str(file), "--replace")
    assert said.code == 2 and said.err.count("\n") == 2
    assert stored() == before


def test_import_reads_stdin_and_names_a_missing_file(run, tmp_path, monkeypatch) -> None:
    run("profile", "add", "lab", "https://one")
    text = run("profile", "export").out
    run("profile", "remove", "lab")
    stream = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + text.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert run("profile", "import", "-").code == 0
    said = run("profile", "import", str(tmp_path / "gone.json"))
    assert said.code == 2 and "No such file" in said.err
    (tmp_path / "table.csv").write_text("NHC\n1\n")
    said = run("profile", "import", str(tmp_path / "table.csv"))
    assert said.code == 2 and "not a file of server profiles" in said.err


def test_a_damaged_profile_file_is_said_not_overwritten(run, tmp_path) -> None:
    run("profile", "add", "lab", "https://one")
    file = ProfileStore().path
    file.write_text("{broken")
    for command in (("profile", "list"), ("profile", "add", "new", "https://x"), ("echo",)):
        said = run(*command)
        assert said.code == 2 and "can't be read" in said.err
    assert file.read_text() == "{broken"


# Trust -------------------------------------------------------------------------------------------


def _info(fingerprint: str = NEW, **fields: Any) -> CertificateInfo:
    return CertificateInfo(
        fingerprint,
        "server",
        "server",
        "2026-01-01T00:00:00+00:00",
        "2027-01-01T00:00:00+00:00",
        ("server", "127.0.0.1"),
        True,
        **fields,
    )


@pytest.fixture
def shows(monkeypatch) -> Callable[..., None]:
    """Let the server show a certificate, trusted when it is pinned (unless it has expired)."""

    def show(fingerprint: str = NEW, expired: bool = False, authority: bool = False) -> None:
        def inspect(profile: ServerProfile) -> CertificateInfo:
            pinned = profile.trust.fingerprint == fingerprint
            if (pinned or authority) and not expired:
                return _info(fingerprint, trusted=True)
            kind = "CertificateExpiredError" if expired else "UntrustedCertificateError"
            return _info(fingerprint, problem="It is bad.", hint="Renew it.", problem_kind=kind)

        monkeypatch.setattr("OrthancConnectCore.network.tls.inspect_certificate", inspect)

    return show


def test_trust_without_a_terminal_needs_the_fingerprint(run, shows) -> None:
    run("profile", "add", "lab", "https://server")
    shows()
    said = run("trust")
    assert said.code == 3 and stored()[0].trust.mode == "system"
    for word in (NEW, "subject", "issuer", "valid", "host names", "127.0.0.1", "It is bad."):
        assert word in said.err
    assert f"--fingerprint {NEW}" in said.err
    wrong = run("trust", "--fingerprint", OLD)
    assert wrong.code == 3 and OLD in wrong.err and NEW in wrong.err
    assert stored()[0].trust.mode == "system"
    done = run("trust", "--fingerprint", NEW.lower().replace(":", ""))
    assert done.code == 0 and stored()[0].trust == TrustPolicy.pinned(NEW)
    again = run("trust", "--json")
    assert again.code == 0 and again.data["changed"] is False
    assert again.data["certificate"]["trusted"] is True


def test_trust_for_machines_is_one_document(run, shows) -> None:
    run("profile", "add", "lab", "https://server")
    shows()
    said = run("trust", "--json")
    assert (said.code, said.err) == (3, "")
    assert said.data["error"]["kind"] == "UntrustedCertificateError"
    assert said.data["error"]["facts"]["certificate"]["fingerprint"] == NEW
    assert run("trust", "--json", "--fingerprint", NEW).data["changed"] is True


@pytest.mark.parametrize("named", [True, False])
def test_connect_goes_over_no_profile_that_was_added_meanwhile(
    run, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    theirs = ServerProfile("lab", "https://theirs")

    def connect_meanwhile(rest_url: str, *_args: Any, **_options: Any) -> FirstConnection:
        ProfileStore().update(lambda known: known.put(theirs))
        ours = ServerProfile("lab", rest_url, allow_insecure_http=True)
        return FirstConnection(ours, SystemInfo("lab", "1", "ORTHANC", 4242), "")

    monkeypatch.setattr(cli_connect, "connect_first", connect_meanwhile)
    options = ["--name", "lab"] if named else []
    said = run("connect", "http://server", "--allow-insecure-http", "--user", "", *options)
    assert stored()[0] == theirs
    if named:
        assert said.code == 2 and "already a profile named 'lab'" in said.err
        assert len(stored()) == 1
    else:
        assert said.code == 0 and stored()[1].name == "lab (2)"


def test_a_changed_certificate_is_replaced_only_on_request(run, shows) -> None:
    run("profile", "add", "lab", "https://server", "--fingerprint", OLD)
    shows(NEW)
    for arguments in ((), ("--fingerprint", NEW)):
        said = run("trust", *arguments)
        assert said.code == 3 and OLD in said.err and NEW in said.err and "--replace" in said.err
        old_line, new_line = (
            next(line for line in said.err.splitlines() if line.endswith(mark))
            for mark in (OLD, NEW)
        )
        assert old_line.index(OLD[:5]) > 0 and new_line.index(NEW[:5]) > 0
    assert run("trust", "--replace").code == 3
    assert stored()[0].trust.fingerprint == OLD
    assert run("trust", "--replace", "--fingerprint", NEW).code == 0
    assert stored()[0].trust.fingerprint == NEW


def test_a_ca_file_is_not_given_up_silently(run, shows) -> None:
    run("profile", "add", "lab", "https://server", "--ca-file", "/ca.pem")
    shows()
    assert run("trust", "--fingerprint", NEW).code == 3
    assert stored()[0].trust.mode == "ca_file"
    assert run("trust", "--fingerprint", NEW, "--replace").code == 0


def test_an_expired_certificate_can_not_be_pinned(run, shows) -> None:
    run("profile", "add", "lab", "https://server")
    shows(NEW, expired=True)
    said = run("trust", "--fingerprint", NEW)
    assert said.code == 3 and "Renew it." in said.err
    assert stored()[0].trust.mode == "system"


def test_a_certificate_of_a_known_authority_stays_unpinned(run, shows) -> None:
    run("profile", "add", "lab", "https://server")
    shows(NEW, authority=True)
    said = run("trust", "--fingerprint", NEW)
    assert said.code == 0 and "system authorities" in said.out
    assert stored()[0].trust.mode == "system"
    assert run("trust", "--fingerprint", OLD).code == 3  # not the one that was expected
