"""What a de-identification would change, shown before anything is sent: one file of each series."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Set, Union

from ..deidentify.deidentifier import Deidentifier
from ..deidentify.pseudonyms import load_or_make_key, new_key
from ..deidentify.report import Change, Warned
from ..files import reading_fault
from ..scan.files import AnyPath, FoundFile, iter_dicom_files
from ..shared.errors import InputError
from ..shared.events import CancelToken, ProgressCallback, ProgressMeter, ignore_progress
from ..shared.upload_options import DeidentifyChoice, UploadOptions
from ..shared.validation import plain_text
from .deidentification import check_choice, source_of

#: More series than anybody looks through.
MOST_SERIES = 200
#: Kind of the warning about a file that can't be de-identified.
REFUSED = "refused"


class SeriesPreview(NamedTuple):
    """Before and after for one file of a series.

    Attributes
    ----------
    series_instance_uid : str
        As it is in the file.
    item : str
        `FoundFile.item`.
    changes : list of Change
        None where the file can't be de-identified.
    warnings : list of Warned
        What to be careful about; of the kind ``refused`` for a file that would not be sent.
    """

    series_instance_uid: str
    item: str
    changes: List[Change]
    warnings: List[Warned]

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return {
            "series_instance_uid": self.series_instance_uid,
            "item": self.item,
            "changes": [change._asdict() for change in self.changes],
            "warnings": [{"kind": one.kind, "message": one.message} for one in self.warnings],
        }


class Previews(NamedTuple):
    """The previews of all that was chosen.

    Attributes
    ----------
    series : list of SeriesPreview
        At most `MOST_SERIES`.
    more : int
        Series beyond these.
    examples : bool
        Whether the pseudonyms are examples only, since the key is made when the upload begins.
    """

    series: List[SeriesPreview]
    more: int
    examples: bool

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        rows = [one.to_dict() for one in self.series]
        return {"series": rows, "more": self.more, "examples": self.examples}


def preview_upload(
    paths: Union[AnyPath, Iterable[AnyPath]],
    options: UploadOptions,
    *,
    progress: ProgressCallback = ignore_progress,
    token: Optional[CancelToken] = None,
) -> Previews:
    """Show what a de-identification would do; nothing is sent or written, not even a key.

    Parameters
    ----------
    paths : path or iterable of paths
        Files, folders and archives.
    options : UploadOptions
        Of the upload: how it de-identifies, and what it leaves out.
    progress, token
        As of `upload`.

    Raises
    ------
    InputError
        A path is not there, or what was chosen holds no DICOM file.
    MissingDependencyError
        dicognito is not installed.
    ConfigurationError
        A value that can't be used, or a key file that holds no key.
    OperationCancelled
        The token was cancelled.
    """
    choice = options.deidentify or DeidentifyChoice()
    told = check_choice(choice)
    saved = Path(choice.key_file) if choice.key_file and Path(choice.key_file).exists() else None
    key = load_or_make_key(saved) if saved else new_key()
    series: List[SeriesPreview] = []
    met: Set[str] = set(options.except_series)
    meter = ProgressMeter("preview", progress)
    found = more = 0
    with Deidentifier(key, told) as deidentifier:
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
        seen = deidentifier.preview(source_of(file))
    except OSError as error:
        reason = InputError(*reading_fault(error))
    except InputError as error:
        reason = error
    else:
        return SeriesPreview(seen.series_instance_uid, file.item, seen.changes, seen.warnings)
    warned = Warned(REFUSED, f"It would not be sent. {plain_text(reason.message)}")
    return SeriesPreview(uid or "", file.item, [], [warned])
