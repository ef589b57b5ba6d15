"""Whether the server has a file's very bytes: by the MD5 that Orthanc notes, or by reading back."""

from __future__ import annotations

import hashlib
import threading
from typing import BinaryIO, NamedTuple

from .errors import OperationCancelled
from .patience import Patience
from .rest import OrthancClient

_BLOCK = 256 * 1024


class Verdict(NamedTuple):
    """What the comparison showed.

    Attributes
    ----------
    same : bool
        Whether the server has these very bytes.
    how : str
        What was compared, for people.
    """

    same: bool
    how: str


def compare(
    client: OrthancClient,
    patience: Patience,
    stopped: threading.Event,
    orthanc_id: str,
    md5: str,
    size: int,
) -> Verdict:
    """Compare a file with what the server has of it.

    Parameters
    ----------
    orthanc_id : str
        Orthanc's identifier of the instance.
    md5 : str
        Of the file that was sent, or that is to be compared, as hexadecimal digits.
    size : int
        Its bytes.

    Raises
    ------
    NotFoundError
        The server has it no longer.
    OperationCancelled
        The upload was stopped.
    OrthancConnectError
        As of `OrthancClient`.

    Notes
    -----
    ``GET /instances/{id}/attachments/dicom/md5``. Where the server keeps no MD5
    (``StoreMD5ForAttachments``), the size, and if that is the same, the file itself is read back.
    """
    stored = patience.persist(lambda: client.stored_md5(orthanc_id))
    if stored:
        return Verdict(stored == md5, "the MD5 that the server keeps")
    if patience.persist(lambda: client.stored_size(orthanc_id)) != size:
        return Verdict(False, "the size")

    def read_back() -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for block in client.download_instance(orthanc_id):
            if stopped.is_set():
                raise OperationCancelled()
            digest.update(block)
        return digest.hexdigest()

    return Verdict(patience.persist(read_back) == md5, "the file read back")


def md5_of(stream: BinaryIO, stopped: threading.Event) -> str:
    """Return the MD5 of what is left of a stream, as hexadecimal digits.

    Raises
    ------
    OperationCancelled
        The upload was stopped.
    """
    digest = hashlib.md5(usedforsecurity=False)
    while True:
        block = stream.read(_BLOCK)
        if not block:
            return digest.hexdigest()
        if stopped.is_set():
            raise OperationCancelled()
        digest.update(block)
