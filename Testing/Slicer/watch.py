"""The panel's scenarios in a second Slicer, for the person who chose *Reload and Test*.

That Slicer has settings and a database for the test alone: the servers, settings and images of the
first one stay as they are. Run by `OrthancConnectTest`; CTest runs `run_in_slicer.py` itself.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SENTINEL = "ORTHANCCONNECT SLICER TESTS PASSED"


def watch() -> str:
    """Run them to their end while this Slicer stays usable; return what the other one printed."""
    import slicer

    # Slicer restarts itself in the same way: not each one has a launcher.
    program = slicer.app.launcherExecutableFilePath
    if not Path(program).is_file():
        program = slicer.app.applicationFilePath()
    command = [program, "--no-splash", "--testing"]
    command += ["--additional-module-path", str(HERE.parents[1] / "OrthancConnect")]
    command += ["--python-script", str(HERE / "run_in_slicer.py")]
    with tempfile.TemporaryFile() as output:
        second = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=slicer.util.startupEnvironment(),
        )
        while True:
            try:
                second.wait(0.02)
                break
            except subprocess.TimeoutExpired:
                slicer.app.processEvents()
        output.seek(0)
        return output.read().decode(errors="replace")
