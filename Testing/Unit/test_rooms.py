"""Which way the rooms lean, applied to the tree, and to samples that must be caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from Support.rules import imports as rules
from Support.rules.house import CORE, LIB

MODULE = Path(__file__).resolve().parents[2] / "OrthancConnect"


def sources(package: str) -> dict[str, str]:
    """Text of a package's files, by path below it."""
    return {
        path.relative_to(MODULE / package).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((MODULE / package).rglob("*.py"))
        if "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def core() -> dict[str, str]:
    found = sources(CORE)
    assert {"__main__.py", "shared/errors.py", "network/transport.py", "upload/run.py"} <= set(
        found
    )
    return found


@pytest.fixture(scope="module")
def lib() -> dict[str, str]:
    found = sources(LIB)
    assert {"startup.py", "logic/logic.py", "panels/main.py"} <= set(found)
    return found


# The tree --------------------------------------------------------------------------------------


def test_cores_rooms_lean_downwards(core: dict[str, str]) -> None:
    assert rules.rooms(core) == []


def test_what_is_shared_needs_the_standard_library_alone(core: dict[str, str]) -> None:
    assert rules.standard_library_only(core) == []


def test_foreign_packages_have_their_rooms(core: dict[str, str]) -> None:
    assert rules.owners(core) == []


def test_libs_parts_keep_to_their_borders(lib: dict[str, str]) -> None:
    assert rules.borders(lib) == []


def test_there_is_no_circle(core: dict[str, str], lib: dict[str, str]) -> None:
    assert rules.circles(CORE, core) == []
    assert rules.circles(LIB, lib) == []


def test_a_package_says_what_it_is_and_loads_nothing(
    core: dict[str, str], lib: dict[str, str]
) -> None:
    packages = {
        name: text for name, text in {**core, **lib}.items() if name.endswith("__init__.py")
    }
    assert len(packages) > 10
    assert rules.packages(packages) == []


def test_a_file_does_not_repeat_its_folder(core: dict[str, str], lib: dict[str, str]) -> None:
    assert rules.names_of_files([*core, *lib]) == []


# The rules themselves --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shared/errors.py", "from ..network import tls"),
        ("network/transport.py", "from ..orthanc.client import OrthancClient"),
        ("orthanc/client.py", "import OrthancConnectCore.upload.run"),
        ("scan/tree.py", "def f():\n    from ..cli import output"),
        ("doctor/run.py", "from ..retrieve.plan import targets_of"),  # beside it
        ("worker/process.py", "from ..cli.output import Answer"),
        ("files.py", "from .scan import tree"),
        ("helpers/texts.py", "import json"),  # has no place
    ],
)
def test_an_arrow_that_leads_up_or_beside_is_caught(path: str, text: str) -> None:
    assert len(rules.rooms({path: text})) == 1


def test_arrows_downwards_and_within_a_room_are_allowed() -> None:
    modules = {
        "__init__.py": '__version__ = "1"',
        "__main__.py": "from .cli import grammar\nfrom . import __version__",
        "cli/upload.py": "from ..upload.job import store\nfrom .output import Answer",
        "upload/run.py": "from ..scan.tree import scan_tree\nfrom . import batch",
        "orthanc/client.py": "from ..dimse import faults\nfrom ..network import transport",
        "scan/archives/tar.py": "from ...shared import errors\nfrom .streams import Source",
    }
    assert rules.rooms(modules) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("orthanc/client.py", "import requests"),
        ("upload/run.py", "def f():\n    from pydicom import dcmread"),
        ("query/dicom.py", "from pynetdicom import AE"),
        ("shared/credentials.py", "import keyring.backends"),
    ],
)
def test_a_foreign_package_outside_its_rooms_is_caught(path: str, text: str) -> None:
    assert len(rules.owners({path: text})) == 1


def test_a_room_may_use_what_it_owns() -> None:
    modules = {
        "network/transport.py": "import requests.adapters",
        "scan/header.py": "from pydicom import dcmread",
        "dimse/services.py": "import pynetdicom, pydicom.dataset",
    }
    assert rules.owners(modules) == []


def test_a_foreign_package_in_what_is_shared_is_caught() -> None:
    assert len(rules.standard_library_only({"shared/query.py": "import requests, json"})) == 1
    assert rules.standard_library_only({"network/tls.py": "import requests"}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("panels/query.py", f"from {CORE}.orthanc.client import OrthancClient"),
        ("panels/query.py", "from ..adapters.worker_client import WorkerClient"),
        ("panels/query.py", "import socket"),
        ("panels/query.py", "from ..startup import make_panel"),
        ("logic/logic.py", "from ..panels.texts import counted"),
        ("logic/logic.py", "def f():\n    from ..adapters import database"),
        ("adapters/database.py", "from ..logic.tally import Tally"),
        ("protocols.py", "from .adapters.listener import Listener"),
        ("helpers.py", "import json"),  # has no place
        ("startup.py", f"from {CORE}.upload.run import upload"),
    ],
)
def test_a_crossed_border_in_lib_is_caught(path: str, text: str) -> None:
    assert len(rules.borders({path: text})) == 1


def test_libs_own_ways_are_allowed() -> None:
    modules = {
        "__init__.py": '"""D."""',
        "startup.py": "from .adapters.database import Database\nfrom .panels.main import Panel",
        "logic/logic.py": f"from ..protocols import Worker\nfrom {CORE}.shared import errors",
        "panels/query.py": "from ..logic.logic import Logic\nfrom .texts import counted\nimport qt",
        "adapters/ctk_dimse/query.py": "from ...signals import Signal\nfrom .jobs import Jobs",
    }
    assert rules.borders(modules) == []


def test_a_circle_is_caught_also_within_a_room() -> None:
    modules = {
        "upload/run.py": "from .batch import Batch",
        "upload/batch.py": "def f():\n    from . import rows",
        "upload/rows.py": "from ..upload.run import upload",
        "upload/known.py": "from .run import upload",
    }
    assert rules.circles(CORE, modules) == ["upload/batch.py ↔ upload/rows.py ↔ upload/run.py"]
    assert rules.circles(CORE, {**modules, "upload/rows.py": "import json"}) == []


def test_two_circles_are_two() -> None:
    modules = {
        "a.py": "from . import b",
        "b.py": "from .a import x",
        "c.py": "from . import d, a",
        "d.py": "from . import c",
    }
    assert rules.circles(CORE, modules) == ["a.py ↔ b.py", "c.py ↔ d.py"]


def test_a_package_that_loads_or_says_nothing_is_caught() -> None:
    broken = {"a/__init__.py": '"""D."""\nfrom .b import c', "b/__init__.py": ""}
    assert len(rules.packages(broken)) == 2
    assert rules.packages({"__init__.py": '"""D."""\n\n__version__ = "1"'}) == []


def test_a_name_that_stutters_is_caught() -> None:
    names = ["upload/upload_rows.py", "scan/scan.py", "panels/query_panel.py", "upload/rows.py"]
    assert len(rules.names_of_files(names)) == 3
