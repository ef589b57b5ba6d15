"""Login in the browser, by token and by client certificate, at an Orthanc behind nginx.

nginx lets through whom Glewlwyd, a provider of OpenID Connect, knows.
"""

from __future__ import annotations

import datetime
import shutil
import time
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Iterator

import keyring
import keyring.errors
import pytest

from OrthancConnectCore.keychain import entry_name
from OrthancConnectCore.openid.browser import log_in
from OrthancConnectCore.openid.provider import Tokens
from OrthancConnectCore.openid.session import OpenIdSession
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.errors import ConfigurationError
from Support.data.certificates import TestCertificate, make_certificate
from Support.data.dicom import write_slice
from Support.fakes.keychains import MemoryKeyring
from Support.scenarios.field import WorkingLine
from Support.scenarios.login_site import Site
from Support.servers.orthanc import PrivateOrthanc

pytest.importorskip("jwt")
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    if shutil.which("glewlwyd") is None:
        pytest.skip("NOT RUN: glewlwyd is not installed")
    with ExitStack() as stack:
        yield Site(stack)


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def line(tmp_path: Path, site: Site, memory: MemoryKeyring, monkeypatch: Any) -> WorkingLine:
    """A command line that opens the person's browser."""
    monkeypatch.setattr(webbrowser, "open", site.browse)
    site.server.reset()
    return WorkingLine(tmp_path, site.profile(), "")


def test_logged_in_by_the_browser(site: Site, line: WorkingLine, memory, tmp_path: Path) -> None:
    write_slice(tmp_path / "data" / "1.dcm", "PAT7", 1)
    before = line.say("query", "--via", "HTTPS")
    assert (before.code, "orthancconnect login" in before.err) == (2, True), before
    said = line.say("login")
    assert said.code == 0, said
    assert "accepts the login" in said.out
    ((name, first),) = memory.entries.items()
    assert name == f"OrthancConnect {entry_name(site.profile())}"
    assert line.say("upload", tmp_path / "data").code == 0
    assert memory.entries[name] != first, "a refresh token counts once"
    found = line.say("query", "--via", "HTTPS", "--json")
    assert (found.code, found.out.count("PAT7") > 0) == (0, True), found
    target = tmp_path / "fetched"
    fetched = line.say(
        "retrieve", "--patient", "PAT7", "--output", target, "--method", "HTTPS", "--json"
    )
    assert (fetched.code, fetched.data["failed"]) == (0, 0), fetched
    assert len(list(target.rglob("*.dcm"))) == 1
    assert not any(secret in line.everything for secret in (first, memory.entries[name]))


def test_logged_out(line: WorkingLine, memory: MemoryKeyring) -> None:
    """Glewlwyd takes nothing back for a client without a secret, and that is said."""
    assert line.say("login").code == 0
    said = line.say("logout")
    assert (said.code, memory.entries) == (0, {}), said
    assert "is no longer" in said.out and "did not end it: there it counts until" in said.out
    assert "was not" in line.say("logout").out


def logged_in(site: Site) -> OpenIdSession:
    return log_in(site.profile(), site.browse)


@pytest.mark.usefixtures("site")
def test_a_token_that_ends_is_renewed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        site = Site(stack, lifetime=2)
        session = logged_in(site)
        first = session.authorization()
        client = stack.enter_context(OrthancClient(site.profile(), session))
        client.system()
        deadline = time.monotonic() + 20
        while (second := session.authorization()) == first:  # which nobody has refused
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert site.lets_in(second)
        client.system()
        while site.lets_in(first):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        said = WorkingLine(tmp_path, site.profile(auth="token", issuer=""), first.split()[1])
        fault = said.ask("echo", "--only", "https")
        assert fault.code == 4 and "has expired (HTTP 401): it was good until" in fault.err, fault
        report = said.ask("doctor", "--read-only", "--json")
        (told,) = (one for one in report.data["lines"] if one["id"] == "login")
        assert told["state"] == "failed" and "has expired" in told["cause"], told
        assert first.split()[1] not in said.everything


def test_a_refused_token_is_renewed_once(site: Site, memory: MemoryKeyring) -> None:
    logged_in(site).keep()
    (refresh_token,) = memory.entries.values()
    wrong = Tokens("no.token.at-all", time.time() + 3600, refresh_token, "")
    session = OpenIdSession(site.profile(), wrong)
    with OrthancClient(site.profile(), session) as client:
        client.system()
    renewed = session.authorization()
    assert renewed != "Bearer no.token.at-all" and site.lets_in(renewed)
    assert not session.renew(renewed), "it is not its age that is refused"


def test_a_keychain_that_locks_meanwhile(
    site: Site, memory: MemoryKeyring, monkeypatch: Any
) -> None:
    """Its refresh token has counted; the next one is in memory, and the login goes on."""

    def locked(_entries: Any) -> None:
        raise keyring.errors.KeyringLocked("locked for now")

    session = logged_in(site)
    session.keep()
    first = session.authorization()
    with monkeypatch.context() as patch:
        patch.setattr(memory, "_save", locked)
        with pytest.raises(ConfigurationError, match="keychain can't be written"):
            session.renew(first)
    second = session.authorization()
    assert second != first and site.lets_in(second)
    assert session.renew(second) and site.lets_in(session.authorization())


