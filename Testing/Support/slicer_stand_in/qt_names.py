"""The flat `qt` module of Slicer: PySide6's classes with PythonQt's manners.

Slicer's `qt` is PythonQt's QtCore, QtGui, QtWidgets, QtNetwork and QtUiTools in one namespace.
PySide6's own classes are changed in place, for objects that C++ makes (QUiLoader, findChild)
must behave like those made from Python: a Q_PROPERTY becomes an attribute, and nothing else does.
(PySide6's own `true_property` turns other getters into attributes as well, so it is not used.)
"""

from __future__ import annotations

import ctypes
import enum
import sys
import types
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

# Enumerators must be ints, as in PythonQt, and reachable without their enum's name.
sys.pyside6_option_python_enum = 0x02 | 0x04 | 0x08  # type: ignore[attr-defined]

import shiboken6  # noqa: E402
from PySide6 import QtCore, QtGui, QtNetwork, QtUiTools, QtWidgets  # noqa: E402

from Support.slicer_stand_in import qt_signals  # noqa: E402


def keep_singletons_alive() -> None:
    """Give None, True and False references to spare, before Python 3.12 made them immortal.

    PySide6's wheels of 2026 return them without counting, as one may only from 3.12 on: each call
    without a result then takes a reference from None, and Python aborts when the last is gone.
    """
    if sys.version_info < (3, 12) and sys.implementation.name == "cpython":
        for singleton in (None, True, False, NotImplemented, ...):
            ctypes.c_ssize_t.from_address(id(singleton)).value += 1 << 40


keep_singletons_alive()
QT_MODULES = (QtCore, QtGui, QtWidgets, QtNetwork, QtUiTools)
LACKS_FILE = Path(__file__).with_name("pythonqt_lacks.txt")
# Properties that are younger than Qt 5.15, or that PythonQt's own static functions hide.
NO_PROPERTIES = {
    ("QHeaderView", "sectionsClickable"),
    ("QHeaderView", "sectionsMovable"),
    ("QLayout", "contentsMargins"),
    ("QTimer", "singleShot"),
    ("QWidget", "accessibleIdentifier"),
}
_read_property = QtCore.QObject.property
_write_property = QtCore.QObject.setProperty


class PropertyAttribute:
    """Descriptor of one Q_PROPERTY: read and written as an attribute."""

    def __init__(self, kind: Any, name: str, writable: bool, type_name: str) -> None:
        self.name, self.writable, self.type_name = name, writable, type_name
        self.on_class = _method(kind, name)  # QTimer.singleShot is a property and a function
        self.getter = None if _is_static(kind, name) else self.on_class
        self.setter = _method(kind, "set" + name[0].upper() + name[1:])

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        if owner is None:
            return self if self.on_class is None else self.on_class
        if not shiboken6.isValid(owner):
            raise ValueError(
                f"Trying to read property '{self.name}' from a destroyed {kind.__name__} object"
            )
        if self.getter is not None:
            return qt_signals.converted(self.getter(owner))
        return qt_signals.converted(_read_property(owner, self.name))

    def __set__(self, owner: Any, value: Any) -> None:
        kind = type(owner).__name__
        if not shiboken6.isValid(owner):
            raise AttributeError(
                f"Trying to set property '{self.name}' on a destroyed {kind} object"
            )
        if self.type_name == "QString" and not isinstance(value, str):
            value = str(value)  # None as well becomes a text
        if not self.writable:
            raise AttributeError(f"Property '{self.name}' of {kind} object is not writable")
        if isinstance(value, tuple):
            value = list(value)
        if self.setter is not None:
            try:
                self.setter(owner, value)
                return
            except TypeError:
                pass  # QVariant converts more than a call does (float to int)
        if value is None or not _write_property(owner, self.name, value):
            raise AttributeError(
                f"Property '{self.name}' does not accept an object of type "
                f"{type(value).__name__} ({value!r})"
            )


def _classes(module: types.ModuleType) -> Iterator[Tuple[str, Any]]:
    for name in dir(module):  # PySide6 loads classes lazily: vars() would not see them
        if not name.startswith("_"):
            yield name, getattr(module, name)


def _method(kind: Any, name: str) -> Any:
    found = getattr(kind, name, None)
    return found if callable(found) and not isinstance(found, type) else None


