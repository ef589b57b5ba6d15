"""What stands before a data set: pydicom reads it as it was meant."""

from __future__ import annotations

import io

import pydicom
import pytest

from OrthancConnectCore.dicom.part10 import IMPLEMENTATION_CLASS_UID, element, file_head, is_uid

_CT, _EXPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1"


@pytest.mark.parametrize("uid", ["1.2.3", "1.2.34"])
def test_a_head_is_what_pydicom_reads(uid: str) -> None:
    data_set = element(0x00080060, b"CS", b"CT") + element(0x00080018, b"UI", uid.encode())
    stream = io.BytesIO(file_head(_CT, uid, _EXPLICIT) + data_set)
    dataset = pydicom.dcmread(stream)
    meta = dataset.file_meta
    assert dataset.Modality == "CT" and dataset.SOPInstanceUID == uid
    assert (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) == (_CT, uid)
    assert (meta.TransferSyntaxUID, meta.FileMetaInformationVersion) == (_EXPLICIT, b"\0\1")
    assert is_uid(meta.ImplementationClassUID)
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    written = io.BytesIO()
    pydicom.filewriter.write_file_meta_info(pydicom.filebase.DicomFileLike(written), meta)
    assert stream.getvalue()[132:].startswith(written.getvalue())


def test_elements_are_padded_and_long_ones_have_a_wide_length() -> None:
    assert element(0x00100020, b"LO", b"A") == b"\x10\0\x20\0LO\2\0A "
    assert element(0x00080018, b"UI", b"1.2") == b"\x08\0\x18\0UI\4\x001.2\0"
    assert element(0x7FE00010, b"OB", b"\1") == b"\xe0\x7f\x10\0OB\0\0\2\0\0\0\1\0"
