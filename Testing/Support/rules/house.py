"""The rules of the house, as functions from source text to what breaks them.

Each returns sentences; an empty list means that the rule is kept. ``Unit/test_house.py`` applies
them to the tree, and to samples that break them.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Iterable, Iterator, Mapping

CORE, LIB = "OrthancConnectCore", "OrthancConnectLib"
SLICER_RUNTIME = ("slicer", "qt", "ctk", "vtk", "vtkmodules", "mrml", "DICOMLib", "SampleData", LIB)

CTK_NETWORK = {
    *("ctkDICOMQuery", "ctkDICOMRetrieve", "ctkDICOMScheduler", "ctkDICOMEcho"),
    "ctkDICOMStorageListener",
}
DIALOGS = {
    *("QDialog", "QMessageBox", "QInputDialog", "QFileDialog", "QProgressDialog", "QWidget"),
    *("errorDisplay", "warningDisplay", "infoDisplay", "messageBox", "createProgressDialog"),
    *("confirmOkCancelDisplay", "confirmYesNoDisplay", "confirmRetryCloseDisplay"),
}

#: Names with an underscore that are documented all the same: of named tuples, the end of a process
#: without its clean-up, and the place of pynetdicom's settings.
DOCUMENTED = {"_replace", "_asdict", "_fields", "_make", "os._exit", "pynetdicom._config"}


@dataclass(frozen=True)
class Import:
    """One imported module, absolute, and the line where that stands."""

    module: str
    line: int


def imports(text: str, package: str = "") -> list[Import]:
    """All modules that a source imports, anywhere in it, with relative names made absolute.

    ``from package import name`` counts as ``package.name``, and the constant in
    ``import_module("name")`` or ``__import__("name")`` counts as well.
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            found += [Import(f"{base}.{alias.name}", node.lineno) for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else None
            called = node.func.id if isinstance(node.func, ast.Name) else called
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                found.append(Import(node.args[0].value, node.lineno))
    return found


def names(module: str, packages: Iterable[str]) -> bool:
    """Whether `module` is one of the packages or inside one."""
    return any(module == package or module.startswith(package + ".") for package in packages)


def headless(name: str, text: str) -> list[str]:
    """Core imports neither Slicer's runtime nor Lib."""
    return [
        f"{name}:{found.line} imports {found.module}, which only Slicer has"
        for found in imports(text, CORE)
        if names(found.module, SLICER_RUNTIME)
    ]


def _standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def file_scope(text: str, packages: Collection[str] = ("slicer",)) -> list[str]:
    """At file scope a source imports the standard library, `packages` and ours, and runs nothing.

    Slicer's reviewers ask for it. An ``if`` of imports alone, for types or a platform, is allowed.
    """
    broken = []
    for node in ast.parse(text).body:
        inner = node.body + node.orelse if isinstance(node, ast.If) else [node]
        if all(isinstance(one, (ast.Import, ast.ImportFrom)) for one in inner):
            for one in inner:
                if isinstance(one, ast.ImportFrom) and one.level:
                    continue
                for found in imports(ast.unparse(one)):
                    if not _standard(found.module) and not names(found.module, packages):
                        broken.append(f"line {one.lineno} imports {found.module} at file scope")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        elif not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign)):
            broken.append(f"line {node.lineno} runs at file scope: {ast.unparse(node)[:60]}")
    return broken


def styling(name: str, text: str) -> list[str]:
    """No style sheet fights Slicer's themes: no colour and no background beside the palette's.

    Fixed colours stand in ``panels/style.py`` alone, one for a light and one for a dark theme.
    """
    if name.endswith(".ui"):
        found = re.findall(r'name="styleSheet"|<palette>|<color', text)
        return [f"{name} has {one}" for one in found]
    return [
        f"{name}:{node.lineno} {node.value.strip()[:60]}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"background(-color)?\s*:", node.value)
        or (re.search(r"#[0-9a-fA-F]{6}\b", node.value) and name != "panels/style.py")
    ]


