"""The check-up and the registration, as a person sees and uses them."""

from __future__ import annotations

import json
from typing import Any

from Support.data.dicom import write_ct_series, write_small_instances
from Support.process.busy_machine import here
from Support.scenarios.panel_bench import PanelBench, told
from Support.servers.orthanc import PrivateOrthanc


def _examine(bench: PanelBench) -> Any:
    bench.panel.checkup.ui.checkupSection.collapsed = False
    bench.panel.checkup.ui.writeCheck.checked = True
    bench.click(bench.panel.checkup.ui.runButton)
    bench.wait(lambda: not bench.logic.checkup.running, "the check-up's end", 40)
    assert bench.logic.checkup.error is None, bench.logic.checkup.error
    return {line.id: line for line in bench.logic.checkup.lines}


def _cure(bench: PanelBench, line_id: str) -> Any:
    """Click a line's button, and wait for the check-up that follows."""
    before = bench.logic.checkup.report
    bench.click(bench.panel.checkup.rows[line_id].ui.cureButton)
    bench.wait(lambda: bench.logic.checkup.running, "another check-up")
    bench.wait(lambda: not bench.logic.checkup.running, "its end", 40)
    assert bench.logic.checkup.report is not before
    return {line.id: line for line in bench.logic.checkup.lines}


def _use_servers_listener_port(bench: PanelBench) -> None:
    """The private server's entry names a free port of its own; the profile gets the same."""
    profile = bench.logic.profiles.current
    port = bench.server.storage_port
    bench.logic.profiles.save(profile.replace(storage_port=port), profile.name)
    bench.reconnect()
    assert bench.state == "connected", bench.logic.connection.error


def scenario_a_healthy_connection_has_no_red_line(context: Any) -> None:
    """All links are looked at, DICOM by ctk, in a few seconds; nothing is left on the server."""
    context.server.store(*write_small_instances(context.new_folder(), 3))
    with PanelBench(context) as bench:
        bench.connected()
        _use_servers_listener_port(bench)
        bench.logic.start_listener()
        bench.wait(lambda: bench.logic.adapters.listener.state == "running", "the listener")
        with context.measured_gap() as gap:
            lines = _examine(bench)
        report = bench.logic.checkup.report
        assert report["healthy"], report["text"]
        for line_id in ("echo", "find", "get", "listener_echo", "https_instance", "registered"):
            assert lines[line_id].state == "passed", report["text"]
        assert context.server.count() == 3
        assert bench.server.password not in report["text"]
        assert bench.panel.checkup.ui.summaryLabel.text.startswith("✓ 19 ok, 1 not tested.")
        heading = bench.panel.checkup.ui.checkupSection.text
        assert heading.endswith("nothing wrong, 1 not tested"), heading
        context.note(f"check-up: {report['seconds']:.2f} s, largest gap {gap[0]:.0f} ms")
        assert report["seconds"] < here(15) and gap[0] < 1000


def scenario_a_stopped_listener_is_started_by_its_line(context: Any) -> None:
    """The line of the listener has a button that starts it, and looks again."""
    with PanelBench(context) as bench:
        bench.connected()
        _use_servers_listener_port(bench)
        lines = _examine(bench)
        assert (lines["listener"].state, lines["listener"].fault) == ("warning", "listener_down")
        assert bench.logic.checkup.report["healthy"], "C-GET needs no listener"
        assert lines["listener_echo"].because_of == "listener"
        ui = bench.panel.checkup.ui
        assert ui.summaryLabel.text.startswith("⚠ 1 warning, "), ui.summaryLabel.text
        assert ui.checkupSection.text.endswith("1 warning"), ui.checkupSection.text
        said = bench.panel.checkup.rows["listener_echo"].ui.adviceLabel.text
        assert said == "Not tested, because of: DICOM listener", said
        assert "Start" in bench.panel.checkup.rows["listener"].ui.cureButton.text
        lines = _cure(bench, "listener")
        assert lines["listener"].state == "passed", lines["listener"]
        assert lines["listener_echo"].state == "passed", lines["listener_echo"]


def scenario_a_computer_that_the_server_never_saw(context: Any) -> None:
    """Listed and loaded over HTTPS by three fields and clicks; registered by two more."""
    from OrthancConnectCore.shared.query import keyed_series

    with PrivateOrthanc(plugins=False, modalities={}) as server, PanelBench(context) as bench:
        server.store(*write_ct_series(context.new_folder(), slices=4, rows=32, columns=32, seed=77))
        bench.connected(server)
        assert bench.logic.query.way == "HTTPS" and not bench.query_ui.queryError.text
        bench.wait(lambda: bench.logic.connection.known == "refused", "the refused C-FIND")
        box = bench.panel.registration
        assert not box.widget.isHidden() and not box.ui.noteBox.isHidden()
        assert "Not registered" in bench.server_ui.registeredChip.text
        assert "over HTTPS" in bench.query_ui.methodCombo.itemText(0)
        series = next(key for key, _one in keyed_series(bench.logic.query.patients))
        bench.wait(lambda: bench.find("series", series[2]) is not None, "the series' line")
        bench.select(("series", series[2]))
        ended = bench.run_transfer(bench.query_ui.loadButton)
        assert ended.receipt.complete and ended.receipt.verified == 4, ended.receipt
        assert bench.clicks <= 3 and bench.typed <= 3, (bench.clicks, bench.typed)
        bench.click(box.ui.registerButton)
        bench.wait(lambda: bench.logic.registration.state == "asking", "the plan")
        title = bench.logic.profiles.current.calling_ae_title
        assert title in box.ui.registrationLabel.text and box.ui.noteBox.isHidden()
        bench.click(box.ui.applyButton)
        bench.wait(lambda: bench.logic.connection.known == "accepted", "the accepted C-FIND")
        bench.wait(lambda: bench.logic.query.state == "done", "the list once more")
        assert title in server.get_json("/modalities?expand")
        assert "✓ Registered" in bench.server_ui.registeredChip.text
        assert "C-GET" in bench.query_ui.methodCombo.itemText(0)
        bench.click(box.ui.dropButton)
        assert box.widget.isHidden()


