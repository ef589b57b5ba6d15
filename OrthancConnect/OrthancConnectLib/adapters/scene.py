"""Slicer's scene: what was loaded remembers where it came from, and is shown."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

import slicer

_ATTRIBUTE = "OrthancConnect."
#: Slicer's own preset of volume rendering for each modality that has one.
_PRESETS = {"CT": "CT-Chest-Contrast-Enhanced", "MR": "MR-Default"}


class SlicerScene:
    """`slicer.mrmlScene` and the views of it."""

    @property
    def can_render(self) -> bool:
        return hasattr(slicer.modules, "volumerendering")  # a Slicer may be built without it

    def mark(self, nodes: Sequence[Any], facts: Mapping[str, str]) -> None:
        for node in nodes:
            for name, value in facts.items():
                node.SetAttribute(_ATTRIBUTE + name, value)

    def show(self, nodes: Sequence[Any], render: bool = False) -> None:
        volumes = [node for node in nodes if node.IsA("vtkMRMLVolumeNode")]
        if not volumes:
            return
        slicer.util.setSliceViewerLayers(background=volumes[0], fit=True)
        has_views = slicer.app.layoutManager() is not None
        if has_views:
            slicer.util.resetSliceViews()
        if render and self.can_render:
            for volume in volumes:
                self._render(volume)
            if has_views:
                slicer.util.resetThreeDViews()

    @staticmethod
    def _render(volume: Any) -> None:
        """Show a scalar volume in the 3D views, as the module *Volume Rendering* does."""
        modality = volume.GetAttribute(_ATTRIBUTE + "Modality")
        if modality not in _PRESETS or not volume.IsA("vtkMRMLScalarVolumeNode"):
            return
        module: Any = slicer.modules.volumerendering
        logic = module.logic()
        display = logic.CreateDefaultVolumeRenderingNodes(volume)
        preset = logic.GetPresetByName(_PRESETS[modality])
        if preset is not None:
            display.GetVolumePropertyNode().Copy(preset)
        display.SetVisibility(True)
