"""Which instance a file holds, told from its first bytes: as pydicom reads it, or not at all."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any, Optional

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from OrthancConnectCore.scan.header import HEAD, LONGEST_HEAD, Identity, examine
from Support.data.dicom import write_small_instances
from Support.data.pydicom_identity import identify, pydicoms
from Support.data.raw_dicom import (
    BIG,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    OPEN,
    element,
    part_10,
    sequence,
)

SYNTAXES = (EXPLICIT, IMPLICIT, BIG)
TEST_FILES = Path(pydicom.__file__).parent / "data"
PROPERTY = settings(database=None, deadline=None, derandomize=True, max_examples=80)
#: Malformed in ways in which readers differ, or deflated.
UNTOLD = {
    *("image_dfl.dcm", "rtdose_rle.dcm", "rtdose_rle_1frame.dcm", "SC_rgb_jpeg.dcm"),
}


def minimal(syntax: str = EXPLICIT, before_study: bytes = b"", patient: bytes = b"PAT") -> bytes:
    """A data set with the four identifiers, and what is said put in before the study's."""
    return b"".join(
        (
            element(0x00080005, b"CS", b"ISO_IR 100", syntax),
            element(0x00080018, b"UI", b"1.2.3", syntax),
            element(0x00100020, b"LO", patient, syntax),
            before_study,
            element(0x0020000D, b"UI", b"1.2.4", syntax),
            element(0x0020000E, b"UI", b"1.2.5", syntax),
            element(0x00200013, b"IS", b"7", syntax),
        )
    )


def expected(syntax: str = EXPLICIT) -> Identity:
    return Identity("PAT", "1.2.4", "1.2.5", "1.2.3", syntax)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_it_is_told_in_each_encoding(syntax: str) -> None:
    data_set = minimal(syntax)
    assert identify(part_10(data_set, syntax)) == expected(syntax)
    assert identify(data_set) == expected("")  # without preamble
    assert identify(part_10(data_set, syntax)[132:]) == expected(syntax)


def test_it_agrees_with_pydicom_on_pydicoms_own_files() -> None:
    told = untold = 0
    for path in sorted(TEST_FILES.rglob("*")):
        if not path.is_file() or path.suffix in (".py", ".pyc", ".json"):
            continue
        head = path.read_bytes()[:LONGEST_HEAD]
        identity = identify(head)
        if identity is not None:
            assert identity[:4] == pydicoms(path.read_bytes()), path
            told += 1
        elif examine(head, False).kind == "DICOM" and pydicoms(path.read_bytes()) is not None:
            assert path.name in UNTOLD, path
            untold += 1
    assert told > 100 and untold <= len(UNTOLD)


def test_the_patient_is_who_pydicom_says(tmp_path: Path) -> None:
    for path in write_small_instances(tmp_path, count=3):
        identity = identify(path.read_bytes()[:HEAD])
        dataset = pydicom.dcmread(path)
        assert identity == (
            *(dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID),
            *(dataset.SOPInstanceUID, dataset.file_meta.TransferSyntaxUID),
        )


# What pydicom's dictionary calls a sequence, and what it does not.
SEQUENCES = (0x00081111, 0x00081140, 0x00089215, 0x00101002, 0x00181234)
OTHERS = (0x00080012, 0x00090010, 0x00091001, 0x00100010, 0x00181000)


@st.composite
def data_sets(draw: Any, syntax: str, depth: int = 0) -> bytes:
    """Elements in ascending order, with sequences of all kinds, and UIDs within them."""
    content = b""
    for tag in sorted(draw(st.sets(st.sampled_from(SEQUENCES + OTHERS), max_size=5))):
        if tag in OTHERS:
            vr = draw(st.sampled_from((b"LO", b"UI", b"OB", b"UN", b"UT", b"US")))
            content += element(tag, vr, draw(st.binary(max_size=12)), syntax)
        elif depth < 3:
            is_open = draw(st.booleans())
            is_unknown = is_open and syntax == EXPLICIT and draw(st.booleans())
            within = IMPLICIT if is_unknown else syntax
            items = draw(st.lists(data_sets(within, depth + 1), max_size=2))
            made = sequence(tag, items, within, is_open)
            content += made[:4] + b"UN\0\0" + made[4:] if is_unknown else made
    return content


