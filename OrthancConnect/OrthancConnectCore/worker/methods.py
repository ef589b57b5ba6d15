"""What the worker process can be asked for: each method, its parameters and the engine it calls.

The parameter ``password`` is the password, or null for a server without authentication, or
``{"keychain": true}``: then the worker itself reads it from the system's keychain, and Slicer's
process never has it. Without one there the request ends with `PasswordNeededError`, and without
the package keyring with `MissingDependencyError`; the panel then asks the person.

Of a profile with ``auth`` ``openid`` it is null or ``{"keychain": true}``: its login, made by
``login.browser {profile}``, goes on in the worker or is in the keychain, until ``login.end
{profile}``. ``key.unlock {profile, password, remember}`` opens the key of a client certificate.

``password.remember {profile, password}`` → ``{"remembered": true}`` is to be called once the server
has accepted that password; ``password.forget {profile}`` → ``{"forgotten": bool}``. No method gives
a password away.
"""

from __future__ import annotations

import os
import threading
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Union

from .. import __version__, audit, trace_log
from ..keychain import RememberedPasswords
from ..shared.credentials import Credentials, credentials_of
from ..shared.events import CancelToken, ProgressCallback, ProgressMeter
from ..shared.packages import too_old
from ..shared.profile import HTTPS, ServerProfile
from ..shared.profile_checks import OPENID
from ..shared.receipts import InstanceRow
from ..shared.series import SeriesTarget
from .login import end, forget, keep, open_key, session_of
from .parameters import READERS, any_text
from .rpc import INVALID_PARAMS, RpcError

if TYPE_CHECKING:
    from ..orthanc.client import OrthancClient

_STUDIES_A_PAGE = 100
_NO_ROW = InstanceRow("", "")._asdict()
#: Held while a module is loaded: those of pydicom import one another in circles, and two threads
#: that begin such a circle at different places get halves of it.
_loading = threading.Lock()
#: None: no authentication; ``{"keychain": True}``: the keychain gives it.
Password = Union[str, Mapping[str, bool], None]
#: What the keychain gave to this process.
REMEMBERED = RememberedPasswords()


@lru_cache(maxsize=8)
def kept_client(profile: ServerProfile, credentials: Optional[Credentials]) -> OrthancClient:
    """Return the client of a server and a login, kept so that its connections stay warm.

    The one not used for longest is forgotten, and not closed, since a request may be under way.
    """
    from ..orthanc.client import OrthancClient

    return OrthancClient(profile, credentials)


def credentials_for(profile: ServerProfile, password: Password) -> Optional[Credentials]:
    """Return what to log in with: nothing without a user or without a password.

    Raises
    ------
    PasswordNeededError, MissingDependencyError, ConfigurationError
        The keychain shall give the password and can't, or a key has an unknown passphrase.
    """
    open_key(profile)
    if profile.auth == OPENID:
        return session_of(profile, password is not None)
    if not profile.logs_in or password is None:
        return None
    if not isinstance(password, str):
        password = REMEMBERED.get(profile)
    trace_log.hide(profile.user, password)
    return credentials_of(profile, password)


@dataclass(frozen=True)
class Context:
    """What a method gets besides its parameters."""

    progress: ProgressCallback
    token: CancelToken


@dataclass(frozen=True)
class Method:
    """One method of the worker."""

    #: Takes a `Context` and the checked parameters, returns what JSON can hold.
    run: Callable[[Context, Dict[str, Any]], Any]
    #: Names of parameters, of `READERS`.
    required: str = ""
    optional: str = ""
    #: Whether it may take long: transfers have threads of their own.
    is_transfer: bool = False

    def check(self, params: Mapping[str, Any]) -> Dict[str, Any]:
        """Return all parameters, checked; an optional one that is left out is None.

        Raises
        ------
        RpcError
            One is missing, unknown or of the wrong type.
        OrthancConnectError
            A profile or a filter holds a value that can't be used.
        """
        required, optional = self.required.split(), self.optional.split()
        for name in sorted(set(params) - {*required, *optional}):
            raise RpcError(INVALID_PARAMS, f"Unknown parameter: {name!r:.80}.")
        for name in sorted(set(required) - set(params)):
            raise RpcError(INVALID_PARAMS, f"The parameter {name} is missing.")
        checked = {name: READERS[name](name, params[name]) for name in required}
        for name in optional:
            value = params.get(name)
            checked[name] = None if value is None else READERS[name](name, value)
        return checked


