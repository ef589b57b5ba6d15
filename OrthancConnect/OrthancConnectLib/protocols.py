"""What the logic needs of the world, as protocols: the real ones in Slicer, fakes in tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Protocol, Set, Tuple

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile
from OrthancConnectCore.shared.query import PatientRecord, QueryFilters, QueryResult
from OrthancConnectCore.shared.results import Result, Source

from .signals import Signal, ignore

OnError = Callable[[OrthancConnectError], None]


class Operation(Protocol):
    """Something under way that can be stopped."""

    def cancel(self) -> None:
        """Ask it to stop; its end is reported as usual."""


class Worker(Protocol):
    """The worker process (`worker_client.WorkerClient`)."""

    def request(
        self,
        method: str,
        params: Mapping[str, Any],
        on_result: Callable[[Any], None],
        on_error: OnError,
        on_progress: Callable[[Mapping[str, Any]], None] = ignore,
    ) -> int:
        """Send a request and return its id; later exactly one of the first two callbacks comes.

        `on_progress` gets a dict with the fields of `OrthancConnectCore.shared.events.Progress`.
        """

    def cancel(self, request_id: int) -> None:
        """Ask the worker to stop a request; its answer says what had been done until then."""

    def stop(self) -> None:
        """End the process; requests under way get OperationCancelled at once."""


class Dimse(Protocol):
    """DICOM queries and retrieves (`ctk_dimse.services.CtkDimse`)."""

    def query(
        self,
        filters: QueryFilters,
        limit: int,
        on_patients: Callable[[Sequence[PatientRecord]], None],
        on_finished: Callable[[QueryResult], None],
        on_error: OnError,
    ) -> Operation:
        """Ask by C-FIND for patients, studies and series; at most `limit` studies, 0 for all.

        `on_patients` gets all patients known so far, at first without their series. A refusal, or
        an answer that broke off, is an error even when something was found before. Raises
        InputError when there is no room for the answers.
        """

    def retrieve(
        self,
        targets: Sequence[Any],
        on_progress: Callable[[str, int], None],
        on_series_finished: Callable[[str, bool, str], None],
        on_finished: Callable[[], None],
        on_error: OnError,
    ) -> Operation:
        """Fetch series by C-GET, or C-MOVE where the profile says so, into the DICOM database.

        A series that fails does not end the others; an error ends all, as when the server can't
        be reached. Raises ConfigurationError or ListenerError when it can't even begin.
        """

    def close(self) -> None:
        """Stop everything; what is under way ends with OperationCancelled."""


@dataclass(frozen=True)
class StudyFiles:
    """A study in Slicer's database, and its files: size and time of the last change of each."""

    study_instance_uid: str
    #: Whose it is and what, as plain text.
    title: str
    #: As DICOM has it.
    date: str
    files: Mapping[str, Tuple[int, int]]

    @property
    def bytes(self) -> int:
        """What it takes."""
        return sum(size for size, _changed in self.files.values())

    @property
    def changed(self) -> int:
        """When its latest file was written, in nanoseconds since 1970."""
        return max(changed for _size, changed in self.files.values())


@dataclass(frozen=True)
class LoadedSeries:
    """What came of loading a series."""

    #: Those that can be shown.
    nodes: Sequence[Any] = ()
    #: What Slicer's DICOM plugins say against what they made, as plain text.
    warnings: Sequence[str] = ()
    #: The extension of Slicer that is not installed and is for such series; empty for none.
    lacks: str = ""
    #: Whether a plugin that took it for something that it loads failed on it.
    has_failed: bool = False


