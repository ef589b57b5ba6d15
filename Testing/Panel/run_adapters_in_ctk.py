"""Run the adapters' scenarios in a real ctk and PythonQt, with the stand-in's `slicer` beside it.

    <program that embeds PythonQt and ctk> run_adapters_in_ctk.py [words of scenarios' names]

Needs pydicom, numpy and slicer-core on PYTHONPATH. PEER_PYTHON names an interpreter with
pynetdicom. Ends with 0 when all scenarios ran and passed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING.parent / "OrthancConnect", TESTING / "Support", TESTING / "Panel"):
    sys.path.insert(0, str(_folder))

import ctk  # noqa: E402
import qt  # noqa: E402
import scenarios_adapters  # noqa: E402
import scenarios_dimse_query  # noqa: E402
import scenarios_dimse_retrieve  # noqa: E402
import scenarios_listener  # noqa: E402

import slicer_stand_in  # noqa: E402
from orthanc_server import PrivateOrthanc  # noqa: E402
from scenario_context import ScenarioContext, scenarios_of  # noqa: E402


def main() -> int:
    """Run what was asked for; return the number of failures."""
    python = os.environ.get("PEER_PYTHON") or shutil.which("python3")
    standin = slicer_stand_in.install(qt_module=qt, ctk_module=ctk, python=python)
    standin.start_up()
    words = sys.argv[1:]
    failures = 0
    with PrivateOrthanc() as server:
        found = scenarios_of(
            scenarios_adapters, scenarios_listener, scenarios_dimse_query, scenarios_dimse_retrieve
        )
        for name, scenario in found.items():
            if words and not any(word in name for word in words):
                continue
            server.reset()
            standin.messages.clear()
            context = ScenarioContext(
                server,
                tempfile.mkdtemp(prefix="scenario-"),
                python,
                dialogs=lambda: [one for one in standin.messages if one.asks],
            )
            began = time.monotonic()
            try:
                scenario(context)
                word = "ok"
            except Exception:  # each scenario is judged by itself
                traceback.print_exc()
                failures, word = failures + 1, "FAILED"
            context.close()
            print(f"{word:6} {time.monotonic() - began:5.1f} s  {name}", flush=True)
            for note in context.notes:
                print(f"         {note}", flush=True)
    standin.close()
    print(f"{failures} failed")
    return failures


sys.exit(1 if main() else 0)
