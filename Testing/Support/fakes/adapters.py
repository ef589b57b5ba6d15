"""Fakes of what the panel's logic stands on, steered by a test one event at a time."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

INVENTORY = {"1.1": {"1.1.1": "a", "1.1.2": "b"}, "1.2": {"1.2.1": "c"}}


class FakeWorker:
    """Keeps requests; a test answers them."""

    def __init__(self) -> None:
        self.requests: List[Tuple[str, Mapping[str, Any], Any, Any, Any]] = []
        self.reach: Any = None  # takes what is told of the DICOM side
        self.noted: List[Mapping[str, Any]] = []  # into the audit log
        self.cancelled: List[int] = []
        self.stopped = False

    def request(
        self, method: str, params: Any, on_result: Any, on_error: Any, on_progress: Any = None
    ) -> int:
        if method == "dicom.reach":
            self.reach = on_result
        elif method == "audit.note":
            self.noted.append(params)
        else:
            self.requests.append((method, params, on_result, on_error, on_progress))
        return len(self.requests)

    def cancel(self, request_id: int) -> None:
        self.cancelled.append(request_id)

    def stop(self) -> None:
        self.stopped = True

    @property
    def methods(self) -> List[str]:
        """What was asked for so far."""
        return [request[0] for request in self.requests]

    def answer(self, result: Any) -> None:
        """Answer the latest request."""
        self.requests[-1][2](result)

    def fail(self, error: Exception) -> None:
        """Fail the latest request."""
        self.requests[-1][3](error)


class FakeOperation:
    """One query or retrieve."""

    def __init__(self, *callbacks: Any) -> None:
        self.callbacks = callbacks
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeDimse:
    """Keeps operations; a test calls their callbacks."""

    def __init__(self, profile: Any, faults: List[Exception]) -> None:
        self.profile = profile
        self.operations: List[FakeOperation] = []
        self.targets: List[Sequence[Any]] = []
        self.closed = False
        self._faults = faults

    def _add(self, *callbacks: Any) -> FakeOperation:
        if self._faults:
            raise self._faults.pop()
        self.operations.append(FakeOperation(*callbacks))
        return self.operations[-1]

    def query(self, filters: Any, limit: int, *callbacks: Any) -> FakeOperation:
        return self._add(*callbacks)

    def retrieve(self, targets: Sequence[Any], *callbacks: Any) -> FakeOperation:
        self.targets.append(targets)
        return self._add(*callbacks)

    def close(self) -> None:
        self.closed = True


class FakeNode:
    """A loaded node."""

    def GetName(self) -> str:
        return "Volume"


class FakeDatabase:
    """What is in Slicer's database, as sets of UIDs."""

    def __init__(self) -> None:
        self.is_open = True
        self.present: Dict[str, Set[str]] = {}
        self.owners: Dict[str, str] = {}  # series UID → patient ID that it is filed under
        self.arriving: Dict[str, Set[str]] = {}  # becomes present with the next import
        self.loaded: List[str] = []
        self.kept: List[Any] = []  # studies that take room
        self.in_scene: Set[str] = set()  # studies that are loaded
        self.removed: List[str] = []
        self.nodes: List[Any] = [FakeNode()]
        self.found: Dict[str, Any] = {}  # of a series, what else `LoadedSeries` has
        self.fault: Optional[Exception] = None

    def open_if_needed(self) -> bool:
        return self.is_open

    def present_instances(self, series_uid: str) -> Dict[str, int]:
        if self.fault is not None:
            raise self.fault
        return dict.fromkeys(self.present.get(series_uid, ()), 1000)

    def files_of_series(self, series_uid: str) -> List[str]:
        return [f"/database/{sop}" for sop in sorted(self.present_instances(series_uid))]

    def patient_of_series(self, series_uid: str) -> Optional[str]:
        return self.owners.get(series_uid)

    def incoming_folder(self, name: str = "") -> str:
        return "/database/incoming" + name

    def studies(self) -> Iterator[Any]:
        for study in self.kept:
            yield None
            yield study

    def is_loaded(self, study_uid: str) -> bool:
        return study_uid in self.in_scene

    def remove_study(self, study: Any) -> Iterator[int]:
        from OrthancConnectCore.shared.errors import InputError

        if study.study_instance_uid in self.in_scene:
            raise InputError("It is loaded.", "Close the scene first.")
        self.kept = [one for one in self.kept if one is not study]
        self.removed.append(study.study_instance_uid)
        yield study.bytes

    def import_folder(self, folder: str, on_finished: Callable[[Any], None]) -> None:
        for uid, instances in self.arriving.items():
            self.present.setdefault(uid, set()).update(instances)
        on_finished(sum(map(len, self.arriving.values())))

    def title_of_series(self, series_uid: str) -> str:
        return f"Series {series_uid}"

    def modality_of_series(self, series_uid: str) -> str:
        return "CT"

    def series_of_instance(self, sop_instance_uid: str) -> str:
        return ""

    def study_of_series(self, series_uid: str) -> Tuple[str, str, str]:
        return "", "", ""

    def load_series(self, series_uid: str) -> Any:
        from OrthancConnectLib.protocols import LoadedSeries

        self.loaded.append(series_uid)
        return LoadedSeries(**{"nodes": self.nodes, **self.found.get(series_uid, {})})

    def close(self) -> None:
        """There is nothing to forget."""