def client_for(params: Dict[str, Any]) -> OrthancClient:
    """Return the client for a request's profile and password."""
    return kept_client(params["profile"], credentials_for(params["profile"], params["password"]))


def _info(_context: Context, _params: Dict[str, Any]) -> Any:
    old = too_old()
    if old is not None:
        raise old
    return {"version": __version__, "pid": os.getpid()}


def _certificate(_context: Context, params: Dict[str, Any]) -> Any:
    from ..network.tls import inspect_certificate

    return inspect_certificate(params["profile"]).to_dict()


def _system(_context: Context, params: Dict[str, Any]) -> Any:
    return asdict(client_for(params).system())


def _counts(_context: Context, params: Dict[str, Any]) -> Any:
    counts = client_for(params).series_counts(params["series_instance_uids"])
    return [[study, uid, count] for (study, uid), count in counts.items()]


def _describe(_context: Context, params: Dict[str, Any]) -> Any:
    from ..orthanc.labels import patients_of

    found = patients_of(client_for(params), params["study_orthanc_ids"])
    return [asdict(patient) for patient in found]


def _page(context: Context, params: Dict[str, Any]) -> Any:
    from ..query.https import page

    found = page(
        client_for(params),
        params["filters"],
        since=params["since"] or 0,
        limit=params["limit"] or _STUDIES_A_PAGE,
        token=context.token,
    )
    return {name: asdict(found)[name] for name in ("patients", "next", "notes", "seconds")}


def _sizes(context: Context, params: Dict[str, Any]) -> Any:
    from ..orthanc.records import sizes_of

    client, sizes = client_for(params), {}
    for level in ("Study", "Series"):
        ids = params[f"{level.lower()}_orthanc_ids"] or ()
        sizes.update(sizes_of(client, level, ids, context.token))
    return sizes


def _pictures(context: Context, params: Dict[str, Any]) -> Any:
    from ..orthanc.pictures import pictures_of

    series, count, side = (params[name] for name in ("series_orthanc_id", "count", "side"))
    return pictures_of(client_for(params), series, count, side, context.token)


def _inventory(_context: Context, params: Dict[str, Any]) -> Any:
    from ..retrieve.plan import inventory_of

    return inventory_of(client_for(params), _targets(params))


def _references(_context: Context, params: Dict[str, Any]) -> Any:
    from ..retrieve.references import references_of

    return references_of(client_for(params), _targets(params))


def _slide(context: Context, params: Dict[str, Any]) -> Any:
    from ..orthanc.identifiers import study_orthanc_id
    from ..retrieve.slide import level_that_fits, levels_of, write_level

    if len(params["series_instance_uids"]) != 1:
        raise RpcError(INVALID_PARAMS, "A slide is one series.")
    client, (target,) = client_for(params), _targets(params)
    levels = levels_of(client, target)
    level = level_that_fits(levels)
    if level is not None:
        meter, path = ProgressMeter("slide", context.progress), Path(params["path"])
        whose = target.patient_id, target.study_instance_uid
        studies = [study_orthanc_id(*whose)] if target.study_instance_uid else []
        with audit.act("retrieve", client, studies, level=[level.columns, level.rows]):
            write_level(client, level, path, meter=meter, token=context.token)
    sizes = [[one.columns, one.rows] for one in levels]
    shown = level and {"size": [level.columns, level.rows], "spacing": level.spacing}
    return {"levels": sizes, "shown": shown}


def _retrieve(context: Context, params: Dict[str, Any]) -> Any:
    from ..retrieve.run import retrieve

    client, only = client_for(params), params["only"]
    unverified: Dict[str, List[str]] = {}

    def note(row: InstanceRow) -> None:
        if not row.verified:
            unverified.setdefault(row.series_instance_uid, []).append(row.sop_instance_uid)

    receipt = retrieve(
        client.profile,
        client,
        _targets(params),
        params["folder"],
        method=HTTPS,
        only=only,
        volume=params["volume"] or False,
        progress=context.progress,
        token=context.token,
        rows=note,
    )
    return {"receipt": receipt.to_dict(), "unverified": unverified}


