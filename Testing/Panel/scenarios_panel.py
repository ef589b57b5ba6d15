"""All scenarios of the panel: plain functions, run on the stand-in and inside a real Slicer."""

from __future__ import annotations

import scenarios_panel_administrators
import scenarios_panel_checkup
import scenarios_panel_editing
import scenarios_panel_house
import scenarios_panel_profiles
import scenarios_panel_query
import scenarios_panel_refer
import scenarios_panel_results
import scenarios_panel_rooms
import scenarios_panel_see
import scenarios_panel_server
import scenarios_panel_transfers
import scenarios_panel_tree
import scenarios_panel_upload
import scenarios_panel_upload_options
import scenarios_panel_worklist

from Support.scenarios.context import scenarios_of

SCENARIOS = scenarios_of(
    scenarios_panel_server,
    scenarios_panel_query,
    scenarios_panel_tree,
    scenarios_panel_transfers,
    scenarios_panel_see,
    scenarios_panel_refer,
    scenarios_panel_upload,
    scenarios_panel_upload_options,
    scenarios_panel_house,
    scenarios_panel_checkup,
    scenarios_panel_profiles,
    scenarios_panel_rooms,
    scenarios_panel_administrators,
    scenarios_panel_editing,
    scenarios_panel_results,
    scenarios_panel_worklist,
)
