"""What the worker does for lists, followed servers, room on the disk and viewers."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Dict, List, Mapping

from ..follow.candidates import FollowOptions
from ..follow.cohort import COLUMNS, retrieve_cohort
from ..follow.run import follow as go_on
from ..orthanc.elsewhere import study_page, viewers_of
from ..orthanc.identifiers import study_orthanc_id
from ..query.cohort import columns_of, read_cohort
from ..retrieve.room import check_files
from ..shared.errors import InputError
from ..shared.events import Progress
from ..shared.profile import HTTPS
from ..shared.receipts import Receipt
from ..shared.upload_options import UploadOptions
from ..tables import save_table
from .methods import Context, client_for

#: Finished series that a report of a follower names: of reports in a hurry only the last goes out.
_FINISHED = 100


def read_list(_context: Context, params: Dict[str, Any]) -> Any:
    """Tell which of a table's columns it is about; the columns also where that can't be told."""
    path = Path(params["file"])
    told: Dict[str, Any] = {"columns": columns_of(path), "column": -1, "kind": "", "rows": 0}
    try:
        table = read_cohort(client_for(params), path, params["column"] or "", params["by"] or "")
    except InputError as error:
        return {**told, "notes": [], "reason": error.message}
    known = {"column": table.column, "kind": table.kind, "rows": len(table.values)}
    return {**told, **known, "notes": list(table.notes), "reason": ""}


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
    series = [
        (one.patient_id, one.study_instance_uid, one.series_instance_uid, count)
        for one, count in fetched.arrived.items()
    ]
    return {**fetched.to_dict(), "series": series}


def follow(context: Context, params: Dict[str, Any]) -> Any:
    """Fetch series as they come, over HTTPS, until it is cancelled, done or there is no room.

    Progress has the details ``finished``: a number, series, folder and study for each of the last.
    """
    client = client_for(params)
    finished: List[Dict[str, Any]] = []

    def report(one: Progress) -> None:
        context.progress(replace(one, details={**(one.details or {}), "finished": finished}))

    def on_finished(row: Mapping[str, Any]) -> None:
        names = ("patient_id", "study_instance_uid", "series_instance_uid", "folder")
        study = study_orthanc_id(row["patient_id"], row["study_instance_uid"])
        number = finished[-1]["number"] + 1 if finished else 1
        new = {**{name: row[name] for name in names}, "study": study, "number": number}
        finished[:] = [*finished[1 - _FINISHED :], new]
        report(Progress("retrieve", 0, 0))

    def upload(results: Path) -> Receipt:
        from ..upload.job import upload_job

        options = UploadOptions(verify=True)
        return upload_job(client, [results], token=context.token, options=options)

    followed = go_on(
        *(client.profile, client, params["folder"], params["filters"]),
        params["follow"] or FollowOptions(),
        method=HTTPS,
        upload=upload,
        finished=on_finished,
        progress=report,
        token=context.token,
    )
    return followed.to_dict()


def check_room(context: Context, params: Dict[str, Any]) -> Any:
    """Tell of files which may go, since the server has them with this content."""
    rows = check_files(
        client_for(params),
        params["files"],
        progress=context.progress,
        token=context.token,
    )
    return [{name: value for name, value in asdict(row).items() if name != "stamp"} for row in rows]


def viewers(context: Context, params: Dict[str, Any]) -> Any:
    """Return the viewers of the server, and where each shows a study, or lists all of them."""
    client, study = client_for(params), params["study"]
    return [
        {**asdict(one), "url": study_page(client, one, study) if study else one.list_url}
        for one in viewers_of(client)
    ]
