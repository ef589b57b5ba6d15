"""De-identification within an upload: what the engine gets, and where key and list are kept."""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
import zipfile
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from OrthancConnectCore.deidentify.pseudonyms import key_name, load_or_make_key
from OrthancConnectCore.files import user_state_directory
from OrthancConnectCore.scan.files import FoundFile, iter_dicom_files
from OrthancConnectCore.shared.errors import ConfigurationError, InputError, MissingDependencyError
from OrthancConnectCore.shared.upload_options import DeidentifyChoice, UploadOptions
from OrthancConnectCore.upload.deidentification import Deidentification, key_name_of
from OrthancConnectCore.upload.job_file import (
    JobFile,
    jobs_folder,
    list_jobs,
    remove_job,
    remove_old_jobs,
)
from Support.data.dicom import write_ct_series
from Support.data.identified import (
    NAMES,
    NUMBERS,
    PLACES,
    file_bytes,
    identified_dataset,
    spellings,
    write_identified,
)

JOB = "0123456789abcdef"


def found(path: Path) -> list[FoundFile]:
    return [one for one in iter_dicom_files(path) if isinstance(one, FoundFile)]


def content(file: FoundFile) -> bytes:
    assert file.opener is not None
    with file.opener() as stream:
        return stream.read()


def test_a_prepared_file_is_another_file_of_the_same_place(tmp_path: Path) -> None:
    path = write_identified(tmp_path / "a.dcm")
    (file,) = found(path)
    with Deidentification(DeidentifyChoice(), JOB, tmp_path) as deidentification:
        ready = deidentification.prepare(file)
    assert (ready.path, ready.member, ready.mtime_ns) == (file.path, "", file.mtime_ns)
    assert content(ready) == content(ready) and len(content(ready)) == ready.size
    after = pydicom.dcmread(io.BytesIO(content(ready)))
    assert ready.identity is not None
    assert ready.identity.patient_id == after.PatientID == after.PatientName
    assert ready.identity[1:4] == (
        after.StudyInstanceUID,
        after.SeriesInstanceUID,
        after.SOPInstanceUID,
    )
    assert ready.identity.transfer_syntax_uid == after.file_meta.TransferSyntaxUID
    wanted = spellings([*NAMES, *NUMBERS, *PLACES])
    assert [word for word in wanted if word in content(ready)] == []


def test_members_of_archives_are_prepared_alike(tmp_path: Path) -> None:
    plain = file_bytes(identified_dataset())
    deflated = file_bytes(identified_dataset(), DeflatedExplicitVRLittleEndian)
    (tmp_path / "a.dcm").write_bytes(plain)
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one", plain)
        archive.writestr("two", deflated)
    with Deidentification(DeidentifyChoice(), JOB, tmp_path) as deidentification:
        ready = [deidentification.prepare(file) for file in found(tmp_path)]
    assert [file.member for file in ready] == ["", "b.zip!/one", "b.zip!/two"]
    assert content(ready[0]) == content(ready[1])
    assert ready[0].identity is not None and ready[2].identity is not None
    assert ready[0].identity[:4] == ready[2].identity[:4]
    assert len(content(ready[2])) == ready[2].size


def test_what_cannot_be_deidentified_is_refused(tmp_path: Path) -> None:
    document = identified_dataset()
    document.EncapsulatedDocument = b"%PDF-1.4 Perez"
    write_identified(tmp_path / "pdf.dcm", document)
    (tmp_path / "cut.dcm").write_bytes(file_bytes(identified_dataset())[:1500])
    files = found(tmp_path)
    (tmp_path / "gone.dcm").write_bytes(file_bytes(identified_dataset()))
    files += found(tmp_path / "gone.dcm")
    (tmp_path / "gone.dcm").unlink()
    with Deidentification(DeidentifyChoice(), JOB, tmp_path) as deidentification:
        for file in files:
            with pytest.raises(InputError) as caught:
                deidentification.prepare(file)
            assert caught.value.hint
            for word in NAMES + NUMBERS:
                assert word not in str(caught.value)
    assert len(files) == 3


def test_a_file_that_changes_afterwards_is_not_sent(tmp_path: Path) -> None:
    """Its pixels would be read from places where something else may stand now."""
    path = write_identified(tmp_path / "a.dcm")
    (file,) = found(path)
    with Deidentification(DeidentifyChoice(), JOB, tmp_path) as deidentification:
        ready = deidentification.prepare(file)
        before = path.stat()
        path.write_bytes("Pérez".encode() * (before.st_size // 6 + 1))
        with open(path, "r+b") as longer:
            longer.truncate(before.st_size)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1000))
        with pytest.raises(InputError, match="changed"):
            content(ready)
        with pytest.raises(InputError, match="changed"):
            deidentification.prepare(file)


