"""The contract: every name of Slicer's runtime that OrthancConnect may use.

`check_contract` holds it against the qt, ctk, slicer and DICOMLib that it is given: the stand-in's
in the tests, the real ones inside Slicer (Slicer/run_in_slicer.py) or a bare PythonQt. It runs with
nothing but Python 3.9 and those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from Support.rules.contract_names import CLASSES, FUNCTIONS, OBJECTS, OPTIONAL, Members

Namespace = Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """What is missing: where, what kind of thing, its name."""

    owner: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner} has no {self.kind} {self.name}"


def _ignore(*_arguments: Any) -> None:
    """A slot for trying signals."""


def _look_up(namespace: Namespace, path: str) -> Any:
    first, *rest = path.split(".")
    found = namespace[first]
    for name in rest:
        found = getattr(found, name)
    return found


def _has(owner: Any, name: str) -> bool:
    try:
        getattr(owner, name)
    except AttributeError:
        return False
    return True


def _is_method(owners: List[Any], name: str) -> bool:
    return any(_has(owner, name) and callable(getattr(owner, name)) for owner in owners)


def _is_property(instance: Any, name: str) -> bool:
    return _has(instance, name) and not callable(getattr(instance, name))


def _has_signal(instance: Any, signature: str) -> bool:
    if not instance.connect(signature, _ignore):
        return False
    return bool(instance.disconnect(signature, _ignore))


def _check_members(path: str, members: Members, kind: Any, instance: Any) -> List[Finding]:
    owners = [owner for owner in (instance, kind) if owner is not None]
    missing = [
        Finding(path, "method", name) for name in members.methods if not _is_method(owners, name)
    ]
    missing += [
        Finding(path, "value", name)
        for name in members.values
        if not any(_has(owner, name) for owner in owners)
    ]
    if instance is None:
        return missing
    missing += [
        Finding(path, "property", name)
        for name in members.properties
        if not _is_property(instance, name)
    ]
    return missing + [
        Finding(path, "signal", name) for name in members.signals if not _has_signal(instance, name)
    ]


def _make(namespace: Namespace, path: str, kind: Any) -> Any:
    maker: Optional[Callable[[Namespace, Any], Any]] = MAKERS.get(path)
    return maker(namespace, kind) if maker is not None else kind()


def _job_detail(namespace: Namespace, kind: Any) -> Any:
    """A ctkDICOMJobDetail, which only signals hand out: of an echo to nobody."""
    ctk = namespace["ctk"]
    server, scheduler = ctk.ctkDICOMServer(), ctk.ctkDICOMScheduler()
    server.host, server.port, server.connectionTimeout = "127.0.0.1", 9, 1
    server.callingAETitle = server.calledAETitle = "NOBODY"
    details: List[Any] = []
    slot = details.append
    scheduler.connect("jobInitialized(QVariant)", slot)
    scheduler.echo(server)
    scheduler.stopAllJobs(True)
    scheduler.waitForDone(5000)
    scheduler.disconnect("jobInitialized(QVariant)", slot)
    return details[0]


def _dicom_listener(namespace: Namespace, kind: Any) -> Any:
    """A DICOM listener that is not started; it needs an open database."""
    return kind(namespace["slicer"].dicomDatabase)


def _nothing(namespace: Namespace, kind: Any) -> Any:
    """For classes that only Qt makes objects of."""
    return None


_kept: List[Any] = []  # what must live as long as the check


def _shortcut(namespace: Namespace, kind: Any) -> Any:
    """A shortcut needs a widget."""
    _kept.append(namespace["qt"].QWidget())
    return kind(_kept[-1])


# How to get an object of a class where calling the class without arguments is not the way.
MAKERS: Dict[str, Callable[[Namespace, Any], Any]] = {
    "ctk.ctkDICOMJobDetail": _job_detail,
    "DICOMLib.DICOMListener": _dicom_listener,
    "qt.QApplication": lambda namespace, kind: kind.instance(),
    "qt.QDesktopServices": _nothing,
    "qt.QDropEvent": _nothing,
    "qt.QHeaderView": lambda namespace, kind: kind(namespace["qt"].Qt.Horizontal),
    "qt.QShortcut": _shortcut,
    "qt.Qt": _nothing,
}
# Classes without a name of their own in the namespace.
NAMELESS = ("ctk.ctkDICOMJobDetail",)
# Only while a database is open.
NEED_DATABASE = ("DICOMLib.DICOMListener",)


def _unchecked(namespace: Namespace, path: str) -> bool:
    if path.split(".", 1)[0] not in namespace:
        return True
    if path in NEED_DATABASE:
        database = getattr(namespace.get("slicer"), "dicomDatabase", None)
        return database is None or not database.isOpen
    return False


def check_contract(namespace: Namespace) -> Tuple[List[Finding], List[str]]:
    """Hold the contract against modules by name; returns what is missing and what was not checked.

    A part whose module is not in the namespace is not checked.
    """
    missing: List[Finding] = []
    unchecked: List[str] = []
    for path, members in CLASSES.items():
        if _unchecked(namespace, path):
            unchecked.append(path)
            continue
        try:
            kind = None if path in NAMELESS else _look_up(namespace, path)
        except AttributeError:
            if path in OPTIONAL:
                continue
            missing.append(Finding(*path.rsplit(".", 1)[:1], "class", path.rsplit(".", 1)[1]))
            continue
        missing += _check_members(path, members, kind, _make(namespace, path, kind))
    for path, members in OBJECTS.items():
        if _unchecked(namespace, path):
            unchecked.append(path)
            continue
        try:
            found = _look_up(namespace, path)
        except AttributeError:
            missing.append(Finding(path.rsplit(".", 1)[0], "object", path.rsplit(".", 1)[1]))
            continue
        missing += _check_members(path, members, None, found)
    for path in FUNCTIONS:
        owner, name = path.rsplit(".", 1)
        if _unchecked(namespace, path):
            unchecked.append(path)
        elif not _is_method([_look_up(namespace, owner)], name):
            missing.append(Finding(owner, "function", name))
    del _kept[:]
    return missing, unchecked
