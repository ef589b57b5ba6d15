"""The doctor's checks of what is stored: may we write, does an instance come back as it is."""

from __future__ import annotations

import hashlib
import struct
import time
from contextlib import suppress
from datetime import datetime
from typing import Any, Dict, Mapping, Optional, Tuple
from urllib.parse import quote

from ...shared import errors
from ...shared.check_lines import PASSED, Outcome, by_https, failed, passed, skipped, warning
from ...shared.validation import uid_fault
from ..examination import Examination
from ..folder import FORGOTTEN, sweep
from ..instance import (
    EXPLICIT,
    IMPLICIT,
    LARGE,
    NATIVE,
    PATIENT_ID,
    PATIENT_NAME,
    SMALL,
    Sample,
    make_instance,
    pixel_digest,
    read_meta,
    remake,
)

#: Most of them that one run looks at.
_MOST_LEFT = 100
#: Series whose transfer syntax is looked at, kinds that are fetched, and the largest instance.
_SERIES_LOOKED_AT, _KINDS_FETCHED, _LARGEST_FETCHED = 16, 3, 64 * 1024 * 1024
#: Bytes that the test instance has at most, with its head.
_LARGEST_TEST = 2 * LARGE * LARGE
_SYNTAX_NAMES = {
    "1.2.840.10008.1.2.4.50": "JPEG",
    "1.2.840.10008.1.2.4.51": "JPEG (12 bit)",
    "1.2.840.10008.1.2.4.57": "JPEG lossless",
    "1.2.840.10008.1.2.4.70": "JPEG lossless",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": "JPEG-LS (lossy)",
    "1.2.840.10008.1.2.4.90": "JPEG 2000",
    "1.2.840.10008.1.2.4.91": "JPEG 2000 (lossy)",
    "1.2.840.10008.1.2.4.201": "HTJ2K",
    "1.2.840.10008.1.2.4.202": "HTJ2K",
    "1.2.840.10008.1.2.4.203": "HTJ2K (lossy)",
    "1.2.840.10008.1.2.5": "RLE",
}
#: In the order of `Sample`.
_IDENTIFIERS = "PatientID StudyInstanceUID SeriesInstanceUID SOPInstanceUID SOPClassUID".split()
_TOO_LARGE = 413
_MAKE_ROOM = "Ask the administrator to make room, or to raise the limit."


def check_storage(ex: Examination) -> Outcome:
    """Store an instance that is nobody's, unless that is unwanted or could do harm."""
    if ex.write:
        _look_for_left(ex)
    limited = _at_its_limit(ex)
    if limited is not None:
        return limited
    if not ex.write:
        return skipped("", "Not tested: nothing is to be written.")
    with ex.writing:  # the clean-up waits for the end of this
        fault = _store(ex, LARGE)
        if fault is None:
            return passed(f"a test instance of {LARGE * LARGE / 1e6:.1f} MB was stored")
        if not isinstance(fault, errors.OrthancHttpError) or fault.status_code != _TOO_LARGE:
            return _storage_fault(fault)
        _store(ex, SMALL)  # for the other checks
    return failed(
        "body_limit",
        f"The web server before Orthanc refuses a file of {LARGE * LARGE / 1e6:.1f} MB (HTTP 413).",
        "Ask the administrator to raise its limit (nginx: client_max_body_size).",
    )


def _store(ex: Examination, side: int) -> Optional[errors.OrthancConnectError]:
    """Store a test instance; return why it was not."""
    ex.token.raise_if_cancelled()
    content, ex.sample = make_instance(ex.run, side)
    ex.stored.append(ex.sample)
    try:
        ex.client.upload_instance(content)
    except errors.OrthancConnectError as error:
        if isinstance(error, errors.OrthancHttpError):
            ex.sample, ex.stored = None, []  # refused; after a lost answer it may be there
        return error
    return None


def _at_its_limit(ex: Examination) -> Optional[Outcome]:
    """Look at ``/statistics`` and ``/system``: Orthanc may be full, or delete to make room.

    ``MaximumPatientCount`` is told since Orthanc 1.12.4, ``MaximumStorageSize`` and
    ``MaximumStorageMode`` since 1.11.3, ``ReadOnly`` since 1.12.5.
    """
    if ex.system.get("ReadOnly") is True:
        return failed(
            "read_only", "The server runs in read-only mode.", "Ask the administrator if it must."
        )
    try:
        statistics = ex.client.get_json("/statistics", shape=dict)
    except (errors.OrthancHttpError, errors.ConnectionFailedError):
        statistics = {}  # not every user may see them
    patients = _whole(ex.system, "MaximumPatientCount")
    megabytes = _whole(ex.system, "MaximumStorageSize")
    full = 0 < patients <= _whole(statistics, "CountPatients") or (
        0 < megabytes <= _whole(statistics, "TotalDiskSizeMB") + 1
    )
    if not full:
        return None
    if ex.system.get("MaximumStorageMode") == "Reject":
        return failed("storage_full", "The server's storage is full.", _MAKE_ROOM)
    return warning(
        "storage_recycles",
        "The server's storage is full: with each new patient it deletes its oldest one. So "
        "nothing was written.",
        _MAKE_ROOM,
    )


