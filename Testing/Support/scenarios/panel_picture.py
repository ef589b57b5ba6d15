"""Pictures of the panel in the states that people see, on the stand-in, against a private Orthanc.

    python Testing/Support/scenarios/panel_picture.py FOLDER [--width 420 560] [--dark]
                                            [--language es] [--scale 2] [--text 1.5] [states …]

States: first, trust, connected, checkup, retrieved, which, chosen, uploading, away,
problems, form, rooms, results, refused, stranger, large, administrators, editing, tree, cases.
`--language` is that of a translation; `--scale` is a screen's scaling,
`--text` that of the letters alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

for _folder in ("OrthancConnect", "Testing"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / _folder))

from Support.data.dicom import hostile_files, write_group_folder, write_small_instances  # noqa: E402
from Support.scenarios.context import ScenarioContext  # noqa: E402
from Support.scenarios.list_picture import (  # noqa: E402
    administrators,
    cases,
    editing,
    take_window,
    tree,
)
from Support.scenarios.looks import make_dark, make_larger, speak  # noqa: E402
from Support.scenarios.panel_bench import PanelBench  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

SMALL = {"slices": 12, "rows": 64, "columns": 64}
#: Slicer's module panel has a margin and a scroll bar beside it.
_MARGIN = 9


class Photographer:
    """Saves the panel of a bench as PNG files, at each width."""

    def __init__(self, folder: Path, widths: Sequence[int], suffix: str = "") -> None:
        self._folder = folder
        self._widths = widths
        self._suffix = suffix
        self.saved: List[Path] = []

    def take(self, bench: Any, name: str) -> None:
        """Save the whole panel, as high as it wants to be."""
        import qt

        widget = bench.module_widget.parent
        widget.layout().setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        for width in self._widths:
            for _turn in range(3):  # words wrap anew at each width
                widget.resize(width, 100)
                qt.QApplication.processEvents()
                layout = widget.layout()
                height = layout.heightForWidth(width) if layout.hasHeightForWidth() else 0
                widget.resize(width, max(height, widget.minimumSizeHint.height()))
                qt.QApplication.processEvents()
            bench.context.wait(seconds=0.05)
            self.save(widget, f"{name}-{width}")

    def save(self, widget: Any, name: str) -> None:
        """Save one widget."""
        path = self._folder / f"{name}{self._suffix}.png"
        assert widget.grab().save(str(path)), path
        self.saved.append(path)


def first(bench: PanelBench, camera: Photographer) -> None:
    """Before anything was typed."""
    camera.take(bench, "first")


def refused(bench: PanelBench, camera: Photographer) -> None:
    """A wrong password."""
    bench.answers.append(True)
    bench.connect_first(password="wrong")
    camera.take(bench, "refused")


def trust(bench: PanelBench, camera: Photographer) -> None:
    """The window with the certificate, the first time and when it has changed."""
    from OrthancConnectCore.network.faults import changed_fault
    from OrthancConnectLib.logic.connection import TrustQuestion
    from OrthancConnectLib.panels.certificate_dialog import ask_about_certificate

    bench.connect_first_without_answer()
    (question,) = bench.questions
    old = ":".join(f"{number:02X}" for number in range(32))
    profile = question.profile.replace(trust=question.profile.trust.pinned(old))
    told = changed_fault(profile, question.certificate["fingerprint"]).message
    changed = TrustQuestion(profile, {**question.certificate, "problem": told})
    for name, asked in (("trust", question), ("trust-changed", changed)):
        path = bench.module_widget.resourcePath
        dialog = ask_about_certificate(path, asked, lambda _yes: None)
        bench.context.wait(seconds=0.2)
        camera.save(dialog, name)
        dialog.reject()


def connected(bench: PanelBench, camera: Photographer) -> None:
    """Connected, and after a query."""
    bench.connected()
    bench.wait(lambda: bench.logic.connection.dicom == "answers", "the echo")
    camera.take(bench, "connected-no-query")
    bench.query()
    bench.select(("patient", "PAT0012"))
    camera.take(bench, "connected")


def stranger(bench: PanelBench, camera: Photographer) -> None:
    """A computer that the server does not know, with all filters; then what would be written."""
    with PrivateOrthanc(plugins=False, modalities={}) as server:
        for files in write_group_folder(
            server.folder / "data", slices=6, rows=32, columns=32
        ).values():
            server.store(*files)
        bench.connected(server)
        bench.query_ui.moreButton.checked = True
        camera.take(bench, "stranger")
        bench.query_ui.moreButton.checked = False
        bench.click(bench.panel.registration.ui.registerButton)
        bench.wait(lambda: bench.logic.registration.plan, "the plan")
        camera.take(bench, "stranger-asks")


def checkup(bench: PanelBench, camera: Photographer) -> None:
    """The check-up's lines, and what registering would change."""
    bench.connected()
    profile = bench.logic.profiles.current
    bench.logic.profiles.save(profile.replace(calling_ae_title="NOBODY"), profile.name)
    bench.sections["checkup"].collapsed = False
    bench.click(bench.panel.checkup.ui.runButton)
    bench.wait(lambda: not bench.logic.checkup.running and bench.logic.checkup.report, "the report")
    bench.panel.server.menu.onRegister()
    bench.wait(lambda: bench.logic.registration.plan, "the plan")
    camera.take(bench, "checkup")


