"""Upload to a private Orthanc behind nginx: OrthancConnect beside the other ways.

    python Testing/Benchmarks/bench_upload.py [--rounds 5] [--data ct small]
        [--wires loopback 20ms 100mbit+10ms] [--only WORD ...] [--first] [--json upload.json]

The server is as the tests start it: default settings, HTTPS by nginx with a checked certificate,
TCP_NODELAY for DICOM. The slow wires are `servers.slow_wire`'s; what they are like is measured and
printed. Ends with 0 when every run stored every file. Peers that are not installed are named as
absent (``pip install pyorthanc dicomweb-client``).
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, ContextManager, Iterator, Optional, Tuple, Union

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING.parent / "OrthancConnect", TESTING):
    sys.path.insert(0, str(_folder))

import measure  # noqa: E402
from upload_peers import OURS, Peers  # noqa: E402

from Support.data.dicom import write_ct_series, write_small_instances  # noqa: E402
from Support.servers import slow_wire  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

DATA = ("ct", "small")
#: Seconds of a round trip and bits a second; None for loopback itself.
WIRES = {"loopback": None, "20ms": (0.020, 0.0), "100mbit+10ms": (0.010, 100e6)}
#: Of what opens a connection for each file, and of what waits for each answer: one file in so many.
PARTS = {
    ("ct", "loopback"): (1, 1),
    ("ct", "20ms"): (4, 1),
    ("ct", "100mbit+10ms"): (4, 2),
    ("small", "loopback"): (10, 5),
    ("small", "20ms"): (50, 20),
    ("small", "100mbit+10ms"): (50, 20),
}
Inside = Callable[[], ContextManager[None]]


def write_data(kind: str, folder: Path, count: int) -> str:
    """Make one of the data sets and return what it is."""
    if kind == "ct":
        files = write_ct_series(folder, slices=count or 240)
    else:
        files = write_small_instances(folder, count=count or 5000, size=66)
    size = files[0].stat().st_size
    return f"{len(files)} {'CT ' if kind == 'ct' else ''}instances of {size / 1000:.0f} KB"


@contextlib.contextmanager
def wire_to(name: str, prefer: bool) -> Iterator[Tuple[Inside, str]]:
    """Make a wire; yield how a thread gets to its near end, and what the wire is like."""
    kind = WIRES[name]
    if kind is None:
        yield contextlib.nullcontext, ""
        return
    with slow_wire.SlowWire(*kind) as wire:
        if prefer:
            measure.prefer([wire.pid])
        found = wire.measure()
        like = f"{found.round_trip * 1000:.1f} ms round trip, {found.rate / 1e6:.1f} MB/s measured"
        yield wire.inside, f", {like}"


def report(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


def bench(kind: str, wire: str, options: argparse.Namespace) -> Optional[dict[str, object]]:
    """Measure one data set over one wire and print its table."""
    reason = slow_wire.absent() if WIRES[wire] else ""
    if reason:
        print(f"\n{kind} over {wire}: not measured; {reason}")
        return None
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as temporary,
        PrivateOrthanc() as server,
        wire_to(wire, options.first) as (inside, like),
    ):
        if options.first:
            measure.prefer([0, *server.pids])
        folder = Path(temporary) / kind
        title = f"Upload, {wire}{like}: {write_data(kind, folder, options.count)}"
        peers = Peers(server, folder, inside)
        contenders = peers.all(*PARTS[kind, wire])
        if options.only:
            contenders = [
                one
                for one in contenders
                if one.name == OURS or any(word in one.name for word in options.only)
            ]

        def check() -> None:
            if server.count() != peers.sent:
                raise RuntimeError(f"{server.count()} of {peers.sent} instances are stored")

        load = measure.machine()["load_before"]
        measure.interleave(
            contenders, options.rounds, server.reset, check, lambda: server.pids, report
        )
        files = sorted(folder.iterdir())
        rows = measure.rows(contenders, OURS, len(files))
        size = sum(path.stat().st_size for path in files)
        heading = f"\n{title}, {options.rounds} rounds, load {load:.0f} before"
        print(measure.table(heading, rows, OURS, size))
        times = again(peers, server, options.rounds, contenders[0].run)
        print(f"Upload again when all is there: {times:.0f} times faster than the first time.")
        sys.stdout.flush()
        return {"data": title, "bytes": size, "rows": rows, "again": times}


def again(peers: Peers, server: PrivateOrthanc, rounds: int, first: Callable[[], None]) -> float:
    """How many times faster an upload is of which the server has everything."""
    ratios = []
    for _round in range(rounds):
        server.reset()
        seconds = []
        for run in (first, peers.again):
            began = time.perf_counter()
            run()
            seconds.append(time.perf_counter() - began)
        ratios.append(seconds[0] / seconds[1])
    return statistics.median(ratios)


def main(arguments: Union[list[str], None] = None) -> None:
    """Read the options, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--wires", nargs="+", choices=list(WIRES), default=list(WIRES))
    parser.add_argument("--count", type=int, default=0, help="instances, other than 240 and 5000")
    parser.add_argument("--only", nargs="+", help="contenders whose name holds one of these words")
    parser.add_argument(
        "--first", action="store_true", help="go before all other processes of this machine"
    )
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    options = parser.parse_args(arguments)
    uploads = [bench(kind, wire, options) for wire in options.wires for kind in options.data]
    found = {"machine": measure.machine(), "uploads": [one for one in uploads if one]}
    if options.json:
        measure.write_json(options.json, found)


if __name__ == "__main__":
    main()
