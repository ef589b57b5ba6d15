"""Results of work in the list of what was found: how each is shown, and which are loaded."""

from __future__ import annotations

from itertools import islice
from textwrap import wrap
from typing import List, Sequence

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import OrthancConnectError
from OrthancConnectCore.shared.results import (
    CONTOURS,
    MEASUREMENTS,
    SCENE,
    SEGMENTATION,
    StudyResult,
)
from OrthancConnectCore.shared.series import SeriesTarget

from ..logic.load import REFERRING
from ..logic.load_choice import MANY
from ..logic.recall import ToLoad, is_volume, latest
from ..wording import worded
from .patient_tree import SERIES, Line
from .query_cells import series_key
from .texts import day_text, what_text

#: Slicer's own icons of results, apart from those that are images.
ICONS = {
    SEGMENTATION: "Segmentation.png",
    CONTOURS: "Segmentation.png",
    MEASUREMENTS: "Markups.png",
    SCENE: "Medium/SlicerLoadScene.png",
}
#: A space at which no line ends, and the letters of a line.
_SPACE, _WIDTH = "\u00a0", 44


def result_lines(one: StudyResult, state: str = "") -> List[str]:
    """Return what a result is and its title; and its author, time and version, and its state.

    None of the lines is wrapped: so each is cut where it is too long, and takes no other's place.
    """
    what = what_text(one.kind)
    title = _("{what} “{title}”").format(what=what, title=one.title) if one.title else what
    day = day_text(one.time[:10].replace("-", ""))
    version = _("version {number}").format(number=one.version) if one.version > 1 else ""
    replaced = _("replaced") if one.replaced else ""
    marks = one.author, f"{day} {one.time[11:16]}".strip(), version, replaced, state
    lines = (title, "  ·  ".join(filter(None, marks)))
    return [line.replace(" ", _SPACE) for line in lines if line]


def fault_text(error: OrthancConnectError) -> str:
    """Return why the results of a study are not known, in lines that the panel has room for."""
    lines = wrap("✗ " + worded(error.message), _WIDTH)
    return "\n".join(line.replace(" ", _SPACE) for line in lines)


def to_load(selected: Sequence[Line]) -> ToLoad:
    """Return the selected results, or the latest of what is selected, with its images."""
    found = list({one: None for line in selected for one in line.below()})
    results = [one.result for one in selected if one.result]
    results = results or latest(one.result for one in found if one.result)
    whose = {one.result: one.owners for one in found if one.result}
    images = (
        SeriesTarget(*series_key(line))
        for line in found
        if line.level == SERIES and not line.result and line.record.modality not in REFERRING
    )
    few = tuple(islice(images, MANY + 1))
    return ToLoad(
        tuple(one for one in results if not is_volume(one)),
        tuple(
            SeriesTarget(patient.patient_id, study.study_instance_uid, one.series_instance_uid)
            for one, (patient, study) in ((one, whose[one]) for one in results if is_volume(one))
        ),
        few if len(few) <= MANY else (),
        tuple(dict.fromkeys(one.study_orthanc_id for one in results)),
    )
