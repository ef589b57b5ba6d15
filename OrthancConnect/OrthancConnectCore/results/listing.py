"""The results that a study has on the server."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient, tag
from ..orthanc.identifiers import is_orthanc_id
from ..orthanc.labels import labelled
from ..orthanc.records import sizes_of
from ..shared.errors import InputError, NotFoundError, RequestTimeoutError
from ..shared.events import CancelToken
from ..shared.results import CONTOURS, MEASUREMENTS, SCENE, SEGMENTATION, VOLUME, StudyResult
from ..shared.validation import plain_text
from .scene import scenes_of
from .scheme import BUNDLE, PARAMETRIC_MAP
from .versions import version_of

#: Put on a series in whose place another one came.
REPLACED = "replaced"
#: Results of a study that are listed, as many scenes, and series that are asked what they are.
MOST_RESULTS, _MOST_ASKED = 500, 100
#: Instances of a series that may be a map in parts; more are images.
_MOST_PARTS = 20
#: Seconds that all of it may take: some hundred results need a request or two each.
MOST_SECONDS = 120.0
_KINDS = {"SEG": SEGMENTATION, "RTSTRUCT": CONTOURS, "SR": MEASUREMENTS}
#: Reports that hold measurements, other than those of doses (PS3.4 table B.5-1) …
_REPORTS = ("22", "33", "34", "35")
_REPORT = "1.2.840.10008.5.1.4.1.1.88."
#: … and what Slicer's data bundles are, which say so in an attribute of their own.
_BUNDLES = ("1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.66")
_DATE, _TIME = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)"), re.compile(r"(\d\d):?(\d\d)(?::?(\d\d))?")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
Record = Mapping[str, Any]


def series_in(client: OrthancClient, study_orthanc_id: str) -> List[Record]:
    """Return the records of all series of a study, the oldest first.

    Raises
    ------
    InputError
        The server has no such study.
    """
    try:
        found = client.get_json(f"/studies/{study_orthanc_id}/series", shape=[RECORD])
    except NotFoundError as error:
        raise no_study(study_orthanc_id) from error
    whole = [
        {**one, "Instances": list(filter(is_orthanc_id, one.get("Instances", ())))}
        for one in found
        if is_orthanc_id(one["ID"]) and uid_of(one)
    ]
    return sorted(whole, key=lambda one: (_moment(one), number_of(one), uid_of(one)))


def no_study(name: str) -> InputError:
    """Return the error for a study that the server has not, or no longer."""
    return InputError(
        f"The server does not have the study {plain_text(name, 80)}.",
        "See whether it was deleted there; what waits here stays on this computer.",
        cause="no_study",
    )


def uid_of(series: Record) -> str:
    """Return the UID of a series' record."""
    return tag(series, "MainDicomTags", "SeriesInstanceUID")


def number_of(series: Record) -> int:
    """Return the number of a series' record; 0 where it has none."""
    text = tag(series, "MainDicomTags", "SeriesNumber")
    return int(text) if _NUMBER.fullmatch(text) else 0


def versions_in(series: Iterable[Record], origin: str) -> List[Record]:
    """Return the versions of a result among a study's series, in the same order."""
    found = ((one, version_of(uid_of(one))) for one in series)
    return [one for one, version in found if version is not None and version.origin == origin]


