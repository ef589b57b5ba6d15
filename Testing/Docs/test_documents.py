"""The documents: built without a warning, both languages alike, and nothing missing in them."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from OrthancConnectCore.cli.grammar import make_parser
from Support.process.command_line import Said, in_process
from Support.rules import house, words

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
sys.path.insert(0, str(DOCS))

import parts  # noqa: E402

PAGES = sorted(path.name for path in (DOCS / "en").glob("*.md"))
#: Functions whose arguments are a check-up's fault, its cause and its cure.
CHECKS = {"failed", "warning", "by_https", "say"}


def test_the_documents_are_built_without_a_warning() -> None:
    """Offline: no page asks for anything from elsewhere when it is shown."""
    target = REPOSITORY / ".venv" / "documents"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-j", "1"]
    done = subprocess.run(
        [*command, "-b", "html", str(DOCS), str(target)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    for page in target.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?//', text)
    english = (target / "en" / "troubleshooting.html").read_text(encoding="utf-8")
    assert "certificate_changed" in english and "does not accept this user and password" in english
    assert "--password-stdin" in (target / "es" / "command-line.html").read_text(encoding="utf-8")


# Two languages ---------------------------------------------------------------------------------


def test_both_languages_have_the_same_pages() -> None:
    assert PAGES == sorted(path.name for path in (DOCS / "es").glob("*.md")) and len(PAGES) >= 11


def _outline(text: str) -> dict[str, Any]:
    """What a page and its twin have in common."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return {
        "sections": [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)],
        "pictures": re.findall(r"!\[[^\]]*\]\(([^)]+)\)", prose),
        "lists": len(re.findall(r"^(?:\*|\d\.|:) ", prose, re.MULTILINE)),
        "rows": len(re.findall(r"^\|", prose, re.MULTILINE)),
    }


def _code(text: str) -> list[str]:
    """The blocks that are the same in all languages; the reference is on the English page."""
    found = re.findall(r"^```(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for block in found if not block.startswith("{eval-rst}")]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_the_sections_commands_and_pictures_of_its_twin(page: str) -> None:
    english, spanish = ((DOCS / lang / page).read_text(encoding="utf-8") for lang in ("en", "es"))
    pictures = _outline(spanish)["pictures"]
    assert all(picture.startswith("../images/es/") for picture in pictures)
    assert _outline(spanish.replace("../images/es/", "../images/")) == _outline(english)
    assert _code(spanish) == _code(english)
    for picture in [*pictures, *_outline(english)["pictures"]]:
        assert (DOCS / "en" / picture).is_file(), picture
    same = set(_paragraphs(english)) & set(_paragraphs(spanish))
    assert not same, "not translated"


def _paragraphs(text: str) -> Iterator[str]:
    """Prose of some length; titles of articles are the same in all languages."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n|\n\* ", prose):
        if len(paragraph.split()) > 7 and "doi:" not in paragraph:
            yield " ".join(paragraph.split())


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_panel_as_the_panel_names_itself(page: str) -> None:
    """In italics and in headings: what is a text of the panel is its translation on the twin."""
    english, spanish = (_named((DOCS / lang / page).read_text("utf-8")) for lang in ("en", "es"))
    told = words.read(words.TRANSLATIONS / "OrthancConnect_es.ts")
    panel = {source: translation for (_context, source), translation in told.items()}
    expected = Counter(panel[name] for name in english if name in panel)
    assert expected - Counter(spanish) == Counter()
    assert page != "panel.md" or len(expected) > 30


def _named(text: str) -> list[str]:
    """Headings and what stands in italics, each word of a menu's path by itself."""
    prose = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    marked = r"^#+ (.+)$|(?<!\*)\*(?![*\s])([^*]*[^*\s])\*(?!\*)"
    found = ["".join(groups) for groups in re.findall(marked, prose, re.MULTILINE)]
    return [" ".join(name.split()) for each in found for name in each.split(" → ")]


def test_readme_is_one_page_that_leads_to_what_there_is() -> None:
    """What Sphinx does for the documents: every link within the repository has its end."""
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) < 120
    for page in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (REPOSITORY / target).exists(), (page, target)


@pytest.mark.parametrize("page", ["README.md", "docs/en/install.md", "docs/es/install.md"])
def test_pip_is_told_extras_that_there_are(page: str) -> None:
    (told,) = re.findall(r'pip install "\.\[([a-z,]+)\]"', (REPOSITORY / page).read_text("utf-8"))
    project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    section = project.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    assert set(told.split(",")) == set(re.findall(r"^(\w+) = ", section, re.M)) - {"test"}


def test_administrators_are_told_of_keys_that_the_example_has() -> None:
    page = (DOCS / "en" / "administrators.md").read_text(encoding="utf-8")
    configuration = (REPOSITORY / "Resources" / "orthanc.json").read_text(encoding="utf-8")
    terms = re.findall(r"^(`\w.*)\n: ", page, re.M)
    keys = [key for term in terms for key in re.findall(r"`(\w+)`", term)]
    assert len(keys) >= 10 and [key for key in keys if f'"{key}"' not in configuration] == []


# Commands --------------------------------------------------------------------------------------


def test_every_command_and_option_is_told() -> None:
    page = parts.commands()
    told = {
        title: text for title, text in re.findall(r"^### (.+)\n((?:(?!### ).*\n?)*)", page, re.M)
    }
    commands = list(_walk(make_parser(), ""))
    assert sorted(told) == sorted(name for name, _ in commands) and len(commands) > 20
    for name, parser in commands:
        for action in parser._actions:
            if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
                continue
            for word in action.option_strings or [action.metavar or action.dest]:
                assert f"{word}" in told[name], (name, word)


#: Commands that a page may tell of before they are here.
TO_COME = {"server-config", "server-check", "audit"}


