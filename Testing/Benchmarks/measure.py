"""Compares ways of doing the same thing: interleaved rounds, medians, ratios, as text and JSON.

Machines are noisy, and noise comes in waves. So every round runs each contender once, beginning
with another one each time, and a ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterable, Optional, Sequence


@dataclass
class Contender:
    """One way of doing it.

    `run` does it once. `absent` says why it can't be done here; it is then named in the table.
    `rounds` limits those that take long. `note` stands beside the name. `part` is how many times
    what `run` does makes the whole; its figures are multiplied by it.
    """

    name: str
    run: Callable[[], None]
    absent: str = ""
    rounds: Optional[int] = None
    note: str = ""
    part: int = 1
    seconds: list[float] = field(default_factory=list)
    own_cpu: list[float] = field(default_factory=list)
    server_cpu: list[float] = field(default_factory=list)


def own_cpu_seconds() -> float:
    """Processor time of this process and of its ended children."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    usages = [resource.getrusage(kind) for kind in kinds]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cpu_seconds_of(pids: Iterable[int]) -> float:
    """Processor time of other processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def prefer(pids: Iterable[int]) -> None:
    """Let processes, 0 is this one, with all their threads go before all others (Linux, root)."""
    for pid in pids:
        for thread in Path(f"/proc/{pid or 'self'}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), -15)
        group = Path(f"/proc/{pid or 'self'}/autogroup")
        if group.exists():
            group.write_text("-15")


def interleave(
    contenders: Sequence[Contender],
    rounds: int,
    before: Callable[[], None],
    check: Callable[[], None],
    server_pids: Callable[[], Iterable[int]] = lambda: (),
    report: Callable[[str], None] = lambda text: None,
) -> None:
    """Run all contenders `rounds` times; `before` and `check` are not measured.

    `check` raises when a contender did not do what it should.
    """
    present = [contender for contender in contenders if not contender.absent]
    for number in range(rounds):
        shift = number % len(present)
        for contender in present[shift:] + present[:shift]:
            if contender.rounds is not None and number >= contender.rounds:
                continue
            before()
            own, theirs = own_cpu_seconds(), cpu_seconds_of(server_pids())
            started = time.perf_counter()
            contender.run()
            part = contender.part
            contender.seconds.append(part * (time.perf_counter() - started))
            contender.own_cpu.append(part * (own_cpu_seconds() - own))
            contender.server_cpu.append(part * (cpu_seconds_of(server_pids()) - theirs))
            check()
            report(f"round {number + 1}: {contender.name} {contender.seconds[-1]:.3f} s")


def ratio(contender: Contender, reference: Contender) -> float:
    """How many times the reference's time a contender needs: the median over common rounds."""
    pairs = zip(contender.seconds, reference.seconds)
    return statistics.median(theirs / ours for theirs, ours in pairs)


def rows(contenders: Sequence[Contender], reference: str, items: int) -> list[dict[str, Any]]:
    """The figures of each contender, the fastest first; those that are absent last."""
    known = {contender.name: contender for contender in contenders}
    found: list[dict[str, Any]] = []
    for contender in contenders:
        row: dict[str, Any] = {"name": contender.name, "note": contender.note}
        if contender.absent:
            row["absent"] = contender.absent
        else:
            row.update(
                seconds=statistics.median(contender.seconds),
                fastest=min(contender.seconds),
                all_seconds=contender.seconds,
                per_second=items / statistics.median(contender.seconds),
                ratio=ratio(contender, known[reference]),
                own_cpu_ms=statistics.median(contender.own_cpu) / items * 1000,
                server_cpu_ms=statistics.median(contender.server_cpu) / items * 1000,
            )
        found.append(row)
    return sorted(found, key=lambda row: row.get("seconds", float("inf")))


def table(title: str, found: Sequence[dict[str, Any]], reference: str, bytes_total: int) -> str:
    """The figures as text, a contender a line."""
    width = max(len(row["name"]) for row in found)
    heads = f"{'s':>8} {'best':>8} {'MB/s':>7} {'items/s':>8} {'× time':>7} {'cpu':>6} {'srv':>6}"
    lines = [title, f"{'':{width}} {heads}"]
    for row in found:
        if "absent" in row:
            lines.append(f"{row['name']:{width}} absent: {row['absent']}")
            continue
        speed = bytes_total / row["seconds"] / 1e6
        lines.append(
            f"{row['name']:{width}} {row['seconds']:8.3f} {row['fastest']:8.3f} {speed:7.0f} "
            f"{row['per_second']:8.0f} {row['ratio']:7.2f} {row['own_cpu_ms']:6.2f} "
            f"{row['server_cpu_ms']:6.2f}  {row['note']}".rstrip()
        )
    lines.append(
        f"Medians; × time: against {reference}, median of the rounds' own ratios; cpu, srv: "
        "processor time of client and server, ms an item."
    )
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    """Where this was measured."""
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Keep the figures for a later comparison."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
