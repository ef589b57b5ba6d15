"""C-FIND, C-GET, C-MOVE and C-ECHO by the ctk classes, real ones or their stand-ins."""

from __future__ import annotations

import glob
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

#: Seconds in which a refusal must have been said.
SOON = 5.0


class Asked:
    """One query and all that came of it."""

    def __init__(self, context: Any, profile: Any, limit: int = 0, **filters: Any) -> None:
        from OrthancConnectCore.query import QueryFilters
        from OrthancConnectLib.ctk_dimse import CtkDimse

        self.context = context
        self.known: List[Any] = []
        self.ends: List[Any] = []
        self.seconds = 0.0
        self.dimse = CtkDimse(profile)
        began = time.monotonic()
        self.operation = self.dimse.query(
            QueryFilters(**filters), limit, self.known.append, self.ends.append, self.ends.append
        )
        assert not self.ends and not self.known, "a callback came before query() had returned"
        self._began = began

    def end(self, seconds: float = 30.0) -> Any:
        """Wait for the one end: a QueryResult or an error."""
        assert self.context.wait(lambda: self.ends, seconds), "the query never ended"
        self.seconds = time.monotonic() - self._began
        self.context.wait(seconds=0.03)
        assert len(self.ends) == 1, self.ends
        return self.ends[0]


def _found(context: Any, **filters: Any) -> Any:
    from OrthancConnectCore.query import QueryResult

    result = Asked(context, context.profile(), **filters).end()
    assert isinstance(result, QueryResult), result
    return result


def _names(result: Any) -> List[str]:
    return [patient.patient_name for patient in result.patients]


def _fill(context: Any) -> Dict[str, List[Path]]:
    from dicom_data import write_group_folder

    files = write_group_folder(context.new_folder("group"), slices=10, rows=32, columns=32)
    for paths in files.values():
        context.server.store(*paths)
    return files


# Query ----------------------------------------------------------------------------------------


def scenario_query_finds_patients_studies_and_series(context: Any) -> None:
    """Everything in order, with accents; known in steps, and within a second."""
    _fill(context)
    context.server.store(*_variants(context))
    with context.measured_gap() as gap:
        asked = Asked(context, context.profile())
        result = asked.end()
    context.note(
        f"query of {len(result.studies)} studies, {len(result.series)} series: "
        f"{asked.seconds:.2f} s, largest gap of a 20 ms timer {gap[0]:.0f} ms"
    )
    by_id = {patient.patient_id: patient for patient in result.patients}
    assert set(by_id) >= {"PAT0012", "PAT0044", "PAT0071", ""}, sorted(by_id)
    nuria = by_id["PAT0012"]
    assert (nuria.patient_name, nuria.birth_date) == ("Pérez^Núria", "19610405"), nuria
    (study,) = nuria.studies
    assert (study.study_date, study.accession_number) == ("20260302", "ACC0012"), study
    assert study.study_description == "Tórax con contraste" and study.modalities == ("CT",)
    assert [(item.series_number, item.modality) for item in study.series] == [(3, "CT"), (4, "CT")]
    assert study.series[1].series_description == "Axial 10 mm pulmón"
    assert _names(result) == sorted(_names(result), key=str.casefold)
    assert not result.truncated and result.seconds > 0
    assert len(asked.known) >= 2 and asked.known[-1] == list(result.patients)
    assert all(not item.series for patient in asked.known[0] for item in patient.studies)


def _variants(context: Any) -> List[Path]:
    """Studies without a patient's name, and without an ID: CTK drops the one, renames the other."""
    import pydicom

    from dicom_data import save_dataset, stable_uid, write_small_instances

    paths = write_small_instances(context.new_folder("odd"), count=2, seed=17)
    for path, keyword in zip(paths, ("PatientName", "PatientID")):
        dataset = pydicom.dcmread(path)
        setattr(dataset, keyword, "")
        for level in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            setattr(dataset, level, stable_uid("without", keyword, level))
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        save_dataset(dataset, path)
    return paths


def scenario_query_finds_what_ctk_drops(context: Any) -> None:
    """A study without a patient's name is found with its series; one without an ID keeps none."""
    from dicom_data import stable_uid

    context.server.store(*_variants(context))
    result = _found(context)
    studies = {study.study_instance_uid: study for study in result.studies}
    assert len(studies) == 2, studies
    nameless = studies[stable_uid("without", "PatientName", "StudyInstanceUID")]
    series_uid = stable_uid("without", "PatientName", "SeriesInstanceUID")
    assert [item.series_instance_uid for item in nameless.series] == [series_uid]
    assert {patient.patient_id for patient in result.patients} == {""}, result.patients