class FakeScene:
    """Keeps what is marked and shown."""

    can_render = True

    def __init__(self) -> None:
        self.marks: List[Mapping[str, str]] = []
        self.shown: List[Tuple[Sequence[Any], bool]] = []
        self.volumes: List[List[Any]] = []
        self.removed: List[str] = []
        self.slides: List[Any] = []

    def mark(self, nodes: Sequence[Any], facts: Mapping[str, str]) -> None:
        self.marks.append(facts)

    def show(self, nodes: Sequence[Any], render: bool = False) -> None:
        self.shown.append((list(nodes), render))

    def begin_volume(self, state: Mapping[str, Any]) -> Any:
        self.volumes.append(["filling", {}])
        return self.volumes[-1]

    def fill_slice(self, volume: Any, state: Mapping[str, Any], index: int) -> None:
        volume[1][index] = state["offsets"][index]

    def refresh_volume(self, volume: Any) -> None:
        volume[0] = "shown"

    def remove_volume(self, volume: Any) -> None:
        volume[0] = "removed"

    def new_path(self) -> str:
        return "/temporary/slide"

    def remove_file(self, path: str) -> None:
        self.removed.append(path)

    def open_slide(
        self, path: str, size: Sequence[int], spacing: Sequence[float], name: str
    ) -> Any:
        self.slides.append((path, list(size), list(spacing), name))
        return FakeNode()


class FakeResults:
    """Rows that a test sets; what is written and made is kept."""

    def __init__(self) -> None:
        self.rows: List[Any] = []
        self.written: List[Tuple[List[str], str, Mapping[str, Any]]] = []
        self.sent: List[Tuple[List[str], Any]] = []
        self.loaded: Set[str] = set()
        self.made: List[Any] = []
        self.fault: Optional[Exception] = None

    def found(self) -> List[Any]:
        return list(self.rows)

    def write(self, some: Sequence[Any], folder: str, facts: Mapping[str, Any]) -> Iterator[Any]:
        if self.fault is not None:
            raise self.fault
        yield
        self.written.append(([one.title for one in some], folder, facts))

    def loaded_series(self) -> Set[str]:
        return self.loaded

    def note_sent(self, some: Sequence[Any], facts: Mapping[str, Any]) -> None:
        self.sent.append(([one.title for one in some], facts["replaces"]))

    def make(
        self, result: Any, folder: str, facts: Mapping[str, str], nodes: List[Any]
    ) -> Iterator[Any]:
        if self.fault is not None:
            raise self.fault
        yield
        nodes.append(FakeNode())
        self.made.append((result.title, folder, facts["replaces"]))


class FakeListener:
    """A listener that is what the test says."""

    state, port, message, hint = "stopped", 0, "", ""

    def __init__(self) -> None:
        from OrthancConnectLib.signals import Signal

        self.changed = Signal()

    def start(self, port: int) -> None:
        self.state, self.port = "running", port
        self.changed.emit()

    def stop(self) -> None:
        self.state = "stopped"

    def refresh(self) -> None:
        """Nothing changes by itself here."""


class FakeStore:
    """Profiles in memory; `fault` makes saving fail."""

    listener_autostart = True
    fault: Optional[Exception] = None

    def __init__(self, profiles: Any) -> None:
        self.profiles = profiles
        self.states: Dict[str, Any] = {}

    def state(self, name: str, default: Any = None) -> Any:
        return self.states.get(name, default)

    def set_state(self, name: str, value: Any) -> None:
        self.states[name] = value

    def load(self) -> Any:
        return self.profiles

    def save(self, profiles: Any) -> Any:
        if self.fault is not None:
            raise self.fault
        self.profiles = profiles
        return profiles


class FakeServerLists:
    """Slicer's own server lists, which have none of ours."""

    def shown(self, profile_name: str) -> bool:
        return False

    def show(self, profile: Any) -> None:
        """Nobody looks at them here."""

    def hide(self, profile_name: str) -> None:
        """Nobody looks at them here."""


class FakeWorld:
    """All fakes together with a clock that a test moves."""

    def __init__(self, profiles: Any) -> None:
        from OrthancConnectLib.protocols import Adapters

        self.worker, self.database, self.listener = FakeWorker(), FakeDatabase(), FakeListener()
        self.store, self.scene = FakeStore(profiles), FakeScene()
        self.results = FakeResults()
        self.dimse: Dict[str, FakeDimse] = {}
        self.dimse_faults: List[Exception] = []
        self.time = 100.0
        self.pages: List[str] = []
        self._later: List[Tuple[float, Callable[[], None]]] = []
        self.adapters = Adapters(
            store=self.store,
            worker=self.worker,
            database=self.database,
            scene=self.scene,
            results=self.results,
            listener=self.listener,
            make_dimse=self._make_dimse,
            make_probe=lambda profile: None,
            server_lists=FakeServerLists(),
            install=lambda package: None,
            open_page=self._open_page,
            call_later=lambda ms, slot: self._later.append((self.time + ms / 1000, slot)),
            in_turns=_at_once,
            now=lambda: self.time,
        )

    def _open_page(self, url: str) -> bool:
        self.pages.append(url)
        return True

    def _make_dimse(self, profile: Any) -> FakeDimse:
        self.dimse[profile.retrieve_method] = FakeDimse(profile, self.dimse_faults)
        return self.dimse[profile.retrieve_method]

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due is called."""
        end = self.time + seconds
        while True:
            due = sorted((when, number) for number, (when, _slot) in enumerate(self._later))
            if not due or due[0][0] > end:
                break
            self.time, number = max(self.time, due[0][0]), due[0][1]
            _when, slot = self._later.pop(number)
            slot()
        self.time = end


def _at_once(
    steps: Iterator[Any], on_done: Callable[[], None], on_error: Callable[[Exception], None]
) -> None:
    try:
        for _step in steps:
            pass
    except Exception as error:
        on_error(error)
    else:
        on_done()
