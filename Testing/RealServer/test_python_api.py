"""The face for notebooks and scripts, where the page of the documents does not lead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keyring
import numpy as np
import pydicom
import pytest

from OrthancConnectCore.keychain import Keychain
from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.results import report, volume
from OrthancConnectCore.server import Server
from OrthancConnectCore.shared.errors import (
    InputError,
    PasswordNeededError,
    ProfileNotFoundError,
    TransportError,
)
from OrthancConnectCore.shared.profile import HTTPS, ServerProfile, TrustPolicy
from Support.data.dicom import save_dataset, write_small_instances
from Support.data.measured import MARKUPS, STATISTICS, result, same, source_images
from Support.fakes.keychains import MemoryKeyring
from Support.servers.orthanc import PrivateOrthanc


@pytest.fixture
def profile(
    orthanc: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ServerProfile:
    """The default profile of this computer."""
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"ORTHANCCONNECT_{name}_DIR", str(tmp_path / name))
    monkeypatch.setattr(keyring, "get_keyring", MemoryKeyring)
    trust = TrustPolicy.pinned(orthanc.fingerprint)
    profile = ServerProfile(
        "lab", orthanc.rest_url, orthanc.user, trust=trust, retrieve_method=HTTPS
    )
    ProfileStore().update(lambda known: known.put(profile, default=True))
    return profile


@pytest.fixture
def remembered(
    profile: ServerProfile, orthanc: PrivateOrthanc, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = MemoryKeyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: chain)
    for name in ("get_password", "set_password", "delete_password"):
        monkeypatch.setattr(keyring, name, getattr(chain, name))
    Keychain().remember(profile, orthanc.password)


def test_the_default_profile_logs_in_by_the_keychain(
    remembered: None, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    orthanc.store(*write_small_instances(tmp_path / "in", 6, patients=2, seed=91))
    with Server() as server:
        found = server.query(patient_id="SMALL*")
        assert [one.patient_id for one in found.patients] == ["SMALL0000", "SMALL0001"]
        assert server.retrieve(found.series, tmp_path / "out").stored == 6
        assert server.query(patient_id="NOBODY").studies == ()


def test_without_a_password_nothing_is_asked_of_the_server(profile: ServerProfile) -> None:
    with pytest.raises(PasswordNeededError):
        Server("lab")
    with pytest.raises(ProfileNotFoundError):
        Server("unknown")


def test_data_sets_leave_nothing_behind(
    remembered: None, orthanc: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    orthanc.store(*write_small_instances(tmp_path / "in", 3, seed=92))
    with Server() as server:
        found = server.query(patient_id="SMALL0000")
        datasets = server.datasets(found.series)
        assert next(datasets).PatientID == "SMALL0000"
        assert list(tmp_path.glob("orthancconnect-*"))
        datasets.close()
        assert not list(tmp_path.glob("orthancconnect-*"))
        assert len(list(server.datasets(found.series))) == 3
        assert not list(tmp_path.glob("orthancconnect-*"))


def test_the_same_uids_under_another_patient_stay_there(
    remembered: None, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    [own] = write_small_instances(tmp_path / "in", 1, seed=94)
    other = pydicom.dcmread(own)
    other.PatientID = "OTHER"
    other.save_as(tmp_path / "other.dcm")
    orthanc.store(own, tmp_path / "other.dcm")
    with Server() as server:
        found = server.query(patient_id="OTHER")
        assert [one.PatientID for one in server.datasets(found.series)] == ["OTHER"]
        [study] = found.studies
        assert server.labels(study, ["seen"]) == ("seen",)
        bare = replace(study, orthanc_id="")  # as of a query over DICOM
        with pytest.raises(InputError, match="2 times, of several patients"):
            server.labels(bare, ["lost"])
        [first] = server.query(patient_id="SMALL*").studies
        orthanc.request("DELETE", f"/studies/{first.orthanc_id}")
        assert server.labels(bare, remove=["seen"]) == ()


def test_no_data_set_comes_when_one_is_missing(
    remembered: None, orthanc: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orthanc.store(*write_small_instances(tmp_path / "in", 3, seed=93))
    with Server() as server:
        found = server.query(patient_id="SMALL0000")
        download = server.client.download_instance

        def cut(orthanc_id: str, *rest: Any, **more: Any) -> Any:
            raise TransportError("The line was cut.")

        monkeypatch.setattr(server.client, "download_instance", cut)
        monkeypatch.setattr(server.client, "download", cut)
        with pytest.raises(TransportError, match="Not all of the series could be fetched") as fault:
            next(server.datasets(found.series))
        assert fault.value.receipt["failed"] == 3
        monkeypatch.setattr(server.client, "download_instance", download)


def test_a_filter_that_makes_no_sense_is_named(remembered: None) -> None:
    with Server() as server, pytest.raises(InputError):
        server.query(study_date_from="yesterday")


def test_measurements_and_a_map_come_back_from_the_server(
    remembered: None, orthanc: PrivateOrthanc, tmp_path: Path
) -> None:
    """What `results` builds is what the server gives back, in the study of its source."""
    images = source_images(tmp_path / "ct")
    np.arange(24, dtype="<f4").tofile(tmp_path / "layer-0.raw")
    matrix = [2.0, 0.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    layer = {"file": "layer-0.raw", "type": "float32", "size": [4, 3, 2], "matrix": matrix}
    told = result(MARKUPS, STATISTICS, description="")
    built = [
        *report.build(tmp_path, told, images),
        *volume.build(tmp_path, {**told, "kind": "volume", "layers": [layer]}, images),
    ]
    for number, dataset in enumerate(built):
        save_dataset(dataset, tmp_path / f"{number}.dcm")
    with Server() as server:
        files = [image.filename for image in images]
        assert server.upload(*files, tmp_path / "0.dcm", tmp_path / "1.dcm").complete
        (study,) = server.query(patient_id=images[0].PatientID).studies
        by_modality = {one.modality: one for one in study.series}
        assert sorted(by_modality) == ["CT", "OT", "SR"]
        (back,) = server.datasets([by_modality["SR"]])
        (numbers,) = server.datasets([by_modality["OT"]])
    found = report.read(back)
    assert same(found["items"], MARKUPS) and same(found["statistics"], STATISTICS)
    frames = np.frombuffer(numbers.FloatPixelData, "<f4").reshape(2, 12)
    groups = [one.PlanePositionSequence[0] for one in numbers.PerFrameFunctionalGroupsSequence]
    by_height = {int(one.ImagePositionPatient[2]): frame for one, frame in zip(groups, frames)}
    assert (by_height[0] == np.arange(12)).all() and (by_height[3] == np.arange(12, 24)).all()
