"""Retrieving without a server: files on disk, plans, presentation contexts, datasets."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pydicom
import pytest
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.pdu_items import PresentationDataValueItem

from OrthancConnectCore.dicom.part10 import file_head, is_uid
from OrthancConnectCore.dimse.arrivals import (
    NOT_WANTED,
    OUT_OF_RESOURCES,
    STORED,
    Arrivals,
)
from OrthancConnectCore.dimse.services import SeriesRequest
from OrthancConnectCore.files import PartFile
from OrthancConnectCore.retrieve import files as retrieve_files
from OrthancConnectCore.retrieve import plan as retrieve_plan
from OrthancConnectCore.retrieve.dicom import DicomRetrieve
from OrthancConnectCore.retrieve.files import Wanted, files_in, holds_instance
from OrthancConnectCore.retrieve.run import Selection, SeriesTarget, retrieve, targets_of
from OrthancConnectCore.shared.errors import AuthenticationError, InputError
from OrthancConnectCore.shared.events import CancelToken, ProgressMeter, ignore_progress
from OrthancConnectCore.shared.receipts import Receipt
from Support.fakes.server import CT, EXPLICIT, JPEG, PROFILE, FakeClient, files_below, wanted

# UIDs and files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("uid", ["1", "1.2.840.10008.1.1", "0.0", "1.02.3", "1." + "9" * 62])
def test_uids(uid: str) -> None:
    assert is_uid(uid)


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "1.", ".1", "1..2", "../1", "1/2", "1\\2", "1.2\n", "1.2 ", "1.a", "*"]
    + ["1.2\0", "１.２", "²", "1." + "9" * 63, None, 12],
)
def test_what_is_no_uid_and_no_file_name(text: Any) -> None:
    assert not is_uid(text)


def test_a_part_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "1.2.dcm"
    with PartFile(path) as part:
        part.write(b"abc")
        part.write(memoryview(b"def"))
        assert not path.exists()
        part.commit()
    assert path.read_bytes() == b"abcdef"
    assert part.size == 6
    assert os.listdir(path.parent) == ["1.2.dcm"]


def test_a_part_file_leaves_nothing_when_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "1.2.dcm"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), PartFile(path) as part:
        part.write(b"new")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["1.2.dcm"]


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "1.2.dcm"
    first, second = PartFile(path), PartFile(path)
    first.write(b"first")
    second.write(b"second")
    first.commit()
    second.commit()
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["1.2.dcm"]


def test_files_in_a_folder_by_uid(tmp_path: Path) -> None:
    for name, content in (("1.2.dcm", b"x"), ("1.3.dcm", b""), ("note.dcm", b"x"), ("1.4", b"x")):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "1.5.dcm").mkdir()
    old, new = tmp_path / "1.6.1-1.part", tmp_path / "1.6.1-2.part"
    for part in (old, new):
        part.write_bytes(b"x")
    os.utime(old, (time.time() - 90000,) * 2)
    assert files_in(tmp_path) == {"1.2": 1}
    assert not old.exists()
    assert new.exists()
    assert files_in(tmp_path / "nowhere") == {}


def test_the_header_is_a_file_meta_that_pydicom_reads() -> None:
    for uid in ("1.2.3", "1.2.34"):
        header = file_head(CT, uid, JPEG)
        with pydicom.dcmread(io.BytesIO(header)) as dataset:
            meta = dataset.file_meta
        assert meta.MediaStorageSOPClassUID == CT
        assert meta.MediaStorageSOPInstanceUID == uid
        assert meta.TransferSyntaxUID == JPEG
        assert meta.FileMetaInformationVersion == b"\0\1"
        assert meta.FileMetaInformationGroupLength == len(header) - 144
        assert meta.ImplementationClassUID


@pytest.mark.parametrize(
    ("content", "server_size", "whole"),
    [
        (file_head(CT, "1.2.3", JPEG) + bytes(99000), 99500, True),  # another header
        (file_head(CT, "1.2.3", JPEG) + bytes(50000), 99500, False),  # cut
        (file_head(CT, "1.2.3", JPEG) + bytes(900), 3500, False),  # a small one, cut
        (file_head(CT, "1.2.4", JPEG) + bytes(99000), 99500, False),  # another instance
        (bytes(99500), 99500, True),  # stored without a header
        (file_head(CT, "1.2.3", JPEG) + bytes(10), 0, True),  # size not known
        (bytes(10), 0, False),
    ],
)
def test_what_is_there_already_counts_when_it_is_whole(
    tmp_path: Path, content: bytes, server_size: int, whole: bool
) -> None:
    path = tmp_path / "1.2.3.dcm"
    path.write_bytes(content)
    wanted = Wanted("1.2.3", "1.2", "1", "id", path, server_size)
    assert holds_instance(wanted, len(content)) is whole


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", str(tmp_path / "nul\0")):
        with pytest.raises(InputError, match="can't be used"):
            retrieve_files.prepare_folder(folder)


# Targets and plans ------------------------------------------------------------------------------

WARD = {
    ("P", "1.1", "1.1.1"): ["1"],
    ("P", "1.1", "1.1.2"): ["2"],
    ("P", "1.2", "1.2.1"): ["3"],
    ("p", "1.3", "1.3.1"): ["4"],
    ("", "1.4", "1.4.1"): ["5"],
}


@pytest.mark.parametrize(
    ("selection", "series"),
    [
        (Selection(), []),
        (Selection(patient_ids=("P",)), ["1.1.1", "1.1.2", "1.2.1"]),
        (Selection(patient_ids=("p",)), ["1.3.1"]),
        (Selection(patient_ids=("",)), ["1.4.1"]),
        (Selection(patient_ids=("nobody",)), []),
        (Selection(study_instance_uids=("1.1", "1.4")), ["1.1.1", "1.1.2", "1.4.1"]),
        (Selection(series_instance_uids=("1.1.2",)), ["1.1.2"]),
        (Selection(("P",), ("1.1",), ("1.1.1", "1.3.1")), ["1.1.1", "1.1.2", "1.2.1", "1.3.1"]),
        (Selection(series_instance_uids=("", "*", "1.1.*", "9.9")), []),
        (Selection(study_instance_uids=("",)), []),
    ],
)
def test_targets_of_a_selection(selection: Selection, series: list[str]) -> None:
    client: Any = FakeClient(dict(WARD))
    found = targets_of(client, selection)
    assert sorted(one.series_instance_uid for one in found) == series
    assert all(
        WARD[(one.patient_id, one.study_instance_uid, one.series_instance_uid)] for one in found
    )


@pytest.mark.parametrize("bulk", [True, False])
def test_a_plan_names_every_instance_once_with_or_without_bulk_content(
    tmp_path: Path, bulk: bool
) -> None:
    client: Any = FakeClient()
    client.bulk = bulk
    receipt = Receipt("retrieve")
    plan = retrieve_plan.plan_of(client, client.targets() * 2, tmp_path, receipt)
    assert [one.sop_instance_uid for one in plan] == ["1.1.1.1", "1.1.1.2", "1.1.1.3"]
    first = plan[0]
    assert first.path == tmp_path / "1.1" / "1.1.1" / "1.1.1.1.dcm"
    assert first.orthanc_id == "id-1.1.1.1"
    assert (first.size, first.sop_class_uid) == ((300_000, CT) if bulk else (0, ""))
    assert receipt.problems == []


def test_hostile_uids_become_rows_and_no_file(tmp_path: Path) -> None:
    client: Any = FakeClient({("P", "1.1", "1.1.1"): ["../../x", "1.1.1.1", "", "1/2"]})
    folder = tmp_path / "in" / "here"
    targets = [
        *client.targets(),
        SeriesTarget("P", "../..", "1.1.1"),
        SeriesTarget("P", "1.1", "/etc"),
        SeriesTarget("P", "1.1", "1.9.9"),
    ]
    receipt = retrieve(PROFILE, client, targets, folder, method="HTTPS")
    assert files_below(tmp_path) == ["in/here/1.1/1.1.1/1.1.1.1.dcm"]
    assert (receipt.expected, receipt.stored, receipt.failed) == (7, 1, 6)
    reasons = {row.item: row.reason for row in receipt.problems}
    assert reasons["../../x"] == "The SOP Instance UID is not well formed."
    assert reasons["/etc"] == "The UID of study or series is not well formed."
    assert reasons["1.9.9"] == "The server has no instances of this series any longer."
    assert all(row.hint for row in receipt.problems)


def test_a_cyclic_or_senseless_answer_to_bulk_content_falls_back(tmp_path: Path) -> None:
    client: Any = FakeClient()
    for answer in ({"x": 1}, [1, 2], None, "text"):
        client.post_json = lambda _path, _request, answer=answer: answer
        plan = retrieve_plan.plan_of(client, client.targets(), tmp_path, Receipt("retrieve"))
        assert len(plan) == 3


def test_a_refused_login_is_not_taken_for_an_old_server(tmp_path: Path) -> None:
    client: Any = FakeClient()

    def refuse(*_args: Any) -> None:
        raise AuthenticationError("no", "check", status_code=401)

    client.post_json = refuse
    with pytest.raises(AuthenticationError):
        retrieve_plan.plan_of(client, client.targets(), tmp_path, Receipt("retrieve"))


# Which presentation contexts and requests -------------------------------------------------------


def associations(group: list[Wanted], partly: tuple[str, ...] = ()) -> list[Any]:
    meter = ProgressMeter("retrieve", ignore_progress)
    made = DicomRetrieve(PROFILE, group, partly, meter, CancelToken())
    return [(list(contexts), requests) for contexts, requests in made._associations()]


def test_each_syntax_has_its_own_context_and_explicit_little_endian_is_always_there() -> None:
    ((contexts, requests),) = associations(
        [wanted("1", "2", CT, JPEG), wanted("3", "2", CT), wanted("4", "5", "1.9", "1.8")]
    )
    assert contexts == [(CT, JPEG), (CT, EXPLICIT), ("1.9", "1.8"), ("1.9", EXPLICIT)]
    assert requests == [SeriesRequest("1", "2"), SeriesRequest("1", "5")]


def test_more_than_127_contexts_go_into_several_associations() -> None:
    group = [wanted(f"1.{n}", f"2.{n}", f"3.{n}", JPEG) for n in range(150)]
    made = associations(group)
    assert [len(contexts) for contexts, _requests in made] == [126, 126, 48]
    assert sum(len(requests) for _contexts, requests in made) == 150


def test_an_unknown_class_asks_for_the_usual_ones() -> None:
    ((contexts, _requests),) = associations([wanted("1", "2", "")])
    assert 100 < len(contexts) <= 127
    assert (CT, EXPLICIT) in contexts


def test_of_a_series_that_is_there_in_part_only_the_rest_is_asked_for() -> None:
    group = [wanted(f"1.{number}", "2", CT) for number in range(120)]
    ((_contexts, requests),) = associations(group, partly=("2",))
    assert [len(one.sop_instance_uids) for one in requests] == [100, 20]


# Datasets from the network ----------------------------------------------------------------------


def store(arrivals: Arrivals, uid: str = "1.2.3", dataset: bytes = b"abcdefghi") -> int:
    """Have an instance come, as pynetdicom tells its handlers; its status."""
    (_, on_pdu), (_, on_store) = arrivals.handlers
    pdu = P_DATA_TF()
    for data in (b"\x03command", b"\x00" + dataset[:4], b"\x02" + dataset[4:]):
        item = PresentationDataValueItem()
        item.presentation_data_value = data
        pdu.presentation_data_value_items.append(item)
    on_pdu(SimpleNamespace(pdu=pdu))
    request = SimpleNamespace(
        AffectedSOPClassUID=CT, AffectedSOPInstanceUID=uid, DataSet=io.BytesIO(dataset)
    )
    context = SimpleNamespace(transfer_syntax=EXPLICIT)
    return on_store(SimpleNamespace(request=request, context=context))


@pytest.mark.parametrize(
    ("uid", "status"), [("1.2.3", STORED), ("1.2.4", NOT_WANTED), ("../../1.2.3", NOT_WANTED)]
)
def test_a_dataset_goes_to_its_file(tmp_path: Path, uid: str, status: int) -> None:
    path = tmp_path / "a" / "1.2.3.dcm"
    arrivals = Arrivals({"1.2.3": path, "../../1.2.3": tmp_path / "never"})
    assert store(arrivals, uid) == status
    assert arrivals.bytes_received == 9
    if status == STORED:
        assert path.read_bytes() == file_head(CT, uid, EXPLICIT) + b"abcdefghi"
        assert arrivals.stored == {uid: path.stat().st_size}
        assert files_below(tmp_path) == ["a/1.2.3.dcm"]
    else:
        assert files_below(tmp_path) == []


def test_after_a_cancel_nothing_more_is_written(tmp_path: Path) -> None:
    token = CancelToken()
    arrivals = Arrivals({"1.2.3": tmp_path / "1.2.3.dcm"}, token)
    token.cancel()
    assert store(arrivals) == NOT_WANTED
    assert files_below(tmp_path) == []
    assert arrivals.stored == {}


def test_a_file_that_cannot_be_written_is_answered_and_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    arrivals = Arrivals({"1.2.3": tmp_path / "file" / "1.2.3.dcm"})
    assert store(arrivals) == OUT_OF_RESOURCES
    assert arrivals.failed == {"1.2.3": "The file can't be written: File exists."}
