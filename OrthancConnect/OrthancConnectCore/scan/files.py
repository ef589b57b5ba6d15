"""Finds the DICOM files among whatever lies on a disk: by content, each once, in fixed order."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import repeat
from typing import BinaryIO, Dict, List, NamedTuple, Optional, Set, Tuple, Union

from ..files import open_file, reading_fault
from ..shared.disk import open_plain
from ..shared.errors import InputError
from ..shared.events import CancelToken
from ..shared.validation import plain_text
from .archives.kinds import file_kind
from .archives.members import ArchiveMember, SkippedFile, iter_members
from .header import CUT, DICOMDIR, FOREIGN, HEAD, LONGEST_HEAD, Header, Identity, examine
from .medium import INDEX, Parts, in_folder, missing_files, plain_name, plain_parts

AnyPath = Union[str, "os.PathLike[str]"]

_EMPTY = "The file is empty (0 bytes)."
#: Reason, hint, failed of what is not sent, by `Header.kind`.
_OBSTACLES: Dict[str, Tuple[str, str, bool]] = {
    FOREIGN: ("Not a DICOM file.", "", False),
    DICOMDIR: ("A DICOMDIR: the index of a medium, not an instance.", "", False),
    CUT: (
        "The DICOM file is cut off within its header.",
        "Copy it again from where it came from.",
        True,
    ),
}
_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


class FoundFile(NamedTuple):
    """A file, or a member of an archive, that begins as a DICOM file does.

    Attributes
    ----------
    path : str
        As it was given or found; bytes that are no text are kept as surrogates (PEP 383). Of a
        member, its archive's.
    member : str
        `ArchiveMember.label`; empty for a plain file.
    mtime_ns : int
        When it, or its archive, was last changed.
    opener : callable, optional
        Opens a member at its first byte, any number of times; None for a plain file.
    identity : Identity, optional
        None where the first bytes do not tell.
    """

    path: str
    size: int
    member: str = ""
    mtime_ns: int = 0
    opener: Optional[Callable[[], BinaryIO]] = None
    identity: Optional[Identity] = None

    def open(self) -> BinaryIO:
        """Open it at its first byte."""
        return self.opener() if self.opener is not None else open_file(self.path)[0]

    @property
    def item(self) -> str:
        """What a person reads: the path, or the archive's folder and the member's label."""
        return _item(self.path, self.member) if self.member else self.path


Finding = Union[FoundFile, SkippedFile]


def iter_dicom_files(
    paths: Union[AnyPath, Iterable[AnyPath]], token: Optional[CancelToken] = None
) -> Iterator[Finding]:
    """Find all DICOM files in files and folders, going down into every folder.

    What a file is, its first bytes tell: ``DICM`` at 128 (DICOM PS3.10 section 7.1) or, in a file
    without preamble, which Orthanc accepts, a data set that holds a SOP Instance UID. Its name is
    no matter, and hidden files count. Symbolic links are followed; a file or a folder that is
    reached twice is taken once. Nothing but plain files is ever opened. Archives are gone through
    like folders (`iter_members`), their members judged by content as well.

    Parameters
    ----------
    paths : path or iterable of paths
        Files and folders, taken in this order; a folder's entries are sorted by name. A DICOMDIR
        stands for its medium: the folder that it lies in, and all below.
    token : CancelToken, optional
        Stops the scan.

    Yields
    ------
    FoundFile or SkippedFile
        One for each file or member of an archive, and one for each folder or link that leads
        nowhere new.

    Raises
    ------
    InputError
        Before anything is yielded: nothing was chosen, a path is not there, or a chosen folder
        can't be read.
    """
    chosen = chosen_paths(paths)
    if not chosen:
        raise InputError("Nothing was chosen.", "Choose a folder or files with DICOM data.")
    for path in chosen:
        _check_choice(path)
    return _Scan(token or CancelToken()).run(chosen)


def chosen_paths(paths: Union[AnyPath, Iterable[AnyPath]]) -> List[str]:
    """Return one path or several as a list of texts."""
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return [os.fspath(path) for path in paths]


def _check_choice(path: str) -> None:
    shown = plain_text(path, 300)
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            f"There is no file or folder {shown}.", "Check its spelling, or choose another."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        words, hint = reading_fault(error if isinstance(error, OSError) else OSError(str(error)))
        raise InputError(f"{shown} can't be used. {words}", hint) from error


class _Scan:
    """One walk; it remembers which files and folders it has met."""

    def __init__(self, token: CancelToken) -> None:
        self._token = token
        # st_dev → st_ino: sets of plain numbers, since there may be a million of them.
        self._met: Dict[int, Set[int]] = {}

    def run(self, chosen: List[str]) -> Iterator[Finding]:
        # A stack instead of recursion: trees may be deeper than Python's call stack.
        pending: List[Iterator[Tuple[str, bool]]] = [zip(chosen, repeat(False))]
        while pending:
            self._token.raise_if_cancelled()
            path, is_plain = next(pending[-1], ("", False))
            if not path:
                pending.pop()
                continue
            try:
                status = None if is_plain else os.stat(path)
                if status is not None and stat.S_ISDIR(status.st_mode):
                    entries = None if self._is_known(status) else _entries(path)
                    if entries is None:
                        yield SkippedFile(path, "The folder was read already under another name.")
                    else:
                        pending.append(entries)
                    continue
                finding = self._look_at(path, status)
                is_index = finding is not None and finding[1:] == _OBSTACLES[DICOMDIR]
                if finding is None:
                    yield from self._look_into(path)
                elif is_index and len(pending) == 1:
                    # Chosen itself, it stands for its medium; its row comes with the others.
                    status = os.stat(path)
                    self._met[status.st_dev].discard(status.st_ino)
                    real = os.path.realpath(path) if os.path.islink(path) else path
                    pending.append(iter([(os.path.dirname(real) or os.curdir, False)]))
                elif is_index and plain_name(os.path.basename(path)) == INDEX:
                    folder = os.path.dirname(path)
                    with open_file(path)[0] as stream:
                        yield from _compared(stream, path, folder, in_folder(folder))
                else:
                    yield finding
            except OSError as error:
                yield _unreachable(path, error)
            except InputError as error:  # an archive that changes under our eyes
                yield SkippedFile.because(path, error)

    def _is_known(self, status: os.stat_result) -> bool:
        known = self._met.setdefault(status.st_dev, set())
        if status.st_ino in known:
            return True
        known.add(status.st_ino)
        return False

    def _look_at(self, path: str, status: Optional[os.stat_result]) -> Optional[Finding]:
        """Judge a file; None for an archive. It is opened only where it can be a plain file."""
        if status is not None and not stat.S_ISREG(status.st_mode):
            kind = next((name for test, name in _KINDS if test(status.st_mode)), "something else")
            return SkippedFile(path, f"Not a file, but {kind}.")
        handle, status = open_plain(path)
        try:
            if self._is_known(status):
                return SkippedFile(path, "The file was found already under another name.")
            size = status.st_size
            if size == 0:
                return SkippedFile(path, _EMPTY)
            head = os.read(handle, HEAD)
            header = examine(head, size <= len(head))
            if header.is_open and size > len(head):
                head += os.read(handle, LONGEST_HEAD - len(head))
                header = examine(head, size <= len(head))
            if header.kind == FOREIGN and _is_archive(handle, path):
                return None
        finally:
            os.close(handle)
        obstacle = _obstacle(header)
        if obstacle is not None:
            return SkippedFile(path, *obstacle)
        return FoundFile(path, size, "", status.st_mtime_ns, None, header.identity)

    def _look_into(self, path: str) -> Iterator[Finding]:
        mtime_ns = os.stat(path).st_mtime_ns
        labels: Set[int] = set()  # hashes: there may be a million
        indices: List[Tuple[ArchiveMember, Parts]] = []
        for member in iter_members(path, token=self._token):
            parts = plain_parts(member[0].split("/"))
            labels.add(hash(parts))
            if isinstance(member, SkippedFile):
                yield member._replace(path=_item(path, member.path))
                continue
            finding = _judge_member(path, _item(path, member.label), mtime_ns, member)
            if finding[1:] == _OBSTACLES[DICOMDIR] and parts[-1] == INDEX:
                indices.append((member, parts[:-1]))
            else:
                yield finding
        for index, place in indices:
            item = _item(path, index.label)
            with index.open() as stream:
                is_there = partial(_is_among, labels, place)
                yield from _compared(stream, item, os.path.dirname(item), is_there)
        if not labels:
            yield SkippedFile(path, "The archive holds no file.")


def _is_archive(handle: int, path: str) -> bool:
    os.lseek(handle, 0, os.SEEK_SET)
    with os.fdopen(handle, "rb", closefd=False) as stream:
        return bool(file_kind(stream, path))


def _is_among(labels: Set[int], folder: Parts, parts: Parts) -> bool:
    return hash(folder + parts) in labels


def _compared(
    stream: BinaryIO, item: str, folder: str, is_there: Callable[[Parts], bool]
) -> Iterator[SkippedFile]:
    """Tell of a DICOMDIR, and of each file that it lists and that is not there."""
    row = SkippedFile(item, *_OBSTACLES[DICOMDIR])
    try:
        missing = missing_files(stream, is_there)
    except InputError as error:
        yield row._replace(
            reason=f"{error.message} Whether files of its medium are missing is not known."
        )
        return
    yield row
    for parts in missing:
        yield SkippedFile(
            os.path.join(folder, *parts),
            "It is missing: the DICOMDIR of its medium lists it.",
            "Copy the medium again, or get the file from where it came from.",
            failed=True,
        )


def _obstacle(header: Header) -> Optional[Tuple[str, str, bool]]:
    """Return why a file is not sent: reason, hint, and whether something may be lost."""
    if header.missing:
        hint = "Export the file again from where it came from: no server takes it as it is."
        return f"The {header.missing} is missing.", hint, True
    return _OBSTACLES.get(header.kind)


def _entries(folder: str) -> Iterator[Tuple[str, bool]]:
    """Return the paths in a folder, sorted, each with whether it is a plain file for certain."""
    names, others = [], set()
    with os.scandir(folder) as entries:
        for entry in entries:
            names.append(entry.name)
            with contextlib.suppress(OSError):
                if entry.is_file(follow_symlinks=False):
                    continue
            others.add(entry.name)
    names.sort()
    start = os.path.join(folder, "")
    return ((start + name, name not in others) for name in names)


def _item(archive: str, label: str) -> str:
    return os.path.join(os.path.dirname(archive), label)


def _judge_member(path: str, item: str, mtime_ns: int, member: ArchiveMember) -> Finding:
    """Tell what a member of an archive is; a size that only reading tells is found out last."""
    if member.size == 0:
        return SkippedFile(item, _EMPTY)
    try:
        head = member.head
        is_whole = len(head) < HEAD
        header = examine(head, is_whole)
        if header.is_open and not is_whole:
            with member.open() as stream:
                head = stream.read(LONGEST_HEAD)
            header = examine(head, len(head) < LONGEST_HEAD)
        if not head:
            return SkippedFile(item, _EMPTY)
        obstacle = _obstacle(header)
        if obstacle is not None:
            return SkippedFile(item, *obstacle)
        size = member.measured_size()
    except (InputError, OSError) as error:
        return SkippedFile.because(item, error)
    return FoundFile(path, size, member.label, mtime_ns, member.open, header.identity)


def _unreachable(path: str, error: OSError) -> SkippedFile:
    if error.errno == errno.ELOOP:
        return SkippedFile(path, "The link leads back to itself.")
    if os.path.islink(path) and not os.path.exists(path):
        return SkippedFile(
            path,
            "The link points to something that is not there.",
            "Bring its target back, or delete the link.",
            failed=True,
        )
    return SkippedFile.because(path, error)