def _is_static(kind: Any, name: str) -> bool:
    found = [base.__dict__[name] for base in kind.__mro__ if name in base.__dict__]
    return bool(found) and isinstance(found[0], (staticmethod, types.BuiltinFunctionType))


def _properties(kind: Any) -> Dict[str, PropertyAttribute]:
    """A class's own properties, and inherited ones whose getter it defines again (sizeHint)."""
    meta = kind.staticMetaObject
    found: Dict[str, PropertyAttribute] = {}
    for index in range(meta.propertyCount()):
        prop = meta.property(index)
        name = str(prop.name())
        if index >= meta.propertyOffset() or name in kind.__dict__:
            if not any((base.__name__, name) in NO_PROPERTIES for base in kind.__mro__):
                found[name] = PropertyAttribute(kind, name, prop.isWritable(), prop.typeName())
    return found


def _first_overloads(kind: Any) -> Dict[str, str]:
    meta = kind.staticMetaObject
    found: Dict[str, str] = {}
    for index in range(meta.methodOffset(), meta.methodCount()):
        method = meta.method(index)
        if method.methodType() == QtCore.QMetaMethod.Signal:
            signature = bytes(method.methodSignature().data()).decode()
            found.setdefault(signature.split("(")[0], signature)
    return found


def _flat_enumerators(kind: Any) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for value in list(vars(kind).values()):
        if isinstance(value, type) and issubclass(value, enum.Enum):
            found.update(value.__members__)
    return found


def pythonize_signals(kind: Any) -> None:
    """Give a QObject class, from PySide6 or our own, PythonQt's bound signals."""
    for name, signature in _first_overloads(kind).items():
        original = kind.__dict__.get(name)
        if isinstance(original, QtCore.Signal):
            setattr(kind, name, qt_signals.SignalAttribute(name, signature, original))
    if "__setattr__" in kind.__dict__:
        kind.__setattr__ = qt_signals.set_attribute


def pythonize_own(kind: Any) -> None:
    """Finish one of our own QObject classes."""
    pythonize_signals(kind)
    if any(isinstance(value, QtCore.Property) for value in kind.__dict__.values()):
        kind.__getattribute__ = qt_signals.get_own_property


def _with_bases_first(classes: List[Any]) -> List[Any]:
    return sorted(set(classes), key=lambda kind: len(kind.__mro__))


class Lacking:
    """Descriptor in place of a method that PythonQt has not."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        raise AttributeError(f"{kind.__name__} has no attribute named '{self.name}'")


def _hide_what_pythonqt_lacks(names: Dict[str, Any]) -> Set[str]:
    """Hide methods that PythonQt has not; returns the names of the classes that it wraps."""
    wrapped: Set[str] = set()
    for line in LACKS_FILE.read_text(encoding="utf-8").splitlines():
        kind, _colon, members = line.partition(": ")
        if kind == "wrapped":
            wrapped.update(members.split())
        elif not line.startswith("#"):
            for member in members.split():
                setattr(names[kind], member, Lacking(member))
    return wrapped


def build_qt_module() -> types.ModuleType:
    """Change PySide6's classes in place and gather them under `qt`."""
    names: Dict[str, Any] = {}
    for module in QT_MODULES:
        names.update(_classes(module))
    classes = {name: kind for name, kind in names.items() if isinstance(kind, type)}
    qobjects = [kind for kind in classes.values() if issubclass(kind, QtCore.QObject)]
    # Getters and setters are looked up before any class is changed, bases first.
    qt_signals.patch_qobject()
    pending = [(kind, _properties(kind)) for kind in _with_bases_first(qobjects)]
    for kind, attributes in pending:
        pythonize_signals(kind)
        for name, attribute in attributes.items():
            setattr(kind, name, attribute)
    for kind in classes.values():
        for name, value in _flat_enumerators(kind).items():
            if name not in kind.__dict__:
                setattr(kind, name, value)
    QtCore.QObject.name = names["QObject"].__dict__["objectName"]  # type: ignore[attr-defined]
    wrapped = _hide_what_pythonqt_lacks(names)
    module = types.ModuleType("qt", "Slicer's qt, played by PySide6.")
    module.__dict__.update({name: kind for name, kind in classes.items() if name in wrapped})
    return module
