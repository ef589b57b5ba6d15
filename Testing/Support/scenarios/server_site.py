"""A server as ``server-config`` sets it up, its administrator, and those who use it."""

from __future__ import annotations

import re
import socket
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, NamedTuple

from OrthancConnectCore.setup.orthanc_json import changed
from OrthancConnectCore.shared.validation import propose_calling_ae_title
from Support.process.command_line import CommandLine, Said
from Support.process.ports import release_port, reserve_row
from Support.servers.debian_tree import DebianTree

USER = "ana"


class Site(NamedTuple):
    """A server that was set up, and what its administrator knows."""

    tree: DebianTree
    administrator: CommandLine
    password: str
    #: Port of the newcomer's DICOM listener, and of the first Orthanc's HTTP.
    listener: int
    http_port: int

    def configure(self, *arguments: str) -> Said:
        """Run ``server-config`` once more."""
        return self.administrator.run("server-config", self.tree.etc, *arguments)

    def profile(self, folder: Path) -> Path:
        """Hand out the profile's file, as it is now."""
        folder.mkdir(exist_ok=True)
        copy = folder / f"profile-{time.monotonic_ns()}.json"
        copy.write_bytes((self.tree.etc / "orthancconnect" / "profile.json").read_bytes())
        return copy

    def newcomer(self, folder: Path) -> CommandLine:
        """Return somebody's computer, where the profile was imported."""
        line = CommandLine(folder)
        said = line.run("profile", "import", self.profile(folder), "--user", USER)
        assert (said.code, said.err) == (0, "")
        return line

    def ask(self, line: CommandLine, *words: object) -> Said:
        """Run a command that logs in."""
        return line.run(*words, "--password-stdin", stdin=self.password + "\n")


@contextmanager
def set_up(folder: Path, *more: object, title: str = "") -> Iterator[Site]:
    """Set a server up as Debian lays it out, by the command on a terminal, and start it.

    It knows one Slicer, with the AE `title` of a newcomer's computer when left out.
    """
    # Those behind the second and the third are for further Orthancs.
    https, listener, http, _http, dicom, *_dicom = ports = [
        *(port for count in (1, 1, 2, 3) for port in reserve_row(count))
    ]
    title = title or propose_calling_ae_title(socket.gethostname())
    administrator = CommandLine(folder)
    with DebianTree() as tree:
        file = tree.etc / "orthanc" / "orthanc.json"  # which Debian has as 60 seconds
        file.write_text(changed(file.read_text(encoding="utf-8"), {"StableAge": 1}))
        said = administrator.on_terminal(
            *("server-config", tree.etc, "--host", "localhost", "--host", "127.0.0.1"),
            *("--name", "IUIBS", "--ae-title", "IUIBS", "--user", USER, "--storage", tree.storage),
            *("--https-port", https, "--http-port", http, "--dicom-port", dicom),
            *("--slicer", f"mac1,{title},127.0.0.1,{listener}"),
            *("--scanner", "ct1,CT_ROOM_1,127.0.0.1,104", *more),
            answers={"Write this?": "y"},
        )
        assert said.code == 0, said.out
        passwords = re.findall(rf"(?m)^  {USER} +(\S+)$", said.out)
        assert len(passwords) == 1 and len(passwords[0]) >= 20, said.out
        tree.start(https, http, dicom)
        yield Site(tree, administrator, passwords[0], listener, http)
    for port in ports:
        release_port(port)
