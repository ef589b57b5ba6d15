"""User and password, kept out of every text that could be written down."""

from __future__ import annotations

from typing import Tuple


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
        return self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def reveal(self) -> Tuple[str, str]:
        """Return user and password, for the one place that sends them."""
        return self.user, self._password
