"""Signals for objects that are no QObject here: same calls, in plain Python.

Used by the `slicer` part, which must also run on a real PythonQt where it cannot make QObjects
with signals of their own.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List


class HubSignal:
    """`obj.signal` with connect, disconnect and emit."""

    def __init__(self, hub: SignalHub, signature: str) -> None:
        self._hub, self._signature = hub, signature

    def connect(self, target: Callable[..., Any]) -> bool:
        return self._hub.connect(self._signature, target)

    def disconnect(self, target: Callable[..., Any]) -> bool:
        return self._hub.disconnect(self._signature, target)

    def emit(self, *arguments: Any) -> None:
        self._hub._emit(self._signature, *arguments)


class SignalHub:
    """Base of the stand-in's Slicer objects."""

    SIGNALS: List[str] = []

    def __init__(self) -> None:
        self._slots: Dict[str, List[Callable[..., Any]]] = {name: [] for name in self.SIGNALS}
        for name in self.SIGNALS:
            setattr(self, name.split("(")[0], HubSignal(self, name))

    def connect(self, signature: str, target: Callable[..., Any]) -> bool:
        """Connect by signature, as QObject.connect does under PythonQt."""
        signature = signature.replace(" ", "")
        if signature not in self._slots:
            kind = type(self).__name__
            print(f"QObject::connect: No such signal {kind}::{signature}", file=sys.stderr)
            return False
        self._slots[signature].append(target)
        return True

    def disconnect(self, signature: str, target: Callable[..., Any]) -> bool:
        slots = self._slots.get(signature.replace(" ", ""), [])
        if target not in slots:
            return False
        slots.remove(target)
        return True

    def _emit(self, signature: str, *arguments: Any) -> None:
        for target in list(self._slots[signature]):
            try:
                target(*arguments)
            except Exception:  # the slot's edge: PythonQt prints and goes on
                sys.excepthook(*sys.exc_info())

    def className(self) -> str:
        """PythonQt's className()."""
        return type(self).__name__
