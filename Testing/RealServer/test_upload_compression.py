"""Compressed bodies, to a real Orthanc behind nginx: what is stored is what the files hold."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, List

import pytest

from OrthancConnectCore.network.transport import Body
from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.upload import run as upload_module
from OrthancConnectCore.upload import sending as upload_sending
from OrthancConnectCore.upload.pace import Pace
from OrthancConnectCore.upload.run import upload
from Support.data.dicom import write_ct_series, write_small_instances
from Support.servers.orthanc import PrivateOrthanc


class AlwaysCompressing(Pace):
    """Wants every body compressed from the first one on."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.compressing = True


@pytest.mark.parametrize("read_whole", [upload_sending.READ_WHOLE, 1000])
def test_what_went_compressed_is_stored_as_it_was(
    orthanc: PrivateOrthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_whole: int
) -> None:
    files = write_ct_series(tmp_path / "data", slices=3)
    files += write_small_instances(tmp_path / "data", 20)
    monkeypatch.setattr(upload_module, "Pace", AlwaysCompressing)
    monkeypatch.setattr(upload_sending, "READ_WHOLE", read_whole)
    sent: List[Body] = []
    send = OrthancClient.upload_compressed

    def upload_compressed(self: OrthancClient, body: Body) -> Any:
        sent.append(body)
        return send(self, body)

    monkeypatch.setattr(OrthancClient, "upload_compressed", upload_compressed)
    profile = ServerProfile(
        "private",
        orthanc.rest_url,
        user=orthanc.user,
        trust=TrustPolicy.pinned(orthanc.fingerprint),
    )
    with OrthancClient(profile, Credentials(orthanc.user, orthanc.password)) as client:
        receipt = upload(client, tmp_path / "data")
    assert receipt.complete and receipt.stored == len(sent) == 23
    stored = {
        orthanc.request("GET", f"/instances/{identifier}/file")
        for identifier in orthanc.get_json("/instances")
    }
    assert stored == {path.read_bytes() for path in files}
    if read_whole > 1000:
        small = [body for body in sent if isinstance(body, bytes)]
        assert {gzip.decompress(body) for body in small} == stored
