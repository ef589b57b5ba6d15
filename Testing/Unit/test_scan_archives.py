"""Archives of all kinds, one in the other: what is in them can be read, by many at once."""

from __future__ import annotations

import bz2
import gc
import gzip
import io
import lzma
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import threading
import tracemalloc
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Callable

import pytest

from OrthancConnectCore.scan.archives import members as scan_archives
from OrthancConnectCore.scan.archives import spool as scan_archives_spool
from OrthancConnectCore.scan.archives.members import ArchiveMember, iter_members
from OrthancConnectCore.shared.errors import OperationCancelled
from OrthancConnectCore.shared.events import CancelToken
from Support.data.archives import (
    FORMATS,
    MIB,
    Save,
    inner_name,
    members,
    overlapping_zip,
    raw_zip,
    read,
    sentences,
    some_content,
    tar_of,
    zip_of,
)


@pytest.fixture()
def save(tmp_path: Path) -> Callable[[str, bytes], str]:
    def write(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return write


# What can be read -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_members_are_streams_in_any_order_and_again(save: Save, name: str) -> None:
    content = some_content()
    found = members(save(name, FORMATS[name](content)))
    assert [one.label for one in found] == [f"{name}!/{inner}" for inner in content]
    assert [one.size for one in found] == [len(data) for data in content.values()]
    random.Random(1).shuffle(found)
    for _ in range(2):
        assert {inner_name(one): read(one) for one in found} == content


@pytest.mark.parametrize("outer", FORMATS)
def test_archives_in_archives(save: Save, outer: str) -> None:
    content = some_content(5)
    inner = {name: make(content) for name, make in FORMATS.items()}
    found = members(save(outer, FORMATS[outer](inner)))
    assert [one.label for one in found] == [
        f"{outer}!/{archive}!/{name}" for archive in inner for name in content
    ]
    random.Random(2).shuffle(found)
    assert all(read(one) == content[inner_name(one)] for one in found)


def test_heads_come_with_the_members(save: Save) -> None:
    content = some_content()
    for name, make in FORMATS.items():
        for one in iter_members(save(name, make(content))):
            assert isinstance(one, ArchiveMember)
            assert one.head == content[inner_name(one)][:4096]


@pytest.mark.parametrize("name", ["IM0001.dcm.gz", "IM0001.dcm.bz2", "IM0001.dcm.xz"])
def test_a_single_compressed_file(save: Save, name: str) -> None:
    compress = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[name[-3:].strip(".")]
    content = random.Random(3).randbytes(100_000)
    (one,) = members(save(name, compress(content)))
    assert (one.label, one.size) == (f"{name}!/IM0001.dcm", None)
    assert one.measured_size() == len(content)
    assert read(one) == content
    (one,) = members(save(name, compress(content[:777]) + compress(content[777:]) + bytes(64)))
    assert read(one) == content


def test_zip_with_a_misleading_comment_wide_fields_and_bytes_around(save: Save) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "a") as archive:
        with archive.open("wide", "w", force_zip64=True) as stream:
            stream.write(b"first" * 100)
        archive.writestr("next", b"second")
        archive.comment = b"PK\x05\x06 is no end" + bytes(3000)
    whole, wanted = buffer.getvalue(), [b"first" * 100, b"second"]
    for content in (whole, zip_of({"old": b"older version"}) + whole, zip_of({}) + whole):
        found = members(save("odd.zip", content))
        assert [read(one) for one in found] == wanted
    added = zip_of({"a": b"b"}) + b"something else"
    assert [read(one) for one in members(save("added.zip", added))] == [b"b"]


_COUNT_AND_PEAK = """
import sys
sys.path.insert(0, sys.argv[1])
from OrthancConnectCore.scan.archives.members import ArchiveMember
from OrthancConnectCore.scan.archives.members import iter_members

def status(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key))

before = status("VmRSS")
count = sum(isinstance(one, ArchiveMember) for one in iter_members(sys.argv[2]))
print(count, status("VmHWM") - before)
"""


