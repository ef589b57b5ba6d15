"""Certificates: looking at a server's, saying what is wrong with it, and trusting it.

Every connection is made with a context that requires a verified certificate. A pinned one is
verified against itself: the certificate is fetched by a bare handshake, compared with the pin,
and then is the only trust anchor of the context. So nothing is ever sent to a server that shows
another.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import socket
import ssl
import sys
import time
import warnings
from dataclasses import replace
from typing import Any, Callable, Dict, Literal, Mapping, Optional, Tuple, Union

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, SSLError
from urllib3.util.ssl_match_hostname import CertificateError

from ..shared.errors import (
    ConfigurationError,
    OrthancConnectError,
    TransportError,
    TrustError,
    UntrustedCertificateError,
)
from ..shared.profile import ServerProfile
from ..shared.validation import plain_text, split_rest_url
from .bounds import CountedResponse, Meter
from .certificates import CertificateInfo, describe_certificate, fingerprint_of
from .faults import changed_fault, translate_connection_fault, trust_fault

# OpenSSL's X509_V_FLAG_PARTIAL_CHAIN: a certificate that is not self-signed may be a trust anchor.
# The ssl module names it only from Python 3.10 on.
_PARTIAL_CHAIN = 0x80000
#: When a server last spoke TLS, by host and port, while no connection to it has come about yet; and
#: seconds for which that counts.
_SPOKE: Dict[Tuple[str, int], float] = {}
_MOMENT = 10.0


def fetch_certificate(host: str, port: int, timeout: float, own: str = "") -> str:
    """Return the certificate that a server shows, in PEM; only a handshake is made.

    `own` is a PEM file with a certificate and key of ours, for a server that asks for one.

    The ssl module's ``get_server_certificate`` would write that session's keys to
    ``SSLKEYLOGFILE``, and has neither timeout nor SNI in Python 3.9.

    Raises
    ------
    ConnectionFailedError
        Nothing listens there, the name is unknown, or what answers does not speak TLS.
    RequestTimeoutError
        No answer within `timeout` seconds.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _show(context, own)
    try:
        with socket.create_connection((host, port), timeout) as raw:
            with context.wrap_socket(raw, server_hostname=host) as secure:
                pem = ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True) or b"")
    except (OSError, ValueError) as error:
        raise _network_fault(error, host, port) from error
    _SPOKE[host, port] = time.monotonic()
    return pem


def takes_old_tls(profile: ServerProfile) -> bool:
    """Return whether a server makes a handshake of TLS 1.1 or older; nothing is sent over it.

    False where this computer's OpenSSL has none of these any more.
    """
    _scheme, host, port = split_rest_url(profile.rest_url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # as they should be
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        context.set_ciphers("ALL:@SECLEVEL=0")  # what OpenSSL 3 asks for, before it does them
        with socket.create_connection((host, port), profile.connect_timeout) as raw:
            with context.wrap_socket(raw, server_hostname=host):
                return True
    except (OSError, ValueError):
        return False


def _network_fault(error: BaseException, host: str, port: int) -> OrthancConnectError:
    spoke = _SPOKE.get((host, port))
    was_there = spoke is not None and time.monotonic() - spoke < _MOMENT
    return translate_connection_fault(error, host, port, was_there)


def _show(context: ssl.SSLContext, own: str) -> None:
    """Let a context show a certificate of ours, if there is one."""
    if not own:
        return
    try:
        context.load_cert_chain(own, password="")  # never ask on the terminal
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The file {plain_text(own, 300)} can't be read as our certificate and its key.",
            "It has to be PEM and hold both, the key without a password.",
        ) from error


def _shown_by(profile: ServerProfile, own: str = "") -> Tuple[str, str]:
    """Return a server's certificate in PEM, and its fingerprint; see `fetch_certificate`."""
    _scheme, host, port = split_rest_url(profile.rest_url)
    pem = fetch_certificate(host, port, profile.connect_timeout, own)
    return pem, fingerprint_of(ssl.PEM_cert_to_DER_cert(pem))


