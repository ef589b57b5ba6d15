"""DICOM files for tests: believable CT series of people who do not exist, and files that hurt.

Everything is made here, from a seed: the same call writes the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Optional, Union

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from Support.data.ct_phantom import ChestPhantom

UID_ROOT = "1.2.826.0.1.3680043.8.498."
CHEST_HEIGHT = 300.0  # mm
_PYDICOM_3 = int(pydicom.__version__.partition(".")[0]) >= 3


@dataclass(frozen=True)
class Patient:
    """Somebody who does not exist."""

    patient_id: str
    name: str
    sex: str
    birth_date: str
    character_set: str = "ISO_IR 192"


PATIENTS = (
    Patient("PAT0012", "Pérez^Núria", "F", "19610405"),
    Patient("PAT0044", "Šimůnek^Jiří", "M", "19501121"),
    Patient("PAT0071", "Müller^Jürgen", "M", "19780730", "ISO_IR 100"),
)


def stable_uid(*parts: object) -> str:
    """Make a UID of 64 characters from what it stands for, always the same."""
    digest = hashlib.sha512("\0".join(str(part) for part in parts).encode()).digest()
    return UID_ROOT + str(int.from_bytes(digest, "big"))[: 64 - len(UID_ROOT)]


def save_dataset(dataset: Dataset, target: Union[Path, BinaryIO]) -> None:
    """Write a complete DICOM file, with pydicom 2.4 as with 3."""
    if _PYDICOM_3:
        dataset.save_as(target, enforce_file_format=True)
    else:
        dataset.is_little_endian, dataset.is_implicit_VR = True, False
        dataset.save_as(target, write_like_original=False)


def _patient_and_study(
    patient: Patient, study: str, study_date: str, accession_number: str, seed: int
) -> Dataset:
    dataset = Dataset()
    dataset.SpecificCharacterSet = patient.character_set
    dataset.PatientName = patient.name
    dataset.PatientID = patient.patient_id
    dataset.PatientSex = patient.sex
    dataset.PatientBirthDate = patient.birth_date
    dataset.PatientAge = f"{int(study_date[:4]) - int(patient.birth_date[:4]):03d}Y"
    dataset.StudyInstanceUID = stable_uid(seed, patient.patient_id, study)
    dataset.StudyID = "1"
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = study_date
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = "101530"
    dataset.StudyDescription = study
    dataset.AccessionNumber = accession_number
    dataset.ReferringPhysicianName = ""
    dataset.InstitutionName = "Instituto de Ejemplo"
    dataset.FrameOfReferenceUID = stable_uid(seed, patient.patient_id, study, "frame")
    dataset.PositionReferenceIndicator = ""
    return dataset


def _add_ct_image(
    dataset: Dataset,
    number: int,
    description: str,
    size: tuple[int, int],
    spacing: tuple[float, float],
    thickness: float,
) -> None:
    dataset.SOPClassUID = CTImageStorage
    dataset.Modality = "CT"
    dataset.Manufacturer = "Example Phantoms"
    dataset.ManufacturerModelName = "Drawn Chest"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.PatientPosition = "HFS"
    dataset.BodyPartExamined = "CHEST"
    dataset.KVP = "120"
    dataset.ConvolutionKernel = "STANDARD"
    dataset.SeriesInstanceUID = stable_uid(dataset.StudyInstanceUID, number)
    dataset.SeriesNumber = number
    dataset.SeriesDescription = description
    dataset.AcquisitionNumber = 1
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [f"{spacing[0]:.6f}", f"{spacing[1]:.6f}"]
    dataset.SliceThickness = f"{thickness:.4f}"
    dataset.SpacingBetweenSlices = f"{thickness:.4f}"
    dataset.Rows, dataset.Columns = size
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "-1024", "1", "HU"
    dataset.WindowCenter, dataset.WindowWidth = "40", "400"


def _position(dataset: Dataset, index: int, spacing: tuple[float, float], z: float) -> None:
    """Place slice number `index` (from 0) at the height `z` in millimetres."""
    dataset.SOPInstanceUID = stable_uid(dataset.SeriesInstanceUID, index)
    dataset.InstanceNumber = index + 1
    left = -spacing[1] * (dataset.Columns - 1) / 2
    front = -spacing[0] * (dataset.Rows - 1) / 2
    dataset.ImagePositionPatient = [f"{left:.4f}", f"{front:.4f}", f"{z:.4f}"]
    dataset.SliceLocation = f"{z:.4f}"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta


def write_ct_series(
    folder: Union[str, Path],
    patient: Union[Patient, str] = PATIENTS[0],
    patient_name: Optional[str] = None,
    study: str = "Tórax con contraste",
    study_date: str = "20260302",
    accession_number: str = "ACC0012",
    series_number: int = 3,
    series_description: str = "Axial",
    slices: int = 40,
    rows: int = 512,
    columns: int = 512,
    seed: int = 0,
    file_name: str = "IM{:05d}.dcm",
) -> list[Path]:
    """Write one CT series of a drawn chest and return its files, from the feet to the head.

    `patient` is a `Patient` or a patient ID with `patient_name`. Calls with the same patient,
    study and seed give series of one study. Pixels are Hounsfield units plus 1024.
    """
    if isinstance(patient, str):
        patient = Patient(patient, patient_name or "Anónimo^Paciente", "O", "19700101")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    drawing_seed = int(stable_uid(seed, patient.patient_id)[-9:])
    phantom = ChestPhantom(rows, columns, drawing_seed)
    thickness = CHEST_HEIGHT / slices
    dataset = _patient_and_study(patient, study, study_date, accession_number, seed)
    _add_ct_image(
        dataset,
        series_number,
        series_description,
        (rows, columns),
        phantom.pixel_spacing,
        thickness,
    )
    files = []
    for index in range(slices):
        _position(dataset, index, phantom.pixel_spacing, index * thickness)
        pixels = phantom.slice_at((index + 0.5) / slices) + 1024
        dataset.PixelData = pixels.astype("<u2").tobytes()
        dataset["PixelData"].VR = "OW"
        files.append(folder / file_name.format(index + 1))
        save_dataset(dataset, files[-1])
    return files


def write_small_instances(
    folder: Union[str, Path],
    count: int = 100,
    size: int = 32,
    patients: int = 1,
    series: int = 1,
    seed: int = 0,
) -> list[Path]:
    """Write `count` small CT slices quickly, shared out evenly over patients and their series.

    Each patient has one study. No two files have the same pixels (up to `size` × `size` files).
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    base = (np.arange(size * size, dtype=np.int64) * 7919 % 3000).astype("<u2")
    groups = [(p, s) for p in range(patients) for s in range(series)]
    files: list[Path] = []
    for place, (which, number) in enumerate(groups):
        share = count // len(groups) + (place < count % len(groups))
        if share == 0:
            continue
        known = PATIENTS[which % len(PATIENTS)]
        patient = Patient(
            f"SMALL{which:04d}", known.name, known.sex, known.birth_date, known.character_set
        )
        template, uid, series_uid = _small_template(patient, number + 1, size, seed)
        for index in range(share):
            content = template.replace(uid, stable_uid(series_uid, index).encode())
            content = content.replace(b"-77777.7777 ", f"{index * 1.0:<12.4f}".encode())
            content = content.replace(b"777777", f"{index + 1:<6d}".encode())
            path = folder / f"small-{len(files):06d}.dcm"
            path.write_bytes(content + np.roll(base, len(files)).tobytes())
            files.append(path)
    return files


