"""The worker's methods for what is deleted and corrected on the server."""

from __future__ import annotations

from typing import Any, Dict

from .. import audit
from ..orthanc import editing
from ..orthanc.labels import named
from ..shared.corrections import checked_correction
from .methods import Context, client_for


def look(_context: Context, params: Dict[str, Any]) -> Any:
    """Return what there is of a study or series now (`ServerThing`)."""
    return editing.look_at(client_for(params), *params["resource"]).to_dict()


def find(_context: Context, params: Dict[str, Any]) -> Any:
    """Return what there is of the study or series that a UID or Orthanc's identifier names."""
    client = client_for(params)
    return editing.look_at(client, *named(client, params["study"])).to_dict()


def delete(_context: Context, params: Dict[str, Any]) -> Any:
    """Delete it, if it is the same still."""
    client, thing = client_for(params), params["thing"]
    with audit.change("delete", client.profile, thing):
        editing.delete(client, thing)
    return {}


def modify(context: Context, params: Dict[str, Any]) -> Any:
    """Have the server correct a study, if it is the same still."""
    client, thing = client_for(params), params["thing"]
    wanted = checked_correction(params["attributes"])
    with audit.change("modify", client.profile, thing) as facts:
        done = editing.correct(
            client,
            thing,
            wanted,
            replace=params["replace"],
            progress=context.progress,
            token=context.token,
        )
        new = done.study.orthanc_id
        facts.update(attributes=sorted(wanted), new=new, replaced=done.replaced)
    return {"study": done.study.to_dict(), "replaced": done.replaced, "notes": list(done.notes)}
