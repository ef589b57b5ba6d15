"""Sizes, pictures and results of what the list shows: asked for as it is shown, a few at a time."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Set, Tuple, Union

from OrthancConnectCore.shared.errors import OrthancConnectError, TransportError
from OrthancConnectCore.shared.results import StudyResult

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
#: The results of a study, or why they are not known.
Listed = Union[Tuple[StudyResult, ...], OrthancConnectError]


class Details:
    """What the server is asked about single studies and series that a query has found.

    All is known until the next query. What could not be had is not asked for again, unless it
    was the connection that failed, or a study is opened once more.
    """

    def __init__(self, query: Query) -> None:
        self._query = query
        #: Emitted with Orthanc's identifiers, with that of one series, and with that of one study.
        self.sized, self.pictured, self.listed = Signal(), Signal(), Signal()
        self.sizes: Dict[str, int] = {}
        #: The file of the middle slice, by the series' identifier; empty where there is none.
        self.pictures: Dict[str, str] = {}
        #: By the study's identifier.
        self.results: Dict[str, Listed] = {}
        self._latest, self._look, self._list = Latest(), Latest(), Latest()
        query.renewed.connect(self.list_again)
        self.forget()

    def forget(self) -> None:
        """Know nothing, and drop what was asked for: another query begins."""
        self._latest.begin()
        self._look.begin()
        self._list.begin()
        self.sizes.clear()
        self.pictures.clear()
        self.results.clear()
        self._asked: Set[str] = set()
        self._under_way = 0
        self._sizing = False
        self._sizes: List[Resource] = []
        self._pictures: List[str] = []
        self._studies: List[str] = []
        self._listing = ""  # the study whose results are asked for

    def want(
        self, sizes: Iterable[Resource], pictures: Iterable[str], studies: Iterable[str]
    ) -> None:
        """Ask for what is shown now; what was wanted before and was not asked for, is dropped."""
        self._sizes, self._pictures, self._studies = list(sizes), list(pictures), list(studies)
        self._go_on()

    def list_again(self, studies: Iterable[str]) -> None:
        """Let the results of studies be asked for anew, when they are wanted again."""
        for study in studies:
            self.results.pop(study, None)
            if study == self._listing:
                self._list.begin()
                self._listing = ""

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
        self._studies = [one for one in self._studies if one not in self.results]
        if self._studies and not self._listing:
            self._listing = study = self._studies.pop(0)
            only = self._list.only
            callbacks = only(partial(self._onResults, study)), only(partial(self._onListed, study))
            self._query.ask_server("results.of", *callbacks, study_orthanc_id=study)

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

    def _onResults(self, study: str, answer: Sequence[Mapping[str, Any]]) -> None:
        try:
            listed: Listed = tuple(map(StudyResult.from_dict, answer))
        except OrthancConnectError as error:
            listed = error
        self._onListed(study, listed)

    def _onListed(self, study: str, listed: Listed) -> None:
        self._listing, self.results[study] = "", listed
        if isinstance(listed, TransportError):
            self._studies.clear()
        self.listed.emit(study)
        self._go_on()
