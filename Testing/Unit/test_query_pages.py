"""Pages of a query over HTTPS: sifted, complete, bounded; whatever the server answers."""

from __future__ import annotations

from typing import Any, Collection, Iterable, Iterator

import pytest

from OrthancConnectCore.orthanc.labels import with_series
from OrthancConnectCore.query import run
from OrthancConnectCore.query.https import page, query_of
from OrthancConnectCore.shared.errors import NotFoundError, OrthancHttpError
from OrthancConnectCore.shared.profile import HTTPS, ServerProfile
from OrthancConnectCore.shared.query import QueryFilters

NAMES = ("Pérez^José", "Perez^Eva", "Popov^Ivan", "Smith^John")


def name_of(kind: int, number: int) -> str:
    """An identifier of Orthanc: of a study (0), or of one of its series."""
    return "-".join([f"{kind}{number:07d}"] * 5)


class Server:
    """Stands for `OrthancClient`: studies in order, each with some series, and what was asked.

    It is Orthanc 1.12 where it `has_labels`, one before 1.9.4 where it has nothing `in_bulk`.
    """

    def __init__(
        self, count: int, series: int = 1, has_labels: bool = False, in_bulk: bool = True
    ) -> None:
        self.in_bulk = in_bulk
        self.studies = [
            {
                "ID": name_of(0, number),
                "MainDicomTags": {"StudyInstanceUID": f"1.2.{number}"},
                "PatientMainDicomTags": {
                    "PatientID": f"P{number}",
                    "PatientName": NAMES[number % len(NAMES)],
                },
                "Series": [name_of(one + 1, number) for one in range(series)],
                **({"Labels": []} if has_labels else {}),
            }
            for number in range(count)
        ]
        self.series = sorted(
            (
                {
                    "ID": name,
                    "ParentStudy": study["ID"],
                    "MainDicomTags": {"SeriesInstanceUID": name, "SeriesDescription": "Thorax"},
                    "RequestedTags": study["MainDicomTags"],
                    "Instances": ["a", "b"],
                }
                for study in self.studies
                for name in study["Series"]
            ),
            key=lambda one: str(one["ID"]),
        )
        self.asked: list[Any] = []
        #: Studies without series for so many answers; -1 is gone.
        self.missing: dict[str, int] = {}
        self.has_pages = True
        self.only_reading = False

    def find(self, level: str, query: Any, **more: Any) -> list[Any]:
        if self.only_reading:
            raise OrthancHttpError("no", status_code=405)
        self.asked.append((level, more["Since"], more["Limit"]))
        return self._page(level == "Series", more["Since"], more["Limit"])

    def _page(self, of_series: bool, since: int, limit: int) -> list[Any]:
        records = self.series if of_series else self.studies
        return records[since : since + limit] if self.has_pages else records

    def find_uids(self, level: str, uids: Iterable[str], keyword: str = "") -> Iterator[Any]:
        if self.only_reading:
            raise OrthancHttpError("no", status_code=405)
        wanted = set(uids)
        studies = [
            one for one in self.studies if one["MainDicomTags"]["StudyInstanceUID"] in wanted
        ]
        ids = {one["ID"] for one in studies}
        yield from (studies if level == "Study" else self._series_of(ids))

    def _series_of(self, studies: Collection[str]) -> list[Any]:
        return [
            one
            for one in self.series
            if one["ParentStudy"] in studies and one["ParentStudy"] not in self.missing
        ]

    def post_json(self, path: str, request: Any, **_more: Any) -> Any:
        self.asked.append(path)
        if self.only_reading or not self.in_bulk:
            raise OrthancHttpError("no", status_code=405 if self.only_reading else 404)
        if request["Level"] == "Series":
            return self._series_of(request["Resources"])
        return [
            {**one, "Metadata": {}} for one in self.studies if one["ID"] in request["Resources"]
        ]

    def get_json(self, path: str, params: Any = None, shape: Any = None) -> Any:
        self.asked.append(path)
        _, level, *rest = path.split("/")
        if level == "statistics":
            return {"CountStudies": len(self.studies), "CountSeries": len(self.series)}
        if params:
            return self._page(level == "series", params["since"], params["limit"])
        (study,) = (one for one in self.studies if one["ID"] == rest[0])
        if len(rest) == 1:
            return study
        left = self.missing.get(rest[0], 0)
        if left < 0:
            raise NotFoundError("gone", status_code=404)
        if left:
            self.missing[rest[0]] -= 1
            return []
        return [one for one in self.series if one["ParentStudy"] == rest[0]]


