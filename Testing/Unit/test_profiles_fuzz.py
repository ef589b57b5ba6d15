"""Whatever stands in a profile file, an address or a request: a profile, or our own error."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import hypothesis.configuration
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile, TrustPolicy
from OrthancConnectCore.shared.validation import server_address, validate_rest_url
from OrthancConnectCore.worker.methods import METHODS
from OrthancConnectCore.worker.rpc import RpcError
from Support.process.command_line import in_process

settings.register_profile(
    "house",
    database=None,
    deadline=None,
    derandomize=True,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("house")
# Not in the folder where the tests are started.
_CACHE = Path(__file__).resolve().parents[2] / ".pytest_cache" / "hypothesis"
hypothesis.configuration.set_hypothesis_home_dir(_CACHE)

GOOD = ServerProfile("lab", "https://server:8042", "ana", TrustPolicy.pinned("AB" * 32))
TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # also lone surrogates
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted(GOOD.to_dict())
ADDRESSES = st.from_regex(
    r"(https?|HTTPS|ftp)?(://)?[a-z0-9_.:%@\[\]\-]{0,12}(:[0-9+ ]{0,6})?(/[ -~]{0,8})?",
    fullmatch=True,
)
HOSTS = st.from_regex(r"[A-Za-z0-9_.%\-]{1,20}(:[0-9]{1,6})?", fullmatch=True)


def _nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@st.composite
def nearly_profiles(draw: Any) -> Any:
    """A good profile with some fields that are not."""
    data: dict[str, Any] = json.loads(json.dumps(GOOD.to_dict()))
    for name in draw(st.lists(st.sampled_from([*FIELDS, "password"]), max_size=3)):
        data[name] = draw(JSON | ADDRESSES if name == "rest_url" else JSON)
    if draw(st.booleans()) and isinstance(data["trust"], dict):
        name = draw(st.sampled_from(["mode", "ca_file", "fingerprint", "extra"]))
        data["trust"][name] = draw(JSON | st.sampled_from(["system", "ca_file", "pinned"]))
    return data


def _check(profile: ServerProfile) -> None:
    """What was accepted can be written, read again, compared and used as a key."""
    text = ProfileSet((profile,)).to_json()
    assert ProfileSet.from_json(text.encode("utf-8").decode("utf-8")).profiles == (profile,)
    assert ServerProfile.from_dict(profile.to_dict()) == profile
    assert set(profile.to_dict()) == set(FIELDS)
    assert {profile: 1}[profile.replace()] == 1
    if profile.trust.mode != "ca_file":
        assert profile.trust.ca_file == ""
    if profile.trust.mode != "pinned":
        assert profile.trust.fingerprint == ""


@given(JSON | nearly_profiles())
@example({**GOOD.to_dict(), "name": "\ud800"})
@example({**GOOD.to_dict(), "rest_url": "https://server/\ud800"})
@example({**GOOD.to_dict(), "trust": {"mode": "ca_file", "ca_file": "a\0b"}})
@example({**GOOD.to_dict(), "trust": {"mode": "ca_file", "ca_file": "\udcff"}})
@example({**GOOD.to_dict(), "trust": {"mode": "system", "fingerprint": "\ud800"}})
@example({**GOOD.to_dict(), "dicom_port": float("inf")})
@example({**GOOD.to_dict(), "read_timeout": 10**400})
def test_a_profile_from_anything(data: Any) -> None:
    try:
        profile = ServerProfile.from_dict(data)
    except OrthancConnectError as error:
        assert error.message and "\n" not in error.message and len(error.message) < 400
    else:
        _check(profile)


@pytest.mark.parametrize("field", [*FIELDS, "trust.mode", "default", "profiles", "format"])
def test_deeply_nested_values_are_refused(field: str) -> None:
    profile: Any = GOOD.to_dict()
    whole: Any = {"format": "OrthancConnect profiles 1", "default": "", "profiles": [profile]}
    owner = profile["trust"] if "." in field else whole if field in whole else profile
    for depth in (*range(700, 1000, 23), 5000):
        owner[field.rpartition(".")[2]] = "MARK"
        text = json.dumps(whole).replace('"MARK"', "[" * depth + "]" * depth)
        with pytest.raises(OrthancConnectError):
            ProfileSet.from_json(text)
    with pytest.raises(OrthancConnectError):
        ServerProfile.from_dict({**GOOD.to_dict(), "dicom_port": _nested(5000)})


@given(
    TEXT
    | JSON.map(json.dumps)
    | st.lists(nearly_profiles(), max_size=3).map(
        lambda items: json.dumps({"format": "OrthancConnect profiles 1", "profiles": items})
    )
)
def test_a_set_of_profiles_from_any_text(text: str) -> None:
    try:
        profiles = ProfileSet.from_json(text)
    except OrthancConnectError:
        return
    assert ProfileSet.from_json(profiles.to_json()) == profiles
    for profile in profiles.profiles:
        _check(profile)


@given(TEXT | ADDRESSES)
@example("https://[::1]x:80")
@example("https://server:８０４２")
@example("https://server:+80")
@example("https://server\\@other")
@example("https://other@server")
def test_an_address_from_any_text(text: str) -> None:
    for read in (validate_rest_url, server_address):
        try:
            address = read(text)
        except OrthancConnectError:
            continue
        assert validate_rest_url(address) == address
        assert address.isascii() and "@" not in address.split("/")[2]
        with_port = GOOD.replace(rest_url=address, allow_insecure_http=True)
        _check(with_port)
        assert with_port.trust == TrustPolicy()


@settings(max_examples=150)
@given(HOSTS, st.sampled_from(["http", "https"]))
@example("a..b", "https")
@example("a" * 64, "http")
@example("%", "http")
def test_a_host_that_can_not_be_reached_is_our_error(host: str, scheme: str) -> None:
    def unknown(name: Any, *_more: Any, **_options: Any) -> Any:
        name.encode("idna") if isinstance(name, str) else name
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    try:
        profile = ServerProfile("x", f"{scheme}://{host}", "ana", allow_insecure_http=True)
    except OrthancConnectError:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", unknown)
        with OrthancClient(profile, Credentials("ana", "canary")) as client:
            with pytest.raises(OrthancConnectError):
                client.system()


@given(st.sampled_from(sorted(METHODS)), st.dictionaries(TEXT, JSON, max_size=2), st.data())
def test_a_request_with_any_parameters(name: str, more: Any, data: Any) -> None:
    method = METHODS[name]
    wanted = f"{method.required} {method.optional}".split()
    params = {key: data.draw(nearly_profiles() if key == "profile" else JSON) for key in wanted}
    for sent in (more, params, {**params, **more}):
        try:
            checked = method.check(sent)
        except (RpcError, OrthancConnectError):
            continue
        assert set(checked) == set(wanted)


@settings(max_examples=60)
@given(st.binary(max_size=60) | st.lists(nearly_profiles(), max_size=2))
def test_importing_any_file_keeps_what_is_there(
    tmp_path: Path, monkeypatch: Any, capsys: Any, content: Any
) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "settings"))
    store = ProfileStore()
    mine = ProfileSet((GOOD.replace(name="mine", rest_url="https://mine"),))
    store.update(lambda _before: mine)
    file = tmp_path / "file.json"
    if isinstance(content, list):
        whole = {"format": "OrthancConnect profiles 1", "profiles": content}
        content = json.dumps(whole).encode()
    file.write_bytes(content)
    said = in_process(capsys)("profile", "import", str(file))
    assert said.code in (0, 2), said.err
    assert "mine" in store.load().names
    assert [path.name for path in store.path.parent.iterdir()] == ["profiles.json"]
