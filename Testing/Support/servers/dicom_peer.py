"""A DICOM server that behaves as badly as its called AE title says, in a process of its own.

    python dicom_peer.py PORT

For C-FIND: ``NONE`` finds nothing; ``S…`` finds two studies and then ends with that status
(``SA700``); ``E…`` ends with that status at once; ``SINGLE`` finds two studies, and series only
when asked for one study at a time; ``MANY`` finds studies without end, ``SAME`` the same one for
ever, ``SLOW`` five in a second, and none of the three hears a C-CANCEL. For C-GET: ``HALF`` sends
two of four instances and calls the others failed; any other title refuses. ``MUTE`` never answers
either.
"""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any, Iterator, Tuple

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    Verification,
)

STUDIES = ("1.2.3.1", "1.2.3.2")
HALF_A_SERIES = tuple(f"1.2.3.1.1.{number}" for number in range(1, 5))


def _behaviour(event: Any) -> str:
    return str(event.assoc.requestor.primitive.called_ae_title).strip()


def _patient(number: int) -> Dataset:
    dataset = Dataset()
    dataset.PatientID = f"PEER{number}"
    dataset.PatientName = f"Peer^Number {number}"
    dataset.StudyInstanceUID = STUDIES[number - 1]
    return dataset


def _study(number: int) -> Dataset:
    dataset = _patient(number)
    dataset.QueryRetrieveLevel = "STUDY"
    dataset.StudyDate = f"2020010{number}"
    dataset.StudyDescription = "Peer"
    dataset.ModalitiesInStudy = "CT"
    dataset.AccessionNumber = ""
    return dataset


def _series(study_uid: str) -> Dataset:
    number = STUDIES.index(study_uid) + 1
    dataset = _patient(number)
    dataset.QueryRetrieveLevel = "SERIES"
    dataset.SeriesInstanceUID = study_uid + ".1"
    dataset.SeriesNumber = number
    dataset.Modality = "CT"
    dataset.SeriesDescription = "Peer series"
    return dataset


def on_find(event: Any) -> Iterator[Tuple[int, Any]]:
    """Answer a C-FIND as badly as asked to."""
    behaviour = _behaviour(event)
    if behaviour == "MUTE":
        time.sleep(3600)
    if behaviour in ("MANY", "SAME", "SLOW"):
        yield from _without_end(event.identifier, behaviour)
    elif behaviour.startswith("E"):
        yield int(behaviour[1:], 16), None
    elif behaviour != "NONE" and event.identifier.QueryRetrieveLevel == "STUDY":
        for number in (1, 2):
            yield 0xFF00, _study(number)
        if behaviour != "SINGLE":
            yield int(behaviour[1:], 16), None
    elif behaviour != "NONE" and event.identifier.StudyInstanceUID in STUDIES:
        yield 0xFF00, _series(str(event.identifier.StudyInstanceUID))


def _without_end(asked: Dataset, behaviour: str) -> Iterator[Tuple[int, Any]]:
    for number in itertools.count():
        uid = STUDIES[0] if behaviour == "SAME" else f"{STUDIES[0]}.{number}"
        answer = _study(1)
        answer.QueryRetrieveLevel, answer.StudyInstanceUID = asked.QueryRetrieveLevel, uid
        if asked.QueryRetrieveLevel == "SERIES":
            answer.StudyInstanceUID = str(asked.get("StudyInstanceUID", "")) or uid
            answer.SeriesInstanceUID = uid + ".9"
        yield 0xFF00, answer
        time.sleep(0.2 if behaviour == "SLOW" else 0)


def _instance(uid: str) -> Dataset:
    dataset = _patient(1)
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, uid
    dataset.SeriesInstanceUID = STUDIES[0] + ".1"
    dataset.Modality = "CT"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def on_get(event: Any) -> Iterator[Any]:
    """Answer a C-GET as badly as asked to."""
    behaviour = _behaviour(event)
    if behaviour == "MUTE":
        time.sleep(3600)
    if behaviour != "HALF":
        yield 0
        yield 0xC000, None
        return
    yield len(HALF_A_SERIES)
    for uid in HALF_A_SERIES[:2]:
        yield 0xFF00, _instance(uid)
    failed = Dataset()
    failed.FailedSOPInstanceUIDList = list(HALF_A_SERIES[2:])
    yield 0xA702, failed


def main(port: int) -> None:
    """Serve until killed."""
    entity = AE()
    for context in (
        Verification,
        StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelGet,
    ):
        entity.add_supported_context(context)
    entity.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    handlers = [(evt.EVT_C_FIND, on_find), (evt.EVT_C_GET, on_get)]
    entity.start_server(("127.0.0.1", port), evt_handlers=handlers)


if __name__ == "__main__":
    main(int(sys.argv[1]))
