"""What in Slicer's scene is a result, and where it belongs."""

from __future__ import annotations

import json
import shutil
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import slicer

from OrthancConnectCore.shared.disk import write_private
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.results import (
    CONTOURS,
    MEASUREMENTS,
    NAME,
    SCENE,
    SEGMENTATION,
    VOLUME,
    Result,
    Source,
)

from ...protocols import Database, SceneResult
from ..scene import ATTRIBUTE, attribute, note
from .nodes import make
from .parts import (
    MARKUPS,
    WRITERS,
    segment_names,
    state_of,
    statistics_rows,
    why_not_markup,
    why_not_segmentation,
)
from .volumes import bytes_of, nodes_of, why_not_volume

#: What tells the origin of contours from that of the segmentation they are of.
_CONTOURS = "-contours"
#: The classes of nodes that are looked at.
_CLASSES = ("Segmentation", "Markups", "Table", "ScalarVolume", "Model")


class SceneResults:
    """The results of `slicer.mrmlScene`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        #: What was sent or read, by origin: what it was then.
        self._sent: Dict[str, Any] = {}
        self._written: Dict[str, Any] = {}
        self._studies: Dict[str, Tuple[str, str]] = {}
        #: Of the nodes of the latest look, by their names in the scene.
        self._sources: Dict[str, Optional[Source]] = {}

    # What there is --------------------------------------------------------------------------

    def found(self) -> List[SceneResult]:
        rows: List[SceneResult] = []
        nodes = [node for name in _CLASSES for node in nodes_of(f"vtkMRML{name}Node")]
        self._sources = {node.GetID(): self._own_source(node) for node in nodes}
        segments = {
            name: node
            for node in nodes
            if node.IsA("vtkMRMLSegmentationNode")
            for name in segment_names(node)
        }
        for node in nodes:
            rows += self._rows_of(node, segments)
        studies = {one.study_instance_uid: one for one in self._sources.values() if one}
        size = sum(bytes_of(node) for node in nodes)
        for source in studies.values() if rows else ():
            rows.append(self._row(None, SCENE, SCENE, "Scene", source, "", bytes=size))
        return rows

    def _rows_of(self, node: Any, segments: Mapping[str, Any]) -> Iterator[SceneResult]:
        source, name = self._source(node), str(node.GetName())
        if node.IsA("vtkMRMLSegmentationNode"):
            for kind in (SEGMENTATION, CONTOURS):
                why = why_not_segmentation(node)
                if not why and source is not None and not source.series_instance_uid:
                    why = "It does not say what it was drawn on: choose its source geometry first."
                yield self._row(node, kind, kind, name, source, why, bytes=bytes_of(node))
        elif node.IsA("vtkMRMLMarkupsNode"):
            kind = MARKUPS.get(str(node.GetMarkupType()), "")
            why = why_not_markup(node, kind)
            yield self._row(node, MEASUREMENTS, kind or "points", name, source, why)
        elif node.IsA("vtkMRMLTableNode"):
            owner = segments.get(next(iter(statistics_rows(node)), ""))
            if owner is not None:
                source = self._source(owner)
                yield self._row(node, MEASUREMENTS, "statistics", name, source, "")
        elif node.IsA("vtkMRMLModelNode"):
            if name in segments:
                why = "It belongs to the segmentation “{name}”, which has it."
                why = why.format(name=segments[name].GetName())
                yield self._row(node, SEGMENTATION, "model", name, source, why)
        elif node.IsA("vtkMRMLLabelMapVolumeNode"):
            why = "Import it into a segmentation first (module Segmentations)."
            yield self._row(node, SEGMENTATION, "labelmap", name, source, why)
        elif not _series_item(node)[0]:  # what has a series of its own was loaded from it
            why = why_not_volume(node)
            yield self._row(node, VOLUME, VOLUME, name, source, why, bytes=bytes_of(node))

    def _row(
        self,
        node: Any,
        kind: str,
        what: str,
        title: str,
        source: Optional[Source],
        reason: str,
        **more: Any,
    ) -> SceneResult:
        if not reason and source is None:
            reason = "It belongs to no study: nothing in it comes from a DICOM series."
        source = source or Source()
        name, date = self._whose(source.series_instance_uid)
        key = f"{kind} {node.GetID() if node is not None else source.study_instance_uid}"
        row = SceneResult(key, kind, what, title, source, name, date, reason, **more)
        origin = attribute(node, "Origin") if node is not None else ""
        if not origin:
            return row
        row = replace(row, origin=origin + _CONTOURS * (kind == CONTOURS))
        sent = node.GetAttribute(f"{ATTRIBUTE}Sent.{kind}")
        if sent is None:
            return row
        known = self._sent.get(row.key)
        changed = None if known is None else known != state_of(node)
        return replace(row, was_sent=True, replaces=str(sent), changed=changed)

    def loaded_series(self) -> Set[str]:
        return {_series_item(node)[0] for node in nodes_of("vtkMRMLScalarVolumeNode")} - {""}

    def _whose(self, series_uid: str) -> Tuple[str, str]:
        """Return the patient's name and the date of a series' study, asked for once."""
        known = self._studies.get(series_uid)
        if known is None and series_uid and self._database.is_open:
            study, *known_now = self._database.study_of_series(series_uid)
            known = known_now[0], known_now[1]
            if study:
                self._studies[series_uid] = known
        return known or ("", "")

    # Where it belongs -----------------------------------------------------------------------

    def _source(self, node: Any) -> Optional[Source]:
        """Return what a node was made from: by itself, or by the images that it was made on."""
        own = self._sources.get(node.GetID())
        if own is None:
            for image in _images_of(node):
                own = own or self._sources.get(image.GetID()) or self._own_source(image)
        if own is None:
            known = {one.series_instance_uid: one for one in self._sources.values() if one}
            studies = {one.study_instance_uid for one in known.values()}
            strangers = [
                one for one in nodes_of("vtkMRMLScalarVolumeNode") if not self._own_source(one)
            ]
            if len(studies) == 1 and not strangers and node.IsA("vtkMRMLMarkupsNode"):
                own = next(iter(known.values()))  # there is nothing else that it can be of
        return own

    def _own_source(self, node: Any) -> Optional[Source]:
        """Return what a node's attributes or its place in the subject hierarchy tell."""
        names = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID")
        patient, study, series = (attribute(node, name) for name in names)
        found_series, found_study, found_patient = _series_item(node)
        database = self._database if self._database.is_open else None
        series = series or found_series
        if not series and database is not None:
            uids = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
            series = database.series_of_instance(uids[0]) if uids else ""
        study = study or found_study
        if series and not study and database is not None:
            study = database.study_of_series(series)[0]
        if not study:
            return None
        if not patient:
            known = database.patient_of_series(series) if database and series else None
            patient = known if known is not None else found_patient
        return Source(patient, study, series)

    # Writing --------------------------------------------------------------------------------

    def write(
        self, some: Sequence[SceneResult], folder: str, facts: Mapping[str, Any]
    ) -> Iterator[Any]:
        first = some[0]
        nodes = {one.key: _node_of(one) for one in some}
        before = {key: state_of(node) for key, node in nodes.items()}
        uid = first.source.series_instance_uid
        files: Tuple[str, ...] = ()
        if uid and self._database.is_open:
            files = tuple(self._database.files_of_series(uid))
        parts: Dict[str, Any] = {}
        yield from WRITERS[first.kind](list(nodes.values()), folder, parts)
        if before != {key: state_of(_node_of(one)) for key, one in zip(nodes, some)}:
            raise InputError(
                f"{first.title} was changed while it was being written.",
                "Send it again.",
            )
        source = replace(first.source, files=files)
        result = Result(kind=first.kind, source=source, **{**facts, **parts})
        result.check()
        write_private(Path(folder) / NAME, json.dumps(result.to_dict(), allow_nan=False))
        self._written.update(before)
        for node in filter(None, nodes.values()):  # what is written anew, is known by it
            note(node, "Origin", result.origin.replace(_CONTOURS, ""))

    def note_sent(self, some: Sequence[SceneResult], facts: Mapping[str, Any]) -> None:
        for one in some:
            if one.kind != SCENE and one.key in self._written:
                self._remember(_node_of(one), one.kind, facts)
                self._sent[one.key] = self._written[one.key]

    @staticmethod
    def _remember(node: Any, kind: str, facts: Mapping[str, Any]) -> None:
        note(node, "Origin", str(facts["origin"]).replace(_CONTOURS, ""))
        note(node, f"Sent.{kind}", str(facts.get("replaces") or ""))

    def make(
        self, result: Result, folder: str, facts: Mapping[str, str], nodes: List[Any]
    ) -> Iterator[Any]:
        more = {
            "PatientID": result.source.patient_id,
            "StudyInstanceUID": result.source.study_instance_uid,
            "SeriesInstanceUID": result.source.series_instance_uid,
        }
        try:
            yield from make(result, folder, nodes)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        for node in nodes:
            for name, value in {**facts, **more}.items():
                if value and name != "replaces":
                    note(node, name, value)
            told = {"origin": result.origin or uuid.uuid4().hex, "replaces": facts.get("replaces")}
            self._remember(node, result.kind, told)
            self._sent[f"{result.kind} {node.GetID()}"] = state_of(node)


