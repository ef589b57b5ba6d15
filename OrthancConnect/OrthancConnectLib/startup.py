"""What happens when Slicer has started, and when the module is opened for the first time."""

from __future__ import annotations

import logging
from typing import Any, Callable, Optional, Tuple

import slicer

from OrthancConnectCore.errors import OrthancConnectError

from .adapters import slicer_adapters
from .listener import Listener
from .logic import OrthancConnectLogic
from .settings_store import SettingsProfileStore


def autostarted_listener() -> Optional[Listener]:
    """Start the listener for the default profile and return it; None when nobody wants it."""
    store = SettingsProfileStore()
    try:
        profile = store.load().default
    except OrthancConnectError as error:
        logging.warning("OrthancConnect: %s", error)
        return None
    if profile is None or not store.listener_autostart:
        return None
    listener = Listener()
    listener.start(profile.storage_port)
    return listener


def make_panel(resource_path: Callable[[str], str]) -> Tuple[OrthancConnectLogic, Any]:
    """Return the logic and the panel of it; the listener is the module's own."""
    from .panels.main_panel import MainPanel

    module: Any = getattr(slicer.modules, "OrthancConnectInstance", None)
    listener = getattr(module, "listener", None)
    if listener is None:
        listener = Listener()
        if module is not None:
            module.listener = listener
    logic = OrthancConnectLogic(slicer_adapters(listener))
    logic.refresh()
    return logic, MainPanel(logic, resource_path)
