"""A fresh panel for one scenario, and the hands and eyes of the person in front of it."""

from __future__ import annotations

import html
import json
import os
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

MODULE = Path(__file__).resolve().parents[3] / "OrthancConnect" / "OrthancConnect.py"


class PanelBench:
    """The panel as at Slicer's first start, on a `ScenarioContext`; a context manager.

    Works wherever `slicer` is in place: the stand-in, also on a real ctk, or Slicer itself.
    """

    def __init__(self, context: Any, clear: bool = True, listens: bool = False) -> None:
        """With `listens` the listener starts with Slicer, as it does when nobody has said no."""
        self.context = context
        self._listens = listens
        self.questions: List[Any] = []
        self.answers: List[bool] = []
        self.ended: List[Any] = []
        self.clicks = self.typed = 0
        self._clear = clear
        self._environment: Optional[Dict[str, str]] = None

    # Life -----------------------------------------------------------------------------------

    def __enter__(self) -> PanelBench:
        import qt
        import slicer

        if self._environment is None:
            self._environment = dict(os.environ)
            # The jobs of uploads: those of this scenario, and none of this machine's user.
            os.environ["ORTHANCCONNECT_STATE_DIR"] = str(self.context.folder / "state")
            os.environ["ORTHANCCONNECT_CONFIG_DIR"] = str(self.context.folder / "config")
        if self._clear:
            clear_settings()
            if not self._listens:
                qt.QSettings().setValue("OrthancConnect/ListenerAutostart", False)
        if not hasattr(slicer.modules, "orthancconnect"):
            from Support.slicer_stand_in import scripted_modules

            scripted_modules.load_module(MODULE)
        self.module = slicer.modules.OrthancConnectInstance
        kind = sys.modules["OrthancConnect"].OrthancConnectWidget
        self.module_widget = kind()
        self.logic, self.panel = self.module_widget.logic, self.module_widget.panel
        self.panel.server.decide_trust = self._decide
        self.wait(lambda: not self.panel.filling.running, "the closed sections")
        self.logic.log.finished.connect(self.ended.append)
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        listener = self.logic.adapters.listener if self.logic is not None else None
        self.close()
        if listener is not None and listener.state != "stopped":
            listener.stop()
        self.module.listener = None
        if self._environment is not None:
            os.environ.clear()
            os.environ.update(self._environment)
        self.context.wait(seconds=0.05)

    def close(self) -> None:
        """Do what Slicer does when the module goes away."""
        if self.module_widget is not None:
            self.module_widget.cleanup()
            self.module_widget.parent.hide()
            self.module_widget.parent.deleteLater()
            self.module_widget = None
            self.logic = None

    def use_keychain(self, folder: Optional[Path]) -> None:
        """Give the worker a keychain of the test's own, or with None a Python without keyring."""
        from Support.fakes.shared_keychain import shared_keychain

        if folder is None:
            self.hide_package("keyring")
        else:
            self.context.needs("keyring")
            os.environ.update(shared_keychain(folder / "keychain", MODULE.parent))
        self.logic.adapters.worker.stop()

    def hide_package(self, name: str) -> None:
        """Give the worker a Python without one of the optional packages."""
        folder = self.context.new_folder()
        (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules[{name!r}] = None\n")
        os.environ["PYTHONPATH"] = str(folder)
        self.logic.adapters.worker.stop()

    def _decide(self, question: Any, answer: Callable[[bool], None]) -> None:
        self.questions.append(question)
        if self.answers:
            answer(self.answers.pop(0))

    # Eyes -----------------------------------------------------------------------------------

    @property
    def server(self) -> Any:
        """The scenario's server."""
        return self.context.server

    @property
    def sections(self) -> Dict[str, Any]:
        """The collapsible widgets of all sections, by their names in the settings."""
        names = {
            "find": "query",
            **{one: one for one in ("checkup", "upload", "transfers", "room", "administrators")},
        }
        return {
            name: getattr(getattr(self.panel, part).ui, part + "Section")
            for name, part in {**names, "listener": "listener"}.items()
        }

    @property
    def server_ui(self) -> Any:
        """Widgets of the server panel."""
        return self.panel.server.ui

    @property
    def query_ui(self) -> Any:
        """Widgets of the query panel."""
        return self.panel.query.ui

    @property
    def upload_ui(self) -> Any:
        """Widgets of the upload panel."""
        return self.panel.upload.ui

    def wait_for_audit(self, **facts: Any) -> None:
        """Wait for an event with some facts in the audit log, which the worker writes."""
        log = self.context.folder / "state" / "audit.jsonl"

        def is_there() -> bool:
            events = map(json.loads, log.read_text().splitlines()) if log.exists() else ()
            return any(facts.items() <= event.items() for event in events)

        self.wait(is_there, f"{facts} in the audit log")

    def wait(self, until: Callable[[], Any], what: str, seconds: float = 20) -> None:
        """Let the event loop run until something is so."""
        assert self.context.wait(until, seconds), f"{what} did not happen in {seconds} s"

    def job_ui(self, transfer: Any) -> Any:
        """Widgets of one upload's line."""
        return self.panel.upload.jobs.rows[transfer.number].ui

    @property
    def state(self) -> str:
        """State of the connection."""
        return str(self.logic.connection.state)

    def tree_rows(self) -> List[List[str]]:
        """All lines of the tree: level, name, date, modality, instances, and what Slicer has."""
        import qt

        state = qt.Qt.AccessibleTextRole
        return [
            [str(level)]
            + [str(item.text(column)) for column in range(4)]
            + [str(item.data(5, state))]
            for level, item in items_of(self.query_ui.resultTree)
        ]

    def find(self, level: str, identifier: str) -> Any:
        """Return the item of a patient (by ID), study or series (by UID); None when not shown."""
        import qt

        for _level, item in items_of(self.query_ui.resultTree):
            kind, _colon, key = str(item.data(0, qt.Qt.UserRole)).partition(":")
            patient_id, *_others, last = key.split("\n")
            if kind == level and identifier == (patient_id if level == "patient" else last):
                return item
        return None

    def find_chosen(self, *words: str) -> Any:
        """Return the first item of the upload's tree whose text has all the words, or None."""
        for _level, item in items_of(self.upload_ui.chosenTree):
            if all(word in item.text(0) for word in words):
                return item
        return None

    # Hands ----------------------------------------------------------------------------------

    def click(self, button: Any) -> None:
        """Click a button, which must be enabled and not hidden."""
        assert button.enabled, f"{button.objectName} is disabled: {button.toolTip}"
        assert not button.isHidden(), f"{button.objectName} is hidden"
        self.clicks += 1
        button.click()

    def click_when_shown(self, button: Any) -> None:
        """Wait for a button that comes with a long transfer, then click it."""
        self.wait(lambda: not button.parent().isHidden() and not button.isHidden(), "the button", 5)
        self.click(button)

    def type(self, edit: Any, text: str) -> None:
        """Type into a field."""
        self.typed += 1
        edit.text = text

    def connect_first(self, server: Any = None, password: Optional[str] = None) -> None:
        """Fill the three fields and click Connect; wait until it is decided."""
        server = server or self.server
        self.type(self.server_ui.addressEdit, server.rest_url)
        self.type(self.server_ui.userEdit, server.user)
        self.type(
            self.server_ui.firstPasswordEdit, server.password if password is None else password
        )
        self.click(self.server_ui.firstConnectButton)
        self.wait(lambda: self.state in ("connected", "failed"), "the connection")
        if self.state == "connected":  # the first query comes by itself
            self.wait(lambda: self.logic.query.state != "idle", "the first query")
            self.wait(lambda: not self.logic.query.running, "the first query's end")
            known = ("accepted", "refused", "unknown")
            self.wait(lambda: self.logic.connection.known in known, "what DICOM says")

    def connect_first_without_answer(self) -> None:
        """Fill the three fields and click Connect; leave the question about the certificate."""
        self.type(self.server_ui.addressEdit, self.server.rest_url)
        self.click(self.server_ui.firstConnectButton)
        self.wait(lambda: self.questions, "the question")

    def connected(self, server: Any = None) -> PanelBench:
        """Connect and trust; it must work."""
        self.answers.append(True)
        self.connect_first(server)
        assert self.state == "connected", self.logic.connection.error
        return self

    def reconnect(self, password: str = "") -> None:
        """Connect to the chosen server; wait until it is decided."""
        self.server_ui.passwordEdit.text = password
        self.click(self.server_ui.connectButton)
        self.wait(lambda: self.state in ("connected", "failed"), "the connection")

    def query(self, **fields: str) -> List[List[str]]:
        """Type into filters by their names, query, and return what the tree shows."""
        for name, text in fields.items():
            edit = getattr(self.query_ui, name)
            if name == "modalityCombo":
                edit.setEditText(text)
            elif name == "dateCombo":
                edit.currentIndex = int(text)
            else:
                edit.text = text
        self.click(self.query_ui.queryButton)
        self.wait(lambda: not self.logic.query.running, "the query's end")
        assert self.logic.query.state == "done", self.logic.query.error
        self.wait(self._tree_is_full, "the tree and its numbers")
        return self.tree_rows()

    def _tree_is_full(self) -> bool:
        from OrthancConnectCore.shared.query import keyed_series

        query, tree = self.logic.query, self.panel.query.tree
        keys = [key for key, _series in keyed_series(query.patients)]
        return not tree.busy and all(key in query.counts for key in keys)

    def select(self, *places: Sequence[str]) -> None:
        """Select lines of the tree, each a level (patient, study, series) and its identifier."""
        self.query_ui.resultTree.clearSelection()
        for level, identifier in places:
            item = self.find(level, identifier)
            assert item is not None, f"no {level} {identifier} in the tree"
            item.setSelected(True)
        self.clicks += 1

    def run_transfer(self, button: Any, seconds: float = 60) -> Any:
        """Click a button that starts a transfer; return the transfer when it has ended."""
        before = len(self.ended)
        self.click(button)
        self.wait(lambda: len(self.ended) > before, "the transfer's end", seconds)
        self.wait(self._tree_is_full, "the tree's numbers")
        assert len(self.ended) == before + 1, self.ended
        return self.ended[-1]

    def choose(self, *paths: Any, scanned: bool = True) -> None:
        """Choose paths to upload; wait until they are looked through and shown."""
        self.logic.choice.clear()
        self.panel.upload.add_paths([str(path) for path in paths])
        if scanned:
            self.wait(lambda: self.logic.choice.state != "scanning", "the end of the scan", 60)
            self.wait(lambda: not self.panel.upload.tree.busy, "the tree")

    def start_upload(self, *paths: Any) -> Any:
        """Choose paths and upload them; return the transfer that has begun, or waits."""
        self.choose(*paths, scanned=False)
        self.click(self.upload_ui.uploadButton)
        return self.logic.log.transfers[-1]

    def upload(self, *paths: Any, seconds: float = 60) -> Any:
        """Choose paths and upload them; return the transfer when it has ended."""
        self.choose(*paths, scanned=False)
        return self.run_transfer(self.upload_ui.uploadButton, seconds)


def told(widget: Any) -> str:
    """Return what a widget's tool tip says; Slicer hands out rich text whatever was set."""
    return html.unescape(re.sub(r"<[^>]*>", "", str(widget.toolTip)))


def state_of(item: Any) -> str:
    """Return what Slicer has of a line, as it is read out: the eye sees an icon, where it can."""
    import qt

    return str(item.data(5, qt.Qt.AccessibleTextRole))


def items_of(tree: Any) -> Iterator[Tuple[int, Any]]:
    """Give all items of a tree from top to bottom, each with its level."""

    def below(item: Any, level: int) -> Iterator[Tuple[int, Any]]:
        yield level, item
        for number in range(item.childCount()):
            yield from below(item.child(number), level + 1)

    for number in range(tree.topLevelItemCount):
        yield from below(tree.topLevelItem(number), 0)


def clear_settings() -> None:
    """Forget what OrthancConnect keeps in the settings."""
    import qt

    settings = qt.QSettings()
    settings.remove("OrthancConnect")
    settings.sync()


def all_settings() -> Dict[str, str]:
    """Return every setting there is, as text."""
    import qt

    settings = qt.QSettings()
    settings.sync()
    return {str(key): str(settings.value(key)) for key in settings.allKeys()}
