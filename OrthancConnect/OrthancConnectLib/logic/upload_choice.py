"""What is chosen to be uploaded, and what the scan of it has found so far."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Set, Tuple

from OrthancConnectCore.shared.errors import OperationCancelled, OrthancConnectError
from OrthancConnectCore.shared.receipts import Problem
from OrthancConnectCore.shared.series import SeriesRow

from ..protocols import Adapters
from ..signals import Signal
from .task import DONE, EMPTY, FAILED, SCANNING, STOPPED, Task
from .upload import progress_of


class UploadChoice(Task):
    """Files and folders, scanned as soon as they are chosen; which series are left out."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        #: Emitted with the rows that are new or changed.
        self.found = Signal()
        #: Emitted when rows have gone; the tree begins anew.
        self.emptied = Signal()
        self.paths: List[str] = []
        self._reset()

    def _reset(self) -> None:
        self._begin()
        self.state = EMPTY
        self.rows: Dict[Tuple[str, str, str], SeriesRow] = {}
        self.left_out: Set[str] = set()
        self.files = 0
        self.problems: List[Problem] = []
        self.problem_count = 0
        self.error: Optional[OrthancConnectError] = None

    # What a person does ---------------------------------------------------------------------

    def add(self, paths: Iterable[str]) -> None:
        """Choose more; everything is scanned together, since duplicates are told by that."""
        new = [path for path in paths if path not in self.paths]
        if not new:
            return
        self.paths = [*self.paths, *dict.fromkeys(new)]
        left_out = self.left_out
        self._reset()
        self.left_out = left_out
        self.emptied.emit()
        self._scan()

    def add_sample(self, folder: str) -> None:
        """Have the sample study made in a folder, and choose that."""
        self._ask("sample.make", {"folder": folder}, lambda _made: self.add([folder]))

    def clear(self) -> None:
        """Choose nothing."""
        self.paths = []
        self._reset()
        self.emptied.emit()
        self.changed.emit()

    def stop(self) -> None:
        """Scan no further; what was found stays, and all is uploaded nevertheless."""
        self._stop_requests()

    def tick(self, series_uids: Iterable[str], on: bool) -> None:
        """Take series in, or leave them out."""
        for uid in series_uids:
            if uid and on:
                self.left_out.discard(uid)
            elif uid:
                self.left_out.add(uid)
        self.changed.emit()

    # What is known --------------------------------------------------------------------------

    @property
    def except_series(self) -> Tuple[str, ...]:
        """The series that are left out."""
        known = {row.series_instance_uid for row in self.rows.values()}
        return tuple(sorted(self.left_out & known))

    @property
    def all_left_out(self) -> bool:
        """Whether the scan is over and nothing is ticked."""
        return (
            self.state == DONE
            and bool(self.rows)
            and all(row.series_instance_uid in self.left_out for row in self.rows.values())
        )

    @property
    def nothing_found(self) -> bool:
        """Whether the scan is over and there is no DICOM."""
        return self.state == DONE and not self.rows

    def totals(self) -> Tuple[int, int, int]:
        """Return series, instances and bytes of what is ticked."""
        taken = [row for row in self.rows.values() if row.series_instance_uid not in self.left_out]
        return len(taken), sum(row.instances for row in taken), sum(row.bytes for row in taken)

    # The scan -------------------------------------------------------------------------------

    def _scan(self) -> None:
        params = {"paths": list(self.paths)}
        self._ask("scan", params, self._onResult, on_progress=self._onProgress)
        self._set(SCANNING)

    def _onProgress(self, data: Mapping[str, Any]) -> None:
        progress = progress_of(data)
        self.files = progress.done
        self._take((progress.details or {}).get("series") or ())
        self.changed.emit()

    def _onResult(self, summary: Mapping[str, Any]) -> None:
        self._requests.clear()
        self.files = int(summary["files"])
        self.problems = [Problem(**row) for row in summary["problems"]]
        self.problem_count = int(summary["problem_count"])
        self._take(summary["series"])
        self._set(DONE if summary["complete"] else STOPPED)

    def _fail(self, error: OrthancConnectError) -> None:
        self._set(FAILED, None if isinstance(error, OperationCancelled) else error)

    def _take(self, data: Iterable[Mapping[str, Any]]) -> None:
        changed = []
        for values in data:
            row = SeriesRow(**values)
            if self.rows.get(row.key) != row:
                self.rows[row.key] = row
                changed.append(row)
        if changed:
            self.found.emit(changed)
