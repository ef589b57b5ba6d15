"""All that people see goes through Slicer's translation, and each translation is whole."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from Support.rules import words
from Support.scenarios.looks import speak

LIBRARY = words.MODULE / "OrthancConnectLib"


@pytest.fixture(params=words.files(), ids=lambda path: path.stem)
def translation(request: Any) -> Path:
    """Give the file of each language."""
    return Path(request.param)


@pytest.fixture()
def spanish(started: Any, tmp_path: Path) -> Iterator[Any]:
    """What the panel makes of the engine's sentences in a Slicer that speaks Spanish."""
    import qt

    locale = qt.QLocale()
    speak("es", tmp_path)
    from OrthancConnectLib.wording import worded

    yield worded
    qt.QLocale.setDefault(locale)


def test_a_translation_is_whole(translation: Path) -> None:
    """It has what is said now and nothing else, with the same fields, spaces and access keys."""
    known = words.read(translation)
    text = translation.read_text(encoding="utf-8")
    assert text == words.written(translation.stem.partition("_")[2], known), "run words.py"
    assert [key for key, told in known.items() if not told] == []
    assert len(known) > 1500
    for (context, source), told in known.items():
        assert told is not None and words.fields(source) == words.fields(told), source
        assert _edges(source) == _edges(told), (context, source)
        assert ("&" in source) == ("&" in told), source


def _edges(text: str) -> List[Any]:
    return [text[:1].isspace(), text[-1:].isspace(), text.count("\n")]


def test_access_keys_are_each_for_one_field(translation: Path) -> None:
    """No two fields of a form have the same key."""
    keys: Dict[str, List[str]] = {}
    for (context, _source), told in words.read(translation).items():
        keys.setdefault(context, []).extend(re.findall("&(.)", (told or "").lower()))
    assert {form: found for form, found in keys.items() if len(set(found)) < len(found)} == {}


@pytest.mark.parametrize("language", ["es", "es_ES", "es_419", "fr_FR", "en_US"])
def test_slicer_finds_the_file_of_its_language(started: Any, tmp_path: Path, language: str) -> None:
    """By the end of its name, else by that of the language alone (qSlicerCoreApplication.cxx)."""
    import qt
    import slicer

    locale = qt.QLocale()
    speak(language, tmp_path)
    qt.QLocale.setDefault(locale)
    told = slicer.app.translate(words.ENGINE, "Cancelled.")
    assert (told == "Cancelado.") == language.startswith("es"), told


def test_nothing_is_shown_as_it_stands_in_the_source() -> None:
    """No panel shows a literal, and no error of the logic is one."""
    for path in sorted(LIBRARY.rglob("*.py")):
        if "adapters" not in path.parts:
            assert words.untranslated(path.read_text(encoding="utf-8")) == [], path.name


def test_what_the_engine_says_is_worded() -> None:
    """No panel shows a sentence of the engine as it came."""
    for path in sorted((LIBRARY / "panels").glob("*.py")):
        assert words.unworded(path.read_text(encoding="utf-8")) == [], path.name
    assert words.unworded("say(label, '✗ ' + error.message)") == ["error.message"]
    assert words.unworded("text.format(why=result['hint'])") == ["result['hint']"]
    assert words.unworded("say(a, worded(b.cause) if b.cause else map(worded, b.notes))") == []


@pytest.mark.parametrize(
    "source",
    [
        "self.ui.label.text = 'Not here'",
        "say(label, 'Not here')",
        "button.setToolTip(tip(f'{count} here'))",
        "allow(button, '', 'Send' if on else _('Stop'))",
        "raise InputError(_('No.'), 'Try again.')",
    ],
)
def test_what_escapes_is_caught(source: str) -> None:
    assert len(words.untranslated(source)) == 1
    assert words.untranslated(f"say(label, _('Here'), {source.count('x')})") == []


def test_each_sentence_of_the_engine_is_known_again(spanish: Any) -> None:
    """From each template a sentence is made, and its translation is that of the template."""
    (file,) = (path for path in words.files() if path.stem.endswith("_es"))
    for (context, source), told in words.read(file).items():
        if context == words.ENGINE:
            assert spanish(_filled(source)) == _filled(str(told)), source


def _filled(template: str) -> str:
    """Put a word that nobody says into each field; the same into the same."""
    text, unnamed = "", 0
    for literal, name, _how, _kind in string.Formatter().parse(template):
        text += literal
        if name is not None:
            text += f"X{name or unnamed}Q".replace(".", "")
            unnamed += not name
    return text


def test_a_sentence_is_translated_with_what_fills_it(spanish: Any) -> None:
    """As the engine makes them: phrases within sentences, several sentences, and a server's own."""
    from OrthancConnectCore.shared.errors import InvalidProfileError
    from OrthancConnectCore.shared.profile import ServerProfile
    from OrthancConnectCore.shared.validation import validate_port

    with pytest.raises(InvalidProfileError) as caught:
        validate_port("four", "dicom_port")
    told = spanish(caught.value.message)
    assert told == "No se puede usar «four» como puerto (dicom_port)."
    with pytest.raises(InvalidProfileError) as caught:
        ServerProfile("lab", "https://user:secret@lab:8443")
    told = "No se puede usar la dirección del servidor: contiene un nombre de usuario o una "
    assert spanish(caught.value.message) == told + "contraseña."
    sentences = "The certificate of lab:8443 has expired. Ask the administrator for a new one."
    told = "El certificado de lab:8443 ha caducado. Pida al administrador uno nuevo."
    assert spanish(f"Tórax: {sentences}") == f"Tórax: {told}"
    assert spanish("Pérez^Núria: index is corrupt") == "Pérez^Núria: index is corrupt"


def test_a_servers_words_do_not_keep_the_panel_busy(spanish: Any) -> None:
    """What has more in it than the engine says at once stays as it is."""
    hostile = "The server refused GET: HTTP (a is not b: has no. " * 60
    assert spanish(hostile) == hostile
    assert spanish(hostile[:600]) == hostile[:600]


def test_english_is_what_it_was(started: Any) -> None:
    from OrthancConnectLib.wording import worded

    assert worded("The server does not have it.") == "The server does not have it."
