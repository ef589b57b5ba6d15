"""A server that lies in one of its answers, against each command: one sentence, and no trace."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pydicom
import pytest

from OrthancConnectCore.orthanc import retry
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import TestCertificate, make_certificate
from Support.data.dicom import write_small_instances
from Support.scenarios.field import WorkingLine, given
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer

LIES = (
    b"[null]",
    b'"x"',
    b"null",
    b"7",
    b"[]",
    b"{}",
    b'{"x": 7}',
    b'[{"ID": {}}]',
    b'[{"ID": "a", "ParentSeries": "se", "MainDicomTags": {"SeriesInstanceUID": [7]}}]',
    b'[{"ID": "../x", "ParentSeries": "se", "FileSize": true, "MainDicomTags": {"S": 1}}]',
    b'[{"ID": "../x", "ParentSeries": "se", "MainDicomTags": {}, "Metadata": {"SopClassUid": 7}, '
    b'"Attachments": [{"ContentType": 1, "UncompressedSize": -1, "Uuid": "../x"}]}]',
    b'{"Status": "Success"}',
    b'{"Version": "1", "DicomPort": "4242"}',
    b'{"me": {"AET": 1, "Host": [], "Port": {}}}',
    b'["\\udfff"]',
    b"[" * 50_000,
)


STUDY, SERIES, INSTANCE = ("-".join([digits * 4] * 5) for digits in ("51", "5e", "1d"))


class SmallOrthanc:
    """All that the commands ask about one instance, but for one answer that is a lie."""

    def __init__(self, file: Path) -> None:
        data = pydicom.dcmread(file)
        self._file = file.read_bytes()
        study = {
            "ID": STUDY,
            "MainDicomTags": {"StudyInstanceUID": str(data.StudyInstanceUID)},
            "PatientMainDicomTags": {"PatientID": str(data.PatientID)},
        }
        series = {
            "ID": SERIES,
            "MainDicomTags": {"SeriesInstanceUID": str(data.SeriesInstanceUID)},
            "ParentStudy": STUDY,
            "Instances": [INSTANCE],
        }
        instance = {
            "ID": INSTANCE,
            "MainDicomTags": {"SOPInstanceUID": str(data.SOPInstanceUID)},
            "ParentSeries": SERIES,
            "FileSize": len(self._file),
        }
        self._levels = {"Study": study, "Series": series, "Instance": INSTANCE}
        self._answers: Dict[str, Any] = {
            "/system": SYSTEM,
            "/modalities": {"me": {"AET": "SLICER", "Host": "127.0.0.1", "Port": 11112}},
            f"/studies/{STUDY}": study,
            f"/series/{SERIES}": series,
            f"/series/{SERIES}/instances": [instance],
            f"/series/{SERIES}/statistics": {"UncompressedSize": "5000"},
            f"/instances/{INSTANCE}/series": series,
            "/plugins": [],
            "/changes": {"Changes": [], "Done": True, "Last": 3},
            "/series": [SERIES],
            "/studies": [study],
            "/statistics": {"CountStudies": 1, "CountSeries": 1},
            "/tools/bulk-content": [instance],
            "/instances": {"ID": INSTANCE, "Status": "Success", "ParentStudy": STUDY},
        }
        self.asked: List[str] = []
        self.lie_at, self.lie = "", b""

    def __call__(self, request: Request) -> Answer:
        path = request.path.partition("?")[0]
        if path not in self.asked:
            self.asked.append(path)
        if path == self.lie_at:
            return Answer(200, self.lie)
        if path == "/tools/find":
            asked = json.loads(request.body)
            return Answer.of_json([self._levels[asked["Level"]]] * (not asked.get("Since")))
        if path.endswith("/file"):
            return Answer(200, self._file)
        known = path in self._answers
        return Answer.of_json(self._answers[path]) if known else Answer(404)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> TestCertificate:
    return make_certificate(tmp_path_factory.mktemp("tls"), "own")


@pytest.mark.parametrize(
    "command",
    [
        ("echo", "--only", "https"),
        ("register",),
        ("open", "t", "--study", STUDY),
        ("follow", "t", "{output}", "--once", "--since", "beginning", "--method", "HTTPS"),
        ("retrieve", "--from-csv", "{table}", "--method", "HTTPS", "-o", "{output}"),
        ("retrieve", "--series", "{series}", "--method", "HTTPS", "-o", "{output}"),
        ("upload", "{data}", "--verify", "--fresh", "--wait", "0"),
    ],
    ids=lambda command: command[0],
)
def test_no_answer_is_a_fault_that_was_not_foreseen(
    certificate: TestCertificate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: Tuple[str, ...],
) -> None:
    monkeypatch.setattr(retry, "PAUSES", (0.01, 0.01, 0.01, 0.01))
    write_small_instances(tmp_path / "data", count=1)
    (file,) = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    series = str(pydicom.dcmread(file).SeriesInstanceUID)
    (tmp_path / "table.csv").write_text(f"Series UID\n{series}\n")
    orthanc = SmallOrthanc(file)
    with ScriptedServer(orthanc, certificate) as server:
        trust = TrustPolicy.pinned(certificate.fingerprint)
        profile = ServerProfile("t", server.url, user="u", trust=trust, read_timeout=2)
        line = WorkingLine(tmp_path, profile, "x")

        def run(number: int) -> Any:
            places = {"series": series, "data": tmp_path / "data", "output": tmp_path / str(number)}
            places["table"] = tmp_path / "table.csv"
            return line.ask(*(word.format(**places) for word in command))

        truth = run(0)
        given("foresee" not in truth.err and orthanc.asked != [], truth)
        lies = LIES[::3] if command[0] in ("upload", "follow") else LIES  # these take longer
        for number, (path, lie) in enumerate(itertools.product(list(orthanc.asked), lies), 1):
            orthanc.lie_at, orthanc.lie = path, lie
            said = run(number).err
            assert "foresee" not in said and "Traceback" not in said, f"{lie!r:.60} at {path}"
