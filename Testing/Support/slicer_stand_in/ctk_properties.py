"""Q_PROPERTYs of our own classes, and objects that ctk does not own."""

from __future__ import annotations

from typing import Any


def read_only(name: str) -> Any:
    """A Q_PROPERTY without WRITE."""

    def refuse(self: Any, value: Any) -> None:
        kind = type(self).__name__
        raise AttributeError(f"Property '{name}' of {kind} object is not writable")

    return lambda getter: property(getter, refuse)


class GoneObjectError(RuntimeError):
    """An object was used that nobody kept: in Slicer this is a crash."""


def kept(reference: Any, what: str) -> Any:
    """The object behind a weak reference; ctk takes no ownership, so Python must."""
    found = reference() if reference is not None else None
    if found is None and reference is not None:
        raise GoneObjectError(f"{what} was used after Python let it go: Slicer would crash")
    return found


def property_value(kind: type, name: str, value: Any) -> Any:
    """What a Q_PROPERTY keeps of a value: PythonQt's conversion, or its refusal."""
    if kind is str:
        return "" if value is None else str(value)
    if kind is int and not isinstance(value, (int, float)):
        raise AttributeError(
            f"Property '{name}' of type 'int' does not accept an object of type "
            f"{type(value).__name__} ({value!r})"
        )
    return kind(value)


def plain_property(name: str, default: Any) -> Any:
    """A Q_PROPERTY that is only kept."""

    def get(self: Any) -> Any:
        return self.__dict__.get("_" + name, default)

    def put(self: Any, value: Any) -> None:
        self.__dict__["_" + name] = tuple(value) if isinstance(value, list) else value

    return property(get, put)
