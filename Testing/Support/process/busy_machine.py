"""How long something may take here: tests that measure must hold on a busy machine as well."""

from __future__ import annotations

import os


def here(seconds: float) -> float:
    """Return a limit in seconds for a quiet machine, longer by as much as this one is busy.

    By the load of the last minute (getloadavg(3)): with three processes for each processor, what
    takes a second alone takes three.
    """
    if not hasattr(os, "getloadavg"):
        return seconds
    return seconds * max(1.0, 1.5 * os.getloadavg()[0] / (os.cpu_count() or 1))
