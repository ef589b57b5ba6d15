"""The entries of Orthanc's ``DicomModalities``: reading, naming and comparing them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Tuple
from urllib.parse import quote

from ..shared.errors import ConnectionFailedError
from ..shared.validation import plain_text
from .answers import UnexpectedAnswer, check_shape
from .client import OrthancClient

_ENTRY = {"AET": str, "Host": str, "Port": int}
#: Entries that are asked for one by one.
_MOST_ASKED_FOR = 1000
#: Characters of an entry in JSON; Orthanc's have some 300.
_LONGEST_ENTRY = 10_000


@dataclass(frozen=True)
class RemoteModality:
    """One entry of Orthanc's ``DicomModalities``; its AE title is compared without case.

    Its `settings` are the whole entry as Orthanc gives it, for writing it back.
    """

    name: str
    ae_title: str
    host: str
    port: int
    settings: Mapping[str, Any] = field(default_factory=dict)

    def allows(self, operation: str) -> bool:
        """Return whether the entry allows ``Echo``, ``Find``, ``Get``, ``Move`` or ``Store``."""
        return bool(self.settings.get("Allow" + operation, True))


def modality_name(ae_title: str, taken: Iterable[str] = ()) -> str:
    """Return a name for an entry that is not yet taken, of what Orthanc takes in one.

    These are letters, digits, dash and underscore (``CheckSymbolicName``).
    """
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", ae_title).strip("-") or "slicer"
    used = {name.lower() for name in taken}
    name, number = base, 2
    while name.lower() in used:
        name, number = f"{base}-{number}", number + 1
    return name


def configuration_line(entry: RemoteModality) -> str:
    """Return an entry's line for ``DicomModalities`` in ``orthanc.json``, which allows all."""
    values = [entry.ae_title, entry.host, entry.port, "Generic"]
    return f"{json.dumps(entry.name)} : {json.dumps(values, ensure_ascii=False)}"


def read_modalities(client: OrthancClient) -> Tuple[RemoteModality, ...]:
    """Return the entries of Orthanc's ``DicomModalities``, by name.

    Raises
    ------
    PermissionDeniedError
        This user may not read them.
    ConnectionFailedError
        What answers is no list of them.
    """
    answer = client.get_json("/modalities", {"expand": ""})
    try:
        if isinstance(answer, list):  # before Orthanc 1.4 there was no expand
            check_shape(answer, [str])
            if len(answer) > _MOST_ASKED_FOR:
                raise UnexpectedAnswer("it has too many entries")
            path = "/modalities/{}/configuration"
            answer = {name: client.get_json(path.format(quote(name, safe=""))) for name in answer}
        check_shape(answer, dict)
        check_shape(list(answer.values()), [_ENTRY])
        if any(len(json.dumps(data)) > _LONGEST_ENTRY for data in answer.values()):
            raise UnexpectedAnswer("an entry is too long")  # it is shown, and written back
    except UnexpectedAnswer as error:
        raise ConnectionFailedError(
            f"The server's list of DICOM modalities can't be read: {error}.",
            "Check that this address is an Orthanc server.",
            cause="not_orthanc",
        ) from error
    return tuple(
        RemoteModality(
            plain_text(name, 100),
            plain_text(data["AET"], 64),
            plain_text(data["Host"], 253),
            data["Port"],
            data,
        )
        for name, data in sorted(answer.items())
    )


def entries_of(entries: Iterable[RemoteModality], ae_title: str) -> Tuple[RemoteModality, ...]:
    """Return the entries with an AE title, compared as Orthanc does: without case."""
    wanted = ae_title.strip().upper()
    return tuple(entry for entry in entries if entry.ae_title.strip().upper() == wanted)
