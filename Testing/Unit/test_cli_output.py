"""How the command line speaks: receipts, trees, figures and bars."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from OrthancConnectCore.cli import output as cli_output
from OrthancConnectCore.cli import progress as cli_progress
from OrthancConnectCore.cli import query as cli_query
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.query import PatientRecord, QueryResult, SeriesRecord, StudyRecord
from OrthancConnectCore.shared.receipts import Problem, Receipt

CORE_PARENT = Path(__file__).resolve().parents[2] / "OrthancConnect"
CANARY = "canary-Jq3vX7"
OLD, NEW = ":".join(["AA"] * 32), ":".join(["BB"] * 32)


def test_sizes_times_and_counts_as_people_read_them() -> None:
    sizes = [cli_output.human_size(n) for n in (0, 999, 1000, 9949, 9950, 126e6, 999.6e6, 3e15)]
    assert sizes == ["0 B", "999 B", "1.0 kB", "9.9 kB", "10 kB", "126 MB", "1.0 GB", "3000.0 TB"]
    times = [cli_output.human_seconds(s) for s in (0.0042, 0.042, 3.14, 42.4, 185, 3725)]
    assert times == ["4.2 ms", "42 ms", "3.1 s", "42 s", "3 min 05 s", "1 h 02 min"]
    counts = [
        cli_output.counted(n, noun) for n in (1, 2) for noun in ("study", "series", "patient")
    ]
    assert counts == ["1 study", "1 series", "1 patient", "2 studies", "2 series", "2 patients"]


def test_what_a_server_says_is_plain_lines_on_a_terminal(capsys) -> None:
    receipt = Receipt("retrieve", notes=["\x1b]0;title\x07 \u202e, and\r\x9b2J"])
    receipt.problems.append(Problem("\x1b[2J", "failed", "\u2066why", "hint\r"))
    answer = cli_output.receipt_answer(receipt, "Retrieved\x1b[31m")
    assert all(line.isprintable() for line in answer.text.split("\n"))
    assert len(answer.text.split("\n")) == 11 and "  " + " " * 1 + "]0;title" in answer.text
    cli_output.warn("server\x1b[31m")
    cli_output.tell(argparse.Namespace(json=False), "server\x1b[31m")
    assert capsys.readouterr().err == "orthancconnect: server [31m\nserver [31m\n"


def test_a_receipt_names_twenty_problems_failures_first() -> None:
    receipt = Receipt("upload", expected=60, stored=10, bytes=2_000_000, seconds=2, method="REST")
    for number in range(25):
        receipt.skipped += 1
        receipt.problems.append(Problem.of(f"skip{number}", "skipped", "Not DICOM."))
        receipt.add_failed(f"fail{number}", "Refused.", "Look at the log.")
    text = cli_output.receipt_text(receipt, "Uploaded to lab")
    lines = text.splitlines()
    assert lines[0] == "Uploaded to lab"
    assert [line for line in lines if "Refused" in line][0] == "  failed   fail0: Refused."
    assert len([line for line in lines if "fail" in line and ":" in line]) == 20
    assert "skip0" not in text and text.count("Look at the log.") == 1
    assert "  … and 30 more (use --json)" in lines
    assert "2.0 MB in 2.0 s, 1.0 MB/s, by REST" in text
    assert lines[-1] == "10 stored, 25 skipped, 25 failed - incomplete"
    assert len(cli_output.receipt_answer(receipt, "").data["problems"]) == 50


RESULT = QueryResult(
    (
        PatientRecord(
            "PAT0012",
            "Pérez^Núria",
            "19610405",
            "F",
            (
                StudyRecord(
                    "1.2.3",
                    "20260302",
                    "Tórax \x1b[31m<b>",
                    "ACC1",
                    ("CT", "SEG"),
                    (
                        SeriesRecord("1.2.3.1", 3, "CT", "Axial", 240),
                        SeriesRecord("1.2.3.2", None, "SEG", "", 1),
                    ),
                ),
                StudyRecord("ab-cd", "", "", "", (), (SeriesRecord("1..2"),)),
                StudyRecord("1.2.4", "", "", "", (), ()),
            ),
        ),
        PatientRecord(" P\t1", "", "", "", ()),
    ),
    truncated=True,
    seconds=0.25,
    limited=True,
    notes=("A note.",),
)


def test_a_query_is_a_tree_with_counts(monkeypatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    assert cli_query.query_text(RESULT).splitlines() == [
        "Pérez, Núria  PAT0012  F  1961-04-05",
        "├─ 2026-03-02  Tórax  [31m<b>  CT/SEG  2 series  accession ACC1  1.2.3",
        "│  ├─ 3  Axial  CT  240 instances  1.2.3.1",
        "│  └─ -  SEG  1 instance  1.2.3.2",
        "├─ (no date)  1 series  ab-cd  "
        "- the Study Instance UID is not well formed (it has letters)",
        "│  └─ -  ? instances  1..2  "
        "- the Series Instance UID is not well formed (it has an empty component)",
        "└─ (no date)  ? series  1.2.4",
        '(no name)  " P\\t1"',
        "2 patients, 3 studies, 3 series in 250 ms",
        "There is more than is shown: narrow the filters, or see everything by --all.",
        "A note.",
    ]
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    text = cli_query.query_text(RESULT)
    assert "--all" not in cli_query.query_text(replace(RESULT, limited=False))
    assert "--page 3 shows the next" in cli_query.query_text(replace(RESULT, next=200), 2)
    assert "|  `- -  SEG" in text and "├" not in text
    assert "Nothing matches" in cli_query.query_text(QueryResult())
    assert "Nothing matches" not in cli_query.query_text(QueryResult(), 2)


def test_on_a_terminal_an_identifier_that_is_too_wide_has_its_own_line(monkeypatch) -> None:
    study, series = "1." + "2" * 62, "1." + "3" * 62
    record = StudyRecord(
        study, "20260302", "Tórax", series=(SeriesRecord(series, 3, "CT", "A", 1),)
    )
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "80")
    text = cli_query.query_text(QueryResult((PatientRecord("P", "A", studies=(record,)),)))
    assert text.splitlines()[1:5] == [
        "└─ 2026-03-02  Tórax  1 series",
        f"   │  {study}",
        "   └─ 3  A  CT  1 instance",
        f"      {series}",
    ]


def test_a_query_is_a_table_with_a_row_a_series() -> None:
    evil = PatientRecord("=1+1", "A\n^B", studies=(StudyRecord("1.2.9", labels=("a", "b")),))
    result = replace(RESULT, patients=(*RESULT.patients, evil))
    rows = list(csv.DictReader(io.StringIO(cli_query.query_csv(result))))
    assert [row["series_instance_uid"] for row in rows] == ["1.2.3.1", "1.2.3.2", "1..2", "", ""]
    assert rows[0]["patient_name"] == "Pérez^Núria" and rows[0]["number_of_instances"] == "240"
    assert rows[0]["study_description"] == "Tórax \\x1b[31m<b>"
    assert (rows[4]["patient_id"], rows[4]["patient_name"]) == ("'=1+1", "A\\n^B")
    assert rows[4]["labels"] == "a b"


def test_an_unknown_number_of_instances_is_not_counted_as_none(monkeypatch) -> None:
    series = (SeriesRecord("1", 1, "CT", "", None), SeriesRecord("2", 2, "CT", "", 5))
    study = StudyRecord("1.2", "20260302", series=series)
    text = cli_query.query_text(QueryResult((PatientRecord("P", "A", studies=(study,)),)))
    assert "? instances" in text and text.splitlines()[-1].startswith(
        "1 patient, 1 study, 2 series in"
    )


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("with_tqdm", [True, False])
def test_the_bar_is_for_terminals_and_for_longer_work(monkeypatch, with_tqdm) -> None:
    if with_tqdm:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setattr(cli_progress, "_tqdm", lambda: None)
    progress = Progress("upload", 118, 240, 50_000_000, 100_000_000, 54e6, 0.9, "x")
    for stream, wanted, delay, expected in (
        (_Terminal(), True, 0.0, True),
        (_Terminal(), True, 60.0, False),  # it is over before that
        (_Terminal(), False, 0.0, False),  # --json
        (io.StringIO(), True, 0.0, False),
    ):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(cli_progress.ProgressBar, "DELAY", delay)
        with cli_progress.ProgressBar(wanted) as bar:
            bar(progress)
            bar(Progress("verify", 1, 240))
            told = stream.getvalue()
        after = stream.getvalue()[len(told) :]
        bar(progress)  # too late: nothing
        assert ("118 of 240, 54 MB/s, 1 s left" in told) is expected
        assert (stream.getvalue() != "") is expected
        if expected and with_tqdm:
            assert after.strip("\r") and not after.strip()  # the line is wiped in the end
            assert "upload  50% |" in told and "verify   0% |" in told


@pytest.mark.parametrize("stream", [_Terminal(), io.StringIO()])
def test_that_the_server_is_away_is_said_once_and_that_it_is_back(monkeypatch, stream) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(cli_progress.ProgressBar, "DELAY", 0.0)
    waiting = {"message": "Nothing\x1b[31m listens.", "hint": "It goes on by itself.", "since": 5.0}
    with cli_progress.ProgressBar(False) as bar:
        later = {**waiting, "since": 9.0}
        for details in (None, waiting, waiting, {"back": True}, None, later, None):
            phase = "waiting" if details and "since" in details else "upload"
            bar(Progress(phase, 1, 2, details=details))
    bar(Progress("waiting", 2, 2, details=waiting))  # too late: nothing
    told = [
        "orthancconnect: waiting for the server. Nothing [31m listens.",
        "  It goes on by itself.",
    ]
    assert stream.getvalue().splitlines() == [*told, "orthancconnect: the server is back.", *told]


def test_that_it_is_away_again_and_again_is_said_once(monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(cli_progress.time, "time", lambda: now[0])
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with cli_progress.ProgressBar(False) as bar:
        for _ in range(79):
            details = {"message": "Too many.", "hint": "Wait.", "since": now[0]}
            bar(Progress("waiting", 1, 2, details=details))
            now[0] += 1
            bar(Progress("upload", 1, 2, details={"back": True}))
        assert sys.stderr.getvalue().count("waiting for the server") == 1
        details["since"] = now[0]
        now[0] += 11
        bar(Progress("waiting", 1, 2, details=details))
    assert sys.stderr.getvalue().count("waiting for the server") == 2  # this one lasts


@pytest.mark.parametrize("with_tqdm", [True, False])
def test_the_bar_stands_below_what_is_said(monkeypatch, with_tqdm) -> None:
    if with_tqdm:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setattr(cli_progress, "_tqdm", lambda: None)
    stream = _Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(cli_progress.ProgressBar, "DELAY", 0.0)
    with cli_progress.ProgressBar(True) as bar:
        bar(Progress("upload", 1, 2))
        bar(Progress("waiting", 1, 2, details={"message": "Away.", "hint": "Wait.", "since": 5.0}))
    before, _, after = stream.getvalue().partition("orthancconnect: waiting for the server. Away.")
    assert "upload" in before and after.startswith("\n  Wait.\n")
    assert not with_tqdm or "waiting  50% |" in after
