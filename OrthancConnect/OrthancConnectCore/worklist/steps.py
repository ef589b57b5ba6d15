"""What people do with the cases of a list: get the next one, finish it, review it.

A server that goes away meanwhile is waited for. Whether what it did not answer was done is read
again: nothing is done twice, and a step that is repeated because its answer was lost is done.
"""

from __future__ import annotations

import secrets
import threading
from contextlib import suppress
from dataclasses import replace
from typing import Callable, Dict, Iterable, List, Optional

from .. import audit
from ..orthanc import metadata
from ..orthanc.client import OrthancClient
from ..orthanc.records import path_of
from ..orthanc.retry import Patience
from ..shared.errors import InputError, NotFoundError, TransportError
from ..shared.events import CancelToken
from .cases import Entry, entries, show
from .scheme import (
    CLAIM_HOURS,
    DOING,
    DONE,
    REJECTED,
    REVIEW,
    SKIPPED,
    TODO,
    Case,
    now,
    read_cases,
    user_name,
    words,
    write_cases,
)

#: Seconds that a server is waited for that goes away: nginx passes over an Orthanc for 10.
PATIENCE = 30.0
#: What is said of a case that something can't be done with.
_IS = {
    TODO: "nobody has it",
    DOING: "somebody has it",
    SKIPPED: "it was left out",
    REVIEW: "it waits for a reviewer",
    DONE: "it is done",
    REJECTED: "the reviewer sent it back",
}


class _Taken(Exception):
    """Somebody else was quicker."""


def waiting(client: OrthancClient, token: Optional[CancelToken] = None) -> Patience:
    """Return what waits for a server that goes away, until cancelled.

    Raises
    ------
    OrthancConnectError
        The server is not there to begin with.
    """
    if not client.answered:
        client.system()
    stopped = threading.Event()
    if token is not None:
        token.on_cancel(stopped.set)
    return Patience(stopped, client.system, PATIENCE, reached=True)


def claim_next(
    client: OrthancClient,
    name: str,
    user: str,
    *,
    resume: bool = False,
    hours: float = CLAIM_HOURS,
    token: Optional[CancelToken] = None,
) -> Optional[Entry]:
    """Open the next case of a list for somebody; None where there is none.

    First what the reviewer sent back to them, then what they alone shall get, then what nobody has,
    then what somebody else has open for longer than so many hours. Nobody gets what another one
    gets at the same time, also under the same name. With `resume` it is what they have open: who
    opened it there can't finish it any more.

    Raises
    ------
    OrthancConnectError
        The server can't be reached, did not come back, or refuses.
    OperationCancelled
        The token was cancelled.
    """
    user, claim = user_name(user), secrets.token_hex(8)
    patience = waiting(client, token)

    def take(case: Case) -> Case:
        if _turn(case, user, resume, hours) is None:
            raise _Taken
        return replace(case, state=DOING, user=user, since=now(), claim=claim)

    found = patience.persist(lambda: entries(client, name))
    for entry in candidates(found, user, resume, hours):
        with suppress(_Taken, NotFoundError):  # deleted meanwhile
            case = _change(client, name, entry.orthanc_id, take, patience)
            _note(client, name, entry.orthanc_id, "next", user)
            return replace(entry, case=case)
    return None


def _turn(case: Case, user: str, resume: bool, hours: float) -> Optional[int]:
    """Return when it is a case's turn, the lower the sooner; None where somebody may not get it."""
    is_own = case.user == user
    if resume:
        return 0 if case.state == DOING and is_own else None
    if case.state == REJECTED and is_own:
        return 0
    if case.state == TODO and (is_own or not case.user):
        return 1 if is_own else 2
    return 3 if case.state == DOING and case.is_stale(hours) else None


def candidates(
    found: Iterable[Entry], user: str, resume: bool = False, hours: float = CLAIM_HOURS
) -> List[Entry]:
    """Return the cases that somebody may get, the next one first; see `claim_next`."""
    turns = ((_turn(one.case, user, resume, hours), one) for one in found)
    mine = [(turn, one.case.place, one) for turn, one in turns if turn is not None]
    return [one for _when, _place, one in sorted(mine, key=lambda known: known[:2])]


