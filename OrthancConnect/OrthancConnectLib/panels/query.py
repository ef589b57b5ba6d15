"""Find on the server: filters, what was found, and retrieving it."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any, Dict, Optional, Sequence, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.profile import AUTOMATIC, C_FIND, HTTPS, QUERY_WAYS, RETRIEVE_METHODS
from OrthancConnectCore.shared.query import QueryFilters

from ..logic import task as query_job
from ..logic.logic import FIRST_STUDIES, OrthancConnectLogic
from ..logic.transfers import Transfer
from ..wording import worded
from . import texts
from .part import DropArea, Form
from .patient_tree import SERIES
from .problems_table import rows_of
from .progress_line import ProgressLine
from .query_cells import title_of
from .query_list import QueryList
from .query_results import to_load
from .style import QUIET, WARNING, allow, make_primary, say

ANY, TODAY, WEEK, MONTH, RANGE = range(5)
_EMPTY, _TREE = 0, 1
#: The fields behind *More filters*, and which filter each of them is.
_MORE = {
    "accessionEdit": "accession_number",
    "descriptionEdit": "study_description",
    "birthEdit": "birth_date",
    "sexEdit": "sex",
    "timeEdit": "study_time",
    "seriesDescriptionEdit": "series_description",
    "bodyPartEdit": "body_part",
    "referringEdit": "referring_physician",
    "institutionEdit": "institution",
    "labelsEdit": "labels",
}


class QueryPanel(Form):
    """The section that most of the work is done in."""

    def __init__(self, logic: OrthancConnectLogic, resource_path: Any) -> None:
        super().__init__(logic, resource_path, "query_panel.ui")
        self._shown_profile = ""
        self._last: Optional[Transfer] = None
        self.show_details: Any = lambda transfer: None
        ui = self.ui
        acts = self._retrieve, self._load_results, self._refresh_buttons
        self.list = self.own(QueryList(ui, logic, *acts))
        self.tree = self.list.tree
        self.progress = self.own(ProgressLine(ui, logic.cancel))
        self.widget = DropArea(self.widget, lambda paths: self.cohort.take(paths))
        make_primary(ui.queryButton)
        today = qt.QDate.currentDate()
        ui.fromDate.date = today.addMonths(-1)
        ui.toDate.date = today
        enter = qt.QShortcut(qt.QKeySequence("Return"), ui.resultTree)
        enter.setContext(qt.Qt.WidgetShortcut)
        edits = (ui.nameEdit, ui.idEdit, *(getattr(ui, name) for name in _MORE))
        self.wire(
            *((edit, "returnPressed()", self.onQuery) for edit in edits),
            (ui.modalityCombo.lineEdit(), "returnPressed()", self.onQuery),
            (ui.dateCombo, "currentIndexChanged(int)", self._onDateChosen),
            (ui.moreButton, "toggled(bool)", self._onMoreFilters),
            (ui.followButton, "toggled(bool)", lambda on: self.follow.reveal(on)),
            (ui.listButton, "clicked()", lambda: self.cohort.choose()),
            (ui.queryButton, "clicked()", self.onQuery),
            (ui.cancelQueryButton, "clicked()", logic.query.cancel),
            (ui.moreResultsButton, "clicked()", logic.query.more),
            (ui.retrieveButton, "clicked()", lambda: self._retrieve(False)),
            (ui.loadButton, "clicked()", lambda: self._retrieve(True)),
            (ui.loadResultsButton, "clicked()", self._load_results),
            (ui.methodCombo, "currentIndexChanged(int)", self._refresh_buttons),
            (ui.resultTree, "itemDoubleClicked(QTreeWidgetItem*,int)", self._onEnter),
            (enter, "activated()", self._onEnter),
            (ui.detailsButton, "clicked()", self._onDetails),
            (logic.connection.changed, self._onConnection),
            (logic.profiles.changed, self._onConnection),
            (logic.listener.changed, self._refresh_buttons),
            (logic.load_choice.changed, self._refresh_buttons),
            (logic.firstConnected, self.onQuery),  # what is there? without a further click
            (logic.query.changed, self._onQueryChanged),
            (logic.query.counted, self.tree.set_counts),
            (logic.rooms.follow.changed, lambda: self.follow),
            (logic.rooms.labels.changed, partial(self._onBox, "labels")),
            (logic.rooms.editing.changed, partial(self._onBox, "editing")),
            (logic.rooms.follow.arrived, lambda _studies: self.tree.look_again()),
            (self.list.moved, self._onQueryChanged),
            (self.tree.written, self._refresh_buttons),
            (logic.rooms.study_results.changed, self._onResults),
            (logic.log.added, self._onTransfer),
            (logic.log.changed, self._onTransfer),
            (logic.log.finished, self._onTransfer),
        )
        self._onConnection()
        self._onQueryChanged()

    # What is made when it is first needed ---------------------------------------------------

    @cached_property
    def follow(self) -> Any:
        """Following the query."""
        from .follow import FollowBox

        box = FollowBox(self._logic, self._resource_path, self.filters)
        return self._below(self.ui.formBox, box)

    @cached_property
    def cohort(self) -> Any:
        """A list in a file."""
        from .cohort import CohortBox

        return self._below(self.ui.formBox, CohortBox(self._logic, self._resource_path))

    @cached_property
    def labels(self) -> Any:
        """The labels of a study or series."""
        from .labels import LabelsBox

        return self._below(self.ui.loadPlace, LabelsBox(self._logic, self._resource_path))

    @cached_property
    def editing(self) -> Any:
        """What is deleted or corrected on the server."""
        from .editing import EditingBox

        return self._below(self.ui.loadPlace, EditingBox(self._logic, self._resource_path))

    @cached_property
    def load(self) -> Any:
        """What is loaded, and how."""
        from .load_box import LoadBox

        return self._below(self.ui.loadPlace, LoadBox(self._logic, self._resource_path))

    def _onBox(self, name: str) -> None:
        getattr(self, name)
        self._refresh_buttons()

    def _below(self, place: Any, box: Form) -> Form:
        place.layout().addWidget(box.widget)
        return self.own(box)

    # What a person does ---------------------------------------------------------------------

    def filters(self) -> QueryFilters:
        """Return what is typed; InputError says what can't be searched for."""
        ui = self.ui
        begin, end = self._dates()
        modality = ui.modalityCombo.currentText.strip()
        more = bool(ui.moreButton.checked)
        return QueryFilters(
            patient_name=ui.nameEdit.text,
            patient_id=ui.idEdit.text,
            study_date_from=begin,
            study_date_to=end,
            modalities=() if modality.lower() in ("", _("any"), "any") else modality,
            **({name: getattr(ui, edit).text for edit, name in _MORE.items()} if more else {}),
        )

    def _dates(self) -> Tuple[str, str]:
        choice = self.ui.dateCombo.currentIndex
        if choice == ANY:
            return "", ""
        if choice == RANGE:
            begin, end = self.ui.fromDate.date, self.ui.toDate.date
        else:
            end = qt.QDate.currentDate()
            begin = {TODAY: end, WEEK: end.addDays(-6), MONTH: end.addMonths(-1)}[choice]
        return str(begin.toString("yyyyMMdd")), str(end.toString("yyyyMMdd"))

    def onQuery(self) -> None:
        """Ask the server."""
        if not self.ui.queryButton.enabled:
            return
        way = QUERY_WAYS[self.ui.wayCombo.currentIndex]
        try:
            self._logic.start_query(self.filters(), FIRST_STUDIES, way)
        except InputError as error:
            say(self.ui.queryError, *texts.fault(error))

    def _onDateChosen(self, index: int) -> None:
        self.ui.rangeBox.setVisible(index == RANGE)

    def _onMoreFilters(self, on: bool) -> None:
        self.ui.moreBox.setVisible(on)
        self.ui.moreButton.arrowType = qt.Qt.DownArrow if on else qt.Qt.RightArrow

    @property
    def method(self) -> str:
        """The retrieve method chosen in the panel."""
        return RETRIEVE_METHODS[self.ui.methodCombo.currentIndex]

    def _retrieve(self, then_load: bool) -> None:
        """Retrieve what is selected, and show it then; what is here already is shown at once."""
        targets = self.tree.selected_targets()
        connection = self._logic.connection
        if then_load:
            self.list.show_views()
        alone = not connection.connected or connection.away is not None
        if then_load and alone and self._are_here(targets):
            uids = [target.series_instance_uid for target in targets]
            say(self.ui.remarksLabel, "")
            self.ui.detailsButton.hide()
            tell = partial(say, self.ui.resultLabel)
            texts.attempt(lambda: self._logic.local.load(uids), tell, _("Loaded: {}."))
        elif not self._why_not_retrieve(targets):
            title = title_of(self.tree.selected())
            if then_load:
                self._logic.retrieve_and_load(targets, self.method, title, self.load.renders)
            else:
                self._logic.retrieve(targets, self.method, title)

    def _are_here(self, targets: Sequence[Any]) -> bool:
        return bool(targets) and all(map(self.tree.is_here, targets))

    def _load_results(self) -> None:
        """Load the selected results with their images; or stop fetching them."""
        results = self._logic.rooms.study_results
        if results.running:
            results.stop()
        elif self.ui.loadResultsButton.enabled:
            self.list.show_views()
            wanted = to_load(self.tree.selected())
            results.load(*self._logic.server(), wanted, self.method)

    def _onEnter(self, *_item: Any) -> None:
        lines = self.tree.selected()
        if lines and all(line.result for line in lines) and self.ui.loadResultsButton.enabled:
            self._load_results()
        elif lines and all(line.level == SERIES for line in lines):
            self._retrieve(True)

    def _onDetails(self) -> None:
        self.show_details(self._last)

    # What a person sees ---------------------------------------------------------------------

    def _onConnection(self) -> None:
        profile = self._logic.connection.profile or self._logic.profiles.current
        if profile is not None and profile.name != self._shown_profile:
            self._shown_profile = profile.name
            self.ui.methodCombo.currentIndex = RETRIEVE_METHODS.index(profile.retrieve_method)
        self._show_empty_text()
        self._refresh_buttons()

    def _onQueryChanged(self) -> None:
        ui, query = self.ui, self._logic.query
        if query.state == query_job.IDLE:
            self.tree.clear()
        self.tree.show(query.patients, query.counts)
        is_listed = bool(query.patients) and not self.list.is_large
        ui.resultStack.currentIndex = _TREE if is_listed else _EMPTY
        ui.resultStack.minimumHeight = 250 if is_listed else 60
        ui.viaBox.setVisible(bool(query.patients))
        ui.retrieveBox.setVisible(bool(query.patients))
        if query.patients:
            self.load.widget.show()
        self._show_empty_text()
        why, tone = "", WARNING
        if query.error is not None:
            why, tone = texts.fault(query.error)
        elif query.counts_missing:
            why = _("⚠ The numbers of instances are not known: {why}")
            why = why.format(why=worded(query.counts_missing))
        say(ui.queryError, why, tone)
        say(ui.countLabel, self._count_text(), QUIET)
        ui.moreResultsButton.setVisible(query.limited and not query.running)
        ui.cancelQueryButton.setVisible(query.running)
        ui.queryButton.setVisible(not query.running)
        self._refresh_buttons()

    def _count_text(self) -> str:
        query = self._logic.query
        if query.state == query_job.IDLE or (not query.patients and not query.running):
            return ""
        if query.running and not query.patients:
            return _("Asking the server…")
        patients = texts.plural(len(query.patients), _("{} patient"), _("{} patients"))
        studies = texts.plural(query.studies, _("{} study"), _("{} studies"))
        if query.limited and not query.running:
            studies = _("first {count} studies").format(count=query.studies)
        text = f"{patients}, {studies}"
        if query.running:
            return text + " …"
        way = _("C-FIND") if query.way == C_FIND else _("over HTTPS")
        text += f"  ·  {way}  ·  " + texts.seconds_text(query.seconds)
        text = "  ·  ".join([text, *map(worded, query.notes)])
        if query.state == query_job.CANCELLED:
            text += "  ·  " + _("cancelled, there may be more")
        return text

    def _show_empty_text(self) -> None:
        logic = self._logic
        query = logic.query
        # Nothing can be asked without a connection: then one line stands here, and no dead form.
        self.ui.formBox.setVisible(logic.connection.connected)
        text = _(
            "Press Query to list what is on the server, or type a part of a name first.\n\n"
            "* stands for any text: Pér*"
        )
        if query.patients:
            text = _("The list stands in the main window.")
        elif not logic.connection.connected:
            text = _("What the server has is listed here when you are connected.")
        elif query.running:
            text = _("Asking the server…")
        elif query.state == query_job.DONE:
            text = _("Nothing on the server matches.")
            if query.filters.is_empty:
                text = _("The server has no images yet.\n\nUpload some below.")
            else:
                text += "\n\n" + _("Try a part of the name, or leave out a filter.")
            if query.filters.patient_id[:1].isspace():
                text += "\n\n" + _("The patient ID was looked for with the spaces before it.")
        elif query.state == query_job.FAILED:
            text = _("The query did not work; see above.")
        say(self.ui.emptyLabel, text, QUIET)

    def _why_not_retrieve(self, targets: Sequence[Any]) -> str:
        reason = self._logic.why_not_retrieve(self.method)
        if not reason and self._logic.query.running:
            reason = _("Wait for the query's end first, or cancel it.")
        if not reason and not targets:
            reason = _("Select patients, studies or series first.")
            if any(line.result for line in self.tree.selected()):
                reason = _("This comes by “Load with results”.")
            elif self.ui.resultTree.selectedItems():
                reason = _("The series of this are not known: query again first.")
        return reason

    def _refresh_buttons(self) -> None:
        ui, logic = self.ui, self._logic
        why_not = logic.why_not_work()
        if not why_not and logic.query.running:
            why_not = _("The server is being asked already.")
        allow(ui.queryButton, why_not, _("Ask the server what matches."))
        has_results = bool(logic.query.patients)
        labels, states = logic.rooms.labels, (logic.load_choice.state, logic.rooms.editing.state)
        asked = query_job.ASKING in (*states, logic.rooms.study_results.state) or (
            labels.state != query_job.IDLE and not labels.saved
        )  # then the next button is in the box below
        lines = self.tree.selected()
        results = bool(lines) and all(line.result for line in lines)
        make_primary(ui.queryButton, not has_results and not asked)
        make_primary(ui.loadButton, not asked and not results)
        make_primary(ui.loadResultsButton, not asked and results)
        # What "Automatic" is here, in a word.
        method = logic.method_now(AUTOMATIC)
        word = _("over HTTPS") if method == HTTPS else method
        ui.methodCombo.setItemText(0, _("Automatic ({way})").format(way=word))
        targets = self.tree.selected_targets()
        reason, are_here = self._why_not_retrieve(targets), self._are_here(targets)
        tooltip = _("Retrieve what is selected into Slicer's DICOM database.")
        allow(ui.retrieveButton, reason, tooltip)
        tooltip = _("Retrieve what is selected, then load it and show it.")
        if are_here:
            tooltip = _("Load it from Slicer's DICOM database and show it.")
        ui.loadButton.text = _("Load") if are_here else _("Retrieve and load")
        allow(ui.loadButton, "" if are_here else reason, tooltip)
        self._refresh_results_button()
        # The reason stands in the panel when it is what the person needs next.
        shown = reason if has_results and logic.connection.connected else ""
        if not ui.resultTree.selectedItems() and not logic.why_not_retrieve(self.method):
            shown = ""
        say(ui.reasonLabel, shown, WARNING)

    def _refresh_results_button(self) -> None:
        button, running = self.ui.loadResultsButton, self._logic.rooms.study_results.running
        wanted = to_load(self.tree.selected())
        button.setVisible(bool(running or wanted.results or wanted.volumes))
        button.text = _("Stop") if running else _("Load with results")
        tooltip = _(
            "Fetch the selected results, or the latest of what is selected, and the images that "
            "they are of, and show them."
        )
        if running:
            tooltip = _("Fetch no further results.")
        allow(button, "" if running else self._logic.why_not_retrieve(self.method), tooltip)

    def _onResults(self) -> None:
        """Tell that results are being fetched, or why they could not be."""
        results = self._logic.rooms.study_results
        told: Sequence[str] = (_("Fetching the results…"),) if results.running else ("",)
        say(self.ui.resultLabel, *(texts.fault(results.error) if results.error else told))
        say(self.ui.remarksLabel, "")
        self.ui.detailsButton.hide()
        self._refresh_buttons()

    def _onTransfer(self, transfer: Transfer) -> None:
        if transfer.operation != "retrieve":
            return
        self.progress.follow(transfer)
        self._last = transfer
        say(self.ui.resultLabel, *(texts.outcome(transfer) if transfer.ended else ("",)))
        say(self.ui.remarksLabel, texts.remarks(transfer))
        self.ui.detailsButton.setVisible(transfer.ended and bool(rows_of(transfer)))
        if transfer.ended:
            self.tree.look_again()

    # Remembered -----------------------------------------------------------------------------

    def state(self) -> Dict[str, Any]:
        """Return what comes back at the next start; nothing that names a patient."""
        ui = self.ui
        return {
            "date": ui.dateCombo.currentIndex,
            "modality": ui.modalityCombo.currentText,
            "more": bool(ui.moreButton.checked),
            "way": ui.wayCombo.currentIndex,
            "list": self.list.state(),
        }

    def restore(self, state: Dict[str, Any]) -> None:
        """Take back what `state` returned."""
        ui = self.ui
        date = state.get("date", ANY)
        ui.dateCombo.currentIndex = date if date in (ANY, TODAY, WEEK, MONTH) else ANY
        ui.modalityCombo.setEditText(str(state.get("modality") or _("any")))
        ui.moreButton.checked = bool(state.get("more", False))
        way = state.get("way", 0)
        ui.wayCombo.currentIndex = way if way in range(len(QUERY_WAYS)) else 0
        known = state.get("list")
        self.list.restore(known if isinstance(known, dict) else {})
