"""Deleting and correcting what the server has: what was looked at is what is changed, or nothing.

The server corrects by its own job, which makes a study beside the old one; that one goes only when
the new one was counted, and is the same still.
"""

from __future__ import annotations

import hashlib
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..shared.corrections import OF_PATIENT, ServerThing
from ..shared.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    OperationCancelled,
    OrthancConnectError,
    OrthancHttpError,
    ServerError,
)
from ..shared.events import CancelToken, Progress, ProgressCallback, ignore_progress
from ..shared.validation import plain_identifier, plain_text
from .answers import RECORD
from .client import OrthancClient, tag
from .identifiers import is_orthanc_id, patient_orthanc_id
from .records import path_of

#: First version whose study job may change who the patient is.
_PATIENT_BY_STUDY = (1, 11, 2)
#: Seconds between two looks at a job: at first, and at most.
_FIRST_LOOK, _LONGEST_LOOK = 0.05, 1.0
#: Seconds in which a job has to go on, and in which one that is cancelled has to end.
STALLED, ENDING = 600.0, 60.0
_JOB = {
    "ID": str,
    "State": str,
    "Progress?": int,
    "ErrorDescription?": str,
    "ErrorDetails?": str,
    "Content?": dict,
}
_OVER, _GOES_ON = ("Success", "Failure"), ("Pending", "Running", "Paused", "Retry")
_JOB_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def look_at(client: OrthancClient, level: str, orthanc_id: str) -> ServerThing:
    """Return what the server has of a ``Study`` or ``Series`` now.

    Raises
    ------
    NotFoundError
        It has no such one.
    """
    path = path_of(level, orthanc_id)
    record = client.get_json(path, shape=RECORD)
    study = record
    series = [record]
    if level == "Study":
        series = client.get_json(f"{path}/series", shape=[RECORD])
    else:
        study = client.get_json(path_of("Study", str(record.get("ParentStudy"))), shape=RECORD)
    instances = sorted(one for each in series for one in each.get("Instances", ()))
    patient_id, name, birth_date, sex = (
        plain_text(tag(study, "PatientMainDicomTags", key), 200) for key in OF_PATIENT
    )
    modalities = {tag(one, "MainDicomTags", "Modality") for one in series}
    return ServerThing(
        level,
        orthanc_id,
        str(study["ID"]),
        tag(record, "MainDicomTags", f"{level}InstanceUID"),
        patient_id,
        name,
        birth_date,
        sex,
        plain_text(tag(study, "MainDicomTags", "StudyDate"), 16),
        plain_text(tag(record, "MainDicomTags", f"{level}Description"), 200),
        tuple(sorted(plain_text(one, 16) for one in modalities - {""})),
        len(series),
        len(instances),
        client.disk_size(path),
        hashlib.sha256("\n".join(instances).encode("ascii", "replace")).hexdigest(),
    )


def _look_again(client: OrthancClient, seen: ServerThing) -> None:
    """Raise `ConflictError` where it is no longer what was seen."""
    try:
        now = look_at(client, seen.level, seen.orthanc_id)
    except NotFoundError as error:
        raise _gone() from error
    if now != seen:
        raise ConflictError(
            f"This has changed since it was looked at: {seen.instances} instances then, "
            f"{now.instances} now; nothing was changed.",
            "Look at it again.",
            status_code=409,
        )


def _gone() -> NotFoundError:
    return NotFoundError(
        "The server has it no longer; nothing was changed.",
        "Query again: somebody has deleted or replaced it.",
        status_code=404,
    )


def delete(client: OrthancClient, seen: ServerThing) -> None:
    """Delete a study or series, if it still is what was seen.

    Raises
    ------
    ConflictError, NotFoundError
        It has changed, or is gone; nothing was deleted.
    PermissionDeniedError
        This user may not.
    ServerError
        The server says that it is done, and has it still.

    Notes
    -----
    ``DELETE /studies/{id}``; Orthanc tells by no revision of the instances below, so an instance
    that comes in the milliseconds between the second look and this is deleted with the others.
    """
    _look_again(client, seen)
    path = path_of(seen.level, seen.orthanc_id)
    client.delete(path)
    with suppress(NotFoundError):
        client.get_json(path, shape=RECORD)
        raise ServerError(
            "The server took the deletion, and has it still.",
            "It may be coming again, or be protected: look at the server's log.",
            status_code=500,
        )


