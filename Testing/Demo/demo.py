"""The whole job, end to end, as a person does it on the command line; each step checked."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

import pydicom  # noqa: E402
from pictures import load_volume, save_slices, take_panel_picture  # noqa: E402

from Support.data.dicom import write_group_folder  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

#: pydicom's own test files: other modalities, colour, compressed, no image at all.
SAMPLES = (
    "CT_small.dcm",
    "MR_small.dcm",
    "JPEG2000.dcm",
    "JPGExtended.dcm",
    "liver_1frame.dcm",
    "examples_rgb_color.dcm",
    "rtplan.dcm",
    "waveform_ecg.dcm",
)
SLICES = 40


class StepFailed(Exception):
    """A step was not what it should be."""


def check(condition: object, what: str) -> None:
    """Go on only if `condition` holds."""
    if not condition:
        raise StepFailed(what)


class Steps:
    """Numbers the steps, times them, and prints their figures."""

    def __init__(self) -> None:
        self._number = 0
        self._began = time.monotonic()

    def begin(self, title: str) -> None:
        """Print the next step's title."""
        self._number += 1
        self._began = time.monotonic()
        print(f"\n{self._number}. {title}", flush=True)

    def say(self, *lines: str) -> None:
        """Print figures of the running step."""
        for line in lines:
            print(f"   {line}", flush=True)

    def end(self, figures: str) -> None:
        """Print what the step did, and how long it took."""
        print(f"   {figures}  [{time.monotonic() - self._began:.2f} s]", flush=True)


class CommandLine:
    """`orthancconnect` in a configuration of its own, with the password on stdin."""

    def __init__(self, configuration: Path, password: str) -> None:
        paths = [str(REPOSITORY / "OrthancConnect"), os.environ.get("PYTHONPATH", "")]
        self._environment = {
            **os.environ,
            "ORTHANCCONNECT_CONFIG_DIR": str(configuration),
            "ORTHANCCONNECT_STATE_DIR": str(configuration / "state"),
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }
        self._password = password

    def run(self, *arguments: str, expect: int = 0, login: bool = False) -> Any:
        """Run one command with --json; return its document. `expect` is the exit code."""
        options = ["--json", *(["--password-stdin"] if login else [])]
        command = [sys.executable, "-m", "OrthancConnectCore", *arguments, *options]
        shown = " ".join(["orthancconnect", *arguments])
        print(f"   $ {shown}", flush=True)
        done = subprocess.run(
            command,
            input=(self._password + "\n").encode() if login else b"",
            capture_output=True,
            env=self._environment,
            timeout=300,
        )
        output = done.stdout.decode("utf-8", "replace")
        errors = done.stderr.decode("utf-8", "replace")
        if done.returncode != expect:
            raise StepFailed(
                f"{shown} ended with {done.returncode}, not {expect}:\n{output}{errors}"
            )
        check(self._password not in output + errors, f"{shown} showed the password")
        return json.loads(output)


def make_data(folder: Path) -> List[Path]:
    """Write the group's folder: three patients with CT volumes, and pydicom's samples."""
    files = [path for paths in write_group_folder(folder, slices=SLICES).values() for path in paths]
    samples = folder / "otros"
    samples.mkdir()
    source = Path(pydicom.__file__).parent / "data" / "test_files"
    for name in SAMPLES:
        shutil.copy(source / name, samples / name)
        files.append(samples / name)
    return files


def by_instance(paths: Sequence[Path]) -> Dict[str, Path]:
    """Return the files by SOP Instance UID."""
    return {
        str(pydicom.dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID): path
        for path in paths
    }


def pixel_bytes(path: Path) -> bytes:
    """Return the pixel data as stored; empty where there is none."""
    return bytes(pydicom.dcmread(path).get("PixelData", b""))


def connect(steps: Steps, orthanc: PrivateOrthanc, command: CommandLine) -> None:
    """Add a profile; trust the certificate; ask both sides."""
    steps.begin("Connect: a profile, and trust in the server's certificate")
    command.run(
        *("profile", "add", "institute", orthanc.rest_url, "--user", orthanc.user),
        *("--called-ae-title", orthanc.aet, "--dicom-port", str(orthanc.dicom_port)),
        *("--calling-ae-title", orthanc.calling_aet, "--default"),
    )
    refused = command.run("echo", "--only", "https", expect=3, login=True)
    steps.say(f"before trust: {_sentence(refused)}")
    command.run("trust", "--fingerprint", orthanc.fingerprint)
    answer = command.run("echo", login=True)
    check(answer["https"]["ok"] and answer["dicom"]["ok"], "one side does not answer")
    steps.end(
        f"pinned {orthanc.fingerprint[:23]}…; HTTPS {answer['https']['seconds'] * 1000:.0f} ms, "
        f"C-ECHO {answer['dicom']['seconds'] * 1000:.0f} ms"
    )


