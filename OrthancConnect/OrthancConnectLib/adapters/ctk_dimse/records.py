"""What a query has found so far: read from CTK's scratch database, sifted, put in order."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, Sequence, Set, Tuple

from OrthancConnectCore.shared.matching import matches, wildcard_text
from OrthancConnectCore.shared.query import (
    PatientRecord,
    QueryFilters,
    SeriesRecord,
    StudyRecord,
    names_in_order,
)
from OrthancConnectCore.shared.validation import plain_text

#: CTK takes our patient ID for one that the server left empty.
_ANY = "*"
_NAMELESS = ""


class QueryRecords:
    """Patients, studies and series, growing while the answers come in."""

    def __init__(self, filters: QueryFilters) -> None:
        self._sieves = _sieves(filters)
        self._patients: Dict[str, PatientRecord] = {}
        self._studies: Dict[str, StudyRecord] = {}
        self._patient_of: Dict[str, str] = {}
        self._seen: Set[str] = set()
        self._announced: Set[str] = set()
        self.changed = False  # since `patients` was last called

    @property
    def study_uids(self) -> List[str]:
        """The studies, newest first."""
        newest = sorted(self._studies.values(), key=lambda study: study.study_instance_uid)
        newest.sort(key=lambda study: study.study_date, reverse=True)
        return [study.study_instance_uid for study in newest]

    # Reading: about 12 µs a value, so one study or patient at a time ----------------------------

    def read_studies(self, database: Any) -> Iterator[None]:
        """Read all studies with their patients; one step a study."""
        for patient_uid in database.patients():
            value = partial(_value, database.fieldForPatient, patient_uid)
            patient_id = str(database.fieldForPatient("PatientID", patient_uid)).rstrip()
            patient = PatientRecord(
                "" if patient_id == _ANY else patient_id,
                value("PatientsName"),
                _date(value("PatientsBirthDate")),
                value("PatientsSex"),
            )
            for study_uid in database.studiesForPatient(patient_uid):
                self._seen.add(study_uid)
                study = _study(database, study_uid)
                if self._passes(patient, study):
                    self._patients[patient_uid] = patient
                    self._studies[study_uid] = study
                    self._patient_of[study_uid] = patient_uid
                    self.changed = True
                yield

    def _passes(self, patient: PatientRecord, study: StudyRecord) -> bool:
        values = {
            "patient_name": patient.patient_name,
            "patient_id": patient.patient_id,
            "accession_number": study.accession_number,
            "study_description": study.study_description,
        }
        return all(matches(pattern, values[name]) for name, pattern in self._sieves.items())

    def read_series(self, database: Any, study_uid: str) -> bool:
        """Read the series of one study; return whether there are any."""
        series = [_series(database, uid) for uid in database.seriesForStudy(study_uid)]
        if series:
            self._put_series(study_uid, series)
        return bool(series)

    def _put_series(self, study_uid: str, series: List[SeriesRecord]) -> None:
        def place(item: SeriesRecord) -> Tuple[bool, int, str]:
            number = item.series_number
            return number is None, number or 0, item.series_instance_uid

        modalities = tuple(sorted({item.modality for item in series if item.modality}))
        study = self._studies[study_uid]
        self._studies[study_uid] = dataclasses.replace(
            study,
            series=tuple(sorted(series, key=place)),
            modalities=modalities or study.modalities,
        )
        self.changed = True

    # What CTK left out --------------------------------------------------------------------------

    def announce(
        self, study_uids: Sequence[str], of_study: str, series_uids: Sequence[str]
    ) -> None:
        """Note what the server answered, also what CTK then did not put into its database."""
        self._announced.update(study_uids)
        if self._patient_of.get(of_study) == _NAMELESS:
            self._put_series(of_study, [SeriesRecord(uid) for uid in series_uids])

    def add_nameless(self, limit: int) -> List[str]:
        """Add the studies that CTK dropped for want of a patient's name; return their UIDs.

        Nothing is known of them but their UIDs. With filters on text they can't be told from
        what does not match, and stay out.
        """
        nameless = sorted(self._announced - self._seen)
        self._seen.update(nameless)
        if self._sieves or not nameless:
            return []
        if limit:
            nameless = nameless[: max(0, limit - len(self._studies))]
        for study_uid in nameless:
            self._patients[_NAMELESS] = PatientRecord("")
            self._studies[study_uid] = StudyRecord(study_uid)
            self._patient_of[study_uid] = _NAMELESS
            self.changed = True
        return nameless

    # The result ---------------------------------------------------------------------------------

    def keep_newest(self, limit: int) -> bool:
        """Drop all but the newest studies; return whether there were more than `limit`."""
        if not limit or len(self._studies) <= limit:
            return False
        for study_uid in self.study_uids[limit:]:
            del self._studies[study_uid]
        return True

    def patients(self) -> List[PatientRecord]:
        """Return what is known now: patients by name, their studies newest first."""
        self.changed = False
        studies: Dict[str, List[StudyRecord]] = {}
        for study_uid in self.study_uids:
            studies.setdefault(self._patient_of[study_uid], []).append(self._studies[study_uid])
        return list(
            names_in_order(
                dataclasses.replace(self._patients[uid], studies=tuple(found))
                for uid, found in studies.items()
            )
        )


def _study(database: Any, study_uid: str) -> StudyRecord:
    value = partial(_value, database.fieldForStudy, study_uid)
    # CTK keeps the first modality only; all of them are known when the series are.
    modality = value("ModalitiesInStudy").partition("\\")[0]
    return StudyRecord(
        study_uid,
        _date(value("StudyDate")),
        value("StudyDescription"),
        value("AccessionNumber"),
        (modality,) if modality else (),
    )


def _series(database: Any, series_uid: str) -> SeriesRecord:
    value = partial(_value, database.fieldForSeries, series_uid)
    number = value("SeriesNumber")
    return SeriesRecord(
        series_uid,
        int(number) if re.fullmatch(r"-?[1-9]\d*", number) else None,  # "0" stands for none
        value("Modality"),
        value("SeriesDescription"),
    )


def _value(read: Callable[[str, str], str], uid: str, field: str) -> str:
    return plain_text(read(field, uid), 400)


def _date(value: str) -> str:
    """A date as CTK has it, 2026-03-02, in DICOM's way."""
    return value.replace("-", "")


def _sieves(filters: QueryFilters) -> Dict[str, str]:
    """The text filters that CTK has to ask for more broadly than meant, as patterns.

    It puts `*` around all of them, has only Latin-1, and only ASCII for the patient ID.
    """
    sieves = {}
    for name in ("patient_name", "accession_number", "study_description"):
        text = getattr(filters, name)
        if any(char in "*?" or ord(char) > 255 for char in unicodedata.normalize("NFC", text)):
            sieves[name] = wildcard_text(text)
    if set(filters.patient_id) & set("?\\") or not filters.patient_id.isascii():
        # Of an ID with a backslash CTK keeps what stands before it.
        sieves["patient_id"] = filters.patient_id.partition("\\")[0]
    return sieves
