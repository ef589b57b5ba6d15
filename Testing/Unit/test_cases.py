"""Work lists as others, or a hostile server, tell them: bounded, and in plain words."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest

from OrthancConnectCore.orthanc import labels, records
from OrthancConnectCore.shared.errors import ConnectionFailedError, InputError
from OrthancConnectCore.worklist import cases
from OrthancConnectCore.worklist.cases import lists_of
from OrthancConnectCore.worklist.scheme import Case, read_cases, write_cases


class Server:
    """Stands for `OrthancClient`: labels, and studies on pages without end."""

    def __init__(self, known: list[str]) -> None:
        self._known, self._numbers = known, itertools.count()

    def system(self) -> Any:
        return SimpleNamespace(has_labels=True)

    def get_json(self, _path: str, shape: Any) -> list[str]:
        return self._known

    def find(self, *_what: Any, **_more: Any) -> list[Any]:
        return [{"ID": str(next(self._numbers))}]


def test_pages_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MOST_PAGES", 5)
    client: Any = Server([])
    with pytest.raises(ConnectionFailedError, match="list of studies does not end: 5 came"):
        list(labels.studies_with(client, "task_a"))


def test_more_lists_than_anybody_has() -> None:
    client: Any = Server(["task_b", "task_b_done", "x", "task_a"])
    assert lists_of(client) == ["a", "b"]
    client = Server([f"task_{number}" for number in range(101)])
    with pytest.raises(InputError, match="has 101 work lists: of more than 100 none is shown"):
        lists_of(client)


def test_studies_are_read_once_for_all_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a server without labels of its own, which has to tell them all each time."""
    study = {"ID": "x", "MainDicomTags": {}, "PatientMainDicomTags": {}}
    study["Metadata"] = {"5102": write_cases({"a": Case(), "b": Case()})}
    study["Labels"] = ["task_a", "task_a_todo", "task_b", "task_c"]
    reads = []

    def every_study(client: Any) -> Any:
        reads.append(client)
        return iter([study, {**study, "ID": "y", "Labels": ["task_b"]}])

    monkeypatch.setattr(cases, "every_study", every_study)
    client: Any = SimpleNamespace(system=lambda: SimpleNamespace(has_labels=False))
    told = {name: [one.orthanc_id for one in some] for name, some in cases.entries_by_list(client)}
    assert told == {"a": ["x"], "b": ["x", "y"], "c": []} and len(reads) == 1


def test_what_others_write_of_a_case_steers_nothing() -> None:
    told = {"user": "José <b>", "note": "\x1b[31mred\u202e", "place": 2**62, "since": "x" * 9000}
    case = read_cases(json.dumps({"a": told}))["a"]
    assert (case.user, case.note, case.place) == ("jose-b", "[31mred", 10**9)
    assert len(case.since) == 500 and read_cases(write_cases({"a": case})) == {"a": case}
    assert case.labels("a") == {"task_a", "task_a_todo", "task_a_by_jose-b"}
    assert read_cases('{"a": {"place": -1}}')["a"] == Case()
    for wrong in ('{"a": {"user": "\u809d"}}', '{"a": {"state": "x"}}', '{"a": {"place": true}}'):
        with pytest.raises(InputError):
            read_cases(wrong)