@pytest.mark.parametrize("page", ["README.md", *(f"docs/en/{page}" for page in PAGES)])
def test_what_a_page_tells_to_type_is_in_the_grammar(page: str) -> None:
    """Also what can't be run by a test; `RealServer/test_documents.py` runs the others."""
    text = (REPOSITORY / page).read_text(encoding="utf-8").replace("\\\n", " ")
    known = {name.split()[0] for name, _ in _walk(make_parser(), "")}
    for line in re.findall(r"^(?:sudo )?orthancconnect (.+)$", text, re.M):
        words = shlex.split(line, comments=True)
        if words[0] in known:
            make_parser().parse_args(words)
        else:
            assert words[0] in TO_COME or words == ["--help"], line


def _walk(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, Any]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, command in action.choices.items():
                yield f"{name} {word}".strip(), command
                yield from _walk(command, f"{name} {word}".strip())


# Messages --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def messages() -> str:
    """All messages as they are spelled, without Markdown's marks."""
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", parts.messages())


def test_no_message_of_the_program_is_missing(messages: str) -> None:
    """Read another way than `parts` does: the literal pieces of what is raised and checked."""
    kinds = house.error_kinds(parts.sources()["OrthancConnectCore/shared/errors.py"])
    pieces = [
        (path, piece)
        for path, text in parts.sources().items()
        for piece in _pieces(ast.parse(text), kinds | CHECKS)
    ]
    assert len(pieces) > 350
    shown = " ".join(messages.split())
    assert [(path, piece) for path, piece in pieces if piece not in shown] == []


def _pieces(tree: ast.Module, makers: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        owner, _dot, name = ast.unparse(node.func).rpartition(".")
        if name not in makers or owner == "logging":
            continue
        for argument in node.args:
            for inner in ast.walk(argument):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    for piece in re.split(r"\{[^{}]*\}", inner.value):
                        if len(piece.split()) >= 4:
                            yield " ".join(piece.split())


def test_every_fault_of_the_check_up_is_named(messages: str) -> None:
    """Those that the doctor's own tests stand up for real."""
    stood_up = re.compile(r'assert_fault\(\s*report,\s*"\w+",\s*"(\w+)"|\.fault == "(\w+)"')
    texts = [path.read_text("utf-8") for path in (REPOSITORY / "Testing").rglob("test_doctor*.py")]
    faults = {one or other for text in texts for one, other in stood_up.findall(text)}
    assert len(faults) > 30
    named = re.findall(r"`([a-z_«»]+)`", messages)
    patterns = [re.sub("«[^»]*»", "[a-z]+", name) for name in named]
    assert [one for one in faults if not any(re.fullmatch(each, one) for each in patterns)] == []


@pytest.mark.parametrize(
    ("source", "message", "advice"),
    [
        (
            'raise InputError("A new fault happened.", "Do this.")',
            "A new fault happened.",
            "Do this.",
        ),
        ('InputError(f"No {plain_text(name)} is there.", hint)', "No «name» is there.", ""),
        ('_("There are {count} of them.").format(count=3)', "There are «count» of them.", ""),
        (
            'def f():\n    what, cure = "It is broken.", "Mend it."\n    raise E(what, cure)',
            *("It is broken.", "Mend it."),
        ),
        (
            'def f():\n    text = "It is so."\n    raise E(text, "Do that now.")',
            "It is so.",
            "Do that now.",
        ),
        ('failed("a_fault", "It went wrong.", "Try it again.")', "It went wrong.", "Try it again."),
        ('failed("open", "It is open.", f"chmod 600 {key}")', "It is open.", "chmod 600 «key»"),
        ('f(\'Write "Key" : "Utf8".\')', 'Write "Key" : "Utf8".', ""),
    ],
)
def test_a_new_sentence_is_found(source: str, message: str, advice: str) -> None:
    found = {entry.message: entry.advice for entry in parts.entries(source)}
    assert found[message] == advice


def test_what_is_no_message_is_left_out() -> None:
    source = (
        '"""A docstring, of a module."""\nX = "a.b c"\nlog("no sentence: %s", x)\nY = "Title Case"'
    )
    assert parts.entries(source) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("echo", "--profile", "unknown"),
        ("upload", "/no/such/folder"),
        ("query", "--date", "20261301"),
        ("query", "--patient-name", "back\\slash"),
        ("profile", "add", "lab", "http://server"),
        ("profile", "add", "lab", "ftp://server"),
        ("profile", "add", "lab", "https://server", "--fingerprint", "12"),
        ("profile", "show", "nobody"),
        ("retrieve", "--output", "scans"),
        ("retrieve", "--study", "1.2.x", "--output", "scans"),
        ("sample", "/proc/version"),
        ("jobs", "remove", "unknown"),
    ],
)
def test_what_the_program_says_has_an_entry(
    arguments: tuple[str, ...], messages: str, capsys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """Said for real, and looked for on the page as a reader would."""
    for kind in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"ORTHANCCONNECT_{kind}_DIR", str(tmp_path / kind))
    run: Callable[..., Said] = in_process(capsys)
    run("profile", "add", "known", "https://127.0.0.1:9")
    said = run(*arguments, "--json")
    assert said.code != 0
    text = said.data["error"]["message"]
    patterns = [_pattern(entry) for entry in re.findall(r"^\*\*(.+?)\*\*", messages, re.M)]
    assert any(re.search(pattern, text) for pattern in patterns), text


def _pattern(entry: str) -> str:
    """What matches a message; it needs more of the page's own words than what changes."""
    fixed = re.split(r"«[^»]*»", entry)
    return ".{0,400}".join(map(re.escape, fixed)) if len("".join(fixed)) > 12 else "$^"
