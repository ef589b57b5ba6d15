"""ctkDICOMIndexer: files into a database, waiting or in the background.

After ctkDICOMIndexer.cpp: the worker writes through a connection of its own, so that the database
object given to it only tells databaseChanged(); counts are of what is new.
"""

from __future__ import annotations

import atexit
import collections
import os
import threading
import warnings
import weakref
from pathlib import Path
from typing import Any, Deque, Iterator, List, NamedTuple, Tuple

import pydicom
from PySide6 import QtCore
from PySide6.QtCore import QObject, Signal

from Support.slicer_stand_in import dicom_store_changes
from Support.slicer_stand_in.ctk_properties import kept, plain_property, read_only
from Support.slicer_stand_in.dicom_item import Item
from Support.slicer_stand_in.dicom_store import Store, logger
from Support.slicer_stand_in.qt_signals import weak_slot

_run_loop = QtCore.QEventLoop.exec
LOOK_MS = 5
_ending: List[bool] = []  # filled when Python ends, where everything goes in any order
atexit.register(_ending.append, True)
TABLES = ("Patients", "Studies", "Series", "Images")


class Request(NamedTuple):
    """One addFile, addListOfFiles or addDirectory."""

    paths: Tuple[str, ...]
    folder: str
    copy: bool
    hidden: bool
    follow: bool

    def files(self) -> Iterator[str]:
        """All files asked for; the parts of a folder are walked through here."""
        yield from self.paths
        for folder, folders, names in os.walk(self.folder, followlinks=self.follow):
            if not self.hidden:  # QDirIterator goes into no hidden folder then
                for found in (folders, names):
                    found[:] = [name for name in found if not name.startswith(".")]
            folders.sort()
            for name in sorted(names):
                yield os.path.join(folder, name)


class Worker:
    """What the thread works on.  It does not hold the indexer: letting that go ends the import."""

    def __init__(self) -> None:
        self.requests: Deque[Request] = collections.deque()
        self.mail: Deque[Tuple[str, Tuple[Any, ...]]] = collections.deque()
        self.stop = threading.Event()
        self.filename = ""

    def work(self) -> None:
        """The thread."""
        self._post("updatingDatabase", True)
        store = Store()
        store.open(self.filename)
        before = [store.count(table) for table in TABLES]
        while self.requests and not self.stop.is_set():
            self._post("progressStep", "Parsing DICOM files")
            self._post("progress", 0)
            self._index(store, self.requests.popleft())
        if self.stop.is_set():
            self.requests.clear()
        self._post("progressStep", "Updating database displayed fields")
        self._post("progress", 95)
        dicom_store_changes.update_displayed_fields(store)
        added = [store.count(table) - count for table, count in zip(TABLES, before)]
        store.close()
        self._post("updatingDatabase", False)
        self._post("progress", 100)
        self._post("progressStep", "Indexing complete")
        self._post("indexingComplete", *added)

    def _index(self, store: Store, request: Request) -> None:
        known = {store.absolute(path) for path in store.column("SELECT Filename FROM Images")}
        read: List[Tuple[Item, str, bool]] = []
        paths = list(request.files())
        for index, path in enumerate(paths):
            if self.stop.is_set():
                break
            self._post("progress", int(95 * index / len(paths)))
            self._post("progressDetail", path)
            if path in known:
                continue
            item = Item.from_file(path)
            if item is None:
                logger.warning("Could not read DICOM file:%s", path)
            else:
                read.append((item, path, request.copy))
        self._post("progressStep", "Updating database fields")
        store.insert_items(read)

    def _post(self, name: str, *arguments: Any) -> None:
        self.mail.append((name, arguments))


