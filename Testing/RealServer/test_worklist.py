"""Work lists on a real Orthanc: the whole life of a case, and several people at once."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.orthanc.labels import labels_of
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import InputError, NotFoundError, TransportError
from OrthancConnectCore.shared.events import CancelToken, ignore_progress
from OrthancConnectCore.worker.methods import Context
from OrthancConnectCore.worker.worklist import lists
from OrthancConnectCore.worklist.cases import create, entries, show
from OrthancConnectCore.worklist.scheme import Case
from OrthancConnectCore.worklist.steps import claim_next, step
from Support.data.dicom import write_small_instances
from Support.process.command_line import CommandLine
from Support.process.worker import Process
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.worklist import work_through
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request

LIST = "lung-2026"


def client_of(server: PrivateOrthanc) -> OrthancClient:
    return OrthancClient(server_profile(server), Credentials(server.user, server.password))


def store(server: PrivateOrthanc, folder: Path, count: int) -> list[str]:
    """Store so many studies of one small image; return Orthanc's identifiers of them."""
    server.store(*write_small_instances(folder, count=count, patients=count, series=1))
    return list(server.get_json("/studies"))


def labels(server: PrivateOrthanc, study: str) -> list[str]:
    where = "labels" if server.version >= (1, 12) else "metadata/5101"
    return sorted(server.get_json(f"/studies/{study}/{where}"))


