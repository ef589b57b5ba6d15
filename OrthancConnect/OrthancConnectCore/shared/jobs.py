"""Which upload a job is: the identity that both processes speak of."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, Iterable, List, Mapping, Tuple

from .upload_options import UploadOptions


def job_id_of(server: str, roots: Iterable[str], options: UploadOptions) -> str:
    """Return a job's short name: the same for the same server, files and changes to them.

    The server is told by `ServerProfile.rest_url`, the changes by `UploadOptions.identity`.
    """
    content = [server, absolute_paths(roots), sorted(options.identity().items())]
    return hashlib.sha256(json.dumps(content).encode("ascii")).hexdigest()[:16]


@dataclass(frozen=True)
class Job:
    """An upload job, as its file tells it.

    Attributes
    ----------
    job_id : str
        As of `job_id_of`.
    server : str
        `ServerProfile.rest_url`.
    roots : tuple of str
        The chosen files and folders: absolute, sorted, each once.
    options : UploadOptions
        How it was begun.
    key_name : str
        Tells whether the de-identification key is still the same; empty without a saved key.
    created, changed : float
        Seconds since 1970.
    running : bool
        Whether a process works on it now.
    ended : bool
        Whether its last run came to its end, as its receipt said, though something was left undone.
    outcomes : mapping of str to int
        Number of files of each outcome: the receipt's where the last run came to its end.
    """

    job_id: str
    server: str
    roots: Tuple[str, ...]
    options: UploadOptions
    key_name: str = ""
    created: float = 0.0
    changed: float = 0.0
    running: bool = False
    ended: bool = False
    outcomes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Job:
        """Return a job as `to_dict` told it, whether it runs and when it was changed apart.

        Raises
        ------
        ConfigurationError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError
            It is no job.
        """
        return cls(
            str(data["job_id"]),
            str(data["server"]),
            tuple(map(os.fspath, data["roots"])),
            UploadOptions.from_dict(data["upload"]),
            key_name=str(data.get("key_name", "")),
            created=float(data["created"]),
            ended=bool(data["ended"]),
            outcomes={str(name): int(count) for name, count in data["outcomes"].items()},
        )

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        data = asdict(self)
        key = {"key_name": self.key_name} if self.key_name else {}
        data.update(
            roots=list(self.roots),
            options={**self.options.identity(), **key},
            upload=self.options.to_dict(),
            finished=False,  # what is finished has no file any more
        )
        return data


def absolute_paths(roots: Iterable[str]) -> List[str]:
    """Return paths as a job knows them: absolute, sorted, each once."""
    return sorted({os.path.abspath(root) for root in roots})


def there_of(outcomes: Mapping[str, int]) -> int:
    """Return how many files are at the server as they should be."""
    return outcomes.get("stored", 0) + outcomes.get("already_stored", 0)