@PROPERTY
@given(st.data(), st.sampled_from(SYNTAXES))
def test_nothing_within_a_sequence_is_taken_for_the_instances_own(data: Any, syntax: str) -> None:
    between = data.draw(data_sets(syntax))
    # UIDs of others, as in Referenced SOP Sequence, where a search for bytes would find them.
    nested = minimal(syntax).replace(b"1.2.", b"9.9.")
    is_open = data.draw(st.booleans())
    elements = [
        element(0x00080005, b"CS", b"ISO_IR 192", syntax),
        element(0x00080018, b"UI", b"1.2.3", syntax),
        sequence(0x00081115, [nested, between], syntax, is_open),
        element(0x00100020, b"LO", b"PAT", syntax),
        sequence(0x00181234, [between, nested], syntax, not is_open),
        element(0x0020000D, b"UI", b"1.2.4", syntax),
        element(0x0020000E, b"UI", b"1.2.5", syntax),
    ]
    content = part_10(b"".join(elements), syntax)
    assert identify(content) == expected(syntax)
    assert pydicoms(content) == expected(syntax)[:4]


def test_damage_never_makes_another_instance_of_it() -> None:
    dice = random.Random(20260611)
    nested = sequence(0x00081115, [minimal(), sequence(0x00081140, [minimal()], is_open=True)])
    open_one = sequence(0x00181234, [minimal(IMPLICIT)], IMPLICIT, True)
    unknown = open_one[:4] + b"UN\0\0" + open_one[4:]
    seeds = [part_10(minimal(EXPLICIT, unknown)), part_10(minimal(IMPLICIT, open_one), IMPLICIT)]
    seeds += [part_10(minimal(BIG, sequence(0x00181234, [minimal(BIG)], BIG, True)), BIG)]
    seeds += [part_10(nested + minimal()[18:])]
    agreed = 0
    for _ in range(2000):
        content = bytearray(dice.choice(seeds))
        for _ in range(dice.randint(1, 4)):
            content[dice.randrange(132, len(content))] = dice.choice((0, 0xFF, dice.randrange(256)))
        identity = identify(bytes(content))
        if identity is None:
            continue
        try:
            read = pydicoms(bytes(content))
        except ValueError:  # what pydicom makes of a NUL in a character set's name
            continue
        assert identity[:4] == read, bytes(content)
        agreed += 1
    assert agreed > 300


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("has_preamble", [True, False])
def test_a_cut_file_tells_the_same_or_nothing(syntax: str, has_preamble: bool) -> None:
    content = minimal(syntax, sequence(0x00181234, [minimal(syntax)], syntax, True))
    whole = part_10(content, syntax) if has_preamble else content
    right = identify(whole)
    assert right == expected(syntax if has_preamble else "")
    needed = whole.rindex(b"1.2.5") + 6
    for length in range(len(whole)):
        assert identify(whole[:length]) == (right if length >= needed else None), length


