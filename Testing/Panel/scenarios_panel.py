"""All scenarios of the panel: plain functions, run on the stand-in and inside a real Slicer."""

from __future__ import annotations

import scenarios_panel_server

from scenario_context import scenarios_of

SCENARIOS = scenarios_of(scenarios_panel_server)
