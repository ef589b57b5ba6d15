"""Several small instances in one request: a zip archive, whose members' fates are known by name.

A file of a few kilobytes costs the server more for the request than for the instance, and a slow
line a round trip. Orthanc opens a zip archive that it is sent (``POST /instances``, since 1.8.2),
answers with an entry for each instance that it took, and passes over the others without a word. So
members are known by Orthanc's identifiers, computed beforehand (`orthanc_ids`); whichever is not in
the answer is sent alone, and gets its own answer.
"""

from __future__ import annotations

import io
import zipfile
from typing import Dict, List, NamedTuple, Sequence

from .errors import InputError, OperationCancelled, OrthancConnectError
from .rest import StoreResult
from .scan import FoundFile
from .upload_known import identifier_of
from .upload_pace import Turn
from .upload_sending import Sending, may_be_refusal, may_shrink
from .upload_steps import Server

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
    sending: Sending
    orthanc_id: str
    content: bytes


class Batch:
    """Files on their way together, in one thread.

    Parameters
    ----------
    sendings : sequence of Sending
        The files, to be sent alone where this does not succeed.
    server : Server
        Where they go.
    turn : Turn
        Says whether to compress, and learns how it went.
    """

    def __init__(self, sendings: Sequence[Sending], server: Server, turn: Turn) -> None:
        self._server = server
        self._turn = turn
        self._sendings = sendings

    def send(self) -> Dict[int, StoreResult]:
        """Send them in one request, and return what the server took.

        Returns
        -------
        dict
            Place among the sendings → the server's answer. What is missing has to be sent alone,
            also when the whole request failed: its fault is told then.

        Raises
        ------
        OperationCancelled
            The upload was stopped.
        """
        members = self._members()
        if len(members) < 2:
            return {}
        compress = self._turn.compress and all(may_shrink(one.sending.file) for one in members)
        body = _archive(members, compress)
        self._turn.tried = True
        tries = 0

        def post() -> List[StoreResult]:
            nonlocal tries
            if tries and self._server.patience.back_at > self._turn.began:
                raise InputError("The server went away: one by one, so that its cause is found.")
            tries += 1
            for member in members:
                member.sending.raise_if_stopped()
                member.sending.attempts += 1
            return self._server.client.upload_archive(body)

        try:
            answers = self._server.patience.persist(post)
        except OperationCancelled:
            raise
        except OrthancConnectError as error:
            if may_be_refusal(error):
                self._turn.refuse_batches()
            return {}
        taken = _match(members, answers)
        if tries == 1 and taken:
            self._turn.sent = sum(len(one.content) for one in members if one.number in taken)
            self._turn.files = len(taken)
        self._turn.compressed = compress
        for member in members:
            if member.number in taken:
                member.sending.count(len(member.content))
        return taken

    def _members(self) -> List[_Member]:
        """Read the files; one that can't be read, or stands for the same instance, is left out."""
        members: List[_Member] = []
        known = set()
        for number, sending in enumerate(self._sendings):
            orthanc_id = identifier_of(sending.file.identity)
            if orthanc_id is None or orthanc_id in known:
                continue
            try:
                content = sending.read()
            except InputError:
                continue  # it is told when it is sent alone
            known.add(orthanc_id)
            members.append(_Member(number, sending, orthanc_id, content))
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
