"""Room on the disk: which files may go, since the server has each of them with this content."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Callable, Collection, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

from .. import audit
from ..files import os_reason
from ..orthanc.client import OrthancClient
from ..orthanc.records import dicom_file_of
from ..shared.errors import NotFoundError, OrthancConnectError
from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.profile import ServerProfile
from .content import Found, digest_of, file_head_of, found_at
from .files import link_out_of

#: Files that are looked at together.
_TOGETHER = 500
_ATTACHMENTS = {"ID": str, "Attachments": [{"ContentType": int, "UncompressedMD5?": str}]}
_NO_DICOM = "It is no DICOM file that tells which instance it is."
#: Bytes of a file whose elements are compared; of several such files at once, and of one at a time.
_FEW, _MOST_COMPARED = 8 * 1024 * 1024, 256 * 1024 * 1024
_one_at_a_time = threading.Lock()
_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class FileRoom:
    """A file, and whether it may go.

    Attributes
    ----------
    path : str
        Where it lies.
    bytes : int
        Its size; 0 where it can't be read.
    may_go : bool
        Whether the server was seen to have it with this content.
    reason : str
        Why it may not.
    differs : bool
        Whether the server was seen to have it with other content.
    orthanc_id, study_instance_uid, series_instance_uid : str
        Which instance it is; empty where it tells none.
    stamp : tuple of int
        By which it is known to be the same file when it goes.
    study_orthanc_id : str
        Orthanc's identifier of its study.
    """

    path: str
    bytes: int = 0
    may_go: bool = False
    reason: str = ""
    differs: bool = False
    orthanc_id: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""
    stamp: Tuple[int, ...] = ()
    study_orthanc_id: str = ""


@dataclass
class StudyRoom:
    """A study's files in a folder.

    Attributes
    ----------
    study_instance_uid : str
        (0020,000D).
    files : list of FileRoom
        All that are DICOM files of it.
    reason : str
        Why it may not go as a whole; empty where each file may.
    """

    study_instance_uid: str
    files: List[FileRoom] = field(default_factory=list)
    reason: str = ""

    @property
    def bytes(self) -> int:
        """What it takes."""
        return sum(one.bytes for one in self.files)

    @property
    def changed(self) -> int:
        """When its latest file was written, in nanoseconds since 1970."""
        return max((one.stamp[-1] for one in self.files if one.stamp), default=0)


def files_below(root: Path) -> Iterator[str]:
    """Yield all files below a folder, by path; what is beyond a link is not below it."""
    for place, folders, names in os.walk(root):
        folders.sort()
        yield from (os.path.join(place, name) for name in sorted(names))


def check_files(
    client: OrthancClient,
    paths: Iterable[str],
    *,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Iterator[FileRoom]:
    """Yield for each file whether it may go.

    It may, if the MD5 that Orthanc noted of its instance is that of the file; or, since what comes
    by C-GET has another header, if it is as it came, and the server still has what it came from.
    Else, as of what came by ctk, the server's file is read, and their elements are compared.

    Parameters
    ----------
    client : OrthancClient
        The server's REST side.
    paths : iterable of str
        Any number of files.
    progress : callable
        Told of files and bytes, in the calling thread.
    token : CancelToken, optional
        Stops it, within a file as well.

    Raises
    ------
    TransportError, OrthancHttpError
        The server can't be asked.
    OperationCancelled
        It was stopped.
    """
    token = token or CancelToken()
    meter = ProgressMeter("verify", progress)
    waiting = iter(paths)
    with ThreadPoolExecutor(client.profile.parallel_transfers) as pool:
        for some in iter(lambda: list(islice(waiting, _TOGETHER)), []):
            meter.expect(files=len(some))
            looked = list(pool.map(lambda path: _look(path, token), some))
            series = {row.series_instance_uid for row, found in looked if found is not None}
            noted = _noted_md5s(client, series)
            judge = partial(_judged, client, noted, token.raise_if_cancelled)
            for row in pool.map(judge, looked):
                meter.add(files=1, size=row.bytes)
                yield row
    meter.finish()


def _look(path: str, token: CancelToken) -> Tuple[FileRoom, Optional[Found]]:
    try:
        before = os.lstat(path)
        if not stat.S_ISREG(before.st_mode):
            return FileRoom(path, reason="It is a link, or no plain file."), None
        found = found_at(Path(path), token.raise_if_cancelled)
    except OSError as error:
        return FileRoom(path, reason=f"It can't be read: {os_reason(error)}."), None
    identity = found.identity
    if identity is None or not identity.orthanc_id:
        return FileRoom(path, found.size, reason=_NO_DICOM), None
    row = FileRoom(
        path,
        found.size,
        orthanc_id=identity.orthanc_id,
        study_orthanc_id=identity.study_orthanc_id,
        study_instance_uid=identity.study_instance_uid,
        series_instance_uid=identity.series_instance_uid,
        stamp=_stamp(before),
    )
    return row, found


def _stamp(status: os.stat_result) -> Tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _noted_md5s(client: OrthancClient, series_uids: Collection[str]) -> Dict[str, str]:
    """Return the MD5s of many instances that Orthanc noted, as far as it tells them so.

    Notes
    -----
    ``POST /tools/find`` with ``ResponseContent``, since Orthanc 1.12.5: one request a series. Older
    ones tell only identifiers; for those ``stored_md5`` is asked, an instance a time.
    """
    found: Dict[str, str] = {}
    for uid in series_uids:
        request = {
            "Level": "Instance",
            "Query": {"SeriesInstanceUID": uid},
            "ResponseContent": ["Attachments"],
        }
        try:
            rows = client.post_json("/tools/find", request, shape=[_ATTACHMENTS])
        except OrthancConnectError:
            return found  # an older Orthanc, or a user who may only read
        for row in rows:
            for file in dicom_file_of(row):
                found[row["ID"]] = file.get("UncompressedMD5", "")
    return found


def _judged(
    client: OrthancClient,
    noted: Mapping[str, str],
    pause: Callable[[], object],
    looked: Tuple[FileRoom, Optional[Found]],
) -> FileRoom:
    """Return a file with whether it may go."""
    row, found = looked
    if found is None:
        return row
    try:
        md5 = noted.get(row.orthanc_id) or client.stored_md5(row.orthanc_id)
        if md5 == found.md5:
            return replace(row, may_go=True)
        if found.note and found.note.decode("ascii", "replace") == _file_uuid(client, row):
            return replace(row, may_go=True)
        compared = _compared(row, client.download_instance(row.orthanc_id), pause, _FEW)
        if compared is None:
            with _one_at_a_time:
                blocks = client.download_instance(row.orthanc_id)
                compared = _compared(row, blocks, pause, _MOST_COMPARED)
        return compared or replace(row, reason="It is too large to be compared.")
    except NotFoundError:
        return replace(row, reason="The server does not have it.")


def _compared(
    row: FileRoom, blocks: Iterable[bytes], pause: Callable[[], object], most: int
) -> Optional[FileRoom]:
    """Return a file with whether its elements are those of the server's file.

    None where one of the two is larger than `most` bytes.
    """
    try:
        with open(row.path, "rb") as stream:
            mine = _content(iter(partial(stream.read, _BLOCK), b""), pause, most)
    except OSError as error:
        return replace(row, reason=f"It can't be read: {os_reason(error)}.")
    its = _content(blocks, pause, most) if mine else b""
    if not mine or not its:
        return None
    heads = file_head_of(mine), file_head_of(its)
    if heads[0] is None or heads[1] is None or heads[0].transfer_syntax != heads[1].transfer_syntax:
        return replace(row, reason="The server has it in another transfer syntax.")
    datasets = memoryview(mine)[heads[0].start :], memoryview(its)[heads[1].start :]
    digests = [digest_of(dataset, heads[0].transfer_syntax) for dataset in datasets]
    if datasets[0] == datasets[1] or (digests[0] == digests[1] and digests[0]):
        return replace(row, may_go=True)
    if not all(digests):
        return replace(row, reason="The server has it written in another way.")
    return replace(row, reason="The server has it with other content.", differs=True)


def _content(blocks: Iterable[bytes], pause: Callable[[], object], most: int) -> bytes:
    """Return a file; nothing of one that is too large."""
    content = bytearray()
    for block in blocks:
        pause()
        content += block
        if len(content) > most:
            return b""
    return bytes(content)


def _file_uuid(client: OrthancClient, row: FileRoom) -> str:
    shape = {"FileUuid": str}
    name: str = client.get_json(f"/instances/{row.orthanc_id}", shape=shape)["FileUuid"]
    return name


def by_study(files: Iterable[FileRoom]) -> List[StudyRoom]:
    """Return the studies of some files, those that were changed longest ago first.

    A study may go as a whole or not at all.
    """
    studies: Dict[str, StudyRoom] = {}
    for one in files:
        if one.study_instance_uid:
            study = studies.setdefault(one.study_instance_uid, StudyRoom(one.study_instance_uid))
            study.files.append(one)
            if not one.may_go and not study.reason:
                study.reason = f"{one.path}: {one.reason}"
    return sorted(studies.values(), key=lambda study: study.changed)


def remove_all(profile: ServerProfile, root: Path, studies: Collection[StudyRoom]) -> int:
    """Remove the files of some studies as `remove`, and note it in the audit log."""
    named = dict.fromkeys(file.study_orthanc_id for one in studies for file in one.files[:1])
    size = sum(one.bytes for one in studies)
    freed = sum(remove(root, one) for one in studies)
    outcome = "done" if freed == size else "partly"
    told = list(named)[: audit.MOST_STUDIES]
    facts = {"bytes": freed, "studies": told, "studies_in_all": len(studies)}
    audit.record("remove", profile, outcome, **facts)
    return freed


def remove(root: Path, study: StudyRoom) -> int:
    """Remove a study's files, and the folders that are empty then; return the bytes.

    A file that is no longer the one that was looked at stays, and so does what is beyond a link.
    """
    freed = 0
    for one in study.files if not study.reason else ():
        path = Path(one.path)
        try:
            status = os.lstat(path)
            if _stamp(status) != one.stamp or link_out_of(root, path.parent) is not None:
                continue
            path.unlink()
        except OSError:
            continue  # it went away meanwhile, or may not be removed
        freed += one.bytes
        with suppress(OSError):  # something is left in it
            for folder in path.parents:
                if folder == root or root not in folder.parents:
                    break
                folder.rmdir()
    return freed