def test_the_whole_life_of_a_case(
    server: PrivateOrthanc, line: CommandLine, tmp_path: Path
) -> None:
    studies = store(server, tmp_path / "data", 4)
    uids = {
        study: server.get_json(f"/studies/{study}")["MainDicomTags"]["StudyInstanceUID"]
        for study in studies
    }

    def ask(*words: object, code: int = 0) -> Any:
        said = line.run(
            "worklist", *words, "--password-stdin", "--json", stdin=f"{server.password}\n"
        )
        assert said.code == code, said.out + said.err
        return said.data

    assert ask("status")["lists"] == []
    table = tmp_path / "cases.csv"
    table.write_text("\n".join(["study uid", *(uids[one] for one in studies[:3]), "1.2.3"]))
    made = ask("create", LIST, "--from-csv", table, "--review", code=1)
    assert (made["added"], made["cases"], len(made["missing"])) == (3, 3, 1)
    more = ask("create", LIST, "--modality", "CT", "--review")
    assert (more["added"], more["cases"]) == (1, 4)
    assert labels(server, studies[0]) == [f"task_{LIST}", f"task_{LIST}_todo"]

    # What is assigned to somebody comes first to them, and to nobody else.
    assert ask("assign", LIST, uids[studies[2]], "--to", "José Pérez")["studies"] == [studies[2]]
    assert f"task_{LIST}_by_jose-perez" in labels(server, studies[2])
    case = ask("next", LIST, "--as", "José Pérez")["case"]
    assert case["orthanc_id"] == studies[2] and case["state"] == "doing" and case["claim"]
    assert f"task_{LIST}_doing" in labels(server, studies[2])
    told = ask("done", LIST, uids[studies[2]], "--as", "ana", code=2)["error"]["message"]
    assert told == "You do not have this case open: jose-perez has it."
    ask("done", LIST, uids[studies[2]], "--as", "jose-perez", "--claim", case["claim"])
    assert f"task_{LIST}_review" in labels(server, studies[2])

    # A reviewer sends it back with a note, which comes with it, first of all.
    ask("reject", LIST, studies[2], "--as", "eva", "--note", "The left\nlobe is missing")
    again = ask("next", LIST, "--as", "jose-perez")["case"]
    assert again["orthanc_id"] == studies[2] and again["note"] == "The left lobe is missing"
    assert again["reviewer"] == "eva" and again["claim"] != case["claim"]
    ask("done", LIST, studies[2], "--as", "jose-perez", "--claim", case["claim"], code=2)
    for _answer in ("lost", "told"):  # who said so before is told the same
        ask("done", LIST, studies[2], "--as", "jose-perez", "--claim", again["claim"])
    ask("done", LIST, studies[2], "--as", "jose-perez", "--claim", case["claim"], code=2)
    ask("accept", LIST, studies[2], "--as", "eva")
    assert labels(server, studies[2]) == sorted(
        [f"task_{LIST}", f"task_{LIST}_by_jose-perez", f"task_{LIST}_done"]
    )

    # The server's user is who somebody is without --as; what is left out says why.
    skipped = ask("next", LIST)["case"]
    assert skipped["user"] == "usuario-1" and skipped["orthanc_id"] == studies[0]
    assert "1 to 500" in ask("skip", LIST, studies[0], "--reason", "", code=2)["error"]["message"]
    for _answer in ("lost", "told"):
        ask("skip", LIST, studies[0], "--reason", "=1+1 no contrast")
    ask("assign", LIST, "--to", "ben", "--count", "1")
    assert ask("next", LIST, "--as", "ana")["case"]["place"] == 4
    assert ask("next", LIST, "--as", "ana")["case"] is None
    assert ask("next", LIST, "--as", "ana", "--resume")["case"]["place"] == 4
    ask("release", LIST, studies[3], "--as", "eva", "--reason", "Ana is on holiday")
    assert ask("next", LIST, "--as", "ben")["case"]["orthanc_id"] == studies[1]

    (known,) = ask("status", LIST)["lists"]
    assert (known["cases"], known["left"]) == (4, 2)
    assert known["states"] == {
        **{"todo": 1, "doing": 1, "skipped": 1, "review": 0, "done": 1, "rejected": 0}
    }
    assert known["users"]["jose-perez"]["done"] == 1
    told = line.run("worklist", "table", LIST, "--password-stdin", stdin=f"{server.password}\n")
    rows = {row["orthanc_id"]: row for row in csv.DictReader(io.StringIO(told.out))}
    assert rows[studies[0]]["reason"] == "'=1+1 no contrast"
    assert rows[studies[2]]["user"] == "jose-perez" and rows[studies[2]]["reviewer"] == "eva"
    assert rows[studies[3]]["reason"] == "Ana is on holiday"
    kept = json.loads(server.request("GET", f"/studies/{studies[2]}/metadata/5102"))
    assert kept[LIST]["state"] == "done"

    assert "Nothing was changed" in ask("remove", LIST, code=2)["error"]["message"]
    assert ask("remove", LIST, "--yes")["cases"] == 4
    assert ask("status")["lists"] == [] and labels(server, studies[2]) == []
    events = line.run("audit", "--json").data["events"]
    steps = [one["step"] for one in events if one["event"] == "worklist"]
    assert Counter(steps)["next"] == 6 and {"done", "skip", "accept", "reject"} <= set(steps)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "a:b", "--query"), "A work list can't be named"),
        (("create", "a_b", "--query"), "A work list can't be named"),
        (("create", "x" * 25, "--query"), "A work list can't be named"),
        (("create", "a"), "made of a table, or of what filters find"),
        (("create", "a", "--patient-id", "nobody"), "no study for the list"),
        (("status", "a"), "no work list a"),
        (("next", "a"), "no work list a"),
        (("table", "a"), "no work list a"),
        (("remove", "a", "--yes"), "no work list a"),
        (("next", "a", "--as", "***"), "A person on a work list can't be named"),
        (("done", "a", "{study}"), "is no case of the work list a"),
        (("done", "a", "{series}"), "is a series"),
        (("assign", "a", "--to", "ana"), "No case is named"),
    ],
)
def test_what_can_not_be_is_said(
    usual_server: PrivateOrthanc, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    server, line = usual_server, CommandLine(tmp_path)
    login = ("--user", server.user, "--fingerprint", server.fingerprint)
    assert line.run("profile", "add", "lab", server.rest_url, *login).code == 0
    (study,) = store(server, tmp_path / "data", 1)
    (series,) = server.get_json("/series")
    typed = [word.format(study=study, series=series) for word in words]
    refused = line.run("worklist", *typed, "--password-stdin", stdin=f"{server.password}\n")
    assert refused.code == 2 and said in refused.err, refused.err


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("people", "checks"), [(2, False), (5, False), (5, True)])
def test_two_people_never_get_the_same_case(
    server: PrivateOrthanc, tmp_path: Path, people: int, checks: bool
) -> None:
    """200 cases, each done once, by workers of their own; one is killed with a case open."""
    if checks:
        server.restart(CheckRevisions=True)
    studies = store(server, tmp_path / "data", 200)
    with client_of(server) as client:
        assert create(client, LIST, studies) == (200, 200)
    login = {"profile": server_profile(server).to_dict(), "password": server.password}
    done: list[list[str]] = [[] for _person in range(people)]
    with ExitStack() as stack:
        workers = []
        for number in range(people + 1):
            folder = tmp_path / f"worker-{number}"
            folder.mkdir()
            workers.append(stack.enter_context(Process(folder)))
        # Two of the people have the same name, as where a group shares one login.
        asked = [{**login, "list": LIST, "user": f"user {number // 2}"} for number in range(people)]
        work = [
            threading.Thread(target=work_through, args=(worker, one, mine))
            for worker, one, mine in zip(workers, asked, done)
        ]
        for one in work:
            one.start()
        victim = {**login, "list": LIST, "user": "victim"}
        lost = workers[-1].ask("last", "worklist.next", **victim)["result"]["orthanc_id"]
        workers[-1].process.kill()
        for one in work:
            one.join()
    everything = [study for mine in done for study in mine]
    assert Counter(everything) == Counter(set(studies) - {lost})
    assert all(done), "one of them got nothing"
    with client_of(server) as client:
        left = {one.orthanc_id: one.case for one in entries(client, LIST)}
        assert [name for name, case in left.items() if case.state != "done"] == [lost]
        assert left[lost].user == "victim"
        # Later, it is somebody else's; or at once, by words.
        assert claim_next(client, LIST, "ana") is None
        taken = claim_next(client, LIST, "ana", hours=0)
        assert taken is not None and taken.orthanc_id == lost
        step(client, LIST, lost, "release", "eva", text="Her computer is gone")
        assert labels_of(client, ("Study", lost)) == (f"task_{LIST}", f"task_{LIST}_todo")
        again = claim_next(client, LIST, "ben")
        assert again is not None and again.orthanc_id == lost
        with pytest.raises(InputError, match="it was opened anew elsewhere|ben has it"):
            step(client, LIST, lost, "done", "ana", claim=taken.case.claim)


