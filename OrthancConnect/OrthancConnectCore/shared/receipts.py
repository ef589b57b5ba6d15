"""The receipt that ends every transfer: it counts, and it names what did not go through."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, NamedTuple

from .validation import plain_text

#: Rows of each kind that a receipt holds in memory; all of them are counted.
MOST_PROBLEMS = 10_000
#: Notes that a receipt of several transfers takes over.
MOST_NOTES = 100


@dataclass(frozen=True)
class Problem:
    """One file or instance that was skipped or that failed."""

    #: The file's path, or the SOP Instance UID.
    item: str
    #: ``skipped``, ``failed``, ``different`` (there, but with other content) or ``unmarked`` (a
    #: study that did not get its labels or metadata).
    outcome: str
    #: One sentence, as plain text.
    reason: str
    #: What the user does next; may be empty.
    hint: str = ""

    @classmethod
    def of(cls, item: str, outcome: str, reason: str, hint: str = "") -> Problem:
        """Return it with its texts as plain text."""
        return cls(plain_text(item, 4096), outcome, plain_text(reason), plain_text(hint))


#: What may become of an instance of a retrieve.
ARRIVED, ALREADY_THERE, FAILED, NOT_REACHED = "arrived", "already_there", "failed", "not_reached"


class InstanceRow(NamedTuple):
    """What became of one instance that was retrieved or sent; or of a series of unknown ones."""

    sop_instance_uid: str
    #: ``arrived``, ``already_there``, ``failed`` or ``not_reached``, before a cancel.
    outcome: str
    #: Whether its bytes were shown to be the server's.
    verified: bool = False
    #: How it arrived: ``C-GET``, ``C-MOVE``, ``HTTPS`` or, at the server, ``REST``; empty of what
    #: did not, this time.
    method: str = ""
    #: Of its file.
    bytes: int = 0
    #: Why it is not there; empty where it is.
    reason: str = ""
    hint: str = ""
    series_instance_uid: str = ""
    study_instance_uid: str = ""
    #: Empty where it is not known.
    orthanc_id: str = ""
    #: Of its file; empty where it is in Slicer's database.
    path: str = ""


@dataclass
class Receipt:
    """What a transfer did, counted in instances (files, for an upload)."""

    #: ``upload``, ``retrieve`` or ``send`` (results).
    operation: str
    #: What there was to do: files found, or instances that the server says it has.
    expected: int = 0
    #: New at the destination.
    stored: int = 0
    #: At the destination before.
    already_stored: int = 0
    #: Of these, by patient, study, series and instance alone: their content was not compared.
    by_identity: int = 0
    #: Not transferred, on purpose or not; each has its row in `problems`.
    skipped: int = 0
    failed: int = 0
    #: At the destination, but with other content, which was left as it is.
    different: int = 0
    #: Instances whose bytes at the destination were shown to be the source's.
    verified: int = 0
    #: Bytes transferred.
    bytes: int = 0
    #: Wall time.
    seconds: float = 0.0
    #: Whether the user stopped it.
    cancelled: bool = False
    #: ``REST``, ``C-GET``, ``C-MOVE`` or ``HTTPS``; joined by `` + `` where a second one fetched
    #: what the first had missed.
    method: str = ""
    #: The folder or database that a retrieve filled; empty for an upload.
    location: str = ""
    #: One row for each skipped, failed or different item, up to `MOST_PROBLEMS` of each kind.
    problems: List[Problem] = field(default_factory=list)
    #: What a person should know besides: for example why a second way was needed, and how many
    #: instances came by it.
    notes: List[str] = field(default_factory=list)
    #: Of an upload, the first studies that it met: ``orthanc_id`` and ``study_instance_uid``.
    studies: List[Dict[str, str]] = field(default_factory=list)
    #: Of an upload: the name of its job, for its rows and its file.
    job_id: str = ""

    def add_stored(self, size: int = 0, already: bool = False) -> None:
        """Count one instance that is now at the destination."""
        self.already_stored += already
        self.stored += not already
        self.bytes += size

    def add_failed(self, item: str, reason: str, hint: str = "") -> None:
        """Count one item that should have gone through and did not."""
        self.failed += 1
        if self.failed <= MOST_PROBLEMS:
            self.problems.append(Problem.of(item, "failed", reason, hint))

    def include(self, other: Receipt) -> None:
        """Add what another transfer of the same job did; its time is not counted."""
        summed = ("expected", "verified", "bytes", "stored", "already_stored", "skipped")
        for name in (*summed, "by_identity"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failed += other.failed
        self.different += other.different
        self.cancelled = self.cancelled or other.cancelled
        self.problems.extend(other.problems[: max(0, MOST_PROBLEMS - len(self.problems))])
        new = [note for note in other.notes if note not in self.notes]
        self.notes.extend(new[: max(0, MOST_NOTES - len(self.notes))])
        methods = dict.fromkeys(f"{self.method} + {other.method}".strip(" +").split(" + "))
        self.method = " + ".join(methods)

    def add_unmarked(self, item: str, reason: str, hint: str = "") -> None:
        """Name a study that did not get its labels or metadata."""
        self.problems.append(Problem.of(item, "unmarked", reason, hint))

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is at the destination."""
        return self.different == 0 and not self.resumable

    @property
    def resumable(self) -> bool:
        """Whether the same again may do what was left undone."""
        undone = self.cancelled or self.failed or self.missing
        return bool(undone) or any(row.outcome == "unmarked" for row in self.problems)

    @property
    def missing(self) -> int:
        """Expected items that no row accounts for: not reached before a cancel or a fault."""
        known = self.stored + self.already_stored + self.skipped + self.failed + self.different
        return max(0, self.expected - known)

    @property
    def outcomes(self) -> Dict[str, int]:
        """Number of items of each outcome that there was."""
        names = ("stored", "already_stored", "different", "skipped", "failed")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def summary(self) -> str:
        """Return the one line that stays on the screen."""
        there = self.stored + self.already_stored
        if self.operation == "retrieve":
            is_whole = self.complete and self.verified == self.expected
            first = f"{there} of {self.expected} instances arrived{' and verified' * is_whole}"
            counts = [(0 if is_whole else self.verified, "verified")]
        else:
            first = f"{self.stored} stored"
            already = "already there"
            if self.by_identity:
                already = f"already there ({self.by_identity} by identifiers alone)"
            counts = [(self.already_stored, already), (self.verified, "verified")]
            counts.append((self.different, "there, but different"))
        counts += [(self.skipped, "skipped"), (self.failed, "failed")]
        parts = [first, *(f"{number} {word}" for number, word in counts if number)]
        if self.cancelled:
            parts.append("cancelled")
        if self.missing:
            parts.append(f"{self.missing} not reached")
        return ", ".join(parts)

    def to_dict(self) -> Dict[str, Any]:
        """Return the receipt as JSON-serialisable values, with its derived facts."""
        derived = {name: getattr(self, name) for name in ("complete", "resumable", "missing")}
        return {**asdict(self), **derived, "summary": self.summary()}

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> Receipt:
        """Rebuild a receipt from `to_dict`; derived facts are computed anew."""
        names = [name for name in cls.__dataclass_fields__ if name != "problems"]
        receipt = cls(**{name: data[name] for name in names if name in data})
        receipt.problems = [Problem(**row) for row in data.get("problems", [])]
        return receipt