class Database(Protocol):
    """Slicer's DICOM database (`database.SlicerDatabase`)."""

    def open_if_needed(self) -> bool:
        """Return whether the database is open now.

        The DICOM module's own opening is asked for first, in case it has not had its turn yet.
        Then a database is made where the settings say, if nothing is there. Never a dialog.
        """

    def present_instances(self, series_uid: str) -> Dict[str, int]:
        """Return the SOP Instance UIDs of a series that have a file, and its size in bytes.

        A row alone proves nothing: queries write rows without a file, and files get deleted.
        About 2 ms for 500 instances; call it for one series at a time.
        """

    def files_of_series(self, series_uid: str) -> List[str]:
        """Return the files of a series that are there."""

    def patient_of_series(self, series_uid: str) -> Optional[str]:
        """Return the patient ID that a series is filed under; None where it is not there.

        UIDs are the database's only keys: of two patients' series with the same UIDs it holds one.
        """

    def import_folder(self, folder: str, on_finished: Callable[[int], None]) -> None:
        """Index the files of a folder where they are, in the background, one folder at a time.

        `on_finished` gets the number of instances that are new to the database.
        """

    def incoming_folder(self, name: str = "") -> str:
        """Make a folder inside the database's own, for files that will stay there.

        A fresh one; or that of a name, which may be there already.
        """

    def studies(self) -> Iterator[Optional[StudyFiles]]:
        """Give all studies with files below the database's folder, in small steps.

        None between two of them. One with a file elsewhere is left out: that is not ours.
        """

    def is_loaded(self, study_uid: str) -> bool:
        """Whether something in the scene was loaded from a study."""

    def remove_study(self, study: StudyFiles) -> Iterator[int]:
        """Remove a study's files and rows, a series a step; give the bytes that went.

        None of it goes when its files are no longer those of `study`, or when it is loaded:
        InputError.
        """

    def title_of_series(self, series_uid: str) -> str:
        """Return number and description of a series, or its UID, as plain text."""

    def modality_of_series(self, series_uid: str) -> str:
        """Return the modality of a series; empty where it is not known."""

    def series_of_instance(self, sop_instance_uid: str) -> str:
        """Return the UID of an instance's series; empty where it is not known."""

    def study_of_series(self, series_uid: str) -> Tuple[str, str, str]:
        """Return a series' Study Instance UID, patient's name and study date; empty if unknown."""

    def load_series(self, series_uid: str) -> LoadedSeries:
        """Load a series with Slicer's DICOM plugins; InputError when it has no files here.

        Nothing else goes on in Slicer meanwhile.
        """

    def close(self) -> None:
        """Forget what is still to be imported."""

    @property
    def is_open(self) -> bool:
        """Whether the database can be used now; opens and makes nothing."""


class Scene(Protocol):
    """Slicer's scene and its views (`scene.SlicerScene`)."""

    def mark(self, nodes: Sequence[Any], facts: Mapping[str, str]) -> None:
        """Let nodes remember where they came from, also in a saved scene.

        Their attributes: ``OrthancConnect.Server`` (host:port of the REST address),
        ``OrthancConnect.Profile`` (the profile's name), ``OrthancConnect.PatientID``,
        ``OrthancConnect.StudyInstanceUID``, ``OrthancConnect.SeriesInstanceUID``,
        ``OrthancConnect.Modality``, and ``OrthancConnect.SeriesOrthancID`` where it is known. What
        is empty is not there. None is a secret.
        """

    def show(self, nodes: Sequence[Any], render: bool = False) -> None:
        """Show the first volume in the slice views, fitted to them.

        With `render` all CT and MR volumes also in the 3D views, where Slicer can do that.
        """

    def begin_volume(self, state: Mapping[str, Any]) -> Any:
        """Show a volume whose slices are still to come, and return it.

        `state` is what `OrthancConnectCore.retrieve.stack.Stack.state` tells.
        """

    def fill_slice(self, volume: Any, state: Mapping[str, Any], index: int) -> None:
        """Put a slice that has arrived in its place, or darkness in that of one that has not."""

    def refresh_volume(self, volume: Any) -> None:
        """Let the views show what was filled in."""

    def remove_volume(self, volume: Any) -> None:
        """Take a volume that `begin_volume` returned away again."""

    def new_path(self) -> str:
        """Return where a file for a while can be made, in Slicer's temporary folder."""

    def remove_file(self, path: str) -> None:
        """Remove such a file, if it was made."""

    def open_slide(
        self, path: str, size: Sequence[int], spacing: Sequence[float], name: str
    ) -> Any:
        """Return a colour volume of one slice, from a file of red, green and blue bytes.

        `size` is columns and rows, `spacing` the millimetres from one to the next.
        """

    @property
    def can_render(self) -> bool:
        """Whether Slicer has its module for volume rendering."""


@dataclass(frozen=True)
class SceneResult:
    """Something in the scene that is a result, as what it can be sent, and where it belongs."""

    #: Names it while the scene is open.
    key: str
    #: One of `shared.results.KINDS`.
    kind: str
    #: What a person calls it: the kind, that of a markup (`ITEM_KINDS`), ``statistics``, ``model``
    #: or ``labelmap``.
    what: str
    title: str
    #: Without its files.
    source: Source
    #: Patient's name and date of the study, as DICOM has them; empty where they are not known.
    patient_name: str = ""
    study_date: str = ""
    #: Why it can't be sent; empty where it can.
    reason: str = ""
    #: `Result.origin`, once it was written or came from a server.
    origin: str = ""
    #: Whether it was sent, or came from a server.
    was_sent: bool = False
    #: Series Instance UID of what it was sent as, or read from.
    replaces: str = ""
    #: Whether it changed since then; None where that is not known.
    changed: Optional[bool] = None
    #: What it takes in memory, of what is large.
    bytes: int = 0

    @property
    def can_go(self) -> bool:
        """Whether it can be sent."""
        return not self.reason


