"""A data set that betrays its patient wherever one can, for the tests of de-identification."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Iterable, Optional

import pydicom
from pydicom.datadict import DicomDictionary, dictionary_VR
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from OrthancConnectCore.deidentify.deidentifier import DeidentifiedFile, Deidentifier
from OrthancConnectCore.shared.upload_options import DeidentifyChoice
from Support.data.dicom import stable_uid

_PYDICOM_3 = int(pydicom.__version__.partition(".")[0]) >= 3

#: What must not be found afterwards, in any spelling and encoding.
NAMES = ("Pérez", "Núria", "García", "Müller", "Šimůnek")
NUMBERS = ("PAT-00123-X", "ACC-98765", "19610405", "20260302", "101530", "SER-4711", "600123456")
PLACES = ("Hospital General", "Calle Mayor", "Murcia", "CT-SCANNER-3")
ENCODINGS = (
    *("utf-8", "latin-1", "cp1252", "iso8859_2", "iso8859_5", "cp437", "utf-16-le", "utf-16-be"),
    *("gb18030", "shift_jis", "iso2022_jp", "euc_kr"),
)


def spellings(words: Iterable[str]) -> set[bytes]:
    """The bytes of words in all encodings and cases."""
    found = set()
    for word in words:
        for variant in (word, word.upper(), word.lower()):
            for encoding in ENCODINGS:
                try:
                    found.add(variant.encode(encoding))
                except UnicodeEncodeError:
                    continue
    return found


def content_item(kind: str, **values: object) -> Dataset:
    """An item of a report's content."""
    item = Dataset()
    item.RelationshipType = "CONTAINS"
    item.ValueType = kind
    concept = Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator = "121070", "DCM"
    concept.CodeMeaning = "Findings"
    item.ConceptNameCodeSequence = Sequence([concept])
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def identified_dataset(
    patient: str = "Pérez García^Núria", patient_id: str = "PAT-00123-X"
) -> Dataset:
    """A CT slice in whose attributes, items and private elements the patient is all over."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SOPClassUID, dataset.Modality = CTImageStorage, "CT"
    dataset.StudyInstanceUID = stable_uid("identified study", patient_id)
    dataset.SeriesInstanceUID = stable_uid("identified series", patient_id)
    dataset.SOPInstanceUID = stable_uid("identified instance", patient_id)
    dataset.FrameOfReferenceUID = stable_uid("identified frame", patient_id)
    dataset.StudyID, dataset.AccessionNumber = "STUDY-7", "ACC-98765"
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(dataset, keyword, "20260302")
        setattr(dataset, keyword.replace("Date", "Time"), "101530.25")
    dataset.AcquisitionDateTime = "20260302101530.250000+0100"
    dataset.PatientName, dataset.PatientID = patient, patient_id
    dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientAge = "19610405", "F", "064Y"
    dataset.PatientWeight, dataset.PatientSize = "71.5", "1.68"
    dataset.OtherPatientIDs = ["PAT-00123-X", "600123456"]
    dataset.OtherPatientNames = "García^N."
    dataset.PatientBirthName = dataset.PatientMotherBirthName = "Müller^Eva"
    dataset.PatientAddress = "Calle Mayor 1, Murcia"
    dataset.PatientTelephoneNumbers = "600123456"
    dataset.PatientComments = "Núria vive en Murcia."
    dataset.IssuerOfPatientID = "Hospital General"
    dataset.InstitutionName = "Hospital General"
    dataset.InstitutionAddress = "Calle Mayor 2, Murcia"
    dataset.InstitutionalDepartmentName = "Radiología, Hospital General"
    dataset.ReferringPhysicianName = dataset.PerformingPhysicianName = "Šimůnek^Jiří"
    dataset.OperatorsName = ["Müller^Hans", "García^Ana"]
    dataset.NameOfPhysiciansReadingStudy = "Müller^Hans"
    dataset.StationName = dataset.DeviceSerialNumber = "CT-SCANNER-3"
    dataset.StudyDescription = "Tórax de Núria Pérez"
    dataset.SeriesDescription = dataset.ProtocolName = "Pérez axial"
    dataset.ImageComments = "Paciente: PÉREZ GARCÍA, NÚRIA, PAT-00123-X"
    dataset.RequestedProcedureDescription = "Control García"
    dataset.ContrastBolusAgent = "Pérez Núria 100 ml"
    dataset.AdditionalPatientHistory = "Hija de Müller^Eva, tel. 600123456"
    # The profile keeps these two: the patient must not stay in them all the same.
    dataset.ConvolutionKernel = "Nuria"
    dataset.SoftwareVersions = ["V1", "for perez garcia"]
    dataset.RetrieveURL = "https://pacs.hospital-general.example/PAT-00123-X"
    dataset.SegmentDescription = "Drawn by García"
    _add_items(dataset)
    _add_private(dataset)
    _add_image(dataset)
    return dataset


def _add_items(dataset: Dataset) -> None:
    other = Dataset()
    other.PatientID, other.IssuerOfPatientID = "600123456", "Hospital General"
    dataset.OtherPatientIDsSequence = Sequence([other])
    request = Dataset()
    request.ScheduledProcedureStepDescription = "Pérez"
    request.RequestedProcedureID = "ACC-98765"
    dataset.RequestAttributesSequence = Sequence([request])
    reference = Dataset()
    reference.ReferencedSOPClassUID = CTImageStorage
    reference.ReferencedSOPInstanceUID = dataset.SOPInstanceUID
    nested = Dataset()
    nested.CodeValue, nested.CodingSchemeDesignator = "121311", "DCM"
    nested.CodeMeaning = "Localizer of Núria"
    reference.PurposeOfReferenceCodeSequence = Sequence([nested])
    dataset.ReferencedImageSequence = Sequence([reference])
    original = Dataset()
    modified = Dataset()
    modified.PatientID, modified.PatientName = "PAT-00123-X", "Pérez^Núria"
    original.ModifiedAttributesSequence = Sequence([modified])
    original.ModifyingSystem, original.AttributeModificationDateTime = "PACS", "20260302"
    dataset.OriginalAttributesSequence = Sequence([original])
    person = content_item("PNAME", PersonName="Müller^Hans")
    text = content_item(
        "TEXT", TextValue="Núria Pérez, sin hallazgos.", UID=dataset.StudyInstanceUID
    )
    text.ContentSequence = Sequence([content_item("DATE", Date="20260302", Time="101530")])
    dataset.ContentSequence = Sequence([person, text])
    note = Dataset()
    drawn = Dataset()
    drawn.UnformattedTextValue = "Pérez 19610405"
    note.TextObjectSequence = Sequence([drawn])
    note.GraphicLayer = "GARCIA"
    dataset.GraphicAnnotationSequence = Sequence([note])


def _add_private(dataset: Dataset) -> None:
    block = dataset.private_block(0x0009, "Hospital General", create=True)
    block.add_new(0x10, "PN", "Pérez^Núria")
    block.add_new(0x11, "UN", b"PAT-00123-X")
    inside = Dataset()
    inside.PatientName = "Pérez^Núria"
    block.add_new(0x12, "SQ", Sequence([inside]))
    late = dataset.private_block(0x7FE1, "LATE", create=True)
    late.add_new(0x10, "LO", "Pérez")
    for group in (0x6000, 0x6002):
        dataset.add_new((group, 0x0010), "US", 8)
        dataset.add_new((group, 0x0022), "LO", "Núria")
        dataset.add_new((group, 0x3000), "OW", b"Murcia")
        dataset.add_new((group, 0x4000), "LT", "García")
    dataset.add_new((0x5000, 0x0010), "US", 1)
    dataset.add_new((0x5000, 0x3000), "OW", b"Murcia")


def _add_image(dataset: Dataset) -> None:
    dataset.Rows = dataset.Columns = 4
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelData = bytes(range(32))
    dataset["PixelData"].VR = "OW"
    dataset.add_new(0xFFFCFFFC, "OB", "Pérez ".encode() * 2)


def without_pixels(dataset: Dataset) -> Dataset:
    """The same without its pixels and what is behind them."""
    for tag in [tag for tag in dataset.keys() if tag >= 0x7FE00010]:
        del dataset[tag]
    return dataset


def meta_end(content: bytes) -> int:
    """Where the data set of a file begins."""
    return 144 + int.from_bytes(content[140:144], "little")


def file_bytes(dataset: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> bytes:
    """A DICOM file whose preamble and file meta information betray the patient as well."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = pydicom.uid.UID(transfer_syntax)
    meta.SourceApplicationEntityTitle = "PAT-00123-X"
    dataset.file_meta = meta
    dataset.preamble = "Pérez".encode().ljust(128, b"\0")
    buffer = io.BytesIO()
    syntax = pydicom.uid.UID(transfer_syntax)
    little, implicit = syntax.is_little_endian, syntax.is_implicit_VR
    if _PYDICOM_3:
        if not little:  # what holds numbers as bytes has to be turned round
            dataset = pydicom.dcmread(io.BytesIO(file_bytes(dataset)))
            dataset.file_meta.TransferSyntaxUID = syntax
            dataset.preamble = "Pérez".encode().ljust(128, b"\0")
        pydicom.dcmwrite(
            buffer, dataset, implicit_vr=implicit, little_endian=little, enforce_file_format=True
        )
    else:
        dataset.is_little_endian, dataset.is_implicit_VR = little, implicit
        dataset.save_as(buffer, write_like_original=False)
    return buffer.getvalue()