def scenario_query_filters(context: Any) -> None:
    """Each filter finds what it should and nothing else; Latin-1 is no limit."""
    _fill(context)
    nuria, jiri, jurgen = "Pérez^Núria", "Šimůnek^Jiří", "Müller^Jürgen"
    cases: Tuple[Tuple[Dict[str, Any], List[str]], ...] = (
        ({"patient_name": "pérez"}, [nuria]),
        ({"patient_name": "Pérez, Núria"}, [nuria]),
        ({"patient_name": "Šimůnek"}, [jiri]),
        ({"patient_name": "šim*"}, [jiri]),
        ({"patient_name": "Š?mů?ek*"}, [jiri]),
        ({"patient_name": "M?ller*"}, [jurgen]),
        ({"patient_name": "ller"}, [jurgen]),
        ({"patient_name": "ller*"}, []),
        ({"patient_name": "Ž"}, []),
        ({"patient_name": "nobody"}, []),
        ({"patient_id": "PAT0044"}, [jiri]),
        ({"patient_id": "PAT00"}, []),
        ({"patient_id": "PAT00*2"}, [nuria]),
        ({"patient_id": "PAT004?"}, [jiri]),
        ({"study_date_from": "20260301", "study_date_to": "20260401"}, [nuria]),
        ({"study_date_from": "20260303"}, [jiri]),
        ({"study_date_to": "20251231"}, [jurgen]),
        ({"modalities": ("CT", "MR"), "accession_number": "0071"}, [jurgen]),
        ({"modalities": ("MR",)}, []),
        ({"study_description": "hrudníku"}, [jiri]),
        ({"study_description": "Thorax*Prüf*"}, [jurgen]),
        ({"accession_number": "ACC0012", "patient_name": "Jiří"}, []),
    )
    for filters, expected in cases:
        assert _names(_found(context, **filters)) == expected, filters
    date_only = _found(context, study_date_from="20260303")
    assert len(date_only.series) == 1, "a date alone must not list every patient"


def scenario_query_limit(context: Any) -> None:
    """The newest studies, as many as asked for, and only their series."""
    _fill(context)
    result = _found(context, limit=2)
    assert sorted(study.study_date for study in result.studies) == ["20260302", "20260417"]
    assert result.truncated and all(study.series for study in result.studies)
    assert not _found(context, limit=3).truncated


def scenario_query_of_many_studies(context: Any) -> None:
    """More studies than fit in one request for series; the event loop stays free."""
    from dicom_data import write_small_instances

    context.server.store(
        *write_small_instances(context.new_folder("many"), count=80, patients=40, series=2)
    )
    with context.measured_gap() as gap:
        asked = Asked(context, context.profile())
        result = asked.end()
    assert len(result.studies) == 40 and len(result.series) == 80
    assert asked.seconds < 10, asked.seconds
    context.note(
        f"query of 40 studies, 80 series: {asked.seconds:.2f} s, largest gap {gap[0]:.0f} ms"
    )


def scenario_query_refused_is_an_error(context: Any) -> None:
    """An empty tree would be a lie: each fault says in a sentence what to do, and soon."""
    from OrthancConnectCore.errors import DimseError

    server = context.server
    for changes, word, refused in (
        ({"calling_ae_title": "NOBODY"}, "NOBODY", True),
        ({"dicom_port": context.free_port()}, "Nothing answers", False),
        ({"dicom_port": server.http_port}, "does not speak DICOM", False),
        ({"dicom_host": "no.such.host.invalid"}, "not known", False),
    ):
        asked = Asked(context, context.profile(**changes))
        error = asked.end(SOON)
        assert isinstance(error, DimseError) and word in error.message, (changes, error)
        assert error.hint and bool(error.refused) is refused, (changes, error)
        assert asked.known == [], changes


def scenario_query_that_breaks_off(context: Any) -> None:
    """CTK calls all of these finished; ours are an error, or cut short, or truly empty."""
    from OrthancConnectCore.errors import DimseError
    from OrthancConnectCore.query import QueryResult

    for behaviour in ("SA700", "SC000", "EA700", "EC000"):
        error = Asked(context, context.peer(behaviour)).end()
        assert isinstance(error, DimseError) and error.hint, (behaviour, error)
    for behaviour, studies in (("SFE00", 2), ("EFE00", 0)):
        result = Asked(context, context.peer(behaviour)).end()
        assert isinstance(result, QueryResult) and result.truncated, (behaviour, result)
        assert len(result.studies) == studies, (behaviour, result)
    nothing = Asked(context, context.peer("NONE")).end()
    assert isinstance(nothing, QueryResult) and not nothing.truncated and not nothing.patients


