"""What a person might have drawn on a volume, with Slicer's own nodes."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

LIVER = (
    "Segmentation category and type - 3D Slicer General Anatomy list"
    "~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^"
    "~Anatomic codes - DICOM master list~^^~^^"
)


def draw_segmentation(volume: Any, name: str = "Lung") -> Any:
    """Draw two segments that overlap, so on two layers, and one below a transform's shift."""
    import numpy
    import slicer
    import vtk
    from vtk.util import numpy_support

    kind = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.CreateDefaultDisplayNodes()
    columns, rows, slices = volume.GetImageData().GetDimensions()
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    for number, title in enumerate(("肝脏 é", "Tumour")):
        image = slicer.vtkOrientedImageData()
        first = 1 + number  # a part of the volume, as Slicer's effects leave it
        image.SetExtent(first, columns - 2, 2, rows - 1, 0, slices - 1)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        image.SetImageToWorldMatrix(matrix)
        voxels = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
        voxels = voxels.reshape(image.GetDimensions()[::-1])
        voxels[:] = 0
        voxels[1 : slices - 1, 3 : 9 + number, 4 : 8 - number] = 1
        segment = slicer.vtkSegment()
        segment.SetName(title)
        segment.SetColor(0.25, 0.5, 0.75 - number / 2)
        segment.SetLabelValue(1)
        if not number:
            segment.SetTag("TerminologyEntry", LIVER)
            segment.SetTag("DICOM.SegmentAlgorithmType", "SEMIAUTOMATIC")
            segment.SetTag("DICOM.SegmentAlgorithmName", "Threshold")
        segment.AddRepresentation(kind, image)
        node.GetSegmentation().AddSegment(segment, f"Segment_{number + 1}")
    assert numpy.any(voxels)
    return node


def show_what_was_drawn(context: Any) -> None:
    """Let the views, where there are any, be painted: Slicer lays them out anew some time later."""
    import slicer

    for _second in range(30 if hasattr(slicer.app.layoutManager(), "threeDWidget") else 0):
        with context.measured_gap() as gap:
            context.wait(seconds=1)
        if gap[0] < 50:  # it stood still in no part of that second
            return


def voxels_of(node: Any) -> Dict[str, List[Tuple[int, int, int]]]:
    """Return where in the patient the voxels of each segment lie: hundredths of a mm, RAS."""
    import numpy
    import slicer
    import vtk
    from vtk.util import numpy_support

    kind = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    segmentation, found = node.GetSegmentation(), {}
    to_world = vtk.vtkMatrix4x4()
    parent = node.GetParentTransformNode()
    slicer.vtkMRMLTransformNode.GetMatrixTransformBetweenNodes(parent, None, to_world)
    for segment_id in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segment_id)
        image = segment.GetRepresentation(kind)
        values = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
        values = values.reshape(image.GetDimensions()[::-1])
        extent, matrix = image.GetExtent(), vtk.vtkMatrix4x4()
        image.GetImageToWorldMatrix(matrix)
        vtk.vtkMatrix4x4.Multiply4x4(to_world, matrix, matrix)
        places = []
        for k, j, i in numpy.argwhere(values == segment.GetLabelValue()):
            index = [float(i + extent[0]), float(j + extent[2]), float(k + extent[4]), 1.0]
            places.append(tuple(round(100 * part) for part in matrix.MultiplyPoint(index)[:3]))
        found[str(segment.GetName())] = sorted(places)
    return found


def draw_volume(volume: Any, name: str, kind: str = "float32") -> Any:
    """Compute a volume of fractions from another, with its unit."""
    import numpy
    import slicer
    import vtk
    from vtk.util import numpy_support

    columns, rows, slices = volume.GetImageData().GetDimensions()
    values = (numpy.random.default_rng(3).random((slices, rows, columns)) * 1e5).astype(kind)
    image = vtk.vtkImageData()
    image.SetDimensions(columns, rows, slices)
    image.AllocateScalars(numpy_support.get_vtk_array_type(values.dtype), 1)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.Copy(volume)
    node.SetName(name)
    node.SetAndObserveImageData(image)
    slicer.util.arrayFromVolume(node)[:] = values
    slicer.util.arrayFromVolumeModified(node)
    unit = slicer.vtkCodedEntry()
    unit.SetValueSchemeMeaning("mm2/s", "UCUM", "mm2/s")
    node.SetVoxelValueUnits(unit)
    return node