@pytest.mark.parametrize("how", ["made", "not made", "said no"])
@pytest.mark.parametrize("deed", ["next", "done"])
def test_what_was_not_answered_is_looked_at_again(
    usual_server: PrivateOrthanc, tmp_path: Path, deed: str, how: str
) -> None:
    """Cut, or answered by a proxy that gave up or tried again: done once, under one claim."""
    studies = store(usual_server, tmp_path / "data", 2)
    writes: list[Request] = []

    def lose(request: Request) -> Any:
        if request.method != "PUT" or not request.path.endswith("/5102"):
            return None
        writes.append(request)
        if len(writes) > 1:
            return None
        if how != "not made":
            between.truth(request)
        return Answer(409) if how == "said no" else Answer(close=True, cut_after=0)

    with client_of(usual_server) as client:
        create(client, LIST, studies)
        first = claim_next(client, LIST, "ana") if deed == "done" else None
    with LyingServer(usual_server, lose) as between:
        profile = server_profile(usual_server, rest_url=f"https://127.0.0.1:{between.port}")
        login = Credentials(usual_server.user, usual_server.password)
        with OrthancClient(profile, login) as client:
            if first is None:
                first = claim_next(client, LIST, "ana")
                assert first is not None and first.case.claim
            else:
                step(client, LIST, first.orthanc_id, "done", "ana", claim=first.case.claim)
            states = {one.orthanc_id: one.case for one in entries(client, LIST)}
    assert len(writes) == (2 if how == "not made" else 1)
    assert states[first.orthanc_id].claim == first.case.claim
    assert Counter(one.state for one in states.values()) == {
        "todo": 1,
        "doing" if deed == "next" else "done": 1,
    }


