"""De-identifies DICOM files before a byte leaves, by the basic profile of DICOM PS3.15 annex E.

Pseudonyms and UIDs come from `dicognito <https://github.com/blairconrad/dicognito>`_ (MIT licence),
from a key: the same in the whole run, and with a saved key in later ones. dicognito by itself
replaces names, UIDs, dates and some identifiers, and leaves most other attributes of table E.1-1
as they are: descriptions and comments, device and station identities, physicians' addresses and
identification sequences, age, size and weight, request attributes, clinical trial identifiers, the
content of reports, overlays and curves, and all private attributes. So the table's every row is
applied here (`deidentify.basic_profile`, `deidentify.rules`); of dicognito its handlers of names,
identifiers, UIDs and dates do their part. In two things we differ from dicognito: dates move by
whole days and by a number of each patient's own, and the patient's new name is the new Patient ID,
so that nobody takes it for a person's.

Pixel data are never touched: what is burned into them stays, and is warned about; where compressed
ones begin with a text that names the patient, the file is refused. So is one whose essence is
a document (encapsulated PDF, CDA, 3D model), since nothing would be left.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from .. import __version__
from ..shared.errors import InputError
from ..shared.upload_options import DeidentifyChoice
from ..shared.validation import uid_fault
from . import rules
from .cleaner import Cleaner
from .parts import FAULTS, OpenSource, encode, put_together, quiet, take_apart
from .pseudonyms import PseudonymMap, Pseudonyms
from .report import Change, Warned, changes, named, warnings_about
from .values import made, text_of

_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_STUDY, _SERIES = 0x0020000D, 0x0020000E
_ENCAPSULATED_DOCUMENT = 0x00420011
_MAPPED = (
    *(rules.PATIENT_ID, rules.PATIENT_ID_ISSUER, rules.PATIENT_NAME, rules.ACCESSION_NUMBER),
    *(rules.STUDY_ID, _STUDY, _SERIES, _SOP_INSTANCE),
)
# DICOM PS3.16 CID 7050, De-identification Method.
_BASIC = ("113100", "Basic Application Confidentiality Profile")
_RETAIN = "Retain Longitudinal Temporal Information {} Dates Option"
_DATES = {
    rules.SHIFT_DATES: ("113107", _RETAIN.format("Modified"), "MODIFIED"),
    rules.KEEP_DATES: ("113106", _RETAIN.format("Full"), "UNMODIFIED"),
    rules.REMOVE_DATES: ("", "", "REMOVED"),
}
_CHARACTERISTICS = ("113108", "Retain Patient Characteristics Option")


class DeidentifiedFile(NamedTuple):
    """A de-identified instance, ready to be sent.

    `open` gives the de-identified bytes, any number of times, by any thread; the identifiers are
    the new ones.
    """

    open: OpenSource
    size: int
    patient_id: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    warnings: Tuple[Warned, ...]

    def read(self) -> bytes:
        """Return all of its bytes."""
        with self.open() as stream:
            return stream.read()


class Deidentifier:
    """De-identifies files alike; any thread may use it.

    Where originals and pseudonyms are listed, in `map_file`, everybody is identified: it is for its
    owner alone, and must not be sent.

    Raises
    ------
    MissingDependencyError
        dicognito is not installed.
    ConfigurationError
        `map_file` or a value of `choice` can't be used.
    """

    def __init__(
        self, key: str, choice: Optional[DeidentifyChoice] = None, map_file: Optional[Path] = None
    ) -> None:
        choice = choice or DeidentifyChoice()
        rules.check_choice(choice)
        self._pseudonyms = Pseudonyms(key, choice.prefix)
        self._cleaner = Cleaner(self._pseudonyms, choice)
        self._keeps_structure_names = choice.keep_structure_names
        self._ours = [f"OrthancConnect {__version__}"[:64], self._pseudonyms.library[:64]]
        self._ours += ["Structure names kept"] * choice.keep_structure_names
        code, meaning, self._modified = _DATES[choice.dates]
        codes = [_BASIC] + ([(code, meaning)] if code else [])
        if choice.keep_patient_characteristics:
            codes.append(_CHARACTERISTICS)
        self._codes = Sequence([_code_item(*one) for one in codes])
        self._map = PseudonymMap(map_file) if map_file is not None else None

    def __enter__(self) -> Deidentifier:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the list of pseudonyms."""
        if self._map is not None:
            self._map.close()

    def deidentify(self, source: OpenSource) -> DeidentifiedFile:
        """Return a file de-identified; the source, opened anew each time, is only read.

        Raises
        ------
        InputError
            It can't be de-identified: then it must not be sent.
        OSError
            It can't be read.
        """
        with _translated():
            parts = take_apart(source)
            dataset, syntax, implicit, little = parts[:4]
            with quiet():
                before = _mapped(dataset)
                warned = self._clean(dataset)
                content = encode(dataset, implicit, little)
                self._cleaner.leftovers.refuse(content, implicit, little)
                self._cleaner.leftovers.refuse_pixels(parts.first_pixels)
                after, sop_class_uid = _mapped(dataset), text_of(dataset, _SOP_CLASS)
            whole = put_together(parts, content, sop_class_uid, after[_SOP_INSTANCE])
        if self._map is not None:
            after[rules.PATIENT_ID_ISSUER] = after[rules.PATIENT_ID]  # which stands for both
            for tag, original in before.items():
                if original and after[tag]:
                    self._map.add(keyword_for_tag(tag), original, after[tag])
        return DeidentifiedFile(
            whole.open,
            whole.size,
            after[rules.PATIENT_ID],
            after[_STUDY],
            after[_SERIES],
            after[_SOP_INSTANCE],
            syntax,
            tuple(warned),
        )

    def preview(self, source: OpenSource) -> Tuple[str, List[Change], List[Warned]]:
        """Return what would change in a file; nothing is noted.

        That is the Series Instance UID as it is in the file, at most 5,000 changes in the order of
        their tags, and what to be careful about.

        Raises
        ------
        InputError
            As `deidentify`.
        OSError
            It can't be read.
        """
        with _translated():
            before, after = (take_apart(source).dataset for _ in range(2))
            with quiet():
                warned = self._clean(after)
                return text_of(before, _SERIES), changes(before, after), warned

    def _clean(self, dataset: Dataset) -> List[Warned]:
        _require_uids(dataset, is_new=False)
        if _ENCAPSULATED_DOCUMENT in dataset:
            raise InputError(
                "The file holds a whole document (such as a PDF), which can't be de-identified.",
                "Leave it out, or upload it without de-identification.",
            )
        warned = warnings_about(dataset, self._keeps_structure_names)
        unexpected = self._cleaner.clean(dataset)
        told = {"leftover": unexpected, "doubtful": self._cleaner.leftovers.doubtful}
        warned += [named(kind, places) for kind, places in told.items() if places]
        _require_uids(dataset, is_new=True)
        self._sign(dataset, any(one.in_pixels for one in warned))
        return warned

    def _sign(self, dataset: Dataset, burned_in: bool) -> None:
        """Say in the data set what was done (DICOM PS3.15 E.1.1, PS3.3 C.7.1.1 and C.12.1)."""
        earlier = [one for one in text_of(dataset, rules.METHOD).split("\\") if one]
        ours = [one for one in self._ours if one not in earlier]
        for tag, vr, value in (
            (rules.IDENTITY_REMOVED, "CS", "NO" if burned_in else "YES"),
            (rules.METHOD, "LO", "\\".join(earlier + ours)),
            (rules.TEMPORAL_MODIFIED, "CS", self._modified),
        ):
            dataset[tag] = made(tag, vr, value)
        dataset[rules.METHOD_CODES] = DataElement(rules.METHOD_CODES, "SQ", self._codes)


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Make of whatever pydicom raises for a file that makes no sense an `InputError`."""
    try:
        yield
    except (*FAULTS, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's, not pydicom's
        raise InputError(
            "The DICOM file makes no sense to the de-identification.",
            "Leave it out, or upload it without de-identification.",
            cause=type(error).__name__,
        ) from error


def _mapped(dataset: Dataset) -> Dict[int, str]:
    """Return what is listed with its pseudonyms."""
    return {tag: text_of(dataset, tag) for tag in _MAPPED}


def _require_uids(dataset: Dataset, is_new: bool) -> None:
    """Raise where a UID is wrong that has to be there; an old one may have any form."""
    for tag, name in ((_SOP_INSTANCE, "Instance"), (_SOP_CLASS, "Class")):
        text = text_of(dataset, tag)
        fault = uid_fault(text)
        if fault and (is_new or tag == _SOP_CLASS or not text):
            raise InputError(
                f"The SOP {name} UID {fault}.",
                "Leave it out, or upload it without de-identification.",
            )


def _code_item(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item
