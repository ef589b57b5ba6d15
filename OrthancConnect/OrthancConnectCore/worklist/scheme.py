"""How a work list stands on the server, so that any tool can read it.

The truth is the user metadata `metadata.WORK_LISTS` (5102) of each study: a JSON object with a
member for each list that the study is a case of, whose members are those of `Case`. A change names
the revision that it was made from, so Orthanc itself lets one of two people win.

Labels show the same to people and other tools: ``task_LIST`` on each case, ``task_LIST_STATE`` and,
where somebody has it or shall have it, ``task_LIST_by_USER``. Names have no underscore, which parts
these words, since Orthanc takes no colon.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, FrozenSet, List, Mapping, Optional

from ..orthanc import metadata
from ..shared.errors import InputError
from ..shared.matching import folded
from ..shared.validation import begun, plain_text

TODO, DOING, SKIPPED, REVIEW, DONE, REJECTED = STATES = (
    *("todo", "doing", "skipped", "review", "done", "rejected"),
)
#: Characters of a reason or a note; lists of a server, and the last place in a list's order.
LONGEST_TEXT, MOST_LISTS, LAST_PLACE = 500, 100, 10**9
#: Hours after which a case that somebody has open is offered to others.
CLAIM_HOURS = 24.0
_NAME = re.compile(r"[A-Za-z0-9-]{1,24}")
PREFIX = "task_"


@dataclass(frozen=True)
class Case:
    """A study on a list.

    Attributes
    ----------
    state : str
        One of `STATES`: nobody has done it; somebody has it open; left out with a reason; waits for
        a reviewer; done; sent back by the reviewer to who did it.
    user : str
        Who has it, has done it, or alone shall get it; empty for anybody.
    since : str
        When that became so: ISO 8601, in UTC.
    claim : str
        Made up anew by each who opens it, so that two of the same name are told apart; it stays,
        so that who says twice that it is done is told from others.
    place : int
        In the list's order.
    reviews : bool
        Whether what is done waits for a reviewer.
    reason, note, reviewer : str
        Why it was left out; what the reviewer wrote, and who that is.
    """

    state: str = TODO
    user: str = ""
    since: str = ""
    claim: str = ""
    place: int = 0
    reviews: bool = False
    reason: str = ""
    note: str = ""
    reviewer: str = ""

    def labels(self, name: str) -> FrozenSet[str]:
        """Return the labels that show it as a case of a list."""
        label = label_of(name)
        labels = {label, f"{label}_{self.state}"}
        return frozenset(labels | ({f"{label}_by_{self.user}"} if self.user else set()))

    def is_stale(self, hours: float) -> bool:
        """Whether somebody has it open for longer than so many hours."""
        try:
            since = datetime.fromisoformat(self.since)
        except ValueError:
            return True
        if since.tzinfo is None:
            return True
        return datetime.now(timezone.utc) - since > timedelta(hours=hours)


_KINDS = {"place": int, "reviews": bool}
_SHAPE = {f"{one.name}?": _KINDS.get(one.name, str) for one in fields(Case)}


def now() -> str:
    """Return this moment, as a case has it."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def list_name(text: str) -> str:
    """Return the name of a list.

    Raises
    ------
    InputError
        It can't be one.
    """
    if not _NAME.fullmatch(text):
        raise InputError(
            f"A work list can't be named '{begun(text)}'.",
            "Use up to 24 plain letters, digits and hyphens.",
        )
    return text


def user_name(text: str) -> str:
    """Return a person's name as lists have it: ``José Pérez`` → ``jose-perez``.

    Raises
    ------
    InputError
        Nothing of it is left.
    """
    name = re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")[:24]
    if not name:
        raise InputError(
            f"A person on a work list can't be named '{begun(text)}'.",
            "Use plain letters and digits.",
        )
    return name


def words(text: str, what: str) -> str:
    """Return a reason or a note as plain text.

    Raises
    ------
    InputError
        There is none, or it is too long.
    """
    plain = plain_text(text, 10 * LONGEST_TEXT)
    if not 0 < len(plain) <= LONGEST_TEXT:
        raise InputError(
            f"The {what} has to have 1 to {LONGEST_TEXT} characters.", "Write it in a few words."
        )
    return plain


def label_of(name: str) -> str:
    """Return the label that all cases of a list have."""
    return PREFIX + name


def lists_in(labels: List[str]) -> List[str]:
    """Return the names of the lists that some labels are of."""
    names = (label[len(PREFIX) :] for label in labels if label.startswith(PREFIX))
    return sorted({name for name in names if _NAME.fullmatch(name)})


def read_cases(text: Optional[str]) -> Dict[str, Case]:
    """Return the cases that a study is, by list.

    Raises
    ------
    InputError
        Another program has written something else there.
    """
    if text is None:
        return {}
    known = metadata.value(text, dict)
    try:
        return {str(name): _case(one) for name, one in known.items()}
    except (AttributeError, ValueError) as error:
        raise InputError(
            "What a study's metadata tells of work lists can't be read: another program wrote it.",
            f"Look at metadata {metadata.WORK_LISTS} of the study.",
        ) from error


def _case(told: Any) -> Case:
    known = metadata.value(json.dumps(told), _SHAPE)
    if known is None or known.get("state", TODO) not in STATES:
        raise ValueError("case")
    names = {one.name for one in fields(Case)}
    case = Case(**{name: one for name, one in known.items() if name in names})
    texts = {name: plain_text(one) for name, one in vars(case).items() if isinstance(one, str)}
    case = replace(case, **texts)  # type: ignore[arg-type]
    user = user_name(case.user) if case.user else ""
    return replace(case, user=user, place=min(max(case.place, 0), LAST_PLACE))


def write_cases(cases: Mapping[str, Case]) -> str:
    """Return the metadata of a study's cases; what says nothing is left out."""
    plain = Case()
    told = {
        name: {
            key: value
            for key, value in asdict(case).items()
            if key == "state" or value != getattr(plain, key)
        }
        for name, case in cases.items()
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False)
