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
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Mapping,
    Optional,
    Tuple,
    Union,
)

from .. import __version__, trace_log
from ..keychain import RememberedPasswords
from ..shared.credentials import Credentials
from ..shared.events import CancelToken, ProgressCallback
from ..shared.profile import ServerProfile
from .parameters import (
    PasswordSource,
    _any_text,
    _flag,
    _job_id,
    _listener,
    _object,
    _only,
    _options,
    _password,
    _path,
    _paths,
    _profile,
    _seconds,
    _text,
    _texts,
    _trust,
)
from .rpc import INVALID_PARAMS, RpcError

if TYPE_CHECKING:
    from ..orthanc.client import OrthancClient

_KEPT_CLIENTS = 8


Password = Union[str, PasswordSource, None]
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
    if isinstance(password, PasswordSource):
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
    required: Mapping[str, Callable[[str, Any], Any]]
    optional: Mapping[str, Callable[[str, Any], Any]] = field(default_factory=dict)
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


def _info(_context: Context, _params: Dict[str, Any]) -> Any:
    return {"version": __version__, "pid": os.getpid()}


def _certificate(_context: Context, params: Dict[str, Any]) -> Any:
    from ..network.tls import inspect_certificate

    return inspect_certificate(params["profile"]).to_dict()


def _system(context: Context, params: Dict[str, Any]) -> Any:
    return asdict(context.clients.get(params["profile"], params["password"]).system())


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


_SERVER = {"profile": _profile}
_LOGIN = {"password": _password}
_SERIES = {**_SERVER, "series_instance_uids": _texts}
_REGISTRATION = {**_LOGIN, "address": _text, "exact_address": _flag}

METHODS: Dict[str, Method] = {
    "worker.info": Method(_info, {}),
    "password.remember": Method(_remember, {**_SERVER, "password": _any_text}),
    "password.forget": Method(_forget, _SERVER),
    "server.certificate": Method(_certificate, _SERVER),
    "server.system": Method(_system, _SERVER, _LOGIN),
    "upload": Method(
        _by("upload", "upload"),
        {**_SERVER, "paths": _paths},
        {**_LOGIN, "options": _options},
        is_transfer=True,
    ),
    "scan": Method(_by("upload", "scan"), {"paths": _paths}, is_transfer=True),
    "deidentify.preview": Method(
        _by("upload", "preview"), {"paths": _paths}, {"options": _options}, True
    ),
    "jobs.list": Method(_by("upload", "jobs"), {}),
    "jobs.remove": Method(_by("upload", "forget_job"), {"job_id": _job_id}),
    "receipt.save": Method(_by("upload", "save_receipt"), {"job_id": _job_id, "path": _path}),
    "series.counts": Method(_by("retrieve", "series_counts"), _SERIES, _LOGIN),
    "series.inventory": Method(_by("retrieve", "series_inventory"), _SERIES, _LOGIN),
    "retrieve.https": Method(
        _by("retrieve", "retrieve_https"),
        {**_SERIES, "folder": _path},
        {**_LOGIN, "only": _only},
        is_transfer=True,
    ),
    "connection.first": Method(
        _by("doctor", "first"),
        {"address": _text},
        {
            "user": _any_text,
            "password": _any_text,
            "trust": _trust,
            "allow_insecure_http": _flag,
            "taken_names": _texts,
        },
    ),
    "registration.plan": Method(_by("doctor", "plan"), _SERVER, _REGISTRATION),
    "registration.apply": Method(
        _by("doctor", "apply"),
        _SERVER,
        {**_REGISTRATION, "plan": _object, "seconds_ago": _seconds},
    ),
    "doctor.run": Method(
        _by("doctor", "run_doctor"),
        _SERVER,
        {**_LOGIN, "listener": _listener, "caller": _text, "write": _flag},
        is_transfer=True,
    ),
    "doctor.answer": Method(
        _by("doctor", "answer_doctor"), {"caller": _text, "step": _text, "result": _object}
    ),
}