def step(
    client: OrthancClient,
    name: str,
    study_orthanc_id: str,
    deed: str,
    user: str,
    *,
    claim: str = "",
    text: str = "",
    token: Optional[CancelToken] = None,
) -> Case:
    """Do one of `STEPS` with a case of a list, and return what it is then.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    name : str
        Of the list.
    study_orthanc_id : str
        Orthanc's identifier of the study.
    deed : str
        One of `STEPS`.
    user : str
        Who does it; for ``assign`` who shall get it, empty for anybody.
    claim : str
        Of whoever opened it; any of that user's when left out.
    text : str
        The reason to skip it, or the reviewer's note.
    token : CancelToken, optional
        Ends the waiting for a server that went away.

    Raises
    ------
    InputError
        It is no case of the list, or that can't be done with it now.
    NotFoundError
        The study was deleted meanwhile.
    """
    who = user_name(user) if user or deed != "assign" else ""
    edit, patience = STEPS[deed], waiting(client, token)
    case = _change(
        client, name, study_orthanc_id, lambda case: edit(case, who, claim, text), patience
    )
    _note(client, name, study_orthanc_id, deed, who)
    return case


def _change(
    client: OrthancClient,
    name: str,
    orthanc_id: str,
    edit: Callable[[Case], Case],
    patience: Patience,
) -> Case:
    tried: List[Case] = []
    changed: Dict[str, Case] = {}
    path = path_of("Study", orthanc_id)

    def edit_text(before: Optional[str]) -> str:
        cases = read_cases(before)
        if name not in cases:
            client.get_json(path)  # it may have been deleted
            raise InputError(
                f"The study is no case of the work list {name}.", "See worklist table for those."
            )
        if cases[name] not in tried:  # else an earlier try has made it, and its answer was lost
            cases[name] = edit(cases[name])
            tried.append(cases[name])
        changed.update(cases)
        return write_cases(cases)

    try:
        patience.persist(lambda: metadata.change(client, path, metadata.WORK_LISTS, edit_text))
        patience.persist(lambda: show(client, name, orthanc_id))
    except TransportError as error:
        if tried:
            error.hint = "Look at the list when the server is back: it may have been done."
        raise
    return changed[name]


def _note(client: OrthancClient, name: str, orthanc_id: str, deed: str, user: str) -> None:
    facts = {"studies": [orthanc_id], "list": name, "step": deed, "for": user}
    audit.record("worklist", client.profile, "done", **facts)


def _open(case: Case, user: str, claim: str) -> None:
    """Make sure that somebody has a case open."""
    if case.state == DOING and case.user == user and claim in ("", case.claim):
        return
    why = "it was opened anew elsewhere" if case.user == user else f"{case.user} has it"
    why = why if case.state == DOING else _IS[case.state]
    raise InputError(
        f"You do not have this case open: {why}.", "Get the next one; what you did stays here."
    )


def _is_done(case: Case, user: str, claim: str) -> bool:
    """Return whether the same person, or claim, has done it before."""
    return case.user == user and claim in ("", case.claim)


def _done(case: Case, user: str, claim: str, _text: str) -> Case:
    if case.state in (REVIEW, DONE) and _is_done(case, user, claim):
        return case
    _open(case, user, claim)
    return replace(case, state=REVIEW if case.reviews else DONE, since=now(), reason="")


def _skip(case: Case, user: str, claim: str, text: str) -> Case:
    reason = words(text, "reason")
    if (case.state, case.reason) == (SKIPPED, reason) and _is_done(case, user, claim):
        return case
    _open(case, user, claim)
    return replace(case, state=SKIPPED, since=now(), reason=reason)


def _reviewed(case: Case) -> None:
    if case.state not in (REVIEW, DONE):
        raise InputError(
            f"This case can't be reviewed: {_IS[case.state]}.", "Wait until somebody has done it."
        )


def _accept(case: Case, user: str, _claim: str, text: str) -> Case:
    _reviewed(case)
    note = words(text, "note") if text else ""
    return replace(case, state=DONE, since=now(), reviewer=user, note=note)


def _reject(case: Case, user: str, _claim: str, text: str) -> Case:
    _reviewed(case)
    return replace(case, state=REJECTED, since=now(), reviewer=user, note=words(text, "note"))


def _release(case: Case, _user: str, _claim: str, text: str) -> Case:
    if case.state != DOING:
        raise InputError(f"Nobody has this case open: {_IS[case.state]}.", "Get the next one.")
    reason = words(text, "reason")
    return replace(case, state=TODO, user="", since=now(), claim="", reason=reason)


def _assign(case: Case, user: str, _claim: str, _text: str) -> Case:
    if case.state not in (TODO, SKIPPED, REJECTED):
        why = f"{case.user} has it" if case.state == DOING else _IS[case.state]
        raise InputError(f"This case can't be assigned: {why}.", "Release it, or reject it first.")
    state = REJECTED if case.state == REJECTED else TODO
    return replace(case, state=state, user=user, since=now())


#: What can be done with a case, each with what becomes of it.
STEPS: Dict[str, Callable[[Case, str, str, str], Case]] = {
    "done": _done,
    "skip": _skip,
    "accept": _accept,
    "reject": _reject,
    "release": _release,
    "assign": _assign,
}
