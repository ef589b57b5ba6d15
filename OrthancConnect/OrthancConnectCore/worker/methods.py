"""What the worker process can be asked for: each method, its parameters and the engine it calls.

The parameter ``password`` is the password, or null for a server without authentication, or
``{"keychain": true}``: then the worker itself reads it from the system's keychain, and Slicer's
process never has it. Without one there the request ends with `PasswordNeededError`, and without
the package keyring with `MissingDependencyError`; the panel then asks the person.

``password.remember {profile, password}`` → ``{"remembered": true}`` is to be called once the server
has accepted that password; ``password.forget {profile}`` → ``{"forgotten": bool}``. No method gives
a password away.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple, Union

from .. import __version__, trace_log
from ..keychain import RememberedPasswords
from ..shared.credentials import Credentials
from ..shared.events import CancelToken, ProgressCallback
from ..shared.packages import too_old
from ..shared.profile import HTTPS, ServerProfile
from ..shared.series import SeriesTarget
from .parameters import Reader, any_text, readers
from .rpc import INVALID_PARAMS, RpcError

if TYPE_CHECKING:
    from ..orthanc.client import OrthancClient

_KEPT_CLIENTS = 8
_STUDIES_A_PAGE = 100
#: None: no authentication; ``{"keychain": True}``: the keychain gives it.
Password = Union[str, Mapping[str, bool], None]
#: What the keychain gave to this process.
REMEMBERED = RememberedPasswords()


class ClientPool:
    """Keeps one `OrthancClient` for each profile and password, so that connections stay warm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: OrderedDict[Tuple[ServerProfile, Optional[Credentials]], OrthancClient]
        self._clients = OrderedDict()

    def get(self, profile: ServerProfile, password: Password) -> OrthancClient:
        """Return the client to use; beyond eight, the one not used for longest is forgotten."""
        from ..orthanc.client import OrthancClient

        key = (profile, credentials_for(profile, password))
        with self._lock:
            client = self._clients.pop(key, None) or OrthancClient(*key)
            self._clients[key] = client
            # Not closed, since a request may be under way: its sockets go with the last user.
            while len(self._clients) > _KEPT_CLIENTS:
                self._clients.popitem(last=False)
            return client


def credentials_for(profile: ServerProfile, password: Password) -> Optional[Credentials]:
    """Return what to log in with: nothing without a user or without a password.

    Raises
    ------
    PasswordNeededError, MissingDependencyError, ConfigurationError
        The keychain shall give the password and can't.
    """
    if not profile.user or password is None:
        return None
    if not isinstance(password, str):
        password = REMEMBERED.get(profile)
    trace_log.hide(profile.user, password)
    return Credentials(profile.user, password)


@dataclass(frozen=True)
class Context:
    """What a method gets besides its parameters."""

    clients: ClientPool
    progress: ProgressCallback
    token: CancelToken


@dataclass(frozen=True)
class Method:
    """One method of the worker.

    Attributes
    ----------
    run : callable
        Takes a `Context` and the checked parameters, returns what JSON can hold.
    required, optional : mapping of str to callable
        Each parameter's check; it returns the value or raises `RpcError`.
    is_transfer : bool
        Whether it may take long: transfers have threads of their own.
    """

    run: Callable[[Context, Dict[str, Any]], Any]
    required: Mapping[str, Reader]
    optional: Mapping[str, Reader] = field(default_factory=dict)
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
        missing = set(self.required) - set(params)
        unknown = set(params) - set(self.required) - set(self.optional)
        if unknown:
            raise RpcError(INVALID_PARAMS, f"Unknown parameter: {sorted(unknown)[0]!r:.80}.")
        if missing:
            raise RpcError(INVALID_PARAMS, f"The parameter {sorted(missing)[0]} is missing.")
        checked = {name: check(name, params[name]) for name, check in self.required.items()}
        for name, check in self.optional.items():
            value = params.get(name)
            checked[name] = None if value is None else check(name, value)
        return checked


def client_for(context: Context, params: Dict[str, Any]) -> OrthancClient:
    """Return the client for a request's profile and password."""
    return context.clients.get(params["profile"], params["password"])


def _info(_context: Context, _params: Dict[str, Any]) -> Any:
    old = too_old()
    if old is not None:
        raise old
    return {"version": __version__, "pid": os.getpid()}


def _certificate(_context: Context, params: Dict[str, Any]) -> Any:
    from ..network.tls import inspect_certificate

    return inspect_certificate(params["profile"]).to_dict()


def _system(context: Context, params: Dict[str, Any]) -> Any:
    return asdict(client_for(context, params).system())


def _counts(context: Context, params: Dict[str, Any]) -> Any:
    counts = client_for(context, params).series_counts(params["series_instance_uids"])
    return [[study, uid, count] for (study, uid), count in counts.items()]


def _describe(context: Context, params: Dict[str, Any]) -> Any:
    from ..orthanc.records import patients_of

    found = patients_of(client_for(context, params), params["study_orthanc_ids"])
    return [asdict(patient) for patient in found]


