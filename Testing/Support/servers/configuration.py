"""The configuration files of a private server, as ``server-config`` writes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional

from OrthancConnectCore.setup.orthanc_json import read
from OrthancConnectCore.setup.server_config import SLICER, Station, Wanted
from OrthancConnectCore.setup.server_keys import HEAD, configuration_text, sections
from OrthancConnectCore.setup.server_sites import nginx_site

_DICOMWEB_PLUGIN = "usr/share/orthanc/plugins/libOrthancDicomWeb.so"


def other_debian() -> Optional[Path]:
    """Return the folder of another Debian, or official image, whose Orthanc is meant, if any."""
    named = os.environ.get("ORTHANCCONNECT_OTHER_DEBIAN")
    return Path(named) if named else None


def dicomweb_plugin() -> Path:
    """Return the DICOMweb plugin that belongs to the Orthanc that is started."""
    plugin = (other_debian() or Path("/")) / _DICOMWEB_PLUGIN
    of_image = plugin.parents[1] / "plugins-available" / plugin.name  # orthancteam/orthanc
    return of_image if of_image.exists() else plugin


def example_wanted(**changes: Any) -> Wanted:
    """What the example files in ``Resources`` are of."""
    station = Station(SLICER, "Mac1", "SlicerMac1", "192.168.1.25", 11112)
    usual: dict[str, Any] = {"hosts": ("server.example.org",), "stations": (station,)}
    return Wanted(**{"name": "IUIBS", "ae_title": "IUIBS", **usual, **changes})


def example_files() -> dict[str, str]:
    """The example files in ``Resources``, as the engine writes them."""
    wanted = example_wanted()
    users = {"usuario_1": "choose-a-long-password"}
    pair = ("/etc/ssl/certs/orthanc.crt", "/etc/ssl/private/orthanc.key")
    return {
        "orthanc.json": configuration_text(sections(wanted, users, ""), HEAD),
        "nginx-orthanc.conf": nginx_site(wanted, *pair),
    }


def example_configuration() -> dict[str, Any]:
    """The shipped ``Resources/orthanc.json``."""
    return read(example_files()["orthanc.json"], "orthanc.json")


def nginx_configuration(
    folder: Path,
    https_port: int,
    http_port: int,
    certificate: Path,
    key: Path,
    host: str,
    address: str = "127.0.0.1",
) -> str:
    """nginx's whole configuration, around the site that the engine writes.

    Runs in the foreground as one process, writes only below `folder`, and works for root as well
    as for an ordinary user.
    """
    wanted = example_wanted(hosts=(host,), https_port=https_port, http_port=http_port)
    site = nginx_site(wanted, str(certificate), str(key))
    site = site.replace(f"listen {https_port} ssl;", f"listen {address}:{https_port} ssl;")
    temporary = "\n".join(
        f'    {kind}_temp_path "{folder}/nginx-{kind}";'
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""daemon off;
master_process off;
pid "{folder}/nginx.pid";
error_log "{folder}/nginx-error.log" warn;
events {{ worker_connections 1024; }}
http {{
    access_log "{folder}/nginx-access.log";
{temporary}
{site}
}}
"""
