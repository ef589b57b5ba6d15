"""Retrieve from a private Orthanc behind nginx into files: OrthancConnect beside the other ways.

    python Testing/Benchmarks/bench_retrieve.py [--rounds 5] [--data ct small] [--wires loopback]
        [--only WORD ...] [--dicom-rounds 1] [--count N] [--nodelay] [--first] [--json FILE]

The server is as the tests start it: default settings, HTTPS by nginx with a checked certificate;
its DICOM side as Orthanc's packages have it, with Nagle's algorithm, or without by ``--nodelay``.
Ours includes what a user gets: connecting, the server's list before and after, and each file's MD5.
Ends with 0 when every run brought every instance. Peers that are not installed are named as absent
(``pip install pyorthanc dicomweb-client``, ``apt install dcmtk``).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

import measure  # noqa: E402
from bench_upload import WIRES, report, wire_to  # noqa: E402
from retrieve_peers import OURS, Peers, emptied, md5s_below  # noqa: E402

from Support.data.dicom import write_small_instances  # noqa: E402
from Support.servers import slow_wire  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

#: How many instances, and their rows and columns: files of 525 and of 10 KB.
DATA = {"ct": (240, 512), "small": (5000, 66)}


def bench(kind: str, wire: str, options: argparse.Namespace) -> Dict[str, Any]:
    """Measure one data set over one wire and print its table."""
    count, size = DATA[kind]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as temporary,
        PrivateOrthanc(tcp_nodelay=options.nodelay) as server,
        wire_to(wire, options.first) as (inside, like),
    ):
        if options.first:
            measure.prefer([0, *server.pids])
        data, folder = Path(temporary) / "data", Path(temporary) / "out"
        files = write_small_instances(data, options.count or count, size=size)
        total = sum(path.stat().st_size for path in files)
        originals = md5s_below(data)
        peers = Peers(server, data, folder, inside)
        contenders = [
            one
            for one in peers.all(bool(WIRES[wire]), options.dicom_rounds)
            if one.name == OURS or not options.only or any(w in one.name for w in options.only)
        ]

        def check() -> None:
            found = md5s_below(folder)
            if len(found) != len(files):
                raise RuntimeError(f"{len(found)} of {len(files)} instances came")
            same = len(set(found) & set(originals))
            if same != len(files):
                report(f"  {same} of them bit for bit")

        title = f"Retrieve, {wire}{like}: {len(files)} files of {total // len(files) / 1000:.0f} KB"
        load = measure.machine()["load_before"]
        measure.interleave(
            contenders, options.rounds, lambda: emptied(folder), check, lambda: server.pids, report
        )
        rows = measure.rows(contenders, OURS, len(files))
        heading = f"\n{title}, {options.rounds} rounds, load {load:.0f} before"
        print(measure.table(heading, rows, OURS, total), flush=True)
        return {"data": title, "bytes": total, "rows": rows}


def main() -> None:
    """Read the options, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(DATA))
    parser.add_argument("--wires", nargs="+", choices=list(WIRES), default=["loopback"])
    parser.add_argument("--count", type=int, default=0, help="instances, other than 240 and 5000")
    parser.add_argument("--only", nargs="+", help="contenders whose name holds one of these words")
    parser.add_argument("--dicom-rounds", type=int, default=1, help="of what takes long")
    parser.add_argument("--nodelay", action="store_true", help="TCP_NODELAY=1 for Orthanc")
    parser.add_argument("--first", action="store_true", help="go before all other processes")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args()
    found = []
    for wire in options.wires:
        if WIRES[wire] and slow_wire.absent():
            print(f"\n{wire}: not measured; {slow_wire.absent()}")
            continue
        found += [bench(kind, wire, options) for kind in options.data]
    if options.json:
        measure.write_json(options.json, {"machine": measure.machine(), "retrieves": found})


if __name__ == "__main__":
    main()
