"""The viewers that a server has, and opening a study in one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, List, Optional
from urllib.parse import urlsplit

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import InputError
from OrthancConnectCore.shared.profile import ServerProfile

from ..protocols import Adapters, OnError
from .login import Login, server_parameters
from .task import DONE, IDLE, Task
from .transfers import Transfer


class Viewers(Task):
    """What the connected server has of them; the best first."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        #: Each with the `name` for programs and the `title` for people.
        self.known: List[Mapping[str, Any]] = []

    def look(self, profile: Optional[ServerProfile], login: Optional[Login]) -> None:
        """Ask a server what it has; None forgets it."""
        self._begin()
        self.known = []
        self._set(IDLE)
        if profile is not None:
            self._ask("viewers.of", server_parameters(profile, login), self._onKnown)

    def _onKnown(self, found: Sequence[Mapping[str, Any]]) -> None:
        self.known = list(found)
        self._set(DONE)

    def show(
        self,
        profile: ServerProfile,
        login: Optional[Login],
        study: str,
        on_error: OnError,
        name: str = "",
    ) -> None:
        """Open a study, by Orthanc's identifier or its UID, in a viewer; the best without a name.

        Without a study it is the list of all. The address never has a user or a password in it:
        the browser asks for them.
        """

        def on_result(found: Sequence[Mapping[str, Any]]) -> None:
            pages = (str(one["url"]) for one in found if name in ("", one["name"]) and one["url"])
            page = next(pages, "")
            if not _is_below(page, profile.rest_url) or not self._adapters.open_page(page):
                on_error(InputError(_("No browser could be opened."), page))

        params = {**server_parameters(profile, login), "study": study}
        self._adapters.worker.request("viewers.of", params, on_result, on_error)

    def why_not_show(self, transfer: Transfer) -> str:
        """Return why the server's page of a transfer can't be shown; empty when it can."""
        if not transfer.ended:
            return _("It has not ended yet.")
        return "" if transfer.studies else _("Nothing of it is known on the server.")

    def show_transfer(self, transfer: Transfer, on_error: OnError) -> None:
        """Open the study that was transferred, or the list of all where there are more."""
        request, studies = transfer.request, transfer.studies
        study = studies[0] if len(studies) == 1 else ""
        self.show(request.profile, request.credentials, study, on_error)


def _is_below(page: str, rest_url: str) -> bool:
    parts, server = urlsplit(page), urlsplit(rest_url)
    same = (parts.scheme, parts.netloc) == (server.scheme, server.netloc)
    return same and parts.scheme in ("http", "https") and "@" not in parts.netloc
