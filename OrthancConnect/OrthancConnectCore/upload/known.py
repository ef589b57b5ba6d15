"""What the server has already: asked once a study, never once a file.

Orthanc's identifiers are computed from four attributes (`orthanc.identifiers`), so the list of a
study's instances tells of each file whether it is there. Of many new studies at once it is first
asked which are there at all, in one request.
"""

from __future__ import annotations

import threading
from typing import Dict, FrozenSet, List, Optional, Tuple

from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import instance_orthanc_id, study_orthanc_id
from ..orthanc.retry import Patience
from ..scan.header import Identity
from ..shared.errors import NotFoundError, OrthancConnectError

#: Studies asked for in one request.
STUDIES_A_REQUEST = 200
_NOTHING: FrozenSet[int] = frozenset()


class _Study:
    """One study: `instances` is None until the server was asked; numbers made of identifiers."""

    __slots__ = ("lock", "instances")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.instances: Optional[FrozenSet[int]] = None


class Known:
    """The instances that the server has of the studies that an upload meets.

    Parameters
    ----------
    client : OrthancClient
        The server.
    patience : Patience
        Bears its faults.

    Attributes
    ----------
    blind : bool
        Whether the server does not tell us what it has: then all is sent, and it decides.
    """

    def __init__(self, client: OrthancClient, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self.blind = False
        self._lock = threading.Lock()
        self._studies: Dict[Tuple[Optional[str], str], _Study] = {}
        # Met by the scan, not asked for yet.
        self._pending: List[Tuple[str, str, _Study]] = []

    def expect(self, identity: Optional[Identity]) -> Optional[str]:
        """Note a file's study, to be asked for; for the scanning thread, which waits for nothing.

        Returns
        -------
        str or None
            Orthanc's identifier of the file's instance where the server is known to have it.
        """
        if identity is None or identity.patient_id is None:
            return None
        key = (identity.patient_id, identity.study_instance_uid)
        study = self._studies.get(key)
        if study is None:
            with self._lock:
                study = self._studies[key] = _Study()
                self._pending.append((*key, study))
            return None
        return _identifier_within(study.instances, identity) if study.instances else None

    def find(self, identity: Optional[Identity]) -> Optional[str]:
        """Return Orthanc's identifier of an instance that the server has; None if it has it not.

        None as well where only the server can tell: it answers ``AlreadyStored`` then.

        Raises
        ------
        OrthancConnectError
            The server does not answer.
        OperationCancelled
            The upload was stopped.
        """
        if identity is None or identity.patient_id is None:
            return None
        key = (identity.patient_id, identity.study_instance_uid)
        with self._lock:
            study = self._studies.setdefault(key, _Study())
        if study.instances is None:
            if study.lock.locked():
                self._client.connect()  # another thread asks: so this one is ready when it is told
            with study.lock:
                if study.instances is None:
                    self._ask(*key, study)
        return _identifier_within(study.instances, identity) if study.instances else None

    def _ask(self, patient_id: str, study_instance_uid: str, study: _Study) -> None:
        """Ask for one study, or for all that the scan has met meanwhile."""
        with self._lock:
            batch = self._pending[:STUDIES_A_REQUEST]
            del self._pending[:STUDIES_A_REQUEST]
        identifier = study_orthanc_id(patient_id, study_instance_uid)
        others = [entry for entry in batch if entry[2] is not study]
        instances = _NOTHING
        if not self.blind:
            try:
                if others:
                    wanted = {uid for _patient, uid, _study in batch} | {study_instance_uid}
                    present = self._patience.persist(lambda: self._client.present_studies(wanted))
                    for patient, uid, other in others:
                        if study_orthanc_id(patient, uid) not in present:
                            other.instances = _NOTHING
                if not others or identifier in present:
                    instances = self._patience.persist(
                        lambda: frozenset(map(_number, self._client.study_instances(identifier)))
                    )
            except NotFoundError:
                pass
            except OrthancConnectError as error:
                if not _is_refusal(error):
                    raise
                self.blind = True
        study.instances = instances


def _is_refusal(error: OrthancConnectError) -> bool:
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


def _identifier_within(instances: FrozenSet[int], identity: Identity) -> Optional[str]:
    identifier = identifier_of(identity)
    return identifier if identifier and _number(identifier) in instances else None


def _number(identifier: str) -> int:
    """Return 64 of an identifier's 160 bits: a study's instances are told apart by far fewer."""
    try:
        return int(identifier[:17].replace("-", ""), 16)
    except ValueError:
        return -1  # nothing that Orthanc makes
