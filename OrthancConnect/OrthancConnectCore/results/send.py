"""Sends results that wait on the disk to their studies, and sees that they are there.

What is sent is known by its UIDs (`versions`): a sending that was cut goes on where it was, the
same result is not sent twice, and a changed one becomes a new series that names the one it
replaces. A result leaves the disk when the server was shown to have it.
"""

from __future__ import annotations

import hashlib
import io
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional

from .. import audit
from ..files import open_file, os_reason
from ..orthanc.client import OrthancClient, StoreResult
from ..orthanc.labels import change_labels
from ..orthanc.retry import Patience
from ..shared.errors import (
    AuthenticationError,
    ConfigurationError,
    InputError,
    MissingDependencyError,
    NotFoundError,
    OperationCancelled,
    OrthancConnectError,
    RedirectRefusedError,
    TrustError,
)
from ..shared.events import CancelToken, Progress, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.receipts import ALREADY_THERE, ARRIVED, FAILED, InstanceRow, Receipt
from ..shared.results import SCENE, Result
from ..shared.upload_options import PATIENCE
from ..shared.validation import plain_text
from . import kept, scene
from .build import Built, built
from .home import Home, home_of
from .listing import REPLACED, Record, uid_of

#: What became of a result.
SENT, UNCHANGED, NOT_SENT = "sent", "unchanged", "failed"
#: Faults that every result would meet.
_FATAL = (AuthenticationError, ConfigurationError, RedirectRefusedError, TrustError)


@dataclass
class Fate:
    """What became of one result."""

    result_id: str
    #: ``sent``; ``unchanged``: the server has it, and nothing was sent; ``failed``: it still waits.
    outcome: str = NOT_SENT
    kind: str = ""
    title: str = ""
    study_orthanc_id: str = ""
    #: Of the series that holds it; empty of a scene that is no DICOM.
    series_instance_uid: str = ""
    #: Of such a scene: its number with the study.
    number: int = 0
    #: Series Instance UID of the one in whose place it came.
    replaces: str = ""
    reason: str = ""
    hint: str = ""
    #: The package that is missing for it.
    package: str = ""


@dataclass
class Sending:
    """What a sending did: its receipt, a row for each instance, and the fate of each result."""

    receipt: Receipt
    rows: List[InstanceRow] = field(default_factory=list)
    fates: List[Fate] = field(default_factory=list)

    def to_dict(self) -> Dict[str, Any]:
        """Return it as JSON-serialisable values."""
        return {
            "receipt": self.receipt.to_dict(),
            "rows": [row._asdict() for row in self.rows],
            "results": [vars(fate) for fate in self.fates],
        }


