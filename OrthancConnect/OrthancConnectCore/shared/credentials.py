"""What logs in, kept out of every text that could be written down."""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Optional, Tuple

from .errors import ConfigurationError
from .profile_checks import TOKEN

if TYPE_CHECKING:
    from .profile import ServerProfile

#: RFC 6750, section 2.1.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class Credentials:
    """User name and password of HTTP basic authentication.

    The password shows in no ``repr``, ``str``, comparison message or pickle of the object.
    """

    __slots__ = ("_password", "user")

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self._password = password

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password=…)"

    def __reduce__(self) -> str:
        raise TypeError("credentials are not written down")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Credentials):
            return NotImplemented
        return type(self) is type(other) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def reveal(self) -> Tuple[str, str]:
        """Return user and password, for the one place that sends them."""
        return self.user, self._password

    def authorization(self) -> str:
        """Return the header field that a request carries, as UTF-8 (RFC 7617, section 2.1).

        Orthanc reads orthanc.json so.
        """
        login = ":".join(self.reveal()).encode("utf-8")
        return "Basic " + base64.b64encode(login).decode("ascii")

    def renew(self, refused: str) -> bool:
        """Return whether there is another `authorization` than the one that was refused."""
        return False


class BearerToken(Credentials):
    """A token that somebody was given (RFC 6750); there is no user.

    Raises
    ------
    ConfigurationError
        No token looks like that.
    """

    __slots__ = ()

    def __init__(self, token: str) -> None:
        token = token.strip()
        if not _TOKEN.fullmatch(token):
            raise ConfigurationError(
                "This is no bearer token: it has other characters than one has.",
                "Copy the token alone, without the word Bearer and without quotation marks.",
            )
        super().__init__("", token)

    def __repr__(self) -> str:
        return "BearerToken(…)"

    def authorization(self) -> str:
        """Return the header field that a request carries."""
        return "Bearer " + self.reveal()[1]

    @property
    def end(self) -> Optional[float]:
        """When it says that it ends, in seconds since 1970; None where it does not (RFC 7519)."""
        parts = self.reveal()[1].split(".")
        with suppress(ValueError, LookupError, TypeError, RecursionError, OverflowError):
            return float(json.loads(base64.urlsafe_b64decode(parts[1] + "=="))["exp"])
        return None


def credentials_of(profile: ServerProfile, secret: str) -> Credentials:
    """Return what logs in by the password of a profile's user, or by a token.

    Raises
    ------
    ConfigurationError
        No token looks like that.
    """
    return BearerToken(secret) if profile.auth == TOKEN else Credentials(profile.user, secret)
