"""Several small instances in one request: a zip archive, whose members' fates are known by name.

A file of a few kilobytes costs the server more for the request than for the instance, and a slow
line a round trip. Orthanc opens a zip archive that it is sent (``POST /instances``, since 1.8.2),
answers with an entry for each instance that it took, and passes over the others without a word. So
members are known by Orthanc's identifiers, computed beforehand (`orthanc.identifiers`); whichever
is not in the answer is sent alone, and gets its own answer.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from typing import Dict, Iterable, List, NamedTuple, Sequence

from ..orthanc.client import StoreResult
from ..scan.files import FoundFile
from ..shared.errors import InputError, OperationCancelled, OrthancConnectError
from .bodies import may_be_refusal, may_shrink
from .pace import Turn
from .sending import Step, Way
from .studies import identifier_of

#: Larger files are sent alone, in bytes.
LARGEST_MEMBER = 64 * 1024
#: So many members, and so many bytes of them, make one archive.
MOST_MEMBERS, MOST_BYTES = 60, 768 * 1024
#: Fewer are not worth an archive.
FEWEST_MEMBERS = 4
_LEVEL = 1


def share(file: FoundFile) -> float:
    """Return how much of a batch's room a file takes; 1 if it is sent alone."""
    # Whether its identifier can be computed; it is computed once, when it is sent.
    is_known = file.identity is not None and file.identity.patient_id is not None
    if file.size > LARGEST_MEMBER or not is_known:
        return 1.0
    return max(1 / MOST_MEMBERS, file.size / MOST_BYTES)


class _Member(NamedTuple):
    number: int
    step: Step
    content: bytes


def send_together(steps: Sequence[Step], way: Way, turn: Turn) -> Dict[int, StoreResult]:
    """Send several files in one request, and return what the server took.

    Parameters
    ----------
    steps : sequence of Step
        The files, to be sent alone where this does not succeed.
    way : Way
        Where they go.
    turn : Turn
        Says whether to compress, and learns how it went.

    Returns
    -------
    dict
        Place among the steps → the server's answer. What is missing has to be sent alone, also
        when the whole request failed: its fault is told then.

    Raises
    ------
    OperationCancelled
        The upload was stopped.
    """
    members = _members(steps)
    if len(members) < 2:
        return {}
    compress = turn.compress and all(may_shrink(one.step.sent) for one in members.values())
    body = _archive(members.values(), compress)
    turn.tried = True
    tries = 0

    def post() -> List[StoreResult]:
        nonlocal tries
        if tries and way.patience.back_at > turn.began:
            raise InputError("The server went away: one by one, so that its cause is found.")
        tries += 1
        for member in members.values():
            member.step.raise_if_stopped()
            member.step.attempts += 1
        return way.client.upload_archive(body)

    try:
        answers = way.patience.persist(post)
    except OperationCancelled:
        raise
    except OrthancConnectError as error:
        if may_be_refusal(error):
            turn.pace.batching = False
        return {}
    taken = {one.orthanc_id: one for one in answers if one.orthanc_id in members}
    if tries == 1 and taken:
        turn.sent = sum(len(members[name].content) for name in taken)
        turn.files = len(taken)
    turn.compressed = compress
    for name in taken:
        members[name].step.count(len(members[name].content))
    return {members[name].number: answer for name, answer in taken.items()}


def _members(steps: Sequence[Step]) -> Dict[str, _Member]:
    """Read the files, by their instances' identifiers.

    One that can't be read, or stands for the same instance as another, is left out.
    """
    members: Dict[str, _Member] = {}
    for number, step in enumerate(steps):
        orthanc_id = identifier_of(step.sent.identity)
        if orthanc_id is None or orthanc_id in members:
            continue
        with suppress(InputError):  # it is told when it is sent alone
            members[orthanc_id] = _Member(number, step, step.read())
    return members


def _archive(members: Iterable[_Member], compress: bool) -> bytes:
    target = io.BytesIO()
    kind, level = (zipfile.ZIP_DEFLATED, _LEVEL) if compress else (zipfile.ZIP_STORED, None)
    with zipfile.ZipFile(target, "w", kind, compresslevel=level) as archive:
        for member in members:
            # A number for a name: nothing of the file's own name is sent, here neither.
            archive.writestr(str(member.number), member.content)
    return target.getvalue()
