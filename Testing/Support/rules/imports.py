"""Which way the house's rooms lean: packages in an order, no circle, one owner for a foreign thing.

Modules are given by path below their root, `upload/run.py`, with their text. Every import counts,
wherever it stands in a file: also the one inside a function, and the one for types alone.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Iterable, Iterator, List, Mapping, Sequence, Set

from .house import CORE, LIB, Import, imports, names

# Core's rooms, from the ground upwards: each leans on those below it. Rooms of one line do not know
# one another, those of the first three apart.
ORDER = (
    ("shared", "dicom"),
    ("network", "files", "tables", "trace_log"),
    ("orthanc", "dimse", "deidentify", "profile_store", "keychain", "openid", "audit"),
    ("scan", "query", "retrieve", "setup", "doctor", "results", "worklist"),
    ("upload", "follow"),
    ("worker", "cli", "server"),
    ("__main__",),
)
_SIDEWAYS = 3  # lines of ORDER whose rooms may lean on one another, as long as there is no circle

#: Foreign package: the rooms of Core that may import it.
OWNERS: Mapping[str, Sequence[str]] = {
    "idna": ("shared",),
    "requests": ("network",),
    "urllib3": ("network",),
    "cryptography": ("network",),
    "pydicom": ("dicom", "scan", "deidentify", "dimse", "results", "server"),
    "pynetdicom": ("dimse",),
    "keyring": ("keychain",),
    "jwt": ("openid",),
    "dicognito": ("deidentify",),
    "highdicom": ("results",),
    "contourpy": ("results",),
    "numpy": ("results",),
}

#: Small things that all of Lib may use.
_BESIDE = (f"{LIB}.signals", f"{LIB}.turns", f"{LIB}.wording")
#: What a part of Lib may import of ours; `startup` alone knows all of it.
LIB_LEANS_ON: Mapping[str, Sequence[str]] = {
    "signals": (),
    "turns": (f"{LIB}.signals",),
    "wording": (),
    "protocols": (f"{LIB}.signals",),
    "adapters": (f"{LIB}.adapters", f"{LIB}.protocols", *_BESIDE),
    "logic": (f"{LIB}.logic", f"{LIB}.protocols", *_BESIDE),
    "panels": (f"{LIB}.panels", f"{LIB}.logic", *_BESIDE),
}
_QUIET_PANELS = ("requests", "socket", "ssl", "urllib", "http", "subprocess", "sqlite3", "pydicom")


def _module(path: str) -> str:
    """`upload/run.py` is `upload.run`, a package's `__init__.py` the package."""
    return path[: -len(".py")].replace("/", ".").removesuffix("__init__").removesuffix(".")


def _imports(root: str, path: str, text: str) -> List[Import]:
    parts = [root, *path.split("/")[:-1]]
    return imports(text, ".".join(parts))


def _room(module: str) -> str:
    return module.partition(".")[0]


def _floor(room: str) -> int:
    return next((number for number, rooms in enumerate(ORDER) if room in rooms), -1)


def rooms(modules: Mapping[str, str]) -> List[str]:
    """Core's rooms lean downwards only, and have their place in the order."""
    broken = []
    for path, text in modules.items():
        own = _room(_module(path))
        if own and _floor(own) < 0:
            broken.append(f"{path} has no place in the order of rooms")
            continue
        for found in _imports(CORE, path, text):
            room = _room(found.module[len(CORE) + 1 :]) if names(found.module, [CORE]) else ""
            floor = _floor(room)
            if not own or room == own or floor < 0:
                continue
            if floor > _floor(own):
                broken.append(f"{path}:{found.line} leans on {room}, which is above it")
            elif floor == _floor(own) and floor >= _SIDEWAYS:
                broken.append(f"{path}:{found.line} leans on {room}, which is beside it")
    return broken


