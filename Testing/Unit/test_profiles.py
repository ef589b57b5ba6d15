"""Profiles: validated, frozen, several with one default, kept without any secret."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from OrthancConnectCore.files import user_config_directory
from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.shared import disk
from OrthancConnectCore.shared.errors import (
    ConfigurationError,
    InvalidProfileError,
    ProfileNotFoundError,
)
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile, TrustPolicy

IUIBS = ServerProfile("IUIBS", "https://server.example:8042", user="ana")


def test_the_rest_is_filled_in() -> None:
    assert IUIBS.dicom_host == "server.example"
    assert (IUIBS.dicom_port, IUIBS.storage_port) == (4242, 11112)
    assert IUIBS.storage_ae_title == IUIBS.calling_ae_title == "SLICER"
    assert (IUIBS.retrieve_method, IUIBS.trust.mode) == ("Automatic", "system")


def test_a_profile_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        IUIBS.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("rest_url", "server"),
        ("user", "a:b"),
        ("user", "a\nb"),
        ("dicom_host", "http://x"),
        ("dicom_port", 0),
        ("storage_port", 70000),
        ("called_ae_title", "A" * 17),
        ("calling_ae_title", "É"),
        ("storage_ae_title", "a\\b"),
        ("retrieve_method", "c-get"),
        ("dicom_tls", "yes"),
        ("dicom_fingerprint", "0f"),
        ("dicom_certificate", "a\0b"),
        ("connect_timeout", 0),
        ("read_timeout", float("nan")),
        ("dimse_timeout", True),
        ("parallel_transfers", 0),
        ("parallel_transfers", 2.0),
        ("allow_insecure_http", "no"),
    ],
)
def test_each_field_is_checked_and_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidProfileError) as refused:
        IUIBS.replace(**{field: value})
    assert refused.value.field == field
    assert refused.value.hint


def test_plain_http_needs_an_explicit_word() -> None:
    with pytest.raises(InvalidProfileError, match="in clear"):
        IUIBS.replace(rest_url="http://server:8042")
    insecure = IUIBS.replace(rest_url="http://server:8042", allow_insecure_http=True)
    assert not insecure.is_secure


def test_trust_policies_are_checked() -> None:
    assert TrustPolicy.pinned("ab" * 32).fingerprint == ":".join(["AB"] * 32)
    for wrong in (("pinned", "", ""), ("ca_file", "", ""), ("none", "", "")):
        with pytest.raises(InvalidProfileError):
            TrustPolicy(*wrong)


def test_a_pin_goes_with_host_and_port() -> None:
    pinned = IUIBS.replace(trust=TrustPolicy.pinned("0f" * 32))
    for same in ("https://SERVER.example:8042", "https://server.example:8042/orthanc"):
        assert pinned.replace(rest_url=same).trust == pinned.trust
    for other in ("https://server.example", "https://server.example:8043", "https://other:8042"):
        assert pinned.replace(rest_url=other).trust == TrustPolicy()
        assert pinned.with_address(other).trust == TrustPolicy()
        explicit = pinned.replace(rest_url=other, trust=pinned.trust)
        assert explicit.trust == pinned.trust
        assert explicit.without_pin_of(pinned).trust == TrustPolicy()
        renewed = explicit.replace(trust=TrustPolicy.pinned("aa" * 32))
        assert renewed.without_pin_of(pinned) == renewed
    # Another spelling of the host is no way past the pin.
    local = IUIBS.replace(rest_url="https://127.0.0.1:8042", trust=pinned.trust)
    for spelling in ("127.1", "0x7f000001", "127.0.0.1.", "[::ffff:127.0.0.1]"):
        address = f"https://{spelling}:8042"
        assert local.replace(rest_url=address).trust == pinned.trust
        told_otherwise = ServerProfile("b", address, trust=TrustPolicy.pinned("aa" * 32))
        assert ProfileSet((local,)).trusted_otherwise(told_otherwise) == local
    default_port = pinned.replace(rest_url="https://h", trust=pinned.trust)
    assert default_port.replace(rest_url="https://h:443").trust == pinned.trust
    from_file = IUIBS.replace(trust=TrustPolicy("ca_file", "/ca.pem"))
    assert from_file.with_address("https://other").trust == from_file.trust


def test_the_dicom_host_follows_the_address_if_it_was_the_same() -> None:
    assert IUIBS.with_address("https://other:8042").dicom_host == "other"
    apart = IUIBS.replace(dicom_host="dicom.example")
    assert apart.with_address("https://other:8042").dicom_host == "dicom.example"


def test_a_trust_policy_holds_nothing_that_its_mode_does_not_use() -> None:
    assert TrustPolicy("system", "/ca.pem", "0f" * 32) == TrustPolicy()
    assert TrustPolicy("pinned", "/ca.pem", "0f" * 32) == TrustPolicy.pinned("0f" * 32)
    assert TrustPolicy("ca_file", "/ca.pem", "x") == TrustPolicy("ca_file", "/ca.pem")
    for path in ("a\0b", "a\nb", " "):
        with pytest.raises(InvalidProfileError) as refused:
            TrustPolicy("ca_file", path)
        assert refused.value.field == "trust.ca_file"


def test_a_pin_may_name_the_one_to_follow() -> None:
    both = TrustPolicy.pinned("0f" * 32, "ab" * 32)
    assert both.pins == (":".join(["0F"] * 32), ":".join(["AB"] * 32))
    assert TrustPolicy.pinned("0f" * 32, "0F" * 32) == TrustPolicy.pinned("0f" * 32)
    assert TrustPolicy("system", next_fingerprint="ab" * 32).pins == ()
    with pytest.raises(InvalidProfileError):
        TrustPolicy.pinned("0f" * 32, "ab")
    with pytest.raises(InvalidProfileError):
        TrustPolicy("pinned", next_fingerprint="ab" * 32)
    # What is trusted already needs no question, also alone; what is new does.
    known = ProfileSet((IUIBS.replace(trust=both),))
    for pins, asks in (
        (["ab"], False),
        (["ab", "0f"], False),
        (["0f", "cd"], True),
        (["cd"], True),
    ):
        imported = IUIBS.replace(trust=TrustPolicy.pinned(*(pair * 32 for pair in pins)))
        assert (known.trusted_otherwise(imported) is not None) is asks, pins
    assert known.trusted_otherwise(IUIBS) == known.profiles[0]


def test_a_profile_survives_json() -> None:
    whole = IUIBS.replace(trust=TrustPolicy.pinned("0f" * 32, "ab" * 32), parallel_transfers=8)
    assert ServerProfile.from_dict(json.loads(json.dumps(whole.to_dict()))) == whole


def test_the_pin_of_dicom_goes_with_its_host_and_port() -> None:
    tls = IUIBS.replace(dicom_tls=True, dicom_fingerprint="0f" * 32, dicom_certificate="/me.pem")
    assert tls.dicom_fingerprint == ":".join(["0F"] * 32)
    assert ServerProfile.from_dict(json.loads(json.dumps(tls.to_dict()))) == tls
    assert tls.replace(dicom_port=4242, user="eva").dicom_fingerprint == tls.dicom_fingerprint
    for other in ({"dicom_port": 104}, {"dicom_host": "other"}):
        assert tls.replace(**other).dicom_fingerprint == ""
    assert tls.with_address("https://other:8042").dicom_fingerprint == ""
    assert "/me.pem" not in ProfileSet((tls,)).to_json(personal=False)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "x"},
        {"__class__": "x"},
        {"name": 3},
        {"trust": "pinned"},
        {"trust": {"mode": "system", "extra": 1}},
        {"trust": {"mode": "pinned", "fingerprint": 5}},
        {"dicom_port": "4242"},
    ],
)
def test_an_imported_profile_is_taken_no_further_than_its_fields(change: Any) -> None:
    with pytest.raises(InvalidProfileError):
        ServerProfile.from_dict({**IUIBS.to_dict(), **change})


def test_what_is_no_profile_is_refused() -> None:
    for wrong in ([], "x", None, {"name": "x"}):
        with pytest.raises(InvalidProfileError):
            ServerProfile.from_dict(wrong)


def test_the_first_profile_is_the_default_until_another_is_chosen() -> None:
    other = IUIBS.replace(name="Lab")
    profiles = ProfileSet().put(IUIBS).put(other)
    assert (profiles.names, profiles.default_name) == (("IUIBS", "Lab"), "IUIBS")
    assert profiles.with_default("Lab").default == other
    assert profiles.with_default("Lab").remove("Lab").default == IUIBS
    assert profiles.remove("IUIBS").remove("Lab").default is None


def test_renaming_keeps_place_and_default() -> None:
    profiles = ProfileSet().put(IUIBS).put(IUIBS.replace(name="Lab"))
    renamed = profiles.put(IUIBS.replace(name="New"), replacing="IUIBS")
    assert (renamed.names, renamed.default_name) == (("New", "Lab"), "New")
    with pytest.raises(InvalidProfileError, match="already"):
        profiles.put(IUIBS.replace(name="Lab"), replacing="IUIBS")


def test_an_unknown_name_says_what_is_known() -> None:
    with pytest.raises(ProfileNotFoundError) as missing:
        ProfileSet().put(IUIBS).get("Lab")
    assert "IUIBS" in missing.value.hint
    with pytest.raises(ProfileNotFoundError, match="no server profile yet"):
        ProfileSet().get("")


def test_the_set_survives_json_and_bad_json_is_told() -> None:
    profiles = ProfileSet().put(IUIBS).put(IUIBS.replace(name="Núria"), default=True)
    assert ProfileSet.from_json(profiles.to_json()) == profiles
    assert ProfileSet.from_json("") == ProfileSet()
    for wrong in ("{", "[]", "{}", '{"format": "OrthancConnect profiles 1"}', "[" * 100_000):
        with pytest.raises(ConfigurationError):
            ProfileSet.from_json(wrong)


def test_the_store_writes_whole_private_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "deep"))
    store = ProfileStore()
    assert store.load() == ProfileSet()
    store.update(lambda profiles: profiles.put(IUIBS))
    assert store.load().default == IUIBS
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert os.listdir(store.path.parent) == ["profiles.json"]
    store.path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="can't be read"):
        store.load()


def test_a_store_that_cannot_be_written_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(place))

    def obstruct(profiles: ProfileSet) -> ProfileSet:
        shutil.rmtree(place)
        place.write_text("a file in the place of the folder")
        return profiles

    with pytest.raises(ConfigurationError, match="can't be written"):
        ProfileStore().update(obstruct)  # from the middle on
    with pytest.raises(ConfigurationError, match="can't be written"):
        ProfileStore().update(lambda profiles: profiles)  # from the beginning


def test_a_pipe_in_the_place_of_the_profiles_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path))
    os.mkfifo(tmp_path / "profiles.json")
    with pytest.raises(ConfigurationError, match="no plain file"):
        ProfileStore().load()


def test_a_change_waits_for_the_one_before_and_for_no_dead_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path))
    script = (
        "import sys, time\nfrom OrthancConnectCore.profile_store import ProfileStore\n"
        "ProfileStore().update(lambda known: (print(flush=True), time.sleep(60)))"
    )
    path = str(Path(disk.__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": path}, stdout=PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline()
        monkeypatch.setattr(disk, "_PATIENCE", 0.1)
        with pytest.raises(ConfigurationError, match="nothing was changed"):
            ProfileStore().update(lambda known: known.put(IUIBS))
        other.kill()
        other.wait()
        ProfileStore().update(lambda known: known.put(IUIBS))
    assert os.listdir(tmp_path) == ["profiles.json"]


def test_the_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ORTHANCCONNECT_CONFIG_DIR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert user_config_directory() == tmp_path / "orthancconnect"
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "own"))
    assert user_config_directory() == tmp_path / "own"


# Login beyond passwords ---------------------------------------------------------------------------

OPENID = {"auth": "openid", "issuer": "https://login.example.org/realms/lab/"}


def test_what_a_way_to_log_in_does_not_use_is_dropped() -> None:
    made = ServerProfile("lab", "https://server", "ana", **OPENID)
    assert (made.user, made.client_id, made.scope) == ("", "orthancconnect", "openid")
    assert made.issuer == OPENID["issuer"], "as it names itself, slash and all"
    assert ServerProfile.from_dict(made.to_dict()) == made
    by_token = made.replace(auth="token")
    assert (by_token.issuer, by_token.client_id, by_token.scope) == ("", "", "")
    hosts = made.replace(login_hosts=" OAuth.example.org:443  büro.example:8443 oauth.example.org")
    assert hosts.login_hosts == "oauth.example.org xn--bro-hoa.example:8443"
    assert hosts.replace(user="eve").login_hosts == hosts.login_hosts
    assert hosts.replace(issuer="https://elsewhere.example").login_hosts == ""
    assert hosts.replace(auth="token").login_hosts == ""
    assert by_token.logs_in and not ServerProfile("lab", "https://server").logs_in


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("auth", {"auth": "kerberos"}),
        ("issuer", {"auth": "openid"}),
        ("issuer", {"auth": "openid", "issuer": "http://login.example.org"}),
        ("issuer", {"auth": "openid", "issuer": "https://ana:pw@login.example.org"}),
        ("issuer", {"auth": "openid", "issuer": "https://login.example.org?x=1"}),
        ("client_id", {**OPENID, "client_id": "ñ"}),
        ("scope", {**OPENID, "scope": "profile"}),
        ("scope", {**OPENID, "scope": "openid  profile"}),
        ("login_hosts", {**OPENID, "login_hosts": "https://oauth.example.org"}),
        ("login_hosts", {**OPENID, "login_hosts": "oauth.example.org/token"}),
        ("login_hosts", {**OPENID, "login_hosts": "ana@oauth.example.org"}),
        ("client_key", {"client_certificate": "/a.pem", "client_key": "/a\n"}),
        ("client_certificate", {"client_key": "/a.key"}),
        (
            "client_certificate",
            {"rest_url": "http://h", "allow_insecure_http": True, "client_certificate": "/a"},
        ),
    ],
)
def test_a_login_that_can_not_be(field: str, fields: dict[str, object]) -> None:
    with pytest.raises(InvalidProfileError) as caught:
        ServerProfile(**{"name": "lab", "rest_url": "https://server", **fields})
    assert caught.value.field == field


def test_a_file_does_not_say_whose_key_is_used() -> None:
    mine = {"client_certificate": "/home/ana/ana.pem", "client_key": "/home/ana/ana.key"}
    known = ProfileSet((ServerProfile("lab", "https://server", **mine),))
    theirs = {"client_certificate": "/home/eve/eve.pem", "client_key": "/etc/shadow"}
    files = [ServerProfile(name, "https://server", **theirs) for name in ("lab", "new")]
    text = ProfileSet(tuple(files)).to_json()
    taken = ProfileSet.from_json(text, lambda name: known.personal_fields(name, "host"))
    assert [(one.client_certificate, one.client_key) for one in taken.profiles] == [
        ("/home/ana/ana.pem", "/home/ana/ana.key"),
        ("", ""),
    ]
    assert "client_key" not in ProfileSet(tuple(files)).to_json(personal=False)
