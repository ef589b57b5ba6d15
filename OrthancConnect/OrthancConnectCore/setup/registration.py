"""Making Orthanc know this computer: its entry in ``DicomModalities``, planned, put and read back.

Orthanc answers C-FIND, C-GET and C-MOVE only to AE titles of that list, and sends a C-MOVE to the
address and port that stand there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple
from urllib.parse import quote

from .. import audit
from ..network.addresses import address_for, is_same_host
from ..orthanc.client import OrthancClient
from ..orthanc.modalities import (
    RemoteModality,
    configuration_line,
    entries_of,
    modality_name,
    read_modalities,
)
from ..shared.errors import ConflictError, OrthancConnectError, OrthancHttpError
from ..shared.profile import ServerProfile
from ..shared.validation import validate_host

#: What a workstation needs; everything else an entry could allow is left out.
NEEDED = ("Echo", "Find", "Get", "Move", "Store")
_UNNEEDED = ("AllowFindWorklist", "AllowNAction", "AllowEventReport")
# 403 is Orthanc's or its plugins' refusal, 405 that of a proxy which lets only some methods pass.
_NOT_ALLOWED = (403, 405)
_UNKNOWN = (
    "Orthanc tells nobody whether DicomModalitiesInDatabase is true. If it is, the entry stays, "
    "and the entries of the configuration file are not used; if not, it is lost at a restart."
)
_LINE_HINT = (
    'Ask the administrator to put the line into "DicomModalities" of orthanc.json and to restart '
    "Orthanc."
)
_AFTER_RESTART = (
    "It may be lost when the server restarts. To keep it, ask the administrator to put the line "
    'into "DicomModalities" of orthanc.json.'
)


@dataclass(frozen=True)
class EntryPlan:
    """What would become of one entry."""

    #: ``keep``, ``add`` or ``correct``.
    action: str
    #: The entry as it should be; `settings` is what would be sent.
    wanted: RemoteModality
    #: The entry as it is now.
    existing: Optional[RemoteModality] = None
    #: Orthanc's key, value now, value to be; empty for ``keep``.
    changes: Tuple[Tuple[str, str, str], ...] = ()
    #: Names of further entries with the same AE title, which stay as they are.
    same_ae_title: Tuple[str, ...] = ()


@dataclass(frozen=True)
class RegistrationPlan:
    """What `register` would do; to be shown to a person first."""

    #: One, or two when the listener has an AE title of its own.
    entries: Tuple[EntryPlan, ...]
    #: This computer as the server sees it.
    address: str
    #: Whether the server let us read its entries. If not, `entries` are all to be added.
    readable: bool = True

    @property
    def may_be_anothers(self) -> bool:
        """Whether an entry is for another address: it may be another computer's."""
        return any("Host" in (key for key, *_values in one.changes) for one in self.entries)

    @property
    def changes_nothing(self) -> bool:
        """Whether all is as it should be."""
        return all(entry.action == "keep" for entry in self.entries)

    @property
    def configuration_lines(self) -> Tuple[str, ...]:
        """The lines for ``DicomModalities`` in ``orthanc.json``, one an entry."""
        return tuple(configuration_line(entry.wanted) for entry in self.entries)

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        derived = ("changes_nothing", "may_be_anothers", "configuration_lines")
        return {**asdict(self), **{name: getattr(self, name) for name in derived}}


@dataclass(frozen=True)
class RegistrationResult:
    """What became of a plan."""

    #: ``registered``, ``already`` (nothing was to be done), ``not_allowed`` (403, 405) or
    #: ``not_kept`` (the server answered well and has something else).
    outcome: str
    #: What happened, and what to do next.
    message: str
    hint: str
    #: For ``DicomModalities`` in ``orthanc.json``.
    configuration_lines: Tuple[str, ...]
    #: As read back from the server.
    entries: Tuple[RemoteModality, ...] = ()
    #: Why nobody knows whether it outlives a restart of the server.
    outlives_restart_because: str = _UNKNOWN


def plan_registration(
    client: OrthancClient,
    profile: ServerProfile,
    *,
    address: str = "",
    exact_address: bool = False,
) -> RegistrationPlan:
    """Say what is to be changed on the server so that it knows this computer; change nothing.

    A person is to agree to it before `register`. `address` is this computer's as the server reaches
    it, found by a connection to it when left out; an `exact_address` stands in the place of a host
    name as well, for ``DicomCheckModalityHost``.

    Raises
    ------
    TransportError
        The server can't be reached.
    InvalidProfileError
        `address` can't be used.
    """
    address = validate_host(address, "address") if address else address_for(profile)
    try:
        known: Optional[Tuple[RemoteModality, ...]] = read_modalities(client)
    except OrthancHttpError as error:
        if error.status_code not in _NOT_ALLOWED:
            raise
        known = None
    titles = [profile.calling_ae_title]
    if profile.storage_ae_title.upper() != profile.calling_ae_title.upper():
        titles.append(profile.storage_ae_title)
    plans: List[EntryPlan] = []
    # Slicer's own listener speaks no TLS; ours does with a certificate.
    more = {"UseDicomTls": True} if profile.dicom_tls and profile.dicom_certificate else {}
    for title in titles:
        taken = [entry.name for entry in known or ()] + [plan.wanted.name for plan in plans]
        where = (address, profile.storage_port)
        plans.append(_plan_entry(title, where, known or (), taken, exact_address, more))
    return RegistrationPlan(tuple(plans), address, readable=known is not None)


