"""Why a server's certificate is trusted, and how the fields of a profile are read."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Dict, Tuple

from .errors import InvalidProfileError
from .profile_checks import invalid_field
from .validation import normalize_fingerprint, plain_text

TRUST_MODES = ("system", "ca_file", "pinned")


@dataclass(frozen=True)
class TrustPolicy:
    """Why a server's certificate is trusted.

    Raises
    ------
    InvalidProfileError
        An unknown mode, or one whose file or fingerprint can't be used.
    """

    #: ``system`` (the system's certificate authorities), ``ca_file`` (those of one PEM file) or
    #: ``pinned`` (exactly one certificate, and the one that is to follow it).
    mode: str = "system"
    #: Path of the PEM file; only for ``ca_file``.
    ca_file: str = ""
    #: SHA-256 of the certificate in DER, as upper-case pairs joined by colons; only for ``pinned``.
    fingerprint: str = ""
    #: The same of the certificate that is to follow, which is trusted as well, so that nobody is
    #: alarmed when it comes; only for ``pinned``, and empty where none is prepared.
    next_fingerprint: str = ""

    def __post_init__(self) -> None:
        if self.mode not in TRUST_MODES:
            raise InvalidProfileError(
                f"The trust policy {plain_text(self.mode, 40)!r} is not known.",
                "Use system, ca_file or pinned.",
                field="trust.mode",
            )
        # What the mode does not use is dropped: nobody shall take it for what is trusted.
        ca_file = self.ca_file if self.mode == "ca_file" else ""
        fingerprint = normalize_fingerprint(self.fingerprint) if self.mode == "pinned" else ""
        following = self.next_fingerprint if self.mode == "pinned" else ""
        following = normalize_fingerprint(following) if following else ""
        if self.mode == "ca_file" and (not ca_file or plain_text(ca_file, 4096) != ca_file):
            raise InvalidProfileError(
                "The trust policy names no CA file that can be used.",
                "Choose the PEM file with the certificate authority's certificate.",
                field="trust.ca_file",
            )
        object.__setattr__(self, "ca_file", ca_file)
        object.__setattr__(self, "fingerprint", fingerprint)
        object.__setattr__(self, "next_fingerprint", "" if following == fingerprint else following)

    @property
    def pins(self) -> Tuple[str, ...]:
        """The fingerprints that are trusted, that of today first; none but for ``pinned``."""
        return tuple(filter(None, (self.fingerprint, self.next_fingerprint)))

    @classmethod
    def pinned(cls, fingerprint: str, next_fingerprint: str = "") -> TrustPolicy:
        """Trust exactly the certificate with this SHA-256 fingerprint, and the one to follow."""
        return cls("pinned", fingerprint=fingerprint, next_fingerprint=next_fingerprint)

    @classmethod
    def from_dict(cls, data: object) -> TrustPolicy:
        """Build a policy from its fields; InvalidProfileError where they are not those of one."""
        if not isinstance(data, dict):
            raise invalid_field("trust", "must be an object with mode, ca_file and fingerprint")
        return cls(**known_fields(cls, data, "trust."))


def known_fields(cls: type, data: Dict[str, Any], prefix: str) -> Dict[str, Any]:
    """Return the fields of a profile or policy; InvalidProfileError for what is not one."""
    known = {spec.name: spec.type for spec in dataclasses.fields(cls)}
    for name, value in data.items():
        if name not in known:
            raise invalid_field(prefix + plain_text(name, 60), "is not a field of a server profile")
        if known[name] == "str" and not isinstance(value, str):
            raise invalid_field(prefix + name, "must be text")
        if known[name] != "TrustPolicy" and isinstance(value, (list, dict)):
            raise invalid_field(prefix + name, "must be a single value")
    return dict(data)
