"""Sizes and pictures of what the list shows: asked for as it is shown, a few at a time."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Set, Tuple

from OrthancConnectCore.shared.errors import OrthancConnectError, TransportError

from ..protocols import OnError
from ..signals import Latest, Signal
from .query import Query

#: Sizes asked for in one request; requests for pictures at once.
_SIZES_A_REQUEST, _PICTURES_AT_ONCE = 50, 3
#: Pixels of a picture in a line of the list, and of one of the quick look; slices in that.
SIDE, LOOK_SIDE, SLICES = 96, 256, 9
#: A level and Orthanc's identifier.
Resource = Tuple[str, str]
OnFiles = Callable[[Sequence[str]], None]


class Details:
    """What the server is asked about single studies and series that a query has found.

    Both are known until the next query. What could not be had is not asked for again, unless it
    was the connection that failed.
    """

    def __init__(self, query: Query) -> None:
        self._query = query
        #: Emitted with Orthanc's identifiers, and with that of one series.
        self.sized, self.pictured = Signal(), Signal()
        self.sizes: Dict[str, int] = {}
        #: The file of the middle slice, by the series' identifier; empty where there is none.
        self.pictures: Dict[str, str] = {}
        self._latest = Latest()
        self._look = Latest()
        self.forget()

    def forget(self) -> None:
        """Know nothing, and drop what was asked for: another query begins."""
        self._latest.begin()
        self._look.begin()
        self.sizes.clear()
        self.pictures.clear()
        self._asked: Set[str] = set()
        self._under_way = 0
        self._sizing = False
        self._sizes: List[Resource] = []
        self._pictures: List[str] = []

    def want(self, sizes: Iterable[Resource], pictures: Iterable[str]) -> None:
        """Ask for what is shown now; what was wanted before and was not asked for, is dropped."""
        self._sizes, self._pictures = list(sizes), list(pictures)
        self._go_on()

    def look(self, series_orthanc_id: str, on_files: OnFiles, on_error: OnError) -> None:
        """Ask for slices of a series; the answer to the latest such wish counts."""
        self._look.begin()
        callbacks = self._look.only(on_files), self._look.only(on_error)
        self._ask_for_pictures(series_orthanc_id, SLICES, LOOK_SIDE, *callbacks)

    def _ask_for_pictures(self, series: str, count: int, side: int, *callbacks: Any) -> None:
        self._query.ask_server(
            "series.pictures", *callbacks, series_orthanc_id=series, count=count, side=side
        )

    def _go_on(self) -> None:
        while self._pictures and self._under_way < _PICTURES_AT_ONCE:
            series = self._pictures.pop(0)
            if series not in self._asked:
                self._asked.add(series)
                self._under_way += 1
                only = self._latest.only
                on_result = only(partial(self._onPicture, series))
                on_error = only(partial(self._onNoPicture, series))
                self._ask_for_pictures(series, 1, SIDE, on_result, on_error)
        self._sizes = [one for one in self._sizes if one[1] not in self.sizes]
        if self._sizes and not self._sizing:
            some, self._sizes = self._sizes[:_SIZES_A_REQUEST], self._sizes[_SIZES_A_REQUEST:]
            self._sizing = True
            wanted = {
                f"{level}_orthanc_ids": [name for of, name in some if of == level]
                for level in ("study", "series")
            }
            only = self._latest.only
            callbacks = only(self._onSizes), only(self._onNoSizes)
            self._query.ask_server("query.sizes", *callbacks, **wanted)

    def _onPicture(self, series: str, files: Sequence[str]) -> None:
        self._under_way -= 1
        self.pictures[series] = files[0] if files else ""
        self.pictured.emit(series)
        self._go_on()

    def _onNoPicture(self, series: str, error: OrthancConnectError) -> None:
        self._under_way -= 1
        if isinstance(error, TransportError):
            self._asked.discard(series)
            self._pictures.clear()
        self._go_on()

    def _onSizes(self, sizes: Mapping[str, int]) -> None:
        self._sizing = False
        self.sizes.update(sizes)
        self.sized.emit(tuple(sizes))
        self._go_on()

    def _onNoSizes(self, _error: OrthancConnectError) -> None:
        self._sizing = False
        self._sizes.clear()
