"""The stand-in's DICOM network, against a real Orthanc: as ctk's, traps included."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Dict, List, Set, Tuple

import pytest
from stand_in_tools import Jobs, fill

from Support.data.dicom import write_small_instances


@pytest.fixture()
def jobs(standin: Any, orthanc: Any, tmp_path: Path) -> Jobs:
    return Jobs(standin, orthanc, tmp_path)


def test_query_and_retrieve_from_a_real_server(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """Studies of all patients by "*", series of one, C-GET: in the database after the inserter."""
    sources = fill(orthanc, tmp_path / "files")
    jobs.scheduler.queryStudies("*")
    (query,) = jobs.wait("Finished", 2)
    inserter = jobs.wait("Finished", 9)[0]
    assert query.referenceInserterJobUID() == inserter.JobUID()
    (progress,) = [detail for detail in jobs.of("progress") if detail.jobType() == 2]
    assert len(progress.queriedStudyInstanceUIDs()) == progress.numberOfDataSets() == 3
    database = jobs.database
    names = {database.fieldForPatient("PatientsName", row) for row in database.patients()}
    assert names == {"Pérez^Núria", "Šimůnek^Jiří", "Müller^Jürgen"}
    row = database.patients()[0]
    patient_id, (study,) = (
        database.fieldForPatient("PatientID", row),
        database.studiesForPatient(row),
    )
    assert database.fieldForStudy("ModalitiesInStudy", study) == "CT"
    jobs.scheduler.querySeries(patient_id, study)
    jobs.wait("Finished", 9, 2)
    (series,) = database.seriesForStudy(study)
    assert database.filesForSeries(series) == ()
    changed: List[int] = []
    database.connect("databaseChanged()", lambda: changed.append(1))
    database.connect("instanceAdded(QString)", lambda uid: changed.append(-1))
    jobs.scheduler.retrieveSeries(patient_id, study, series)
    (retrieve,) = jobs.wait("Finished", 6)
    jobs.wait("Finished", 9, 3)
    files = database.filesForSeries(series)
    assert (
        len(files) == 10 and retrieve.referenceInserterJobUID() == jobs.of("Finished")[-1].JobUID()
    )
    told = [detail for detail in jobs.of("progress") if detail.jobType() == 6]
    assert {detail.JobUID() for detail in told} == {retrieve.JobUID()}
    assert len({detail.sopInstanceUID() for detail in told}) == 10 and len(told) == 20
    assert _pixels(files) <= _pixels(sources)
    assert set(changed) <= {1}  # threads write through connections of their own
    assert jobs.scheduler.numberOfRunningJobs == 0 and jobs.scheduler.numberOfJobs == 6


def _pixels(files: Any) -> Set[bytes]:
    import pydicom

    return {pydicom.dcmread(path).PixelData for path in files}


def test_dates_change_when_files_come(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """YYYY-MM-DD from a query; DICOM's own form, and displayed fields, once there are files."""
    fill(orthanc, tmp_path / "files", 2, patients=1)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 9)
    database, (study,) = jobs.database, jobs.database.studiesForPatient("1")
    assert database.fieldForStudy("StudyDate", study) == "2026-01-15"
    assert database.fieldForPatient("DisplayedPatientsName", "1") == ""
    jobs.scheduler.retrieveStudy("", study)
    jobs.wait("Finished", 9, 2)
    assert database.fieldForStudy("StudyDate", study) == "20260115"
    assert database.fieldForStudy("InstitutionName", study) == "Instituto de Ejemplo"
    assert database.fieldForPatient("DisplayedPatientsName", "1") == "Pérez, Núria"
    assert database.fieldForPatient("Connections", "1") == '{"allow":["orthanc"],"deny":[]}'
    (series,) = database.seriesForStudy(study)
    assert database.fieldForSeries("DisplayedSize", series) == "32x32"
    assert database.fieldForSeries("DisplayedCount", series) == "2"


@pytest.mark.parametrize(
    ("filters", "patients"),
    [
        ({}, 3),
        ({"Name": "rez"}, 1),
        ({"Name": "Núria"}, 1),
        ({"StudyInstanceUID": "1.2.3", "Bogus": "x"}, 3),
        ({"StartDate": "20300101"}, 3),
        ({"StartDate": "20300101", "EndDate": "20301231"}, 0),
        ({"Modalities": ["MR"]}, 0),
        ({"Modalities": ["MR", "CT"]}, 3),
        ({"Study": "ontro"}, 3),
        ({"AccessionNumber": "0002"}, 1),
    ],
)
def test_filters(
    jobs: Jobs, orthanc: Any, tmp_path: Path, filters: Dict[str, Any], patients: int
) -> None:
    """Substrings, unknown keys ignored, a date only with both ends, modalities by a list."""
    fill(orthanc, tmp_path / "files", 3)
    jobs.scheduler.setFilters(filters)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 9)
    assert len(jobs.database.patients()) == patients


