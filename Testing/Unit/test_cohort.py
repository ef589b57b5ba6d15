"""Tables of patients: every spelling of a CSV, and which column is meant."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence

import pytest

from OrthancConnectCore.query.cohort import read_cohort, why_not_found
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.series import LIST_KINDS
from OrthancConnectCore.tables import save_table

KNOWN = {
    "PatientID": ("0012", "Peña 7", "P3"),
    "AccessionNumber": ("A-1", "A-2"),
    "StudyInstanceUID": ("1.2.3", "1.2.4"),
    "SeriesInstanceUID": ("1.2.3.1", "1.2.3.2"),
}


def name_of(value: str) -> str:
    """An identifier of Orthanc."""
    return f"{zlib.crc32(value.encode()):08x}" + "-0badc0de" * 4


class Server:
    """Knows some identifiers, and is asked for several at once."""

    def __init__(self) -> None:
        self.queries: List[Mapping[str, str]] = []

    def find(self, _level: str, query: Mapping[str, str], **more: Any) -> List[Dict[str, Any]]:
        if not query or "Since" in more:
            return []
        self.queries.append(query)
        [(keyword, joined)] = query.items()
        group = "PatientMainDicomTags" if keyword == "PatientID" else "MainDicomTags"
        found = set(joined.split("\\")) & set(KNOWN[keyword])
        return [{"ID": name_of(one), group: {keyword: one}} for one in found]

    def get_json(self, _path: str, shape: Any) -> Dict[str, int]:
        return dict.fromkeys(shape, 0)


def read(tmp_path: Path, content: Any, **options: str) -> Any:
    path = tmp_path / "cohort.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_cohort(Server(), path, **options)  # type: ignore[arg-type]


def values(cohort: Any) -> Sequence[str]:
    return [value for _line, value in cohort.values]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    lines = ["Nombre,ID del paciente,Año", "Núñez,Peña 7,2020", ",,", 'X,"=""0012""",2021']
    text = "\r\n".join(lines).replace(",", delimiter) + "\r\n"
    cohort = read(tmp_path, text.encode(encoding))
    assert cohort.kind == "patient-id"
    assert cohort.values == ((2, "Peña 7"), (4, "0012"))


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Patient ID", "patient-id"),
        ("NHC", "patient-id"),
        ("Patientennummer", "patient-id"),
        ("Nº de historia clínica", "patient-id"),
        ("AccessionNumber", "accession"),
        ("Número de acceso", "accession"),
        ("Anforderungsnummer", "accession"),
        ("StudyInstanceUID", "study"),
        ("UID de estudio", "study"),
        ("Studien-Instanz-UID", "study"),
        ("Series Instance UID", "series"),
        ("UID de la serie", "series"),
        ("Serien-UID", "series"),
    ],
)
def test_names_of_columns(tmp_path: Path, header: str, kind: str) -> None:
    cohort = read(tmp_path, f"Note;{header}\nx;1\ny;2\n")
    assert (cohort.kind, values(cohort)) == (kind, ["1", "2"])


def test_the_most_exact_of_several_named_columns_is_meant(tmp_path: Path) -> None:
    text = "PatientID,StudyInstanceUID\nP3,1.2.3\n"
    assert read(tmp_path, text).kind == "study"
    assert values(read(tmp_path, text, by="patient-id")) == ["P3"]


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("0012\nnobody\n", "patient-id", ["0012", "nobody"]),
        ('="0012"\n="P3"\n', "patient-id", ["0012", "P3"]),
        ("x;A-2\ny;A-1\n", "accession", ["A-2", "A-1"]),
        ("Fall;Wert\nx;1.2.4\n", "study", ["1.2.4"]),
        ("1.2.3.1,P3x\n1.2.3.2,P3y\n", "series", ["1.2.3.1", "1.2.3.2"]),
        ("sep=;\nx;P3\n", "patient-id", ["P3"]),
    ],
)
def test_a_column_is_known_by_what_the_server_has(
    tmp_path: Path, text: str, kind: str, found: List[str]
) -> None:
    cohort = read(tmp_path, text)
    assert (cohort.kind, values(cohort)) == (kind, found)


def test_a_header_is_told_and_a_first_value_is_none(tmp_path: Path) -> None:
    told = read(tmp_path, "case\nP3\n", column="1", by="patient-id")
    assert values(told) == ["P3"]
    assert any("names of the columns: case" in note for note in told.notes)
    assert values(read(tmp_path, "X9\nP3\n", column="1", by="patient-id")) == ["X9", "P3"]


@pytest.mark.parametrize("column", ["2", "Fall", " fall "])
def test_a_chosen_column(tmp_path: Path, column: str) -> None:
    assert values(read(tmp_path, "a,Fall\n1,A-1\n", column=column)) == ["A-1"]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("", {}, "is empty"),
        (" ;\n;;\n", {}, "is empty"),
        ("a,b\nc,d\n", {}, "can't be told which column"),
        ("a,b\nc,d\n", {"column": "3"}, "no column"),
        ("a,b\nc,d\n", {"column": "e"}, "no column"),
        ("a\nb\n", {"by": "name"}, "no such kind"),
        ('x,"' + "y" * 200_000, {}, "can't be read"),
    ],
)
def test_what_can_not_be_read_is_a_sentence(
    tmp_path: Path, content: str, options: Dict[str, str], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, content, **options)


def test_thousands_are_asked_for_in_few_requests(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("x\n" * 9 + "\n".join(f"v{one},w{one},P3" for one in range(5000)))
    server = Server()
    assert read_cohort(server, path).kind == "patient-id"  # type: ignore[arg-type]
    assert len(server.queries) <= 2 * len(LIST_KINDS)


def test_why_nothing_was_found() -> None:
    assert "shortened the number" in why_not_found("accession", "1.23457E+11")[1]
    assert "wildcard" in why_not_found("accession", "A*")[0]
    assert why_not_found("series", "") == ("The cell is empty.", "")


@pytest.mark.parametrize("name", ["r.csv", "r.json"])
def test_a_table_has_safe_cells_and_overwrites_no_other(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    rows = [{"a": "=1+1", "b": 1}, {"a": "ñ\n", "b": None}]
    save_table(target, ("a", "b"), rows, {"x": 1})
    save_table(target, ("a", "b"), rows, {"x": 1})
    text = target.read_text(encoding="utf-8-sig")
    if name.endswith("csv"):
        assert text == "a,b\n'=1+1,1\nñ\\n,\n"
    target.write_text("precious")
    with pytest.raises(InputError, match="another file has this name"):
        save_table(target, ("a", "b"), rows)
    assert target.read_text() == "precious"
