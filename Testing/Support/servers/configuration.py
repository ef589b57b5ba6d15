"""The configuration files of a private server, made from the examples that the extension ships."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Optional

RESOURCES = Path(__file__).resolve().parents[3] / "Resources"
_DICOMWEB_PLUGIN = "usr/share/orthanc/plugins/libOrthancDicomWeb.so"

_JSON_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def other_debian() -> Optional[Path]:
    """Return the folder of another Debian, or official image, whose Orthanc is meant, if any."""
    named = os.environ.get("ORTHANCCONNECT_OTHER_DEBIAN")
    return Path(named) if named else None


def dicomweb_plugin() -> Path:
    """Return the DICOMweb plugin that belongs to the Orthanc that is started."""
    plugin = (other_debian() or Path("/")) / _DICOMWEB_PLUGIN
    of_image = plugin.parents[1] / "plugins-available" / plugin.name  # orthancteam/orthanc
    return of_image if of_image.exists() else plugin


def read_commented_json(path: Path) -> dict[str, Any]:
    """Read JSON as Orthanc does, with ``//`` and ``/* */`` comments."""

    def keep_strings(match: re.Match[str]) -> str:
        return match.group(0) if match.group(0).startswith('"') else ""

    text = _JSON_STRING_OR_COMMENT.sub(keep_strings, path.read_text(encoding="utf-8"))
    content: dict[str, Any] = json.loads(text)
    return content


def example_configuration() -> dict[str, Any]:
    """The shipped ``Resources/orthanc.json``."""
    return read_commented_json(RESOURCES / "orthanc.json")


def nginx_configuration(
    folder: Path,
    https_port: int,
    http_port: int,
    certificate: Path,
    key: Path,
    host: str,
    address: str = "127.0.0.1",
) -> str:
    """The shipped ``Resources/nginx-orthanc.conf`` with this server's ports and files.

    Runs in the foreground as one process, writes only below `folder`, and works for root as well
    as for an ordinary user.
    """
    site = (RESOURCES / "nginx-orthanc.conf").read_text(encoding="utf-8")
    for old, new in (
        ("server 127.0.0.1:8043;", f"server 127.0.0.1:{http_port};"),
        ("listen 8042 ssl;", f"listen {address}:{https_port} ssl;"),
        ("server_name server.example.org;", f"server_name {host};"),
        ("/etc/ssl/certs/orthanc.crt;", f'"{certificate}";'),
        ("/etc/ssl/private/orthanc.key;", f'"{key}";'),
    ):
        if site.count(old) != 1:
            raise RuntimeError(f"Resources/nginx-orthanc.conf has {site.count(old)} times {old!r}")
        site = site.replace(old, new)
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
