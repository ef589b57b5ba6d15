"""DICOM that goes wrong: each cause has its sentence, and nothing is lost or left behind."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

import pytest
from pydicom import dcmread

from OrthancConnectCore.dimse import services as dimse
from OrthancConnectCore.dimse.arrivals import Arrivals, by_uid
from OrthancConnectCore.dimse.query import query
from OrthancConnectCore.dimse.services import echo
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.retrieve.run import Selection, retrieve, targets_of
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.errors import DimseError, OperationCancelled, PortInUseError
from OrthancConnectCore.shared.events import CancelToken, Progress
from OrthancConnectCore.shared.profile import RETRIEVE_METHODS, ServerProfile
from OrthancConnectCore.shared.query import QueryFilters
from OrthancConnectCore.shared.receipts import Receipt
from Support.data.association_answers import BROKEN_MESSAGE, CUT_ACCEPT, NOTHING_ACCEPTED
from Support.data.dicom import stable_uid, write_ct_series, write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.doctor_cases import (
    answering_port,
    closed_port,
    filtered_port,
    server_profile,
    silent_port,
)
from Support.servers.orthanc import PrivateOrthanc

#: 400 instances (in other tests as many as they store), and 9.
PATIENT = Selection(patient_ids=("SMALL0000",))
FEW = Selection(patient_ids=("PAT0012",))


@pytest.fixture(autouse=True)
def silence(capfd: Any, caplog: Any) -> Iterator[None]:
    """Whatever goes wrong: nothing on the terminal, nothing in the log, no thread left."""
    before = set(threading.enumerate())
    caplog.set_level(logging.DEBUG)
    yield
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")
    assert [record for record in caplog.records if record.name.startswith("pynetdicom")] == []
    deadline = time.monotonic() + 3
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert set(threading.enumerate()) - before == set()


@pytest.fixture(scope="module")
def server(tmp_path_factory: Any) -> Iterator[PrivateOrthanc]:
    """A strict server with 400 small instances; its DICOM side waits by Nagle's algorithm."""
    with PrivateOrthanc(configuration={"DicomCheckCalledAet": True}, tcp_nodelay=False) as started:
        folder = tmp_path_factory.mktemp("data")
        started.store(*write_small_instances(folder, 400, series=2))
        started.store(*write_ct_series(folder, slices=9, rows=32, columns=32))
        yield started


def fetch(
    server: PrivateOrthanc,
    folder: Path,
    profile: ServerProfile,
    selection: Selection = PATIENT,
    **more: Any,
) -> Receipt:
    with OrthancClient(profile, Credentials(server.user, server.password)) as client:
        return retrieve(profile, client, targets_of(client, selection), folder, **more)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def refused(call: Callable[[], object]) -> DimseError:
    """The error of a call: one sentence, and what to do."""
    began = time.monotonic()
    with pytest.raises(DimseError) as caught:
        call()
    assert time.monotonic() - began < here(6)
    error = caught.value
    for text in (error.message, error.hint):
        assert text.endswith(".")
        assert text[0].isupper() or text[0].isdigit()
        assert "\n" not in text and "Traceback" not in text
    assert isinstance(error.refused, bool)
    return error


# No association -----------------------------------------------------------------------------------


def test_a_wrong_called_ae_title(server: PrivateOrthanc) -> None:
    profile = server_profile(server, called_ae_title="WRONG")
    for call in (echo, lambda wrong: query(wrong, QueryFilters())):
        error = refused(lambda call=call: call(profile))
        assert error.refused
        assert error.message == "The server refused the association: its AE title is not WRONG."
        assert "DicomAet" in error.hint


def test_an_unknown_calling_ae_title(server: PrivateOrthanc) -> None:
    profile = server_profile(server, calling_ae_title="WS 7", storage_port=11112)
    assert echo(profile) > 0  # open to all
    error = refused(lambda: query(profile, QueryFilters()))
    assert error.refused
    assert error.message == (
        "The server broke off the C-FIND: it does not know our AE title WS 7, or doesn't allow "
        "C-FIND for it."
    )
    assert '"ws-7": ["WS 7", "<address of this computer>", 11112]' in error.hint
    assert "DicomModalities" in error.hint


def test_an_ae_title_that_may_do_nothing_at_all() -> None:
    closed = {"DicomAlwaysAllowEcho": False, "DicomAlwaysAllowStore": False}
    with PrivateOrthanc(configuration=closed) as server:
        error = refused(lambda: echo(server_profile(server, calling_ae_title="NOBODY")))
        assert error.refused
        assert "does not know our AE title NOBODY" in error.message
        assert '"nobody": ["NOBODY"' in error.hint
        assert echo(server_profile(server)) > 0


