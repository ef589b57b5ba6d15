"""The results that wait on this computer; asked for at each connection, so without pydicom."""

from __future__ import annotations

from typing import Any, Dict

from ..results import kept
from .methods import Context


def new(_context: Context, _params: Dict[str, Any]) -> Any:
    """Make the folder of a new result."""
    return {"folder": str(kept.new())}


def waiting(_context: Context, _params: Dict[str, Any]) -> Any:
    """Return what waits to be sent, the oldest first."""
    return [one.to_dict() for one in kept.waiting()]


def remove(_context: Context, params: Dict[str, Any]) -> Any:
    """Remove a result that waits, or that was begun."""
    return {"removed": kept.remove(params["result_id"])}
