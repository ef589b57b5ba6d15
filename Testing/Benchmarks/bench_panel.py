"""How long the panel keeps Slicer's event loop waiting while 5,000 files are scanned and uploaded.

    python bench_panel.py [files] [rounds]              on the stand-in
    <program that embeds PythonQt and ctk> bench_panel.py [files] [rounds]

A timer of 10 ms runs in the panel's process. Its largest gap is what a person would feel; on a busy
machine most of it is other programs' doing, so the processor time that this process's thread used
between two ticks is told as well: the part that is the panel's own. Each round also shows a folder
of 2,000 series. It starts its own Orthanc, behind nginx over HTTPS.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING.parent / "OrthancConnect", TESTING):
    sys.path.insert(0, str(_folder))

from Support.data.dicom import write_small_instances  # noqa: E402
from Support.scenarios.context import ScenarioContext  # noqa: E402
from Support.scenarios.panel_bench import PanelBench  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

TICK = 10
#: Milliseconds by what was done: wall time and own processor time, one pair a round.
Gaps = Dict[str, List[Tuple[float, float]]]


@contextmanager
def gaps(kept: Gaps, what: str) -> Iterator[None]:
    """Measure the largest gap between two ticks, in wall time and in own processor time."""
    import qt

    largest = [0.0, 0.0]
    last = [time.perf_counter(), time.thread_time()]

    def onTimeout() -> None:
        now = [time.perf_counter(), time.thread_time()]
        for kind in (0, 1):
            largest[kind] = max(largest[kind], (now[kind] - last[kind]) * 1000)
        last[:] = now

    timer = qt.QTimer()
    timer.connect("timeout()", onTimeout)
    timer.start(TICK)
    yield
    onTimeout()
    timer.stop()
    timer.disconnect("timeout()", onTimeout)
    kept.setdefault(what, []).append((largest[0], largest[1]))


def one_round(context: ScenarioContext, folder: Path, many: Path, files: int, kept: Gaps) -> None:
    """Scan and upload everything once, into an empty server."""
    with PanelBench(context) as bench:
        bench.connected()
        with gaps(kept, "nothing, for a second"):
            context.wait(seconds=1)
        with gaps(kept, "scan of 2,000 series"):
            bench.choose(many)
        assert len(bench.logic.choice.rows) == 2000 and not bench.panel.upload.tree.busy
        with gaps(kept, "all of them unticked"):
            tree = bench.upload_ui.chosenTree
            import qt

            tree.topLevelItem(0).setCheckState(0, qt.Qt.Unchecked)
            bench.wait(lambda: bench.logic.choice.all_left_out, "the ticks")
        with gaps(kept, f"scan of {files:,} files"):
            bench.choose(folder)
        with gaps(kept, f"upload of {files:,} files"):
            transfer = bench.run_transfer(bench.upload_ui.uploadButton, 600)
        assert transfer.state == "done" and transfer.receipt.stored == files, transfer.receipt
        rate = files / transfer.receipt.seconds
        print(f"  uploaded in {transfer.receipt.seconds:.1f} s, {rate:.0f} files/s", flush=True)


def report(kept: Gaps) -> None:
    """Say median and maximum of the rounds' largest gaps."""
    print(f"\nLargest gap of a {TICK} ms timer, in ms{'wall time':>16}{'own processor time':>24}")
    print(f"{'':38}{'median':>8}{'max':>8}{'median':>12}{'max':>8}")
    for what, pairs in kept.items():
        columns = []
        for kind in (0, 1):
            values = [pair[kind] for pair in pairs]
            columns += [statistics.median(values), max(values)]
        wall, most, own, most_own = columns
        print(f"  {what:36}{wall:8.0f}{most:8.0f}{own:12.0f}{most_own:8.0f}")


def main() -> None:
    """Run the rounds on whatever runtime is here."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    files, rounds = (numbers + [5000, 3][len(numbers) :])[:2]
    from Support import slicer_stand_in

    try:
        import ctk
        import qt

        standin = slicer_stand_in.install(qt, ctk, python=os.environ.get("PEER_PYTHON"))
    except ImportError:
        standin = slicer_stand_in.install()
    standin.start_up()
    kept: Gaps = {}
    with tempfile.TemporaryDirectory(prefix="bench-panel-") as place:
        folder, many = Path(place) / "files", Path(place) / "series"
        write_small_instances(folder, count=files, size=64, series=10)
        write_small_instances(many, count=2000, size=8, series=2000, seed=2)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", flush=True)
            with PrivateOrthanc(plugins=False) as server:
                context = ScenarioContext(server, tempfile.mkdtemp(dir=place))
                one_round(context, folder, many, files, kept)
                context.close()
        report(kept)
    standin.close()


if __name__ == "__main__":
    main()
