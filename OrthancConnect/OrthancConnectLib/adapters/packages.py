"""Optional packages, installed into Slicer's Python when the person agrees."""

from __future__ import annotations

import subprocess

import slicer
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import ConfigurationError

#: What may be installed from the panel, and as which requirement.
OPTIONAL = {
    "keyring": "keyring>=24",
    "pynetdicom": "pynetdicom>=2.1",
    "dicognito": "dicognito>=0.17",
}


def install_package(package: str) -> None:
    """Install one of the optional packages by Slicer's pip; ConfigurationError when it fails."""
    fault = ConfigurationError(
        _("{package} can't be installed.").format(package=package),
        _("Check the connection to the internet, or ask your administrator."),
    )
    if package not in OPTIONAL:
        raise fault
    try:
        slicer.util.pip_install(OPTIONAL[package])
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        raise fault from error
