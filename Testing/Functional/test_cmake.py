"""CMake configures, builds and installs the extension, on a stand-in for Slicer's build tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

from Support.process.worker import Process
from Support.rules import package as package_rules
from Support.rules import words

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD_TREE = REPOSITORY / "Testing" / "Support" / "slicer_build"


def cmake(*arguments: object) -> str:
    """Run CMake; what it says is the reason where it fails. No compiler is needed."""
    command = ["cmake", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def configure(source: Path, build: Path) -> str:
    compilers = [
        f"-DCMAKE_{language}_COMPILER{more}"
        for language in ("C", "CXX")
        for more in (f"={shutil.which('true')}", "_FORCED=ON")
    ]
    lrelease = Path(PySide6.__file__).parent / "lrelease"
    options = [f"-DSlicer_DIR={BUILD_TREE}", f"-DLRELEASE={lrelease}", "-DBUILD_TESTING=ON"]
    options += compilers
    return cmake("-G", "Ninja", "-S", source, "-B", build, *options)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build tree."""
    folder = tmp_path_factory.mktemp("build")
    configure(REPOSITORY, folder)
    cmake("--build", folder)
    return folder


@pytest.fixture(scope="module")
def installed(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed folder of scripted modules."""
    prefix = tmp_path_factory.mktemp("Slicer")
    cmake("--install", build, "--prefix", prefix)
    [folder] = prefix.glob("lib/Slicer-*/qt-scripted-modules")
    return folder


def test_all_files_are_installed_and_the_same(installed: Path) -> None:
    module = REPOSITORY / "OrthancConnect"
    wanted = package_rules.shipped_files(module)
    assert package_rules.shipped_files(installed) == wanted and len(wanted) > 200
    for name in wanted:
        assert (installed / name).read_bytes() == (module / name).read_bytes(), name


def test_translations_are_compiled_and_installed(installed: Path) -> None:
    """To where the module loads them from; English needs none."""
    from PySide6.QtCore import QTranslator

    for file in words.files():
        translator = QTranslator()
        compiled = installed / "Resources" / "Translations" / file.with_suffix(".qm").name
        assert translator.load(str(compiled))
        for (context, source), told in list(words.read(file).items())[::50]:
            assert translator.translate(context, source) == told


def test_all_of_core_can_be_imported_from_it(installed: Path, tmp_path: Path) -> None:
    """In a Python that knows no other place of ours; pynetdicom and the like are optional."""
    script = (
        "import importlib, pkgutil, sys; sys.path.insert(0, sys.argv[1])\n"
        "import OrthancConnectCore as core\n"
        "found = pkgutil.walk_packages(core.__path__, 'OrthancConnectCore.')\n"
        "names = [one.name for one in found]\n"
        "for name in names: importlib.import_module(name)\n"
        "print(core.__file__, len(names))\n"
    )
    command = [sys.executable, "-I", "-W", "ignore", "-c", script, str(installed)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    where, number = ran.stdout.split()
    assert Path(where).parent == installed / "OrthancConnectCore" and int(number) > 100


def test_the_worker_runs_from_it(installed: Path, tmp_path: Path) -> None:
    with Process(tmp_path, PYTHONPATH=str(installed)) as worker:
        answer = worker.ask(1, "scan", paths=[str(installed / "OrthancConnect.py")])
    assert answer["result"]["files"] == 1, answer


def test_ctest_knows_our_tests(build: Path) -> None:
    """The module's own, the scenarios of the panel; Slicer's generic ones come with the macro."""
    command = ["ctest", "--test-dir", str(build), "--show-only=human"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "py_OrthancConnect\n" in told and "py_OrthancConnect_run_in_slicer\n" in told


def test_the_package_is_described_as_the_catalogue_is(build: Path) -> None:
    told = package_rules.s4ext_values((build / "OrthancConnect.s4ext").read_text(encoding="utf-8"))
    shipped = (REPOSITORY / "OrthancConnect.s4ext").read_text(encoding="utf-8")
    wanted = package_rules.s4ext_values(shipped)
    assert told and told == {keyword: wanted[keyword] for keyword in told}


def test_a_file_that_is_gone_is_noticed(tmp_path: Path) -> None:
    """The stand-in fails where Slicer would."""
    source = tmp_path / "source"
    module = source / "OrthancConnect"
    module.mkdir(parents=True)
    (source / "Testing").mkdir()
    (source / "Testing" / "CMakeLists.txt").touch()
    for name in ("CMakeLists.txt", "OrthancConnect/CMakeLists.txt"):
        shutil.copy(REPOSITORY / name, source / name)
    with pytest.raises(AssertionError, match="nonexistent file 'OrthancConnect.py'"):
        configure(source, tmp_path / "build")