def standard_library_only(modules: Mapping[str, str]) -> List[str]:
    """What both processes speak of, `shared`, needs nothing but Python, and idna for hosts."""
    return [
        f"{path}:{found.line} imports {found.module}: shared needs the standard library alone"
        for path, text in modules.items()
        if path.startswith("shared/")
        for found in _imports(CORE, path, text)
        if not names(found.module, [CORE]) and not _standard(found.module)
        if (path, found.module) != ("shared/hosts.py", "idna")
    ]


def _standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def owners(modules: Mapping[str, str]) -> List[str]:
    """Each foreign package has its rooms in Core."""
    return [
        f"{path}:{found.line} imports {found.module}, which belongs to {' and '.join(owner)}"
        for path, text in modules.items()
        for found in _imports(CORE, path, text)
        for package, owner in OWNERS.items()
        if names(found.module, [package]) and _room(_module(path)) not in owner
    ]


def borders(modules: Mapping[str, str]) -> List[str]:
    """Lib's parts lean on one another as they should, and of Core on `shared` alone."""
    broken = []
    for path, text in modules.items():
        part = _room(_module(path))
        for found in _imports(LIB, path, text):
            if names(found.module, [CORE]) and not names(found.module, [f"{CORE}.shared"]):
                broken.append(f"{path}:{found.line} imports {found.module}: of Core only shared")
            if part in ("", "startup"):
                continue
            if part not in LIB_LEANS_ON:
                broken.append(f"{path} has no place in LIB_LEANS_ON")
                break
            if names(found.module, [LIB]) and not names(found.module, LIB_LEANS_ON[part]):
                broken.append(
                    f"{path}:{found.line} imports {found.module}, which is not its to know"
                )
            if part == "panels" and names(found.module, _QUIET_PANELS):
                broken.append(f"{path}:{found.line} imports {found.module}: a panel asks the logic")
    return broken


def circles(root: str, modules: Mapping[str, str]) -> List[str]:
    """No modules lean on one another in a circle, within a room neither; each circle is named."""
    known = {_module(path): path for path in modules}
    arrows = {
        name: set(_known_targets(root, path, modules[path], known)) for name, path in known.items()
    }
    found = []
    while arrows:
        name = next(iter(arrows))
        circle = {one for one in _reached(name, arrows) if name in _reached(one, arrows)}
        if circle:
            found.append(" ↔ ".join(sorted(known[one] for one in circle)))
        for one in circle | {name}:
            del arrows[one]
    return found


def packages(modules: Mapping[str, str]) -> List[str]:
    """A package's `__init__.py` is a docstring: what it loads would load with each of its files."""
    broken = []
    for path, text in modules.items():
        tree = ast.parse(text)
        rest = [node for node in tree.body[1:] if not isinstance(node, (ast.Assign, ast.AnnAssign))]
        if not ast.get_docstring(tree) or rest:
            broken.append(f"{path} is more, or less, than a docstring")
    return broken


def names_of_files(paths: Iterable[str]) -> List[str]:
    """No file says its folder's name again; the logic's own class is the one exception."""
    broken = []
    for path in paths:
        folder, words = Path(path).parent.name, Path(path).stem.split("_")
        if {folder, folder.removesuffix("s")} & set(words) - {""} and path != "logic/logic.py":
            broken.append(f"{path} repeats its folder's name")
    return broken


def _known_targets(root: str, path: str, text: str, known: Mapping[str, str]) -> Iterator[str]:
    """The modules that a file imports; `from package import module` is the module."""
    for found in _imports(root, path, text):
        if names(found.module, [root]):
            inside = found.module[len(root) + 1 :]
            module = inside if inside in known else inside.rpartition(".")[0]
            if module in known and module != _module(path):
                yield module


def _reached(name: str, arrows: Mapping[str, Set[str]]) -> Set[str]:
    """All modules to which arrows lead from one, itself only if there is a circle."""
    seen: Set[str] = set()
    waiting = list(arrows.get(name, ()))
    while waiting:
        one = waiting.pop()
        if one not in seen and one in arrows:
            seen.add(one)
            waiting.extend(arrows[one])
    return seen
