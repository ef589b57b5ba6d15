"""What a journal is about: an upload job, and what became of each of its files."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

from .journal_file import to_line

FORMAT = "OrthancConnect upload journal 1"
SUFFIX = ".journal"
#: Of the de-identification key that a job has for itself.
KEY_SUFFIX = ".key"
#: The option that tells whether a key's file still holds the same key.
KEY_NAME = "key_name"
STORED, ALREADY_STORED, SKIPPED, FAILED = "stored", "already_stored", "skipped", "failed"
#: At the server, but with other content.
DIFFERENT = "different"
OUTCOMES = (STORED, ALREADY_STORED, SKIPPED, FAILED, DIFFERENT)


@dataclass(frozen=True)
class JobIdentity:
    """What makes two uploads the same job, so that one goes on where the other was.

    Attributes
    ----------
    server : str
        `ServerProfile.rest_url`.
    roots : tuple of str
        The chosen files and folders: absolute, sorted, each once.
    options : mapping
        Whatever changes what is sent, as JSON scalars; for example the name of the
        de-identification key, never the key. That name is none of the job's own: who only knows
        the key's file finds the same job.
    """

    server: str
    roots: Tuple[str, ...]
    options: Mapping[str, Union[str, int, bool, None]]

    @classmethod
    def of(
        cls,
        server: str,
        roots: Union[List[str], Tuple[str, ...]],
        options: Optional[Mapping[str, Union[str, int, bool, None]]] = None,
    ) -> JobIdentity:
        """Bring the parts into their one form."""
        absolute = sorted({os.path.abspath(root) for root in roots})
        return cls(server, tuple(absolute), dict(sorted((options or {}).items())))

    @property
    def job_id(self) -> str:
        """Short name of the job: the same for the same identity."""
        return hashlib.sha256(to_line(self._content())).hexdigest()[:16]

    def _content(self) -> List[Any]:
        options = sorted(item for item in self.options.items() if item[0] != KEY_NAME)
        return [self.server, list(self.roots), options]

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return {"server": self.server, "roots": list(self.roots), "options": dict(self.options)}


class JournalEntry(NamedTuple):
    """What became of one file.

    Attributes
    ----------
    path : str
        The file, or the archive that holds it.
    member : str
        `ArchiveMember.label`; empty for a plain file.
    size, mtime_ns : int
        Of the file when it was sent; a member has its archive's time.
    outcome : str
        One of `OUTCOMES`.
    sop_instance_uid, orthanc_id, md5 : str
        As far as they are known.
    reason, hint : str
        One sentence each for what is not at the server; may be empty.
    attempts : int
        How often it was sent.
    """

    path: str
    member: str
    size: int
    mtime_ns: int
    outcome: str
    sop_instance_uid: str = ""
    orthanc_id: str = ""
    reason: str = ""
    hint: str = ""
    attempts: int = 1
    md5: str = ""

    @property
    def is_at_server(self) -> bool:
        """Whether the server acknowledged it."""
        return self.outcome in (STORED, ALREADY_STORED)


def to_entry(record: Any) -> Optional[JournalEntry]:
    """Return what a line of the journal tells about a file, None for any other line."""
    if not isinstance(record, list) or len(record) != len(JournalEntry._fields):
        return None
    return JournalEntry(*record)
