"""Slices of the drawn chest of `setup.sample` at any size, fine enough for benchmarks."""

from __future__ import annotations

import numpy as np

from OrthancConnectCore.setup.sample import FIELD_OF_VIEW, Chest, Ellipse

_TILE = 128


class ChestPhantom:
    """Slices of a chest, from diaphragm (0) to shoulders (1), the same for the same seed."""

    def __init__(self, rows: int = 512, columns: int = 512, seed: int = 0, noise: float = 14.0):
        self._random = np.random.default_rng(seed)
        self._chest = Chest(seed)
        self.pixel_spacing = (FIELD_OF_VIEW / rows, FIELD_OF_VIEW / columns)
        y = (np.arange(rows, dtype=np.float32) + 0.5) * self.pixel_spacing[0] - FIELD_OF_VIEW / 2
        x = (np.arange(columns, dtype=np.float32) + 0.5) * self.pixel_spacing[1] - FIELD_OF_VIEW / 2
        self._x, self._y = x[np.newaxis, :], y[:, np.newaxis]
        self._edge = float(max(self.pixel_spacing))
        self._noise = self._noise_image(rows, columns, noise)

    def _noise_image(self, rows: int, columns: int, deviation: float) -> np.ndarray:
        """Noise with the grain of a reconstruction kernel: neighbours are alike."""
        white = self._random.standard_normal((rows, columns), dtype=np.float32)
        grain = white + 0.6 * (np.roll(white, 1, 0) + np.roll(white, 1, 1))
        return np.asarray(grain * (deviation / float(grain.std())), dtype=np.float32)

    def _paint(self, image: np.ndarray, ellipse: Ellipse) -> None:
        """Draw one ellipse with an edge of about a pixel, touching only the part that it covers."""
        value, x, y, half_x, half_y = ellipse
        reach_x, reach_y = half_x + 2 * self._edge, half_y + 2 * self._edge
        columns = slice(*np.searchsorted(self._x[0], (x - reach_x, x + reach_x)))
        rows = slice(*np.searchsorted(self._y[:, 0], (y - reach_y, y + reach_y)))
        part = image[rows, columns]
        scaled = ((self._x[:, columns] - x) / half_x) ** 2 + ((self._y[rows] - y) / half_y) ** 2
        covered = np.clip((1 - scaled) * (min(half_x, half_y) / (2 * self._edge)) + 0.5, 0, 1)
        part += covered * (value - part)

    def slice_at(self, height: float) -> np.ndarray:
        """Return an axial slice in Hounsfield units (int16); `height` from 0 (feet) to 1 (head)."""
        image = np.full((self._y.shape[0], self._x.shape[1]), -1000.0, dtype=np.float32)
        for ellipse in self._chest.ellipses(height):
            self._paint(image, ellipse)
        shift = tuple(int(step) for step in self._random.integers(0, _TILE, 2))
        image += np.roll(self._noise, shift, (0, 1)) * (1.0 + 0.25 * (height > 0.8))
        return np.clip(np.rint(image), -1024, 3071).astype(np.int16)
