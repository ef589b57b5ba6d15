"""Reads the parameters of requests to the worker; what is wrong is a sentence."""

from __future__ import annotations

import os
import re
from typing import Any, Callable, Dict, List, Tuple

from ..shared.corrections import ServerThing
from ..shared.profile import ServerProfile, TrustPolicy
from ..shared.query import QueryFilters
from ..shared.receipts import InstanceRow
from ..shared.upload_options import UploadOptions
from .rpc import INVALID_PARAMS, RpcError

Reader = Callable[[str, Any], Any]
#: As of `job_id_of`.
_JOB_ID = re.compile(r"[0-9a-f]{16}")
_LISTENER_STATES = ("stopped", "starting", "running", "failed")


def _wrong(name: str, expected: str) -> RpcError:
    return RpcError(INVALID_PARAMS, f"The parameter {name} must be {expected}.")


def _taking(
    kind: type, expected: str, is_right: Callable[[Any], object] = lambda _value: True
) -> Reader:
    """Return the check of a value that is taken as it is."""

    def read(name: str, value: Any) -> Any:
        if not (isinstance(value, kind) and is_right(value)):
            raise _wrong(name, expected)
        return value

    return read


def _is_path(text: str) -> bool:
    try:
        return bool(text) and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _within(least: int, most: int) -> Reader:
    """Return the check of a whole number."""
    expected = f"a number from {least} to {most}"
    return _taking(int, expected, lambda one: type(one) is int and least <= one <= most)


def _is_listener(fields: Dict[str, Any]) -> bool:
    state, port, message = fields.get("state"), fields.get("port"), fields.get("message", "")
    known = state in _LISTENER_STATES and set(fields) <= {"state", "port", "message"}
    is_port = isinstance(port, int) and not isinstance(port, bool) and port >= 0
    return known and is_port and isinstance(message, str)


_text = _taking(str, "text", len)
#: Takes text that can be encoded, also none.
any_text = _taking(str, "text", lambda text: not re.search("[\ud800-\udfff]", text))
_texts = _taking(list, "a list of texts", lambda items: all(isinstance(one, str) for one in items))
_path = _taking(str, "a path", _is_path)
_object = _taking(dict, "an object")
_lists = _taking(dict, "an object of lists, or null")
_flag = _taking(bool, "true or false")
_number = _taking(int, "a whole number", lambda number: type(number) is int and 0 <= number < 2**53)


def _password(name: str, value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"keychain"} and value["keychain"] is True:
        return value
    return any_text(name, value)


def _only(name: str, value: Any) -> Dict[str, List[str]]:
    return {uid: _texts(name, item) for uid, item in _lists(name, value).items()}


def _whose(name: str, value: Any) -> Dict[str, List[str]]:
    whose = _only(name, value)
    if not all(len(pair) == 2 for pair in whose.values()):
        raise _wrong(name, "an object of patient ID and Study Instance UID by series")
    return whose


def _resource(name: str, value: Any) -> Tuple[str, str]:
    pair = _texts(name, value)
    if len(pair) != 2 or pair[0] not in ("Study", "Series"):
        raise _wrong(name, "Study or Series, and Orthanc's identifier")
    return pair[0], pair[1]


def _groups(name: str, value: Any) -> Any:
    expected = "a list of objects with row, as of a receipt, and instances with their bytes"
    if not isinstance(value, list):
        raise _wrong(name, expected)
    for group in value:
        parts = _object(name, group)
        row, instances = (_object(name, parts.get(key)) for key in ("row", "instances"))
        is_row = set(row) <= set(InstanceRow._fields)
        if not is_row or not all(isinstance(size, int) for size in instances.values()):
            raise _wrong(name, expected)
    return value


