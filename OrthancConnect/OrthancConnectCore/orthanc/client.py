"""Orthanc's REST API, as far as we use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Set,
    Tuple,
)
from urllib.parse import quote

from ..network.bounds import listing
from ..network.transport import Body
from ..shared.errors import BadDicomFileError, NotFoundError
from ..shared.validation import can_be_asked_for, plain_text
from .answers import (
    RECORD,
    STORED,
    JsonTransport,
    UnexpectedAnswer,
    check_shape,
    read_json,
    whole_number,
)

#: UIDs joined by a backslash in one ``/tools/find``; a longer list is asked for in parts.
_UIDS_A_REQUEST = 100
_UPLOAD = "POST /instances"
_SYSTEM = {
    "Version": str,
    "DicomPort": int,
    "Name?": str,
    "DicomAet?": str,
    "OverwriteInstances?": bool,
}
#: Orthanc's ErrorCode_InexistentTag: the answer to an upload without SOP Instance UID.
_INEXISTENT_TAG = 21


@dataclass(frozen=True)
class SystemInfo:
    """What ``GET /system`` tells.

    Attributes
    ----------
    name : str
        Orthanc's ``Name``, as plain text.
    version : str
        Orthanc's version, for example ``1.12.7`` or ``mainline``.
    dicom_aet : str
        Orthanc's ``DicomAet``.
    dicom_port : int
        Orthanc's ``DicomPort``.
    overwrites : bool, optional
        Its ``OverwriteInstances``, told since Orthanc 1.11; None where it does not tell.
    """

    name: str
    version: str
    dicom_aet: str
    dicom_port: int
    overwrites: Optional[bool] = None


@dataclass(frozen=True)
class StoreResult:
    """What ``POST /instances`` answered for one instance.

    Attributes
    ----------
    orthanc_id : str
        Orthanc's identifier of the instance.
    already_stored : bool
        Whether Orthanc had it before; its content was then kept.
    study_orthanc_id : str
        Orthanc's identifier of its study.
    """

    orthanc_id: str
    already_stored: bool
    study_orthanc_id: str = ""


class OrthancClient(JsonTransport):
    """Typed calls to one Orthanc server; see `Transport` for its parameters.

    Attributes
    ----------
    answered : bool
        Whether `system` was answered once.
    """

    answered = False

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

        Parameters
        ----------
        body : bytes or SizedBody
            The file's content; a `SizedBody` is rewound before a second try.

        Returns
        -------
        StoreResult
            Orthanc identifier, and whether the instance was already stored.

        Raises
        ------
        BadDicomFileError
            Orthanc could not parse the file, or a filter on the server turned it away.

        Notes
        -----
        Orthanc REST API, ``POST /instances``. Orthanc answers 404 to a file without SOP Instance
        UID, and 200 with another status to one that a Lua script or a plugin filtered out.
        """
        return self._store(body)

    def upload_compressed(self, body: Body) -> StoreResult:
        """Store one DICOM instance whose bytes are compressed by gzip; see `upload_instance`.

        Notes
        -----
        ``Content-Encoding: gzip``, since Orthanc 1.6; the instance is stored as it was before.
        """
        return self._store(body, **{"Content-Encoding": "gzip"})

    def upload_archive(self, body: bytes) -> List[StoreResult]:
        """Store the DICOM instances in a zip archive (``POST /instances``, since Orthanc 1.8.2).

        Returns
        -------
        list of StoreResult
            One for each member that Orthanc took; what it took for no instance is left out.
        """
        answer = self._json(self._post_instances(body, "application/zip"), _UPLOAD)
        entries = answer if isinstance(answer, list) else [answer]
        return [self._store_result(one) for one in entries if _is_kept(one)]

    def _post_instances(self, body: Body, content_type: str, **more: str) -> bytes:
        fields = {"Content-Type": content_type, **more}
        return self.request("POST", "/instances", body=body, headers=fields, idempotent=True)

    def _store(self, body: Body, **more: str) -> StoreResult:
        try:
            answer = self._post_instances(body, "application/dicom", **more)
        except NotFoundError as error:
            if error.facts.get("orthanc_status") != _INEXISTENT_TAG:
                raise self._not_orthanc() from error
            raise BadDicomFileError(
                "The server found no SOP Instance UID in the file.",
                "Check that the file is a complete DICOM instance.",
                **error.facts,
            ) from error
        data = self._json(answer, _UPLOAD, dict)
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
        self,
        level: str,
        query: Mapping[str, str],
        *,
        expand: bool = True,
    ) -> List[Any]:
        """Search the server by DICOM attributes (``POST /tools/find``).

        Parameters
        ----------
        level : str
            ``Patient``, ``Study``, ``Series`` or ``Instance``.
        query : mapping
            DICOM keyword → value, with the wildcards and lists of DICOM PS3.4 C.2.2.2.
        expand : bool
            Whole records instead of Orthanc identifiers.

        Returns
        -------
        list
            Of Orthanc's records (dict) or identifiers (str).
        """
        request: Dict[str, Any] = {"Level": level, "Query": dict(query), "Expand": expand}
        content = self.request(
            "POST", "/tools/find", json_body=request, idempotent=True, bound=listing()
        )
        found: List[Any] = self._json(content, "POST /tools/find", [RECORD if expand else str])
        return found

    def find_uids(
        self, level: str, uids: Iterable[str], keyword: str = ""
    ) -> Iterator[Dict[str, Any]]:
        """Yield the records of a level that have one of these UIDs.

        Parameters
        ----------
        level : str
            As in `find`.
        uids : iterable of str
            Any number of them; a request asks for some together.
        keyword : str, optional
            Of which UID; that of the level when left out.
        """
        for joined in _joined(uids):
            yield from self.find(level, {keyword or f"{level}InstanceUID": joined})

    def series_counts(self, series_instance_uids: Iterable[str]) -> Dict[Tuple[str, str], int]:
        """Return the number of instances that the server has of each series.

        Parameters
        ----------
        series_instance_uids : iterable of str
            (0020,000E) of each series.

        Returns
        -------
        dict
            Orthanc's identifier of the study, and Series Instance UID → number of instances: a UID
            may stand under several patients. Unknown series are left out.
        """
        counts: Dict[Tuple[str, str], int] = {}
        for record in self.find_uids("Series", series_instance_uids):
            uid = tag(record, "MainDicomTags", "SeriesInstanceUID")
            if uid:
                key = (str(record.get("ParentStudy")), uid)
                counts[key] = counts.get(key, 0) + len(record.get("Instances", ()))
        return counts

    def present_studies(self, study_instance_uids: Iterable[str]) -> Set[str]:
        """Return Orthanc's identifiers of those studies that the server has.

        Parameters
        ----------
        study_instance_uids : iterable of str
            (0020,000D) of each study. The answer holds one identifier for each patient that has
            a study of this UID.
        """
        found: Set[str] = set()
        for joined in _joined(study_instance_uids):
            answer = self.find("Study", {"StudyInstanceUID": joined}, expand=False)
            found.update(answer)
        return found

    def study_instances(self, study_orthanc_id: str) -> Iterator[str]:
        """Yield Orthanc's identifiers of all instances of a study (``GET /studies/{id}/series``).

        Raises
        ------
        NotFoundError
            The server has no such study.
        """
        path = f"/studies/{quote(study_orthanc_id, safe='')}/series"
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
        path = f"/instances/{quote(orthanc_id, safe='')}/attachments/dicom"
        try:
            return self.get_text(f"{path}/md5").strip().lower()
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
        path = f"/instances/{quote(orthanc_id, safe='')}/attachments/dicom/size"
        try:
            return whole_number(self.get_text(path))
        except UnexpectedAnswer as error:
            raise self._unexpected(f"GET {path}", error) from error

    def put_label(self, study_orthanc_id: str, label: str) -> None:
        """Put a label on a study (``PUT /studies/{id}/labels/{label}``, Orthanc 1.12)."""
        name = quote(label, safe="")
        self.request("PUT", f"/studies/{quote(study_orthanc_id, safe='')}/labels/{name}", body=b"")

    def put_metadata(self, study_orthanc_id: str, name: str, value: str) -> None:
        """Set metadata of a study (``PUT /studies/{id}/metadata/{name}``).

        Raises
        ------
        OrthancHttpError
            The server knows no metadata of this name, or keeps it for itself (below 1024).
        """
        self.request(
            "PUT",
            f"/studies/{quote(study_orthanc_id, safe='')}/metadata/{quote(name, safe='')}",
            body=value.encode("utf-8"),
            headers={"Content-Type": "text/plain"},
        )

    def download_instance(self, orthanc_id: str, size: int = 0) -> Iterator[bytes]:
        """Yield the stored bytes of one instance in blocks (``GET /instances/{id}/file``).

        Parameters
        ----------
        orthanc_id : str
            Orthanc's identifier of the instance.
        size : int
            Bytes that it should have; 0 when that is not known. Hardly more is read.

        Raises
        ------
        NotFoundError
            The server has it no longer.
        TransportError
            The connection broke before the end.
        """
        path = f"/instances/{quote(orthanc_id, safe='')}/file"
        return self.download(path, size=size)


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
