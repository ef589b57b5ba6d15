"""The rules of the house, applied to the tree, and to samples that must be caught."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from Support.process import summary
from Support.rules import house as house_rules
from Support.rules import package as package_rules

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "OrthancConnect"


def read(path: str) -> str:
    return (REPOSITORY / path).read_text(encoding="utf-8")


def sources(folder: Path) -> dict[str, str]:
    """Text of all Python files below a folder, by path below it."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def core() -> dict[str, str]:
    """Modules of Core by path."""
    found = sources(MODULE / house_rules.CORE)
    assert {"shared/errors.py", "network/transport.py", "orthanc/client.py"} <= set(found)
    return found


@pytest.fixture(scope="module")
def shipped() -> dict[str, str]:
    found = sources(MODULE)
    assert "OrthancConnectCore/__init__.py" in found
    return found


# The tree --------------------------------------------------------------------------------------


def test_core_is_headless(core: dict[str, str]) -> None:
    assert [line for name, text in core.items() for line in house_rules.headless(name, text)] == []


def test_the_module_file_is_light() -> None:
    assert house_rules.file_scope(read("OrthancConnect/OrthancConnect.py")) == []


def test_what_slicer_loads_runs_nothing_and_imports_nothing_of_others(
    shipped: dict[str, str],
) -> None:
    """Slicer's process loads Lib and Core's shared; pydicom and the like are the worker's."""
    ours = ("slicer", "qt", "ctk", "vtk", "DICOMLib", house_rules.CORE, house_rules.LIB)
    rooms = (f"{house_rules.LIB}/", f"{house_rules.CORE}/shared/")
    loaded = {name: text for name, text in shipped.items() if name.startswith(rooms)}
    assert len(loaded) > 80
    found = {name: house_rules.file_scope(text, ours) for name, text in loaded.items()}
    assert {name: broken for name, broken in found.items() if broken} == {}


def test_the_worker_imports_only_what_slicer_brings(core: dict[str, str]) -> None:
    """The optional packages are imported where they are needed, and absent without harm."""
    brought = ("pydicom", "urllib3", "requests", "cryptography", house_rules.CORE)
    found = {name: house_rules.file_scope(text, brought) for name, text in core.items()}
    lines = [line for broken in found.values() for line in broken if " imports " in line]
    assert lines == []


def test_no_styling_fights_slicers_themes() -> None:
    forms = {path.name: path.read_text(encoding="utf-8") for path in MODULE.rglob("*.ui")}
    styled = {**sources(MODULE / house_rules.LIB), **forms}
    assert len(forms) > 10
    assert [line for one in styled.items() for line in house_rules.styling(*one)] == []


def test_lib_has_its_owners_and_its_borders() -> None:
    assert house_rules.library(sources(MODULE / house_rules.LIB)) == []


def test_no_certificate_check_is_switched_off(shipped: dict[str, str]) -> None:
    assert [line for name, text in shipped.items() for line in house_rules.trust(name, text)] == []


def test_docstrings_tell_the_errors(core: dict[str, str]) -> None:
    kinds = house_rules.error_kinds(core["shared/errors.py"])
    assert len(kinds) > 20
    assert [
        line for name, text in core.items() for line in house_rules.docstrings(name, text, kinds)
    ] == []


def test_no_private_name_of_a_library_is_touched(shipped: dict[str, str]) -> None:
    assert house_rules.private_names(shipped) == []


def test_no_source_is_longer_than_a_room(shipped: dict[str, str]) -> None:
    tests = {f"Testing/{name}": text for name, text in sources(REPOSITORY / "Testing").items()}
    assert package_rules.lengths({**shipped, **tests}) == []


def test_cmake_names_every_shipped_file() -> None:
    listed = package_rules.listed_files(read("OrthancConnect/CMakeLists.txt"))
    assert package_rules.completeness(listed, package_rules.shipped_files(MODULE)) == []


def test_s4ext_and_cmake_tell_the_same() -> None:
    assert package_rules.same_metadata(read("CMakeLists.txt"), read("OrthancConnect.s4ext")) == []


