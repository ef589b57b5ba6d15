"""All checks of a configuration, and the report of what they found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple

from ... import __version__
from ...shared.check_lines import FAILED, CheckLine, Outcome, line_text, passed, summary_of
from . import access, dicom, spelling, storage
from .configuration import Configuration, read_configuration

#: Name of the check, what is checked, and what finds its faults.
Check = Tuple[str, str, Callable[[Any], Iterable[Outcome]]]
CHECKS: Tuple[Check, ...] = (
    ("names", "Names of the keys", spelling.names),
    ("types", "Values that Orthanc takes", spelling.types),
    ("remote", "Who gets in", access.remote),
    ("passwords", "Passwords", access.passwords),
    ("ports", "Ports", access.ports),
    ("tls", "TLS and its certificate", access.tls),
    ("own_name", "Orthanc's AE title", dicom.own_name),
    ("who_may", "What strangers may do over DICOM", dicom.who_may),
    ("entries", "Entries in DicomModalities", dicom.entries),
    ("dicom_tls", "TLS for DICOM", dicom.dicom_tls),
    ("peers", "Other Orthancs", dicom.peers),
    ("encoding", "Accents", spelling.encoding),
    ("settings", "Safety and speed", spelling.settings),
    ("deletes", "What deletes images", storage.deletes),
    ("disks", "Disks", storage.disks),
    ("files", "Plugins, scripts and folders", storage.files),
)


@dataclass(frozen=True)
class ServerReport:
    """What was found of a server's configuration, or of a server; it holds no secret."""

    #: The file, folder or address.
    target: str
    lines: Tuple[CheckLine, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing failed."""
        return not any(line.state == FAILED for line in self.lines)

    def summary(self) -> str:
        """Return how many checks ended in which way, in one sentence."""
        return summary_of(self.lines)

    def to_dict(self) -> Dict[str, Any]:
        """Return the report as JSON-serialisable values."""
        derived = {"healthy": self.healthy, "summary": self.summary(), "version": __version__}
        return {**asdict(self), **derived}

    def text(self) -> str:
        """Return the report as plain text."""
        body = [text for line in self.lines for text in line_text(line, {})]
        return "\n".join([f"Server check of {self.target}", "", *body, "", self.summary()])


def lines_of(checks: Iterable[Check], subject: Any) -> Iterator[CheckLine]:
    """Give a line for each fault that the checks find, and one for each that finds none."""
    for check_id, title, find in checks:
        found: List[Outcome] = list(find(subject)) or [passed()]
        for outcome in found:
            yield CheckLine.of(check_id, title, outcome, 0.0)


def check_configuration(path: Path) -> ServerReport:
    """Look at a configuration, one file or a folder of them; nothing is changed.

    Raises
    ------
    InputError
        It is not there, or can't be read.
    """
    config: Configuration = read_configuration(path)
    checks: Tuple[Check, ...] = (("readable", "Files", lambda found: found.faults), *CHECKS)
    return ServerReport(str(path), tuple(lines_of(checks, config)))
