"""The panel as a whole: the listener's section, what disabled things say, what is remembered."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

from Support.rules import words
from Support.scenarios.panel_bench import PanelBench, told


def scenario_listener_section(context: Any) -> None:
    """Start, stop, a taken port in one sentence, and no window in any of it."""
    from OrthancConnectLib.adapters import listener as adapter

    port = context.free_port()
    with PanelBench(context) as bench:
        ui = bench.panel.listener.ui
        bench.sections["listener"].collapsed = False
        assert not ui.startButton.enabled and "settings" in ui.startButton.toolTip
        bench.connected()
        profile = bench.logic.profiles.current
        bench.logic.profiles.save(profile.replace(storage_port=port), profile.name)
        assert str(port) in ui.stateLabel.text
        listener = bench.logic.adapters.listener
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", port))
            holder.listen(1)
            bench.click(ui.startButton)
            bench.wait(lambda: listener.state == "failed", "the refusal")
            assert f"Port {port}" in ui.stateLabel.text and ui.hintLabel.text
            assert "needs you" in ui.listenerSection.text
        # A process just forked may hold the socket until it has begun.
        assert context.wait(lambda: adapter._port_refusal(port) == 0)
        bench.click(ui.startButton)
        bench.wait(lambda: listener.state in ("running", "failed"), "the listener")
        assert listener.state == "running", (listener.message, listener.hint)
        assert (
            str(ui.startButton.text) == "Stop" and f"running on {port}" in ui.listenerSection.text
        )
        bench.reconnect()
        assert f"✓ Listener {port}" in bench.server_ui.listenerChip.text
        bench.click(ui.startButton)
        bench.wait(lambda: listener.state == "stopped", "the end")
        assert "not running" in ui.listenerSection.text
        context.assert_no_dialogs()


def scenario_the_listener_starts_with_the_first_connection(context: Any) -> None:
    """Slicer has started already when there is a server to listen for; it says so and does so."""
    with PanelBench(context, listens=True) as bench:
        ui, listener = bench.panel.listener.ui, bench.logic.adapters.listener
        bench.sections["listener"].collapsed = False
        assert ui.autostartCheck.checked and listener.state == "stopped"
        bench.connected()
        bench.wait(lambda: listener.state in ("running", "failed"), "the listener")
        assert listener.state == "running", (listener.message, listener.hint)
        assert listener.port == bench.logic.profiles.current.storage_port
        assert "running on" in ui.listenerSection.text
        assert f"✓ Listener {listener.port}" in bench.server_ui.listenerChip.text
        bench.click(ui.startButton)
        bench.wait(lambda: listener.state == "stopped", "the end")
        bench.click(bench.server_ui.disconnectButton)
        bench.reconnect()
        context.wait(seconds=0.2)
        assert listener.state == "stopped", "started again though a person has stopped it"
        context.assert_no_dialogs()


def scenario_listener_starts_with_slicer(context: Any) -> None:
    """Only with a server and a ticked box; also when the port is taken, without a window."""
    import slicer

    port = context.free_port()
    with PanelBench(context) as bench:
        module = bench.module
        module.listener = None
        module.onStartupCompleted()
        assert module.listener is None, "started without a server"
        bench.connected()
        profile = bench.logic.profiles.current
        bench.logic.profiles.save(profile.replace(storage_port=port), profile.name)
        bench.panel.listener.ui.autostartCheck.checked = False
        module.onStartupCompleted()
        assert module.listener is None, "started though the box is not ticked"
        bench.panel.listener.ui.autostartCheck.checked = True
        assert bench.logic.adapters.database.open_if_needed()
        module.onStartupCompleted()
        bench.wait(lambda: module.listener.state == "running", "the listener")
        assert slicer.dicomListener.port == str(port)
        module.onAboutToQuit()
        assert not hasattr(slicer, "dicomListener")
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", port))
            holder.listen(1)
            module.onStartupCompleted()
            bench.wait(lambda: module.listener.state == "failed", "the refusal")
            assert str(port) in module.listener.message and module.listener.hint
        context.assert_no_dialogs()
    with PanelBench(context, clear=False) as again:
        # What happened at the start can be read when the panel is opened.
        again.module.onStartupCompleted()
        again.wait(lambda: again.module.listener.state == "running", "the listener")
        again.module.onAboutToQuit()


KINDS = ("QPushButton", "QToolButton", "QLineEdit", "QComboBox", "QCheckBox", "QAbstractSpinBox")
KINDS += ("QTreeWidget", "QTableWidget", "QProgressBar", "QDateEdit")


def every_widget_speaks(bench: PanelBench) -> int:
    """Everything to be used has a name and a tooltip; returns how many there are."""
    seen = 0
    for kind in KINDS:
        for widget in bench.panel.widget.findChildren(kind):
            name = str(widget.objectName)
            if name.startswith(("qt_", "ScrollLeft", "ScrollRight")) or not name:
                continue  # parts of Qt's own widgets
            seen += 1
            assert widget.toolTip, f"{name} has no tooltip"
            assert widget.accessibleName, f"{name} has no accessible name"
    return seen


def scenario_widgets_speak(context: Any) -> None:
    """Everything to be used has a name and a tooltip; what is disabled says why."""
    with PanelBench(context) as bench:
        assert bench.panel.server.form.widget.isHidden()  # made when it is first needed
        assert every_widget_speaks(bench) > 80
        bench.connected()
        assert every_widget_speaks(bench) > 80
        ui = bench.query_ui
        for button in (ui.retrieveButton, ui.loadButton, bench.upload_ui.uploadButton):
            assert not button.enabled and told(button).endswith(" first."), told(button)


def scenario_sections_remember_being_open(context: Any) -> None:
    """Folded sections, and filters without names come back."""
    with PanelBench(context) as bench:
        sections = bench.sections
        assert not sections["find"].collapsed and sections["transfers"].collapsed
        sections["find"].collapsed = True
        sections["transfers"].collapsed = False
        bench.query_ui.dateCombo.currentIndex = 2
        bench.query_ui.modalityCombo.setEditText("MR")
        bench.query_ui.nameEdit.text = "Pérez"
    with PanelBench(context, clear=False) as again:
        sections = again.sections
        assert sections["find"].collapsed and not sections["transfers"].collapsed
        assert again.query_ui.dateCombo.currentIndex == 2
        assert again.query_ui.modalityCombo.currentText == "MR"
        assert again.query_ui.nameEdit.text == "", "a patient's name was kept on disk"


def scenario_slicer_finds_each_text_in_its_context(_context: Any) -> None:
    """Slicer's own `getContext` names what Resources/Translations has for each source of Lib."""
    import slicer

    for path, own in words.contexts():
        assert slicer.i18n.getContext(str(path)) == own, path


