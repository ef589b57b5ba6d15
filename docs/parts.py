"""The parts of the documents that are made from the source: the commands, and every message.

`conf.py` writes them at each build, so that they can't differ from the program.
"""

from __future__ import annotations

import ast
import os
import re
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence
from unittest.mock import patch

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE = REPOSITORY / "OrthancConnect"

# Commands ----------------------------------------------------------------------------------------


def commands() -> str:
    """Return a section for each command, with what its ``--help`` says."""
    sections = []
    waiting = _named_in(_help())
    while waiting:
        name = waiting.pop(0)
        text = _help(*name.split())
        waiting[:0] = [f"{name} {action}" for action in _named_in(text)]
        sections.append(f"### {name}\n\n```text\n{text}```\n")
    return "\n".join(sections)


def _help(*words: str) -> str:
    from OrthancConnectCore.cli.grammar import make_parser

    width = patch.dict(os.environ, COLUMNS="90")  # argparse asks for it
    with width, redirect_stdout(StringIO()) as said, suppress(SystemExit):
        make_parser().parse_args([*words, "--help"])
    return said.getvalue()


def _named_in(text: str) -> List[str]:
    """Return the commands that a help lists, below COMMAND or ACTION."""
    listed = re.search(r"^  (?:COMMAND|ACTION)\n((?: {4}.*\n)+)", text, re.MULTILINE)
    return re.findall(r"^ {4}([a-z-]+)", listed.group(1), re.MULTILINE) if listed else []


# Messages ----------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One message: the sentence with «what changes», what to do, and the check's name for it."""

    message: str
    advice: str = ""
    fault: str = ""


#: The rooms of the source, as a reader calls them; what is not here stands under the last.
TOPICS = {
    "network": "Connection and certificate",
    "orthanc": "The server's answers",
    "setup": "First connection, registering, server set-up",
    "profile": "Profiles and passwords",
    "doctor": "The check-up",
    "dimse": "DICOM: C-ECHO, C-FIND, C-GET, C-MOVE and the listener",
    "query": "Query",
    "retrieve": "Retrieve, follow, lists and room on disk",
    "worklist": "Work lists",
    "scan": "Files, folders and archives",
    "upload": "Upload",
    "deidentify": "De-identification",
    "cli": "The command line",
    "panel": "The panel in Slicer",
    "other": "Everything else",
}
_ROOMS = {
    "profile_store": "profile",
    "keychain": "profile",
    "openid": "profile",
    "follow": "retrieve",
    "tables": "retrieve",
    "files": "scan",
    "dicom": "scan",
    "OrthancConnectLib": "panel",
    "OrthancConnect.py": "panel",
}
_SHARED = {
    "profile": "profile",
    "credentials": "profile",
    "query": "query",
    "check_lines": "doctor",
}


def topic(path: str) -> str:
    """Return under which topic a source's messages stand; `path` is below OrthancConnect/."""
    parts = path.replace("OrthancConnectCore/", "").split("/")
    room = parts[0].removesuffix(".py") if path.startswith("OrthancConnectCore") else parts[0]
    if room == "shared":
        word = parts[1].removesuffix(".py")
        room = next((to for start, to in _SHARED.items() if word.startswith(start)), "other")
    room = _ROOMS.get(room, room)
    return room if room in TOPICS else "other"


def sources() -> Dict[str, str]:
    """Return the text of each Python source of the program, by its path below OrthancConnect/."""
    paths = sorted(SOURCE.rglob("*.py"))
    return {path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def entries(text: str) -> List[Entry]:
    """Return every sentence of a source that a person may see, with the advice beside it."""
    tree = ast.parse(text)
    found: List[Entry] = []
    done = set(_docstrings(tree))
    for scope in ast.walk(tree):
        if not isinstance(scope, (ast.Module, ast.FunctionDef)):
            continue
        own = list(_own(scope))
        named = _named(own)
        for node in own:
            parts = node.args if isinstance(node, ast.Call) else []
            parts = node.elts if isinstance(node, ast.Tuple) else parts
            for place, (one, other) in enumerate(zip(parts, parts[1:])):
                first, second = _meant(one, named), _meant(other, named)
                if first and not second and " " in (_template(other) or ""):
                    second = [other]  # advice may be a line to type
                second = second * len(first) if len(second) == 1 else second
                if not first or len(first) != len(second):
                    continue
                if all(id(part) not in done for part in (*first, *second)):
                    fault = _fault(parts[:place])
                    pairs = zip(first, second)
                    found += [Entry(sentence(what), _text(todo), fault) for what, todo in pairs]
                    done |= {id(inner) for part in (*first, *second) for inner in ast.walk(part)}
                    break
    for node in ast.walk(tree):
        if id(node) not in done and isinstance(node, ast.expr) and sentence(node):
            found.append(Entry(sentence(node)))
            done |= {id(inner) for inner in ast.walk(node)}
    return list(dict.fromkeys(found))


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Return what is in a function or module, without the functions in it."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, ast.FunctionDef):
            yield from _own(node)


def _named(nodes: Sequence[ast.AST]) -> Dict[str, List[ast.expr]]:
    """Return the sentences that are given to each name, in order."""
    named: Dict[str, List[ast.expr]] = {}
    for node in nodes:
        for target in node.targets if isinstance(node, ast.Assign) else ():
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = list(zip(target.elts, node.value.elts))
            for name, value in pairs:
                if isinstance(name, ast.Name) and sentence(value):
                    named.setdefault(name.id, []).append(value)
    return named


def _meant(node: ast.expr, named: Dict[str, List[ast.expr]]) -> List[ast.expr]:
    """Return the sentences that an expression may be: itself, or what its name was given."""
    if isinstance(node, ast.Name):
        return named.get(node.id, [])
    return [node] if sentence(node) else []


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)


