"""How fast instances come from a private Orthanc to files, against the ways that others offer.

    python Testing/Benchmarks/bench_retrieve.py [--instances 120] [--rounds 5] [--size 512 64]

Two servers: one as Orthanc's packages run it, with Nagle's algorithm on its DICOM side, and one
with TCP_NODELAY in its environment. Ours includes what a user gets: the server's list before and
after, and the count of the files. Ends with 0 when every run brought every instance.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

import measure  # noqa: E402
import requests  # noqa: E402
from measure import Contender  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402
from pynetdicom import AE, build_role, evt  # noqa: E402

from OrthancConnectCore.orthanc.client import OrthancClient  # noqa: E402
from OrthancConnectCore.retrieve.plan import inventory_of  # noqa: E402
from OrthancConnectCore.retrieve.run import Selection, SeriesTarget, retrieve, targets_of  # noqa: E402
from OrthancConnectCore.shared.credentials import Credentials  # noqa: E402
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy  # noqa: E402
from OrthancConnectCore.upload.run import upload  # noqa: E402
from Support.data.dicom import write_small_instances  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

CT, GET = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.2.2.3"
EXPLICIT = "1.2.840.10008.1.2.1"
OURS = "ours, C-GET"
#: pynetdicom puts a getscu of its own on the PATH of a virtual environment.
GETSCU = Path("/usr/bin/getscu")
Way = Callable[[Path], None]


class Bench:
    """The ways to fetch one series from one server."""

    def __init__(self, server: PrivateOrthanc, data: Path) -> None:
        self.server = server
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
        self.client = OrthancClient(self.profile, Credentials(server.user, server.password))
        upload(self.client, data)
        (self.target,) = targets_of(self.client, Selection(patient_ids=("SMALL0000",)))

    def ways(self) -> Dict[str, Way]:
        """Return each way by its name."""
        ways: Dict[str, Way] = {
            OURS: lambda folder: self.ours(folder, "C-GET"),
            "ours, C-MOVE": lambda folder: self.ours(folder, "C-MOVE"),
            "ours, HTTPS with 4 connections": lambda folder: self.ours(folder, "HTTPS"),
            "REST one after the other": self.rest_sequential,
            "pynetdicom as in its documentation": self.pynetdicom_plain,
            "python -m pynetdicom getscu": self.pynetdicom_getscu,
        }
        if GETSCU.exists():
            ways["getscu (DCMTK)"] = lambda folder: self.dcmtk(folder, {})
            ways["getscu, TCP_NODELAY=1"] = lambda folder: self.dcmtk(folder, {"TCP_NODELAY": "1"})
        return ways

    def ours(self, folder: Path, method: str) -> None:
        """Retrieve, compared with the server's list and verified, as a user gets it."""
        receipt = retrieve(self.profile, self.client, [self.target], folder, method=method)
        if not receipt.complete or receipt.method != method:
            raise RuntimeError(f"{receipt.method}: {receipt.summary()} {receipt.notes}")

    def rest_sequential(self, folder: Path) -> None:
        """One kept connection, one GET after the other."""
        with requests.Session() as session:
            session.auth = (self.server.user, self.server.password)
            session.headers["Accept-Encoding"] = "identity"
            (inventory,) = inventory_of(self.client, [self.target]).values()
            for sop_uid, orthanc_id in inventory.items():
                answer = session.get(
                    f"{self.server.rest_url}/instances/{orthanc_id}/file",
                    verify=str(self.server.certificate_path),
                    timeout=30,
                )
                answer.raise_for_status()
                (folder / f"{sop_uid}.dcm").write_bytes(answer.content)

    def pynetdicom_plain(self, folder: Path) -> None:
        """The C-GET of pynetdicom's user guide."""

        def on_store(event: Any) -> int:
            dataset = event.dataset
            dataset.file_meta = event.file_meta
            dataset.save_as(folder / f"{dataset.SOPInstanceUID}.dcm")
            return 0

        entity = AE(ae_title=self.server.calling_aet)
        entity.add_requested_context(GET)
        entity.add_requested_context(CT, EXPLICIT)
        association = entity.associate(
            "127.0.0.1",
            self.server.dicom_port,
            ae_title=self.server.aet,
            ext_neg=[build_role(CT, scp_role=True)],
            evt_handlers=[(evt.EVT_C_STORE, on_store)],
        )
        for _status, _identifier in association.send_c_get(self._identifier(), GET):
            pass
        association.release()

    def _identifier(self) -> Dataset:
        identifier = Dataset()
        identifier.QueryRetrieveLevel = "SERIES"
        identifier.StudyInstanceUID = self.target.study_instance_uid
        identifier.SeriesInstanceUID = self.target.series_instance_uid
        return identifier

    def pynetdicom_getscu(self, folder: Path) -> None:
        """Run pynetdicom's own program, start-up included."""
        command = [sys.executable, "-m", "pynetdicom", "getscu", "-q", "-S"]
        self._run([*command, *self._keys(), "-od", str(folder), *self._place()], {})

    def dcmtk(self, folder: Path, environment: Dict[str, str]) -> None:
        """DCMTK's program."""
        command = [str(GETSCU), "-S", *self._keys(), "-od", str(folder), *self._place()]
        self._run(command, environment)

    def _keys(self) -> List[str]:
        target: SeriesTarget = self.target
        keys = [
            "QueryRetrieveLevel=SERIES",
            f"StudyInstanceUID={target.study_instance_uid}",
            f"SeriesInstanceUID={target.series_instance_uid}",
        ]
        titles = ["-aec", self.server.aet, "-aet", self.server.calling_aet]
        return [*titles, *(word for key in keys for word in ("-k", key))]

    def _place(self) -> List[str]:
        return ["127.0.0.1", str(self.server.dicom_port)]

    @staticmethod
    def _run(command: List[str], environment: Dict[str, str]) -> None:
        subprocess.run(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def contenders(bench: Bench, folder: Path, slow_rounds: int) -> List[Contender]:
    """Return every way as a contender that fills `folder`."""
    found = []
    for name, way in bench.ways().items():
        rounds = slow_rounds if name == "getscu (DCMTK)" else None
        found.append(Contender(name, partial(way, folder), rounds=rounds))
    if not GETSCU.exists():
        found.append(Contender("getscu (DCMTK)", lambda: None, absent="DCMTK is not installed"))
    return found


def run(title: str, data: Path, nodelay: bool, args: argparse.Namespace) -> List[Dict[str, Any]]:
    """Measure all ways with one server and print the table."""
    folder = data.parent / "out"
    expected = len(list(data.iterdir()))

    def before() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    def check() -> None:
        found = sum(1 for path in folder.rglob("*") if path.is_file())
        if found != expected:
            raise RuntimeError(f"{found} of {expected} instances came")

    with PrivateOrthanc(tcp_nodelay=nodelay) as server:
        bench = Bench(server, data)
        ways = contenders(bench, folder, args.slow_rounds)
        measure.interleave(ways, args.rounds, before, check, lambda: server.pids)
        bench.client.close()
    size = sum(path.stat().st_size for path in data.iterdir())
    found = measure.rows(ways, OURS, expected)
    print(measure.table(title, found, OURS, size) + "\n", flush=True)
    return found


def main() -> None:
    """Run both servers with both kinds of data."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--instances", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1, help="of what takes many seconds")
    parser.add_argument("--size", type=int, nargs="+", default=[512, 64], help="rows and columns")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    results: Dict[str, Any] = {"machine": measure.machine()}
    with tempfile.TemporaryDirectory(prefix="orthancconnect-bench-") as name:
        for size in args.size:
            data = Path(name) / str(size) / "data"
            write_small_instances(data, args.instances, size=size)
            for server, nodelay in (("as packaged", False), ("with TCP_NODELAY=1", True)):
                title = f"{args.instances} instances of {size}x{size}, Orthanc {server}"
                results[title] = run(title, data, nodelay, args)
    if args.json:
        measure.write_json(args.json, results)


if __name__ == "__main__":
    main()
