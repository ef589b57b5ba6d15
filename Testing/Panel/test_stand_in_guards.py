"""What the stand-in refuses because it crashes Slicer (so nothing of this runs in a real one)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from stand_in_tools import open_database

from Support.data.dicom import write_small_instances


def test_two_stand_ins_are_refused(standin: Any) -> None:
    """A process has one Slicer."""
    from Support import slicer_stand_in

    with pytest.raises(RuntimeError, match="close"):
        slicer_stand_in.install()


def test_forgotten_references_are_errors(standin: Any, orthanc: Any, tmp_path: Path) -> None:
    """addServer and setDicomDatabase own nothing: what nobody keeps is a crash in Slicer."""
    import ctk

    scheduler = ctk.ctkDICOMScheduler()
    scheduler.setDicomDatabase(open_database(tmp_path))
    scheduler.addServer(ctk.ctkDICOMServer())
    with pytest.raises(RuntimeError, match="let it go"):
        scheduler.queryStudies("*")
    with pytest.raises(RuntimeError, match="let it go"):
        scheduler.dicomDatabase()


def test_connection_names_must_differ(standin: Any, tmp_path: Path) -> None:
    """A second object under a name takes it from the first; without names there is a warning."""
    import ctk

    first, second = ctk.ctkDICOMDatabase(), ctk.ctkDICOMDatabase()
    assert first.openDatabase(str(tmp_path / "a.sql"), "same")
    assert second.openDatabase(str(tmp_path / "b.sql"), "same")
    assert second.isOpen and not first.isOpen
    unnamed = [ctk.ctkDICOMDatabase() for _ in range(2)]
    with pytest.warns(RuntimeWarning, match="crashed Slicer"):
        for number, database in enumerate(unnamed):
            database.openDatabase(str(tmp_path / f"{number}.sql"))


def test_dropped_indexer_imports_no_more(standin: Any, tmp_path: Path) -> None:
    """A background import ends with its indexer, which somebody must keep."""
    import ctk

    write_small_instances(tmp_path / "files", 400)
    database, dropped = open_database(tmp_path), ctk.ctkDICOMIndexer()
    dropped.backgroundImportEnabled = True
    dropped.addDirectory(database, str(tmp_path / "files"))
    del dropped
    assert database.imagesCount() < 400


def test_indexer_must_not_outlive_its_database(standin: Any, tmp_path: Path) -> None:
    """~ctkDICOMIndexer disconnects from its database: gone by then, it is a crash."""
    import ctk

    write_small_instances(tmp_path / "files", 1)
    for careful in (True, False):
        database, indexer = open_database(tmp_path, f"{careful}.sql"), ctk.ctkDICOMIndexer()
        indexer.addDirectory(database, str(tmp_path / "files"))
        if careful:
            indexer.setDatabase(None)
        del database
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            del indexer
        assert bool(told) is not careful
