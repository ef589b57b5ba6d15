"""Upload to a private Orthanc behind nginx: OrthancConnect beside the other ways.

    python Testing/Benchmarks/bench_upload.py [--rounds 5] [--json upload.json] [--data ct small]

The server is as the tests start it: default settings, HTTPS by nginx with a checked certificate,
TCP_NODELAY for DICOM. Ends with 0 when every run stored every file. Peers that are not installed
are named as absent (``pip install pyorthanc``).
"""

from __future__ import annotations

import argparse
import base64
import http.client
import importlib.util
import os
import queue
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Callable, Iterable, Union

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING.parent / "OrthancConnect", TESTING / "Support"):
    sys.path.insert(0, str(_folder))

import measure  # noqa: E402
import requests  # noqa: E402
from measure import Contender  # noqa: E402

from dicom_data import write_ct_series, write_small_instances  # noqa: E402
from orthanc_server import PrivateOrthanc  # noqa: E402
from OrthancConnectCore.credentials import Credentials  # noqa: E402
from OrthancConnectCore.profiles import ServerProfile, TrustPolicy  # noqa: E402
from OrthancConnectCore.rest import OrthancClient  # noqa: E402
from OrthancConnectCore.upload import upload  # noqa: E402

OURS = "OrthancConnect, 8 connections"
DATA = ("ct", "small")


class Peers:
    """All ways of bringing the files of one folder into one server."""

    def __init__(self, server: PrivateOrthanc, folder: Path, rounds_of_slow: int) -> None:
        self._server = server
        self._folder = folder
        self._files = sorted(folder.iterdir())
        self._contents = [path.read_bytes() for path in self._files]
        self._context = ssl.create_default_context(cafile=str(server.certificate_path))
        secret = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {secret}",
            "Content-Type": "application/dicom",
        }
        self._slow = rounds_of_slow

    def all(self) -> list[Contender]:
        """The contenders, ours among them."""
        found = [
            Contender(OURS, self.ours(8), note="the default"),
            Contender("OrthancConnect, 4 connections", self.ours(4)),
            Contender("OrthancConnect, 1 connection", self.ours(1)),
            Contender("a new connection a file", self.new_connections, note="ImportDicomFiles.py"),
            Contender("requests.Session", self.one_session),
            Contender("pyorthanc", self.pyorthanc, absent=_absent("pyorthanc")),
        ]
        for threads in (2, 4, 8):
            name = f"floor, {threads} threads"
            found.append(
                Contender(name, self.floor(threads), note="http.client, files read before")
            )
        for tool in ("storescu", "dcmsend"):
            program = f"/usr/bin/{tool}"  # pynetdicom puts its own storescu on the PATH
            absent = "" if shutil.which(program) else f"{program} is not installed (dcmtk)"
            for nodelay in (True, False):
                found.append(
                    Contender(
                        f"{tool}, TCP_NODELAY={int(nodelay)}",
                        self.c_store(program, nodelay),
                        absent,
                        None if nodelay else self._slow,
                        "C-STORE, not encrypted",
                    )
                )
        return found

    def ours(self, connections: int) -> Callable[[], None]:
        """What this project does, certificate check and TLS context included."""
        server = self._server
        profile = ServerProfile(
            "bench",
            server.rest_url,
            user=server.user,
            trust=TrustPolicy.pinned(server.fingerprint),
            parallel_transfers=connections,
        )

        def run() -> None:
            with OrthancClient(profile, Credentials(server.user, server.password)) as client:
                receipt = upload(client, self._folder)
            if not receipt.complete:
                raise RuntimeError(receipt.summary())

        return run

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
            pyorthanc.upload(client, str(self._folder), recursive=True)

    def floor(self, threads: int) -> Callable[[], None]:
        """As little as can be done: bytes that are in memory, posted by bare connections."""

        def run() -> None:
            waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
            for content in self._contents:
                waiting.put(content)

            def work() -> None:
                connection = self._connection()
                while True:
                    try:
                        content = waiting.get_nowait()
                    except queue.Empty:
                        break
                    self._post(connection, content)
                connection.close()

            _run_threads(work for _ in range(threads))

        return run

    def c_store(self, program: str, nodelay: bool) -> Callable[[], None]:
        """DCMTK's sender, in one association."""
        server = self._server
        command = [program, "-aet", server.calling_aet, "-aec", server.aet, "+sd", "+r"]
        command += [server.dicom_host, str(server.dicom_port), str(self._folder)]
        environment = {key: value for key, value in os.environ.items() if key != "TCP_NODELAY"}
        if nodelay:
            environment["TCP_NODELAY"] = "1"
        return lambda: _run_program(command, environment)

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self._server.https_port, context=self._context, timeout=60
        )

    def _post(
        self, connection: http.client.HTTPSConnection, content: bytes, close: bool = False
    ) -> None:
        connection.request("POST", "/instances", content, self._headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"HTTP {answer.status}")
        if close:
            connection.close()


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


def write_data(kind: str, folder: Path) -> str:
    """Make one of the data sets and return what it is."""
    if kind == "ct":
        files = write_ct_series(folder, slices=240)
    else:
        files = write_small_instances(folder, count=1000, size=66)
    size = files[0].stat().st_size
    return f"{len(files)} {'CT ' if kind == 'ct' else ''}instances of {size / 1000:.0f} KB"


def bench(kind: str, options: argparse.Namespace) -> dict[str, object]:
    """Measure one data set and print its table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary, PrivateOrthanc() as server:
        folder = Path(temporary) / kind
        title = write_data(kind, folder)
        files = sorted(folder.iterdir())
        contenders = Peers(server, folder, options.slow_rounds).all()
        if options.only:
            contenders = [
                one
                for one in contenders
                if one.name == OURS or any(word in one.name for word in options.only)
            ]

        def check() -> None:
            if server.count() != len(files):
                raise RuntimeError(f"{server.count()} of {len(files)} instances are stored")

        def report(text: str) -> None:
            print(text, file=sys.stderr, flush=True)

        measure.interleave(
            contenders, options.rounds, server.reset, check, lambda: server.pids, report
        )
        rows = measure.rows(contenders, OURS, len(files))
        size = sum(path.stat().st_size for path in files)
        print(measure.table(f"\nUpload: {title}, {options.rounds} rounds", rows, OURS, size))
        return {"data": title, "bytes": size, "rounds": options.rounds, "rows": rows}


def main(arguments: Union[list[str], None] = None) -> None:
    """Read the options, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1, help="rounds of what takes long")
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--only", nargs="+", help="contenders whose name holds one of these words")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args(arguments)
    uploads = [bench(kind, options) for kind in options.data]
    found = {"machine": measure.machine(), "uploads": uploads}
    if options.json:
        measure.write_json(options.json, found)


if __name__ == "__main__":
    main()
