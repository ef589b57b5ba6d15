"""The doctor's plan, report and own instance; no sockets but one pair."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import get_args

import pydicom
import pytest
from pydicom.data import get_testdata_file

from OrthancConnectCore.dicom.part10 import element
from OrthancConnectCore.doctor.checks.https import version_number
from OrthancConnectCore.doctor.checks.storage import choose_sample
from OrthancConnectCore.doctor.examination import Examination
from OrthancConnectCore.doctor.folder import ended_runs, run_folder, run_name, sweep
from OrthancConnectCore.doctor.instance import (
    PATIENT_ID,
    Sample,
    make_instance,
    pixel_digest,
    read_meta,
    remake,
)
from OrthancConnectCore.doctor.probe import CallerProbe
from OrthancConnectCore.doctor.run import PLAN
from OrthancConnectCore.network.ports import free_port, port_owner
from OrthancConnectCore.shared.check_lines import (
    CheckLine,
    CureAction,
    DoctorReport,
    cured_profile,
    failed,
    passed,
    skipped,
    warning,
)
from OrthancConnectCore.shared.errors import AuthenticationError, DimseError, OperationCancelled
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.process.busy_machine import here

PROFILE = ServerProfile("lab", "https://server.example:8042")
SAMPLE = Sample("id", "patient", "1.2", "1.2.3", "1.2.3.4")


def report(*lines: CheckLine, cancelled: bool = False) -> DoctorReport:
    return DoctorReport(
        *("lab", "https://server.example:8042", "ORTHANC@server.example:4242"),
        *("SLICER", "C-GET", "2026-03-02T10:00:00+00:00", 0.42),
        lines,
        cancelled,
    )


GOOD = CheckLine.of("name", "Server name", passed("192.0.2.1"), 0.0021)
BAD = CheckLine.of(
    "login", "Login", failed("login", "Not accepted.", "Type it again.", "ask_password"), 0.03
)
SKIPPED = CheckLine.of("orthanc", "Orthanc", skipped("login", ""), 0)
ODD = CheckLine.of("clear", "Encryption", warning("dicom_in_clear", "In clear.", "HTTPS."), 0.001)


# The plan ----------------------------------------------------------------------------------------


def test_every_step_builds_on_steps_that_exist_and_on_no_circle() -> None:
    steps = {step.id: step for step in PLAN}
    assert len(steps) == len(PLAN)
    done: set[str] = set()
    while len(done) < len(steps):
        ready = {
            step.id for step in PLAN if step.id not in done and {*step.needs, *step.after} <= done
        }
        assert ready, f"these wait for each other: {set(steps) - done}"
        done |= ready


def test_the_lines_are_in_the_order_of_the_connection() -> None:
    order = [step.id for step in PLAN]
    for step in PLAN:
        for need in step.needs:
            assert order.index(need) < order.index(step.id) or step.id == "registered"


# The report --------------------------------------------------------------------------------------


def test_a_report_says_what_is_wrong_and_what_to_do() -> None:
    text = report(GOOD, BAD, SKIPPED).text()
    assert "[ok  ] Server name: 192.0.2.1 (2 ms)" in text
    assert "[FAIL] Login (30 ms)\n       Not accepted.\n       -> Type it again." in text
    assert "[skip] Orthanc\n       Because of: Login" in text
    assert "1 fault, 1 ok, 1 not tested; look first at: Login. (0.42 s)" in text
    assert not report(GOOD, BAD, SKIPPED).healthy


@pytest.mark.parametrize(
    ("lines", "cancelled", "healthy", "words"),
    [
        ((GOOD,), False, True, "1 ok."),
        ((GOOD, ODD), False, True, "1 warning, 1 ok."),
        ((ODD, ODD, GOOD, GOOD, SKIPPED), False, True, "2 warnings, 2 ok, 1 not tested."),
        ((GOOD, BAD, ODD, BAD), False, False, "2 faults, 1 warning, 1 ok; look first at: Login."),
        ((GOOD,), True, False, "The check-up was stopped."),
    ],
)
def test_the_summary(
    lines: tuple[CheckLine, ...], cancelled: bool, healthy: bool, words: str
) -> None:
    made = report(*lines, cancelled=cancelled)
    assert (made.healthy, made.summary()) == (healthy, words)


def test_a_report_is_json_and_plain_text_whatever_the_server_said() -> None:
    nasty = CheckLine.of("orthanc", "Orthanc", passed("<b>x</b>\n\x1b[31m\u202eevil"), 0)
    made = report(nasty)
    assert json.loads(json.dumps(made.to_dict()))["lines"][0]["state"] == "passed"
    assert "\x1b" not in made.text() and "\u202e" not in made.text()
    assert made.line("orthanc") is nasty
    with pytest.raises(KeyError):
        made.line("nothing")


def test_cures_change_the_profile_and_only_what_they_name() -> None:
    def line(action: str, **values: object) -> CheckLine:
        assert action in get_args(CureAction)
        return CheckLine.of("x", "X", failed("f", "c", "c", action, **values), 0)

    pin = "AB:" * 31 + "AB"
    shown = {"fingerprint": pin, "subject": "s", "issuer": "i"}
    cured = cured_profile(PROFILE, line("pin", **shown))
    assert cured == PROFILE.replace(trust=TrustPolicy.pinned(pin))
    assert cured_profile(PROFILE, line("replace_pin", pinned="x", **shown)) == cured
    insecure = ServerProfile("lab", "http://server.example:8042", allow_insecure_http=True)
    secure = cured_profile(insecure, line("use_https", rest_url="https://server.example:8042"))
    assert (secure.is_secure, secure.allow_insecure_http) == (True, False)
    assert cured_profile(PROFILE, line("change_profile", dicom_port=4243)).dicom_port == 4243
    assert cured_profile(PROFILE, line("choose_port", storage_port=11113)).storage_port == 11113
    cured = cured_profile(PROFILE, line("switch_method", retrieve_method="HTTPS"))
    assert cured.retrieve_method == "HTTPS"
    for action in ("register", "start_listener", "ask_password", "install"):
        assert cured_profile(PROFILE, line(action)) == PROFILE


# Its own instance --------------------------------------------------------------------------------


def test_the_instance_is_complete_and_plainly_nobody() -> None:
    content, sample = make_instance()
    dataset = pydicom.dcmread(io.BytesIO(content))
    assert (dataset.PatientID, dataset.SOPInstanceUID) == (PATIENT_ID, sample.sop_instance_uid)
    assert dataset.file_meta.MediaStorageSOPInstanceUID == sample.sop_instance_uid
    assert dataset.pixel_array.shape == (8, 8)
    for uid in (sample.study_instance_uid, sample.series_instance_uid, sample.sop_instance_uid):
        assert pydicom.uid.UID(uid).is_valid and uid.startswith("2.25.")
    assert len(content) < 2000
    assert make_instance()[1].sop_instance_uid != sample.sop_instance_uid
    assert read_meta(content)[0] == sample.transfer_syntax
    assert pixel_digest(content) == hashlib.sha256(dataset.PixelData).hexdigest()


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("CT_small.dcm", True),
        ("MR_small_implicit.dcm", True),
        ("JPEG2000.dcm", True),
        ("SC_rgb_rle_2frame.dcm", True),
        ("image_dfl.dcm", False),
        ("rtplan.dcm", False),
    ],
)
def test_pixels_of_real_files(name: str, same: bool) -> None:
    found = get_testdata_file(name, download=False)
    content = Path(str(found)).read_bytes()
    digest = pixel_digest(content)
    assert (digest is not None) is same
    if not same:
        return
    dataset = pydicom.dcmread(str(found))
    if not dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        pixels = dataset.PixelData
        assert digest == hashlib.sha256(pixels[:-1] if pixels[-1] == 0 else pixels).hexdigest()
    changed = bytearray(content)
    changed[content.rindex(b"\xe0\x7f\x10\0") + 60] ^= 0xFF
    assert pixel_digest(bytes(changed)) != digest


@pytest.mark.parametrize("content", [b"", b"x" * 200, bytes(128) + b"DICM", bytes(128) + b"DICM\2"])
def test_what_is_no_dicom_file_has_no_pixels(content: bytes) -> None:
    assert pixel_digest(content) is None
    assert read_meta(content)[0] == ""


def test_two_black_images_of_other_sizes_are_not_the_same() -> None:
    def black(size: int) -> bytes:
        meta = element(0x00020010, b"UI", b"1.2.840.10008.1.2.1")
        return bytes(128) + b"DICM" + meta + element(0x7FE00010, b"OB", bytes(size))

    assert pixel_digest(black(64)) != pixel_digest(black(32))
    assert pixel_digest(black(64)) == pixel_digest(black(63)), "it was padded on the way"


def test_a_cut_file_is_not_taken_for_the_whole() -> None:
    content, _sample = make_instance()
    for length in range(132, len(content)):
        assert pixel_digest(content[:length]) != pixel_digest(content)


# What a run leaves when it is killed -------------------------------------------------------------


def test_a_folder_is_nobody_s_when_its_run_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    others = [tmp_path / name for name in ("orthancconnect-doctor-old.lock", "other.lock")]
    for path in others:
        path.touch()
    with run_folder() as folder:
        name = run_name(folder)
        assert ended_runs() == {} and 1 <= len(name) <= 16
    assert sorted(tmp_path.iterdir()) == others
    folder.mkdir()
    (folder / "get-1.2.3.dcm").write_bytes(b"somebody's")
    lock = folder.with_suffix(".lock")
    lock.touch()
    ended = ended_runs()
    assert ended == {name: lock}
    sweep(ended, ())
    assert not folder.exists()
    assert ended_runs() == ended, "its instance may still be on a server"
    sweep(ended, {name})
    assert sorted(tmp_path.iterdir()) == others


def test_only_the_very_same_instance_is_the_doctor_s() -> None:
    content, sample = make_instance("40113-xk2p9_ab")
    dataset = pydicom.dcmread(io.BytesIO(content))
    tags = {str(one.keyword): str(one.value) for one in dataset if one.keyword != "PixelData"}
    assert remake(tags) == (content, sample)
    for keyword, value in (
        ("StudyInstanceUID", "1.2.840.1"),
        ("SOPInstanceUID", "2.25.1/../x"),
        ("StudyID", "a b"),
        ("StudyDate", "today"),
        ("Rows", "9"),
    ):
        with pytest.raises(ValueError, match="not the doctor's"):
            remake({**tags, keyword: value})
    with pytest.raises(ValueError, match="not the doctor's"):
        remake({})


# The rest ----------------------------------------------------------------------------------------


def test_versions() -> None:
    assert version_number("1.12.7") == (1, 12, 7)
    assert version_number("1.9.0-hg") == (1, 9, 0)
    assert version_number("mainline") is None


def test_a_free_port_has_no_owner() -> None:
    port = free_port(25000)
    assert 25000 <= port < 25200
    assert port_owner(port) == ""


def test_the_test_instance_is_deleted_when_nobody_needs_it_any_more() -> None:
    cleanup = next(step for step in PLAN if step.id == "cleanup")
    assert {step.id for step in PLAN if "sample" in step.after} < set(cleanup.after)


@pytest.mark.parametrize("told", ["1.2.840.10008.1.2.4.90", "[]"])
def test_a_transfer_syntax_that_is_no_uid_is_not_asked_for(told: str, monkeypatch) -> None:
    uids = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
    answers = {"/instances": ["id"], "/instances/id/simplified-tags": dict.fromkeys(uids, "1.2")}
    examination = Examination(PROFILE, None, CancelToken(), None, None, False, lambda _line: None)
    monkeypatch.setattr(examination.client, "get_text", lambda _path: told)
    monkeypatch.setattr(examination.client, "get_json", lambda path, *_more, **_as: answers[path])
    try:
        choose_sample(examination)
        assert examination.sample is not None
        assert examination.sample.transfer_syntax == ("" if told == "[]" else told)
    finally:
        examination.close()


def test_what_was_just_stored_is_looked_for_again() -> None:
    """Orthanc 1.10 may miss it for milliseconds."""
    examination = Examination(PROFILE, None, CancelToken(), None, None, False, lambda _line: None)
    try:
        answers = [0, 0]
        assert examination.look_for_sample(answers.pop) == 0 and answers == [0]  # there is none
        examination.sample = SAMPLE
        answers = [5, 1, 0, 0]
        assert examination.look_for_sample(answers.pop) == 1 and answers == [5]
        answers = [0] * 9
        assert examination.look_for_sample(answers.pop) == 0 and len(answers) == 5
    finally:
        examination.close()


def test_the_caller_s_answers_and_errors_arrive() -> None:
    def answer(question: dict[str, object]) -> None:
        asked.append(question)
        threading.Thread(target=reply, args=(str(question["step"]),)).start()

    def reply(step: str) -> None:
        if step == "find":
            probe.answer(step, {"matches": 1})
        elif step == "get":
            probe.answer(step, {"path": "/some/file.dcm"})
        else:
            probe.answer(step, {"error": AuthenticationError("No.", "Hint.").to_dict()})

    asked: list[dict[str, object]] = []
    probe = CallerProbe(answer, CancelToken(), 5)
    assert probe.find_one(SAMPLE) == 1
    assert probe.get_one(SAMPLE, Path("/folder")) == Path("/some/file.dcm")
    with pytest.raises(AuthenticationError, match=r"No\."):
        probe.move_one(SAMPLE, "DEST")
    assert asked[0]["sample"] == dataclasses.asdict(SAMPLE)
    assert [question.get("folder") for question in asked] == [None, "/folder", None]


def test_a_caller_who_does_not_answer_is_not_waited_for() -> None:
    with pytest.raises(DimseError, match="within 0.05 s"):
        CallerProbe(lambda _question: None, CancelToken(), 0.05).find_one(None)
    token = CancelToken()
    probe = CallerProbe(lambda _question: None, token, 60)
    threading.Timer(0.05, token.cancel).start()
    began = time.monotonic()
    with pytest.raises(OperationCancelled):
        probe.find_one(None)
    assert time.monotonic() - began < here(5)
