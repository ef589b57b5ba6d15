"""De-identification on the way of an upload: each file is changed before anything else sees it.

Before that, a preview shows what it would change, for one file of each series.

The key of a job that names none is kept beside the job's file, for its owner alone, so that a
resumed upload goes on with the same pseudonyms; it goes when the job is forgotten. The list of
originals and pseudonyms stays, and is never sent: the receipt names its path.
"""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from pathlib import Path
from typing import (
    Any,
    BinaryIO,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

from ..deidentify import rules
from ..deidentify.deidentifier import DeidentifiedFile, Deidentifier
from ..deidentify.pseudonyms import key_name, load_or_make_key, new_key, require_library
from ..deidentify.report import Change, Warned, named
from ..files import user_state_directory
from ..scan.files import AnyPath, FoundFile, iter_dicom_files
from ..scan.header import Identity
from ..shared.errors import InputError
from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.upload_options import DeidentifyChoice, UploadOptions
from ..shared.validation import plain_text
from .bodies import changed, open_found, unreadable
from .job_file import KEY_SUFFIX, jobs_folder

#: A preview shows no more series than anybody looks through.
MOST_SERIES = 200
#: Kind of the warning about a file that can't be de-identified.
REFUSED = "refused"
#: What each kind of warning is about, for many files.
_TITLES = {
    "burned_in": "Text may be burned into the pixels",
    "secondary_capture": "Screenshots and other images that often show a name",
    "faces": "Features that can be recognised",
    "overlay": "Overlays within the pixels",
    "private_tags": "Private elements",
    "structured_report": "Structured reports",
    "structures": "Names of structures",
    "segments": "Names of segments",
    "leftover": "Names or numbers where none belong",
    "doubtful": "Words that may be a name",
}


class _Group(NamedTuple):
    files: int
    warned: Warned
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
        check_choice(choice)
        key, goes_on = _key(choice, job_id, folder or jobs_folder())
        # A saved key may be replaced while the job stays the same: each key has its own list.
        name = f"{job_id}-{key_name(key)}" if job_id and choice.key_file else job_id
        #: The list of originals and pseudonyms.
        self.map_file = _map_file(choice, name, goes_on)
        self._deidentifier = Deidentifier(key, choice, self.map_file)
        self._has_lasting_key = bool(choice.key_file or job_id)
        self._lock = threading.Lock()
        self._groups: Dict[Tuple[str, bool], _Group] = {}

    def __enter__(self) -> Deidentification:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._deidentifier.close()

    def prepare(self, file: FoundFile) -> FoundFile:
        """Return a file whose opener gives de-identified bytes, with their size and identity.

        Raises
        ------
        InputError
            It can't be read or de-identified: it must not be sent.
        """
        try:
            done = self._deidentifier.deidentify(partial(open_unchanged, file))
        except OSError as error:
            raise unreadable(error) from error
        self._gather(file, done.warnings)
        return file._replace(opener=done.open, size=done.size, identity=_identity(done))

    @property
    def notes(self) -> List[str]:
        """Sentences for the receipt: what to be careful about, and where the list is."""
        with self._lock:
            groups = sorted(self._groups.items())
        notes = [
            f"{_TITLES.get(kind, kind)}, in {_files(group.files)} (for example {group.item}): "
            f"{group.warned.message}"
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
                    known = _Group(0, one, plain_text(file.item, 300))
                elif not set(one.places) <= set(known.warned.places):
                    both = named(one.kind, {*known.warned.places, *one.places})
                    known = known._replace(warned=both)
                self._groups[place] = known._replace(files=known.files + 1)


def check_choice(choice: DeidentifyChoice) -> None:
    """Make sure that the de-identifier is there, and can do this; raises as `Deidentification`."""
    require_library()
    rules.check_choice(choice)


def key_name_of(choice: Optional[DeidentifyChoice]) -> str:
    """Return the name of a saved key, for `Job.key_name`; empty without one.

    An upload whose key file was replaced begins anew, and mixes no pseudonyms. Raises as
    `Deidentification`.
    """
    if choice is None or not choice.key_file:
        return ""
    require_library()
    return key_name(load_or_make_key(Path(choice.key_file)))


def open_unchanged(file: FoundFile) -> BinaryIO:
    """Open a file as the scan found it, and nothing else that came in its place.

    The pixels are read once more when the file is sent: of a file that has changed, that could be
    another part, with the patient's name in it. An archive watches over its members itself.
    """
    stream = open_found(file)
    if file.opener is None and file.mtime_ns:
        now = os.fstat(stream.fileno())
        if now.st_mtime_ns != file.mtime_ns:
            stream.close()
            raise changed(file.size, now.st_size)
    return stream


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
    goes_on = path.exists()
    return load_or_make_key(path), goes_on


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


class SeriesPreview(NamedTuple):
    """Before and after for one file of a series."""

    #: As it is in the file.
    series_instance_uid: str
    #: `FoundFile.item`.
    item: str
    #: None where the file can't be de-identified.
    changes: List[Change]
    #: What to be careful about; of the kind ``refused`` for a file that would not be sent.
    warnings: List[Warned]


class Previews(NamedTuple):
    """The previews of all that was chosen."""

    #: At most `MOST_SERIES`.
    series: List[SeriesPreview]
    #: Series beyond these.
    more: int
    #: Whether the pseudonyms are examples only, since the key is made when the upload begins.
    examples: bool

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        rows = [
            {
                **one._asdict(),
                "changes": [change._asdict() for change in one.changes],
                "warnings": [{"kind": each.kind, "message": each.message} for each in one.warnings],
            }
            for one in self.series
        ]
        return {**self._asdict(), "series": rows}


def preview_upload(
    paths: Union[AnyPath, Iterable[AnyPath]],
    options: UploadOptions,
    *,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Previews:
    """Show what a de-identification would do; nothing is sent or written, not even a key.

    The parameters are those of `upload`.

    Raises
    ------
    InputError
        A path is not there, or what was chosen holds no DICOM file.
    MissingDependencyError, ConfigurationError
        As `Deidentification`.
    OperationCancelled
        The token was cancelled.
    """
    choice = options.deidentify or DeidentifyChoice()
    check_choice(choice)
    saved = Path(choice.key_file) if choice.key_file and Path(choice.key_file).exists() else None
    key = load_or_make_key(saved) if saved else new_key()
    series: List[SeriesPreview] = []
    met: Set[str] = set(options.except_series)
    meter = ProgressMeter("preview", progress)
    found = more = 0
    with Deidentifier(key, choice) as deidentifier:
        for file in iter_dicom_files(paths, token):
            meter.add(files=1)
            if not isinstance(file, FoundFile):
                continue
            found += 1
            uid = file.identity.series_instance_uid if file.identity else None
            if uid is not None and uid in met:
                continue
            if len(series) >= MOST_SERIES:
                met.add(uid or "")
                more += uid is not None
                continue
            one = _look_at(deidentifier, file, uid)
            if one.series_instance_uid not in met:
                met.add(one.series_instance_uid)
                series.append(one)
    meter.finish()
    if not found:
        raise InputError(
            "What was chosen holds no DICOM file.",
            "Choose the folder or the files that hold the images.",
        )
    return Previews(series, more, saved is None)


def _look_at(deidentifier: Deidentifier, file: FoundFile, uid: Optional[str]) -> SeriesPreview:
    try:
        series, changes, warned = deidentifier.preview(partial(open_unchanged, file))
    except OSError as error:
        reason = unreadable(error)
    except InputError as error:
        reason = error
    else:
        return SeriesPreview(series, file.item, changes, warned)
    refused = Warned(REFUSED, f"It would not be sent. {plain_text(reason.message)}")
    return SeriesPreview(uid or "", file.item, [], [refused])
