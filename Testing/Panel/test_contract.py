"""The contract of names: the extension keeps to it, and the stand-in fulfils it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Set

import pytest

from Support.rules.contract_usage import (
    dotted_names,
    own_names,
    unknown_attributes,
    unknown_names,
    unknown_signals,
)

EXTENSION = Path(__file__).resolve().parents[2] / "OrthancConnect"
SOURCES = [
    path for path in sorted(EXTENSION.rglob("*.py")) if "OrthancConnectCore" not in path.parts
]
FORMS = sorted(EXTENSION.rglob("*.ui"))
# Python's own, of objects that the sources get from their standard modules.
PYTHON_ATTRIBUTES = {
    *("bind", "getvalue", "setsockopt", "setter", "writerow", "fileno", "setblocking", "errno"),
    *("assertEqual", "assertFalse", "assertIn", "assertIsNotNone", "assertTrue", "delayDisplay"),
    *("categories", "contributors", "dependencies", "helpText", "acknowledgementText", "icon"),
    *(
        "resourcePath",
        "parent",
        "layout",
        "title",
        "GetName",
        "IsA",
        "GetID",
        "__dataclass_fields__",
    ),
    *("fullmatch", "sub", "hostname", "netloc", "isdisjoint", "st_mtime_ns"),
    *("GetItemAsObject", "GetNumberOfItems", "UnRegister"),  # VTK's own
    *("infolist", "external_attr"),  # of zipfile
    "loadSuccess",  # which DICOMLib sets on what a plugin offers
    *("fullmatch", "sub", "hostname", "netloc", "parents"),
    *("findall", "finditer", "findtext", "glob", "groups", "iter"),
    *("pthread_create", "pthread_detach"),  # the C library's, by ctypes
    # NumPy's and VTK's, which are the real ones everywhere.
    *("AllocateScalars", "SetDimensions", "SetElement", "get_vtk_array_type", "vtkImageData"),
    *("astype", "dtype", "fromfile", "is_integer", "max", "min", "reshape", "uint8", "view"),
    *("VTK_UNSIGNED_CHAR", "hex", "uuid4", "vtkMatrix4x4"),
    *("GetActualMemorySize", "GetColumn", "GetElement", "GetNumberOfColumns", "GetNumberOfRows"),
    *("GetNumberOfComponents", "GetScalars", "GetTuple1", "GetValue", "InsertNextValue"),
    *("MultiplyPoint", "newbyteorder", "tobytes", "vtk_to_numpy", "hexdigest", "int"),
    *("GetScalarRange", "GetScalarTypeAsString", "GetNumberOfScalarComponents"),
    *("array_equal", "isfinite", "all", "kind", "rint"),
    "astimezone",
    *(
        "strerror",
        "filename",
        "infolist",
        "external_attr",
        "st_mode",
        "st_size",
        "year",
        "month",
        "day",
        "isoformat",
        "total_seconds",
    ),
}


def _identifier(path: Path) -> str:
    return str(path.relative_to(EXTENSION))


@pytest.fixture(scope="module")
def own() -> Set[str]:
    """Give the names that the extension itself defines."""
    everything = [path.read_text(encoding="utf-8") for path in EXTENSION.rglob("*.py")]
    return own_names(everything, FORMS)


@pytest.mark.parametrize("source", SOURCES, ids=_identifier)
def test_source_keeps_to_the_contract(source: Path, own: Set[str]) -> None:
    """No name, signal or attribute of Slicer's runtime that the contract has not."""
    text = source.read_text(encoding="utf-8")
    assert unknown_names(text) == []
    assert unknown_signals(text) == []
    assert unknown_attributes(text, own, PYTHON_ATTRIBUTES) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import qt\nqt.QThread()", ["qt.QThread"]),
        ("import qt\nqt.QTimer.intervalAsDuration()", ["qt.QTimer.intervalAsDuration"]),
        ("import qt\nqt.QProcess.ProcessState.Running", ["qt.QProcess.ProcessState.Running"]),
        ("from ctk import ctkDICOMTester as T", ["ctk.ctkDICOMTester"]),
        ("import slicer\nslicer.util.plot()", ["slicer.util.plot"]),
        ("import slicer\nslicer.app.settings()", ["slicer.app.settings"]),
        ("import qt\nqt.QTimer.singleShot(0, f)\nqt.Qt.UserRole", []),
    ],
)
def test_unknown_names_are_found(text: str, found: List[str]) -> None:
    """The reader sees names outside the contract, scoped enumerators among them."""
    assert unknown_names(text) == found


def test_unknown_signals_and_attributes_are_found() -> None:
    """A misspelt signal, and a method that nobody has, are seen through variables."""
    text = "def f(button):\n    button.connect('pressed(int)', f)\n    button.setFoo(1)\n"
    assert unknown_signals(text) == ["pressed(int)"]
    assert unknown_attributes(text, {"connect"}, set()) == ["setFoo"]
    assert list(dotted_names("import qt\nqt.QTimer().start()")) == ["qt.QTimer"]


def test_stand_in_fulfils_the_contract(started: Any, tmp_path: Path) -> None:
    """Every name of the contract is there; the same check runs inside Slicer."""
    import ctk
    import DICOMLib
    import qt
    import SampleData
    import slicer

    from Support.rules.contract import check_contract

    DICOMLib.DICOMUtils.openTemporaryDatabase(str(tmp_path / "database"))
    missing, unchecked = check_contract(
        {module.__name__: module for module in (qt, ctk, slicer, DICOMLib, SampleData)}
    )
    assert [str(finding) for finding in missing] == []
    assert unchecked == []


def test_check_sees_what_is_missing(started: Any) -> None:
    """A runtime without a method, a property, a signal, a class: each is said."""
    import types

    from Support.rules.contract import check_contract

    class Timer:
        interval = 5
        active = False

        def connect(self, signature: str, slot: Any) -> bool:
            return False

    import qt

    fake = types.SimpleNamespace(**{**vars(qt), "QTimer": Timer})
    del fake.QFrame
    missing, unchecked = check_contract({"qt": fake})
    said = {str(finding) for finding in missing}
    assert "qt.QTimer has no method singleShot" in said
    assert "qt.QTimer has no signal timeout()" in said
    assert "qt has no class QFrame" in said
    assert not any("property interval" in sentence for sentence in said)
    assert "ctk.ctkDICOMDatabase" in unchecked