def _page(context: Context, params: Dict[str, Any]) -> Any:
    from ..query.https import page

    found = page(
        client_for(context, params),
        params["filters"],
        since=params["since"] or 0,
        limit=params["limit"] or _STUDIES_A_PAGE,
        token=context.token,
    )
    return {name: asdict(found)[name] for name in ("patients", "next", "notes", "seconds")}


def _sizes(context: Context, params: Dict[str, Any]) -> Any:
    from ..orthanc.records import sizes_of

    client, sizes = client_for(context, params), {}
    for level in ("study", "series"):
        ids = params[f"{level}_orthanc_ids"] or ()
        sizes.update(sizes_of(client, level, ids, context.token))
    return sizes


def _pictures(context: Context, params: Dict[str, Any]) -> Any:
    from ..orthanc.pictures import pictures_of

    series, count, side = (params[name] for name in ("series_orthanc_id", "count", "side"))
    return pictures_of(client_for(context, params), series, count, side, context.token)


def _inventory(context: Context, params: Dict[str, Any]) -> Any:
    from ..retrieve.plan import inventory_of

    return inventory_of(client_for(context, params), _targets(params))


def _retrieve(context: Context, params: Dict[str, Any]) -> Any:
    from ..retrieve.run import retrieve

    client, only = client_for(context, params), params["only"]
    receipt = retrieve(
        client.profile,
        client,
        _targets(params),
        params["folder"],
        method=HTTPS,
        only=only,
        progress=context.progress,
        token=context.token,
    )
    return {"receipt": receipt.to_dict()}


def _targets(params: Dict[str, Any]) -> List[SeriesTarget]:
    """Return the series that are meant: ``whose`` tells the patient ID and study of each, if so."""
    whose, only = params["whose"] or {}, params.get("only")
    uids = params["series_instance_uids"] if only is None else only
    found = []
    for uid in uids:
        patient_id, study_uid = whose.get(uid) or ("", "")
        found.append(SeriesTarget(patient_id, study_uid, uid))
    return found


def _by(module: str, function: str) -> Callable[[Context, Dict[str, Any]], Any]:
    """Return a function of another module of this room, loaded when it is first asked for."""

    def call(context: Context, params: Dict[str, Any]) -> Any:
        return getattr(import_module(f".{module}", __package__), function)(context, params)

    return call


def _remember(_context: Context, params: Dict[str, Any]) -> Any:
    REMEMBERED.remember(params["profile"], params["password"])
    return {"remembered": True}


def _forget(_context: Context, params: Dict[str, Any]) -> Any:
    return {"forgotten": REMEMBERED.forget(params["profile"])}


_SERVER, _LOGIN = readers("profile"), readers("password")
_SERIES = readers("profile", "series_instance_uids")
_REGISTRATION = readers("password", "address", "exact_address")
_FIRST = readers("user", "trust", "allow_insecure_http", "taken_names")
_EXAMINATION = readers("password", "listener", "caller", "write")

METHODS: Dict[str, Method] = {
    "worker.info": Method(_info, {}),
    "password.remember": Method(_remember, {**_SERVER, "password": any_text}),
    "password.forget": Method(_forget, _SERVER),
    "server.certificate": Method(_certificate, _SERVER),
    "server.system": Method(_system, _SERVER, _LOGIN),
    "scan": Method(_by("upload", "scan"), readers("paths"), is_transfer=True),
    "deidentify.preview": Method(
        _by("upload", "preview"), readers("paths"), readers("options"), is_transfer=True
    ),
    "upload": Method(
        _by("upload", "upload"),
        readers("profile", "paths"),
        readers("password", "options"),
        is_transfer=True,
    ),
    "jobs.list": Method(_by("upload", "jobs"), {}),
    "jobs.remove": Method(_by("upload", "forget_job"), readers("job_id")),
    "receipt.save": Method(_by("upload", "save_receipt"), readers("job_id", "path")),
    "series.counts": Method(_counts, _SERIES, _LOGIN),
    "series.inventory": Method(_inventory, _SERIES, {**_LOGIN, **readers("whose")}),
    "query.page": Method(
        _page, readers("profile", "filters"), {**_LOGIN, **readers("since", "limit")}
    ),
    "query.sizes": Method(
        _sizes, _SERVER, {**_LOGIN, **readers("study_orthanc_ids", "series_orthanc_ids")}
    ),
    "series.pictures": Method(
        _pictures, readers("profile", "series_orthanc_id", "count", "side"), _LOGIN
    ),
    "studies.describe": Method(_describe, readers("profile", "study_orthanc_ids"), _LOGIN),
    "retrieve.https": Method(
        _retrieve,
        readers("profile", "series_instance_uids", "folder"),
        readers("password", "only", "whose"),
        is_transfer=True,
    ),
    "connection.first": Method(
        _by("doctor", "first"), readers("address"), {**_FIRST, "password": any_text}
    ),
    "registration.plan": Method(_by("doctor", "plan"), _SERVER, _REGISTRATION),
    "registration.apply": Method(
        _by("doctor", "apply"), _SERVER, {**_REGISTRATION, **readers("plan")}
    ),
    "doctor.run": Method(_by("doctor", "run_doctor"), _SERVER, _EXAMINATION, is_transfer=True),
    "doctor.answer": Method(_by("doctor", "answer_doctor"), readers("caller", "step", "result")),
}
