"""The face for notebooks and scripts, where the page of the documents does not lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keyring
import pytest

from OrthancConnectCore.keychain import Keychain
from OrthancConnectCore.profile_store import ProfileStore
from OrthancConnectCore.server import Server
from OrthancConnectCore.shared.errors import (
    InputError,
    PasswordNeededError,
    ProfileNotFoundError,
    TransportError,
)
from OrthancConnectCore.shared.profile import HTTPS, ServerProfile, TrustPolicy
from Support.data.dicom import write_small_instances
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
