"""Each window shows all of its longest real text, at 420 pixels, also with larger letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest

from Support.scenarios.fit import cut_texts
from Support.scenarios.looks import make_dark, make_larger, speak

RESOURCES = Path(__file__).resolve().parents[2] / "OrthancConnect" / "Resources"
WIDTH = 420
#: As certificates of universities and hospitals have them.
NAME = "pacs-produccion-01.radiologia.hospital-universitario.example.org"
ORGANISATION = "C=ES, ST=Comunitat Valenciana, O=Hospital Universitario de Ejemplo y Fundación, CN="
FINGERPRINT = ":".join(f"{number:02X}" for number in range(160, 192))
OLD = ":".join(f"{number:02X}" for number in range(32))


def resource_path(name: str) -> str:
    return str(RESOURCES / name)


@pytest.fixture(params=[(1.0, ""), (1.0, "es"), (2.0, "es")], ids=["plain", "es", "larger"])
def words(request: Any, started: Any, tmp_path: Path) -> Iterator[Any]:
    """Letters as they are, in Spanish, which is a third longer, and twice as large too."""
    import qt

    scale, language = request.param
    font, locale = qt.QApplication.font(), qt.QLocale()
    make_larger(scale)
    if language:
        speak(language, tmp_path)
    yield scale
    qt.QApplication.setFont(font)
    qt.QLocale.setDefault(locale)


def question(changed: bool, problem: str) -> Any:
    from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
    from OrthancConnectLib.logic.connection import TrustQuestion

    trust = TrustPolicy.pinned(OLD) if changed else TrustPolicy()
    profile = ServerProfile("lab", f"https://{NAME}:8443/clinica/orthanc-principal", trust=trust)
    names = [NAME, "*." + NAME, "a" * 63 + "." + "b" * 63, "192.168.100.200"]
    return TrustQuestion(
        profile,
        {
            "fingerprint": FINGERPRINT,
            "subject": ORGANISATION + NAME,
            "issuer": ORGANISATION + "TERENA SSL High Assurance Certification Authority 3",
            "not_before": "2026-01-02T00:00:00+00:00",
            "not_after": "2027-01-02T00:00:00+00:00",
            "host_names": names,
            "self_signed": changed,
            "problem": problem,
            "hint": "",
            "problem_kind": "UntrustedCertificateError",
        },
    )


def real_problem(changed: bool) -> str:
    """What the worker says of such a certificate."""
    from OrthancConnectCore.network.faults import changed_fault

    if changed:
        return changed_fault(question(True, "").profile, FINGERPRINT).message
    return (
        f"The certificate of {NAME}:8443 is signed by an authority that this computer does not "
        "know (unable to get local issuer certificate)."
    )


@pytest.mark.parametrize("changed", [False, True], ids=["first", "changed"])
def test_the_certificate_can_be_read(
    words: float, changed: bool, record_property: Any, request: Any
) -> None:
    """Nothing is cut, each fingerprint stands there once, and both buttons are in sight."""
    from OrthancConnectLib.panels.certificate_dialog import ask_about_certificate

    asked = question(changed, real_problem(changed))
    dialog = ask_about_certificate(resource_path, asked, lambda _yes: None)
    settle()
    save(dialog, request.node.name)
    try:
        assert dialog.width == WIDTH and dialog.height <= 800
        if words == 1:
            assert dialog.findChild("QWidget", "contents").height <= scroll_area(dialog).height
        assert "\n".join(cut_texts(dialog)) == ""
        shown = "".join(str(label.text) for label in dialog.findChildren("QLabel"))
        assert (shown.count(FINGERPRINT[:11]), shown.count(OLD[:11])) == (1, int(changed))
    finally:
        dialog.reject()
        settle()


def test_a_box_without_its_tick_is_seen_on_a_dark_ground(started: Any) -> None:
    import qt

    from OrthancConnectLib.panels.style import ROWS

    palette, style = qt.QApplication.palette(), qt.QApplication.style().objectName
    make_dark(True)
    tree = qt.QTreeWidget()
    tree.styleSheet = ROWS
    item = qt.QTreeWidgetItem()
    item.setCheckState(0, qt.Qt.Unchecked)
    tree.addTopLevelItem(item)
    tree.show()
    settle()
    line = tree.visualItemRect(item)
    image = tree.viewport().grab(line).toImage()
    tree.hide()
    light = [
        image.pixelColor(x, y).lightness() > 150 for x in range(30) for y in range(image.height())
    ]
    qt.QApplication.setStyle(style)
    qt.QApplication.setPalette(palette)
    assert sum(light) > 20, "nothing light stands there"


def scroll_area(dialog: Any) -> Any:
    return dialog.findChild("QScrollArea", "scrollArea")


def settle() -> None:
    import qt

    for _turn in range(12):
        qt.QApplication.processEvents()


def save(widget: Any, name: str) -> None:
    """Keep a picture to look at, where a folder is named for that."""
    import os

    folder = os.environ.get("ORTHANCCONNECT_PICTURES")
    if folder:
        widget.grab().save(str(Path(folder) / f"{name}.png"))
