"""`connect`, `disconnect` and attribute rules of PythonQt, put on PySide6's QObject.

What is imitated (PythonQtSignalReceiver.cpp, PythonQtInstanceWrapper.cpp of CTK's PythonQt):
* `obj.connect("signal(type)", callable)` and `disconnect` answer True or False; a signature that
  does not exist is a line on stderr and False, never an exception.
* The callable is held strongly until it is disconnected or the sender is destroyed.
* Arguments are cut to what a plain function or method takes; other callables get them all.
* An exception in a slot is printed and swallowed.
* A new attribute on a plain C++ object is refused; `name` is another name of `objectName`.
"""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
import types
import weakref
from typing import Any, Callable, Dict, List, Optional, Tuple

import shiboken6
from PySide6 import QtCore

_raw_connect = QtCore.QObject.connect
_raw_disconnect = QtCore.QObject.disconnect
_Target = Tuple[str, Any, Callable[..., None]]
_targets: Dict[int, List[_Target]] = {}
slot_errors: List[str] = []


def converted(value: Any) -> Any:
    """A value as PythonQt hands it to Python: lists become tuples."""
    if type(value) is list:
        return tuple(converted(item) for item in value)
    if type(value) is dict:
        return {key: converted(item) for key, item in value.items()}
    return value


def accepted_arguments(target: Any) -> Optional[int]:
    """How many arguments PythonQt passes on, None for all of them."""
    function, bound = target, 0
    if isinstance(target, types.MethodType):
        function, bound = target.__func__, 1
    if not isinstance(function, types.FunctionType):
        return None
    if function.__code__.co_flags & inspect.CO_VARARGS:
        return None
    return int(function.__code__.co_argcount) - bound


def slot_for(target: Any) -> Callable[..., None]:
    """The callable that Qt gets: it trims, converts, and reports what went wrong."""
    limit = accepted_arguments(target)

    def slot(*arguments: Any) -> None:
        passed = tuple(converted(argument) for argument in arguments)
        try:
            target(*(passed if limit is None else passed[:limit]))
        except Exception:  # the slot's edge: PythonQt prints and goes on
            text = traceback.format_exc()
            slot_errors.append(text)
            sys.stderr.write(text)

    return slot


def _address(obj: Any) -> int:
    return int(shiboken6.getCppPointer(obj)[0])


def _normalized(signature: str) -> str:
    return bytes(QtCore.QMetaObject.normalizedSignature(signature).data()).decode()


def _connect(self: Any, signature: str, target: Any, *rest: Any) -> bool:
    """PythonQt's obj.connect("signal(type)", callable) or obj.connect(sig, receiver, "slot()")."""
    if not shiboken6.isValid(self):
        raise ValueError(f"Trying to call 'connect' on a destroyed {type(self).__name__} object")
    name = _normalized(signature)
    if rest:
        target = getattr(target, str(rest[0]).split("(")[0])
    exact = getattr(type(self), "_EXACT_SIGNALS", {}).get(name.split("(")[0], name)
    if self.metaObject().indexOfSignal(name) < 0 or name != exact:
        kind = self.metaObject().className()
        text = f"PythonQt: QObject::connect() signal '{signature}' does not exist on {kind}"
        print(text, file=sys.stderr)
        return False
    # What is no callable is connected as well; the error comes with the signal.
    slot = slot_for(target)
    if not _raw_connect(self, QtCore.SIGNAL(name), slot):
        return False
    address = _address(self)
    if address not in _targets:
        _targets[address] = []
        forget = functools.partial(_targets.pop, address, None)
        _raw_connect(self, QtCore.SIGNAL("destroyed()"), lambda: forget())
    _targets[address].append((name, target, slot))
    return True


def _disconnect(self: Any, signature: str, target: Any = None, *rest: Any) -> bool:
    name = _normalized(signature)
    if rest:
        target = getattr(target, str(rest[0]).split("(")[0])
    known = _targets.get(_address(self), [])
    found = [t for t in known if t[0] == name and (target is None or t[1] == target)]
    for entry in found if target is None else found[:1]:
        known.remove(entry)
        _raw_disconnect(self, QtCore.SIGNAL(name), entry[2])
    return bool(found)


class BoundSignal:
    """`obj.signal` as in PythonQt: connect, disconnect, emit, and a call that emits.

    Only the first overload of a name can be reached this way.
    """

    def __init__(self, owner: Any, signature: str, bound: Any) -> None:
        self._owner, self._signature, self._bound = owner, signature, bound

    def connect(self, target: Any, *rest: Any) -> bool:
        return _connect(self._owner, self._signature, target, *rest)

    def disconnect(self, target: Any = None, *rest: Any) -> bool:
        return _disconnect(self._owner, self._signature, target, *rest)

    def emit(self, *arguments: Any) -> None:
        self._bound.emit(*arguments)

    __call__ = emit