def test_the_catalogue_entry_is_valid() -> None:
    entry = json.loads(read("Resources/OrthancConnect.json"))
    cmake = read("CMakeLists.txt")
    assert package_rules.catalogue_entry("OrthancConnect.json", entry, cmake) == []
    assert entry["category"] == package_rules.cmake_values(cmake)["EXTENSION_CATEGORY"][0]
    assert entry["scm_url"] == package_rules.s4ext_values(read("OrthancConnect.s4ext"))["scmurl"]


def test_the_pictures_of_the_catalogue_are_in_the_tree() -> None:
    values = package_rules.cmake_values(read("CMakeLists.txt"))
    addresses = values["EXTENSION_ICONURL"] + " ".join(values["EXTENSION_SCREENSHOTURLS"]).split()
    assert len(addresses) >= 2
    assert package_rules.raw_addresses(addresses, REPOSITORY) == []


def test_the_icon_is_128_pixels_wide_and_high() -> None:
    for path in (
        "Resources/OrthancConnect.png",
        "OrthancConnect/Resources/Icons/OrthancConnect.png",
    ):
        header = (REPOSITORY / path).read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert (header[16:20], header[20:24]) == ((128).to_bytes(4, "big"),) * 2


def test_the_version_stands_in_one_place_and_in_the_changelog() -> None:
    (version,) = re.findall(
        r'^__version__ = "([^"]+)"$', read(f"OrthancConnect/{house_rules.CORE}/__init__.py"), re.M
    )
    newest = re.findall(r"^## (\S+)", read("CHANGELOG.md"), re.M)[0]
    project = read("pyproject.toml")
    assert version == newest
    assert 'dynamic = ["version"]' in project
    assert f'path = "OrthancConnect/{house_rules.CORE}/__init__.py"' in project
    assert not re.search(r"^version\s*=", project, re.M)


def test_the_licence_is_the_whole_apache_2() -> None:
    text = read("LICENSE")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_ci_runs_what_the_readme_says() -> None:
    assert "bash Testing/test.sh" in read(".ci/run")
    assert (REPOSITORY / ".ci/run").stat().st_mode & 0o111


def test_the_shell_scripts_parse() -> None:
    scripts = [*sorted((REPOSITORY / "Testing").glob("*.sh")), REPOSITORY / ".ci/run"]
    assert len(scripts) >= 3
    for script in scripts:
        subprocess.run(["bash", "-n", str(script)], check=True)


# The rules themselves --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "import slicer",
        "def f():\n    import qt.QtCore",
        "from OrthancConnectLib.logic.logic import logic",
        "from importlib import import_module\nimport_module('ctk')",
        "try:\n    from vtk import vtkObject\nexcept ImportError:\n    pass",
    ],
)
def test_an_import_of_slicers_runtime_is_caught(text: str) -> None:
    assert len(house_rules.headless("scan", text)) == 1
    assert house_rules.headless("scan", "import slicer_like, requests\nx = 'import qt'") == []


@pytest.mark.parametrize(
    "text",
    [
        "import qt",
        "import requests",
        "from OrthancConnectLib.logic.logic import Logic",
        "import os\nos.environ['A'] = 'b'\nprint(os)",
        "for i in range(3):\n    pass",
    ],
)
def test_a_heavy_module_file_is_caught(text: str) -> None:
    assert len(house_rules.file_scope(text)) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("panels/query.py", "button.styleSheet = 'background-color: palette(highlight);'"),
        ("panels/query.py", "TONE = '#ff0000'"),
        ("panels/style.py", "SHEET = 'QLabel { background: red }'"),
        ("form.ui", '<property name="styleSheet"><string>color: red</string></property>'),
    ],
)
def test_styling_of_its_own_is_caught(name: str, text: str) -> None:
    assert len(house_rules.styling(name, text)) == 1
    assert house_rules.styling("panels/style.py", "C = '#ff0000'\nB = 'font-weight: bold;'") == []


