"""What is for administrators: checks, a server's configuration, the audit log; by a real worker."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, List

from Support.scenarios.panel_bench import PanelBench, all_settings, told

#: A configuration of somebody's own, with what Orthanc allows in it.
OWN = """{
  // Our scanner sends here since 2019.
  "DicomPort" : 10404,
  "DicomModalities" : { "ct" : [ "CT1", "127.0.0.1", 104 ] },  /* do not touch */
  "StableAge" : 17,
}
"""


def _said(label: Any) -> str:
    from OrthancConnectLib.panels.style import said

    return said(label)


def _shown(panel: Any) -> List[str]:
    return [f"{row.ui.headLabel.text} {row.ui.adviceLabel.text}" for row in panel._rows]


def scenario_a_set_up_is_checked(context: Any) -> None:
    """A folder without a server, then the connected server: findings with cures, and the report."""
    folder = context.new_folder("orthanc")
    faulty = {"RemoteAccessAllowed": True, "AuthenticationEnabled": False, "DicomPort": 8042}
    (folder / "orthanc.json").write_text(json.dumps({**faulty, "HttpPort": 8042}))
    with PanelBench(context) as bench:
        panel, findings = bench.panel.administrators, bench.logic.rooms.administration.findings
        ui = panel.ui
        bench.wait(lambda: not panel.widget.isHidden(), "the section")
        assert bench.sections["administrators"].collapsed
        bench.sections["administrators"].collapsed = False
        assert not ui.checkServerButton.enabled and "Connect" in told(ui.checkServerButton)
        panel.check_files(str(folder))
        bench.wait(lambda: findings.state == "done", "the report")
        bench.wait(lambda: len(panel._rows) == len(findings.faults) > 2, "the rows")
        rows = _shown(panel)
        assert any(row.startswith("✗ Fault: Ports") and "Choose another" in row for row in rows)
        assert any("Anybody in the network may read" in row for row in rows), rows
        assert str(folder) in _said(ui.checkLabel)
        panel.check_files(str(folder / "none.json"))
        bench.wait(lambda: findings.state == "failed", "the refusal")
        assert "Name Orthanc's configuration" in ui.checkLabel.text and not _shown(panel)
        bench.connected()
        bench.click(ui.checkServerButton)
        bench.wait(lambda: findings.state == "done", "the server's report")
        assert findings.report["target"] == context.server.rest_url
        assert not ui.reportBar.isHidden() and "Server check" in panel._report()
        assert context.server.password not in json.dumps(findings.report)


def _fill(panel: Any, folder: Path) -> Any:
    """Fill the form, and return it."""
    panel.ui.setupButton.checked = True
    ui = panel.setup.ui
    ui.folderEdit.currentPath = str(folder)
    ui.hostsEdit.text = "localhost, 127.0.0.1"
    ui.usersEdit.text = "ana, jiri"
    ui.slicersText.plainText = "mac1, SlicerMac1, 127.0.0.1, 11112\n"
    return panel.setup


def scenario_a_server_is_configured(context: Any) -> None:
    """Shown, asked about, written; the passwords once; then the certificate to follow."""
    folder = context.new_folder() / "files"
    with PanelBench(context) as bench:
        panel, setup = bench.panel.administrators, bench.logic.rooms.administration.setup
        bench.sections["administrators"].collapsed = False
        assert not panel.setup.ui.previewButton.enabled, "without a folder"
        ui = _fill(panel, folder).ui
        ui.slicersText.plainText = "mac1, SlicerMac1"
        bench.click(ui.previewButton)
        bench.wait(lambda: setup.state == "failed", "the refusal")
        assert "NAME,AE-TITLE,HOST,PORT" in _said(ui.setupLabel) and ui.writeButton.isHidden()
        ui.slicersText.plainText = "mac1, SlicerMac1, 127.0.0.1, 11112"
        bench.click(ui.previewButton)
        bench.wait(lambda: setup.state == "asking", "the plan")
        preview = ui.previewText.plainText
        assert '"DicomModalities"' in preview and "ssl_certificate" in preview
        assert "BEGIN PRIVATE" not in preview and '"ana" : "***"' in preview, preview
        bench.click(ui.writeButton)
        assert not ui.questionBox.isHidden() and not folder.exists(), "written without an answer"
        ui.usersEdit.text = "ana, jiri, olga"
        assert ui.questionBox.isHidden() and ui.previewText.isHidden(), "an old plan was shown"
        with context.measured_gap() as gap:
            bench.click(ui.previewButton)
            bench.wait(lambda: setup.state == "asking", "the plan anew")
            bench.click(ui.writeButton)
            bench.click(ui.confirmButton)
            bench.wait(lambda: setup.state == "done", "the files")
        context.note(f"a configuration planned and written: largest gap {gap[0]:.0f} ms")
        users = json.loads(_bare(folder / "orthanc" / "credentials.json"))["RegisteredUsers"]
        assert sorted(users) == ["ana", "jiri", "olga"] and setup.passwords == users
        assert all(users[one] in ui.passwordsText.plainText for one in users)
        assert (folder / "ssl/private/orthanc.key").stat().st_mode & 0o077 == 0
        steps = ui.stepsText.plainText
        assert f"cp -r {folder}/. /etc/" in steps and "apt install orthanc" in steps, steps
        bench.sections["administrators"].collapsed = True
        assert ui.passwordsText.plainText == "" and ui.passwordsBox.isHidden()
        assert setup.passwords == {} and not any(one in steps for one in users.values())
        bench.sections["administrators"].collapsed = False
        ui.usersEdit.text, ui.certificateCombo.currentIndex = "", 1
        assert "pins both" in ui.certificateLabel.text
        bench.click(ui.previewButton)
        bench.wait(lambda: setup.state == "asking", "the plan of a renewal")
        bench.click(ui.writeButton)
        assert "1 of them would change" in ui.questionLabel.text, ui.questionLabel.text
        bench.click(ui.confirmButton)
        bench.wait(lambda: setup.state == "done", "the renewal")
        assert "--switch" in ui.stepsText.plainText and not setup.passwords
        profile = json.loads((folder / "orthancconnect/profile.json").read_text())["profiles"][0]
        assert profile["trust"]["next_fingerprint"] and "*.bak" in _said(ui.setupLabel)
    kept = "\n".join(all_settings().values())
    assert not any(one in kept for one in users.values()), "a password in the settings"


def _bare(path: Path) -> str:
    from OrthancConnectCore.setup.orthanc_json import read

    return json.dumps(read(path.read_text(encoding="utf-8"), path.name))


def scenario_a_configuration_that_is_there_is_kept(context: Any) -> None:
    """Its comments, what is not known, its DICOM port; and what changed meanwhile is not lost."""
    own = context.new_folder() / "orthanc.json"
    own.write_text(OWN, encoding="utf-8")
    with PanelBench(context) as bench:
        panel, setup = bench.panel.administrators, bench.logic.rooms.administration.setup
        bench.sections["administrators"].collapsed = False
        form = _fill(panel, own.parent)
        ui = form.ui
        form.read_existing(own)
        assert (ui.folderEdit.currentPath, ui.layoutCombo.currentIndex) == (str(own.parent), 2)
        bench.click(ui.previewButton)
        bench.wait(lambda: setup.state == "asking", "the plan")
        assert "2019" not in ui.previewText.plainText, "what stays is no change"
        assert '+  "DicomPort"' not in ui.previewText.plainText
        own.write_text(OWN.replace("17", "18"), encoding="utf-8")
        bench.click(ui.writeButton)
        bench.click(ui.confirmButton)
        bench.wait(lambda: setup.state == "failed", "the refusal")
        assert "changed meanwhile" in ui.setupLabel.text and "18" in own.read_text()
        bench.click(ui.previewButton)
        bench.wait(lambda: setup.state == "asking", "the plan anew")
        bench.click(ui.writeButton)
        bench.click(ui.confirmButton)
        bench.wait(lambda: setup.state == "done", "the files")
        text = own.read_text(encoding="utf-8")
        assert "since 2019" in text and "do not touch" in text and '"StableAge" : 18' in text
        values = json.loads(_bare(own))
        assert values["DicomPort"] == 10404 and set(values["DicomModalities"]) == {"ct", "mac1"}
        (copy,) = own.parent.glob("orthanc.json.*.bak")
        assert copy.read_text(encoding="utf-8") == OWN.replace("17", "18")


def scenario_the_audit_log_is_switched_and_exported(context: Any) -> None:
    """Names only when they are wished; all events in a table."""
    from scenarios_panel_query import store_three_patients

    store_three_patients(context, 811)
    with PanelBench(context) as bench:
        panel, audit = bench.panel.administrators, bench.logic.rooms.administration.audit
        ui = panel.ui
        assert audit.state == "idle", "asked though nobody looks"
        bench.sections["administrators"].collapsed = False
        bench.wait(lambda: audit.state == "done", "how it stands")
        assert "0 events" in ui.auditLabel.text and not ui.patientsCheck.checked
        bench.click(ui.patientsCheck)
        bench.wait(lambda: audit.told.get("patients") is True, "the switch")
        bench.connected()
        bench.query()
        bench.select(("patient", "PAT0012"))
        bench.run_transfer(bench.query_ui.retrieveButton)
        bench.wait_for_audit(event="retrieve", outcome="done")
        target = context.new_folder() / "audit.csv"
        panel.export(target)
        bench.wait(lambda: audit.exported, "the table")
        with open(target, encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [(row["event"], row["outcome"]) for row in rows] == [("retrieve", "done")]
        assert "PAT0012" in rows[0]["patients"] and "audit.csv" in ui.auditLabel.text
        bench.click(ui.patientsCheck)
        bench.wait(lambda: audit.told.get("patients") is False, "the switch back")
        assert not ui.patientsCheck.checked
