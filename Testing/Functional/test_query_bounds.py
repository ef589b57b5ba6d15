"""C-FIND of a server that never ends its answers: what was found is shown, and why it was ended."""

from __future__ import annotations

import time

import pytest

from OrthancConnectCore.dimse import services
from OrthancConnectCore.dimse.query import query
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import QueryFilters
from Support.process.busy_machine import here


@pytest.mark.parametrize(
    ("behaviour", "limit", "studies", "words"),
    [
        ("MANY", 10, 10, "Not all series are known. The server sent more than"),
        ("MANY", 0, 200, "The server sent more than"),
        ("SAME", 0, 1, "again and again"),
        ("SAME", 10, 1, "again and again"),
        ("SLOW", 0, 7, "still sending after 1 s"),
    ],
)
def test_a_query_without_end_is_ended(
    peer: int,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: str,
    limit: int,
    studies: int,
    words: str,
) -> None:
    """The peer does not hear a C-CANCEL: the association ends, and what is kept has a bound."""
    monkeypatch.setattr(services, "MOST_ANSWERS", 200)
    monkeypatch.setattr(services, "_MOST_REPEATS", 50)
    monkeypatch.setattr(services, "_STOPPING", 0.3)
    monkeypatch.setattr(services, "_LONGEST", 1)
    profile = ServerProfile(
        "peer",
        "https://127.0.0.1:8042",
        dicom_port=peer,
        called_ae_title=behaviour,
        dimse_timeout=1.0 if behaviour == "SLOW" else 30.0,
    )
    began = time.monotonic()
    result = query(profile, QueryFilters(), limit=limit)
    assert time.monotonic() - began < here(15)
    assert 0 < len(result.studies) <= studies
    assert result.truncated
    assert result.limited is (behaviour == "MANY" and limit > 0)
    assert any(words in note for note in result.notes), result.notes
