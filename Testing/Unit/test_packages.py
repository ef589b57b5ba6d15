"""A package that is too old is said to be: never a fault that nobody foresaw."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest

from OrthancConnectCore import trace_log
from OrthancConnectCore.shared.errors import ConfigurationError
from OrthancConnectCore.shared.packages import REQUIRED, too_old
from OrthancConnectCore.worker.methods import METHODS, Context

REPOSITORY = Path(__file__).resolve().parents[2]


def test_here_all_are_new_enough() -> None:
    assert too_old() is None


def test_the_floors_are_those_of_the_package() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith("dependencies = "))
    needs = [need.strip(' "').split(",")[0] for need in line.partition("[")[2].split('", "')]
    assert dict(need.strip('"]').split(">=") for need in needs) == REQUIRED


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("cryptography", "38.0.4"),
        ("cryptography", "41.0.7"),
        ("requests", "2.28.1"),
        ("pydicom", "2.3.1"),
        ("pydicom", "2.3.1+dfsg"),
    ],
)
def test_an_older_one_is_said_at_start_up(
    name: str, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the worker's first answer, and in the place of whatever fault comes of it."""
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda asked: version if asked == name else real(asked)
    )
    context: Any = Context(lambda _progress: None, None)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError) as info:
        METHODS["worker.info"].run(context, {})
    for word in (name, version, REQUIRED[name]):
        assert word in info.value.message
    seen = trace_log.log_fault("command line", AttributeError("not_valid_before_utc"))
    assert seen.message == info.value.message


def test_newer_ones_and_unknown_ones_are_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("42.0.0", "100.1", "43.0.1rc1", None):
        monkeypatch.setattr(importlib.metadata, "version", lambda _name, v=version: v)
        assert too_old() is None

    def unknown(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", unknown)
    assert too_old() is None
