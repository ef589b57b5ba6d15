"""How the worker loads the parts of the engine."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from OrthancConnectCore.worker import methods


def test_one_thread_at_a_time_loads_a_part_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else two may have halves of a library whose modules import one another in circles."""
    loading = threading.Semaphore(1)

    def load(_name: str, _package: str) -> Any:
        assert loading.acquire(blocking=False), "another thread loads a part meanwhile"
        time.sleep(0.01)  # the others come, if they may
        loading.release()
        return SimpleNamespace(waiting=lambda _context, _params: "loaded")

    monkeypatch.setattr(methods, "import_module", load)
    ask = methods.METHODS["results.waiting"].run
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(ask, SimpleNamespace(), {}) for _turn in range(16)]
    assert [answer.result() for answer in answers] == ["loaded"] * 16
