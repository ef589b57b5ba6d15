"""What somebody does with a work list, through a worker as the panel does."""

from __future__ import annotations

from itertools import count
from typing import Any

from Support.process.worker import Process


def work_through(worker: Process, asked: dict[str, Any], done: list[str]) -> None:
    """Get cases and finish them until there is none left, as the panel does."""
    for number in count():
        case = worker.ask(f"n{number}", "worklist.next", **asked)["result"]
        if case is None:
            return
        step = {"study": case["orthanc_id"], "step": "done", "claim": case["claim"]}
        assert worker.ask(f"d{number}", "worklist.step", **asked, **step)["result"] == {
            "state": "done"
        }
        done.append(case["orthanc_id"])
