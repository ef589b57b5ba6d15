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
import re
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from enum import Enum
from importlib import import_module
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    Optional,
    Tuple,
    Union,
)

from . import __version__, trace_log
from .credentials import Credentials
from .events import CancelToken, ProgressCallback
from .keychain import RememberedPasswords
from .profiles import ServerProfile, TrustPolicy
from .rpc import INVALID_PARAMS, RpcError

if TYPE_CHECKING:
    from .rest import OrthancClient

_KEPT_CLIENTS = 8
#: As of `job_id_of`.
_JOB_ID = re.compile(r"[0-9a-f]{16}")


class PasswordSource(Enum):
    """Where a password comes from that is not in the request."""

    KEYCHAIN = "keychain"


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
        from .rest import OrthancClient

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


def _wrong(name: str, expected: str) -> RpcError:
    return RpcError(INVALID_PARAMS, f"The parameter {name} must be {expected}.")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(name, "text")
    return value


def _password(name: str, value: Any) -> Union[str, PasswordSource]:
    if isinstance(value, dict) and set(value) == {"keychain"} and value["keychain"] is True:
        return PasswordSource.KEYCHAIN
    return _any_text(name, value)


def _any_text(name: str, value: Any) -> str:
    if not isinstance(value, str) or any("\ud800" <= char <= "\udfff" for char in value):
        raise _wrong(name, "text")
    return value


def _texts(name: str, value: Any) -> List[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(name, "a list of texts")
    return value


def _path(name: str, value: Any) -> str:
    text = _text(name, value)
    if "\0" in text:
        raise _wrong(name, "a path")
    try:
        os.fsencode(text)
    except UnicodeEncodeError as error:
        raise _wrong(name, "a path") from error
    return text


def _paths(name: str, value: Any) -> List[str]:
    return [_path(name, item) for item in _texts(name, value)]


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong(name, "a whole number from 0")
    return value


def _profile(name: str, value: Any) -> ServerProfile:
    return ServerProfile.from_dict(_object(name, value))


def _only(name: str, value: Any) -> Dict[str, List[str]]:
    if not isinstance(value, dict):
        raise _wrong(name, "an object of lists, or null")
    return {uid: _texts(name, item) for uid, item in value.items()}


def _options(name: str, value: Any) -> Any:
    from .upload_options import UploadOptions

    return UploadOptions.from_dict(_object(name, value))


def _job_id(name: str, value: Any) -> str:
    text = _text(name, value)
    if not _JOB_ID.fullmatch(text):
        raise _wrong(name, "a job's id")
    return text


def _info(_context: Context, _params: Dict[str, Any]) -> Any:
    return {"version": __version__, "pid": os.getpid()}


def _certificate(_context: Context, params: Dict[str, Any]) -> Any:
    from .tls import inspect_certificate

    return inspect_certificate(params["profile"]).to_dict()


def _system(context: Context, params: Dict[str, Any]) -> Any:
    return asdict(context.clients.get(params["profile"], params["password"]).system())


def _object(name: str, value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(name, "an object")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, "true or false")
    return value


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise _wrong(name, "a number of seconds")
    return float(value)


def _trust(name: str, value: Any) -> TrustPolicy:
    fields = _object(name, value)
    if set(fields) - {"mode", "ca_file", "fingerprint"}:
        raise _wrong(name, "an object with mode, ca_file and fingerprint")
    return TrustPolicy(**{key: _any_text(name, item) for key, item in fields.items()})


_LISTENER_STATES = ("stopped", "starting", "running", "failed")


def _listener(name: str, value: Any) -> Dict[str, Any]:
    fields = _object(name, value)
    known = fields.get("state") in _LISTENER_STATES and set(fields) <= {"state", "port", "message"}
    if not known or not isinstance(fields.get("message", ""), str):
        raise _wrong(name, "an object with state, port and message")
    return {**fields, "port": _count(name, fields.get("port"))}


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
        _by("worker_upload", "upload"),
        {**_SERVER, "paths": _paths},
        {**_LOGIN, "options": _options},
        is_transfer=True,
    ),
    "scan": Method(_by("worker_upload", "scan"), {"paths": _paths}, is_transfer=True),
    "deidentify.preview": Method(
        _by("worker_upload", "preview"), {"paths": _paths}, {"options": _options}, True
    ),
    "jobs.list": Method(_by("worker_upload", "jobs"), {}),
    "jobs.remove": Method(_by("worker_upload", "forget_job"), {"job_id": _job_id}),
    "receipt.save": Method(
        _by("worker_upload", "save_receipt"), {"job_id": _job_id, "path": _path}
    ),
    "series.counts": Method(_by("worker_retrieve", "series_counts"), _SERIES, _LOGIN),
    "series.inventory": Method(_by("worker_retrieve", "series_inventory"), _SERIES, _LOGIN),
    "retrieve.https": Method(
        _by("worker_retrieve", "retrieve_https"),
        {**_SERIES, "folder": _path},
        {**_LOGIN, "only": _only},
        is_transfer=True,
    ),
    "connection.first": Method(
        _by("worker_doctor", "first"),
        {"address": _text},
        {
            "user": _any_text,
            "password": _any_text,
            "trust": _trust,
            "allow_insecure_http": _flag,
            "taken_names": _texts,
        },
    ),
    "registration.plan": Method(_by("worker_doctor", "plan"), _SERVER, _REGISTRATION),
    "registration.apply": Method(
        _by("worker_doctor", "apply"),
        _SERVER,
        {**_REGISTRATION, "plan": _object, "seconds_ago": _seconds},
    ),
    "doctor.run": Method(
        _by("worker_doctor", "run_doctor"),
        _SERVER,
        {**_LOGIN, "listener": _listener, "caller": _text, "write": _flag},
        is_transfer=True,
    ),
    "doctor.answer": Method(
        _by("worker_doctor", "answer_doctor"), {"caller": _text, "step": _text, "result": _object}
    ),
}
