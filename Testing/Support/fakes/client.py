"""A client of the upload that answers to order, and the promise that every receipt keeps."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import threading
import zipfile
from dataclasses import replace
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Union

from OrthancConnectCore.network.transport import ChunkedBody, SizedBody
from OrthancConnectCore.orthanc.client import StoreResult
from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id, study_orthanc_id
from OrthancConnectCore.shared.errors import (
    BadDicomFileError,
    ConnectionFailedError,
    NotFoundError,
    OrthancConnectError,
)
from OrthancConnectCore.shared.profile import ServerProfile
from OrthancConnectCore.shared.receipts import Receipt
from Support.data.pydicom_identity import identify

CUT = ConnectionFailedError("The connection broke.", "Try again.", cause="closed")
Body = Union[bytes, SizedBody]


class FakeClient:
    """Stands for the server; `answer` gets each body and the number of the request.

    `studies` is what it has: Orthanc's identifier of a study → those of its instances.
    """

    def __init__(
        self,
        answer: Optional[Callable[[bytes, int], Any]] = None,
        system: Optional[OrthancConnectError] = None,
    ) -> None:
        self.profile = ServerProfile("fake", "https://127.0.0.1:1", parallel_transfers=3)
        self.bodies: List[bytes] = []
        self.answered = system is None
        self.streamed = self.compressed = 0
        self.probes = 0
        self.studies: Dict[str, List[str]] = {}
        self.md5s: Dict[str, str] = {}
        self._acknowledged: Dict[str, List[str]] = {}
        self.asked_for: List[str] = []
        self.archives: List[int] = []
        self.round_trip = 0.0
        self._answer = answer
        self._system = system
        self._lock = threading.Lock()

    def system(self) -> None:
        self.probes += 1
        if self._system is not None:
            raise self._system

    def _raise_if_away(self) -> None:
        """As a server that neither answers a probe nor takes the next file."""
        if self._system is not None and self._answer is not None:
            fault = self._answer(b"", len(self.bodies) + 1)
            if isinstance(fault, OrthancConnectError):
                raise fault

    def study_instances(self, study_orthanc_id: str) -> List[str]:
        self.asked_for.append(study_orthanc_id)
        self._raise_if_away()
        there = [*self.studies.get(study_orthanc_id, ())]
        there += self._acknowledged.get(study_orthanc_id, ())
        if not there:
            facts = {"status_code": 404, "method": "GET", "path": f"/studies/{study_orthanc_id}"}
            raise NotFoundError("Gone.", "", **facts)
        return there

    def find_uids(
        self, _level: str, _uids: Iterable[str], _keyword: str
    ) -> Iterator[Dict[str, Any]]:
        """As if everything had one of the UIDs."""
        self.asked_for.append("/tools/find")
        self._raise_if_away()
        for study in {**self.studies, **self._acknowledged}:
            there = self.studies.get(study, []) + self._acknowledged.get(study, [])
            yield {"ParentStudy": study, "Instances": there}

    def stored_md5(self, orthanc_id: str) -> str:
        studies = [*self.studies.values(), *self._acknowledged.values()]
        if not any(orthanc_id in there for there in studies):
            raise NotFoundError("Gone.", "", status_code=404, method="GET", path="/md5")
        return self.md5s[orthanc_id]

    def get_text(self, path: str) -> str:
        raise NotFoundError("Gone.", "", status_code=404, method="GET", path=path)

    def keep(self, content: bytes) -> str:
        """Have an instance from now on; return its identifier."""
        identity = identify(content)
        if identity is None or identity.patient_id is None:
            return "id"
        name = instance_orthanc_id(identity.patient_id, *identity[1:4])
        study = study_orthanc_id(identity.patient_id, identity.study_instance_uid)
        with self._lock:
            there = self._shelf.setdefault(study, [])
            if name not in there:
                there.append(name)
                self.md5s[name] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return name

    @property
    def _shelf(self) -> Dict[str, List[str]]:
        """Where what is kept goes: it is told in the end, and is nothing that was there before."""
        return self._acknowledged

    def upload_instance(self, body: Body) -> StoreResult:
        if isinstance(body, SizedBody):
            self.streamed += 1
            content = b"".join(iter(lambda: body.read(65536), b""))
            assert len(content) == len(body)
        else:
            content = body
        with self._lock:
            self.bodies.append(content)
            number = len(self.bodies)
        if self._answer is not None:
            result = self._answer(content, number)
            if isinstance(result, OrthancConnectError):
                raise result
            if isinstance(result, StoreResult):
                return replace(result, orthanc_id=self.keep(content))
        return StoreResult(self.keep(content), already_stored=False)

    def upload_archive(self, body: bytes) -> List[StoreResult]:
        """As Orthanc: what it takes is answered, what it does not take is passed over."""
        results = []
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                content = archive.read(name)
                try:
                    result = self.upload_instance(content)
                except BadDicomFileError:
                    continue
                identity = identify(content)
                assert identity is not None and identity.patient_id is not None
                found = instance_orthanc_id(identity.patient_id, *identity[1:4])
                results.append(replace(result, orthanc_id=found))
        self.archives.append(len(results))
        return results

    def upload_compressed(self, body: Union[bytes, ChunkedBody]) -> StoreResult:
        """Take the content as if it had come as it is."""
        if isinstance(body, ChunkedBody):
            body = b"".join(iter(lambda: body.read(65536), b""))
        self.compressed += 1
        return self.upload_instance(gzip.decompress(body))


class KeepingClient(FakeClient):
    """Stands for a server that keeps what it is sent, and tells what it has; refuses some."""

    def __init__(self, answer: Optional[Callable[[bytes, int], Any]] = None) -> None:
        super().__init__(answer)
        self.refused: List[bytes] = []
        self.posts = 0

    @property
    def kept(self) -> int:
        """How many instances it has."""
        return sum(map(len, self.studies.values()))

    def upload_instance(self, body: Body) -> StoreResult:
        with self._lock:
            self.posts += 1
        if body in self.refused:
            raise bad_file(b"", 0)
        before = self.kept
        result = super().upload_instance(body)
        return replace(result, already_stored=self.kept == before)

    @property
    def _shelf(self) -> Dict[str, List[str]]:
        return self.studies


def bad_file(_content: bytes, _number: int) -> OrthancConnectError:
    return BadDicomFileError(
        "The server refused POST /instances: HTTP 400 (Bad file format).", "Check the file."
    )


def only(content: bytes, fault: OrthancConnectError) -> Callable[[bytes, int], Any]:
    """An answer that is `fault` for one file and fine for all others."""
    return lambda body, _number: fault if body == content else None


def check(receipt: Receipt) -> Receipt:
    """Hold the receipt against its own promise."""
    told = receipt.skipped + receipt.failed + receipt.different
    assert receipt.expected == receipt.stored + receipt.already_stored + told + receipt.missing
    assert len(receipt.problems) == told
    assert all(row.reason.isprintable() and row.item.isprintable() for row in receipt.problems)
    assert Receipt.from_dict(json.loads(json.dumps(receipt.to_dict()))) == receipt
    return receipt
