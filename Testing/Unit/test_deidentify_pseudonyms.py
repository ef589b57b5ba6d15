"""Pseudonyms: the same from the same key, apart for different patients, kept in private files."""

from __future__ import annotations

import errno
import io
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from OrthancConnectCore.deidentify import pseudonyms
from OrthancConnectCore.deidentify.basic_profile import ACTIONS
from OrthancConnectCore.deidentify.deidentifier import Deidentifier
from OrthancConnectCore.deidentify.pseudonyms import key_name, load_or_make_key, new_key
from OrthancConnectCore.shared.errors import ConfigurationError
from OrthancConnectCore.shared.upload_options import DeidentifyChoice
from Support.data.dicom import write_ct_series
from Support.data.identified import (
    KEY,
    cleaned,
    file_bytes,
    identified_dataset,
    read,
    write_identified,
)


def test_the_same_key_gives_the_same_pseudonyms_in_later_runs(tmp_path: Path) -> None:
    files = write_ct_series(tmp_path, slices=3, rows=16, columns=16)
    first = [cleaned(path.read_bytes()) for path in files]
    with Deidentifier(KEY) as deidentifier:
        again = [deidentifier.deidentify(partial(open, path, "rb")) for path in reversed(files)]
    assert {one.read() for one in first} == {one.read() for one in again}
    for attribute, count in (("patient_id", 1), ("study_instance_uid", 1), ("sop_instance_uid", 3)):
        assert len({getattr(one, attribute) for one in first}) == count
    other = cleaned(files[0].read_bytes(), new_key())
    assert other.patient_id != first[0].patient_id
    assert other.study_instance_uid != first[0].study_instance_uid


def test_references_between_instances_still_fit() -> None:
    first = identified_dataset()
    second = identified_dataset()
    second.SOPInstanceUID = "1.2.3.4"
    result, other = cleaned(file_bytes(first)), cleaned(file_bytes(second))
    assert result.sop_instance_uid != other.sop_instance_uid
    reference = read(other).ReferencedImageSequence[0]
    assert reference.ReferencedSOPInstanceUID == result.sop_instance_uid
    assert reference.ReferencedSOPClassUID == first.SOPClassUID
    assert read(result).FrameOfReferenceUID == read(other).FrameOfReferenceUID


def test_patients_stay_apart(tmp_path: Path) -> None:
    same_name = [cleaned(file_bytes(identified_dataset(patient_id=one))) for one in ("A", "B")]
    assert same_name[0].patient_id != same_name[1].patient_id
    assert read(same_name[0]).PatientName == same_name[0].patient_id
    nameless = []
    for name in ("Pérez^Ana", "Pérez^Eva"):
        dataset = identified_dataset(name)
        del dataset.PatientID
        nameless.append(cleaned(file_bytes(dataset)))
    assert len({one.patient_id for one in nameless}) == 2
    assert all(len(one.patient_id) == 12 for one in nameless)
    padded = cleaned(file_bytes(identified_dataset(patient_id="A  ")))
    assert padded.patient_id == same_name[0].patient_id


def test_patient_ids_that_differ_or_come_from_others_are_other_people(tmp_path: Path) -> None:
    map_file = tmp_path / "map.csv"
    qualifiers = Dataset()
    qualifiers.UniversalEntityID, qualifiers.UniversalEntityIDType = "1.2.3", "ISO"
    new: dict[object, tuple[str, str]] = {}
    with Deidentifier(KEY, DeidentifyChoice(dates="shift"), map_file) as deidentifier:
        for patient_id, issuer in [
            *(("A B", ""), ("AB", ""), (" AB", ""), ("A\\B", ""), ("A|B", ""), ("AB", "North")),
            *(("AB", "South"), ("AB", qualifiers)),
        ]:
            dataset = identified_dataset(patient_id=patient_id)
            del dataset.IssuerOfPatientID
            if isinstance(issuer, Dataset):
                dataset.IssuerOfPatientIDQualifiersSequence = [issuer]
            elif issuer:
                dataset.IssuerOfPatientID = issuer
            content = file_bytes(dataset)
            result = deidentifier.deidentify(lambda c=content: io.BytesIO(c))
            new[patient_id, str(issuer)] = result.patient_id, read(result).StudyDate
    assert len({one for one, _date in new.values()}) == len(new)
    assert len({date for _one, date in new.values()}) > len(new) // 2
    lines = map_file.read_text(encoding="utf-8").splitlines()
    for issuer in ("North", "South"):
        pseudonym = new["AB", issuer][0]
        assert f"PatientID,AB,{pseudonym}" in lines
        assert f"IssuerOfPatientID,{issuer},{pseudonym}" in lines
    # Without an issuer, what an earlier version made of the same key.
    assert new["AB", ""][0] == "KY7PP6OY9SDY"


def test_a_prefix() -> None:
    result = cleaned(file_bytes(identified_dataset()), prefix="STX7")
    assert result.patient_id.startswith("STX7") and len(result.patient_id) == 12
    for prefix in ("lower", "A B", "ABCDE", "Ä", "A\\B"):
        with pytest.raises(ConfigurationError):
            Deidentifier(KEY, DeidentifyChoice(prefix=prefix))
    with pytest.raises(ConfigurationError):
        Deidentifier(KEY, DeidentifyChoice(dates="some"))


