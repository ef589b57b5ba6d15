"""Pseudonyms that depend on a key and nothing else: made by dicognito, kept in files of our own."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import os
import secrets
import threading
from pathlib import Path
from typing import Any, Set

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from ..files import open_file, os_reason
from ..shared.disk import changing, write_private
from ..shared.errors import ConfigurationError, InputError
from ..shared.packages import optional
from ..shared.validation import plain_text, spreadsheet_cell
from .values import joined_text

_KEY_HEADING = "OrthancConnect de-identification key 1"
_FEWEST_DAYS, _MOST_DAYS = 62, 730
#: Pseudonyms that are kept for the next file.
_MOST_KEPT = 10_000
#: UIDs that name kinds and schemes, not objects: coding scheme, context group, mapping resource.
_SCHEME_UIDS = (0x0008010C, 0x00080117, 0x00080118)
_DICOM_UIDS = "1.2.840.10008."


class Pseudonyms:
    """Makes the same pseudonym from the same original and key, in any run.

    Who has the key can test guesses: keep it as secret as the originals.

    Raises
    ------
    MissingDependencyError
        dicognito is not installed.
    """

    def __init__(self, key: str, prefix: str = "") -> None:
        require_library()
        import dicognito
        from dicognito.datetimeanonymizer import DateTimeAnonymizer
        from dicognito.idanonymizer import IDAnonymizer
        from dicognito.pnanonymizer import PNAnonymizer
        from dicognito.randomizer import Randomizer
        from dicognito.uianonymizer import UIAnonymizer

        self.library = f"dicognito {getattr(dicognito, '__version__', '')}".strip()
        self._randomizer = Randomizer(key)
        self._ids = IDAnonymizer(self._randomizer, prefix, "", "PatientID")
        self._names = PNAnonymizer(self._randomizer)
        self._uids = UIAnonymizer(self._randomizer)
        self._shifter: Any = DateTimeAnonymizer
        # Those of most of a study's files are alike.
        self.identifier = functools.lru_cache(_MOST_KEPT)(self._identifier)
        self.uids = functools.lru_cache(_MOST_KEPT)(self._other_uids)

    def _identifier(self, kind: str, original: str) -> str:
        """Return 12 capital letters and digits for an identifier of some kind."""
        # One value to pydicom, and another than any that is one.
        element = DataElement(0x00100020, "LO", f"{kind}|{original}".replace("\\", "\x1f"))
        self._ids(Dataset(), element)
        return str(element.value)

    def _other_uids(self, tag: int, originals: str) -> str:
        """Return other UIDs for an element's, but for those that name kinds of things."""
        values = originals.split("\\")
        if tag in _SCHEME_UIDS or all(one.startswith(_DICOM_UIDS) for one in values):
            return originals
        element = DataElement(tag, "UI", values)
        self._uids(Dataset(), element)
        return joined_text(element.value)

    def name(self, dataset: Dataset, element: DataElement) -> None:
        """Put other names into an element of persons' names."""
        self._names(dataset, element)

    def days(self, patient: str) -> int:
        """Return the days by which a patient's dates lie in the past: 62 to 730."""
        number: int = self._randomizer.to_int(f"days|{patient}")
        return _FEWEST_DAYS + number % (_MOST_DAYS - _FEWEST_DAYS + 1)

    def shift(self, dataset: Dataset, element: DataElement, days: int) -> bool:
        """Move dates by whole days into the past; False where they make no sense."""
        try:
            self._shifter(-24 * days)(dataset, element)
        except (ValueError, OverflowError, TypeError):
            return False
        return True


