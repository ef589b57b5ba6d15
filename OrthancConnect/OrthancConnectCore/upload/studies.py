"""The studies of an upload: what the server has of them already, and what is put on them.

The server is asked once a study, never once a file: Orthanc's identifiers are computed from four
attributes (`orthanc.identifiers`), so the list of a study's instances tells of each file whether it
is there. About many small studies it is asked in one request.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import Callable, Collection, Dict, List, Mapping, Optional, Set, Tuple

from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import instance_orthanc_id, study_orthanc_id
from ..orthanc.labels import change_labels
from ..orthanc.retry import Patience
from ..scan.files import FoundFile
from ..scan.header import Identity
from ..shared.errors import InputError, NotFoundError, OperationCancelled, OrthancConnectError
from ..shared.receipts import Receipt
from ..shared.upload_options import UploadOptions

#: Studies asked for in one request.
STUDIES_A_REQUEST = 200
#: No time at all; and nanoseconds after which a file was changed later than another, not with it.
_NEVER, _LATER = float("-inf"), 60e9
_OVERWRITES = "What the server has with other content is replaced."
_MAY_OVERWRITE = (
    "What the server has with other content is replaced where OverwriteInstances lets it, which "
    "this version does not tell; else it is kept, and named."
)


class _Study:
    __slots__ = ("lock", "instances", "compared")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        #: None until the server was asked.
        self.instances: Optional[Collection[str]] = None
        #: Of each series, when the latest file was changed whose content was compared.
        self.compared: Dict[str, float] = {}

    def find(self, identity: Optional[Identity]) -> str:
        identifier = identifier_of(identity) if self.instances else None
        return identifier if identifier and identifier in (self.instances or ()) else ""


class Known:
    """The instances that the server has of the studies that an upload meets."""

    def __init__(self, client: OrthancClient, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        #: Whether the server does not tell us what it has: then all is sent, and it decides.
        self.blind = False
        self._lock = threading.Lock()
        self._studies: Dict[Tuple[str, str], _Study] = {}
        # Met by the scan, not asked for yet.
        self._pending: List[Tuple[str, str, _Study]] = []

    def expect(self, identity: Optional[Identity]) -> str:
        """Note a file's study, to be asked for with others; for the scanning thread.

        Returns Orthanc's identifier of the instance where the server is known to have it.
        """
        key = _key_of(identity)
        if key is None or key in self._studies:
            return self._studies[key].find(identity) if key is not None else ""
        with self._lock:
            study = self._studies[key] = _Study()
            self._pending.append((*key, study))
        return ""

    def find(self, identity: Optional[Identity]) -> str:
        """Return Orthanc's identifier of an instance that the server has; empty if it has it not.

        Empty as well where only the server can tell: it answers ``AlreadyStored`` then.

        Raises
        ------
        OrthancConnectError
            The server does not answer.
        OperationCancelled
            The upload was stopped.
        """
        key = _key_of(identity)
        if key is None:
            return ""
        with self._lock:
            study = self._studies.setdefault(key, _Study())
        if study.instances is None:
            with study.lock:
                if study.instances is None:
                    self._ask(*key, study)
        return study.find(identity)

    def is_sample(self, file: FoundFile, take: bool = False) -> bool:
        """Return whether the content of a file that is there has to be compared; `take` it as such.

        To compare each would cost as much as to send it. A file that was corrected is known by its
        date, and a series that was corrected by any of its files: so the first of each series is
        compared, what was changed later than that, and the rest of a series where one differs.
        """
        study = self._study_of(file)
        if study is None or file.identity is None:
            return True
        series = file.identity.series_instance_uid
        with study.lock:
            is_one = file.mtime_ns > study.compared.get(series, _NEVER) + _LATER
            if is_one and take and study.compared.get(series) != _NEVER:
                study.compared[series] = file.mtime_ns
        return is_one

    def differs(self, file: FoundFile) -> None:
        """Take note that a file is there with other content: all others of its series may be so."""
        study = self._study_of(file)
        if study is not None and file.identity is not None:
            with study.lock:
                study.compared[file.identity.series_instance_uid] = _NEVER

    def _study_of(self, file: FoundFile) -> Optional[_Study]:
        key = _key_of(file.identity)
        return self._studies.get(key) if key is not None else None

    def _ask(self, patient_id: str, study_instance_uid: str, study: _Study) -> None:
        """Ask for one study, and for all that the scan has met meanwhile."""
        with self._lock:
            batch = self._pending[:STUDIES_A_REQUEST]
            del self._pending[:STUDIES_A_REQUEST]
        batch.append((patient_id, study_instance_uid, study))
        studies = {study_orthanc_id(patient, uid): (uid, one) for patient, uid, one in batch}
        uids = {name: uid for name, (uid, _one) in studies.items()}
        there: Dict[str, Set[str]] = {}
        if not self.blind:
            try:
                there = contents(self._client, self._patience, uids)
            except OrthancConnectError as error:
                if not is_refusal(error):
                    raise
                self.blind = True
        for name, (_uid, one) in studies.items():
            one.instances = there.get(name, ())


def contents(
    client: OrthancClient, patience: Patience, studies: Mapping[str, str]
) -> Dict[str, Set[str]]:
    """Return Orthanc's identifiers of the instances that the server has of each study.

    Parameters
    ----------
    studies : mapping
        Orthanc's identifier → Study Instance UID. Of several at once (``/tools/find``) a server
        with ``LimitFindResults`` may tell a part only.

    Raises
    ------
    OrthancConnectError
        It does not answer, or does not tell.
    OperationCancelled
        The upload was stopped.
    """
    found: Dict[str, Set[str]] = {}
    if len(studies) > 1:
        find, uids = client.find_uids, set(studies.values())
        for series in patience.persist(lambda: list(find("Series", uids, "StudyInstanceUID"))):
            there = found.setdefault(series.get("ParentStudy", ""), set())
            there.update(series.get("Instances", ()))
        return found
    (name,) = studies
    with suppress(NotFoundError):
        found[name] = patience.persist(lambda: set(client.study_instances(name)))
    return found


def _key_of(identity: Optional[Identity]) -> Optional[Tuple[str, str]]:
    """Return what tells a study: patient ID and UID; None where only the server can tell it."""
    if identity is None or identity.patient_id is None:
        return None
    return identity.patient_id, identity.study_instance_uid


def is_refusal(error: OrthancConnectError) -> bool:
    """Return whether the server, or what stands before it, does not want to be asked."""
    return error.facts.get("status_code") in (400, 403, 405)


def identifier_of(identity: Optional[Identity]) -> Optional[str]:
    """Return Orthanc's identifier of an instance; None where only the server can tell it."""
    if identity is None or identity.patient_id is None:
        return None
    return instance_orthanc_id(
        identity.patient_id,
        identity.study_instance_uid,
        identity.series_instance_uid,
        identity.sop_instance_uid,
    )


