"""Connects the panel, queries, opens the tree, and saves a picture; on the stand-in or in Slicer.

Run as a script with one argument, or by Slicer's --python-script with its path in the environment
variable ORTHANCCONNECT_DEMO: a JSON file with the server's address, user, password and AE titles,
and with the picture's path. Prints one line with what the panel showed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

#: Wide and high enough to show the server, the tree and the upload at once, in pixels.
WIDTH, HEIGHT = 480, 900
#: The line that the caller looks for; Slicer prints others around it.
MARK = "ORTHANCCONNECT DEMO PANEL: "


def show(context: Any, picture: str) -> str:
    """Do what a person does, save the picture, and return what was shown."""
    from Support.scenarios.panel_bench import PanelBench

    with PanelBench(context, listens=True) as bench:
        bench.connected()
        rows = bench.query(modalityCombo="CT")
        bench.select(("patient", "PAT0012"))
        widget = bench.module_widget.parent
        widget.resize(WIDTH, HEIGHT)
        widget.show()
        context.wait(seconds=0.5)
        saved = widget.grab().save(picture)
        assert saved and len(rows) >= 12, rows
        patients = sum(row[0] == "0" for row in rows)
        return (
            f"connected with {bench.typed} fields and {bench.clicks} clicks, "
            f"{patients} patients in the tree"
        )


def main(path: str) -> int:
    """Run with the JSON file `path`; return the exit code."""
    facts = json.loads(Path(path).read_text(encoding="utf-8"))
    standin: Any = None
    if "ORTHANCCONNECT_DEMO" not in os.environ:
        from Support import slicer_stand_in

        standin = slicer_stand_in.install()
    from Support.scenarios.context import ScenarioContext

    context = ScenarioContext(SimpleNamespace(**facts["server"]), tempfile.mkdtemp())
    try:
        if standin is not None:
            standin.start_up()
        print(MARK + show(context, facts["picture"]), flush=True)
    finally:
        context.close()
        if standin is not None:
            standin.close()
    return 0


if "ORTHANCCONNECT_DEMO" in os.environ:
    import slicer

    slicer.util.exit(main(os.environ["ORTHANCCONNECT_DEMO"]))
elif __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
