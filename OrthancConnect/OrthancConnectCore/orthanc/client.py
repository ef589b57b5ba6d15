"""Orthanc's REST API, as far as we use it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Tuple,
)
from urllib.parse import quote

from ..network.bounds import listing
from ..network.transport import Body, Transport
from ..shared.errors import (
    BadDicomFileError,
    ConnectionFailedError,
    NotFoundError,
)
from ..shared.validation import can_be_asked_for, plain_text
from .answers import (
    RECORD,
    STORED,
    NoJson,
    UnexpectedAnswer,
    check_shape,
    read_json,
)

#: UIDs joined by a backslash in one ``/tools/find``; a longer list is asked for in parts.
_UIDS_A_REQUEST = 200
_UPLOAD = "POST /instances"
_SYSTEM = {
    "Version": str,
    "DicomPort": int,
    "Name?": str,
    "DicomAet?": str,
    "OverwriteInstances?": bool,
}
#: Orthanc's first versions with labels, and with ``ResponseContent``.
_LABELS_SINCE, _CONTENT_SINCE = (1, 12), (1, 12, 5)
#: Orthanc's ErrorCode_InexistentTag: the answer to an upload without SOP Instance UID.
_INEXISTENT_TAG = 21


@dataclass(frozen=True)
class SystemInfo:
    """What ``GET /system`` tells, texts as plain text.

    Attributes
    ----------
    version : str
        For example ``1.12.7`` or ``mainline``.
    overwrites : bool, optional
        Its ``OverwriteInstances``, told since Orthanc 1.11; None where it does not tell.
    """

    name: str
    version: str
    dicom_aet: str
    dicom_port: int
    overwrites: Optional[bool] = None

    @property
    def has_labels(self) -> bool:
        """Whether the server has labels of its own; see `orthanc.labels`."""
        return self._is_since(_LABELS_SINCE)

    @property
    def tells_content(self) -> bool:
        """Whether a query of the server tells all of what it finds (``ResponseContent``)."""
        return self._is_since(_CONTENT_SINCE)

    def _is_since(self, version: Tuple[int, ...]) -> bool:
        numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", self.version)
        return numbers is None or tuple(map(int, numbers.groups("0"))) >= version


@dataclass(frozen=True)
class StoreResult:
    """What ``POST /instances`` answered for one instance.

    What was `already_stored` before kept its content.
    """

    orthanc_id: str
    already_stored: bool
    study_orthanc_id: str = ""


class OrthancClient(Transport):
    """Typed calls to one Orthanc server; see `Transport` for its parameters."""

    #: Whether `system` was answered once.
    answered = False

    def get_json(
        self, path: str, params: Optional[Mapping[str, Any]] = None, shape: Any = object
    ) -> Any:
        """Return the JSON answer to a ``GET``, which is at most as long as a listing.

        Raises
        ------
        ConnectionFailedError
            It has not the shape (`orthanc.answers`).
        """
        content = self.request("GET", path, params=params, bound=listing())
        return self._json(content, f"GET {path}", shape)

    def get_text(self, path: str) -> str:
        """Return the text answer to a ``GET``."""
        return self.request("GET", path).decode("utf-8", errors="replace")

    def put_json(self, path: str, content: Any) -> None:
        """Send JSON by ``PUT``; the answer's body is not looked at."""
        self.request("PUT", path, json_body=content)

    def post_json(
        self,
        path: str,
        content: Any,
        *,
        read_timeout: Optional[float] = None,
        idempotent: bool = False,
        shape: Any = object,
    ) -> Any:
        """Send JSON by ``POST``; return the JSON answer, None when it is empty.

        It is sent once, unless it is `idempotent` (see `request`).
        """
        answer = self.request(
            "POST",
            path,
            json_body=content,
            read_timeout=read_timeout,
            idempotent=idempotent,
            bound=listing(),
        )
        return self._json(answer, f"POST {path}", shape) if answer.strip() else None

    def delete(self, path: str) -> None:
        """Send a ``DELETE``; the answer's body is not looked at."""
        self.request("DELETE", path)

    def _json(self, content: bytes, request: str, shape: Any = object) -> Any:
        try:
            return read_json(content, shape)
        except NoJson as error:
            raise self._not_orthanc() from error
        except UnexpectedAnswer as error:
            raise self._unexpected(request, error) from error

    def _unexpected(self, request: str, what: object) -> ConnectionFailedError:
        return ConnectionFailedError(
            f"The server's answer to {request} is not what Orthanc answers: {what}.",
            "Check host, port and path of the address, and what changes answers on the way.",
            cause="not_orthanc",
        )

    def _not_orthanc(self) -> ConnectionFailedError:
        return ConnectionFailedError(
            f"What answers at {self.profile.shown_url} is not Orthanc.",
            "Check host, port and path of the address.",
            cause="not_orthanc",
        )

    def system(self) -> SystemInfo:
        """Return the server's identity (``GET /system``).

        Raises
        ------
        ConnectionFailedError
            Something else than Orthanc answers there.
        """
        data = self.system_record()
        return SystemInfo(
            name=plain_text(data.get("Name", ""), 64),
            version=plain_text(data["Version"], 40),
            dicom_aet=plain_text(data.get("DicomAet", ""), 16),
            dicom_port=data["DicomPort"],
            overwrites=data.get("OverwriteInstances"),
        )

    def system_record(self) -> Dict[str, Any]:
        """Return all that ``GET /system`` tells; see `system`."""
        try:
            data: Dict[str, Any] = read_json(self.request("GET", "/system"), _SYSTEM)
            if not 1 <= data["DicomPort"] <= 65535:
                raise UnexpectedAnswer("DicomPort is none")
        except (UnexpectedAnswer, NotFoundError) as error:
            raise self._not_orthanc() from error
        self.answered = True
        return data

    def upload_instance(self, body: Body) -> StoreResult:
        """Store one DICOM instance through ``POST /instances``.

        Raises
        ------
        BadDicomFileError
            Orthanc could not parse the file, or a filter on the server turned it away.

        Notes
        -----
        Orthanc REST API, ``POST /instances``. Orthanc answers 404 to a file without SOP Instance
        UID, and 200 with another status to one that a Lua script or a plugin filtered out.
        """
        return self._store(body, {})

    def upload_compressed(self, body: Body) -> StoreResult:
        """Store one DICOM instance whose bytes are compressed by gzip (since Orthanc 1.6)."""
        return self._store(body, {"Content-Encoding": "gzip"})

    def upload_archive(self, body: bytes) -> List[StoreResult]:
        """Store what Orthanc takes for DICOM instances in a zip archive (since Orthanc 1.8.2)."""
        answer = self._post(body, {"Content-Type": "application/zip"})
        entries = answer if isinstance(answer, list) else [answer]
        return [self._store_result(one) for one in entries if _is_kept(one)]

    def _post(self, body: Body, fields: Mapping[str, str], shape: Any = object) -> Any:
        answer = self.request("POST", "/instances", body=body, headers=fields, idempotent=True)
        return self._json(answer, _UPLOAD, shape)

    def _store(self, body: Body, fields: Mapping[str, str]) -> StoreResult:
        try:
            data = self._post(body, {"Content-Type": "application/dicom", **fields}, dict)
        except NotFoundError as error:
            if error.facts.get("orthanc_status") != _INEXISTENT_TAG:
                raise self._not_orthanc() from error
            raise BadDicomFileError(
                "The server found no SOP Instance UID in the file.",
                "Check that the file is a complete DICOM instance.",
                **error.facts,
            ) from error
        if _is_kept(data):
            return self._store_result(data)
        status = data.get("Status")
        raise BadDicomFileError(
            f"The server did not keep the file: {plain_text(status or 'no status', 60)}.",
            "Ask the administrator which filter on the server turns it away.",
            status_code=200,
            method="POST",
            path="/instances",
            orthanc_status=None,
            details=plain_text(status, 60),
        )

    def _store_result(self, answer: Mapping[str, Any]) -> StoreResult:
        try:
            check_shape(answer, STORED)
        except UnexpectedAnswer as error:
            raise self._unexpected(_UPLOAD, error) from error
        if not answer["ID"]:
            raise self._unexpected(_UPLOAD, "it names no instance")
        study = answer.get("ParentStudy", "")
        return StoreResult(answer["ID"], answer["Status"] == "AlreadyStored", study)

    def find(
        self, level: str, query: Mapping[str, str], *, expand: bool = True, **more: Any
    ) -> List[Any]:
        """Search the server by DICOM attributes (``POST /tools/find``).

        Parameters
        ----------
        level : str
            ``Patient``, ``Study``, ``Series`` or ``Instance``.
        query : mapping
            DICOM keyword → value, with the wildcards and lists of DICOM PS3.4 C.2.2.2.
        expand : bool
            Whole records (dict) instead of Orthanc identifiers (str).
        **more : Any
            Further members of the request, as ``Since`` and ``Limit``, which stand for a page of
            the answer, and since Orthanc 1.12 ``Labels``.
        """
        request = {"Level": level, "Query": dict(query), "Expand": expand, **more}
        answer = self.request(
            "POST", "/tools/find", json_body=request, idempotent=True, bound=listing()
        )
        found: List[Any] = self._json(answer, "POST /tools/find", [RECORD if expand else str])
        return found

    def find_uids(
        self, level: str, uids: Iterable[str], keyword: str = ""
    ) -> Iterator[Dict[str, Any]]:
        """Yield the records of a level that have one of these UIDs, its own or those of `keyword`.

        There may be any number of them; a request asks for some together.
        """
        for joined in _joined(uids):
            yield from self.find(level, {keyword or f"{level}InstanceUID": joined})

    def series_counts(self, series_instance_uids: Iterable[str]) -> Dict[Tuple[str, str], int]:
        """Return the number of instances that the server has of each series; none of unknown ones.

        The keys are Orthanc's identifier of the study and the Series Instance UID, since a UID may
        stand under several patients.
        """
        counts: Dict[Tuple[str, str], int] = {}
        for record in self.find_uids("Series", series_instance_uids):
            uid = tag(record, "MainDicomTags", "SeriesInstanceUID")
            if uid:
                key = (str(record.get("ParentStudy")), uid)
                counts[key] = counts.get(key, 0) + len(record.get("Instances", ()))
        return counts

    def study_instances(self, study_orthanc_id: str) -> Iterator[str]:
        """Yield Orthanc's identifiers of all instances of a study (``GET /studies/{id}/series``).

        Raises
        ------
        NotFoundError
            The server has no such study.
        """
        path = f"/studies/{_quoted(study_orthanc_id)}/series"
        for series in self.get_json(path, shape=[RECORD]):
            yield from series.get("Instances", ())

    def stored_md5(self, orthanc_id: str) -> str:
        """Return the MD5 of an instance's file as Orthanc noted it; empty where it notes none.

        Raises
        ------
        NotFoundError
            The server has no such instance.

        Notes
        -----
        ``GET /instances/{id}/attachments/dicom/md5``, of the file before any storage compression.
        Without ``StoreMD5ForAttachments`` Orthanc answers as if there were no such attachment.
        """
        path = f"/instances/{_quoted(orthanc_id)}/attachments/dicom/md5"
        try:
            return self.get_text(path).strip().lower()
        except NotFoundError:
            self.stored_size(orthanc_id)
            return ""

    def stored_size(self, orthanc_id: str) -> int:
        """Return the bytes of an instance's file (``GET …/attachments/dicom/size``).

        Raises
        ------
        NotFoundError
            The server has no such instance.
        """
        path = f"/instances/{_quoted(orthanc_id)}/attachments/dicom/size"
        size: int = self._json(self.request("GET", path), f"GET {path}", int)
        return size

    def disk_size(self, path: str, kind: str = "DiskSize") -> int:
        """Return the bytes that a resource (``/series/{id}``) takes (``GET …/statistics``).

        As ``UncompressedSize`` they are those of its files, whatever the server's own compression.

        Raises
        ------
        NotFoundError
            The server has no such resource.
        """
        path += "/statistics"
        text = self.get_json(path, shape={kind: str})[kind]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise self._unexpected(f"GET {path}", UnexpectedAnswer(f"{kind} is no number"))
        return int(text)

    def put_metadata(self, study_orthanc_id: str, name: str, value: str) -> None:
        """Set metadata of a study (``PUT /studies/{id}/metadata/{name}``).

        Raises
        ------
        OrthancHttpError
            The server knows no metadata of this name, or keeps it for itself (below 1024).
        """
        path = f"/studies/{_quoted(study_orthanc_id)}/metadata/{_quoted(name)}"
        fields = {"Content-Type": "text/plain"}
        self.request("PUT", path, body=value.encode("utf-8"), headers=fields)

    def download_instance(self, orthanc_id: str, size: int = 0) -> Iterator[bytes]:
        """Yield the stored bytes of one instance in blocks (``GET /instances/{id}/file``).

        It should have `size` bytes, 0 when that is not known: hardly more is read.

        Raises
        ------
        NotFoundError
            The server has it no longer.
        TransportError
            The connection broke before the end.
        """
        return self.download(f"/instances/{_quoted(orthanc_id)}/file", size=size)


def _quoted(part: str) -> str:
    return quote(part, safe="")


def _joined(uids: Iterable[str]) -> Iterator[str]:
    """Yield UIDs as values of a query, as many in each as one request may ask for."""
    wanted = [uid for uid in dict.fromkeys(uids) if can_be_asked_for(uid)]
    for start in range(0, len(wanted), _UIDS_A_REQUEST):
        yield "\\".join(wanted[start : start + _UIDS_A_REQUEST])


def _is_kept(answer: Any) -> bool:
    """Return whether ``POST /instances`` says that an instance is there."""
    return isinstance(answer, dict) and answer.get("Status") in ("Success", "AlreadyStored")


def tag(record: Any, group: str, keyword: str) -> str:
    """Return a text in one of the groups of a record; empty where there is none."""
    tags = record.get(group) if isinstance(record, dict) else None
    value = tags.get(keyword) if isinstance(tags, dict) else None
    if not isinstance(value, str):
        return ""
    return value.rstrip("\0 ") if keyword == "PatientID" else value.strip("\0 ")
