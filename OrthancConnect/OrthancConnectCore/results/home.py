"""Where a result belongs: its study on the server, with the source series as the server has it."""

from __future__ import annotations

import io
import struct
from contextlib import closing, suppress
from typing import Any, Dict, Iterable, List, NamedTuple, Optional

import pydicom
from pydicom.dataset import Dataset

from ..files import open_file
from ..orthanc.client import OrthancClient, tag
from ..orthanc.identifiers import instance_orthanc_id, read_patient_id, study_orthanc_id
from ..orthanc.records import records_with
from ..shared.errors import ConnectionFailedError, InputError, NotFoundError
from ..shared.events import CancelToken
from ..shared.results import CONTOURS, SEGMENTATION, Result, Source
from ..shared.validation import plain_identifier
from . import identity
from .listing import Record, no_study, series_in, uid_of

#: What to do about an answer that is not the server's own.
BETWEEN = "Look at what stands between here and the server, as a proxy."
#: Bytes of a file before its pixels.
_LARGEST_HEAD = 64 * 1024 * 1024
#: What pydicom raises over bytes that are no DICOM data set, whatever they are.
UNREADABLE = (
    *(OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, ArithmeticError),
    *(RuntimeError, struct.error, pydicom.errors.BytesLengthException),
    pydicom.errors.InvalidDicomError,
)


class Home(NamedTuple):
    """A study of the server."""

    orthanc_id: str
    study_instance_uid: str
    patient_id: str
    #: All its series, the oldest first.
    series: List[Record]
    #: The series that a result was made from; None where it names none.
    source: Optional[Record]
    #: The attributes of an instance of that, or of any series, as the server has them.
    head: Dataset

    def orthanc_id_of(self, series_uid: str, sop_instance_uid: str) -> str:
        """Return Orthanc's identifier of an instance of this study."""
        names = (self.patient_id, self.study_instance_uid, series_uid, sop_instance_uid)
        return instance_orthanc_id(*names)

    def find(self, series_instance_uid: Optional[str]) -> Optional[Record]:
        """Return the record of a series of this study; None where it has it not."""
        return next((one for one in self.series if uid_of(one) == series_instance_uid), None)


def home_of(client: OrthancClient, result: Result) -> Home:
    """Return the study that a result belongs to, as the server has it now.

    Raises
    ------
    InputError
        It belongs to none, or the server has the study or the source series not, or no longer.
    """
    source = result.source
    if not source.study_instance_uid:
        raise InputError(
            "This result belongs to no study: it was not made from images of a study.",
            "Load the images from the server, and make it from them.",
            cause="no_study",
        )
    if result.kind in (SEGMENTATION, CONTOURS) and not source.series_instance_uid:
        raise InputError(
            "This segmentation names no series that it was drawn on.",
            "Choose its source volume in Slicer's Segment Editor.",
            cause="no_source",
        )
    study = _study_of(client, source)
    series = series_in(client, study["ID"])
    named = [one for one in series if uid_of(one) == source.series_instance_uid]
    if source.series_instance_uid and not named:
        raise InputError(
            "The server does not have the series that this result was made from.",
            "Upload the series first, and send the result again.",
            cause="no_source",
        )
    first = next((one["Instances"][0] for one in named or series if one.get("Instances")), "")
    if not first:
        raise no_study(source.study_instance_uid)
    return Home(
        study["ID"],
        source.study_instance_uid,
        tag(study, "PatientMainDicomTags", "PatientID"),
        series,
        named[0] if named else None,
        head_of(client, first, study["ID"]),
    )


def _study_of(client: OrthancClient, source: Source) -> Record:
    uid = source.study_instance_uid
    found = list(records_with(client, "Study", [uid], "StudyInstanceUID"))
    if len(found) > 1:  # of several patients
        own = source.patient_id.rstrip()
        found = [one for one in found if tag(one, "PatientMainDicomTags", "PatientID") == own]
    if not found:
        raise no_study(plain_identifier(uid))
    return found[0]


