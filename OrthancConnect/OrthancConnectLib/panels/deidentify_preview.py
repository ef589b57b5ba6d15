"""Before and after a de-identification, for one file of each series."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.shared.validation import plain_text

from ..logic.logic import OrthancConnectLogic
from ..signals import Latest
from ..wording import worded
from .part import Part
from .style import QUIET, WARNING, fill_table, say

#: More rows than anybody reads.
MOST_ROWS = 400


class DeidentifyPreview(Part):
    """Asks the worker, and shows one series at a time in the options' form."""

    def __init__(self, ui: Any, logic: OrthancConnectLogic) -> None:
        super().__init__(ui)
        self._logic = logic
        self._latest = Latest()
        self._stop: Callable[[], None] = lambda: None
        self.running = False
        self.series: List[Mapping[str, Any]] = []
        self.wire(
            (ui.previewCombo, "currentIndexChanged(int)", self._onChosen),
            (ui.previewCloseButton, "clicked()", self.clear),
        )

    def start(
        self, options: UploadOptions, on_fault: Callable[[OrthancConnectError], None]
    ) -> None:
        """Ask for it."""
        self.clear()
        self.running = True

        def on_result(answer: Mapping[str, Any]) -> None:
            self.running = False
            self._show(answer["series"])
            self._logic.choice.changed.emit()

        def on_error(error: OrthancConnectError) -> None:
            self.running = False
            on_fault(error)

        say(self.ui.previewMessage, _("Making the preview…"), QUIET)
        self._stop = self._logic.preview_deidentified(
            options, self._latest.only(on_result), self._latest.only(on_error)
        )

    def clear(self) -> None:
        """Show nothing; what was asked for is not waited for."""
        self._latest.begin()
        if self.running:
            self.running = False
            self._stop()
        self.series = []
        self.ui.previewBox.hide()
        say(self.ui.previewMessage, "")

    def _show(self, series: List[Mapping[str, Any]]) -> None:
        left_out = self._logic.choice.left_out
        self.series = [one for one in series if one["series_instance_uid"] not in left_out]
        combo = self.ui.previewCombo
        combo.blockSignals(True)
        combo.clear()
        for one in self.series:
            combo.addItem(self._title(one))
        combo.blockSignals(False)
        warned = sum(bool(one["warnings"]) for one in self.series)
        text = _("Nothing is left to be shown.")
        if self.series:
            text = _("{count} series; look at the warnings of {warned} of them.").format(
                count=len(self.series), warned=warned
            )
        say(self.ui.previewMessage, text, WARNING if warned else QUIET)
        self.ui.previewBox.setVisible(bool(self.series))
        if self.series:
            combo.currentIndex = 0
            self._onChosen(0)

    def _title(self, one: Mapping[str, Any]) -> str:
        uid, title = one["series_instance_uid"], plain_text(str(one["item"]), 60)
        rows = self._logic.choice.rows.values()
        row = next((row for row in rows if row.series_instance_uid == uid), None)
        if row is not None:
            number = "" if row.series_number is None else f"{row.series_number}  "
            title = number + (plain_text(row.series_description, 60) or _("(no description)"))
        return ("⚠ " if one["warnings"] else "") + title

    def _onChosen(self, index: int) -> None:
        if not 0 <= index < len(self.series):
            return
        one = self.series[index]
        warnings = (worded(str(warning["message"])) for warning in one["warnings"])
        lines = ["⚠ " + plain_text(warning) for warning in warnings]
        say(self.ui.previewWarnings, "\n".join(lines), WARNING)
        rows = []
        for change in one["changes"][:MOST_ROWS]:
            name, before = str(change["keyword"] or change["tag"]), str(change["before"])
            after = str(change["after"]) or _("(removed)")
            cells = ((name, f"{change['tag']} {name}"), (before, before), (after, after))
            rows.append([(plain_text(text, 300), told) for text, told in cells])
        fill_table(self.ui.previewTable, rows)

    def close(self) -> None:
        """Let go of the widgets."""
        self.clear()
        super().close()
