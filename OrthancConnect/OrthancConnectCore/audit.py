"""The audit log: who sent, fetched, changed or deleted what, when, and by which profile.

A JSON line an event, in files of the state folder for their owner alone. Studies stand there by
Orthanc's identifiers, which are hashes; patients' names and IDs only where a person switched them
on. A log that can't be written stops no transfer: the receipt says so, once a process.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from .files import open_file, os_reason, unwritable, user_config_directory, user_state_directory
from .shared.disk import SUFFIX, changing, lock, unlock, write_private
from .shared.errors import ConfigurationError, OperationCancelled, OrthancConnectError
from .shared.profile import ServerProfile
from .shared.receipts import Receipt
from .shared.validation import plain_text

if TYPE_CHECKING:
    from .orthanc.client import OrthancClient
    from .shared.corrections import ServerThing

#: Bytes of a file, and number of files that are kept: some 100,000 events.
LARGEST, FILES = 5_000_000, 10
#: Of a table of events.
COLUMNS = (
    *("time", "event", "outcome", "who", "computer", "profile", "server", "user"),
    *("expected", "stored", "already_stored", "different", "skipped", "failed", "verified"),
    *("bytes", "method", "error", "studies", "patients"),
)
#: Studies that an event names, the first ones.
MOST_STUDIES = 100
#: Seconds to wait for another process's line.
_PATIENCE = 5.0
_COUNTS = ("expected", "stored", "already_stored", "different", "skipped", "failed", "verified")
#: Set once it was said that the log can't be written.
_told = threading.Event()


@dataclass
class Deed:
    """What is to be told of a transfer in the end."""

    receipt: Optional[Receipt] = None
    #: Orthanc's identifiers of the studies.
    studies: Iterable[str] = ()
    #: More that JSON can hold, without names and secrets.
    facts: Dict[str, Any] = field(default_factory=dict)
    #: Why it could not be told, once a process.
    fault: str = ""


def log_path() -> Path:
    """Return where the newest events are; older ones are beside, ``audit.jsonl.1`` the youngest."""
    return user_state_directory() / "audit.jsonl"


def _settings_path() -> Path:
    return user_config_directory() / "audit.json"


def tells_patients() -> bool:
    """Return whether events have patients' names and IDs."""
    with suppress(OSError, ValueError):
        stream, _size = open_file(str(_settings_path()))
        with stream:
            return bool(json.loads(stream.read(1000)) == {"patients": True})
    return False


def tell_patients(wanted: bool) -> None:
    """Have events tell patients' names and IDs from now on, or not.

    Raises
    ------
    ConfigurationError
        The setting can't be written.
    """
    path = _settings_path()
    try:
        with changing(path):
            write_private(path, json.dumps({"patients": wanted}))
    except OSError as error:
        raise unwritable(path, error) from error


@contextmanager
def transfer(event: str, profile: ServerProfile, client: OrthancClient) -> Iterator[Deed]:
    """Write an event when a transfer ends, in whatever way; the deed is to be filled meanwhile."""
    deed = Deed()
    try:
        yield deed
    except BaseException as error:
        facts = error.facts if isinstance(error, OrthancConnectError) else {}
        known = facts.get("receipt") or (deed.receipt.to_dict() if deed.receipt else {})
        is_cancelled = not isinstance(error, Exception) or isinstance(error, OperationCancelled)
        is_foreseen = is_cancelled or isinstance(error, OrthancConnectError)
        deed.facts["error"] = type(error).__name__ if is_foreseen else "fault"
        patients = _patients(client, deed.studies)
        note(event, profile, known, deed, patients, "cancelled" if is_cancelled else "failed")
        raise
    receipt = deed.receipt or Receipt(event)
    deed.studies = [*deed.studies, *(one["orthanc_id"] for one in receipt.studies)]
    fault = note(event, profile, receipt.to_dict(), deed, _patients(client, deed.studies))
    if fault:
        receipt.notes.append(fault)


def note(
    event: str,
    profile: ServerProfile,
    receipt: Mapping[str, Any],
    deed: Deed,
    patients: Iterable[Mapping[str, str]],
    outcome: str = "",
) -> str:
    """Write an event of what a receipt tells (`Receipt.to_dict`), and of whose it was.

    Returns a sentence of why that can't be, once a process; else an empty one. The `patients` have
    ``id`` and ``name``; they are written where that was switched on.
    """
    if not outcome:
        outcome = "done" if receipt.get("complete") is True else "partly"
        outcome = "cancelled" if receipt.get("cancelled") is True else outcome
    facts = {name: receipt.get(name) for name in (*_COUNTS, "bytes", "seconds")}
    facts = {name: value for name, value in facts.items() if isinstance(value, (int, float))}
    facts = {name: value for name, value in facts.items() if value}
    for name in ("method", "job_id"):
        if receipt.get(name):
            facts[name] = plain_text(receipt[name], 100)
    studies = list(dict.fromkeys(deed.studies))
    facts.update(studies=studies[:MOST_STUDIES], **deed.facts)
    if len(studies) > MOST_STUDIES:
        facts["studies_in_all"] = len(studies)
    if tells_patients():
        facts["patients"] = list(patients)[:MOST_STUDIES]
    fault = record(event, profile, outcome, **facts)
    if not fault or _told.is_set():
        return ""
    _told.set()
    return fault


