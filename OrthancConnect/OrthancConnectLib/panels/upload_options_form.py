"""The options of an upload: verify, labels, de-identify with a preview of it."""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    ConfigurationError,
    MissingDependencyError,
    OrthancConnectError,
)
from OrthancConnectCore.shared.upload_options import DeidentifyChoice, UploadOptions

from ..logic.logic import OrthancConnectLogic
from ..logic.task import SCANNING
from .deidentify_preview import DeidentifyPreview
from .part import Part
from .style import QUIET, WARNING, allow, say
from .texts import attempt, error_text, fault

REMOVE, SHIFT, KEEP = range(3)
_DATES = ("remove", "shift", "keep")
_PACKAGE = "dicognito"
#: What comes back at the next start, and its box or button.
_REMEMBERED = {
    "verify": "verifyCheck",
    "deidentify": "deidentifyCheck",
    "characteristics": "characteristicsCheck",
    "open": "optionsButton",
}


class UploadOptionsForm(Part):
    """The folded part of the upload section; `on_changed` is called when something was chosen."""

    def __init__(self, ui: Any, logic: OrthancConnectLogic, on_changed: Callable[[], None]) -> None:
        super().__init__(ui)
        self._logic = logic
        self._on_changed = on_changed
        self._missing = False
        self.preview = self.own(DeidentifyPreview(ui, logic))
        self.wire(
            (ui.optionsButton, "toggled(bool)", self._onOpened),
            (ui.verifyCheck, "toggled(bool)", self._onChanged),
            (ui.labelsEdit, "textChanged(QString)", self._onChanged),
            (ui.deidentifyCheck, "toggled(bool)", self._onChanged),
            (ui.datesCombo, "currentIndexChanged(int)", self._onChanged),
            (ui.characteristicsCheck, "toggled(bool)", self._onChanged),
            (ui.keyEdit, "textChanged(QString)", self._onChanged),
            (ui.keyButton, "clicked()", self._onChooseKey),
            (ui.previewButton, "clicked()", self.onPreview),
            (ui.installButton, "clicked()", self.onInstall),
        )

    # What is chosen -------------------------------------------------------------------------

    @property
    def deidentifies(self) -> bool:
        """Whether the files are de-identified."""
        return bool(self.ui.deidentifyCheck.checked)

    def labels(self) -> Tuple[str, ...]:
        """Return the labels that are typed."""
        typed = [part.strip() for part in str(self.ui.labelsEdit.text).split(",")]
        return tuple(dict.fromkeys(part for part in typed if part))

    def deidentify(self) -> DeidentifyChoice:
        """Return how to de-identify."""
        return DeidentifyChoice(
            key_file=str(self.ui.keyEdit.text).strip(),
            dates=_DATES[self.ui.datesCombo.currentIndex],
            keep_patient_characteristics=bool(self.ui.characteristicsCheck.checked),
        )

    def options(self, except_series: Tuple[str, ...] = ()) -> UploadOptions:
        """Return all of it; ConfigurationError says what can't be used."""
        return UploadOptions(
            except_series=except_series,
            verify=bool(self.ui.verifyCheck.checked),
            labels=self.labels(),
            deidentify=self.deidentify() if self.deidentifies else None,
        )

    def why_not(self) -> str:
        """Return what is wrong with the options; empty when they can be used."""
        try:
            self.options()
        except ConfigurationError as error:
            return error_text(error)
        return ""

    # What a person does ---------------------------------------------------------------------

    def _onOpened(self, on: bool) -> None:
        self.ui.optionsBox.setVisible(on)
        self.ui.optionsButton.arrowType = qt.Qt.DownArrow if on else qt.Qt.RightArrow
        self.refresh()

    def _onChanged(self, _value: Any) -> None:
        self.preview.clear()
        self._on_changed()

    def _onChooseKey(self) -> None:
        name = qt.QFileDialog.getSaveFileName(
            self.ui.keyButton, _("Choose the key, or a new one"), str(self.ui.keyEdit.text)
        )
        if name:
            self.ui.keyEdit.text = str(name)

    def onPreview(self) -> None:
        """Show before and after of one file of each series."""
        self.preview.start(UploadOptions(deidentify=self.deidentify()), self.tell_fault)

    def tell_fault(self, error: OrthancConnectError) -> None:
        """Say why it can't be de-identified, and offer what is missing."""
        missing = error.facts.get("package") if isinstance(error, MissingDependencyError) else ""
        self._missing = missing == _PACKAGE
        self._tell(*fault(error))
        if self._missing:
            self.ui.optionsButton.checked = True
            self.ui.deidentifyCheck.checked = True
        self.refresh()

    def onInstall(self) -> None:
        """Install dicognito, because the person clicked the button that says so."""
        if attempt(lambda: self._logic.install(_PACKAGE), self._tell, _("Installed.")):
            self._missing = False
            self.refresh()

    def _tell(self, text: str, tone: str) -> None:
        say(self.ui.previewMessage, text, tone)

    # What a person sees ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the options are, and what can be done with them."""
        ui = self.ui
        ui.deidentifyBox.setVisible(self.deidentifies)
        ui.installButton.setVisible(self._missing)
        why = ""
        if self._logic.log.count("running"):
            why = _("Wait until what is running has ended.")
        allow(ui.installButton, why, _("Install it into Slicer; de-identification needs it."))
        why = ""
        if not self._logic.choice.paths:
            why = _("Choose a folder or files first.")
        elif self._logic.choice.state == SCANNING:
            why = _("Wait until everything chosen has been looked at.")
        elif self.preview.running:
            why = _("It is being made.")
        tooltip = _("Show before and after for one file of each series; nothing is sent.")
        allow(ui.previewButton, why, tooltip)
        chosen = self._summary() if not ui.optionsButton.checked else ""
        say(ui.optionsSummary, chosen, QUIET)
        say(ui.deidentifyLabel, self._loud() if self.deidentifies else "", WARNING)

    def _summary(self) -> str:
        parts = []
        if self.ui.verifyCheck.checked:
            parts.append(_("verify"))
        if self.deidentifies:
            parts.append(_("de-identify"))
        parts += self.labels()
        return " · ".join(parts)

    def _loud(self) -> str:
        dates = {
            REMOVE: _("Names, identifiers and dates are removed or replaced"),
            SHIFT: _("Names and identifiers are replaced and dates shifted"),
            KEEP: _("Names and identifiers are replaced; dates are kept"),
        }[self.ui.datesCombo.currentIndex]
        text = _("De-identified: {what} before a byte leaves. What is drawn in the pixels stays.")
        return "⚠ " + text.format(what=dates[:1].lower() + dates[1:])

    # Memory ---------------------------------------------------------------------------------

    def state(self) -> Dict[str, Any]:
        """Return what comes back at the next start; labels belong to one upload."""
        boxes = {name: bool(getattr(self.ui, box).checked) for name, box in _REMEMBERED.items()}
        dates, key = int(self.ui.datesCombo.currentIndex), str(self.ui.keyEdit.text)
        return {**boxes, "dates": dates, "key": key}

    def restore(self, state: Dict[str, Any]) -> None:
        """Take back what `state` returned."""
        dates = state.get("dates")
        self.ui.datesCombo.currentIndex = dates if dates in (REMOVE, SHIFT, KEEP) else REMOVE
        self.ui.keyEdit.text = str(state.get("key") or "")
        for name, box in _REMEMBERED.items():
            getattr(self.ui, box).checked = state.get(name) is True
        self.refresh()