def test_what_is_not_allowed_for_a_known_ae_title(tmp_path: Path) -> None:
    entry = {"AET": "SLICER", "Host": "127.0.0.1", "Port": 1, "AllowFind": False, "AllowGet": False}
    with PrivateOrthanc(configuration={"DicomModalities": {"slicer": entry}}) as server:
        server.store(*write_small_instances(tmp_path / "data", 3))
        profile = server_profile(server)
        error = refused(lambda: query(profile, QueryFilters()))
        assert error.refused
        assert "doesn't allow C-FIND" in error.message
        receipt = fetch(server, tmp_path / "out", profile)
        assert (receipt.verified, receipt.method) == (3, "C-GET + HTTPS")
        assert "doesn't allow C-GET" in receipt.notes[0]


@contextlib.contextmanager
def port_of(number: int) -> Iterator[int]:
    yield number


@pytest.mark.parametrize(
    ("where", "cause", "words"),
    [
        (lambda _server: closed_port(), "refused", "Nothing listens on 127.0.0.1:"),
        (lambda _server: filtered_port(), "timeout", "did not answer in time (DICOM)."),
        (lambda _server: silent_port(), "timeout", "did not answer within 1 s."),
        (lambda server: port_of(server.http_port), "http_port", "speaks HTTP, not DICOM."),
        (lambda server: port_of(server.https_port), "http_port", "speaks HTTP, not DICOM."),
        (lambda _server: answering_port(None), "closed", "closed the connection without"),
        (lambda _server: answering_port(lambda _: b"SSH-2.0-x\r\n"), "closed", "without a D"),
        (lambda _server: answering_port(lambda _: b"\2\0\xff\xff\xff\xff"), "closed", "without a"),
        (lambda _: answering_port(lambda _: NOTHING_ACCEPTED), "unsupported", "does not offer C-"),
        (lambda _: answering_port(lambda _: CUT_ACCEPT), None, "127.0.0.1:"),
        (lambda _: answering_port(lambda _: BROKEN_MESSAGE), "closed", "was lost during the C-"),
        (lambda _server: answering_port(lambda asked: asked), "closed", "without a DICOM answer."),
    ],
)
def test_a_port_that_is_no_dicom_server(
    server: PrivateOrthanc, where: Any, cause: Optional[str], words: str
) -> None:
    with where(server) as port:
        profile = server_profile(server, dicom_port=port, dimse_timeout=1.0, connect_timeout=0.5)
        for call in (echo, lambda wrong: query(wrong, QueryFilters())):
            error = refused(lambda call=call: call(profile))
            assert words in error.message
            assert error.refused is (error.cause == "unsupported")
            assert cause in (error.cause, None)  # None: it depends on pynetdicom's version


def test_an_unknown_host(server: PrivateOrthanc) -> None:
    error = refused(lambda: echo(server_profile(server, dicom_host="no.such.host.invalid")))
    assert error.cause == "name"
    assert error.message == "The DICOM host no.such.host.invalid is not known."


# Queries ------------------------------------------------------------------------------------------


def test_a_limit_of_the_server_is_told(tmp_path: Path) -> None:
    with PrivateOrthanc(configuration={"LimitFindResults": 2}) as server:
        server.store(*write_small_instances(tmp_path, 9, patients=3, series=3))
        result = query(server_profile(server), QueryFilters())
        if server.version < (1, 12):
            # Three series of a study are more than the limit as well.
            assert [len(study.series) for study in result.studies] == [2, 2]
            assert result.truncated
        else:  # answered by its database, to which the limit does not apply
            assert [len(study.series) for study in result.studies] == [3, 3, 3]
            assert not result.truncated
        assert len(query(server_profile(server), QueryFilters(), limit=1).studies) == 1


@pytest.mark.parametrize("answers", [True, False])
def test_cancel_ends_a_query_that_hangs(server: PrivateOrthanc, peer: int, answers: bool) -> None:
    token = CancelToken()
    threading.Timer(0.3, token.cancel).start()
    began = time.monotonic()
    # The peer makes the association and then says nothing; the other port not even that.
    with port_of(peer) if answers else silent_port() as port:
        profile = server_profile(
            server, dicom_port=port, called_ae_title="MUTE", dimse_timeout=60.0
        )
        with pytest.raises(OperationCancelled):
            query(profile, QueryFilters(), token=token)
    assert time.monotonic() - began < here(4)


