"""Brings a result back from the server into a folder: its files, and what they say."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import pydicom
from pydicom.dataset import Dataset

from .. import audit
from ..files import os_reason
from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient, tag
from ..orthanc.identifiers import is_orthanc_id
from ..shared.disk import PartFile, write_private
from ..shared.errors import ConfigurationError, ConnectionFailedError, InputError, NotFoundError
from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.results import (
    CONTOURS,
    MEASUREMENTS,
    NAME,
    SCENE,
    SEGMENTATION,
    VOLUME,
    Result,
    StudyResult,
    time_of,
)
from . import scene, versions
from .home import BETWEEN, UNREADABLE, head_of, is_instance
from .listing import no_study

#: Who reads each kind.
READERS = {
    **{SEGMENTATION: "segmentation", CONTOURS: "contours", MEASUREMENTS: "findings"},
    VOLUME: "parametric",
}
#: Instances of a result, those of a segmentation or map, and series that it may be of.
_MOST_INSTANCES, _MOST_PARTS, _MOST_SERIES = 20_000, 200, 10
_UNKNOWN = datetime(1970, 1, 1, tzinfo=timezone.utc)


def fetch(
    client: OrthancClient,
    wanted: StudyResult,
    folder: Path,
    *,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Dict[str, Any]:
    """Bring a result of `listing.results_of` into a folder, and return its record.

    The folder has the DICOM files, or the scene, what was read of them, and the record as `NAME`.

    Raises
    ------
    InputError
        The server has it no longer, or it can't be read.
    ConnectionFailedError
        What came is not what the server has stored.
    ConfigurationError
        The folder can't be written.
    """
    with audit.act("retrieve", client, [wanted.study_orthanc_id], result=wanted.kind):
        return _fetch(client, wanted, folder, progress, token or CancelToken())


def _fetch(
    client: OrthancClient,
    wanted: StudyResult,
    folder: Path,
    progress: ProgressCallback,
    token: CancelToken,
) -> Dict[str, Any]:
    meter = ProgressMeter("retrieve", progress)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_orthanc_id(wanted.study_orthanc_id):
            raise no_study(wanted.study_orthanc_id)
        if wanted.number:
            record = _scene(client, wanted, folder, meter, token)
        else:
            record = _series(client, wanted, folder, meter, token)
        record = Result.from_dict(record).to_dict()
        write_private(folder / NAME, json.dumps(record))
    except NotFoundError as error:
        raise InputError(
            "The server does not have this result any more.",
            "Look at the study's results again.",
            cause="no_result",
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"The result can't be written to {folder}: {os_reason(error)}.",
            "Make room, or choose another folder.",
        ) from error
    meter.finish()
    return record


def _common(wanted: StudyResult) -> Dict[str, Any]:
    """Return what the list told of a result, as a record."""
    try:
        created = time_of(wanted.time)
        # A series tells no time zone: it is that of where it was made, and most likely ours.
        created = created if created.tzinfo else created.astimezone()
    except (ValueError, OverflowError, OSError):  # none, or of the year 1
        created = _UNKNOWN
    return {
        "kind": wanted.kind,
        "title": wanted.title or wanted.kind,
        "author": wanted.author,
        "created": created.isoformat(),
        "origin": wanted.origin or wanted.series_instance_uid,
        "source": {},
    }


def _scene(
    client: OrthancClient,
    wanted: StudyResult,
    folder: Path,
    meter: ProgressMeter,
    token: CancelToken,
) -> Dict[str, Any]:
    name = "scene.mrb"
    study = client.get_json(f"/studies/{wanted.study_orthanc_id}", shape=RECORD)
    source = {
        "patient_id": tag(study, "PatientMainDicomTags", "PatientID"),
        "study_instance_uid": tag(study, "MainDicomTags", "StudyInstanceUID"),
    }
    scene.fetch(client, wanted, folder / name, meter=meter, token=token)
    told = {**_common(wanted), "source": source}
    return {**told, "file": name, "size": wanted.size, "sha256": wanted.sha256}


def _series(
    client: OrthancClient,
    wanted: StudyResult,
    folder: Path,
    meter: ProgressMeter,
    token: CancelToken,
) -> Dict[str, Any]:
    if not is_orthanc_id(wanted.series_orthanc_id):
        raise InputError("This result names no series of the server.", "Choose another.")
    series = client.get_json(f"/series/{wanted.series_orthanc_id}", shape=RECORD)
    instances = list(filter(is_orthanc_id, series.get("Instances", ())))
    is_many = wanted.kind in (VOLUME, SCENE) and not wanted.is_map
    is_in_parts = wanted.kind in (SEGMENTATION, VOLUME)
    most = _MOST_INSTANCES if is_many else _MOST_PARTS if is_in_parts else 1
    if not 0 < len(instances) <= most:
        raise InputError(
            f"This result has {len(instances)} instances on the server, and is not read.",
            "Retrieve the series instead.",
            cause="result",
        )
    meter.expect(files=len(instances))
    paths: List[Path] = []
    datasets: List[Dataset] = []
    for number, instance in enumerate(instances, 1):
        paths.append(folder / f"{number:05d}.dcm")
        _download(client, instance, paths[-1], meter, token)
        dataset = _opened(paths[-1], instance, wanted, is_many)
        datasets += [] if is_many else [dataset]
    if is_many:
        record = {**_common(wanted), "files": [path.name for path in paths]}
    else:
        record = _read(client, wanted, datasets, folder, token)
    source = record["source"] = dict(record["source"])
    source["patient_id"] = str(dataset.get("PatientID") or "")
    source["study_instance_uid"] = str(dataset.get("StudyInstanceUID") or "")
    if versions.version_of(wanted.series_instance_uid) is not None:
        record["origin"] = wanted.origin
    for name in ("title", "author"):  # as the list has them
        record[name] = getattr(wanted, name) or record[name]
    return record


def _opened(path: Path, instance: str, wanted: StudyResult, is_many: bool) -> Dataset:
    """Return the data set of an instance, without pixels of many, if it is of the result."""
    try:
        dataset = pydicom.dcmread(path, stop_before_pixels=is_many)
        is_it = is_instance(dataset, instance, wanted.study_orthanc_id)
        is_it = is_it and dataset.SeriesInstanceUID == wanted.series_instance_uid
    except UNREADABLE as error:
        raise InputError(
            "What the server has as this result is no DICOM file.", "Look at it on the server."
        ) from error
    if not is_it:
        raise ConnectionFailedError("The server sent another instance.", BETWEEN, cause="cut")
    return dataset


def _download(
    client: OrthancClient, instance: str, path: Path, meter: ProgressMeter, token: CancelToken
) -> None:
    """Write an instance's file, whole and as the server has it, or not at all."""
    size, digest = client.stored_size(instance), hashlib.md5()
    with PartFile(path, is_private=True, size=size) as part:
        for block in client.download_instance(instance, size):
            token.raise_if_cancelled()
            part.write(block)
            digest.update(block)
            meter.add(size=len(block))
        md5 = client.stored_md5(instance)
        if part.size != size or md5 not in ("", digest.hexdigest()):
            raise ConnectionFailedError(
                "The server sent other bytes than it has stored.", BETWEEN, cause="cut"
            )
        part.commit()
    meter.add(files=1)


