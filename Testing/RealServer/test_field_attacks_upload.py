"""Attacks on an upload: a server that lies, a line that breaks, a disk that is full, and names.

Each asserts what is right.
"""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pydicom
import pytest

from Support.data.dicom import write_slice, write_small_instances
from Support.scenarios.field import WorkingLine, given, kill, words
from Support.servers.lying import LyingServer
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.scripted import Answer, Request
from Support.servers.small_disk import NoSmallDisk, SmallDisk

ALONE = "--no-compression"  # each file is a request of its own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files."""
    write_small_instances(tmp_path / "data", count=3)
    return tmp_path / "data"


@pytest.fixture
def line(tmp_path: Path, orthanc: PrivateOrthanc) -> WorkingLine:
    return WorkingLine.of(tmp_path, orthanc)


def sends_a_file(request: Request) -> bool:
    return (request.method, request.path) == ("POST", "/instances")


# A server that lies -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim",
    [
        {"Status": "Success"},
        {"Status": "Success", "ID": "aaaaaaaa-bbbbbbbb-cccccccc-dddddddd-eeeeeeee"},
        {"Status": "AlreadyStored", "ID": None},
    ],
    ids=["no identifier", "another's", "null"],
)
def test_a_claim_without_the_right_identifier_is_not_believed(
    orthanc: PrivateOrthanc, tmp_path: Path, folder: Path, claim: Dict[str, Any]
) -> None:
    def answer(request: Request) -> Any:
        return Answer.of_json(claim) if sends_a_file(request) else None

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = line.ask("upload", folder, ALONE, "--json")
    given(orthanc.count() == 0, "nothing is on the server")
    assert said.code != 0
    assert said.data.get("stored", 0) + said.data.get("already_stored", 0) == 0


# A line that breaks -------------------------------------------------------------------------------


def without_a_word() -> Answer:
    return Answer(status=0)


def bad_gateway() -> Answer:
    return Answer(502, b"<html>502 Bad Gateway</html>", {"Content-Type": "text/html"})


@pytest.mark.parametrize("outage", [without_a_word, bad_gateway])
def test_an_outage_at_the_first_files_is_waited_for(
    orthanc: PrivateOrthanc, tmp_path: Path, folder: Path, outage: Callable[[], Answer]
) -> None:
    ends: List[float] = []

    def answer(request: Request) -> Any:
        if sends_a_file(request) and not ends:
            ends.append(time.monotonic() + 3)
        return outage() if ends and time.monotonic() < ends[0] else None

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        said = line.ask("upload", folder, ALONE, "--wait", 60, "--parallel", 2)
    given(bool(ends), "a file was sent")
    assert (said.code, orthanc.count()) == (0, 3), said.err


