"""The command line against a real Orthanc: the whole job, and every exit code for real."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from Support.data.certificates import make_certificate
from Support.data.dicom import hostile_files, write_small_instances
from Support.process.busy_machine import here
from Support.process.command_line import CommandLine, in_process
from Support.process.ports import release_port, reserve_port
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def lab(line: CommandLine, orthanc: PrivateOrthanc) -> CommandLine:
    """A command line that knows and trusts the server."""
    added = line.run(*_profile(orthanc), "--fingerprint", orthanc.fingerprint)
    assert (added.code, added.err) == (0, "")
    return line


def _profile(orthanc: PrivateOrthanc, *more: Any, name: str = "lab") -> tuple[Any, ...]:
    return (
        *("profile", "add", name, orthanc.rest_url, "--user", orthanc.user),
        *("--dicom-port", orthanc.dicom_port, "--called-ae-title", orthanc.aet),
        *("--calling-ae-title", orthanc.calling_aet, "--storage-port", orthanc.storage_port),
        *more,
    )


def _with_password(orthanc: PrivateOrthanc) -> dict[str, str]:
    return {"stdin": orthanc.password + "\n"}


@pytest.fixture
def closed_port() -> Iterator[int]:
    port = reserve_port()
    yield port
    release_port(port)


# The whole job -----------------------------------------------------------------------------------


def test_the_whole_job(line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    files = write_small_instances(tmp_path / "data", count=60, patients=3, series=2)
    (tmp_path / "data" / "notes.txt").write_text("no DICOM here")
    login = _with_password(orthanc)

    assert line.run(*_profile(orthanc)).code == 0
    unknown = line.run("trust")
    assert unknown.code == 3 and orthanc.fingerprint in unknown.err
    assert line.run("trust", "--fingerprint", orthanc.fingerprint).code == 0

    echo = line.run("echo", "--password-stdin", "--json", **login)
    assert (echo.code, echo.err) == (0, "")
    assert echo.data["https"]["name"] == orthanc.aet and echo.data["https"]["seconds"] > 0
    assert echo.data["dicom"]["ok"] is True and echo.data["dicom"]["seconds"] > 0

    upload = line.run("upload", tmp_path / "data", "--password-stdin", **login)
    assert (upload.code, upload.err) == (0, "")
    assert upload.out.splitlines()[-1] == "60 stored, 1 skipped"
    assert "notes.txt: Not a DICOM file." in upload.out
    assert orthanc.count() == 60

    query = line.run("query", "--json")
    assert (query.code, query.err) == (0, "")
    found = query.data["patients"]
    series = [one for p in found for study in p["studies"] for one in study["series"]]
    assert [len(found), len(series)] == [3, 6]
    assert sum(one["number_of_instances"] for one in series) == 60
    tree = line.run("query", "--patient-name", "pérez").out
    assert tree.splitlines()[0].startswith("Pérez, Núria  SMALL0000")
    assert tree.count("10 instances") == 2
    assert "1 patient, 1 study, 2 series, 20 instances" in tree

    target = tmp_path / "out"
    got = line.run(
        *("retrieve", "--patient", found[0]["patient_id"], "--series"),
        *(series[-1]["series_instance_uid"], "--output", target, "--password-stdin"),
        **login,
    )
    assert (got.code, got.err) == (0, "")
    assert "30 of 30 instances arrived" in got.out and "by C-GET" in got.out
    assert len([path for path in target.rglob("*.dcm")]) == 30
    assert len(files) == 60


def test_filters_of_a_query(
    lab: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    orthanc.store(*write_small_instances(tmp_path, count=6, patients=3))
    monkeypatch.setenv("ORTHANCCONNECT_CONFIG_DIR", str(lab.settings))
    run = in_process(capsys)

    def patients(*arguments: str) -> list[str]:
        said = run("query", "--json", *arguments)
        assert said.code == 0
        return [patient["patient_id"] for patient in said.data["patients"]]

    assert sorted(patients()) == ["SMALL0000", "SMALL0001", "SMALL0002"]
    assert patients("--patient-id", "SMALL0001") == ["SMALL0001"]
    assert patients("--accession", "SMALL0002") == ["SMALL0002"]
    assert len(patients("--date", "2026-01-15")) == 3
    assert len(patients("--date", "20260101-20260131", "--modality", "CT,MR")) == 3
    assert patients("--date", "20270101-") == []
    assert patients("--modality", "MR") == []
    assert len(patients("--description", "Contr")) == 3
    limited = run("query", "--limit", "1", "--json").data
    assert limited["truncated"] is True and len(limited["patients"]) == 1
    assert "--all" in run("query", "--limit", "1").out
    assert "Nothing matches" in run("query", "--patient-id", "NOBODY").out


def test_retrieve_over_https_needs_no_dicom(
    line: CommandLine, orthanc: PrivateOrthanc, closed_port: int, tmp_path: Path
) -> None:
    orthanc.store(*write_small_instances(tmp_path / "data", count=4))
    line.run(*_profile(orthanc, "--fingerprint", orthanc.fingerprint, "--method", "HTTPS"))
    arguments = ("--patient", "SMALL0000", "--password-stdin", "--json", "--output")
    got = line.run("retrieve", *arguments, tmp_path / "one", **_with_password(orthanc))
    assert got.code == 0 and got.data["method"] == "HTTPS" and got.data["verified"] == 4
    again = line.run("retrieve", *arguments, tmp_path / "one", **_with_password(orthanc))
    assert again.code == 0 and again.data["complete"] is True


# Exit codes --------------------------------------------------------------------------------------


def test_1_part_of_it_failed(lab: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    good, cut = write_small_instances(tmp_path / "data", count=2)
    cut.write_bytes(cut.read_bytes()[:-100])
    login = _with_password(orthanc)
    said = lab.run("upload", tmp_path / "data", "--password-stdin", **login)
    assert said.code == 1 and f"failed   {cut}: " in said.out and "1 stored, 1 failed" in said.out
    assert orthanc.count() == 1

    target = tmp_path / "out"
    said = lab.run(
        *("retrieve", "--patient", "SMALL0000", "--study", "1.2.3", "--output", target),
        *("--password-stdin", "--json"),
        **login,
    )
    assert said.code == 1 and said.data["stored"] == 1
    assert said.data["problems"][0]["item"] == "study 1.2.3"
    assert len(list(target.rglob("*.dcm"))) == 1


def test_2_usage_and_input(lab: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    login = _with_password(orthanc)
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("text")
    for arguments, word in (
        (("echo", "--profile", "unknown"), "Known: lab."),
        (("upload", tmp_path / "gone"), "no file or folder"),
        (("upload", tmp_path / "empty", "--password-stdin"), "no DICOM file"),
        (("upload", tmp_path / "other", "--password-stdin"), "no DICOM file"),
        (("query", "--date", "20261301"), "date"),
        (("query", "--patient-name", "back\\slash"), "backslash"),
        (
            (
                *("retrieve", "--patient", "NOBODY", "--output", tmp_path / "out"),
                "--password-stdin",
            ),
            "patient NOBODY",
        ),
    ):
        said = lab.run(*arguments, **login)
        assert said.code == 2 and word in said.out + said.err, arguments
        assert "Traceback" not in said.err


def test_3_not_trusted(lab: CommandLine, tmp_path: Path) -> None:
    with PrivateOrthanc(plugins=False) as server:
        login = _with_password(server)
        data = write_small_instances(tmp_path / "data", count=1)[0]
        lab.run(*_profile(server, name="new"))
        said = lab.run("upload", "--profile", "new", data, "--password-stdin", **login)
        assert said.code == 3 and said.out == "" and "not trusted" in said.err

        lab.run("trust", "--profile", "new", "--fingerprint", server.fingerprint)
        old = server.fingerprint
        server.replace_certificate(make_certificate(tmp_path / "tls", "renewed"))
        said = lab.run("upload", "-p", "new", data, "--password-stdin", "--json", **login)
        assert said.code == 3 and said.data["error"]["kind"] == "CertificateChangedError"
        said = lab.run("trust", "--profile", "new", "--fingerprint", server.fingerprint)
        assert said.code == 3 and old in said.err and server.fingerprint in said.err
        assert server.count() == 0
        replace = ("trust", "-p", "new", "--replace", "--fingerprint", server.fingerprint)
        assert lab.run(*replace).code == 0
        assert lab.run("upload", "-p", "new", data, "--password-stdin", **login).code == 0


def test_4_refused(lab: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    data = write_small_instances(tmp_path / "data", count=1)[0]
    wrong = {"stdin": "wrong-pässwörd€\n"}
    for arguments in (
        ("echo", "--only", "https"),
        ("upload", data),
        ("retrieve", "--patient", "SMALL0000", "--output", tmp_path / "out"),
    ):
        said = lab.run(*arguments, "--password-stdin", **wrong)
        assert said.code == 4 and "user and password" in said.err, arguments
    stranger = _profile(orthanc, "--fingerprint", orthanc.fingerprint, name="stranger")
    lab.run(*stranger[:-2], "--calling-ae-title", "STRANGER", *stranger[-2:])
    said = lab.run("query", "--profile", "stranger")
    assert said.code == 4 and "STRANGER" in said.err


def test_4_forbidden_by_the_server(lab: CommandLine, tmp_path: Path) -> None:
    script = tmp_path / "readonly.lua"
    script.write_text(
        "function IncomingHttpRequestFilter(method, uri, ip, username, headers)\n"
        "  return method == 'GET'\nend\n"
    )
    files = write_small_instances(tmp_path / "data", count=3)
    with PrivateOrthanc({"LuaScripts": [str(script)]}, plugins=False) as server:
        lab.run(*_profile(server, "--fingerprint", server.fingerprint, name="readonly"))
        said = lab.run(
            *("upload", "-p", "readonly", files[0].parent, "--password-stdin", "--json"),
            **_with_password(server),
        )
    assert said.code == 4 and said.data["error"]["facts"]["status_code"] == 403
    assert said.data["error"]["facts"]["receipt"]["stored"] == 0


def test_5_not_reachable(lab: CommandLine, closed_port: int, tmp_path: Path) -> None:
    lab.run("profile", "add", "closed", f"https://127.0.0.1:{closed_port}")
    lab.run("profile", "add", "nowhere", "https://no-such-host.invalid")
    write_small_instances(tmp_path / "data", count=1)
    upload = ("upload", tmp_path / "data", "--wait", "0")
    for name in ("closed", "nowhere"):
        for arguments in (("trust",), ("echo", "--only", "https"), upload):
            said = lab.run(*arguments, "--profile", name)
            assert said.code == 5, arguments
            assert "Traceback" not in said.err and len(said.err.splitlines()) == 2
    lab.run("profile", "add", "dicom", "https://127.0.0.1", "--dicom-port", closed_port)
    for arguments in (("query",), ("echo", "--only", "dicom")):
        assert lab.run(*arguments, "--profile", "dicom").code == 5


def test_5_a_proxy_without_its_orthanc(lab: CommandLine, tmp_path: Path) -> None:
    with PrivateOrthanc(plugins=False) as server:
        lab.run(*_profile(server, "--fingerprint", server.fingerprint, name="crashed"))
        server.kill()
        said = lab.run(
            *("echo", "-p", "crashed", "--password-stdin", "--json"), **_with_password(server)
        )
    assert said.code == 5
    assert said.data["https"]["error"]["facts"]["status_code"] == 502
    assert said.data["dicom"]["ok"] is False


def test_http_instead_of_https_and_the_other_way_round(
    lab: CommandLine, orthanc: PrivateOrthanc
) -> None:
    lab.run("profile", "add", "plain", f"https://127.0.0.1:{orthanc.http_port}")
    said = lab.run("trust", "--profile", "plain")
    assert said.code == 5 and "plain HTTP" in said.err
    lab.run(
        *("profile", "add", "tls", f"http://127.0.0.1:{orthanc.https_port}"),
        "--allow-insecure-http",
    )
    said = lab.run("echo", "--profile", "tls", "--only", "https")
    assert said.code in (1, 5) and "Traceback" not in said.err
    said = lab.run("trust", "--profile", "tls")
    assert said.code == 2 and "no certificate" in said.err


def test_hostile_files_and_names_are_rows_not_crashes(
    lab: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    kinds = hostile_files(tmp_path / "data")
    good = sum(kind in ("dicom", "headless") for kind in kinds.values())
    try:
        for extra in ((), ("--json",)):
            upload = ("upload", tmp_path / "data", "--password-stdin", *extra)
            said = lab.run(*upload, **_with_password(orthanc))
            assert said.code == 1 and said.err == ""
            assert all(char.isprintable() or char == "\n" for char in said.out)
        assert said.data["already_stored"] + said.data["stored"] >= good - 1  # one twice: sub/loop
        assert {"skipped", "failed"} == {row["outcome"] for row in said.data["problems"]}
    finally:
        (tmp_path / "data" / "closed folder").chmod(0o700)
    for name, shown in (("html", "<img src"), ("control", "Bell")):
        orthanc.reset()
        orthanc.store(tmp_path / "data" / f"{name} name.dcm")
        tree = lab.run("query").out
        assert shown in tree and all(char.isprintable() or char == "\n" for char in tree)


# Stopping ----------------------------------------------------------------------------------------


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_130_cancelled_with_a_partial_receipt(
    lab: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path, number: signal.Signals
) -> None:
    write_small_instances(tmp_path / "data", count=3000)
    process = lab.start(
        *("upload", tmp_path / "data", "--password-stdin", "--json", "--parallel", "1")
    )
    with process:
        assert process.stdin is not None
        process.stdin.write(orthanc.password.encode() + b"\n")
        process.stdin.flush()
        _wait_until(lambda: orthanc.count() > 20)
        process.send_signal(number)
        sent = time.monotonic()
        said = lab.end(process)
    assert time.monotonic() - sent < here(3)
    assert said.code == 130 and said.data["cancelled"] is True
    assert 20 < said.data["stored"] <= orthanc.count() <= said.data["stored"] + 1
    assert said.data["stored"] + said.data["failed"] + said.data["missing"] <= 3000


def test_on_a_terminal_it_asks_shows_a_bar_and_stops_at_ctrl_c(
    line: CommandLine, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    write_small_instances(tmp_path / "data", count=3000)
    line.run(*_profile(orthanc))
    no = line.on_terminal("trust", answers={"[y/N]": "n"})
    assert no.code == 3 and orthanc.fingerprint in no.out and "Nothing was changed" in no.out
    yes = line.on_terminal("trust", answers={"[y/N]": "y"})
    assert yes.code == 0 and "Trusted from now on" in yes.out

    answers = {"Password of": orthanc.password}
    echo = line.on_terminal("echo", answers=answers)
    assert echo.code == 0 and "HTTPS" in echo.out and "DICOM" in echo.out

    upload = ("upload", tmp_path / "data", "--parallel", "1")
    said = line.on_terminal(*upload, answers=answers, interrupt_after="of 3000")
    assert said.code == 130
    assert "cancelling" in said.out and "cancelled" in said.out.splitlines()[-1]
    assert 0 < orthanc.count() < 3000
    assert "Traceback" not in line.everything and orthanc.password not in line.everything
    assert line.on_terminal("upload", tmp_path, interrupt_after="Password of").code == 130
