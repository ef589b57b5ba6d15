"""The system's keychain, with a keychain in memory, a refusing one, and none at all."""

from __future__ import annotations

import sys
from typing import Any, Iterator

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import pytest

from OrthancConnectCore import trace_log
from OrthancConnectCore.keychain import Keychain, RememberedPasswords, entry_name
from OrthancConnectCore.shared.errors import (
    ConfigurationError,
    MissingDependencyError,
    PasswordNeededError,
)
from OrthancConnectCore.shared.profile import ServerProfile
from Support.fakes.keychains import MemoryKeyring

PROFILE = ServerProfile("IUIBS", "https://server.example:8042", user="ana")


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, backend = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_password_is_remembered_for_user_and_server(memory: MemoryKeyring) -> None:
    chain = Keychain()
    assert chain.password(PROFILE) is None
    chain.remember(PROFILE, "canary-1")
    chain.remember(PROFILE, "canary-2")
    assert chain.password(PROFILE.replace(name="Renamed")) == "canary-2"
    assert chain.password(PROFILE.replace(user="eva")) is None
    assert chain.password(PROFILE.replace(rest_url="https://other.example")) is None
    assert list(memory.entries) == ["OrthancConnect ana@https://server.example:8042"]


def test_forgetting_tells_whether_there_was_one(memory: MemoryKeyring) -> None:
    chain = Keychain()
    assert chain.forget(PROFILE) is False
    chain.remember(PROFILE, "x")
    assert chain.forget(PROFILE) is True
    assert memory.entries == {}


def test_a_locked_keychain_is_one_sentence_without_the_password(memory: MemoryKeyring) -> None:
    chain = Keychain()
    memory.locked = True
    for call in (
        lambda: chain.password(PROFILE),
        lambda: chain.remember(PROFILE, "canary-1"),
        lambda: chain.forget(PROFILE),
    ):
        with pytest.raises(ConfigurationError, match="keychain") as fault:
            call()
        assert "\n" not in str(fault.value) and "canary-1" not in str(fault.value)


class PlainFile(MemoryKeyring):
    """As in keyrings.alt: writes passwords where everybody can read them."""

    priority = 0.5  # type: ignore[assignment]


class Chain(keyring.backends.chainer.ChainerBackend):
    """What keyring takes when there are several."""

    priority = 10  # type: ignore[assignment]
    backends: Any = ()


def _chain(*backends: Any) -> Chain:
    chain = Chain()
    chain.backends = list(backends)
    return chain


def test_a_system_without_keychain_is_told(memory: MemoryKeyring) -> None:
    for backend in (
        keyring.backends.fail.Keyring(),
        keyring.backends.null.Keyring(),
        PlainFile(),
        _chain(),
        _chain(PlainFile(), keyring.backends.fail.Keyring()),
    ):
        keyring.set_keyring(backend)
        with pytest.raises(ConfigurationError, match="no keychain"):
            Keychain()
    keyring.set_keyring(_chain(memory, PlainFile()))
    Keychain().remember(PROFILE, "canary-1")
    assert list(memory.entries.values()) == ["canary-1"]


def test_a_keychain_that_breaks_is_told(
    memory: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("no bus")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    with pytest.raises(ConfigurationError, match="can't be opened: no bus"):
        Keychain()


def test_no_two_pairs_of_user_and_address_share_an_entry() -> None:
    first = PROFILE.replace(user="ana@https", rest_url="https://b")
    second = PROFILE.replace(user="ana", rest_url="https://b/https")
    names = {entry_name(profile) for profile in (PROFILE, first, second)}
    assert len(names) == 3


def test_what_is_remembered_is_kept_out_of_the_log(memory: MemoryKeyring) -> None:
    Keychain().remember(PROFILE, "canary-in-log")
    assert "canary" not in trace_log.redact("sent canary-in-log")


def test_a_process_reads_each_password_once(memory: MemoryKeyring) -> None:
    passwords = RememberedPasswords()
    with pytest.raises(PasswordNeededError, match="ana for https://server.example:8042"):
        passwords.get(PROFILE)
    passwords.remember(PROFILE, "canary-1")
    memory.readings = 0
    memory.locked = True  # in the middle of the work
    assert passwords.get(PROFILE) == "canary-1"
    assert memory.readings == 0
    memory.locked = False
    other = PROFILE.replace(rest_url="https://other.example")
    with pytest.raises(PasswordNeededError):
        passwords.get(other)
    Keychain().remember(PROFILE, "canary-2")  # by somebody else
    assert passwords.get(PROFILE) == "canary-1"
    passwords.read_again()
    assert passwords.get(PROFILE) == "canary-2"
    assert passwords.forget(PROFILE) is True
    with pytest.raises(PasswordNeededError):
        passwords.get(PROFILE)


def test_the_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingDependencyError) as missing:
        Keychain()
    assert missing.value.package == "keyring"
