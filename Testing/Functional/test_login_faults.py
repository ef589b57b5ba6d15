"""Providers of a login that are hostile, odd or slow; each is refused in one sentence."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Dict, Iterator, NamedTuple, Optional
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from OrthancConnectCore.network.transport import Transport
from OrthancConnectCore.openid import session as openid_session
from OrthancConnectCore.openid.browser import log_in
from OrthancConnectCore.openid.provider import Provider, Tokens
from OrthancConnectCore.openid.session import OpenIdSession
from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    LoginFailedError,
    OperationCancelled,
    OrthancConnectError,
    TrustError,
)
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile, TrustPolicy
from Support.data.certificates import certificate_fingerprint, make_certificate
from Support.fakes.provider import KEY, FakeProvider, get, signed
from Support.fakes.shared_keychain import shared_keychain
from Support.process.command_line import CommandLine
from Support.process.worker import CORE_PARENT, Process
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer

jwt = pytest.importorskip("jwt")
OTHER = rsa.generate_private_key(65537, 2048)
HTML = Answer(200, b"<html>Log in here</html>", {"Content-Type": "text/html"})


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[FakeProvider]:
    made = FakeProvider(make_certificate(tmp_path))
    with made.server:
        yield made


def refused(provider: FakeProvider, **changes: str) -> OrthancConnectError:
    with pytest.raises(OrthancConnectError) as caught:
        log_in(provider.profile, lambda address: provider.browse(address, **changes), patience=10)
    assert caught.value.hint and "canary" not in str(caught.value)
    return caught.value


def test_a_sound_login(provider: FakeProvider) -> None:
    session = log_in(provider.profile, provider.browse)
    assert session.authorization().startswith("Bearer at-")
    assert "at-" not in repr(session) and "canary" not in repr(session)
    assert session.end(), "the provider takes it back"
    assert b"token=canary-rt" in provider.server.requests[-1].body
    with pytest.raises(AuthenticationError, match="has ended"):
        session.authorization()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (HTML, "not what OpenID Connect asks for: it is not JSON"),
        (Answer.of_json([1]), "it is not an object"),
        (Answer(200, b" " * 300_000), "256"),
        (Answer(302, b"", {"Location": "https://elsewhere.example/"}), "refuses (HTTP 302)"),
        (Answer(404, b""), "refuses (HTTP 404)"),
    ],
)
def test_what_answers_is_no_provider(provider: FakeProvider, answer: Answer, words: str) -> None:
    provider.answers["/realm/.well-known/openid-configuration"] = lambda _request: answer
    assert words in refused(provider).message
    assert len(provider.server.requests) == 1, "nothing is tried again"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("issuer", "https://127.0.0.1/other", "calls itself https://127.0.0.1/other"),
        ("token_endpoint", "http://127.0.0.1/token", "not https://"),
        ("jwks_uri", "https://keys.example/jwks", "other hosts than its own: keys.example."),
        ("token_endpoint", "https://127.0.0.1:1/token", "other hosts than its own: 127.0.0.1:1."),
        ("authorization_endpoint", "file:///etc/passwd", "not https://"),
        ("revocation_endpoint", "https://[broken", "not https://"),
        ("token_endpoint", "https://ana:pw@127.0.0.1:{port}/x", "not https://"),
        ("token_endpoint", None, "token_endpoint is not a text"),
    ],
)
def test_a_provider_that_leads_elsewhere(
    provider: FakeProvider, name: str, value: Optional[str], words: str
) -> None:
    provider.metadata[name] = value and value.replace("{port}", str(provider.server.port))
    assert words in refused(provider).message


class Parted(NamedTuple):
    """A provider whose tokens and keys are at another host and port, as Google's are."""

    provider: FakeProvider
    other: ScriptedServer
    profile: ServerProfile

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.other.port}"


@pytest.fixture
def parted(tmp_path: Path) -> Iterator[Parted]:
    authority = make_certificate(tmp_path, "people", authority=True)
    provider = FakeProvider(make_certificate(tmp_path, "one", issuer=authority))
    two = make_certificate(tmp_path, "two", issuer=authority)
    with provider.server, ScriptedServer(provider.answer, two) as other:
        for name in ("token_endpoint", "jwks_uri", "revocation_endpoint"):
            path = "keys" if name == "jwks_uri" else name
            provider.metadata[name] = f"{other.url}/realm/{path}"
        trust = TrustPolicy("ca_file", ca_file=str(authority.certificate))
        yield Parted(provider, other, provider.profile.replace(trust=trust))