class Results(Protocol):
    """The results of the scene, as folders and of them (`results.found.SceneResults`)."""

    def found(self) -> List[SceneResult]:
        """Return what there is now; a few milliseconds."""

    def write(
        self, some: Sequence[SceneResult], folder: str, facts: Mapping[str, Any]
    ) -> Iterator[Any]:
        """Write results of one kind and source into a folder as one, in small steps.

        `facts` are members of `shared.results.Result`. Saving a scene is one step, which takes as
        long as Slicer needs for it. InputError when it can't be written.
        """

    def loaded_series(self) -> Set[str]:
        """Return the UIDs of the series that volumes in the scene were loaded from."""

    def note_sent(self, some: Sequence[SceneResult], facts: Mapping[str, Any]) -> None:
        """Remember what was written last as sent: `facts` are its `origin` and, as `replaces`,
        the Series Instance UID that a later one comes in the place of.
        """

    def make(
        self, result: Result, folder: str, facts: Mapping[str, str], nodes: List[Any]
    ) -> Iterator[Any]:
        """Add the nodes of a result that was read into a folder, which goes, and tell of them in
        `nodes`.

        `facts` are those of `Scene.mark`, and `replaces` as of `note_sent`. Opening a scene is one
        step, as saving it is.
        """


class Listener(Protocol):
    """The DICOM listener (`listener.Listener`)."""

    state: str
    port: int
    message: str
    hint: str
    changed: Signal

    def start(self, port: int) -> None:
        """Start on `port`, or take over what runs already; `state` tells how that goes."""

    def stop(self) -> None:
        """Stop Slicer's listener, whoever started it, because a person said so."""

    def refresh(self) -> None:
        """Look again at what really runs."""


class Store(Protocol):
    """Profiles and the panel's state in the settings (`settings_store.SettingsProfileStore`)."""

    listener_autostart: bool

    def load(self) -> ProfileSet:
        """Return the stored profiles; ConfigurationError where they can't be read."""

    def save(self, profiles: ProfileSet) -> ProfileSet:
        """Store the profiles at once, and return them with what another Slicer changed meanwhile.

        ConfigurationError where the settings can't be written, InvalidProfileError where the other
        one has given a name that is new here.
        """

    def state(self, name: str, default: Any = None) -> Any:
        """Return a piece of the panel's state (open sections, last filters), as JSON holds it."""

    def set_state(self, name: str, value: Any) -> None:
        """Remember a piece of the panel's state; anything that JSON can hold."""


class ServerLists(Protocol):
    """Slicer's own server lists (`server_lists.ServerLists`)."""

    def shown(self, profile_name: str) -> bool:
        """Whether the profile was written into the lists by us."""

    def show(self, profile: ServerProfile) -> None:
        """Write the profile into both lists, in the place of what we wrote for it before."""

    def hide(self, profile_name: str) -> None:
        """Take out what we wrote for the profile; nothing else."""


@dataclass
class Adapters:
    """All of them together.

    `make_probe` gives who does the DICOM steps of a check-up (`ctk_dimse.probe.CtkProbe`);
    `open_page` shows a web page in the person's browser and tells whether that could be done;
    `call_later` takes milliseconds and a callable; `in_turns` an iterator of small steps and what
    to call when it is done or fails (`turns.Turns`).
    """

    store: Store
    worker: Worker
    database: Database
    scene: Scene
    results: Results
    listener: Listener
    make_dimse: Callable[[ServerProfile], Dimse]
    make_probe: Callable[[ServerProfile], Any]
    server_lists: ServerLists
    install: Callable[[str], None]
    open_page: Callable[[str], bool]
    call_later: Callable[[int, Callable[[], None]], None]
    in_turns: Callable[[Iterator[Any], Callable[[], None], Callable[[Exception], None]], Any]
    now: Callable[[], float] = time.monotonic
    _dimse: Dict[ServerProfile, Dimse] = field(default_factory=dict)

    def dimse_for(self, profile: ServerProfile) -> Dimse:
        """Return the DICOM side of a profile, made at its first use."""
        if profile not in self._dimse:
            self._dimse[profile] = self.make_dimse(profile)
        return self._dimse[profile]

    def close(self) -> None:
        """Stop the worker and all DICOM operations."""
        for dimse in self._dimse.values():
            dimse.close()
        self._dimse.clear()
        self.worker.stop()
        self.database.close()
