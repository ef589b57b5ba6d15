"""A disk that is soon full."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


class NoSmallDisk(Exception):
    """This computer lets us make none; the message tells why."""


class SmallDisk:
    """A file system in memory of a few megabytes, mounted on a folder; a context manager.

    Linux and the right to mount are needed.
    """

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes

    def __enter__(self) -> SmallDisk:
        if not sys.platform.startswith("linux") or os.geteuid() != 0:
            raise NoSmallDisk("to mount a small disk takes Linux and root")
        self.folder.mkdir()
        self._mount(f"size={self._megabytes}m")
        return self

    def __exit__(self, *_exc: object) -> None:
        subprocess.run(["umount", str(self.folder)], check=True, capture_output=True)

    def grow(self, megabytes: int) -> None:
        """Make room, as an administrator does."""
        self._mount(f"remount,size={megabytes}m")

    def _mount(self, options: str) -> None:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            words = getattr(error, "stderr", "") or str(error)
            raise NoSmallDisk(f"no small disk can be mounted: {words.strip()}") from error
