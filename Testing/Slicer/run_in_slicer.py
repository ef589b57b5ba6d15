"""The contract of names and the panel's scenarios, inside Slicer.

    Slicer --no-splash --no-main-window --testing --additional-module-path <…>/OrthancConnect
           --python-script run_in_slicer.py [--without-server] [words of scenarios' names]

It also runs where there is a real ctk and PythonQt without Slicer (slicer-core on PYTHONPATH), and
in a plain Python with PySide6: what is missing is played by the stand-in. PEER_PYTHON names an
interpreter with pynetdicom. Needs Orthanc and nginx on this machine; `--without-server` runs what
needs none, and tells of the rest that it did not run. The lines are written into the file that
ORTHANCCONNECT_REPORT names as well, since Slicer has no output on Windows; the last ones are

    ORTHANCCONNECT SLICER TESTS: n passed, m failed[, k not run]
    ORTHANCCONNECT SLICER TESTS PASSED                (only when m is 0)

Two at once need a USER each: Slicer's temporary folder, and with it the test's database, is named
after it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, List, Optional, Tuple

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING, TESTING / "Panel"):
    sys.path.insert(0, str(_folder))
# Last: inside Slicer it is the module that Slicer loaded, from a build tree or a package as well.
sys.path.append(str(TESTING.parent / "OrthancConnect"))

from Support.scenarios.context import ScenarioContext  # noqa: E402
from Support.scenarios.files import (  # noqa: E402
    Report,
    check_contract,
    chosen,
    find_scenarios,
    run_scenario,
    split_words,
)
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402


def peer_python() -> str:
    """An interpreter with pynetdicom, which Slicer's own Python has not."""
    return asked_python() or shutil.which("python3") or ""


def asked_python() -> str:
    """The interpreter that the environment names."""
    asked = [os.environ.get(name) for name in ("PEER_PYTHON", "ORTHANCCONNECT_PYTHON")]
    return next((python for python in asked if python), "")


class RealSlicer:
    """Slicer itself, with what it asked of a person written down."""

    def __init__(self) -> None:
        import slicer

        self.name = f"Slicer {slicer.app.applicationVersion}, {slicer.modules.orthancconnect.path}"
        self.questions: List[str] = []
        display = slicer.util._messageDisplay

        def record(level: int, text: str, answer: Any, *rest: Any, **more: Any) -> Any:
            if not more.get("mainWindowNeeded", bool(rest)):
                self.questions.append(text)
            return display(level, text, answer, *rest, **more)

        slicer.util._messageDisplay = record
        module = slicer.modules.DICOMInstance
        module.performPostModuleDiscoveryTasks()

    def reset(self) -> None:
        """As Slicer was when it had started: no listener, no database, no settings of ours."""
        import qt
        import slicer

        del self.questions[:]
        slicer.modules.DICOMInstance.stopListener()
        slicer.mrmlScene.Clear(0)
        settings = qt.QSettings()
        for key in ("OrthancConnect", "StoragePort", "ServerNodes", "DICOM/ServerNodes"):
            settings.remove(key)
        folder = Path(slicer.dicomDatabase.databaseFilename or "/").parent
        slicer.dicomDatabase.closeDatabase()
        if Path(slicer.app.temporaryPath) in folder.parents:
            shutil.rmtree(folder, ignore_errors=True)

    def close(self, failures: int) -> None:
        """End Slicer with the exit code."""
        import slicer

        slicer.util.exit(slicer.util.EXIT_FAILURE if failures else slicer.util.EXIT_SUCCESS)


class PlayedSlicer:
    """The stand-in, with the real qt and ctk where they are: a fresh one for each scenario."""

    def __init__(self) -> None:
        try:
            import ctk
            import qt

            self._modules: Tuple[Any, Any] = (qt, ctk)
            self.name = "the stand-in's slicer on the real qt and ctk"
        except ImportError:
            self._modules = (None, None)
            self.name = "the stand-in"
        self._standin: Any = None
        self.reset()

    @property
    def questions(self) -> List[Any]:
        """What waited, or would have waited, for a person."""
        asked = [message for message in self._standin.messages if message.asks]
        return [*self._standin.modal_events, *asked]

    def reset(self) -> None:
        """A Slicer that has just started."""
        from Support import slicer_stand_in

        if self._standin is not None:
            self._standin.close()
        self._standin = slicer_stand_in.install(*self._modules, python=worker_python())
        self._standin.start_up()

    def close(self, failures: int) -> None:
        """End with the exit code."""
        self._standin.close()
        sys.stdout.flush()
        sys.exit(1 if failures else 0)


def worker_python() -> str:
    """What PythonSlicer is: an interpreter that needs no PYTHONPATH to have the packages."""
    own = sys.executable or ""
    return asked_python() or (own if "python" in os.path.basename(own).lower() else peer_python())


def runtime() -> Any:
    """Slicer where this runs in it, else the stand-in."""
    try:
        import slicer
    except ImportError:
        return PlayedSlicer()
    return RealSlicer() if hasattr(slicer, "app") else PlayedSlicer()


def say(line: str) -> None:
    """Print a line, and write it into the report's file where one is named."""
    print(line, flush=True)
    if os.environ.get("ORTHANCCONNECT_REPORT"):
        with open(os.environ["ORTHANCCONNECT_REPORT"], "a", encoding="utf-8") as file:
            file.write(line + "\n")


def main() -> None:
    """Check the contract, run the scenarios, say the sum."""
    options, words = split_words(sys.argv[1:])
    place = runtime()
    report = Report(say)
    say(f"OrthancConnect's scenarios in {place.name}, Python {sys.version.split()[0]}")
    with ExitStack() as stack:
        server: Optional[PrivateOrthanc] = None
        if "--without-server" not in options:
            server = stack.enter_context(PrivateOrthanc())
        check_contract(report, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        for name, scenario in chosen(find_scenarios(), words).items():
            if server is not None:
                server.reset()
            place.reset()
            run_scenario(
                report,
                name,
                scenario,
                lambda folder: ScenarioContext(
                    server, folder, peer_python(), dialogs=lambda: list(place.questions)
                ),
            )
    place.close(report.close())


main()
