"""The studies of an upload: which they are, and the labels and metadata that are put on them."""

from __future__ import annotations

import re
import threading
from typing import Dict, Iterable, List, Optional

from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import study_orthanc_id
from ..orthanc.retry import Patience
from ..scan.files import FoundFile
from ..shared.errors import InputError, OperationCancelled, OrthancConnectError
from ..shared.receipts import Receipt
from ..shared.upload_options import UploadOptions

#: Orthanc's first version with labels.
_LABELS_SINCE = (1, 12)


def study_of(file: FoundFile) -> str:
    """Return Orthanc's identifier of a file's study; empty where only the server can tell it."""
    identity = file.identity
    if identity is None or identity.patient_id is None:
        return ""
    return study_orthanc_id(identity.patient_id, identity.study_instance_uid)


class Studies:
    """The studies of an upload: Orthanc's identifiers, and Study Instance UIDs as far as known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: Dict[str, str] = {}
        self._last = ("", "")

    def add(self, orthanc_id: str, file: FoundFile) -> None:
        """Note the study of a file."""
        if orthanc_id and orthanc_id not in self._found:
            uid = file.identity.study_instance_uid if file.identity is not None else ""
            with self._lock:
                self._found[orthanc_id] = uid

    def add_known(self, file: FoundFile) -> None:
        """Note the study of a file that the server has."""
        identity = file.identity
        if identity is not None and identity.patient_id is not None:
            key = (identity.patient_id, identity.study_instance_uid)
            if key != self._last:
                self._last = key
                self.add(study_of(file), file)

    def found(self) -> Dict[str, str]:
        """Return Orthanc's identifier → Study Instance UID, in the order of the upload."""
        with self._lock:
            return dict(self._found)

    def first(self, count: int) -> List[Dict[str, str]]:
        """Return the first ones, as a receipt holds them."""
        rows = list(self.found().items())[:count]
        return [{"orthanc_id": name, "study_instance_uid": uid} for name, uid in rows]


def require_labels(client: OrthancClient, patience: Patience) -> None:
    """Raise InputError when the server has no labels: nothing has been sent then.

    Raises
    ------
    InputError
        The server is older than Orthanc 1.12.
    OrthancConnectError
        It does not answer.
    """
    version = patience.persist(client.system).version
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and tuple(map(int, numbers.groups())) < _LABELS_SINCE:
        raise InputError(
            f"This server is Orthanc {version}, which has no labels: they came with 1.12.",
            "Leave the labels out, or have the server brought up to date.",
        )


def mark_studies(
    client: OrthancClient,
    patience: Patience,
    studies: Dict[str, str],
    options: UploadOptions,
    receipt: Receipt,
) -> None:
    """Put the labels and metadata of the options on studies; what fails is told in the receipt.

    Parameters
    ----------
    studies : dict
        Orthanc's identifier → Study Instance UID.
    receipt : Receipt
        Gets a note, and a row for each study that stays without.
    """
    if not options.marks or not studies:
        return
    marked = 0
    for orthanc_id, uid in studies.items():
        error = _mark(client, patience, orthanc_id, options)
        if isinstance(error, OperationCancelled):
            receipt.add_unmarked("", "The upload was stopped before all studies had their labels.")
            break
        if error is None:
            marked += 1
            continue
        item = f"study {uid or orthanc_id}"
        receipt.add_unmarked(item, f"It did not get its labels. {error.message}", error.hint)
        if patience.given_up is not None:
            break
    receipt.notes.append(
        f"{_and(_things(options))} put on {marked} of {len(studies)} "
        f"{'study' if len(studies) == 1 else 'studies'}."
    )


def _mark(
    client: OrthancClient, patience: Patience, orthanc_id: str, options: UploadOptions
) -> Optional[OrthancConnectError]:
    def put() -> None:
        for label in options.labels:
            client.put_label(orthanc_id, label)
        for name, value in options.metadata:
            client.put_metadata(orthanc_id, name, value)

    try:
        patience.persist(put)
    except OrthancConnectError as error:
        return error
    return None


def _things(options: UploadOptions) -> Iterable[str]:
    if options.labels:
        yield "Labels"
    if options.metadata:
        yield "Metadata"


def _and(words: Iterable[str]) -> str:
    return " and ".join(words).capitalize()
