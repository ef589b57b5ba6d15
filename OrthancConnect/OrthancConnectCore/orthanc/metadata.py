"""User metadata of studies and series: texts that Orthanc keeps under numbers from 1024 on.

What is read tells its revision (``ETag``), and a change that names it (``If-Match``) is made by
Orthanc itself only if nobody else was quicker, else refused with 409: since 1.9.2, with SQLite and
PostgreSQL, whether or not ``CheckRevisions`` is on. To what is not there yet any revision fits, and
to what somebody else has just made none that nothing has (`_NOTHING`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional

from ..shared.errors import ConflictError, InputError, NotFoundError
from .answers import NoJson, UnexpectedAnswer, read_json
from .client import OrthancClient

#: Our numbers: the labels where Orthanc has none of its own, and the work lists.
LABELS, WORK_LISTS = "5101", "5102"
#: Bytes of a value; more is neither read nor written.
LARGEST = 64 * 1024
#: How often a change is tried that others are quicker with.
_TRIES = 50
#: A revision that no text has: its MD5 is that of none that is known.
_NOTHING = '"0-00000000000000000000000000000000"'


@dataclass(frozen=True)
class Kept:
    """A value, and what names its revision in a later change."""

    text: str
    revision: str


def read(client: OrthancClient, resource: str, number: str) -> Optional[Kept]:
    """Return the value of a resource (``/studies/{id}``); None where it has none.

    Raises
    ------
    InputError
        The server tells no revision: it is older than Orthanc 1.9.2, or something between hides it.
    """
    fields: List[Mapping[str, str]] = []
    try:
        path = f"{resource}/metadata/{number}"
        content = b"".join(client.download(path, fields.append, size=LARGEST))
    except NotFoundError:
        return None
    revision = fields[0].get("ETag", "")
    if not revision:
        raise InputError(
            "The server tells no revisions of metadata: nothing can be changed safely there.",
            "It takes Orthanc 1.9.2 or newer, and a web server before it that passes ETag on.",
        )
    return Kept(content.decode("utf-8", errors="replace"), revision)


def write(
    client: OrthancClient, resource: str, number: str, text: str, before: Optional[Kept]
) -> None:
    """Set a value in the place of the one `before`, None where there was none.

    Raises
    ------
    InputError
        It is longer than `LARGEST`.
    ConflictError
        Somebody else was quicker, and nothing was changed.
    NotFoundError
        The server has no such resource.
    """
    content = text.encode("utf-8")
    if len(content) > LARGEST:
        raise InputError(
            f"The metadata of a study would have more than {LARGEST // 1024} kB.",
            "Take away what is no longer needed.",
        )
    revision = before.revision if before is not None else _NOTHING
    fields = {"Content-Type": "text/plain", "If-Match": revision}
    # Sent once: after a lost answer a second try would be refused by what the first has done.
    path = f"{resource}/metadata/{number}"
    client.request("PUT", path, body=content, headers=fields, idempotent=False)


def change(
    client: OrthancClient, resource: str, number: str, edit: Callable[[Optional[str]], str]
) -> str:
    """Change a value, whoever else does so at the same time, and return it.

    `edit` makes the new text of the old one, of None where there is none; it may be called again.

    Raises
    ------
    ConflictError
        Others were quicker each time.
    NotFoundError
        The server has no such resource.
    """
    for _turn in range(_TRIES):
        before = read(client, resource, number)
        text = edit(before.text if before is not None else None)
        if before is not None and text == before.text:
            return text
        try:
            write(client, resource, number, text, before)
        except ConflictError:
            continue
        return text
    raise ConflictError(
        "Others change the same metadata all the time: it could not be changed.", "Try again."
    )


def value(text: str, shape: Any) -> Any:
    """Return a value's JSON; None where it has another shape: another program's."""
    try:
        return read_json(text.encode("utf-8"), shape)
    except (NoJson, UnexpectedAnswer):
        return None