def scenario_an_unknown_ae_title_is_registered(context: Any) -> None:
    """The plan is shown first, then written; C-FIND and C-GET work afterwards."""
    context.server.store(*write_small_instances(context.new_folder(), 1))
    with PanelBench(context) as bench:
        bench.connected()
        profile = bench.logic.profiles.current
        bench.logic.profiles.save(
            profile.replace(calling_ae_title="NOBODY", storage_ae_title="NOBODY"), profile.name
        )
        bench.reconnect()
        lines = _examine(bench)
        assert lines["registered"].state == "failed", lines["registered"]
        assert lines["find"].because_of == "registered", lines["find"]
        ui = bench.panel.registration.ui
        bench.click(bench.panel.checkup.rows["registered"].ui.cureButton)
        bench.wait(lambda: bench.logic.registration.state == "asking", "the plan")
        assert "NOBODY" in ui.registrationLabel.text and '"NOBODY"' in ui.lineLabel.text
        bench.click(ui.applyButton)
        bench.wait(lambda: bench.logic.registration.state == "done", "the registration")
        assert ui.registrationLabel.text.startswith("✓"), ui.registrationLabel.text
        assert "when the server restarts" in ui.registrationHint.text
        entries = context.server.get_json("/modalities?expand")
        try:
            assert entries["NOBODY"]["AET"] == "NOBODY", entries
            assert entries["NOBODY"]["Port"] == profile.storage_port
            lines = _examine(bench)
            assert lines["registered"].state == "passed", lines["registered"]
            assert (lines["find"].state, lines["get"].state) == ("passed", "passed"), lines["get"]
            elsewhere = {**entries["NOBODY"], "Host": "192.0.2.9"}
            body = json.dumps(elsewhere).encode()
            context.server.request("PUT", "/modalities/NOBODY", body)
            bench.panel.server.menu.onRegister()
            bench.wait(lambda: bench.logic.registration.state == "asking", "the plan")
            assert "192.0.2.9" in ui.registrationLabel.text
            assert "another computer's" in ui.registrationHint.text
            bench.click(ui.dropButton)
            assert ui.registrationHint.isHidden()
            entries = context.server.get_json("/modalities?expand")
            assert entries["NOBODY"]["Host"] == "192.0.2.9", "nobody agreed"
        finally:
            context.server.request("DELETE", "/modalities/NOBODY")


def scenario_a_wrong_port_and_password_are_named(context: Any) -> None:
    """Each fault is one red line with its cure; what hangs on it says so."""
    with PanelBench(context) as bench:
        bench.connected()
        profile = bench.logic.profiles.current
        bench.logic.profiles.save(profile.replace(dicom_port=context.free_port()), profile.name)
        bench.reconnect("wrong-password")
        assert bench.state == "failed"
        bench.server_ui.passwordEdit.text = "wrong-password"
        lines = _examine(bench)
        assert (lines["login"].state, lines["login"].cure_action) == ("failed", "ask_password")
        assert lines["orthanc"].because_of == "login"
        assert lines["dicom_port"].state == "failed"
        assert lines["echo"].because_of == "dicom_port"
        shown = bench.panel.checkup.rows["login"].ui.adviceLabel.text
        assert lines["login"].cause in shown and lines["login"].cure in shown
        bench.click(bench.panel.checkup.rows["login"].ui.cureButton)


def scenario_a_check_up_can_be_stopped(context: Any) -> None:
    """Stopping, or another server's settings, ends it; nothing comes of it afterwards."""
    with PanelBench(context) as bench:
        bench.connected()
        ui = bench.panel.checkup.ui
        ui.checkupSection.collapsed = False
        bench.click(ui.runButton)
        assert bench.logic.checkup.running and ui.runButton.text == "Stop"
        bench.click(ui.runButton)
        assert not bench.logic.checkup.running
        context.wait(seconds=1)
        assert bench.logic.checkup.report == {}
        profile = bench.logic.profiles.current
        bench.logic.profiles.save(profile.replace(dicom_port=1), profile.name)
        assert bench.logic.checkup.lines == ()


def scenario_a_chip_opens_the_check_up_at_its_line(context: Any) -> None:
    """It looks if nobody has looked yet; the line that was asked for has the focus."""
    with PanelBench(context) as bench:
        bench.connected()
        section = bench.panel.checkup.ui.checkupSection
        assert section.collapsed and bench.logic.checkup.lines == ()
        chip = bench.server_ui.registeredChip
        assert "✓ C-FIND accepted" in chip.text and chip.text in told(chip)
        assert "pinned" in bench.server_ui.trustChip.text
        bench.click(chip)
        assert not section.collapsed and bench.logic.checkup.running
        bench.wait(lambda: not bench.logic.checkup.running, "the check-up's end", 40)
        assert "egistered" in chip.text
        report = bench.logic.checkup.report
        bench.click(bench.server_ui.dicomChip)
        assert bench.logic.checkup.report is report, "known already: it was not looked again"
        bench.click(bench.server_ui.disconnectButton)
        assert chip.isHidden()
