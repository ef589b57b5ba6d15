"""The count of a retrieve: what the server has, what was here before, what is here now."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.profile import HTTPS
from OrthancConnectCore.shared.receipts import (
    ALREADY_THERE,
    ARRIVED,
    FAILED,
    NOT_REACHED,
    Problem,
    Receipt,
)


class Tally:
    """Instances by series: expected, present before, present now, and why others are missing."""

    def __init__(self, series_uids: Iterable[str]) -> None:
        self.series_uids = list(series_uids)
        self.known = False  # whether the server has told what it has
        self._expected: Dict[str, Set[str]] = {}
        self._before = 0
        self._present: Dict[str, Set[str]] = {}
        self._sizes: Dict[str, int] = {}  # of what came, in bytes
        self._old: Dict[str, int] = {}
        #: Series UID → SOP Instance UIDs: what was fetched over HTTPS, and what of it was verified.
        self._fetched: Dict[str, Set[str]] = {}
        self._verified: Dict[str, Set[str]] = {}
        self._faults: Dict[str, str] = {}
        self._problems: Dict[str, Problem] = {}

    def expect(self, inventory: Mapping[str, Iterable[str]]) -> None:
        """Take in what the server has: series UID → SOP Instance UIDs."""
        self.known = True
        self._expected = {uid: set(instances) for uid, instances in inventory.items()}

    def see(self, series_uid: str, instances: Mapping[str, int]) -> None:
        """Take in what is in the database of one series: SOP Instance UID → size in bytes."""
        self._present[series_uid] = found = set(instances) & self._expected.get(series_uid, set())
        self._sizes.update((uid, instances[uid]) for uid in found - self._old.keys())

    def remember_before(self) -> None:
        """Take what was seen so far for what was there before."""
        self._before = self.present
        self._old, self._sizes = self._sizes, {}

    def add_fault(self, series_uid: str, text: str) -> None:
        """Keep why a method did not bring a series."""
        self._faults[series_uid] = text

    def add_receipt(
        self,
        receipt: Receipt,
        asked: Mapping[str, Iterable[str]],
        unverified: Mapping[str, Iterable[str]],
    ) -> None:
        """Take in what the worker tells of what it was asked for."""
        self._problems.update((problem.item, problem) for problem in receipt.problems)
        for uid, instances in asked.items():
            self._fetched[uid] = set(instances)
            self._verified[uid] = self._fetched[uid] - set(unverified.get(uid, ()))

    @property
    def expected_series(self) -> List[str]:
        """The series that the server has."""
        return list(self._expected)

    @property
    def expected(self) -> int:
        """How many instances the server has."""
        return sum(len(instances) for instances in self._expected.values())

    @property
    def present(self) -> int:
        """How many of them are here."""
        return sum(len(instances) for instances in self._present.values())

    @property
    def complete_series(self) -> List[str]:
        """The series of which everything is here."""
        return [uid for uid, all_ in self._expected.items() if all_ and not self.missing(uid)]

    def missing(self, series_uid: str) -> Set[str]:
        """Return the instances of a series that are not here."""
        return self._expected.get(series_uid, set()) - self._present.get(series_uid, set())

    def all_missing(self) -> Dict[str, List[str]]:
        """Return the missing instances of each series that is not complete."""
        found = {uid: sorted(self.missing(uid)) for uid in self._expected}
        return {uid: instances for uid, instances in found.items() if instances}

    def arriving(self, counts: Mapping[str, int]) -> int:
        """Return how many are here, with those of each series that are still on their way in."""
        done = self.present
        for uid, count in counts.items():
            new = count - len(self._present.get(uid, ()))
            done += max(0, min(new, len(self.missing(uid))))
        return done

    def receipt(
        self,
        method: str,
        seconds: float,
        cancelled: bool = False,
        error: Optional[OrthancConnectError] = None,
    ) -> Receipt:
        """Return the receipt, with a row for everything that should be here and is not."""
        receipt = Receipt(
            "retrieve",
            expected=self.expected,
            already_stored=self._before,
            stored=self.present - self._before,
            verified=sum(
                len(instances & self._present.get(uid, set()))
                for uid, instances in self._verified.items()
            ),
            bytes=sum(self._sizes.values()),
            seconds=seconds,
            cancelled=cancelled,
            method=method,
            location=_("Slicer's DICOM database"),
        )
        for uid in self.series_uids:
            if uid not in self._expected:
                receipt.expected += 1
                receipt.add_failed(
                    uid, _("The server has this series no longer."), _("Query again.")
                )
            elif not cancelled:
                self._add_missing(receipt, uid, error)
        if receipt.cancelled and not receipt.missing:
            receipt.cancelled = False  # all was there before the cancel came
        return receipt

    def groups(self, receipt: Receipt, whose: Mapping[str, Sequence[str]]) -> List[Dict[str, Any]]:
        """Return what became of each instance, grouped by what is told of it.

        Parameters
        ----------
        receipt : Receipt
            The one of this tally.
        whose : mapping
            Series UID → patient ID and Study Instance UID.

        Returns
        -------
        list of dict
            ``row`` has fields of `InstanceRow`, ``instances`` the bytes of each SOP Instance UID.
        """
        found: List[Dict[str, Any]] = []
        by_dicom = receipt.method.partition(" + ")[0]
        why = {problem.item: (problem.reason, problem.hint) for problem in receipt.problems}

        def add(uid: str, instances: Iterable[str], outcome: str, **more: Any) -> None:
            row = {"outcome": outcome, "series_instance_uid": uid, **more}
            row["study_instance_uid"] = whose[uid][1]
            sizes = {sop: self._sizes.get(sop, self._old.get(sop, 0)) for sop in sorted(instances)}
            if sizes:
                found.append({"row": row, "instances": sizes})

        for uid in self.series_uids:
            present = self._present.get(uid, set())
            new = present - self._old.keys()
            fetched, verified = self._fetched.get(uid, set()), self._verified.get(uid, set())
            add(uid, present & self._old.keys(), ALREADY_THERE)
            add(uid, new - fetched, ARRIVED, method=by_dicom)
            add(uid, new & fetched & verified, ARRIVED, method=HTTPS, verified=True)
            add(uid, new & fetched - verified, ARRIVED, method=HTTPS)
            lacking = self.missing(uid) if uid in self._expected else {uid}
            for sop in sorted(lacking):
                reason, hint = why.get(sop, ("", ""))
                outcome = NOT_REACHED if receipt.cancelled and not reason else FAILED
                add(uid, [sop if sop != uid else ""], outcome, reason=reason, hint=hint)
        return found

    def _add_missing(
        self, receipt: Receipt, series_uid: str, error: Optional[OrthancConnectError]
    ) -> None:
        reason = self._faults.get(series_uid) or _("It did not arrive.")
        hint = _("Retrieve again.")
        if error is not None:
            reason, hint = error.message, error.hint
        for sop in sorted(self.missing(series_uid)):
            known = self._problems.get(sop)
            if known is not None:
                receipt.add_failed(sop, known.reason, known.hint)
            else:
                receipt.add_failed(sop, reason, hint)