def _touched(text: str) -> Iterator[tuple[str, int]]:
    """Attributes that a source reads or sets, as ``a.name`` or ``getattr(a, "name")``."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "getattr":
            if len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                yield str(node.args[1].value), node.lineno


def library(modules: Mapping[str, str]) -> list[str]:
    """Lib's modules, by path: one owner for the database and for ctk's network; quiet panels."""
    broken = []
    for name, text in modules.items():
        for word, line in _touched(text):
            if word == "dicomDatabase" and name != "adapters/database.py":
                broken.append(f"{name}:{line} uses dicomDatabase, which belongs to database")
            if word in CTK_NETWORK and not name.startswith("adapters/ctk_dimse/"):
                broken.append(f"{name}:{line} uses {word}, which belongs to ctk_dimse")
            if name.startswith("logic/") and word in DIALOGS:
                broken.append(f"{name}:{line} uses {word}: logic shows nothing")
        if Path(name).parts[0] == "panels":
            broken += [
                f"{name}:{line} reaches through to the adapters: the logic has a method for it"
                for word, line in _touched(text)
                if word == "adapters"
            ]
    return broken


def trust(name: str, text: str) -> list[str]:
    """No certificate check is switched off; the host name is a matter of pinning in tls only."""
    broken = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.keyword) and _is_false(node.value) and node.arg == "verify":
            broken.append(f"{name}:{node.value.lineno} verify=False")
        elif isinstance(node, ast.Assign) and _is_false(node.value):
            for target in node.targets:
                shown = ast.unparse(target)
                if shown.endswith("verify") or shown.endswith(("'verify']", '"verify"]')):
                    broken.append(f"{name}:{node.lineno} {shown} = False")
                if shown.endswith("check_hostname") and Path(name).name != "tls.py":
                    broken.append(f"{name}:{node.lineno} {shown} = False")
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values)
            if any(
                isinstance(k, ast.Constant) and k.value == "verify" and _is_false(v)
                for k, v in pairs
            ):
                broken.append(f"{name}:{node.lineno} a dictionary with verify: False")
        elif isinstance(node, (ast.Attribute, ast.Name, ast.alias, ast.Constant)):
            word = _word(node)
            if word in _CHECKS_OFF:
                broken.append(f"{name}:{getattr(node, 'lineno', 0)} {word}")
    return broken


_CHECKS_OFF = {
    *("CERT_NONE", "CERT_OPTIONAL", "VerifyNone", "_create_unverified_context"),
    *("disable_warnings", "InsecureRequestWarning", "ignoreSslErrors"),
    "disable_ssl_certificate_validation",
}


def _word(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.alias):
        return node.name
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


_BASE_ERROR = "OrthancConnectError"


def error_kinds(errors_text: str) -> set[str]:
    """The names of OrthancConnectError and of the classes below it, from the text of ``errors``."""
    kinds = {_BASE_ERROR}
    for node in ast.parse(errors_text).body:
        if isinstance(node, ast.ClassDef) and any(ast.unparse(one) in kinds for one in node.bases):
            kinds.add(node.name)
    return kinds


def docstrings(name: str, text: str, kinds: Collection[str]) -> list[str]:
    """A public function says in a line what it does, and under Raises which of our errors.

    Counted are the errors that its own body makes (``raise Kind(…)``): those of the functions that
    it calls, and an error that is caught and raised again, are not.
    """
    broken = []
    for where, node, told in _public_functions(ast.parse(text)):
        if not told:
            broken.append(f"{name}:{node.lineno} {where} has no docstring")
            continue
        section = told.partition("\nRaises\n------\n")[2].partition("\n----")[0]
        missing = sorted(_raised(node) & set(kinds) - set(re.findall(r"\w+", section)))
        if missing:
            broken.append(f"{name}:{node.lineno} {where} raises {', '.join(missing)} untold")
    return broken


def _public_functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef, str]]:
    """Public functions of a module and of its public classes, with their docstrings.

    What makes an object is documented by its class.
    """
    for owner in [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]:
        prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
        if prefix.startswith("_"):
            continue
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            if node.name in ("__init__", "__post_init__", "__enter__"):
                yield prefix + node.name, node, ast.get_docstring(owner) or ""
            elif not node.name.startswith("_"):
                yield prefix + node.name, node, ast.get_docstring(node) or ""


def _raised(function: ast.FunctionDef) -> set[str]:
    """Names of the classes whose instances a function's own body raises, nested functions aside."""
    found, waiting = set(), list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            found.add(ast.unparse(node.exc.func).rpartition(".")[2])
        waiting += ast.iter_child_nodes(node)
    return found


def private_names(modules: Mapping[str, str]) -> list[str]:
    """Nobody touches a private name of another package: no ``x._name``, no ``import _name``.

    A private name is ours when a module of ours defines it: by ``def``, ``class`` or assignment in
    a module or class, or by ``self._name = ...``. What `self` is asked for may be defined in any
    module, for the sake of base classes; what others are asked for, in the same module. A private
    method of a base class is not called by ``super()``: it could be anybody's.
    """
    trees = {name: ast.parse(text) for name, text in modules.items()}
    own = {name: set(_defined(tree)) for name, tree in trees.items()}
    everywhere = set().union(*own.values())
    broken = []
    for name, tree in trees.items():
        for holder, word, line in _private_uses(tree):
            known = everywhere if holder in ("self", "cls") else own[name]
            if word in DOCUMENTED or f"{holder}.{word}" in DOCUMENTED:
                continue
            if holder == "super()" or word not in known:
                broken.append(f"{name}:{line} touches {holder}.{word}, which is not ours")
        broken += [
            f"{name}:{found.line} imports {found.module}, which is not ours"
            for found in imports(modules[name], CORE)
            if not names(found.module, [CORE, LIB]) and _is_private_import(found.module)
        ]
    return broken


def _is_private(word: str) -> bool:
    return word.startswith("_") and not word.startswith("__") and word != "_"


def _is_private_import(module: str) -> bool:
    return module not in DOCUMENTED and any(_is_private(part) for part in module.split("."))


def _defined(tree: ast.AST) -> Iterator[str]:
    """Private names that a module defines."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if ast.unparse(node.value) in ("self", "cls"):
                yield node.attr
        if isinstance(node, (ast.ClassDef, ast.Module)):
            for statement in node.body:
                targets = getattr(statement, "targets", [getattr(statement, "target", None)])
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _private_uses(tree: ast.AST) -> Iterator[tuple[str, str, int]]:
    """Private attributes that are read, set or asked for by name: of what, which, and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr):
            yield ast.unparse(node.value), node.attr, node.lineno
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            word = node.args[1].value if isinstance(node.args[1], ast.Constant) else None
            asks = ast.unparse(node.func) in ("getattr", "setattr", "hasattr", "delattr")
            if asks and isinstance(word, str) and _is_private(word):
                yield ast.unparse(node.args[0]), word, node.lineno
