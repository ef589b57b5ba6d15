"""Numbers, names, dates and outcomes in the words that a person reads."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import MissingDependencyError, OrthancConnectError
from OrthancConnectCore.shared.events import Progress
from OrthancConnectCore.shared.query import display_date
from OrthancConnectCore.shared.receipts import Receipt
from OrthancConnectCore.shared.results import (
    CONTOURS,
    MEASUREMENTS,
    SCENE,
    SEGMENTATION,
    VOLUME,
)

from ..logic.local import Compared
from ..logic.transfers import (
    CANCELLED,
    DONE,
    FAILED,
    INCOMPLETE,
    PAUSED,
    RUNNING,
    WAITING,
    Transfer,
)
from ..wording import worded
from .style import BAD, GOOD, PLAIN, QUIET, WARNING

_SIGNS = {
    WAITING: ("…", QUIET),
    RUNNING: ("▸", PLAIN),
    PAUSED: ("‖", WARNING),
    DONE: ("✓", GOOD),
    INCOMPLETE: ("⚠", WARNING),
    FAILED: ("✗", BAD),
    CANCELLED: ("■", WARNING),
}


def size_text(size: float) -> str:
    """Return 126 MB for 126,000,000 bytes."""
    if size < 1000:
        return _("{count} bytes").format(count=int(size))
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.5 or unit == "GB":
            break
    return f"{size:.1f} {unit}" if size < 9.95 else f"{size:.0f} {unit}"


def seconds_text(seconds: float) -> str:
    """Return 0.2 s, 12 s, 3 min 20 s or 1 h 5 min."""
    if seconds < 10 and not isinstance(seconds, int):
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(round(seconds)), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def day_text(date: str) -> str:
    """Return a DICOM date by Slicer's locale: 20260302 → 2 Mar 2026."""
    iso = display_date(date)
    parts = iso.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return iso
    day = qt.QDate(int(parts[0]), int(parts[1]), int(parts[2]))
    return str(qt.QLocale().toString(day, "d MMM yyyy"))


def what_text(what: str) -> str:
    """Return what something in the scene, or a result on the server, is: Segmentation, Line."""
    return {
        SEGMENTATION: _("Segmentation"),
        CONTOURS: _("Contours"),
        MEASUREMENTS: _("Measurements"),
        VOLUME: _("Volume"),
        SCENE: _("Scene"),
        "statistics": _("Statistics"),
        "model": _("Model"),
        "labelmap": _("Label map"),
        "point": _("Point"),
        "points": _("Points"),
        "line": _("Line"),
        "angle": _("Angle"),
        "plane": _("Plane"),
        "roi": _("ROI"),
        "curve": _("Curve"),
        "closed_curve": _("Closed curve"),
    }.get(what, what)


def plural(count: int, one: str, many: str) -> str:
    """Return `one` or `many` with the number in it."""
    return (one if count == 1 else many).format(count)


def progress_text(phase: str, progress: Optional[Progress], sizes: bool = False) -> str:
    """Return 118 of 240 · 54 MB/s · 3 s left; with sizes also how many bytes of how many."""
    if progress is None or not progress.total:
        return phase
    parts = [phase] if phase else []
    parts.append(_("{done} of {total}").format(done=progress.done, total=progress.total))
    if sizes and progress.bytes_total:
        done, total = size_text(progress.bytes_done), size_text(progress.bytes_total)
        if done.split()[-1] == total.split()[-1]:
            done = done.split()[0]  # 14 of 103 MB
        parts.append(_("{done} of {total}").format(done=done, total=total))
    if progress.phase == "waiting":  # the phase is a sentence
        return "\n".join((phase, "  ·  ".join(parts[1:])))
    if progress.rate > 0:
        parts.append(size_text(progress.rate) + "/s")
    if progress.seconds_left is not None and progress.seconds_left >= 1:
        parts.append(_("{time} left").format(time=seconds_text(round(progress.seconds_left))))
    return "  ·  ".join(parts)


def percent(progress: Optional[Progress]) -> int:
    """Return how far it is, by bytes where they are known; -1 while nothing is known."""
    if progress is None or not progress.total:
        return -1
    if progress.bytes_total:
        return int(100 * min(1.0, progress.bytes_done / progress.bytes_total))
    return int(100 * min(1.0, progress.done / progress.total))


def counts_text(receipt: Receipt) -> str:
    """Return the numbers of a receipt in one line."""
    there = receipt.stored + receipt.already_stored
    text = _("{count} stored").format(count=receipt.stored)
    already, verified = _("{count} already there"), receipt.verified
    if receipt.by_identity:
        already = _("{count} already there ({alone} by identifiers alone)")
    if receipt.operation == "retrieve":
        text = _("{there} of {expected} arrived")
        if receipt.complete and receipt.verified == receipt.expected:
            text = _("{there} of {expected} arrived and verified")
        text = text.format(there=there, expected=receipt.expected)
        already, verified = _("{count} were here before"), 0
    parts = [
        (receipt.already_stored, already),
        (receipt.different, _("{count} there, but different")),
        (verified, _("{count} verified")),
        (receipt.skipped, _("{count} skipped")),
        (receipt.failed, _("{count} failed")),
        (receipt.missing, _("{count} not reached")),
    ]
    told = (words.format(count=n, alone=receipt.by_identity) for n, words in parts if n)
    return ", ".join([text, *told])


