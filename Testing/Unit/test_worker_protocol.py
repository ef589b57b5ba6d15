"""The worker's JSON-RPC 2.0: what it answers, in which order, and what it never does."""

from __future__ import annotations

import base64
import io
import json
import os
import threading
import time
from typing import Any, Callable, Dict, Iterator, List

import pytest

from OrthancConnectCore import trace_log
from OrthancConnectCore.shared.errors import NotFoundError, error_from_dict
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.worker.methods import METHODS, Context, Method, client_for
from OrthancConnectCore.worker.process import SHORT_THREADS, TRANSFER_THREADS, Worker
from OrthancConnectCore.worker.rpc import Outbox, RpcError, parse_call, read_lines
from Support.process.busy_machine import here

PROFILE = {"name": "test", "rest_url": "https://127.0.0.1:9", "user": "ana"}


class Driver:
    """Speaks to a worker in this process through two pipes."""

    def __init__(self, methods: Dict[str, Method]) -> None:
        read_end, write_end = os.pipe()
        back_read, back_write = os.pipe()
        self.stdin = os.fdopen(write_end, "wb", buffering=0)
        self.stdout = os.fdopen(back_read, "rb")
        self._streams = [os.fdopen(read_end, "rb"), os.fdopen(back_write, "wb")]
        self.worker = Worker(self._streams[0], self._streams[1], methods)
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        self.worker.serve()
        self.worker.end()

    def send(self, message: Any) -> None:
        self.stdin.write(message if isinstance(message, bytes) else _line(message))

    def call(self, request_id: Any, method: str, **params: Any) -> None:
        self.send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})

    def cancel(self, request_id: Any) -> None:
        self.send({"jsonrpc": "2.0", "method": "cancel", "params": {"id": request_id}})

    def read(self) -> Any:
        line = self.stdout.readline()
        assert line.endswith(b"\n")
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        return message

    def answer(self, message: Any) -> Any:
        self.send(message)
        return self.read()

    def close(self) -> None:
        self.stdin.close()
        self.thread.join(10)
        assert not self.thread.is_alive()
        for stream in [*self._streams, self.stdout]:
            stream.close()


def _line(message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


@pytest.fixture
def drive() -> Iterator[Callable[..., Driver]]:
    drivers: List[Driver] = []

    def start(**runs: Any) -> Driver:
        methods = {
            name: run if isinstance(run, Method) else Method(run) for name, run in runs.items()
        }
        drivers.append(Driver({**METHODS, **methods}))
        return drivers[-1]

    yield start
    for driver in drivers:
        if not driver.stdin.closed:
            driver.close()


@pytest.mark.parametrize(
    ("sent", "code", "request_id"),
    [
        (b"{not json}\n", -32700, None),
        (b"\xff\xfe{}\n", -32700, None),
        (b"[" * 200_000 + b"\n", -32700, None),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"worker.info"}\n', -32700, None),
        (b'{"jsonrpc":"2.0","id":1e999,"method":"worker.info"}\n', -32600, None),
        (b"[]\n", -32600, None),
        (b'[{"jsonrpc":"2.0","id":1,"method":"worker.info"}]\n', -32600, None),
        (b"7\n", -32600, None),
        ({"id": 1, "method": "worker.info"}, -32600, 1),
        ({"jsonrpc": "1.0", "id": 1, "method": "worker.info"}, -32600, 1),
        ({"jsonrpc": "2.0", "id": None, "method": "worker.info"}, -32600, None),
        ({"jsonrpc": "2.0", "id": True, "method": "worker.info"}, -32600, None),
        ({"jsonrpc": "2.0", "id": {}, "method": "worker.info"}, -32600, None),
        ({"jsonrpc": "2.0", "id": 1, "method": 5}, -32600, 1),
        ({"jsonrpc": "2.0", "id": 1, "method": "worker.info", "params": "x"}, -32600, 1),
        ({"jsonrpc": "2.0", "id": 1, "method": "worker.info", "params": []}, -32602, 1),
        ({"jsonrpc": "2.0", "id": 1, "method": "worker.info", "params": {"a": 1}}, -32602, 1),
        ({"jsonrpc": "2.0", "id": "x", "method": "nothing"}, -32601, "x"),
        ({"jsonrpc": "2.0", "id": 1, "method": "server.system", "params": {}}, -32602, 1),
    ],
)
def test_bad_messages_get_the_codes_of_the_standard(drive, sent, code, request_id) -> None:
    driver = drive()
    answer = driver.answer(sent)
    assert (answer["error"]["code"], answer["id"]) == (code, request_id)
    fault = error_from_dict(answer["error"]["data"])
    assert fault.message == answer["error"]["message"] and fault.hint
    driver.call(2, "worker.info")  # and the worker goes on
    assert driver.read()["result"]["pid"] == os.getpid()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("server.system", {"profile": "text"}),
        ("server.system", {"profile": PROFILE, "password": 5}),
        ("server.system", {"profile": PROFILE, "password": "\udcff"}),
        ("upload", {"profile": PROFILE, "password": None, "paths": "/one"}),
        ("upload", {"profile": PROFILE, "password": None, "paths": [5]}),
        ("upload", {"profile": PROFILE, "password": None, "paths": ["a\0b"]}),
        ("upload", {"profile": PROFILE, "password": None, "paths": ["\ud800"]}),
        ("series.counts", {"profile": PROFILE, "series_instance_uids": {"1.2": 3}}),
        ("upload", {"profile": PROFILE, "paths": [], "options": []}),
        ("doctor.run", {"profile": PROFILE, "listener": {"state": "running", "port": -1}}),
        ("doctor.run", {"profile": PROFILE, "listener": {"state": "running", "port": True}}),
    ],
)
def test_parameters_of_the_wrong_type_are_refused(drive, method, params) -> None:
    driver = drive()
    driver.call(1, method, **params)
    assert driver.read()["error"]["code"] == -32602