def retrieved(bench: PanelBench, camera: Photographer) -> None:
    """During a retrieve, and after it."""
    bench.connected()
    bench.query()
    item = bench.query_ui.resultTree.topLevelItem(1)
    item.child(0).child(0).setSelected(True)
    bench.run_transfer(bench.query_ui.loadButton)
    bench.sections["transfers"].collapsed = False
    camera.take(bench, "retrieved")


def which(bench: PanelBench, camera: Photographer) -> None:
    """More than a few series to load: which; and a question about what one of them refers to."""
    files = write_small_instances(bench.context.new_folder("more"), count=7, series=7)
    bench.server.store(*files)
    bench.connected()
    bench.query()
    bench.query_ui.resultTree.selectAll()
    bench.click(bench.query_ui.loadButton)
    choice, box = bench.logic.load_choice, bench.panel.query.load
    camera.take(bench, "which")
    choice.forget()
    choice.question = (
        "This presentation state belongs to the series “4  Tórax con contraste, reconstrucción "
        "coronal”, which is not here.\nRetrieve it as well?"
    )
    box._refresh()
    camera.take(bench, "references")


def chosen(bench: PanelBench, camera: Photographer) -> None:
    """Files to upload, looked through, with twins and what is no DICOM; all options open."""
    import qt

    bench.connected()
    folder = bench.context.new_folder("Copia del disco")
    files = [file for each in write_group_folder(folder, **SMALL).values() for file in each]
    shutil.copy(files[0], folder / "twin.dcm")
    other = bytearray(files[1].read_bytes())
    other[-40:] = bytes(40)
    (folder / "other content.dcm").write_bytes(other)
    ui = bench.upload_ui
    bench.choose(folder)
    item = bench.find_chosen("pulmón")
    item.setCheckState(0, qt.Qt.Unchecked)
    bench.context.wait(seconds=0.1)
    camera.take(bench, "chosen")
    ui.optionsButton.checked = ui.deidentifyCheck.checked = ui.verifyCheck.checked = True
    bench.click(ui.previewButton)
    bench.wait(lambda: not ui.previewMessage.text.startswith("Making"), "the preview")
    ui.foundButton.checked = True
    camera.take(bench, "deidentify")


def uploading(bench: PanelBench, camera: Photographer) -> None:
    """In the middle of an upload with another one waiting, then a pause, and a cancelled one."""
    bench.connected()
    folder = bench.context.new_folder("Copia del disco")
    write_small_instances(folder, count=3000, size=128, seed=7)
    second = bench.context.new_folder("Estudio de control con un nombre bastante largo")
    write_small_instances(second, count=3, size=128, seed=8)
    transfer = bench.start_upload(folder)
    bench.start_upload(second)
    bench.context.wait(lambda: transfer.ended, 1.6)
    bench.sections["transfers"].collapsed = False
    camera.take(bench, "uploading")
    bench.logic.log.pause(transfer)
    bench.wait(lambda: transfer.state == "paused", "the pause")
    bench.wait(lambda: bench.ended, "the second")
    bench.panel.transfers.choose(transfer)
    camera.take(bench, "paused")
    bench.logic.cancel(transfer)
    bench.wait(lambda: transfer.ended, "the end")
    camera.take(bench, "cancelled")


