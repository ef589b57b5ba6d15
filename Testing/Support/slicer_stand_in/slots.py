"""How PythonQt calls a slot: by position, with its own conversions, or ValueError."""

from __future__ import annotations

import inspect
import types
from typing import Any, Callable, Dict, Tuple

_REFUSED = object()


def _to_text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, float)) else _REFUSED


def _to_int(value: Any) -> Any:
    return int(value) if isinstance(value, (int, float)) else _REFUSED


def _to_bool(value: Any) -> Any:
    return bool(value)


_CONVERSIONS: Dict[str, Callable[[Any], Any]] = {"str": _to_text, "int": _to_int, "bool": _to_bool}


def _convert(parameters: Tuple[inspect.Parameter, ...], arguments: Tuple[Any, ...]) -> Any:
    converted = []
    for parameter, argument in zip(parameters, arguments):
        convert = _CONVERSIONS.get(str(parameter.annotation))
        value = convert(argument) if convert is not None else argument
        if value is _REFUSED:
            return None
        converted.append(value)
    return converted


def as_slot(function: types.FunctionType) -> Callable[..., Any]:
    """A method as PythonQt offers a slot: keywords are refused, arguments converted or refused."""
    parameters = tuple(inspect.signature(function).parameters.values())[1:]
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return function
    least = sum(parameter.default is parameter.empty for parameter in parameters)
    text = ", ".join(f"{parameter.annotation} {parameter.name}" for parameter in parameters)

    def slot(self: Any, *arguments: Any, **keywords: Any) -> Any:
        if keywords:
            raise ValueError(
                f"Called {function.__name__}({text}) with keyword arguments, "
                "but called slot does not support kwargs."
            )
        if least <= len(arguments) <= len(parameters):
            converted = _convert(parameters, arguments)
            if converted is not None:
                return function(self, *converted)
        raise ValueError(
            f"Could not find matching overload for given arguments:\n{arguments}\n"
            f" The following slots are available:\n{function.__name__}({text})\n"
        )

    slot.__name__, slot.__doc__ = function.__name__, function.__doc__
    return slot


def offer_slots(kind: type) -> None:
    """Make all public methods of one of our own classes slots."""
    for name, value in list(vars(kind).items()):
        if isinstance(value, types.FunctionType) and not name.startswith("_"):
            setattr(kind, name, as_slot(value))
