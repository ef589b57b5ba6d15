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
from typing import Dict, List, NamedTuple, Sequence

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


def may_join(file: FoundFile) -> bool:
    """Return whether a file may be sent together with others."""
    # Whether its identifier can be computed; it is computed once, when it is sent.
    is_known = file.identity is not None and file.identity.patient_id is not None
    return file.size <= LARGEST_MEMBER and is_known


class _Member(NamedTuple):
    number: int
    step: Step
    orthanc_id: str
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
    compress = turn.compress and all(may_shrink(one.step.sent) for one in members)
    body = _archive(members, compress)
    turn.tried = True
    tries = 0

    def post() -> List[StoreResult]:
        nonlocal tries
        if tries and way.patience.back_at > turn.began:
            raise InputError("The server went away: one by one, so that its cause is found.")
        tries += 1
        for member in members:
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
    taken = _match(members, answers)
    if tries == 1 and taken:
        turn.sent = sum(len(one.content) for one in members if one.number in taken)
        turn.files = len(taken)
    turn.compressed = compress
    for member in members:
        if member.number in taken:
            member.step.count(len(member.content))
    return taken


def _members(steps: Sequence[Step]) -> List[_Member]:
    """Read the files; one that can't be read, or stands for the same instance, is left out."""
    members: List[_Member] = []
    known = set()
    for number, step in enumerate(steps):
        orthanc_id = identifier_of(step.sent.identity)
        if orthanc_id is None or orthanc_id in known:
            continue
        try:
            content = step.read()
        except InputError:
            continue  # it is told when it is sent alone
        known.add(orthanc_id)
        members.append(_Member(number, step, orthanc_id, content))
    return members


def _match(members: Sequence[_Member], answers: Sequence[StoreResult]) -> Dict[int, StoreResult]:
    by_id = {answer.orthanc_id: answer for answer in answers}
    return {one.number: by_id[one.orthanc_id] for one in members if one.orthanc_id in by_id}


def _archive(members: Sequence[_Member], compress: bool) -> bytes:
    target = io.BytesIO()
    kind, level = (zipfile.ZIP_DEFLATED, _LEVEL) if compress else (zipfile.ZIP_STORED, None)
    with zipfile.ZipFile(target, "w", kind, compresslevel=level) as archive:
        for member in members:
            # A number for a name: nothing of the file's own name is sent, here neither.
            archive.writestr(str(member.number), member.content)
    return target.getvalue()
