"""What is put into a Store after a job, and what is taken out of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, List

from Support.slicer_stand_in.dicom_item import Item
from Support.slicer_stand_in.dicom_store import (
    QUERY_TYPES,
    RETRIEVE_TYPES,
    ResponseSet,
    Store,
    date_text,
    logger,
)


def insert_response_sets(store: Store, response_sets: List[ResponseSet]) -> None:
    """ctkDICOMDatabase::insert(QList<ctkDICOMJobResponseSet*>)."""
    with store._transaction():
        for response_set in response_sets:
            for key, item in sorted(response_set.datasets.items()):
                _fill_in(store, response_set, key, item)
                _insert_one(store, response_set, item)


def _fill_in(store: Store, response_set: ResponseSet, key: str, item: Item) -> None:
    """Give a dataset the UIDs that the request had and the answer has not."""
    kind = response_set.job_type
    from_request = QUERY_TYPES[1:] + RETRIEVE_TYPES
    if not item.text("PatientID"):
        if kind == 1:
            item.set_text("PatientID", key)
        elif kind in from_request:
            item.set_text("PatientID", response_set.patient_id)
    if not item.text("StudyInstanceUID"):
        if kind == 2:
            item.set_text("StudyInstanceUID", key)
        elif kind in from_request:
            item.set_text("StudyInstanceUID", response_set.study_uid)
    study = item.text("StudyInstanceUID")
    if not item.text("PatientName") and study:
        row = store.first("SELECT PatientsUID FROM Studies WHERE StudyInstanceUID = ?", study)
        name = store.first("SELECT PatientsName FROM Patients WHERE UID = ?", row)
        item.set_text("PatientName", name)
    if not item.text("SeriesInstanceUID"):
        if kind == 3:
            item.set_text("SeriesInstanceUID", key)
        elif kind in (4, 6, 7):
            item.set_text("SeriesInstanceUID", response_set.series_uid)
    if not item.text("SOPInstanceUID"):
        if kind == 4:
            item.set_text("SOPInstanceUID", key)
        elif kind in (*RETRIEVE_TYPES, 8):
            item.set_text("SOPInstanceUID", response_set.sop_uid)


def _insert_one(store: Store, response_set: ResponseSet, item: Item) -> None:
    patient_id, name = item.text("PatientID"), item.text("PatientName")
    study, series = item.text("StudyInstanceUID"), item.text("SeriesInstanceUID")
    if not patient_id:
        logger.error("ctkDICOMDatabase::insert: dataset has no patientID")
        return
    if not name:
        logger.error("ctkDICOMDatabase::insert: dataset has no patientName")
        return
    if not study and response_set.job_type != 1:
        logger.error("ctkDICOMDatabase::insert: dataset has no studyInstanceUID")
        return
    url = ""
    if response_set.job_type == 4:
        parts = [study, series, item.text("SOPInstanceUID")]
        url = "/".join(
            ["dimse+ctk://" + response_set.connection_name, *[part for part in parts if part]]
        )
    if store._up_to_date(item.text("SOPInstanceUID"), ""):
        return
    stored = ""
    if response_set.copy_file and series and not store.in_memory:
        stored = store._store_file(item, "")
    store._insert_hierarchy(item, patient_id, name, response_set.connection_name)
    store._insert_image(item, store.internal(stored), url, series)


def remove_series(store: Store, series_uid: str, cleanup: bool) -> None:
    """Remove a series' rows, and its files where the database owns them."""
    rows = store.execute("SELECT Filename FROM Images WHERE SeriesInstanceUID = ?", series_uid)
    store.execute("DELETE FROM Images WHERE SeriesInstanceUID = ?", series_uid)
    for (filename,) in rows:
        if filename and not os.path.isabs(filename):
            path = Path(store.absolute(filename))
            path.unlink(missing_ok=True)
            for folder in list(path.parents)[:2]:
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
    if cleanup:
        clean_up(store)
    store.forget()


def clean_up(store: Store) -> None:
    """Remove series, studies and patients that have nothing left."""
    store.execute(
        "DELETE FROM Series WHERE (SELECT COUNT(*) FROM Images"
        " WHERE Images.SeriesInstanceUID = Series.SeriesInstanceUID) = 0"
    )
    store.execute(
        "DELETE FROM Studies WHERE (SELECT COUNT(*) FROM Series"
        " WHERE Series.StudyInstanceUID = Studies.StudyInstanceUID) = 0"
    )
    store.execute(
        "DELETE FROM Patients WHERE (SELECT COUNT(*) FROM Studies"
        " WHERE Studies.PatientsUID = Patients.UID) = 0"
    )
    store.forget()


def update_displayed_fields(store: Store) -> None:
    """ctkDICOMDatabase::updateDisplayedFields: only what got a file since the last time.

    A study's date becomes DICOM's form here; as a query's answer it was YYYY-MM-DD.
    """
    fresh, store.fresh = store.fresh, []
    with store._transaction():
        for shown in {one["SeriesInstanceUID"]: one for one in fresh}.values():
            _show_series(store, shown)
        for shown in {one["StudyInstanceUID"]: one for one in fresh}.values():
            _show_study(store, shown)
        for shown in {(one["PatientID"], one["PatientName"]): one for one in fresh}.values():
            _show_patient(store, shown)


def _show_series(store: Store, shown: Dict[str, str]) -> None:
    uid = shown["SeriesInstanceUID"]
    store.execute(
        "UPDATE Series SET DisplayedSize = ?, DisplayedCount ="
        " (SELECT COUNT(*) FROM Images WHERE SeriesInstanceUID = ?) WHERE SeriesInstanceUID = ?",
        *("" if shown["Size"] == "0x0" else shown["Size"], uid, uid),
    )


def _show_study(store: Store, shown: Dict[str, str]) -> None:
    uid = shown["StudyInstanceUID"]
    store.execute(
        "UPDATE Studies SET StudyDate = ?, InstitutionName = ?, ReferringPhysician = ?,"
        " DisplayedNumberOfSeries = (SELECT COUNT(*) FROM Series WHERE StudyInstanceUID = ?)"
        " WHERE StudyInstanceUID = ?",
        *(shown["StudyDate"], shown["InstitutionName"], shown["ReferringPhysicianName"]),
        *(uid, uid),
    )


def _show_patient(store: Store, shown: Dict[str, str]) -> None:
    patient_id = shown["PatientID"] or shown["StudyInstanceUID"]
    name = shown["PatientName"] or patient_id
    row = store.first(
        "SELECT UID FROM Patients WHERE PatientID = ? AND PatientsName = ?", patient_id, name
    )
    dates = store.column("SELECT StudyDate FROM Studies WHERE PatientsUID = ?", row)
    last = max((date.replace("-", "") for date in dates), default="")
    store.execute(
        "UPDATE Patients SET DisplayedPatientsName = ?, DisplayedLastStudyDate = ?,"
        " DisplayedNumberOfStudies = ? WHERE UID = ?",
        *(readable_name(name), date_text(last) or "", len(dates), row),
    )


def readable_name(name: str) -> str:
    """humanReadablePatientName: "Last, First Middle, Suffix (Prefix)"."""
    last, first, middle, prefix, suffix = (name.split("^") + [""] * 5)[:5]
    shown = last + ("," if last and (first or middle) else "")
    shown += "".join(" " + part for part in (first, middle) if part)
    shown += f", {suffix}" if suffix else ""
    return shown + (f" ({prefix})" if prefix else "")
