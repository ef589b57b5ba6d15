"""Answers of another shape than Orthanc's end in one sentence, wherever they are read."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Tuple

import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.orthanc.labels import patients_of
from OrthancConnectCore.orthanc.modalities import read_modalities
from OrthancConnectCore.shared.errors import ConnectionFailedError
from OrthancConnectCore.shared.profile import ServerProfile
from Support.servers.scripted import Answer, ScriptedServer, always

Act = Callable[[OrthancClient], Any]
SAYS_SO = "is not (what )?Orthanc|list of DICOM modalities can't be read"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer(always(Answer())) as running:
        yield running


@pytest.fixture
def client(server: ScriptedServer) -> Iterator[OrthancClient]:
    with OrthancClient(ServerProfile("t", server.url, allow_insecure_http=True)) as running:
        yield running


@pytest.mark.parametrize(
    "body",
    [
        *(b"[null]", b'"x"', b"null", b"1", b"true", b"[[]]", b'[{"ID": {}}]', b'[{"ID": 1}]'),
        *(
            b"[{}]",
            b"[NaN]",
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"\xff\xfe[]",
            b"[1" + b"0" * 9999,
        ),
        b"[" + b"[]," * 200_000 + b"1]",
        *(b'["\\ud800"]', b'[{"ID": "a", "MainDicomTags": []}]', b'[{"ID": "\\uDFFF"}]'),
        *(b'[{"ID": "a", "Instances": [1]}]', b'[{"ID": "a", "PatientMainDicomTags": "x"}]'),
    ],
    ids=lambda body: repr(body)[:40],
)
def test_answers_of_another_shape(
    server: ScriptedServer, client: OrthancClient, body: bytes
) -> None:
    server.handler = always(Answer(200, body))
    acts: Tuple[Act, ...] = (
        lambda one: one.find("Study", {}),
        lambda one: one.system(),
        read_modalities,
        lambda one: one.series_counts(["1.2"]),
        lambda one: patients_of(one, ["-".join(["5eed5eed"] * 5)]),
        lambda one: list(one.study_instances("a")),
        lambda one: one.stored_size("a"),
    )
    for act in acts:
        if body == b"1" and act is acts[-1]:
            continue  # that is a size
        with pytest.raises(ConnectionFailedError, match=SAYS_SO) as fault:
            act(client)
        assert fault.value.cause == "not_orthanc" and len(str(fault.value)) < 300


@pytest.mark.parametrize(
    "body",
    [
        b'{"Status": "Success"}',
        b'{"Status": "Success", "ID": {}}',
        b'{"Status": "AlreadyStored", "ID": ""}',
        b'{"Status": "Success", "ID": "a", "ParentStudy": 3}',
        *(b"[null]", b'"x"', b"null", b"7"),
    ],
)
def test_a_fate_without_an_instance(
    server: ScriptedServer, client: OrthancClient, body: bytes
) -> None:
    server.handler = always(Answer(200, body))
    with pytest.raises(ConnectionFailedError, match="answer to POST /instances is not what"):
        client.upload_instance(b"DICM")


@pytest.mark.parametrize(
    "changes", [{"DicomPort": "4242"}, {"DicomPort": True}, {"DicomPort": 99999}, {"Version": {}}]
)
def test_a_system_that_is_none(
    server: ScriptedServer, client: OrthancClient, changes: dict[str, Any]
) -> None:
    server.handler = always(Answer.of_json({"Version": "1.12", "DicomPort": 4242, **changes}))
    with pytest.raises(ConnectionFailedError, match="is not Orthanc"):
        client.system()