class ctkDICOMIndexer(QObject):
    """Adds files to a database (ctkDICOMIndexer.h)."""

    progress = Signal(int)
    progressStep = Signal(str)
    progressDetail = Signal(str)
    updatingDatabase = Signal(bool)
    indexingComplete = Signal(int, int, int, int)

    backgroundImportEnabled = plain_property("backgroundImportEnabled", False)
    followSymlinks = plain_property("followSymlinks", True)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._database: Any = None
        self._worker = Worker()
        self._indexing = False
        self._thread: Any = None
        self._look: Any = QtCore.QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.connect("timeout()", weak_slot(self, "_read_mail"))

    def __del__(self) -> None:
        gone = self.__dict__.get("_database") is not None and self._database() is None
        if gone and not _ending:
            warnings.warn(
                "a ctkDICOMIndexer outlived its database: Slicer would crash here",
                RuntimeWarning,
                stacklevel=2,
            )
        thread = self.__dict__.get("_thread")
        if thread is not None:
            self._worker.stop.set()
            thread.join(10)

    @read_only("importing")
    def importing(self) -> bool:
        return self._indexing

    def setDatabase(self, database: Any) -> None:
        self._database = None if database is None else weakref.ref(database)
        self._worker.filename = database.databaseFilename if database is not None else ""

    def database(self) -> Any:
        return kept(self._database, "the database of a ctkDICOMIndexer")

    def addFile(self, *arguments: Any) -> None:
        path, copy = self._given(arguments, (False,))
        self._add(Request((path,), "", bool(copy), True, True))

    def addListOfFiles(self, *arguments: Any) -> None:
        paths, copy = self._given(arguments, (False,))
        self._add(Request(tuple(paths), "", bool(copy), True, True))

    def addDirectory(self, *arguments: Any) -> None:
        folder, copy, hidden = self._given(arguments, (False, True))
        if os.path.exists(os.path.join(folder, "DICOMDIR")):
            self._add(Request(tuple(self._listed(folder)), "", bool(copy), True, True))
            return
        self._add(Request((), folder, bool(copy), bool(hidden), bool(self.followSymlinks)))

    def addDicomdir(self, *arguments: Any) -> bool:
        folder, copy = self._given(arguments, (False,))
        self._add(Request(tuple(self._listed(folder)), "", bool(copy), True, True))
        return True

    def _given(self, arguments: Tuple[Any, ...], defaults: Tuple[Any, ...]) -> Tuple[Any, ...]:
        """Both overloads of each add…: with the database first, or without it."""
        rest = arguments
        if arguments and isinstance(arguments[0], QObject):
            self.setDatabase(arguments[0])
            rest = arguments[1:]
        if not rest or len(rest) > 1 + len(defaults):
            raise ValueError("Called add…(…) with wrong number of arguments")
        return rest + defaults[len(rest) - 1 :]

    @staticmethod
    def _listed(folder: str) -> List[str]:
        """The files that a DICOMDIR names."""
        records = pydicom.dcmread(os.path.join(folder, "DICOMDIR")).get("DirectoryRecordSequence")
        names = [record.get("ReferencedFileID") for record in records or ()]
        parts = [[name] if isinstance(name, str) else list(name) for name in names if name]
        return [str(Path(folder, *part)) for part in parts]

    def _add(self, request: Request) -> None:
        self._worker.requests.append(request)
        if not self._indexing:
            self._indexing = True
            self._worker.stop.clear()
            self._thread = threading.Thread(target=self._worker.work, daemon=True)
            self._thread.start()
            self._look.start()
        if not self.backgroundImportEnabled:
            self.waitForImportFinished()

    def waitForImportFinished(self, msecTimeout: int = -1) -> None:
        """Spins an event loop of its own: other slots run meanwhile."""
        if not self._indexing:
            return
        loop = QtCore.QEventLoop()

        def quit_loop() -> None:
            loop.quit()

        self.connect("indexingComplete(int,int,int,int)", quit_loop)
        timer: Any = QtCore.QTimer()
        timer.setSingleShot(True)
        timer.connect("timeout()", quit_loop)
        if msecTimeout >= 0:
            timer.start(msecTimeout)
        _run_loop(loop)
        self.disconnect("indexingComplete(int,int,int,int)", quit_loop)

    def cancel(self) -> None:
        self._worker.stop.set()

    def _read_mail(self) -> None:
        if not self._indexing and not self._worker.mail:
            self._look.stop()
        while self._worker.mail:
            name, arguments = self._worker.mail.popleft()
            if name == "indexingComplete":
                self._indexing = False
            getattr(self, name).emit(*arguments)
            if name == "indexingComplete" and self._worker.requests and not self._indexing:
                self._add(self._worker.requests.popleft())
