"""Slicer's DICOM plugin for scalar volumes, after DICOMScalarVolumePlugin.py of Slicer 5.8."""

from __future__ import annotations

from typing import Any, List, Tuple

import numpy
import pydicom
import qt
import slicer
import vtk

SEGMENTATION, STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.481.3"
LPS_TO_RAS = numpy.diag([-1.0, -1.0, 1.0])
LPS_TO_RAS_4 = numpy.diag([-1.0, -1.0, 1.0, 1.0])


class DICOMLoadable:
    """What a plugin offers to load."""

    def __init__(self) -> None:
        self.files: List[str] = []
        self.name, self.tooltip, self.warning = "Unknown", "No further information available", ""
        self.selected, self.confidence = False, 0.5


class DICOMScalarVolumePluginClass:
    """It offers all but some kinds, also what has no pixels, and then fails on that."""

    loadType = "Scalar Volume"

    def examineForImport(self, fileLists: Any) -> List[DICOMLoadable]:
        return [found for files in fileLists for found in self._examine(list(files))]

    def examine(self, fileLists: Any) -> List[DICOMLoadable]:
        return self.examineForImport(fileLists)

    def _examine(self, files: List[str]) -> List[DICOMLoadable]:
        value = slicer.dicomDatabase.fileValue
        if value(files[0], "0008,0016") in (SEGMENTATION, STRUCTURE_SET):
            return []
        found = DICOMLoadable()
        found.files, found.selected = files, True
        if not slicer.dicomDatabase.fileValueExists(files[0], "7FE0,0010"):
            found.confidence = 0.2
        if value(files[0], "0028,0008") not in ("", "1"):
            found.warning = (
                "Multi-frame image. If slice orientation or spacing is non-uniform then the image "
                "may be displayed incorrectly. Use with caution.\n"
            )
        if not value(files[0], "0020,0037"):
            found.warning += (
                "Reference image in series does not contain geometry information. "
                "Please use caution.\n"
            )
        else:
            found.warning += _uneven(files)
        return [found]

    def load(self, loadable: DICOMLoadable) -> Any:
        return load_volume(loadable.files)


def _uneven(files: List[str]) -> str:
    """What is said where slices lie unevenly, which then get a transform of the volume."""
    heights = {path: _height(pydicom.dcmread(path, stop_before_pixels=True)) for path in files}
    places = sorted(files, key=heights.__getitem__)
    gaps = [heights[high] - heights[low] for low, high in zip(places, places[1:])]
    for low, high, gap in zip(places, places[1:], gaps):
        if abs(gap - gaps[0]) > 0.01:
            return (
                f"Image slices are not equally spaced ({gaps[0]:g} spacing was expected, {gap:g} "
                f"spacing was found between files {high} and {low}).  Slicer will apply a transform"
                " to this series trying to regularize the volume. Please use caution.\n"
            )
    return ""


def sorted_slices(files: List[str]) -> List[str]:
    """Sort files by their place along the stack; ValueError where there are no images."""
    placed: List[Tuple[float, str]] = []
    for path in files:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        if "Rows" not in header:
            raise ValueError(f"no image: {path}")
        placed.append((_height(header), path))
    return [path for _height_of, path in sorted(placed)]


def _height(header: Any) -> float:
    if "ImagePositionPatient" not in header or "ImageOrientationPatient" not in header:
        return float(header.get("InstanceNumber") or 0)
    axes = numpy.array(header.ImageOrientationPatient, dtype=float).reshape(2, 3)
    position = numpy.array(header.ImagePositionPatient, dtype=float)
    return float(numpy.dot(numpy.cross(axes[0], axes[1]), position))


def load_volume(files: List[str]) -> Any:
    """Load one series; the new volume is shown in the slice views."""
    files = sorted_slices(files)
    if not files:
        raise ValueError("no files to load")
    first = pydicom.dcmread(files[0], stop_before_pixels=True)
    slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetFileName(files[0])
    storage.SetSingleFile(0)
    storage.ResetFileNameList()
    for path in files:
        storage.AddFileName(path)
    volume = slicer.vtkMRMLScalarVolumeNode()
    if not storage.ReadData(volume):
        raise RuntimeError(f"the reader failed on {files[0]}")
    number, text = first.get("SeriesNumber"), first.get("SeriesDescription")
    name = ": ".join(str(part) for part in (number, text) if part not in (None, ""))
    volume.SetName(slicer.mrmlScene.GenerateUniqueName(name or "Unnamed Series"))
    uids = [str(pydicom.dcmread(p, stop_before_pixels=True).SOPInstanceUID) for p in files]
    volume.SetAttribute("DICOM.instanceUIDs", " ".join(uids))
    slicer.mrmlScene.AddNode(storage)
    slicer.mrmlScene.AddNode(volume)
    volume.SetAndObserveStorageNodeID(storage.GetID())
    volume.CreateDefaultDisplayNodes()
    _put_under(volume, first)
    _show(volume)
    return volume