def _small_template(
    patient: Patient, number: int, size: int, seed: int
) -> tuple[bytes, bytes, str]:
    """One file without its pixels, with its instance UID and the UID of its series."""
    dataset = _patient_and_study(patient, "Control", "20260115", patient.patient_id, seed)
    _add_ct_image(dataset, number, f"Serie {number}", (size, size), (1.0, 1.0), 1.0)
    _position(dataset, 777776, (1.0, 1.0), -77777.7777)
    dataset.PixelData = bytes(2 * size * size)
    dataset["PixelData"].VR = "OW"
    buffer = BytesIO()
    save_dataset(dataset, buffer)
    header = buffer.getvalue()[: -2 * size * size]
    return header, dataset.SOPInstanceUID.encode(), str(dataset.SeriesInstanceUID)


def write_slice(
    path: Path, patient_id: str = "FIELD1", number: int = 0, fill: int = 0, **values: object
) -> Path:
    """Write one small CT slice of a patient's only series.

    `values` are attributes that are set to what a sound program would not write, or to None to
    leave them out.
    """
    patient = Patient(patient_id, "Anónimo^Paciente", "O", "19700101")
    dataset = _patient_and_study(patient, "Control", "20260115", "FIELD", 0)
    _add_ct_image(dataset, 1, "Serie 1", (16, 16), (1.0, 1.0), 1.0)
    _position(dataset, number, (1.0, 1.0), float(number))
    dataset.PixelData = bytes([fill]) * 512
    dataset["PixelData"].VR = "OW"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keyword, value in values.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        uid = dataset.get("SOPInstanceUID", "1.2.3")
        dataset.file_meta.MediaStorageSOPInstanceUID = uid
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        path.parent.mkdir(parents=True, exist_ok=True)
        save_dataset(dataset, path)
    return path


