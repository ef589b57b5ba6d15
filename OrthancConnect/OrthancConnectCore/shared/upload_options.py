"""How an upload is done: what is left out, checked, changed and said of it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Dict, Mapping, Optional, Tuple, Union

from .errors import ConfigurationError
from .validation import begun, is_label

#: Whether bodies are compressed on the way, where that is measured to be faster, and small files go
#: together; or each file goes as it is, in a request of its own.
COMPRESS_AUTO, COMPRESS_NEVER = "auto", "never"
#: Seconds that an upload waits for a server that is away.
PATIENCE = 300.0
# OrthancConfiguration's names of user metadata.
_METADATA = re.compile(r"[A-Za-z0-9_-]{1,64}")

#: What jobs of version 0.1 know nothing of: left out, it leaves them the same jobs.
_LATER = ("keep_structure_names",)


@dataclass(frozen=True)
class DeidentifyChoice:
    """De-identify before a byte leaves (`deidentify`)."""

    #: Path of the saved key, made when it is not there; empty for a key of this job alone.
    key_file: str = ""
    #: Path of the list of originals and pseudonyms; empty for a file of this job in the state
    #: folder.
    map_file: str = ""
    #: ``remove``; ``shift`` into the past by a number of days of each patient's own, so that
    #: intervals and times of day stay (DICOM PS3.15 E.3, 113107); or ``keep`` (113106).
    dates: str = "remove"
    #: Begins the new Patient ID and accession number; up to 4 capital letters and digits.
    prefix: str = ""
    #: Keep sex, age, size, weight and the like (113108).
    keep_patient_characteristics: bool = False
    #: Keep the names of regions and structures in RT structure sets, which the basic profile
    #: empties, wherever the patient's name is not in them.
    keep_structure_names: bool = False


@dataclass(frozen=True)
class UploadOptions:
    """Options of one upload.

    Raises
    ------
    ConfigurationError
        A value that can't be used.
    """

    #: Series Instance UIDs, as they are in the files, that are left out.
    except_series: Tuple[str, ...] = ()
    #: Read back what the server has of each file, and compare hashes.
    verify: bool = False
    #: Send what the server has with other content in its place, where it lets itself be replaced;
    #: else the server's is kept, and told.
    overwrite: bool = False
    #: Put on the uploaded studies (Orthanc 1.12).
    labels: Tuple[str, ...] = ()
    #: Names and values, put on the uploaded studies.
    metadata: Tuple[Tuple[str, str], ...] = ()
    #: None sends the files as they are.
    deidentify: Optional[DeidentifyChoice] = None
    #: ``auto`` or ``never``.
    compress: str = COMPRESS_AUTO
    #: Seconds to wait for a server that is away; 0 gives up at once.
    patience: float = PATIENCE

    def __post_init__(self) -> None:
        plain = "Use up to 64 plain letters, digits, hyphens and underscores."
        known = "Use a number from 1024, or a name of UserMetadata in orthanc.json."
        wrong = [("label", one, plain) for one in self.labels if not is_label(one)]
        names = (name for name, _value in self.metadata if not _METADATA.fullmatch(name))
        wrong += [("metadata name", name, known) for name in names]
        for what, mark, hint in wrong:
            raise ConfigurationError(f"The {what} '{begun(mark)}' can't be used.", hint)
        if self.compress not in (COMPRESS_AUTO, COMPRESS_NEVER):
            raise ConfigurationError("The kind of compression is unknown.", "Use auto or never.")
        if not 0 <= self.patience <= 7 * 24 * 3600:
            raise ConfigurationError(
                "The time to wait for the server can't be used.", "Use seconds, up to a week."
            )

    @property
    def marks(self) -> bool:
        """Whether something is put on the studies."""
        return bool(self.labels or self.metadata)

    def identity(self) -> Dict[str, Union[str, int, bool, None]]:
        """Return what makes two uploads of the same files different jobs (`job_id_of`)."""
        found: Dict[str, Union[str, int, bool, None]] = {}
        if self.except_series:
            found["except_series"] = "\\".join(sorted(self.except_series))
        if self.deidentify is not None:
            for name, value in asdict(self.deidentify).items():
                if value or name not in _LATER:
                    found[f"deidentify_{name}"] = value
        return found

    def to_dict(self) -> Dict[str, Any]:
        """Return the options as JSON-serialisable values."""
        return {**asdict(self), "metadata": dict(self.metadata)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> UploadOptions:
        """Rebuild options from `to_dict`; what is left out has its default.

        Raises
        ------
        ConfigurationError
            An unknown name, or a value of the wrong kind.
        """
        given = dict(data)
        try:
            values: Dict[str, Any] = {}
            for name in ("except_series", "labels"):
                if name in given:
                    values[name] = _texts(given.pop(name))
            if "metadata" in given:
                values["metadata"] = tuple(map(_texts, given.pop("metadata").items()))
            choice = given.pop("deidentify", None)
            if choice is not None:
                values["deidentify"] = DeidentifyChoice(**_like(DeidentifyChoice(), choice))
            return cls(**values, **_like(cls(), given))
        except (TypeError, AttributeError, ValueError) as error:
            raise ConfigurationError(
                "The options of the upload can't be read.", "Report this fault."
            ) from error


def _like(default: Any, given: Mapping[str, Any]) -> Dict[str, Any]:
    """Return values that are of the kind of the defaults; TypeError for others."""
    kinds = {field.name: type(getattr(default, field.name)) for field in fields(default)}
    values: Dict[str, Any] = {}
    for name, value in given.items():
        kind = kinds[name] if name in kinds else type(None)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind:
            raise TypeError(name)
        values[name] = value
    return values


def _texts(value: Any) -> Tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, str) for one in value):
        raise TypeError("a list of texts is needed")
    return tuple(value)