def _sentence(document: Any) -> str:
    """Find the first error message in a command's answer."""
    if isinstance(document, dict):
        if isinstance(document.get("message"), str):
            return str(document["message"])
        for value in document.values():
            found = _sentence(value)
            if found:
                return found
    return ""


def scan(steps: Steps, command: CommandLine, folder: Path, count: int) -> None:
    """Tell what the folder holds before anything is sent."""
    steps.begin("Scan the folder: what is there, before anything is sent")
    found = command.run("scan", str(folder))
    check(found["complete"] and found["instances"] == count, f"{found['instances']} found")
    for row in found["series"][:3]:
        steps.say(
            f"{row['patient_name']}  {row['study_date']}  {row['modality']}  "
            f"{row['series_description']}  {row['instances']} instances"
        )
    steps.say(f"… {len(found['series'])} series in all")
    steps.end(
        f"{found['files']} files, {found['instances']} instances, "
        f"{found['problem_count']} files that are none"
    )


def upload(steps: Steps, command: CommandLine, folder: Path, count: int, output: Path) -> None:
    """Upload the folder twice: the second time all is there."""
    steps.begin("Upload the whole folder over checked HTTPS, and compare what arrived")
    rows = output / "receipt.csv"
    receipt = command.run("upload", str(folder), "--verify", "--receipt", str(rows), login=True)
    check(receipt["stored"] == count, f"{receipt['stored']} stored, not {count}")
    check(receipt["verified"] == count, f"{receipt['verified']} verified, not {count}")
    check(receipt["failed"] == 0, f"failed: {receipt['problems']}")
    rate = receipt["bytes"] / 1e6 / max(receipt["seconds"], 1e-6)
    steps.say(f"{receipt['summary']}: {receipt['bytes'] / 1e6:.0f} MB at {rate:.0f} MB/s")
    for problem in receipt["problems"]:
        steps.say(f"{problem['outcome']}: {Path(problem['item']).name}: {problem['reason']}")
    listed = len(rows.read_text(encoding="utf-8-sig").splitlines()) - 1
    check(listed == receipt["expected"], f"the receipt has {listed} rows")
    steps.say(f"a row for each of {listed} files → receipt.csv")
    again = command.run("upload", str(folder), login=True)
    check(again["already_stored"] == count and again["stored"] == 0, "the second time differs")
    check(again["bytes"] == 0, "something was sent again")
    steps.end(f"again: {again['summary']}, in {again['seconds'] * 1000:.0f} ms")


def query(steps: Steps, command: CommandLine) -> str:
    """Query by C-FIND, and a name over HTTPS; return the UID of the axial series."""
    steps.begin("Query by C-FIND and over HTTPS: patients, studies, series")
    everything = command.run("query", "--via", "C-FIND")
    patients = {patient["patient_id"] for patient in everything["patients"]}
    check({"PAT0012", "PAT0044", "PAT0071"} <= patients, f"found {sorted(patients)}")
    filters = ("--patient-name", "perez", "--modality", "CT")
    found = command.run("query", *filters, login=True)
    check(len(found["patients"]) == 1, "the name was not found once without its accent")
    patient = found["patients"][0]
    for study in patient["studies"]:
        steps.say(f"{patient['patient_name']}  {study['study_date']}  {study['study_description']}")
        for series in study["series"]:
            steps.say(
                f"   {series['series_number']}  {series['series_description']}  "
                f"{series['modality']}  {series['number_of_instances']} instances"
            )
    series = patient["studies"][0]["series"]
    chosen = next(item for item in series if item["number_of_instances"] == SLICES)
    steps.end(f"{len(patients)} patients; C-FIND took {everything['seconds']:.2f} s")
    return str(chosen["series_instance_uid"])


