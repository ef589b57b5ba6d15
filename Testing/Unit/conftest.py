"""What the unit tests share."""

from __future__ import annotations

from typing import Any

import pytest

from OrthancConnectCore.upload import pace as upload_pace


@pytest.fixture(autouse=True)
def files_go_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is a request of its own; `test_upload_batch` lets small ones go together."""
    monkeypatch.setattr(upload_pace, "FEWEST_TOGETHER", 1_000_000)


@pytest.fixture
def files_go_together(monkeypatch: pytest.MonkeyPatch, files_go_alone: None) -> None:
    """All wait before the first is sent, as they do where the server is slower than the scan."""
    crew = upload_pace.Crew
    hire, feed_no_more = crew._hire, crew._feed_no_more

    def begin(self: Any) -> None:
        feed_no_more(self)
        for _ in range(self._pace.connections):
            hire(self)

    monkeypatch.setattr(crew, "_hire", lambda self: hire(self) if self._is_fed else None)
    monkeypatch.setattr(crew, "_feed_no_more", begin)
    monkeypatch.setattr(upload_pace, "FEWEST_TOGETHER", 4)