def test_a_profile_with_a_bad_value_says_which_field(drive) -> None:
    driver = drive()
    driver.call(1, "server.system", profile={**PROFILE, "dicom_port": 0}, password=None)
    error = driver.read()["error"]
    assert error["code"] == -32000
    assert error["data"]["kind"] == "InvalidProfileError"
    assert error["data"]["facts"] == {"field": "dicom_port"}


def test_an_engine_error_crosses_with_its_class_and_facts(drive) -> None:
    def fail(_context: Context, _params: Any) -> None:
        raise NotFoundError("Gone.", "Query again.", status_code=404)

    driver = drive(fail=fail)
    driver.call("a", "fail")
    error = driver.read()["error"]
    assert error["code"] == -32000 and error["message"] == "Gone."
    rebuilt = error_from_dict(error["data"])
    assert isinstance(rebuilt, NotFoundError)
    assert (rebuilt.hint, rebuilt.status_code) == ("Query again.", 404)


def test_an_unforeseen_fault_ends_one_request_and_tells_no_secret(drive) -> None:
    def crash(_context: Context, _params: Any) -> None:
        raise RuntimeError("canary-password")

    driver = drive(crash=crash, unserialisable=lambda _c, _p: object(), nan=lambda _c, _p: 1e999)
    for method in ("crash", "unserialisable", "nan"):
        driver.call(method, method)
        answer = driver.read()
        assert answer["error"]["code"] == -32603 and answer["id"] == method
        assert "canary" not in json.dumps(answer)
    driver.call(2, "worker.info")
    assert "result" in driver.read()


def test_short_requests_are_answered_while_transfers_fill_their_threads(drive) -> None:
    release = threading.Event()

    def long(context: Context, _params: Any) -> str:
        release.wait(10)
        return "done"

    driver = drive(long=Method(long, is_transfer=True))
    for number in range(TRANSFER_THREADS + 3):
        driver.call(number, "long")
    driver.call("short", "worker.info")
    assert driver.read()["id"] == "short"
    release.set()
    ids = {driver.read()["id"] for _ in range(TRANSFER_THREADS + 3)}
    assert ids == set(range(TRANSFER_THREADS + 3))


def test_many_short_requests_run_at_once(drive) -> None:
    everybody = threading.Barrier(SHORT_THREADS)
    driver = drive(meet=lambda _c, _p: everybody.wait(10) >= 0)
    for number in range(SHORT_THREADS):
        driver.call(number, "meet")
    answers = [driver.read() for _ in range(SHORT_THREADS)]
    assert all(answer["result"] is True for answer in answers)


