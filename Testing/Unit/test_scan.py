"""What the scan makes of everything that may lie on a disk."""

from __future__ import annotations

import os
import random
import socket
import struct
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import pytest

from OrthancConnectCore.scan.files import FoundFile, SkippedFile, iter_dicom_files
from OrthancConnectCore.shared.errors import InputError, OperationCancelled
from OrthancConnectCore.shared.events import CancelToken
from Support.data.dicom import hostile_files, write_small_instances
from Support.data.pydicom_identity import identify
from Support.data.raw_dicom import BIG, EXPLICIT, IMPLICIT, sequence

CT = b"1.2.840.10008.5.1.4.1.1.2\0"
UID = b"1.2.826.0.1.3680043.8.498.1234567\0"


def scan(*paths: Path) -> Tuple[List[str], Dict[str, SkippedFile]]:
    """Names of the files found, in order, and what was skipped by name."""
    found, skipped = [], {}
    for finding in iter_dicom_files(paths):
        name = os.path.basename(finding.path)
        if isinstance(finding, FoundFile):
            found.append(name)
        else:
            assert name not in skipped
            skipped[name] = finding
    return found, skipped


def element(group: int, number: int, vr: bytes, value: bytes, encoding: str = "explicit") -> bytes:
    order = ">" if encoding == "big" else "<"
    tag = struct.pack(order + "HH", group, number)
    if encoding == "implicit":
        return tag + struct.pack("<I", len(value)) + value
    if vr in (b"SQ", b"UN", b"OB"):
        return tag + vr + b"\0\0" + struct.pack(order + "I", len(value)) + value
    return tag + vr + struct.pack(order + "H", len(value)) + value


def head(encoding: str, *before: bytes) -> bytes:
    """The beginning of a data set, up to the SOP Instance UID and a bit of what follows."""
    return b"".join(
        (
            *before,
            element(0x0008, 0x0016, b"UI", CT, encoding),
            element(0x0008, 0x0018, b"UI", UID, encoding),
            element(0x0010, 0x0010, b"PN", b"Somebody", encoding),
        )
    )


@pytest.fixture
def instance(tmp_path: Path) -> bytes:
    return write_small_instances(tmp_path / "made", count=1)[0].read_bytes()


@contextmanager
def ordinary_user() -> Iterator[Path]:
    """A folder of an ordinary user, as whom the block runs even where the tests run as root."""
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() != 0:
            yield Path(folder)
            return
        os.chmod(folder, 0o777)
        os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


def test_each_hostile_file_is_what_it_is(tmp_path: Path) -> None:
    kinds = hostile_files(tmp_path)
    outcomes = {}
    for finding in iter_dicom_files(tmp_path):
        failed = isinstance(finding, SkippedFile) and finding.failed
        kind = "found" if isinstance(finding, FoundFile) else "failed" if failed else "skipped"
        outcomes[Path(finding.path)] = kind
    expected = {
        "dicom": {"found"},
        "headless": {"found"},
        "cut": {"found"},  # within the pixels: only a parser can tell, and the server is one
        "damaged": {"found", "failed"},
        "empty": {"skipped"},
        "other": {"skipped"},
        "loop": {"skipped"},
        "broken": {"failed"},
        "special": {"skipped"},
        "unreadable": {"failed"},
    }
    for path, kind in kinds.items():
        # Of a folder that can't be read, the folder is named.
        outcome = outcomes.get(path) or outcomes[path.parent]
        assert outcome in expected[kind], path
    assert outcomes[tmp_path / "preamble only.dcm"] == "failed"


def test_the_order_is_that_of_the_names_whatever_the_disk_says(tmp_path: Path, instance) -> None:
    names = ["b/2", "b/1", "a/9", "a/.hidden", "c", "B", "a/é", "a/e"]
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(instance + bytes([number]))
    inside = [
        os.path.relpath(finding.path, tmp_path)
        for finding in iter_dicom_files(tmp_path)
        if "made" not in finding.path
    ]
    assert inside == ["B", "a/.hidden", "a/9", "a/e", "a/é", "b/1", "b/2", "c"]
    chosen = scan(tmp_path / "c", tmp_path / "b", tmp_path / "B")
    assert chosen == (["c", "1", "2", "B"], {})


