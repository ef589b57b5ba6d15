"""A private Orthanc behind nginx, as a group would run it, on free loopback ports."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Mapping, Optional, Sequence, Union

from Support.data.certificates import LOOPBACK_HOSTS, TestCertificate, make_certificate
from Support.process.ports import release_port, reserve_port
from Support.scenarios.files import CannotRunHere
from Support.servers.bare_orthanc import BareOrthanc
from Support.servers.configuration import (
    dicomweb_plugin,
    example_configuration,
    nginx_configuration,
    other_debian,
)

_START_TIMEOUT = 20.0

# Reads the process ids to look after from its standard input, a set a line. When that ends, for
# whatever reason, it kills the last set and removes the folder that it was given, if any.
_WATCHDOG = """
while read -r line; do
    [ "$line" = detach ] && exit 0
    pids=$line
done
if [ -n "$pids" ]; then kill -9 $pids 2>/dev/null; sleep 0.2; fi
if [ -n "$1" ]; then rm -rf -- "$1"; fi
"""


class OrthancStartError(RuntimeError):
    """Orthanc or nginx did not come up; the message holds the end of the log."""


def _executable(name: str) -> str:
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    found = shutil.which(name, path=search)
    if found is None:
        raise CannotRunHere(f"{name} is not installed; Testing/install.sh installs it")
    return found


def _orthanc() -> tuple[list[str], dict[str, str]]:
    """Return what starts Orthanc, and what must be in its environment.

    The Orthanc of another Debian, or of an official image, runs by that one's own loader, with its
    libraries and its DICOM dictionary (an image's is built in): neither root nor a chroot is
    needed.
    """
    root = other_debian()
    if root is None:
        return [_executable("Orthanc")], {}
    [loader] = root.glob("lib64/ld-linux-*.so.*")
    [libraries] = root.glob("usr/lib/*-linux-gnu")
    [program] = filter(Path.exists, (root / "usr/sbin/Orthanc", root / "usr/local/bin/Orthanc"))
    dictionary = root / "usr/share/dcmtk/dicom.dic"
    command = [str(loader), "--library-path", str(libraries), str(program)]
    return command, {"DCMDICTPATH": str(dictionary)} if dictionary.exists() else {}


class PrivateOrthanc(BareOrthanc):
    """Orthanc, its nginx and a certificate of their own in a temporary folder.

    A context manager, or `start` and `stop`. Any key of ``orthanc.json`` can be given in
    `configuration`; `modalities` maps a name to ``[AET, host, port]`` and replaces the default, one
    entry for the calling AE title ``SLICER`` with `storage_port`. Both processes end with the
    process that started them, even when that is killed. nginx listens at `address`; `edit_nginx`
    changes the text of its configuration, as an administrator does.
    """

    def __init__(
        self,
        configuration: Optional[Mapping[str, Any]] = None,
        modalities: Optional[Mapping[str, Sequence[Any]]] = None,
        user: str = "usuario_1",
        password: str = "Tr4nsitoria-Pw.7311",
        aet: str = "IUIBS",
        plugins: bool = True,
        tcp_nodelay: bool = True,
        verbose: bool = False,
        certificate: Optional[TestCertificate] = None,
        hosts: Sequence[str] = LOOPBACK_HOSTS,
        folder: Union[str, Path, None] = None,
        address: str = "127.0.0.1",
        edit_nginx: Callable[[str], str] = str,
    ) -> None:
        super().__init__(user, password)
        self.aet = aet
        self.dicom_host = address
        self.calling_aet = "SLICER"
        self._made_with: dict[str, Any] = dict(configuration or {})
        self._overrides = dict(self._made_with)
        self._modalities = modalities
        self._plugins = plugins
        self._tcp_nodelay = tcp_nodelay
        self._edit_nginx = edit_nginx
        self._verbose = verbose
        self._certificate = certificate
        self._hosts = tuple(hosts)
        self._given_folder = Path(folder) if folder is not None else None
        self._folder: Optional[Path] = None
        self._ports: list[int] = []
        self._orthanc: Optional[subprocess.Popen[bytes]] = None
        self._nginx: Optional[subprocess.Popen[bytes]] = None
        self._watchdog: Optional[subprocess.Popen[bytes]] = None

    # Addresses ------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where configuration, database, certificate and logs are."""
        if self._folder is None:
            raise RuntimeError("the server was not started")
        return self._folder

    @property
    def https_port(self) -> int:
        """Port of nginx."""
        return self._ports[0]

    @property
    def http_port(self) -> int:
        """Port of Orthanc's own plain HTTP server."""
        return self._ports[1]

    @property
    def dicom_port(self) -> int:
        """Port of Orthanc's DICOM server."""
        return self._ports[2]

    @property
    def storage_port(self) -> int:
        """Free port kept for the test's own listener: where C-MOVE to ``slicer`` goes."""
        return self._ports[3]

    @property
    def rest_url(self) -> str:
        """What a profile has: HTTPS through nginx."""
        return f"https://{self.dicom_host}:{self.https_port}"

    @property
    def http_url(self) -> str:
        """Orthanc itself without TLS, for checks beside the code under test."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def certificate_path(self) -> Path:
        """PEM file of nginx's certificate."""
        return self._nginx_certificate().certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of nginx's certificate: upper-case hex pairs joined by colons."""
        return self._nginx_certificate().fingerprint

    @property
    def certificate(self) -> TestCertificate:
        """nginx's certificate and key."""
        return self._nginx_certificate()

    def _nginx_certificate(self) -> TestCertificate:
        if self._certificate is None:
            raise RuntimeError("the server was not started")
        return self._certificate

    @property
    def log(self) -> str:
        """What Orthanc has logged so far."""
        return self._log_text("orthanc.log")

    @property
    def nginx_log(self) -> str:
        """nginx's own messages; requests are in ``nginx-access.log`` of the folder."""
        return self._log_text("nginx.log") + self._log_text("nginx-error.log")

    def _log_text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def pids(self) -> list[int]:
        """Process ids of what runs now."""
        both = (self._orthanc, self._nginx)
        return [process.pid for process in both if process is not None and process.poll() is None]

    # Life -----------------------------------------------------------------------------------

    def __enter__(self) -> PrivateOrthanc:
        """Start the server."""
        return self.start()

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        """Stop the server."""
        self.stop()

    def start(self) -> PrivateOrthanc:
        """Start both servers; return when HTTPS, HTTP and DICOM answer."""
        if self._folder is not None:
            raise RuntimeError("the server runs already")
        _orthanc(), _executable("nginx")  # what is missing is said before anything begins
        self._make_folder()
        try:
            if self._certificate is None:
                self._certificate = make_certificate(self.folder, "orthanc", self._hosts)
            self._ports = [reserve_port() for _ in range(4)]
            self._launch_nginx()
            self._launch_orthanc()
        except BaseException:
            self.stop()
            raise
        return self

    def _make_folder(self) -> None:
        if self._given_folder is not None:
            self._folder = self._given_folder.resolve()
            self._folder.mkdir(parents=True, exist_ok=True)
        else:
            self._folder = Path(tempfile.mkdtemp(prefix="orthancconnect-server-"))
        for name in ("storage", "temporary"):
            (self._folder / name).mkdir(exist_ok=True)
        disposable = "" if self._given_folder is not None else str(self._folder)
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", _WATCHDOG, "watchdog", disposable],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def stop(self) -> None:
        """End both processes at once, and remove the folder if it was a temporary one."""
        self._end(self._orthanc, self._nginx)
        self._orthanc = self._nginx = None
        self._end_watchdog()
        for port in self._ports:
            release_port(port)
        if self._given_folder is None and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            if self._certificate is not None and self._folder in self._certificate.key.parents:
                self._certificate = None
        self._folder = None

    def detach(self) -> list[int]:
        """Leave the server running after this process and return its process ids."""
        pids = self.pids
        self._end_watchdog("detach")
        for process in (self._orthanc, self._nginx):
            if process is not None:
                process.returncode = 0  # nobody waits for it any more
        return pids

    def restart(self, **overrides: Any) -> None:
        """Restart Orthanc, on the same ports and data, with further configuration keys."""
        self._overrides.update(overrides)
        self._end(self._orthanc)
        self._launch_orthanc()

    def restore(self) -> None:
        """Restart Orthanc with what it was made with, where its configuration differs from that."""
        current = self.config
        self._overrides = dict(self._made_with)
        if self.config != current:
            self.restart()

    def kill(self) -> None:
        """Kill Orthanc as a crash would; nginx stays and answers 502. `restart` brings it back."""
        self._end(self._orthanc)
        self._tell_watchdog()

    @property
    def has_ended(self) -> bool:
        """Whether Orthanc ended by itself, as after a crash."""
        return self._orthanc is not None and self._orthanc.poll() is not None

    def replace_certificate(self, certificate: TestCertificate) -> None:
        """Restart nginx with another certificate, as an administrator who renews it."""
        self._certificate = certificate
        self.stop_nginx()
        self.start_nginx()

    def stop_nginx(self) -> None:
        """Kill nginx: nothing listens on its port then, and another server may."""
        self._end(self._nginx)
        self._tell_watchdog()

    def start_nginx(self) -> None:
        """Start nginx again, on the same port."""
        self._launch_nginx()

    @staticmethod
    def _end(*processes: Optional[subprocess.Popen[bytes]]) -> None:
        """Kill: a quiet end takes Orthanc 3.5 s, and its database survives this one."""
        for process in processes:
            if process is not None:
                process.kill()
                process.wait()

    def _tell_watchdog(self, word: Optional[str] = None) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            line = word if word is not None else " ".join(str(pid) for pid in self.pids)
            self._watchdog.stdin.write(f"{line}\n".encode())
            self._watchdog.stdin.flush()

    def _end_watchdog(self, word: Optional[str] = None) -> None:
        self._tell_watchdog(word)
        if self._watchdog is not None:
            if self._watchdog.stdin is not None:
                self._watchdog.stdin.close()
            self._watchdog.wait()
            self._watchdog = None

    # Start-up -------------------------------------------------------------------------------

    @property
    def config(self) -> dict[str, Any]:
        """The content of ``orthanc.json``: the shipped example with this server's own values."""
        config = example_configuration()
        modalities = self._modalities
        if modalities is None:
            modalities = {"slicer": [self.calling_aet, "127.0.0.1", self.storage_port]}
        config.update(
            Name=self.aet,
            DicomAet=self.aet,
            DicomPort=self.dicom_port,
            HttpPort=self.http_port,
            RegisteredUsers={self.user: self.password},
            DicomModalities={name: list(entry) for name, entry in modalities.items()},
            StorageDirectory=str(self.folder / "storage"),
            IndexDirectory=str(self.folder / "storage"),
            TemporaryDirectory=str(self.folder / "temporary"),
            Plugins=[str(dicomweb_plugin())] if self._plugins else [],
        )
        config.update(self._overrides)
        return config

    def _launch_orthanc(self) -> None:
        path = self.folder / "orthanc.json"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.config, file, indent=2, ensure_ascii=False)
        command, environment = _orthanc()
        command += [str(path)] + (["--verbose"] if self._verbose else [])
        environment.update({"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": str(self.folder)})
        if self._tcp_nodelay:
            environment["TCP_NODELAY"] = "1"
        self._orthanc = self._spawn(command, "orthanc.log", environment)
        self._wait_until(self._rest_answers, self._orthanc, "orthanc.log")
        speaks_dicom = self.config.get("DicomServerEnabled", True)
        for port in (self.https_port, *([self.dicom_port] if speaks_dicom else [])):
            self._wait_until(
                lambda port=port: _accepts(self.dicom_host, port), self._orthanc, "orthanc.log"
            )

    def _launch_nginx(self) -> None:
        certificate = self._nginx_certificate()
        path = self.folder / "nginx.conf"
        text = nginx_configuration(
            self.folder,
            self.https_port,
            self.http_port,
            certificate.certificate,
            certificate.key,
            self._hosts[0],
            self.dicom_host,
        )
        path.write_text(self._edit_nginx(text), encoding="utf-8")
        errors = str(self.folder / "nginx-error.log")
        command = [_executable("nginx"), "-p", str(self.folder), "-e", errors, "-c", str(path)]
        self._nginx = self._spawn(command, "nginx.log", {"PATH": os.defpath})
        self._wait_until(
            lambda: _accepts(self.dicom_host, self.https_port), self._nginx, "nginx.log"
        )

    def _spawn(
        self, command: list[str], log: str, environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        with open(self.folder / log, "ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environment,
                start_new_session=True,
            )
        running = " ".join(str(pid) for pid in {*self.pids, process.pid})
        self._tell_watchdog(running)
        return process

    def _wait_until(self, ready: Any, process: subprocess.Popen[bytes], log: str) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while not ready():
            stopped = process.poll() is not None
            if stopped or time.monotonic() > deadline:
                reason = f"ended with {process.returncode}" if stopped else "does not answer"
                tail = self._log_text(log)[-3000:] + self._log_text("nginx-error.log")[-1000:]
                raise OrthancStartError(f"{Path(log).stem.capitalize()} {reason}:\n{tail}")
            time.sleep(0.01)

    def _rest_answers(self) -> bool:
        try:
            self.request("GET", "/system")
        except urllib.error.HTTPError as error:
            error.close()
            return True  # it speaks; a test may have chosen other users
        except (OSError, urllib.error.URLError):
            return False
        return True


def _accepts(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