class SignalAttribute:
    """Descriptor in place of PySide6's Signal, on C++ classes and on ours."""

    def __init__(self, name: str, signature: str, original: Any) -> None:
        self.name, self.signature, self.original = name, signature, original

    def __get__(self, owner: Any, kind: Any = None) -> Any:
        if owner is None:
            return self
        return BoundSignal(owner, self.signature, self.original.__get__(owner, kind))

    def __set__(self, owner: Any, value: Any) -> None:
        if isinstance(value, QtCore.SignalInstance):
            return  # PySide6 keeps what it bound; it is bound anew at each access here
        kind = type(owner).__name__
        raise AttributeError(f"Signal '{self.name}' can not be overwritten on {kind} object")


_PYTHON_TYPES = {"int": int, "QString": str, "bool": bool, "QVariant": "QVariant"}


def weak_slot(owner: Any, method: str) -> Callable[..., None]:
    """A slot of our own classes that does not keep its object, as C++ connections do not."""
    reference = weakref.ref(owner)

    def slot(*arguments: Any) -> None:
        living = reference()
        if living is not None:
            getattr(living, method)(*arguments)

    return slot


def emit(owner: Any, signature: str, value: Any) -> None:
    """Emit one overload of a signal of our own classes: emit(query, "progress(int)", 40)."""
    name, kind = signature.rstrip(")").split("(")
    getattr(owner, name)._bound[_PYTHON_TYPES[kind]].emit(value)


def _class_attribute(kind: type, name: str) -> Any:
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def _is_cpp_like(kind: type) -> bool:
    ours = __name__.rpartition(".")[0]
    return kind.__module__.startswith(("PySide6.", ours + "."))


def set_attribute(self: Any, name: str, value: Any) -> None:
    """PythonQt's rule: properties are written, new attributes only on Python subclasses."""
    kind = type(self)
    attribute = _class_attribute(kind, name)
    if isinstance(attribute, QtCore.Property):
        if not QtCore.QObject.setProperty(self, name, value):
            raise AttributeError(f"Property '{name}' does not accept {value!r}")
    elif attribute is not None and hasattr(type(attribute), "__set__"):
        attribute.__set__(self, value)
    elif not _is_cpp_like(kind) or name.startswith("_"):
        self.__dict__[name] = value
    elif name.encode() in [bytes(n.data()) for n in self.dynamicPropertyNames()]:
        QtCore.QObject.setProperty(self, name, value)
    elif attribute is not None:
        raise AttributeError(f"Slot '{name}' can not be overwritten on {kind.__name__} object")
    elif not loading_form:  # PySide6's QUiLoader puts a form's grandchildren on its root
        raise AttributeError(
            f"'{name}' does not exist on {kind.__name__} "
            "and creating new attributes on C++ objects is not allowed"
        )


loading_form: List[bool] = []


def _missing_attribute(self: Any, name: str) -> Any:
    """Dynamic properties and named children are attributes in PythonQt."""
    if name.startswith("_") or not shiboken6.isValid(self):
        raise AttributeError(f"{type(self).__name__} has no attribute named '{name}'")
    if name.encode() in [bytes(n.data()) for n in self.dynamicPropertyNames()]:
        return converted(QtCore.QObject.property(self, name))
    for child in QtCore.QObject.children(self):
        if QtCore.QObject.property(child, "objectName") == name:
            return child
    raise AttributeError(f"{self.metaObject().className()} has no attribute named '{name}'")


def get_own_property(self: Any, name: str) -> Any:
    """`__getattribute__` of our own classes: their PySide6 Property is read as an attribute."""
    if isinstance(_class_attribute(type(self), name), QtCore.Property):
        return converted(QtCore.QObject.property(self, name))
    return object.__getattribute__(self, name)


def class_name(self: Any) -> str:
    """PythonQt's className()."""
    return str(self.metaObject().className())


def patch_qobject() -> None:
    """Put PythonQt's rules on QObject, once."""
    qobject: Any = QtCore.QObject
    if qobject.__dict__.get("connect") is _connect:
        return
    qobject.__getattribute__ = object.__getattribute__
    qobject.connect = _connect
    qobject.disconnect = _disconnect
    qobject.__setattr__ = set_attribute
    qobject.__getattr__ = _missing_attribute
    qobject.className = class_name
    qobject.__bool__ = lambda self: shiboken6.isValid(self)
