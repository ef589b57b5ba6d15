"""Results on the disk, as Slicer's process writes them."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Sequence, Union

import pydicom
import pytest

from OrthancConnectCore.orthanc.client import OrthancClient
from OrthancConnectCore.results import kept
from OrthancConnectCore.results.listing import results_of
from OrthancConnectCore.results.send import Sending, send
from OrthancConnectCore.shared.credentials import Credentials
from OrthancConnectCore.shared.disk import write_private
from OrthancConnectCore.shared.errors import OperationCancelled
from OrthancConnectCore.shared.events import CancelToken
from OrthancConnectCore.shared.results import NAME, StudyResult
from Support.scenarios.doctor_cases import server_profile
from Support.scenarios.field import given
from Support.servers.orthanc import PrivateOrthanc

CREATED = "2026-11-29T22:00:00+01:00"
SCENE = b"PK" + bytes(range(256)) * 400


def record(kind: str, images: Sequence[Path], **more: Any) -> dict[str, Any]:
    """Return the record of a result that was made from images."""
    first = pydicom.dcmread(images[0], stop_before_pixels=True) if images else pydicom.Dataset()
    told = {
        **{"format": 1, "kind": kind, "title": "Lésion 肝", "author": "Núria Pérez"},
        **{"created": CREATED, "description": "", "series_number": None, "replaces": None},
        "source": {
            "patient_id": str(first.get("PatientID", "")),
            "study_instance_uid": str(first.get("StudyInstanceUID", "")),
            "series_instance_uid": str(first.get("SeriesInstanceUID", "")),
            "files": [str(path) for path in images],
        },
        "origin": f"a {kind} of this scene",
    }
    return {**told, **more}


def keep(told: Mapping[str, Any], parts: Optional[Mapping[str, Union[bytes, Path]]] = None) -> str:
    """Write a result into the queue, and return its name there."""
    folder = kept.new()
    _write(folder, told, parts)
    return folder.name


def _write(
    folder: Path, told: Mapping[str, Any], parts: Optional[Mapping[str, Union[bytes, Path]]]
) -> None:
    for name, content in (parts or {}).items():
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            shutil.copy(content, folder / name)
    write_private(folder / NAME, json.dumps(told))


def _scene(images: Sequence[Path], content: bytes, **more: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(content).hexdigest()
    facts = {"file": "scene.mrb", "size": len(content), "sha256": sha256}
    return record("scene", images, **{**facts, **more})


def keep_scene(images: Sequence[Path], content: bytes, **more: Any) -> str:
    """Write a scene into the queue."""
    return keep(_scene(images, content, **more), {"scene.mrb": content})


def write_scene(folder: Path, images: Sequence[Path]) -> None:
    """Write a scene into a folder that a worker made for it."""
    _write(folder, _scene(images, SCENE), {"scene.mrb": SCENE})


def keep_line(images: Sequence[Path], name: str = "L", **more: Any) -> str:
    """Write a measurement into the queue."""
    value = {"name": "length", "value": 10.0, "unit": "mm", "code": None}
    item = {
        **{"kind": "line", "name": name, "color": [1, 0, 0], "labels": ["a", "b"]},
        **{"points": [[0, 0, 0], [10, 0, 0]], "values": [value]},
        **{"center": None, "axes": None, "size": None},
    }
    return keep(record("measurements", images, **{"items": [item], "statistics": [], **more}))


def keep_volume(images: Sequence[Path], **more: Any) -> str:
    """Write a volume into the queue: Slicer's exporter has copied its source."""
    parts = {f"IMG{number:04d}.dcm": path for number, path in enumerate(images)}
    return keep(record("volume", images, **{"files": list(parts), **more}), parts)


def client_of(server: PrivateOrthanc, **changes: Any) -> OrthancClient:
    """Return a client of a server, with some fields of its profile changed."""
    profile = server_profile(server, **changes)
    return OrthancClient(profile, Credentials(server.user, server.password))


def study_of(server: PrivateOrthanc) -> str:
    """Return Orthanc's identifier of the only study that a server has."""
    [study] = server.get_json("/studies")
    return str(study)


def sent(client: OrthancClient, *result_ids: str, **options: Any) -> Sending:
    """Send results, of which none fails or is left."""
    sending = send(client, result_ids, **options)
    given(sending.receipt.failed == 0, sending.receipt.problems)
    given(kept.waiting() == [], kept.waiting())
    return sending


def listed(client: OrthancClient, server: PrivateOrthanc) -> list[StudyResult]:
    """Return the results of the only study that a server has."""
    return results_of(client, study_of(server))


class ImpatientToken(CancelToken):
    """Is cancelled when it is looked at for the nth time, and counts."""

    def __init__(self, patience: float = math.inf) -> None:
        super().__init__()
        self.looks, self._patience = 0, patience

    def raise_if_cancelled(self) -> None:
        self.looks += 1
        if self.looks >= self._patience:
            self.cancel()
        super().raise_if_cancelled()


def looks_of(build: Callable[[CancelToken], object]) -> int:
    """Return how often something looks whether it is cancelled; it ends wherever it is."""
    token = ImpatientToken()
    build(token)
    for look in range(1, token.looks + 1):
        with pytest.raises(OperationCancelled):
            build(ImpatientToken(look))
    return token.looks
