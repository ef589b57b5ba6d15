"""What the worker does for lists, followed servers, room on the disk and viewers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict

from ..follow.candidates import FollowOptions
from ..follow.cohort import COLUMNS, retrieve_cohort
from ..follow.run import follow as go_on
from ..orthanc.elsewhere import study_page, viewers_of
from ..query.cohort import read_cohort
from ..retrieve.room import check_files
from ..shared.profile import HTTPS
from ..shared.receipts import Receipt
from ..shared.upload_options import UploadOptions
from ..tables import save_table
from .methods import Context, client_for


def cohort(context: Context, params: Dict[str, Any]) -> Any:
    """Fetch what a table asks for over HTTPS; the receipt, and a row for each row."""
    client = client_for(params)
    table = read_cohort(client, Path(params["file"]), params["column"] or "", params["by"] or "")
    fetched = retrieve_cohort(
        *(client.profile, client, table, Path(params["folder"])),
        method=HTTPS,
        progress=context.progress,
        token=context.token,
    )
    if params["path"]:
        rows = map(asdict, fetched.rows)
        save_table(Path(params["path"]), COLUMNS, rows, fetched.receipt.to_dict())
    return fetched.to_dict()


def follow(context: Context, params: Dict[str, Any]) -> Any:
    """Fetch series as they come, over HTTPS, until it is cancelled, done or there is no room."""
    client = client_for(params)

    def upload(results: Path) -> Receipt:
        from ..upload.job import upload_job

        options = UploadOptions(verify=True)
        return upload_job(client, [results], token=context.token, options=options)

    followed = go_on(
        *(client.profile, client, params["folder"], params["filters"]),
        params["follow"] or FollowOptions(),
        method=HTTPS,
        upload=upload,
        progress=context.progress,
        token=context.token,
    )
    return followed.to_dict()


def check_room(context: Context, params: Dict[str, Any]) -> Any:
    """Tell of files which may go, since the server has them byte for byte."""
    rows = check_files(
        client_for(params),
        params["files"],
        progress=context.progress,
        token=context.token,
    )
    return [{name: value for name, value in asdict(row).items() if name != "stamp"} for row in rows]


def viewers(context: Context, params: Dict[str, Any]) -> Any:
    """Return the viewers of the server, and where each shows a study."""
    client = client_for(params)
    found = viewers_of(client)
    study = params["study"]
    return [
        {**asdict(one), **({"url": study_page(client, one, study)} if study else {})}
        for one in found
    ]
