"""What happens when Slicer has started, and when the module is opened for the first time."""

from __future__ import annotations

import logging
import os
import subprocess
from typing import TYPE_CHECKING, Any, Callable, Optional, Tuple

import slicer
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import ConfigurationError, OrthancConnectError

from .adapters.listener import Listener
from .adapters.settings_store import SettingsProfileStore

if TYPE_CHECKING:  # what the panel is made of loads with it, not when Slicer starts
    from .logic.logic import OrthancConnectLogic
    from .protocols import Adapters

#: What may be installed from the panel, and as which requirement.
OPTIONAL = {
    "keyring": "keyring>=24",
    "pynetdicom": "pynetdicom>=2.1",
    "dicognito": "dicognito>=0.17",
    "highdicom": "highdicom>=0.22",
    "contourpy": "contourpy>=1.0.7",
}


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
    from .logic.logic import OrthancConnectLogic
    from .panels.main import MainPanel

    module: Any = slicer.modules.OrthancConnectInstance
    if module.listener is None:
        module.listener = Listener()
    logic = OrthancConnectLogic(slicer_adapters(module.listener))
    logic.refresh()
    return logic, MainPanel(logic, resource_path)


def show_sample() -> None:
    """Show the panel with the sample study chosen for upload; it is made now, on this computer."""
    if slicer.util.mainWindow() is not None:
        slicer.util.selectModule("OrthancConnect")
    panel = slicer.util.getModuleWidget("OrthancConnect").panel
    panel.upload.add_sample(os.path.join(slicer.app.temporaryPath, "OrthancConnect-sample"))


def show_link(address: str) -> None:
    """Show the panel, which asks about a link of the browser; nothing is fetched before."""
    if slicer.util.mainWindow() is not None:
        slicer.util.selectModule("OrthancConnect")
    slicer.util.getModuleWidget("OrthancConnect").logic.opening.receive(address)


def slicer_adapters(listener: Listener) -> Adapters:
    """Return the real ones, inside Slicer."""
    import qt

    from .adapters.ctk_dimse.probe import CtkProbe
    from .adapters.ctk_dimse.services import CtkDimse
    from .adapters.database import SlicerDatabase
    from .adapters.results.found import SceneResults
    from .adapters.scene import SlicerScene
    from .adapters.server_lists import ServerLists
    from .adapters.worker_client import WorkerClient
    from .protocols import Adapters
    from .turns import Turns

    database = SlicerDatabase()
    return Adapters(
        store=SettingsProfileStore(),
        worker=WorkerClient(),
        database=database,
        scene=SlicerScene(),
        results=SceneResults(database),
        listener=listener,
        make_dimse=CtkDimse,
        make_probe=CtkProbe,
        server_lists=ServerLists(qt.QSettings()),
        install=install_package,
        open_page=lambda url: bool(qt.QDesktopServices.openUrl(qt.QUrl(url))),
        call_later=lambda milliseconds, slot: qt.QTimer.singleShot(milliseconds, slot),
        in_turns=Turns,
    )


def install_package(package: str) -> None:
    """Install one of the optional packages by Slicer's pip; ConfigurationError when it fails.

    The person has clicked a button that names the package: Slicer need not ask a second time.
    """
    fault = ConfigurationError(
        _("{package} can't be installed.").format(package=package),
        _("Check the connection to the internet, or ask your administrator."),
    )
    if package not in OPTIONAL:
        raise fault
    try:
        try:
            from slicer.packaging import pip_ensure
        except ImportError:  # Slicer before 5.12
            slicer.util.pip_install(OPTIONAL[package])
        else:
            pip_ensure(OPTIONAL[package], prompt_install=False, requester="OrthancConnect")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise fault from error
