"""C-FIND by the ctk classes, real ones or their stand-ins."""

from __future__ import annotations

import glob
import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, Dict, List, Tuple

#: Seconds in which a refusal must have been said.
SOON = 5.0


class Asked:
    """One query and all that came of it."""

    def __init__(self, context: Any, profile: Any, limit: int = 0, **filters: Any) -> None:
        from OrthancConnectCore.shared.query import QueryFilters
        from OrthancConnectLib.adapters.ctk_dimse.services import CtkDimse

        self.context = context
        self.known: List[Any] = []
        self.ends: List[Any] = []
        self.seconds = 0.0
        self.dimse = CtkDimse(profile)
        began = time.monotonic()
        self.operation = self.dimse.query(
            QueryFilters(**filters), limit, self.known.append, self.ends.append, self.ends.append
        )
        assert not self.ends and not self.known, "a callback came before query() had returned"
        self._began = began

    def end(self, seconds: float = 30.0) -> Any:
        """Wait for the one end: a QueryResult or an error."""
        assert self.context.wait(lambda: self.ends, seconds), "the query never ended"
        self.seconds = time.monotonic() - self._began
        self.context.wait(seconds=0.03)
        assert len(self.ends) == 1, self.ends
        return self.ends[0]


def _found(context: Any, **filters: Any) -> Any:
    from OrthancConnectCore.shared.query import QueryResult

    result = Asked(context, context.profile(), **filters).end()
    assert isinstance(result, QueryResult), result
    return result


def _names(result: Any) -> List[str]:
    return [patient.patient_name for patient in result.patients]


def fill(context: Any) -> Dict[str, List[Path]]:
    from Support.data.dicom import write_group_folder

    files = write_group_folder(context.new_folder("group"), slices=10, rows=32, columns=32)
    for paths in files.values():
        context.server.store(*paths)
    return files


# Query ----------------------------------------------------------------------------------------


def scenario_query_finds_patients_studies_and_series(context: Any) -> None:
    """Everything in order, with accents; known in steps, and within a second."""
    fill(context)
    context.server.store(*_variants(context))
    import OrthancConnectLib.adapters.ctk_dimse.services  # noqa: F401 - loaded with the panel, not in its first query

    with context.measured_gap() as gap:
        asked = Asked(context, context.profile())
        result = asked.end()
    context.note(
        f"query of {len(result.studies)} studies, {len(result.series)} series: "
        f"{asked.seconds:.2f} s, largest gap of a 20 ms timer {gap[0]:.0f} ms"
    )
    by_id = {patient.patient_id: patient for patient in result.patients}
    assert set(by_id) >= {"PAT0012", "PAT0044", "PAT0071", ""}, sorted(by_id)
    nuria = by_id["PAT0012"]
    assert (nuria.patient_name, nuria.birth_date) == ("Pérez^Núria", "19610405"), nuria
    (study,) = nuria.studies
    assert (study.study_date, study.accession_number) == ("20260302", "ACC0012"), study
    assert study.study_description == "Tórax con contraste" and study.modalities == ("CT",)
    assert [(item.series_number, item.modality) for item in study.series] == [(3, "CT"), (4, "CT")]
    assert study.series[1].series_description == "Axial 10 mm pulmón"
    assert _names(result) == sorted(_names(result), key=str.casefold)
    assert not result.truncated and result.seconds > 0
    assert len(asked.known) >= 2 and asked.known[-1] == list(result.patients)
    assert all(not item.series for patient in asked.known[0] for item in patient.studies)


def _variants(context: Any) -> List[Path]:
    """Studies without a patient's name, and without an ID: CTK drops the one, renames the other."""
    import pydicom

    from Support.data.dicom import save_dataset, stable_uid, write_small_instances

    paths = write_small_instances(context.new_folder("odd"), count=2, seed=17)
    for path, keyword in zip(paths, ("PatientName", "PatientID")):
        dataset = pydicom.dcmread(path)
        setattr(dataset, keyword, "")
        for level in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            setattr(dataset, level, stable_uid("without", keyword, level))
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        save_dataset(dataset, path)
    return paths


