"""What Slicer's reviewers and its menus ask of a module, on the stand-in for Slicer's runtime."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator, List

import pytest
from stand_in_tools import real_modules

EXTENSION = Path(__file__).resolve().parents[2] / "OrthancConnect" / "OrthancConnect.py"


@pytest.fixture
def by_hand() -> Iterator[Any]:
    """A Slicer that a person has started: not one with --testing."""
    from Support import slicer_stand_in

    placed = slicer_stand_in.install(**real_modules(), testing=False)
    placed.start_up()
    placed.load_module(EXTENSION)
    yield placed
    placed.close()


def test_the_module_says_what_it_is(by_hand: Any) -> None:
    """Slicer's own generic test fails where one of these is empty."""
    import slicer

    module = slicer.modules.orthancconnect
    assert module.title == "Orthanc Connect" and tuple(module.contributors)
    assert "https://github.com/OrthancConnect/SlicerOrthancConnect" in module.helpText
    assert "doi:10.1007/s10278-018-0082-y" in module.acknowledgementText


def test_nothing_is_contacted_before_the_person_says_so(by_hand: Any) -> None:
    """Slicer has started and the panel is open: there is no server, and nothing listens."""
    import slicer

    widget = slicer.util.getModuleWidget("OrthancConnect")
    widget.enter()
    assert widget.logic.connection.state == "disconnected"
    assert widget.logic.adapters.listener.state == "stopped"
    assert widget.logic.log.transfers == []
    widget.cleanup()


def test_a_package_is_installed_as_this_slicer_does_it(
    by_hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By slicer.packaging from 5.12 on, else by slicer.util; the button was the question."""
    import slicer

    from OrthancConnectCore.shared.errors import ConfigurationError
    from OrthancConnectLib.startup import install_package

    installed: List[Any] = []
    monkeypatch.setattr(slicer.util, "pip_install", installed.append)
    install_package("keyring")
    assert installed == ["keyring>=24"]

    def pip_ensure(requirements: str, **options: Any) -> None:
        installed.append((requirements, options))

    packaging = SimpleNamespace(pip_ensure=pip_ensure)
    monkeypatch.setitem(sys.modules, "slicer.packaging", packaging)
    install_package("dicognito")
    options = {"prompt_install": False, "requester": "OrthancConnect"}
    assert installed[1:] == [("dicognito>=0.17", options)]

    def fail(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("no network")

    packaging.pip_ensure = fail
    with pytest.raises(ConfigurationError, match="keyring can't be installed"):
        install_package("keyring")
    with pytest.raises(ConfigurationError):
        install_package("torch")
    assert len(installed) == 2


def test_reload_and_test_shows_the_scenarios_in_a_second_slicer(
    by_hand: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second program runs them, here on the stand-in; where none ran, the test has failed."""
    import slicer

    second = tmp_path / "Slicer"
    monkeypatch.setattr(slicer.app, "launcherExecutableFilePath", str(second), raising=False)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PEER_PYTHON": sys.executable}
    monkeypatch.setattr(slicer.util, "startupEnvironment", lambda: environment, raising=False)
    test = sys.modules["OrthancConnect"].OrthancConnectTest()
    second.write_text(
        '#!/bin/sh\n[ "$2" = --testing ] || exit 3\n'
        'while [ "$1" != --python-script ]; do shift; done; shift\n'
        f'exec "{sys.executable}" "$@" scenarios_server_lists\n'
    )
    second.chmod(0o755)
    test.runTest()
    second.write_text("#!/bin/sh\necho no scenario\n")
    with pytest.raises(AssertionError, match="no scenario"):
        test.runTest()


def test_the_listener_starts_with_slicer_without_the_panel(
    started: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the panel is made of costs Slicer's start nothing."""
    for name in [one for one in sys.modules if one.partition(".")[0] == "OrthancConnectLib"]:
        monkeypatch.delitem(sys.modules, name)
    assert importlib.import_module("OrthancConnectLib.startup").autostarted_listener() is None
    panel = ("OrthancConnectLib.logic", "OrthancConnectLib.panels")
    assert [name for name in sys.modules if name.startswith(panel)] == []
