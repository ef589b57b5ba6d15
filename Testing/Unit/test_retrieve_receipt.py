"""What a retrieve's receipt says, whichever way the instances came."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Optional

import pytest

from OrthancConnectCore.cli.output import error_text
from OrthancConnectCore.dicom.part10 import file_head
from OrthancConnectCore.retrieve.content import note_of
from OrthancConnectCore.retrieve.files import Wanted
from OrthancConnectCore.retrieve.https import Arrived
from OrthancConnectCore.retrieve.run import retrieve
from OrthancConnectCore.shared.errors import (
    DimseError,
    InputError,
    MissingDependencyError,
    NotFoundError,
    OrthancConnectError,
)
from OrthancConnectCore.shared.events import CancelToken, ProgressMeter
from OrthancConnectCore.shared.receipts import InstanceRow
from Support.fakes.server import CT, JPEG, PROFILE, FakeClient, cut_connection, dataset_of


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("OrthancConnectCore.orthanc.retry.PAUSES", (0.01, 0.011, 0.012, 0.013))


class FakeDicom:
    """Stands for `DicomRetrieve`: brings some instances, and fails or not."""

    brings: Callable[[Wanted], bool] = staticmethod(lambda _wanted: True)
    fault: Optional[OrthancConnectError] = None
    words = ""

    def __init__(self, _profile: Any, wanted: Any, partly: Any, meter: ProgressMeter, token: Any):
        self.wanted = wanted
        self.stored: dict[str, Arrived] = {}
        self.reasons: dict[str, tuple[str, str]] = {}
        self.last_words = self.words
        self.titles: set[str] = set()
        self.notes: list[str] = []
        type(self).partly = partly

    def run(self, method: str) -> None:
        self.method = method
        for one in self.wanted:
            if self.brings(one):
                key = "P", one.study_instance_uid, one.series_instance_uid, one.sop_instance_uid
                dataset = dataset_of(*key, 290_000)
                note = note_of(one.file_uuid, dataset)
                content = file_head(CT, one.sop_instance_uid, JPEG, note) + dataset
                one.path.parent.mkdir(parents=True, exist_ok=True)
                one.path.write_bytes(content)
                self.stored[one.orthanc_id] = Arrived(one, len(content), False, self.method)
            else:
                self.reasons[one.orthanc_id] = ("The server could not send it.", "Look.")
        if self.fault is not None:
            raise self.fault


@pytest.fixture()
def dicom(monkeypatch: pytest.MonkeyPatch) -> Any:
    fake = type("Fake", (FakeDicom,), {})
    monkeypatch.setattr("OrthancConnectCore.retrieve.dicom.DicomRetrieve", fake)
    return fake


def run(client: FakeClient, folder: Path, **more: Any) -> Any:
    return retrieve(PROFILE, client, client.targets(), folder, **more)  # type: ignore[arg-type]


def test_all_by_c_get(tmp_path: Path, dicom: Any) -> None:
    client = FakeClient()
    receipt = run(client, tmp_path)
    assert (receipt.expected, receipt.stored, receipt.method) == (3, 3, "C-GET")
    assert receipt.verified == 0  # identity and end of each were looked at, not its content
    assert receipt.notes == []
    assert client.asked == []
    assert receipt.summary() == "3 of 3 instances arrived"


def test_what_c_get_did_not_bring_comes_over_https_and_is_told(tmp_path: Path, dicom: Any) -> None:
    dicom.brings = staticmethod(lambda one: one.sop_instance_uid != "1.1.1.2")
    dicom.words = "The server could not send some of the instances."
    client = FakeClient()
    receipt = run(client, tmp_path)
    assert (receipt.stored, receipt.verified, receipt.method) == (3, 1, "C-GET + HTTPS")
    assert receipt.summary() == "3 of 3 instances arrived, 1 verified"
    assert client.asked == ["1.1.1.2"]
    assert receipt.notes == [
        "C-GET brought 2 of 3 instances, HTTPS 1 of the others: "
        "The server could not send some of the instances."
    ]
    assert receipt.complete


def test_a_refused_association_is_told_and_all_comes_over_https(tmp_path: Path, dicom: Any) -> None:
    dicom.brings = staticmethod(lambda _one: False)
    dicom.fault = DimseError("It does not know us.", "Register.", refused=True)
    receipt = run(FakeClient(), tmp_path, method="C-MOVE")
    assert (receipt.verified, receipt.method, receipt.complete) == (3, "C-MOVE + HTTPS", True)
    assert receipt.notes == [
        "C-MOVE brought 0 of 3 instances, HTTPS 3 of the others: It does not know us. Register."
    ]


def test_a_row_tells_of_each_instance_what_became_of_it(tmp_path: Path, dicom: Any) -> None:
    content = {("P", "1.1", "1.1.1"): [f"1.1.1.{number}" for number in range(1, 6)]}
    run(FakeClient(content), tmp_path, method="HTTPS", only={"1.1.1": ["1.1.1.1"]})
    run(FakeClient(content), tmp_path, only={"1.1.1": ["1.1.1.2"]})
    dicom.brings = staticmethod(lambda one: one.sop_instance_uid == "1.1.1.3")
    client = FakeClient(content)
    client.faults = {"1.1.1.5": [NotFoundError("gone", "", status_code=404)]}
    rows: list[InstanceRow] = []
    only = {"1.1.1": [*content[("P", "1.1", "1.1.1")], "1.1.1.9"]}
    receipt = run(client, tmp_path, only=only, rows=rows.append)
    told = {row.sop_instance_uid: row[1:4] for row in rows}
    assert told == {
        "1.1.1.1": ("already_there", True, ""),
        "1.1.1.2": ("already_there", False, ""),
        "1.1.1.3": ("arrived", False, "C-GET"),
        "1.1.1.4": ("arrived", True, "HTTPS"),
        "1.1.1.5": ("failed", False, ""),
        "1.1.1.9": ("failed", False, ""),
    }
    assert len(rows) == receipt.expected and receipt.failed == 2 and receipt.verified == 2
    for row in rows:
        assert (row.bytes, bool(row.reason)) == (
            Path(row.path).stat().st_size if row.path else 0,
            row.outcome == "failed",
        )
        assert row.series_instance_uid == "1.1.1"


def test_what_was_not_reached_has_its_row(tmp_path: Path) -> None:
    client, token, rows = FakeClient(), CancelToken(), []
    client.profile = PROFILE.replace(parallel_transfers=1)
    client.faults = {"1.1.1.2": [token.cancel]}
    run(client, tmp_path, method="HTTPS", token=token, rows=rows.append)
    assert [row.outcome for row in rows] == ["arrived", "not_reached", "not_reached"]


def test_what_comes_neither_way_is_a_failed_row(tmp_path: Path, dicom: Any) -> None:
    dicom.brings = staticmethod(lambda one: one.sop_instance_uid != "1.1.1.2")
    client = FakeClient()
    client.faults = {"1.1.1.2": [NotFoundError("gone", "", status_code=404)]}
    receipt = run(client, tmp_path)
    assert (receipt.expected, receipt.stored, receipt.failed) == (3, 2, 1)
    assert receipt.method == "C-GET"
    (row,) = receipt.problems
    assert (row.item, row.outcome) == ("1.1.1.2", "failed")
    assert row.reason == "The server has it no longer (HTTP 404)."
    assert not receipt.complete


def test_what_the_server_got_meanwhile_is_fetched_too(tmp_path: Path, dicom: Any) -> None:
    client = FakeClient()

    def arrive(one: Wanted) -> bool:
        client.content[("P", "1.1", "1.1.1")] = ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"]
        return True

    dicom.brings = staticmethod(arrive)
    receipt = run(client, tmp_path)
    assert (receipt.expected, receipt.stored, receipt.complete) == (4, 4, True)
    assert client.asked == ["1.1.1.4"]
    assert receipt.method == "C-GET + HTTPS"


def test_what_is_there_already_is_not_asked_for(tmp_path: Path, dicom: Any) -> None:
    run(FakeClient(), tmp_path)
    (tmp_path / "1.1" / "1.1.1" / "1.1.1.3.dcm").unlink()
    asked = []
    dicom.brings = staticmethod(lambda one: not asked.append(one.sop_instance_uid))
    receipt = run(FakeClient(), tmp_path)
    assert asked == ["1.1.1.3"]
    assert dicom.partly == {"1.1.1"}
    assert (receipt.stored, receipt.already_stored) == (1, 2)


@pytest.mark.parametrize("damaged", [True, False])
def test_what_came_by_dicom_is_known_again_unless_it_or_the_servers_file_changed(
    tmp_path: Path, dicom: Any, damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(FakeClient(), tmp_path)
    client = FakeClient()
    path = tmp_path / "1.1" / "1.1.1" / "1.1.1.2.dcm"
    if damaged:
        content = path.read_bytes()
        path.write_bytes(content[:-10] + bytes(9) + b"\1")
    else:
        listed = client.instances

        def corrected(series: Any) -> Any:
            return [
                {**one, "FileUuid": "ab"}
                if one["MainDicomTags"]["SOPInstanceUID"] == "1.1.1.2"
                else one
                for one in listed(series)
            ]

        client.instances = corrected  # type: ignore[method-assign]
    receipt = run(client, tmp_path, method="HTTPS")
    assert (receipt.stored, receipt.already_stored, receipt.verified) == (1, 2, 1)
    assert client.asked == ["1.1.1.2"]


@pytest.mark.parametrize("method", ["C-GET", "HTTPS"])
def test_an_old_cut_file_does_not_count_when_nothing_better_came(
    tmp_path: Path, dicom: Any, method: str
) -> None:
    old = tmp_path / "1.1" / "1.1.1" / "1.1.1.2.dcm"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"cut")
    dicom.brings = staticmethod(lambda one: one.sop_instance_uid != "1.1.1.2")
    client = FakeClient()
    client.faults = {"1.1.1.2": [NotFoundError("gone", "", status_code=404)]}
    receipt = run(client, tmp_path, method=method)
    assert (receipt.stored, receipt.failed) == (2, 1)
    assert receipt.problems[0].item == "1.1.1.2"
    again = run(FakeClient(), tmp_path, method="HTTPS")
    assert (again.complete, again.stored, again.already_stored) == (True, 1, 2)
    assert old.stat().st_size == 300_000


def test_a_file_that_vanished_has_not_arrived(tmp_path: Path, dicom: Any) -> None:
    client = FakeClient()
    real = client.get_json

    def late(path: str, shape: Any) -> Any:
        for file in tmp_path.rglob("1.1.1.1.dcm"):
            file.write_bytes(b"")
        return real(path, shape)

    client.get_json = late  # type: ignore[method-assign]
    receipt = run(client, tmp_path)
    assert (receipt.stored, receipt.failed) == (2, 1)


def test_a_list_that_cannot_be_had_again_is_a_note(tmp_path: Path, dicom: Any) -> None:
    client = FakeClient()

    def gone(_path: str, shape: Any) -> Any:  # noqa: ARG001
        raise cut_connection()

    client.get_json = gone  # type: ignore[method-assign]
    receipt = run(client, tmp_path)
    assert receipt.complete
    assert receipt.notes == [
        "The server's list could not be compared once more: The answer was cut."
    ]


def test_an_unknown_method_and_a_missing_package_are_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = SimpleNamespace()  # would fail at the first use
    with pytest.raises(InputError, match="no retrieve method 'FTP'"):
        retrieve(PROFILE, client, [], tmp_path, method="FTP")
    for name in [name for name in sys.modules if name.startswith("OrthancConnectCore.dimse.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("OrthancConnectCore.dimse.services")
    monkeypatch.setitem(sys.modules, "pynetdicom", None)
    with pytest.raises(MissingDependencyError, match="pynetdicom") as missing:
        retrieve(PROFILE, client, [], tmp_path / "never", method="C-GET")
    assert missing.value.package == "pynetdicom"
    assert 'pip install "orthancconnect[dimse]"' in error_text(missing.value)
    assert "pip" not in missing.value.hint
    assert not (tmp_path / "never").exists()
    receipt = retrieve(PROFILE, FakeClient(), [], tmp_path, method="HTTPS")  # type: ignore[arg-type]
    assert receipt.complete
