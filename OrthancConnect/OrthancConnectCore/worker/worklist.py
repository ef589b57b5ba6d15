"""The worker's work lists: how far they are, the next case, and what is done with one."""

from __future__ import annotations

from typing import Any, Dict, List

from ..orthanc.labels import has_own
from ..worklist.cases import LEFT, Entry, counts, entries_by_list
from ..worklist.scheme import DOING, REVIEW, user_name
from ..worklist.steps import STEPS, candidates, claim_next, waiting
from ..worklist.steps import step as do
from .methods import Context, client_for
from .rpc import INVALID_PARAMS, RpcError

#: Cases for a reviewer that are told at once.
_MOST = 100


def lists(context: Context, params: Dict[str, Any]) -> Any:
    """Return each list of the server: how far it is, what somebody has open, what to review.

    Null unless `thorough` where all studies would have to be read for it, by a server without
    labels of its own (`orthanc.labels.studies_with`).
    """
    client, user, told = client_for(params), user_name(params["user"]), []
    patience = waiting(client, context.token)
    if not (params["thorough"] or patience.persist(lambda: has_own(client))):
        return None

    def read() -> Dict[str, List[Entry]]:
        found = {}
        for name, cases in entries_by_list(client):
            context.token.raise_if_cancelled()
            found[name] = cases
        return found

    for name, found in patience.persist(read).items():
        states = counts(one.case for one in found)
        own = [one.row() for one in found if one.case.state == DOING and one.case.user == user]
        review = [one.row() for one in found if one.case.state == REVIEW]
        left = sum(states[one] for one in LEFT)
        facts = {"name": name, "cases": len(found), "left": left, "states": states}
        following = next((one.orthanc_id for one in candidates(found, user)), "")
        told.append({**facts, "open": own, "review": review[:_MOST], "following": following})
    return told


def following(context: Context, params: Dict[str, Any]) -> Any:
    """Open the next case for somebody; null where there is none."""
    client, resume = client_for(params), params["resume"] or False
    found = claim_next(client, params["list"], params["user"], resume=resume, token=context.token)
    return found.row() if found is not None else None


def step(context: Context, params: Dict[str, Any]) -> Any:
    """Do something with a case, and return the state that it is in then."""
    if params["step"] not in STEPS:
        raise RpcError(INVALID_PARAMS, f"There is no step {params['step']!r:.40}.")
    more = {name: params[name] or "" for name in ("claim", "text")}
    client, name, study = client_for(params), params["list"], params["study"]
    case = do(client, name, study, params["step"], params["user"], **more, token=context.token)
    return {"state": case.state}