def scenario_start_up_is_light(context: Any) -> None:
    """The module file loads nothing of ours; the environment has TCP_NODELAY; reloading works."""
    import os

    import slicer

    with PanelBench(context) as bench:
        assert os.environ["TCP_NODELAY"] == "1"
        module = slicer.modules.orthancconnect
        assert tuple(module.dependencies) == ("DICOM",) and "Informatics" in module.categories[0]
        ours = [name for name in sys.modules if name.startswith("OrthancConnectCore.")]
        heavy = ("transport", "rest", "tls", "dimse", "worker", "upload", "scan")
        assert not [name for name in ours if name.split(".")[1] in heavy], ours
        bench.module_widget.enter()
        bench.module_widget.exit()


def scenario_the_self_test_passes(context: Any) -> None:
    """What Slicer's menu and ctest run; it opens the panel and needs no server."""
    with PanelBench(context):
        sys.modules["OrthancConnect"].OrthancConnectTest().runTest()


def scenario_the_sample_goes_to_the_server_and_comes_back(context: Any) -> None:
    """It is made, uploaded, found, retrieved and loaded."""
    import slicer

    with PanelBench(context) as bench:
        folder = context.new_folder() / "sample"
        bench.connected()
        bench.panel.upload.add_sample(str(folder))
        bench.wait(lambda: bench.logic.choice.state == "done", "the sample, looked through")
        assert not bench.sections["upload"].collapsed
        assert bench.logic.choice.totals()[:2] == (1, 60)
        bench.panel.upload.add_sample(str(folder))  # another click: the same files
        bench.click(bench.upload_ui.uploadButton)
        bench.wait(lambda: bench.ended, "the upload")
        assert bench.ended[0].receipt.complete and bench.ended[0].receipt.stored == 60
        bench.query(idEdit="ORTHANCCONNECT-SAMPLE")
        bench.select(("patient", "ORTHANCCONNECT-SAMPLE"))
        bench.run_transfer(bench.query_ui.loadButton)
        volume = slicer.util.getNode("*Chest*")
        assert volume.GetImageData().GetDimensions() == (256, 256, 60)


def scenario_a_click_in_sample_data_chooses_the_sample(context: Any) -> None:
    """As Slicer calls it: the module's own panel is shown, with the study chosen."""
    import slicer

    with PanelBench(context) as bench:
        bench.module.offerSample()
        source = slicer.modules.sampleDataSources["Orthanc Connect"][-1]
        assert Path(source.thumbnailFileName).is_file()
        source.customDownloader(source)
        own = slicer.util.getModuleWidget("OrthancConnect")
        choice = own.logic.choice
        bench.wait(lambda: choice.state == "done", "the sample, looked through")
        assert choice.totals()[:2] == (1, 60)
        assert str(slicer.app.temporaryPath) in choice.paths[0]
        assert not own.panel.upload.ui.uploadSection.collapsed
        choice.clear()
        own.exit()
        own.logic.adapters.worker.stop()


def scenario_a_sample_that_can_not_be_made_is_told(context: Any) -> None:
    """There is a file where its folder should be: one sentence, and nothing is chosen."""
    with PanelBench(context) as bench:
        bench.connected()
        place = context.new_folder() / "file"
        place.write_text("mine")
        bench.panel.upload.add_sample(str(place))
        bench.wait(lambda: bench.logic.choice.state == "failed", "the fault")
        assert "can't be used" in bench.upload_ui.scanLabel.text
        assert not bench.logic.choice.paths and place.read_text() == "mine"
