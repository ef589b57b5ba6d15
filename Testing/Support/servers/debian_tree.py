"""Debian's Orthanc and nginx as their own users, from an ``/etc``-like folder; for root alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import List, Optional

_PATIENCE = 30.0


def why_not() -> str:
    """Say why this can't be here; empty where it can."""
    if os.geteuid() != 0:
        return "root is needed to start Orthanc and nginx as their own users"
    for user in ("orthanc", "www-data"):
        try:
            pwd.getpwnam(user)
        except KeyError:
            return f"there is no user {user}: Debian's packages are not installed"
    return ""


class DebianTree:
    """`etc`, with what Debian's packages put there, and the two servers started from it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="orthancconnect-debian-"))
        self.folder.chmod(0o755)
        self.etc, self.logs, self.storage = (
            self.folder / name for name in ("etc", "log", "storage")
        )
        self._processes: List[subprocess.Popen[bytes]] = []

    def __enter__(self) -> DebianTree:
        """Lay out the folders, as the packages do."""
        self.etc.mkdir()
        # With owners and modes, which matter here.
        subprocess.run(["cp", "-a", "/etc/orthanc", self.etc], check=True)
        (self.etc / "nginx" / "conf.d").mkdir(parents=True)
        shutil.copy("/etc/nginx/mime.types", self.etc / "nginx")
        text = Path("/etc/nginx/nginx.conf").read_text(encoding="utf-8")
        text = text.replace("include /etc/nginx/sites-enabled/*;", "")
        text = text.replace("include /etc/nginx/modules-enabled/*.conf;", "")
        for old, new in (
            ("/etc/nginx/", f"{self.etc}/nginx/"),
            ("/run/nginx.pid", f"{self.folder}/nginx.pid"),
            ("/var/log/nginx/", f"{self.logs}/nginx-"),
        ):
            text = text.replace(old, new)
        (self.etc / "nginx" / "nginx.conf").write_text(text, encoding="utf-8")
        for folder in (self.logs, self.storage):
            folder.mkdir(mode=0o750)
            shutil.chown(folder, "orthanc", "orthanc")
        return self

    def __exit__(
        self,
        _kind: Optional[type[BaseException]],
        _error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self, *ports: int) -> None:
        """Start both, to end with this process, and wait until all ports are listened on."""
        nginx = ["/usr/sbin/nginx", "-c", f"{self.etc}/nginx/nginx.conf", "-g", "daemon off;"]
        orthanc = ["/usr/sbin/Orthanc", f"--logdir={self.logs}", str(self.etc / "orthanc")]
        as_orthanc = ["--reuid", "orthanc", "--regid", "orthanc", "--init-groups"]
        for command in (
            ["--pdeathsig", "TERM", *nginx],
            [*as_orthanc, "--pdeathsig", "KILL", *orthanc],
        ):
            with open(self.folder / "output", "ab") as output:
                self._processes.append(
                    subprocess.Popen(
                        ["setpriv", *command],
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        env={"PATH": os.defpath, "TCP_NODELAY": "1"},
                    )
                )
        for port in ports:
            self._wait_for(port)

    def _wait_for(self, port: int) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and all(one.poll() is None for one in self._processes):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"nothing listens on {port}:\n{self.said()}")

    def said(self) -> str:
        """All that both have said."""
        files = [self.folder / "output", *sorted(self.logs.iterdir())]
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    @property
    def users(self) -> List[str]:
        """Who runs what listens and works: nginx's workers and Orthanc."""
        nginx, orthanc = (one.pid for one in self._processes)
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
            except (OSError, ValueError):
                continue  # it has ended
            if int(fields["PPid"]) == nginx or int(fields["Pid"]) == orthanc:
                found.append(pwd.getpwuid(int(fields["Uid"].split("\t")[0])).pw_name)
        return sorted(set(found))

    def reload_nginx(self) -> None:
        """Have nginx read its files anew, as ``systemctl reload nginx`` does."""
        self._processes[0].send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End both."""
        if self._processes:
            nginx, orthanc = self._processes
            nginx.terminate()
            orthanc.kill()
        for process in self._processes:
            process.wait(timeout=_PATIENCE)
        self._processes = []
