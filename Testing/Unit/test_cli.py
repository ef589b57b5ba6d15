"""The command line without a server: grammar, profiles, exit codes, and how it speaks."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, List

import pytest

from OrthancConnectCore.__main__ import exit_code
from OrthancConnectCore.cli import grammar as cli
from OrthancConnectCore.cli import output as cli_output
from OrthancConnectCore.cli import profiles as cli_profiles
from OrthancConnectCore.cli import query as cli_query
from OrthancConnectCore.cli import upload as cli_upload
from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.shared import errors
from OrthancConnectCore.shared.profile import QUERY_WAYS, ServerProfile
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.series import LIST_KINDS
from Support.data.dicom import write_small_instances
from Support.process.command_line import CORE_PARENT, CommandLine, Said, in_process

CANARY = "canary-Jq3vX7"
OLD, NEW = ":".join(["AA"] * 32), ":".join(["BB"] * 32)


@pytest.fixture
def run(tmp_path: Path, monkeypatch, capsys) -> Callable[..., Said]:
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(tmp_path / "settings"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    return in_process(capsys)


def stored() -> List[ServerProfile]:
    return list(ProfileStore().load().profiles)


# Exit codes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidProfileError("x", field="name"), 2),
        (errors.ProfileNotFoundError("x"), 2),
        (errors.MissingDependencyError("x", package="pynetdicom"), 2),
        (errors.InputError("x"), 2),
        (errors.PortInUseError("x"), 2),
        (errors.RedirectRefusedError("x", status_code=302), 2),
        (errors.UntrustedCertificateError("x"), 3),
        (errors.CertificateChangedError("x"), 3),
        (errors.CertificateExpiredError("x"), 3),
        (errors.HostnameMismatchError("x"), 3),
        (errors.AuthenticationError("x", status_code=401), 4),
        (errors.PermissionDeniedError("x", status_code=403), 4),
        (errors.DimseError("x", refused=True), 4),
        (errors.DimseError("x", refused=False), 5),
        (errors.ConnectionFailedError("x"), 5),
        (errors.RequestTimeoutError("x"), 5),
        (errors.ServerError("x", status_code=502), 5),
        (errors.ServerError("x", status_code=500), 1),
        (errors.NotFoundError("x", status_code=404), 1),
        (errors.OrthancConnectError("x"), 1),
        (errors.OperationCancelled(), 130),
    ],
)
def test_every_error_has_its_exit_code(error, code) -> None:
    assert exit_code(error) == code


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (Receipt("upload", expected=3, stored=2, already_stored=1), 0),
        (Receipt("upload", expected=3, stored=2, skipped=1), 0),
        (Receipt("upload", expected=3, stored=2, failed=1), 1),
        (Receipt("upload", expected=3, stored=2), 1),
        (Receipt("upload", expected=3, stored=2, cancelled=True), 130),
    ],
)
def test_a_receipt_decides_the_exit_code(run, monkeypatch, receipt, code) -> None:
    answer = cli_output.receipt_answer(receipt, "Uploaded")
    monkeypatch.setattr(cli_upload, "upload", lambda args: answer)
    said = run("upload", "x")
    assert said.code == code and receipt.summary() in said.out
    assert run("upload", "x", "--json").data["summary"] == receipt.summary()


def test_what_was_done_before_an_error_is_shown(run, monkeypatch) -> None:
    def end(_args: Any) -> None:
        done = Receipt("upload", expected=5, stored=2, problems=[]).to_dict()
        raise errors.AuthenticationError("Refused.", "Log in.", status_code=401, receipt=done)

    monkeypatch.setattr(cli_upload, "upload", end)
    said = run("upload", "x")
    assert said.code == 4 and said.err == "orthancconnect: Refused.\n  Log in.\n"
    assert said.out.splitlines()[-1] == "2 stored, 3 not reached - incomplete"
    assert run("upload", "x", "--json").data["error"]["facts"]["receipt"]["stored"] == 2


def test_an_unforeseen_fault_is_one_sentence_and_a_trace_in_the_log(
    run, monkeypatch, tmp_path
) -> None:
    def crash(_args: Any) -> None:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(cli_profiles, "list_profiles", crash)
    said = run("profile", "list")
    assert said.code == 1 and said.out == ""
    assert "Traceback" not in said.err and CANARY not in said.err
    assert "did not foresee (ZeroDivisionError)" in said.err
    log = tmp_path / "trace.log"
    monkeypatch.setenv("ORTHANCCONNECT_LOG", str(log))
    assert run("profile", "list", "--json").data["exit_code"] == 1
    assert "Traceback" in log.read_text() and "in crash" in log.read_text()
    monkeypatch.delenv("ORTHANCCONNECT_LOG")
    run("profile", "list")  # closes the log


def test_ctrl_c_outside_a_transfer_is_130(run, monkeypatch) -> None:
    def interrupt(_args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_profiles, "list_profiles", interrupt)
    said = run("profile", "list")
    assert said == (130, "", "orthancconnect: Cancelled.\n")


# Grammar -----------------------------------------------------------------------------------------


def test_ways_and_kinds_are_those_of_the_panel() -> None:
    for way in QUERY_WAYS:
        assert cli.parse(["query", "--via", way]).via == way
    for kind in LIST_KINDS:
        line = ["retrieve", "-o", "x", "--from-csv", "x", "--by", kind]
        assert cli.parse(line).by == kind


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nothing",),
        ("profile",),
        ("profile", "add", "one"),
        ("profile", "add", "a", "https://h", "--dicom-port", "0"),
        ("profile", "add", "a", "https://h", "--dicom-port", "99999"),
        ("profile", "add", "a", "https://h", "--dicom-port", "4242x"),
        ("profile", "add", "a", "https://h", "--dicom-port", "٣"),
        ("profile", "add", "a", "https://h", "--read-timeout", "soon"),
        ("profile", "add", "a", "https://h", "--ca-file", "f", "--fingerprint", OLD),
        ("retrieve", "--series", "1.2"),
        ("retrieve", "--output", "x", "--method", "FTP", "--series", "1.2"),
        ("query", "--limit", "-1"),
        ("query", "--lim", "1"),
        ("query", "--date", "yesterday"),
        ("import-files", "host", "port", "path"),
        ("upload",),
        ("worker", "x"),
        ("query", "--via", "c-find"),
    ],
)
def test_wrong_usage_is_exit_code_2_with_one_sentence(run, arguments) -> None:
    said = run(*arguments)
    assert said.code == 2 and said.out == ""
    assert said.err.startswith("orthancconnect: ") and len(said.err.splitlines()) == 2


def test_what_is_spelled_otherwise_is_named(run) -> None:
    assert "It has --patient-name, --patient-id." in run("query", "--patient", "perez").err
    assert "It has --accession." in run("query", "--acession", "1").err
    assert "worklist create --help" in run("worklist", "create", "lung", "1.2").err
    run("profile", "add", "lab", "https://127.0.0.1:9")
    for command in (("login", "lab"), ("follow", "lab", "x"), ("open", "lab", "--study", "1")):
        assert "Two profiles are named" in run(*command, "-p", "other").err


def test_usage_errors_are_json_for_machines(run) -> None:
    said = run("query", "--json", "--nonsense")
    assert (said.code, said.err) == (2, "")
    assert said.data["exit_code"] == 2 and said.data["error"]["kind"] == "ConfigurationError"
    assert "--nonsense" in said.data["error"]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("echo", "--password", CANARY),
        ("echo", f"--password={CANARY}"),
        ("upload", "--password", CANARY),
        ("upload", "path", f"--pass={CANARY}"),
        ("profile", "add", "n", f"https://ana:{CANARY}@server"),
        ("profile", "add", "n", "https://server", "--password", CANARY),
        ("profile", "add", "n", "https://server", "--dicom-port", CANARY),
        ("import-files", "host", "8042", "path", "ana", "secret", CANARY),
        ("trust", "--fingerprint", CANARY),
        (CANARY,),
        ("profile", CANARY),
        ("profile", "add", "n", "https://server", "--user", f"ana:{CANARY}"),
        ("profile", "add", "n", "https://server", "--dicom-host", f"{CANARY}!"),
        ("profile", "add", "n", "https://server", "--called-ae-title", f"{CANARY}{CANARY}"),
        ("profile", "show", CANARY),
        ("connect", f"ana:{CANARY}@server"),
        ("connect", "https://server", "--method", CANARY),
        ("echo", f"-p{CANARY}"),
        ("echo", f"--json={CANARY}"),
        ("echo", f"--{CANARY}"),
        ("echo", f"-{CANARY}"),
        ("echo", "known", CANARY),
        ("echo", "--only", f"'{CANARY}' (choose from {CANARY})"),
        ("doctor", f"https://ana:{CANARY}@server"),
        ("doctor", "known", CANARY),
        ("query", "--date", CANARY),
        ("query", "--modality", f"{CANARY}!"),
        ("upload", "path", "--label", f"{CANARY}%"),
        ("upload", "path", "--metadata", CANARY),
        ("upload", "path", "--dates", CANARY),
    ],
)
def test_a_password_in_the_wrong_place_is_not_repeated(run, arguments) -> None:
    run("profile", "add", "known", "https://127.0.0.1:9")
    for extra in ((), ("--json",)):
        said = run(*arguments, *extra)
        assert said.code in (2, 5) and CANARY not in said.out + said.err


def test_help_and_version_name_the_exit_codes(run) -> None:
    assert run("--version").out.startswith("orthancconnect 0")
    said = run("--help")
    assert said.code == 0 and "3 certificate not trusted" in said.out
    parser = cli.make_parser()
    commands = next(a for a in parser._actions if hasattr(a, "choices") and a.choices).choices
    assert set(commands) >= {"profile", "trust", "echo", "query", "retrieve", "upload", "worker"}
    for name in commands:
        assert run(name, "--help").code == 0


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("20260302", ("20260302", "20260302")),
        ("2026-03-02", ("2026-03-02", "2026-03-02")),
        ("20260101-20260331", ("20260101", "20260331")),
        ("2026-01-01-2026-03-31", ("2026-01-01", "2026-03-31")),
        ("2026-01-01 - 20260331", ("2026-01-01", "20260331")),
        ("20260101-", ("20260101", "")),
        ("-20260331", ("", "20260331")),
    ],
)
def test_study_dates(text, days) -> None:
    assert cli_query.study_dates(text) == days


@pytest.mark.parametrize("text", ["", "-", "2026", "2026-3-2", "20260101 20260331", "a-b"])
def test_study_dates_that_are_none(text) -> None:
    with pytest.raises(errors.InputError):
        cli_query.study_dates(text)


# Passwords ---------------------------------------------------------------------------------------


def test_no_terminal_and_no_stdin_password_is_one_clear_error(run, tmp_path) -> None:
    run("profile", "add", "lab", "https://127.0.0.1:9", "--user", "ana")
    said = run("upload", str(tmp_path))
    assert said.code == 2 and "--password-stdin" in said.err


def test_an_empty_or_unreadable_stdin_password_is_refused(run, tmp_path, monkeypatch) -> None:
    run("profile", "add", "lab", "https://127.0.0.1:9", "--user", "ana")
    for raw, word in ((b"", "No password came"), (b"\n", "No password"), (b"\xff\n", "UTF-8")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        said = run("upload", str(tmp_path), "--password-stdin")
        assert said.code == 2 and word in said.err


def test_import_files_warns_of_a_password_among_the_arguments(run, tmp_path) -> None:
    file = write_small_instances(tmp_path, count=1)[0]
    arguments = ("import-files", "127.0.0.1", "9", str(file), "ana", CANARY, "--wait", "0")
    said = run(*arguments)
    assert said.code == 5  # nothing listens there
    assert "can be read by every user" in said.err and CANARY not in said.out + said.err
    twice = run(*arguments, "--password-stdin")
    assert twice.code == 2 and "twice" in twice.err


def test_missing_paths_are_said_before_anything_is_asked(run, tmp_path) -> None:
    run("profile", "add", "lab", "https://127.0.0.1:9", "--user", "ana")
    gone = str(tmp_path / "gone\x1b[31m")
    for command in (("upload", gone), ("import-files", "127.0.0.1", "9", gone, "ana")):
        said = run(*command)
        assert said.code == 2 and "There is no file or folder" in said.err
        assert "\x1b" not in said.err


def test_nothing_chosen_to_retrieve_is_said(run, tmp_path) -> None:
    run("profile", "add", "lab", "https://127.0.0.1:9")
    said = run("retrieve", "--output", str(tmp_path))
    assert said.code == 2 and "--patient" in said.err


def test_without_any_profile_the_next_step_is_named(run) -> None:
    for command in ("echo", "query", "trust"):
        said = run(command)
        assert said.code == 2 and "no server profile yet" in said.err
        assert "orthancconnect connect https://" in said.err


# As a process ------------------------------------------------------------------------------------


@pytest.fixture
def process(run, tmp_path) -> Callable[..., CommandLine]:
    """Real processes with the same settings as `run`."""
    return lambda **environment: CommandLine(tmp_path, **environment)


def test_an_ascii_terminal_is_no_reason_to_fail(run, process) -> None:
    run("profile", "add", "büro-東京", "https://server")
    ascii_only = process(PYTHONIOENCODING="ascii", LC_ALL="C")
    said = ascii_only.run("profile", "list")
    assert (said.code, said.err) == (0, "") and "b?ro-??" in said.out
    assert ascii_only.run("profile", "list", "--json").data["default"] == "büro-東京"


def test_a_broken_pipe_is_quiet(run, process) -> None:
    run("profile", "add", "lab", "https://server")
    for arguments in (("profile", "list"), ("profile", "list", "--json")):
        with process().start(*arguments) as started:
            assert started.stdout is not None and started.stderr is not None
            started.stdout.close()
            err = started.stderr.read()
            assert (started.wait(20), err) == (0, b"")


def test_without_pynetdicom_the_dicom_side_says_what_to_install(run, tmp_path) -> None:
    run("profile", "add", "lab", "https://127.0.0.1:9", "--user", "ana")
    for arguments in (
        ["query"],
        ["echo", "--only", "dicom"],
        ["retrieve", "--method", "C-GET", "--patient", "A", "--output", str(tmp_path / "out")],
    ):
        script = (
            "import sys; sys.modules['pynetdicom'] = None\n"
            "from OrthancConnectCore.__main__ import main\n"
            f"sys.exit(main({arguments!r}))"
        )
        environment = {**os.environ, "PYTHONPATH": str(CORE_PARENT)}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 2 and "pynetdicom" in done.stderr, arguments
        assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 2
        assert done.stderr.endswith('pip install "orthancconnect[dimse]"\n')


def test_a_log_file_that_can_not_be_written_costs_one_line(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ORTHANCCONNECT_LOG", str(tmp_path / "no folder" / "log"))
    said = run("profile", "list")
    assert said.code == 0 and said.err.startswith("The log file ") and said.err.count("\n") == 1


def test_the_console_script_and_the_module_are_the_same(run, process) -> None:
    assert process().run("--version").out == run("--version").out
    assert process().run("nothing") == run("nothing")


# What is loaded --------------------------------------------------------------------------------

#: They take longer to load than a small command takes otherwise.
HEAVY = ("pydicom", "numpy", "pynetdicom", "dicognito", "requests", "cryptography", "keyring")
NETWORK = ("OrthancConnectCore.network.transport", "OrthancConnectCore.network.tls", "ssl")

_LOADED = """
import sys
from OrthancConnectCore.__main__ import main
main(sys.argv[2:])
print("\\n" + " ".join(set(sys.argv[1].split()) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["--version"], set()),
        (["--help"], set()),
        (["jobs", "list"], set()),
        (["profile", "list"], set()),
        (["trust"], set()),  # there is no profile
        (["scan", __file__], {"pydicom", "numpy", "requests", "ssl"}),  # by pydicom alone
        (["upload", "--help"], set()),
        # Until a file is there that could be sent.
        (["import-files", "--ca-file", "x", "127.0.0.1", "1", "no such file"], set()),
        # Until the connection: no file has to be changed, none has a name to be read.
        (
            ["import-files", "--ca-file", "x", "127.0.0.1", "1", __file__],
            {"cryptography", *NETWORK},
        ),
    ],
)
def test_a_command_loads_no_more_than_it_needs(
    arguments: list[str], needed: set[str], tmp_path: Path
) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", _LOADED, " ".join(HEAVY + NETWORK), *arguments],
        cwd=CORE_PARENT,
        env={**os.environ, "ORTHANCCONNECT_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(shown.stdout.splitlines()[-1].split()) <= needed, shown.stderr


def test_an_upload_that_changes_no_file_needs_no_pydicom() -> None:
    code = "import sys, OrthancConnectCore.upload.job; print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=CORE_PARENT, capture_output=True, text=True, check=True
    )
    assert not {"pydicom", "numpy", "dicognito"} & set(shown.stdout.split())
