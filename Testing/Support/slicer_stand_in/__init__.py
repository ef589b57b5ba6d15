"""A stand-in for Slicer's runtime: `qt`, `ctk`, `slicer` and `DICOMLib` without Slicer.

`slicer_stand_in.install()` before anything imports them; see install.py.
"""

from __future__ import annotations

from Support.slicer_stand_in.install import StandIn, install

__all__ = ["StandIn", "install"]