def _node_of(row: SceneResult) -> Any:
    """Return the node of a row, None of the scene's own; InputError when it is gone."""
    node_id = row.key.partition(" ")[2]
    node = None if row.kind == SCENE else slicer.mrmlScene.GetNodeByID(node_id)
    if node is None and row.kind != SCENE:
        raise InputError(f"{row.title} is no longer in the scene.")
    return node


def _series_item(node: Any) -> Tuple[str, str, str]:
    """Return the UIDs of series and study and the patient ID that a node was put under."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(node)
    if not item:
        return "", "", ""
    levels = [item, *(hierarchy.GetItemAncestorAtLevel(item, one) for one in ("Study", "Patient"))]
    series, study, patient = (
        str(hierarchy.GetItemUID(one, "DICOM") or "") if one else "" for one in levels
    )
    return series, study, patient


def _images_of(node: Any) -> Iterator[Any]:
    """Give the volumes that a segmentation or a markup was made on."""
    if node.IsA("vtkMRMLSegmentationNode"):
        role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
        image = node.GetNodeReference(role)
        if image is not None:
            yield image
    elif node.IsA("vtkMRMLMarkupsNode"):
        for number in range(node.GetNumberOfControlPoints()):
            image = slicer.mrmlScene.GetNodeByID(node.GetNthControlPointAssociatedNodeID(number))
            if image is not None:
                yield image
