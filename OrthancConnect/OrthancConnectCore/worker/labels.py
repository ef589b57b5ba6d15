"""The worker's labels of studies and series."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List

from ..orthanc.labels import all_labels, has_own, labels_of, relabel
from ..worklist.scheme import PREFIX
from .methods import Context, client_for


def _free(labels: Iterable[str]) -> List[str]:
    """Return those that people give: without a work list's labels a study is no longer on it."""
    return [label for label in labels if not label.startswith(PREFIX)]


def labels(_context: Context, params: Dict[str, Any]) -> Any:
    """Return the labels of a study or series, and all of a server that lists them."""
    client = client_for(params)
    known = all_labels(client) if has_own(client) else ()
    return {"labels": _free(labels_of(client, params["resource"])), "known": _free(known)}


def change(_context: Context, params: Dict[str, Any]) -> Any:
    """Put labels on a study or series and take others away; return those it has then."""
    client, resource = client_for(params), params["resource"]
    add, remove = params["add"] or [], params["remove"] or []
    fault = relabel(client, resource, add, remove)
    return {"labels": _free(labels_of(client, resource)), "fault": fault}