def ssl_context(profile: ServerProfile, own: str = "") -> ssl.SSLContext:
    """Return the TLS context for a profile: TLS 1.2 at the least, certificate required.

    For a pinned certificate the server is asked for its certificate once, by a bare handshake.
    `own` is a PEM file with certificate and key that are shown to a server that asks.

    Raises
    ------
    CertificateChangedError
        The server shows another certificate than the pinned one.
    ConfigurationError
        The CA file, or our own certificate, can't be read.
    TransportError
        The server can't be reached to look at its certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # urllib3 compares the host name itself, and the exact certificate where one is pinned: its
    # version 1.26 reaches no IP address with a context that does.
    context.check_hostname = False
    return with_anchors(context, profile, own)


def with_anchors(context: ssl.SSLContext, profile: ServerProfile, own: str = "") -> ssl.SSLContext:
    """Let a context trust what a profile does, and show `own`.

    Raises
    ------
    ConfigurationError, CertificateChangedError, TransportError
        As `ssl_context`.
    """
    trust = profile.trust
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _show(context, own)
    # One handshake a connection, so that the certificate that was checked is the one that stays.
    context.options |= ssl.OP_NO_RENEGOTIATION
    if trust.mode == "pinned":
        pem, presented = _shown_by(profile, own)
        if presented not in trust.pins:
            raise changed_fault(profile, presented)
        # Whatever host it names, and whoever issued it: that certificate was agreed on.
        context.load_verify_locations(cadata=pem)
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _PARTIAL_CHAIN)
    elif trust.mode == "ca_file":
        try:
            context.load_verify_locations(cafile=trust.ca_file)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The CA file {plain_text(trust.ca_file, 300)} can't be read as PEM certificates.",
                "Choose the file that the administrator gave you (BEGIN CERTIFICATE).",
            ) from error
    else:
        # The system's store; and requests', since Slicer's own Python finds none on some systems.
        context.load_default_certs()
        context.load_verify_locations(_bundle())
    return context


def _bundle() -> str:
    """Return the path of requests' certificate authorities."""
    import requests  # takes longer to load than all else here; whole, as other threads load it

    path: str = requests.utils.DEFAULT_CA_BUNDLE_PATH
    return path


def trust_source(profile: ServerProfile) -> str:
    """Return what decides whether a profile's server is trusted, for people.

    Notes
    -----
    OpenSSL reads the system's store where ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` of the environment
    say, where they are set. Nothing else of the environment counts, neither ``REQUESTS_CA_BUNDLE``
    nor ``SSLKEYLOGFILE``.
    """
    trust = profile.trust
    if not profile.is_secure:
        return "nothing: plain HTTP"
    if trust.mode == "pinned":
        following = ", or the one pinned to follow it," if trust.next_fingerprint else ""
        return f"the pinned certificate{following} alone"
    if trust.mode == "ca_file":
        return f"the CA file {trust.ca_file} alone"
    paths = ssl.get_default_verify_paths()
    names = (paths.openssl_cafile_env, paths.openssl_capath_env)
    named = [
        f"{name}={os.environ[name]} of the environment" for name in names if name in os.environ
    ]
    if len(named) < len(names) or sys.platform == "win32":
        named.insert(0, "the system's authorities")
    return plain_text(", ".join([*named, f"and those of {_bundle()}"]), 2000)