def write_group_folder(
    folder: Union[str, Path], slices: int = 40, rows: int = 512, columns: int = 512
) -> dict[str, list[Path]]:
    """Write what a group would have on its disk: three patients, four CT series, and other files.

    Returns the DICOM files of each patient ID. Some have no extension; a note and the litter of a
    file manager lie between them.
    """
    folder = Path(folder)
    nuria, jiri, jurgen = PATIENTS
    size = {"rows": rows, "columns": columns}
    first = folder / "Perez_Nuria" / "2026-03-02 Tórax"
    files = {
        nuria.patient_id: write_ct_series(
            first / "Axial", nuria, series_description="Axial 5 mm", slices=slices, **size
        )
        + write_ct_series(
            first / "Pulmón",
            nuria,
            series_number=4,
            series_description="Axial 10 mm pulmón",
            slices=max(1, slices // 2),
            file_name="PULMON{:04d}",
            **size,
        ),
        jiri.patient_id: write_ct_series(
            folder / "Simunek_Jiri" / "DICOM",
            jiri,
            study="CT hrudníku",
            study_date="20260417",
            accession_number="ACC0044",
            series_number=2,
            series_description="Axiální",
            slices=slices,
            file_name="IM{:06d}",
            **size,
        ),
        jurgen.patient_id: write_ct_series(
            folder / "Mueller_Juergen",
            jurgen,
            study="Thorax nativ, Prüfung",
            study_date="20251209",
            accession_number="ACC0071",
            series_number=5,
            series_description="Axial über alles",
            slices=slices,
            **size,
        ),
    }
    (folder / "LEEME.txt").write_text("Copia del disco de la sala 2.\n", encoding="utf-8")
    (folder / "Perez_Nuria" / ".DS_Store").write_bytes(b"\0\0\0\1Bud1" + bytes(200))
    return files


def _variant(source: Path, target: Path, keyword: str, value: str, mark: str) -> Path:
    dataset = pydicom.dcmread(source)
    setattr(dataset, keyword, value)
    dataset.SOPInstanceUID = stable_uid(mark)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    save_dataset(dataset, target)
    return target


def hostile_files(folder: Union[str, Path]) -> dict[Path, str]:
    """Write files that programs stumble over, and tell what each is.

    ========== ============================================================================
    dicom      complete instance, though its name or its patient's name is odd
    headless   complete instance without preamble and file meta; Orthanc accepts it
    cut        DICOM that ends within its pixels
    damaged    preamble and ``DICM``, then nothing that makes sense
    empty      0 bytes
    other      not DICOM
    loop       symbolic link to itself, or to a folder above
    broken     symbolic link to nothing
    special    named pipe: who opens it waits for ever
    unreadable no permission to read (for root it counts as ``dicom``)
    ========== ============================================================================
    """
    folder = Path(folder)
    (folder / "sub").mkdir(parents=True, exist_ok=True)
    names = [
        "plain.dcm",
        "no extension",
        "-rf",
        ".hidden.dcm",
        "new\nline.dcm",
        "accents áéíøß 东京.dcm",
        "wrong extension.txt",
        "percent %41 &amp; 'quote' \".dcm",
        os.fsdecode(b"not utf-8 \xe9\xff.dcm"),
        "long " + "x" * 230 + ".dcm",
    ]
    good = write_small_instances(folder / "sub", count=len(names) + 3, seed=99)
    kinds: dict[Path, str] = {}
    for source, name in zip(good, names):
        kinds[source.rename(folder / name)] = "dicom"
    spare, locked, inside = good[len(names) :]
    _add_odd_patients(folder, spare, kinds)
    _add_damaged(folder, spare, kinds)
    kinds[spare] = "dicom"
    _add_links(folder, kinds)
    closed = folder / "closed folder"
    closed.mkdir()
    inside = inside.rename(closed / "inside.dcm")
    locked.chmod(0)
    readable = os.access(locked, os.R_OK)
    kinds[locked] = kinds[inside] = "dicom" if readable else "unreadable"
    closed.chmod(0)
    return kinds


def _add_odd_patients(folder: Path, source: Path, kinds: dict[Path, str]) -> None:
    for name, keyword, value in (
        ("html name.dcm", "PatientName", "<img src=x onerror=alert(1)>^<b>Eva</b>"),
        ("html study.dcm", "StudyDescription", "<a href='file:///'>open</a> <h1>big</h1>"),
        ("control name.dcm", "PatientName", "Bell\x07\x1b[31mRed^\x00\x08Nul"),
        ("no patient id.dcm", "PatientID", ""),
        ("parent id.dcm", "PatientID", "../../up"),
    ):
        kinds[_variant(source, folder / name, keyword, value, name)] = "dicom"


def _add_damaged(folder: Path, source: Path, kinds: dict[Path, str]) -> None:
    whole = _variant(source, folder / "whole", "StudyDescription", "Dañado", "damaged")
    content = whole.read_bytes()
    whole.unlink()
    meta_length = 12 + int.from_bytes(content[140:144], "little")
    for name, data, kind in (
        ("without preamble.dcm", content[132 + meta_length :], "headless"),
        ("cut.dcm", content[: len(content) - 300], "cut"),
        ("damaged.dcm", bytes(128) + b"DICM" + b"\xff" * 700, "damaged"),
        ("preamble only.dcm", bytes(128) + b"DICM", "damaged"),
        ("empty.dcm", b"", "empty"),
        ("one byte.dcm", b"D", "other"),
        ("text.dcm", b"Informe de la paciente: sin hallazgos.\n" * 40, "other"),
        ("page.html", b"<!doctype html><title>DICM</title>", "other"),
        ("zeros.raw", bytes(4096), "other"),
    ):
        (folder / name).write_bytes(data)
        kinds[folder / name] = kind


def _add_links(folder: Path, kinds: dict[Path, str]) -> None:
    for name, target, kind in (
        ("loop to itself", "loop to itself", "loop"),
        ("sub/loop upwards", "..", "loop"),
        ("broken link.dcm", "nowhere.dcm", "broken"),
    ):
        (folder / name).symlink_to(target)
        kinds[folder / name] = kind
    os.mkfifo(folder / "pipe.dcm")
    kinds[folder / "pipe.dcm"] = "special"
