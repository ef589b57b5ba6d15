"""Retrieving without a server: files on disk, plans, presentation contexts, datasets."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator, Optional
from unittest.mock import Mock

import pydicom
import pytest
from pynetdicom.pdu import P_DATA_TF
from pynetdicom.pdu_items import PresentationDataValueItem

from OrthancConnectCore.dicom.part10 import file_head, is_uid
from OrthancConnectCore.dimse.arrivals import (
    MOST_OF_ANSWER,
    NOT_ASKED_FOR,
    NOT_TAKEN,
    OUT_OF_RESOURCES,
    STORED,
    Arrivals,
    by_uid,
)
from OrthancConnectCore.dimse.services import SeriesRequest, one_request
from OrthancConnectCore.files import prepare_folder
from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id, study_orthanc_id
from OrthancConnectCore.retrieve.content import found_at
from OrthancConnectCore.retrieve.dicom import DicomRetrieve, most_bytes
from OrthancConnectCore.retrieve.files import Wanted
from OrthancConnectCore.retrieve.plan import Plan
from OrthancConnectCore.retrieve.run import Selection, retrieve, targets_of
from OrthancConnectCore.shared.disk import PartFile, remove_abandoned
from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    ConnectionFailedError,
    DimseError,
    InputError,
)
from OrthancConnectCore.shared.events import CancelToken, ProgressMeter, ignore_progress
from Support.fakes.server import (
    CT,
    EXPLICIT,
    JPEG,
    PROFILE,
    FakeClient,
    dataset_of,
    files_below,
    series_id,
    wanted,
)

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


def test_what_a_killed_run_left_is_removed_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    live = PartFile(tmp_path / "1.1.dcm")
    left = [tmp_path / name for name in ("1.2.0123456789abcdef.part", "1.3.123-0.part")]
    kept = [tmp_path / name for name in ("1.4.dcm", "film.part", "1.5.part")]
    for path in (*left, *kept):
        path.write_bytes(b"x")
    (tmp_path / "1.6.1-1.part").symlink_to(kept[0])
    (tmp_path / "1.7.1-1.part").symlink_to("gone")
    remove_abandoned(tmp_path)
    remove_abandoned(tmp_path / "nowhere")
    assert not any(path.exists() for path in left)
    assert all(path.exists() for path in kept)
    live.write(b"whole")
    live.commit()
    assert (tmp_path / "1.1.dcm").read_bytes() == b"whole"


def test_the_name_of_an_unfinished_file_can_not_be_foretold(tmp_path: Path) -> None:
    names = set()
    for _number in range(3):
        with PartFile(tmp_path / "1.2.dcm"):
            names.update(os.listdir(tmp_path))
    assert len(names) == 3


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


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", str(tmp_path / "nul\0")):
        with pytest.raises(InputError, match="can't be used"):
            prepare_folder(folder)


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
    for only_reading in (False, True):
        client: Any = FakeClient(dict(WARD))
        client.only_reading = only_reading
        found = targets_of(client, selection)
        assert sorted(one.series_instance_uid for one in found) == series
        for one in found:
            key = one.patient_id, one.study_instance_uid, one.series_instance_uid
            assert (one.orthanc_id, one.instances) == (series_id(*key), len(WARD[key]))


@pytest.mark.parametrize("limit", [None, 0, 2])
@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("finds", [True, False])
def test_a_plan_names_every_instance_once_by_whichever_way_tells_all(
    tmp_path: Path, finds: bool, bulk: bool, limit: Optional[int]
) -> None:
    client: Any = FakeClient()
    client.bulk, client.tells_attachments, client.limit = bulk, finds, limit
    made = Plan(client, client.targets() * 2, tmp_path)
    plan = made.wanted
    assert [one.sop_instance_uid for one in plan] == ["1.1.1.1", "1.1.1.2", "1.1.1.3"]
    first = plan[0]
    assert first.path == tmp_path / "1.1" / "1.1.1" / "1.1.1.1.dcm"
    assert first.orthanc_id == instance_orthanc_id("P", "1.1", "1.1.1", "1.1.1.1")
    knows = bulk or (finds and limit != 0)
    assert (first.size, first.sop_class_uid) == (300_000, CT if knows else "")
    assert first.file_uuid == hashlib.md5(b"1.1.1.1").hexdigest()
    assert made.refused == []


@pytest.mark.parametrize("bulk", [True, False])
def test_a_series_that_is_too_long_for_one_answer_is_asked_for_in_parts(
    tmp_path: Path, bulk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("OrthancConnectCore.retrieve.plan._INSTANCES_A_REQUEST", 2)
    client: Any = FakeClient()
    client.bulk, client.tells_attachments = bulk, True
    found = Plan(client, client.targets(), tmp_path).wanted
    assert sorted(one.sop_instance_uid for one in found) == ["1.1.1.1", "1.1.1.2", "1.1.1.3"]
    assert client.most_in_bulk == (2 if bulk else 0)


def test_uids_that_are_no_file_names_get_those_of_orthanc(tmp_path: Path) -> None:
    key = ("P", "../..", "/etc")
    client: Any = FakeClient({key: ["../../x", "1.1.1.1", "", "1/2"], ("P", "1.1", "1.9.9"): []})
    folder = tmp_path / "in" / "here"
    receipt = retrieve(PROFILE, client, client.targets(), folder, method="HTTPS")
    within = f"in/here/{study_orthanc_id('P', '../..')}/{series_id(*key)}"
    names = [instance_orthanc_id(*key, uid) for uid in ("../../x", "1/2")]
    assert files_below(tmp_path) == sorted(f"{within}/{name}.dcm" for name in (*names, "1.1.1.1"))
    assert (receipt.expected, receipt.stored, receipt.failed) == (4, 3, 1)
    (row,) = receipt.problems
    assert (row.item, row.reason) == (
        "1.9.9",
        "The server has no instances of this series any longer.",
    )


@pytest.mark.parametrize("answer", [{"x": 1}, [1, 2], None, "text"])
def test_a_senseless_answer_to_bulk_content_falls_back(tmp_path: Path, answer: Any) -> None:
    client: Any = FakeClient()
    client.answer_to = lambda _path, _request: answer
    assert len(Plan(client, client.targets(), tmp_path).wanted) == 3


@pytest.mark.parametrize("answer", [{"x": 1}, [1, 2], [None], None, "text"])
def test_a_senseless_list_is_told(tmp_path: Path, answer: Any) -> None:
    client: Any = FakeClient()
    client.bulk = False
    client.answer = lambda _path: answer
    with pytest.raises(ConnectionFailedError) as fault:
        Plan(client, client.targets(), tmp_path)
    assert fault.value.cause == "not_orthanc"


def test_a_refused_login_is_not_taken_for_an_old_server(tmp_path: Path) -> None:
    client: Any = FakeClient()

    def refuse(*_args: Any) -> None:
        raise AuthenticationError("no", "check", status_code=401)

    client.answer_to = refuse
    with pytest.raises(AuthenticationError):
        Plan(client, client.targets(), tmp_path)


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
    assert requests == [
        SeriesRequest("1", "2", instances=2),
        SeriesRequest("1", "5", instances=1),
    ]


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

KEY = ("P", "1", "2", "1.2.3")
DATASET = dataset_of(*KEY, 200)


def retrieving(path: Path, *others: Wanted) -> DicomRetrieve:
    name = instance_orthanc_id(*KEY)
    one = Wanted(name, "1.2.3", "2", "1", path, 300, CT, EXPLICIT, file_uuid="ab-1")
    meter = ProgressMeter("retrieve", ignore_progress)
    return DicomRetrieve(PROFILE, [one, *others], (), meter, CancelToken())


def store(arrivals: Arrivals, uid: str = "1.2.3", dataset: bytes = DATASET) -> int:
    """Have an instance come, as pynetdicom tells its handlers; its status."""
    pdu = P_DATA_TF()
    for data in (b"\x03command", b"\x00" + dataset[:4], b"\x02" + dataset[4:]):
        item = PresentationDataValueItem()
        item.presentation_data_value = data
        pdu.presentation_data_value_items.append(item)
    assoc = Mock()
    assoc.dul.socket.socket = None  # closed already
    arrivals.on_pdu(SimpleNamespace(pdu=pdu, assoc=assoc))
    request = SimpleNamespace(
        AffectedSOPClassUID=CT, AffectedSOPInstanceUID=uid, DataSet=io.BytesIO(dataset)
    )
    context = SimpleNamespace(transfer_syntax=EXPLICIT)
    return arrivals.on_store(SimpleNamespace(request=request, context=context, assoc=assoc))


def test_a_dataset_goes_to_the_file_of_its_instance(tmp_path: Path) -> None:
    path = tmp_path / "a" / "1.2.3.dcm"
    made = retrieving(path)
    assert store(made._arrivals, "1.9.9") == STORED  # what is said of it does not count
    assert made._arrivals.bytes_received == len(DATASET)
    (arrived,) = made.stored.values()
    assert (arrived.wanted.path, arrived.size) == (path, path.stat().st_size)
    with pydicom.dcmread(path) as dataset:
        assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID == "1.2.3"
    assert path.read_bytes().endswith(DATASET)
    assert found_at(path, lambda: None).note == b"ab-1"
    assert store(made._arrivals) == NOT_ASKED_FOR  # again


@pytest.mark.parametrize(
    ("dataset", "reason"),
    [
        (dataset_of("Q", *KEY[1:], 200), ""),
        (dataset_of("P", "9", *KEY[2:], 200), ""),
        (dataset_of("P", "1", "9", "1.2.3", 200), ""),
        (dataset_of("P", "1", "2", "9", 200), ""),
        (DATASET[:-2], "What came can't be read to its end."),
        (DATASET + b"\0", "What came can't be read to its end."),
        (DATASET[:20], ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_another_dataset_or_a_part_is_not_taken(
    tmp_path: Path, dataset: bytes, reason: str
) -> None:
    made = retrieving(tmp_path / "1.2.3.dcm")
    assert store(made._arrivals, dataset=dataset) == NOT_ASKED_FOR
    assert files_below(tmp_path) == []
    assert made.stored == {}
    assert [text for text, _hint in made.reasons.values()] == [reason] * bool(reason)


def test_a_patient_id_that_can_be_read_in_two_ways_is_not_taken_for_either(tmp_path: Path) -> None:
    made = retrieving(tmp_path / "1.2.3.dcm")
    dataset = dataset_of(*KEY, 200).replace(b"P ", b"\xdf ")  # a letter of no known character set
    assert store(made._arrivals, dataset=dataset) == NOT_ASKED_FOR
    made._learn([])
    assert made.last_words == "Of 1 instances it can't be told whose they are."


def test_after_a_cancel_nothing_more_is_written(tmp_path: Path) -> None:
    token = CancelToken()
    arrivals = Arrivals(by_uid({"1.2.3": tmp_path / "1.2.3.dcm"}), token)
    token.cancel()
    assert store(arrivals) == NOT_TAKEN
    assert files_below(tmp_path) == []
    assert arrivals.stored == {}


def test_a_file_that_cannot_be_written_is_answered_and_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    arrivals = Arrivals(by_uid({"1.2.3": tmp_path / "file" / "1.2.3.dcm"}))
    assert store(arrivals) == OUT_OF_RESOURCES
    assert arrivals.failed == {"1.2.3": "The file can't be written: Not a directory."}


def test_messages_and_instances_without_an_end_are_ended(tmp_path: Path) -> None:
    arrivals = Arrivals(most_others=2)
    for _number in range(2):
        store(arrivals)
        assert arrivals.excess == ""
    store(arrivals)
    assert arrivals.excess == "instances that were not asked for"
    longest = Arrivals()
    store(longest, dataset=bytes(MOST_OF_ANSWER + 1))
    assert longest.excess == f"a message of more than {MOST_OF_ANSWER} bytes"


class EndlessLink:
    """An association whose server answers that more is to come, for ever."""

    service = "C-GET"

    def __init__(self) -> None:
        self.answers = self.signs_of_life = 0

    def ask(self, *_question: Any) -> Iterator[Any]:
        while True:
            self.answers += 1
            yield 0xFF00, "", None

    def gets_on(self) -> None:
        self.signs_of_life += 1

    def endless(self, what: str) -> Exception:
        return DimseError(what, "")


def test_answers_without_an_end_are_ended() -> None:
    link: Any = EndlessLink()
    with pytest.raises(DimseError, match="1031 answers and no last one"):
        one_request(link, SeriesRequest("1", "2", instances=3))
    assert (link.answers, link.signs_of_life) == (1031, 3)


def test_how_long_a_dataset_may_be_follows_from_what_is_stored() -> None:
    native, compressed = wanted("1", "2", CT), wanted("3", "2", CT, JPEG)
    assert most_bytes([native]) < 2 << 20 < most_bytes([native, compressed])