def study_of(file: FoundFile) -> str:
    """Return Orthanc's identifier of a file's study; empty where only the server can tell it."""
    key = _key_of(file.identity)
    return study_orthanc_id(*key) if key is not None else ""


def require(
    client: OrthancClient,
    patience: Patience,
    options: UploadOptions,
    warn: Callable[[str], object],
) -> None:
    """Raise InputError for what the server can't do of the options: nothing has been sent then.

    `warn` is told what becomes of what the server has with other content, where that is replaced.

    Raises
    ------
    InputError
        What is there is to be replaced, and the server says that it keeps what it has.
    OrthancConnectError
        It does not answer.
    """
    if not options.overwrite:
        return
    system = patience.persist(client.system)
    if system.overwrites is False:
        raise InputError(
            "This server keeps what it has (OverwriteInstances is false): nothing can be replaced.",
            "Delete there what is to be replaced, or have the administrator change orthanc.json.",
        )
    warn(_OVERWRITES if system.overwrites else _MAY_OVERWRITE)


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
        try:
            patience.persist(partial(_mark, client, orthanc_id, options))
            marked += 1
        except OperationCancelled:
            receipt.add_unmarked("", "The upload was stopped before all studies had their labels.")
            break
        except OrthancConnectError as error:
            item = f"study {uid or orthanc_id}"
            receipt.add_unmarked(
                item, f"It did not get all of its labels and metadata. {error.message}", error.hint
            )
            if patience.given_up is not None:
                break
    both = (("labels", options.labels), ("metadata", options.metadata))
    things = [name for name, given in both if given]
    receipt.notes.append(
        f"{' and '.join(things).capitalize()} put on {marked} of {len(studies)} "
        f"{'study' if len(studies) == 1 else 'studies'}."
    )


def _mark(client: OrthancClient, orthanc_id: str, options: UploadOptions) -> None:
    if options.labels:
        change_labels(client, ("Study", orthanc_id), options.labels)
    for name, value in options.metadata:
        try:
            client.put_metadata(orthanc_id, name, value)
        except NotFoundError as error:
            raise InputError(
                f"The server has no metadata named {name}, or the study no longer.",
                "Use a number from 1024, or a name of UserMetadata in orthanc.json.",
            ) from error
