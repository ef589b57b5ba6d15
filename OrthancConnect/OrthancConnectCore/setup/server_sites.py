"""What stands around Orthanc: nginx's site, systemd's setting, and the compose file."""

from __future__ import annotations

import re
from typing import Iterator

from .server_config import INSIDE, INSIDE_STORAGE, PLUGINS, Wanted

#: The volume of the containers' images, where no folder is named.
VOLUME = "orthanc-storage"


def nginx_site(wanted: Wanted, certificate: str, key: str) -> str:
    """Return nginx's site before Orthanc; a file for the inside of its ``http { … }``."""
    values = {
        "HOST": " ".join(wanted.hosts),
        "HTTPS": str(wanted.https_port),
        "SERVERS": "\n    ".join(_orthancs(wanted, 0)),
        "CERTIFICATE": _word(certificate),
        "KEY": _word(key),
    }
    return re.sub("@([A-Z]+)@", lambda found: values[found[1]], _NGINX)


def _orthancs(wanted: Wanted, which: int) -> Iterator[str]:
    """Yield the lines of nginx's for each Orthanc, by one of its inner ports.

    Of several, one that is away is found out at once, on the same machine; nginx would also pass
    over one for 10 s that only ended an idle connection, and answer 502 where it is the last.
    """
    more = " max_fails=0" if wanted.servers > 1 else ""
    for number in range(wanted.servers):
        yield f"server 127.0.0.1:{wanted.inner_ports(number)[which]}{more};"


def _word(path: str) -> str:
    """Return a path as nginx reads it: in quotation marks where it has more than plain signs."""
    if re.fullmatch(r"[\w./:+-]+", path):
        return path
    escaped = re.sub(r'(["\\])', r"\\\1", path)
    return f'"{escaped}"'


_NGINX = """\
# HTTPS in front of an Orthanc that speaks plain HTTP on this machine, as
# "orthancconnect server-config" writes it. Debian: package nginx, in /etc/nginx/conf.d.
#
# A certificate of the institution's own authority is better where there is one: put it, with those
# that lead to the authority, and its key (mode 600) in the place of these two files. The
# fingerprint that people compare when they connect for the first time:
#
#   openssl x509 -in @CERTIFICATE@ -noout -fingerprint -sha256

upstream orthanc {
    @SERVERS@
    # Connections to Orthanc are kept and used again. Orthanc closes an idle one after 1 s, so
    # nginx has to let go of it earlier: else an upload meets a closing connection now and then.
    keepalive 32;
    keepalive_timeout 500ms;
    keepalive_requests 100000;
}

server {
    listen @HTTPS@ ssl;
    server_name @HOST@;

    ssl_certificate @CERTIFICATE@;
    ssl_certificate_key @KEY@;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:orthanc:1m;

    # nginx closes a connection after 1000 requests if not told otherwise: 1000 slices are few.
    keepalive_requests 100000;
    keepalive_timeout 75s;

    # Instances of any size, passed on while they arrive and never parked on disk.
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_max_temp_file_size 0;

    location / {
        proxy_pass http://orthanc;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto https;
        # An archive of a large study can take its time.
        proxy_read_timeout 600s;
        proxy_send_timeout 600s;
    }
}
"""


def dicom_site(wanted: Wanted) -> str:
    """Return nginx's way for DICOM to several Orthancs; a file for its main part.

    Package libnginx-mod-stream; an Orthanc that is away is passed over.
    """
    servers = "\n        ".join(_orthancs(wanted, 1))
    return f"""\
# DICOM to several Orthancs on one database, by "orthancconnect server-config".
stream {{
    upstream orthanc_dicom {{
        {servers}
    }}
    server {{
        listen {wanted.dicom_port};
        proxy_pass orthanc_dicom;
        proxy_connect_timeout 5s;
        proxy_timeout 600s;
    }}
}}
"""


def unit_text(number: int) -> str:
    """Return systemd's unit of a further Orthanc; like Debian's own of the first."""
    return f"""\
[Unit]
Description=Orthanc, server {number} on the same database
After=network.target postgresql.service

[Service]
User=orthanc
Group=orthanc
Environment=TCP_NODELAY=1
LogsDirectory=orthanc-{number}
ExecStart=/usr/sbin/Orthanc --logdir=/var/log/orthanc-{number} /etc/orthanc-{number}
TimeoutSec=600
Restart=on-failure

[Install]
WantedBy=multi-user.target
"""


#: Keeps Nagle's algorithm from costing 40 ms a pair of DICOM messages (DCMTK, "envvars").
SYSTEMD_UNIT = "[Service]\nEnvironment=TCP_NODELAY=1\n"


def compose_text(wanted: Wanted) -> str:
    """Return the compose file for the official images (Orthanc Book, "orthancteam/orthanc")."""
    switches = "".join(f'      {PLUGINS[one][1]}: "true"\n' for one in wanted.plugins)
    return f"""\
# An Orthanc server by "orthancconnect server-config": docker compose up -d
services:
  orthanc:
    image: {wanted.image}
    restart: unless-stopped
    ports:
      - "{wanted.https_port}:{INSIDE[0]}"
      - "{wanted.dicom_port}:{INSIDE[1]}"
    volumes:
      - ./orthanc:/etc/orthanc:ro
      - '{wanted.storage or VOLUME}:{INSIDE_STORAGE}'
    environment:
      TCP_NODELAY: "1"
{switches}\
""" + ("" if wanted.storage else f"volumes:\n  {VOLUME}:\n")
