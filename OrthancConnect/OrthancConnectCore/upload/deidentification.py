"""De-identification on the way of an upload: each file is changed before anything else sees it.

The key of a job that names none is kept beside the job's file, for its owner alone, so that a
resumed upload goes on with the same pseudonyms; it goes when the job is forgotten. The list of
originals and pseudonyms stays, and is never sent: the receipt names its path.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import BinaryIO, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..deidentify.deidentifier import DeidentifiedFile, Deidentifier
from ..deidentify.pseudonyms import key_name, load_or_make_key, new_key, require_library
from ..deidentify.report import Warned
from ..deidentify.rules import DeidentifyOptions
from ..files import open_file, reading_fault, user_state_directory
from ..scan.files import FoundFile
from ..scan.header import Identity
from ..shared.errors import InputError
from ..shared.upload_options import DeidentifyChoice
from ..shared.validation import plain_text
from .job_file import KEY_SUFFIX, jobs_folder

#: What each kind of warning is about, for many files.
_TITLES = {
    "burned_in": "Text may be burned into the pixels",
    "secondary_capture": "Screenshots and other images that often show a name",
    "faces": "Features that can be recognised",
    "overlay": "Overlays within the pixels",
    "private_tags": "Private elements",
    "structured_report": "Structured reports",
    "leftover": "Names or numbers where none belong",
}


class _Group(NamedTuple):
    files: int
    message: str
    item: str


class Deidentification:
    """De-identifies the files of one job; any thread may use it.

    Parameters
    ----------
    choice : DeidentifyChoice
        What the user wants.
    job_id : str
        As of `job_id_of`, of a job that has its file; empty where none can be kept.
    folder : Path, optional
        That file's; `jobs_folder` when left out.

    Attributes
    ----------
    map_file : Path
        The list of originals and pseudonyms.

    Raises
    ------
    MissingDependencyError
        dicognito is not installed.
    ConfigurationError
        A value of `choice` can't be used, or key or list can't be read or written.
    """

    def __init__(
        self, choice: DeidentifyChoice, job_id: str = "", folder: Optional[Path] = None
    ) -> None:
        options = check_choice(choice)
        key, goes_on = _key(choice, job_id, folder or jobs_folder())
        # A saved key may be replaced while the job stays the same: each key has its own list.
        name = f"{job_id}-{key_name(key)}" if job_id and choice.key_file else job_id
        self.map_file = _map_file(choice, name, goes_on)
        self._deidentifier = Deidentifier(key, options, self.map_file)
        self._has_lasting_key = bool(choice.key_file or job_id)
        self._lock = threading.Lock()
        self._groups: Dict[Tuple[str, bool], _Group] = {}

    def __enter__(self) -> Deidentification:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the list of pseudonyms."""
        self._deidentifier.close()

    def prepare(self, file: FoundFile) -> FoundFile:
        """Return a file whose opener gives de-identified bytes, with their size and identity.

        Parameters
        ----------
        file : FoundFile
            As the scan found it.

        Raises
        ------
        InputError
            It can't be read or de-identified: it must not be sent.
        """
        try:
            done = self._deidentifier.deidentify(source_of(file))
        except OSError as error:
            raise InputError(*reading_fault(error)) from error
        self._gather(file, done.warnings)
        return file._replace(opener=done.open, size=done.size, identity=_identity(done))

    @property
    def notes(self) -> List[str]:
        """Sentences for the receipt: what to be careful about, and where the list is."""
        with self._lock:
            groups = sorted(self._groups.items())
        notes = [
            f"{_TITLES.get(kind, kind)}, in {_files(group.files)} (for example {group.item}): "
            f"{group.message}"
            for (kind, _in_pixels), group in groups
        ]
        if not self._has_lasting_key:
            notes.append(
                "The de-identification key could not be kept: the same upload again makes other "
                "pseudonyms."
            )
        shown = plain_text(self.map_file, 4096)
        notes.append(
            f"De-identified. Originals and pseudonyms are listed in {shown}: keep it secret."
        )
        return notes

    def _gather(self, file: FoundFile, warned: Sequence[Warned]) -> None:
        with self._lock:
            for one in warned:
                place = (one.kind, one.in_pixels)
                known = self._groups.get(place)
                if known is None:
                    known = _Group(0, one.message, plain_text(file.item, 300))
                self._groups[place] = known._replace(files=known.files + 1)


def check_choice(choice: DeidentifyChoice) -> DeidentifyOptions:
    """Return what the de-identifier is told, once it is there.

    Raises
    ------
    MissingDependencyError
        dicognito is not installed.
    ConfigurationError
        A value that can't be used.
    """
    require_library()
    return DeidentifyOptions(choice.dates, choice.keep_patient_characteristics, choice.prefix)


def key_name_of(choice: Optional[DeidentifyChoice]) -> str:
    """Return the name of a saved key, for `Job.key_name`; empty without one.

    An upload whose key file was replaced begins anew, and mixes no pseudonyms.

    Raises
    ------
    MissingDependencyError
        dicognito is not installed.
    ConfigurationError
        The key can't be read or made.
    """
    if choice is None or not choice.key_file:
        return ""
    require_library()
    return key_name(load_or_make_key(Path(choice.key_file)))


def source_of(file: FoundFile) -> Callable[[], BinaryIO]:
    """Return what opens a file as the scan found it, and nothing else that came in its place.

    The pixels are read once more when the file is sent: of a file that has changed, that could be
    another part, with the patient's name in it.
    """
    if file.opener is not None:
        return file.opener  # an archive watches over its members itself

    def open_unchanged() -> BinaryIO:
        stream, size = open_file(file.path)
        changed = os.fstat(stream.fileno()).st_mtime_ns
        if size != file.size or (file.mtime_ns and changed != file.mtime_ns):
            stream.close()
            raise InputError(
                "The file changed during the upload.",
                "Upload it again when nothing writes to it any more.",
            )
        return stream

    return open_unchanged


def _identity(done: DeidentifiedFile) -> Optional[Identity]:
    uids = (done.study_instance_uid, done.series_instance_uid, done.sop_instance_uid)
    if not all(uids):
        return None  # the server refuses it, and says so
    return Identity(done.patient_id, *uids, done.transfer_syntax_uid)


def _key(choice: DeidentifyChoice, job_id: str, folder: Path) -> Tuple[str, bool]:
    """Return the key, and whether it is an earlier one."""
    if choice.key_file:
        path = Path(choice.key_file)
        return load_or_make_key(path), True
    if not job_id:
        return new_key(), False
    path = folder / (job_id + KEY_SUFFIX)
    _drop_unfinished(path)
    goes_on = path.exists()
    return load_or_make_key(path), goes_on


def _drop_unfinished(path: Path) -> None:
    """Remove a key that was being made when the process was killed: nothing was sent with it."""
    try:
        if path.stat().st_size == 0:
            path.unlink()
    except OSError:
        pass  # it is not there, or `load_or_make_key` says what is wrong


def _map_file(choice: DeidentifyChoice, name: str, goes_on: bool) -> Path:
    """Return the chosen list, the one of an earlier run of the job, or a new one."""
    if choice.map_file:
        return Path(choice.map_file)
    folder = user_state_directory() / "maps"
    name = name or f"upload-{os.getpid()}"
    earlier = sorted(folder.glob(f"{name}-*.csv")) if goes_on else []
    return earlier[-1] if earlier else folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.csv"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
