"""A login that goes on: its access token, renewed by the refresh token before it ends."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Optional

from ..files import unwritable, user_config_directory
from ..keychain import Keychain
from ..shared.credentials import Credentials
from ..shared.disk import changing
from ..shared.errors import (
    LoginFailedError,
    PasswordNeededError,
    TransportError,
    TrustError,
)
from ..shared.profile import ServerProfile
from .provider import Provider, Tokens, login_ended

#: Seconds before its end that a token is renewed, where it lives ten times as long.
_EARLY = 30.0
#: Seconds for which what was renewed because it was refused is not renewed once more for that.
_FRESH = 5.0
#: What tells that a refresh token counts no longer (RFC 6749, section 5.2); Glewlwyd has no word.
_ENDED = ((400, "invalid_grant"), (400, ""))


class OpenIdSession(Credentials):
    """What logs in with a profile's access token, for any number of threads.

    With `kept` the refresh token is in the keychain, where each renewal finds it and puts the next:
    so another process that has the same login may renew it too.

    Raises
    ------
    AuthenticationError
        From `authorization`, when the login has ended: somebody has to log in again.
    """

    __slots__ = ("_ended", "_kept", "_life", "_lock", "_refused", "_subject", "_tokens", "profile")

    def __init__(
        self,
        profile: ServerProfile,
        tokens: Optional[Tokens] = None,
        kept: bool = False,
        subject: str = "",
    ) -> None:
        super().__init__("", "")
        self.profile = profile
        self._lock = threading.Lock()
        self._kept = kept
        self._refused = -_FRESH
        self._subject = subject
        self._ended = ""
        self._take(tokens or Tokens("", 0.0, "", ""))

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return "OpenIdSession(…)"

    def _take(self, tokens: Tokens) -> None:
        self._tokens, self._life = tokens, tokens.end - time.time()

    def authorization(self) -> str:
        """Return the header field that a request carries, with a token that is good for a while."""
        with self._lock:
            self._refuse_ended()
            if time.time() > self._tokens.end - min(_EARLY, self._life / 10):
                self._renew()
            return f"Bearer {self._tokens.access_token}"

    def renew(self, refused: str) -> bool:
        """Return whether there is another token than the one that was refused."""
        with self._lock:
            if refused == f"Bearer {self._tokens.access_token}":
                if time.monotonic() - self._refused < _FRESH:
                    return False  # it is not its age that is refused
                self._renew()
                self._refused = time.monotonic()
            return True

    def keep(self) -> None:
        """Put the login into the keychain.

        Raises
        ------
        LoginFailedError
            There is no refresh token.
        MissingDependencyError, ConfigurationError
            As `Keychain`.
        """
        with self._lock:
            if not self._tokens.refresh_token:
                raise LoginFailedError(
                    "The provider gave no refresh token, so there is nothing to keep.",
                    "Ask its administrator, or put offline_access into the scope.",
                )
            Keychain().remember(self.profile, self._tokens.refresh_token)
            self._kept = True

    @property
    def ended(self) -> bool:
        """Whether somebody has to log in again."""
        return bool(self._ended)

    def let_go(self) -> bool:
        """Take the login out of the keychain, and go on without; return whether it was there."""
        with self._lock:
            if self._kept:
                token = Keychain().password(self.profile) or self._tokens.refresh_token
                self._tokens = replace(self._tokens, refresh_token=token)
            self._kept = False
            return Keychain().forget(self.profile)

    def end(self) -> bool:
        """Have the provider forget the login; return whether it did, which not all offer us."""
        with self._lock:
            self._ended = login_ended(self.profile).message
            token = self._tokens.refresh_token
            if self._kept:
                token = Keychain().password(self.profile) or token
            if not token:
                return False
            try:
                with Provider(self.profile) as provider:
                    return provider.revoke(token)
            except (LoginFailedError, TransportError, TrustError):
                return False

    def _refuse_ended(self) -> None:
        if self._ended:
            raise login_ended(self.profile, self._ended)

    def _renew(self) -> None:
        self._refuse_ended()
        if not self._kept:
            self._renew_by(self._tokens.refresh_token)
            return
        path = user_config_directory() / "login"
        try:
            with changing(path):  # a refresh token may count once
                found = Keychain().password(self.profile)
                self._renew_by(found or "")
                self._kept = False  # where that fails, what it has is no longer good
                Keychain().remember(self.profile, self._tokens.refresh_token)
                self._kept = True
        except OSError as error:
            raise unwritable(path, error) from error

    def _renew_by(self, refresh_token: str) -> None:
        if not refresh_token:
            self._ended = f"Nobody is logged in at {self.profile.shown_issuer}."
            self._refuse_ended()
        with Provider(self.profile) as provider:
            try:
                tokens = provider.tokens(grant_type="refresh_token", refresh_token=refresh_token)
            except LoginFailedError as error:
                told = (error.facts.get("status_code"), error.facts.get("said"))
                if told not in _ENDED:
                    raise
                ended = login_ended(self.profile)
                self._ended = ended.message
                raise ended from error
            if tokens.id_token:
                known = self._subject
                self._subject = provider.subject_of(tokens.id_token, subject=known)
        # Where the provider sends no other, the same goes on (RFC 6749, section 6).
        kept = tokens.refresh_token or refresh_token
        self._take(Tokens(tokens.access_token, tokens.end, kept, tokens.id_token))


def kept_session(profile: ServerProfile) -> OpenIdSession:
    """Return the login that the keychain has.

    Raises
    ------
    PasswordNeededError
        It has none.
    MissingDependencyError, ConfigurationError
        As `Keychain`.
    """
    if Keychain().password(profile) is None:
        raise PasswordNeededError(f"Nobody is logged in at {profile.shown_issuer}.", "Log in.")
    return OpenIdSession(profile, kept=True)