def test_other_hosts_of_a_provider_are_agreed_to_first(parted: Parted) -> None:
    provider, other, profile = parted
    with pytest.raises(LoginFailedError, match="other hosts than its own") as caught:
        log_in(profile, provider.browse)
    assert caught.value.facts["login_hosts"] == parted.place
    assert other.requests == [], "nobody has agreed"
    session = log_in(profile.replace(login_hosts=parted.place), provider.browse)
    assert session.authorization().startswith("Bearer at-") and session.end()
    asked = [urlsplit(request.path).path for request in other.requests]
    assert asked == ["/realm/token_endpoint", "/realm/keys", "/realm/revocation_endpoint"]
    # One more, some day, is asked about again.
    provider.metadata["jwks_uri"] = "https://keys.example/jwks"
    with pytest.raises(LoginFailedError) as caught:
        log_in(profile.replace(login_hosts=parted.place), provider.browse)
    assert caught.value.facts["login_hosts"] == f"{parted.place} keys.example"


def test_other_hosts_of_a_provider_are_trusted_by_their_certificates(
    parted: Parted, tmp_path: Path
) -> None:
    """A pin of the issuer's own is none of theirs."""
    provider, other, profile = parted
    pin = certificate_fingerprint(tmp_path / "one.crt")
    pinned = profile.replace(trust=TrustPolicy.pinned(pin), login_hosts=parted.place)
    with pytest.raises(TrustError):
        log_in(pinned, provider.browse)
    assert other.requests == []


def test_other_hosts_of_a_provider_lead_no_further(parted: Parted) -> None:
    provider, _other, profile = parted
    elsewhere = Answer(307, b"", {"Location": f"{provider.server.url}/realm/token_endpoint"})
    provider.answers["/realm/token_endpoint"] = lambda _request: elsewhere
    with pytest.raises(LoginFailedError, match="refuses"):
        log_in(profile.replace(login_hosts=parted.place), provider.browse)


def test_a_terminal_is_asked_once_about_other_hosts(parted: Parted, tmp_path: Path) -> None:
    line = command_line(tmp_path, parted.profile, BROWSER="true")
    refused = line.run("login")
    assert refused.code == 4 and parted.place in refused.err, refused
    assert "Run on a terminal: orthancconnect login lab" in refused.err
    until_browser = {"interrupt_after": "code_challenge_method=S256"}
    said = line.on_terminal("login", answers={"Are they your provider's?": "y"}, **until_browser)
    assert said.code == 130 and parted.place in said.out, said.out
    (kept,) = json.loads((line.settings / "profiles.json").read_text())["profiles"]
    assert kept["login_hosts"] == parted.place
    again = line.on_terminal("login", **until_browser)
    assert again.code == 130 and "Are they" not in again.out