@dataclass(frozen=True)
class Corrected:
    """What came of a correction: the new study, and whether the old one is gone."""

    study: ServerThing
    replaced: bool
    #: Sentences of what is not as it was wished, though nothing is lost.
    notes: Tuple[str, ...] = ()


def correct(
    client: OrthancClient,
    seen: ServerThing,
    wanted: Mapping[str, str],
    *,
    replace: bool,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Corrected:
    """Have the server make a corrected copy of a study, with new UIDs, by its own job.

    Parameters
    ----------
    seen : ServerThing
        The study, which has to be that still.
    wanted : mapping
        Keyword → new value, of `checked_correction`.
    replace : bool
        Whether the old study goes when the new one was counted; else both are there.
    token : CancelToken, optional
        Ends the job; what it has made until then is deleted.

    Raises
    ------
    InputError
        This server, or this patient's other studies, do not allow it; nothing was changed.
    ConflictError, NotFoundError
        The study has changed, or is gone.
    PermissionDeniedError
        This user may not.
    OrthancConnectError
        The job failed; the old study is as it was.
    OperationCancelled
        Cancelled; the old study is as it was.

    Notes
    -----
    Orthanc REST API, ``POST /studies/{id}/modify``, ``KeepSource`` always true: so a job that fails
    loses nothing. Attributes of the patient take ``Force``; before Orthanc 1.11.2 they can be
    changed by ``POST /patients/{id}/modify`` alone, which is used where the patient has just this
    study.
    """
    token = token or CancelToken()
    _look_again(client, seen)
    path, request = _plan(client, seen, wanted, replace)
    patient = patient_orthanc_id(request["Replace"].get("PatientID", seen.patient_id))
    before = _studies_of_patient(client, patient)
    token.raise_if_cancelled()
    answer = client.post_json(f"{path}/modify", request, shape={"ID": str})
    job = str(answer["ID"]) if answer else ""
    if not _JOB_ID.fullmatch(job):
        raise _failed("the server began no job")
    content = _follow(client, job, progress, token)
    made = _made(client, seen, content, before)
    if made.instances != seen.instances:
        raise _failed(
            f"the new study, {made.orthanc_id}, has {made.instances} of {seen.instances} instances"
        )
    notes: List[str] = []
    replaced = False
    if replace:
        try:
            delete(client, seen)
            replaced = True
        except OrthancConnectError as error:
            notes.append(f"Both studies are there. {error.message}")
    if _differing(client, made, wanted):  # it has the patient's attributes from another study
        client.post_json(f"{path_of('Study', made.orthanc_id)}/reconstruct", {})
        notes += _differing(client, made, wanted)
    return Corrected(look_at(client, "Study", made.orthanc_id), replaced, tuple(notes))


def _differing(client: OrthancClient, made: ServerThing, wanted: Mapping[str, str]) -> List[str]:
    """Return sentences of what the server tells otherwise than it was wished."""
    record = client.get_json(path_of("Study", made.orthanc_id), shape=RECORD)
    found = []
    for keyword, value in wanted.items():
        group = "PatientMainDicomTags" if keyword in OF_PATIENT else "MainDicomTags"
        if tag(record, group, keyword).strip() != value.strip():
            found.append(f"The server tells another {keyword} than the corrected one.")
    return found


def _made(
    client: OrthancClient, seen: ServerThing, content: Mapping[str, Any], before: Sequence[str]
) -> ServerThing:
    """Return the study that a job has made; of a job on a patient, the one that was not there."""
    name = content.get("ID")
    if content.get("Type") == "Patient" and is_orthanc_id(name):
        now = client.get_json(f"/patients/{name}", shape={"Studies": [str]})["Studies"]
        name = None
        if len(set(now) - set(before)) == 1:
            (name,) = set(now) - set(before)
    if not is_orthanc_id(name) or name == seen.orthanc_id:
        raise _failed("it does not tell which study it made")
    return look_at(client, "Study", str(name))


def _studies_of_patient(client: OrthancClient, orthanc_id: str) -> List[str]:
    with suppress(NotFoundError):
        found = client.get_json(f"/patients/{orthanc_id}", shape={"Studies": [str]})
        studies: List[str] = found["Studies"]
        return studies
    return []


def _failed(why: str) -> ServerError:
    return ServerError(
        f"The server did not correct the study: {why}.",
        "The study is as it was. Look at the server's log, and try again.",
        status_code=500,
    )


def _plan(
    client: OrthancClient, seen: ServerThing, wanted: Mapping[str, str], replace: bool
) -> Tuple[str, Dict[str, Any]]:
    """Return the path of what is to be changed and the job's request."""
    request: Dict[str, Any] = {"Replace": dict(wanted), "KeepSource": True, "Asynchronous": True}
    path = path_of("Study", seen.orthanc_id)
    if not set(wanted) & set(OF_PATIENT):
        return path, request
    patient = client.get_json(path, shape={"ParentPatient": str})["ParentPatient"]
    is_only_one = len(_studies_of_patient(client, patient)) == 1
    now = dict(zip(OF_PATIENT, (seen.patient_id, seen.patient_name)))
    now.update(PatientBirthDate=seen.patient_birth_date, PatientSex=seen.patient_sex)
    who = {**now, **{key: wanted[key] for key in OF_PATIENT if key in wanted}}
    if who["PatientID"] == seen.patient_id:
        if not is_only_one:
            raise InputError(
                "This patient has other studies on the server, which would disagree; nothing was "
                "changed.",
                "Give the study another patient ID.",
            )
        if not replace:
            raise InputError(
                "Two studies of one patient ID can't have different patients; nothing was changed.",
                "Replace the study, or give the copy another patient ID.",
            )
    else:
        _check_other(client, who)
    request.update(Force=True, Replace={**wanted, **who})
    version = client.system().version
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    if numbers and tuple(map(int, numbers.groups())) < _PATIENT_BY_STUDY:
        if not is_only_one:
            raise InputError(
                f"Orthanc {version} changes the patient of all of a patient's studies or of none: "
                "nothing was changed.",
                "Have the server brought up to date: 1.11.2 and newer can.",
            )
        path = f"/patients/{patient}"
    return path, request


def _check_other(client: OrthancClient, who: Mapping[str, str]) -> None:
    """Make sure that a patient who is there already under the new ID is the same person."""
    for record in client.find("Patient", {"PatientID": who["PatientID"]}):
        known = {key: tag(record, "MainDicomTags", key) for key in OF_PATIENT}
        if known["PatientID"] == who["PatientID"] and known != dict(who):
            raise InputError(
                f"The server has a patient {plain_identifier(who['PatientID'])} already, with "
                "another name, birth date or sex; nothing was changed.",
                "Correct these as well, as the other patient has them.",
            )


def _follow(
    client: OrthancClient, job: str, progress: ProgressCallback, token: CancelToken
) -> Mapping[str, Any]:
    """Return a job's content when it has succeeded; a cancelled one is ended, and waited for."""
    pause, stopping, patience = _FIRST_LOOK, False, CancelToken()
    before, since = None, time.monotonic()
    while True:
        found = client.get_json(f"/jobs/{job}", shape=_JOB)
        content: Mapping[str, Any] = found.get("Content", {})
        progress(Progress("modify", min(max(found.get("Progress", 0), 0), 100), 100))
        if found["State"] in _OVER:
            break
        if found["State"] not in _GOES_ON:
            raise _failed("it tells an unknown state of its job")
        now = found["State"], found.get("Progress")
        if now != before and not stopping:
            before, since = now, time.monotonic()
        is_stalled = time.monotonic() - since > (ENDING if stopping else STALLED)
        if is_stalled or (token.cancelled and not stopping):
            with suppress(OrthancHttpError):  # it has ended meanwhile
                client.post_json(f"/jobs/{job}/cancel", {})
        if is_stalled and not stopping:
            raise ServerError(
                f"The server's job has not gone on for {STALLED:.0f} seconds, and was told to end.",
                "The study is as it was. Look at the server's jobs and its log, and try again.",
                status_code=500,
            )
        if is_stalled:
            raise OperationCancelled()
        if token.cancelled and not stopping:
            stopping, since = True, time.monotonic()
        (patience if stopping else token).wait(pause)
        pause = min(2 * pause, _LONGEST_LOOK)
    if found["State"] == "Success" and not stopping:
        return content
    name = content.get("ID")
    if content.get("Type") == "Study" and is_orthanc_id(name):  # what it has made until then
        with suppress(OrthancHttpError):
            client.delete(path_of("Study", str(name)))
    if stopping:
        raise OperationCancelled()
    why = found.get("ErrorDetails") or found.get("ErrorDescription") or "it gave no reason"
    raise _failed(plain_text(why, 300).rstrip("."))
