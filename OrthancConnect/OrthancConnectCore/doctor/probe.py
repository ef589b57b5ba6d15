"""Who speaks DICOM for the doctor: pynetdicom in this process, or the caller in another one."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future, InvalidStateError, TimeoutError
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

from ..shared.errors import DimseError, OperationCancelled, error_from_dict
from ..shared.events import CancelToken
from ..shared.profile import C_GET, C_MOVE, ServerProfile
from .instance import EXPLICIT, IMPLICIT, Sample, new_uid

if TYPE_CHECKING:
    from ..dimse.listener import StorageListener


class PynetdicomProbe:
    """Asks by pynetdicom.

    What does not come about raises `DimseError` (or another `OrthancConnectError`); its fact
    `refused` tells a refusal from a fault.

    Raises
    ------
    MissingDependencyError
        pynetdicom is not installed.
    """

    def __init__(self, profile: ServerProfile, token: CancelToken) -> None:
        from ..dimse import services
        from ..dimse.arrivals import GENEROUS, Arrivals, by_uid

        self._dimse = services
        self._profile = profile
        self._token = token
        self._places: Dict[str, Path] = {}
        self._arrivals = Arrivals(by_uid(self._places), token, GENEROUS)
        self._folder: Optional[Path] = None

    def find_one(self, sample: Optional[Sample]) -> int:
        """Query at IMAGE level for the sample, at STUDY level for a UID that nobody has; count."""
        query = {"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": new_uid()}
        if sample is not None:
            query = {
                "QueryRetrieveLevel": "IMAGE",
                "StudyInstanceUID": sample.study_instance_uid,
                "SeriesInstanceUID": sample.series_instance_uid,
                "SOPInstanceUID": sample.sop_instance_uid,
            }
        with self._dimse.FindLink(self._profile, self._token) as link:
            return len(list(link.find(query, limit=2)))

    def end_of_studies(self, uids: Sequence[str]) -> Optional[int]:
        """Query for studies; return after how many the server ended its answer, None for all."""
        query: Dict[str, Union[str, List[str]]] = {
            "QueryRetrieveLevel": "STUDY",
            "StudyInstanceUID": list(uids),
        }
        with self._dimse.FindLink(self._profile, self._token) as link:
            found = len(list(link.find(query)))
        return found if link.cut else None

    def get_one(self, sample: Sample, folder: Path) -> Optional[Path]:
        """Retrieve the sample by C-GET; return the file, None if nothing came."""
        from ..dimse.arrivals import GENEROUS, Arrivals, by_uid

        path = folder / f"get-{sample.sop_instance_uid}.dcm"
        syntaxes = [sample.transfer_syntax] if sample.transfer_syntax else [EXPLICIT, IMPLICIT]
        arrivals = Arrivals(by_uid({sample.sop_instance_uid: path}), self._token, GENEROUS)
        outcomes = self._dimse.fetch(
            self._profile,
            C_GET,
            [self._request(sample)],
            arrivals,
            storage=[(sample.sop_class_uid, syntax) for syntax in syntaxes],
            token=self._token,
        )
        if sample.sop_instance_uid in arrivals.stored:
            return path
        _raise_failure("C-GET", outcomes)
        return None

    def move_one(self, sample: Sample, destination: str) -> int:
        """Have the sample sent by C-MOVE to the profile's storage AE title; return how many."""
        if self._folder is not None:
            name = f"move-{sample.sop_instance_uid}.dcm"
            self._places[sample.sop_instance_uid] = self._folder / name
        outcomes = self._dimse.fetch(
            self._profile, C_MOVE, [self._request(sample)], self._arrivals, token=self._token
        )
        arrived = sample.sop_instance_uid in self._arrivals.stored
        if self._folder is None or not arrived:  # a listener elsewhere: the server's word counts
            _raise_failure("C-MOVE", outcomes)
        return int(arrived or self._folder is None)

    def _request(self, sample: Sample) -> Any:
        return self._dimse.SeriesRequest(
            sample.study_instance_uid, sample.series_instance_uid, (sample.sop_instance_uid,)
        )

    def listener(self, folder: Path) -> StorageListener:
        """Return a listener that puts what comes into a folder; `ListenerError` on entering it."""
        from ..dimse.listener import StorageListener

        self._folder = folder
        return StorageListener(self._profile, self._arrivals)


def _raise_failure(service: str, outcomes: List[Any]) -> None:
    for outcome in outcomes:
        if outcome.status != 0:
            raise DimseError(
                f"{service}: {outcome.text}.",
                "Look at the server's log for the reason.",
                refused=False,
                cause="status",
                status=outcome.status,
            )


class CallerProbe:
    """Lets the caller, in another process, do the DICOM part: Slicer, with ctk.

    `ask` gets ``{"step": "find" | "get" | "move", "sample": … | None, "folder": …}`` and returns at
    once; within `patience` seconds the answer is to come through `answer`.
    """

    def __init__(
        self, ask: Callable[[Dict[str, Any]], None], token: CancelToken, patience: float
    ) -> None:
        self._ask = ask
        self._token = token
        self._patience = patience
        self._one_at_a_time = threading.Lock()
        self._step = ""
        self._answered: Future[Mapping[str, Any]] = Future()

    def answer(self, step: str, result: Mapping[str, Any]) -> None:
        """Take the caller's answer to a step.

        It is ``{"error": OrthancConnectError.to_dict()}``, or ``{"matches": int}`` for ``find``,
        ``{"path": str | None}`` for ``get``, ``{"sent": int}`` for ``move``.
        """
        if step == self._step:
            with suppress(InvalidStateError):  # it comes too late, or twice
                self._answered.set_result(result)

    def find_one(self, sample: Optional[Sample]) -> int:
        """Let the caller query."""
        return int(self._wait_for("find", sample).get("matches") or 0)

    def end_of_studies(self, uids: Sequence[str]) -> Optional[int]:
        """Return nothing: the caller is asked only for what it does by itself."""
        return None

    def get_one(self, sample: Sample, folder: Path) -> Optional[Path]:
        """Let the caller retrieve by C-GET."""
        path = self._wait_for("get", sample, folder=str(folder)).get("path")
        return Path(str(path)) if path else None

    def move_one(self, sample: Sample, destination: str) -> int:
        """Let the caller retrieve by C-MOVE."""
        return int(self._wait_for("move", sample, destination=destination).get("sent") or 0)

    def listener(self, folder: Path) -> None:
        """Start none: the caller's program has one of its own."""

    def _wait_for(self, step: str, sample: Optional[Sample], **more: str) -> Mapping[str, Any]:
        question = {"step": step, "sample": asdict(sample) if sample else None, **more}
        with self._one_at_a_time:
            self._step, self._answered = step, Future()
            self._token.on_cancel(self._answered.cancel)
            self._ask(question)
            try:
                result = self._answered.result(self._patience)
            except CancelledError:
                raise OperationCancelled() from None
            except TimeoutError:
                raise DimseError(
                    f"Nothing came of the {step} within {self._patience:g} s.",
                    "Try again; if it stays so, look at Slicer's log.",
                    refused=False,
                    cause="timeout",
                ) from None
        if result.get("error"):
            raise error_from_dict(result["error"])
        return result


#: Who asks the server over DICOM.
DicomProbe = Union[PynetdicomProbe, CallerProbe]