def test_a_server_that_falls_silent_is_given_up(server: PrivateOrthanc, peer: int) -> None:
    profile = server_profile(server, dicom_port=peer, called_ae_title="MUTE", dimse_timeout=1.0)
    error = refused(lambda: query(profile, QueryFilters()))
    assert error.cause == "timeout"
    assert "sent nothing for 1 s during the C-FIND" in error.message


@pytest.mark.parametrize("title", ["EA700", "EC000", "S0122"])
def test_a_failed_query_is_an_error_and_no_empty_answer(
    server: PrivateOrthanc, peer: int, title: str
) -> None:
    profile = server_profile(server, dicom_port=peer, called_ae_title=title)
    error = refused(lambda: query(profile, QueryFilters()))
    assert f"status 0x{title[1:]}" in error.message


def test_a_server_that_takes_one_study_at_a_time(server: PrivateOrthanc, peer: int) -> None:
    profile = server_profile(server, dicom_port=peer, called_ae_title="SINGLE")
    result = query(profile, QueryFilters())
    assert [len(study.series) for study in result.studies] == [1, 1]


# Retrieves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["C-GET", "C-MOVE"])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"called_ae_title": "WRONG"}, "its AE title is not WRONG."),
        ({"calling_ae_title": "NOBODY"}, "it does not know our AE title NOBODY"),
        ({"dicom_port": 1}, "Nothing listens on 127.0.0.1:1 (DICOM)."),
    ],
)
def test_without_dicom_all_comes_over_https_and_the_note_says_why(
    server: PrivateOrthanc, tmp_path: Path, method: str, changes: dict[str, Any], words: str
) -> None:
    receipt = fetch(server, tmp_path, server_profile(server, **changes), FEW, method=method)
    assert (receipt.expected, receipt.verified, receipt.complete) == (9, 9, True)
    assert receipt.method == f"{method} + HTTPS"
    (note,) = receipt.notes
    assert note.startswith(f"{method} brought 0 of 9 instances, HTTPS 9 of the others: ")
    assert words in note


def test_a_c_move_that_the_server_cannot_do(server: PrivateOrthanc, tmp_path: Path) -> None:
    profile = server_profile(server, storage_ae_title="ELSEWHERE")
    receipt = fetch(server, tmp_path, profile, FEW, method="C-MOVE")
    assert (receipt.verified, receipt.method) == (9, "C-MOVE + HTTPS")
    assert "unable to process" in receipt.notes[0]