def _whole(data: Mapping[str, Any], key: str) -> int:
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _storage_fault(error: errors.OrthancConnectError) -> Outcome:
    if isinstance(error, errors.PermissionDeniedError):
        return failed(
            "upload_forbidden",
            "This user may not store anything on the server (HTTP 403).",
            "Ask the administrator for the right to upload.",
        )
    if isinstance(error, errors.BadDicomFileError):
        return failed(
            "upload_filtered",
            f"The server does not keep what is uploaded ({error.details or error.message}).",
            "Ask the administrator which filter on the server turns it away.",
        )
    if isinstance(error, errors.OrthancHttpError):
        return failed(
            "storage",
            f"The server can't store anything (HTTP {error.status_code}"
            + (f": {error.details}" if error.details else "")
            + ").",
            "Ask the administrator to look at its disk: full, or not writable for Orthanc.",
        )
    return failed("http", error.message, error.hint)


def _look_for_left(ex: Examination) -> None:
    """Find what earlier runs have left that were ended in their middle; nothing else can match."""
    wanted = {"PatientID": PATIENT_ID, "PatientName": PATIENT_NAME}
    with suppress(errors.OrthancConnectError, ValueError, struct.error):  # in nobody's way
        for orthanc_id in ex.client.find("Instance", wanted, expand=False)[:_MOST_LEFT]:
            left = _left(ex, str(orthanc_id))
            if left is not None:
                ex.left.append(left)


def _left(ex: Examination, orthanc_id: str) -> Optional[Tuple[str, Sample]]:
    """Return a test instance that nobody needs any more; None where it is another's, or in use."""
    path = f"/instances/{quote(orthanc_id, safe='')}"
    tags = ex.client.get_json(f"{path}/simplified-tags")
    try:
        made, sample = remake(tags if isinstance(tags, dict) else {})
    except ValueError:
        return None
    if sample.orthanc_id != orthanc_id or not _is_same(ex, made, orthanc_id):
        return None
    if tags["StudyID"] not in ex.ended:
        now, stored = (
            datetime.strptime(text.strip(), "%Y%m%dT%H%M%S")
            for text in (ex.client.get_text("/tools/now"), ex.metadata(orthanc_id, "ReceptionDate"))
        )
        if (now - stored).total_seconds() <= FORGOTTEN:
            return None
    return tags["StudyID"], sample


def _is_same(ex: Examination, made: bytes, orthanc_id: str) -> bool:
    """Return whether an instance has the very same data set; its head is another after C-STORE."""
    found = bytearray()
    for block in ex.client.download_instance(orthanc_id):
        found += block
        if len(found) > 2 * len(made):
            return False
    data_sets = [file[read_meta(file)[1] :] for file in (made, bytes(found))]
    return data_sets[0] == data_sets[1]


def check_cleanup(ex: Examination) -> Outcome:
    """Delete our instances; runs in every case, also after a cancel."""
    with ex.writing:
        samples, ex.stored = [*ex.stored, *(sample for _run, sample in ex.left)], []
    outcomes = [_remove(ex, sample) for sample in samples]
    bad = next((one for one in outcomes if one.state != PASSED), None)
    if bad is None:
        sweep(ex.ended, {run for run, _sample in ex.left})
    if bad is not None or not outcomes:
        return bad or skipped("", "Nothing was stored.")
    left = len(ex.left)
    if not left:
        return outcomes[0]
    what = "one that an earlier check-up" if left == 1 else f"{left} that earlier check-ups"
    return passed(f"{outcomes[0].detail}, with {what} had left")


def _remove(ex: Examination, sample: Sample) -> Outcome:
    path = f"/instances/{quote(sample.orthanc_id, safe='')}"
    for pause in (0.2, 0.4, 0.6):
        try:
            ex.client.delete(path)
            return passed("the test instance was deleted")
        except errors.NotFoundError:
            return passed("the test instance is gone")
        except errors.OrthancConnectError as error:
            reason = error.message
            if isinstance(error, errors.OrthancHttpError) and error.status_code < 500:
                break
        time.sleep(pause)
    return warning(
        "left_behind",
        f"The test instance is still on the server: {reason}",
        f"Ask the administrator to delete the patient {PATIENT_ID}.",
    )


