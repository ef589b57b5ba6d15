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
from typing import Dict, List, Sequence, Tuple

from ..orthanc.client import StoreResult
from ..orthanc.retry import BUSY
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
_LEVEL = 1


def share(file: FoundFile) -> float:
    """Return how much of a batch's room a file takes; 1 if it is sent alone."""
    # Whether its identifier can be computed; it is computed once, when it is sent.
    is_known = file.identity is not None and file.identity.patient_id is not None
    if file.size > LARGEST_MEMBER or not is_known:
        return 1.0
    return max(1 / MOST_MEMBERS, file.size / MOST_BYTES)


def send_together(steps: Sequence[Step], way: Way, turn: Turn) -> None:
    """Send several files in one request, and note in each step whether the server took it.

    What it did not take has to be sent alone, also when the whole request failed: its fault is told
    then. Raises OperationCancelled where the upload was stopped.
    """
    members = _members(steps)
    if len(members) < 2:
        return
    compress = turn.compress and all(may_shrink(step.sent) for step, _ in members.values())
    body = _archive([content for _, content in members.values()], compress)
    turn.tried = True
    tries = 0
    may_be_cause = False

    def post() -> List[StoreResult]:
        nonlocal tries, may_be_cause
        if may_be_cause and way.patience.back_at > turn.began:
            raise InputError("The server went away: one by one, so that its cause is found.")
        tries += 1
        for step, _ in members.values():
            step.raise_if_stopped()
            step.attempts += 1
        try:
            return way.client.upload_archive(body)
        except OrthancConnectError as error:
            may_be_cause = error.facts.get("status_code") not in BUSY
            raise

    try:
        answers = way.patience.persist(post)
    except OperationCancelled:
        raise
    except OrthancConnectError as error:
        if may_be_refusal(error):
            turn.pace.batching = False
        return
    turn.compressed = compress
    taken = {one.orthanc_id: one for one in answers if one.orthanc_id in members}
    for orthanc_id, answer in taken.items():
        step, content = members[orthanc_id]
        step.taken = answer
        step.count(len(content))
    if tries == 1 and taken:
        turn.sent = sum(len(members[orthanc_id][1]) for orthanc_id in taken)
        turn.files = len(taken)


def _members(steps: Sequence[Step]) -> Dict[str, Tuple[Step, bytes]]:
    """Return the files that can go together and their content, by their instances' identifiers.

    One that can't be read, or stands for the same instance as another, is left out.
    """
    members: Dict[str, Tuple[Step, bytes]] = {}
    for step in steps:
        orthanc_id = identifier_of(step.sent.identity)
        if orthanc_id is None or orthanc_id in members:
            continue
        with suppress(InputError):  # it is told when it is sent alone
            members[orthanc_id] = step, step.read()
    return members


def _archive(contents: Sequence[bytes], compress: bool) -> bytes:
    target = io.BytesIO()
    kind, level = (zipfile.ZIP_DEFLATED, _LEVEL) if compress else (zipfile.ZIP_STORED, None)
    with zipfile.ZipFile(target, "w", kind, compresslevel=level) as archive:
        for number, content in enumerate(contents):
            # A number for a name: nothing of the file's own name is sent, here neither.
            archive.writestr(str(number), content)
    return target.getvalue()
