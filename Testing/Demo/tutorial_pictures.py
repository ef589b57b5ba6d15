"""The tutorial's pictures: does what the tutorial says, and saves what is seen at each step.

    python Testing/Demo/tutorial_pictures.py FOLDER [LANGUAGE]       on the Qt stand-in
    Slicer --no-splash --additional-module-paths …/OrthancConnect --python-script \
           Testing/Demo/tutorial_pictures.py FOLDER [LANGUAGE]       in Slicer: its window as well

Makes connect, certificate, sample, uploaded, found, results, cases and checkup; in Slicer also
samples and loaded.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Callable

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

from Support.scenarios.context import ScenarioContext  # noqa: E402
from Support.scenarios.drawn import draw_segmentation  # noqa: E402
from Support.scenarios.looks import speak  # noqa: E402
from Support.scenarios.panel_bench import PanelBench  # noqa: E402
from Support.scenarios.panel_picture import Photographer  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

#: Of Slicer's window; of the module's column, where it stands alone.
WINDOW, COLUMN = (1360, 860), 440
IS_SLICER = "slicer" in sys.modules


class Tutorial:
    """One walk through the tutorial."""

    def __init__(self, bench: PanelBench, folder: Path) -> None:
        self._bench = bench
        self._camera = Photographer(folder, (COLUMN,))

    def panel(self, name: str) -> None:
        """Save the panel, as high as what is in it."""
        import qt

        self._camera.take(self._bench, name)
        last, path = self._bench.panel.administrators.widget, str(self._camera.saved[-1])
        if last.visible:  # what was folded since leaves room below
            picture = qt.QPixmap(path)
            assert picture.copy(0, 0, COLUMN, last.geometry.bottom() + 24).save(path)

    def save(self, widget: Any, name: str) -> None:
        """Save another widget."""
        self._bench.context.wait(seconds=0.3)
        self._camera.save(widget, name)

    def certificate(self, question: Any, answer: Callable[[bool], None]) -> None:
        """Save the question about the certificate, and trust it."""
        from OrthancConnectLib.panels.certificate_dialog import ask_about_certificate

        path = self._bench.module_widget.resourcePath
        dialog = ask_about_certificate(path, question, lambda _yes: None)
        self.save(dialog, "certificate")
        dialog.reject()
        answer(True)

    def walk(self) -> None:
        """Do each step."""
        bench, ui = self._bench, self._bench.server_ui
        if IS_SLICER:
            self.samples()
        for edit, text in (
            (ui.addressEdit, bench.server.rest_url),
            (ui.userEdit, bench.server.user),
            (ui.firstPasswordEdit, bench.server.password),
        ):
            edit.text = text
        self.panel("connect")
        bench.panel.server.decide_trust = self.certificate
        bench.connect_first()
        bench.panel.upload.add_sample(str(bench.context.new_folder() / "OrthancConnect-sample"))
        bench.wait(lambda: bench.logic.choice.state == "done", "the sample")
        bench.sections["find"].collapsed = True
        self.panel("sample")
        bench.click(bench.upload_ui.uploadButton)
        bench.wait(lambda: bench.ended, "the upload")
        self.panel("uploaded")
        bench.sections["upload"].collapsed = True
        bench.sections["find"].collapsed = False
        bench.query()
        bench.select(("patient", "ORTHANCCONNECT-SAMPLE"))
        bench.context.wait(seconds=1)  # the series' picture
        self.panel("found")
        bench.run_transfer(bench.query_ui.loadButton)
        if IS_SLICER:
            self.window()
        bench.sections["find"].collapsed = True
        self.results()
        self.cases()
        bench.sections["checkup"].collapsed = False
        bench.panel.registration.widget.hide()
        bench.click(bench.panel.checkup.ui.runButton)
        bench.wait(lambda: not bench.logic.checkup.running and bench.logic.checkup.report, "it")
        self.panel("checkup")

    def results(self) -> None:
        """Draw something on the scan, and save what may be sent; nothing is."""
        import slicer

        volume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
        draw_segmentation(volume, "Tumor")
        line = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "RECIST 1")
        for point in ((-30, 10, 20), (-5, 22, 20)):
            line.AddControlPointWorld(*point)
        section = self._bench.panel.results.ui.resultsSection
        self._bench.logic.rooms.results.look()
        section.collapsed = False
        self.panel("results")
        section.collapsed = True

    def cases(self) -> None:
        """Make a work list of what the server has, and open its case."""
        from OrthancConnectCore.orthanc.client import OrthancClient
        from OrthancConnectCore.shared.credentials import Credentials
        from OrthancConnectCore.worklist.cases import create

        bench, server, logic = self._bench, self._bench.server, self._bench.logic
        profile = logic.connection.profile
        with OrthancClient(profile, Credentials(server.user, server.password)) as client:
            create(client, "lung-2026", server.get_json("/studies"), reviews=True)
        lists, ui = logic.rooms.worklists, bench.panel.worklist.ui
        lists.look(*logic.server())
        ui.worklistSection.collapsed = False
        bench.wait(lambda: lists.lists, "the list")
        bench.click(ui.nextCaseButton)
        bench.wait(lambda: lists.case is not None and not lists.running, "the case")
        bench.wait(lambda: not logic.log.count("running"), "the transfers", 60)
        self.panel("cases")
        ui.worklistSection.collapsed = True

    def samples(self) -> None:
        """Save Sample Data with ours in sight."""
        import slicer

        window = slicer.util.mainWindow()
        window.resize(*WINDOW)
        slicer.modules.sampleDataSources.pop("Orthanc Connect")
        slicer.modules.OrthancConnectInstance.offerSample()  # in the language that is spoken now
        slicer.util.selectModule("SampleData")
        self._bench.context.wait(seconds=2)
        text = slicer.app.translate("OrthancConnect", "Drawn chest, to be uploaded")
        (button,) = slicer.util.findChildren(window, text=text)
        for area in slicer.util.findChildren(window, className="QScrollArea"):
            area.ensureWidgetVisible(button)
        self.save(window, "samples")

    def window(self) -> None:
        """Save Slicer's whole window: the module's own panel beside the loaded scan."""
        import slicer

        slicer.util.selectModule("OrthancConnect")
        module = slicer.util.getModuleWidget("OrthancConnect")
        ui = module.panel.server.ui
        ui.passwordEdit.text = self._bench.server.password
        ui.connectButton.click()
        self._bench.wait(lambda: module.logic.connection.state == "connected", "the connection")
        module.panel.query.ui.queryButton.click()
        self._bench.wait(lambda: module.logic.query.state == "done", "the query")
        slicer.util.resetSliceViews()
        self._bench.context.wait(seconds=2)
        self.save(slicer.util.mainWindow(), "loaded")


def take(folder: Path, language: str = "") -> None:
    """Walk on a server of its own that has nothing yet; with a panel in a language."""
    if language:
        speak(language, Path(tempfile.mkdtemp(prefix="translation-")))
    folder.mkdir(parents=True, exist_ok=True)
    with PrivateOrthanc(aet="LAB", user="ana") as server:
        context = ScenarioContext(server, tempfile.mkdtemp(prefix="tutorial-"))
        try:
            with PanelBench(context, listens=True) as bench:
                Tutorial(bench, folder).walk()
        finally:
            context.close()


if IS_SLICER:
    import slicer

    slicer.modules.DICOMInstance.performPostModuleDiscoveryTasks()
    take(Path(sys.argv[1]), *sys.argv[2:])
    slicer.util.exit(0)
elif __name__ == "__main__":
    from Support import slicer_stand_in

    standin = slicer_stand_in.install()
    standin.start_up()
    take(Path(sys.argv[1]), *sys.argv[2:])
    standin.close()
