"""Labels and metadata on the studies of an upload."""

from __future__ import annotations

import re
from typing import Dict, Iterable, Optional

from .errors import InputError, OperationCancelled, OrthancConnectError
from .patience import Patience
from .receipts import Receipt
from .rest import OrthancClient
from .upload_options import UploadOptions

#: Orthanc's first version with labels.
_LABELS_SINCE = (1, 12)


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
