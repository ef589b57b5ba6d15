"""Slicer's scenes (``.mrb``) that Orthanc keeps with a study, beside its DICOM instances.

Each version of a scene has a number of its own, from `FIRST` on: under it the study has the file as
a user-defined attachment (``GET /studies/{id}/attachments/{number}/data``) and, as user metadata
(``GET /studies/{id}/metadata/{number}``), what it is: JSON with ``format`` 1, ``name``, ``title``,
``size``, ``sha256``, ``author``, ``time`` (ISO 8601) and ``origin``, which
its versions have in common. A scene's first number
comes of its hash, so that the same scene is not kept twice. A number is claimed by its metadata
before the file is sent, and the claim looked at again before and after: where the server checks
revisions (``CheckRevisions``), it refuses a second claim; where not, two different scenes would
have to come by the same of 60,000 numbers within a moment to be taken for one another.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ..files import open_file, os_reason
from ..network.transport import BLOCK_SIZE, SizedBody
from ..orthanc import metadata
from ..orthanc.client import OrthancClient
from ..orthanc.retry import Patience
from ..shared.disk import PartFile
from ..shared.errors import (
    ConflictError,
    ConnectionFailedError,
    InputError,
    NotFoundError,
    OrthancConnectError,
    OrthancHttpError,
)
from ..shared.events import CancelToken, ProgressMeter
from ..shared.results import (
    FORMAT,
    LARGEST_SCENE,
    SCENE,
    Result,
    StudyResult,
    check_scene,
)
from ..shared.validation import plain_text
from .versions import origin_of

#: The numbers of attachments and metadata: 5200 to 65199.
FIRST, COUNT = 5200, 60_000
#: Numbers that are tried where others are quicker; and how often a scene is sent to one of them,
#: where another put in its place what did not get the number.
_TRIES, _SENDINGS = 20, 3
#: Characters of each text of the index.
_LONGEST_TEXT = 1000
#: Bytes a second that a server at least takes in, once it has all of a scene.
_SLOWEST = 10e6
_TOO_LARGE = 413
_ENTRY = {
    **dict.fromkeys(("name", "title", "sha256", "author", "time", "origin"), str),
    **dict.fromkeys(("format", "size"), int),
}
_NUMBER = re.compile(r"[0-9]{4,5}", re.ASCII)
_MD5, _SHA256 = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")


class Stored(NamedTuple):
    """A scene that the server has."""

    number: int
    #: Whether it had it before.
    already: bool


def keep(
    client: OrthancClient,
    study_orthanc_id: str,
    path: Path,
    result: Result,
    *,
    patience: Patience,
    meter: ProgressMeter,
    token: CancelToken,
) -> Stored:
    """Send a scene to its study, unless it is there, and see that it is there, whole.

    Raises
    ------
    InputError
        It is too large for Orthanc, or not what its result says.
    ConflictError
        Others were quicker each time.
    OrthancConnectError
        The server does not take it, or does not have it then.
    """
    md5 = _check(path, result, token)
    meter.expect(size=result.size)
    is_sent = False
    for step in range(_TRIES):
        # The first one is the same for the same scene, whoever sends it.
        number = FIRST + (int(result.sha256[:8], 16) + step) % COUNT
        place = _Place(client, study_orthanc_id, number, result, md5, token)
        sendings = 0
        while patience.persist(place.claims):
            if patience.persist(place.has):
                return Stored(number, not is_sent)
            if sendings == _SENDINGS:
                raise OrthancConnectError(
                    "The server acknowledged the scene and does not have it, or not as it was "
                    "sent.",
                    "See whether the study is still there, and look at the server's log.",
                )
            patience.persist(partial(place.put, path, meter))
            is_sent, sendings = True, sendings + 1
    raise ConflictError(
        "Others keep scenes with this study all the time: it got no number.", "Try again."
    )


def _check(path: Path, result: Result, token: CancelToken) -> str:
    """Return the MD5 of a scene that may be sent; nothing is read of one that is too large."""
    check_scene(result.size)
    md5, sha256 = hashlib.md5(), hashlib.sha256()
    try:
        stream, _size = open_file(str(path))
        with stream:
            for block in iter(lambda: stream.read(BLOCK_SIZE), b""):
                token.raise_if_cancelled()
                md5.update(block)
                sha256.update(block)
    except OSError as error:
        raise _unreadable(error) from error
    if sha256.hexdigest() != result.sha256:
        raise InputError(
            "The scene's file is not the one that was made: it has another content.",
            "Send it again.",
            cause="result",
        )
    return md5.hexdigest()


def _unreadable(error: OSError) -> InputError:
    return InputError(f"The scene can't be read: {os_reason(error)}.", "Send it again.")


def _entry(result: Result) -> str:
    told = {name: plain_text(getattr(result, name), _LONGEST_TEXT) for name in ("title", "author")}
    origin = origin_of(result.source.study_instance_uid, result.origin)
    entry = {
        **{"format": FORMAT, "name": result.file, "size": result.size, "sha256": result.sha256},
        **{**told, "time": result.created, "origin": origin},
    }
    return json.dumps(entry)


def _read_entry(text: object) -> Optional[Dict[str, Any]]:
    """Return what a number's metadata say of a scene; None where they are no such thing."""
    entry = metadata.value(text, _ENTRY) if isinstance(text, str) else None
    if entry is None or entry["format"] != FORMAT or not 0 < entry["size"] <= LARGEST_SCENE:
        return None
    return entry if _SHA256.fullmatch(entry["sha256"]) else None


