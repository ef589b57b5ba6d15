"""The rules of packaging, as functions from files to what breaks them; see `rules.house`.

``python Testing/Support/rules/package.py`` writes the shipped files into CMakeLists.txt.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Mapping

# Slicer's catalogue of extensions: categories in use, from its own check of descriptions.
CATEGORIES = ("DICOM", "Informatics")
SCHEMA = (
    "https://raw.githubusercontent.com/Slicer/Slicer/main/Schemas/"
    "slicer-extension-catalog-entry-schema-v1.0.1.json#"
)
_ENTRY_TYPES: Mapping[str, type] = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
_REPOSITORY = re.compile(
    r"https://github\.com/[\w.-]+/(Slicer[-_]?|SlicerExtension[-_])\w[\w.-]*?(\.git)?"
)
_UNSHIPPED = re.compile(r"(^|/)(CMakeLists\.txt$|__pycache__/|\.)|\.qm$")  # and all that is hidden


def cmake_values(text: str) -> dict[str, list[str]]:
    """The words of each ``set(NAME word …)``, without comments and with variables put in."""
    text = re.sub(r"(?m)^\s*#.*$|(?<=[\s\")])#[^\"\n]*$", "", text)
    values: dict[str, list[str]] = {}
    for name, body in re.findall(r"\bset\(\s*(\w+)((?:\"[^\"]*\"|[^)\"])*)\)", text):
        words = [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|([^\s"]+)', body)]
        for known, replacement in list(values.items()):
            words = [word.replace(f"${{{known}}}", ";".join(replacement)) for word in words]
        values[name] = words
    return values


def shipped_files(folder: Path) -> set[str]:
    """The files of a module's folder that its package must have."""
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in files if not _UNSHIPPED.search(name)}


def listed_files(cmake: str) -> list[str]:
    """The files that a module's CMakeLists.txt names."""
    values = cmake_values(cmake)
    return values.get("MODULE_PYTHON_SCRIPTS", []) + values.get("MODULE_PYTHON_RESOURCES", [])


def with_list(cmake: str, folder: Path) -> str:
    """The text of a module's CMakeLists.txt, naming the files that are in its folder."""
    for variable, python in (("MODULE_PYTHON_SCRIPTS", True), ("MODULE_PYTHON_RESOURCES", False)):
        names = [name for name in shipped_files(folder) if name.endswith(".py") is python]
        names.sort(key=lambda name: (name.count("/") > 0, name))
        body = "".join(f"  {name}\n" for name in names)
        cmake = re.sub(rf"set\({variable}\n[^)]*\)", f"set({variable}\n{body}  )", cmake)
    return cmake


def completeness(listed: list[str], present: set[str]) -> list[str]:
    """CMakeLists.txt names every file there is, once, and no other."""
    return (
        [f"not in CMakeLists.txt: {name}" for name in sorted(present - set(listed))]
        + [f"in CMakeLists.txt, and not there: {name}" for name in sorted(set(listed) - present)]
        + [f"twice in CMakeLists.txt: {name}" for name in set(listed) if listed.count(name) > 1]
    )


def s4ext_values(text: str) -> dict[str, str]:
    """Keyword and value of each line."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return {keyword: value.strip() for keyword, _, value in pairs}


def same_metadata(cmake: str, s4ext: str) -> list[str]:
    """OrthancConnect.s4ext tells the same as CMakeLists.txt."""
    source, copy = cmake_values(cmake), s4ext_values(s4ext)
    broken = []
    for keyword in (
        *("homepage", "category", "contributors", "description", "iconurl", "screenshoturls"),
        "depends",
    ):
        wanted = " ".join(source.get(f"EXTENSION_{keyword.upper()}", ["(missing)"]))
        if copy.get(keyword) != wanted:
            broken.append(
                f"{keyword}: {copy.get(keyword)!r} in s4ext, {wanted!r} in CMakeLists.txt"
            )
    return broken


def catalogue_entry(file_name: str, entry: Mapping[str, Any], cmake: str) -> list[str]:
    """The rules of Slicer's ExtensionsIndex: schema 1.0.1 and its check of descriptions."""
    broken = [f"{key} is missing" for key in ("$schema", "category", "scm_url") if key not in entry]
    for key, value in entry.items():
        wanted = _ENTRY_TYPES.get(key)
        if wanted is None:
            broken.append(f"{key} is not allowed")
        elif type(value) is not wanted:
            broken.append(f"{key} is not of type {wanted.__name__}")
    name = Path(file_name).stem
    checks = {
        "$schema is not version 1.0.1": entry.get("$schema") == SCHEMA,
        "unknown category": entry.get("category") in CATEGORIES,
        "scm_type is neither git nor local": entry.get("scm_type", "git") in ("git", "local"),
        "tier is not from 1 to 5": entry.get("tier", 1) in range(1, 6),
        "build_dependencies are not all names": all(
            isinstance(one, str) for one in entry.get("build_dependencies", [])
        ),
        "the name begins with Slicer": not name.startswith("Slicer"),
        f"project({name}) is not in CMakeLists.txt": f"project({name})" in cmake,
        "scm_url is not an https address of a repository called Slicer…": bool(
            _REPOSITORY.fullmatch(str(entry.get("scm_url", "")))
        ),
    }
    return broken + [sentence for sentence, kept in checks.items() if not kept]


def raw_addresses(addresses: list[str], repository: Path) -> list[str]:
    """Pictures are named by raw addresses on main, and are in the tree as png, jpeg or gif."""
    broken = []
    for address in addresses:
        match = re.fullmatch(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/main/(.+)", address)
        if match is None:
            broken.append(f"not a raw address on main: {address}")
        elif not (repository / match.group(1)).is_file():
            broken.append(f"there is no {match.group(1)}")
        elif Path(match.group(1)).suffix not in (".png", ".jpg", ".jpeg", ".gif"):
            broken.append(f"not a picture: {match.group(1)}")
    return broken


def lengths(files: Mapping[str, str], most: int = 450) -> list[str]:
    """No source is longer than a room."""
    counted = {name: len(text.splitlines()) for name, text in files.items()}
    return [f"{name} has {count} lines" for name, count in counted.items() if count > most]


if __name__ == "__main__":
    module = Path(__file__).resolve().parents[3] / "OrthancConnect"
    target = module / "CMakeLists.txt"
    target.write_text(with_list(target.read_text(encoding="utf-8"), module), encoding="utf-8")