def test_a_light_module_file_is_allowed() -> None:
    text = '"""D."""\nimport os\nfrom slicer.i18n import tr as _\nA = 1\ndef f():\n    import qt\n'
    text += "from .here import a\nif A:\n    import sys\n"
    assert house_rules.file_scope(text) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("logic/logic.py", "slicer.dicomDatabase.isOpen"),
        ("adapters/listener.py", "getattr(slicer, 'dicomDatabase', None)"),
        ("adapters/listener.py", "ctk.ctkDICOMScheduler()"),
        ("logic/query.py", "qt.QMessageBox.warning(None, '', '')"),
        ("logic/logic.py", "slicer.util.errorDisplay('no')"),
        ("panels/query.py", "self._logic.adapters.worker.request()"),
        ("panels/query.py", "def f(logic):\n    return logic.adapters"),
    ],
)
def test_a_foreign_hand_in_lib_is_caught(name: str, text: str) -> None:
    assert len(house_rules.library({name: text})) == 1
    owners = {
        "adapters/database.py": "slicer.dicomDatabase",
        "adapters/ctk_dimse/query.py": "ctk.ctkDICOMQuery()",
        "panels/query.py": "qt.QMessageBox.warning(None, '', '')",
    }
    assert house_rules.library(owners) == []


@pytest.mark.parametrize(
    "text",
    [
        "session.get(url, verify=False)",
        "session.verify = False",
        "kwargs['verify'] = False",
        "kwargs = {'verify': False}",
        "context.verify_mode = ssl.CERT_NONE",
        "from ssl import _create_unverified_context",
        "conn.cert_reqs = 'CERT_NONE'",
        "urllib3.disable_warnings()",
        "reply.ignoreSslErrors()",
        "context.check_hostname = False",
    ],
)
def test_a_certificate_check_switched_off_is_caught(text: str) -> None:
    assert len(house_rules.trust("transport.py", text)) == 1


def test_a_kept_certificate_check_is_allowed() -> None:
    assert (
        house_rules.trust("rest.py", "session.get(url, verify=ca)\nverify = True\nretry = False")
        == []
    )
    assert house_rules.trust("tls.py", "context.check_hostname = False") == []


RAISES = "D.\n\nRaises\n------\nInputError\n    W.\n\nNotes\n-----\nTrustError\n"


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    pass",
        "class A:\n    'D.'\n    def f(self):\n        pass",
        "def f():\n    'D.'\n    raise InputError('x', 'y')",
        "def f():\n    'InputError.'\n    if f:\n        raise errors.InputError('x') from None",
        "class A:\n    'D.'\n    def __init__(self):\n        raise InputError('x')",
        f"def f():\n    {RAISES!r}\n    raise TrustError('x')",
        f"class A:\n    {RAISES!r}\n    def __post_init__(self):\n        raise TrustError('x')",
    ],
)
def test_an_untold_error_is_caught(text: str) -> None:
    assert len(house_rules.docstrings("scan", text, {"InputError", "TrustError"})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def _f():\n    raise InputError('x')",
        "class _A:\n    def f(self):\n        raise InputError('x')",
        "def f():\n    'D.'\n    raise ValueError('x')",
        "def f():\n    'D.'\n    try:\n        g()\n    except InputError as e:\n        raise e",
        "def f():\n    'D.'\n    def inner():\n        raise InputError('x')\n    return inner",
        f"def f():\n    {RAISES!r}\n    raise InputError('x')",
        f"class A:\n    {RAISES!r}\n    def __init__(self):\n        raise InputError('x')",
    ],
)
def test_a_told_error_is_allowed(text: str) -> None:
    assert house_rules.docstrings("scan", text, {"InputError", "TrustError"}) == []


def test_the_kinds_of_errors_are_those_below_ours() -> None:
    text = (
        "class OrthancConnectError(Exception): pass\nclass A(OrthancConnectError): pass\n"
        "class B(A): pass\nclass Other(ValueError): pass"
    )
    assert house_rules.error_kinds(text) == {"OrthancConnectError", "A", "B"}


@pytest.mark.parametrize(
    "text",
    [
        "from http.client import _MAXLINE",
        "from urllib3.util._private import thing",
        "import pynetdicom._globals",
        "association.dul._run_loop_delay = 0",
        "getattr(session, '_adapters')",
        "class Ours(Theirs):\n    def f(self):\n        return self._is_connected",
        "class Ours(AE):\n    def _create_socket(self):\n        super()._create_socket()",
        "class Ours:\n    def f(self, other):\n        self._raw = 1\n        other._stream = 1",
    ],
)
def test_a_private_name_of_a_library_is_caught(text: str) -> None:
    others = {"ours.py": "class Base:\n    def __init__(self):\n        self._stream = None\n"}
    assert len(house_rules.private_names({**others, "new.py": text})) == 1


