"""What is there by patient, study and series: counts, sizes, duplicates, and what is no DICOM."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterable, List, Optional, Tuple, Union

from ..dicom.text import decoded, encodings_of
from ..shared.errors import InputError, OperationCancelled
from ..shared.events import (
    PROGRESS_INTERVAL,
    CancelToken,
    Progress,
    ProgressCallback,
    ignore_progress,
)
from ..shared.receipts import Problem
from ..shared.series import SeriesRow
from ..shared.validation import plain_text, uid_fault
from .archives.members import SkippedFile
from .duplicates import CONFLICT, DUPLICATE, NEW, Duplicates
from .files import AnyPath, FoundFile, iter_dicom_files
from .header import LONGEST_HEAD, PATIENT_ID, SPECIFIC_CHARACTER_SET, read_values

#: A summary names so many problems, failed ones first; all of them are counted.
MOST_PROBLEMS = 1000
#: A progress report has so many rows; what is left comes with the next.
MOST_ROWS = 100
_MOST_REASONS = 100
_LONGEST_TEXT = 200

_STUDY_DATE, _MODALITY, _STUDY_DESCRIPTION = 0x00080020, 0x00080060, 0x00081030
_SERIES_DESCRIPTION, _PATIENT_NAME, _SERIES_NUMBER = 0x0008103E, 0x00100010, 0x00200011
_DESCRIPTION = (
    *(SPECIFIC_CHARACTER_SET, _STUDY_DATE, _MODALITY, _STUDY_DESCRIPTION, _SERIES_DESCRIPTION),
    *(_PATIENT_NAME, PATIENT_ID, _SERIES_NUMBER),
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
_Key = Tuple[Optional[str], str, str]


@dataclass
class ScanSummary:
    """What a scan found."""

    series: List[SeriesRow] = field(default_factory=list)
    #: All that was looked at: instances, duplicates, conflicts and problems.
    files: int = 0
    instances: int = 0
    bytes: int = 0
    duplicates: int = 0
    conflicts: int = 0
    #: What is no instance, and why: failed ones first, up to `MOST_PROBLEMS`; and how many there
    #: are, and how many of them could not be read or are broken.
    problems: List[Problem] = field(default_factory=list)
    problem_count: int = 0
    failed: int = 0
    #: ``(outcome, reason)`` and how often, for all of them.
    reasons: Dict[Tuple[str, str], int] = field(default_factory=dict)
    #: What is wrong with UIDs, as a sentence without its point, and of how many instances.
    faults: Dict[str, int] = field(default_factory=dict)
    #: False after a cancel.
    complete: bool = True

    def to_dict(self) -> Dict[str, Any]:
        """Return the summary as JSON-serialisable values."""
        reasons = [
            {"outcome": outcome, "reason": reason, "count": count}
            for (outcome, reason), count in self.reasons.items()
        ]
        return {**asdict(self), "reasons": reasons}


def scan_tree(
    paths: Union[AnyPath, Iterable[AnyPath]],
    *,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> ScanSummary:
    """Look through files and folders and gather what is there by patient, study and series.

    Parameters
    ----------
    paths : path or iterable of paths
        As of `iter_dicom_files`.
    progress : callable
        Called with a `Progress` at most ten times a second, in this thread; its ``details`` have
        the rows that are new or changed, `MOST_ROWS` at a time.
    token : CancelToken, optional
        Stops the scan: what was found by then is returned. Files that were not compared by then
        count as conflicts.

    Raises
    ------
    InputError
        Nothing was chosen, a path is not there, or a chosen folder can't be read.
    """
    token = token or CancelToken()
    findings = iter_dicom_files(paths, token)
    tree = _Tree(progress, token)
    try:
        for finding in findings:
            tree.add(finding)
        tree.settle()
    except OperationCancelled:
        tree.summary.complete = False
    return tree.finished()


class _Tree:
    """Gathers findings, and reports what changed."""

    def __init__(self, progress: ProgressCallback, token: CancelToken) -> None:
        self.summary = ScanSummary()
        self._progress = progress
        self._duplicates = Duplicates(token, self._report_when_due)
        self._rows: Dict[_Key, SeriesRow] = {}
        self._changed: Dict[_Key, SeriesRow] = {}
        self._skipped: List[Problem] = []
        self._last_report = time.monotonic()
        self._current = ""

    def add(self, finding: Union[FoundFile, SkippedFile]) -> None:
        """Count one finding."""
        self.summary.files += 1
        self._current = finding.path
        if isinstance(finding, SkippedFile):
            self._add_problem(finding)
        else:
            self._add_file(finding)
        self._report_when_due()

    def settle(self) -> None:
        """Compare what could not be compared, and is a conflict so far, while the scan went on."""
        for key in self._duplicates.settle():
            self._count(key, CONFLICT, -1)
            self._count(key, DUPLICATE)

    def finished(self) -> ScanSummary:
        """Return what was found, after a last report."""
        summary = self.summary
        summary.series = list(self._rows.values())
        for verdict in (NEW, DUPLICATE, CONFLICT):
            setattr(summary, verdict, sum(getattr(row, verdict) for row in summary.series))
        summary.problems += self._skipped[: MOST_PROBLEMS - len(summary.problems)]
        self._report()
        return summary

    def _add_file(self, file: FoundFile) -> None:
        key: _Key = file.identity[:3] if file.identity else (None, "", "")
        verdict = NEW
        if file.identity:
            try:
                verdict = self._duplicates.judge(file, key)
            except (InputError, OSError) as error:
                self._add_problem(SkippedFile.because(file.item, error))
                return
        if key not in self._rows:
            self._rows[key] = _described(file)
        self._count(key, verdict)
        if verdict is not NEW:
            return
        self._rows[key].bytes += file.size
        self.summary.bytes += file.size
        faults = self.summary.faults
        for level, uid in zip(
            ("Study", "Series", "SOP"), file.identity[1:4] if file.identity else ()
        ):
            fault = uid_fault(uid)
            if fault:
                words = f"the {level} Instance UID {fault}"
                faults[words] = faults.get(words, 0) + 1

    def _count(self, key: _Key, verdict: str, number: int = 1) -> None:
        row = self._changed[key] = self._rows[key]
        setattr(row, verdict, getattr(row, verdict) + number)

    def _add_problem(self, skipped: SkippedFile) -> None:
        summary = self.summary
        outcome = "failed" if skipped.failed else "skipped"
        reason = plain_text(skipped.reason)
        kind = outcome, reason
        if kind not in summary.reasons and len(summary.reasons) >= _MOST_REASONS:
            kind = outcome, "Other reasons."
        summary.reasons[kind] = summary.reasons.get(kind, 0) + 1
        summary.problem_count += 1
        summary.failed += skipped.failed
        rows = summary.problems if skipped.failed else self._skipped
        if len(rows) < MOST_PROBLEMS:
            item = plain_text(skipped.path, 4096)
            rows.append(Problem(item, outcome, reason, plain_text(skipped.hint)))

    def _report_when_due(self) -> None:
        if time.monotonic() - self._last_report >= PROGRESS_INTERVAL:
            self._report()

    def _report(self) -> None:
        self._last_report = time.monotonic()
        rows = [self._changed.pop(key) for key in list(self._changed)[:MOST_ROWS]]
        self._progress(
            Progress(
                "scan",
                self.summary.files,
                0,
                bytes_done=self.summary.bytes,
                current=plain_text(self._current),
                details={"series": [asdict(row) for row in rows]},
            )
        )


def _described(file: FoundFile) -> SeriesRow:
    """Return an empty row with what the first file of a series says of it."""
    identity = file.identity
    if identity is None:
        return SeriesRow()
    try:
        with file.open() as stream:
            head = stream.read(LONGEST_HEAD)
    except (InputError, OSError):
        head = b""  # it can't be read any more
    values = read_values(head, _DESCRIPTION)
    encodings = encodings_of(values.get(SPECIFIC_CHARACTER_SET, b""))

    def text(tag: int) -> str:
        return plain_text(decoded(values.get(tag, b""), encodings), _LONGEST_TEXT)

    number = text(_SERIES_NUMBER)
    patient_id = identity.patient_id
    return SeriesRow(
        text(PATIENT_ID) if patient_id is None else patient_id,
        text(_PATIENT_NAME),
        identity.study_instance_uid,
        text(_STUDY_DATE),
        text(_STUDY_DESCRIPTION),
        identity.series_instance_uid,
        int(number) if _NUMBER.fullmatch(number) else None,
        text(_MODALITY),
        text(_SERIES_DESCRIPTION),
    )
