"""What the worker does for results: they are sent, listed and fetched."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import Any, Dict

from ..results import kept
from ..results.fetch import fetch as bring
from ..results.listing import results_of
from ..results.send import send as take_home
from ..shared.results import StudyResult
from .methods import Context, client_for


def send(context: Context, params: Dict[str, Any]) -> Any:
    """Send what waits: the receipt, a row for each instance, and what became of each result."""
    sending = take_home(
        client_for(params),
        params["result_ids"],
        mark_replaced=params["mark_replaced"] or False,
        progress=context.progress,
        token=context.token,
    )
    return sending.to_dict()


def of(context: Context, params: Dict[str, Any]) -> Any:
    """Return the results that a study has."""
    found = results_of(client_for(params), params["study_orthanc_id"], context.token)
    return [asdict(one) for one in found]


def fetch(context: Context, params: Dict[str, Any]) -> Any:
    """Bring one of them into a new folder, which is the caller's to remove."""
    wanted, folder = StudyResult.from_dict(params["result"]), kept.new_fetched()
    try:
        progress, token = context.progress, context.token
        result = bring(client_for(params), wanted, folder, progress=progress, token=token)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return {"folder": str(folder), "result": result}