def _fault(before: Sequence[ast.expr]) -> str:
    names = [one.value for one in before if isinstance(one, ast.Constant)]
    return str(names[-1]) if names and re.fullmatch(r"[a-z_]+", str(names[-1])) else ""


def sentence(node: ast.expr) -> str:
    """Return what an expression says, if it is a sentence or more; else nothing."""
    text = _text(node)
    if len(re.findall(r"\w+", re.sub("«[^»]*»", "", text))) < 2:
        return ""  # not a word of its own
    bare = re.sub(r"^[✓✗⚠■▸‖–\s]+", "", text)
    starts = re.match(r"«|[A-Z]|--[a-z]", bare)
    ends = re.search(r"[.?!…]['”\"]?$|\.\)$|: «[^«]+»$", bare)
    return text if starts and ends and " " in bare else ""


def _text(node: ast.expr) -> str:
    return " ".join((_template(node) or "").split())


def _template(node: ast.expr) -> Optional[str]:
    """Return the text of an expression with its changing parts as «name»; None for other things."""
    if isinstance(node, ast.Constant):
        return re.sub(r"\{(\w*)[^{}]*\}", r"«\1»", node.value) if _is_text(node) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"«{_name(part)}»"
            for part in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_template(side) for side in (node.left, node.right)]
        if sides == [None, None]:
            return None
        names = (node.left, node.right)
        return "".join(
            text if text is not None else f"«{_name(one)}»" for text, one in zip(sides, names)
        )
    if isinstance(node, ast.IfExp):
        sides = [_template(node.body), _template(node.orelse)]
        return None if None in sides else " / ".join(filter(None, map(str, sides)))
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
            return _template(node.args[0])
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "replace"):
            return _template(node.func.value)
    return None


def _is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str)


_NO_NAMES = ("self", "plain_text", "str", "len", "profile", "ex", "error", "round", "max", "min")


def _name(node: ast.expr) -> str:
    """Return the last plain word of an expression: what a reader can make something of."""
    if isinstance(node, ast.FormattedValue):
        node = node.value
    said = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    said = [text for text in said if isinstance(text, str) and len(text.split()) > 3]
    if said:
        return " / ".join(" ".join(text.split()) for text in said)
    words = re.findall(r"[a-z][a-z_]+", ast.unparse(node).lower())
    words = [word for word in words if word not in _NO_NAMES]
    return words[-1].replace("_", " ") if words else "…"


def messages() -> str:
    """Return a section for each topic, with an entry for each message of the source."""
    by_topic: Dict[str, Dict[str, List[Entry]]] = {name: {} for name in TOPICS}
    for path, text in sources().items():
        for entry in entries(text):
            told = by_topic[topic(path)].setdefault(entry.message, [])
            told += [entry] if entry not in told else []
    lines: List[str] = []
    for name, title in TOPICS.items():
        lines += [f"### {title}", ""]
        for message, told in sorted(by_topic[name].items(), key=lambda one: one[0].strip("«✗⚠ ")):
            known = sorted({f"`{entry.fault}`" for entry in told if entry.fault})
            lines.append(f"**{_escaped(message)}**" + f" ({', '.join(known)})" * bool(known))
            advice = dict.fromkeys(_escaped(entry.advice) for entry in told if entry.advice)
            lines += [*(f": {one}" for one in advice), ""]
        if name == "doctor":
            names = ", ".join(f"`{fault}`" for fault in faults())
            lines += [f"All names that the check-up has for faults: {names}.", ""]
    return "\n".join(lines)


def faults() -> List[str]:
    """Return the check-up's names of faults."""
    found = {entry.fault for text in sources().values() for entry in entries(text)}
    makers = r"\b(?:failed|warning|by_https|say|to_register)"
    call = re.compile(makers + r'\(\s*f?"([a-z_{}]+)",|return "([a-z_]+)", \(?f?"')
    for text in sources().values():
        names = ("".join(either) for either in call.findall(text))
        found.update(re.sub(r"{(\w+)}", r"«\1»", name) for name in names)
    return sorted(found - {""})


def _escaped(text: str) -> str:
    """Return the text as Markdown that shows just that."""
    return re.sub(r"([\\`*_{}\[\]<>#|~$^])", r"\\\1", text)


def write(folder: Path) -> None:
    """Write both parts into a folder, for the pages that include them."""
    folder.mkdir(exist_ok=True)
    for name, text in (("commands", commands()), ("messages", messages())):
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