def test_cancel_reaches_the_request_with_that_id_alone(drive) -> None:
    def wait(context: Context, _params: Any) -> None:
        context.token.wait(10)
        context.token.raise_if_cancelled()

    driver = drive(wait=wait)
    driver.call(1, "wait")
    driver.call(2, "wait")
    for unknown in (99, None, [], {"id": 1}):
        driver.cancel(unknown)
    driver.cancel(2)
    answer = driver.read()
    assert answer["id"] == 2 and answer["error"]["data"]["kind"] == "OperationCancelled"
    driver.cancel(1)
    assert driver.read()["id"] == 1


def test_a_request_that_still_waits_for_a_thread_is_cancelled_at_once(drive) -> None:
    release, ran = threading.Event(), []

    def long(_context: Context, _params: Any) -> None:
        ran.append(1)
        release.wait(10)

    driver = drive(long=Method(long, is_transfer=True))
    for number in range(TRANSFER_THREADS + 1):
        driver.call(number, "long")
    driver.cancel(TRANSFER_THREADS)
    answer = driver.read()
    assert answer["id"] == TRANSFER_THREADS
    assert answer["error"]["data"]["kind"] == "OperationCancelled"
    release.set()
    for _ in range(TRANSFER_THREADS):
        assert "result" in driver.read()
    assert len(ran) == TRANSFER_THREADS


def test_an_id_in_use_is_refused_without_touching_its_owner(drive) -> None:
    release = threading.Event()
    driver = drive(wait=lambda _c, _p: release.wait(10))
    driver.call(1, "wait")
    driver.call(1, "worker.info")
    answer = driver.read()
    assert answer["id"] is None and answer["error"]["code"] == -32600
    release.set()
    assert driver.read() == {"jsonrpc": "2.0", "id": 1, "result": True}
    driver.call(1, "worker.info")  # free again
    assert driver.read()["id"] == 1


def test_progress_precedes_the_answer_and_none_follows(drive) -> None:
    late, read = threading.Event(), threading.Semaphore(0)

    def work(context: Context, _params: Any) -> str:
        for done in range(1, 4):
            context.progress(Progress("upload", done, 3, current="x"))
            read.acquire(timeout=20)  # what was not sent before the next one is left out
        threading.Thread(
            target=lambda: (late.wait(5), context.progress(Progress("upload", 9, 9)))
        ).start()
        return "end"

    driver = drive(work=work)
    driver.call("w", "work")
    messages = [driver.read()]
    while "result" not in messages[-1]:
        read.release()
        messages.append(driver.read())
    late.set()
    driver.call("next", "worker.info")
    assert driver.read()["id"] == "next"
    told = [message["params"] for message in messages[:-1]]
    assert all(message["method"] == "progress" for message in messages[:-1])
    assert all("id" not in message for message in messages[:-1])
    assert [params["done"] for params in told] == [1, 2, 3]
    assert told[0]["id"] == "w" and told[0]["phase"] == "upload" and told[0]["rate"] == 0.0


def test_notifications_are_never_answered(drive) -> None:
    driver = drive()
    for method in ("worker.info", "nothing", "cancel"):
        driver.send({"jsonrpc": "2.0", "method": method})
    driver.call(1, "worker.info")
    assert driver.read()["id"] == 1


def test_file_names_that_are_no_text_survive_both_ways(drive) -> None:
    name = os.fsdecode(b"/data/\xe9\xff.dcm")
    driver = drive(back=Method(lambda _c, params: params, "paths"))
    driver.call(1, "back", paths=[name, "áé東\n.dcm"])
    line = driver.stdout.readline()
    assert line.isascii() and line.count(b"\n") == 1
    assert json.loads(line)["result"]["paths"] == [name, "áé東\n.dcm"]


def test_the_end_of_input_cancels_what_is_under_way(drive) -> None:
    def wait(context: Context, _params: Any) -> str:
        return "cancelled" if context.token.wait(10) else "not"

    driver = drive(wait=wait)
    driver.call(1, "wait")
    driver.call(2, "worker.info")
    assert driver.read()["id"] == 2
    start = time.monotonic()
    driver.stdin.close()
    assert driver.read() == {"jsonrpc": "2.0", "id": 1, "result": "cancelled"}
    driver.thread.join(5)
    assert time.monotonic() - start < here(1)
    driver.close()


