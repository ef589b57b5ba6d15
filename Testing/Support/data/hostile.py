"""A corpus of files that hurt, made by mutation of sound ones; always the same for one seed."""

from __future__ import annotations

import gzip
import os
import random
import struct
import tempfile
from pathlib import Path
from typing import Iterator, NamedTuple

from Support.data.archives import MIB, overlapping_zip, raw_zip, tar_of, zip_of
from Support.data.dicom import write_small_instances
from Support.data.raw_dicom import EXPLICIT, OPEN, element, part_10, sequence

GIB = 1024 * MIB
_LONG_VRS = (b"OB", b"OW", b"SQ", b"UN", b"UT")
_WRONG_LENGTHS = (0, 1, 3, 0x7FFE, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, OPEN)


class Element(NamedTuple):
    """Where a data element of a file lies."""

    tag: int
    start: int
    length_at: int
    length_size: int
    value: int
    end: int


def elements(content: bytes) -> Iterator[Element]:
    """The elements of a sound file with preamble, explicit little endian."""
    position = 132
    while position < len(content):
        group, number, vr, length = struct.unpack_from("<HH2sH", content, position)
        size, value = 2, position + 8
        if vr in _LONG_VRS:
            (length,) = struct.unpack_from("<L", content, value)
            size, value = 4, value + 4
        yield Element(group << 16 | number, position, value - size, size, value, value + length)
        position = value + length


def cut(content: bytes) -> dict[str, bytes]:
    """Cut within and at the ends of all that a file is made of."""
    places = {0, 1, 127, 128, 131, 132, 133, len(content) - 1}
    for one in elements(content):
        places |= {one.start, one.start + 3, one.length_at, one.value, one.end - 1}
    return {f"cut at {place:05d}": content[:place] for place in sorted(places)}


def flipped(content: bytes, count: int, dice: random.Random) -> dict[str, bytes]:
    """One to eight bits the other way round, mostly in the header."""
    made = {}
    for number in range(count):
        damaged = bytearray(content)
        end = len(content) if number % 4 == 0 else 700
        for _ in range(dice.randint(1, 8)):
            damaged[dice.randrange(128, end)] ^= 1 << dice.randrange(8)
        made[f"flipped {number:03d}"] = bytes(damaged)
    return made


def wrong_lengths(content: bytes, with_huge: bool) -> dict[str, bytes]:
    """Each element with lengths that are not its own."""
    made = {}
    for one in elements(content):
        for length in _WRONG_LENGTHS:
            is_huge = 0x10000 < length < OPEN or one.tag == 0x00020001  # see `deadly`
            if length < 1 << (8 * one.length_size) and (with_huge or not is_huge):
                raw = length.to_bytes(one.length_size, "little")
                after = content[one.length_at + one.length_size :]
                made[f"length {one.tag:08x} {length:x}"] = content[: one.length_at] + raw + after
    return made


def nested(depth: int, is_open: bool, sop_instance_uid: str) -> bytes:
    """An instance with sequences in sequences."""
    if is_open:
        begin = element(0x00081140, b"SQ", b"", EXPLICIT, OPEN)
        begin += struct.pack("<HHL", 0xFFFE, 0xE000, OPEN)
        end = struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
        inner = begin * depth + end * depth
    else:
        inner = b""
        for _ in range(depth):
            inner = sequence(0x00081140, [inner])
    data_set = element(0x00080018, b"UI", sop_instance_uid.encode()) + inner
    data_set += element(0x00100020, b"LO", b"NESTED")
    data_set += element(0x0020000D, b"UI", b"1.2.4") + element(0x0020000E, b"UI", b"1.2.5")
    return part_10(data_set, EXPLICIT, sop_instance_uid)


def deadly(content: bytes) -> dict[str, bytes]:
    """Small files that end Debian 12's Orthanc (1.10.1, DCMTK 3.6.7) when they are stored."""
    version = next(one for one in elements(content) if one.tag == 0x00020001)
    endless = content[: version.length_at] + b"\xff" * 4 + content[version.length_at + 4 :]
    return {
        "meta information without end": endless,
        **{f"nested {depth} open": nested(depth, True, f"1.2.{depth}.1") for depth in (60, 500)},
        **{f"nested {depth} closed": nested(depth, False, f"1.2.{depth}.0") for depth in (60, 500)},
    }


