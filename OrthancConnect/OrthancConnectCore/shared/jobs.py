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
    """An upload job, as its file tells it."""

    #: As of `job_id_of`.
    job_id: str
    #: `ServerProfile.rest_url`.
    server: str
    #: The chosen files and folders: absolute, sorted, each once.
    roots: Tuple[str, ...]
    #: How it was begun.
    options: UploadOptions
    #: Tells whether the de-identification key is still the same; empty without a saved key.
    key_name: str = ""
    #: Seconds since 1970.
    created: float = 0.0
    changed: float = 0.0
    #: Whether a process works on it now.
    running: bool = False
    #: Whether its last run came to its end, as its receipt said, though something was left undone.
    ended: bool = False
    #: Number of files of each outcome: the receipt's where the last run came to its end.
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