def _save_receipt(_context: Context, params: Dict[str, Any]) -> Any:
    """Write what the panel knows of a retrieve: groups of instances of which the same is told."""
    from ..tables import table

    count = 0
    with table(Path(params["path"]), InstanceRow._fields, params["receipt"], "receipt") as add:
        for group in params["groups"]:
            for uid, size in group["instances"].items():
                add({**_NO_ROW, **group["row"], "sop_instance_uid": uid, "bytes": size})
                count += 1
    return {"rows": count}


def _sample(_context: Context, params: Dict[str, Any]) -> Any:
    from ..setup.sample import make_study

    return {"files": len(make_study(params["folder"]))}


def _targets(params: Dict[str, Any]) -> List[SeriesTarget]:
    """Return the series that are meant: ``whose`` tells the patient ID and study of each, if so."""
    whose, only = params["whose"] or {}, params.get("only")
    uids = params["series_instance_uids"] if only is None else only
    pairs = ((uid, whose.get(uid) or ("", "")) for uid in uids)
    return [SeriesTarget(patient_id, study_uid, uid) for uid, (patient_id, study_uid) in pairs]


def _note_audit(_context: Context, params: Dict[str, Any]) -> Any:
    """Write into the audit log what the panel did itself: fetched by DICOM, or removed here."""
    from ..orthanc.identifiers import study_orthanc_id

    receipt, whose = params["receipt"], params["whose"] or {}
    event = receipt.get("operation")
    if event not in ("retrieve", "remove"):
        raise RpcError(INVALID_PARAMS, "The receipt is of no retrieve and no removal.")
    pairs = [(patient, study) for patient, study in whose.values() if study]
    studies = [study_orthanc_id(*pair) for pair in pairs] + (params["study_orthanc_ids"] or [])
    patients = [{"id": one, "name": ""} for one in dict.fromkeys(pair[0] for pair in pairs)]
    fault = audit.note(event, params["profile"], receipt, audit.Deed(studies=studies), patients)
    return {"fault": fault}


def _by(module: str, function: str) -> Callable[[Context, Dict[str, Any]], Any]:
    """Return a function of another module of this room, loaded when it is first asked for."""

    def call(context: Context, params: Dict[str, Any]) -> Any:
        with _loading:
            room = import_module(f".{module}", __package__)
        return getattr(room, function)(context, params)

    return call


def _remember(_context: Context, params: Dict[str, Any]) -> Any:
    if params["profile"].auth == OPENID:
        keep(params["profile"])
        return {"remembered": True}
    REMEMBERED.remember(params["profile"], any_text("password", params["password"]))
    return {"remembered": True}


def _forget(_context: Context, params: Dict[str, Any]) -> Any:
    if params["profile"].auth == OPENID:
        return {"forgotten": forget(params["profile"])}
    return {"forgotten": REMEMBERED.forget(params["profile"])}


def _log_out(_context: Context, params: Dict[str, Any]) -> Any:
    profile = params["profile"]
    if profile.auth == OPENID:
        return end(profile)
    return {"revoked": False, "forgotten": REMEMBERED.forget(profile)}


