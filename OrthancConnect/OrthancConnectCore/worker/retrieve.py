"""What the worker does for retrieves: what the server has of series, and how they are fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from ..shared.profile import HTTPS
from ..shared.series import SeriesTarget

if TYPE_CHECKING:
    from .methods import Context


def series_counts(context: Context, params: Dict[str, Any]) -> Any:
    """Count the instances that the server has of each series."""
    client = context.clients.get(params["profile"], params["password"])
    return client.series_counts(params["series_instance_uids"])


def series_inventory(context: Context, params: Dict[str, Any]) -> Any:
    """List the instances that the server has of each series, with Orthanc's identifiers."""
    client = context.clients.get(params["profile"], params["password"])
    inventory = client.inventory(params["series_instance_uids"])
    return {uid: dict(series.instances) for uid, series in inventory.items()}


def retrieve_https(context: Context, params: Dict[str, Any]) -> Any:
    """Fetch series over HTTPS; the receipt."""
    from ..retrieve.run import retrieve

    client = context.clients.get(params["profile"], params["password"])
    only = params["only"]
    uids = params["series_instance_uids"] if only is None else only
    receipt = retrieve(
        client.profile,
        client,
        [SeriesTarget("", "", uid) for uid in uids],
        params["folder"],
        method=HTTPS,
        only=only,
        progress=context.progress,
        token=context.token,
    )
    return {"receipt": receipt.to_dict()}
