"""Reads the parameters of requests to the worker; what is wrong is a sentence."""

from __future__ import annotations

import os
import re
from typing import Any, Callable, Dict, List, Mapping, Union

from ..shared.profile import ServerProfile, TrustPolicy
from .rpc import INVALID_PARAMS, RpcError

Reader = Callable[[str, Any], Any]
#: As of `job_id_of`.
_JOB_ID = re.compile(r"[0-9a-f]{16}")


def _wrong(name: str, expected: str) -> RpcError:
    return RpcError(INVALID_PARAMS, f"The parameter {name} must be {expected}.")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _wrong(name, "text")
    return value


def _password(name: str, value: Any) -> Union[str, Dict[str, bool]]:
    if isinstance(value, dict) and set(value) == {"keychain"} and value["keychain"] is True:
        return value
    return any_text(name, value)


def any_text(name: str, value: Any) -> str:
    """Take text that can be encoded, also none."""
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


def _profile(name: str, value: Any) -> ServerProfile:
    return ServerProfile.from_dict(_object(name, value))


def _only(name: str, value: Any) -> Dict[str, List[str]]:
    if not isinstance(value, dict):
        raise _wrong(name, "an object of lists, or null")
    return {uid: _texts(name, item) for uid, item in value.items()}


def _options(name: str, value: Any) -> Any:
    from ..shared.upload_options import UploadOptions

    return UploadOptions.from_dict(_object(name, value))


def _job_id(name: str, value: Any) -> str:
    text = _text(name, value)
    if not _JOB_ID.fullmatch(text):
        raise _wrong(name, "a job's id")
    return text


def _object(name: str, value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(name, "an object")
    return value


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, "true or false")
    return value


def _trust(name: str, value: Any) -> TrustPolicy:
    fields = _object(name, value)
    if set(fields) - {"mode", "ca_file", "fingerprint"}:
        raise _wrong(name, "an object with mode, ca_file and fingerprint")
    return TrustPolicy(**{key: any_text(name, item) for key, item in fields.items()})


_LISTENER_STATES = ("stopped", "starting", "running", "failed")


def _listener(name: str, value: Any) -> Dict[str, Any]:
    fields = _object(name, value)
    state, port, message = fields.get("state"), fields.get("port"), fields.get("message", "")
    known = state in _LISTENER_STATES and set(fields) <= {"state", "port", "message"}
    is_port = isinstance(port, int) and not isinstance(port, bool) and port >= 0
    if not (known and is_port and isinstance(message, str)):
        raise _wrong(name, "an object with state, port and message")
    return fields


_READERS: Dict[str, Reader] = {
    "address": _text,
    "allow_insecure_http": _flag,
    "caller": _text,
    "exact_address": _flag,
    "folder": _path,
    "job_id": _job_id,
    "listener": _listener,
    "only": _only,
    "options": _options,
    "password": _password,
    "path": _path,
    "paths": _paths,
    "plan": _object,
    "profile": _profile,
    "result": _object,
    "series_instance_uids": _texts,
    "step": _text,
    "taken_names": _texts,
    "trust": _trust,
    "user": any_text,
    "write": _flag,
}


def readers(*names: str) -> Mapping[str, Reader]:
    """Return each parameter's check; it returns the value or raises `RpcError`."""
    return {name: _READERS[name] for name in names}
