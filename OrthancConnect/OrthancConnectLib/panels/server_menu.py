"""The menu behind a server's name: edit, duplicate, import, export, remove, and the like."""

from __future__ import annotations

import os
from typing import Any, Callable

import qt
from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InvalidProfileError
from OrthancConnectCore.shared.profile_checks import OPENID

from ..logic.logic import OrthancConnectLogic
from .certificate_dialog import fingerprint_lines
from .part import Part
from .style import GOOD, WARNING
from .texts import attempt

_FILTER = "JSON (*.json)"


class ServerMenu(Part):
    """Fills a tool button's menu; `tell` shows a sentence in the panel in a tone."""

    def __init__(
        self,
        logic: OrthancConnectLogic,
        button: Any,
        tell: Callable[[str, str], None],
        typed_password: Callable[[], str],
        on_edit: Callable[[], None],
        on_remove: Callable[[], None],
    ) -> None:
        super().__init__(button)
        self._logic = logic
        self._tell = tell
        self._typed_password = typed_password
        self._menu = qt.QMenu(button)
        button.setMenu(self._menu)
        self.wire((logic.profiles.changed, self.refresh))
        self.edit = self._action(_("Edit…"), on_edit)
        self.duplicate = self._action(_("Duplicate"), self.onDuplicate)
        self.make_default = self._action(_("Make it the default"), self.onMakeDefault)
        self.take = self._action(_("Import a profile file…"), self.onImport)
        self.export = self._action(_("Export to a profile file…"), self.onExport)
        self.register = self._action(_("Register this Slicer…"), self.onRegister)
        self.log_out = self._action(_("Log out"), self.onLogOut)
        self.listed = self._action(_("Show in Slicer's own server lists"), self.onListed)
        self.listed.checkable = True
        self.remove = self._action(_("Remove…"), on_remove)
        self.refresh()

    def _action(self, text: str, slot: Callable[[], None]) -> Any:
        action = self._menu.addAction(text)
        self.wire((action, "triggered()", slot))
        return action

    def refresh(self) -> None:
        """Show what can be done with the chosen server."""
        profile = self._logic.profiles.current
        of_one = self.edit, self.duplicate, self.make_default, self.export, self.register
        for action in (*of_one, self.listed, self.remove):
            action.enabled = profile is not None
        self.log_out.visible = profile is not None and profile.auth == OPENID
        if profile is not None:
            self.listed.checked = self._logic.profiles.is_listed(profile.name)
            self.make_default.enabled = self._logic.profiles.known.default_name != profile.name

    def onDuplicate(self) -> None:
        """Make a copy of the chosen server under another name."""
        attempt(self._logic.profiles.duplicate, self._tell, _("Duplicated as {}."))

    def onMakeDefault(self) -> None:
        """Let Slicer start with the chosen server."""
        profile = self._logic.profiles.current
        if profile is not None:
            attempt(lambda: self._logic.profiles.set_default(profile.name), self._tell)

    def onLogOut(self) -> None:
        """End the login that was made in the browser, and the connection."""
        profile = self._logic.profiles.current
        if profile is not None:
            self._logic.logins.log_out(profile, self._onLoggedOut)
            self._logic.disconnect_server()

    def _onLoggedOut(self, at_provider: bool) -> None:
        if at_provider:
            self._tell("✓ " + _("Logged out."), GOOD)
        else:
            text = _("Logged out here. The provider did not end the login: there it expires.")
            self._tell("⚠ " + text, WARNING)

    def onRegister(self) -> None:
        """Plan the entry that makes the server know this Slicer, to be shown first."""
        self._logic.start_registration(self._typed_password())

    def onImport(self) -> None:
        """Take over the profiles of a file."""
        path = self.choose_open()
        if path:
            attempt(lambda: self._take(path), self._tell, _("Imported: {}."))

    def _take(self, path: str) -> str:
        """Import a file; whether a certificate to follow the trusted one is right is asked."""
        profiles = self._logic.profiles
        try:
            return profiles.import_file(path)
        except InvalidProfileError as error:
            following = str(error.facts.get("following", ""))
            if not following or not self.agrees_to(following):
                raise
            return profiles.import_file(path, following)

    def onExport(self) -> None:
        """Write the chosen profile to a file that is for others."""
        profile = self._logic.profiles.current
        path = self.choose_save(profile.name) if profile is not None else ""
        if path:
            done = _("Exported to {}, without user and password.")
            attempt(lambda: self._logic.profiles.export_file(path), self._tell, done)

    def onListed(self) -> None:
        """Write the server into Slicer's own lists, or take it out again."""
        listed = bool(self.listed.checked)
        done = _("Slicer's Query window and visual browser show it when opened.") if listed else ""
        attempt(lambda: self._logic.profiles.list_in_slicer(listed), self._tell, done)
        self.refresh()  # a change that failed is none

    def agrees_to(self, following: str) -> bool:
        """Ask whether the certificate that is to follow the trusted one is the server's."""
        text = _(
            "The server's certificate will be renewed, and this file names the one to follow:\n\n"
            "{fingerprint}\n\nCompare it with the administrator's. Trust it as well?"
        ).format(fingerprint=fingerprint_lines(following))
        kind = qt.QMessageBox
        return bool(kind.question(self.ui, _("Import a profile file…"), text) == kind.Yes)

    def choose_open(self) -> str:
        """Ask which file to import."""
        title = _("Choose a profile file")
        return os.fspath(qt.QFileDialog.getOpenFileName(self.ui, title, "", _FILTER) or "")

    def choose_save(self, name: str) -> str:
        """Ask which file to export a profile to."""
        title = _("Export the profile")
        plain = "".join(char if char.isalnum() or char in " -_" else "_" for char in name)
        name = f"orthancconnect-{plain}.json"
        return os.fspath(qt.QFileDialog.getSaveFileName(self.ui, title, name, _FILTER) or "")
