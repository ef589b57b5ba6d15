"""A drawn chest for tests: CT slices in Hounsfield units that look real and are nobody's."""

from __future__ import annotations

import numpy as np

FIELD_OF_VIEW = 380.0  # mm
_TILE = 128


class ChestPhantom:
    """Slices of a chest, from diaphragm (0) to shoulders (1), the same for the same seed."""

    def __init__(self, rows: int = 512, columns: int = 512, seed: int = 0, noise: float = 14.0):
        self._random = np.random.default_rng(seed)
        self.pixel_spacing = (FIELD_OF_VIEW / rows, FIELD_OF_VIEW / columns)
        y = (np.arange(rows, dtype=np.float32) + 0.5) * self.pixel_spacing[0] - FIELD_OF_VIEW / 2
        x = (np.arange(columns, dtype=np.float32) + 0.5) * self.pixel_spacing[1] - FIELD_OF_VIEW / 2
        self._x, self._y = x[np.newaxis, :], y[:, np.newaxis]
        self._edge = float(max(self.pixel_spacing))
        self._noise = self._noise_image(rows, columns, noise)
        self._vessels = self._grow_vessels(120)
        self._build = float(self._random.uniform(0.9, 1.05))  # how broad this person is
        self._tilt = float(self._random.uniform(-4, 4))

    def _noise_image(self, rows: int, columns: int, deviation: float) -> np.ndarray:
        """Noise with the grain of a reconstruction kernel: neighbours are alike."""
        white = self._random.standard_normal((rows, columns), dtype=np.float32)
        grain = white + 0.6 * (np.roll(white, 1, 0) + np.roll(white, 1, 1))
        return np.asarray(grain * (deviation / float(grain.std())), dtype=np.float32)

    def _grow_vessels(self, count: int) -> np.ndarray:
        """Straight branches from the hilum of each lung: start, end (x, y, z) and radius."""
        side = np.where(np.arange(count) % 2 == 0, -1.0, 1.0)
        start = np.column_stack(
            [side * 38, np.full(count, 2.0), self._random.normal(0.5, 0.06, count)]
        )
        angle = self._random.uniform(-2.2, 2.2, count)
        reach = self._random.uniform(30, 62, count)
        end = np.column_stack(
            [
                side * (55 + 0.9 * reach * np.cos(angle / 2)),
                1.1 * reach * np.sin(angle),
                np.clip(start[:, 2] + self._random.normal(0, 0.35, count), 0.02, 0.98),
            ]
        )
        radius = self._random.uniform(1.2, 3.4, count)
        return np.column_stack([start, end, radius])

    def _paint(
        self, image: np.ndarray, value: float, x: float, y: float, half_x: float, half_y: float
    ) -> None:
        """Draw one ellipse with an edge of about a pixel, touching only the part that it covers."""
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
        taper = 1.0 - 0.22 * max(0.0, height - 0.72) / 0.28
        half_x, half_y = 158 * self._build * taper, 112 * self._build * (1 - 0.1 * height)
        self._draw_table(image)
        for value, shrink in ((-105.0, 0.0), (48.0, 14.0)):  # fat under the skin, then muscle
            self._paint(image, value, 0, 0, half_x - shrink, half_y - shrink)
        self._draw_lungs(image, height, half_x, half_y)
        self._draw_heart_and_vessels(image, height)
        self._draw_bones(image, height, half_x, half_y)
        shift = tuple(int(step) for step in self._random.integers(0, _TILE, 2))
        image += np.roll(self._noise, shift, (0, 1)) * (1.0 + 0.25 * (height > 0.8))
        return np.clip(np.rint(image), -1024, 3071).astype(np.int16)

    def _draw_table(self, image: np.ndarray) -> None:
        for value, inset in ((-180.0, 0.0), (-880.0, 3.0)):
            self._paint(image, value, 0, 126, 175 - inset, 15 - inset)

    def _draw_lungs(self, image: np.ndarray, height: float, half_x: float, half_y: float) -> None:
        size = float(np.sqrt(np.clip(1.0 - ((height - 0.48) / 0.5) ** 2, 0.0, 1.0)))
        if size <= 0.05:
            return
        for side, breadth in ((-1, 1.06), (1, 0.94)):
            self._paint(
                image,
                -845.0,
                side * (half_x * 0.5 + 2),
                self._tilt,
                half_x * 0.36 * size * breadth,
                (half_y - 30) * size,
            )
        if height < 0.3:  # the dome of the diaphragm: liver and stomach push into the lungs
            dome = (0.3 - height) / 0.3
            self._paint(image, 62.0, -half_x * 0.42, 4, half_x * 0.36 * dome, half_y * 0.62 * dome)
            self._paint(image, 40.0, half_x * 0.42, -6, half_x * 0.28 * dome, half_y * 0.5 * dome)
        start, end, radius = self._vessels[:, :3], self._vessels[:, 3:6], self._vessels[:, 6]
        along = (height - start[:, 2]) / (end[:, 2] - start[:, 2] + 1e-6)
        for index in np.flatnonzero((along > 0) & (along < 1)):
            x, y = start[index, :2] + along[index] * (end[index, :2] - start[index, :2])
            thin = radius[index] * (1.0 - 0.7 * along[index])
            if thin > 0.5:
                self._paint(image, 90.0, float(x), float(y), thin * 1.4, thin)

    def _draw_heart_and_vessels(self, image: np.ndarray, height: float) -> None:
        self._paint(image, 30.0, 0, 8, 40, 58)  # mediastinum
        heart = 1.0 - ((height - 0.3) / 0.28) ** 2
        if heart > 0:
            size = float(np.sqrt(heart))
            self._paint(image, 70.0, 20, -26, 56 * size, 44 * size)
            self._paint(image, 240.0, 32, -20, 25 * size, 21 * size)  # left chambers, contrast
            self._paint(image, 190.0, -6, -34, 22 * size, 18 * size)
        self._paint(image, 255.0, 19, 30, 12, 12)  # descending aorta
        if 0.45 < height < 0.78:
            self._paint(image, 255.0, -8, -22, 15, 15)  # ascending aorta
            self._paint(image, 215.0, 14, -10, 20, 11)  # pulmonary trunk
        if 0.72 < height < 0.82:
            self._paint(image, 255.0, 5, 4, 13, 38)  # arch
        self._paint(image, 130.0, -26, -16, 9, 8)  # superior vena cava
        if height > 0.55:
            self._paint(image, -980.0, 0, 12, 8, 7)  # trachea
        elif height > 0.42:
            spread = 8 + (0.55 - height) * 180
            for side in (-1, 1):
                self._paint(image, -970.0, side * spread, 14, 6, 5)

    def _draw_bones(self, image: np.ndarray, height: float, half_x: float, half_y: float) -> None:
        disc = (height * 12) % 1.0 < 0.2
        self._paint(image, 90.0 if disc else 620.0, 0, 56, 21, 16)  # vertebral body
        if not disc:
            self._paint(image, 260.0, 0, 56, 17, 12)  # spongy inside
        self._paint(image, 560.0, 0, 80, 15, 13)
        self._paint(image, 30.0, 0, 76, 9, 8)  # spinal canal
        self._paint(image, 520.0, 0, 92, 4, 12)  # spinous process
        if 0.3 < height < 0.9:
            self._paint(image, 420.0, 0, -half_y + 20, 17, 6)  # sternum
        for number in range(9):  # ribs come forward as they go down
            forward = (height * 6 + number * 0.71) % 1.0
            angle = np.pi * (0.05 + 0.9 * (number + forward) / 9.5)
            x = (half_x - 22) * np.sin(angle)
            y = (half_y - 21) * np.cos(angle)
            for side in (-1, 1):
                self._paint(image, 680.0, side * float(x), float(y), 5.5, 8.5)
                self._paint(image, 290.0, side * float(x), float(y), 3.0, 5.5)