def test_warnings_are_gathered_by_kind(tmp_path: Path) -> None:
    for number in range(20):
        write_identified(tmp_path / f"{number:02d}.dcm", SOPInstanceUID=f"1.2.3.{number}")
    write_identified(tmp_path / "drawn.dcm", BurnedInAnnotation="YES")
    files = found(tmp_path)
    with Deidentification(DeidentifyChoice(), JOB, tmp_path) as deidentification:
        threads = [
            threading.Thread(
                target=lambda part: [*map(deidentification.prepare, part)], args=[part]
            )
            for part in (files[:10], files[10:])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        notes = deidentification.notes
    text = "\n".join(notes)
    assert len(notes) == 5
    assert f"in 20 files (for example {tmp_path}" in notes[0] and "does not say" in notes[0]
    assert notes[1].startswith("Text may be burned into the pixels, in 1 file (for example ")
    assert "drawn.dcm" in notes[1]
    assert "Private elements, in 21 files" in text and "leftover" not in text
    assert str(deidentification.map_file) in notes[-1]
    assert not [word for word in NAMES + NUMBERS if word in text.replace(str(tmp_path), "")]


# The key ----------------------------------------------------------------------------------------


def test_words_that_may_be_a_name_are_noted_with_every_attribute(tmp_path: Path) -> None:
    for number, keyword in enumerate(("SoftwareVersions", "ConvolutionKernel", "SoftwareVersions")):
        dataset = identified_dataset("Mann^Li", f"NUMBER-{number}")
        dataset.SoftwareVersions = dataset.ConvolutionKernel = "V1"
        write_identified(tmp_path / f"{number}.dcm", dataset, **{keyword: "of Mannheim"})
    with Deidentification(DeidentifyChoice(), JOB, tmp_path) as deidentification:
        for file in found(tmp_path):
            deidentification.prepare(file)
        (note,) = [one for one in deidentification.notes if one.startswith("Words that may be")]
    assert "in 3 files" in note
    assert "stands in ConvolutionKernel, SoftwareVersions, which was kept" in note


def study(file: FoundFile, choice: DeidentifyChoice, job: str = JOB) -> str:
    with Deidentification(choice, job) as deidentification:
        ready = deidentification.prepare(file)
    assert ready.identity is not None
    return ready.identity.study_instance_uid


def test_a_job_keeps_its_key_until_it_is_forgotten(tmp_path: Path) -> None:
    (file,) = found(write_identified(tmp_path / "a.dcm"))
    job = JobFile("https://server", [str(tmp_path)], UploadOptions())
    first = study(file, DeidentifyChoice(), job.path.stem)
    assert study(file, DeidentifyChoice(), job.path.stem) == first
    key = job.path.with_suffix(".key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    secret = key.read_text().splitlines()[1]
    assert secret not in job.path.read_text()
    with pytest.raises(InputError, match="running"):
        remove_job(job.path.stem)
    assert key.exists()
    job.note({"stored": 1})
    job.close(is_over=False)
    assert len(list_jobs()) == 1
    assert remove_job(job.path.stem) and not key.exists()
    assert list(jobs_folder().iterdir()) == []
    assert study(file, DeidentifyChoice(), job.path.stem) != first
    assert study(file, DeidentifyChoice(), "another") != first


def test_old_keys_go_with_old_jobs(tmp_path: Path) -> None:
    (file,) = found(write_identified(tmp_path / "a.dcm"))
    job = JobFile("https://server", [str(tmp_path)], UploadOptions())
    study(file, DeidentifyChoice(), job.path.stem)
    job.note({"stored": 1})
    job.close(is_over=False)
    study(file, DeidentifyChoice(), "orphan")
    remove_old_jobs(1)
    assert len(list(jobs_folder().iterdir())) == 3
    for path in jobs_folder().iterdir():
        os.utime(path, (1e9, 1e9))
    new = study(file, DeidentifyChoice(), "new")
    remove_old_jobs(1)
    for mark in jobs_folder().glob("*.old"):  # made today, looked at tomorrow
        os.utime(mark, (1e9, 1e9))
    remove_old_jobs(1)
    assert [path.name for path in jobs_folder().iterdir()] == ["new.key"]
    assert study(file, DeidentifyChoice(), "new") == new


@pytest.mark.parametrize(
    ("content", "words"), [("", "is empty"), ("damaged", "holds no de-identification key")]
)
def test_a_lost_key_of_a_job_is_not_made_anew(content: str, words: str) -> None:
    jobs_folder().mkdir(parents=True)
    (jobs_folder() / f"{JOB}.key").write_text(content)
    with pytest.raises(ConfigurationError, match=words):
        Deidentification(DeidentifyChoice(), JOB)


@pytest.mark.parametrize("option", ["key_file", "map_file"])
@pytest.mark.parametrize("kind", ["DICOM", "notes", "pipe"])
def test_no_file_of_another_kind_is_taken_or_changed(
    tmp_path: Path, option: str, kind: str
) -> None:
    path = tmp_path / "named"
    if kind == "DICOM":
        write_identified(path)
    elif kind == "notes":
        path.write_text("attribute,original\n")
    else:
        os.mkfifo(path)
    path.chmod(0o644)
    before = path.stat()
    with pytest.raises(ConfigurationError, match=r"can't be used: It is no|holds no|is not a list"):
        Deidentification(DeidentifyChoice(**{option: str(path)}), JOB)
    after = path.stat()
    assert (after.st_mode, after.st_size) == (before.st_mode, before.st_size)


def test_a_saved_key_is_the_same_for_every_job(tmp_path: Path) -> None:
    (file,) = found(write_identified(tmp_path / "a.dcm"))
    choice = DeidentifyChoice(key_file=str(tmp_path / "study.key"))
    assert study(file, choice, "one") == study(file, choice, "two")
    assert not list(jobs_folder().glob("*.key"))
    name = key_name_of(choice)
    assert name == key_name(load_or_make_key(tmp_path / "study.key"))
    assert key_name_of(DeidentifyChoice()) == key_name_of(None) == ""
    (tmp_path / "study.key").unlink()
    assert key_name_of(choice) != name


def test_without_a_file_of_the_job_the_key_lives_as_long_as_the_run(tmp_path: Path) -> None:
    (file,) = found(write_identified(tmp_path / "a.dcm"))
    assert study(file, DeidentifyChoice(), "") != study(file, DeidentifyChoice(), "")
    with Deidentification(DeidentifyChoice()) as deidentification:
        assert any("could not be kept" in note for note in deidentification.notes)
    assert not jobs_folder().exists()


# The list ---------------------------------------------------------------------------------------


def test_the_list_is_kept_in_the_state_folder_and_goes_on(tmp_path: Path) -> None:
    files = found(write_identified(tmp_path / "a.dcm").parent)
    with Deidentification(DeidentifyChoice(), JOB) as first:
        ready = first.prepare(files[0])
    path = first.map_file
    assert path.parent == user_state_directory() / "maps" and path.name.startswith(f"{JOB}-20")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert ready.identity is not None
    assert f"PatientID,PAT-00123-X,{ready.identity.patient_id}" in path.read_text()
    with Deidentification(DeidentifyChoice(), JOB) as again:
        assert again.map_file == path
    (jobs_folder() / f"{JOB}.key").unlink()
    path.rename(path.with_name(f"{JOB}-20200101-000000.csv"))
    with Deidentification(DeidentifyChoice(), JOB) as other:
        assert other.map_file.name != f"{JOB}-20200101-000000.csv"


@pytest.mark.parametrize("where", ["folder", "other.csv", "file/below.csv"])
def test_a_list_that_cannot_be_written_stops_before_anything_is_sent(
    tmp_path: Path, where: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigurationError, match="pseudonyms"):
        Deidentification(DeidentifyChoice(map_file=str(tmp_path / where)), JOB)


def test_a_state_folder_that_is_none_stops_as_well(tmp_path: Path) -> None:
    user_state_directory().parent.mkdir(parents=True)
    user_state_directory().write_text("a file")
    with pytest.raises(ConfigurationError):
        Deidentification(DeidentifyChoice(), JOB)
    with pytest.raises(ConfigurationError):
        Deidentification(DeidentifyChoice())


def test_key_and_list_are_nothing_that_an_upload_takes(tmp_path: Path) -> None:
    write_ct_series(tmp_path, slices=1, rows=16, columns=16)
    choice = DeidentifyChoice(str(tmp_path / "study.key"), str(tmp_path / "map.csv"))
    for file in found(tmp_path):
        study(file, choice)
    assert len(list(tmp_path.iterdir())) == 3 and len(found(tmp_path)) == 1


def test_odd_choices_and_a_missing_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for choice in (DeidentifyChoice(dates="some"), DeidentifyChoice(prefix="lower")):
        with pytest.raises(ConfigurationError):
            Deidentification(choice, JOB)
    for name in [name for name in sys.modules if name.partition(".")[0] == "dicognito"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "dicognito", None)
    with pytest.raises(MissingDependencyError) as caught:
        Deidentification(DeidentifyChoice(key_file=str(tmp_path / "study.key")), JOB)
    assert caught.value.facts == {"package": "dicognito", "extra": "deidentify"}
    assert list(tmp_path.iterdir()) == [] and not user_state_directory().exists()
