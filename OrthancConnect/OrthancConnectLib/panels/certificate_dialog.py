"""The one question that has to be asked in a window: is this certificate the server's own?"""

from __future__ import annotations

from typing import Any, Callable, List

import qt
import slicer
from slicer.i18n import tr as _

from OrthancConnectCore.shared.hosts import shown_host

from ..logic.connection import TrustQuestion
from ..wording import worded
from .style import BAD, WARNING, load_ui, say
from .texts import day_text

_open: List[Any] = []  # a window lives as long as it is open


#: Its width at first, in pixels, as that of Slicer's module panel; of it a margin on each side.
_WIDTH, _MARGIN, _SCROLL_BAR = 420, 14, 20


def fingerprint_lines(fingerprint: str, a_line: int = 8) -> str:
    """Return a fingerprint in lines of eight pairs, to be compared by eye."""
    pairs = fingerprint.split(":")
    return "\n".join(":".join(pairs[i : i + a_line]) for i in range(0, len(pairs), a_line))


def ask_about_certificate(
    resource_path: Any, question: TrustQuestion, answer: Callable[[bool], None]
) -> Any:
    """Show the certificate and pass on the answer; returns the window, which waits for nobody."""
    dialog, ui = load_ui(resource_path, "certificate_dialog.ui")
    main_window = slicer.util.mainWindow()
    if main_window is not None:
        dialog.setParent(main_window, qt.Qt.Dialog)
    fill(ui, question)
    # Enter and Escape mean no: only a click, or Tab and Space, trusts.
    ui.refuseButton.default = True
    ui.refuseButton.connect("clicked()", dialog.reject)
    ui.trustButton.connect("clicked()", dialog.accept)

    def onFinished(result: int) -> None:
        if dialog not in _open:
            return
        _open.remove(dialog)
        dialog.deleteLater()
        answer(result == qt.QDialog.Accepted)

    dialog.connect("finished(int)", onFinished)
    _open.append(dialog)
    _fit(dialog, ui, 600 if main_window is None else main_window.height)
    dialog.open()
    ui.refuseButton.setFocus()
    return dialog


def _fit(dialog: Any, ui: Any, room: int) -> None:
    """Make it as high as its texts, but no higher than there is room: then the facts scroll."""
    for layout in (ui.contents.layout(), dialog.layout()):
        layout.activate()  # else it has the heights of the form without texts
    # Beside a scroll bar, which else would not go again.
    facts = ui.contents.layout().heightForWidth(_WIDTH - 2 * _MARGIN - _SCROLL_BAR)
    around = dialog.layout().heightForWidth(_WIDTH) - ui.scrollArea.sizeHint.height()
    dialog.resize(_WIDTH, min(facts + around, max(room, 2 * around)))


def fill(ui: Any, question: TrustQuestion) -> None:
    """Write the facts into the window; all of them plain text."""
    facts = question.certificate
    changed = bool(question.pinned)
    title = _("Do you trust this server?")
    if changed:
        title = _("The server's certificate has changed")
    say(ui.titleLabel, title)
    sign = "✗ " if changed else "⚠ "
    # Both fingerprints stand below: the fault's own words would tell them once more.
    problem = _("It is not the one that you trusted.") if changed else worded(str(facts["problem"]))
    say(ui.problemLabel, sign + problem, BAD if changed else WARNING)
    say(ui.addressLabel, question.profile.shown_url)
    say(ui.subjectLabel, str(facts["subject"]) or "–")
    issuer = str(facts["issuer"]) or "–"
    if facts["self_signed"]:
        issuer = _("{issuer} (itself: self-signed)").format(issuer=issuer)
    say(ui.issuerLabel, issuer)
    begin, end = (day_text(str(facts[name])[:10]) for name in ("not_before", "not_after"))
    say(ui.validityLabel, _("{begin} to {end}").format(begin=begin, end=end))
    say(ui.hostsLabel, shown_host(", ".join(facts["host_names"])) or "–")
    say(ui.oldTitle, _("Trusted until now") if changed else "")
    say(ui.oldFingerprint, fingerprint_lines(question.pinned))
    say(ui.newTitle, _("Shown now") if changed else _("SHA-256 fingerprint"))
    say(ui.newFingerprint, fingerprint_lines(str(facts["fingerprint"])))
    advice = _(
        "Compare the fingerprint with the one that the administrator gives you. If they are the "
        "same, trust the certificate: from then on no other one is accepted, and you are not asked "
        "again."
    )
    if changed:
        advice = _(
            "Somebody may be listening in, or the administrator has renewed the certificate. Ask "
            "the administrator before you trust the new one. Nothing has been sent."
        )
    say(ui.adviceLabel, advice)
    ui.trustButton.text = _("Trust the new one") if changed else _("Trust this certificate")
