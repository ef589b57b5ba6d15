"""The system's keychain, with a keychain in memory, a refusing one, and none at all."""

from __future__ import annotations

import sys
from typing import Dict, Iterator, Optional, Tuple

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from OrthancConnectCore.errors import ConfigurationError, MissingDependencyError
from OrthancConnectCore.keychain import Keychain
from OrthancConnectCore.profiles import ServerProfile

PROFILE = ServerProfile("IUIBS", "https://server.example:8042", user="ana")


class MemoryKeyring(keyring.backend.KeyringBackend):
    """Keeps passwords for one test; refuses everything when locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: Dict[Tuple[str, str], str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked\nby canary")

    def get_password(self, service: str, username: str) -> Optional[str]:
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        del self.entries[service, username]


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
    assert list(memory.entries) == [("OrthancConnect", "ana@https://server.example:8042")]


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


def test_a_system_without_keychain_is_told(memory: MemoryKeyring) -> None:
    keyring.set_keyring(keyring.backends.fail.Keyring())
    with pytest.raises(ConfigurationError, match="no keychain"):
        Keychain()


def test_the_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(MissingDependencyError) as missing:
        Keychain()
    assert missing.value.package == "keyring"