def test_the_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "study.key"
    key = load_or_make_key(path)
    assert len(key) == 64 and load_or_make_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    load_or_make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key not in key_name(key) and key_name(key) != key_name(new_key())
    for content, words in (
        (b"", "empty"),
        (b"nonsense", "no de-identification key"),
        (os.urandom(500), "no de-identification key"),
        (b"OrthancConnect de-identification key 1\nab\n", "no de-identification key"),
    ):
        path.write_bytes(content)
        path.chmod(0o644)
        with pytest.raises(ConfigurationError, match=words):
            load_or_make_key(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o644  # somebody's file, and left alone
    with pytest.raises(ConfigurationError):
        load_or_make_key(tmp_path)
    path.unlink()  # as the empty one's hint says
    assert load_or_make_key(path) != key


def test_a_key_on_a_disk_that_is_not_there_is_no_new_key(tmp_path: Path) -> None:
    path = tmp_path / "study.key"
    path.symlink_to(tmp_path / "stick" / "study.key")
    with pytest.raises(ConfigurationError, match="No such file"):
        load_or_make_key(path)
    assert os.listdir(tmp_path) == ["study.key"]


def test_a_process_that_is_killed_while_it_makes_a_key_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "study.key"
    script = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from OrthancConnectCore.deidentify.pseudonyms import load_or_make_key\n"
        "os.fsync = lambda _handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "load_or_make_key(Path(sys.argv[1]))"
    )
    place = str(Path(pseudonyms.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={**os.environ, "PYTHONPATH": place},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL and not path.exists()
    assert load_or_make_key(path) == load_or_make_key(path)


def test_many_that_make_a_key_at_once_have_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, all_there = tmp_path / "keys" / "study.key", threading.Barrier(8)

    def slowly() -> str:
        time.sleep(0.1)  # the others come meanwhile
        return new_key()

    def make(_number: int) -> str:
        all_there.wait(10)
        return load_or_make_key(path)

    monkeypatch.setattr(pseudonyms, "new_key", slowly)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(make, range(8)))
    assert keys == {load_or_make_key(path)}


def test_no_key_is_left_where_it_could_not_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ConfigurationError, match="No space"):
            load_or_make_key(tmp_path / "study.key")
    assert load_or_make_key(tmp_path / "study.key")


def test_the_list_of_pseudonyms_is_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "private" / "map.csv"
    dataset = identified_dataset()
    dataset.StudyID = "=1+1\nx"
    source = write_identified(tmp_path / "a.dcm", dataset)
    for _ in range(2):
        with Deidentifier(KEY, map_file=path) as deidentifier:
            result = deidentifier.deidentify(partial(open, source, "rb"))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "attribute,original,pseudonym"
    assert f"PatientID,PAT-00123-X,{result.patient_id}" in lines
    assert f"PatientName,Pérez García^Núria,{result.patient_id}" in lines
    assert f"SOPInstanceUID,{dataset.SOPInstanceUID},{result.sop_instance_uid}" in lines
    assert any(line.startswith("StudyID,'=1+1 x,") for line in lines)
    assert len(lines) == len(set(lines)) == 9
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigurationError):
        Deidentifier(KEY, map_file=tmp_path / "other.csv")


def test_threads_share_one(tmp_path: Path) -> None:
    content = file_bytes(identified_dataset())
    expected = cleaned(content).read()
    wrong = []
    with Deidentifier(KEY, map_file=tmp_path / "map.csv") as deidentifier:

        def work() -> None:
            for _ in range(10):
                if deidentifier.deidentify(lambda: io.BytesIO(content)).read() != expected:
                    wrong.append(1)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


# Options ----------------------------------------------------------------------------------------


def test_shifted_dates_keep_their_distances() -> None:
    dataset = identified_dataset()
    dataset.SeriesDate = "20260305"
    dataset.RadiopharmaceuticalInformationSequence = [Dataset()]
    dataset.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime = "093000"
    after = read(cleaned(file_bytes(dataset), dates="shift"))

    def day(text: str) -> datetime:
        return datetime.strptime(text[:8], "%Y%m%d")

    assert 62 <= (day("20260302") - day(after.StudyDate)).days <= 730
    assert (day(after.SeriesDate) - day(after.StudyDate)).days == 3
    assert after.AcquisitionDateTime[:8] == after.StudyDate
    assert after.AcquisitionDateTime[8:] == "101530.250000+0100"
    assert after.StudyTime == after.AcquisitionTime == "101530.25"
    item = after.RadiopharmaceuticalInformationSequence[0]
    assert item.RadiopharmaceuticalStartTime == "093000"
    assert not after.PatientBirthDate
    other = read(cleaned(file_bytes(identified_dataset(patient_id="B")), dates="shift"))
    assert other.StudyDate != after.StudyDate
    codes = [item.CodeValue for item in after.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113107"]
    assert after.LongitudinalTemporalInformationModified == "MODIFIED"


def test_kept_dates_and_characteristics() -> None:
    result = cleaned(
        file_bytes(identified_dataset()), dates="keep", keep_patient_characteristics=True
    )
    after = read(result)
    assert (after.StudyDate, after.ContentTime) == ("20260302", "101530.25")
    assert (after.PatientSex, after.PatientAge, after.PatientWeight) == ("F", "064Y", 71.5)
    assert not after.PatientBirthDate
    codes = [item.CodeValue for item in after.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113106", "113108"]
    assert after.LongitudinalTemporalInformationModified == "UNMODIFIED"


@pytest.mark.parametrize("date", ["", "2026", "00000000", "20269999", "2026.03.02", "nonsense"])
def test_odd_dates_do_not_stop_a_shift(date: str) -> None:
    content = file_bytes(identified_dataset()).replace(b"20260302", date.ljust(8)[:8].encode())
    after = read(cleaned(content, dates="shift"))
    assert "nonsense" not in after.StudyDate


def test_the_table_is_consistent() -> None:
    assert len(ACTIONS) == 617
    assert ACTIONS[0x00100010] == "Z" and ACTIONS[0x0008103E] == "X" and ACTIONS[0x0020000D] == "U"