METHODS: Dict[str, Method] = {
    "worker.info": Method(_info),
    "password.remember": Method(_remember, "profile password"),
    "password.forget": Method(_forget, "profile"),
    "login.browser": Method(_by("login", "in_browser"), "profile", is_transfer=True),
    "login.end": Method(_log_out, "profile"),
    "key.unlock": Method(_by("login", "unlock"), "profile password", "remember"),
    "server.certificate": Method(_certificate, "profile"),
    "server.system": Method(_system, "profile", "password"),
    "scan": Method(_by("upload", "scan"), "paths", is_transfer=True),
    "sample.make": Method(_sample, "folder", is_transfer=True),
    "deidentify.preview": Method(_by("upload", "preview"), "paths", "options", True),
    "upload": Method(_by("upload", "upload"), "profile paths", "password options", True),
    "jobs.list": Method(_by("upload", "jobs")),
    "jobs.remove": Method(_by("upload", "forget_job"), "job_id"),
    "receipt.save": Method(_by("upload", "save_receipt"), "job_id path"),
    "series.counts": Method(_counts, "profile series_instance_uids", "password"),
    "series.inventory": Method(_inventory, "profile series_instance_uids", "password whose"),
    "series.references": Method(_references, "profile series_instance_uids", "password whose"),
    "slide.show": Method(_slide, "profile series_instance_uids path", "password whose", True),
    "query.page": Method(_page, "profile filters", "password since limit"),
    "query.sizes": Method(_sizes, "profile", "password study_orthanc_ids series_orthanc_ids"),
    "series.pictures": Method(_pictures, "profile series_orthanc_id count side", "password"),
    "labels.of": Method(_by("labels", "labels"), "profile resource", "password"),
    "labels.change": Method(_by("labels", "change"), "profile resource", "password add remove"),
    "studies.describe": Method(_describe, "profile study_orthanc_ids", "password"),
    "retrieve.https": Method(
        _retrieve, "profile series_instance_uids folder", "password only whose volume", True
    ),
    "cohort.read": Method(_by("follow", "read_list"), "profile file", "password column by", True),
    "retrieve.save_receipt": Method(_save_receipt, "path groups receipt"),
    "retrieve.cohort": Method(
        _by("follow", "cohort"), "profile file folder", "password column by path", True
    ),
    "follow.run": Method(
        _by("follow", "follow"), "profile folder filters", "password follow", True
    ),
    "results.new": Method(_by("kept", "new")),
    "results.waiting": Method(_by("kept", "waiting")),
    "results.remove": Method(_by("kept", "remove"), "result_id"),
    "results.send": Method(
        _by("results", "send"), "profile result_ids", "password mark_replaced", True
    ),
    "results.of": Method(_by("results", "of"), "profile study_orthanc_id", "password"),
    "results.fetch": Method(_by("results", "fetch"), "profile result", "password", True),
    "room.check": Method(_by("follow", "check_room"), "profile files", "password", True),
    "editing.look": Method(_by("editing", "look"), "profile resource", "password"),
    "editing.find": Method(_by("editing", "find"), "profile study", "password"),
    "editing.delete": Method(_by("editing", "delete"), "profile thing", "password", True),
    "editing.modify": Method(
        _by("editing", "modify"), "profile thing attributes replace", "password", True
    ),
    "audit.note": Method(_note_audit, "profile receipt", "whose study_orthanc_ids"),
    "audit.state": Method(_by("administration", "audit_state"), "", "patients"),
    "audit.export": Method(_by("administration", "export_audit"), "path", "", True),
    "setup.check_files": Method(_by("administration", "check_files"), "path", "", True),
    "setup.check_server": Method(
        _by("administration", "check_running"), "profile", "password", True
    ),
    "setup.plan": Method(_by("administration", "plan"), "folder wanted", "installed certificate"),
    "setup.write": Method(_by("administration", "write_planned"), "plan_id"),
    "viewers.of": Method(_by("follow", "viewers"), "profile", "password study"),
    "worklist.lists": Method(_by("worklist", "lists"), "profile user", "password thorough"),
    "worklist.next": Method(_by("worklist", "following"), "profile list user", "password resume"),
    "worklist.step": Method(
        _by("worklist", "step"), "profile list study step user", "password claim text"
    ),
    "connection.first": Method(
        _by("doctor", "first"), "address", "user password trust allow_insecure_http taken_names"
    ),
    "registration.plan": Method(_by("doctor", "plan"), "profile", "password address exact_address"),
    "registration.apply": Method(
        _by("doctor", "apply"), "profile", "password address exact_address plan"
    ),
    "dicom.reach": Method(_by("doctor", "reach_dicom"), "profile"),
    "doctor.run": Method(
        _by("doctor", "run_doctor"), "profile", "password listener caller write", True
    ),
    "doctor.answer": Method(_by("doctor", "answer_doctor"), "caller step result"),
}
