"""Which names of Slicer's runtime a source uses, read from its text."""

from __future__ import annotations

import ast
import collections
import collections.abc
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set
from xml.etree import ElementTree

from Support.rules.contract_names import CLASSES, FUNCTIONS, OBJECTS, OPTIONAL, Members

ROOTS = ("qt", "ctk", "slicer", "DICOMLib", "SampleData")
_SIGNATURE = re.compile(r"[a-z]\w*\([\w:,<>*& ]*\)")
_PYTHON_TYPES = (str, bytes, int, float, list, dict, set, tuple, type, OSError)
_PYTHON_TYPES += (collections.deque, collections.abc.Generator)


def all_members() -> Set[str]:
    """Every method, property and value of the contract, whoever has it."""
    found: Set[str] = set()
    for members in [*CLASSES.values(), *OBJECTS.values()]:
        found.update(members.methods, members.properties, members.values)
    for path in [*CLASSES, *OBJECTS, *FUNCTIONS, *OPTIONAL]:
        found.update(path.split("."))
    return found


def all_signals() -> Set[str]:
    """Every signal of the contract."""
    return {name for members in [*CLASSES.values(), *OBJECTS.values()] for name in members.signals}


def known_paths() -> Dict[str, Members]:
    """Every dotted name that the contract knows, with what it may be asked for."""
    known = {**CLASSES, **OBJECTS}
    for path in [*FUNCTIONS, *OPTIONAL]:
        known.setdefault(path, Members())
    return known


def _chain(node: ast.AST) -> List[str]:
    names: List[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return [node.id, *names[::-1]]
    return []


def _aliases(tree: ast.AST) -> Dict[str, str]:
    """Local names of what is imported from Slicer's runtime."""
    found: Dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ROOTS:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in ROOTS:
                    found[alias.asname or alias.name.split(".")[0]] = alias.name.split(".")[0]
    return found


def dotted_names(text: str) -> Iterator[str]:
    """Names such as qt.QTimer.singleShot, whole, also through `from … import`."""
    tree = ast.parse(text)
    aliases = _aliases(tree)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    yield from (path for path in aliases.values() if "." in path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            first, *rest = _chain(node) or [""]
            if first in aliases:
                yield ".".join([aliases[first], *rest])


def unknown_names(text: str) -> List[str]:
    """Dotted names that the contract has not, and enumerators by their enum's name."""
    known = known_paths()
    roots = {path.rsplit(".", count)[0] for path in known for count in (1, 2) if "." in path}
    unknown = []
    for name in dotted_names(text):
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            path = ".".join(parts[:length])
            if path in known:
                rest = parts[length:]
                members = known[path]
                allowed = {
                    *("__init__", "connect", "disconnect"),
                    *members.methods,
                    *members.properties,
                    *members.values,
                }
                # What follows a property or a call is somebody else's attribute.
                if rest and members != Members() and rest[0] not in allowed:
                    unknown.append(name)
                break
        else:
            if name not in roots:
                unknown.append(name)
    return sorted(set(unknown))


def unknown_signals(text: str) -> List[str]:
    """Texts that look like a signal's signature and are not in the contract."""
    known = all_signals()
    return sorted(
        {
            node.value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and _SIGNATURE.fullmatch(node.value)
            and node.value not in known
        }
    )


def own_names(sources: List[str], forms: List[Path]) -> Set[str]:
    """Names that our own code or forms define, and those of Python's types."""
    found: Set[str] = set()
    for text in sources:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                if isinstance(node.value, ast.Name) and node.value.id == "self":
                    found.add(node.attr)
    for form in forms:
        found.update(str(e.get("name")) for e in ElementTree.parse(form).iter() if e.get("name"))
    for kind in _PYTHON_TYPES:
        found.update(dir(kind))
    return found


def _standard_modules(tree: ast.AST) -> Set[str]:
    return {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.split(".")[0] not in ROOTS
    }


def unknown_attributes(text: str, own: Set[str], elsewhere: Set[str]) -> List[str]:
    """Attributes asked of objects, which neither we nor the contract know.

    Through a variable it cannot be seen whose attribute one is; that it is somebody's can.
    """
    tree = ast.parse(text)
    modules = _standard_modules(tree)
    known = all_members() | own | elsewhere
    unknown: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr not in known:
            chain: Any = _chain(node)
            if not chain or chain[0] not in modules:
                unknown.add(node.attr)
    return sorted(unknown)
