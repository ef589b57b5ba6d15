"""The worker's labels of studies and series."""

from __future__ import annotations

from typing import Any, Dict

from .. import audit
from ..orthanc.labels import all_labels, change_labels, deed, has_own, labels_of
from .methods import Context, client_for


def labels(_context: Context, params: Dict[str, Any]) -> Any:
    """Return the labels of a study or series, and all of a server that lists them."""
    client = client_for(params)
    known = all_labels(client) if has_own(client) else ()
    return {"labels": labels_of(client, params["resource"]), "known": known}


def change(_context: Context, params: Dict[str, Any]) -> Any:
    """Put labels on a study or series and take others away; return those it has then."""
    client, resource = client_for(params), params["resource"]
    add, remove = params["add"] or [], params["remove"] or []
    change_labels(client, resource, add, remove)
    fault = audit.record("label", client.profile, "done", **deed([resource], add, remove))
    return {"labels": labels_of(client, resource), "fault": fault}
