"""The ways of bringing a series from an Orthanc into files: OrthancConnect, and the others."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import importlib.util
import os
import queue
import shutil
import ssl
import subprocess
import threading
import time
import zipfile
from pathlib import Path
from typing import Any, Callable, ContextManager, Dict, Iterator, List
from unittest import mock

import requests
from measure import Contender
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.retrieve import https
from OrthancConnectCore.retrieve.run import Selection, SeriesTarget, retrieve, targets_of
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.upload.run import upload
from Support.servers.orthanc import PrivateOrthanc

CT, GET = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.2.2.3"
EXPLICIT = "1.2.840.10008.1.2.1"
OURS = "OrthancConnect, HTTPS, verified"
Run = Callable[[], None]


class _AnyDigest(str):
    def __ne__(self, _other: object) -> bool:
        return False


class _NoDigest:
    """In the place of an MD5: costs nothing, and differs from none."""

    def update(self, _block: bytes) -> None:
        """Take bytes."""

    def hexdigest(self) -> str:
        """Return what differs from no text."""
        return _AnyDigest("x")


class Peers:
    """All ways of bringing one series of one server into a folder.

    `slow` are those that wait 45 ms for each instance: they get every tenth of a long series, and
    their times count so often.
    """

    def __init__(
        self,
        server: PrivateOrthanc,
        data: Path,
        folder: Path,
        inside: Callable[[], ContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self._server, self._folder, self._inside = server, folder, inside
        self.profile = ServerProfile(
            "bench",
            server.rest_url,
            user=server.user,
            trust=TrustPolicy.pinned(server.fingerprint),
            dicom_port=server.dicom_port,
            called_ae_title=server.aet,
            calling_ae_title=server.calling_aet,
            storage_port=server.storage_port,
        )
        self._context = ssl.create_default_context(cafile=str(server.certificate_path))
        secret = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {secret}", "Accept-Encoding": "identity"}
        with self._client() as client:
            upload(client, data)
            (self._target,) = targets_of(client, Selection(patient_ids=("SMALL0000",)))
            self._ids = client.get_json(f"/series/{self._target.orthanc_id}")["Instances"]

    def _client(self) -> OrthancClient:
        return OrthancClient(self.profile, Credentials(self._server.user, self._server.password))

    def all(self, far: bool, dicom_rounds: int) -> List[Contender]:
        """Return the contenders; C-MOVE, which comes to us, not over a wire that it can't pass."""
        plain, nodelay = {"TCP_NODELAY": "0"}, {"TCP_NODELAY": "1"}
        dcmtk = "" if Path("/usr/bin/getscu").exists() else "DCMTK is not installed"
        back = "the wire leads one way" if far else dcmtk
        ways = [
            (OURS, self.ours("HTTPS"), "", None),
            ("the same, not verified", self.unverified, "", None),
            ("OrthancConnect, C-GET", self.ours("C-GET"), "", dicom_rounds),
            *((f"floor, {n} threads", self.floor(n), "", None) for n in (4, 8, 16)),
            *((f"floor with MD5, {n} threads", self.floor(n, True), "", None) for n in (4, 16)),
            ("one GET after the other", self.sequential, "", dicom_rounds if far else None),
            ("WADO-RS, one request, split", self.wado, "", None),
            ("/archive, unzipped", self.archive, "", None),
            ("dicomweb-client, WADO-RS", self.dicomweb_client, _absent("dicomweb_client"), None),
            ("pyorthanc", self.pyorthanc, _absent("pyorthanc"), dicom_rounds),
            ("pynetdicom", self.pynetdicom, "", dicom_rounds),
            ("getscu", self.getscu(plain), dcmtk, dicom_rounds),
            ("getscu, TCP_NODELAY=1", self.getscu(nodelay), dcmtk, dicom_rounds),
            ("movescu and storescp", self.movescu(plain), back, dicom_rounds),
        ]
        return [
            Contender(name, self._near(way), absent, rounds) for name, way, absent, rounds in ways
        ]

    def _near(self, way: Run) -> Run:
        def run() -> None:
            with self._inside():
                way()

        return run

    # Ours -------------------------------------------------------------------------------------

    def ours(self, method: str) -> Run:
        """Return a retrieve as a user gets it: connecting, the list before and after, the look."""

        def run() -> None:
            with self._client() as client:
                receipt = retrieve(
                    self.profile, client, [self._target], self._folder, method=method
                )
            verified = receipt.expected if method == "HTTPS" else 0
            if not receipt.complete or (receipt.method, receipt.verified) != (method, verified):
                raise RuntimeError(f"{receipt.method}: {receipt.summary()} {receipt.notes}")

        return run

    def unverified(self) -> None:
        """Do the same with a digest that costs nothing."""
        with mock.patch.object(https, "hashlib") as hashes:
            hashes.md5 = _NoDigest
            self.ours("HTTPS")()

    # HTTPS ------------------------------------------------------------------------------------

    def floor(self, threads: int, hashes: bool = False) -> Run:
        """As little as can be done: whose names are known, by bare connections, to the disk."""

        def run() -> None:
            waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
            for name in self._ids:
                waiting.put(name)
            faults: List[BaseException] = []

            def work() -> None:
                connection = self._connection()
                try:
                    while not faults:
                        name = waiting.get_nowait()
                        path = f"/instances/{name}/attachments/dicom/data"
                        content = self._get(connection, path)
                        if hashes:
                            hashlib.md5(content).hexdigest()
                        (self._folder / f"{name}.dcm").write_bytes(content)
                except queue.Empty:
                    pass
                except BaseException as error:
                    faults.append(error)
                finally:
                    connection.close()

            workers = [threading.Thread(target=work) for _number in range(threads)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            if faults:
                raise faults[0]

        return run

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self._server.https_port, context=self._context, timeout=120
        )

    def _get(self, connection: http.client.HTTPSConnection, path: str, **more: str) -> bytes:
        connection.request("GET", path, headers={**self._headers, **more})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"HTTP {answer.status}")
        return content

    def sequential(self) -> None:
        """One kept connection of requests."""
        with requests.Session() as session:
            session.headers.update(self._headers)
            for name in self._ids:
                url = f"{self._server.rest_url}/instances/{name}/file"
                answer = session.get(url, verify=str(self._server.certificate_path), timeout=60)
                answer.raise_for_status()
                (self._folder / f"{name}.dcm").write_bytes(answer.content)

    def wado(self) -> None:
        """One multipart answer in memory, split at its boundaries; nothing is verified."""
        target = self._target
        kind = 'multipart/related; type="application/dicom"; transfer-syntax=*'
        place = f"studies/{target.study_instance_uid}/series/{target.series_instance_uid}"
        content = self._get(self._connection(), f"/dicom-web/{place}", Accept=kind)
        boundary = b"\r\n" + content[: content.index(b"\r\n")]
        parts = (b"\r\n" + content).split(boundary)
        for number, part in enumerate(parts[1:-1]):
            (self._folder / f"{number}.dcm").write_bytes(part.partition(b"\r\n\r\n")[2])

    def archive(self) -> None:
        """One zip archive of the series, and its members."""
        name = f"/series/{self._target.orthanc_id}/archive"
        path = self._folder / "archive.zip"
        path.write_bytes(self._get(self._connection(), name))
        with zipfile.ZipFile(path) as archive:
            archive.extractall(self._folder)
        path.unlink()

    def dicomweb_client(self) -> None:
        """WADO-RS as its best-known client does it: data sets, which are written."""
        from dicomweb_client.api import DICOMwebClient

        with requests.Session() as session:
            session.auth = (self._server.user, self._server.password)
            session.verify = str(self._server.certificate_path)
            session.trust_env = False  # REQUESTS_CA_BUNDLE would beat `verify`
            client = DICOMwebClient(self._server.rest_url + "/dicom-web", session=session)
            uids = self._target.study_instance_uid, self._target.series_instance_uid
            for dataset in client.iter_series(*uids):
                dataset.save_as(self._folder / f"{dataset.SOPInstanceUID}.dcm")

    def pyorthanc(self) -> None:
        """Its own way into a folder."""
        import pyorthanc

        with pyorthanc.Orthanc(
            self._server.rest_url,
            username=self._server.user,
            password=self._server.password,
            verify=self._context,
            timeout=60,
        ) as client:
            series = pyorthanc.Series(self._target.orthanc_id, client)
            pyorthanc.retrieve_and_write_series(series, self._folder)

    # DICOM ------------------------------------------------------------------------------------

    def pynetdicom(self) -> None:
        """The C-GET of pynetdicom's user guide."""

        def on_store(event: Any) -> int:
            dataset = event.dataset
            dataset.file_meta = event.file_meta
            dataset.save_as(self._folder / f"{dataset.SOPInstanceUID}.dcm")
            return 0

        entity = AE(ae_title=self._server.calling_aet)
        entity.add_requested_context(GET)
        entity.add_requested_context(CT, EXPLICIT)
        association = entity.associate(
            "127.0.0.1",
            self._server.dicom_port,
            ae_title=self._server.aet,
            ext_neg=[build_role(CT, scp_role=True)],
            evt_handlers=[(evt.EVT_C_STORE, on_store)],
        )
        identifier = Dataset()
        identifier.QueryRetrieveLevel = "SERIES"
        identifier.StudyInstanceUID = self._target.study_instance_uid
        identifier.SeriesInstanceUID = self._target.series_instance_uid
        for _status, _identifier in association.send_c_get(identifier, GET):
            pass
        association.release()

    def getscu(self, environment: Dict[str, str]) -> Run:
        """DCMTK's C-GET."""
        where = ["-od", str(self._folder), "127.0.0.1", str(self._server.dicom_port)]
        command = ["/usr/bin/getscu", "-S", *self._keys(), *where]
        return lambda: _run_program(command, environment)

    def movescu(self, environment: Dict[str, str]) -> Run:
        """DCMTK's C-MOVE to its storescp."""
        port = str(self._server.storage_port)
        store = ["/usr/bin/storescp", "-od", str(self._folder), port]
        where = ["-aem", self._server.calling_aet, "127.0.0.1", str(self._server.dicom_port)]
        move = ["/usr/bin/movescu", "-S", *self._keys(), *where]

        def run() -> None:
            with _running(store, environment, int(port)):
                _run_program(move, environment)

        return run

    def _keys(self) -> List[str]:
        target: SeriesTarget = self._target
        keys = [
            "QueryRetrieveLevel=SERIES",
            f"StudyInstanceUID={target.study_instance_uid}",
            f"SeriesInstanceUID={target.series_instance_uid}",
        ]
        titles = ["-aec", self._server.aet, "-aet", self._server.calling_aet]
        return [*titles, *(word for key in keys for word in ("-k", key))]


@contextlib.contextmanager
def _running(command: List[str], environment: Dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        listening = f":{port:04X} "
        while listening not in Path("/proc/net/tcp").read_text() + _tcp6():
            time.sleep(0.005)
        yield
    finally:
        process.terminate()
        process.wait()


def _tcp6() -> str:
    path = Path("/proc/net/tcp6")
    return path.read_text() if path.exists() else ""


def _run_program(command: List[str], environment: Dict[str, str]) -> None:
    subprocess.run(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=900,
    )


def _absent(module: str) -> str:
    return "" if importlib.util.find_spec(module) else f"{module} is not installed"


def md5s_below(folder: Path) -> List[str]:
    """Return the MD5 of each file, sorted."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(hashlib.md5(path.read_bytes()).hexdigest() for path in files)


def emptied(folder: Path) -> None:
    """Make a folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
