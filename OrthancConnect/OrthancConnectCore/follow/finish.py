"""What comes after a series' last instance: its mark, a command, the upload of its results."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional

from ..scan.tree import scan_tree
from ..shared.errors import OrthancConnectError
from ..shared.events import CancelToken
from ..shared.receipts import MOST_PROBLEMS, Receipt
from ..shared.series import SeriesResult
from .candidates import Candidate, Followed, FollowOptions
from .command import RESULTS, run_command
from .memory import Memory

#: How often a series is tried before it is left for the next run.
TRIES = 3
#: Uploads what is in a folder.
Upload = Callable[[Path], Receipt]


class Finish:
    """Does what comes after the last instance of each series.

    Parameters
    ----------
    server : str
        The server's name, for commands.
    memory : Memory
        What the follower remembers.
    options : FollowOptions
        With the command.
    told : Followed
        Gets a row for each series.
    token : CancelToken
        Ends a command.
    upload : callable, optional
        Uploads a folder.
    finished : callable
        Told each row.

    Attributes
    ----------
    tries : dict of str to int
        How often a series was tried, by Orthanc's identifier.
    """

    def __init__(
        self,
        server: str,
        memory: Memory,
        options: FollowOptions,
        told: Followed,
        token: CancelToken,
        upload: Optional[Upload],
        finished: Callable[[Mapping[str, Any]], object],
    ) -> None:
        self._server = server
        self._memory = memory
        self._options = options
        self._told = told
        self._token = token
        self._upload_folder = upload
        self._finished = finished
        self.tries: Dict[str, int] = {}

    def put_off(self, one: Candidate, result: SeriesResult) -> None:
        """Take note of a series of which not all came; it is told when it is given up for now."""
        tries = self.tries[one.orthanc_id] = self.tries.get(one.orthanc_id, 0) + 1
        if tries == TRIES or self._options.once:
            self._tell(one, result, {"reason": result.reason or "Not all of it came."}, {})

    def done(self, one: Candidate, result: SeriesResult) -> None:
        """Do what comes after the last instance; a crash in between lets it be done again."""
        memory, command = self._memory, self._options.command
        mark = memory.mark(one.orthanc_id)
        is_new = bool(result.stored) or mark.get("stage") != "done"
        told: Dict[str, Any] = {}
        mark = {"state": one.state, "stage": "fetched" if command and is_new else "done"}
        if command and is_new:
            memory.keep_mark(one.orthanc_id, mark)
            told = self._command(one)
            if self._token.cancelled and told["exit_code"] is None:
                return  # it is run again next time
            mark = {"state": one.state, "stage": "done", "command": told}
        memory.keep_mark(one.orthanc_id, mark)
        memory.waiting.discard(one.orthanc_id)
        memory.save()
        if is_new:
            self._tell(one, result, {}, told)

    def _command(self, one: Candidate) -> Dict[str, Any]:
        facts = {
            "patient_id": one.target.patient_id,
            "study_uid": one.target.study_instance_uid,
            "series_uid": one.target.series_instance_uid,
            "series_orthanc_id": one.orthanc_id,
            "modality": one.modality,
            "server": self._server,
        }
        told = run_command(
            self._options.command,
            one.folder,
            facts,
            time_limit=self._options.time_limit,
            token=self._token,
            keep=[self._memory.handle],
        )
        results = one.folder / RESULTS
        upload = self._upload_folder
        if told["exit_code"] == 0 and upload is not None and _holds_something(results):
            told.update(self._upload(one, results, upload))
        return told

    def _upload(self, one: Candidate, results: Path, upload: Upload) -> Dict[str, Any]:
        made = {row.series_instance_uid for row in scan_tree([str(results)]).series}
        if one.target.series_instance_uid in made:
            reason = "The results have the series' own Series Instance UID: not uploaded."
            return {"uploaded": 0, "reason": reason}
        for uid in made:
            self._memory.keep_result(uid)  # before the server can tell of it
        try:
            receipt = upload(results)
        except OrthancConnectError as error:
            return {"uploaded": 0, "reason": f"The results were not uploaded: {error.message}"}
        there = receipt.stored + receipt.already_stored
        reason = "" if receipt.complete else f"Not all results were uploaded: {receipt.summary()}."
        return {"uploaded": there, "reason": reason}

    def _tell(
        self,
        one: Candidate,
        result: SeriesResult,
        more: Mapping[str, Any],
        command: Mapping[str, Any],
    ) -> None:
        target = one.target
        row: Dict[str, Any] = {
            "patient_id": target.patient_id,
            "study_instance_uid": target.study_instance_uid,
            "series_instance_uid": target.series_instance_uid,
            "series_orthanc_id": one.orthanc_id,
            "modality": one.modality,
            "folder": os.fspath(one.folder),
            **{name: value for name, value in asdict(result).items() if name != "hint"},
            "exit_code": command.get("exit_code"),
            "seconds": command.get("seconds"),
            "uploaded": command.get("uploaded", 0),
            "command_reason": command.get("reason", ""),
            **more,
        }
        self._told.series += 1
        self._told.faults += bool(row["reason"] or row["command_reason"])
        if len(self._told.rows) < MOST_PROBLEMS:
            self._told.rows.append(row)
        self._finished(row)


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and any(folder.iterdir())