def test_what_can_not_be_told_is_not_guessed() -> None:
    good = minimal()
    patient = element(0x00100020, b"LO", b"PAT")
    untold = {
        "deflated": part_10(good, DEFLATED),
        "unknown syntax": part_10(good, "1.2.840.113619.5.2"),
        "no syntax": part_10(good, ""),
        "implicit, and is explicit": part_10(good, IMPLICIT),
        "explicit, and is implicit": part_10(minimal(IMPLICIT)),
        "twice": part_10(good.replace(patient, patient + patient)),
        "out of order": part_10(patient + good.replace(patient, b"")),
        "no study": part_10(good.replace(element(0x0020000D, b"UI", b"1.2.4"), b"")),
        "no instance": part_10(good.replace(element(0x00080018, b"UI", b"1.2.3"), b"")),
        "empty": part_10(good.replace(b"1.2.5\0", bytes(6))),
        "no UID": part_10(good.replace(b"1.2.5", b"1.2.*")),
        "two UIDs": part_10(good.replace(b"1.2.5", b"1\\2.5")),
        "a text": part_10(good.replace(b"UI\6\0" + b"1.2.5", b"LO\6\0" + b"1.2.5")),
        "no representation": part_10(good.replace(b"LO", b"??")),
        "open text": part_10(minimal(before_study=element(0x00180015, b"UT", b"", EXPLICIT, OPEN))),
        "no item": part_10(
            minimal(before_study=element(0x00180015, b"SQ", bytes(8), EXPLICIT, OPEN))
        ),
        "nothing": b"",
        "only a preamble": bytes(128) + b"DICM",
    }
    assert {name for name, content in untold.items() if identify(content) is not None} == set()


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("tag", "name"),
    [
        (0x0020000D, "Study Instance UID"),
        (0x0020000E, "Series Instance UID"),
        (0x00080018, "SOP Instance UID"),
    ],
)
def test_a_uid_that_is_missing_is_named(tag: int, name: str, syntax: str) -> None:
    uid = {0x0020000D: b"1.2.4", 0x0020000E: b"1.2.5", 0x00080018: b"1.2.3"}[tag]
    there = element(tag, b"UI", uid, syntax)
    whole = minimal(syntax)
    assert examine(part_10(whole, syntax), True).missing == ""
    empty = element(tag, b"UI", b"", syntax)
    for data_set in (whole.replace(there, b""), whole.replace(there, empty)):
        assert examine(part_10(data_set, syntax), True).missing == name
        if name != "SOP Instance UID":  # by which a file without preamble is known
            assert examine(data_set, True).missing == name
        first = part_10(data_set, syntax)
        assert examine(first[: first.index(b"PAT")], False).missing == ""
    # Where other readers find it, or more of the file has to be read, nothing is claimed.
    late = examine(part_10(whole.replace(there, b"") + there, syntax), True)
    assert (late.missing, late.identity) == ("", None)
    odd = whole.replace(uid, b"1.2.x")
    assert examine(part_10(odd, syntax), True).missing == ""


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_sequence_that_contradicts_itself_tells_nothing(syntax: str) -> None:
    """Orthanc looks inside, and takes the patient for a part of the sequence."""
    inner = element(0x00080018, b"UI", b"9.9", syntax)
    sound = sequence(0x00081140, [inner, sequence(0x00081199, [inner], syntax)], syntax)
    patient = element(0x00100020, b"LO", b"PAT", syntax)

    def told(between: bytes) -> Optional[Identity]:
        data_set = minimal(syntax).replace(patient, between + patient)
        return identify(part_10(data_set, syntax))

    assert told(sound) == expected(syntax)
    item = sound.rindex(inner) - 4
    order = "big" if syntax == BIG else "little"
    for wrong in (len(inner) - 2, len(inner) + 8, len(inner) + 40, 0x7FFFFFFF):
        broken = sound[:item] + wrong.to_bytes(4, order) + sound[item + 4 :]
        assert told(broken) is None, wrong


def test_a_patient_id_that_only_the_server_knows_is_left_open() -> None:
    for patient in ("Núria".encode(), b"\x1b$B", b"X" * 300):
        identity = identify(part_10(minimal(patient=patient).replace(b"ISO_IR 100", b"ISO_IR 999")))
        assert identity is not None and identity.patient_id is None
    without = minimal().replace(element(0x00100020, b"LO", b"PAT"), b"")
    assert identify(part_10(without)) == expected()._replace(patient_id="")


def test_neighbours_share_their_texts() -> None:
    one, other = (
        identify(part_10(minimal().replace(b"1.2.3", uid))) for uid in (b"1.2.7", b"1.2.8")
    )
    assert one is not None and other is not None
    assert one.sop_instance_uid != other.sop_instance_uid
    for name in ("patient_id", "study_instance_uid", "series_instance_uid", "transfer_syntax_uid"):
        assert getattr(one, name) is getattr(other, name)


def test_deep_nesting_is_walked_without_recursion() -> None:
    item = struct.pack("<HHL", 0xFFFE, 0xE000, OPEN)
    opened = element(0x00181234, b"SQ", b"", length=OPEN)
    closed = struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    deep = 1500
    nested = (opened + item) * deep + closed * deep
    content = part_10(minimal(before_study=nested))
    assert len(content) < LONGEST_HEAD
    assert identify(content) == expected()
    assert identify(part_10(minimal(before_study=nested[:-8]))) is None


def test_a_long_header_asks_for_more_bytes_once() -> None:
    long = element(0x00091001, b"OB", bytes(20_000))
    content = part_10(
        minimal(before_study=b"").replace(
            element(0x00100020, b"LO", b"PAT"), long + element(0x00100020, b"LO", b"PAT")
        )
    )
    first = examine(content[:HEAD], False)
    assert (first.identity, first.is_open) == (None, True)
    assert examine(content[:LONGEST_HEAD], False).identity == expected()
