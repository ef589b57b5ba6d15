"""What has changed on the server, by its numbered list of changes (Orthanc Book, "Changes").

A series that was being received when Orthanc ended is never told to be stable (seen with 1.10 and
1.12). So every new instance counts, and whether its series is stable, its record is asked.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set

from ..orthanc.answers import RECORD
from ..orthanc.client import OrthancClient
from ..orthanc.identifiers import is_orthanc_id
from ..shared.errors import ConnectionFailedError, NotFoundError
from .memory import Memory

#: Changes in one request.
MOST = 1000
_SHAPE = {
    "Changes": [{"Seq": int, "ChangeType": str, "ID": str}],
    "Done": bool,
    "Last": int,
}
_OF_SERIES = ("NewSeries", "StableSeries")
_OF_INSTANCES = "NewInstance"


class News(NamedTuple):
    """A part of the list.

    Attributes
    ----------
    series : set of str
        Orthanc's identifiers of the series that got something, or came to rest.
    is_all : bool
        Whether it goes up to the list's end.
    """

    series: Set[str]
    is_all: bool


def begin_at_the_end(client: OrthancClient, memory: Memory) -> None:
    """Note the last change that there is (``GET /changes?last``)."""
    answer = _ask(client, last="")
    memory.anchors = []
    rows = answer["Changes"]
    memory.read_up_to(max(0, answer["Last"]), rows[-1]["ID"] if rows else "")


def news(client: OrthancClient, memory: Memory) -> Optional[News]:
    """Return what comes next in the list, and note how far it was read.

    Returns
    -------
    News or None
        None where this is no longer the list that was read before: the server's database was made
        anew, or the list was cut so that nothing is known of it. Then all series are to be looked
        at.
    """
    anchor = memory.anchors[-1] if memory.anchors else None
    is_joined = anchor is not None and anchor[0] == memory.last
    since = memory.last - 1 if is_joined else memory.last
    answer = _ask(client, since=since, limit=MOST)
    rows: List[Dict[str, Any]] = answer["Changes"]
    if is_joined and rows and (rows[0]["Seq"], rows[0]["ID"]) == anchor:
        del rows[0]
    elif (is_joined or answer["Last"] < memory.last) and not _is_known(client, memory):
        return None
    series = {row["ID"] for row in rows if row["ChangeType"] in _OF_SERIES}
    instances = [row["ID"] for row in rows if row["ChangeType"] == _OF_INSTANCES]
    series.update(_series_of(client, instances))
    if rows:
        memory.read_up_to(rows[-1]["Seq"], rows[-1]["ID"])
    return News(series, answer["Done"])


def _series_of(client: OrthancClient, instances: List[str]) -> Iterator[str]:
    """Yield the series of new instances: of one it is asked for, and tells its other ones."""
    told: Set[str] = set()
    for name in instances:
        if name not in told:
            with suppress(NotFoundError):  # deleted meanwhile
                record = client.get_json(f"/instances/{name}/series", shape=RECORD)
                told.update(record.get("Instances", ()))
                yield record["ID"]


def _is_known(client: OrthancClient, memory: Memory) -> bool:
    """Whether a change that was read before is still there; those of deleted resources are not."""
    for number, name in reversed(memory.anchors):
        rows = _ask(client, since=number - 1, limit=1)["Changes"]
        if rows and (rows[0]["Seq"], rows[0]["ID"]) == (number, name):
            return True
    return False


def _ask(client: OrthancClient, **params: Any) -> Dict[str, Any]:
    """Return a part of the list whose numbers are in order and go on.

    Otherwise it is no answer of Orthanc's.
    """
    answer: Dict[str, Any] = client.get_json("/changes", params, shape=_SHAPE)
    rows = answer["Changes"]
    numbers = [params.get("since", 0), *(row["Seq"] for row in rows)]
    wrong = ""
    if any(after <= before for before, after in zip(numbers, numbers[1:])):
        wrong = "its numbers do not rise"
    elif len(rows) > params.get("limit", 1):
        wrong = "it is longer than was asked for"
    elif not (answer["Done"] or rows):
        wrong = "it has neither changes nor an end"
    elif not all(is_orthanc_id(row["ID"]) for row in rows):
        wrong = "a member of it has no identifier"
    if wrong:
        raise _not_orthancs("/changes", wrong)
    return answer


def _not_orthancs(path: str, wrong: object) -> ConnectionFailedError:
    return ConnectionFailedError(
        f"The server's answer to GET {path} is not what Orthanc answers: {wrong}.",
        "Look at what stands between here and the server, as a proxy.",
        cause="not_orthanc",
    )
