"""Retrieve series into a folder: by C-GET, C-MOVE or HTTPS, counted against the server's own list.

Nothing counts as arrived because a call succeeded: files on disk are counted, and what is missing
is fetched over HTTPS. The receipt tells which way how many came.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Collection, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple, Union

from ..orthanc.client import OrthancClient
from ..shared.errors import DimseError, InputError, OperationCancelled, OrthancConnectError
from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.profile import HTTPS, RETRIEVE_METHODS, ServerProfile
from ..shared.receipts import Receipt
from ..shared.series import Selection, SeriesTarget
from ..shared.validation import plain_text
from .files import Wanted, files_in, holds_instance, prepare_folder
from .https import Download
from .plan import newly_arrived, plan_of, targets_of

__all__ = ["Selection", "SeriesTarget", "retrieve", "targets_of"]


def retrieve(
    profile: ServerProfile,
    client: OrthancClient,
    targets: Sequence[SeriesTarget],
    folder: Union[str, Path],
    *,
    method: Optional[str] = None,
    only: Optional[Mapping[str, Iterable[str]]] = None,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Receipt:
    """Fetch series into ``folder/<study>/<series>/<instance>.dcm``.

    Parameters
    ----------
    profile : ServerProfile
        The server.
    client : OrthancClient
        Its REST side: the list to compare with, and the way for what did not come by DICOM.
    targets : sequence of SeriesTarget
        From `targets_of` or from a query; without a study's UID, that folder is left out.
    folder : str or Path
        Made when it is not there. Instances that it holds already are kept.
    method : str, optional
        ``C-GET``, ``C-MOVE`` or ``HTTPS``; the profile's when left out.
    only : mapping of str to iterable of str, optional
        Series Instance UID → SOP Instance UIDs to fetch, for each target; what else the server has
        or gets is left alone then. All of the series when left out.
    progress : callable
        Told of instances and bytes, in the calling thread.
    token : CancelToken, optional
        Stops it, within a file as well; the receipt is then a partial one.

    Returns
    -------
    Receipt
        `Receipt.verified` counts files on disk after all was done; `Receipt.method` is joined by
        `` + HTTPS`` where that fetched what DICOM had not brought, and a note tells why.

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
    run = _Retrieve(profile, client, folder, method, progress, token)
    return run.run(targets, only)


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
    ) -> None:
        self._profile = profile
        self._client = client
        self._method = method or profile.retrieve_method
        if self._method not in RETRIEVE_METHODS:
            raise InputError(
                f"There is no retrieve method {plain_text(self._method, 40)!r}.",
                "Use C-GET, C-MOVE or HTTPS.",
            )
        if self._method != HTTPS:
            from ..dimse import services  # noqa: F401  # asks for pynetdicom before anything is done
        self._token = token or CancelToken()
        self._root = prepare_folder(folder)
        self._began = time.monotonic()
        self._meter = ProgressMeter("retrieve", progress)
        self._receipt = Receipt("retrieve", method=self._method, location=str(self._root))
        self._wanted: List[Wanted] = []
        self._whole: Set[Path] = set()
        self._reasons: Dict[Path, Tuple[str, str]] = {}
        self._why = ""
        self._dicom_count = self._https_count = 0

    def run(
        self, targets: Sequence[SeriesTarget], only: Optional[Mapping[str, Iterable[str]]]
    ) -> Receipt:
        if self._token.cancelled:
            return self._conclude({})
        self._wanted = plan_of(self._client, targets, self._root, self._receipt, only)
        there = _already_there(self._wanted)
        self._whole.update(there)
        self._meter.expect(files=len(self._wanted), size=sum(one.size for one in self._wanted))
        self._meter.add(files=len(there), size=sum(there.values()))
        todo = [one for one in self._wanted if one.path not in there]
        if self._method == HTTPS:
            self._over_https(todo)
        else:
            self._over_dicom(todo, there)
        if only is None:
            self._compare()
        return self._conclude(there)

    def _over_dicom(self, todo: List[Wanted], there: Mapping[Path, int]) -> None:
        if not todo or self._token.cancelled:
            return
        from .dicom import DicomRetrieve

        partly = {one.series_instance_uid for one in self._wanted if one.path in there}
        run = DicomRetrieve(self._profile, todo, partly, self._meter, self._token)
        try:
            run.run(self._method)
            self._why = run.last_words
        except OperationCancelled:
            pass  # the receipt tells
        except DimseError as error:
            self._why = f"{error.message} {error.hint}"
        self._dicom_count = len(run.stored)
        self._whole.update(run.stored)
        self._receipt.bytes += sum(run.stored.values())
        self._reasons.update(run.reasons)

    def _over_https(self, todo: List[Wanted]) -> None:
        run = Download(self._client, todo, meter=self._meter, token=self._token)
        run.run()
        self._https_count += len(run.stored)
        self._whole.update(run.stored)
        self._receipt.bytes += sum(run.stored.values())
        self._reasons.update(run.failed)

    def _compare(self) -> None:
        """Fetch over HTTPS what is not there, and what the server got while we were at it."""
        if self._token.cancelled:
            return
        series = {one.series_instance_uid for one in self._wanted}
        try:
            inventory = self._client.inventory(series)
        except OrthancConnectError as error:
            self._receipt.notes.append(
                f"The server's list could not be compared once more: {error.message}"
            )
            inventory = {}
        new = newly_arrived(self._wanted, inventory)
        self._wanted.extend(new)
        self._meter.expect(files=len(new))
        self._whole.intersection_update(_on_disk(self._wanted))
        fetched_before = self._method == HTTPS
        candidates = new if fetched_before else self._wanted
        missing = [one for one in candidates if one.path not in self._whole]
        before = self._https_count
        self._over_https(missing)
        if not fetched_before and missing:
            self._note(len(missing), self._https_count - before)

    def _note(self, missing: int, fetched: int) -> None:
        why = f": {self._why}" if self._why else "."
        asked = self._dicom_count + missing
        self._receipt.notes.append(
            f"{self._method} brought {self._dicom_count} of {asked} instances, HTTPS {fetched} "
            f"of the others{why}".strip()
        )
        if fetched:
            self._receipt.method = f"{self._method} + {HTTPS}"

    def _conclude(self, there: Collection[Path]) -> Receipt:
        """Count what lies on disk, and account for every instance that does not."""
        receipt = self._receipt
        receipt.expected += len(self._wanted)
        receipt.cancelled = self._token.cancelled
        on_disk = _on_disk(self._wanted)
        for one in self._wanted:
            uid = one.sop_instance_uid
            if one.path in self._whole and one.path in on_disk:
                receipt.verified += 1
                receipt.add_stored(already=one.path in there)
            elif one.path in self._reasons:
                receipt.add_failed(uid, *self._reasons[one.path])
            elif not receipt.cancelled:
                receipt.add_failed(uid, "It did not come, and no reason was given.", "Try again.")
        receipt.seconds = time.monotonic() - self._began
        self._meter.finish()
        return receipt


def _already_there(wanted: Sequence[Wanted]) -> Dict[Path, int]:
    """Return the whole files that are there before anything is fetched."""
    on_disk = _on_disk(wanted)
    return {
        one.path: on_disk[one.path]
        for one in wanted
        if one.path in on_disk and holds_instance(one, on_disk[one.path])
    }


def _on_disk(wanted: Sequence[Wanted]) -> Dict[Path, int]:
    """Return the files that are there, with their sizes; each folder is read once."""
    found: Dict[Path, int] = {}
    for folder in dict.fromkeys(one.path.parent for one in wanted):
        for uid, size in files_in(folder).items():
            found[folder / f"{uid}.dcm"] = size
    return found
