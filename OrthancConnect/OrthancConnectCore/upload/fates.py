"""What may become of a file of an upload."""

from __future__ import annotations

from typing import NamedTuple

from ..shared.validation import plain_text

STORED, ALREADY_STORED, DIFFERENT = "stored", "already_stored", "different"
SKIPPED, FAILED = "skipped", "failed"
#: Reason of a row that was not compared with what is there.
BY_IDENTITY = "It is there by its identity; its content was not compared."


class FileRow(NamedTuple):
    """What became of one file."""

    #: The file, or archive and member.
    path: str
    #: As it was sent; empty where unknown.
    sop_instance_uid: str = ""
    outcome: str = ""
    #: One sentence; empty where there is nothing to say but that it is there.
    reason: str = ""
    #: Orthanc's identifier of the instance; empty where it is not there.
    orthanc_id: str = ""
    #: Size of what was sent, or would have been.
    bytes: int = 0
    #: Of these bytes, as hexadecimal digits; empty when it was not needed.
    md5: str = ""
    #: How often it was sent.
    attempts: int = 0
    #: Whether the server was shown to have these very bytes.
    verified: bool = False
    #: What the user does next; no column of its own, as what follows.
    hint: str = ""
    #: Whether its bytes went over the wire.
    transferred: bool = False


#: What is kept of a row, in this order.
COLUMNS = FileRow._fields[:9]


def shown(path: str) -> str:
    """Return a path as one line of plain text."""
    return path if path.isprintable() else plain_text(path, 4096)
