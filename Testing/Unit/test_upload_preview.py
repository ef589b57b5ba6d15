"""Before and after a de-identification: one file of each series, nothing sent, nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from OrthancConnectCore.deidentify.pseudonyms import load_or_make_key
from OrthancConnectCore.scan.files import FoundFile, iter_dicom_files
from OrthancConnectCore.shared.errors import ConfigurationError, InputError, OperationCancelled
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.upload_options import DeidentifyChoice, UploadOptions
from OrthancConnectCore.upload import deidentification as upload_preview
from OrthancConnectCore.upload.deidentification import Deidentification, preview_upload
from Support.data.dicom import write_ct_series
from Support.data.identified import identified_dataset, write_identified
from Support.process.command_line import in_process

IDENTIFIED = identified_dataset().SeriesInstanceUID


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for number in (1, 2):
        write_ct_series(folder / str(number), series_number=number, slices=3, rows=16, columns=16)
    write_identified(folder / "identified.dcm")
    (folder / "note.txt").write_text("no DICOM\n")
    return folder


def test_one_file_of_each_series(data: Path) -> None:
    found = preview_upload(data, UploadOptions(deidentify=DeidentifyChoice()))
    assert len({one.series_instance_uid for one in found.series}) == len(found.series) == 3
    assert (found.more, found.examples) == (0, True)
    row = found.to_dict()["series"][-1]
    assert row["series_instance_uid"] == IDENTIFIED
    assert row["item"] == str(data / "identified.dcm")
    by_tag = {change["tag"]: change for change in row["changes"]}
    assert set(row["changes"][0]) == {"tag", "keyword", "before", "after"}
    assert by_tag["(0010,0020)"]["before"] == "PAT-00123-X"
    assert by_tag["(0010,0020)"]["after"] == by_tag["(0010,0010)"]["after"] != ""
    kinds = {warned["kind"] for warned in row["warnings"]}
    assert kinds == {"burned_in", "private_tags", "leftover"}
    assert all(set(warned) == {"kind", "message"} for warned in row["warnings"])
    assert preview_upload(data, UploadOptions()).to_dict()["series"]
    left_out = UploadOptions(except_series=(IDENTIFIED,))
    assert len(preview_upload(data, left_out).series) == 2


def test_a_saved_key_shows_what_will_be_sent(data: Path, tmp_path: Path) -> None:
    choice = DeidentifyChoice(str(tmp_path / "study.key"), str(tmp_path / "map.csv"), prefix="AB")
    options = UploadOptions(deidentify=choice)
    assert preview_upload(data, options).examples
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
    load_or_make_key(tmp_path / "study.key")
    found = preview_upload(data / "identified.dcm", options)
    assert not found.examples and not (tmp_path / "map.csv").exists()
    (file,) = (f for f in iter_dicom_files(data / "identified.dcm") if isinstance(f, FoundFile))
    with Deidentification(choice, "") as deidentification:
        ready = deidentification.prepare(file)
    (shown,) = (one.after for one in found.series[0].changes if one.tag == "(0010,0020)")
    assert ready.identity is not None and ready.identity.patient_id == shown
    assert shown.startswith("AB")


def test_what_would_not_be_sent_is_said(data: Path) -> None:
    document = identified_dataset()
    document.EncapsulatedDocument = b"%PDF-1.4 Perez"
    write_identified(data / "letter.dcm", document, SeriesInstanceUID="1.2.3")
    (row,) = [
        one
        for one in preview_upload(data, UploadOptions()).series
        if one.series_instance_uid == "1.2.3"
    ]
    assert row.changes == []
    ((kind, message, *_),) = row.warnings
    assert kind == "refused" and message.startswith("It would not be sent. The file holds a whole")


def test_many_series_and_none(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_preview, "MOST_SERIES", 1)
    found = preview_upload(data, UploadOptions())
    assert (len(found.series), found.more) == (1, 2)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no DICOM"):
        preview_upload(tmp_path / "empty", UploadOptions())
    with pytest.raises(ConfigurationError):
        preview_upload(data, UploadOptions(deidentify=DeidentifyChoice(dates="some")))
    token = CancelToken()
    token.cancel()
    with pytest.raises(OperationCancelled):
        preview_upload(data, UploadOptions(), token=token)


# The command line -------------------------------------------------------------------------------


def test_the_preview_on_the_command_line(data: Path, tmp_path: Path, capsys: Any) -> None:
    call = in_process(capsys)
    said = call("deidentify-preview", str(data), "--json", "--dates", "shift")
    assert said.code == 0 and len(said.data["series"]) == 3
    said = call("deidentify-preview", str(data / "identified.dcm"), "--prefix", "XY")
    assert said.code == 0
    assert "PatientID" in said.out and "PAT-00123-X" in said.out and "(removed)" in said.out
    assert "! The image does not say" in said.out
    assert "1 series, one file of each; warnings about 1. Nothing was sent." in said.out
    assert "examples" in said.out
    assert call("deidentify-preview", str(tmp_path / "nothing")).code == 2
    assert call("deidentify-preview", str(data), "--prefix", "much too long").code == 2


@pytest.mark.parametrize(
    "option",
    [
        ["--key-file", "study.key"],
        ["--map-file", "map.csv"],
        ["--dates", "shift"],
        ["--prefix", "AB"],
        ["--keep-patient-characteristics"],
        ["--keep-structure-names"],
    ],
)
def test_options_without_deidentification_are_refused(
    data: Path, capsys: Any, option: list[str]
) -> None:
    said = in_process(capsys)("upload", str(data), "--json", *option)
    assert said.code == 2
    assert said.data["error"]["message"] == f"{option[0]} has no meaning without --deidentify."
