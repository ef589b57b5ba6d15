"""The panel's scenarios on the stand-in for Slicer, against a real Orthanc."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
import scenarios_panel

from Support.scenarios.context import ScenarioContext
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture()
def context(
    orthanc: PrivateOrthanc, tmp_path: Path, record_property: Any
) -> Iterator[ScenarioContext]:
    """Give a stand-in that has started up, with the empty server."""
    from Support import slicer_stand_in

    standin = slicer_stand_in.install()
    standin.start_up()
    world = ScenarioContext(
        orthanc,
        tmp_path,
        dialogs=lambda: [*standin.modal_events, *[one for one in standin.messages if one.asks]],
    )
    try:
        yield world
        world.assert_no_dialogs()
        for note in world.notes:
            record_property("note", note)
            print(note)
    finally:
        world.close()
        standin.close()


@pytest.mark.parametrize("name", scenarios_panel.SCENARIOS)
def test_scenario(name: str, context: Any) -> None:
    """Run one scenario."""
    scenarios_panel.SCENARIOS[name](context)
