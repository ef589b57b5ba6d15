"""Time, size and memory of a segmentation as DICOM SEG and as RTSTRUCT, there and back.

    python Testing/Benchmarks/bench_segmentation.py [--slices 200] [--size 512] [--segments 10]

The drawing is ten tubes through all slices, in one layer, or in two where every second tube lies
over the first ones; and, worst of all, every voxel in a segment. Each step runs in a process of
its own; memory is what the kernel says of it (``VmHWM``), beside that of one that only imports and
reads the images' heads. Ends with 0 when every voxel came back.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTING = Path(__file__).resolve().parents[1]
for _folder in (TESTING.parent / "OrthancConnect", TESTING):
    sys.path.insert(0, str(_folder))

import numpy as np  # noqa: E402
import pydicom  # noqa: E402

from Benchmarks.measure import machine, own_cpu_seconds  # noqa: E402
from OrthancConnectCore.results import contours, segmentation  # noqa: E402
from Support.data.dicom import write_small_instances  # noqa: E402
from Support.data.drawn import drawing_in, segment, written  # noqa: E402

MODULES = {"SEG": segmentation, "RTSTRUCT": contours}


def tubes(slices: int, size: int, count: int, layers: int) -> list[np.ndarray]:
    """Return layers with tubes of a tenth of the image's width, each a little farther on."""
    y, x = np.mgrid[:size, :size]
    drawn = [np.zeros((slices, size, size), np.uint8) for _layer in range(layers)]
    for number in range(count):
        for k in range(slices):
            middle = size * (0.15 + 0.7 * (number // layers) / max(count // layers - 1, 1))
            away = (x - middle) ** 2 + (y - size * (0.3 + 0.4 * k / slices)) ** 2
            ring = (away < (size / 14) ** 2) & (away > (size / 40) ** 2)
            drawn[number % layers][k][ring] = number + 1
    return drawn


def everywhere(slices: int, size: int, count: int) -> list[np.ndarray]:
    """Return a layer with every segment on every slice, and no voxel without one."""
    columns = np.arange(size) * count // size + 1
    return [np.broadcast_to(columns, (slices, size, size)).astype(np.uint8)]


def step(folder: Path, kind: str, what: str) -> None:
    """Do one step in this process, and print its seconds, memory in MB, and bytes."""
    result = json.loads((folder / "result.json").read_text("utf-8"))
    sources = [pydicom.dcmread(path, stop_before_pixels=True) for path in result["source"]["files"]]
    file, back = folder / f"{kind}.dcm", folder / f"back-{kind}"
    began = time.perf_counter()
    if what == "build":
        (made,) = MODULES[kind].build(folder, result, sources)
        written(made, file)
    elif what == "read":
        back.mkdir(exist_ok=True)
        more = [sources] if kind == "RTSTRUCT" else []
        again = MODULES[kind].read(pydicom.dcmread(file), back, *more)
        (back / "result.json").write_text(json.dumps(again), "utf-8")
    else:
        import highdicom.seg  # noqa: F401
    seconds = time.perf_counter() - began
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").open())
    print(
        json.dumps(
            {
                "seconds": seconds,
                "cpu": own_cpu_seconds(),
                "MB": int(status["VmHWM"].split()[0]) / 1024,
                "bytes": file.stat().st_size if file.exists() else 0,
            }
        )
    )


def is_same(folder: Path, kind: str) -> bool:
    """Whether each segment has the voxels that it had, where every slice has some."""

    def segments(where: Path) -> list[Any]:
        told = json.loads((where / "result.json").read_text("utf-8"))
        layers = [
            np.memmap(where / one["file"], one["type"], "r", shape=tuple(one["size"][::-1]))
            for one in told["layers"]
        ]
        return [(layers[one["layer"]], one["value"]) for one in told["segments"]]

    pairs = zip(segments(folder), segments(folder / f"back-{kind}"))
    return all(
        np.array_equal(a[k] == a_value, b[k] == b_value)
        for (a, a_value), (b, b_value) in pairs
        for k in range(len(a))
    )


def main() -> int:
    """Make the data, run the steps, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=200)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--segments", type=int, default=10)
    parser.add_argument("--step", nargs=3)
    chosen = parser.parse_args()
    if chosen.step:
        step(Path(chosen.step[0]), chosen.step[1], chosen.step[2])
        return 0
    print(machine())
    shape = (chosen.slices, chosen.size, chosen.segments)
    drawings = {
        "tubes": tubes(*shape, 1),
        "tubes in two layers": tubes(*shape, 2),
        "every voxel": everywhere(*shape),
    }
    good = True
    with tempfile.TemporaryDirectory() as name:
        files = write_small_instances(Path(name) / "series", count=chosen.slices, size=16)
        images = [pydicom.dcmread(path) for path in files]
        for index, image in enumerate(images):
            image.Rows = image.Columns = chosen.size
            image.ImagePositionPatient = ["0", "0", str(2 * index)]
            image.PixelSpacing = ["0.7", "0.7"]
            image.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
            image.filename = str(files[index])
            written(image, files[index])
        for title, layers in drawings.items():
            folder = Path(name) / title
            folder.mkdir()
            count = len(layers)
            segments = [segment(f"{n}", n + 1, layer=n % count) for n in range(chosen.segments)]
            result = drawing_in(folder, images, layers, segments)
            (folder / "result.json").write_text(json.dumps(result), "utf-8")
            for kind in MODULES:
                for what in ("nothing", "build", "read"):
                    command = [sys.executable, __file__, "--step", str(folder), kind, what]
                    ran = subprocess.run(command, capture_output=True, text=True, check=True)
                    row = json.loads(ran.stdout)
                    figures = f"{row['seconds']:6.1f} s {row['cpu']:5.1f} s cpu {row['MB']:5.0f} MB"
                    print(
                        f"{title:20} {kind:9} {what:8} {figures} {row['bytes'] / 1e6:6.1f} MB file"
                    )
                good = good and is_same(folder, kind)
    print("every voxel came back" if good else "VOXELS DIFFER")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