def by_public_key(claims: Dict[str, Any]) -> str:
    """The old trick: the public key, which all know, as the secret of an HMAC."""
    import base64
    import hashlib
    import hmac

    from cryptography.hazmat.primitives import serialization

    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = KEY.public_key().public_bytes(serialization.Encoding.PEM, kind)
    parts = ({"alg": "HS256", "kid": "one"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
    mark = hmac.new(pem, b".".join(encoded), hashlib.sha256).digest()
    return b".".join([*encoded, base64.urlsafe_b64encode(mark).rstrip(b"=")]).decode()


@pytest.mark.parametrize(
    ("claims", "sign"),
    [
        ({"aud": "another"}, signed),
        ({"aud": ["orthancconnect", "another"]}, signed),
        ({"azp": "another"}, signed),
        ({"iss": "https://elsewhere.example"}, signed),
        ({"nonce": "of another login"}, signed),
        ({"exp": 1}, signed),
        ({"iat": 4102444800}, signed),
        ({}, lambda claims: signed({**claims, "nonce": ""})),
        ({}, lambda claims: signed({name: claims[name] for name in set(claims) - {"nonce"}})),
        ({}, lambda claims: signed(claims, OTHER)),
        ({}, lambda claims: signed(claims, kid="two")),
        ({}, lambda claims: signed(claims, None, kind="none")),
        ({}, by_public_key),
        ({}, lambda _claims: "x.y.z"),
        ({}, lambda _claims: ""),
    ],
)
def test_a_forged_identity(provider: FakeProvider, claims: Any, sign: Any) -> None:
    provider.claims, provider.sign = claims, sign
    message = refused(provider).message
    assert "does not prove who logged in" in message or "not well formed" in message


def test_a_refusal_is_told(provider: FakeProvider) -> None:
    assert "access_denied" in refused(provider, error="access_denied", code="").message
    assert "another provider's" in refused(provider, iss="https://elsewhere.example").message
    denied = Answer.of_json({"error": "invalid_client"}, 401)
    provider.answers["/realm/token_endpoint"] = lambda _request: denied
    assert "HTTP 401): invalid_client" in refused(provider).message


def test_what_others_send_is_no_answer(provider: FakeProvider) -> None:
    def show(address: str) -> None:
        where = parse_qs(urlsplit(address).query)["redirect_uri"][0]
        assert get(where, {"code": "evil", "state": "guessed"}) == 404
        assert get(where, {"error": "access_denied"}) == 404
        assert get(where + "favicon.ico", {}) == 404
        provider.browse(address)

    assert log_in(provider.profile, show).authorization()


def test_a_login_can_be_given_up(provider: FakeProvider) -> None:
    token = CancelToken()
    with pytest.raises(OperationCancelled):
        log_in(provider.profile, lambda _address: token.cancel(), token)
    with pytest.raises(LoginFailedError, match="Nobody logged in within"):
        log_in(provider.profile, lambda _address: None, patience=0.1)


def test_a_pin_is_not_for_the_provider_of_another_port(
    provider: FakeProvider, tmp_path: Path
) -> None:
    """Its certificate is the system's to judge, and nothing is sent to it."""
    with ScriptedServer(lambda _request: HTML, make_certificate(tmp_path, "two")) as other:
        profile = provider.profile.replace(issuer=other.url)
        with pytest.raises(TrustError), Provider(profile) as asked:
            assert asked.metadata
        assert other.requests == []
        trust = TrustPolicy("ca_file", ca_file=str(tmp_path / "two.crt"))
        with pytest.raises(LoginFailedError), Provider(profile.replace(trust=trust)) as asked:
            assert asked.metadata


def test_what_is_refused_twice_is_not_renewed_again(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes no token at all costs one renewal, not one a request."""
    provider.answers["/system"] = lambda _request: Answer(401, b"")
    session = OpenIdSession(provider.profile, Tokens("at-0", time.time() + 60, "rt", ""))
    with Transport(provider.profile, session) as transport:
        for _ in range(3):
            with pytest.raises(AuthenticationError, match="does not accept the login at"):
                transport.request("GET", "/system")
        assert provider.refreshed == ["rt"]
        # Later it is, also where this computer's clock was put back meanwhile.
        before = time.time() - 30
        monkeypatch.setattr(time, "time", lambda: before)
        monkeypatch.setattr(openid_session, "_FRESH", 0.0)
        with pytest.raises(AuthenticationError):
            transport.request("GET", "/system")
    assert len(provider.refreshed) == 2


def test_a_renewed_login_stays_that_of_the_same_person(provider: FakeProvider) -> None:
    session = log_in(provider.profile, provider.browse)
    provider.renewed = {"nonce": "of the first login"}
    assert session.renew(session.authorization())
    again = log_in(provider.profile, provider.browse)
    provider.renewed = {"sub": "eve"}
    with pytest.raises(LoginFailedError, match="it is for another login"):
        again.renew(again.authorization())


# The command line ---------------------------------------------------------------------------------


def command_line(folder: Path, profile: ServerProfile, **environment: str) -> CommandLine:
    environment.update(shared_keychain(folder / "keychain", CORE_PARENT))
    line = CommandLine(folder, **environment)
    line.settings.mkdir()
    (line.settings / "profiles.json").write_text(ProfileSet((profile,)).to_json())
    return line


def test_ctrl_c_gives_a_login_up(provider: FakeProvider, tmp_path: Path) -> None:
    line = command_line(tmp_path, provider.profile, BROWSER="true")
    said = line.on_terminal("login", interrupt_after="code_challenge_method=S256")
    assert (said.code, "Cancelled" in said.out) == (130, True), said.out
    assert not (tmp_path / "keychain").exists()


def test_what_a_terminal_is_asked_for(tmp_path: Path) -> None:
    """A token, and the passphrase of a key; `login` keeps both."""
    own, ana = make_certificate(tmp_path), make_certificate(tmp_path, "ana").locked("canary-pass")

    def answer(request: Request) -> Answer:
        is_known = request.headers.get("authorization") == "Bearer canary.token"
        return Answer.of_json(SYSTEM) if is_known else Answer(401, b"")

    with ScriptedServer(answer, own, wants=ana) as server:
        trust = TrustPolicy.pinned(certificate_fingerprint(own.certificate))
        profile = ServerProfile("lab", server.url, trust=trust, auth="token", **ana.as_client)
        line = command_line(tmp_path, profile)
        typed = {"Passphrase of": "canary-pass", "Token for lab": "canary.token"}
        said = line.on_terminal("login", answers=typed)
        assert said.code == 0 and "accepts the login of lab" in said.out, said.out
        assert line.run("echo", "--only", "https").code == 0, "from the keychain"
        assert line.run("logout").code == 0
        assert "orthancconnect login lab" in line.run("echo", "--only", "https").err
        assert "canary" not in line.everything + (tmp_path / "keychain").read_text()


# The worker ---------------------------------------------------------------------------------------


def address_of(worker: Process) -> str:
    """Wait for what the worker wants to have opened."""
    told = json.loads(worker.stdout.readline())
    assert told["method"] == "progress" and told["params"]["phase"] == "login", told
    return str(told["params"]["details"]["url"])


def test_the_worker_logs_in(provider: FakeProvider, tmp_path: Path) -> None:
    keychain = shared_keychain(tmp_path / "keychain", CORE_PARENT)
    settings = {"ORTHANCCONNECT_CONFIG_DIR": str(tmp_path), **keychain}
    profile = provider.profile.to_dict()
    server = {"profile": profile, "password": None}
    with Process(tmp_path, **settings) as worker:
        refusal = worker.ask(1, "server.system", **server)["error"]
        assert "nobody is logged in" in refusal["message"], refusal
        assert "error" in worker.ask(2, "password.remember", profile=profile, password="")
        worker.call(3, "login.browser", profile=profile)
        provider.browse(address_of(worker))
        assert worker.read()["result"] == {"logged_in": True}
        assert worker.ask(4, "server.system", **server)["result"]["version"] == SYSTEM["Version"]
        assert "result" in worker.ask(5, "password.remember", profile=profile, password="")
        worker.call(6, "login.browser", profile=profile)
        address_of(worker)
        worker.cancel(6)
        assert worker.read()["error"]["data"]["kind"] == "OperationCancelled"
    server["password"] = {"keychain": True}
    with Process(tmp_path, **settings) as worker:
        assert "result" in worker.ask(1, "server.system", **server)
        assert provider.refreshed == ["canary-rt"]
        ended = worker.ask(2, "login.end", profile=profile)["result"]
        assert ended == {"revoked": True, "forgotten": True}
        refusal = worker.ask(3, "server.system", **server)["error"]
        assert "Nobody is logged in" in refusal["message"]
    assert "canary" not in worker.log.read_text() + (tmp_path / "keychain").read_text()


def test_the_worker_opens_a_key(tmp_path: Path) -> None:
    authority = make_certificate(tmp_path, "people", authority=True)
    ana = make_certificate(tmp_path, "ana", ["ana"], issuer=authority).locked("canary-passphrase")
    own = make_certificate(tmp_path)
    keychain = shared_keychain(tmp_path / "keychain", CORE_PARENT)
    with ScriptedServer(lambda _request: Answer.of_json(SYSTEM), own, wants=authority) as server:
        trust = TrustPolicy.pinned(certificate_fingerprint(own.certificate))
        profile = ServerProfile("lab", server.url, trust=trust, **ana.as_client).to_dict()
        with Process(tmp_path, **keychain) as worker:
            needed = worker.ask(1, "server.system", profile=profile)["error"]["data"]
            assert (needed["kind"], needed["facts"]) == (
                "PasswordNeededError",
                {"what": "passphrase"},
            )
            wrong = worker.ask(2, "key.unlock", profile=profile, password="wrong")["error"]
            assert "does not open the key" in wrong["message"]
            right = {"profile": profile, "password": "canary-passphrase"}
            assert "result" in worker.ask(3, "key.unlock", **right, remember=True)
            assert "result" in worker.ask(4, "server.system", profile=profile)
        with Process(tmp_path, **keychain) as worker:
            assert "result" in worker.ask(1, "server.system", profile=profile)
        assert "canary" not in worker.log.read_text()