def test_private_names_of_ours_and_documented_ones_are_allowed() -> None:
    base = "class Base:\n    _count = 0\n    def _work(self):\n        self._stream = 1\n"
    text = (
        "from .base import Base, _helper\nfrom pynetdicom import _config\nimport os\n"
        "class Ours(Base):\n    _kind: str = ''\n    def f(self, other):\n"
        "        self._work()\n        return self._stream, other._kind, self._count\n"
        "row._replace(a=1)\nos._exit(1)\n_ = object().__class__\n"
    )
    assert house_rules.private_names({"base.py": base, "ours.py": text}) == []


def test_a_file_missing_in_cmake_is_caught() -> None:
    cmake = (
        "set(N a)\nset(MODULE_PYTHON_SCRIPTS\n  ${N}.py # the module\n  gone.py\n  # b.py\n  )\n"
    )
    listed = package_rules.listed_files(cmake)
    assert listed == ["a.py", "gone.py"]
    broken = package_rules.completeness(listed + ["a.py"], {"a.py", "b.py"})
    assert [line.rpartition(": ")[2] for line in broken] == ["b.py", "gone.py", "a.py"]


def test_the_list_can_be_written_from_the_tree(tmp_path: Path) -> None:
    for name in ("OrthancConnect.py", "Lib/b.py", "Resources/UI/c.ui", "Lib/__pycache__/b.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    cmake = package_rules.with_list(read("OrthancConnect/CMakeLists.txt"), tmp_path)
    assert package_rules.listed_files(cmake) == [
        *("OrthancConnect.py", "Lib/b.py", "Resources/UI/c.ui")
    ]
    assert package_rules.with_list(cmake, tmp_path) == cmake


def test_different_metadata_is_caught() -> None:
    cmake, s4ext = read("CMakeLists.txt"), read("OrthancConnect.s4ext")
    assert len(package_rules.same_metadata(cmake, s4ext.replace("Informatics", "DICOM"))) == 1
    assert len(package_rules.same_metadata(cmake.replace("by C-FIND", "by QIDO"), s4ext)) == 1
    assert len(package_rules.same_metadata("", "")) == 7


@pytest.mark.parametrize(
    ("change", "file_name"),
    [
        ({"category": "Nonsense"}, "OrthancConnect.json"),
        ({"scm_url": "git@github.com:a/SlicerB.git"}, "OrthancConnect.json"),
        ({"scm_url": "https://github.com/a/OrthancConnect"}, "OrthancConnect.json"),
        ({"tier": 6}, "OrthancConnect.json"),
        ({"extra": 1}, "OrthancConnect.json"),
        ({"enabled": "yes"}, "OrthancConnect.json"),
        ({}, "Other.json"),
    ],
)
def test_a_bad_catalogue_entry_is_caught(change: dict[str, object], file_name: str) -> None:
    entry = {**json.loads(read("Resources/OrthancConnect.json")), **change}
    assert len(package_rules.catalogue_entry(file_name, entry, read("CMakeLists.txt"))) == 1


def test_a_picture_elsewhere_is_caught(tmp_path: Path) -> None:
    raw = "https://raw.githubusercontent.com/a/SlicerB/main"
    (tmp_path / "notes.txt").touch()
    addresses = [f"{raw}/gone.png", f"{raw}/notes.txt", "https://github.com/a/SlicerB/x.png"]
    assert len(package_rules.raw_addresses(addresses, tmp_path)) == 3


def test_a_long_source_is_caught() -> None:
    assert package_rules.lengths({"a.py": "x\n" * 451, "b.py": "x\n" * 450}) == [
        "a.py has 451 lines"
    ]


def test_the_summary_counts_every_outcome_and_names_what_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = '<testcase classname="Testing.a" name="b"><failure message="one&#10;two"/></testcase>'
    cases = f"<testcase/>{failed}<testcase><skipped/></testcase>"
    (tmp_path / "Unit.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    (tmp_path / "Panel.xml").write_text("<testsuite><testcase/></testsuite>")
    assert summary.main(tmp_path, 3.5) == 1
    *told, last = capsys.readouterr().out.splitlines()
    assert told == ["FAILED  Unit: Testing.a::b", "        one", "        two"]
    assert last.strip("= ") == "1 failed, 2 passed, 1 skipped in 3.50s"
    (tmp_path / "Unit.xml").unlink()
    assert summary.main(tmp_path, 1) == 0
