"""Fetch all that a table asks for: one job, each series once, a result for each row."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..files import prepare_folder
from ..orthanc.client import OrthancClient
from ..query.cohort import Cohort, series_of, why_not_found
from ..retrieve.run import retrieve_many
from ..shared.errors import OrthancConnectError, ServerError, TransportError
from ..shared.events import CancelToken, Progress, ProgressCallback, ignore_progress
from ..shared.profile import ServerProfile
from ..shared.receipts import Receipt
from ..shared.series import SeriesResult, SeriesTarget

#: Rows that are looked up together.
_TOGETHER = 200


@dataclass
class CohortRow:
    """What became of a row.

    Attributes
    ----------
    line : int
        In the file.
    value : str
        What it asks for.
    series, expected, arrived, verified : int
        How many series the server has of it, and how many instances; those that are there now, and
        whose content was compared.
    reason, hint : str
        Why something is not there; empty where all is.
    """

    line: int
    value: str
    series: int = 0
    expected: int = 0
    arrived: int = 0
    verified: int = 0
    reason: str = ""
    hint: str = ""


#: What is told of a row, in the order of a table's columns.
COLUMNS = tuple(one.name for one in fields(CohortRow))


@dataclass
class Fetched:
    """What a cohort brought: one receipt, a row for each row of the table.

    Attributes
    ----------
    arrived : dict of SeriesTarget to int
        How many instances of each series are there now.
    """

    receipt: Receipt
    rows: List[CohortRow] = field(default_factory=list)
    arrived: Dict[SeriesTarget, int] = field(default_factory=dict)

    @property
    def faults(self) -> int:
        """How many rows have a reason why something is not there."""
        return sum(bool(row.reason) for row in self.rows)

    def to_dict(self) -> Dict[str, Any]:
        """Return all as JSON-serialisable values."""
        return {"receipt": self.receipt.to_dict(), "rows": [asdict(row) for row in self.rows]}


def retrieve_cohort(
    profile: ServerProfile,
    client: OrthancClient,
    cohort: Cohort,
    folder: Path,
    *,
    method: Optional[str] = None,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Fetched:
    """Fetch what a table asks for; see `retrieve`.

    A series that several rows ask for is fetched once, and counts for each of them. A server that
    goes away makes rows with that reason.

    Raises
    ------
    OrthancConnectError
        The server refuses; what was done before is the fact ``receipt``.
    """
    token = token or CancelToken()
    root = prepare_folder(folder)
    began = time.monotonic()
    fetched = Fetched(Receipt("retrieve", location=str(root), notes=list(cohort.notes)))
    results: Dict[str, SeriesResult] = {}
    for start in range(0, len(cohort.values), _TOGETHER):
        some = cohort.values[start : start + _TOGETHER]
        if token.cancelled:
            fetched.rows += [CohortRow(*one, reason="It was not reached.") for one in some]
            continue
        before = fetched.receipt.expected

        def onward(one: Progress, before: int = before, start: int = start) -> None:
            rows = {"rows": start, "of_rows": len(cohort.values)}
            shown = replace(one, done=before + one.done, total=before + one.total, details=rows)
            progress(shown)

        try:
            found = series_of(client, cohort.kind, (value for _line, value in some))
            todo = {
                one.orthanc_id: one
                for targets in found.values()
                for one in targets
                if one.orthanc_id not in results
            }
            part = retrieve_many(
                *(profile, client, list(todo.values()), root),
                method=method,
                progress=onward,
                token=token,
                results=results,
            )
        except (TransportError, ServerError) as error:
            rows = [CohortRow(*one, reason=error.message, hint=error.hint) for one in some]
            fetched.rows += rows
            continue
        except OrthancConnectError as error:
            error.facts.setdefault("receipt", fetched.receipt.to_dict())
            raise
        fetched.receipt.include(part)
        for name, target in todo.items():
            fetched.arrived[target] = results.get(name, SeriesResult()).arrived
        fetched.rows += [_row(cohort.kind, one, found, results) for one in some]
    fetched.receipt.cancelled = token.cancelled
    fetched.receipt.seconds = time.monotonic() - began
    return fetched


def _row(
    kind: str,
    asked: Tuple[int, str],
    found: Dict[str, List[SeriesTarget]],
    results: Dict[str, SeriesResult],
) -> CohortRow:
    row = CohortRow(*asked)
    targets: Sequence[SeriesTarget] = found.get(row.value, ())
    row.series = len(targets)
    if not targets:
        row.reason, row.hint = why_not_found(kind, row.value)
    for target in targets:
        result = results.get(target.orthanc_id, SeriesResult())
        row.expected += result.expected
        row.arrived += result.arrived
        row.verified += result.verified
        if not result.complete and not row.reason:
            row.reason = result.reason or "It was not reached."
            row.hint = result.hint
    return row