class Connection(HTTPConnection):
    """A connection that meets the faults of connecting as ours, and can be ended from outside.

    `on_connect` is called with it before it connects, and again before anything is sent; its
    `meter` counts what comes of the answer.
    """

    #: Seconds that connecting took.
    seconds = 0.0

    def __init__(
        self,
        *address: Any,
        profile: ServerProfile,
        on_connect: Optional[Callable[[Connection], None]] = None,
        **options: Any,
    ) -> None:
        super().__init__(*address, **options)
        self._profile = profile
        self._on_connect = on_connect
        self.meter = Meter()
        self.response_class = functools.partial(  # type: ignore[assignment]
            CountedResponse, self.meter
        )

    def connect(self) -> None:
        """Connect; nothing is sent.

        Raises
        ------
        TrustError, TransportError
            The fault of the certificate, or of the network.
        """
        if self._on_connect is not None:
            self._on_connect(self)
        # Connecting has a timeout of its own: a server may pause longer while it is sent to.
        timeout, self.timeout = self.timeout, self._profile.connect_timeout
        began = time.monotonic()
        try:
            super().connect()
        except (HTTPError, OSError, ValueError) as error:
            self.close()
            raise connecting_fault(error, self._profile) from error
        finally:
            self.timeout = timeout
        self.seconds = time.monotonic() - began
        self.sock.settimeout(timeout)
        if self._on_connect is not None:
            self._on_connect(self)

    def __del__(self) -> None:
        """Close what was kept for a client that nobody closed."""
        with contextlib.suppress(AttributeError, OSError):  # it was never made, or has ended
            self.close()

    def ask(
        self, method: str, target: str, body: Any, fields: Mapping[str, str], timeout: float
    ) -> CountedResponse:
        """Send a request and return the answer to it, whose head was read.

        http.client alone does it: with what urllib3 puts around, a small answer takes twice the
        processor time (``Testing/Benchmarks``).
        """
        self.timeout = timeout
        if self.sock is None:
            self.connect()
        self.sock.settimeout(timeout)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have said why
            http.client.HTTPConnection.request(self, method, target, body, fields)
        answer: CountedResponse
        answer = http.client.HTTPConnection.getresponse(self)  # type: ignore[assignment]
        answer.connection = self
        return answer

    def cut(self) -> None:
        """End the connection while another thread waits for it."""
        sock = self.sock
        with contextlib.suppress(OSError):  # it has ended already
            if sock is not None:
                # Not SSLSocket's own, which would have that thread go on in plain text.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class SecureConnection(Connection, HTTPSConnection):
    """The same over TLS."""

    #: The host name counts; urllib3 1.26 wants to be told, where no pool of its does.
    assert_hostname: Union[None, str, Literal[False]] = None

    def connect(self) -> None:
        """Connect and check the certificate; nothing else is sent.

        Raises
        ------
        TrustError, TransportError
            The fault of the certificate, or of the network.
        """
        pins = self._profile.trust.pins
        if pins:
            self.assert_hostname = False
        try:
            super().connect()
        except UntrustedCertificateError as fault:
            if len(pins) < 2 or fault.facts.get("fingerprint") not in pins:
                raise
            # The server has gone over to the certificate that was to follow, or back, since the
            # context was made.
            self._learn()
            super().connect()
        sock = self.sock
        der = sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None
        presented = fingerprint_of(der or b"")
        if pins and presented not in pins:  # one that the pinned certificate vouches for
            self.close()
            raise changed_fault(self._profile, presented)
        _SPOKE.pop(split_rest_url(self._profile.rest_url)[1:], None)

    def _learn(self) -> None:
        """Have the context, which the pool's connections share, know what the server shows now."""
        pem, presented = _shown_by(self._profile)
        if presented in self._profile.trust.pins and self.ssl_context is not None:
            self.ssl_context.load_verify_locations(cadata=pem)

    def send(self, data: Any) -> None:
        """Send bytes on a socket with TLS, and on no other."""
        if not isinstance(self.sock, ssl.SSLSocket):
            raise ssl.SSLError("there is no TLS on this connection")
        try:
            super().send(data)
        except ssl.SSLEOFError:
            self.sock.recv(1)  # it may have said why before it closed: that is raised instead
            raise


def connecting_fault(error: Exception, profile: ServerProfile) -> OrthancConnectError:
    """Return our error for one of connecting; for a certificate with the fingerprint shown now."""
    cause, address = beneath(error), split_rest_url(profile.rest_url)[1:]
    if not isinstance(cause, (ssl.SSLCertVerificationError, CertificateError, SSLError)):
        return _network_fault(cause, *address)
    _SPOKE[address] = time.monotonic()
    pem = presented = ""
    try:
        pem, presented = _shown_by(profile)
    except TransportError as gone:
        if gone.facts.get("cause") == "gone":
            return gone
    pins = profile.trust.pins
    is_other = bool(pins) and presented not in ("", *pins)
    if is_other or isinstance(cause, SSLError):
        return changed_fault(profile, presented or "not told again")
    try:
        shown = describe_certificate(pem).to_dict() if pem else {}
    except TrustError as fault:
        return fault
    return trust_fault(cause, profile, shown)


def beneath(error: BaseException) -> BaseException:
    """Return what an error of urllib3 was made of, itself if it came of nothing.

    urllib3's own word on TLS, as on another fingerprint, may be raised while it handles something
    that went before, as a kept connection that the server has closed: that is not its cause.
    """
    if isinstance(error, SSLError):
        inner = error.args[0] if error.args else None
        return inner if isinstance(inner, BaseException) else error
    return (
        (error.__cause__ or error.__context__ or error) if isinstance(error, HTTPError) else error
    )


def inspect_certificate(profile: ServerProfile) -> CertificateInfo:
    """Look at a server's certificate and at whether the profile trusts it; send nothing else.

    Raises
    ------
    TransportError
        The server can't be reached, or does not speak TLS.
    ConfigurationError
        The address is plain HTTP, or the CA file can't be read.
    """
    scheme, host, port = split_rest_url(profile.rest_url)
    if scheme != "https":
        raise ConfigurationError(
            "Plain HTTP has no certificate: everything crosses the network in clear.",
            "Use an https:// address.",
        )
    info = describe_certificate(_shown_by(profile)[0])
    try:
        options: Any = {"timeout": profile.connect_timeout, "ssl_context": ssl_context(profile)}
        connection = SecureConnection(host, port, profile=profile, **options)
        connection.connect()
        connection.close()
    except TrustError as error:
        return info.refused(error)
    return replace(info, trusted=True)
