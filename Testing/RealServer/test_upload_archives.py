"""Archives of CT slices to a real Orthanc: every pixel arrives, nothing is unpacked."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Set

import pydicom

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.upload.run import upload
from Support.data.archives import tar_of, zip_of
from Support.data.dicom import write_ct_series
from Support.servers.orthanc import PrivateOrthanc


def pixels(content: bytes) -> str:
    dataset = pydicom.dcmread(pydicom.filebase.DicomBytesIO(content))
    return f"{dataset.SOPInstanceUID} {hashlib.sha256(dataset.PixelData).hexdigest()}"


def pixels_stored(server: PrivateOrthanc) -> Set[str]:
    return {
        pixels(server.request("GET", f"/instances/{orthanc_id}/file"))
        for orthanc_id in server.get_json("/instances")
    }


def test_zip_and_tar_of_ct_slices(orthanc: PrivateOrthanc, tmp_path: Path) -> None:
    files = write_ct_series(tmp_path / "CT", slices=16, rows=768, columns=768)
    content = [path.read_bytes() for path in files]
    assert len(content[0]) > 1024 * 1024  # streamed

    def named(first: int) -> dict[str, bytes]:
        return {f"CT/IM{number:03d}": content[number] for number in range(first, first + 4)}

    data = tmp_path / "data"
    data.mkdir()
    (data / "stored.zip").write_bytes(zip_of(named(0), zipfile.ZIP_STORED))
    nested = {"inner/deflated.zip": zip_of(named(4)), "readme.txt": b"by hand", **named(8)}
    (data / "nested.zip").write_bytes(zip_of(nested))
    (data / "series.tar.gz").write_bytes(tar_of(named(12), "w:gz"))
    profile = ServerProfile(
        "archives",
        orthanc.rest_url,
        user=orthanc.user,
        trust=TrustPolicy.pinned(orthanc.fingerprint),
    )
    with OrthancClient(profile, Credentials(orthanc.user, orthanc.password)) as client:
        receipt = upload(client, data)
        assert receipt.complete and receipt.summary() == "16 stored, 1 skipped"
        assert [row.item for row in receipt.problems] == [f"{data}/nested.zip!/readme.txt"]
        assert pixels_stored(orthanc) == {pixels(one) for one in content}
        again = upload(client, data)
    assert again.already_stored == orthanc.count() == 16
    assert sorted(path.name for path in data.iterdir()) == [
        *("nested.zip", "series.tar.gz", "stored.zip")
    ]
