"""OrthancConnect: work with an Orthanc DICOM server from 3D Slicer.

Slicer's classes only, short: this file is read at every start of Slicer. What the module does is in
OrthancConnectLib (in Slicer's process) and OrthancConnectCore (in the worker process).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)


class OrthancConnect(ScriptedLoadableModule):
    """The module as Slicer knows it; starts the DICOM listener when Slicer has started."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        # DCMTK reads it at its first association: without it every DICOM message waits for Nagle's
        # algorithm, and a C-GET takes 4 to 8 times as long. storescp inherits it.
        os.environ.setdefault("TCP_NODELAY", "1")
        # Slicer looks for translations in its own folders alone.
        folder = os.path.join(os.path.dirname(__file__), "Resources", "Translations")
        slicer.app.loadTranslations(folder)
        parent.title = _("Orthanc Connect")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Informatics")]
        parent.dependencies = ["DICOM"]
        parent.contributors = ["the OrthancConnect contributors"]
        told = _(
            "Finds, retrieves and uploads DICOM images on an Orthanc server: over HTTPS with a "
            "checked certificate, and by C-FIND, C-GET or C-MOVE. Every transfer ends with a count "
            "of what arrived."
        )
        home = "https://github.com/OrthancConnect/SlicerOrthancConnect"
        parent.helpText = told + f'<p><a href="{home}">{home}</a></p>'
        parent.acknowledgementText = _(
            "3D Slicer, Orthanc, CTK, DCMTK, pydicom and pynetdicom are the work of their authors. "
            "Please cite Fedorov et al., 3D Slicer as an Image Computing Platform for the "
            "Quantitative Imaging Network, doi:10.1016/j.mri.2012.05.001, and Jodogne, The Orthanc "
            "Ecosystem for Medical Imaging, doi:10.1007/s10278-018-0082-y."
        )
        self.listener: Any = None
        slicer.app.connect("startupCompleted()", self.onStartupCompleted)
        slicer.app.connect("aboutToQuit()", self.onAboutToQuit)
        slicer.app.connect("urlReceived(QString)", self.onUrlReceived)

    def onStartupCompleted(self) -> None:
        """Offer the sample; start the listener, if there is a server and the box is ticked.

        Never with a dialog.
        """
        with suppress(ImportError):  # somebody's own Slicer may be without Sample Data
            self.offerSample()
        if slicer.app.userSettings().contains("OrthancConnect/Profiles"):
            from OrthancConnectLib.startup import autostarted_listener

            self.listener = autostarted_listener()

    def offerSample(self) -> None:
        """Add a study of nobody to Sample Data: it is made by the click on it, not downloaded."""
        from SampleData import SampleDataLogic

        SampleDataLogic.registerCustomSampleDataSource(
            category=_("Orthanc Connect"),
            sampleName=_("Drawn chest, to be uploaded"),
            uris="",
            customDownloader=self.onSample,
            thumbnailFileName=self.resourcePath("Icons/DrawnChest.png"),
        )

    def onSample(self, _source: Any) -> None:
        """Show the panel with the sample chosen for upload."""
        from OrthancConnectLib.startup import show_sample

        show_sample()

    def onUrlReceived(self, address: str) -> None:
        """Ask about a link of the browser, if it is for this module."""
        if str(address).lower().startswith("slicer://orthancconnect"):
            from OrthancConnectLib.startup import show_link

            show_link(str(address))

    def onAboutToQuit(self) -> None:
        """Stop the listener, if it is ours."""
        if self.listener is not None:
            self.listener.close()
            self.listener = None


class OrthancConnectWidget(ScriptedLoadableModuleWidget):
    """The module's panel; made when a person first opens the module."""

    def __init__(self, parent: Any = None) -> None:
        self.logic: Any = None
        self.panel: Any = None
        ScriptedLoadableModuleWidget.__init__(self, parent)

    def setup(self) -> None:
        """Make logic and panel."""
        ScriptedLoadableModuleWidget.setup(self)
        from OrthancConnectLib.startup import make_panel

        self.logic, self.panel = make_panel(self.resourcePath)
        self.layout.addWidget(self.panel.widget)

    def enter(self) -> None:
        """Look again at what changed while another module was shown."""
        if self.logic is not None:
            self.logic.refresh()
            self.logic.watch(True)
            self.logic.reconnect()
            self.panel.enter()

    def exit(self) -> None:
        """Remember which sections are open; nobody sees the server's state any more."""
        if self.panel is not None:
            self.panel.exit()
            self.logic.watch(False)

    def cleanup(self) -> None:
        """Disconnect everything; the module is reloaded or Slicer ends."""
        if self.panel is not None:
            self.panel.close()
            self.logic.close()
            self.panel = self.logic = None


class OrthancConnectTest(ScriptedLoadableModuleTest):
    """The self-test that Slicer's menus and ctest run."""

    def runTest(self) -> None:
        """Open the panel as for the first time; for a person, show the scenarios after that."""
        self.test_first_time()
        if not slicer.app.testingEnabled():
            self.watch_scenarios()

    def watch_scenarios(self) -> None:
        """Run the panel's scenarios in a second Slicer, which needs Orthanc and nginx here."""
        import runpy

        module = os.path.dirname(slicer.modules.orthancconnect.path)
        script = os.path.join(os.path.dirname(module), "Testing", "Slicer", "watch.py")
        if not os.path.isfile(script):
            self.delayDisplay(_("The scenarios are in the extension's source, not in its package."))
            return
        self.delayDisplay(_("A second Slicer shows the scenarios. Please leave its windows alone."))
        watching = runpy.run_path(script)
        told = watching["watch"]()
        print(told)
        self.assertIn(watching["SENTINEL"], told)

    def test_first_time(self) -> None:
        """A plain http address is refused in place, and nothing is sent."""
        # Not selectModule: that needs a main window.
        widget = slicer.util.getModuleWidget("OrthancConnect")
        self.assertIsNotNone(widget.panel)
        if widget.logic.profiles.known.profiles:
            self.delayDisplay(_("There is a server already: nothing to test here."))
            return
        ui = widget.panel.server.ui
        self.assertFalse(ui.firstConnectButton.enabled)
        ui.addressEdit.text = "http://server:8042"
        self.assertTrue(ui.firstConnectButton.enabled)
        ui.firstConnectButton.click()
        self.assertIn("https://", ui.addressError.text)
        self.assertEqual(widget.logic.connection.state, "disconnected")
        ui.addressEdit.text = ""
        self.delayDisplay(_("Test passed."))