def test_patient_id_is_sent_as_it_is(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """queryStudies puts its argument into PatientID raw: wildcards work, "" is everything."""
    fill(orthanc, tmp_path / "files", 3)
    for pattern, number in (("*0001", 1), ("SMALL0002", 1), ("small", 0), ("", 3)):
        jobs.signals.clear()
        jobs.scheduler.setFilters({"ID": "overwritten"})
        jobs.scheduler.queryStudies(pattern)
        jobs.wait("Finished", 9)
        (detail,) = [one for one in jobs.of("progress") if one.jobType() == 2]
        assert detail.numberOfDataSets() == number, pattern


def test_refused_query_is_a_success_without_datasets(
    jobs: Jobs, orthanc: Any, tmp_path: Path
) -> None:
    """An AE title that Orthanc does not know: finished, no inserter, the reason only in the log."""
    fill(orthanc, tmp_path / "files", 3)
    jobs.server.callingAETitle = "STRANGER"
    jobs.scheduler.queryStudies("*")
    (job,) = jobs.wait("Finished", 2)
    assert job.referenceInserterJobUID() == "" and jobs.database.patients() == ()
    assert "ERROR: Find at study level failed" in job.logging()
    assert not jobs.of("Failed")


def test_a_query_is_lost_with_its_peer(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """After an abort a ctkDICOMQuery finds no network any more; a new one does."""
    import ctk

    def query_of(calling: str) -> Tuple[Any, List[str]]:
        query, errors = ctk.ctkDICOMQuery(), []
        query.host, query.port = "127.0.0.1", orthanc.dicom_port
        query.callingAETitle, query.calledAETitle = calling, orthanc.aet
        assert query.connect("error(QString)", errors.append)
        return query, errors

    query, errors = query_of("STRANGER")
    assert query.queryStudies("*")
    query.callingAETitle = orthanc.calling_aet
    assert not query.queryStudies("*") and errors[-1] == "Error initializing the network"
    fresh, errors = query_of(orthanc.calling_aet)
    assert fresh.queryStudies("*") and errors == []


def test_four_attempts_and_then_failed(jobs: Jobs, tmp_path: Path) -> None:
    """Nobody listens: three jobAttemptFailed, one jobFailed, each a job of its own."""
    from Support.process.ports import release_port, reserve_port

    port = reserve_port()
    jobs.server.port = port
    jobs.scheduler.queryStudies("*")
    (failed,) = jobs.wait("Failed", 2)
    attempts = jobs.of("AttemptFailed")
    assert len(attempts) == 3 and len({d.JobUID() for d in [*attempts, failed]}) == 4
    logs = "".join(job.logging() for job in [*attempts, failed])
    assert "Connection refused" in logs  # a log is its thread's, not its job's
    release_port(port)


def test_stopped_job_is_told_and_a_cancelled_query_stays_so(
    jobs: Jobs, orthanc: Any, tmp_path: Path
) -> None:
    """stopAllJobs gives jobUserStopped; ctkDICOMQuery.cancel() is for good."""
    import ctk

    fill(orthanc, tmp_path / "files", 60, patients=1)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 9)
    (study,) = jobs.database.studiesForPatient("1")
    jobs.scheduler.retrieveStudy("", study)
    stopped = jobs.scheduler.stopAllJobs(True)
    assert len(stopped) == 1
    assert jobs.wait("UserStopped", 5)[0].JobUID() == stopped[0]
    query = ctk.ctkDICOMQuery()
    query.host, query.port = "127.0.0.1", orthanc.dicom_port
    query.callingAETitle, query.calledAETitle = orthanc.calling_aet, orthanc.aet
    assert query.queryStudies("*")
    query.cancel()
    assert query.wasCanceled() and not query.queryStudies("*")


def test_get_is_a_success_after_failed_sub_operations(
    jobs: Jobs, orthanc: Any, tmp_path: Path
) -> None:
    """An instance of a class that is not proposed does not come, and nobody says so."""
    import pydicom

    files = write_small_instances(tmp_path / "files", 3)
    odd = pydicom.dcmread(files[0])
    odd.SOPClassUID = odd.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.30"
    odd.save_as(files[0])  # Parametric Map: not among DCMTK's 120 classes
    orthanc.store(*files)
    jobs.scheduler.maximumNumberOfRetry = 0
    study, series = odd.StudyInstanceUID, odd.SeriesInstanceUID
    jobs.scheduler.retrieveSeries("", study, series)
    standin = jobs.standin
    assert standin.process_events(lambda: jobs.of("Finished") or jobs.of("Failed"), 20)
    standin.process_events(seconds=1)
    arrived = len(jobs.database.filesForSeries(series))
    assert arrived < 3 and bool(arrived) == bool(jobs.of("Finished"))


def test_move_has_no_inserter(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """C-MOVE to nobody fails; it would end without an inserter's job in any case."""
    files = fill(orthanc, tmp_path / "files", 2, patients=1)
    import pydicom

    header = pydicom.dcmread(files[0], stop_before_pixels=True)
    jobs.scheduler.maximumNumberOfRetry = 0
    jobs.server.setRetrieveProtocolAsString("CMOVE")
    jobs.server.moveDestinationAETitle = "NOWHERE"
    assert jobs.server.retrieveProtocol == jobs.server.CMOVE
    jobs.scheduler.retrieveStudy("", header.StudyInstanceUID)
    jobs.wait("Failed", 5)
    assert jobs.scheduler.numberOfJobs == 1


def test_two_trusted_servers_are_asked_both(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """A job for each trusted server; PythonQt cannot name one, nor a priority."""
    fill(orthanc, tmp_path / "files", 3)
    second = jobs.server.clone()
    second.connectionName = "second"
    jobs.scheduler.addServer(second)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 2, 2)
    second.trustedEnabled = False
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 2, 3)
    for more in ((2,), (2, ["second"])):
        with pytest.raises(ValueError, match="queryStudies"):
            jobs.scheduler.queryStudies("*", *more)
    with pytest.raises(ValueError, match="keyword"):
        jobs.scheduler.queryStudies(patientID="*")


def test_blocking_query_fills_a_scratchopen_database(
    jobs: Jobs, orthanc: Any, tmp_path: Path
) -> None:
    """query(db): studies and series; counts are asked for and not kept; pairs are tuples."""
    import ctk

    fill(orthanc, tmp_path / "files", 3)
    query, texts, numbers, ends = ctk.ctkDICOMQuery(), [], [], []
    query.host, query.port = "127.0.0.1", orthanc.dicom_port
    query.callingAETitle, query.calledAETitle = orthanc.calling_aet, orthanc.aet
    assert query.connect("progress(QString)", texts.append)
    assert query.connect("progress(int)", numbers.append)
    assert query.connect("done(bool)", ends.append)
    assert query.query(jobs.database) and ends == [True] and numbers[-1] == 100
    assert jobs.database.seriesCount() == 3 and len(query.studyAndSeriesInstanceUIDQueried) == 3
    assert query.queryStudies("*")
    with pytest.raises(ValueError, match="unknown to PythonQt"):
        query.jobResponseSets()[0].datasets()
    for misused in ("setHost", "preferCGET"):
        with pytest.raises(AttributeError):
            getattr(query, misused)
    with pytest.raises(AttributeError, match="not allowed"):
        query.preferCGET = True


def test_echo_hides_the_calling_title(jobs: Jobs, orthanc: Any) -> None:
    """ctkDICOMEcho calls itself ANY-SCU whatever it was told."""
    import ctk

    echo = ctk.ctkDICOMEcho()
    echo.host, echo.port, echo.calledAETitle = "127.0.0.1", orthanc.dicom_port, orthanc.aet
    echo.callingAETitle = "STRANGER"
    assert echo.echo()
    echo.port = orthanc.http_port
    assert not echo.echo()
    jobs.scheduler.echo(jobs.server)
    jobs.wait("Finished", 10)


def test_main_thread_stays_free(jobs: Jobs, orthanc: Any, tmp_path: Path) -> None:
    """Jobs run in threads: a timer in the main thread goes on while they do."""
    import qt

    fill(orthanc, tmp_path / "files", 120, patients=1)
    jobs.scheduler.queryStudies("*")
    jobs.wait("Finished", 9)
    gaps, last, timer = [0.0], [time.monotonic()], qt.QTimer()

    def tick() -> None:
        gaps.append(time.monotonic() - last[0])
        last[0] = time.monotonic()

    timer.connect("timeout()", tick)
    timer.start(10)
    jobs.scheduler.retrieveStudy("", jobs.database.studiesForPatient("1")[0])
    jobs.wait("Finished", 9, 2)
    assert max(gaps) < 1.0 and jobs.database.imagesCount() == 120
