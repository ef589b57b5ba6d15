"""Connections over real sockets: kept, given back once, dropped when stale, cut when closed."""

from __future__ import annotations

import gc
import gzip
import json
import threading
import time
from pathlib import Path
from typing import Iterator, List

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.errors import ConnectionFailedError, OrthancConnectError
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import TestCertificate, make_certificate
from Support.process.busy_machine import here
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer, always

FILE = b"DICM" * 200_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "own")


def orthanc_like(request: Request) -> Answer:
    if request.path.endswith("/file"):
        return Answer(200, FILE)
    return Answer.of_json(SYSTEM)


@pytest.fixture
def server(certificate: TestCertificate) -> Iterator[ScriptedServer]:
    with ScriptedServer(orthanc_like, certificate) as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer, certificate: TestCertificate) -> Iterator[OrthancClient]:
    profile = ServerProfile(
        "test",
        server.url,
        trust=TrustPolicy.pinned(certificate.fingerprint),
        connect_timeout=2,
        read_timeout=5,
    )
    with OrthancClient(profile) as running:
        yield running


def used(server: ScriptedServer) -> List[int]:
    """The connections that carried the requests, numbered from 0 in order of their first use."""
    order: List[int] = []
    for request in server.requests:
        if request.connection not in order:
            order.append(request.connection)
    return [order.index(request.connection) for request in server.requests]


def test_errors_and_empty_answers_give_the_connection_back(server, client) -> None:
    answers = [Answer.of_json({"Message": "no"}, 400), Answer(401, b""), Answer.of_json(SYSTEM)]
    for answer in answers * 2:
        server.handler = always(answer)
        try:
            client.system()
        except OrthancConnectError:
            pass
    assert used(server) == [0] * 6


def test_a_second_request_while_one_is_read(server, client) -> None:
    blocks = client.download_instance("a")
    first = next(blocks)
    client.system()
    assert used(server) == [0, 1]
    assert first + b"".join(blocks) == FILE
    for _ in range(3):
        client.system()
    assert len(set(used(server)[2:])) == 1  # it is not in two hands
    assert b"".join(client.download_instance("a")) == FILE


def test_an_abandoned_download_is_not_mixed_into_the_next_answer(server, client) -> None:
    blocks = client.download_instance("a")
    next(blocks)
    del blocks
    gc.collect()
    assert client.system().version == SYSTEM["Version"]
    finished = client.download_instance("a")
    assert b"".join(finished) == FILE
    later = client.download_instance("a")
    next(later)
    finished.close()  # once more, while its connection is busy with another answer
    client.system()
    assert b"".join(later)[-4:] == b"DICM"


@pytest.mark.parametrize("said", [True, False])
def test_a_connection_that_the_server_closed_is_not_used(server, client, said: bool) -> None:
    headers = {"Connection": "close"} if said else {}
    server.handler = always(Answer(200, json.dumps(SYSTEM).encode(), headers=headers, close=True))
    for _ in range(3):
        client.system()
        while server.ended < server.connections:
            time.sleep(0.01)
        client.request("POST", "/tools/now")  # not sent twice, so it must not fail
    assert used(server) == list(range(6))


@pytest.mark.parametrize("kept", [False, True])
def test_closing_ends_a_request_under_way(server, client, kept: bool) -> None:
    faults: List[OrthancConnectError] = []
    asked = threading.Event()

    def stall(_request: Request) -> Answer:
        asked.set()
        return Answer.of_json(SYSTEM, delay=4)

    def ask() -> None:
        if kept:
            client.system()
        server.handler = stall
        try:
            client.system()
        except OrthancConnectError as fault:
            faults.append(fault)

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(20)
    started = time.monotonic()
    client.close()
    thread.join(5)
    assert time.monotonic() - started < here(1)
    assert [type(fault) for fault in faults] == [ConnectionFailedError]
    assert len(server.requests) == 1 + kept
    with pytest.raises(ConnectionFailedError, match="was closed"):
        client.system()


def test_a_compressed_answer_is_refused(server, client) -> None:
    content = gzip.compress(json.dumps(SYSTEM).encode())
    server.handler = always(Answer(200, content, {"Content-Encoding": "gzip"}))
    for act in (client.system, lambda: list(client.download_instance("a"))):
        with pytest.raises(ConnectionFailedError, match="compress") as fault:
            act()
        assert fault.value.hint


@pytest.mark.parametrize("prefix", ["/%C3%B3", "/x/y"])
def test_a_path_prefix_goes_before_each_path(certificate, server, prefix: str) -> None:
    trust = TrustPolicy.pinned(certificate.fingerprint)
    with OrthancClient(ServerProfile("t", server.url + prefix, trust=trust)) as client:
        client.system()
        client.get_json("/x", {"a": "ó b", "c": "1"})
    paths = [request.path for request in server.requests]
    assert paths == [prefix + "/system", prefix + "/x?a=%C3%B3+b&c=1"]


def test_an_ipv6_address(certificate: TestCertificate, tmp_path: Path) -> None:
    profile = ServerProfile("t", "https://[::1]:9", connect_timeout=1)
    with OrthancClient(profile) as client:
        with pytest.raises(ConnectionFailedError) as fault:
            client.system()
    assert "::1" in fault.value.message