def retrieve(
    steps: Steps, command: CommandLine, folder: Path, sources: Dict[str, Path], series: str
) -> List[Path]:
    """C-GET three patients, then compare every file with its source; return the series' files."""
    steps.begin("Retrieve by C-GET, and verify every file against its source")
    receipt = command.run(
        "retrieve",
        *("--patient", "PAT0012", "--patient", "PAT0044", "--patient", "PAT0071"),
        *("--output", str(folder)),
        login=True,
    )
    expected = receipt["expected"]
    check(receipt["complete"], f"receipt: {receipt['summary']}")
    check(receipt["method"] == "C-GET", f"fetched by {receipt['method']}")
    rate = receipt["bytes"] / 1e6 / max(receipt["seconds"], 1e-6)
    steps.say(f"{receipt['summary']} by {receipt['method']}, {rate:.0f} MB/s")
    arrived = by_instance([path for path in folder.rglob("*") if path.is_file()])
    check(len(arrived) == expected, f"{len(arrived)} files, {expected} expected")
    different = [
        uid for uid, path in arrived.items() if pixel_bytes(path) != pixel_bytes(sources[uid])
    ]
    check(not different, f"{len(different)} files differ from their source")
    steps.end(f"pixel data of all {len(arrived)} files identical with their sources")
    return [
        path
        for path in arrived.values()
        if pydicom.dcmread(path, specific_tags=["SeriesInstanceUID"]).SeriesInstanceUID == series
    ]


def load(steps: Steps, files: List[Path], output: Path) -> None:
    """Load the series into Slicer's own MRML; save slices."""
    steps.begin("Load the series into an MRML volume")
    volume = load_volume(files)
    dimensions = volume.GetImageData().GetDimensions()
    spacing = volume.GetSpacing()
    check(dimensions == (512, 512, SLICES), f"the volume is {dimensions}")
    low, high = save_slices(volume, output / "slices.png")
    check(low <= -900 and high >= 300, f"values from {low} to {high}: no chest CT")
    steps.end(
        f"vtkMRMLScalarVolumeNode {dimensions[0]}×{dimensions[1]}×{dimensions[2]}, spacing "
        f"{spacing[0]:.2f}×{spacing[1]:.2f}×{spacing[2]:.2f} mm, {low} to {high} HU → slices.png"
    )


def panel(steps: Steps, orthanc: PrivateOrthanc, output: Path) -> None:
    """Take a picture of the panel, connected and after a query."""
    where = "Slicer" if os.environ.get("SLICER") else "the Qt stand-in"
    steps.begin(f"The panel in {where}, connected and after a query")
    picture = output / "panel.png"
    figures = take_panel_picture(orthanc, picture)
    check(picture.is_file() and picture.stat().st_size > 5000, "no picture was made")
    steps.end(f"{figures} → panel.png")


def keep(orthanc: PrivateOrthanc) -> None:
    """Leave the server running, and say how to connect a Slicer to it."""
    pids = orthanc.detach()
    print(
        f"""
The server is left running. In Slicer, module OrthancConnect, connect to
   address      {orthanc.rest_url}
   user         {orthanc.user}
   password     {orthanc.password}
   certificate  {orthanc.fingerprint}
   DICOM        {orthanc.aet}@{orthanc.dicom_host}:{orthanc.dicom_port}, calling AE title \
{orthanc.calling_aet}, listener port {orthanc.storage_port}
Its files are in {orthanc.folder}. Stop it with: kill {" ".join(map(str, pids))}"""
    )


def run(output: Path, keep_running: bool) -> None:
    """Do all steps on a private server."""
    steps = Steps()
    with tempfile.TemporaryDirectory(prefix="orthancconnect-demo-") as temporary:
        work = Path(temporary)
        server_folder = Path(tempfile.mkdtemp(prefix="orthanc-")) if keep_running else None
        steps.begin("A private Orthanc, as a group would run it, with nginx for HTTPS")
        with PrivateOrthanc(folder=server_folder) as orthanc:
            steps.end(f"{orthanc.rest_url}, DICOM {orthanc.aet}@127.0.0.1:{orthanc.dicom_port}")
            steps.begin("Patients: CT volumes made here, and pydicom's sample files")
            files = make_data(work / "data")
            size = sum(path.stat().st_size for path in files)
            steps.end(f"{len(files)} DICOM files, {size / 1e6:.0f} MB, among other files")
            sources = by_instance(files)
            command = CommandLine(work / "configuration", orthanc.password)
            connect(steps, orthanc, command)
            scan(steps, command, work / "data", len(sources))
            upload(steps, command, work / "data", len(sources), output)
            series = query(steps, command)
            load(steps, retrieve(steps, command, work / "scans", sources, series), output)
            panel(steps, orthanc, output)
            if keep_running:
                keep(orthanc)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the server running")
    parser.add_argument("--output", type=Path, default=REPOSITORY / "demo-output")
    options = parser.parse_args(arguments)
    output: Path = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    try:
        run(output, options.keep)
    except StepFailed as fault:
        print(f"\nFAILED: {fault}", file=sys.stderr)
        return 1
    print(f"\nAll steps passed in {time.monotonic() - began:.1f} s. Pictures: {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
