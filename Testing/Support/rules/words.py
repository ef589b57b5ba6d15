"""The words that people see, gathered from the sources as Qt's lupdate gathers those of C++.

``python Testing/Support/rules/words.py`` brings Resources/Translations/*.ts up to date: what is
there stays, what is new is unfinished, what is no longer said goes.
"""

from __future__ import annotations

import ast
import re
import string
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from xml.sax.saxutils import escape

MODULE = Path(__file__).resolve().parents[3] / "OrthancConnect"
TRANSLATIONS = MODULE / "Resources" / "Translations"
#: Where the engine's sentences are looked up; see OrthancConnectLib/wording.py.
ENGINE = "OrthancConnectCore"
#: What speaks English to the panel: the engine without its other face, and Lib's adapters.
_ENGLISH = (ENGINE, "OrthancConnectLib/adapters")
#: Words of the command line, of the worker's protocol, of the standard, and of its tables.
_UNSEEN = re.compile(
    r"/(cli/|__main__|tables|worker/(methods|parameters|rpc|process|parent)|setup/server_(sites|keys)"
    r"|server_check/keys|trace_log|results/scheme|server\.py"
    r"|deidentify/(basic_profile|vocabulary|values)|dicom/|server_lists)"
)
#: Single words that fill a sentence of the engine, or are one; and what OpenSSL says of the
#: certificates that people meet most (X509_verify_cert_error_string), and the system (strerror).
_PHRASES = (
    *"Automatic Certificate Login add change correct opened read receipt written label".split(),
    *"modality institution sex host port table allowed it query retrieve studies study".split(),
    *"series and none report export".split(),
    *("self-signed certificate", "self-signed certificate in certificate chain"),
    *("self signed certificate", "self signed certificate in certificate chain"),
    "unable to get local issuer certificate",
    *("Permission denied", "Operation not permitted", "No such file or directory"),
    *("Not a directory", "Is a directory", "File exists", "Read-only file system"),
    *("No space left on device", "Disk quota exceeded", "Input/output error"),
    *("Connection refused", "Connection reset by peer", "Address already in use"),
    *("Network is unreachable", "No route to host", "Too many open files"),
)
#: What looks like a sentence and is a name, a rule or another program's words.
_NO_SENTENCE = re.compile(
    r"[A-Z ]+|OrthancConnect[ :].*|ISO 2022.*|(DS|LO|OB|US|original|JPEG|PatientID|TCP|SCU|DIMSE"
    r"|ORTHANC\S*|GET|POST|CJK|plain http request|no required|host name|Application|Basic|Retain"
    r"|Here:|Server:|Because|dicognito|Structure names) .*|(connection|association|unrecognized"
    r"|timed|no route|unknown host|peer) ?.*|No route|in use|.*( no fact | no signal |issued by).*"
    r"|(Bearer|-----\w+|<!DOCTYPE|text/html;) .*|.* - DICOM master list"
    r"|Credentials.*|credentials are.*|files to be.*|name of .*|Connection test.*",
    re.DOTALL,
)
#: Where the panels show texts, and the logic makes what they show.
_SHOWN_AS = "text toolTip title placeholderText accessibleName windowTitle suffix prefix".split()
_SHOWN_BY = re.compile(
    r"(^|\.)(set(Text|ToolTip|TabText|Title|ItemText|WindowTitle|HeaderLabels)|add(Item|Items|Action"
    r"|Tab)|_?say|tip|allow|_tell|head|fill_table|get(Save|Open)FileName\w*"
    r"|\w+(?<!Value)(?<!Runtime)Error)$"
)
_FILE_NAME = re.compile(r"[\w-]+\.\w+|(CSV|JSON|)[ ;]*(\(\*\.\w+\)[ ;]*)+")
#: What the engine says, in what it gives to the panels.
_SAID = frozenset(
    "message hint cause cure detail reason notes problem dicom_text counts_missing".split()
) | {"kept_back"}
#: What names no field.
_CODE = frozenset(("if", "else", "and", "or", "not", "True", "False", "None"))


def messages() -> dict[str, set[str]]:
    """Every text that people see, by the context in which Qt looks for it."""
    found: dict[str, set[str]] = {ENGINE: set()}
    for context, text in [*_called(), *_forms()]:
        found.setdefault(context, set()).add(text)
    found[ENGINE].update(_sentences())
    return found


