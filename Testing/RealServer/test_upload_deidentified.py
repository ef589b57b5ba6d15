"""``upload --deidentify`` against a real Orthanc: nothing that it stores tells of the patients."""

from __future__ import annotations

import io
import stat
import time
import zlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
)

from OrthancConnectCore.files import user_state_directory
from OrthancConnectCore.upload.job_file import jobs_folder, list_jobs
from Support.data.dicom import write_group_folder, write_small_instances
from Support.data.identified import (
    KEY,
    NAMES,
    NUMBERS,
    PLACES,
    file_bytes,
    identified_dataset,
    meta_end,
    spellings,
    write_identified,
)
from Support.process.command_line import CommandLine, Said
from Support.process.ports import wait_until_unconnected
from Support.servers.orthanc import PrivateOrthanc
from Support.servers.wiretap import Wiretap

CHARACTER_SETS = {
    "latin1": ("ISO_IR 100", "Müller^Jürgen"),
    "latin2": ("ISO_IR 101", "Šimůnek^Jiří"),
    "cyrillic": ("ISO_IR 144", "Люкceмбypг^Юрий"),
    "chinese": ("GB18030", "Wang^XiaoDong=王^小东"),
    "japanese": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
}


def write_everything(folder: Path) -> list[Path]:
    """Three patients' series, and files that betray theirs in all ways and encodings."""
    groups = write_group_folder(folder, slices=4, rows=32, columns=32)
    files = [path for group in groups.values() for path in group]
    for name, syntax in (
        ("implicit", ImplicitVRLittleEndian),
        ("big", ExplicitVRBigEndian),
        ("deflated", DeflatedExplicitVRLittleEndian),
    ):
        dataset = identified_dataset()
        dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID[:50]}.{len(files)}"
        files.append(folder / f"{name}.dcm")
        files[-1].write_bytes(file_bytes(dataset, syntax))
    for name, (character_set, patient) in CHARACTER_SETS.items():
        dataset = identified_dataset("x", f"PAT-{name}-9")
        # What is there is written as UTF-8: only what this character set can say stays.
        for element in list(dataset):
            if element.VR in ("LO", "SH", "ST", "LT", "UT", "PN", "SQ") or element.tag.is_private:
                del dataset[element.tag]
        dataset.SpecificCharacterSet, dataset.PatientName = character_set, patient
        dataset.PatientID, dataset.AccessionNumber = f"PAT-{name}-9", "ACC-98765"
        dataset.ImageComments = dataset.ManufacturerModelName = f"of {patient.split('^')[0]}"
        files.append(write_identified(folder / f"{name}.dcm", dataset))
    files.append(write_identified(folder / "identified.dcm"))
    return files


def telltale(datasets: list[Dataset]) -> set[bytes]:
    """All that must not be stored, in all spellings."""
    words = {*NAMES, *NUMBERS, *PLACES}
    for dataset in datasets:
        for element in dataset.iterall():
            text = str(element.value)
            if element.VR == "PN":
                words.update(part for part in text.replace("=", "^").split("^") if len(part) > 1)
            elif element.VR == "UI" and not element.keyword.endswith("ClassUID"):
                words.add(text)
            elif element.VR in ("DA", "DT"):
                words.add(text[:8])
            elif element.keyword in ("PatientID", "AccessionNumber", "InstitutionName"):
                words.add(text)
            elif element.tag.is_private and element.VR in ("LO", "PN"):
                words.add(text)
    short = {"LATE", "x", "NATIV", "TRAUMA"}
    found = spellings(word for word in words if len(word) > 1 and word not in short)
    return {word for word in found if len(word) >= 4}  # fewer bytes are met by chance


def inside(content: bytes) -> bytes:
    """A file's bytes, inflated where they are compressed."""
    if b"1.2.840.10008.1.2.1.99" not in content[:400]:
        return content
    end = meta_end(content)
    return content[:end] + zlib.decompressobj(-zlib.MAX_WBITS).decompress(content[end:])


def stored(server: PrivateOrthanc) -> dict[str, bytes]:
    return {
        one: server.request("GET", f"/instances/{one}/file")
        for one in server.get_json("/instances")
    }


def upload(line: CommandLine, server: PrivateOrthanc, *arguments: Any) -> Said:
    command = ("upload", "--password-stdin", "--json", "--deidentify")
    return line.run(*command, *arguments, stdin=server.password + "\n")


