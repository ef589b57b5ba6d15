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

STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
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
        for name in ("conf.d", "modules-enabled"):
            (self.etc / "nginx" / name).mkdir(parents=True)
        if STREAM_MODULE.exists():
            line = f"load_module {STREAM_MODULE};\n"
            (self.etc / "nginx" / "modules-enabled" / "50-mod-stream.conf").write_text(line)
        shutil.copy("/etc/nginx/mime.types", self.etc / "nginx")
        text = Path("/etc/nginx/nginx.conf").read_text(encoding="utf-8")
        text = text.replace("include /etc/nginx/sites-enabled/*;", "")
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
        """Start all, to end with this process, and wait until all ports are listened on."""
        nginx = ["/usr/sbin/nginx", "-c", f"{self.etc}/nginx/nginx.conf", "-g", "daemon off;"]
        self._spawn("--pdeathsig", "TERM", *nginx)
        for folder in sorted(self.etc.glob("orthanc*/orthanc.json")):
            self.start_orthanc(folder.parent.name)
        self._wait_for(*ports)

    def start_orthanc(self, folder: str = "orthanc", *ports: int) -> None:
        """Start one Orthanc from its folder below `etc`, and wait until it listens on its ports."""
        as_orthanc = ["--reuid", "orthanc", "--regid", "orthanc", "--init-groups"]
        command = ["/usr/sbin/Orthanc", f"--logdir={self.logs}", str(self.etc / folder)]
        self._spawn(*as_orthanc, "--pdeathsig", "KILL", *command)
        self._wait_for(*ports)

    def kill_orthanc(self, number: int) -> None:
        """Kill one Orthanc as a crash would; the first is 0."""
        process = self._processes.pop(1 + number)
        process.kill()
        process.wait(timeout=_PATIENCE)

    def _spawn(self, *command: str) -> None:
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

    def _wait_for(self, *ports: int) -> None:
        deadline = time.monotonic() + _PATIENCE
        waiting = list(ports)
        while waiting:
            ended = [one.args for one in self._processes if one.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RuntimeError(
                    f"{ended or 'nothing'} does not listen on {waiting}:\n{self.said()}"
                )
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", waiting[0])) == 0:
                    del waiting[0]
                    continue
            time.sleep(0.02)

    def said(self) -> str:
        """All that both have said."""
        files = [self.folder / "output", *sorted(self.logs.iterdir())]
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    @property
    def users(self) -> List[str]:
        """Who runs what listens and works: nginx's workers and Orthanc."""
        nginx, *orthancs = (one.pid for one in self._processes)
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
            except (OSError, ValueError):
                continue  # it has ended
            if int(fields["PPid"]) == nginx or int(fields["Pid"]) in orthancs:
                found.append(pwd.getpwuid(int(fields["Uid"].split("\t")[0])).pw_name)
        return sorted(set(found))

    def reload_nginx(self) -> None:
        """Have nginx read its files anew, as ``systemctl reload nginx`` does."""
        self._processes[0].send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End all."""
        for number, process in enumerate(self._processes):
            process.kill() if number else process.terminate()
        for process in self._processes:
            process.wait(timeout=_PATIENCE)
        self._processes = []
