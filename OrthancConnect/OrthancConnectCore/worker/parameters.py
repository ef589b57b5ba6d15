"""Reads the parameters of requests to the worker; what is wrong is a sentence."""

from __future__ import annotations

import os
import re
from enum import Enum
from typing import Any, Dict, List, Union

from ..shared.profile import ServerProfile, TrustPolicy
from .rpc import INVALID_PARAMS, RpcError

#: As of `job_id_of`.
_JOB_ID = re.compile(r"[0-9a-f]{16}")


class PasswordSource(Enum):
    """Where a password comes from that is not in the request."""

    KEYCHAIN = "keychain"


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
