"""The adapters' scenarios on the stand-in for Slicer, against a real Orthanc."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
import scenarios_adapters
import scenarios_dimse_query
import scenarios_dimse_retrieve
import scenarios_listener

from Support.scenarios.context import ScenarioContext, scenarios_of
from Support.servers.orthanc import PrivateOrthanc

SCENARIOS = scenarios_of(
    scenarios_adapters, scenarios_listener, scenarios_dimse_query, scenarios_dimse_retrieve
)


@pytest.fixture()
def context(orthanc: PrivateOrthanc, tmp_path: Path) -> Iterator[ScenarioContext]:
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
    finally:
        world.close()
        standin.close()


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, context: Any) -> None:
    """Run one scenario."""
    SCENARIOS[name](context)
