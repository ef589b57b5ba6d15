"""A volume that is shown while its slices arrive, until Slicer's own takes its place."""

from __future__ import annotations

import logging
from typing import Any, Iterator, Mapping, Optional, Set

from ..protocols import Adapters


class Growing:
    """At most one volume, filled between the events of the application.

    Nothing of a retrieve hangs on it: what goes wrong here goes into the log, and the volume away.
    """

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._state: Optional[Mapping[str, Any]] = None
        self._volume: Any = None
        self._filled: Set[int] = set()
        self._dark: Set[int] = set()
        self._filling = False

    def take(self, state: Optional[Mapping[str, Any]]) -> None:
        """Show what has arrived until now; nothing where it is no volume, or none any more."""
        if state is None:
            self.end()
            return
        self._state = state
        if not self._filling:
            self._filling = True
            self._adapters.in_turns(self._steps(), self._onFilled, self._onFault)

    def end(self) -> None:
        """Take the volume away."""
        volume, self._volume, self._state = self._volume, None, None
        self._filled, self._dark = set(), set()
        if volume is not None:
            self._adapters.scene.remove_volume(volume)

    def _steps(self) -> Iterator[None]:
        scene = self._adapters.scene
        while self._state is not None:
            state = self._state
            if self._volume is None:
                self._volume = scene.begin_volume(state)
                yield
            volume = self._volume
            arrived = {index for index, offset in enumerate(state["offsets"]) if offset}
            dark = set(range(len(state["offsets"]))) - arrived - self._dark - self._filled
            # What has arrived is shown at once, the darkness of the others thereafter.
            for indices, known in ((arrived - self._filled, self._filled), (dark, self._dark)):
                for index in sorted(indices):
                    if volume is None or self._volume is not volume:
                        return  # it was taken away meanwhile
                    scene.fill_slice(volume, state, index)
                    yield
                if indices and self._volume is volume:
                    known |= indices
                    scene.refresh_volume(volume)
            if self._state is state:
                return

    def _onFilled(self) -> None:
        self._filling = False

    def _onFault(self, error: Exception) -> None:
        self._filling = False
        logging.warning("OrthancConnect: a volume can't be shown while it arrives: %s", error)
        self.end()