def choose_sample(ex: Examination) -> Outcome:
    """Choose the instance to look for: our own, else the first that the server has."""
    if ex.sample is not None:
        return passed()
    with suppress(errors.OrthancConnectError):  # the lines that need an instance say so
        found = ex.client.get_json("/instances", {"since": 0, "limit": 1}, [str])
        if found:
            ex.sample = _describe(ex, found[0])
    return passed()


def _describe(ex: Examination, orthanc_id: str) -> Optional[Sample]:
    path = f"/instances/{quote(orthanc_id, safe='')}/simplified-tags"
    tags = ex.client.get_json(path, shape=dict)
    patient_id, study, series, instance, sop_class = (
        one if isinstance(one, str) else "" for one in map(tags.get, _IDENTIFIERS)
    )
    if not (study and series and instance):
        return None
    syntax = ex.metadata(orthanc_id, "TransferSyntax")
    known = "" if uid_fault(syntax) else syntax  # what is no UID can't be agreed on
    return Sample(orthanc_id, patient_id, study, series, instance, sop_class, known)


def check_https_instance(ex: Examination) -> Outcome:
    """Fetch the same instance over HTTPS and compare it with what came over DICOM."""
    choose = ex.sample
    if choose is None:
        return skipped("", "Not tested: the server has no instance that could be fetched.")
    client = ex.client
    try:
        size = _LARGEST_TEST if choose.synthetic else client.stored_size(choose.orthanc_id)
        if size > _LARGEST_FETCHED:
            return skipped("", "Not tested: the server's first instance is too large for a check.")
        content = b"".join(client.download_instance(choose.orthanc_id, size=size))
    except errors.OrthancConnectError as error:
        return failed("https_retrieve", error.message, error.hint)
    digest = pixel_digest(content)
    if digest is None and choose.synthetic:
        return failed(
            "https_differs",
            "The test instance came back over HTTPS without its pixels.",
            "Ask the administrator what changes instances on the way.",
        )
    ex.state_of("get")
    if ex.fetched is None:
        return passed(f"{len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()[:16]}…")
    same = _comparable(content, ex.fetched)
    if same is None:
        return passed(
            f"{len(content)} bytes; over DICOM it comes in another encoding, so the two "
            "were not compared"
        )
    if not same:
        return failed(
            "https_differs",
            "The same instance has other pixels over HTTPS than over DICOM.",
            "Ask the administrator what changes instances on the way; trust neither until then.",
        )
    return passed(f"identical over both, pixels' SHA-256 {str(digest)[:16]}…")


def _comparable(one: bytes, other: bytes) -> Optional[bool]:
    """Compare two files' pixels; None where their encodings don't allow it."""
    digests = (pixel_digest(one), pixel_digest(other))
    if None in digests:
        return True if one == other else None
    syntaxes = {read_meta(file)[0] for file in (one, other)}
    if len(syntaxes) > 1 and not syntaxes <= {IMPLICIT, EXPLICIT}:
        return None
    return digests[0] == digests[1]


def check_compressed(ex: Examination) -> Outcome:
    """Fetch one instance of each compressed kind that the server's first series have."""
    probe = ex.probe
    kinds = _compressed_kinds(ex)
    if not kinds:
        return skipped("", "Not tested: no compressed series among those looked at.")
    for syntax, orthanc_id in kinds.items():
        sample, reason = _describe(ex, orthanc_id), "nothing came."
        try:
            if sample is None or probe.get_one(sample, ex.folder) is not None:
                continue
        except errors.OrthancConnectError as error:
            reason = error.message
        return by_https(
            "compressed",
            f"Compressed series ({_SYNTAX_NAMES.get(syntax, syntax)}) don't come by C-GET though "
            f"others do, so a codec may be missing on the way: {reason}",
            "Retrieve them over HTTPS, which sends them as they are stored.",
            say=warning,
        )
    names = [_SYNTAX_NAMES.get(syntax, syntax) for syntax in kinds]
    return passed(", ".join(dict.fromkeys(names)))


def _compressed_kinds(ex: Examination) -> Dict[str, str]:
    """Return Orthanc's identifier of one instance for each compressed transfer syntax."""
    kinds: Dict[str, str] = {}
    with suppress(errors.OrthancConnectError):
        page = {"expand": "", "since": 0, "limit": _SERIES_LOOKED_AT}
        listed = ex.client.get_json("/series", page, [{"Instances": [str]}])
        for series in listed[:_SERIES_LOOKED_AT]:  # whatever the server makes of the limit
            instances = series["Instances"]
            if not instances or len(kinds) >= _KINDS_FETCHED:
                continue
            orthanc_id = instances[0]
            syntax = ex.metadata(orthanc_id, "TransferSyntax")
            if uid_fault(syntax) or syntax in NATIVE or syntax in kinds:
                continue
            if ex.client.stored_size(orthanc_id) <= _LARGEST_FETCHED:
                kinds[syntax] = orthanc_id
    return kinds
