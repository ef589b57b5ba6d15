"""What the server acknowledged, compared with what it lists: an answer alone proves nothing.

An answer may name another instance or none, a script may take away what was stored, and an
instance whose answer was lost may be there. So each file's claim, Orthanc's identifier as it is
computed here, is looked for in the server's own list, asked for once a study, or once for many
small ones.
"""

from __future__ import annotations

import threading
from typing import List, NamedTuple, Optional, Set, Tuple

from ..orthanc.client import OrthancClient
from ..orthanc.retry import Patience
from ..scan.files import FoundFile
from ..shared.errors import NotFoundError, OperationCancelled, OrthancConnectError

#: So many claims are looked for together, at the most: each is some 1.5 KB here.
MOST_CLAIMS = 8_000


class Claim(NamedTuple):
    """One file that is at the server, as far as was said.

    Attributes
    ----------
    number, file
        As of the ledger.
    orthanc_id : str
        The instance, as it is computed, or else as the server called it.
    answered : str
        As the server called it; may be empty.
    study : str
        Orthanc's identifier of the study.
    study_instance_uid, sop_instance_uid : str
        As they were sent; empty where only the server knows them.
    is_doubtful : bool
        Whether the server did not acknowledge it: its answer may have been lost.
    """

    number: int
    file: FoundFile
    orthanc_id: str
    answered: str
    study: str
    study_instance_uid: str
    sop_instance_uid: str
    is_doubtful: bool = False


class Claims:
    """The claims that were not looked for yet; any thread may add.

    Parameters
    ----------
    client : OrthancClient
        The server.
    patience : Patience
        Bears its faults.
    """

    def __init__(self, client: OrthancClient, patience: Patience) -> None:
        self._client = client
        self._patience = patience
        self._lock = threading.Lock()
        self._claims: List[Claim] = []
        #: Why the server could not be asked, if so.
        self.fault: Optional[OrthancConnectError] = None

    def add(self, claim: Claim) -> None:
        """Take a claim."""
        with self._lock:
            self._claims.append(claim)

    @property
    def are_many(self) -> bool:
        """Whether they should be looked for now."""
        return len(self._claims) >= MOST_CLAIMS

    def settle(self) -> List[Tuple[Claim, bool]]:
        """Return each claim and whether it holds, and forget them.

        Where the server can't be asked, what it acknowledged by the right name holds.

        Raises
        ------
        OperationCancelled
            The upload was stopped; nothing is forgotten.
        """
        with self._lock:
            claims = list(self._claims)
        there: Optional[Set[str]] = None
        try:
            if claims and self.fault is None:
                there = self._listed(claims)
        except OperationCancelled:
            raise
        except OrthancConnectError as error:
            self.fault = error
        with self._lock:
            del self._claims[: len(claims)]
        if there is None:
            return [(one, not one.is_doubtful and one.answered == one.orthanc_id) for one in claims]
        return [(one, one.orthanc_id in there) for one in claims]

    def _listed(self, claims: List[Claim]) -> Set[str]:
        """Return Orthanc's identifiers of what the server has of the claims' studies."""
        there: Set[str] = set()
        uids = {one.study_instance_uid for one in claims}
        if len(uids) > 1:
            find = self._client.find_uids
            for series in self._patience.persist(
                lambda: list(find("Series", uids, "StudyInstanceUID"))
            ):
                there.update(series.get("Instances", ()))
        # The answer may be cut (LimitFindResults): this one is not.
        for study in {one.study for one in claims if one.orthanc_id not in there}:
            there.update(self._instances(study))
        return there

    def _instances(self, study: str) -> List[str]:
        try:
            return self._patience.persist(lambda: list(self._client.study_instances(study)))
        except NotFoundError:
            return []
