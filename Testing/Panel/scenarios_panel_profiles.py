"""Profiles that travel, Slicer's own server lists, and passwords in the keychain."""

from __future__ import annotations

import json
from typing import Any

from OrthancConnectCore.shared.profile import ProfileSet, TrustPolicy
from OrthancConnectCore.shared.query import keyed_series
from Support.data.certificates import make_certificate
from Support.data.dicom import write_ct_series
from Support.scenarios.files import CannotRunHere
from Support.scenarios.panel_bench import PanelBench, all_settings


def scenario_a_profile_travels_by_file(context: Any) -> None:
    """Exported without password, pin included; imported under a free name, it connects."""
    path = context.new_folder() / "profile.json"
    with PanelBench(context) as bench:
        bench.connected()
        menu = bench.panel.server.menu
        menu.choose_save = lambda _name: str(path)
        menu.export.trigger()
        text = path.read_text(encoding="utf-8")
        assert bench.server.password not in text and bench.server.fingerprint in text
        assert "✓" in bench.server_ui.messageLabel.text
        menu.choose_open = lambda: str(path)
        menu.take.trigger()
        name = bench.logic.profiles.current_name
        assert (
            name != bench.logic.profiles.known.names[0]
            and len(bench.logic.profiles.known.names) == 2
        )
        bench.answers.clear()
        bench.reconnect(bench.server.password)
        assert bench.state == "connected", bench.logic.connection.error
        assert len(bench.questions) == 1, "the imported pin was not used"


def scenario_a_file_of_a_person_is_not_written_over(context: Any) -> None:
    """Whichever window saves: only an earlier file of the same kind is replaced, by no link."""
    folder = context.new_folder()
    notes, link, old = (folder / name for name in ("notes.json", "link.json", "old.json"))
    notes.write_text("my notes")
    with PanelBench(context) as bench:
        bench.connected()
        menu = bench.panel.server.menu
        for path in (old, notes, link):
            if path == link:
                link.symlink_to(old)
                before = old.read_text(encoding="utf-8")
            for _turn in range(2):
                menu.choose_save = lambda _name, path=path: str(path)
                menu.export.trigger()
                said = bench.server_ui.messageLabel.text
                assert ("✓" in said) == (path == old), said
        assert notes.read_text() == "my notes" and link.is_symlink()
        assert old.read_text(encoding="utf-8") == before
        assert sorted(one.name for one in folder.iterdir()) == [
            "link.json",
            "notes.json",
            "old.json",
        ]


def scenario_a_first_profile_can_be_imported(context: Any) -> None:
    """An administrator's file is enough: no address to type, and no certificate to compare."""
    profile = context.profile(name="Institute").to_dict()
    content = {"format": "OrthancConnect profiles 1", "default": "", "profiles": [profile]}
    path = context.new_folder() / "from-admin.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with PanelBench(context) as bench:
        bench.panel.server.menu.choose_open = lambda: str(path)
        bench.click(bench.server_ui.importButton)
        assert bench.logic.profiles.current_name == "Institute"
        bench.reconnect(bench.server.password)
        assert bench.state == "connected" and bench.questions == []


def scenario_a_new_servers_file_on_a_computer_that_it_never_saw(context: Any) -> None:
    """What server-config made is imported: login typed, Enter, three clicks to the first scan."""
    assert context.server  # without one, as on Windows, this does not run
    from Support.scenarios.server_site import USER, set_up
    from Support.servers.debian_tree import why_not

    if why_not():
        raise CannotRunHere(why_not())
    scan = context.new_folder()
    write_ct_series(scan, slices=4, rows=32, columns=32, seed=78)
    with set_up(context.new_folder(), title="SlicerMac1") as site, PanelBench(context) as bench:
        stored = site.ask(site.newcomer(context.new_folder()), "upload", scan)
        assert stored.code == 0, stored.err
        ui, logic = bench.server_ui, bench.logic
        bench.panel.server.menu.choose_open = lambda: str(site.profile(context.folder))
        bench.click(ui.importButton)
        bench.type(ui.ownUserEdit, USER)
        for password, state in (("mistyped", "failed"), (site.password, "connected")):
            assert logic.profiles.current.user == "" and not ui.ownUserEdit.isHidden()
            bench.type(ui.passwordEdit, password)
            ui.passwordEdit.returnPressed()
            bench.wait(lambda state=state: bench.state == state, state)
        assert (logic.profiles.current.user, bench.questions) == (USER, [])
        bench.wait(lambda: logic.connection.known == "refused", "the refused C-FIND")
        bench.wait(lambda: logic.query.state == "done", "the list")
        ((_patient, _study, series),) = (key for key, _one in keyed_series(logic.query.patients))
        bench.wait(lambda: bench.find("series", series) is not None, "the series' line")
        bench.select(("series", series))
        ended = bench.run_transfer(bench.query_ui.loadButton)
        assert ended.receipt.complete and ended.receipt.verified == 4, ended.receipt
        mistyped = 1
        assert bench.clicks <= 3 and bench.typed - mistyped <= 2, (bench.clicks, bench.typed)


