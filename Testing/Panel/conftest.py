"""The stand-in for Slicer's runtime, fresh for each test that asks for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Iterator

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # the scenarios are modules of their own


@pytest.fixture()
def standin() -> Iterator[Any]:
    """A Slicer that has not been started up: modules can be loaded first."""
    from stand_in_tools import real_modules

    from Support import slicer_stand_in

    placed = slicer_stand_in.install(**real_modules())
    yield placed
    placed.close()


@pytest.fixture()
def started(standin: Any) -> Any:
    """A Slicer with its DICOM module started up and no other."""
    standin.start_up()
    return standin


@pytest.fixture()
def stage(started: Any) -> Any:
    """Give a logic on fakes, connected to a server."""
    from Support.scenarios.logic_stage import Stage

    made = Stage()
    made.connect()
    return made
