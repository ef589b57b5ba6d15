"""The worker as a process of its own: quick to start, silent, and gone when its parent is."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sys
import textwrap
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest

from OrthancConnectCore import __version__
from Support.data.certificates import make_certificate
from Support.data.dicom import write_small_instances
from Support.process.busy_machine import here
from Support.process.worker import COMMAND, Process
from Support.servers.scripted import SYSTEM, Answer, ScriptedServer, always

CANARY = "canary-Wr5kQ9ñ"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    with contextlib.ExitStack() as running:

        def launch(command: Optional[List[str]] = None, **environment: str) -> Process:
            folder = tmp_path / f"worker {len(list(tmp_path.glob('worker *')))}"
            folder.mkdir()
            return running.enter_context(Process(folder, command or COMMAND, **environment))

        yield launch


def _with_methods(code: str) -> List[str]:
    """A worker with further methods, which a test needs and the real one must not have."""
    script = """
        import os, subprocess, sys, time
        from OrthancConnectCore import trace_log
        from OrthancConnectCore.worker import process as worker
        from OrthancConnectCore.worker.methods import METHODS
        from OrthancConnectCore.worker.methods import Method
        METHOD_CODE
        trace_log.configure()
        worker.main()
    """
    lines = textwrap.dedent(script).replace("METHOD_CODE", textwrap.dedent(code))
    return [sys.executable, "-c", lines]


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def _profile(url: str, fingerprint: str = "", **fields: Any) -> Dict[str, Any]:
    trust = {"mode": "pinned", "fingerprint": fingerprint} if fingerprint else {}
    return {"name": "test", "rest_url": url, "user": "ana", "trust": trust, **fields}


def test_it_starts_quickly_and_answers_in_microseconds(start) -> None:
    began = time.perf_counter()
    worker = start()
    assert worker.ask(0, "worker.info")["result"] == {
        "version": __version__,
        "pid": worker.process.pid,
    }
    first = time.perf_counter() - began
    trips = []
    for number in range(1, 200):
        before = time.perf_counter()
        worker.ask(number, "worker.info")
        trips.append(time.perf_counter() - before)
    median = sorted(trips)[len(trips) // 2]
    print(f"first answer after {first * 1e3:.0f} ms, round trip {median * 1e6:.0f} µs")
    assert first < here(2.0) and median < here(0.005)  # measured: 0.05 s and 0.00005 s
    assert worker.seconds_to_end() < 2
    assert worker.process.returncode == 0


def test_nothing_heavy_is_loaded_before_it_is_needed(start) -> None:
    code = """
        METHODS["loaded"] = Method(lambda c, p: sorted(sys.modules))
    """
    worker = start(_with_methods(code))
    loaded = set(worker.ask(1, "loaded")["result"])
    heavy = {"requests", "urllib3", "pydicom", "pynetdicom", "numpy", "cryptography", "argparse"}
    assert not heavy & loaded


def test_whatever_else_is_printed_stays_out_of_the_answers(start) -> None:
    code = """
        def noise(context, params):
            print("print")
            os.write(1, b"from C\\n")
            subprocess.run(["echo", "from a child"], check=True)
            sys.stdout.write("half a line")
            sys.stdout.flush()
            return "quiet"
        METHODS["noise"] = Method(noise)
    """
    worker = start(_with_methods(code))
    assert worker.ask(1, "noise") == {"jsonrpc": "2.0", "id": 1, "result": "quiet"}
    worker.seconds_to_end()
    assert worker.stdout.read() == b""
    noise = worker.log.read_text()
    assert all(text in noise for text in ("print", "from C", "from a child", "half a line"))


def test_ctrl_c_in_the_parents_terminal_does_not_end_it(start) -> None:
    worker = start()
    worker.ask(1, "worker.info")
    worker.process.send_signal(signal.SIGINT)
    assert worker.ask(2, "worker.info")["id"] == 2


def test_the_end_of_stdin_ends_it_while_a_request_hangs_in_a_socket(start, deaf_port) -> None:
    worker = start()
    profile = _profile(f"https://127.0.0.1:{deaf_port}", connect_timeout=60.0, read_timeout=60.0)
    worker.call(1, "server.system", profile=profile, password=CANARY)
    assert worker.ask(2, "worker.info")["id"] == 2  # the short one is not kept waiting
    assert worker.seconds_to_end() < 2
    assert worker.process.returncode == 0


def test_the_first_requests_may_come_all_at_once(start, tmp_path) -> None:
    """Each loads its part of the engine; none gets a library that another one has half loaded."""
    paths = [str(path) for path in write_small_instances(tmp_path / "data", count=1)]
    profile = {"profile": _profile("https://127.0.0.1:1")}
    calls = {
        "scan": {"paths": paths},
        "results.of": {**profile, "study_orthanc_id": "x"},
        "jobs.list": {},
        "deidentify.preview": {"paths": paths, "options": {"deidentify": {}}},
        "viewers.of": profile,
        "query.page": {**profile, "filters": {}},
        "results.waiting": {},
    }
    for turn in range(2):
        worker = start()
        for method in sorted(calls, reverse=turn == 1):
            worker.call(method, method, **calls[method])
        answers = [worker.read() for _call in calls]
        foreseen = [one for one in answers if one.get("error", {}).get("code") != -32603]
        assert foreseen == answers
        worker.seconds_to_end()


def test_the_end_of_stdin_ends_it_while_a_thread_never_returns(start) -> None:
    code = """
        def hang(context, params):
            context.token.on_cancel(lambda: time.sleep(60))
            time.sleep(60)
        METHODS["hang"] = Method(hang, is_transfer=True)
    """
    worker = start(_with_methods(code))
    for number in range(20):
        worker.call(number, "hang")
    assert worker.ask("info", "worker.info")["id"] == "info"
    assert worker.seconds_to_end() < 2


def test_what_was_cancelled_by_the_end_of_stdin_can_clean_up(start, tmp_path) -> None:
    left = tmp_path / "instance.part"
    code = f"""
        def work(context, params):
            open({str(left)!r}, "w").close()
            context.token.wait(60)
            time.sleep(0.3)
            os.unlink({str(left)!r})
        METHODS["work"] = Method(work, is_transfer=True)
    """
    worker = start(_with_methods(code))
    worker.call(1, "work")
    while not left.exists():
        time.sleep(0.01)
    assert worker.seconds_to_end() < 2
    assert not left.exists()


def test_a_killed_parent_leaves_no_orphan(start, tmp_path, deaf_port) -> None:
    profile = json.dumps(_profile(f"https://127.0.0.1:{deaf_port}", connect_timeout=60.0))
    script = f"""
        import json, subprocess, sys, time
        worker = subprocess.Popen({COMMAND!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number, method, params in (
            (1, "server.system", {{"profile": json.loads({profile!r}), "password": None}}),
            (2, "worker.info", {{}}),
        ):
            message = dict(jsonrpc="2.0", id=number, method=method, params=params)
            worker.stdin.write(json.dumps(message).encode() + b"\\n")
            worker.stdin.flush()
        print(worker.stdout.readline().decode(), flush=True)
        time.sleep(60)
    """
    parent = start([sys.executable, "-c", textwrap.dedent(script)])
    pid = parent.read()["result"]["pid"]
    parent.process.kill()
    parent.process.wait()
    deadline = time.monotonic() + 2.5
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_parent_that_no_longer_reads_ends_it(start) -> None:
    worker = start()
    worker.ask(1, "worker.info")
    worker.stdout.close()
    worker.call(2, "worker.info")
    worker.process.wait(3)
    assert worker.process.returncode == 0


def test_requests_reach_a_server_and_the_connection_stays_warm(start, tmp_path) -> None:
    certificate = make_certificate(tmp_path, "own")
    with ScriptedServer(always(Answer.of_json(SYSTEM)), certificate) as server:
        worker = start()
        seen = worker.ask("c", "server.certificate", profile=_profile(server.url))["result"]
        assert seen["fingerprint"] == certificate.fingerprint
        assert (seen["trusted"], seen["problem_kind"]) == (False, "UntrustedCertificateError")
        refused = worker.ask("u", "server.system", profile=_profile(server.url), password="x")
        assert refused["error"]["data"]["kind"] == "UntrustedCertificateError"
        assert not server.requests

        profile = _profile(server.url, certificate.fingerprint)
        for number in range(10):
            answer = worker.ask(number, "server.system", profile=profile, password=CANARY)
            assert answer["result"] == {
                "name": "Test",
                "version": "1.12.0",
                "dicom_aet": "TEST",
                "dicom_port": 4242,
                "overwrites": None,
            }
        assert len({request.connection for request in server.requests}) == 1
        server.handler = always(Answer(401, b""))
        refused = worker.ask("w", "server.system", profile=profile, password="wrong")
        assert refused["error"]["data"]["kind"] == "AuthenticationError"
        assert worker.seconds_to_end() < 2


def test_a_password_is_in_no_argument_environment_log_or_file(start, tmp_path) -> None:
    certificate = make_certificate(tmp_path, "own")
    log, data = tmp_path / "trace.log", tmp_path / "data"
    data.mkdir()
    code = """
        def leak(context, params):
            raise RuntimeError("the password is " + params["password"])
        METHODS["leak"] = Method(leak, "profile password")
    """
    with ScriptedServer(always(Answer(401, b"")), certificate) as server:
        worker = start(_with_methods(code), ORTHANCCONNECT_LOG=str(log))
        profile = _profile(server.url, certificate.fingerprint)
        answers = [
            worker.ask(1, "server.system", profile=profile, password=CANARY),
            worker.ask(2, "leak", profile=profile, password=CANARY),
            worker.ask(3, "upload", profile=profile, password=CANARY, paths=[str(data)]),
            worker.ask(4, "server.system", profile=CANARY, password=CANARY),
        ]
        for name in ("cmdline", "environ"):
            content = Path(f"/proc/{worker.process.pid}/{name}").read_bytes()
            assert CANARY.encode() not in content
        worker.seconds_to_end()
    assert "Traceback" in log.read_text(encoding="utf-8")  # the leak was logged, without its text
    assert CANARY not in json.dumps(answers, ensure_ascii=False)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path
