"""A follower against a server's list of changes: cut, made anew, lying, and full disks here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional
from urllib.parse import parse_qs, urlsplit

import pytest

from OrthancConnectCore.follow import run as runs
from OrthancConnectCore.follow.candidates import Followed, FollowOptions
from OrthancConnectCore.follow.memory import FOLDER
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.orthanc.identifiers import study_orthanc_id
from OrthancConnectCore.shared.errors import ConnectionFailedError, InputError
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.query import QueryFilters
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.series import SeriesResult
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer

PATIENT, STUDY = "P", "1.2"
ANY = QueryFilters()
PARENT = study_orthanc_id(PATIENT, STUDY)


def name(number: int, kind: str = "5e") -> str:
    """An identifier of Orthanc."""
    return f"{kind}{number:06d}-" + "-".join(["0badc0de"] * 4)


class Archive:
    """The series of one study, and the list of changes that tells of them."""

    def __init__(self, bulk: bool = True) -> None:
        self.series: Dict[int, Dict[str, Any]] = {}
        self.changes: List[Dict[str, Any]] = []
        self.last = 0
        self.bulk = bulk
        self.asked: List[str] = []
        self.lie: Callable[[str], Optional[Any]] = lambda _path: None

    def change(self, kind: str, identifier: str) -> None:
        self.last += 1
        self.changes.append({"Seq": self.last, "ChangeType": kind, "ID": identifier})

    def add(
        self, number: int, *, stable: bool = True, told: bool = True, modality: str = "CT"
    ) -> None:
        record = self.series.setdefault(number, self._new(number, modality))
        record["Instances"].append(name(100 * number + len(record["Instances"]), "1d"))
        record["IsStable"] = stable
        record["LastUpdate"] = f"2026{self.last:04d}"
        self.change("NewInstance", record["Instances"][-1])
        if stable and told:
            self.change("StableSeries", record["ID"])

    def _new(self, number: int, modality: str) -> Dict[str, Any]:
        tags = {"SeriesInstanceUID": f"1.2.{number}", "Modality": modality}
        return {"ID": name(number), "ParentStudy": PARENT, "MainDicomTags": tags, "Instances": []}

    def answer(self, request: Request) -> Answer:
        self.asked.append(request.path)
        lie = self.lie(request.path)
        if isinstance(lie, Answer):
            return lie
        found = lie if lie is not None else self._truth(request)
        return Answer.of_json(*found) if isinstance(found, tuple) else Answer.of_json(found)

    def _truth(self, request: Request) -> Any:
        parts = urlsplit(request.path)
        if parts.path == "/system":
            return SYSTEM
        if parts.path == "/changes":
            return self._changes(parse_qs(parts.query, keep_blank_values=True))
        if parts.path == "/series":
            return [one["ID"] for one in self.series.values()]
        records = {one["ID"]: one for one in self.series.values()}
        owners = {which: one for one in records.values() for which in one["Instances"]}
        study = {
            "ID": PARENT,
            "MainDicomTags": {"StudyInstanceUID": STUDY},
            "PatientMainDicomTags": {"PatientID": PATIENT},
            "Series": list(records),
        }
        known = {**records, **owners, PARENT: study}
        if parts.path == "/tools/bulk-content" and self.bulk:
            wanted = json.loads(request.body)
            found = [known[one] for one in wanted["Resources"] if one in known]
            return [study] if wanted["Level"] == "Study" and found else found
        if parts.path == "/studies":
            return [study] if records and "since=0" in parts.query else []
        if parts.path == "/tools/find" and self.bulk:
            return list(records.values())
        words = parts.path.split("/")
        if len(words) > 2 and words[2] in known:
            if words[-1] == "statistics":
                return {"UncompressedSize": str(1000 * len(known[words[2]]["Instances"]))}
            if words[1] == "studies" and words[-1] == "series":
                return list(records.values())
            return study if words[-1] == "study" else known[words[2]]
        return {"HttpStatus": 404}, 403 if parts.path == "/tools/find" else 404

    def _changes(self, query: Dict[str, List[str]]) -> Any:
        if "last" in query:
            rows = self.changes[-1:]
            return {"Changes": rows, "Done": True, "Last": self.last}
        since, limit = int(query["since"][0]), int(query["limit"][0])
        rows = [row for row in self.changes if row["Seq"] > since]
        some = rows[:limit]
        last = some[-1]["Seq"] if some else self.last
        return {"Changes": some, "Done": len(some) == len(rows), "Last": last}


class Follower:
    """Follows an archive into a folder, once a call; `fetched` is what a retrieve is asked for."""

    def __init__(self, archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.archive, self.folder = archive, folder
        self.fetched: List[str] = []
        self.since = "beginning"  # the first time
        monkeypatch.setattr(runs, "retrieve", self._retrieve)

    def _retrieve(self, _profile: Any, _client: Any, targets: Any, _root: Any, **more: Any) -> Any:
        for one in targets:
            self.fetched.append(one.series_instance_uid)
            count = one.instances
            more["results"][one.orthanc_id] = SeriesResult(count, count, 0, count)
        return Receipt("retrieve")

    def go(self, filters: QueryFilters = ANY, **options: Any) -> Followed:
        """Follow once, in a process as new as can be; `fetched` is what was fetched by that."""
        self.fetched, self.archive.asked = [], []
        with ScriptedServer(self.archive.answer) as server:
            profile = ServerProfile("s", "http://127.0.0.1:1", allow_insecure_http=True)
            with OrthancClient(profile.replace(rest_url=server.url)) as client:
                chosen = FollowOptions(**{"once": True, "since": self.since, **options})
                self.since = "now"
                return runs.follow(profile, client, self.folder, filters, chosen)


@pytest.fixture(params=[True, False], ids=["bulk", "one by one"])
def archive(request: pytest.FixtureRequest) -> Archive:
    return Archive(bulk=request.param)


@pytest.fixture
def follower(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Follower:
    return Follower(archive, tmp_path / "out", monkeypatch)


def test_each_series_once_and_only_when_it_is_whole(archive: Archive, follower: Follower) -> None:
    archive.add(1)
    archive.add(2, stable=False)
    assert (follower.go().series, follower.fetched) == (1, ["1.2.1"])
    assert follower.go().waiting == 1 and follower.fetched == []
    archive.add(3)
    archive.add(2)
    follower.go()
    assert sorted(follower.fetched) == ["1.2.2", "1.2.3"]
    archive.change("StableSeries", name(1))  # again, and nothing is new
    archive.add(3)  # something is
    follower.go()
    assert follower.fetched == ["1.2.3"]
    assert follower.go().series == 0 and not any("/series/" in one for one in archive.asked)


def test_a_series_whose_rest_was_never_told(archive: Archive, follower: Follower) -> None:
    """As where Orthanc was restarted while a series came."""
    archive.add(1, stable=False)
    follower.go()
    archive.add(1, stable=True, told=False)
    archive.add(2, stable=True, told=False)
    follower.go()
    assert sorted(follower.fetched) == ["1.2.1", "1.2.2"]


def test_from_now_on(archive: Archive, follower: Follower) -> None:
    archive.add(1)
    assert follower.go(since="now").series == 0
    archive.add(2)
    follower.go(since="now")
    assert follower.fetched == ["1.2.2"]


def test_only_what_matches(archive: Archive, follower: Follower) -> None:
    archive.add(1, modality="MR")
    archive.add(2)
    archive.add(3, modality="SEG")
    told = follower.go(QueryFilters(modalities=("MR",), patient_id="P"))
    assert follower.fetched == ["1.2.1"] and told.waiting == 0


@pytest.mark.parametrize("more", [0, 50], ids=["shorter", "longer"])
def test_a_database_made_anew(archive: Archive, follower: Follower, more: int) -> None:
    for number in range(1, 4):
        archive.add(number)
    follower.go()
    kept = {**archive.series}
    archive.__init__(archive.bulk)  # type: ignore[misc]
    archive.add(9)
    for _ in range(more):
        archive.change("NewPatient", name(7, "aa"))
    archive.series.update(kept)
    told = follower.go()
    assert follower.fetched == ["1.2.9"]
    assert any("list of changes is another" in note for note in told.receipt.notes)
    assert follower.go().receipt.notes == []


def test_changes_of_deleted_resources_are_no_new_list(archive: Archive, follower: Follower) -> None:
    for number in range(1, 6):
        archive.add(number)
        follower.go()
    del archive.series[5]
    archive.changes = [row for row in archive.changes if row["Seq"] < archive.last - 1]
    archive.last = archive.changes[-1]["Seq"]  # as Orthanc 1.12.7 tells it
    assert follower.go().receipt.notes == [] and "/series" not in archive.asked


def test_a_list_that_was_cut(archive: Archive, follower: Follower) -> None:
    archive.add(1)
    follower.go()
    archive.changes = []
    archive.add(2, told=False)
    archive.changes = []
    follower.go()
    assert follower.fetched == ["1.2.2"]


@pytest.mark.parametrize(
    "lie",
    [
        {"Changes": [], "Done": False, "Last": 7},
        {"Changes": [], "Done": True},
        {"Changes": {}, "Done": True, "Last": 7},
        {"Changes": [], "Done": True, "Last": "7"},
        {
            "Changes": [{"Seq": 90, "ChangeType": "NewSeries", "ID": "../x"}],
            "Done": True,
            "Last": 9,
        },
        {
            "Changes": [{"Seq": 1, "ChangeType": "NewSeries", "ID": name(1)}] * 3000,
            "Done": True,
            "Last": 9,
        },
        {
            "Changes": [{"Seq": one, "ChangeType": "x", "ID": name(1)} for one in (99, 98)],
            "Done": True,
            "Last": 99,
        },
        Answer(200, b"<html>Please log in</html>"),
    ],
)
def test_a_lying_list_is_told_and_loses_nothing(
    archive: Archive, follower: Follower, lie: Any
) -> None:
    archive.add(1)
    follower.go()
    before = (follower.folder / FOLDER / "follow.json").read_text()
    archive.add(2)
    archive.lie = lambda path: lie if path.startswith("/changes?since") else None
    with pytest.raises(ConnectionFailedError):
        follower.go()
    assert (follower.folder / FOLDER / "follow.json").read_text() == before
    archive.lie = lambda _path: None
    follower.go()
    assert follower.fetched == ["1.2.2"]


@pytest.mark.parametrize("begun", [False, True])
def test_what_is_left_out_of_an_answer_is_not_gone(
    archive: Archive, follower: Follower, begun: bool
) -> None:
    if begun:
        follower.go()
    archive.add(2)
    archive.lie = lambda path: [] if path == "/tools/bulk-content" else None
    told = follower.go()
    archive.lie = lambda _path: None
    assert told.series + follower.go().series == 1


def test_a_quota_ends_it_and_nothing_is_lost(archive: Archive, follower: Follower) -> None:
    for number in range(1, 4):
        archive.add(number)
    full = follower.go(quota=999)
    assert (full.stopped, full.waiting, follower.fetched) == ("full", 3, [])
    assert "more than its quota of 999" in full.receipt.notes[0]
    least = follower.go(keep_free=10**18)
    assert least.stopped == "full" and "are to stay free" in least.receipt.notes[0]
    follower.go(quota=10**9)
    assert len(follower.fetched) == 3
    archive.add(4)
    archive.lie = lambda path: {"UncompressedSize": "-1"} if "statistics" in path else None
    with pytest.raises(ConnectionFailedError, match="statistics"):
        follower.go(quota=10**9)


def test_another_query_needs_another_folder(archive: Archive, follower: Follower) -> None:
    follower.go()
    with pytest.raises(InputError, match="other filters"):
        follower.go(QueryFilters(patient_id="X"))