def _read(
    client: OrthancClient,
    wanted: StudyResult,
    datasets: List[Dataset],
    folder: Path,
    token: CancelToken,
) -> Dict[str, Any]:
    """Return what instances say; contours and regions of pixels need the images below them."""
    module = import_module(f".{READERS[wanted.kind]}", __package__)
    dataset, *others = datasets
    if wanted.kind in (SEGMENTATION, VOLUME):
        record: Dict[str, Any] = module.read(dataset, folder, others)
        return record
    images = _images(client, wanted, dataset, token)
    record = module.read(dataset, folder, list(images) if wanted.kind == CONTOURS else images)
    return record


def _images(
    client: OrthancClient, wanted: StudyResult, dataset: Dataset, token: CancelToken
) -> Iterator[Dataset]:
    """Yield the images that contours or a report name, without pixels, from the server."""
    named: List[Any] = []
    with suppress(*UNREADABLE):  # it names none, or no more
        if wanted.kind == CONTOURS:
            for frame in dataset.ReferencedFrameOfReferenceSequence:
                for study in frame.RTReferencedStudySequence:
                    named += [one.SeriesInstanceUID for one in study.RTReferencedSeriesSequence]
        else:
            for study in dataset.CurrentRequestedProcedureEvidenceSequence:
                named += [one.SeriesInstanceUID for one in study.ReferencedSeriesSequence]
    records = list(client.find_uids("Series", map(str, named[:_MOST_SERIES])))
    # The same UIDs may stand under another patient too.
    own = [one for one in records if one.get("ParentStudy") == wanted.study_orthanc_id]
    instances = [name for one in own or records for name in one.get("Instances", ())]
    for name in filter(is_orthanc_id, instances[:_MOST_INSTANCES]):
        token.raise_if_cancelled()
        try:
            head = head_of(client, name)
        except NotFoundError:  # deleted meanwhile
            continue
        yield head
