"""Makes the DICOM files of a result, and keeps them beside it until they are at home.

They are made once: a sending that was cut goes on with the same bytes, so that what the server has
can be compared with them.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from ..files import open_file, os_reason
from ..orthanc.client import OrthancClient
from ..shared.errors import ConfigurationError, InputError
from ..shared.events import CancelToken
from ..shared.results import CONTOURS, MEASUREMENTS, SCENE, SEGMENTATION, VOLUME, Result
from . import identity, versions
from .home import UNREADABLE, Home, head_of, sources_of
from .listing import Record, number_of, uid_of, versions_in
from .scheme import CODES

#: Who writes and reads each kind: modules with ``build`` and ``read``.
MODULES = {
    **{SEGMENTATION: "segmentation", CONTOURS: "contours", MEASUREMENTS: "report"},
    **{VOLUME: "volume", SCENE: "volume"},
}
#: Instances of a result.
_MOST_INSTANCES = 20_000
_BEGINS, _PART = "dicom-", "dicom.part"
#: Value representations of what is new in each export of the same volume.
_FLEETING = ("UI", "DA", "TM", "DT", "SQ", "UN")


class Built(NamedTuple):
    """The DICOM files of a result."""

    series_instance_uid: str
    #: The series in whose place it comes.
    replaced: Optional[Record]
    #: In order; the name of each is its place.
    files: List[Path]

    def instance_uid(self, file: Path) -> str:
        """Return the SOP Instance UID of a file."""
        return versions.instance_uid(self.series_instance_uid, int(file.stem))


def built(
    client: OrthancClient, place: Path, result: Result, home: Home, token: CancelToken
) -> Built:
    """Return the DICOM files of a result that waits in a folder, made now if they are not there.

    Raises
    ------
    InputError
        Nothing can be made of it.
    MissingDependencyError
        A package is not installed.
    ConfigurationError
        The files can't be written.
    """
    origin = versions.origin_of(home.study_instance_uid, result.origin)
    content = _digest(place, result, token)
    made_of = (origin, content)
    earlier = versions_in(home.series, origin)
    latest = earlier[-1] if earlier else None
    number: Optional[int] = result.series_number
    if latest is not None and versions.has_content(uid_of(latest), content):
        uid, number = uid_of(latest), number_of(latest)  # it is there, or was begun
        replaced = next(
            (one for one in home.series if uid == versions.series_uid(*made_of, uid_of(one))), None
        )
    else:
        replaced = latest or home.find(result.replaces)
        uid = versions.series_uid(*made_of, uid_of(replaced) if replaced else "")
        if number is None:  # the next free one
            number = max(map(number_of, home.series), default=0) + 1
    known = replace(
        result,
        replaces=uid_of(replaced) if replaced else None,
        series_number=number,
    )
    try:
        folder = place / f"{_BEGINS}{_key(known, uid, home)}"
        if not folder.is_dir():
            _make(client, place, known, uid, replaced, home, token).rename(folder)
        return Built(uid, replaced, sorted(folder.glob("*.dcm")))
    except UNREADABLE as error:
        if not (isinstance(error, OSError) and error.errno):
            raise InputError(
                "No DICOM can be made of this result: it, or the images that it was made from, "
                "hold a value that DICOM has no place for.",
                "Change names, titles and codes, and send it again.",
                cause="result",
            ) from error
        raise ConfigurationError(
            f"The DICOM files of the result can't be written: {os_reason(error)}.",
            "Make room on the disk of the state folder, and send it again.",
        ) from error


def _key(result: Result, uid: str, home: Home) -> str:
    """Return what names the files: others are to be made once the patient was corrected."""
    whose = Dataset()
    identity.adopt(whose, home.head)
    told = [uid, result.replaces, result.series_number, str(whose)]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()[:16]


def _make(
    client: OrthancClient,
    folder: Path,
    result: Result,
    uid: str,
    replaced: Optional[Record],
    home: Home,
    token: CancelToken,
) -> Path:
    """Make the DICOM files in a folder, and return that."""
    for path in folder.glob(f"{_BEGINS}*"):
        shutil.rmtree(path)
    part = folder / _PART
    shutil.rmtree(part, ignore_errors=True)
    predecessor = _first_of(client, replaced)
    sources = sources_of(client, home, result, token)
    if result.kind == MEASUREMENTS:  # which may be of segments, and names the report before
        named = {one.segment_series_instance_uid for one in result.statistics} - {None}
        segmentations = (_first_of(client, home.find(series)) for series in sorted(map(str, named)))
        sources = [*sources, *filter(None, [*segmentations, predecessor])]
    module = import_module(f".{MODULES[result.kind]}", __package__)
    datasets = module.build(folder, result.to_dict(), sources, token)
    if not 0 < len(datasets) <= _MOST_INSTANCES:
        raise InputError(
            f"The result makes {len(datasets)} DICOM files, of 1 to {_MOST_INSTANCES}.",
            "Send a smaller part of it.",
            cause="result",
        )
    part.mkdir(mode=0o700)
    for number, dataset in enumerate(datasets, 1):
        token.raise_if_cancelled()
        _complete(dataset, result, uid, number, predecessor, home)
        _write(dataset, part / f"{number:05d}.dcm", token)
    return part


def _first_of(client: OrthancClient, series: Optional[Record]) -> Optional[Dataset]:
    instances = series.get("Instances") if series is not None else None
    return head_of(client, instances[0]) if instances else None


def _complete(
    dataset: Dataset,
    result: Result,
    uid: str,
    number: int,
    predecessor: Optional[Dataset],
    home: Home,
) -> None:
    """Give an instance its patient, study and series, and say what it replaces."""
    identity.entitle(dataset, home.head, vars(result))
    dataset.SeriesInstanceUID = uid
    dataset.SOPInstanceUID = versions.instance_uid(uid, number)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.SeriesNumber = result.series_number
    if predecessor is None:
        return
    if result.kind == CONTOURS:  # PS3.3 C.8.8.5
        before = Dataset()
        before.ReferencedSOPClassUID = predecessor.SOPClassUID
        before.ReferencedSOPInstanceUID = predecessor.SOPInstanceUID
        dataset.PredecessorStructureSetSequence = [before]
    elif result.kind != MEASUREMENTS:  # General Series, PS3.3 C.7.3.1
        related, why = Dataset(), Dataset()
        why.CodeValue, why.CodingSchemeDesignator, why.CodeMeaning = CODES["replaces"]
        related.StudyInstanceUID = home.study_instance_uid
        related.SeriesInstanceUID = predecessor.SeriesInstanceUID
        related.PurposeOfReferenceCodeSequence = [why]
        dataset.RelatedSeriesSequence = [related]


def _write(dataset: Dataset, path: Path, token: CancelToken) -> None:
    """Write a whole DICOM file (PS3.10 section 7.1), with pydicom 2 as with 3."""

    class OneByOne(Items):
        """Items of which pydicom writes one after the other, until cancelled."""

        def __iter__(self) -> Iterator[Dataset]:
            for item in super().__iter__():
                token.raise_if_cancelled()
                yield item

    for keyword in ("PerFrameFunctionalGroupsSequence", "ROIContourSequence"):
        if keyword in dataset:
            setattr(dataset, keyword, OneByOne(dataset[keyword].value))
    is_new = "enforce_file_format" in inspect.signature(pydicom.dcmwrite).parameters
    whole = {"enforce_file_format": True} if is_new else {"write_like_original": False}
    pydicom.dcmwrite(path, dataset, **whole)


def _digest(folder: Path, result: Result, token: CancelToken) -> str:
    """Return the SHA-256 of what a result says, whoever made it, whenever."""
    told = result.to_dict()
    for name in ("author", "created", "series_number", "replaces", "origin"):
        del told[name]
    del told["source"]["files"]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode("ascii"))
    for name in result.parts:
        token.raise_if_cancelled()
        try:
            digest.update(_substance(folder / name, name in result.files, token))
        except UNREADABLE as error:
            raise InputError(
                f"The file {name} of the result is no DICOM file, or can't be read.",
                "Send it again.",
                cause="result",
            ) from error
    return digest.hexdigest()


def _substance(path: Path, is_dicom: bool, token: CancelToken) -> bytes:
    """Return a hash of a file; of a DICOM file, of what is not new in each export."""
    digest = hashlib.sha256()
    stream, _size = open_file(str(path))
    with stream:
        if is_dicom:
            for element in pydicom.dcmread(stream).values():
                vr = element.VR or pydicom.datadict.dictionary_VR(element.tag)
                if vr not in _FLEETING:
                    digest.update(f"{element.tag} {vr} ".encode("ascii"))
                    value = element.value
                    digest.update(value if isinstance(value, bytes) else str(value).encode())
        else:
            for block in iter(lambda: stream.read(1024 * 1024), b""):
                token.raise_if_cancelled()
                digest.update(block)
    return digest.digest()