def test_each_file_is_taken_once(tmp_path: Path, instance) -> None:
    folder = tmp_path / "data"
    (folder / "real").mkdir(parents=True)
    original = folder / "real" / "original"
    original.write_bytes(instance)
    os.link(original, folder / "second name")
    (folder / "symlink").symlink_to(original)
    (folder / "up").symlink_to("..")
    (folder / "again").symlink_to("real", target_is_directory=True)
    findings = list(iter_dicom_files([folder, folder / "real", original]))
    found = [
        os.path.relpath(item.path, tmp_path) for item in findings if isinstance(item, FoundFile)
    ]
    # "again" comes first by name, and the one instance in "made" is met by way of "up".
    assert found == ["data/again/original", "data/up/made/small-000000.dcm"]
    skipped = {item for item in findings if isinstance(item, SkippedFile)}
    assert [os.path.relpath(item.path, tmp_path) for item in sorted(skipped)] == [
        "data/real",
        "data/real/original",
        "data/second name",
        "data/symlink",
        "data/up/data",
    ]
    assert not any(item.failed for item in skipped)
    assert all("already" in item.reason for item in skipped)


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "ping").symlink_to("pong")
    (tmp_path / "pong").symlink_to("ping")
    (tmp_path / "broken").symlink_to("nothing")
    found, skipped = scan(tmp_path)
    assert found == []
    assert {name: item.failed for name, item in skipped.items()} == {
        "self": False,
        "ping": False,
        "pong": False,
        "broken": True,
    }
    assert "not there" in skipped["broken"].reason and skipped["broken"].hint


