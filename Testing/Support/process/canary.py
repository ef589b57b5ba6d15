"""Looks for a planted password in files, output, command lines and environments of processes."""

from __future__ import annotations

import ast
import base64
import contextlib
import html
import json
import os
import shlex
import threading
import time
from pathlib import Path
from typing import Iterator, NamedTuple
from urllib.parse import quote, quote_plus

#: Whatever writes the password down, quoted, escaped or encoded, has this in it, or a form of it.
CORE = "Zq9vK3wXn7Rb5"
#: With letters that each way of writing spells otherwise.
CANARY = f"Cañ€ry \"'\\%+/&{CORE}"
WRONG = f"wröng{CORE[::-1]}{CORE}"

_AUDIT = """
import os, sys

_FOLDER = os.environ.get("ORTHANCCONNECT_TEST_AUDIT", "")
_SEEN = {"os.putenv", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen",
         "os.rename", "sqlite3.connect", "os.mkdir", "os.symlink", "os.link"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _write(event, args):
    text = repr((event, args)) + "\\n"
    os.write(_LOG, text.encode("utf-8", "backslashreplace"))


def _hook(event, args):
    if event == "open":
        path, mode, flags = args
        if isinstance(path, int) or not (set(mode or "") & set("wax+") or flags & _WRITING):
            return
        _write("write", (os.fspath(path),))
    elif event in _SEEN:
        _write(event, args)


if _FOLDER:
    _NAME = os.path.join(_FOLDER, f"{os.getpid()}.audit")
    _LOG = os.open(_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.addaudithook(_hook)

if os.environ.get("ORTHANCCONNECT_TEST_CRASH"):
    from OrthancConnectCore.orthanc import client as rest

    def _crash(self, *_args, **_options):
        user, password = self._credentials.reveal()
        secret = password.encode()
        raise RuntimeError(f"{secret!r} {secret.decode()} {secret.decode()!r} {user.encode()!r}")

    for _method in ("system", "find_uids", "series_counts"):
        setattr(rest.OrthancClient, _method, _crash)
"""


def _needles() -> dict[str, bytes]:
    raw = CORE.encode()
    found = {
        "plain": raw,
        "backwards": raw[::-1],
        "UTF-16": CORE.encode("utf-16-le"),
        "UTF-16, big-endian": CORE.encode("utf-16-be"),
        "hexadecimal": raw.hex().encode(),
        "HEXADECIMAL": raw.hex().upper().encode(),
        "percent": "".join(f"%{byte:02X}" for byte in raw).encode(),
    }
    for shift in range(3):  # the part that does not depend on the neighbours
        text = base64.b64encode(b"\0" * shift + raw)
        found[f"base64 at {shift}"] = text[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
    return found


NEEDLES = _needles()


def leaks_in(data: bytes) -> list[str]:
    """Return the forms in which the password is in some bytes."""
    return [name for name, needle in NEEDLES.items() if needle in data]


def leaks_in_files(folder: Path, apart_from: frozenset[Path] = frozenset()) -> list[str]:
    """Return the files below a folder that hold the password, in their content or their name."""
    found = []
    for path in sorted(folder.rglob("*")):
        shown = str(path.relative_to(folder))
        forms = leaks_in(os.fsencode(shown))
        if path.is_file() and not path.is_symlink() and path not in apart_from:
            forms += leaks_in(path.read_bytes())
        found += [f"{shown}: {form}" for form in forms]
    return found


class Sighting(NamedTuple):
    """The password in a process's command line or environment."""

    where: str
    command: str


class Watcher:
    """Samples /proc/*/cmdline and /proc/*/environ of all that this process has started."""

    def __init__(self) -> None:
        self.sightings: set[Sighting] = set()
        self.watched: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.is_set():
            for process in _descendants(os.getpid()):
                self._look_at(process)
            time.sleep(0.02)  # the shortest of our processes lives ten times as long

    def _look_at(self, process: int) -> None:
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{process}/cmdline").read_bytes()
            environment = Path(f"/proc/{process}/environ").read_bytes()
            self.watched.add(process)
            words = command.replace(b"\0", b" ").decode(errors="replace")
            if leaks_in(command):
                self.sightings.add(Sighting("cmdline", words))
            if leaks_in(environment):
                self.sightings.add(Sighting("environ", words))


def _descendants(process: int) -> Iterator[int]:
    """Yield the processes below one."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            stat = Path(f"/proc/{name}/stat").read_text()
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(name))
    pending = children.get(process, [])
    while pending:
        yield pending[0]
        pending = pending[1:] + children.get(pending[0], [])


class Audit:
    """Records what Python processes start, rename and open for writing; they can't leave it out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "audit"
        self._site = folder / "site"
        self.folder.mkdir()
        self._site.mkdir()
        (self._site / "sitecustomize.py").write_text(_AUDIT)

    def environment(self, python_path: str) -> dict[str, str]:
        """Return what a process has to have in its environment to be recorded."""
        return {
            "PYTHONPATH": f"{self._site}{os.pathsep}{python_path}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ORTHANCCONNECT_TEST_AUDIT": str(self.folder),
        }

    def events(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield all that was recorded, as far as it was a plain value."""
        for path in self.folder.glob("*.audit"):
            for line in path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError, SyntaxError):
                    yield ast.literal_eval(line)

    def written(self) -> set[str]:
        """Return the paths of all files that were opened for writing."""
        names = ("write", "sqlite3.connect")
        return {os.fsdecode(args[0]) for name, args in self.events() if name in names}  # type: ignore[call-overload]


def spellings(secret: str, user: str) -> Iterator[bytes]:
    """Yield ways in which programs write a password down, to try the search on."""
    raw, pair = secret.encode(), f"{user}:{secret}".encode()
    yield from (raw, repr(secret).encode(), ascii(secret).encode(), repr(raw).encode())
    yield from (json.dumps(secret).encode(), json.dumps(secret, ensure_ascii=False).encode())
    yield from (quote(secret).encode(), quote_plus(secret).encode(), html.escape(secret).encode())
    yield from (base64.b64encode(raw), base64.b64encode(pair), base64.urlsafe_b64encode(pair))
    yield from (secret.encode("utf-16-le"), secret.encode("utf-16"), secret.encode("utf-16-be"))
    yield from (raw.hex().encode(), raw.hex().upper().encode(), shlex.quote(secret).encode())
    yield base64.b64encode(f"{user}:{secret}".encode("latin-1", "replace"))