def test_a_taken_listener_port_is_told_before_anything_is_asked_for(
    server: PrivateOrthanc, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        profile = server_profile(server, storage_port=taken.getsockname()[1])
        with pytest.raises(PortInUseError, match="is taken by another program") as caught:
            fetch(server, tmp_path, profile, FEW, method="C-MOVE")
    assert "C-GET" in caught.value.hint
    assert files_below(tmp_path) == []


class Nth:
    """Does something once, when so many instances have come."""

    def __init__(self, count: int, action: Callable[[], object]) -> None:
        self._count = count
        self._action = action
        self.at: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        if progress.done >= self._count and progress.total and not self.at:
            self.at.append(progress)
            self._action()


@pytest.mark.parametrize("method", RETRIEVE_METHODS)
def test_an_instance_deleted_meanwhile_is_a_row_with_the_servers_reason(
    tmp_path: Path, method: str
) -> None:
    with PrivateOrthanc() as server:
        stored = server.store(*write_small_instances(tmp_path / "data", 20, series=2))
        victims = [stored[7], stored[19]]
        uids = [server.get_json(f"/instances/{one}/simplified-tags") for one in victims]

        def delete() -> None:
            for orthanc_id in victims:
                server.request("DELETE", f"/instances/{orthanc_id}")

        receipt = fetch(
            server, tmp_path / "out", server_profile(server), method=method, progress=Nth(0, delete)
        )
    assert (receipt.expected, receipt.stored, receipt.failed) == (20, 18, 2)
    assert sorted(row.item for row in receipt.problems) == sorted(
        one["SOPInstanceUID"] for one in uids
    )
    assert {row.reason for row in receipt.problems} == {"The server has it no longer (HTTP 404)."}
    assert not receipt.complete
    assert len(files_below(tmp_path / "out")) == 18


@pytest.mark.parametrize("method", RETRIEVE_METHODS)
def test_cancel_in_the_middle(server: PrivateOrthanc, tmp_path: Path, method: str) -> None:
    token = CancelToken()
    watch = Nth(3, token.cancel)
    throttled = 1 if method == "HTTPS" else None
    profile = server_profile(server, parallel_transfers=throttled or 4)
    began = time.monotonic()
    receipt = fetch(server, tmp_path, profile, method=method, token=token, progress=watch)
    assert receipt.cancelled
    assert time.monotonic() - began < here(4)
    assert 3 <= receipt.stored < 400 or method == "HTTPS"
    assert receipt.stored == len(files_below(tmp_path))
    assert receipt.missing == 400 - receipt.stored
    assert receipt.failed == 0
    assert all(path.suffix == ".dcm" for path in files_below(tmp_path))
    rest = fetch(server, tmp_path, profile, method="HTTPS")
    assert (rest.complete, rest.already_stored) == (True, receipt.stored)


def test_cancelled_before_the_association(server: PrivateOrthanc, tmp_path: Path) -> None:
    token = CancelToken()
    watch = Nth(0, token.cancel)
    receipt = fetch(server, tmp_path, server_profile(server), token=token, progress=watch)
    assert (receipt.cancelled, receipt.stored, receipt.expected) == (True, 0, 400)


@pytest.fixture(scope="module")
def large(tmp_path_factory: Any) -> Iterator[PrivateOrthanc]:
    """A server with one instance of 128 MB."""
    folder = tmp_path_factory.mktemp("large")
    (small,) = write_small_instances(folder, count=1)
    with dcmread(small) as dataset:
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = stable_uid("large")
        dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 1024, 1024, 64
        dataset.PixelData = bytes(2 * 64 * 1024 * 1024)
        dataset.save_as(folder / "large.dcm")
    with PrivateOrthanc() as server:
        server.store(folder / "large.dcm")
        (folder / "large.dcm").unlink()
        yield server


@pytest.mark.parametrize("method", RETRIEVE_METHODS)
def test_cancel_within_a_file(large: PrivateOrthanc, tmp_path: Path, method: str) -> None:
    token = CancelToken()
    cancelled_at: list[float] = []

    def progress(moment: Progress) -> None:
        if moment.bytes_done and not cancelled_at:
            cancelled_at.append(time.monotonic())
            assert moment.done == 0
            token.cancel()

    receipt = fetch(
        large, tmp_path, server_profile(large), method=method, token=token, progress=progress
    )
    assert time.monotonic() - cancelled_at[0] < here(3)
    assert (receipt.cancelled, receipt.stored, receipt.missing) == (True, 0, 1)
    assert files_below(tmp_path) == []


def test_a_server_that_dies_in_the_middle(tmp_path: Path) -> None:
    with PrivateOrthanc(tcp_nodelay=False) as server:
        server.store(*write_small_instances(tmp_path / "data", 300))
        receipt = fetch(
            server, tmp_path / "out", server_profile(server), progress=Nth(3, server.kill)
        )
    assert 3 <= receipt.stored < 300
    assert receipt.stored == len(files_below(tmp_path / "out"))
    assert receipt.failed == 300 - receipt.stored
    assert all(row.reason and row.hint for row in receipt.problems)
    assert any("C-GET brought" in note for note in receipt.notes)
    assert any("could not be compared" in note for note in receipt.notes)
    assert not receipt.complete


def half_a_series(server: PrivateOrthanc, port: int, places: dict[str, Path]) -> Any:
    arrivals = Arrivals(by_uid(places))
    profile = server_profile(server, dicom_port=port, called_ae_title="HALF")
    contexts = [("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1")]
    request = dimse.SeriesRequest("1.2.3.1", "1.2.3.1.1")
    (outcome,) = dimse.fetch(profile, "C-GET", [request], arrivals, storage=contexts)
    return arrivals, outcome


def test_a_server_that_calls_half_of_it_failed(
    server: PrivateOrthanc, peer: int, tmp_path: Path
) -> None:
    uids = [f"1.2.3.1.1.{number}" for number in range(1, 5)]
    arrivals, outcome = half_a_series(server, peer, {uid: tmp_path / f"{uid}.dcm" for uid in uids})
    assert sorted(arrivals.stored) == uids[:2]
    assert outcome.status == 0xA702
    assert list(outcome.failed) == uids[2:]
    assert outcome.text
    for uid in uids[:2]:
        with dcmread(tmp_path / f"{uid}.dcm") as dataset:
            assert dataset.SOPInstanceUID == uid


def test_what_was_not_asked_for_is_not_written(
    server: PrivateOrthanc, peer: int, tmp_path: Path
) -> None:
    half_a_series(server, peer, {"1.2.3.1.1.2": tmp_path / "asked.dcm"})
    assert [path.name for path in files_below(tmp_path)] == ["asked.dcm"]