def _plan_entry(
    ae_title: str,
    where: Tuple[str, int],
    known: Tuple[RemoteModality, ...],
    taken: Iterable[str],
    exact_address: bool,
    more: Mapping[str, bool],
) -> EntryPlan:
    address, port = where
    same = entries_of(known, ae_title)
    if not same:
        name = modality_name(ae_title, taken)
        settings: Dict[str, Any] = {
            "AET": ae_title,
            "Host": address,
            "Port": port,
            "Manufacturer": "Generic",
            **{"Allow" + operation: True for operation in NEEDED},
            **{key: False for key in _UNNEEDED},
            **more,
        }
        return EntryPlan("add", RemoteModality(name, ae_title, address, port, settings))
    # The one that is right already, else the one that Orthanc finds first: it keeps them by name.
    fitting = [e for e in same if is_same_host(e.host, address, exact_address) and e.port == port]
    existing = (fitting or same)[0]
    host = existing.host if is_same_host(existing.host, address, exact_address) else address
    old: Dict[str, Any] = {"Host": existing.host, "Port": existing.port}
    old.update({"Allow" + one: existing.allows(one) for one in NEEDED})
    old.update({key: existing.settings.get(key) is True for key in more})
    new = {"Host": host, "Port": port, **{"Allow" + one: True for one in NEEDED}, **more}
    changed = {key: value for key, value in new.items() if value != old[key]}
    settings = {**existing.settings, **changed}
    wanted = RemoteModality(existing.name, existing.ae_title, host, port, settings)
    changes = tuple((key, str(old[key]), str(value)) for key, value in changed.items())
    others = tuple(entry.name for entry in same if entry.name != existing.name)
    return EntryPlan("correct" if changes else "keep", wanted, existing, changes, others)


def register(client: OrthancClient, plan: RegistrationPlan) -> RegistrationResult:
    """Do what a plan says, read it back and compare.

    A server that does not allow it (403) has a result, too: with the lines for the administrator.
    Where the entries can't be read, none is written: it could replace another computer's.

    Orthanc REST API, ``PUT /modalities/{id}``. Orthanc accepts AE titles over 16 characters; ours
    come from a profile, where they are checked.

    Raises
    ------
    ConflictError
        The server's entries are no longer those of the plan; nothing was changed.
    OrthancConnectError
        The server can't be reached, or failed.
    """
    try:
        result = _register(client, plan)
    except OrthancConnectError as error:
        audit.record("register", client.profile, "failed", error=type(error).__name__)
        raise
    entries = [asdict(one.wanted) for one in plan.entries if one.action != "keep"]
    for entry in entries:
        del entry["settings"]
    audit.record("register", client.profile, result.outcome, entries=entries)
    return result


def _register(client: OrthancClient, plan: RegistrationPlan) -> RegistrationResult:
    if not plan.readable:
        return _not_allowed(plan, "see", [])
    _check_unchanged(plan, read_modalities(client))
    done: List[str] = []
    for entry in plan.entries:
        if entry.action == "keep":
            continue
        try:
            path = f"/modalities/{quote(entry.wanted.name, safe='')}"
            client.put_json(path, dict(entry.wanted.settings))
        except OrthancHttpError as error:
            if error.status_code not in _NOT_ALLOWED:
                raise
            return _not_allowed(plan, "change", done)
        done.append(entry.wanted.name)
    return _compared(plan, read_modalities(client))


def _not_allowed(plan: RegistrationPlan, deed: str, done: List[str]) -> RegistrationResult:
    return RegistrationResult(
        "not_allowed",
        f"This user may not {deed} the server's list of DICOM modalities.",
        _LINE_HINT,
        plan.configuration_lines,
        outlives_restart_because=f"Registered: {', '.join(done) or 'nothing'}.",
    )


def _check_unchanged(plan: RegistrationPlan, now: Tuple[RemoteModality, ...]) -> None:
    by_name = {entry.name: entry for entry in now}
    for entry in plan.entries:
        if by_name.get(entry.wanted.name) != entry.existing:
            raise changed_meanwhile(f"entry {entry.wanted.name}", f"/{entry.wanted.name}")


def changed_meanwhile(what: str, path: str) -> ConflictError:
    """Return the error for a plan that is out of date."""
    facts = {"status_code": 409, "method": "PUT", "orthanc_status": None, "details": ""}
    return ConflictError(
        f"The server's {what} was changed by somebody else meanwhile; nothing was done.",
        "Look at it again, and register then.",
        path=f"/modalities{path}",
        **facts,
    )


def _compared(plan: RegistrationPlan, found: Tuple[RemoteModality, ...]) -> RegistrationResult:
    by_name = {entry.name: entry for entry in found}
    wanted = [entry.wanted for entry in plan.entries]
    read_back = tuple(by_name[entry.name] for entry in wanted if entry.name in by_name)
    shown = ", ".join(f"{one.ae_title} at {one.host}:{one.port}" for one in wanted)
    kept = len(read_back) == len(wanted) and all(map(_is_kept, wanted, read_back))
    outcome, hint = "registered", _AFTER_RESTART
    message = f"The server knows this computer now: {shown}."
    if not kept:
        outcome, hint = "not_kept", _LINE_HINT
        message = f"The server took the entry and does not show it as it was sent: {shown}."
    elif plan.changes_nothing:
        outcome, hint = "already", ""
        message = f"The server knew this computer already: {shown}."
    return RegistrationResult(outcome, message, hint, plan.configuration_lines, read_back)


def _is_kept(wanted: RemoteModality, found: RemoteModality) -> bool:
    """Compare all that was sent, as far as this version of Orthanc shows it."""
    shown = found.settings
    return (wanted.ae_title.upper(), wanted.host, wanted.port) == (
        found.ae_title.upper(),
        found.host,
        found.port,
    ) and all(shown[key] == value for key, value in wanted.settings.items() if key in shown)