def scenario_people_are_led_over_to_the_next_certificate(context: Any) -> None:
    """A file that pins it beside the trusted one is asked about, and changes nothing else."""
    path = context.new_folder() / "renewed.json"
    with PanelBench(context) as bench:
        bench.connected()
        menu, profiles = bench.panel.server.menu, bench.logic.profiles
        known, before = profiles.known, profiles.chosen()
        pins = TrustPolicy.pinned(bench.server.fingerprint, "AB" * 32)
        renewed = ProfileSet((before.replace(trust=pins, user="nobody"),))
        path.write_text(renewed.to_json(personal=False), encoding="utf-8")
        menu.choose_open = lambda: str(path)
        asked: Any = []
        for agrees in (False, True):
            menu.agrees_to = lambda following, agrees=agrees: (
                bool(asked.append(following)) or agrees
            )
            menu.take.trigger()
            assert ("✓" in bench.server_ui.messageLabel.text) is agrees
            if not agrees:
                assert profiles.known == known
        assert asked == [pins.next_fingerprint] * 2
        assert profiles.known.profiles == (before.replace(trust=pins),)
        asked_before = len(bench.questions)
        bench.reconnect(bench.server.password)
        assert bench.state == "connected" and len(bench.questions) == asked_before


def scenario_a_bad_profile_file_changes_nothing(context: Any) -> None:
    """Whatever a file holds: one sentence, and the known servers stay as they are."""
    with PanelBench(context) as bench:
        bench.connected()
        before = bench.logic.profiles.known
        folder = context.new_folder()
        evil = {"format": "OrthancConnect profiles 1", "profiles": [{"name": "x", "run": "rm"}]}
        contents = (b"", b"\xff\xfe", b"{", b"[]", json.dumps(evil).encode(), b"x" * 2_000_000)
        for number, content in enumerate(contents):
            path = folder / f"{number}.json"
            path.write_bytes(content)
            bench.panel.server.menu.choose_open = lambda path=path: str(path)
            bench.panel.server.menu.take.trigger()
            assert bench.server_ui.messageLabel.text.startswith("✗"), number
            assert bench.logic.profiles.known == before
        bench.panel.server.menu.choose_open = lambda: str(folder / "missing.json")
        bench.panel.server.menu.take.trigger()
        assert bench.server_ui.messageLabel.text.startswith("✗")


def scenario_a_profile_is_duplicated_and_made_the_default(context: Any) -> None:
    """A copy has a name of its own, and can become what Slicer starts with."""
    with PanelBench(context) as bench:
        bench.connected()
        first = bench.logic.profiles.current_name
        menu = bench.panel.server.menu
        menu.duplicate.trigger()
        copy = bench.logic.profiles.current_name
        assert copy != first and bench.logic.profiles.known.default_name == first
        menu.make_default.trigger()
        assert bench.logic.profiles.known.default_name == copy and not menu.make_default.enabled


def scenario_a_host_is_typed_and_shown_in_its_letters(context: Any) -> None:
    """A profile has it as the name service does; one that looks like another is shown so too."""
    with PanelBench(context) as bench:
        form, logic, ui = bench.panel.server.form, bench.logic, bench.server_ui
        for new, name, typed, shown in (
            (
                ui.moreSettingsButton,
                "Büro",
                "https://Büro.example:8042",
                "https://büro.example:8042",
            ),
            (ui.addButton, "Odd", "https://paypаl.example", "https://xn--paypl-7ve.example"),
        ):
            bench.click(new)
            form.ui.nameEdit.text, form.ui.restUrlEdit.text = name, typed
            bench.click(form.ui.saveButton)
            profile = logic.profiles.current
            assert profile.name == name and profile.rest_url.isascii(), profile
            form.open(profile, name)
            assert (form.ui.restUrlEdit.text, form.ui.dicomHostEdit.text) == (shown, "")
            form.close_form()


def scenario_slicers_own_lists_show_the_server(context: Any) -> None:
    """Ticked, both lists have it; removed with the profile."""
    import qt

    settings = qt.QSettings()
    with PanelBench(context) as bench:
        bench.connected()
        menu = bench.panel.server.menu
        menu.listed.trigger()
        count = int(settings.value("ServerNodeCount"))
        names = [settings.value(f"ServerNodes/{number}")["Name"] for number in range(count)]
        assert bench.logic.profiles.current_name in names and menu.listed.checked
        assert int(settings.value("DICOM/ServerNodeCount")) >= 1
        bench.logic.profiles.remove(bench.logic.profiles.current_name)
        assert int(settings.value("ServerNodeCount")) == count - 1


def scenario_a_password_is_kept_in_the_keychain(context: Any) -> None:
    """Kept when the box is ticked, used without typing, forgotten with the profile."""
    with PanelBench(context) as bench:
        bench.use_keychain(context.new_folder())
        bench.server_ui.firstKeepCheck.checked = True
        bench.connected()
        profile = bench.logic.profiles.current
        bench.wait(lambda: bench.logic.logins.wanted(profile), "the keychain")
        assert bench.server.password not in " ".join(all_settings().values())
        bench.logic.disconnect_server()
        bench.logic.logins.accepted.clear()  # as after a restart of Slicer
        bench.reconnect()
        assert bench.state == "connected", bench.logic.connection.error
        rows = bench.query()
        assert isinstance(rows, list)
        bench.logic.profiles.remove(profile.name)
        assert not bench.logic.logins.wanted(profile)