def head_of(client: OrthancClient, instance: str, study: str = "") -> Dataset:
    """Return the attributes of an instance of the server (and of its study), without its pixels.

    Raises
    ------
    ConnectionFailedError
        What the server sends is no DICOM file, another instance, or too large.
    NotFoundError
        It has it no longer.
    """
    content = bytearray()
    end = _pixels_at(client, instance)
    blocks = client.download(f"/instances/{instance}/file", size=0 if end else _LARGEST_HEAD)
    with closing(blocks):  # type: ignore[type-var]
        for block in blocks:
            content += block
            if len(content) >= (end or _LARGEST_HEAD):
                break
    try:
        dataset = pydicom.dcmread(
            io.BytesIO(content[:end] if end else content), stop_before_pixels=True
        )
        is_it = is_instance(dataset, instance, study)
    except UNREADABLE as error:
        raise ConnectionFailedError(
            "The server sent what is no DICOM file.", BETWEEN, cause="not_orthanc"
        ) from error
    if not is_it:
        raise ConnectionFailedError("The server sent another instance.", BETWEEN, cause="cut")
    return dataset


def is_instance(dataset: Dataset, orthanc_id: str, study: str = "") -> bool:
    """Return whether a data set, just read, is the instance that Orthanc calls so, of its study.

    Where `read_patient_id` can't tell whose it is, its patient is taken for the right one.
    """
    keywords = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    uids = [str(dataset.get(keyword) or "") for keyword in keywords]
    sets = dataset.get("SpecificCharacterSet") or ""
    raw = dataset.get_item("PatientID")
    value = bytes(raw.value or b"") if raw is not None else b""
    patient = read_patient_id(value, [sets] if isinstance(sets, str) else list(sets))
    if patient is None or not all(uids):
        return all(uids)
    is_there = study in ("", study_orthanc_id(patient, uids[0]))
    return is_there and instance_orthanc_id(patient, *uids) == orthanc_id


def _pixels_at(client: OrthancClient, instance: str) -> int:
    """Return where the pixels of an instance's file begin, as Orthanc noted it; 0 if it did not."""
    with suppress(NotFoundError):
        text = client.get_text(f"/instances/{instance}/metadata/PixelDataOffset").strip()
        if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= _LARGEST_HEAD:
            return int(text)
    return 0


def sources_of(
    client: OrthancClient, home: Home, result: Result, token: CancelToken
) -> List[Dataset]:
    """Return all instances of the source series without pixels: those here, the rest from there.

    They have the patient and the study as the server has them. Of a result without a source series
    it is one instance of the study.

    Raises
    ------
    InputError
        The server lacks some of those that are here.
    """
    if home.source is None:
        return [_at_home(home.head, home)]
    there = list(home.source.get("Instances", ()))
    local: Dict[str, Dataset] = {}
    uid = uid_of(home.source)
    for dataset in _local(result.source.files, uid, token):
        local[home.orthanc_id_of(uid, str(dataset.SOPInstanceUID))] = dataset
    lacking = len(set(local) - set(there))
    if lacking:
        raise InputError(
            f"The server lacks {lacking} of the {len(local)} images that this was made from.",
            "Upload the series first, and send the result again.",
            cause="no_source",
        )
    found = []
    for name in there:
        token.raise_if_cancelled()
        found.append(local[name] if name in local else head_of(client, name, home.orthanc_id))
    return [_at_home(one, home) for one in found]


def _at_home(dataset: Dataset, home: Home) -> Dataset:
    identity.adopt(dataset, home.head)
    return dataset


def _local(files: Iterable[str], series_uid: str, token: CancelToken) -> Iterable[Dataset]:
    """Yield what is here of a series; what can't be read, or is another one's, is left out."""
    for path in files:
        token.raise_if_cancelled()
        with suppress(*UNREADABLE):
            stream, _size = open_file(path)
            with stream:
                dataset: Any = pydicom.dcmread(stream, stop_before_pixels=True)
            if str(dataset.SeriesInstanceUID) == series_uid and str(dataset.SOPInstanceUID):
                yield dataset
