"""A private PostgreSQL as Debian's package runs it: its own user, peer login, by a socket alone."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Optional

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so")
_AS_POSTGRES = ("setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups")
_PATIENCE = 60.0


def programs() -> Optional[Path]:
    """Where the newest PostgreSQL's programs are, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class PrivatePostgres:
    """A cluster in a folder, which is the socket's too, with the database of the user orthanc."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="orthancconnect-postgres-"))
        self._process: Optional[subprocess.Popen[bytes]] = None

    def _command(self, program: str, *arguments: object) -> list[str]:
        place = programs()
        assert place is not None
        return [*_AS_POSTGRES, "--pdeathsig", "QUIT", str(place / program), *map(str, arguments)]

    def _run(self, program: str, *arguments: object) -> int:
        with open(self.folder / "log", "ab") as log:
            command = self._command(program, *arguments)
            return subprocess.run(command, cwd="/", stdout=log, stderr=log, check=False).returncode

    def __enter__(self) -> PrivatePostgres:
        """Make the cluster, start it, and do what ``server-config`` says to do."""
        self.folder.chmod(0o755)
        shutil.chown(self.folder, "postgres", "postgres")
        data, at = self.folder / "data", ("-h", self.folder)
        options = ("-c", "listen_addresses=", "-c", "fsync=off", "-k", self.folder)
        done = self._run("initdb", "-D", data, "--auth=peer", "--no-sync", "-E", "UTF8")
        assert done == 0, self.said()
        with open(self.folder / "log", "ab") as log:
            command = self._command("postgres", "-D", data, *options)
            self._process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        deadline = time.monotonic() + _PATIENCE
        while self._run("pg_isready", *at) != 0:
            assert self._process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.1)
        assert self._run("createuser", *at, "orthanc") == 0, self.said()
        assert self._run("createdb", *at, "-O", "orthanc", "orthanc") == 0, self.said()
        return self

    def said(self) -> str:
        """All that its programs have said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def __exit__(
        self,
        _kind: Optional[type[BaseException]],
        _error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=_PATIENCE)
        shutil.rmtree(self.folder)