def receipt_text(receipt: Receipt) -> str:
    """Return the line that stays when a transfer has ended."""
    parts = [counts_text(receipt)]
    if receipt.bytes:
        parts.append(size_text(receipt.bytes))
    parts.append(seconds_text(receipt.seconds))
    if receipt.operation == "retrieve":
        parts.append(receipt.method)
    return "  ·  ".join(parts)


def outcome(transfer: Transfer) -> Tuple[str, str]:
    """Return the line of a transfer and its tone, whatever its state."""
    sign, tone = _SIGNS[transfer.state]
    is_upload = transfer.operation == "upload"
    if transfer.state == WAITING:
        before = {"upload": _("Waiting for the upload before it")}
        before["results"] = _("Waiting for the sending before it")
        text = before.get(transfer.operation, _("Waiting for the retrieve before it"))
        return f"{sign} {text}", tone
    if transfer.state == PAUSED:
        return _paused(transfer)
    if not transfer.ended:
        if is_waiting_for_server(transfer):
            sign, tone = "⚠", WARNING
        return f"{sign} " + progress_text(transfer.phase, transfer.progress, is_upload), tone
    if transfer.receipt is not None:
        text = receipt_text(transfer.receipt)
        if transfer.state == CANCELLED:
            text = _("Cancelled: {counts}").format(counts=text)
    elif transfer.error is not None:
        text = error_text(transfer.error)
    else:
        text = _("Cancelled.")
    return f"{sign} {text}", tone


def compared_text(found: Compared) -> Tuple[str, str]:
    """Return what a comparison with the server came to, and its tone."""
    if found.differ:
        text = _(
            "✕ Other content than the server's: {differ} of {files} files. To have the server's, "
            "remove the series in the DICOM module, then retrieve it."
        )
        return text.format(differ=found.differ, files=found.files), BAD
    if found.unknown:
        text = _("⚠ {unknown} of {files} files can't be compared: {reason}")
        why = worded(found.reason)
        return text.format(unknown=found.unknown, files=found.files, reason=why), WARNING
    return _("✓ All {files} files have the server's content.").format(files=found.files), GOOD


def remarks(transfer: Transfer) -> str:
    """Return what else is to be said of a transfer that has ended, a line each; often nothing."""
    if not transfer.ended:
        return ""
    lines = []
    if transfer.receipt is not None and transfer.error is not None:
        lines.append(error_text(transfer.error))
    if transfer.loaded:
        lines.append(_("Loaded: {names}").format(names=", ".join(transfer.loaded)))
    lines += map(worded, transfer.notes)
    if transfer.operation in ("upload", "results") and transfer.receipt is not None:
        lines += map(worded, transfer.receipt.notes)
    return "\n".join(f"– {line}" for line in lines)


def is_waiting_for_server(transfer: Transfer) -> bool:
    """Whether an upload pauses by itself, because the server is away."""
    progress = transfer.progress
    return transfer.state == RUNNING and progress is not None and progress.phase == "waiting"


def _paused(transfer: Transfer) -> Tuple[str, str]:
    """Return what a pause looks like: the person's own, or the one after a crash."""
    sign, tone = _SIGNS[PAUSED]
    if transfer.error is not None:
        text = _("Interrupted: {message} Resume goes on where it was.")
        return "⚠ " + text.format(message=worded(transfer.error.message)), WARNING
    text = _("Paused")
    receipt = transfer.receipt
    if receipt is not None:
        there = receipt.stored + receipt.already_stored
        known = _("{there} of {all} are on the server")
        if transfer.operation not in ("upload", "results"):
            known = _("{there} of {all} are here")
        known = known.format(there=there, all=receipt.expected)
        text = f"{text}: {known}"
    elif transfer.progress is not None:
        text = progress_text(text, transfer.progress)
    return f"{sign} {text}", tone


def short_path(path: str, longest: int = 48) -> str:
    """Return a path that fits into the panel: its end, which tells most."""
    return path if len(path) <= longest else "…" + path[1 - longest :]


def error_text(error: OrthancConnectError) -> str:
    """Return what happened and what to do next, each where there is one."""
    hint = worded(error.hint)
    if isinstance(error, MissingDependencyError):  # its hint is for the command line
        hint = _("“Install {package}” does it.").format(package=error.facts.get("package"))
    return f"{worded(error.message)} {hint}".strip()


def fault(error: OrthancConnectError) -> Tuple[str, str]:
    """Return an error as a line with its sign, and the line's tone."""
    return "✗ " + error_text(error), BAD


def attempt(work: Callable[[], Any], tell: Callable[[str, str], None], done: str = "") -> bool:
    """Do something; `tell` says that it is done, or why it can't be, which returns False."""
    try:
        result = work()
    except OrthancConnectError as error:
        tell(*fault(error))
        return False
    tell("✓ " + done.format(result) if done else "", GOOD)
    return True