def all_pages(server: Any, filters: QueryFilters, limit: int) -> list[list[str]]:
    found, since = [], 0
    while True:
        one = page(server, filters, since=since, limit=limit)
        found.append([study.orthanc_id for study in one.studies])
        assert len(found[-1]) <= limit
        if one.next is None:
            return found
        assert one.next > since
        since = one.next


@pytest.mark.parametrize("kind", ["1.9.3", "1.10", "1.12", "only reading"])
@pytest.mark.parametrize("limit", [1, 7, 100, 1000])
@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (QueryFilters(), 4),
        (QueryFilters(patient_name="perez"), 2),
        (QueryFilters(series_description="thorax"), 4),
        (QueryFilters(series_description="thorax", patient_name="jose"), 1),
    ],
)
def test_each_study_is_on_one_page(
    filters: QueryFilters, wanted: int, limit: int, kind: str
) -> None:
    server = Server(120, series=3, has_labels=kind == "1.12", in_bulk=kind != "1.9.3")
    server.only_reading = kind == "only reading"
    found = [one for shown in all_pages(server, filters, limit) for one in sorted(shown)]
    expected = [one["ID"] for n, one in enumerate(server.studies) if n % 4 < wanted]
    assert sorted(found) == expected


def test_a_page_ends_after_some_requests_and_goes_on() -> None:
    server = Server(40_000)
    server.studies[-1]["PatientMainDicomTags"]["PatientName"] = "Pym^Ada"
    first = page(server, QueryFilters(patient_name="pym"), limit=10)  # type: ignore[arg-type]
    assert first.studies == () and first.next == 11 + 44 + 176 + 704 + 4 * 2000 and first.truncated
    assert len(server.asked) == 8
    *empty, last = all_pages(server, QueryFilters(patient_name="pym"), 10)
    assert last == [name_of(0, 39999)] and not any(empty)


def test_a_server_without_pages_ends_it_with_a_sentence() -> None:
    server: Any = Server(5000)
    server.has_pages = False
    found = page(server, QueryFilters(), limit=10)
    assert len(found.studies) == 10 and found.next == 10
    everything = run.query(ServerProfile("s", "https://s"), server, QueryFilters(), via=HTTPS)
    assert len(everything.studies) == 1000 and "no pages" in everything.notes[-1]
    sifted = page(server, QueryFilters(patient_name="nobody"), limit=10)
    assert "same answers again" in " ".join(sifted.notes) and sifted.next is None


def test_a_study_without_series_is_asked_for_again() -> None:
    server: Any = Server(3)
    server.missing = {name_of(0, 0): 2, name_of(0, 1): -1}
    found = {one.patient_id: one.studies[0] for one in with_series(server, server.studies)}
    assert set(found) == {"P0", "P2"}  # the other one is gone
    assert [one.number_of_instances for one in found["P0"].series] == [2]
    assert server.asked.count(f"/studies/{name_of(0, 0)}/series") == 3
    server.missing = {name_of(0, 2): 99}
    (empty,) = with_series(server, server.studies[2:])
    assert empty.studies[0].series == ()


def test_a_study_that_lost_its_series_meanwhile_is_left_out() -> None:
    server: Any = Server(2)
    server.missing = {name_of(0, 0): 99}
    found = page(server, QueryFilters(body_part="", modalities="C*", series_description="thorax"))
    assert found.studies == ()
    found = page(server, QueryFilters(series_description="thorax"))
    assert [study.orthanc_id for study in found.studies] == [name_of(0, 1)]


def test_nothing_but_ascii_is_asked_for_and_nothing_that_finds_all() -> None:
    filters = QueryFilters("山田", patient_id="ABC", study_time="0830-12", modalities="M*")
    assert query_of(filters) == {"PatientID": "ABC\\ABC ", "StudyTime": "08-125959.999999"}