def away(bench: PanelBench, camera: Photographer) -> None:
    """The server goes away in the middle of an upload; and one of an earlier session."""
    bench.connected()
    first = bench.context.new_folder("Archivo 2019")
    write_small_instances(first, count=900, size=128, seed=17)
    transfer = bench.start_upload(first)
    bench.wait(lambda: transfer.progress and transfer.progress.done > 50, "some progress")
    bench.logic.log.pause(transfer)
    bench.wait(lambda: transfer.state == "paused", "the pause")
    bench.logic.log.transfers.clear()
    bench.logic.log.cleared.emit()
    bench.logic.uploads.look_for_interrupted(bench.logic.connection.profile)
    folder = bench.context.new_folder("Copia del disco")
    write_small_instances(folder, count=3000, size=128, seed=7)
    transfer = bench.start_upload(folder)
    bench.wait(lambda: transfer.progress and transfer.progress.done > 50, "some progress")
    bench.server.kill()
    bench.context.wait(
        lambda: transfer.progress is not None and transfer.progress.phase == "waiting", 10
    )
    bench.sections["transfers"].collapsed = False
    camera.take(bench, "away")
    bench.server.restart()
    bench.logic.cancel(transfer)
    bench.wait(lambda: transfer.ended, "the end", 60)


def problems(bench: PanelBench, camera: Photographer) -> None:
    """After an upload of files of which many are no good."""
    folder = bench.context.new_folder("hostile")
    hostile_files(folder)
    bench.connected()
    transfer = bench.upload(folder)
    bench.job_ui(transfer).detailsButton.checked = True
    camera.take(bench, "problems")
    (folder / "closed folder").chmod(0o700)


def form(bench: PanelBench, camera: Photographer) -> None:
    """The settings of a server, with mistakes in them, of one that is not encrypted."""
    bench.connected()
    profile = bench.logic.profiles.current
    insecure = profile.replace(
        name="Old PACS", rest_url="http://10.0.0.7:8042", allow_insecure_http=True
    )
    bench.logic.profiles.save(insecure)
    bench.panel.server.onEdit()
    ui = bench.panel.server.form.ui
    ui.callingEdit.text = "ñ"
    camera.take(bench, "form")
    ui.nameEdit.text = ""
    ui.tabs.currentIndex = 1
    ui.authCombo.currentIndex = ui.authCombo.count - 1
    camera.take(bench, "form-login")


def large(bench: PanelBench, camera: Photographer) -> None:
    """Many patients, limited to the first 100 studies; C-MOVE without a listener."""
    files = write_small_instances(
        bench.context.new_folder("large"), count=260, patients=130, series=2, size=4
    )
    bench.server.store(*files)
    bench.connected()
    bench.query()
    bench.query_ui.resultTree.topLevelItem(0).setSelected(True)
    bench.query_ui.methodCombo.currentIndex = 2
    bench.query_ui.moreButton.checked = True
    bench.query_ui.dateCombo.currentIndex = 4
    bench.sections["listener"].collapsed = False
    camera.take(bench, "large")


def rooms(bench: PanelBench, camera: Photographer) -> None:
    """A list that was fetched, a followed query, and what may be removed."""
    import qt

    bench.connected()
    bench.query(modalityCombo="CT")
    bench.click(bench.query_ui.followButton)
    bench.click(bench.panel.query.follow.ui.followCheck)
    table = bench.context.new_folder() / "lung-2026.csv"
    found = bench.server.get_json("/patients?expand")
    patients = [one["MainDicomTags"]["PatientID"] for one in found]
    table.write_text("\n".join(["NHC", *patients, "PAT9999"]), encoding="utf-8")
    box = bench.panel.query.cohort
    box.take([str(table)])
    bench.wait(lambda: bench.logic.rooms.cohort.ready, "the list")
    bench.run_transfer(box.ui.retrieveListButton)
    bench.query_ui.resultTree.topLevelItem(0).setSelected(True)
    room, ui = bench.logic.rooms.room, bench.panel.room.ui
    bench.sections["room"].collapsed = False
    bench.sections["transfers"].collapsed = False
    bench.wait(lambda: room.state == "done", "the count")
    bench.click(ui.cleanButton)
    bench.wait(lambda: room.state == "done", "what may go")
    ui.roomTree.topLevelItem(0).setCheckState(0, qt.Qt.Checked)
    bench.click(ui.removeButton)
    camera.take(bench, "rooms")
    bench.logic.rooms.follow.stop()
    bench.wait(lambda: bench.logic.rooms.follow.transfer is None, "the end")