def test_no_temporary_folder_is_left_after_a_whole_upload(
    orthanc: PrivateOrthanc, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    asked, killed = threading.Event(), threading.Event()

    def answer(request: Request) -> Any:
        if sends_a_file(request):
            asked.set()
            killed.wait(20)
        return None

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        process = line.begin("upload", folder, ALONE)
        given(asked.wait(20), "a file was sent")
        kill(process)
        killed.set()
        given(line.ask_apart("upload", folder, ALONE).code == 0, "the second run")
    assert list(temporary.iterdir()) == []


# Names that stand without spaces ------------------------------------------------------------------

KEPT = [
    ("王^小东", "王小东"),
    ("欧阳^修文", "患者欧阳修文"),
    ("王小东", "患者王小东的扫描"),
    ("Kim^Hijung=金^喜中=김^희중", "김희중"),
    ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田太郎"),
    ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田"),
    ("นามสกุล^ชื่อจริง", "ชื่อจริงนามสกุล"),
    ("Kanarienvogel^Ottokar", "Ottokar2"),
    ("Kanarienvogel^Ottokar", "KanarienvogelOttokar"),
    ("Li^Wu", "scan of Li Wu"),
    ("Li^Wu", "Li 2"),
    ("García-Lorca^Federico", "Lorca"),
    ("Mann^Eva", "Siemens Mannheim"),
]


@pytest.fixture(scope="module")
def deidentified(
    session_orthanc: PrivateOrthanc, tmp_path_factory: pytest.TempPathFactory
) -> Tuple[Dict[int, bytes], str]:
    """What became of each of `KEPT`: the bytes that the server has of it, and what was said."""
    session_orthanc.reset()
    folder = tmp_path_factory.mktemp("names")
    for number, (name, value) in enumerate(KEPT):
        more = {"PatientName": name, "SoftwareVersions": value, "SegmentLabel": value}
        path = folder / "data" / f"{number}.dcm"
        write_slice(path, f"NAMED{number}NAMED", SpecificCharacterSet="ISO_IR 192", **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        line = WorkingLine.of(folder, session_orthanc)
        receipt = folder / "receipt.json"
        said = line.ask("upload", folder / "data", "--deidentify", "--receipt", receipt)
    found = {}
    for row in json.loads(receipt.read_text(encoding="utf-8"))["rows"]:
        content = session_orthanc.request("GET", f"/instances/{row['orthanc_id']}/file")
        pydicom.dcmread(io.BytesIO(content))
        found[int(Path(row["path"]).stem)] = content
    return found, " ".join(said.out.split())


@pytest.mark.parametrize(
    "number", [pytest.param(number, id=value) for number, (_name, value) in enumerate(KEPT)]
)
def test_no_name_stays_in_an_attribute_that_is_kept(
    deidentified: Tuple[Dict[int, bytes], str], number: int
) -> None:
    contents, notes = deidentified
    assert contents[number]
    value = KEPT[number][1]
    if value.encode() in contents[number]:
        assert value in ("Li 2", "Siemens Mannheim")
        assert "stands in SegmentLabel, SoftwareVersions, which was kept" in notes


# Files of the person ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["input", "notes", "link", "hard link", "pipe", "profiles"])
@pytest.mark.parametrize("command", ["upload", "doctor", "profile"])
def test_nothing_is_written_over_a_file_of_a_person(
    line: WorkingLine, folder: Path, tmp_path: Path, command: str, kind: str
) -> None:
    source, named = sorted(folder.iterdir())[0], tmp_path / "named"
    if kind == "link":
        named.symlink_to(source)
    elif kind == "hard link":
        os.link(source, named)
    elif kind == "pipe":
        os.mkfifo(named)
    elif kind == "notes":
        named.write_text("path,of,mine\n")
    else:
        named = {"input": source, "profiles": line.settings / "profiles.json"}[kind]
    before = None if kind == "pipe" else named.read_bytes()
    commands = {
        "upload": ("upload", folder, "--receipt", named),
        "doctor": ("doctor", "--read-only", "--save", named),
    }
    if command == "profile":
        said = line.say("profile", "export", "-o", named)
    else:
        said = line.ask(*commands[command])
    assert said.code == 2 and len(said.err.splitlines()) == 2, said
    assert "is no plain file" in said.err or "has this name" in said.err or "already" in said.err
    assert stat.S_ISFIFO(named.stat().st_mode) if before is None else named.read_bytes() == before


@pytest.mark.parametrize("name", ["r.csv", "r.json"])
def test_an_earlier_file_of_the_same_kind_is_replaced(
    line: WorkingLine, folder: Path, tmp_path: Path, name: str
) -> None:
    receipt, report = tmp_path / name, tmp_path / f"report-{name}"
    receipt.touch()
    for _turn in range(2):
        assert line.ask("upload", folder, "--receipt", receipt).code == 0
        assert "can't be written" not in line.ask("doctor", "--read-only", "--save", report).err
    assert receipt.stat().st_size and report.stat().st_size
    assert line.ask("doctor", "--read-only", "--save", receipt).code == 2


def test_a_receipt_follows_no_link(line: WorkingLine, folder: Path, tmp_path: Path) -> None:
    shared, precious = tmp_path / "shared", tmp_path / "precious"
    shared.mkdir()
    precious.write_text("precious")
    process = line.start("upload", folder, "--receipt", shared / "r.csv", "--password-stdin")
    (shared / f".r.csv.{process.pid}.part").symlink_to(precious)
    said = line.end(process, line.password + "\n")
    given(said.code == 0, said)
    assert precious.read_text() == "precious"


@pytest.mark.parametrize("name", ["receipt.csv", "receipt.json"])
def test_the_sum_is_told_though_the_receipt_can_not_be_written(
    line: WorkingLine, orthanc: PrivateOrthanc, tmp_path: Path, name: str
) -> None:
    write_small_instances(tmp_path / "many", count=60)
    options = ["--json"] if name.endswith(".json") else []
    try:
        with SmallDisk(tmp_path / "disk", 1) as disk:
            (disk.folder / "filling").write_bytes(bytes(1024 * 1024 - 8192))
            said = line.ask("upload", tmp_path / "many", "--receipt", disk.folder / name, *options)
    except NoSmallDisk as error:
        pytest.skip(str(error))
    given(orthanc.count() == 60, "all is stored")
    given(said.code != 0, said)
    assert "60 stored" in words(said) or '"stored": 60' in words(said)


# The doctor ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_doctor_removes_what_a_killed_one_left(
    orthanc: PrivateOrthanc, tmp_path: Path, end: signal.Signals
) -> None:
    """One that is only asked to end removes it by itself."""
    stored, killed = threading.Event(), threading.Event()

    def answer(request: Request) -> Any:
        if not sends_a_file(request) or killed.is_set():
            return None
        truth = server.truth(request)
        stored.set()
        killed.wait(20)
        return truth

    with LyingServer(orthanc, answer) as server:
        line = WorkingLine.of(tmp_path, orthanc, rest_url=server.url)
        process = line.begin("doctor")
        given(stored.wait(20), "the test instance was stored")
        given(orthanc.count() == 1, "it is on the server")
        process.send_signal(end)
        if end == signal.SIGKILL:
            process.communicate()
        killed.set()
        process.communicate()
        left = int(end == signal.SIGKILL)
        assert orthanc.count() == left
        line.ask("doctor", "--read-only")  # which neither removes it nor forgets of it
        report = line.ask("doctor", "--json").data
    assert orthanc.count() == 0
    (cleanup,) = [one for one in report["lines"] if one["id"] == "cleanup"]
    assert ("with one that an earlier check-up had left" in cleanup["detail"]) == bool(left)