def test_a_hundred_thousand_members_take_little_memory(save: Save) -> None:
    """More members than old zip can count; the directory alone is 7 MB."""
    path = save("many.zip", overlapping_zip(100_000, b"content", "folder/file {:06d}.dcm"))
    core = Path(scan_archives_spool.__file__).parents[3]
    command = [sys.executable, "-W", "ignore", "-c", _COUNT_AND_PEAK, str(core), path]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(answer[0]) == 100_000
    assert int(answer[1]) < 16 * 1024  # KiB: mostly the hashes of the labels


def test_a_large_member_is_streamed(save: Save) -> None:
    size = 300 * MIB
    compressor = zlib.compressobj(1, zlib.DEFLATED, -15)
    block, checksum, parts = bytes(MIB), 0, []
    for _ in range(size // MIB):
        parts.append(compressor.compress(block))
        checksum = zlib.crc32(block, checksum)
    data = b"".join([*parts, compressor.flush()])
    (one,) = members(save("large.zip", raw_zip([("large", data, size, checksum, 8, 0)])))
    tracemalloc.start()
    with one.open() as stream:
        total = sum(iter(lambda: len(stream.read(MIB)), 0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == size
    assert peak < 4 * MIB


# Names ------------------------------------------------------------------------------------------


def test_names_are_labels_and_lead_nowhere(save: Save, tmp_path: Path) -> None:
    names = ["../../up", "/etc/passwd", "..\\back", "C:\\x", "new\nline", "<b>bold</b>", "a" * 3000]
    for name, make in (
        ("names.zip", zip_of),
        ("names.tar", tar_of),
        ("names.tgz", FORMATS["old.tar.gz"]),
    ):
        content = {one: str(one).encode() for one in names if name != "names.tgz" or len(one) < 99}
        found = members(save(name, make(content)))
        assert [read(one) for one in found] == list(content.values())
        assert all(one.label.isprintable() and one.label.startswith(name) for one in found)
        assert all(len(one.label) < 1100 for one in found)
        assert f"{name}!/<b>bold</b>" in [one.label for one in found]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "names.tar",
        "names.tgz",
        "names.zip",
    ]


def test_no_two_labels_are_alike_and_each_run_gives_the_same(save: Save) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, name in enumerate(["same", "same", "same (2)", "sa\nme", "sa me", "same"]):
            archive.writestr(name, bytes([number]))
    path = save("twice.zip", buffer.getvalue())
    labels = [one.label for one in members(path)]
    assert len(set(labels)) == 6
    assert labels == [one.label for one in members(path)]
    assert [read(one) for one in members(path)] == [bytes([number]) for number in range(6)]


def test_names_in_any_encoding(save: Save) -> None:
    raw = {
        "utf-8": "Núria Šimůnek".encode(),  # as macOS writes it, without the flag
        "cp437": "Müller é".encode("cp437"),
        "nonsense": b"\xff\xfe\x81",
    }
    path = save(
        "names.zip", raw_zip([(name, b"x", 1, zlib.crc32(b"x"), 0, 0) for name in raw.values()])
    )
    assert [inner_name(one) for one in members(path)][:2] == ["Núria Šimůnek", "Müller é"]
    flagged = raw_zip([("Núria".encode(), b"x", 1, zlib.crc32(b"x"), 0, 0x800)])
    assert inner_name(members(save("flagged.zip", flagged))[0]) == "Núria"
    tar = tar_of({"N\udcfaria": b"x"}, form=tarfile.GNU_FORMAT)
    assert inner_name(members(save("latin.tar", tar))[0]) == "Núria"


def test_what_is_no_plain_file(save: Save) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo(f"kind {kind.decode()}")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("folder/", b"")
    found = list(iter_members(save("kinds.tar", buffer.getvalue())))
    found += iter_members(save("link.zip", zipped.getvalue()))
    link_rows = ["A link within the archive."]
    assert (
        sentences(found)
        == link_rows * 2 + ["It is not a plain file in the archive."] * 2 + link_rows
    )
    assert [one.failed for one in found] == [False, False, True, True, False]


# Several readers --------------------------------------------------------------------------------


def test_many_threads_read_one_compressed_tar(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    content = {f"f{n}": random.Random(n).randbytes(64 * 1024) * 40 for n in range(24)}
    found = members(save("threads.tar.gz", tar_of(content, "w:gz")))
    waiting, wrong = list(reversed(found)), []
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                one = waiting.pop()
            with one.open() as stream:
                parts = b"".join(iter(lambda: stream.read(100_000), b""))
            if parts != content[inner_name(one)]:
                wrong.append(one.label)

    opened = count_openings(monkeypatch)
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert opened() <= 3  # 24 members of 60 MB: decompressed once, not once for each


def count_openings(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Count from now on how often a compressed stream is begun."""
    counted = []
    plain = scan_archives.decompressed_stream

    def counting(*args: Any, **options: Any) -> BinaryIO:
        counted.append(1)
        return plain(*args, **options)

    monkeypatch.setattr(scan_archives, "decompressed_stream", counting)
    return lambda: len(counted)


def test_who_stands_still_reads_right_and_holds_up_nobody(save: Save) -> None:
    content = {f"f{n}": random.Random(n).randbytes(2 * MIB) for n in range(4)}
    found = members(save("stall.tar.gz", tar_of(content, "w:gz")))
    with found[0].open() as slow:
        start = slow.read(1000)
        assert [read(one) for one in found[1:]] == list(content.values())[1:]
        assert start + slow.read() == content["f0"]


def test_nothing_stays_open_and_copies_leave_no_file(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    big = {"large": random.Random(5).randbytes(9 * MIB), "small": b"x"}
    outer = {f"in{number}.zip": zip_of(big, zipfile.ZIP_STORED) for number in range(4)}
    path = save("outer.zip", zip_of(outer))
    before = len(os.listdir("/proc/self/fd"))
    iteration = iter_members(path)
    found = [next(iteration) for _ in range(3)]
    assert [len(read(one)) for one in found] == [9 * MIB, 1, 9 * MIB]
    assert os.listdir(tmp_path / "temporary") == []
    found += iteration
    streams = [one.open() for one in found if isinstance(one, ArchiveMember)]
    assert [len(stream.read()) for stream in streams] == [9 * MIB, 1] * 4
    for stream in streams:
        stream.close()
    open_now = len(os.listdir("/proc/self/fd")) - before
    assert open_now <= 2
    del iteration, found, streams, stream
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_spools_upon_spools_are_given_up_before_their_end(save: Save) -> None:
    """A tar ends before its stream does, so that the spool below is still in use then."""
    content = some_content(3)
    inner = gzip.compress(tar_of(content) + random.Random(6).randbytes(MIB))
    middle = zip_of({f"{number}.tar.gz": inner for number in range(4)})
    found = members(save("deep.zip", zip_of({f"{number}.zip": middle for number in range(3)})))
    assert len(found) == 36
    random.Random(8).shuffle(found)
    assert all(read(one) == content[inner_name(one)] for one in found)


def test_what_lies_before_damage_can_be_read(save: Save) -> None:
    content = {f"f{n}": random.Random(n).randbytes(300_000) for n in range(6)}
    whole = tar_of(content, "w:gz")
    found = list(iter_members(save("cut.tar.gz", whole[: len(whole) * 7 // 10])))
    assert len(sentences(found)) == 1
    good = [one for one in found if isinstance(one, ArchiveMember)][:4]
    assert [read(one) for one in good] == list(content.values())[:4]


def test_a_full_disk_is_a_row(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_archives_spool, "_DISK_RESERVE", 2**60)
    big = zip_of({"large": random.Random(5).randbytes(9 * MIB)}, zipfile.ZIP_STORED)
    found = list(iter_members(save("outer.zip", zip_of({"in.zip": big, "small": b"x"}))))
    assert sentences(found) == [
        "There is too little room on the disk to look into an archive within the archive."
    ]
    assert read(found[1]) == b"x"


def test_cancelled_between_members(save: Save) -> None:
    token = CancelToken()
    iteration = iter_members(save("x.zip", zip_of(some_content())), token=token)
    next(iteration)
    token.cancel()
    with pytest.raises(OperationCancelled):
        next(iteration)


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(iter_members(str(tmp_path / "gone.zip")))