def scenario_a_missing_keychain_is_offered_to_be_installed(context: Any) -> None:
    """Without keyring the connection stands; one sentence and one button offer the package."""
    with PanelBench(context) as bench:
        installed = []
        bench.use_keychain(None)
        bench.logic.adapters.install = installed.append
        bench.server_ui.firstKeepCheck.checked = True
        bench.connected()
        bench.wait(lambda: not bench.server_ui.installButton.isHidden(), "the offer")
        assert "keyring" in bench.server_ui.messageLabel.text
        bench.click(bench.server_ui.installButton)
        assert installed == ["keyring"]


def scenario_a_login_in_the_browser(context: Any) -> None:
    """The form names the provider; the browser is waited for, given up, and then logs in."""
    from contextlib import ExitStack

    assert context.server  # without one, as on Windows, this does not run
    context.needs("jwt")
    from Support.scenarios.login_site import Site

    with ExitStack() as stack:
        site = Site(stack)
        bench = stack.enter_context(PanelBench(context))
        bench.use_keychain(context.new_folder())
        ui, logic, opened = bench.server_ui, bench.logic, []
        bench.click(ui.moreSettingsButton)
        form = bench.panel.server.form
        form.ui.nameEdit.text, form.ui.restUrlEdit.text = "Institute", site.server.rest_url
        form.ui.authCombo.currentIndex = 2
        bench.click(form.ui.saveButton)
        assert not form.ui.issuerEditError.isHidden() and form.is_open, "the provider is missing"
        form.ui.issuerEdit.text = site.provider.issuer
        assert not form.ui.userEdit.enabled and not form.ui.scopeEdit.isHidden()
        bench.click(form.ui.saveButton)
        assert not form.is_open and ui.passwordEdit.isHidden()
        logic.adapters.open_page = lambda page: opened.append(page) or True
        bench.answers.append(True)
        assert ui.connectButton.text == "Log in…" and "login" in ui.keepCheck.text
        bench.click(ui.connectButton)
        bench.wait(lambda: opened, "the browser")
        assert bench.state == "connecting" and "browser" in ui.stateLabel.text
        bench.click(ui.connectButton)  # Cancel
        assert bench.state == "disconnected" and ui.connectButton.text == "Log in…"
        logic.adapters.open_page = lambda page: bool(site.browse(page))
        ui.keepCheck.checked = True
        bench.reconnect()
        assert bench.state == "connected", logic.connection.error
        profile = logic.profiles.current
        bench.wait(lambda: logic.logins.wanted(profile), "the keychain")
        assert isinstance(bench.query(), list)
        logic.disconnect_server()
        logic.adapters.open_page = lambda page: False
        logic.adapters.worker.stop()  # as after a restart of Slicer
        logic.logins.accepted.clear()
        bench.reconnect()
        assert bench.state == "connected", logic.connection.error
        site.provider.revoke()
        logic.disconnect_server()
        logic.adapters.worker.stop()
        bench.reconnect()
        assert bench.state == "failed" and "has ended" in ui.stateLabel.text
        assert ui.connectButton.text == "Log in…" and not logic.logins.wanted(profile)
        said = "\n".join(all_settings().values())
        assert "eyJ" not in said, "a token is in the settings"
        logic.adapters.open_page = lambda page: bool(site.browse(page))
        bench.reconnect()
        assert bench.state == "connected", logic.connection.error
        bench.panel.server.menu.log_out.trigger()
        assert bench.state == "disconnected" and ui.connectButton.text == "Log in…"
        bench.wait(lambda: "Logged out here" in ui.messageLabel.text, "the end of the login")


def scenario_a_token_and_a_passphrase(context: Any) -> None:
    """A token stands in for the password; the key of a client certificate is asked about."""
    with PanelBench(context) as bench:
        bench.connected()
        ui, logic = bench.server_ui, bench.logic
        profile = logic.profiles.current
        pair = make_certificate(context.new_folder(), "ana", ["ana"]).locked("of-the-key")
        logic.profiles.save(profile.replace(**pair.as_client), profile.name)
        bench.reconnect(bench.server.password)
        assert bench.state == "failed" and "has a passphrase" in ui.stateLabel.text
        assert ui.passwordEdit.placeholderText == "Passphrase of your key"
        bench.reconnect("wrong")
        assert bench.state == "failed" and "does not open the key" in ui.stateLabel.text
        bench.reconnect("of-the-key")
        assert bench.state == "connected", logic.connection.error
        logic.profiles.save(profile.replace(auth="token"), profile.name)
        assert ui.passwordEdit.placeholderText == "Token" and ui.ownUserEdit.isHidden()
        bench.reconnect("no.such.token")
        assert bench.state == "failed" and "does not accept this token" in ui.stateLabel.text
