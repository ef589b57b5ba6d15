"""Plain files on the disk."""

from __future__ import annotations

import errno
import os
import stat
from typing import Tuple

_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_NONBLOCK", 0)
)


def open_plain(path: str) -> Tuple[int, os.stat_result]:
    """Open a plain file for reading, never waiting for a pipe or a device.

    Returns
    -------
    tuple
        The descriptor, and what the system tells of the file.

    Raises
    ------
    OSError
        It can't be read, or is no plain file.
    """
    handle = os.open(path, _OPEN_FLAGS)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "It is not a plain file")
        return handle, status
    except OSError:
        os.close(handle)
        raise