def every_attribute(value: str = "CANARY") -> Dataset:
    """A data set with nearly every attribute that pydicom knows, filled with a telltale value."""
    fill = {
        **dict.fromkeys("LO SH ST LT UT UC PN AE CS UR".split(), value),
        **dict.fromkeys("OB OW UN".split(), value.encode()),
        **{"DA": "20260302", "DT": "20260302101530", "TM": "101530", "AS": "064Y"},
        **{"UI": "1.2.3.20260302.4"},
    }
    dataset = Dataset()
    for tag in DicomDictionary:
        group = tag >> 16
        if group < 8 or group in (0x7FE0, 0xFFFA, 0xFFFC, 0xFFFE) or not tag & 0xFFFF:
            continue
        vr = dictionary_VR(tag).partition(" ")[0]
        if vr in fill:
            dataset.add_new(tag, vr, fill[vr])
        elif vr == "SQ":
            item = Dataset()
            item.PatientComments = value
            dataset.add_new(tag, vr, Sequence([item]))
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.3.20260302.5"
    del dataset[0x00420011]  # an encapsulated document is refused
    return dataset


def write_identified(path: Path, dataset: Optional[Dataset] = None, **values: object) -> Path:
    """Write a data set to a file, with some attributes of it changed."""
    dataset = dataset or identified_dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    path.write_bytes(file_bytes(dataset))
    return path


KEY = "0123456789abcdef" * 4


def cleaned(content: bytes, key: str = KEY, **options: object) -> DeidentifiedFile:
    """A file de-identified, with some options."""
    chosen = DeidentifyChoice(**options)  # type: ignore[arg-type]
    with Deidentifier(key, chosen) as deidentifier:
        return deidentifier.deidentify(lambda: io.BytesIO(content))


def read(result: DeidentifiedFile) -> Dataset:
    """What a de-identified file holds."""
    content = result.read()
    assert len(content) == result.size
    return pydicom.dcmread(io.BytesIO(content))