def results_of(
    client: OrthancClient, study_orthanc_id: str, token: Optional[CancelToken] = None
) -> List[StudyResult]:
    """Return the results of a study: SEG, RTSTRUCT, SR, parametric maps, scenes, what we sent.

    Raises
    ------
    InputError
        The server has no such study.
    RequestTimeoutError
        It answers each question, and takes more than `MOST_SECONDS` for all of them.

    Notes
    -----
    ``GET /studies/{id}/series``; of series that may be one the SOP class (``GET
    /instances/{id}/metadata/SopClassUid``); for each result its size, and of all together their
    labels where those are metadata.
    """
    token = _Patience(token or CancelToken())
    if not is_orthanc_id(study_orthanc_id):
        raise no_study(study_orthanc_id)
    found: Dict[str, StudyResult] = {}
    records: List[Record] = []
    asked = 0
    for series in series_in(client, study_orthanc_id):
        token.raise_if_cancelled()
        modality = tag(series, "MainDicomTags", "Modality")
        instances = series["Instances"]
        kind, is_map = _KINDS.get(modality, ""), False
        if not kind and version_of(uid_of(series)) is not None:
            kind = VOLUME
        is_small = 0 < len(instances) <= _MOST_PARTS
        if kind in ("", VOLUME, MEASUREMENTS) and is_small and asked < _MOST_ASKED:
            asked += 1
            kind, is_map = _kind_of(client, instances[0], kind)
        if kind and instances and len(found) < MOST_RESULTS:
            one = _result(client, kind, study_orthanc_id, series, instances)
            found[series["ID"]] = replace(one, is_map=is_map)
            records.append(series)
    sizes = sizes_of(client, "Series", found, token)
    labels = {one["ID"]: one["Labels"] for one in labelled(client, records, "Series")}
    listed = [
        replace(one, size=sizes.get(name, 0), replaced=REPLACED in labels[name])
        for name, one in found.items()
    ]
    numbered = _numbered([*listed, *scenes_of(client, study_orthanc_id)])
    return numbered[: len(listed)] + numbered[len(listed) :][-MOST_RESULTS:]


class _Patience(CancelToken):
    """Stops with another token, and when it took too long."""

    def __init__(self, token: CancelToken) -> None:
        super().__init__()
        self._token, self._end = token, time.monotonic() + MOST_SECONDS

    def raise_if_cancelled(self) -> None:
        self._token.raise_if_cancelled()
        if time.monotonic() > self._end:
            raise RequestTimeoutError(
                f"The server takes more than {MOST_SECONDS:.0f} s to tell the results of this "
                "study.",
                "Try again when it has less to do, or retrieve the series instead.",
            )


def _kind_of(client: OrthancClient, instance: str, kind: str) -> Tuple[str, bool]:
    """Return the kind of a series, by the SOP class of an instance; and whether it is a map."""
    sop_class_uid = _told(client, instance, "metadata/SopClassUid")
    if kind == MEASUREMENTS:
        root, last = sop_class_uid[: len(_REPORT)], sop_class_uid[len(_REPORT) :]
        return (kind if root == _REPORT and last in _REPORTS else ""), False
    if sop_class_uid in _BUNDLES and _told(client, instance, "content/cadb-0010") == BUNDLE:
        return SCENE, False
    is_map = sop_class_uid == PARAMETRIC_MAP
    return (VOLUME if is_map else kind), is_map


def _told(client: OrthancClient, instance: str, what: str) -> str:
    with suppress(NotFoundError):
        return plain_text(client.get_text(f"/instances/{instance}/{what}"), 128)
    return ""


def _result(
    client: OrthancClient, kind: str, study: str, series: Record, instances: Sequence[str]
) -> StudyResult:
    def text(keyword: str) -> str:
        return plain_text(tag(series, "MainDicomTags", keyword), 200)

    uid = uid_of(series)
    version = version_of(uid)
    author = text("OperatorsName") or _told(client, instances[0], "content/0070-0084")
    return StudyResult(
        kind,
        text("SeriesDescription"),
        author.replace("^", " ").strip(),
        _moment(series),
        0,
        study,
        uid,
        series["ID"],
        tuple(instances),
        origin=version.origin if version is not None else "",
    )


def _moment(series: Record) -> str:
    """Return when a series was made, as ISO 8601; empty where it does not tell."""
    date = _DATE.match(tag(series, "MainDicomTags", "SeriesDate"))
    time = _TIME.match(tag(series, "MainDicomTags", "SeriesTime"))
    if date is None:
        return ""
    clock = "T" + ":".join(part or "00" for part in time.groups()) if time is not None else ""
    return "-".join(date.groups()) + clock


def _numbered(results: Iterable[StudyResult]) -> List[StudyResult]:
    """Return results with the number of each version of the same thing."""
    counts: Dict[str, int] = {}
    numbered = []
    for one in results:
        if one.origin:
            counts[one.origin] = counts.get(one.origin, 0) + 1
        numbered.append(replace(one, version=counts.get(one.origin, 1)))
    return numbered
