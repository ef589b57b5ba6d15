"""Peak memory of the worker that retrieves a series over HTTPS: four large instances, and all.

    python Testing/Benchmarks/bench_retrieve_memory.py [--count 200] [--size 5000]

200 instances of 5,000 × 5,000 pixels are 10 GB, on the disk twice at a time. Memory is what the
kernel says of the worker's process (``VmHWM``). Ends with 0 when each instance was verified.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

from OrthancConnectCore.orthanc.client import OrthancClient, tag  # noqa: E402
from OrthancConnectCore.shared.credentials import Credentials  # noqa: E402
from OrthancConnectCore.upload.run import upload  # noqa: E402
from Support.data.dicom import write_small_instances  # noqa: E402
from Support.process.worker import Process  # noqa: E402
from Support.scenarios.doctor_cases import server_profile  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402


def peak_megabytes(pid: int) -> int:
    """Return the most memory that a process has had (proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (told,) = (line for line in lines if line.startswith("VmHWM"))
    return int(told.split()[1]) * 1024 // 1_000_000


def main() -> None:
    """Make the data and the server, retrieve with two workers."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--size", type=int, default=5000, help="rows and columns")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as temporary,
        PrivateOrthanc(plugins=False) as server,
        OrthancClient(server_profile(server), Credentials(server.user, server.password)) as client,
    ):
        data = Path(temporary) / "data"
        write_small_instances(data, options.count, size=options.size)
        upload(client, data)
        shutil.rmtree(data)
        (series,) = client.get_json("/series?expand")
        uid = tag(series, "MainDicomTags", "SeriesInstanceUID")
        rows = client.get_json(f"/series/{series['ID']}/instances")
        uids = [tag(row, "MainDicomTags", "SOPInstanceUID") for row in rows]
        for count in (4, options.count):
            place = Path(temporary) / f"out-{count}"
            place.mkdir()
            began = time.monotonic()
            with Process(place, XDG_STATE_HOME=temporary) as worker:
                asked = {"series_instance_uids": [uid], "only": {uid: uids[:count]}}
                asked.update(profile=client.profile.to_dict(), password=server.password)
                told = worker.ask(1, "retrieve.https", folder=str(place), **asked)
                receipt, peak = told["result"]["receipt"], peak_megabytes(worker.process.pid)
            if receipt["verified"] != count:
                raise RuntimeError(f"{receipt['verified']} of {count} were verified")
            seconds, size = time.monotonic() - began, receipt["bytes"] / 1e9
            print(f"{count} instances, {size:.1f} GB: {peak} MB at the most, {seconds:.0f} s")
            shutil.rmtree(place)


if __name__ == "__main__":
    main()
