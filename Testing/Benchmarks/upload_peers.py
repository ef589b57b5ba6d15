"""The ways of bringing the files of a folder into an Orthanc: OrthancConnect, and the others."""

from __future__ import annotations

import base64
import contextlib
import http.client
import importlib.util
import io
import json
import os
import queue
import shutil
import ssl
import subprocess
import threading
import zipfile
from pathlib import Path
from typing import Any, Callable, ContextManager, Iterable, List, Optional

import requests
from measure import Contender
from pydicom import dcmread

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.upload.run import upload
from Support.servers.orthanc import PrivateOrthanc

OURS = "OrthancConnect"
#: Instances in one request, where several go together.
BATCH = 60
Run = Callable[[], None]


class Peers:
    """All ways of bringing the files of one folder into one server."""

    def __init__(
        self,
        server: PrivateOrthanc,
        folder: Path,
        inside: Callable[[], ContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self.sent = 0
        self._server = server
        self._folder = folder
        self._inside = inside
        self._all = sorted(folder.iterdir())
        self._files = self._all
        self._context = ssl.create_default_context(cafile=str(server.certificate_path))
        secret = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}"}

    def all(self, slow: int, serial: int) -> List[Contender]:
        """The contenders, ours among them.

        Of what opens a connection for each file only one file in `slow` is sent, of what waits for
        each answer before the next file one in `serial`; their times count so often.
        """
        stow_absent = _absent("dicomweb_client")
        ways = [
            (
                "a new connection a file",
                self.new_connections,
                slow,
                "",
                "as ImportDicomFiles.py",
            ),
            ("requests.Session", self.one_session, serial, "", ""),
            ("pyorthanc", self.pyorthanc, serial, _absent("pyorthanc"), ""),
            ("STOW-RS, dicomweb-client", self.stow, 1, stow_absent, f"{BATCH} a request"),
            ("zip stored", self.zips(zipfile.ZIP_STORED, 1), 1, "", f"{BATCH} a request"),
            ("zip deflate-1", self.zips(zipfile.ZIP_DEFLATED, 1), 1, "", f"{BATCH} a request"),
            (
                *("zip deflate-1, 4 threads", self.zips(zipfile.ZIP_DEFLATED, 4), 1, ""),
                f"{BATCH} a request",
            ),
        ]
        for tool in ("storescu", "dcmsend"):
            program = f"/usr/bin/{tool}"  # pynetdicom puts its own storescu on the PATH
            absent = "" if shutil.which(program) else f"{program} is not installed (dcmtk)"
            note = "TCP_NODELAY=1, C-STORE, not encrypted"
            ways.append((tool, self.c_store(program), serial, absent, note))
        for threads in (4, 8, 16, 32):
            note = "bare http.client, files read before"
            ways.append((f"floor, {threads} threads", self.floor(threads), 1, "", note))
        found = [Contender(OURS, self._way(self.ours, 1), note="the default")]
        for name, way, part, absent, note in ways:
            if part > 1 and not absent:
                note = f"{note}; {len(self._all[::part])} files, times {part}".lstrip("; ")
            found.append(Contender(name, self._way(way, part), absent, note=note, part=part))
        return found

    def _way(self, way: Run, part: int) -> Run:
        """Run a way at the near end of the wire, with a part of the files."""
        files = self._all[::part]
        folder = self._folder
        if part > 1:
            folder = self._folder.with_name(f"{self._folder.name}-{part}")
            folder.mkdir(exist_ok=True)
            for path in files:
                if not (folder / path.name).exists():
                    os.link(path, folder / path.name)

        def run() -> None:
            self._files, self.sent = files, len(files)
            self._part_folder = folder
            with self._inside():
                way()

        return run

    def upload(self, connections: Optional[int] = None) -> Receipt:
        """What this project does, certificate check and TLS context included."""
        server = self._server
        profile = ServerProfile(
            "bench",
            server.rest_url,
            user=server.user,
            trust=TrustPolicy.pinned(server.fingerprint),
        )
        with OrthancClient(profile, Credentials(server.user, server.password)) as client:
            return upload(client, self._folder, parallel=connections)

    def ours(self, connections: Optional[int] = None) -> None:
        """Upload into an empty server, with the profile's default when nothing is said."""
        receipt = self.upload(connections)
        if not receipt.complete or receipt.stored != len(self._all):
            raise RuntimeError(receipt.summary())

    def again(self) -> None:
        """Upload what is there already."""
        with self._inside():
            receipt = self.upload()
        if not receipt.complete or receipt.already_stored != len(self._all):
            raise RuntimeError(receipt.summary())

    def new_connections(self) -> None:
        """Open a connection for each file, as ImportDicomFiles.py did, but checked."""
        for path in self._files:
            self._post(self._connection(), path.read_bytes(), close=True)

    def one_session(self) -> None:
        """One requests.Session, a file after the other."""
        server = self._server
        with requests.Session() as session:
            session.auth = (server.user, server.password)
            for path in self._files:
                answer = session.post(
                    server.rest_url + "/instances",
                    data=path.read_bytes(),
                    headers={"Content-Type": "application/dicom"},
                    verify=str(server.certificate_path),
                    timeout=60,
                )
                answer.raise_for_status()

    def pyorthanc(self) -> None:
        """Its own upload of a folder."""
        import pyorthanc

        server = self._server
        with pyorthanc.Orthanc(
            server.rest_url,
            username=server.user,
            password=server.password,
            verify=self._context,
            timeout=60,
        ) as client:
            pyorthanc.upload(client, str(self._part_folder), recursive=True)

    def stow(self) -> None:
        """STOW-RS as its best-known client does it, several instances a request."""
        from dicomweb_client.api import DICOMwebClient

        server = self._server
        with requests.Session() as session:
            session.auth = (server.user, server.password)
            session.verify = str(server.certificate_path)
            session.trust_env = False  # REQUESTS_CA_BUNDLE would beat `verify`
            client = DICOMwebClient(server.rest_url + "/dicom-web", session=session)
            for batch in _batches(self._files):
                client.store_instances([dcmread(path) for path in batch])

    def zips(self, method: int, threads: int) -> Run:
        """Several instances as one archive, which Orthanc takes apart."""

        def send(connection: http.client.HTTPSConnection, batch: List[Path]) -> None:
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", method, compresslevel=1) as archive:
                for path in batch:
                    archive.write(path, path.name)
            answer = self._post(connection, buffer.getvalue(), "application/zip")
            if len(json.loads(answer)) != len(batch):
                raise RuntimeError("not all members were stored")

        return lambda: self._in_threads(threads, _batches(self._files), send)

    def floor(self, threads: int) -> Run:
        """As little as can be done: bytes that are in memory, posted by bare connections."""
        contents = [path.read_bytes() for path in self._all]

        def send(connection: http.client.HTTPSConnection, content: bytes) -> None:
            self._post(connection, content)

        return lambda: self._in_threads(threads, contents, send)

    def _in_threads(self, threads: int, items: Iterable[Any], send: Callable[..., None]) -> None:
        waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for item in items:
            waiting.put(item)
        faults: List[BaseException] = []

        def work() -> None:
            connection = self._connection()
            try:
                while not faults:
                    send(connection, waiting.get_nowait())
            except queue.Empty:
                pass
            except BaseException as error:
                faults.append(error)
                raise
            finally:
                connection.close()

        _run_threads(work for _ in range(threads))
        if faults:
            raise faults[0]

    def c_store(self, program: str) -> Run:
        """DCMTK's sender, in one association, without Nagle's algorithm."""
        server = self._server
        command = [program, "-aet", server.calling_aet, "-aec", server.aet, "+sd", "+r"]
        command += [server.dicom_host, str(server.dicom_port)]
        environment = {**os.environ, "TCP_NODELAY": "1"}
        return lambda: _run_program([*command, str(self._part_folder)], environment)

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self._server.https_port, context=self._context, timeout=60
        )

    def _post(
        self,
        connection: http.client.HTTPSConnection,
        content: bytes,
        kind: str = "application/dicom",
        close: bool = False,
    ) -> bytes:
        headers = {**self._headers, "Content-Type": kind}
        connection.request("POST", "/instances", content, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"HTTP {answer.status}")
        if close:
            connection.close()
        return said


def _batches(files: List[Path]) -> List[List[Path]]:
    return [files[start : start + BATCH] for start in range(0, len(files), BATCH)]


def _run_threads(works: Iterable[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _run_program(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=600)


def _absent(module: str) -> str:
    return "" if importlib.util.find_spec(module) else f"{module} is not installed"