def test_a_login_that_was_taken_back_is_told_once(
    site: Site, line: WorkingLine, memory, tmp_path: Path
) -> None:
    assert line.say("login").code == 0
    assert site.provider.revoke() > 0
    taken = site.asked()
    said = line.say("query", "--via", "HTTPS")
    assert said.code == 4, said
    assert (
        "has ended: it has expired, or was taken back. Log in again: orthancconnect login examined"
        in (" ".join(said.err.split()))
    )
    report = line.say("doctor", "--read-only", "--json")
    (told,) = (one for one in report.data["lines"] if one["id"] == "login")
    assert told["state"] == "failed" and "has ended" in told["cause"], told
    assert site.asked() == taken + 2, "by each command once"
    write_slice(tmp_path / "1.dcm", "GONE", 1)
    assert line.say("upload", tmp_path / "1.dcm", "--wait", 0).code == 4


def test_a_token_that_was_pasted(site: Site, memory, tmp_path: Path) -> None:
    token = logged_in(site).authorization().split()[1]
    line = WorkingLine(tmp_path, site.profile(auth="token", issuer=""), token)
    assert line.ask("login").code == 0
    assert list(memory.entries.values()) == [token]
    assert line.say("echo", "--only", "https").code == 0
    forged = token[:-6] + "AAAAAA"
    said = line.say("echo", "--only", "https", "--password-stdin", stdin=f"{forged}\n")
    assert said.code == 4 and "does not accept this token (HTTP 401)" in said.err
    assert line.say("login", "--password-stdin", stdin=f"{forged}\n").code == 4
    assert list(memory.entries.values()) == [token], "what is refused is not kept"
    said = line.say("echo", "--password-stdin", stdin=f"Bearer {token}\n")
    assert said.code == 2 and "no bearer token" in said.err
    assert token not in line.everything and forged not in line.everything


# A client certificate -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TestCertificate]:
    folder = tmp_path_factory.mktemp("people")
    authority = make_certificate(folder, "people", authority=True)
    return {
        "authority": authority,
        "ana": make_certificate(folder, "ana", ["ana"], issuer=authority),
        "stranger": make_certificate(folder, "stranger", ["ana"]),
        "old": make_certificate(folder, "old", ["ana"], LONG_AGO, 30, issuer=authority),
    }


@pytest.fixture(scope="module")
def guarded(people: dict[str, TestCertificate]) -> Iterator[PrivateOrthanc]:
    """Orthanc behind an nginx that wants a certificate of the people's authority."""

    def edit(text: str) -> str:
        wish = f'ssl_verify_client on; ssl_client_certificate "{people["authority"].certificate}";'
        return text.replace("ssl_protocols", f"{wish}\n    ssl_protocols", 1)

    with PrivateOrthanc(plugins=False, edit_nginx=edit) as server:
        yield server


@pytest.mark.parametrize(
    ("who", "code", "words_of_it"),
    [
        ("", 5, "wants a client certificate, and the profile names none"),
        ("ana", 0, ""),
        ("stranger", 5, "does not accept this client certificate"),
        ("old", 2, "The client certificate expired on"),
    ],
)
def test_a_client_certificate(
    guarded: PrivateOrthanc, people: Any, tmp_path: Path, who: str, code: int, words_of_it: str
) -> None:
    changes = people[who].as_client if who else {}
    line = WorkingLine.of(tmp_path, guarded, **changes)
    said = line.ask("echo", "--only", "https")
    assert (said.code, words_of_it in said.err) == (code, True), said
    report = line.ask("doctor", "--read-only", "--json")
    (told,) = (one for one in report.data["lines"] if one["id"] == "login")
    assert (told["state"] == "passed", words_of_it in told["cause"]) == (code == 0, True), told


def test_a_key_with_a_passphrase(
    guarded: PrivateOrthanc, people: Any, memory: MemoryKeyring, tmp_path: Path
) -> None:
    secret = "P4ss-of-the-key"
    pair = people["ana"].locked(secret)
    key, changes = pair.key, pair.as_client
    line = WorkingLine.of(tmp_path, guarded, **changes)
    said = line.ask("echo", "--only", "https")
    assert (said.code, "has a passphrase" in said.err) == (2, True), said
    memory.entries[f"OrthancConnect key:{key}"] = "another"
    said = line.ask("echo", "--only", "https")
    assert (said.code, "does not open the key" in said.err) == (2, True), said
    memory.entries[f"OrthancConnect key:{key}"] = secret
    assert line.ask("echo", "--only", "https").code == 0
    key.chmod(0o640)
    said = line.ask("echo", "--only", "https")
    assert (said.code, "may be read by others" in said.err) == (2, True), said
    assert secret not in line.everything
