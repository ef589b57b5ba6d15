"""A planted password is nowhere but where it belongs: the worker, asked for all that it can do."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from OrthancConnectCore.shared.jobs import job_id_of
from OrthancConnectCore.shared.upload_options import UploadOptions
from OrthancConnectCore.worker.methods import METHODS
from Support.data.certificates import make_certificate
from Support.data.dicom import write_small_instances
from Support.process.canary import CANARY, WRONG
from Support.process.canary_bench import Mine
from Support.scenarios.results import write_scene

pytestmark = pytest.mark.timeout(900)
#: What is typed, and what can be done once.
_TYPED = ("password.remember", "connection.first", "key.unlock")
_ONCE = (*_TYPED, "results.send", "worklist.step", "editing.delete")


def test_a_killed_process_leaves_no_memory_behind(mine: Mine) -> None:
    mine.add("lab")
    before = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
        worker = mine.worker("killed")
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    with worker:
        assert "result" in worker.ask(1, "server.system", **mine.login)
        limits = resource.prlimit(worker.process.pid, resource.RLIMIT_CORE)
        assert limits == (0, before[1])
        worker.process.send_signal(signal.SIGABRT)
        worker.process.wait(10)
    assert [path.name for path in mine.folder.rglob("*core*") if path.is_file()] == []


def _calls(mine: Mine) -> dict[str, dict[str, Any]]:
    """Good parameters of every method, in an order in which they succeed."""
    login, profile = mine.login, {"profile": mine.login["profile"]}
    found = json.loads(mine.server.request("GET", "/series?expand"))
    series = [one["MainDicomTags"]["SeriesInstanceUID"] for one in found]
    uids = {"series_instance_uids": series}
    table = mine.folder / "table.csv"
    table.write_text("\n".join(["Series UID", *series]))
    plain = mine.folder / "plain.csv"  # whose column only the server can tell
    plain.write_text("\n".join(series))
    job = job_id_of(mine.server.rest_url, [str(mine.data)], UploadOptions())
    own = make_certificate(mine.folder / "own").locked(CANARY)
    made = {"layout": "single", "hosts": ["localhost"], "users": ["ana"]}
    study = mine.server.get_json("/studies")[0]
    step = {"list": "cases", "study": study, "step": "done", "user": "ana"}
    first = {"address": mine.server.rest_url, "user": "ana", "password": CANARY}
    return {
        "worker.info": {},
        "server.certificate": profile,
        "dicom.reach": profile,
        "password.remember": login,
        "server.system": login,
        "upload": {**login, "paths": [str(mine.data)]},
        "scan": {"paths": [str(mine.data)]},
        "sample.make": {"folder": str(mine.folder / "sample")},
        "receipt.save": {"job_id": job, "path": str(mine.folder / "rows.csv")},
        "jobs.list": {},
        "jobs.remove": {"job_id": job},
        "deidentify.preview": {"paths": [str(mine.data)], "options": {"deidentify": {}}},
        "series.counts": {**login, **uids},
        "studies.describe": {**login, "study_orthanc_ids": mine.server.get_json("/studies")},
        "query.page": {**login, "filters": {"patient_name": "p", "modalities": ["CT"]}},
        "query.sizes": {**login, "series_orthanc_ids": [one["ID"] for one in found]},
        "series.inventory": {**login, **uids},
        "retrieve.save_receipt": {
            "path": str(mine.folder / "retrieved.csv"),
            "groups": [{"row": {"outcome": "arrived"}, "instances": {"1.2": 3}}],
            "receipt": {},
        },
        "retrieve.https": {**login, **uids, "only": None, "folder": str(mine.folder / "https")},
        "retrieve.cohort": {**login, "file": str(table), "folder": str(mine.folder / "cohort")},
        "follow.run": {
            **login,
            "folder": str(mine.folder / "followed"),
            "filters": {"modalities": ["CT"]},
            "follow": {"once": True, "since": "beginning"},
        },
        "cohort.read": {**login, "file": str(plain)},
        "series.references": {**login, **uids},
        "series.pictures": {**login, "series_orthanc_id": found[0]["ID"], "count": 1, "side": 64},
        "slide.show": {**login, "series_instance_uids": series[:1], "path": f"{mine.folder}/s"},
        "labels.of": {**login, "resource": ["Study", study]},
        "labels.change": {**login, "resource": ["Study", study], "add": ["seen"]},
        "results.new": {},
        "results.waiting": {},
        "results.send": {**login, "result_ids": []},
        "results.of": {**login, "study_orthanc_id": study},
        "results.fetch": {**login, "result": {}},
        "results.remove": {"result_id": "none"},
        "worklist.lists": {**login, "user": "ana", "thorough": True},
        "worklist.next": {**login, "list": "cases", "user": "ana"},
        "worklist.step": {**login, **step},
        "room.check": {**login, "files": list(map(str, mine.files))},
        "audit.note": {**profile, "receipt": {"operation": "remove", "stored": 1}},
        "audit.state": {"patients": False},
        "audit.export": {"path": str(mine.folder / "audit.csv")},
        "setup.check_server": login,
        "setup.plan": {"folder": f"{mine.folder}/made", "wanted": made},
        "setup.write": {"plan_id": "the latest"},
        "setup.check_files": {"path": f"{mine.folder}/made"},
        "viewers.of": {**login, "study": study},
        "editing.find": {**login, "study": study},
        "editing.look": {**login, "resource": ["Study", study]},
        "editing.modify": {**login, "attributes": {"StudyID": "9"}, "replace": False},
        "editing.delete": {**login},
        "connection.first": {**first, "trust": profile["profile"]["trust"]},
        "registration.plan": {**login, "address": "127.0.0.1"},
        "registration.apply": {**login, "address": "127.0.0.1"},
        "doctor.run": login,
        "doctor.answer": {"caller": "nobody", "step": "echo", "result": {}},
        "key.unlock": {"profile": {**profile["profile"], **own.as_client}, "password": CANARY},
        "login.end": profile,
        "password.forget": profile,
    }


def test_every_method_with_good_and_with_wrong_parameters(mine: Mine) -> None:
    mine.add("lab")
    mine.server.store(*mine.files)
    mine.run("worklist", "create", "cases", "--query", "--password-stdin", code=0)
    calls = _calls(mine)
    assert set(METHODS) - set(calls) == {"login.browser"}, "call these here as well"
    with mine.worker("worker") as worker:

        def ask(method: str, params: dict[str, Any]) -> Any:
            answer = worker.ask(f"{method} {len(mine.said)}", method, **params)
            mine.said += json.dumps(answer, ensure_ascii=False) + "\n"
            return answer

        for method, params in calls.items():
            assert "result" in (answer := ask(method, params)), mine.said.splitlines()[-1]
            if method == "setup.plan":
                calls["setup.write"]["plan_id"] = answer["result"]["plan_id"]
            if method == "results.new":
                folder = Path(answer["result"]["folder"])
                write_scene(folder, mine.files)
                calls["results.send"]["result_ids"] = [folder.name]
            if method == "results.of":
                calls["results.fetch"]["result"] = answer["result"][0]
            if method == "editing.look":
                for change in ("modify", "delete"):
                    calls[f"editing.{change}"]["thing"] = answer["result"]
            if method == "worklist.next":
                calls["worklist.step"].setdefault("claim", answer["result"]["claim"])
            if "password" in params and method not in _ONCE:
                assert "result" in ask(method, {**params, "password": {"keychain": True}})
        for method, params in calls.items():
            for wrong in _wrong(params):
                answer = ask(method, wrong)
                # What waits no more is told before anything is asked of the server.
                failed = method == "results.send" and answer.get("result", {})
                assert "error" in answer or failed["receipt"]["failed"], (method, wrong)
        for raw in (
            b'{"jsonrpc": "2.0", "id": 1, "params": {"password": "' + CANARY.encode() + b"\n",
            json.dumps({"id": 2, "method": "server.system", "params": mine.login}).encode() + b"\n",
            json.dumps([CANARY]).encode() + b"\n",
        ):
            worker.stdin.write(raw)
            worker.stdin.flush()
            mine.said += json.dumps(worker.read(), ensure_ascii=False)
        mine.said += json.dumps(worker.progress, ensure_ascii=False)
        assert worker.seconds_to_end() < 2
        mine.said += worker.log.read_text()
    assert '"InvalidProfileError"' in mine.said and '"AuthenticationError"' in mine.said


def _wrong(params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same parameters, each with the password where it does not belong, or a wrong one."""
    yield {**params, "unknown": CANARY}
    if "profile" in params:
        profile = params["profile"]
        yield {**params, "profile": {**profile, "password": CANARY}}
        yield {**params, "profile": {**profile, "dicom_port": [CANARY]}}
        yield {**params, "profile": {**profile, "rest_url": f"https://ana:{CANARY}@127.0.0.1"}}
    if "password" in params:
        for form in ([CANARY], {"keychain": CANARY}, {"password": CANARY}, 5, CANARY + "\ud800"):
            yield {**params, "password": form}
    if "password" in params and set(params) != {"profile", "password"}:
        yield {**params, "password": WRONG}
    elif "password" in params:
        yield {"profile": {**params["profile"], "rest_url": "ftp://x"}, "password": CANARY}


def test_a_transfer_that_is_cancelled(mine: Mine) -> None:
    mine.add("lab")
    write_small_instances(mine.data / "many", count=1500)
    slow = {**mine.login, "profile": {**mine.login["profile"], "parallel_transfers": 1}}
    with mine.worker("cancelled") as worker:
        worker.call(1, "upload", **slow, paths=[str(mine.data)])
        while mine.server.count() < 10:
            time.sleep(0.01)
        worker.cancel(1)
        mine.said += json.dumps(worker.read()) + worker.log.read_text()
        assert '"cancelled": true' in mine.said
        assert os.path.isdir(mine.folder)