def _follow(name: str, value: Any) -> Any:
    from ..follow.candidates import FollowOptions  # brings more with it

    fields = dict(_object(name, value))
    if "command" in fields:
        fields["command"] = tuple(_texts(name, fields["command"]))
    try:
        return FollowOptions(**fields)
    except TypeError as error:
        known = ", ".join(FollowOptions.__dataclass_fields__)
        raise _wrong(name, f"an object of {known}") from error


def _attributes(name: str, value: Any) -> Dict[str, str]:
    fields = _object(name, value)
    return dict(zip(fields, _texts(name, list(fields.values()))))


def _wanted(name: str, value: Any) -> Dict[str, Any]:
    from ..setup.server_config import LAYOUTS, PLUGINS, SCANNER, SLICER, stations_from

    lists, numbers = ("hosts", "users", "plugins", SLICER, SCANNER), ("https_port", "dicom_port")
    readers = {**dict.fromkeys(lists, _texts), **dict.fromkeys(numbers, _number)}
    readers.update(dict.fromkeys(("name", "ae_title", "layout", "storage"), any_text))
    fields = _object(name, value)
    if not set(fields) <= set(readers):
        raise _wrong(name, f"an object of {', '.join(readers)}")
    found = {key: readers[key](f"{name}.{key}", item) for key, item in fields.items()}
    if found.get("layout", "") not in ("", *LAYOUTS) or set(found.get("plugins", ())) - {*PLUGINS}:
        raise _wrong(name, f"of a layout of {', '.join(LAYOUTS)}, plugins of {', '.join(PLUGINS)}")
    stations = [stations_from(found.pop(kind, ()), kind) for kind in (SLICER, SCANNER)]
    for key in ("hosts", "users", "plugins"):
        found[key] = tuple(found.get(key, ()))
    return {**found, "stations": stations[0] + stations[1]}


#: Each parameter's check; it returns the value or raises `RpcError`.
READERS: Dict[str, Reader] = {
    "add": _texts,
    "attributes": _attributes,
    "address": _text,
    "allow_insecure_http": _flag,
    "by": any_text,
    "caller": _text,
    "certificate": _taking(str, "keep, renew or switch", ("keep", "renew", "switch").__contains__),
    "claim": any_text,
    "column": any_text,
    "count": _within(1, 16),
    "exact_address": _flag,
    "file": _path,
    "files": lambda name, value: [_path(name, item) for item in _texts(name, value)],
    "filters": lambda name, value: QueryFilters.from_dict(_object(name, value)),
    "folder": _path,
    "follow": _follow,
    "groups": _groups,
    "installed": any_text,
    "job_id": _taking(str, "a job's id", _JOB_ID.fullmatch),
    "limit": _within(1, 1000),
    "list": _text,
    "listener": _taking(dict, "an object with state, port and message", _is_listener),
    "mark_replaced": _flag,
    "only": _only,
    "options": lambda name, value: UploadOptions.from_dict(_object(name, value)),
    "password": _password,
    "patients": _flag,
    "path": _path,
    "paths": lambda name, value: [_path(name, item) for item in _texts(name, value)],
    "plan": _object,
    "plan_id": _text,
    "profile": lambda name, value: ServerProfile.from_dict(_object(name, value)),
    "receipt": _object,
    "remember": _flag,
    "remove": _texts,
    "replace": _flag,
    "resource": _resource,
    "result": _object,
    "result_id": _text,
    "result_ids": _texts,
    "resume": _flag,
    "thorough": _flag,
    "series_instance_uids": _texts,
    "series_orthanc_id": _text,
    "series_orthanc_ids": _texts,
    "side": _within(16, 512),
    "since": _number,
    "step": _text,
    "study": any_text,
    "study_orthanc_id": _text,
    "study_orthanc_ids": _texts,
    "taken_names": _texts,
    "text": any_text,
    "thing": lambda name, value: ServerThing.from_dict(_object(name, value)),
    "trust": lambda _name, value: TrustPolicy.from_dict(value),
    "user": any_text,
    "volume": _flag,
    "wanted": _wanted,
    "whose": _whose,
    "write": _flag,
}
