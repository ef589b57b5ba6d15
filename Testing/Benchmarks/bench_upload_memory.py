"""Peak memory of ``orthancconnect upload``: of very many files, and of a very large one.

    python Testing/Benchmarks/bench_upload_memory.py [--files 100000] [--gigabytes 2]

The server is a stand-in in another process: it answers as Orthanc does, reads each body to its end
and keeps nothing but its identity, so that this takes minutes. Memory is what the kernel says of
the command's process (``ru_maxrss``). Ends with 0 when every file was acknowledged.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path
from typing import BinaryIO, Dict, List, Union

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING.parent / "OrthancConnect", TESTING):
    sys.path.insert(0, str(_folder))

from OrthancConnectCore.orthanc.identifiers import (  # noqa: E402
    instance_orthanc_id,
    study_orthanc_id,
)
from Support.data.dicom import write_small_instances  # noqa: E402
from Support.data.pydicom_identity import identify  # noqa: E402
from Support.process.command_line import CommandLine  # noqa: E402

_SYSTEM = {"Name": "stand-in", "Version": "1.12.7", "DicomAet": "ORTHANC", "DicomPort": 4242}
_BLOCK = 1024 * 1024


#: Orthanc's identifier of each study that came → those of its instances.
_STUDIES: Dict[str, List[str]] = {}


def _keep(start: bytes) -> str:
    """Note the instance that begins so, and return its identifier; empty for anything else."""
    identity = identify(start)
    if identity is None or identity.patient_id is None:
        return ""
    study = study_orthanc_id(identity.patient_id, identity.study_instance_uid)
    name = instance_orthanc_id(identity.patient_id, *identity[1:4])
    _STUDIES.setdefault(study, []).append(name)
    return name


def _body(stream: BinaryIO, head: bytes) -> bytes:
    """Read a body to its end and return how it begins."""
    if b"transfer-encoding: chunked" in head.lower():
        start = b""
        while True:
            size = int(stream.readline(), 16)
            start = start or stream.read(size)
            stream.readline()
            if not size:
                return start
    found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    left = int(found.group(1)) if found else 0
    start = b""
    while left:
        block = stream.read(min(left, _BLOCK))
        if not block:
            raise ConnectionError("the body was cut")
        left -= len(block)
        start = start or block
    return start


def _answer(target: str, start: bytes) -> object:
    """Return what Orthanc says to a request, by how its body begins; None for what is not there."""
    if target == "/system":
        return _SYSTEM
    if target == "/instances":
        if start.startswith(b"PK"):
            return []  # it takes no archives: each file comes alone
        if start.startswith(b"\x1f\x8b"):
            start = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(start)
        return {"ID": _keep(start), "Status": "Success", "ParentStudy": "study"}
    if target == "/tools/find":
        return [{"Instances": names} for names in list(_STUDIES.values())]
    names = _STUDIES.get(target.split("/")[2])
    return None if names is None else [{"Instances": list(names)}]


def _serve(peer: socket.socket) -> None:
    with peer, peer.makefile("rb") as stream:
        while True:
            head = b"".join(iter(stream.readline, b"\r\n")) if stream.peek(1) else b""
            if not head:
                return
            start = _body(stream, head)
            target = head.split(b" ", 2)[1].decode()
            status, said = b"200 OK", _answer(target, start)
            if said is None:
                status, said = b"404 Not Found", {}
            content = json.dumps(said).encode()
            peer.sendall(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n" % (status, len(content)))
            peer.sendall(content)


def stand_in() -> None:
    """Be the server, until standard input ends."""
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(server.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            peer, _address = server.accept()
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


def write_large(path: Path, size: int) -> None:
    """Write a multi-frame instance whose pixels are a hole in the file."""
    (template,) = write_small_instances(path.parent, 1, size=64)
    content = template.read_bytes()
    template.unlink()
    header = content[: -2 * 64 * 64 - 4]  # up to the length of (7FE0,0010)
    size -= size % 2
    with open(path, "wb") as stream:
        stream.write(header + (size - len(header) - 4).to_bytes(4, "little"))
        stream.truncate(size)


#: Runs a command and says its peak memory in KB: the kernel counts what a process had before it
#: became the command as well, so that must be a small one.
_WATCH = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_pid, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(command_line: CommandLine, *arguments: str) -> str:
    """Run the command; return its peak memory, its time, and what it did."""
    began = time.monotonic()
    watch = [sys.executable, "-S", "-E", "-c", _WATCH]
    said = command_line.run(*arguments, timeout=3600, prefix=watch)
    if said.code != 0:
        raise RuntimeError(f"ended with {said.code}: {said.out[-2000:]}{said.err[-2000:]}")
    megabytes = int(said.err.split()[-1]) * 1024 / 1e6
    return f"{megabytes:.0f} MB at the most, {time.monotonic() - began:.0f} s"


def main(arguments: Union[List[str], None] = None) -> None:
    """Make the data, start the stand-in, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--parallel", default="16", help="connections at the most")
    parser.add_argument("--stand-in", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.stand_in:
        stand_in()
        return
    command = [sys.executable, __file__, "--stand-in"]
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as temporary,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server,
    ):
        assert server.stdout is not None and server.stdin is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        line = CommandLine(Path(temporary), XDG_STATE_HOME=str(Path(temporary) / "state"))
        limits = ("--allow-insecure-http", "--parallel", options.parallel)
        print("nothing:", measured(line, "profile", "add", "bench", url, *limits), flush=True)
        many, large = Path(temporary) / "many", Path(temporary) / "large"
        write_small_instances(many, options.files, size=4)
        how = measured(line, "upload", str(many), "--json")
        print(f"{options.files} files, {options.parallel} connections: {how}", flush=True)
        large.mkdir()
        write_large(large / "large.dcm", int(options.gigabytes * 1e9))
        how = measured(line, "upload", str(large), "--json")
        print(f"one file of {options.gigabytes:g} GB: {how}", flush=True)
        server.stdin.close()


if __name__ == "__main__":
    main()
