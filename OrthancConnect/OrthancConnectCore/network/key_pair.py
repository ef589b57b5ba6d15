"""The server's certificate: made for its names, and looked at when it is there."""

from __future__ import annotations

import datetime
import ipaddress
import re
from dataclasses import dataclass
from typing import List, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..shared.errors import ConfigurationError, UntrustedCertificateError
from ..shared.validation import canonical_host, plain_text
from .certificates import CertificateInfo, describe_certificate

#: Days: what browsers take of a certificate that no authority issued.
VALID_DAYS = 825
_LONGEST_COMMON_NAME = 64  # RFC 5280, ub-common-name
_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----\n.*?\n-----END \1-----", re.DOTALL)


@dataclass(frozen=True)
class KeyPair:
    """A certificate, with those that lead to its authority, and its private key; both in PEM."""

    certificate: str
    key: str

    @classmethod
    def found_in(cls, *texts: str) -> KeyPair:
        """Return the pair that stands in files, in one or in two; see `checked_pair`."""
        blocks = [found for text in texts for found in _BLOCK.finditer(text)]
        certificates = [one[0] for one in blocks if one[1] == "CERTIFICATE"]
        keys = [one[0] for one in blocks if one[1].endswith("PRIVATE KEY")]
        return cls("\n".join([*certificates, ""]), "\n".join([*keys[:1], ""]))

    @property
    def info(self) -> CertificateInfo:
        """What the certificate says of itself.

        Raises
        ------
        ConfigurationError
            It can't be read.
        """
        try:
            return describe_certificate(self.certificate.partition("\n-----BEGIN")[0])
        except (ValueError, UntrustedCertificateError) as error:
            raise _unreadable() from error

    def __repr__(self) -> str:
        """Without the key."""
        return f"KeyPair({self.info.fingerprint})"


def new_pair(hosts: Sequence[str], days: float = VALID_DAYS) -> KeyPair:
    """Make a self-signed certificate for host names and IP addresses, with a key of its own.

    An ECDSA key on P-256 (NIST SP 800-57: 128 bits of security); X.509 version 3 (RFC 5280), with
    all hosts as subject alternative names.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:_LONGEST_COMMON_NAME])])
    usage = dict.fromkeys(
        (
            *("content_commitment", "data_encipherment", "key_agreement", "key_encipherment"),
            *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    public = key.public_key()
    # For DICOM over TLS an Orthanc is both.
    roles = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # other computers' clocks
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), True)
        .add_extension(x509.ExtendedKeyUsage(roles), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(
        certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii"),
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def checked_pair(pair: KeyPair, hosts: Sequence[str], where: str) -> KeyPair:
    """Return a certificate and its key, once they are fit for the server.

    Raises
    ------
    ConfigurationError
        They do not belong together, are not well formed, not valid today, or for other hosts.
    """
    what = f"The certificate in {plain_text(where, 300)}"
    info = pair.info
    try:
        loaded = serialization.load_pem_private_key(pair.key.encode("ascii"), password=None)
        shown = x509.load_pem_x509_certificate(pair.certificate.encode("ascii"))
    except (ValueError, TypeError) as error:
        raise _unreadable() from error
    if shown.public_key() != loaded.public_key():
        raise ConfigurationError(
            f"{what} and the key beside it do not belong together; nothing was written.",
            "Put the right key there, or move both away for new ones.",
        )
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    if not info.not_before <= now <= info.not_after:
        raise ConfigurationError(
            f"{what} is valid from {info.not_before[:10]} to {info.not_after[:10]}; nothing was "
            "written.",
            "Renew it at its authority, or add --renew for a new one of its own.",
        )
    missing = uncovered(info, hosts)
    if missing:
        raise ConfigurationError(
            f"{what} is not for {', '.join(missing)}; nothing was written.",
            "Name the hosts that it is for, or add --renew for a new one of its own.",
        )
    return pair


def _unreadable() -> ConfigurationError:
    return ConfigurationError(
        "The server's certificate that is there, or its key, can't be read; nothing was written.",
        "Both have to be PEM, the key without a password. Move them away for new ones.",
    )


def uncovered(info: CertificateInfo, hosts: Sequence[str]) -> List[str]:
    """Return the hosts that a certificate does not name (RFC 6125: ``*`` is one whole label)."""
    names = {canonical_host(name) for name in info.host_names}
    wanted = {host: canonical_host(host) for host in hosts}
    return [
        host
        for host, name in wanted.items()
        if name not in names and "*." + name.partition(".")[2] not in names
    ]
