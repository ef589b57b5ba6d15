"""What a server's certificate says of itself, for the person who is to trust it."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import asdict, dataclass, replace
from typing import Any, Dict, List, Tuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import NameOID

from ..shared.errors import TrustError, UntrustedCertificateError
from ..shared.validation import plain_text

_FORGEABLE = {"md5": "MD5", "sha1": "SHA-1"}


@dataclass(frozen=True)
class CertificateInfo:
    """What a person needs to see of a server's certificate before trusting it.

    Where the profile's trust policy does not accept it for the profile's address, `problem` and
    `hint` tell why, and `problem_kind` the error's class; what could be forged, `weakness`.
    """

    fingerprint: str  # SHA-256 of the DER form, upper-case pairs joined by colons
    subject: str  # common name or, without one, the whole distinguished name; plain text
    issuer: str
    not_before: str  # ISO 8601 in UTC
    not_after: str
    host_names: Tuple[str, ...]  # and IP addresses
    self_signed: bool
    trusted: bool = False
    problem: str = ""
    hint: str = ""
    problem_kind: str = ""
    weakness: str = ""

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return asdict(self)

    def refused(self, error: TrustError) -> CertificateInfo:
        """Return the same with why it is not trusted."""
        kind, problem = type(error).__name__, f"{error.message} {self.weakness}".strip()
        return replace(self, problem=problem, hint=error.hint, problem_kind=kind)


def fingerprint_of(der: bytes) -> str:
    """Return the SHA-256 fingerprint of a certificate in DER."""
    digest = hashlib.sha256(der).hexdigest().upper()
    return ":".join(digest[i : i + 2] for i in range(0, 64, 2))


def describe_certificate(pem: str) -> CertificateInfo:
    """Return what a certificate says of itself.

    Raises
    ------
    UntrustedCertificateError
        It is not well formed.
    """
    der = ssl.PEM_cert_to_DER_cert(pem)
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject, issuer = _name(certificate.subject), _name(certificate.issuer)
    except ValueError as error:
        raise UntrustedCertificateError(
            "The server's certificate is not well formed.",
            "Ask the administrator for a new one.",
            fingerprint=fingerprint_of(der),
        ) from error
    return CertificateInfo(
        fingerprint=fingerprint_of(der),
        subject=subject,
        issuer=issuer,
        not_before=certificate.not_valid_before_utc.isoformat(),
        not_after=certificate.not_valid_after_utc.isoformat(),
        host_names=_host_names(certificate),
        self_signed=certificate.subject == certificate.issuer,
        weakness=_weakness(certificate),
    )


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return plain_text(common[0].value if common else name.rfc4514_string(), 200)


def _host_names(certificate: x509.Certificate) -> Tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    except (x509.UnsupportedGeneralNameType, x509.DuplicateExtension, ValueError):
        return ()  # an X.400 or EDI name, or not well formed: cryptography reads none of them then
    kinds = (x509.DNSName, x509.IPAddress)
    return tuple(plain_text(one.value, 253) for one in extension.value if isinstance(one, kinds))


def _weakness(certificate: x509.Certificate) -> str:
    """Return what is weak by today's measure (NIST SP 800-131A: SHA-1, RSA below 2048 bits)."""
    faults: List[str] = []
    try:
        signed = certificate.signature_hash_algorithm
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return "The certificate has a key or a signature of a kind that is not known here."
    if signed is not None and signed.name in _FORGEABLE:
        faults.append(f"it is signed with {_FORGEABLE[signed.name]}, which can be forged")
    least = 224 if isinstance(key, ec.EllipticCurvePublicKey) else 2048
    kinds = (rsa.RSAPublicKey, dsa.DSAPublicKey, ec.EllipticCurvePublicKey)
    if isinstance(key, kinds) and key.key_size < least:
        faults.append(f"its key has only {key.key_size} bits")
    return f"The certificate is weak: {' and '.join(faults)}." if faults else ""
