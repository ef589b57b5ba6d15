"""The written guide that OrthancConnect replaces, walked line by line: its words, and ours.

What the guide does in Slicer's own windows (listener, data sources, Query, Retrieve, Load), the
scenarios of `Testing/Panel` do.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any, Iterator

import pytest
import requests

from OrthancConnectCore.network.certificates import describe_certificate
from OrthancConnectCore.setup.orthanc_json import read_orthanc_json
from Support.data.dicom import PATIENTS, write_group_folder, write_small_instances
from Support.process.command_line import CommandLine
from Support.process.ports import release_port, reserve_port
from Support.scenarios.server_site import USER, Site, set_up
from Support.servers.debian_tree import why_not

COLLEAGUE = "usuario_2"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    more = ("--user", COLLEAGUE, "--plugin", "dicomweb", "--plugin", "webviewer")
    with set_up(tmp_path / "administrator", *more, title="SlicerMac1") as made:
        yield made


def test_every_sentence_of_the_guide(site: Site, tmp_path: Path) -> None:
    said = site.administrator.everything
    # "apt install orthanc orthanc-dicomweb orthanc-webviewer": the first thing to do.
    assert re.search(r"apt.* install .*orthanc orthanc-dicomweb orthanc-webviewer", said), said
    # "/etc/orthanc/orthanc.json": its keys and users; TLS is nginx's, for Debian's own dies of it.
    etc, keys = site.tree.etc, {}
    for file in (etc / "orthanc").glob("*.json"):
        keys.update(read_orthanc_json(file.read_text(encoding="utf-8")))
    wanted = {"HttpServerEnabled": True, "DicomAet": "IUIBS", "DefaultEncoding": "Utf8"}
    assert wanted.items() <= keys.items() and keys["AuthenticationEnabled"] is True
    assert set(keys["RegisteredUsers"]) == {USER, COLLEAGUE}
    # "RemoteAccessAllowed", "SslEnabled": others reach nginx alone, which shows the certificate.
    assert keys["RemoteAccessAllowed"] is keys["SslEnabled"] is False
    certificate, key = (etc / "ssl" / name for name in ("certs/orthanc.crt", "private/orthanc.key"))
    assert describe_certificate(certificate.read_text()).self_signed
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and "PRIVATE KEY" in key.read_text()
    # '"Mac1": ["SlicerMac1", "198.168.1.25", 2356, "Generic"]': an entry for each Slicer.
    slicer = ["SlicerMac1", "127.0.0.1", site.listener, "Generic"]
    assert keys["DicomModalities"]["mac1"] == slicer
    # "Restart, then open https://server:8042, accept the certificate, log in."
    line = site.newcomer(tmp_path / USER)
    address = line.run("profile", "show", "--json").data["rest_url"]
    port = address.rpartition(":")[2]
    (password,) = re.findall(rf"(?m)^  {COLLEAGUE} +(\S+)$", said)
    browser = requests.Session()
    browser.verify = str(etc / "ssl" / "certs" / "orthanc.crt")
    assert browser.get(f"{address}/app/explorer.html", timeout=30).status_code == 401
    for browser.auth in ((USER, site.password), (COLLEAGUE, password)):
        page = browser.get(f"{address}/app/explorer.html", timeout=30)
        assert page.status_code == 200 and "Orthanc Explorer" in page.text

    # "In the web page, one patient at a time": a folder, however many are in it.
    small = write_small_instances(tmp_path / "small", count=8, patients=2, series=2)
    stored = site.ask(line, "upload", tmp_path / "small", "--verify", "--json")
    assert (stored.code, stored.data["stored"]) == (0, len(small)), stored.out
    # "ImportDicomFiles.py [hostname] [HTTP port] [path] [username] [password]": certificate asked.
    group = write_group_folder(tmp_path / "group", slices=4, rows=32, columns=32)
    total = sum(map(len, group.values()))
    mac1 = CommandLine(tmp_path / "mac1")
    five = ("import-files", "localhost", port, tmp_path / "group", COLLEAGUE, password)
    imported = mac1.on_terminal(*five, answers={"[y/N]": "y"})
    assert imported.code == 0 and f"{total} stored, 2 skipped" in imported.out, imported.out
    # "The script stops telling what failed".
    (other,) = write_small_instances(tmp_path / "other", count=1, seed=9)
    (tmp_path / "cut.dcm").write_bytes(other.read_bytes()[:-9])
    failed = site.ask(line, "upload", tmp_path / "cut.dcm", small[0], "--json")
    assert (failed.code, failed.data["failed"], failed.data["already_stored"]) == (1, 1, 1)
    assert "cut.dcm" in failed.data["problems"][0]["item"]
    # "Stored images can be browsed by patient, study and series."
    patients = {
        one["patient_id"]: one for one in site.ask(line, "query", "--json").data["patients"]
    }
    assert set(patients) == {"SMALL0000", "SMALL0001", *group}
    assert patients[PATIENTS[0].patient_id]["patient_name"] == PATIENTS[0].name
    (study,) = patients[PATIENTS[0].patient_id]["studies"]
    assert [one["series_number"] for one in study["series"]] == [3, 4]
    # "A web viewer shows them."
    uid = study["study_instance_uid"]
    shown = site.ask(line, "open", "IUIBS", "--study", uid, "--json").data["url"]
    assert browser.get(shown, timeout=30).status_code == 200

    # The entry's port, and in Slicer the port 11112: what goes wrong there is said, with both.
    theirs = site._replace(password=password)
    connect = ("connect", address, "--user", COLLEAGUE, "--calling-ae-title", "SlicerMac1")
    connected = theirs.ask(mac1, *connect, "--replace")
    assert connected.code == 0, connected.err
    told = _told(theirs, mac1)["registered"]
    assert (told["state"], told["fault"]) == ("warning", "entry_port"), told
    ours = mac1.run("profile", "show", "--json").data["storage_port"]  # 11112, if that is free
    assert f"port {site.listener}, and our listener is at {ours}" in told["cause"]
    _let_in(theirs, mac1, site.listener, "already")
    _fetched(theirs, mac1, tmp_path / "at mac1", group, ("C-GET", "C-MOVE"))
    # "A new person needs the administrator and a restart of the server": neither, with the file.
    refused = site.ask(line, "query", "--via", "C-FIND")
    assert refused.code == 4, refused.out
    port = reserve_port()
    _let_in(site, line, port, "registered")
    _fetched(site, line, tmp_path / f"at {USER}", group, ("C-GET", "HTTPS"))
    release_port(port)
    for secret in (site.password, password):
        assert secret not in line.everything + mac1.everything


def _told(site: Site, line: CommandLine) -> Any:
    """Return the check-up's lines by their names."""
    return {one["id"]: one for one in site.ask(line, "doctor", "--json").data["lines"]}


def _let_in(site: Site, line: CommandLine, port: int, outcome: str) -> None:
    """Register a Slicer that listens at a port; all is green then."""
    registered = site.ask(line, "register", "--port", port, "--json")
    assert registered.data["outcome"] == outcome, registered.out
    bad = {name for name, one in _told(site, line).items() if one["state"] != "passed"}
    assert bad <= {"compressed"}, bad


def _fetched(site: Site, line: CommandLine, target: Path, group: Any, methods: Any) -> None:
    """Query as "Query lists Patients, Studies, Series", and do "Select several, Retrieve"."""
    found = site.ask(line, "query", "--via", "C-FIND", "--json")
    assert found.code == 0 and len(found.data["patients"]) == 5, found.out
    chosen = [word for patient in group for word in ("--patient", patient)]
    for method in methods:
        folder = target / method
        fetched = site.ask(line, "retrieve", *chosen, "-o", folder, "--method", method, "--json")
        assert fetched.code == 0 and fetched.data["complete"], fetched.out
        count = sum(map(len, group.values()))
        assert fetched.data["stored"] == len([*folder.rglob("*.dcm")]) == count, fetched.out
