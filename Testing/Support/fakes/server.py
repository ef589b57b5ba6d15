"""A server's REST side made of dictionaries, for tests of retrieving without a server."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Iterator, Optional, Sequence

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from requests.structures import CaseInsensitiveDict

from OrthancConnectCore.dicom.part10 import element, file_head
from OrthancConnectCore.orthanc.answers import UnexpectedAnswer, read_json
from OrthancConnectCore.orthanc.client import OrthancClient, SystemInfo
from OrthancConnectCore.orthanc.identifiers import (
    instance_orthanc_id,
    patient_orthanc_id,
    study_orthanc_id,
)
from OrthancConnectCore.retrieve.files import Wanted
from OrthancConnectCore.retrieve.run import SeriesTarget
from OrthancConnectCore.shared.errors import (
    ConnectionFailedError,
    NotFoundError,
    PermissionDeniedError,
)
from OrthancConnectCore.shared.profile import ServerProfile

PROFILE = ServerProfile("s", "https://server:8042", parallel_transfers=2)
CT, EXPLICIT, JPEG = str(CTImageStorage), str(ExplicitVRLittleEndian), "1.2.840.10008.1.2.4.70"
METADATA = {"SopClassUid": CT, "TransferSyntax": JPEG}


def series_id(patient_id: str, study_uid: str, series_uid: str) -> str:
    """Return the identifier that the fake gives to a series."""
    return study_orthanc_id(patient_id, f"{study_uid}|{series_uid}")


class FakeClient:
    """The REST side of a server that holds what it is told to hold."""

    def __init__(self, content: Optional[dict[tuple[str, str, str], list[str]]] = None) -> None:
        self.profile = PROFILE
        #: (patient ID, study, series) → SOP Instance UIDs
        self.content = content or {("P", "1.1", "1.1.1"): ["1.1.1.1", "1.1.1.2", "1.1.1.3"]}
        self.bulk = True
        self.only_reading = False
        self.faults: dict[str, list[Any]] = {}
        self.asked: list[str] = []
        self.size = 300_000
        #: SOP Instance UID → the size that it tells in place of the truth.
        self.sizes: dict[str, int] = {}
        #: Whether answers tell the MD5 of what they bring, and whether the server notes it at all.
        self.tells_md5 = self.notes_md5 = True
        #: Whether one request tells the MD5s of a series, as since 1.12.5.
        self.tells_attachments = False
        #: Rows that one such request tells at most (``LimitFindResults``).
        self.limit: Optional[int] = None
        self.md5s_asked = self.most_in_bulk = 0
        #: SOP Instance UID → what is sent in place of the truth.
        self.lies: dict[str, bytes] = {}

    def system(self) -> SystemInfo:
        return SystemInfo("", "1.12.5" if self.tells_attachments else "1.10.1", "ORTHANC", 4242)

    # What it holds --------------------------------------------------------------------------------

    def find(self, level: str, query: dict[str, str], **page: Any) -> list[Any]:
        """As a server without LimitFindResults: the first page is all that was asked for."""
        if self.only_reading:
            raise PermissionDeniedError("may not", status_code=403)
        if "Since" in page:
            return [] if query else ["another"]
        ((keyword, value),) = query.items()
        wanted = [part.casefold() for part in value.split("\\")]
        return [
            record
            for record in self.records(level)
            if str(self.tags(record)[keyword]).casefold() in wanted
        ]

    find_uids = OrthancClient.find_uids

    @staticmethod
    def tags(record: dict[str, Any]) -> dict[str, Any]:
        return {**record["MainDicomTags"], **record.get("RequestedTags", {})}

    def records(self, level: str) -> list[dict[str, Any]]:
        found = {}
        for (patient, study, series), instances in self.content.items():
            record = self.study(patient, study)
            if level == "Series":
                record = {
                    "ID": series_id(patient, study, series),
                    "ParentStudy": study_orthanc_id(patient, study),
                    "MainDicomTags": {"SeriesInstanceUID": series},
                    "RequestedTags": record["MainDicomTags"],
                    "Instances": [
                        instance_orthanc_id(patient, study, series, uid or "0") for uid in instances
                    ],
                }
            found[record["ID"]] = record
        return list(found.values())

    @staticmethod
    def study(patient: str, study: str) -> dict[str, Any]:
        return {
            "ID": study_orthanc_id(patient, study),
            "ParentPatient": patient_orthanc_id(patient),
            "MainDicomTags": {"StudyInstanceUID": study},
            "PatientMainDicomTags": {"PatientID": patient},
        }

    def get_json(self, path: str, shape: Any = object) -> Any:
        return shaped(self.answer(path), shape)

    def answer(self, path: str) -> Any:
        path, _, page = path.partition("?")
        parts = path.strip("/").split("/")
        if page:
            level = {"studies": "Study", "series": "Series"}[parts[0]]
            return self.records(level) if "since=0" in page else []
        if parts[0] == "patients":
            found = [one for one in self.records("Study") if one["ParentPatient"] == parts[1]]
            if not found:
                raise NotFoundError("no such patient", status_code=404)
            return found
        if parts[-1] == "series":
            return [one for one in self.records("Series") if one["ParentStudy"] == parts[1]]
        if parts[-1] == "instances":
            return self.instances([parts[1]])
        level = {"studies": "Study", "series": "Series"}[parts[0]]
        return next(one for one in self.records(level) if one["ID"] == parts[1])

    def post_json(
        self, path: str, request: dict[str, Any], shape: Any = object, **_more: Any
    ) -> Any:
        return shaped(self.answer_to(path, request), shape)

    def answer_to(self, path: str, request: dict[str, Any]) -> Any:
        if path == "/tools/find":
            return self.attachments(request["Query"]["SeriesInstanceUID"].split("\\"))
        assert path == "/tools/bulk-content"
        if not self.bulk or self.only_reading:
            raise NotFoundError("no such path", status_code=404)
        names = request["Resources"]
        self.most_in_bulk = max(self.most_in_bulk, len(names))
        series = [series_id(*key) for key in self.content]
        found = [
            one for one in self.instances(series) if {one["ID"], one["ParentSeries"]} & {*names}
        ]
        return [{**one, "Metadata": METADATA} for one in found]

    def attachments(self, series_uids: Sequence[str]) -> list[Any]:
        if self.only_reading:
            raise PermissionDeniedError("may not", status_code=403)
        wanted = [series_id(*key) for key in self.content if key[2] in series_uids]
        rows = self.instances(wanted)
        if not self.tells_attachments:
            return [one["ID"] for one in rows]
        return [
            {
                **{name: one[name] for name in ("ID", "ParentSeries", "MainDicomTags")},
                "Metadata": METADATA,
                "Attachments": [
                    {
                        "ContentType": kind,
                        "UncompressedMD5": self.md5(one["ID"]),
                        "UncompressedSize": one["FileSize"] if kind == 1 else 7,
                        "Uuid": one["FileUuid"] if kind == 1 else "header",
                    }
                    for kind in (2, 1, 3)
                ],
            }
            for one in rows[: self.limit]
        ]

    def instances(self, series_ids: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "ID": instance_orthanc_id(*key, uid),
                "FileSize": self.sizes.get(uid, self.size),
                "FileUuid": hashlib.md5(uid.encode()).hexdigest(),
                "ParentSeries": series_id(*key),
                "MainDicomTags": {"SOPInstanceUID": uid},
            }
            for key, uids in self.content.items()
            for uid in uids
            if series_id(*key) in series_ids and uid
        ]

    # What it sends --------------------------------------------------------------------------------

    def of(self, orthanc_id: str) -> tuple[str, bytes]:
        """SOP Instance UID and content of an instance."""
        for key, uids in self.content.items():
            for uid in uids:
                if uid and instance_orthanc_id(*key, uid) == orthanc_id:
                    return uid, file_of(*key, uid, self.size)
        raise NotFoundError("no such instance", status_code=404)

    def stored_md5(self, orthanc_id: str) -> str:
        self.md5s_asked += 1
        return self.md5(orthanc_id)

    def md5(self, orthanc_id: str) -> str:
        return hashlib.md5(self.of(orthanc_id)[1]).hexdigest() if self.notes_md5 else ""

    def download(self, path: str, on_fields: Any, *, size: int) -> Iterator[bytes]:
        _, _, orthanc_id, *_ = path.split("/")
        uid, content = self.of(orthanc_id)
        self.asked.append(uid)
        faults = self.faults.get(uid, [])
        fault = faults.pop(0) if faults else None
        told = {"ETag": f'"0-{self.md5(orthanc_id)}"'} if self.tells_md5 else {}
        on_fields(CaseInsensitiveDict(told))
        content = self.lies.get(uid, content)
        for start in range(0, len(content), 100_000):
            if start == 100_000 and isinstance(fault, BaseException):
                raise fault
            if start == 100_000 and fault is not None:
                fault()
            yield content[start : start + 100_000]

    def targets(self) -> list[SeriesTarget]:
        return [SeriesTarget(*key, series_id(*key), len(self.content[key])) for key in self.content]


def shaped(answer: Any, shape: Any) -> Any:
    """Return an answer as the client does, which has a shape."""
    try:
        return read_json(json.dumps(answer).encode(), shape)
    except UnexpectedAnswer as error:
        raise ConnectionFailedError(str(error), "Check.", cause="not_orthanc") from error


def dataset_of(patient: str, study: str, series: str, uid: str, size: int) -> bytes:
    """Return a dataset of about so many bytes, in Explicit VR Little Endian."""
    head = b"".join(
        element(tag, vr, value.encode())
        for tag, vr, value in (
            (0x00080018, b"UI", uid),
            (0x00100020, b"LO", patient),
            (0x0020000D, b"UI", study),
            (0x0020000E, b"UI", series),
        )
    )
    return head + element(0x7FE00010, b"OB", bytes((size - len(head) - 12) // 2 * 2))


def file_of(patient: str, study: str, series: str, uid: str, size: int) -> bytes:
    """Return a file of exactly so many bytes, an even number."""
    head = file_head(CT, uid, JPEG)
    return head + dataset_of(patient, study, series, uid, size - len(head))


def cut_connection() -> ConnectionFailedError:
    return ConnectionFailedError("The answer was cut.", "Try again.", cause="cut")


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def wanted(uid: str, series: str, sop_class: str, syntax: str = EXPLICIT) -> Wanted:
    """One instance of a plan."""
    name = instance_orthanc_id("P", "1", series, uid)
    return Wanted(name, uid, series, "1", Path("x") / uid, 10, sop_class, syntax)