class SentBody(SizedBody):
    """A file on its way; told as it goes, and stopped by a cancel."""

    def __init__(
        self, stream: BinaryIO, size: int, meter: ProgressMeter, token: CancelToken
    ) -> None:
        super().__init__(stream, size)
        self._meter, self._token, self._told = meter, token, 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, unless cancelled."""
        self._token.raise_if_cancelled()
        data = super().read(size)
        self._told += len(data)
        self._meter.add(size=len(data))
        return data

    def rewind(self) -> None:
        """Go back to the first byte, also in what was told."""
        self._meter.add(size=-self._told)
        self._told = 0
        super().rewind()


class _Place:
    """A number of a study, for one scene."""

    def __init__(
        self,
        client: OrthancClient,
        study_orthanc_id: str,
        number: int,
        result: Result,
        md5: str,
        token: CancelToken,
    ) -> None:
        self._client, self._study, self._number = client, f"/studies/{study_orthanc_id}", number
        self._result, self._md5, self._token = result, md5, token
        self._path = f"{self._study}/attachments/{number}"
        self._is_begun = False

    def claims(self) -> bool:
        """Return whether the number is this scene's, which it becomes where it is nobody's."""
        number = str(self._number)
        there = metadata.read(self._client, self._study, number)
        if there is None:
            with suppress(ConflictError):  # somebody was quicker
                metadata.write(self._client, self._study, number, _entry(self._result), None)
            there = metadata.read(self._client, self._study, number)
        entry = _read_entry(there.text if there is not None else "")
        return entry is not None and entry["sha256"] == self._result.sha256

    def has(self) -> bool:
        """Return whether the scene is there, whole."""
        with suppress(NotFoundError):
            noted = self._client.get_text(f"{self._path}/md5").strip().lower()
            if _MD5.fullmatch(noted):
                return noted == self._md5
        digest = hashlib.md5()  # StoreMD5ForAttachments is off, or nothing is there
        with suppress(NotFoundError):
            size = self._result.size
            for block in self._client.download(f"{self._path}/data", size=size):
                self._token.raise_if_cancelled()
                digest.update(block)
        return digest.hexdigest() == self._md5

    def put(self, path: Path, meter: ProgressMeter) -> None:
        """Send the file, in the place of what a loser of the number may have put there.

        Done again, it sends nothing where the first time's answer alone was lost.
        """
        if self._is_begun and self.has():
            return
        self._is_begun = True
        fields = {"Content-Type": "application/octet-stream"}
        with suppress(NotFoundError):
            noted: List[Mapping[str, str]] = []
            b"".join(self._client.download(f"{self._path}/md5", noted.append, size=64))
            if "ETag" in noted[0]:
                fields["If-Match"] = noted[0]["ETag"]
        try:
            stream, size = open_file(str(path))
        except OSError as error:
            raise _unreadable(error) from error
        patience = self._client.profile.read_timeout + size / _SLOWEST
        with stream, suppress(ConflictError):  # somebody was quicker: what is there is looked at
            body = SentBody(stream, size, meter, self._token)
            try:
                self._client.request(
                    "PUT", self._path, body=body, headers=fields, read_timeout=patience
                )
            except OrthancHttpError as error:
                if error.facts.get("status_code") != _TOO_LARGE:
                    raise
                raise OrthancConnectError(
                    f"The web server before Orthanc takes no scene of {size / 1e6:.0f} MB "
                    "(HTTP 413).",
                    "Ask the administrator to raise its limit, nginx's client_max_body_size.",
                ) from error


def scenes_of(client: OrthancClient, study_orthanc_id: str) -> List[StudyResult]:
    """Return the scenes that a study has, the oldest first.

    Raises
    ------
    NotFoundError
        The server has no such study.
    """
    study = f"/studies/{study_orthanc_id}"
    texts = client.get_json(f"{study}/metadata?expand", shape=dict)
    claimed = {
        int(name): entry
        for name in filter(_NUMBER.fullmatch, texts)
        for entry in [_read_entry(texts[name])]
        if entry is not None and FIRST <= int(name) < FIRST + COUNT
    }
    there = client.get_json(f"{study}/attachments", shape=[str]) if claimed else []
    found = [
        StudyResult(
            SCENE,
            plain_text(entry["title"], _LONGEST_TEXT),
            plain_text(entry["author"], _LONGEST_TEXT),
            plain_text(entry["time"], 40),
            entry["size"],
            study_orthanc_id,
            number=number,
            sha256=entry["sha256"],
            origin=plain_text(entry["origin"], _LONGEST_TEXT),
        )
        for number, entry in claimed.items()
        if str(number) in there
    ]
    return sorted(found, key=lambda one: (one.time, one.number))


def fetch(
    client: OrthancClient,
    wanted: StudyResult,
    path: Path,
    *,
    meter: ProgressMeter,
    token: CancelToken,
) -> Tuple[str, int]:
    """Write a scene to a file, whole or not at all; return its SHA-256 and size.

    Raises
    ------
    InputError
        It is no scene.
    ConnectionFailedError
        What came is not the scene that was kept.
    OSError
        The file can't be written.
    """
    if not (FIRST <= wanted.number < FIRST + COUNT and 0 < wanted.size <= LARGEST_SCENE):
        raise InputError("This is no scene of a study.", "Choose another.")
    path_there = f"/studies/{wanted.study_orthanc_id}/attachments/{wanted.number}/data"
    digest = hashlib.sha256()
    meter.expect(size=wanted.size)
    with PartFile(path, is_private=True, size=wanted.size) as part:
        for block in client.download(path_there, size=wanted.size):
            token.raise_if_cancelled()
            if part.size + len(block) > wanted.size:
                break
            part.write(block)
            digest.update(block)
            meter.add(size=len(block))
        if part.size != wanted.size or digest.hexdigest() != wanted.sha256:
            raise ConnectionFailedError(
                "What the server sent is not the scene that was kept: it has another content.",
                "Choose another version of it, and look at the server's log.",
                cause="cut",
            )
        part.commit()
        return digest.hexdigest(), part.size
