"""The panel in front of a server that lies: one sentence, nothing raised, and usable afterwards.

The suite tells a twentieth of the lies in each act, none of the slow ones; with
``ORTHANCCONNECT_ALL_LIES=1`` every lie at every step.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Dict, Iterator, List

import pytest

from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.context import ScenarioContext
from Support.scenarios.panel_bench import PanelBench, items_of
from Support.servers.lies import Liar, lies_at
from Support.servers.orthanc import PrivateOrthanc

ALL = "ORTHANCCONNECT_ALL_LIES" in os.environ
_SHARE = 20
#: A read timeout is three seconds here, and a listing may take four of them.
SECONDS = 30
MILLISECONDS = 1000  # that the panel may stand still
MEGABYTES = 200  # of the worker
LONGEST_TEXT = 5000


class Person:
    """Does one thing with the panel, each time with other files."""

    def __init__(self, bench: PanelBench, server: Liar) -> None:
        self.bench, self.server = bench, server
        self._numbers = itertools.count(1)
        orthanc = bench.server
        self._place = SimpleNamespace(
            rest_url=server.url, user=orthanc.user, password=orthanc.password
        )
        bench.connected(self._place)
        profile = bench.logic.profiles.current
        self._profile = profile.replace(read_timeout=3.0, storage_port=orthanc.storage_port)
        bench.logic.profiles.save(self._profile, profile.name)
        self.make_sure()

    def make_sure(self) -> None:
        """Connect if need be, and find what the server has, which tells the truth now."""
        self.bench.logic.log.clear_ended()
        self.bench.server.reset()
        folder = self.bench.context.new_folder("small")
        self.files = write_small_instances(folder, count=3, seed=next(self._numbers))
        self.bench.server.store(*self.files)
        if self.bench.state != "connected":
            self.bench.reconnect()
        assert self.bench.state == "connected", self.bench.logic.connection.error
        self.bench.wait(lambda: not self.bench.logic.query.running, "the end of what is asked")
        assert [row[4] for row in self.bench.query() if row[0] == "2"] == ["3"]

    # What a person does ---------------------------------------------------------------------

    def connect_first(self) -> None:
        logic = self.bench.logic
        logic.connect_first(
            self.server.url,
            self._place.user,
            self._place.password,
            lambda _question, answer: answer(True),
        )
        self._until(lambda: self.bench.state in ("connected", "failed"))
        for name in set(logic.profiles.known.names) - {self._profile.name}:
            logic.profiles.remove(name)

    def connect(self) -> None:
        self.bench.click(self.bench.server_ui.disconnectButton)
        self.bench.click(self.bench.server_ui.connectButton)
        self._until(lambda: self.bench.state in ("connected", "failed"))

    def query(self) -> None:
        self.bench.click(self.bench.query_ui.queryButton)
        query = self.bench.logic.query
        # A list that tells other studies' identifiers is of none that the server has.
        self._until(
            lambda: (
                not query.running and (query.counts or query.counts_missing or not query.patients)
            )
        )

    def retrieve(self) -> None:
        self.bench.query_ui.methodCombo.currentIndex = 3
        self.bench.select(("patient", "SMALL0000"))
        self._transfer(self.bench.query_ui.retrieveButton)

    def upload(self) -> None:
        self.bench.server.reset()
        self.bench.choose(self.files[0].parent, scanned=False)
        self._transfer(self.bench.upload_ui.uploadButton)

    def check_up(self) -> None:
        self.bench.panel.checkup.ui.checkupSection.collapsed = False
        self.bench.click(self.bench.panel.checkup.ui.runButton)
        self._until(lambda: not self.bench.logic.checkup.running)

    def register(self) -> None:
        registration = self.bench.logic.registration
        self.bench.logic.start_registration()
        self._until(lambda: not registration.running)
        if registration.state == "asking":
            registration.confirm()
            self._until(lambda: not registration.running)

    def _transfer(self, button: Any) -> None:
        self.bench.click(button)
        transfer = self.bench.logic.log.transfers[-1]

        def waits() -> bool:  # for the server to come back, as an upload does for five minutes
            progress = transfer.progress
            return progress is not None and progress.phase == "waiting"

        self._until(lambda: transfer.ended or waits())
        self.bench.logic.cancel(transfer)
        self._until(lambda: transfer.ended)
        if transfer.receipt is not None:
            fates = ("stored", "already_stored", "different", "skipped", "failed", "missing")
            told = transfer.receipt.to_dict()
            assert told["expected"] == sum(told[fate] for fate in fates), told
            assert told["stored"] <= self.bench.server.count(), told

    def _until(self, done: Callable[[], Any]) -> None:
        self.bench.wait(done, "the end", here(SECONDS))

    # What a person sees ---------------------------------------------------------------------

    def texts(self) -> Iterator[str]:
        """Give all that the panel shows."""
        widget = self.bench.panel.widget
        for kind in ("QLabel", "QPushButton", "QToolButton", "ctkCollapsibleButton"):
            for one in widget.findChildren(kind):
                yield from (str(one.text), str(one.toolTip))
        for tree in widget.findChildren("QTreeWidget"):
            for _level, item in items_of(tree):
                for column in range(tree.columnCount):
                    yield from (str(item.text(column)), str(item.toolTip(column)))


ACTS: Dict[str, Callable[[Person], None]] = {
    "first connection": Person.connect_first,
    "connection": Person.connect,
    "query": Person.query,
    "retrieve": Person.retrieve,
    "upload": Person.upload,
    "check-up": Person.check_up,
    "registration": Person.register,
}


@pytest.fixture()
def person(started: Any, orthanc: PrivateOrthanc, tmp_path: Path) -> Iterator[Person]:
    context = ScenarioContext(orthanc, tmp_path)
    try:
        with Liar(orthanc) as server, PanelBench(context) as bench:
            yield Person(bench, server)
    finally:
        context.close()


def _worker_pid(bench: PanelBench) -> int:
    told: List[int] = []
    worker = bench.logic.adapters.worker
    worker.request("worker.info", {}, lambda info: told.append(info["pid"]), told.append)
    bench.wait(lambda: told, "the worker's word")
    return told[0]


def _peak_megabytes(pid: int) -> int:
    """Return the most memory that a process has had since this was last asked (proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.timeout(0 if ALL else 600)
@pytest.mark.parametrize("acts", [[act] for act in ACTS] if ALL else [list(ACTS)], ids=", ".join)
def test_a_lie_is_told_and_the_panel_goes_on(
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    acts: List[str],
) -> None:
    raised: List[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: raised.append(what))
    caplog.set_level(logging.ERROR)
    wrong = {}
    for act in acts:
        truths = {}
        for _turn in range(2):  # what is here already, as pictures, is not asked for again
            person.server.tell()
            ACTS[act](person)
            told = person.server.truths
            truths = {step: told[step] for step in told if _turn == 0 or step in truths}
        assert truths
        person.make_sure()
        for step, lie in lies_at(truths, ALL, _SHARE, list(ACTS).index(act)):
            found = _try_lie(person, ACTS[act], step, lie)
            found += [record.getMessage() + str(record.exc_info) for record in caplog.records]
            found += [str(what) for what in raised]
            caplog.clear()
            raised.clear()
            if found:
                wrong[f"{act}: {lie} at {step}"] = found
    assert not wrong, json.dumps(wrong, indent=1)


def _try_lie(person: Person, act: Callable[[Person], None], step: str, lie: str) -> List[str]:
    """Return what was wrong with what the panel did and showed."""
    found, pid = [], _worker_pid(person.bench)
    _peak_megabytes(pid)
    person.server.tell(step, lie)
    try:
        with person.bench.context.measured_gap() as gap:
            act(person)
        if gap[0] > here(MILLISECONDS):
            found.append(f"stood still for {gap[0]:.0f} ms")
    except AssertionError as error:
        found.append(f"{error}")
    if step not in person.server.truths:
        found.append(f"not asked, but {list(person.server.truths)}")
    if _worker_pid(person.bench) != pid:
        found.append("the worker ended")
    elif (megabytes := _peak_megabytes(pid)) > MEGABYTES:
        found.append(f"{megabytes} MB")
    for text in person.texts():
        if any(word in text for word in ("foresee", "Traceback", "\x1b", "\u202e")):
            found.append(repr(text[:300]))
        if len(text) > LONGEST_TEXT:
            found.append(f"{len(text)} characters: {text[:100]}")
    person.server.tell()
    try:
        person.make_sure()
    except AssertionError as error:
        found.append(f"not usable afterwards: {error}")
    return found