def scenario_query_finds_what_ctk_drops(context: Any) -> None:
    """A study without a patient's name is found with its series; one without an ID keeps none."""
    from Support.data.dicom import stable_uid

    context.server.store(*_variants(context))
    result = _found(context)
    studies = {study.study_instance_uid: study for study in result.studies}
    assert len(studies) == 2, studies
    nameless = studies[stable_uid("without", "PatientName", "StudyInstanceUID")]
    series_uid = stable_uid("without", "PatientName", "SeriesInstanceUID")
    assert [item.series_instance_uid for item in nameless.series] == [series_uid]
    assert {patient.patient_id for patient in result.patients} == {""}, result.patients


def scenario_query_of_odd_identifiers(context: Any) -> None:
    """UIDs that are not well formed are found with their series, an ID with a backslash as well."""
    from Support.data.dicom import write_slice

    odd = {"A\\B": "ab" * 32, "LONG": "1.2." + "5" * 70, "WILD": "1.3.*"}
    for number, (patient, uid) in enumerate(odd.items()):
        path = context.new_folder("odd") / f"{number}.dcm"
        context.server.store(
            write_slice(path, patient, StudyInstanceUID=uid, SeriesInstanceUID=uid + ".1")
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the stand-in reads by pydicom, which minds such UIDs
        result, of_one = _found(context), _found(context, patient_id="A\\B")
    studies = {study.study_instance_uid: study for study in result.studies}
    assert set(studies) == set(odd.values()), studies
    # Of a UID with a wildcard the series can't be asked for.
    known = {uid: [one.series_instance_uid for one in studies[uid].series] for uid in studies}
    assert known == {uid: [] if "*" in uid else [uid + ".1"] for uid in known}, known
    assert [one.patient_id for one in of_one.patients] == ["A"], of_one  # all that CTK keeps of it


def scenario_query_filters(context: Any) -> None:
    """Each filter finds what it should and nothing else; Latin-1 is no limit."""
    fill(context)
    nuria, jiri, jurgen = "Pérez^Núria", "Šimůnek^Jiří", "Müller^Jürgen"
    cases: Tuple[Tuple[Dict[str, Any], List[str]], ...] = (
        ({"patient_name": "pérez"}, [nuria]),
        ({"patient_name": "Pérez, Núria"}, [nuria]),
        ({"patient_name": "Šimůnek"}, [jiri]),
        ({"patient_name": "šim*"}, [jiri]),
        ({"patient_name": "Š?mů?ek*"}, [jiri]),
        ({"patient_name": "M?ller*"}, [jurgen]),
        ({"patient_name": "ller"}, [jurgen]),
        ({"patient_name": "ller*"}, []),
        ({"patient_name": "Ž"}, [nuria]),  # without accents
        ({"patient_name": "nobody"}, []),
        ({"patient_id": "PAT0044"}, [jiri]),
        ({"patient_id": "PAT00"}, []),
        ({"patient_id": "PAT00*2"}, [nuria]),
        ({"patient_id": "PAT004?"}, [jiri]),
        ({"study_date_from": "20260301", "study_date_to": "20260401"}, [nuria]),
        ({"study_date_from": "20260303"}, [jiri]),
        ({"study_date_to": "20251231"}, [jurgen]),
        ({"modalities": ("CT", "MR"), "accession_number": "0071"}, [jurgen]),
        ({"modalities": ("MR",)}, []),
        ({"study_description": "hrudníku"}, [jiri]),
        ({"study_description": "Thorax*Prüf*"}, [jurgen]),
        ({"accession_number": "ACC0012", "patient_name": "Jiří"}, []),
    )
    for filters, expected in cases:
        assert _names(_found(context, **filters)) == expected, filters
    date_only = _found(context, study_date_from="20260303")
    assert len(date_only.series) == 1, "a date alone must not list every patient"


def scenario_query_limit(context: Any) -> None:
    """The newest studies, as many as asked for, and only their series."""
    fill(context)
    result = _found(context, limit=2)
    assert sorted(study.study_date for study in result.studies) == ["20260302", "20260417"]
    assert result.truncated and all(study.series for study in result.studies)
    assert not _found(context, limit=3).truncated


def scenario_query_of_many_studies(context: Any) -> None:
    """More studies than fit in one request for series; the event loop stays free."""
    from Support.data.dicom import write_small_instances

    context.server.store(
        *write_small_instances(context.new_folder("many"), count=80, patients=40, series=2)
    )
    with context.measured_gap() as gap:
        asked = Asked(context, context.profile())
        result = asked.end()
    assert len(result.studies) == 40 and len(result.series) == 80
    assert asked.seconds < 10, asked.seconds
    context.note(
        f"query of 40 studies, 80 series: {asked.seconds:.2f} s, largest gap {gap[0]:.0f} ms"
    )


def scenario_query_refused_is_an_error(context: Any) -> None:
    """An empty tree would be a lie: each fault says in a sentence what to do, and soon."""
    from OrthancConnectCore.shared.errors import DimseError

    server = context.server
    for changes, word, refused in (
        ({"calling_ae_title": "NOBODY"}, "NOBODY", True),
        ({"dicom_port": context.free_port()}, "Nothing answers", False),
        ({"dicom_port": server.http_port}, "does not speak DICOM", False),
        ({"dicom_host": "no.such.host.invalid"}, "not known", False),
    ):
        asked = Asked(context, context.profile(**changes))
        error = asked.end(SOON)
        assert isinstance(error, DimseError) and word in error.message, (changes, error)
        assert error.hint and bool(error.refused) is refused, (changes, error)
        assert asked.known == [], changes


def scenario_query_that_breaks_off(context: Any) -> None:
    """CTK calls all of these finished; ours are an error, or cut short, or truly empty."""
    from OrthancConnectCore.shared.errors import DimseError
    from OrthancConnectCore.shared.query import QueryResult

    for behaviour in ("SA700", "SC000", "EA700", "EC000"):
        error = Asked(context, context.peer(behaviour)).end()
        assert isinstance(error, DimseError) and error.hint, (behaviour, error)
    for behaviour, studies in (("SFE00", 2), ("EFE00", 0)):
        result = Asked(context, context.peer(behaviour)).end()
        assert isinstance(result, QueryResult) and result.truncated, (behaviour, result)
        assert len(result.studies) == studies, (behaviour, result)
    nothing = Asked(context, context.peer("NONE")).end()
    assert isinstance(nothing, QueryResult) and not nothing.truncated and not nothing.patients


def scenario_query_of_a_server_that_takes_no_lists(context: Any) -> None:
    """Series are asked for study by study where a list of studies finds none."""
    result = Asked(context, context.peer("SINGLE")).end()
    assert [len(study.series) for study in result.studies] == [1, 1], result


def scenario_query_without_room(context: Any) -> None:
    """No temporary folder: one sentence, before anything is under way."""
    from OrthancConnectCore.shared.errors import InputError

    honest = tempfile.tempdir
    tempfile.tempdir = str(context.folder / "not there")
    try:
        Asked(context, context.profile())
    except InputError as error:
        assert "not there" in error.message and error.hint, error
    else:
        raise AssertionError("the query began")
    finally:
        tempfile.tempdir = honest


def scenario_query_cancelled(context: Any) -> None:
    """Cancel ends it once, with OperationCancelled; close() does so for all; nothing is left."""
    from OrthancConnectCore.shared.errors import OperationCancelled

    fill(context)
    before = set(_scratch_folders())
    asked = Asked(context, context.profile())
    asked.operation.cancel()
    asked.operation.cancel()
    assert isinstance(asked.end(), OperationCancelled) and asked.known == []
    asked = Asked(context, context.profile())
    context.wait(seconds=0.02)
    asked.dimse.close()
    assert isinstance(asked.end(), OperationCancelled)
    result = Asked(context, context.profile()).end()
    assert len(result.patients) == 3
    assert context.wait(lambda: set(_scratch_folders()) <= before, 5), "scratch databases are left"


def _scratch_folders() -> List[str]:
    return glob.glob(os.path.join(tempfile.gettempdir(), "orthancconnect-query-*"))
