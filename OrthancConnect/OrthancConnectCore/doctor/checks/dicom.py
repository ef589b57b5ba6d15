"""The doctor's checks of the DICOM side: port, C-ECHO, our entry, C-FIND, C-GET, C-MOVE."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from ...network.addresses import is_loopback, is_same_host, local_address
from ...orthanc.modalities import entries_of
from ...shared.check_lines import (
    FAILED,
    WARNING,
    Outcome,
    by_https,
    failed,
    passed,
    skipped,
    warning,
)
from ...shared.errors import (
    CertificateChangedError,
    DimseError,
    OrthancConnectError,
    TrustError,
)
from ...shared.profile import C_GET, C_MOVE, HTTPS
from ...shared.validation import plain_text, split_rest_url
from ..examination import Examination
from ..probe import CallerProbe
from ..reach import REFUSALS, ask_bare, takes, why_not
from ..sockets import AssociationFault, Request, find_none, get_none
from .https import name_outcome, speaks_tls
from .registered import ANOTHER_TITLE, to_register
from .search import search_limited, some_studies

_TRUST_DICOM = (
    "Compare its SHA-256 with the administrator's and trust it: orthancconnect trust --dicom; or "
    "retrieve over HTTPS."
)
_LOG = "Look at the server's log for the reason."


def check_dicom_port(ex: Examination) -> Outcome:
    """Connect to the DICOM port."""
    profile = ex.profile
    if profile.dicom_host != split_rest_url(profile.rest_url)[1]:
        name = name_outcome(ex, profile.dicom_host)
        if name.state == FAILED:
            return name
    elif ex.state_of("name") == FAILED:
        return skipped("name", "The server's name is not known.")
    try:
        ex.address = local_address(profile.dicom_host, profile.dicom_port, profile.connect_timeout)
    except OrthancConnectError as error:
        return _port_fault(ex, error)
    return passed(f"port {profile.dicom_port}, from {ex.address}")


def _port_fault(ex: Examination, error: OrthancConnectError) -> Outcome:
    told = _told_port(ex)
    if told:
        cause = f"Nothing answers on {ex.dicom_where}: the server's DICOM port is {told}."
        cure = f"Use port {told}."
        return failed("dicom_port_wrong", cause, cure, "change_profile", dicom_port=told)
    if error.facts.get("cause") == "timeout":
        return by_https(
            "dicom_port_filtered",
            f"Nobody answers at {ex.dicom_where}: a firewall drops the connection to the DICOM "
            "port.",
            "Ask the administrator to let this computer through, or retrieve over HTTPS.",
        )
    return by_https(
        "dicom_port_closed",
        f"Nothing listens on {ex.dicom_where}: the server's DICOM port is closed or another one.",
        "Ask the administrator for DicomPort and DicomServerEnabled, or retrieve over HTTPS.",
    )


def _told_port(ex: Examination) -> int:
    """Return the DICOM port that ``/system`` tells where it is another; 0 when it is the same."""
    ex.state_of("login")
    port = ex.system.get("DicomPort")
    if isinstance(port, int) and 1 <= port <= 65535 and port != ex.profile.dicom_port:
        return port
    return 0


def check_echo(ex: Examination) -> Outcome:
    """Make an association and send a C-ECHO."""
    profile = ex.profile
    try:
        ask_bare(profile)
    except AssociationFault as fault:
        return _echo_fault(ex, fault)
    return passed(f"{profile.calling_ae_title} to {profile.called_ae_title}")


def _echo_fault(ex: Examination, fault: AssociationFault) -> Outcome:
    if fault.kind == "called_ae_title":
        return _called_ae_title(ex)
    if fault.kind in ("calling_ae_title", "aborted"):
        return _echo_refused(ex)
    if fault.kind in ("http", "not_dicom"):
        return _not_dicom(ex, fault)
    profile = ex.profile
    if profile.dicom_tls:
        return _no_tls(ex, fault)
    if speaks_tls(profile.dicom_host, profile.dicom_port, profile.connect_timeout):
        return by_https(
            "dicom_tls",
            f"{ex.dicom_where} wants DICOM over TLS (DicomTlsEnabled), and the profile speaks it "
            "without.",
            "Retrieve over HTTPS, which is Slicer's only way here; for the command line, make the "
            "profile with --dicom-tls.",
        )
    if fault.kind in ("silent", "timeout"):
        return failed(
            "dicom_silent",
            f"{ex.dicom_where} accepts the connection and then says nothing.",
            "Check the DICOM port; if it is right, ask the administrator to restart Orthanc.",
        )
    return failed(
        "association",
        f"{ex.dicom_where} closes the DICOM connection without an answer"
        + (f" ({fault.text})." if fault.text else "."),
        "Check the DICOM port, and look at the server's log.",
    )


def _no_tls(ex: Examination, fault: AssociationFault) -> Outcome:
    """Say why there is no association over TLS."""
    plain = ex.profile.replace(dicom_tls=False)
    try:
        ask_bare(plain)
        is_plain = True
    except AssociationFault as other:
        is_plain = other.kind in (*REFUSALS, "called_ae_title", "busy", "status")
    if is_plain:
        return failed(
            "dicom_without_tls",
            f"{ex.dicom_where} speaks DICOM without TLS, and the profile asks for TLS.",
            "Have DicomTlsEnabled set on the server, or let the profile speak without: names and "
            "images then cross the network in clear.",
        )
    error = why_not(ex.profile, fault)
    if isinstance(error, CertificateChangedError):
        return by_https("dicom_certificate_changed", error.message, error.hint)
    if isinstance(error, TrustError):
        return by_https("dicom_certificate", error.message, _TRUST_DICOM)
    wants = error.facts.get("cause") == "client_certificate"
    name = "dicom_client_certificate" if wants else "association"
    return by_https(name, error.message, error.hint)


def _echo_refused(ex: Examination) -> Outcome:
    title = ex.profile.calling_ae_title
    ex.state_of("orthanc")
    if ex.modalities is None:
        return to_register(
            "calling_ae_title",
            f"The server refuses our AE title {title}: it does not know it, or not at this "
            "computer's address.",
        )
    entry = ex.entry(title)
    if entry is not None and is_same_host(entry.host, ex.address, exact=True):
        what = f"The server does not allow C-ECHO for {title} (AllowEcho)."
        return to_register("echo_forbidden", what, warning)
    ex.refused.append("echo")
    return skipped("registered", f"The server refuses our AE title {title}.")


def _called_ae_title(ex: Examination) -> Outcome:
    ex.state_of("login")
    told = plain_text(ex.system.get("DicomAet", ""), 16)
    wrong = f"The server is not called {ex.profile.called_ae_title} (DicomCheckCalledAet)"
    if told and told.upper() != ex.profile.called_ae_title.upper():
        cause, cure = f"{wrong}; it is called {told}.", f"Use {told} as called AE title."
        return failed("called_ae_title", cause, cure, "change_profile", called_ae_title=told)
    return failed(
        "called_ae_title", f"{wrong}.", "Ask the administrator for DicomAet in orthanc.json."
    )


def _not_dicom(ex: Examination, fault: AssociationFault) -> Outcome:
    told = _told_port(ex)
    what = "speaks HTTP" if fault.kind == "http" else "speaks something else"
    cause = f"{ex.dicom_where} {what}, not DICOM."
    if told:
        return failed("not_dicom", cause, f"Use port {told}.", "change_profile", dicom_port=told)
    return failed("not_dicom", cause, "Ask the administrator for DicomPort, usually 4242.")


def load_probe(ex: Examination) -> Outcome:
    """Load who speaks DICOM, so that the time for it is in no line."""
    _ = ex.probe
    return passed()


def _without_tls(ex: Examination) -> Optional[Outcome]:
    """Return that nothing can be tested where DICOM needs TLS and Slicer is who speaks it."""
    if ex.profile.dicom_tls and isinstance(ex.probe, CallerProbe):
        return skipped(
            "", "Not tested: Slicer itself speaks no DICOM over TLS; it uses HTTPS for this server."
        )
    return None


def check_find(ex: Examination) -> Outcome:
    """Query for one instance."""
    untold = _without_tls(ex)
    if untold is not None:
        return untold
    probe = ex.probe
    try:
        _ask_first(ex, find_none())
        matches = ex.look_for_sample(lambda: probe.find_one(ex.sample))
        uids = some_studies(ex)
        ended = probe.end_of_studies(uids) if len(uids) > 1 else None
    except OrthancConnectError as error:
        return _operation_fault(ex, "Find", error)
    if ex.sample is not None and matches == 0:
        return failed(
            "find_nothing",
            "C-FIND does not find an instance that the server has.",
            "Check that the DICOM port belongs to the same server as the HTTPS address.",
        )
    if ended is not None:
        return search_limited(ended)
    return passed(f"{matches} found" if ex.sample else "allowed; there was no instance to look for")


def _ask_first(ex: Examination, request: Request) -> None:
    """Raise what a refusal is where the server does not take a request of ours."""
    if takes(ex.profile, request) is False:
        raise DimseError("The server refuses it.", "", refused=True)


def check_get(ex: Examination) -> Outcome:
    """Retrieve one instance by C-GET."""
    untold = _without_tls(ex)
    if untold is not None:
        return untold
    probe = ex.probe
    if ex.sample is None:
        return skipped("", "Not tested: the server has no instance that could be retrieved.")
    try:
        _ask_first(ex, get_none())
        path = probe.get_one(ex.sample, ex.folder)
    except OrthancConnectError as error:
        return _operation_fault(ex, "Get", error)
    if path is None:
        cure = "Retrieve over HTTPS, and look at the server's log."
        what = "C-GET ends well and brings nothing."
        return _softened(ex, C_GET, by_https("get_nothing", what, cure))
    ex.fetched = path.read_bytes()
    return passed(f"{len(ex.fetched)} bytes")


def check_move(ex: Examination) -> Outcome:
    """Have one instance sent to our listener by C-MOVE."""
    untold = _without_tls(ex)
    if untold is not None:
        return untold
    probe = ex.probe
    if ex.sample is None:
        return skipped("", "Not tested: the server has no instance that could be retrieved.")
    way_back = ex.line("listener_echo")
    if way_back is not None and way_back.state == FAILED:
        return skipped(way_back.id, "The server can't reach our listener.")
    if way_back is not None and way_back.because_of:
        return skipped(way_back.because_of, way_back.cause)
    try:
        sent = probe.move_one(ex.sample, ex.profile.storage_ae_title)
    except OrthancConnectError as error:
        return _operation_fault(ex, "Move", error)
    if not sent:
        return _no_c_move(ex, "The server says that it sent nothing.")
    return passed(f"{sent} sent to {ex.profile.storage_ae_title}")


def _no_c_move(ex: Examination, reason: str) -> Outcome:
    works = C_GET if ex.is_fine("get") else HTTPS
    return failed(
        "move",
        f"C-MOVE does not work: {reason}",
        f"Use {works} to retrieve.",
        "switch_method",
        retrieve_method=works,
    )


def _operation_fault(ex: Examination, operation: str, error: OrthancConnectError) -> Outcome:
    """Say why C-FIND, C-GET or C-MOVE failed; a refusal by what our entry says."""
    service, fault = f"C-{operation.upper()}", operation.lower()
    method = {"Get": C_GET, "Move": C_MOVE}.get(operation, "")
    if not error.facts.get("refused"):
        if operation == "Move":
            return _no_c_move(ex, error.message)
        say = by_https if method else failed
        return _softened(ex, method, say(fault, error.message, error.hint or _LOG))
    title = ex.profile.calling_ae_title
    if ex.modalities is None:
        ex.refused.append(fault)
        return skipped("registered", f"The server refuses {service}: it may not know {title}.")
    entries = entries_of(ex.modalities, title)
    if not entries:
        ex.refused.append(fault)
        return skipped("registered", f"The server refuses {service} from an unknown AE title.")
    forbidding = [entry.name for entry in entries if not entry.allows(operation)]
    if forbidding:
        outcome = to_register(
            f"{fault}_forbidden",
            f"The server does not allow {service} for {title} (Allow{operation} of its entry "
            f"{forbidding[0]}).",
        )
        shared = replace(outcome, cure=ANOTHER_TITLE) if len(entries) > 1 else outcome
        return _softened(ex, method, shared)
    address = ex.translated_address() or ex.address
    if not any(is_same_host(entry.host, address, exact=True) for entry in entries):
        ex.refused.append(fault)
        return skipped("registered", f"The server refuses {service} from this computer's address.")
    return failed(
        f"{fault}_refused",
        f"The server breaks off the {service} although it knows {title} at {address}.",
        _LOG
        if ex.seen_address()
        else "If a router in between translates addresses (NAT), the entry needs the address that "
        "the server sees, which its log tells.",
    )


def _softened(ex: Examination, method: str, outcome: Outcome) -> Outcome:
    """Return a failure, or a warning when the profile retrieves another way."""
    other = method and ex.profile.retrieve_method != method
    return replace(outcome, state=WARNING) if other else outcome


def check_clear(ex: Examination) -> Outcome:
    """Say whether images cross a network in clear although HTTPS is at hand."""
    method = C_MOVE if ex.profile.retrieve_method == C_MOVE else C_GET
    if ex.profile.dicom_tls:
        return passed("over TLS")
    if is_loopback(ex.address) or is_loopback(ex.profile.dicom_host):
        return passed("on this computer only")
    if not ex.profile.is_secure or not ex.is_fine("login"):
        return skipped("tls", "There is no HTTPS to compare with.")
    if ex.profile.retrieve_method == HTTPS:
        return passed("over HTTPS; queries by C-FIND are in clear")
    return by_https(
        "dicom_in_clear",
        f"Patients' names and images cross the network in clear by C-FIND and {method}.",
        "Retrieve over HTTPS, or use DICOM inside a VPN only.",
        say=warning,
    )