def require_library() -> None:
    """Make sure that dicognito is there, before anything else is asked or done.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    needs = "De-identification needs the package dicognito."
    with optional(needs, "Install it.", "dicognito", "deidentify"):
        import dicognito  # noqa: F401
        import dicognito.uianonymizer  # noqa: F401


def new_key() -> str:
    """Return a fresh key."""
    return secrets.token_hex(32)


def key_name(key: str) -> str:
    """Return a name for a key that tells nothing about it."""
    return hashlib.sha256(f"name of {key}".encode()).hexdigest()[:8]


def load_or_make_key(path: Path) -> str:
    """Return the key in a file; make both where there is none.

    Of several processes that do so at once, one makes the key and the others read it. The file is
    readable by its owner alone, and made so when it is not.

    Raises
    ------
    ConfigurationError
        The file can't be read or made, or holds no key: another one would give known patients
        other pseudonyms.
    """
    try:
        if not os.path.lexists(path):
            with changing(path):
                if not os.path.lexists(path):
                    write_private(path, f"{_KEY_HEADING}\n{new_key()}\n")
        return _read_key(path)
    except OSError as error:
        raise ConfigurationError(
            f"The de-identification key {path} can't be used: {os_reason(error)}.",
            "Make the file readable and its folder writable, or choose another.",
        ) from error


def _read_key(path: Path) -> str:
    with open_file(str(path))[0] as file:
        content = file.read(4096)
        if not content:
            raise ConfigurationError(
                f"The key file {path} is empty: the key that it was made for was never written, or "
                "is lost.",
                "Put back a copy of it. If nothing was uploaded with it, remove it, and a new key "
                "is made.",
            )
        lines = content.decode("ascii", "replace").splitlines()
        key = lines[1].strip() if len(lines) > 1 and lines[0].strip() == _KEY_HEADING else ""
        if len(key) != 64 or any(digit not in "0123456789abcdef" for digit in key):
            raise ConfigurationError(
                f"The file {path} holds no de-identification key.",
                "Choose a file that an earlier upload made, or a name where there is no file.",
            )
        if hasattr(os, "fchmod") and os.fstat(file.fileno()).st_mode & 0o077:
            os.fchmod(file.fileno(), 0o600)
    return key


class PseudonymMap:
    """The list of originals and their pseudonyms: a CSV file for its owner alone, never sent.

    It is made where it is not there, and added to where it is.

    Raises
    ------
    ConfigurationError
        It can't be written, or is another file.
    """

    HEADING = ("attribute", "original", "pseudonym")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known: Set[int] = set()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists():
                open_file(str(path))[0].close()  # no pipe and no device
            self._handle = os.open(path, flags, 0o600)
            self._load()
            if hasattr(os, "fchmod"):
                os.fchmod(self._handle, 0o600)
        except (OSError, csv.Error) as error:
            raise ConfigurationError(
                f"The list of pseudonyms {path} can't be used: {os_reason(error)}.",
                "Make it writable, or choose another file.",
            ) from error

    def _load(self) -> None:
        with open(self.path, encoding="utf-8", errors="replace", newline="") as file:
            beginning = file.read(len(",".join(self.HEADING)))
            if beginning not in ("", ",".join(self.HEADING)):
                os.close(self._handle)
                raise ConfigurationError(
                    f"The file {self.path} is not a list of pseudonyms.", "Choose another file."
                )
            for line in csv.reader(file):
                self._known.add(hash(tuple(line)))
        if not beginning:
            self._write(self.HEADING)

    def add(self, attribute: str, original: str, pseudonym: str) -> None:
        """Note a pair, once.

        Raises
        ------
        InputError
            It can't be written: then its instance must not be sent.
        """
        row = (attribute, spreadsheet_cell(plain_text(original, 1024)), pseudonym)
        with self._lock:
            if hash(row) in self._known:
                return
            try:
                self._write(row)
            except OSError as error:
                raise InputError(
                    f"The list of pseudonyms can't be written: {os_reason(error)}.",
                    "Make room on its disk, and upload again.",
                ) from error
            self._known.add(hash(row))

    def _write(self, row: tuple[str, ...]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(row)
        rest = memoryview(line.getvalue().encode("utf-8", "backslashreplace"))
        while rest:
            rest = rest[os.write(self._handle, rest) :]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1
