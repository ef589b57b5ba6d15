"""The setting of a process whose keychain is a file; needs no ``keyring`` itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Mapping

TESTING = Path(__file__).resolve().parents[2]
#: The variable that names the file.
FILE = "ORTHANCCONNECT_TEST_KEYCHAIN"


def shared_keychain(file: Path, core_parent: Path) -> Mapping[str, str]:
    """Return the environment of a process whose keychain is in that file."""
    return {
        "PYTHONPATH": f"{core_parent}{os.pathsep}{TESTING}",
        "PYTHON_KEYRING_BACKEND": "Support.fakes.keychains.SharedKeyring",
        FILE: str(file),
    }