def scenario_query_of_a_server_that_takes_no_lists(context: Any) -> None:
    """Series are asked for study by study where a list of studies finds none."""
    result = Asked(context, context.peer("SINGLE")).end()
    assert [len(study.series) for study in result.studies] == [1, 1], result


def scenario_silent_server(context: Any) -> None:
    """A server that never answers: an error after the profile's timeout, nothing blocked."""
    from OrthancConnectCore.errors import DimseError

    profile = context.peer("MUTE", dimse_timeout=0.5, connect_timeout=1.0)
    with context.measured_gap() as gap:
        asked = Asked(context, profile)
        error = asked.end(SOON)
        fetched = Fetched(context, profile, [_target("1.2.3.1", "1.2.3.1.1")])
        lost = fetched.end(SOON)
    for fault in (error, lost):
        assert isinstance(fault, DimseError) and "stopped answering" in fault.message, fault
    assert gap[0] < 500, gap


def scenario_query_cancelled(context: Any) -> None:
    """Cancel ends it once, with OperationCancelled; close() does so for all; nothing is left."""
    from OrthancConnectCore.errors import OperationCancelled

    _fill(context)
    before = set(_scratch_folders())
    asked = Asked(context, context.profile())
    asked.operation.cancel()
    asked.operation.cancel()
    assert isinstance(asked.end(), OperationCancelled) and asked.known == []
    asked = Asked(context, context.profile())
    context.wait(seconds=0.02)
    asked.dimse.close()
    assert isinstance(asked.end(), OperationCancelled)
    result = Asked(context, context.profile()).end()
    assert len(result.patients) == 3
    assert context.wait(lambda: set(_scratch_folders()) <= before, 5), "scratch databases are left"


def _scratch_folders() -> List[str]:
    return glob.glob(os.path.join(tempfile.gettempdir(), "orthancconnect-query-*"))


# Retrieve -------------------------------------------------------------------------------------


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
        from OrthancConnectLib.ctk_dimse import CtkDimse

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
    _fill(context)
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
    _fill(context)
    targets = context.targets()
    fetched = Fetched(context, context.profile(), [_target("1.2.3", "1.2.3.4"), *targets[:2]])
    assert fetched.end() is None
    succeeded, text = fetched.series.pop("1.2.3.4")
    assert not succeeded and text
    assert set(fetched.series.values()) == {(True, "")} and len(fetched.series) == 2


def scenario_retrieve_refused(context: Any) -> None:
    """No association: one error for all series, soon, with the true reason."""
    from OrthancConnectCore.errors import DimseError

    _fill(context)
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
    from dicom_data import write_ct_series
    from OrthancConnectCore.errors import OperationCancelled

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

    from OrthancConnectCore.errors import ListenerError
    from OrthancConnectLib.ctk_dimse import CtkDimse
    from OrthancConnectLib.database import SlicerDatabase
    from OrthancConnectLib.listener import Listener

    assert SlicerDatabase().open_if_needed()
    _fill(context)
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


def scenario_echo(context: Any) -> None:
    """Yes, or no with the reason and the hint."""
    from OrthancConnectLib.ctk_dimse import CtkDimse

    answers: List[Any] = []
    for profile in (context.profile(), context.profile(dicom_port=context.free_port())):
        dimse = CtkDimse(profile)
        dimse.echo(lambda *answer: answers.append(answer))
        known = len(answers)
        assert context.wait(lambda: len(answers) > known, SOON)  # noqa: B023
    assert [reached for reached, _text in answers] == [True, False], answers
    message, _separator, hint = answers[1][1].partition("\n")
    assert "Nothing answers" in message and hint


def scenario_nothing_is_left_behind(context: Any) -> None:
    """Whatever was begun and dropped, all schedulers come to rest."""
    from OrthancConnectLib import ctk_jobs
    from OrthancConnectLib.ctk_dimse import CtkDimse

    _fill(context)
    for _turn in range(2):
        dimse = CtkDimse(context.profile(), context.new_database())
        asked = Asked(context, context.profile())
        dimse.retrieve(
            context.targets()[:2], lambda *_: None, lambda *_: None, list, lambda _: None
        )
        context.wait(seconds=0.05)
        asked.dimse.close()
        dimse.close()
    assert context.wait(lambda: not ctk_jobs.still_running(), 15), ctk_jobs.still_running()
    assert os.environ["TCP_NODELAY"] == "1"