def _put_under(volume: Any, first: Any) -> None:
    """Put a volume under its study and patient, as DICOMPlugin.addSeriesInSubjectHierarchy does."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), volume)
    uids = [str(first.SeriesInstanceUID), str(first.StudyInstanceUID)]
    patient = str(first.get("PatientID") or f"Patient-{uids[1]}")
    hierarchy.SetItemUID(item, "DICOM", uids[0])
    logic = slicer.vtkSlicerSubjectHierarchyModuleLogic
    logic.InsertDicomSeriesInHierarchy(hierarchy, patient, uids[1], uids[0])


def _show(volume: Any) -> None:
    logic = slicer.app.applicationLogic()
    selection = logic.GetSelectionNode()
    if selection is not None:
        selection.SetActiveVolumeID(volume.GetID())
        logic.PropagateVolumeSelection()


def matrix_of(volume: Any) -> numpy.ndarray:
    """A volume's IJK to RAS matrix."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return numpy.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])


class CreateDICOMSeries:
    """Slicer's command line module of that name, as far as `run` needs it: it writes CT images."""

    name = "CreateDICOMSeries"

    @staticmethod
    def write(parameters: Any) -> None:
        if parameters["modality"] not in ("CT", "MR", "NM", "US", "CR", "SC"):
            raise OSError("the command line does not know this modality")
        kind = {"Short": "<i2", "UnsignedShort": "<u2"}[parameters.get("Type", "Short")]
        volume = slicer.mrmlScene.GetNodeByID(parameters["inputVolume"])
        voxels = slicer.util.arrayFromVolume(volume)
        matrix = LPS_TO_RAS_4 @ matrix_of(volume)
        spacing = [float(numpy.linalg.norm(matrix[:3, axis])) for axis in range(3)]
        axes = [(matrix[:3, axis] / spacing[axis]).tolist() for axis in range(2)]
        for number, values in enumerate(voxels):
            image = pydicom.Dataset()
            image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
            image.SOPInstanceUID = pydicom.uid.generate_uid()
            image.PatientName = image.PatientID = ""
            image.StudyInstanceUID = parameters["studyInstanceUID"]
            image.SeriesInstanceUID = parameters["seriesInstanceUID"]
            image.FrameOfReferenceUID = parameters["frameOfReferenceUID"]
            image.Modality = parameters["modality"]
            image.SeriesDescription = parameters["seriesDescription"]
            image.InstanceNumber = number + 1
            image.Rows, image.Columns = values.shape
            image.PixelSpacing = [f"{spacing[1]:.8g}", f"{spacing[0]:.8g}"]
            image.SliceThickness = f"{spacing[2]:.8g}"
            image.ImageOrientationPatient = [f"{part:.8g}" for axis in axes for part in axis]
            place = matrix @ (0, 0, number, 1)
            image.ImagePositionPatient = [f"{part:.8g}" for part in place[:3]]
            image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
            image.BitsAllocated = image.BitsStored = 16
            image.HighBit, image.PixelRepresentation = 15, int(kind == "<i2")
            image.RescaleSlope, image.RescaleIntercept = 1, 0
            image.PixelData = values.astype(kind).tobytes()
            image.file_meta = pydicom.dataset.FileMetaDataset()
            image.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
            image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
            image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
            name = f"{parameters['dicomPrefix']}{number + 1:04d}.dcm"
            path = f"{parameters['dicomDirectory']}/{name}"
            pydicom.dcmwrite(path, image, enforce_file_format=True)


def run(module: Any, node: Any = None, parameters: Any = None) -> Any:
    """slicer.cli.run, which does not wait for the end."""
    job = slicer.vtkMRMLCommandLineModuleNode()
    slicer.mrmlScene.AddNode(job)
    job.SetStatus(job.Running)

    def work() -> None:
        try:
            module.write(parameters)
        except OSError:
            job.SetStatus(job.CompletedWithErrors)
        else:
            job.SetStatus(job.Completed)

    qt.QTimer.singleShot(50, work)
    return job
