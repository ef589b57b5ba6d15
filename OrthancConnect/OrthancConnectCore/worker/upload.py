"""What the worker does for uploads: scan, preview, upload, what an upload left behind."""

from __future__ import annotations

from typing import Any, Dict

from ..scan.tree import scan_tree
from ..shared.upload_options import UploadOptions
from ..upload.deidentification import preview_upload
from ..upload.job import upload_job
from ..upload.job_file import list_jobs, remove_job, remove_old_jobs
from ..upload.ledger import rows_path, save_rows
from .methods import Context, client_for


def scan(context: Context, params: Dict[str, Any]) -> Any:
    """Tell what files, folders and archives hold, by series."""
    return scan_tree(params["paths"], progress=context.progress, token=context.token).to_dict()


def preview(context: Context, params: Dict[str, Any]) -> Any:
    """Show before and after a de-identification for one file of each series."""
    options = params["options"] or UploadOptions()
    found = preview_upload(params["paths"], options, progress=context.progress, token=context.token)
    return found.to_dict()


def upload(context: Context, params: Dict[str, Any]) -> Any:
    """Upload files, folders and archives; the receipt."""
    receipt = upload_job(
        client_for(params),
        params["paths"],
        progress=context.progress,
        token=context.token,
        options=params["options"],
    )
    return receipt.to_dict()


def jobs(_context: Context, _params: Dict[str, Any]) -> Any:
    """Return the uploads that did not come to their end; the old ones are forgotten before."""
    remove_old_jobs()
    return {"jobs": [job.to_dict() for job in list_jobs()]}


def forget_job(_context: Context, params: Dict[str, Any]) -> Any:
    """Forget one of them; what it stored stays at the server."""
    return {"removed": remove_job(params["job_id"])}


def save_receipt(_context: Context, params: Dict[str, Any]) -> Any:
    """Write the rows of an upload, a row a file, to a file that a person chose."""
    return {"rows": save_rows(rows_path(params["job_id"]), params["path"])}
