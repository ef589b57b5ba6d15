"""How soon a CT series is seen: while it arrives, against loaded when all of it is here.

    python bench_see.py [rounds]

240 slices of 512 KiB over HTTPS, on the stand-in for Slicer (which draws nothing), the ways one
after the other in each round. "Middle first" and "first to last" are orders of fetching: told is
when the slice in the middle, where the views begin, has arrived.
"""

from __future__ import annotations

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
from Support.scenarios.panel_bench import PanelBench  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

SLICES = 240
Times = Dict[str, List[float]]


def in_panel(context: ScenarioContext, shows: bool, times: Times) -> None:
    """Retrieve and load by the panel; seconds from the click."""
    import slicer
    from DICOMLib import DICOMUtils

    from OrthancConnectLib.logic.retrieve import RetrieveJob

    DICOMUtils.openTemporaryDatabase(str(context.new_folder("database")))
    slicer.mrmlScene.Clear()
    kept = RetrieveJob._shows_while_it_arrives
    if not shows:
        RetrieveJob._shows_while_it_arrives = lambda self: False  # type: ignore[method-assign]
    try:
        with PanelBench(context) as bench:
            bench.connected()
            bench.query()
            bench.query_ui.methodCombo.currentIndex = 3
            bench.select(("patient", PATIENTS[0].patient_id))
            scene, seen = bench.logic.adapters.scene, []
            refresh = scene.refresh_volume

            def onRefresh(volume: Any) -> None:
                refresh(volume)
                seen.append(time.monotonic())

            scene.refresh_volume = onRefresh
            begun = time.monotonic()
            with context.measured_gap() as gap:
                bench.click(bench.query_ui.loadButton)
                phase = "Loading"
                bench.wait(lambda: bench.logic.log.transfers[-1].phase.startswith(phase), phase)
            bench.wait(lambda: bench.ended, "the end", 120)
            assert bench.ended[-1].loaded, bench.ended[-1].error
            name = "shown while it arrives" if shows else "loaded at the end"
            times.setdefault(f"{name}: all is loaded", []).append(time.monotonic() - begun)
            times.setdefault(f"{name}: largest gap before", []).append(gap[0] / 1000)
            if shows:
                times.setdefault(f"{name}: first slices", []).append(seen[0] - begun)
    finally:
        RetrieveJob._shows_while_it_arrives = kept  # type: ignore[method-assign]


def by_order(context: ScenarioContext, middle_first: bool, times: Times) -> None:
    """Fetch by the engine alone; seconds until the slice in the middle is on the disk."""
    from OrthancConnectCore.orthanc.client import OrthancClient
    from OrthancConnectCore.retrieve import stack
    from OrthancConnectCore.retrieve.run import retrieve
    from OrthancConnectCore.shared.credentials import Credentials
    from OrthancConnectCore.shared.series import SeriesTarget

    server, profile = context.server, context.profile()
    targets = [
        SeriesTarget(one.patient_id, one.study_instance_uid, one.series_instance_uid)
        for one in context.targets()
    ]
    arrived = stack.Stack.arrived
    kept, begun, middle = stack.Stack.in_order, time.monotonic(), []

    def onArrived(self: Any, wanted: Any, head: bytes) -> None:
        arrived(self, wanted, head)
        if wanted is self._slices[SLICES // 2]:
            middle.append(time.monotonic() - begun)

    stack.Stack.arrived = onArrived  # type: ignore[method-assign]
    if not middle_first:
        stack.Stack.in_order = property(lambda self: self._slices)  # type: ignore[assignment]
    try:
        client = OrthancClient(profile, Credentials(server.user, server.password))
        folder = context.new_folder()
        receipt = retrieve(profile, client, targets, folder, method="HTTPS", volume=True)
        assert receipt.verified == SLICES, receipt
    finally:
        stack.Stack.in_order, stack.Stack.arrived = kept, arrived  # type: ignore
    name = "middle first" if middle_first else "first to last"
    times.setdefault(f"{name}: the slice in the middle", []).append(middle[0])
    times.setdefault(f"{name}: all slices", []).append(receipt.seconds)


def main() -> None:
    """Run the rounds, and say the medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    from Support import slicer_stand_in

    standin = slicer_stand_in.install()
    standin.start_up()
    times: Times = {}
    with PrivateOrthanc(plugins=False) as server, tempfile.TemporaryDirectory() as place:
        server.store(*write_ct_series(Path(place) / "ct", PATIENTS[0], slices=SLICES))
        context = ScenarioContext(server, tempfile.mkdtemp(dir=place))
        for _round in range(rounds):
            for on in (False, True):
                in_panel(context, on, times)
                by_order(context, on, times)
        context.close()
    standin.close()
    for name, values in sorted(times.items()):
        print(f"{name:44}{statistics.median(values):8.2f} s")


if __name__ == "__main__":
    main()
