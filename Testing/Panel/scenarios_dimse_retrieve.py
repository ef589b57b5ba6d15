"""C-GET, C-MOVE and C-ECHO by the ctk classes, real ones or their stand-ins."""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List, Optional, Tuple

from scenarios_dimse_query import SOON, Asked, fill


def _target(study_uid: str, series_uid: str) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(
        patient_id="", study_instance_uid=study_uid, series_instance_uid=series_uid
    )


class Fetched:
    """One retrieve and all that came of it."""

    def __init__(
        self, context: Any, profile: Any, targets: Any, database: Optional[Any] = None
    ) -> None:
        from OrthancConnectLib.adapters.ctk_dimse.services import CtkDimse

        self.context = context
        self.database = database if database is not None else context.new_database()
        self.progress: Dict[str, List[int]] = {}
        self.series: Dict[str, Tuple[bool, str]] = {}
        self.ends: List[Any] = []
        self.dimse = CtkDimse(profile, self.database)
        self._began = time.monotonic()
        self.operation = self.dimse.retrieve(
            targets, self._onProgress, self._onSeries, lambda: self.ends.append(None), self._onError
        )
        assert not self.ends and not self.series

    def _onProgress(self, series_uid: str, count: int) -> None:
        assert series_uid not in self.series, "progress after the end of a series"
        self.progress.setdefault(series_uid, []).append(count)

    def _onSeries(self, series_uid: str, succeeded: bool, text: str) -> None:
        assert series_uid not in self.series, "a series ended twice"
        assert succeeded or text
        self.series[series_uid] = (succeeded, text)

    def _onError(self, error: Any) -> None:
        self.ends.append(error)

    def end(self, seconds: float = 60.0) -> Any:
        """Wait for the one end: None or an error."""
        assert self.context.wait(lambda: self.ends, seconds), "the retrieve never ended"
        self.seconds = time.monotonic() - self._began
        self.context.wait(seconds=0.4)
        assert len(self.ends) == 1, self.ends
        return self.ends[0]

    def files(self, series_uid: str) -> List[str]:
        """SOP Instance UIDs of a series whose file is there."""
        uids = self.database.instancesForSeries(series_uid)
        return sorted(uid for uid in uids if os.path.isfile(self.database.fileForInstance(uid)))


def scenario_retrieve_by_c_get(context: Any) -> None:
    """Every instance of every series is in the database, counted on the way, the loop free."""
    fill(context)
    targets = context.targets()
    with context.measured_gap() as gap:
        fetched = Fetched(context, context.profile(), [*targets, targets[0]])
        assert fetched.end() is None
    assert len(fetched.series) == len(targets) == 4
    for target in targets:
        uid = target.series_instance_uid
        expected = context.instances_on_server(uid)
        assert fetched.series[uid] == (True, "")
        assert fetched.files(uid) == expected, uid
        assert fetched.progress[uid][-1] == len(expected)
        assert fetched.progress[uid] == sorted(fetched.progress[uid])
    context.note(
        f"C-GET of 4 series, {sum(len(fetched.files(t.series_instance_uid)) for t in targets)} "
        f"small instances: {fetched.seconds:.2f} s, largest gap {gap[0]:.0f} ms"
    )


def scenario_retrieve_is_believed_by_nobody(context: Any) -> None:
    """CTK calls a series with failed instances finished: what is in the database tells."""
    fetched = Fetched(context, context.peer("HALF"), [_target("1.2.3.1", "1.2.3.1.1")])
    assert fetched.end() is None
    assert len(fetched.files("1.2.3.1.1")) == 2


def scenario_one_bad_series_does_not_end_the_others(context: Any) -> None:
    """An unknown series is a row with its reason; the rest comes."""
    fill(context)
    targets = context.targets()
    fetched = Fetched(context, context.profile(), [_target("1.2.3", "1.2.3.4"), *targets[:2]])
    assert fetched.end() is None
    succeeded, text = fetched.series.pop("1.2.3.4")
    assert not succeeded and text
    assert set(fetched.series.values()) == {(True, "")} and len(fetched.series) == 2


