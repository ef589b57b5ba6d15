"""Series of Slicer's database into its scene: one after the other, told and stopped in between."""

from __future__ import annotations

from typing import Any, Callable, Collection, Dict, Generator, List, Optional, Sequence, Tuple

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    InputError,
    OperationCancelled,
    OrthancConnectError,
)
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.hosts import shown_host
from OrthancConnectCore.shared.series import SeriesTarget
from OrthancConnectCore.shared.validation import split_rest_url

from ..protocols import Adapters, Database
from .transfers import Transfer, TransferLog

#: Milliseconds for the panel to show what is loaded, before the load itself holds everything up.
_TURN = 20
#: Modalities (PS3.3 C.7.3.1.1.1) of what refers to other series, and is loaded after them.
REFERRING = ("SEG", "RTSTRUCT", "PR", "SR")


def kind_of(modality: str) -> str:
    """Return what a person calls a series without images, by its modality (PS3.3 C.7.3.1.1.1)."""
    kinds = {
        "SEG": _("segmentation"),
        "RTSTRUCT": _("structure set"),
        "PR": _("presentation state"),
        "RTPLAN": _("treatment plan"),
        "SR": _("structured report"),
        "DOC": _("document"),
    }
    return kinds.get(modality) or _("series ({modality})").format(modality=modality)


def load_series(database: Database, series_uid: str) -> Tuple[List[Any], List[str]]:
    """Load a series of Slicer's database; return its nodes, and what is to be said of them.

    Raises
    ------
    InputError
        Nothing came of it: why, and what else can be done.
    """
    found, modality = database.load_series(series_uid), database.modality_of_series(series_uid)
    notes, hint = list(found.warnings), _("“Open” shows it as the server does.")
    if found.lacks:
        hint = _("Install the extension {name} (Extensions Manager), then load it again.")
        hint = hint.format(name=found.lacks)
    log = _("Slicer's Error Log says why (menu View, Error Log).")
    if found.nodes:
        if found.has_failed:
            notes.append(_("Slicer's reader failed before its end.") + " " + log)
        if found.lacks and modality == "RTDOSE":
            notes.append(_("Its values are stored numbers, not doses.") + " " + hint)
        return list(found.nodes), notes
    if found.has_failed and not found.lacks:
        raise InputError(_("Slicer could not read it."), log)
    text = _("This Slicer has nothing that loads this {kind}.")
    raise InputError(text.format(kind=kind_of(modality)), hint)


class Loading:
    """The loading at a retrieve's end.

    Attributes
    ----------
    error : OrthancConnectError or None
        Why nothing could be loaded.
    """

    def __init__(
        self, transfer: Transfer, adapters: Adapters, log: TransferLog, ask: Callable[..., Any]
    ) -> None:
        self._ask = ask
        self._transfer = transfer
        self._adapters = adapters
        self._log = log
        self.error: Optional[OrthancConnectError] = None

    def steps(
        self, complete: Collection[str], is_to_stop: Callable[[], bool]
    ) -> Generator[Any, Any, None]:
        """Load what is complete of the series that are to be loaded, and show it."""
        database, transfer, request = (
            self._adapters.database,
            self._transfer,
            self._transfer.request,
        )
        uids = [uid for uid in request.to_load if uid in complete]
        nodes: List[Any] = []
        failed: List[Tuple[str, OrthancConnectError]] = []
        for number, uid in enumerate(uids):
            title = database.title_of_series(uid)
            progress = Progress("load", number + 1, len(uids)) if len(uids) > 1 else None
            phase = _("Loading {series}").format(series=title)
            self._log.update(transfer, phase=phase, progress=progress)
            yield lambda done, _failed: self._adapters.call_later(_TURN, done)
            if is_to_stop():
                self._tell_stopped(number, len(uids))
                break
            try:
                if database.modality_of_series(uid) == "SM":
                    new, notes = yield from self._slide(uid, title)
                else:
                    new, notes = load_series(database, uid)
            except OperationCancelled:
                self._tell_stopped(number, len(uids))
                break
            except OrthancConnectError as error:
                failed.append((title, error))
            else:
                self._adapters.scene.mark(new, self._facts(uid))
                nodes += new
                transfer.notes += [f"{title}: {note}" for note in notes]
        if nodes:
            self._adapters.scene.show(nodes, request.render)
            transfer.loaded = [str(node.GetName()) for node in nodes]
        elif failed:
            self.error = failed.pop(0)[1]
        transfer.notes += [f"{title}: {error.message} {error.hint}" for title, error in failed]
        left_out = len(request.to_load) - len(uids)
        if left_out and uids:
            text = _("Series that are not complete were not loaded: {count}.")
            transfer.notes.append(text.format(count=left_out))

    def _tell_stopped(self, done: int, total: int) -> None:
        text = _("Loading was stopped: {done} of {total} series were loaded.")
        self._transfer.notes.append(text.format(done=done, total=total))

    def _slide(
        self, series_uid: str, title: str
    ) -> Generator[Any, Any, Tuple[List[Any], List[str]]]:
        """Open the level of a slide that fits, which the server puts together."""
        target, scene = self._target(series_uid), self._adapters.scene
        path = scene.new_path()
        try:
            answer = yield self._ask(
                "slide.show",
                series_instance_uids=[series_uid],
                whose={series_uid: [target.patient_id, target.study_instance_uid]},
                path=path,
            )
            if not answer["levels"]:  # another image of a microscope
                return load_series(self._adapters.database, series_uid)
            shown = answer["shown"]
            sizes = [
                f"{columns} × {rows}" + (_(" (shown)") if shown and shown["size"] == size else "")
                for size in answer["levels"]
                for columns, rows in [size]
            ]
            text = _("Levels of the slide {title}: {sizes}.")
            self._transfer.notes.append(text.format(title=title, sizes=", ".join(sizes)))
            if shown is None:
                raise InputError(
                    _("All levels of the slide are too large to be shown here."),
                    _("Open it on the server, in a viewer for slides."),
                )
            return [scene.open_slide(path, shown["size"], shown["spacing"], title)], []
        finally:
            scene.remove_file(path)

    def _target(self, series_uid: str) -> SeriesTarget:
        targets: Sequence[SeriesTarget] = self._transfer.request.targets
        return next(one for one in targets if one.series_instance_uid == series_uid)

    def _facts(self, series_uid: str) -> Dict[str, str]:
        """Return what a node remembers: the attributes ``OrthancConnect.…`` of `Scene.mark`."""
        request = self._transfer.request
        target = self._target(series_uid)
        _scheme, host, port = split_rest_url(request.profile.rest_url)
        facts = {
            "Server": shown_host(f"{host}:{port}"),
            "Profile": request.profile.name,
            "PatientID": target.patient_id,
            "StudyInstanceUID": target.study_instance_uid,
            "SeriesInstanceUID": series_uid,
            "Modality": self._adapters.database.modality_of_series(series_uid),
            "SeriesOrthancID": target.orthanc_id,
        }
        return {name: value for name, value in facts.items() if value}
