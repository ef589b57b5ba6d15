"""What the unit tests share."""

from __future__ import annotations

import pytest

from OrthancConnectCore.upload import crew as upload_crew


@pytest.fixture(autouse=True)
def files_go_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is a request of its own; `test_upload_batch` lets small ones go together."""
    monkeypatch.setattr(upload_crew, "FEWEST_TOGETHER", 1_000_000)