def fields(text: str) -> list[str]:
    """What `str.format` fills in a text, with how it is written."""
    parts = string.Formatter().parse(text)
    return sorted(f"{name}:{how}" for _literal, name, how, _kind in parts if name is not None)


def _called() -> Iterator[tuple[str, str]]:
    """What is given to slicer.i18n, in the contexts that its `getContext` makes."""
    for path, own in contexts():
        if path.stem == "wording":
            continue  # it looks up what the engine says
        for call in ast.walk(_tree(path)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("_", "translate"):
                *context, text = [ast.literal_eval(word) for word in call.args]
                if context != ["qSlicerAbstractCoreModule"]:  # that is Slicer's own
                    yield (context or [own])[0], text


def contexts() -> Iterator[tuple[Path, str]]:
    """The sources with texts of their own, and the context of each."""
    library = sorted((MODULE / "OrthancConnectLib").rglob("*.py"))
    for path in [MODULE / "OrthancConnect.py", *library]:
        package = (path.parent / "__init__.py").is_file()
        yield path, f"{path.parent.name}.{path.stem}" if package else path.stem


def _forms() -> Iterator[tuple[str, str]]:
    """The texts of the forms, in the context of the form's class."""
    for path in sorted((MODULE / "Resources" / "UI").glob("*.ui")):
        form = ElementTree.parse(path).getroot()
        for text in form.iter("string"):
            if text.text and text.get("notr") != "true":
                yield str(form.findtext("class")), text.text


def _sentences() -> Iterator[str]:
    """The templates of the engine's sentences, and of what fills them."""
    yield from _PHRASES
    for folder in _ENGLISH:
        for path in sorted((MODULE / folder).rglob("*.py")):
            if not _UNSEEN.search(path.as_posix()):
                for text in _spoken(_tree(path)):
                    if _is_sentence(text):
                        yield text.strip("; ")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _is_sentence(template: str) -> bool:
    if template.startswith("  ") or "\n" in template:
        return False  # a command that is to be typed; a table of names
    text = re.sub(r"\{[^}]*\}", "{}", template).strip()
    letters = re.sub(r"[^A-Za-z]", "", text)
    spaced = re.search(r"[A-Za-z,.:;]['”)]? [({“\"]?[A-Za-z{]|[})] [A-Za-z]", text)
    return bool(spaced and len(letters) > 1 and not _NO_SENTENCE.fullmatch(text)) or bool(
        re.fullmatch(r"[A-Z][a-z]+\.", text)
    )


def _spoken(node: ast.AST) -> Iterator[str]:
    """Give the texts below a node as templates; docstrings, logs and types are none."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and re.match(
        r"_?(log|logging|logger|re|struct)\.", ast.unparse(node.func)
    ):
        return
    if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp)):
        names: dict[str, str] = {}
        texts = _templates(node, names)
        if texts is not None:
            yield from texts
            for inner in ast.walk(node):
                if isinstance(inner, ast.FormattedValue) or (
                    isinstance(inner, ast.expr) and ast.unparse(inner) in names
                ):
                    for child in ast.iter_child_nodes(inner):
                        yield from _spoken(child)
            return
    for child in ast.iter_child_nodes(node):
        if child is not getattr(node, "annotation", None):
            yield from _spoken(child)


def _templates(node: ast.AST, names: dict[str, str]) -> list[str] | None:
    """The templates of a text that is made here, one for each of its forms; None for no text."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return _joined([_part(part, names) for part in node.values])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_templates(side, names) for side in (node.left, node.right)]
        if any(sides):
            both = zip(sides, (node.left, node.right))
            return _joined([side or [_field(part, names)] for side, part in both])
    return None


def _part(part: ast.expr, names: dict[str, str]) -> list[str]:
    if isinstance(part, ast.Constant):
        return [str(part.value).replace("{", "{{").replace("}", "}}")]
    assert isinstance(part, ast.FormattedValue)
    value = part.value
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
        sides = [one for one in (value.left, value.right) if isinstance(one, ast.Constant)]
        if sides and isinstance(sides[0].value, str):  # 's' * (count != 1)
            return ["", sides[0].value]
    if isinstance(value, ast.IfExp):
        ends = [_templates(end, names) for end in (value.body, value.orelse)]
        if all(ends):
            return [text for end in ends for text in end or []]
    return [_field(value, names)]


def _joined(parts: list[list[str]]) -> list[str]:
    return ["".join(words) for words in product(*parts)]


def _field(value: ast.expr, names: dict[str, str]) -> str:
    """A field with a name that tells what fills it; the same value has the same name."""
    code = ast.unparse(value)
    if code not in names:
        inner = value
        while isinstance(inner, ast.Call) and inner.args:
            inner = inner.args[0]
        words = [
            word for word in re.findall(r"[A-Za-z_]+", ast.unparse(inner)) if word not in _CODE
        ]
        name = (words or ["value"])[-1].strip("_").lower() or "value"
        taken = list(names.values())
        names[code] = name if name not in taken else f"{name}{len(taken) + 1}"
    return "{" + names[code] + "}"


def untranslated(source: str) -> list[str]:
    """The literals of a panel's or the logic's source that people see as they stand there."""
    found = {}
    for node in ast.walk(ast.parse(source)):
        shown: list[ast.expr] = []
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            shown = [node.value] if node.targets[0].attr in _SHOWN_AS else []
        elif isinstance(node, ast.Call) and _SHOWN_BY.search(ast.unparse(node.func)):
            shown = node.args
        found.update({text: None for value in shown for text in _literals(value)})
    return [f"{text.lineno}: {text.value!r}" for text in found]


def unworded(source: str) -> list[str]:
    """What the engine said that a panel's source shows without `worded`; to ask for it is fine."""
    tree = ast.parse(source)
    allowed: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            allowed.update(ast.walk(node) if _is_worded(node) else [node.func])
        elif isinstance(node, (ast.If, ast.IfExp)):
            allowed.update(ast.walk(node.test))
        elif isinstance(node, ast.comprehension):
            allowed.add(node.iter)
    found = []
    for node in ast.walk(tree):
        name = node.attr if isinstance(node, ast.Attribute) else ""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            name = str(node.slice.value)
        if name in _SAID and isinstance(getattr(node, "ctx", None), ast.Load):
            found += [ast.unparse(node)] if node not in allowed else []
    return found


def _is_worded(call: ast.Call) -> bool:
    words = [call.func, *call.args[:1]] if ast.unparse(call.func) == "map" else [call.func]
    return any(ast.unparse(word) == "worded" for word in words)


def _literals(node: ast.AST) -> Iterator[ast.Constant]:
    """Give the words below a node that are neither translated nor keys, nor names of files."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.search("[A-Za-z]{2}", node.value) and not _FILE_NAME.fullmatch(node.value):
            yield node
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    is_key = isinstance(node, (ast.Subscript, ast.Compare)) or name.endswith(".get")
    if not is_key and name not in ("_", "worded", "getattr"):
        for child in ast.iter_child_nodes(node):
            yield from _literals(child)


def read(path: Path) -> dict[tuple[str, str], str | None]:
    """The messages of a .ts file, by context and source; None where one is unfinished."""
    found: dict[tuple[str, str], str | None] = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            words = message.find("translation")
            done = words is not None and words.get("type") is None and bool(words.text)
            key = (str(context.findtext("name")), str(message.findtext("source")))
            found[key] = str(words.text) if done and words is not None else None
    return found


def written(language: str, known: dict[tuple[str, str], str | None]) -> str:
    """The text of a .ts file: what is said now, with the translations that are known."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!DOCTYPE TS>"]
    lines.append(f'<TS version="2.1" language="{language}" sourcelanguage="en">')
    for context, texts in sorted(messages().items()):
        lines += ["<context>", f"    <name>{context}</name>"]
        for text in sorted(texts):
            lines += ["    <message>", f"        <source>{escape(text)}</source>"]
            words = known.get((context, text))
            kind = ' type="unfinished"' if words is None else ""
            lines.append(f"        <translation{kind}>{escape(words or '')}</translation>")
            lines.append("    </message>")
        lines.append("</context>")
    return "\n".join([*lines, "</TS>", ""])


def files() -> Iterable[Path]:
    """The .ts files, one a language."""
    return sorted(TRANSLATIONS.glob("OrthancConnect_*.ts"))


if __name__ == "__main__":
    for file in files():
        text = written(file.stem.partition("_")[2], read(file))
        file.write_text(text, encoding="utf-8")
