"""The doctor's checks of the way back: our DICOM listener, and whether the server reaches it."""

from __future__ import annotations

from dataclasses import replace
from typing import Tuple

from ...network.addresses import is_same_host
from ...network.ports import free_port, port_owner
from ...shared.check_lines import FAILED, WARNING, Outcome, failed, passed, skipped, warning
from ...shared.errors import ListenerError, OrthancConnectError, OrthancHttpError
from ...shared.profile import C_GET, C_MOVE, HTTPS
from ...shared.validation import plain_text
from ..examination import Examination, KnownListener
from ..sockets import AssociationFault, accepts_connections, bare_exchange

_LOOPBACK = "127.0.0.1"
_LOOPBACK_PATIENCE = 1.0
#: Seconds that Orthanc has to reach our listener.
_ECHO_PATIENCE = 3
# What DCMTK says, in Orthanc's answer, when it can't even connect.
_NO_WAY = ("TCP Initialization", "refused", "imeout", "unreachable", "No route", "unknown host")


def check_listener(ex: Examination) -> Outcome:
    """Look whether our DICOM listener runs; without one, start one for the time of the run.

    Only C-MOVE needs it: for the other ways a listener that does not run is worth a warning.
    """
    outcome = _look_at_listener(ex)
    if outcome.state == FAILED and ex.profile.retrieve_method != C_MOVE:
        cure = f"{outcome.cure} Retrieving by {ex.profile.retrieve_method} works without it."
        return replace(outcome, state=WARNING, cure=cure)
    return outcome


def _look_at_listener(ex: Examination) -> Outcome:
    if ex.listener is not None:
        return _given_listener(ex, ex.listener)
    port = ex.profile.storage_port
    if accepts_connections(_LOOPBACK, port, _LOOPBACK_PATIENCE):
        return _who_listens(ex, port)
    listener = ex.probe.listener(ex.folder)
    if listener is None:
        return skipped("", "Not tested: nobody here can listen for DICOM.")
    try:
        ex.own_listener = ex.until_end(listener)
    except ListenerError as error:
        return _port_taken(ex, port, error.message)
    except OrthancConnectError as error:
        return failed("listener_tls", error.message, error.hint)
    return passed(f"port {port}, started for this check")


def _given_listener(ex: Examination, listener: KnownListener) -> Outcome:
    port = listener.port or ex.profile.storage_port
    if listener.state in ("running", "starting"):
        outcome = _who_listens(ex, port)
        if outcome.state == "passed" and port != ex.profile.storage_port:
            told = ex.profile.storage_port
            cause = f"The listener runs at port {port}, and the profile says {told}."
            cure = f"Use port {port}, and register again."
            return failed("listener_port", cause, cure, "choose_port", storage_port=port)
        return outcome
    if accepts_connections(_LOOPBACK, port, _LOOPBACK_PATIENCE):
        return _port_taken(ex, port, listener.message)
    has_failed = listener.state == "failed" and listener.message
    why = f": {plain_text(listener.message, 200)}" if has_failed else "."
    cause = f"The DICOM listener does not run{why}"
    return failed("listener_down", cause, "Start it.", "start_listener")


def _who_listens(ex: Examination, port: int) -> Outcome:
    """Ask the port itself: a DICOM listener answers a C-ECHO."""
    titles = (ex.profile.storage_ae_title, ex.profile.calling_ae_title)
    try:
        bare_exchange(_LOOPBACK, port, titles, _LOOPBACK_PATIENCE)
    except AssociationFault as fault:
        if fault.kind == "refused":
            cause = f"The DICOM listener does not answer on port {port}."
            return failed("listener_down", cause, "Start it again.", "start_listener")
        return _port_taken(ex, port, "")
    owner = port_owner(port)
    return passed(f"port {port}" + (f", {owner}" if owner else ""))


def _port_taken(ex: Examination, port: int, message: str) -> Outcome:
    who = port_owner(port) or "another program"
    cause = f"Port {port} of this computer belongs to {who}"
    cause = f"{cause}: {message}" if message else f"{cause}, which is no DICOM listener."
    free = free_port(port + 1)
    if not free:
        return failed("listener_port_taken", cause, "End that program.")
    cure = f"Let the listener use port {free} and register again, or end that program."
    return failed("listener_port_taken", cause, cure, "choose_port", storage_port=free)


def check_listener_echo(ex: Examination) -> Outcome:
    """Let the server send a C-ECHO to our listener."""
    title = ex.profile.storage_ae_title
    listener = ex.line("listener")
    if listener is not None and listener.fault:
        return skipped("listener", "")
    if ex.modalities is None:
        return skipped("registered", "Our entry's name on the server is not known.")
    entry = ex.entry(title)
    if entry is None:
        return skipped("registered", f"The server does not know {title}.")
    before = ex.own_listener.connections if ex.own_listener else 0
    try:
        ex.client.post_json(
            f"/modalities/{entry.name}/echo",
            {"Timeout": _ECHO_PATIENCE},
            read_timeout=_ECHO_PATIENCE * 2 + 2,
        )
    except OrthancHttpError as error:
        if error.status_code in (403, 405):
            return skipped("", "Not tested: this user may not let the server send a C-ECHO.")
        return _unreached(ex, entry.host, entry.port, error.details)
    except OrthancConnectError as error:
        return failed("http", error.message, error.hint)
    if ex.own_listener is not None:
        ex.reached_us = ex.own_listener.connections > before
        if not ex.reached_us:
            where = f"{entry.host}:{entry.port}"
            return skipped("registered", f"The server reaches another computer at {where}.")
    return passed(f"the server reaches {entry.host}:{entry.port}")


def _unreached(ex: Examination, host: str, port: int, details: str) -> Outcome:
    said = f" ({details.rpartition(': ')[2]})" if details else ""
    router = ex.translated_address()
    at_router = bool(router) and is_same_host(host, router)
    if not at_router and (port != ex.profile.storage_port or not is_same_host(host, ex.address)):
        return skipped("registered", f"The server looks for us at {host}:{port}.")
    if not any(word in details for word in _NO_WAY):
        return failed(
            "listener_refuses",
            f"What answers the server at {host}:{port} is not our DICOM listener{said}.",
            "Check who listens there, or let the listener use another port and register again.",
        )
    fault, cause = _why_unreached(ex, f"{host}:{port}{said}", router)
    if ex.profile.retrieve_method != C_MOVE:
        return warning(
            fault,
            cause,
            f"Nothing to do for {ex.profile.retrieve_method}, which needs no way back; C-MOVE "
            "can't work.",
        )
    works = C_GET if ex.is_fine("get") else HTTPS
    way = f"let the router at {router} forward that port to this computer" if router else ""
    return failed(
        fault,
        cause,
        f"Use {works}, which needs no way back; or {way or 'open that port for the server'}.",
        "switch_method",
        retrieve_method=works,
    )


def _why_unreached(ex: Examination, where: str, router: str) -> Tuple[str, str]:
    """Return the fault and its cause: NAT and a firewall can be told apart on most servers."""
    if router:
        return "behind_nat", (
            f"The server sees this computer as {router}, while its address is {ex.address}: a "
            "router in between translates addresses (NAT), so the server can't open a connection "
            f"to {where}."
        )
    between = (
        "a firewall is in between, for no address is translated"
        if ex.seen_address()
        else "a firewall, or a router that translates addresses (NAT), is in between"
    )
    return "unreachable_from_server", f"The server can't reach this computer at {where}: {between}."
