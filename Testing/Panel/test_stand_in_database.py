"""The stand-in's database and indexer behave as ctk's, traps included."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import pytest
from stand_in_tools import open_database

from Support.data.dicom import write_small_instances


def test_database_gives_rows_tuples_and_dates(standin: Any, tmp_path: Path) -> None:
    """patients() are row numbers, lists are tuples, a file's date is DICOM's, missing is empty."""
    import ctk

    write_small_instances(tmp_path / "files", 6, patients=2)
    (tmp_path / "database").mkdir()
    indexer, database, counts = ctk.ctkDICOMIndexer(), open_database(tmp_path / "database"), []
    told: List[str] = []
    database.connect("seriesAdded(QString)", told.append)
    indexer.connect("indexingComplete(int,int,int,int)", lambda *new: counts.append(new))
    indexer.addDirectory(database, str(tmp_path / "files"))
    indexer.addDirectory(database, str(tmp_path / "files"))
    assert counts == [(2, 2, 2, 6), (0, 0, 0, 0)] and told == []
    assert database.patients() == ("1", "2")
    (study,) = database.studiesForPatient("1")
    (series,) = database.seriesForStudy(study)
    assert database.fieldForStudy("StudyDate", study) == "20260115"
    assert database.fieldForPatient("PatientID", "1").startswith("SMALL")
    assert database.fieldForSeries("EchoNumber", series) == "0"
    assert database.fieldForStudy("NoSuchField", study) == ""
    files = database.filesForSeries(series)
    assert isinstance(files, tuple) and len(files) == 3 and str(tmp_path / "files") in files[0]
    assert database.fileForInstance("1.2.3") == ""
    sop = database.instanceForFile(files[0])
    assert database.instanceValue(sop, "0010,0020") == database.fieldForPatient("PatientID", "1")
    there = [database.instanceValueExists(sop, tag) for tag in ("7FE0,0010", "7fe0,0008")]
    assert there == [True, False]
    database.removeSeries(series)
    assert database.patients() == ("2",) and Path(files[0]).exists()


def test_copied_files_belong_to_the_database(standin: Any, tmp_path: Path) -> None:
    """copyFile puts files under dicom/; a file that is no DICOM is left out without a word."""
    import ctk

    files = write_small_instances(tmp_path / "files", 3)
    (tmp_path / "files" / "notes.txt").write_text("not DICOM at all")
    database = open_database(tmp_path)
    ctk.ctkDICOMIndexer().addListOfFiles(database, [*map(str, files)], True)
    for path in files:
        path.unlink()
    (series,) = database.seriesForStudy(database.studiesForPatient("1")[0])
    copies = database.filesForSeries(series)
    linked = write_small_instances(tmp_path / "linked", 1, seed=5)[0]
    database.insert(str(linked), False, False)
    assert all(Path(path).is_file() and "/dicom/" in path for path in copies) and len(copies) == 3
    database.removeSeries(series)
    assert not any(Path(path).exists() for path in copies)
    # A link keeps its whole path; ctk looks it up by the relative one.
    assert database.seriesForFile(str(linked)) == ""
    (study,) = (one for row in database.patients() for one in database.studiesForPatient(row))
    database.removeStudy(study)
    assert linked.exists()
    ctk.ctkDICOMIndexer().addFile(database, str(linked))
    database.removeSeries(database.seriesForFile(str(linked)))
    assert not linked.exists()  # what was indexed in the database's folder counts as its own


def test_background_import(standin: Any, tmp_path: Path) -> None:
    """In the background it returns at once, and tells when all is in."""
    import ctk

    write_small_instances(tmp_path / "files", 400)
    indexer, database, counts = ctk.ctkDICOMIndexer(), open_database(tmp_path), []
    indexer.backgroundImportEnabled = True
    indexer.connect("indexingComplete(int,int,int,int)", lambda *new: counts.append(new))
    indexer.addDirectory(database, str(tmp_path / "files"))
    assert indexer.importing and not counts
    assert standin.process_events(lambda: counts, 20) and counts == [(1, 1, 1, 400)]
    assert not indexer.importing


def test_datasets_without_names_and_closed_databases(
    standin: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An empty patient ID becomes the study's UID; a database that cannot open says why."""
    import ctk
    import pydicom

    (path,) = write_small_instances(tmp_path / "files", 1)
    dataset = pydicom.dcmread(path)
    dataset.PatientID = dataset.PatientName = ""
    dataset.save_as(path)
    database = open_database(tmp_path)
    database.insert(str(path), False, False)
    (study,) = database.studiesForPatient("1")
    assert database.fieldForPatient("PatientID", "1") == study
    closed = ctk.ctkDICOMDatabase()
    assert not closed.openDatabase(str(tmp_path / "no" / "such" / "x.sql"), "closed")
    assert not closed.isOpen and "unable to open" in closed.lastError
    assert closed.patients() == () and "SQL failed" in capfd.readouterr().err