@contextmanager
def change(event: str, profile: ServerProfile, thing: ServerThing) -> Iterator[Dict[str, Any]]:
    """Write that a study or series was deleted or corrected, or was not; yields further facts."""
    facts: Dict[str, Any] = {"level": thing.level, "resource": thing.orthanc_id}
    counts = {"expected": thing.instances, "bytes": thing.bytes}
    patients = [{"id": thing.patient_id, "name": thing.patient_name}]
    with _act(
        event, profile, Deed(studies=[thing.study_orthanc_id], facts=facts), counts, patients
    ):
        yield facts


@contextmanager
def act(event: str, client: OrthancClient, studies: Sequence[str], **facts: Any) -> Iterator[Deed]:
    """Write that something without a receipt was done with studies of the server, or was not."""
    deed = Deed(studies=studies, facts=facts)
    with _act(event, client.profile, deed, {}, _patients(client, studies)):
        yield deed


@contextmanager
def _act(
    event: str,
    profile: ServerProfile,
    deed: Deed,
    counts: Mapping[str, int],
    patients: Iterable[Mapping[str, str]],
) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        stopped = not isinstance(error, Exception) or isinstance(error, OperationCancelled)
        deed.facts["error"] = type(error).__name__
        note(event, profile, counts, deed, patients, "cancelled" if stopped else "failed")
        raise
    deed.fault = note(event, profile, counts, deed, patients, "done")


def _patients(client: OrthancClient, studies: Iterable[str]) -> Iterator[Dict[str, str]]:
    """Yield who the patients of some studies are, as the server has them."""
    from .orthanc.client import tag  # brings requests with it
    from .orthanc.records import records_of

    met = set()
    with suppress(OrthancConnectError):  # it is away
        for one in records_of(client, "Study", list(studies)[:MOST_STUDIES]):
            keys = ("PatientID", "PatientName")
            who = tuple(tag(one, "PatientMainDicomTags", key) for key in keys)
            if who not in met:
                met.add(who)
                yield dict(zip(("id", "name"), who))


def record(event: str, profile: ServerProfile, outcome: str, **facts: Any) -> str:
    """Write an event; return a sentence of why that can't be, empty where it could.

    `facts` are what JSON can hold, without patients' names and without secrets.
    """
    told = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "event": event,
        "outcome": outcome,
        "who": _who(),
        "computer": socket.gethostname(),
        "process": os.getpid(),
        "profile": profile.name,
        "server": profile.rest_url,
        "user": profile.user,
        **facts,
    }
    path = log_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path) as is_ours:
            if not is_ours:
                return "The audit log was not written: another program keeps it for itself."
            _append(path, json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n")
    except OSError as error:
        return f"The audit log in {path.parent} can't be written: {os_reason(error)}."
    return ""


def _who() -> str:
    """Return the user of this process, as the system knows it."""
    if os.name == "posix":
        import pwd

        with suppress(KeyError):  # a container's user may have no name
            return pwd.getpwuid(os.getuid()).pw_name
        return str(os.getuid())
    return getpass.getuser()


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    beside = path.with_name(path.name + SUFFIX)
    handle = lock(beside, _PATIENCE)
    try:
        yield handle is not None
    finally:
        if handle is not None:
            unlock(beside, handle)


def _append(path: Path, line: bytes) -> None:
    """Append a line; one that a killed process left unfinished ends before it."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    if path.exists() and path.stat().st_size + len(line) > LARGEST:
        _rotate(path)
    handle = os.open(path, flags, 0o600)
    with os.fdopen(handle, "ab+", buffering=0) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        if file.write(line) != len(line):
            raise OSError(28, "No space left on device")


def _rotate(path: Path) -> None:
    for number in range(FILES - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
        with suppress(FileNotFoundError):
            os.replace(older, path.with_name(f"{path.name}.{number}"))


def read(since: Optional[datetime] = None) -> Tuple[List[Dict[str, Any]], int]:
    """Return the events since a moment, the oldest first, and the number of unreadable lines.

    A line that a killed process left unfinished is unreadable, and none of its successors.

    Raises
    ------
    ConfigurationError
        The log is there and can't be read.
    """
    path = log_path()
    names = [*(f"{path.name}.{number}" for number in range(FILES - 1, 0, -1)), path.name]
    if not path.parent.is_dir():
        return [], 0
    lines: List[bytes] = []
    try:
        with suppress(PermissionError):  # a folder for reading alone: nobody writes it now
            with _locked(path):
                lines = _lines(path.parent, names)
                names = []
        lines = lines or _lines(path.parent, names)
    except OSError as error:
        raise ConfigurationError(
            f"The audit log in {path.parent} can't be read: {os_reason(error)}.",
            "Run this as the user whose log it is.",
        ) from error
    events, broken = [], 0
    for line in filter(None, lines):
        try:
            event = json.loads(line)
            moment = datetime.fromisoformat(event["time"])
            str(event["event"] + event["outcome"] + event["profile"])
            sum(event.get(name, 0) for name in _COUNTS)
            row_of(event)
            is_wanted = since is None or moment >= since
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            broken += 1
            continue
        if is_wanted:
            events.append(event)
    return events, broken


def _lines(folder: Path, names: Iterable[str]) -> List[bytes]:
    found: List[bytes] = []
    for name in names:
        with suppress(FileNotFoundError):
            stream, _size = open_file(str(folder / name))
            with stream:
                found += stream.read(2 * LARGEST).split(b"\n")
    return found


def row_of(event: Mapping[str, Any]) -> Dict[str, Any]:
    """Return an event as a row of a table, with a value for each of `COLUMNS`."""
    return {name: _cell(event.get(name)) for name in COLUMNS}


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        texts = (" ".join(one.values()) if isinstance(one, dict) else str(one) for one in value)
        return "; ".join(texts)
    return "" if value is None else value