def test_special_files_are_never_opened(tmp_path: Path, monkeypatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as endpoint:
        endpoint.bind("socket")
        monkeypatch.setattr(os, "open", lambda *args: pytest.fail(f"opened {args[0]}"))
        found, skipped = scan(tmp_path)
    assert found == []
    reasons = {name: item.reason for name, item in skipped.items()}
    assert reasons == {
        "pipe": "Not a file, but a named pipe.",
        "device": "Not a file, but a device.",
        "socket": "Not a file, but a socket.",
    }


@pytest.mark.parametrize("encoding", ["explicit", "implicit", "big"])
def test_a_file_without_preamble_is_found(tmp_path: Path, encoding: str) -> None:
    syntax = {"explicit": EXPLICIT, "implicit": IMPLICIT, "big": BIG}[encoding]
    empty, undefined = (
        sequence(0x00080006, [head(encoding)] * number, syntax, number > 0) for number in (0, 1)
    )
    long_value = element(0x0008, 0x0008, b"CS", b"ORIGINAL\\" * 900, encoding)
    variants = {
        "plain": head(encoding),
        "group length": head(encoding, element(0x0008, 0x0000, b"UL", bytes(4), encoding)),
        "empty sequence": head(encoding, empty),
        "open sequence": head(encoding, undefined),
        "late": head(encoding, long_value),
    }
    for name, content in variants.items():
        (tmp_path / name).write_bytes(content)
    found, skipped = scan(tmp_path)
    assert (found, skipped) == (sorted(variants), {})


def test_file_meta_without_preamble_is_found(tmp_path: Path, instance) -> None:
    (tmp_path / "bare").write_bytes(instance[132:])
    assert scan(tmp_path / "bare") == (["bare"], {})


@pytest.mark.parametrize(
    "content",
    [
        b"\x08\x00",
        b"\x08\x00\x05\x00" + b"text that begins like DICOM by chance" * 200,
        b"\x02\x00\x00\x00" * 500,
        b"\x00\x08" * 3000,
        b"\x08\x00\x16\x00UI\x1a\x00" + CT,  # ends before the instance's UID
        head("explicit").replace(UID, b"not a unique identifier, at all.. "),
        element(0x0008, 0x0018, b"UI", b"\0\0"),
        element(0x0008, 0x0018, b"UI", UID)[:20],
        # Not in ascending order: a loop that never ends would be one of these.
        element(0x0008, 0x0008, b"CS", b"") * 400 + head("explicit"),
        b"DICM" * 64,
        b"%PDF-1.7\n" + bytes(5000),
    ],
)
def test_what_only_looks_like_dicom_is_skipped(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    found, skipped = scan(tmp_path)
    if content.startswith(b"DICM"):
        assert found == ["file"]  # it does say DICM at 128: let the server judge
    else:
        assert found == []
        assert skipped["file"] == (str(tmp_path / "file"), "Not a DICOM file.", "", False)


def test_a_file_cut_in_its_header_is_broken_at_every_length(tmp_path: Path, instance) -> None:
    data_set = 144 + int.from_bytes(instance[140:144], "little")
    path = tmp_path / "cut"
    for length in range(1, data_set + 40):
        path.write_bytes(instance[:length])
        found, skipped = scan(path)
        if length < 132:
            assert skipped["cut"].reason == "Not a DICOM file."
        elif length < data_set + 8:
            assert skipped["cut"].failed and "cut off" in skipped["cut"].reason, length
        else:
            assert found == ["cut"], length


def test_a_wrong_group_length_is_no_reason_to_refuse(tmp_path: Path, instance) -> None:
    # Orthanc stores such a file.
    path = tmp_path / "file"
    for wrong in (b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\x07\0\0\0"):
        path.write_bytes(instance[:140] + wrong + instance[144:])
        assert scan(path) == (["file"], {})


def test_damaged_bytes_never_break_the_scan(tmp_path: Path, instance) -> None:
    dice = random.Random(20260302)
    seeds = [instance[:700], instance[132:800], head("implicit"), head("big"), head("explicit")]
    path = tmp_path / "file"
    outcomes = set()
    for _ in range(1500):
        content = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 6)):
            content[dice.randrange(len(content))] = dice.choice((0, 0xFF, dice.randrange(256)))
        path.write_bytes(content[: dice.randint(1, len(content))])
        (finding,) = iter_dicom_files(path)
        outcomes.add(type(finding))
    assert outcomes == {FoundFile, SkippedFile}


def test_only_the_beginning_of_a_file_is_read(tmp_path: Path, instance) -> None:
    with open(tmp_path / "huge", "wb") as stream:
        stream.write(instance)
        stream.truncate(1 << 40)
    (found,) = iter_dicom_files(tmp_path / "huge")
    assert found[:2] == (str(tmp_path / "huge"), 1 << 40)


def test_what_may_not_be_read_is_named_as_failed(instance) -> None:
    with ordinary_user() as folder:
        for name in ("closed", "open"):
            (folder / name).mkdir()
            (folder / name / "inside").write_bytes(instance)
        (folder / "locked").write_bytes(instance + b"\0")
        (folder / "locked").chmod(0)
        (folder / "closed").chmod(0)
        found, skipped = scan(folder)
        with pytest.raises(InputError, match="permission denied") as fault:
            scan(folder / "closed")
        (folder / "closed").chmod(0o700)
    assert found == ["inside"]
    assert {name: item.failed for name, item in skipped.items()} == {"closed": True, "locked": True}
    assert all("permission denied" in item.reason and item.hint for item in skipped.values())
    assert fault.value.hint


def test_what_vanishes_during_the_scan_is_named(tmp_path: Path) -> None:
    first, second, third = write_small_instances(tmp_path, count=3)
    findings = iter_dicom_files(tmp_path)
    assert next(findings).path == str(first)
    second.unlink()
    gone, last = findings
    assert isinstance(gone, SkippedFile) and gone.failed and "no longer there" in gone.reason
    assert last.path == str(third)


def test_a_name_in_any_encoding_survives(tmp_path: Path, instance) -> None:
    raw = os.fsencode(tmp_path) + b"/no utf-8 \xe9\xff\n<b>"
    with open(raw, "wb") as stream:
        stream.write(instance)
    folder = tmp_path / "made"
    paths = {os.fsencode(item.path) for item in iter_dicom_files(tmp_path)}
    assert paths == {raw, *(os.fsencode(path) for path in folder.iterdir())}


def test_a_tree_deeper_than_the_call_stack_is_walked(tmp_path: Path, instance) -> None:
    folders = [tmp_path / "d"]
    while len(folders) < 1200:
        folders.append(folders[-1] / "d")
    for folder in folders:
        folder.mkdir()
    deep = folders[-1] / "deep"
    deep.write_bytes(instance)
    try:
        assert scan(folders[0]) == (["deep"], {})
    finally:  # pytest's own clearing up is recursive
        deep.unlink()
        for folder in reversed(folders):
            folder.rmdir()


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert list(iter_dicom_files([tmp_path])) == []


def test_a_wrong_choice_is_refused_before_anything_is_read(tmp_path: Path, instance) -> None:
    (tmp_path / "good").write_bytes(instance)
    (tmp_path / "broken").symlink_to("nothing")
    for wrong, words in (
        ([], "Nothing was chosen"),
        ([tmp_path / "good", tmp_path / "absent"], "There is no file or folder"),
        ([tmp_path / "good" / "inside"], "There is no file or folder"),
        ([tmp_path / "broken"], "There is no file or folder"),
        ([""], "There is no file or folder"),
        (["nul\0byte"], "can't be used"),
        ([tmp_path / ("x" * 5000)], "can't be used"),
    ):
        with pytest.raises(InputError, match=words) as fault:
            iter_dicom_files(wrong)
        assert fault.value.hint
        assert str(fault.value).isprintable()


def test_one_path_needs_no_list(tmp_path: Path, instance) -> None:
    path = tmp_path / "file"
    path.write_bytes(instance)
    as_text, as_path = list(iter_dicom_files(str(path))), list(iter_dicom_files(path))
    time = path.stat().st_mtime_ns
    identity = identify(instance)
    assert identity is not None
    found = FoundFile(str(path), len(instance), "", time, None, identity)
    assert as_text == as_path == [found]


def test_cancelling_ends_the_scan(tmp_path: Path) -> None:
    write_small_instances(tmp_path, count=5)
    token = CancelToken()
    findings = iter_dicom_files(tmp_path, token)
    next(findings)
    token.cancel()
    with pytest.raises(OperationCancelled):
        next(findings)