def numbers_of(node: Any) -> Tuple[Any, ...]:
    """Return what a volume holds, bit by bit as 64 bits, and where, to thousandths of a mm."""
    import slicer
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    places = [round(1000 * matrix.GetElement(*divmod(number, 4))) for number in range(16)]
    voxels = slicer.util.arrayFromVolume(node)
    unit = node.GetVoxelValueUnits()
    return voxels.shape, voxels.astype("<f8").tobytes(), places, unit and unit.GetCodeValue()


def draw_markups() -> Dict[str, Any]:
    """Draw a markup of each kind, in the middle of nothing."""
    import slicer

    points = {
        "Fiducial": [(1.0, 2.0, 3.0), (4.0, 5.5, -6.25)],
        "Line": [(0.0, 0.0, 0.0), (30.0, 40.0, 0.0)],
        "Angle": [(10.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 10.0, 0.0)],
        "Curve": [(0.0, 0.0, 0.0), (5.0, 9.0, 1.0), (10.0, 0.0, 2.0)],
        "ClosedCurve": [(0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (9.0, 9.0, 0.0), (0.0, 9.0, 0.0)],
    }
    made = {}
    for kind, places in points.items():
        node = slicer.mrmlScene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node", f"My {kind} é")
        node.CreateDefaultDisplayNodes()
        node.GetDisplayNode().SetSelectedColor(0.1, 0.2, 0.3)
        for number, place in enumerate(places):
            node.AddControlPointWorld(*place, f"p{number}")
        made[kind] = node
    plane = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsPlaneNode", "My Plane")
    plane.SetSizeMode(plane.SizeModeAbsolute)
    plane.SetAxesWorld([0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    plane.SetCenterWorld([7.0, 8.0, 9.0])
    plane.SetSizeWorld(20.0, 30.0)
    roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "My ROI")
    roi.SetCenter(1.0, 2.0, 3.0)
    roi.SetSize(10.0, 20.0, 30.0)
    return {**made, "Plane": plane, "ROI": roi}


def draw_statistics(segments: List[str]) -> Any:
    """Make a table as the module Segment Statistics of Slicer 5.8 does."""
    import slicer
    import vtk

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", "Statistics")
    names = vtk.vtkStringArray()
    names.SetName("Segment")
    volumes = vtk.vtkDoubleArray()
    volumes.SetName("Volume [cm3] (LM)")
    for number, name in enumerate(segments):
        names.InsertNextValue(name)
        volumes.InsertNextValue(1.5 + number)
    node.AddColumn(names)
    node.AddColumn(volumes)
    node.SetColumnProperty(volumes.GetName(), "Plugin", "Labelmap Statistics")
    node.SetColumnUnitLabel(volumes.GetName(), "cm3")
    code = "CodeValue:118565006|CodingSchemeDesignator:SCT|CodeMeaning:Volume"
    node.SetColumnProperty(volumes.GetName(), "DICOM.QuantityCode", code)
    return node


def draw_large_segmentation() -> Any:
    """Draw ten segments, five on each of two layers of 200 × 512 × 512 voxels."""
    import slicer
    import vtk
    from vtk.util import numpy_support

    kind = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Large")
    for layer in range(2):
        image = slicer.vtkOrientedImageData()
        image.SetDimensions(512, 512, 200)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        voxels = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
        voxels = voxels.reshape(200, 512, 512)
        voxels[:] = 0
        for number in range(5):
            voxels[:, 100 * number : 100 * number + 60, 50 + layer : 400] = number + 1
            segment = slicer.vtkSegment()
            segment.SetName(f"Part {layer} {number}")
            segment.SetLabelValue(number + 1)
            segment.AddRepresentation(kind, image)
            node.GetSegmentation().AddSegment(segment)
    return node
