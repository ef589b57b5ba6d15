"""Keychains for tests, as backends of ``keyring``: in memory, and shared with other processes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Dict, Optional

import keyring.backend
import keyring.errors

from Support.fakes.shared_keychain import FILE, shared_keychain

__all__ = ["MemoryKeyring", "SharedKeyring", "shared_keychain"]


class MemoryKeyring(keyring.backend.KeyringBackend):
    """Keeps passwords for one test; refuses everything when locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: Dict[str, str] = {}
        self.locked = False
        self.readings = 0

    def _load(self) -> Dict[str, str]:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked\nfor now")
        return self.entries

    def _save(self, entries: Dict[str, str]) -> None:
        self.entries = entries

    def get_password(self, service: str, username: str) -> Optional[str]:
        self.readings += 1
        return self._load().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._save({**self._load(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        entries = dict(self._load())
        del entries[f"{service} {username}"]
        self._save(entries)


class SharedKeyring(MemoryKeyring):
    """Stands for the system's keychain in processes that a test starts.

    The file is the keychain's own: a search for secrets leaves it out.
    """

    def _load(self) -> Dict[str, str]:
        path = Path(os.environ[FILE])
        found: Dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if "locked" in found:
            raise keyring.errors.KeyringLocked("locked for now")
        return found

    def _save(self, entries: Dict[str, str]) -> None:
        Path(os.environ[FILE]).write_text(json.dumps(entries))
