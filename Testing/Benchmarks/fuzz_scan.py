"""A coverage-guided fuzz run over the scan: headers, archives, and what a summary makes of them.

    python Testing/Benchmarks/fuzz_scan.py [--seconds 900] [--headers] [--corpus FOLDER] [INPUT …]

Needs the package atheris (libFuzzer for Python). Begins with pydicom's own test files, files
written byte by byte and small archives; what reaches new code is kept in the corpus folder, and the
next run goes on from there. With INPUT, files that a run left behind are tried again.

What has to hold for any bytes, as a file of their own:

* what the file's first bytes tell, pydicom reads as well, or they tell nothing; fewer of the bytes
  tell the same, or nothing;
* no exception leaves the scan, and whatever is found is in the summary, once;
* no more is read of a file than the scan may, and no more comes out of an archive than its limits
  allow.

Ends with 0 when that held for the whole time; else the input lies in the corpus folder.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any, List, Optional

try:
    import atheris
except ImportError:
    sys.exit("This needs the package atheris: pip install atheris")

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

with atheris.instrument_imports(include=["OrthancConnectCore"]):
    from OrthancConnectCore.scan import files as scan
    from OrthancConnectCore.scan import header as scan_header
    from OrthancConnectCore.scan import tree as scan_tree
    from OrthancConnectCore.scan.archives import members as scan_archives

import pydicom  # noqa: E402

from OrthancConnectCore.shared.errors import InputError  # noqa: E402
from Support.data.archives import FORMATS, zip_of  # noqa: E402
from Support.data.pydicom_identity import pydicoms  # noqa: E402
from Support.data.raw_dicom import BIG, EXPLICIT, IMPLICIT, element, part_10, sequence  # noqa: E402

LONGEST = 80_000
DEPTH, MEMBERS = 3, 200
RATIO, FREE = 20, 200_000
_RAM = Path("/dev/shm")


class Broken(AssertionError):
    """A rule that did not hold."""


class Fuzzer:
    """Holds bytes against the rules."""

    def __init__(self, folder: Path, only_headers: bool) -> None:
        self._only_headers = only_headers
        self.executions = self.told = self.archives = 0
        self._file = folder / "data" / "file"
        self._file.parent.mkdir()
        self._read = 0

    def watch(self) -> None:
        """Count the bytes that the scan reads of a plain file, and set small limits."""
        read = os.read

        def counting(handle: int, size: int) -> bytes:
            content = read(handle, size)
            self._read += len(content)
            return content

        scan.os = _With(os, read=counting)
        limits = {"_RATIO": RATIO, "_FREE": FREE, "_DEPTH": DEPTH, "_MOST_MEMBERS": MEMBERS}
        vars(scan_archives).update(limits, _LARGEST_SPOOL=500_000)

    def __call__(self, data: bytes) -> None:
        """Try one input."""
        self.executions += 1
        self._header(data)
        if self._only_headers:
            return
        self._file.write_bytes(data)
        if scan_archives.archive_kind(data[:512]):
            self.archives += 1
            self._members(len(data))
        self._summary(len(data))

    def _header(self, data: bytes) -> None:
        head = data[: scan_header.LONGEST_HEAD]
        header = scan_header.examine(head, len(head) == len(data))
        early = scan_header.examine(head[: scan_header.HEAD], len(data) <= scan_header.HEAD)
        if early.identity not in (None, header.identity):
            raise Broken(f"fewer bytes tell {early.identity}, more {header.identity}")
        scan_header.read_values(head, (0x00100010, 0x00200011))
        if header.identity is None:
            return
        try:
            right = pydicoms(data)
        except Exception:  # noqa: BLE001  # whatever pydicom stumbles over is not our matter
            return
        self.told += 1
        if header.identity[:4] != right:
            raise Broken(f"told {header.identity}, pydicom reads {right}")

    def _members(self, size: int) -> None:
        allowed = FREE + RATIO * size
        total = count = 0
        for member in scan_archives.iter_members(str(self._file)):
            count += 1
            if isinstance(member, scan_archives.SkippedFile):
                continue
            try:
                with member.open() as stream:
                    got = len(stream.read(allowed + 1))
            except (InputError, OSError):
                continue
            if member.size is not None and got != member.size:
                raise Broken(f"{member.label} has {got} bytes instead of {member.size}")
            total += got
        if total > allowed * DEPTH or count > MEMBERS + DEPTH:
            raise Broken(f"{total} bytes in {count} members of {size} bytes")

    def _summary(self, size: int) -> None:
        self._read = 0
        findings = list(scan.iter_dicom_files(str(self._file.parent)))
        if self._read > min(size, scan_header.LONGEST_HEAD):
            raise Broken(f"{self._read} bytes were read of a file of {size}")
        summary = scan_tree.scan_tree(str(self._file.parent))
        counted = summary.instances + summary.duplicates + summary.conflicts
        found = sum(isinstance(finding, scan.FoundFile) for finding in findings)
        if not findings or summary.files != len(findings) or not summary.complete:
            raise Broken(f"{summary.files} of {len(findings)} findings are in the summary")
        if counted + summary.problem_count != summary.files or counted > found:
            raise Broken(f"{counted} + {summary.problem_count} of {summary.files} are counted")
        json.dumps(summary.to_dict(), allow_nan=False).encode("ascii")
        for row in summary.series:
            if not "".join(map(str, vars_of(row))).isprintable():
                raise Broken(f"{row} is no plain text")


def vars_of(row: Any) -> List[Any]:
    """Return the values of a row."""
    return [getattr(row, name) for name in row.__slots__]


class _With:
    """A module with some of its names replaced."""

    def __init__(self, module: Any, **names: Any) -> None:
        self.__dict__.update(names)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def seeds(folder: Path, only_headers: bool) -> None:
    """Write what the run begins with."""
    number = 0

    def keep(content: bytes) -> None:
        nonlocal number
        number += 1
        (folder / f"seed-{number:04d}").write_bytes(content[:LONGEST])

    for path in sorted((Path(pydicom.__file__).parent / "data").rglob("*")):
        if path.is_file() and path.suffix in (".dcm", ""):
            keep(path.read_bytes())
    small = {}
    for syntax in (EXPLICIT, IMPLICIT, BIG):
        for is_open in (True, False):
            inner = element(0x00080018, b"UI", b"9.9", syntax)
            data_set = element(0x00080005, b"CS", b"ISO_IR 192", syntax)
            data_set += element(0x00080018, b"UI", b"1.2.3", syntax)
            data_set += sequence(
                0x00081140, [inner, sequence(0x00081199, [inner], syntax, is_open)], syntax, is_open
            )
            data_set += element(0x00100010, b"PN", "Pérez^Núria".encode(), syntax)
            data_set += element(0x00100020, b"LO", b"PAT", syntax)
            data_set += element(0x0020000D, b"UI", b"1.2.4", syntax)
            data_set += element(0x0020000E, b"UI", b"1.2.5", syntax)
            data_set += element(0x00200011, b"IS", b"7", syntax)
            keep(data_set)
            keep(part_10(data_set, syntax))
            small[f"{syntax}/{is_open}"] = part_10(data_set, syntax)
    small["text"] = b"no DICOM"
    for pack in () if only_headers else FORMATS.values():
        keep(pack(small))
        keep(pack({"inner": pack(small)}))
    keep(zip_of({"../up": b"x", "/etc/passwd": b"y", "a\nb<b>": next(iter(small.values()))}))
    words = [struct.pack("<HH", tag >> 16, tag & 0xFFFF) for tag in WORDS]
    with open(folder.parent / "words", "w") as file:
        for word in [*words, *TEXTS]:
            file.write('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n')


WORDS = (
    *(0x00080005, 0x00080018, 0x00100020, 0x0020000D, 0x0020000E, 0x00020010, 0x00020002),
    *(0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0x00081140, 0xFFFFFFFF),
)
TEXTS = [b"DICM", b"UI", b"SQ", b"UN\0\0", b"1.2.840.10008.1.2", b"PK\3\4", b"PK\1\2", b"PK\5\6"]


def main(arguments: Optional[List[str]] = None) -> None:
    """Run; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=900)
    parser.add_argument(
        "--headers", action="store_true", help="only these: some times as many inputs"
    )
    parser.add_argument("--corpus", type=Path, help="kept from run to run; else a temporary one")
    parser.add_argument("inputs", nargs="*", type=Path, help="files to try again, instead of a run")
    options = parser.parse_args(arguments)
    made = tempfile.TemporaryDirectory(dir=_RAM if _RAM.is_dir() else None, prefix="fuzz_scan")
    fuzzer = Fuzzer(Path(made.name), options.headers)
    fuzzer.watch()
    if options.inputs:
        for path in options.inputs:
            fuzzer(path.read_bytes())
        print(f"{len(options.inputs)} inputs keep the rules.")
        return
    corpus = (options.corpus or Path(made.name) / "corpus").absolute()
    corpus.mkdir(parents=True, exist_ok=True)
    (corpus / "kept").mkdir(exist_ok=True)
    (corpus / "seeds").mkdir(exist_ok=True)
    seeds(corpus / "seeds", options.headers)
    print(f"corpus: {corpus}", flush=True)

    def once(data: bytes) -> None:
        fuzzer(data)
        if fuzzer.executions % 20_000 == 0:
            told = f"{fuzzer.told} told as pydicom reads them, {fuzzer.archives} archives"
            print(f"{fuzzer.executions} inputs, {told}", flush=True)

    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={options.seconds}",
            f"-max_len={LONGEST}",
            f"-dict={corpus / 'words'}",
            f"-artifact_prefix={corpus}/",
            *("-timeout=20", "-rss_limit_mb=1000", "-print_final_stats=1"),
            *(str(corpus / "kept"), str(corpus / "seeds")),
        ],
        once,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