def scenario_retrieve_refused(context: Any) -> None:
    """No association: one error for all series, soon, with the true reason."""
    from OrthancConnectCore.shared.errors import DimseError

    fill(context)
    for changes, word in (
        ({"calling_ae_title": "NOBODY"}, "NOBODY"),
        ({"dicom_port": context.free_port()}, "Nothing answers"),
        ({"dicom_port": context.server.http_port}, "does not speak DICOM"),
    ):
        fetched = Fetched(context, context.profile(**changes), context.targets())
        error = fetched.end(SOON)
        assert isinstance(error, DimseError) and word in error.message and error.hint, error


def scenario_retrieve_cancelled_and_repeated(context: Any) -> None:
    """Cancel in the middle, then the same again into the same database: complete."""
    from OrthancConnectCore.shared.errors import OperationCancelled
    from Support.data.dicom import write_ct_series

    for number in range(12):
        context.server.store(
            *write_ct_series(
                context.new_folder("ct"), series_number=number, slices=4, rows=128, columns=128
            )
        )
    targets = context.targets()
    first = Fetched(context, context.profile(), targets)
    assert context.wait(lambda: first.series, 10)
    first.operation.cancel()
    first.operation.cancel()
    assert isinstance(first.end(10), OperationCancelled), first.ends
    assert 0 < len(first.series) < len(targets), "nothing was left to cancel"
    again = Fetched(context, context.profile(), targets, first.database)
    assert again.end() is None
    for target in targets:
        uid = target.series_instance_uid
        assert again.files(uid) == context.instances_on_server(uid)


def scenario_retrieve_by_c_move(context: Any) -> None:
    """The server sends to our listener; without one that is said at once."""
    import slicer

    from OrthancConnectCore.shared.errors import ListenerError
    from OrthancConnectLib.adapters.ctk_dimse.services import CtkDimse
    from OrthancConnectLib.adapters.database import SlicerDatabase
    from OrthancConnectLib.adapters.listener import Listener

    assert SlicerDatabase().open_if_needed()
    fill(context)
    targets = context.targets()[:2]
    profile = context.profile(retrieve_method="C-MOVE")
    try:
        CtkDimse(profile).retrieve(targets, print, print, print, print)
    except ListenerError as error:
        assert str(profile.storage_port) in error.hint
    else:
        raise AssertionError("C-MOVE began without a listener")
    listener = Listener()
    listener.start(profile.storage_port)
    assert context.wait(lambda: listener.state == "running", 10), listener.message
    fetched = Fetched(context, profile, targets, slicer.dicomDatabase)
    assert fetched.end() is None
    for target in targets:
        uid = target.series_instance_uid
        assert fetched.series[uid] == (True, ""), fetched.series
        assert fetched.files(uid) == context.instances_on_server(uid)
        assert fetched.progress[uid][-1] == len(fetched.files(uid))
    listener.close()
    context.assert_no_dialogs()


def scenario_nothing_is_left_behind(context: Any) -> None:
    """Whatever was begun and dropped, all schedulers come to rest."""
    from OrthancConnectLib.adapters.ctk_dimse import jobs as ctk_jobs
    from OrthancConnectLib.adapters.ctk_dimse.services import CtkDimse

    fill(context)
    for _turn in range(2):
        dimse = CtkDimse(context.profile(), context.new_database())
        asked = Asked(context, context.profile())
        dimse.retrieve(
            context.targets()[:2], lambda *_: None, lambda *_: None, list, lambda _: None
        )
        context.wait(seconds=0.05)
        asked.dimse.close()
        dimse.close()
    assert context.wait(lambda: not ctk_jobs.retired, 15), ctk_jobs.retired
    assert os.environ["TCP_NODELAY"] == "1"


def scenario_silent_server(context: Any) -> None:
    """A server that never answers: an error after the profile's timeout, nothing blocked."""
    from OrthancConnectCore.shared.errors import DimseError

    profile = context.peer("MUTE", dimse_timeout=0.5, connect_timeout=1.0)
    with context.measured_gap() as gap:
        asked = Asked(context, profile)
        error = asked.end(SOON)
        fetched = Fetched(context, profile, [_target("1.2.3.1", "1.2.3.1.1")])
        lost = fetched.end(SOON)
    for fault in (error, lost):
        assert isinstance(fault, DimseError) and "did not end its answer" in fault.message, fault
    assert gap[0] < 500, gap
