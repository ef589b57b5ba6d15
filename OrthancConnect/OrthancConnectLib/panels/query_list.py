"""The list of what was found: its shape, columns and pictures, its menus, and where it stands."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence

import qt
import slicer
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.series import SeriesTarget

from ..logic.editing import CORRECTED
from ..logic.logic import OrthancConnectLogic
from ..signals import Signal
from .columns import Columns
from .part import Part
from .patient_tree import NAME, RESULT, SERIES, STUDY, Line
from .query_cells import COLUMNS, FEW
from .query_tree import SHAPES, QueryTree
from .style import PLAIN, QUIET, say
from .texts import compared_text, fault
from .viewer_menu import ViewerMenu

#: Pixels of a series' picture, in the panel and where there is room.
_SIDE, _LARGE_SIDE = 26, 52
#: Milliseconds after which is asked for what has come into sight.
_SOON = 80
#: Widest picture of the quick look, and the gap between two, in pixels.
_WIDEST, _GAP = 180, 2
#: Letters that names have room for at least, in the panel and where there is room.
_LETTERS, _LARGE_LETTERS = 14, 32
#: Part of the main window's width that the list takes beside the views.
_SHARE = 0.5


class QueryList(Part):
    """Looks after the page with the tree; `retrieve` takes whether to load as well."""

    def __init__(
        self,
        ui: Any,
        logic: OrthancConnectLogic,
        retrieve: Callable[[bool], None],
        load_results: Callable[[], None],
        on_selected: Callable[[], None],
    ) -> None:
        super().__init__(ui)
        self._logic = logic
        self._retrieve, self._load_results = retrieve, load_results
        self._on_selected = on_selected
        self.tree = QueryTree(
            ui.resultTree,
            logic.local.of_patient,
            logic.details,
            logic.rooms.comparison.found,
            self._onSelected,
        )
        self.own(self.tree)
        tell, targets = partial(say, ui.resultLabel), self.tree.selected_targets
        self.viewers = self.own(ViewerMenu(logic, ui, targets, tell))
        self.columns: Columns = self.tree.columns
        self.with_pictures = True
        self.wants_large = False
        self._dock: Any = None
        self._views: Any = None  # in whose place the list stands
        self._width = 0
        self._states: Dict[bool, Any] = {True: {"shown": [one.name for one in COLUMNS.values()]}}
        #: Emitted when the list has gone to another place.
        self.moved = Signal()
        self.menu = qt.QMenu(ui.resultTree)
        self._soon = qt.QTimer()
        self._soon.setSingleShot(True)
        self.columns.widen(_LETTERS)
        self.tree.set_pictures(_SIDE)
        ui.largeButton.setVisible(slicer.util.mainWindow() is not None)
        ui.resultTree.setContextMenuPolicy(qt.Qt.CustomContextMenu)
        space = qt.QShortcut(qt.QKeySequence("Space"), ui.resultTree)
        space.setContext(qt.Qt.WidgetShortcut)
        bar, header = ui.resultTree.verticalScrollBar(), self.columns.header
        seen = (
            (bar, "valueChanged(int)"),
            (bar, "rangeChanged(int,int)"),
            (ui.resultTree.horizontalScrollBar(), "rangeChanged(int,int)"),
            (header, "sectionResized(int,int,int)"),
            (ui.resultTree, "itemExpanded(QTreeWidgetItem*)"),
            (self.tree.written,),
        )
        self.wire(
            (ui.resultTree, "itemExpanded(QTreeWidgetItem*)", self._onOpened),
            *((*one, self._look_soon) for one in seen),
            (logic.rooms.comparison.changed, self._onCompared),
            (self._soon, "timeout()", self._onSeen),
            (space, "activated()", self._onSpace),
            (ui.shapeCombo, "currentIndexChanged(int)", self._onShape),
            (ui.largeButton, "toggled(bool)", self._onLarge),
            (ui.lookCloseButton, "clicked()", ui.lookBox.hide),
            (ui.resultTree, "customContextMenuRequested(QPoint)", self._onMenu),
            (header, "customContextMenuRequested(QPoint)", self._onColumnsMenu),
        )

    # What is asked of the server ------------------------------------------------------------

    def _look_soon(self, *_sizes: int) -> None:
        self._soon.start(_SOON)

    def _onOpened(self, item: Any) -> None:
        line = self.tree.line_of(item)
        if line.level == STUDY and not self.tree.busy:  # by a person
            self._logic.details.list_again([line.record.orthanc_id])

    def _onSeen(self) -> None:
        self.columns.fit()
        if self._logic.connection.connected:
            self._logic.details.want(*self.tree.wanted())

    # Quick look -----------------------------------------------------------------------------

    def _first_series(self) -> Optional[Line]:
        """Return the first of the selected series."""
        return next((one for line in self.tree.selected() for one in line.series()), None)

    def _onSelected(self) -> None:
        if not self.ui.lookBox.isHidden():
            self.look()
        self._on_selected()

    def _onSpace(self) -> None:
        if self.ui.lookBox.isHidden():
            self.look()
        else:
            self.ui.lookBox.hide()

    def look(self) -> None:
        """Show slices of the first selected series, without retrieving it."""
        line = self._first_series()
        if line is None or not line.record.orthanc_id or not self._logic.connection.connected:
            self.ui.lookBox.hide()
            return
        title = str(line.item.text(NAME)).replace("\n", "  ·  ")
        say(self.ui.lookTitle, title + " …", QUIET)
        self.ui.lookBox.show()

        def on_files(files: Sequence[str]) -> None:
            none = _("{series}: the server can't make pictures of it.").format(series=title)
            say(self.ui.lookTitle, title if files else none, QUIET)
            self._show_slices(files)

        def on_error(error: OrthancConnectError) -> None:
            say(self.ui.lookTitle, *fault(error))
            self._show_slices(())

        self._logic.details.look(line.record.orthanc_id, on_files, on_error)

    def _show_slices(self, files: Sequence[str]) -> None:
        """Lay pictures side by side, in as many rows as they need to be seen."""
        label, room = self.ui.lookPictures, int(self.ui.resultTree.width)
        label.setVisible(bool(files))
        if not files:
            return
        across = len(files) if room >= 80 * len(files) else (len(files) + 1) // 2
        side = max(16, min(_WIDEST, room // across - _GAP))
        rows = -(-len(files) // across)
        strip = qt.QPixmap(across * (side + _GAP), rows * (side + _GAP))
        strip.fill(qt.QColor(0, 0, 0))
        painter = qt.QPainter(strip)
        painter.setRenderHint(qt.QPainter.SmoothPixmapTransform)
        for number, file in enumerate(files):
            picture = qt.QPixmap(file)
            longest = max(int(picture.width()), int(picture.height()), 1)
            width, height = (
                int(size() * side / longest) for size in (picture.width, picture.height)
            )
            x = number % across * (side + _GAP) + (side - width) // 2
            y = number // across * (side + _GAP) + (side - height) // 2
            painter.drawPixmap(x, y, width, height, picture)
        painter.end()
        label.setPixmap(strip)

    # Menus ----------------------------------------------------------------------------------

    def _onMenu(self, place: Any) -> None:
        item = self.ui.resultTree.itemAt(place)
        if item is not None:
            if not item.isSelected():
                self.ui.resultTree.clearSelection()
                item.setSelected(True)
            self.fill_menu()
            self.menu.popup(self.ui.resultTree.viewport().mapToGlobal(place))

    def fill_menu(self) -> None:
        """Fill the menu with what can be done with the selected lines."""
        self.menu.clear()
        lines, ui = self.tree.selected(), self.ui
        records = [line.record for line in lines]
        name = dict.fromkeys((SERIES, RESULT), "series_instance_uid")
        name[STUDY] = "study_instance_uid"
        uids = [getattr(line.record, name[line.level]) for line in lines if line.level in name]
        uids = list(filter(None, uids))  # a scene has none
        known = [one for one in (getattr(record, "orthanc_id", "") for record in records) if one]
        can_look = self._first_series() is not None and self._logic.connection.connected
        self._act(str(ui.retrieveButton.text), lambda: self._retrieve(False), ui.retrieveButton)
        self._act(str(ui.loadButton.text), lambda: self._retrieve(True), ui.loadButton)
        if not ui.loadResultsButton.isHidden():
            self._act(str(ui.loadResultsButton.text), self._load_results, ui.loadResultsButton)
        self._act(_("Quick look"), self.look).enabled = can_look
        self._act(_("Open"), self.viewers.open, self.viewers.ui.openButton)
        comparison = self._logic.rooms.comparison
        if comparison.running:
            self._act(_("Stop comparing"), comparison.stop)
        else:
            self._act(_("Compare with the server"), self._compare).enabled = self._can_compare()
        self.menu.addMenu(self.viewers.menu).enabled = bool(self.viewers.ui.openButton.enabled)
        self.menu.addSeparator()
        self._act(_("Copy UID"), lambda: copy(uids)).enabled = bool(uids)
        self._act(_("Copy Orthanc identifier"), lambda: copy(known)).enabled = bool(known)
        self._act(_("Labels…"), self._show_labels).enabled = self._labelled() is not None
        line = self._labelled()
        can_correct = line is not None and line.level == STUDY
        self._act(_("Correct on the server…"), lambda: self._edit(True)).enabled = can_correct
        self._act(_("Delete on the server…"), self._edit).enabled = line is not None

    def _edit(self, corrects: bool = False) -> None:
        line = self._labelled()
        if line is not None:
            resource = "Study" if line.level == STUDY else "Series", line.record.orthanc_id
            title = str(line.item.text(NAME)).replace("\n", "  ·  ")
            values = {key: getattr(line.record, name) for key, name in CORRECTED.items()}
            more = (values,) if corrects else ()
            self._logic.rooms.editing.look(*self._logic.server(), resource, title, *more)

    def _labelled(self) -> Optional[Line]:
        """Return the line whose labels can be shown: a study's or series', alone and known."""
        lines = self.tree.selected()
        one = lines[0] if len(lines) == 1 and lines[0].level in (SERIES, STUDY) else None
        can_ask = one is not None and one.record.orthanc_id and not self._logic.why_not_work()
        return one if can_ask else None

    def _show_labels(self) -> None:
        line = self._labelled()
        if line is not None:
            level = "Study" if line.level == STUDY else "Series"
            study = line.record if line.level == STUDY else line.owners[-1]
            title = str(line.item.text(NAME)).replace("\n", "  ·  ")
            resource = level, line.record.orthanc_id
            self._logic.rooms.labels.show(*self._logic.server(), resource, study.orthanc_id, title)

    def _here(self) -> List[SeriesTarget]:
        return [one for one in self.tree.selected_targets() if self.tree.present(one)]

    def _can_compare(self) -> bool:
        return bool(self._here()) and not self._logic.why_not_work()

    def _compare(self) -> None:
        self._logic.rooms.comparison.start(*self._logic.server(), self._here())

    def _onCompared(self) -> None:
        """Tell how far it is, or what came of it, here and in the lines."""
        comparison, text, tone = self._logic.rooms.comparison, "", PLAIN
        if comparison.running:
            text = _("Comparing with the server: {done} of {all} series")
            text = text.format(done=comparison.done, all=len(comparison.targets))
        elif comparison.error is not None:
            text, tone = fault(comparison.error)
        elif comparison.done:
            text, tone = compared_text(comparison.result)
        say(self.ui.remarksLabel, "")
        say(self.ui.resultLabel, text, tone)
        if not comparison.running:
            self.tree.look_again()

    def _act(self, text: str, slot: Callable[[], Any], as_button: Any = None) -> Any:
        action = self.menu.addAction(text)
        action.connect("triggered()", slot)
        if as_button is not None:
            action.enabled = bool(as_button.enabled)
        return action

    def _onColumnsMenu(self, place: Any) -> None:
        self.fill_columns_menu()
        self.menu.popup(self.columns.header.mapToGlobal(place))

    def fill_columns_menu(self) -> None:
        """Fill the menu with the columns, and whether series have pictures."""
        self.menu.clear()
        for number, action in self.columns.fill_menu(self.menu).items():
            action.connect("toggled(bool)", lambda on, number=number: self._want(number, on))
        self.menu.addSeparator()
        action = self.menu.addAction(_("Pictures of series"))
        action.checkable = True
        action.checked = self.with_pictures
        action.connect("toggled(bool)", self.show_pictures)

    def _want(self, number: int, on: bool) -> None:
        self.columns.want(number, on)
        self._look_soon()

    def show_pictures(self, on: bool) -> None:
        """Show a picture of each series, or none."""
        self.with_pictures = on
        self.tree.set_pictures((_LARGE_SIDE if self.is_large else _SIDE) if on else 0)
        self._look_soon()

    def _onShape(self, index: int) -> None:
        self.tree.set_shape(SHAPES[index])

    # Beside the views -----------------------------------------------------------------------

    @property
    def is_large(self) -> bool:
        """Whether the list stands beside the views."""
        return self._dock is not None

    def _onLarge(self, on: bool) -> None:
        self.wants_large = on
        self.place(on)

    def place(self, large: bool) -> None:
        """Put the list into the main window, or back into the panel.

        Beside the views; where these would leave it less than it needs, instead of them.
        """
        window = slicer.util.mainWindow()
        large = large and window is not None
        if large == self.is_large:
            return
        self._states[self.is_large] = self.columns.state()
        page = self.ui.treePage
        if large:
            self._dock = qt.QDockWidget(_("Orthanc Connect"), window)
            self._dock.objectName = "OrthancConnectListDock"
            self._dock.setFeatures(
                qt.QDockWidget.DockWidgetMovable | qt.QDockWidget.DockWidgetFloatable
            )
            self._dock.setWidget(page)
            window.addDockWidget(qt.Qt.RightDockWidgetArea, self._dock)
            self.columns.widen(_LARGE_LETTERS)
            width = min(self._width or 10_000, int(int(window.width) * _SHARE))
            views = window.centralWidget()
            room = int(window.width) - int(views.x)
            if room - int(views.minimumSizeHint.width()) < self.columns.room(FEW):
                self._views, width = views, room
                views.hide()
            page.show()
            # When the window has taken note of what went.
            qt.QTimer.singleShot(0, lambda: self._resize(window, width))
        else:
            if self._views is None:
                self._width = int(self._dock.width)
            else:
                self._views.show()
                self._views = None
            self.ui.resultStack.addWidget(page)
            if window is not None:
                window.removeDockWidget(self._dock)
            self._dock.setParent(None)
            self._dock.deleteLater()
            self._dock = None
        margin = 4 if large else 0
        page.layout().setContentsMargins(margin, margin, margin, margin)
        if not large:
            self.columns.widen(_LETTERS)
        self.columns.restore(self._states.get(large))
        self.show_pictures(self.with_pictures)
        self.ui.largeButton.checked = self.wants_large
        text = _("Back into the panel") if large else _("Large")
        self.ui.largeButton.text = self.ui.largeButton.accessibleName = text
        self.moved.emit()

    def _resize(self, window: Any, width: int) -> None:
        if self._dock is not None:
            window.resizeDocks([self._dock], [width], qt.Qt.Horizontal)

    def show_views(self) -> None:
        """Give the views their place back, since there is something to be seen."""
        if self._views is not None:
            self.ui.largeButton.checked = False

    # Remembered -----------------------------------------------------------------------------

    def state(self) -> Dict[str, Any]:
        """Return what comes back at the next start."""
        self._states[self.is_large] = self.columns.state()
        if self._dock is not None and self._views is None:
            self._width = int(self._dock.width)
        return {
            "shape": self.tree.shape,
            "sorted": [self.tree.sorted_by, self.tree.descending],
            "columns": self._states.get(False),
            "large columns": self._states[True],
            "large": self.wants_large,
            "large width": self._width,
            "pictures": self.with_pictures,
        }

    def restore(self, state: Dict[str, Any]) -> None:
        """Take back what `state` returned."""
        if state.get("shape") in SHAPES:
            self.ui.shapeCombo.currentIndex = SHAPES.index(state["shape"])
        by, descending = NAME, False
        if isinstance(state.get("sorted"), list) and len(state["sorted"]) == 2:
            by, descending = state["sorted"]
        self.tree.sort(by if by in COLUMNS else NAME, descending is True)
        self._states = {False: state.get("columns"), True: state.get("large columns")}
        self._states[True] = self._states[True] or {"shown": [one.name for one in COLUMNS.values()]}
        self.columns.restore(self._states[False])
        width = state.get("large width")
        self._width = width if isinstance(width, int) and 100 <= width <= 10_000 else 0
        self.wants_large = state.get("large") is True
        self.show_pictures(state.get("pictures") is not False)

    def close(self) -> None:
        """Let go of everything, with the list back in its place."""
        self._soon.stop()
        self.place(False)
        super().close()


def copy(texts: Sequence[str]) -> None:
    """Put texts into the clipboard, a line each."""
    qt.QApplication.clipboard().setText("\n".join(texts))
