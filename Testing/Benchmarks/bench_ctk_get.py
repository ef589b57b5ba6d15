"""Query and C-GET by Slicer's own ctk classes, with and without TCP_NODELAY, in one process.

    <program that embeds PythonQt and ctk> bench_ctk_get.py [instances] [rounds]
    Slicer --no-splash --no-main-window --testing --python-script bench_ctk_get.py [...]

Needs pydicom, numpy and, outside Slicer, slicer-core on PYTHONPATH, and a Debian with Orthanc and
nginx: it starts its own server. DCMTK reads TCP_NODELAY at each association, so the rounds can be
interleaved. Ends with 0 when every retrieve was complete.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING.parent / "OrthancConnect", TESTING):
    sys.path.insert(0, str(_folder))

from Support.data.dicom import PATIENTS, write_ct_series  # noqa: E402
from Support.scenarios.context import ScenarioContext  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

SERIES = 2


def query(context: Any) -> float:
    """Return the seconds of one query of everything."""
    from OrthancConnectCore.shared.query import QueryFilters
    from OrthancConnectLib.adapters.ctk_dimse.services import CtkDimse

    ends: List[Any] = []
    dimse = CtkDimse(context.profile())
    dimse.query(QueryFilters(), 0, lambda _patients: None, ends.append, ends.append)
    assert context.wait(lambda: ends, 60)
    return float(ends[0].seconds)


def retrieve(context: Any, expected: int) -> float:
    """Return the seconds of one retrieve of everything into an empty database."""
    from OrthancConnectLib.adapters.ctk_dimse.services import CtkDimse

    database = context.new_database()
    ends: List[Any] = []
    targets = context.targets()
    began = time.monotonic()
    CtkDimse(context.profile(), database).retrieve(
        targets,
        lambda _uid, _count: None,
        lambda _uid, _succeeded, _text: None,
        lambda: ends.append(None),
        ends.append,
    )
    assert context.wait(lambda: ends, 600)
    seconds = time.monotonic() - began
    files = [
        path
        for target in targets
        for path in database.filesForSeries(target.series_instance_uid)
        if os.path.isfile(path)
    ]
    if ends != [None] or len(files) != expected:
        raise SystemExit(f"{len(files)} of {expected} instances arrived: {ends}")
    return seconds


def measure(context: Any, instances: int, rounds: int) -> None:
    """Interleave the rounds and print medians and their ratio."""
    seconds: Dict[str, Dict[str, List[float]]] = {}
    gaps: Dict[str, float] = {"1": 0.0, "0": 0.0}
    os.environ["TCP_NODELAY"] = "1"
    query(context)  # imports and DCMTK's dictionary are not what is measured
    for _round in range(rounds):
        for value in ("1", "0"):
            os.environ["TCP_NODELAY"] = value
            with context.measured_gap() as gap:
                taken = {"query": query(context), "C-GET": retrieve(context, instances)}
            gaps[value] = max(gaps[value], gap[0])
            for name, one in taken.items():
                seconds.setdefault(name, {}).setdefault(value, []).append(one)
    for name, values in seconds.items():
        with_it, without = (statistics.median(values[value]) for value in ("1", "0"))
        print(
            f"{name:6} TCP_NODELAY=1 {with_it:6.2f} s   without {without:6.2f} s   "
            f"x{without / with_it:.1f}   ({min(values['1']):.2f}-{max(values['1']):.2f} / "
            f"{min(values['0']):.2f}-{max(values['0']):.2f})"
        )
    print(f"largest gap of a 20 ms timer: {gaps['1']:.0f} ms, without {gaps['0']:.0f} ms")


def main() -> None:
    """Make the data, start the server, measure."""
    instances = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with PrivateOrthanc() as server:
        context = ScenarioContext(server, tempfile.mkdtemp(prefix="bench-"))
        for number in range(SERIES):
            share = instances // SERIES + (number < instances % SERIES)
            folder = context.new_folder("ct")
            server.store(
                *write_ct_series(folder, PATIENTS[number], series_number=number + 1, slices=share)
            )
        print(f"{instances} CT instances of 525 KB in {SERIES} series, {rounds} rounds")
        measure(context, instances, rounds)
        context.close()


if __name__ == "__main__":
    main()
