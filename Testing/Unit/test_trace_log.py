"""What keeps passwords out of the log and of others' words: each way in which they are spelled."""

from __future__ import annotations

import ast
import base64
import html
import json
import logging
import threading
from pathlib import Path
from typing import Iterator, Tuple
from urllib.parse import quote, quote_plus

import pytest

from OrthancConnectCore import trace_log
from OrthancConnectCore.files import os_reason
from OrthancConnectCore.network.faults import http_fault
from Support.process.canary import CANARY

SECRETS = (CANARY, "pässwort\n", "a\\\\b\"c'd/e", "passwörd😀x", "simple-password", "öäü=?")


def spellings(secret: str) -> Iterator[Tuple[str, str]]:
    raw = secret.encode()
    yield "plain", secret
    for name, write in (("repr", repr), ("ascii", ascii), ("JSON", json.dumps)):
        yield name, write(secret)
        yield f"JSON of {name}", json.dumps(write(secret))
    yield "JSON in UTF-8", json.dumps(secret, ensure_ascii=False)
    yield "bytes", repr(raw)
    yield "escaped bytes", "".join(f"\\x{byte:02X}" for byte in raw)
    yield "in a URL", quote(secret, safe="")
    yield "in a form", quote_plus(secret)
    yield "percent", "".join(f"%{byte:02x}" for byte in raw)
    yield "HTML", html.escape(secret)
    yield "HTML by number", "".join(f"&#x{ord(char):X};" for char in secret)
    yield "read as Latin-1", raw.decode("latin-1")
    for separator in ("", " ", ":", "\n"):
        yield f"hexadecimal{separator!r}", separator.join(f"{byte:02x}" for byte in raw)
    yield "HEXADECIMAL", raw.hex().upper()
    yield "UTF-16 in hexadecimal", secret.encode("utf-16-le").hex()
    yield "UTF-16 in base64", base64.b64encode(secret.encode("utf-16-le")).decode()
    for shift in range(3):
        for whole in (raw, b"ana:" + raw):
            sent = b"zz"[:shift] + whole + b"tail"
            yield f"base64 at {shift}", base64.b64encode(sent).decode()
            yield f"base64 of URLs at {shift}", base64.urlsafe_b64encode(sent).decode()
            yield f"base64 in lines at {shift}", base64.encodebytes(b"z" * 51 + sent).decode()
    yield "base64 in a form", quote(base64.b64encode(b"ana:" + raw).decode(), safe="")


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_log, "_secrets", set())


@pytest.mark.usefixtures("hidden")
@pytest.mark.parametrize("secret", SECRETS, ids=ascii)
def test_no_spelling_of_a_password_is_left(secret: str) -> None:
    trace_log.hide("ana", secret)
    for name, text in spellings(secret):
        left = trace_log.redact(f"<{text}>")
        assert "…" in left, name
        around = "<>'\"\\btail" + base64.b64encode(b"z" * 53 + b"tail").decode() + "\n="
        assert len(set(left.replace("…", "")) - set(around)) < 6, (name, left)


@pytest.mark.usefixtures("hidden")
def test_other_words_stay_as_they_are() -> None:
    trace_log.hide("ana", "orthanc")
    for text in ("Orthanc 1.12.9", "b3J0aGFu", "The OrthanC", "6f 72 74 68 61 6e"):
        assert trace_log.redact(text) == text
    trace_log.hide("ana", "x1")  # too short for more than itself
    assert trace_log.redact("eDE= 7831 x1") == "eDE= 7831 …"


@pytest.mark.usefixtures("hidden")
def test_what_others_say_is_shown_without_passwords() -> None:
    trace_log.hide("ana", "canary-9w")
    basic = base64.b64encode(b"ana:canary-9w").decode()
    for error in (OSError(f"sent {basic}"), OSError(5, "bad: canary-9w")):
        assert "…" in os_reason(error) and "canary" not in os_reason(error)
        seen = trace_log.log_fault("test", error)
        assert "canary" not in str(seen) and basic not in str(seen)
    told = http_fault(400, "POST", "/instances", f"You sent Authorization: Basic {basic}")
    assert basic not in json.dumps(told.to_dict()) and "You sent" in told.facts["details"]


def test_a_log_goes_over_no_other_file_and_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    precious, log = tmp_path / "precious", tmp_path / "log"
    precious.write_text("precious")
    try:
        for path, why in ((precious, "Another file"), (Path("/dev/full"), "No space left")):
            monkeypatch.setenv(trace_log.VARIABLE, str(path))
            trace_log.configure()
            for _turn in range(2):
                logging.getLogger("test").error("a record")
            err = capsys.readouterr().err
            assert why in err and err.count("\n") == 1
        monkeypatch.setenv(trace_log.VARIABLE, str(log))
        for _turn in range(2):
            trace_log.configure()
            logging.getLogger("test").error("a record")
    finally:
        monkeypatch.delenv(trace_log.VARIABLE)
        trace_log.configure()
    assert precious.read_text() == "precious"
    assert log.read_text().count("a record") == 2


def test_a_thread_that_ends_by_a_fault_writes_no_trace_to_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    if hasattr(threading, "__excepthook__"):
        monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    trace_log.configure()
    thread = threading.Thread(target=ast.literal_eval, args=("canary",))
    thread.start()
    thread.join()
    assert capsys.readouterr().err == ""
