"""The doctor's checks of what a transfer asks before it begins, and of how it may ask."""

from __future__ import annotations

from typing import List, Optional

from ...orthanc.answers import RECORD
from ...orthanc.client import tag
from ...shared.check_lines import Outcome, failed, passed, warning
from ...shared.errors import OrthancConnectError, OrthancHttpError
from ..examination import Examination
from ..instance import new_uid

#: What a server says to a user who may only read: forbidden, or the method not allowed.
_ONLY_READING = (403, 405)
#: Studies that are asked for at once, to see whether the server ends a search earlier.
_MOST_STUDIES = 1001
#: The same for C-FIND, which is told whose: Orthanc gathers all answers before it sends the first.
_SOME_STUDIES = 101
_OF_UIDS = frozenset("0123456789.")


def check_search(ex: Examination) -> Outcome:
    """Ask what an upload asks first, and a retrieve by UID: ``POST /tools/find``."""
    uid = ex.sample.study_instance_uid if ex.sample else new_uid()
    try:
        wanted = {"StudyInstanceUID": uid}
        found = ex.look_for_sample(lambda: len(ex.client.find("Study", wanted, expand=False)))
    except OrthancHttpError as error:
        if error.status_code not in _ONLY_READING:
            return failed("http", error.message, error.hint)
        return _by_lists(ex, error.status_code)
    if ex.sample is not None and not found:
        return failed(
            "search_nothing",
            "A search does not find a study that the server has.",
            "Ask the administrator to look at the server's log.",
        )
    return _limit(ex) or passed(f"{found} found" if ex.sample else "allowed")


def _by_lists(ex: Examination, status: int) -> Outcome:
    """Look whether the server's lists tell what a search may not."""
    try:
        ex.client.get_json("/studies", {"expand": "", "since": 0, "limit": 1})
    except OrthancConnectError as error:
        return failed(
            "reading_forbidden",
            f"This user may neither search nor list what the server has: {error.message}",
            "Ask the administrator for the right to read; without it nothing can be retrieved.",
        )
    return warning(
        "search_forbidden",
        f"This user may not search (HTTP {status}, POST /tools/find): a retrieve reads the "
        "server's lists instead, which takes longer.",
        "Nothing to do for a retrieve; for more speed, ask the administrator to allow "
        "POST /tools/find.",
    )


def _limit(ex: Examination) -> Optional[Outcome]:
    """Say where the server ends a search before all is told; Orthanc does so since 1.12."""
    wanted = {"Level": "Study", "Query": {}, "Expand": False, "Limit": _MOST_STUDIES}
    try:
        total = ex.client.get_json("/statistics", shape={"CountStudies": int})["CountStudies"]
        found = len(ex.client.post_json("/tools/find", wanted, shape=[str]))
    except OrthancConnectError:
        return None  # not every user may see the statistics
    if found >= min(total, _MOST_STUDIES):
        return None
    return search_limited(found)


def some_studies(ex: Examination) -> List[str]:
    """Return the UIDs of some studies on the server, more than it may tell by one C-FIND."""
    if not ex.is_fine("orthanc"):
        return []
    page = {"expand": "", "since": 0, "limit": _SOME_STUDIES}
    try:
        records = ex.client.get_json("/studies", page, [RECORD])
    except OrthancConnectError:
        return []
    listed = records[:_SOME_STUDIES]  # whatever the server makes of the limit
    uids = dict.fromkeys(tag(one, "MainDicomTags", "StudyInstanceUID") for one in listed)
    return [uid for uid in uids if uid and _OF_UIDS.issuperset(uid)]


def search_limited(studies: int) -> Outcome:
    """Return the outcome of a search that the server ends early."""
    what = "1 study" if studies == 1 else f"{studies} studies"
    return warning(
        "search_limited",
        f"The server ends an answer after {what}, though it has more (LimitFindResults).",
        "Narrow each query down, or ask the administrator to raise LimitFindResults.",
    )


def check_pace(ex: Examination) -> Outcome:
    """Say whether requests were refused for coming too fast."""
    client = ex.client
    if client.limited:
        return warning(
            "rate_limit",
            "The web server before Orthanc refuses requests that come too fast "
            f"(HTTP {client.limited}).",
            "Transfers slow down by themselves; for more speed, ask the administrator to raise "
            "that limit.",
        )
    return passed(f"none of {client.requests} was refused for coming too fast")
