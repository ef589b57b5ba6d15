"""The way to a connection: look at the certificate, ask the person once, log in, try DICOM.

Then whether the server still answers is looked at again and again, while somebody sees it said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import (
    AuthenticationError,
    CertificateChangedError,
    InputError,
    InvalidProfileError,
    OrthancConnectError,
    PasswordNeededError,
    TrustError,
    error_from_dict,
)
from OrthancConnectCore.shared.hosts import shown_host
from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from OrthancConnectCore.shared.profile_checks import OPENID
from OrthancConnectCore.shared.validation import server_address, split_rest_url

from ..protocols import Adapters
from ..signals import Latest
from .login import InWorker, Login, server_parameters
from .task import (
    ACCEPTED,
    ANSWERS,
    CHECKING,
    CONNECTED,
    CONNECTING,
    DISCONNECTED,
    FAILED,
    REFUSED,
    SILENT,
    UNKNOWN,
    Task,
)

#: Faults of a certificate that a person may accept after comparing its fingerprint.
_ACCEPTABLE = ("UntrustedCertificateError", "CertificateChangedError", "HostnameMismatchError")
#: Milliseconds between two looks whether the server answers, and while it does not.
WATCH, WATCH_AWAY = 30_000, 5_000


@dataclass(frozen=True)
class TrustQuestion:
    """What a person decides on: the certificate (`CertificateInfo.to_dict`), and the known one."""

    profile: ServerProfile
    certificate: Mapping[str, Any]

    @property
    def pinned(self) -> str:
        """The fingerprint that was trusted so far; empty the first time."""
        trust = self.profile.trust
        return trust.fingerprint if trust.mode == "pinned" else ""


#: Gets a question and a callable to answer it with, now or later.
Decide = Callable[[TrustQuestion, Callable[[bool], None]], None]


class Connection(Task):
    """The state of the connection to one server, and the steps that lead to it."""

    def __init__(self, adapters: Adapters) -> None:
        super().__init__(adapters)
        self._watched = self._looking = False
        self._timer, self._dicom = Latest(), Latest()
        self._accepted: Dict[str, str] = {}  # address → fingerprint, for this session
        self.state = DISCONNECTED
        self.step = ""
        self.profile: Optional[ServerProfile] = None
        self.credentials: Optional[Login] = None
        self.system: Dict[str, Any] = {}
        self.dicom = UNKNOWN
        self.dicom_text = ""
        self.known = UNKNOWN  # what the server says to a C-FIND of ours
        self.gets = False  # whether it takes a C-GET of ours
        self.away: Optional[OrthancConnectError] = None  # why it does not answer any more
        #: What opens the key of the client certificate, and whether the keychain is to have it.
        self._passphrase, self._keeps = "", False

    @property
    def connected(self) -> bool:
        """Whether the server accepted us."""
        return self.state == CONNECTED

    @property
    def wants_passphrase(self) -> bool:
        """Whether it was the key of the client certificate that could not be opened."""
        return self.state == FAILED and "what" in getattr(self.error, "facts", {})

    def takes_passphrase(self, typed: str, keep: bool) -> bool:
        """Take what was typed for the passphrase that is wanted; return whether it is."""
        if self.wants_passphrase:
            self._passphrase, self._keeps = typed, keep
        return self.wants_passphrase

    @property
    def login_ended(self) -> bool:
        """Whether somebody has to log in again in the browser."""
        kinds = (AuthenticationError, PasswordNeededError)
        is_openid = self.profile is not None and self.profile.auth == OPENID
        failed = self.state == FAILED and isinstance(self.error, kinds)
        return is_openid and failed and not self.wants_passphrase

    @property
    def needs_tls(self) -> bool:
        """Whether DICOM goes over TLS, which Slicer itself does not speak."""
        return self.profile is not None and self.profile.dicom_tls

    def start(
        self,
        profile: ServerProfile,
        credentials: Optional[Login],
        decide: Decide,
        on_connected: Callable[[ServerProfile], None],
        on_trusted: Callable[[ServerProfile], None],
        taken_names: Optional[Sequence[str]] = None,
    ) -> None:
        """Connect; `on_connected` gets the profile, `on_trusted` when its pin was just accepted.

        With the `taken_names` of other profiles it is the first connection to this server: the
        worker fills in the profile.
        """
        self.stop()
        self._on_connected, self._on_trusted = on_connected, on_trusted
        self._taken_names = taken_names
        self.profile, self.credentials = self._with_accepted(profile), credentials
        if not profile.is_secure:
            self._log_in()
            return
        self._step(_("Looking at the server's certificate…"))
        self._ask(
            "server.certificate",
            {"profile": self.profile.to_dict()},
            lambda info: self._onCertificate(info, decide),
        )

    def stop(self) -> None:
        """Disconnect, or give up connecting."""
        self._begin()
        self._looking = False
        self.profile, self.credentials, self.system = None, None, {}
        self.away = None
        self._onReach({})
        self._set(DISCONNECTED)

    def replace_profile(self, profile: ServerProfile) -> None:
        """Go on with a changed profile of the same server, whose DICOM side is tried anew."""
        self.profile = profile
        self.try_dicom()

    def note_accepted(self) -> None:
        """Take in that the server has answered a C-FIND of this profile."""
        if self.connected and self.known not in (ACCEPTED, CHECKING):
            self.try_dicom()

    # The steps ------------------------------------------------------------------------------

    def _onCertificate(self, info: Mapping[str, Any], decide: Decide) -> None:
        if info["trusted"]:
            self._log_in()
            return
        assert self.profile is not None
        kind = str(info["problem_kind"])
        if kind not in _ACCEPTABLE:
            self._fail(
                error_from_dict(
                    {"kind": kind, "message": info["problem"], "hint": info["hint"]},
                    _("The server's certificate is not trusted."),
                )
            )
            return
        question = TrustQuestion(self.profile, info)
        self._step(_("Waiting for your decision on the certificate…"))
        answer = self._only(lambda yes: self._onAnswer(question, yes))
        # Not inside the worker's callback: the decision may open a window.
        ask = self._only(lambda: decide(question, answer))
        self._adapters.call_later(0, ask)

    def _onAnswer(self, question: TrustQuestion, yes: bool) -> None:
        if not yes:
            kind = CertificateChangedError if question.pinned else TrustError
            self._fail(
                kind(
                    _("You did not trust the server's certificate, so nothing was sent."),
                    _("Compare its fingerprint with the administrator's, then connect again."),
                )
            )
            return
        fingerprint = str(question.certificate["fingerprint"])
        assert self.profile is not None
        self._accepted[self.profile.rest_url] = fingerprint
        self.profile = self.profile.replace(trust=TrustPolicy.pinned(fingerprint))
        self._on_trusted(self.profile)
        self._log_in()

    def _log_in(self) -> None:
        assert self.profile is not None
        passphrase, self._passphrase = self._passphrase, ""
        params: Dict[str, Any] = {"profile": self.profile.to_dict()}
        if passphrase:
            params.update(password=passphrase, remember=self._keeps)
            self._ask("key.unlock", params, lambda _done: self._log_in())
            return
        if self.profile.auth == OPENID and self.credentials is None:
            self._step(_("Log in with your web browser; it is waited for here…"))
            self._ask("login.browser", params, self._onLoggedIn, on_progress=self._onAddress)
            return
        self._step(_("Logging in…"))
        if self._taken_names is None:
            parameters = server_parameters(self.profile, self.credentials)
            self._ask("server.system", parameters, self._onSystem)
        else:
            parameters = {
                "address": self.profile.rest_url,
                "user": self.profile.user,
                "password": server_parameters(self.profile, self.credentials)["password"],
                "trust": self.profile.to_dict()["trust"],
                "taken_names": list(self._taken_names),
            }
            self._ask("connection.first", parameters, self._onFirst)

    def _onAddress(self, progress: Mapping[str, Any]) -> None:
        page = str(progress["details"]["url"])
        if not page.startswith("https://") or not self._adapters.open_page(page):
            raise InputError(_("No browser could be opened."), page)

    def _onLoggedIn(self, _answer: Any) -> None:
        self.credentials = InWorker()
        self._log_in()

    def _onFirst(self, found: Mapping[str, Any]) -> None:
        self.profile = ServerProfile.from_dict(found["profile"])
        self._onSystem(found["system"])

    def _onSystem(self, system: Mapping[str, Any]) -> None:
        assert self.profile is not None
        self.system = dict(system)
        self._on_connected(self.profile)
        self._set(CONNECTED)
        self.try_dicom()
        self._watch()

    # DICOM ----------------------------------------------------------------------------------

    def try_dicom(self) -> None:
        """See whether the DICOM side answers, and whether it takes C-FIND and C-GET of ours."""
        if self.profile is None or not self.connected:
            return
        self._dicom.begin()
        self.dicom, self.known = CHECKING, CHECKING
        self.changed.emit()
        self._ask(
            "dicom.reach",
            {"profile": self.profile.to_dict()},
            self._dicom.only(self._onReach),
            self._dicom.only(lambda error: self._onReach({"message": error.message})),
        )

    def _onReach(self, found: Mapping[str, Any]) -> None:
        answers = found.get("answers")
        self.dicom = UNKNOWN if answers is None else ANSWERS if answers else SILENT
        self.dicom_text = f"{found.get('message', '')}\n{found.get('hint', '')}".strip()
        self.known = {True: ACCEPTED, False: REFUSED, None: UNKNOWN}[found.get("finds")]
        self.gets = found.get("gets") is True and not self.needs_tls
        self.changed.emit()

    # Is it still there? ---------------------------------------------------------------------

    def watch(self, on: bool) -> None:
        """Look now and again whether the server answers, from now on; or no longer."""
        begins, self._watched = on and not self._watched, on
        if begins:
            self.look()

    def look(self) -> None:
        """Ask whether the server answers, at once."""
        if self.connected and self.profile is not None and not self._looking:
            self._looking = True
            parameters = server_parameters(self.profile, self.credentials)
            self._ask("server.system", parameters, self._onThere, self._onAway)

    def _watch(self) -> None:
        self._timer.begin()
        if self._watched:
            wait = WATCH if self.away is None else WATCH_AWAY
            self._adapters.call_later(wait, self._timer.only(self._only(self._onTime)))

    def _onTime(self) -> None:
        if self._watched:
            self.look()

    def _onThere(self, system: Mapping[str, Any]) -> None:
        self._looking = False
        was_away, self.away = self.away is not None, None
        if was_away or self.system != system:
            self.system = dict(system)
            self.changed.emit()
        if was_away:
            self.try_dicom()
        self._watch()

    def _onAway(self, error: OrthancConnectError) -> None:
        self._looking = False
        if isinstance(error, (AuthenticationError, TrustError)):
            self._fail(error)
            return
        was_there, self.away = self.away is None, error
        if was_there:
            self.changed.emit()
        self._watch()

    # Helpers --------------------------------------------------------------------------------

    def _with_accepted(self, profile: ServerProfile) -> ServerProfile:
        """Take along what was accepted this session for a profile that is not saved yet."""
        fingerprint = self._accepted.get(profile.rest_url)
        if fingerprint is None or profile.trust.mode != "system":
            return profile
        return profile.replace(trust=TrustPolicy.pinned(fingerprint))

    def _fail(self, error: OrthancConnectError) -> None:
        self._latest.begin()
        self._set(FAILED, error)

    def _step(self, text: str) -> None:
        self.step = text
        self._set(CONNECTING)


def first_profile(address: str, user: str) -> ServerProfile:
    """Return what a person types the first time, checked; the worker finds the rest.

    Raises
    ------
    InvalidProfileError
        With the field (`rest_url` or `user`) that can't be used.
    """
    url = server_address(address)
    if url.startswith("http://"):
        raise InvalidProfileError(
            _("This address is not encrypted: password and images would be sent in clear."),
            _("Use https://. If you must, use More settings and allow insecure HTTP there."),
            field="rest_url",
        )
    return ServerProfile(shown_host(split_rest_url(url)[1])[:60], url, user.strip())
