"""Certificates for tests: self-signed, expired, for another host, or issued by a test authority."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Sequence, Union

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK_HOSTS = ("localhost", "127.0.0.1")
_AUTHORITY_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class TestCertificate:
    """A certificate and its key on disk."""

    __test__ = False  # pytest: not a test class

    certificate: Path
    key: Path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate: upper-case hex pairs joined by colons."""
        return certificate_fingerprint(self.certificate)

    @property
    def as_client(self) -> dict[str, str]:
        """The fields of a profile that shows it to a web server."""
        return {"client_certificate": str(self.certificate), "client_key": str(self.key)}

    def locked(self, passphrase: str) -> TestCertificate:
        """The same with a key that has a passphrase, in a file beside."""
        key = serialization.load_pem_private_key(self.key.read_bytes(), password=None)
        cipher = serialization.BestAvailableEncryption(passphrase.encode())
        form = serialization.PrivateFormat.PKCS8
        path = self.key.with_suffix(".locked")
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, cipher))
        path.chmod(0o600)
        return TestCertificate(self.certificate, path)


def certificate_fingerprint(path: Union[str, Path]) -> str:
    """SHA-256 of the first certificate in a PEM file, as browsers and openssl show it."""
    digest = x509.load_pem_x509_certificate(Path(path).read_bytes()).fingerprint(hashes.SHA256())
    return ":".join(f"{byte:02X}" for byte in digest)


def _alternative_names(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return x509.SubjectAlternativeName(names)


def make_certificate(
    folder: Union[str, Path],
    name: str = "orthanc",
    hosts: Sequence[str] = LOOPBACK_HOSTS,
    valid_from: Optional[datetime.datetime] = None,
    valid_days: float = 365,
    issuer: Optional[TestCertificate] = None,
    authority: bool = False,
    extension: Optional[x509.ExtensionType] = None,
) -> TestCertificate:
    """Write ``<name>.crt`` and ``<name>.key`` (mode 0600) into a folder.

    Self-signed unless `issuer` is given. `valid_from` in the past with few `valid_days` makes an
    expired one; `authority` makes one that can be the issuer of others. `extension` stands in
    place of the alternative names.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    start = valid_from or datetime.datetime.now(datetime.timezone.utc)
    start -= datetime.timedelta(minutes=5)
    key = ec.generate_private_key(ec.SECP256R1())
    common_name = f"{name} test authority" if authority else hosts[0]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    issuer_name, issuer_key = subject, key
    if issuer is not None:
        issuer_name = x509.load_pem_x509_certificate(issuer.certificate.read_bytes()).subject
        loaded = serialization.load_pem_private_key(issuer.key.read_bytes(), password=None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        issuer_key = loaded
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=valid_days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if authority:
        builder = builder.add_extension(_AUTHORITY_USAGE, critical=True)
    else:
        names = extension or _alternative_names(hosts)
        builder = builder.add_extension(names, critical=False)
    certificate = builder.sign(issuer_key, hashes.SHA256())
    result = TestCertificate(folder / f"{name}.crt", folder / f"{name}.key")
    result.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    with os.fdopen(os.open(result.key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    return result


def sign_with_sha1(certificate: TestCertificate, issuer: Optional[TestCertificate] = None) -> None:
    """Sign a certificate once more, as nobody should any longer: cryptography does not."""
    loaded = x509.load_pem_x509_certificate(certificate.certificate.read_bytes())
    key_file = (issuer or certificate).key.read_bytes()
    key = serialization.load_pem_private_key(key_file, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    # AlgorithmIdentifier of ecdsa-with-SHA256 and of ecdsa-with-SHA1 (RFC 5758, section 3.2).
    before, after = (
        bytes.fromhex("300a06082a8648ce3d040302"),
        bytes.fromhex("300906072a8648ce3d0401"),
    )
    content = _der(0x30, loaded.tbs_certificate_bytes[4:].replace(before, after, 1))
    signature = key.sign(content, ec.ECDSA(hashes.SHA1()))
    whole = _der(0x30, content + after + _der(0x03, b"\0" + signature))
    certificate.certificate.write_text(ssl.DER_cert_to_PEM_cert(whole), encoding="ascii")


def _der(kind: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([kind]) + length + content