def send(
    client: OrthancClient,
    result_ids: Iterable[str],
    *,
    mark_replaced: bool = False,
    patience: float = PATIENCE,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Sending:
    """Send results that wait; no fault of one keeps the others here.

    Parameters
    ----------
    client : OrthancClient
        The server.
    result_ids : iterable of str
        Of `kept.waiting`, in this order.
    mark_replaced : bool
        Put the label ``replaced`` on the series in whose place a result comes (below Orthanc 1.12
        in metadata, `orthanc.labels`).
    patience : float
        Seconds to wait for a server that is away.
    progress, token
        As of an upload.

    Returns
    -------
    Sending
        Of a cancelled one the receipt has ``cancelled`` set.

    Raises
    ------
    AuthenticationError, TrustError, ConfigurationError, RedirectRefusedError
        The server accepts nothing from us, or we nothing from it. All that was not sent waits; the
        fact ``receipt`` tells.
    TransportError, OrthancHttpError
        The server has not answered a single time within `patience`.
    """
    run = _Run(client, mark_replaced, patience, progress, token or CancelToken())
    began = time.monotonic()
    receipt = run.sending.receipt
    try:
        for result_id in dict.fromkeys(result_ids):
            run.send(result_id)
    except OperationCancelled:
        receipt.cancelled = True
    except OrthancConnectError as error:
        error.facts["receipt"] = receipt.to_dict()
        raise
    finally:
        receipt.seconds = round(time.monotonic() - began, 3)
        run.meter.finish()
    return run.sending


class _Run:
    """One sending."""

    def __init__(
        self,
        client: OrthancClient,
        mark_replaced: bool,
        patience: float,
        progress: ProgressCallback,
        token: CancelToken,
    ) -> None:
        self.sending = Sending(Receipt("send", method="REST"))
        self.meter = ProgressMeter("send", progress)
        self._client, self._token, self._progress = client, token, progress
        self._mark_replaced = mark_replaced
        stopped = threading.Event()
        token.on_cancel(stopped.set)
        self._patience = Patience(
            stopped, client.system, patience, self._tell_waiting, client.answered
        )

    def _tell_waiting(self) -> None:
        absence = self._patience.absence
        if absence is not None:
            self._progress(Progress("waiting", 0, 0, details=absence.details()))

    def send(self, result_id: str) -> None:
        """Send one result; a fault that others would not meet is its fate."""
        fate = Fate(result_id)
        self.sending.fates.append(fate)
        own = Receipt("send", method="REST")
        try:
            self._token.raise_if_cancelled()
            with audit.transfer("send", self._client.profile, self._client) as deed:
                deed.receipt = own
                deed.facts["result"] = result_id
                self._send(fate, own, deed)
        except OrthancConnectError as error:
            fate.outcome, fate.reason, fate.hint = NOT_SENT, error.message, error.hint
            if isinstance(error, MissingDependencyError):
                fate.package = str(error.facts.get("package") or "")
            own.expected = max(own.expected, 1)
            is_cancelled = isinstance(error, OperationCancelled)
            if not is_cancelled:
                own.add_failed(fate.title or result_id, error.message, error.hint)
            never = self._patience.given_up is not None and not self._patience.reached
            if is_cancelled or never or _is_fatal(error):
                raise
        finally:
            self.sending.receipt.include(own)

    def _send(self, fate: Fate, own: Receipt, deed: audit.Deed) -> None:
        with kept.taken(fate.result_id) as entry:
            result = entry.result
            assert result is not None
            fate.kind, fate.title = result.kind, plain_text(result.title, 200)
            deed.facts["kind"] = result.kind
            try:
                self._send_home(entry, result, fate, own, deed)
            except NotFoundError:  # deleted meanwhile: the study, the series, or an image of it
                self._patience.persist(lambda: home_of(self._client, result))
                raise
            fate.outcome = SENT if own.stored else UNCHANGED
            if fate.outcome == UNCHANGED:
                own.notes.append(f"{fate.title}: the server has it already; nothing was sent.")
            kept.discard(fate.result_id)

    def _send_home(
        self, entry: kept.Kept, result: Result, fate: Fate, own: Receipt, deed: audit.Deed
    ) -> None:
        home = self._patience.persist(lambda: home_of(self._client, result))
        fate.study_orthanc_id = home.orthanc_id
        deed.studies = [home.orthanc_id]
        if result.source.patient_id.rstrip() not in ("", home.patient_id):
            own.notes.append(
                f"{fate.title}: the server has this study of another patient ID than here; "
                "the server's was taken."
            )
        if result.kind == SCENE and not result.files:
            self._send_scene(entry.folder / result.file, result, fate, own, home)
        else:
            self._send_series(entry.folder, result, fate, own, home)
            deed.facts["series_instance_uid"] = fate.series_instance_uid

    def _send_scene(self, path: Path, result: Result, fate: Fate, own: Receipt, home: Home) -> None:
        own.expected = 1
        self.meter.expect(files=1)
        stored = scene.keep(
            *(self._client, home.orthanc_id, path, result),
            patience=self._patience,
            meter=self.meter,
            token=self._token,
        )
        fate.number = stored.number
        own.add_stored(0 if stored.already else result.size, stored.already)
        own.verified += 1
        self.meter.add(files=1)

    def _send_series(
        self, folder: Path, result: Result, fate: Fate, own: Receipt, home: Home
    ) -> None:
        series = self._patience.persist(
            lambda: built(self._client, folder, result, home, self._token)
        )
        fate.series_instance_uid = series.series_instance_uid
        fate.replaces = uid_of(series.replaced) if series.replaced is not None else ""
        own.expected = len(series.files)
        self.meter.expect(len(series.files), sum(path.stat().st_size for path in series.files))
        there = home.find(series.series_instance_uid)
        known = set(there.get("Instances", ())) if there is not None else set()
        for path in series.files:
            self._token.raise_if_cancelled()
            self._store(path, series, home, known, own)
        if self._mark_replaced and series.replaced is not None:
            self._mark(series.replaced, own)

    def _store(
        self, path: Path, series: Built, home: Home, known: Iterable[str], own: Receipt
    ) -> None:
        """Store one instance, and see that the server has it as it was sent."""
        content = _content(path)
        body = scene.SentBody(io.BytesIO(content), len(content), self.meter, self._token)
        instance, uid = series.instance_uid(path), series.series_instance_uid
        orthanc_id = home.orthanc_id_of(uid, instance)
        row = InstanceRow(
            instance,
            FAILED,
            method="REST",
            bytes=len(content),
            series_instance_uid=uid,
            study_instance_uid=home.study_instance_uid,
            orthanc_id=orthanc_id,
        )
        tries = 0

        def upload() -> StoreResult:
            nonlocal tries
            tries += 1
            body.rewind()
            return self._client.upload_instance(body)

        try:
            already = orthanc_id in known
            if not already:
                stored = self._patience.persist(upload)
                already = stored.already_stored
                if stored.orthanc_id != orthanc_id:
                    raise OrthancConnectError(
                        "The server acknowledged another instance than was sent.", _SCRIPT
                    )
            verified = self._patience.persist(lambda: self._has(orthanc_id, content))
            if not (verified or already):
                raise OrthancConnectError(
                    "The server has the instance with other content than it was sent.", _SCRIPT
                )
        except OrthancConnectError as error:
            self.sending.rows.append(row._replace(reason=error.message, hint=error.hint))
            raise
        if tries > 1 and verified:  # an earlier try has stored it, and its answer was lost
            already = False
        own.add_stored(0 if already else len(content), already)
        own.verified += verified
        outcome = ALREADY_THERE if already else ARRIVED
        self.sending.rows.append(row._replace(outcome=outcome, verified=verified))
        self.meter.add(1, len(content) if orthanc_id in known else 0, instance)

    def _has(self, orthanc_id: str, content: bytes) -> bool:
        """Return whether the server has an instance with this content."""
        md5 = hashlib.md5(content).hexdigest()
        try:
            noted = self._client.stored_md5(orthanc_id)
            if noted:
                return noted == md5
            digest = hashlib.md5()
            for block in self._client.download_instance(orthanc_id, len(content)):
                digest.update(block)
            return digest.hexdigest() == md5
        except NotFoundError as error:
            raise OrthancConnectError(
                "The server acknowledged the instance and does not have it.", _SCRIPT
            ) from error

    def _mark(self, replaced: Record, own: Receipt) -> None:
        try:
            self._patience.persist(
                lambda: change_labels(self._client, ("Series", replaced["ID"]), [REPLACED])
            )
        except OperationCancelled:
            raise
        except OrthancConnectError as error:
            own.add_unmarked(uid_of(replaced), error.message, error.hint)


_SCRIPT = "Look at the server's log: a script there may change what comes."


def _is_fatal(error: OrthancConnectError) -> bool:
    return isinstance(error, _FATAL) and not isinstance(error, MissingDependencyError)


def _content(path: Path) -> bytes:
    try:
        stream, _size = open_file(str(path))
        with stream:
            return stream.read()
    except OSError as error:
        raise InputError(
            f"The file {path.name} of the result can't be used: {os_reason(error)}.",
            "Send it again.",
        ) from error