def archives(content: bytes) -> dict[str, bytes]:
    """Bombs, names that lead elsewhere, and archives that are no sound ones."""
    names = ("../up", "../../etc/passwd", "/etc/shadow", "C:\\Windows\\x", "a\nb", "<b>c</b>")
    lead = [(name, content + bytes([number]), 0) for number, name in enumerate(names)]
    unsound = [(name, data, len(data), 0, 0, 0) for name, data, _ in lead]
    bomb = bytes(8 * MIB)
    for _ in range(5):
        bomb = zip_of({"x.zip": bomb, "y.zip": bomb})
    return {
        "lead elsewhere.zip": zip_of({name: data for name, data, _ in lead}),
        "lead elsewhere.tar": tar_of({name: data for name, data, _ in lead}),
        "wrong checksums.zip": raw_zip(unsound),
        "names that are none.zip": raw_zip([(b"\xff\xfe\x80", b"x", 1, 0x8CDC1683, 0, 0)]),
        "overlapping.zip": overlapping_zip(3000, bytes(10 * MIB), method=8),
        "nested bomb.zip": bomb,
        "bomb.gz": gzip.compress(bytes(64 * MIB), 9),
        "bomb.tar.gz": tar_of({"zeros": bytes(64 * MIB)}, "w:gz"),
        "cut.zip": zip_of({"a": content, "b": content})[:-40],
        "in itself.zip": zip_of({"again.tar.gz": tar_of({"a": content}, "w:gz"), "text": b"x"}),
    }


_NAMES = (
    b"new\nline",
    b"<img src=x onerror=alert(1)>",
    b"not utf-8 \xe9\xff",
    b"turned \xe2\x80\xae round",
    b"bell \x07 escape \x1b[31m",
    b"-rf",
    b" ",
    b"trailing dot.",
    b"%s%n {0} $HOME `id`",
    b"x" * 255,
)


def write_hostile_corpus(
    folder: Path, seed: int = 20260613, with_huge: bool = True, with_deadly: bool = True
) -> int:
    """Write the corpus.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    seed : int
        Of what is random.
    with_huge : bool
        Whether files are among them that are DICOM and have 4 GiB, or say that they do, for which
        a server takes as much memory; one of 4 GiB that is none always is.
    with_deadly : bool
        Whether `deadly` files are among them.

    Returns
    -------
    int
        How many files there are.
    """
    dice = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        sound, other, third = (
            path.read_bytes() for path in write_small_instances(Path(made), count=3, seed=seed)
        )
    groups = {
        "cut": cut(sound),
        "flipped": flipped(sound, 60, dice),
        "lengths": wrong_lengths(sound, with_huge),
        "nested": {
            f"{depth} {'open' if is_open else 'closed'}": nested(
                depth, is_open, f"1.2.{depth}.{int(is_open)}"
            )
            for depth in (1, 20, 40)
            for is_open in (True, False)
        },
        "deadly": deadly(sound) if with_deadly else {},
        "foreign": {
            "text": b"Informe: sin hallazgos.\n" * 40,
            "page.html": b"<!doctype html><script>alert('DICM')</script>",
            "picture.png": b"\x89PNG\r\n\x1a\n" + dice.randbytes(3000),
            "random": dice.randbytes(100_000),
            "zeros": bytes(5000),
            "DICM everywhere": b"DICM" * 5000,
            "only tags": b"\x08\0\x18\0" * 5000,
        },
        "archives": archives(third),
        "sound": {"one": sound, "other": other},
    }
    for group, files in groups.items():
        (folder / group).mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / group / name).write_bytes(content)
    count = sum(map(len, groups.values()))
    count += _write_names(folder / "names", other)
    return count + _write_huge(folder / "huge", sound, with_huge)


def _write_names(folder: Path, content: bytes) -> int:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(_NAMES):
        with open(os.fsencode(folder) + b"/" + name, "wb") as stream:
            stream.write(content + bytes([number]))
    return len(_NAMES)


def _write_huge(folder: Path, content: bytes, with_dicom: bool) -> int:
    folder.mkdir(exist_ok=True)
    claims = element(0x00091001, b"OB", b"", EXPLICIT, 0xFFFFFFF0)
    files = {"zeros": b""}
    if with_dicom:
        # The second says of one element that it is as long as the file.
        files.update(instance=content + b"\0", claims=part_10(claims + bytes(64)))
    for name, start in files.items():
        with open(folder / name, "wb") as stream:
            stream.write(start)
            stream.truncate(4 * GIB)
    return len(files)
