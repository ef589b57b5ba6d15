"""What the tests of trouble from the field share: a command line at work."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

from OrthancConnectCore.__main__ import main
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile
from Support.process.command_line import CommandLine, Said
from Support.scenarios.doctor_cases import server_profile
from Support.servers.orthanc import PrivateOrthanc


class SetUpError(Exception):
    """A test's own preparation did not come out as it must: the test tells nothing."""


def given(is_so: bool, what: object) -> None:
    """Make sure of what a test builds on; it is not what the test asserts."""
    if not is_so:
        raise SetUpError(str(what))


class WorkingLine(CommandLine):
    """A command line with one profile and the password for it."""

    def __init__(
        self, folder: Path, profile: ServerProfile, password: str, **environment: str
    ) -> None:
        super().__init__(folder, **environment)
        self.password = password
        self.know(profile)

    @classmethod
    def of(cls, folder: Path, server: PrivateOrthanc, **changes: Any) -> WorkingLine:
        """Return one for a private server; some fields of its profile may be changed."""
        return cls(folder, server_profile(server, **changes), server.password)

    def know(self, profile: ServerProfile) -> None:
        """Have no profile but this one."""
        self.settings.mkdir(parents=True, exist_ok=True)
        text = ProfileSet((profile,)).to_json()
        (self.settings / "profiles.json").write_text(text, encoding="utf-8")

    def ask(self, *arguments: Any) -> Said:
        """Run a command that takes the password, in this process, which is quicker."""
        return self.say(*arguments, "--password-stdin", stdin=self.password + "\n")

    def say(self, *arguments: Any, stdin: str = "") -> Said:
        """Run any command in this process."""
        streams = [io.TextIOWrapper(io.BytesIO(), "utf-8") for _stream in range(2)]
        with contextlib.ExitStack() as stack:
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")  # they would be errors of the command here
            settings = {"ORTHANCCONNECT_CONFIG_DIR": str(self.settings)}
            stack.enter_context(mock.patch.dict(os.environ, settings))
            given_in = io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")
            stack.enter_context(mock.patch.object(sys, "stdin", given_in))
            stack.enter_context(contextlib.redirect_stdout(streams[0]))
            stack.enter_context(contextlib.redirect_stderr(streams[1]))
            code = main([str(argument) for argument in arguments])
        for stream in streams:
            stream.seek(0)
        said = Said(code, *(stream.read() for stream in streams))
        self.everything += said.out + said.err
        return said

    def ask_apart(self, *arguments: Any, timeout: float = 60) -> Said:
        """Run such a command as a process of its own."""
        stdin = self.password + "\n"
        return self.run(*arguments, "--password-stdin", stdin=stdin, timeout=timeout)

    def begin(self, *arguments: Any) -> subprocess.Popen[bytes]:
        """Start such a command and give it the password; whoever calls waits for it."""
        process = self.start(*arguments, "--password-stdin")
        assert process.stdin is not None
        process.stdin.write(self.password.encode() + b"\n")
        process.stdin.flush()
        return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a run at once, as a power cut does."""
    process.kill()
    process.communicate()


def words(said: Said) -> str:
    """All that a run said, in one line and in small letters."""
    return " ".join(f"{said.out} {said.err}".lower().split())