def test_what_does_not_come_back_is_told_and_may_be_said_again(
    server: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gone for good once it was made: told in a sentence; said again later, it is done."""
    monkeypatch.setattr("OrthancConnectCore.worklist.steps.PATIENCE", 1.0)
    (study,) = store(server, tmp_path / "data", 1)
    away: list[bool] = []

    def lose(request: Request) -> Any:
        if request.method == "PUT" and request.path.endswith("/5102") and not away:
            away.append(bool(between.truth(request)))
        return Answer(close=True, cut_after=0) if away else None

    with client_of(server) as client, LyingServer(server, lose) as between:
        create(client, LIST, [study])
        first = claim_next(client, LIST, "ana")
        assert first is not None
        profile = server_profile(server, rest_url=f"https://127.0.0.1:{between.port}")
        with OrthancClient(profile, Credentials(server.user, server.password)) as cut:
            assert cut.system()
            with pytest.raises(TransportError, match="did not come back") as error:
                step(cut, LIST, study, "done", "ana", claim=first.case.claim)
        assert "may have been done" in error.value.hint
        assert step(client, LIST, study, "done", "ana", claim=first.case.claim).state == "done"
        assert labels_of(client, ("Study", study)) == tuple(
            sorted(Case(state="done", user="ana").labels(LIST))
        )


def test_what_others_do_meanwhile(server: PrivateOrthanc, tmp_path: Path) -> None:
    studies = store(server, tmp_path / "data", 4)
    with client_of(server) as client:
        create(client, LIST, studies[:3])
        create(client, "other", studies[:1], reviews=True)
        first = claim_next(client, LIST, "ana")
        assert first is not None and first.orthanc_id == studies[0]
        # A study on two lists is a case of its own on each.
        kept = {one.orthanc_id: one.case for one in entries(client, "other")}
        assert kept[studies[0]].state == "todo" and kept[studies[0]].reviews
        # Deleted meanwhile: said, and the next one is got.
        server.request("DELETE", f"/studies/{studies[0]}")
        with pytest.raises(NotFoundError):
            step(client, LIST, studies[0], "done", "ana")
        second = claim_next(client, LIST, "ana")
        assert second is not None and second.orthanc_id == studies[1]
        # Written by another program: that study is no case, and nothing is overwritten.
        etag = _etag(server, studies[2])
        _put(server, studies[2], b"another program's", etag)
        assert claim_next(client, LIST, "ana") is None
        with pytest.raises(InputError, match="another program wrote it"):
            step(client, LIST, studies[2], "assign", "ana")
        with pytest.raises(InputError, match="another program wrote it"):
            create(client, LIST, studies[2:])
        assert server.request("GET", f"/studies/{studies[2]}/metadata/5102")[:7] == b"another"
        # Labels that somebody changed by hand are put right by the next change, or by create.
        assert labels_of(client, ("Study", studies[1]))[-1] == f"task_{LIST}_doing"
        step(client, LIST, studies[1], "skip", "ana", text="Too noisy")
        show(client, LIST, studies[1])
        assert Case(state="skipped", user="ana").labels(LIST) == set(
            labels_of(client, ("Study", studies[1]))
        )


def _etag(server: PrivateOrthanc, study: str) -> str:
    from OrthancConnectCore.orthanc import metadata

    with client_of(server) as client:
        kept = metadata.read(client, f"/studies/{study}", metadata.WORK_LISTS)
    assert kept is not None
    return kept.revision


def _put(server: PrivateOrthanc, study: str, content: bytes, etag: str) -> None:
    with client_of(server) as client:
        path = f"/studies/{study}/metadata/5102"
        client.request("PUT", path, body=content, headers={"If-Match": etag})


def test_all_studies_are_read_only_where_that_is_wanted(
    server: PrivateOrthanc, tmp_path: Path
) -> None:
    """An Orthanc without labels of its own has to; one with them tells its lists at once."""
    with client_of(server) as client:
        create(client, LIST, store(server, tmp_path / "data", 2))

    def ask(address: str, thorough: bool) -> Any:
        profile = replace(server_profile(server), rest_url=address)
        params = {"profile": profile, "password": server.password, "user": "ana"}
        context = Context(ignore_progress, CancelToken())
        return lists(context, {**params, "thorough": thorough})

    with LyingServer(server, lambda request: None) as between:
        told = ask(f"https://127.0.0.1:{between.port}", False)
        read = [one.path for one in between.requests if "bulk-content" in one.path]
        assert [one["name"] for one in told or ()] == [LIST] * (server.version >= (1, 12))
        assert bool(told) or read == []
        told = ask(f"https://127.0.0.1:{between.port}", True)
    assert [(one["name"], one["left"]) for one in told] == [(LIST, 2)]
