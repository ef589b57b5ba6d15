"""The worker's preview of a de-identification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict

from .upload_options import UploadOptions
from .upload_preview import preview_upload

if TYPE_CHECKING:
    from .worker_methods import Context


def preview(context: Context, params: Dict[str, Any]) -> Any:
    """Show before and after for one file of each series."""
    options = params["options"] or UploadOptions()
    found = preview_upload(params["paths"], options, progress=context.progress, token=context.token)
    return found.to_dict()
