"""Retrieve series into a folder: by C-GET, C-MOVE or HTTPS, compared with the server's own list.

Nothing counts as arrived because a call succeeded: each instance is looked at when it comes, and
what is missing is fetched over HTTPS. The receipt tells which way how many came.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import (
    Callable,
    Dict,
    Iterable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from .. import audit
from ..files import prepare_folder
from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import study_orthanc_id
from ..shared.disk import remove_abandoned
from ..shared.errors import (
    DimseError,
    InputError,
    MissingDependencyError,
    OperationCancelled,
    OrthancConnectError,
)
from ..shared.events import (
    CancelToken,
    Progress,
    ProgressCallback,
    ProgressMeter,
    ignore_progress,
)
from ..shared.profile import AUTOMATIC, C_GET, C_MOVE, HTTPS, RETRIEVE_METHODS, ServerProfile
from ..shared.receipts import (
    ALREADY_THERE,
    ARRIVED,
    FAILED,
    NOT_REACHED,
    InstanceRow,
    Receipt,
)
from ..shared.series import Selection, SeriesResult, SeriesTarget
from ..shared.validation import plain_text
from .files import Wanted, folders_of
from .https import Arrived, Download, Look
from .plan import Plan, batches, targets_of
from .stack import Stack, stack_of

__all__ = ["Selection", "SeriesTarget", "retrieve", "retrieve_many", "targets_of"]

#: Instances and series that `retrieve_many` fetches in one go.
_INSTANCES_A_GO, _SERIES_A_GO = 5000, 200


def retrieve(
    profile: ServerProfile,
    client: OrthancClient,
    targets: Sequence[SeriesTarget],
    folder: Union[str, Path],
    *,
    method: Optional[str] = None,
    only: Optional[Mapping[str, Iterable[str]]] = None,
    volume: bool = False,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
    results: Optional[Dict[str, SeriesResult]] = None,
    rows: Callable[[InstanceRow], object] = lambda _row: None,
) -> Receipt:
    """Fetch series into ``folder/<study>/<series>/<instance>.dcm``.

    Another patient's instance of the same UIDs goes beside it, as ``<instance>.<Orthanc's
    identifier>.dcm``.

    Parameters
    ----------
    profile : ServerProfile
        The server.
    client : OrthancClient
        Its REST side: the list to compare with, and the way for what did not come by DICOM.
    targets : sequence of SeriesTarget
        From `targets_of` or from a query; without a study's UID, that folder is left out.
    folder : str or Path
        Made when it is not there. Instances that it holds already are kept if their content is
        still the server's.
    method : str, optional
        ``Automatic``, ``C-GET``, ``C-MOVE`` or ``HTTPS``; the profile's when left out. Automatic is
        C-GET, and HTTPS where pynetdicom is not installed.
    only : mapping of str to iterable of str, optional
        Series Instance UID → SOP Instance UIDs to fetch, for each target; what else the server has
        or gets is left alone then. All of the series when left out.
    volume : bool
        Whether a volume is to be shown while it arrives: the progress then has what `Stack.state`
        returns in its details, as ``volume``, over HTTPS and where what is fetched is one.
    progress : callable
        Told of instances and bytes, in the calling thread.
    token : CancelToken, optional
        Stops it, within a file as well; the receipt is then a partial one.
    results : dict of str to SeriesResult, optional
        Gets what became of each series, by Orthanc's identifier.
    rows : callable, optional
        Told in the end what became of each instance.

    Returns
    -------
    Receipt
        `Receipt.verified` counts files whose bytes have the MD5 that Orthanc noted when it stored
        them. What comes by DICOM has another header, and Orthanc notes no digest of a dataset or of
        pixels, so that only the file itself could tell: its identity is compared and it is read to
        its end, but it counts as arrived only. `Receipt.method` is joined by `` + HTTPS`` where
        that fetched what DICOM had not brought, and a note tells why.

    Raises
    ------
    InputError
        The folder or the method can't be used.
    MissingDependencyError
        pynetdicom is not installed, and the method needs it.
    PortInUseError
        C-MOVE: another program has the listener's port.
    OrthancConnectError
        The server's list can't be had.

    Notes
    -----
    DICOM PS3.4 annex C.4.2 and C.4.3. A failed association is no end: all comes over HTTPS then,
    and the receipt's note says what is wrong with the DICOM side.
    """
    with audit.transfer("retrieve", profile, client) as deed:
        run = _Retrieve(profile, client, folder, method, progress, token, rows)
        deed.studies = [
            study_orthanc_id(one.patient_id, one.study_instance_uid)
            for one in targets
            if one.study_instance_uid
        ]
        deed.facts["series"] = len(targets)
        receipt = deed.receipt = run.run(targets, only, volume)
    if results is not None:
        results.update(run.results)
    return receipt


def retrieve_many(
    profile: ServerProfile,
    client: OrthancClient,
    targets: Sequence[SeriesTarget],
    folder: Union[str, Path],
    *,
    method: Optional[str] = None,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
    results: Dict[str, SeriesResult],
) -> Receipt:
    """Fetch any number of series, some thousand instances at a time; see `retrieve`."""
    token = token or CancelToken()
    receipt = Receipt("retrieve", location=str(folder))
    began = time.monotonic()
    done = 0
    for batch in batches(targets, _INSTANCES_A_GO, _SERIES_A_GO):
        if token.cancelled:
            receipt.cancelled = True
            break

        def onward(one: Progress, before: int = done) -> None:
            progress(replace(one, done=before + one.done, total=before + one.total))

        part = retrieve(
            *(profile, client, batch, folder),
            method=method,
            progress=onward,
            token=token,
            results=results,
        )
        done += part.expected
        receipt.include(part)
    receipt.seconds = time.monotonic() - began
    return receipt


class _Retrieve:
    """One retrieve into a folder."""

    def __init__(
        self,
        profile: ServerProfile,
        client: OrthancClient,
        folder: Union[str, Path],
        method: Optional[str],
        progress: ProgressCallback,
        token: Optional[CancelToken],
        rows: Callable[[InstanceRow], object],
    ) -> None:
        self._rows = rows
        self._profile = profile
        self._client = client
        self._method = method or profile.retrieve_method
        if self._method not in RETRIEVE_METHODS:
            raise InputError(
                f"There is no retrieve method {plain_text(self._method, 40)!r}.",
                f"Use one of {', '.join(RETRIEVE_METHODS)}.",
            )
        if self._method != HTTPS:
            self._method = _by_dicom(self._method)
        self._token = token or CancelToken()
        self._root = prepare_folder(folder)
        self._began = time.monotonic()
        self._meter = ProgressMeter("retrieve", progress)
        self._receipt = Receipt("retrieve", method=self._method, location=str(self._root))
        self._wanted: List[Wanted] = []
        self._refused: List[Tuple[str, InstanceRow]] = []
        #: By Orthanc's identifier, as all that follows.
        self._there: Set[str] = set()
        self._arrived: Dict[str, Arrived] = {}
        self._reasons: Dict[str, Tuple[str, str]] = {}
        self._why = ""
        self.results: Dict[str, SeriesResult] = {}
        self._dicom_count = self._https_count = 0

    def run(
        self,
        targets: Sequence[SeriesTarget],
        only: Optional[Mapping[str, Iterable[str]]],
        volume: bool,
    ) -> Receipt:
        if self._token.cancelled:
            return self._conclude()
        kinds = volume or self._method != HTTPS
        plan = Plan(self._client, targets, self._root, only, kinds)
        self._wanted = plan.wanted
        self._refused = plan.refused
        self._sweep()
        self._meter.expect(files=len(self._wanted), size=sum(one.size for one in self._wanted))
        look = Look(self._client, self._wanted, meter=self._meter, token=self._token)
        look.run()
        self._arrived.update(look.arrived)
        self._there.update(look.arrived)
        if self._method == HTTPS:
            stack = stack_of(look.missing) if volume and not look.arrived else None
            if stack is not None:
                self._meter.details = lambda: {"volume": stack.state()}
            self._over_https(stack.in_order if stack else look.missing, stack)
        else:
            self._over_dicom(look.missing)
            self._over_https_what_is_missing(look.missing)
        if only is None and not self._token.cancelled:
            self._over_https_what_is_new(plan)
        return self._conclude()

    def _sweep(self) -> None:
        for folder in folders_of(self._wanted).values():
            remove_abandoned(folder)

    def _over_dicom(self, todo: List[Wanted]) -> None:
        if not todo or self._token.cancelled:
            return
        from .dicom import DicomRetrieve

        partly = {one.series_instance_uid for one in self._wanted if one.orthanc_id in self._there}
        run = DicomRetrieve(self._profile, todo, partly, self._meter, self._token)
        if self._method == C_MOVE:
            with suppress(OrthancConnectError):  # then the profile's has to do
                run.titles.add(self._client.system().dicom_aet)
        try:
            run.run(self._method)
            self._why = run.last_words
        except OperationCancelled:
            pass  # the receipt tells
        except DimseError as error:
            self._why = f"{error.message} {error.hint}"
        self._dicom_count = len(run.stored)
        self._take(run.stored)
        self._reasons.update(run.reasons)
        self._receipt.notes.extend(run.notes)

    def _over_https(self, todo: List[Wanted], stack: Optional[Stack] = None) -> None:
        run = Download(self._client, todo, meter=self._meter, token=self._token, stack=stack)
        run.run()
        self._https_count += len(run.arrived)
        self._take(run.arrived)
        self._reasons.update(run.failed)

    def _take(self, arrived: Mapping[str, Arrived]) -> None:
        self._arrived.update(arrived)
        self._receipt.bytes += sum(one.size for one in arrived.values())

    def _over_https_what_is_missing(self, todo: List[Wanted]) -> None:
        """Fetch what DICOM did not bring, and tell why."""
        missing = [one for one in todo if one.orthanc_id not in self._arrived]
        if not missing or self._token.cancelled:
            return
        self._over_https(missing)
        why = f": {self._why}" if self._why else "."
        asked = self._dicom_count + len(missing)
        self._receipt.notes.append(
            f"{self._method} brought {self._dicom_count} of {asked} instances, HTTPS "
            f"{self._https_count} of the others{why}".strip()
        )

    def _over_https_what_is_new(self, plan: Plan) -> None:
        """Fetch what the server got while we were at it."""
        try:
            new = plan.newcomers()
        except OrthancConnectError as error:
            self._receipt.notes.append(
                f"The server's list could not be compared once more: {error.message}"
            )
            return
        self._meter.expect(files=len(new))
        self._over_https(new)

    def _conclude(self) -> Receipt:
        """Count what lies on disk, and account for every instance that does not."""
        self._sweep()
        receipt = self._receipt
        if self._https_count and self._method != HTTPS:
            receipt.method = f"{self._method} + {HTTPS}"
        receipt.expected = len(self._refused) + len(self._wanted)
        receipt.cancelled = self._token.cancelled
        for series, row in self._refused:
            self._lacks(series, row)
            receipt.add_failed(
                row.sop_instance_uid or row.series_instance_uid or "(empty)", row.reason, row.hint
            )
            self._rows(row)
        uids = Counter(one.sop_instance_uid for one in self._wanted)
        for one in self._wanted:
            row = self._row(one)
            result = self.results.setdefault(one.series_orthanc_id, SeriesResult())
            result.expected += 1
            result.verified += row.verified
            receipt.verified += row.verified
            if row.outcome == FAILED:
                is_twin = uids[one.sop_instance_uid] > 1
                item = one.sop_instance_uid + f" ({one.orthanc_id})" * is_twin
                receipt.add_failed(item, row.reason, row.hint)
                self._lacks(one.series_orthanc_id, row)
            elif row.outcome != NOT_REACHED:
                is_old = row.outcome == ALREADY_THERE
                receipt.add_stored(already=is_old)
                result.already_stored += is_old
                result.stored += not is_old
            self._rows(row)
        receipt.seconds = time.monotonic() - self._began
        self._meter.finish()
        return receipt

    def _row(self, one: Wanted) -> InstanceRow:
        """Return what became of an instance."""
        of = one.series_instance_uid, one.study_instance_uid, one.orthanc_id
        arrived = self._arrived.get(one.orthanc_id)
        if arrived is not None and _is_there(arrived):
            return InstanceRow(
                one.sop_instance_uid,
                ALREADY_THERE if one.orthanc_id in self._there else ARRIVED,
                *(arrived.is_verified, arrived.method, arrived.size, "", "", *of),
                str(arrived.wanted.path),
            )
        why = self._reasons.get(one.orthanc_id)
        if why is None and self._token.cancelled:
            return InstanceRow(one.sop_instance_uid, NOT_REACHED, False, "", 0, "", "", *of)
        why = why or ("It did not come, and no reason was given.", "Try again.")
        return InstanceRow(one.sop_instance_uid, FAILED, False, "", 0, *why, *of)

    def _lacks(self, series: str, row: InstanceRow) -> None:
        """Note why something of a series is not there; the first reason stays."""
        result = self.results.setdefault(series, SeriesResult())
        if not result.reason:
            result.reason, result.hint = row.reason, row.hint


def _by_dicom(method: str) -> str:
    """Return how to retrieve; raises MissingDependencyError before anything is done."""
    try:
        from ..dimse import services  # noqa: F401  # asks for pynetdicom
    except MissingDependencyError:
        if method != AUTOMATIC:
            raise
        return HTTPS
    return C_GET if method == AUTOMATIC else method


def _is_there(arrived: Arrived) -> bool:
    try:
        return arrived.wanted.path.stat().st_size == arrived.size
    except OSError:
        return False
