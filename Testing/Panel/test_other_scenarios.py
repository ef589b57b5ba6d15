"""The scenarios of files that neither test_adapters nor test_panel names: none is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import scenarios_panel
import test_adapters

from Support.scenarios.context import ScenarioContext
from Support.scenarios.files import find_scenarios
from Support.servers.orthanc import PrivateOrthanc

NAMED = {function.__module__ for function in test_adapters.SCENARIOS.values()}
NAMED |= {function.__module__ for function in scenarios_panel.SCENARIOS.values()}
OTHERS = {
    name: function
    for name, function in find_scenarios().items()
    if function.__module__ not in NAMED
}


@pytest.mark.parametrize("name", OTHERS)
def test_scenario(name: str, started: Any, orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    """Run one scenario on a stand-in that has started up."""
    context = ScenarioContext(
        orthanc,
        tmp_path,
        dialogs=lambda: [*started.modal_events, *[one for one in started.messages if one.asks]],
    )
    OTHERS[name](context)
    context.assert_no_dialogs()
    context.close()