def test_a_request_that_does_not_listen_does_not_hold_up_the_end(drive) -> None:
    release = threading.Event()
    driver = drive(deaf=lambda _c, _p: release.wait(10))
    driver.call(1, "deaf")
    driver.call(2, "worker.info")
    assert driver.read()["id"] == 2
    start = time.monotonic()
    driver.stdin.close()
    driver.thread.join(5)
    assert not driver.thread.is_alive() and time.monotonic() - start < here(1.7)
    release.set()
    driver.close()


def test_too_long_a_line_is_refused_and_the_next_one_read() -> None:
    stream = io.BytesIO(b"short\n\n  \n" + b"x" * 50 + b"\nnext\n" + b"y" * 10 + b"\nend")
    assert list(read_lines(stream, 10)) == [b"short\n", None, b"next\n", b"y" * 10 + b"\n", b"end"]
    with pytest.raises(RpcError) as fault:
        parse_call(None)
    assert fault.value.code == -32700


class _SlowReader(io.RawIOBase):
    """A stream whose reader is busy until `release` is set."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.lines: List[Any] = []
        self.writes = 0

    def write(self, data: Any) -> int:
        self.release.wait(10)
        self.writes += 1
        self.lines += [json.loads(line) for line in bytes(data).splitlines()]
        return len(data)


def test_a_busy_reader_stops_no_request_and_gets_the_latest_progress() -> None:
    stream = _SlowReader()
    outbox = Outbox(stream, on_broken=lambda: None)  # type: ignore[arg-type]
    outbox.open(1)
    outbox.open(2)
    start = time.monotonic()
    for done in range(10_000):
        outbox.progress(1, {"done": done})
        outbox.progress(2, {"done": -done})
    outbox.result(2, "two")
    assert time.monotonic() - start < here(5)
    assert not outbox.drain(0.05)
    stream.release.set()
    assert outbox.drain(5)
    of_one = [
        line["params"]["done"] for line in stream.lines if line.get("params", {}).get("id") == 1
    ]
    assert of_one[-1] == 9999 and len(of_one) <= 3
    kinds = [line.get("result") or line["params"]["done"] for line in stream.lines]
    assert kinds.index("two") > kinds.index(-9999)


def test_a_reader_who_is_gone_is_noticed_once() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    broken = threading.Event()
    with pytest.raises(BrokenPipeError):
        with os.fdopen(write_end, "wb") as stream:
            outbox = Outbox(stream, broken.set)
            outbox.result(1, "x")
            assert broken.wait(5)
            outbox.result(2, "y")
            assert not outbox.drain(0.1)


def test_clients_are_kept_for_each_profile_and_password() -> None:
    from OrthancConnectCore.shared.profile import ServerProfile

    def client(password: Any, **changes: Any) -> Any:
        profile = ServerProfile.from_dict(PROFILE).replace(**changes)
        return client_for({"profile": profile, "password": password})

    first = client("one")
    assert client("one") is first
    assert client("two") is not first
    assert client("one", read_timeout=5.0) is not first
    assert client(None) is client(None)
    for number in range(20):
        client(f"other {number}")
    assert client("one") is not first


def test_the_log_keeps_passwords_out(tmp_path, monkeypatch) -> None:
    log = tmp_path / "log.txt"
    monkeypatch.setenv(trace_log.VARIABLE, str(log))
    trace_log.configure()
    trace_log.hide("ana", "pässwort\n")
    basic = base64.b64encode("ana:pässwort\n".encode()).decode()
    try:
        for fault in (RuntimeError(f"sent {basic} and pässwort\n"), ValueError(repr("pässwort\n"))):
            try:
                raise fault
            except (RuntimeError, ValueError) as error:
                seen = trace_log.log_fault("test", error)
    finally:
        monkeypatch.delenv(trace_log.VARIABLE)
        trace_log.configure()
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text and "RuntimeError" in text and "sent … and …" in text
    # The test's own source lines, which a trace quotes, spell it out.
    text = "\n".join(line for line in text.splitlines() if "for fault in" not in line)
    assert "pässwort" not in text and basic not in text and "pässwort" not in str(seen)
    assert log.stat().st_mode & 0o077 == 0
