"""What the tests of the stand-in share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

from Support.data.dicom import write_small_instances


def real_modules() -> Dict[str, Any]:
    """The real qt and ctk, where pytest runs in a program that embeds PythonQt."""
    if "PySide6" in sys.modules:
        return {}
    try:
        import ctk
        import qt
    except ImportError:
        return {}
    return {"qt_module": qt, "ctk_module": ctk}


def open_database(folder: Path, name: str = "ctkDICOM.sql") -> Any:
    import ctk

    database = ctk.ctkDICOMDatabase()
    assert database.openDatabase(str(folder / name), f"test-{folder.name}-{name}")
    return database


class Jobs:
    """A scheduler with all its signals recorded, and what must be kept with it."""

    def __init__(self, standin: Any, orthanc: Any, folder: Path) -> None:
        import ctk

        self.standin, self.database = standin, open_database(folder)
        self.server = ctk.ctkDICOMServer()
        self.server.connectionName, self.server.host = "orthanc", "127.0.0.1"
        self.server.port, self.server.calledAETitle = orthanc.dicom_port, orthanc.aet
        self.server.callingAETitle = orthanc.calling_aet
        self.scheduler = ctk.ctkDICOMScheduler()
        self.scheduler.setDicomDatabase(self.database)
        self.scheduler.addServer(self.server)
        self.signals: List[Tuple[str, Any]] = []
        for name in ("Started", "Finished", "Failed", "AttemptFailed", "UserStopped"):
            assert self.scheduler.connect(f"job{name}(QList<QVariant>)", self._recorder(name))
        signature = "progressJobDetail(QList<QVariant>)"
        assert self.scheduler.connect(signature, self._recorder("progress"))

    def _recorder(self, name: str) -> Any:
        return lambda details: self.signals.append((name, details))

    def of(self, name: str) -> List[Any]:
        return [detail for told, details in self.signals for detail in details if told == name]

    def wait(self, name: str, job_type: int, count: int = 1, seconds: float = 20) -> List[Any]:
        def found() -> List[Any]:
            return [detail for detail in self.of(name) if detail.jobType() == job_type]

        assert self.standin.process_events(lambda: len(found()) >= count, seconds), self.signals
        return found()


def fill(orthanc: Any, folder: Path, count: int = 30, patients: int = 3) -> List[Path]:
    files = write_small_instances(folder, count, patients=patients)
    orthanc.store(*files)
    return files
