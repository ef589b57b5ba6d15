"""Pictures of series: which slices, in which order, kept how long, and what is no picture."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any, Dict, List

import pytest

from OrthancConnectCore.orthanc import pictures
from OrthancConnectCore.shared.errors import BadDicomFileError, ConnectionFailedError, ServerError


def _png(width: int, height: int) -> bytes:
    return pictures._PNG + struct.pack(">II", width, height) + b"\x08\0\0\0\0rest"


class Server:
    """Answers with instances, and with what it has for pictures."""

    def __init__(self, *tags: Dict[str, str], answer: Any = None) -> None:
        self.records = [
            {"ID": f"instance-{number}", "FileUuid": f"file-{number}", "MainDicomTags": one}
            for number, one in enumerate(tags)
        ]
        self.answer = _png(96, 64) if answer is None else answer
        self.asked: List[str] = []

    def get_json(self, path: str, shape: Any) -> Any:
        assert path == "/series/some/instances"
        return self.records

    def request(self, method: str, path: str, **more: Any) -> bytes:
        assert more["bound"].size < 200_000 and more["params"]["width"] == 96
        self.asked.append("/".join(path.split("/")[2:5:2]))
        if isinstance(self.answer, Exception):
            raise self.answer
        return bytes(self.answer)


def _of(server: Server, folder: Path, count: int = 1) -> List[str]:
    client: Any = server
    return pictures.pictures_of(client, "some", count, 96, folder=folder / "kept")


def _at(z: float) -> Dict[str, str]:
    return {
        "ImagePositionPatient": f"0\\0\\{z}",
        "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "InstanceNumber": "7",
    }


def test_slices_are_ordered_by_place_then_by_number(tmp_path: Path) -> None:
    """The middle one is the middle of the body, whatever the numbers say."""
    server = Server(*(_at(z) for z in (30.5, -10, 5, 100, 0)))
    _of(server, tmp_path)
    _of(server, tmp_path, 5)
    order = [f"instance-{number}/0" for number in (1, 4, 2, 0, 3)]
    assert server.asked == [order[2], *order[:2], *order[3:]]
    server = Server(*({"InstanceNumber": text} for text in ("10", "9", "x", "8")))
    _of(server, tmp_path / "other", 4)
    assert server.asked == [f"instance-{number}/0" for number in (2, 3, 1, 0)]


def test_frames_are_slices(tmp_path: Path) -> None:
    """One instance of sixty frames is looked at as sixty are; nonsense counts as one."""
    server = Server({"NumberOfFrames": "60"})
    assert len(_of(server, tmp_path, 3)) == 3
    assert server.asked == ["instance-0/10", "instance-0/30", "instance-0/50"]
    server = Server({"NumberOfFrames": "-3"}, {"NumberOfFrames": "9" * 40})
    assert len(_of(server, tmp_path / "other", 9)) == 2


def test_a_picture_is_kept_until_its_file_is_another(tmp_path: Path) -> None:
    """For its owner alone; an overwritten instance is asked for anew."""
    server = Server({})
    (file,) = _of(server, tmp_path)
    assert Path(file).read_bytes() == server.answer
    assert os.name != "posix" or Path(file).parent.stat().st_mode & 0o077 == 0
    assert _of(server, tmp_path) == [file] and len(server.asked) == 1
    server.records[0]["FileUuid"] = "another"
    assert _of(server, tmp_path) != [file] and len(server.asked) == 2
    del server.records[0]["FileUuid"]
    _of(server, tmp_path)
    _of(server, tmp_path)
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    "answer", [b"", b"<html>", b"\xff\xd8\xff\xe0", pictures._PNG, _png(97, 10), _png(10, 0)]
)
def test_what_is_no_picture_is_refused(tmp_path: Path, answer: bytes) -> None:
    """HTML, another kind of image, a head alone, another size: nothing is kept."""
    with pytest.raises(ConnectionFailedError, match="something else"):
        _of(Server({}, answer=answer), tmp_path)
    assert not (tmp_path / "kept").exists()


def test_a_series_without_pictures_has_none(tmp_path: Path) -> None:
    """A report is no fault; a server that breaks is."""
    fault = BadDicomFileError("No.", status_code=400)
    assert _of(Server({}, {}, answer=fault), tmp_path, 2) == []
    with pytest.raises(ServerError):
        _of(Server({}, answer=ServerError("No.", status_code=503)), tmp_path)
    assert _of(Server(), tmp_path) == []


def test_the_room_is_bounded(tmp_path: Path) -> None:
    """What was not looked at for longest goes first."""
    for number in range(10):
        path = tmp_path / f"{number}.png"
        path.write_bytes(bytes(100))
        os.utime(path, (1000 + number, 1000 + number))
    os.utime(tmp_path / "0.png")
    pictures.make_room(tmp_path, 350)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.png", "8.png", "9.png"]
