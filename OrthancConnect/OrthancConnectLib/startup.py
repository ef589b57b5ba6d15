"""What happens when Slicer has started, and when the module is opened for the first time."""

from __future__ import annotations

import logging
from typing import Any, Callable, Optional, Tuple

import slicer

from OrthancConnectCore.shared.errors import OrthancConnectError

from .adapters.listener import Listener
from .adapters.settings_store import SettingsProfileStore
from .logic.logic import OrthancConnectLogic
from .protocols import Adapters


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
    from .panels.main import MainPanel

    module: Any = slicer.modules.OrthancConnectInstance
    if module.listener is None:
        module.listener = Listener()
    logic = OrthancConnectLogic(slicer_adapters(module.listener))
    logic.refresh()
    return logic, MainPanel(logic, resource_path)


def slicer_adapters(listener: Listener) -> Adapters:
    """Return the real ones, inside Slicer."""
    import qt

    from .adapters.ctk_dimse.probe import CtkProbe
    from .adapters.ctk_dimse.services import CtkDimse
    from .adapters.database import SlicerDatabase
    from .adapters.packages import install_package
    from .adapters.server_lists import ServerLists
    from .adapters.worker_client import WorkerClient
    from .turns import Turns

    return Adapters(
        store=SettingsProfileStore(),
        worker=WorkerClient(),
        database=SlicerDatabase(),
        listener=listener,
        make_dimse=CtkDimse,
        make_probe=CtkProbe,
        server_lists=ServerLists(qt.QSettings()),
        install=install_package,
        open_page=lambda url: bool(qt.QDesktopServices.openUrl(qt.QUrl(url))),
        call_later=lambda milliseconds, slot: qt.QTimer.singleShot(milliseconds, slot),
        in_turns=Turns,
    )
