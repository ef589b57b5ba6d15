"""Links of a browser: only the one wish, only of known servers; an attacker's get a sentence."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from OrthancConnectCore.setup.server_config import Wanted
from OrthancConnectCore.setup.server_keys import sections
from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.opening import link_of, link_template, profile_for
from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile

ID = "333b197b-f3d4238c-06132e1f-b644fbd8-e81446ca"
GOOD = f"slicer://orthancconnect/?server=https%3A%2F%2Fserver%3A8042&study={ID}"
REPOSITORY = Path(__file__).resolve().parents[2]
#: As much of Orthanc Explorer as its extension sees, and a click on what that adds.
_OLD_PAGE = """
const slots = {}, window = {location: {href: 'https://server:8042/app/explorer.html#study'}};
const $ = (name) => ({live: (event, slot) => { slots[name + ' ' + event] = slot; },
                      append: (html) => { slots.html = html; }});
$.mobile = {pageData: {uuid: '333b197b-f3d4238c-06132e1f-b644fbd8-e81446ca'}};
"""
_CLICK = """
slots['#study pagebeforecreate']();
slots['#' + slots.html.match(/id="([^"]+)"/)[1] + ' click']();
console.log(window.location.href);
"""
KNOWN = ProfileSet(
    (
        ServerProfile("lab", "https://Server.:8042/orthanc"),
        ServerProfile("home", "https://127.0.0.1:8042"),
        ServerProfile("again", "https://server:8042"),
    ),
    "lab",
)


def test_a_study_or_series_of_a_known_server() -> None:
    link = link_of(GOOD)
    assert (link.level, link.identifier, link.place) == ("study", ID, ("server", 8042))
    assert GOOD == link_template("https://server:8042", "study", ID)
    assert (
        profile_for(link, KNOWN).name == "lab" and profile_for(link, KNOWN, "again").name == "again"
    )
    for text in (
        GOOD.replace("study=" + ID, "series=1.2.840.10008.1"),
        GOOD.replace("slicer://orthancconnect/", "SLICER://OrthancConnect"),
        f"slicer://orthancconnect/?study={ID}&server=https://server:8042",
    ):
        assert profile_for(link_of(text), KNOWN).rest_url.lower().startswith("https://server")
    assert profile_for(link_of(GOOD.replace("server%3A", "127.1%3A")), KNOWN).name == "home"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "slicer://viewer/?studyUID=1.2.3&dicomweb_endpoint=http%3A%2F%2Fevil",
        GOOD.replace("slicer:", "https:"),
        GOOD.replace("slicer:", "file:"),
        GOOD.replace("slicer:", "javascript:"),
        GOOD.replace("orthancconnect/", "orthancconnect:80/"),
        GOOD.replace("orthancconnect/", "ana:secret@orthancconnect/"),
        GOOD.replace("orthancconnect/", "orthancconnect.evil/"),
        GOOD.replace("orthancconnect/?", "orthancconnect/../?"),
        GOOD.replace("https%3A", "file%3A"),
        GOOD.replace("https%3A%2F%2Fserver%3A8042", "file%3A%2F%2F%2Fetc%2Fpasswd"),
        GOOD.replace("%2F%2Fserver", "%2F%2Fana%3Asecret%40server"),
        GOOD.replace("server%3A8042", "server%3A8042%2F%3Fx%3D1"),
        GOOD.replace("server%3A8042", "server%3A0"),
        GOOD.replace("server%3A8042", "server%3A80a"),
        GOOD.replace("https%3A", "%20https%3A"),
        GOOD + "&study=1.2.3",
        GOOD + "&server=https%3A%2F%2Fevil",
        GOOD + "&series=1.2.3",
        GOOD + "&token=x",
        GOOD + "#x",
        GOOD + "#",
        GOOD + "\n",
        GOOD + "%0A",
        GOOD + "\x00",
        GOOD + " " + GOOD,
        GOOD + GOOD,
        GOOD.replace(ID, ""),
        GOOD.replace(ID, "../../instances"),
        GOOD.replace(ID, ID.upper()),
        GOOD.replace(ID, "1..2"),
        GOOD.replace(ID, "1.2." + "3" * 70),
        GOOD.replace(ID, "%FF"),
        GOOD.replace(ID, "１.2.3"),
        GOOD.replace("server%3A8042", "s" * 1000),
        "slicer://orthancconnect/?study=1.2.3",
        "slicer://orthancconnect/?",
        "slicer://[orthancconnect/?server=x",
    ],
)
def test_an_attackers_link_gets_a_sentence(address: str) -> None:
    with pytest.raises(InputError, match="nothing was fetched") as told:
        link_of(address)
    assert "secret" not in str(told.value) and "evil" not in str(told.value)


@pytest.mark.parametrize(
    "server", ["evil:8042", "server:8043", "server.evil:8042", "127.0.0.2:8042"]
)
def test_a_server_that_is_not_known_gets_nothing(server: str) -> None:
    link = link_of(link_template("https://" + server, "study", ID))
    with pytest.raises(InputError, match="none of your servers; nothing was fetched"):
        profile_for(link, KNOWN)


def test_the_buttons_of_the_servers_pages_make_such_links(tmp_path: Path) -> None:
    wanted = Wanted(("server",), "lab", "LAB", "compose", "orthanc", plugins=("explorer2",))
    keys = {key: value for _told, some in sections(wanted, {}, "") for key, value in some.items()}
    buttons = keys["OrthancExplorer2"]["UiOptions"]["CustomButtons"]
    for level in ("study", "series"):
        link = link_of(buttons[level][0]["Url"].replace("{UUID}", ID))
        assert (link.level, profile_for(link, KNOWN).name) == (level, "lab")
    page = (REPOSITORY / "docs" / "en" / "administrators.md").read_text(encoding="utf-8")
    script = page.partition('ExtendOrthancExplorer("""')[2].partition('""")')[0]
    assert script and shutil.which("node")
    (tmp_path / "page.js").write_text(_OLD_PAGE + script + _CLICK, encoding="utf-8")
    said = subprocess.run(["node", tmp_path / "page.js"], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    link = link_of(said.stdout.strip())
    assert (link.identifier, link.place) == (ID, ("server", 8042))