def results(bench: PanelBench, camera: Photographer) -> None:
    """What was drawn, and cannot go, then sent; a question, and what the study has."""
    import slicer

    from Support.scenarios.drawn import draw_markups, draw_segmentation

    bench.connected()
    bench.query()
    bench.query_ui.resultTree.topLevelItem(1).child(0).child(0).setSelected(True)
    bench.run_transfer(bench.query_ui.loadButton)
    found = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    segmentation = draw_segmentation(found, "Pulmón derecho e izquierdo")
    draw_markups()["Line"].SetName("Diámetro")
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsAngleNode", "Carina")
    panel, room = bench.panel.results, bench.logic.rooms.results
    room.look()
    camera.take(bench, "results")
    bench.run_transfer(panel.ui.sendResultsButton)
    segmentation.GetSegmentation().GetNthSegment(0).SetName("Hígado")
    room.look()
    bench.click(panel.ui.sendResultsButton)
    bench.query()
    bench.query_ui.resultTree.topLevelItem(1).child(0).setSelected(True)
    listed = bench.logic.details.results
    bench.wait(lambda: any(listed.values()), "the study's results")
    bench.wait(lambda: not bench.panel.query.tree.busy, "their lines")
    room.waiting = [{"result_id": "0", "title": "Pulmón", "created": "2026-03-12T10:00:00+01:00"}]
    room.changed.emit()
    camera.take(bench, "results-sent")
    take_window(bench, camera, "results-large", 1400, 1000)


STATES: Dict[str, Callable[[PanelBench, Photographer], None]] = {
    state.__name__: state
    for state in (
        first,
        refused,
        trust,
        connected,
        checkup,
        stranger,
        retrieved,
        which,
        chosen,
        uploading,
        away,
        problems,
        form,
        rooms,
        results,
        large,
        administrators,
        editing,
        tree,
        cases,
    )
}


def take_pictures(
    folder: Path,
    states: Sequence[str] = tuple(STATES),
    widths: Sequence[int] = (420, 560),
    dark: bool = False,
    server: Optional[PrivateOrthanc] = None,
    language: str = "",
    text_scale: float = 1.0,
) -> List[Path]:
    """Take pictures of states; the server, if given, is used as it is, else one is filled."""
    from Support import slicer_stand_in

    folder.mkdir(parents=True, exist_ok=True)
    suffix = ("-dark" if dark else "") + (f"-{language}" if language else "")
    camera = Photographer(folder, widths, suffix + (f"-text{text_scale}" * (text_scale != 1)))
    standin = slicer_stand_in.install()
    if language:
        speak(language, standin.folder)
    standin.start_up()
    make_dark(dark)
    make_larger(text_scale)
    own = None
    if server is None:
        own = server = PrivateOrthanc(plugins=False).start()
        data = Path(tempfile.mkdtemp(dir=own.folder))
        for files in write_group_folder(data, slices=24, rows=128, columns=128).values():
            own.store(*files)
    context = ScenarioContext(server, tempfile.mkdtemp(prefix="pictures-"))
    try:
        for name in states:
            with PanelBench(context) as bench:
                STATES[name](bench, camera)
    finally:
        context.close()
        standin.close()
        if own is not None:
            own.stop()
    return camera.saved


def main() -> None:
    """Take what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("states", nargs="*", default=list(STATES))
    parser.add_argument("--width", type=int, nargs="+", default=[420, 560])
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--language", default="")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--text", type=float, default=1)
    arguments = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(arguments.scale)
    for path in take_pictures(
        arguments.folder,
        arguments.states,
        arguments.width,
        arguments.dark,
        language=arguments.language,
        text_scale=arguments.text,
    ):
        print(path)


if __name__ == "__main__":
    main()