def test_nothing_stored_or_sent_tells_of_the_patients(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_everything(tmp_path / "data")
    originals = [pydicom.dcmread(path) for path in files]
    wanted = telltale(originals)
    assert all(any(word in inside(path.read_bytes()) for word in wanted) for path in files)
    # A known key: names drawn by chance would now and then be one of the patients' own.
    (tmp_path / "study.key").write_text(f"OrthancConnect de-identification key 1\n{KEY}\n")
    keys = ("--key-file", tmp_path / "study.key")
    with Wiretap(server.http_port) as tap:
        url = f"http://127.0.0.1:{tap.port}"
        login = ("--user", server.user, "--allow-insecure-http", "--default")
        assert line.run("profile", "add", "tapped", url, *login).code == 0
        plainly = ("--parallel", 1, "--no-compression")
        said = upload(line, server, tmp_path / "data", *keys, "--verify", *plainly)
    assert said.code == 0, said
    assert said.data["stored"] == said.data["verified"] == len(files) == server.count()
    sent = bytes(tap.sent[server.http_port])
    contents = stored(server)
    assert all(content in sent for content in contents.values())
    assert [word for word in wanted if word in sent] == []
    for content in contents.values():
        assert [word for word in wanted if word in inside(content)] == []
    listed = b"".join(
        server.request("GET", f"/{level}?expand")
        for level in ("patients", "studies", "series", "instances")
    )
    assert [word for word in wanted if word in listed] == []

    # The list of pseudonyms is this computer's, and its owner's alone.
    (maps,) = (user_state_directory() / "maps").iterdir()
    assert stat.S_IMODE(maps.stat().st_mode) == 0o600
    assert str(maps) in said.data["notes"][-1]
    rows = [row.split(",") for row in maps.read_text(encoding="utf-8").splitlines()]
    assert b"attribute,original,pseudonym" not in sent
    assert KEY.encode() not in sent and KEY not in line.everything + maps.read_text()
    check_uids(originals, contents, {(row[0], row[1]): row[2] for row in rows})

    # A second run with the saved key, on the command line's usual way: nothing is sent.
    before = server.count()
    again = upload(line, server, tmp_path / "data", *keys, "--profile", "lab")
    assert again.code == 0 and again.data["already_stored"] == len(files), again
    assert again.data["bytes"] == 0 and server.count() == before
    assert stored(server) == contents


def check_uids(
    originals: list[Dataset], contents: dict[str, bytes], pseudonyms: dict[tuple[str, str], str]
) -> None:
    """What belonged together still does, and what did not does not."""
    after = {}
    for content in contents.values():
        dataset = pydicom.dcmread(io.BytesIO(content))
        after[str(dataset.SOPInstanceUID)] = dataset
    seen = defaultdict(set)
    for original in originals:
        new = after[pseudonyms["SOPInstanceUID", original.SOPInstanceUID]]
        assert new.pixel_array.tobytes() == original.pixel_array.tobytes()
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
            if keyword in original:
                seen[keyword, str(original[keyword].value)].add(str(new[keyword].value))
        seen["PatientID", str(original.PatientID)].add(str(new.PatientID))
        assert pseudonyms["StudyInstanceUID", original.StudyInstanceUID] == new.StudyInstanceUID
    assert all(len(news) == 1 for news in seen.values())
    assert len({(place[0], *news) for place, news in seen.items()}) == len(seen)
    for original in originals:
        for reference in original.get("ReferencedImageSequence", []):
            new = after[pseudonyms["SOPInstanceUID", original.SOPInstanceUID]]
            named = new.ReferencedImageSequence[0].ReferencedSOPInstanceUID
            target = pseudonyms.get(("SOPInstanceUID", reference.ReferencedSOPInstanceUID))
            assert named == target


def test_killed_and_resumed_it_goes_on_with_the_same_pseudonyms(
    line: CommandLine, server: PrivateOrthanc, tmp_path: Path
) -> None:
    files = write_small_instances(tmp_path / "data", count=300, patients=3, series=2)
    for aim in (40, 120):
        process = line.start("upload", tmp_path / "data", "--password-stdin", "--deidentify")
        assert process.stdin is not None
        process.stdin.write(server.password.encode() + b"\n")
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while server.count() < aim and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
        process.communicate()
        wait_until_unconnected(server.https_port)
        assert aim <= server.count() < len(files)
        (key,) = jobs_folder().glob("*.key")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        secret = key.read_text().splitlines()[1]
        assert secret not in key.with_suffix(".json").read_text()
    said = upload(line, server, tmp_path / "data")
    assert said.code == 0 and said.data["already_stored"] >= 120, said
    levels = ("Patients", "Studies", "Series", "Instances")
    assert [server.count(level) for level in levels] == [3, 3, 6, len(files)]
    (maps,) = (user_state_directory() / "maps").iterdir()
    rows = maps.read_text(encoding="utf-8").splitlines()
    assert sum(row.startswith("SOPInstanceUID,") for row in rows) == len(files)
    uids = {one["MainDicomTags"]["SOPInstanceUID"] for one in server.get_json("/instances?expand")}
    assert uids == {row.split(",")[2] for row in rows if row.startswith("SOPInstanceUID,")}
    assert list_jobs() == [] and not list(jobs_folder().glob("*.key"))
    assert secret not in line.everything
