"""The DICOM steps of a check-up, done by ctk: the worker asks, Slicer does and answers."""

from __future__ import annotations

import os
import shutil
import uuid
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, Mapping, Optional

from OrthancConnectCore.shared.errors import DimseError, InputError, OrthancConnectError
from OrthancConnectCore.shared.profile import C_GET, C_MOVE, ServerProfile
from OrthancConnectCore.shared.query import QueryFilters, QueryResult

from ..database import open_database
from .jobs import Scratch
from .services import CtkDimse

Answer = Callable[[Mapping[str, Any]], None]


class CtkProbe:
    """Does what `OrthancConnectCore.doctor.probe.CallerProbe` asks for, one step at a time.

    A C-GET goes into a database of its own. A C-MOVE ends in Slicer's, where the listener puts what
    it gets; the doctor's own instance is taken out again.
    """

    def __init__(self, profile: ServerProfile) -> None:
        self._profile = profile
        self._dimse: Optional[CtkDimse] = None
        self._scratches: List[Scratch] = []

    def do(self, question: Mapping[str, Any], answer: Answer) -> None:
        """Do a step; `answer` gets ``{"error": …}`` or what the step found."""
        steps = {"find": self._find, "get": self._get, "move": self._move}
        step = steps.get(str(question.get("step")))
        if step is None:
            answer(_error(InputError("This step of the check-up is not known.", "Report it.")))
            return
        try:
            step(question.get("sample"), question.get("folder"), answer)
        except OrthancConnectError as error:
            answer(_error(error))

    def close(self) -> None:
        """Stop what is under way and remove what was made for it."""
        if self._dimse is not None:
            self._dimse.close()
            self._dimse = None
        for scratch in self._scratches:
            scratch.remove()
        self._scratches = []

    def _find(self, sample: Optional[Mapping[str, Any]], _folder: Any, answer: Answer) -> None:
        # Without an instance to look for, whether we may ask is all there is to know.
        patient_id = str(sample["patient_id"]) if sample else uuid.uuid4().hex

        def on_finished(result: QueryResult) -> None:
            answer({"matches": sum(len(patient.studies) for patient in result.patients)})

        self._new_dimse(C_GET).query(
            QueryFilters(patient_id=patient_id),
            2,
            lambda _patients: None,
            on_finished,
            lambda error: answer(_error(error)),
        )

    def _get(self, sample: Optional[Mapping[str, Any]], folder: Any, answer: Answer) -> None:
        assert sample is not None and folder
        scratch = Scratch("checkup")
        self._scratches.append(scratch)
        database = scratch.database

        def on_finished() -> None:
            found = str(database.fileForInstance(sample["sop_instance_uid"]) or "")
            path = ""
            if found and os.path.isfile(found):
                path = os.path.join(str(folder), "get.dcm")
                shutil.copyfile(found, path)
            answer({"path": path or None})

        self._retrieve(self._new_dimse(C_GET, database), sample, on_finished, answer)

    def _move(self, sample: Optional[Mapping[str, Any]], _folder: Any, answer: Answer) -> None:
        assert sample is not None
        database = open_database()

        def on_finished() -> None:
            series_uid = str(sample["series_instance_uid"])
            arrived = len(database.filesForSeries(series_uid))
            if sample.get("synthetic"):
                database.removeSeries(series_uid)
            answer({"sent": min(arrived, 1)})

        self._retrieve(self._new_dimse(C_MOVE), sample, on_finished, answer)

    def _retrieve(
        self,
        dimse: CtkDimse,
        sample: Mapping[str, Any],
        on_finished: Callable[[], None],
        answer: Answer,
    ) -> None:
        failures: List[str] = []

        def on_series_finished(_series_uid: str, succeeded: bool, text: str) -> None:
            if not succeeded:
                failures.append(text)

        def on_end() -> None:
            if failures:
                hint = "Look at the server's log for the reason."
                answer(_error(DimseError(failures[0], hint, refused=False, cause="status")))
            else:
                on_finished()

        names = ("patient_id", "study_instance_uid", "series_instance_uid")
        target = SimpleNamespace(**{name: str(sample[name]) for name in names})
        dimse.retrieve(
            [target],
            lambda _series_uid, _count: None,
            on_series_finished,
            on_end,
            lambda error: answer(_error(error)),
        )

    def _new_dimse(self, method: str, database: Any = None) -> CtkDimse:
        if self._dimse is not None:
            self._dimse.close()
        self._dimse = CtkDimse(self._profile.replace(retrieve_method=method), database)
        return self._dimse


def _error(error: OrthancConnectError) -> Dict[str, Any]:
    return {"error": error.to_dict()}
