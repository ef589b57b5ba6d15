"""The codes that reports are written with and read by (PS3.16 annexes B to D)."""

from __future__ import annotations

from typing import Tuple

Code = Tuple[str, str, str]

#: Our own coding scheme, for what the templates have no place for.
SCHEME = "99ORTHANCCONNECT"
NO_UNIT: Code = ("1", "UCUM", "no units")
QUANTITY: Code = ("246205007", "SCT", "Quantity")

CODES = {
    "person": ("121006", "DCM", "Person"),
    "device": ("121007", "DCM", "Device"),
    "procedure": ("363679005", "SCT", "Imaging procedure"),
    # purpose of reference of what a derived image was made of (CID 7202)
    "source": ("121322", "DCM", "Source image for image processing operation"),
    "comment": ("121106", "DCM", "Comment"),
    "replaces": ("replaces", SCHEME, "Comes in the place of"),
    "kind": ("kind", SCHEME, "Kind of markup"),
    "color": ("color", SCHEME, "Display color, sRGB"),
    "list": ("list", SCHEME, "List of points"),
    "list_name": ("list-name", SCHEME, "Name of the list of points"),
    "labels": ("labels", SCHEME, "Labels of the control points, one a line"),
    "points": ("points", SCHEME, "Control points"),
}
OWN = {code[0]: concept for concept, code in CODES.items() if code[1] == SCHEME}

#: What is looked for in reports of anybody, by code value and scheme.
TRACKING_IDENTIFIER, TRACKING_UID = ("112039", "DCM"), ("112040", "DCM")
FINDING, SEGMENT = ("121071", "DCM"), ("121191", "DCM")
IMAGE_LIBRARY = ("111028", "DCM")
PERSON_OBSERVER, COMMENT = ("121008", "DCM"), ("121106", "DCM")
#: The SOP class of parametric maps (PS3.4 table B.5-1).
PARAMETRIC_MAP = "1.2.840.10008.5.1.4.1.1.30"
#: Who has the private group (CADB) of a scene that Slicer packed into DICOM, its data bundle.
BUNDLE = "3D Slicer Candygram"
