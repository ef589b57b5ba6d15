"""The doctor's check of our entries in ``DicomModalities``, judged by what the server did."""

from __future__ import annotations

from typing import Any, List, Optional

from ...network.addresses import is_same_host
from ...orthanc.modalities import RemoteModality, entries_of
from ...shared.check_lines import Outcome, Say, failed, passed, skipped, warning
from ...shared.profile import C_MOVE
from ..examination import Examination

ANOTHER_TITLE = "Choose a calling AE title that nobody else has, and register it."
_CORRECT = "Let OrthancConnect register this computer, or hand its line to the administrator."


def to_register(fault: str, cause: str, say: Say = failed, **values: Any) -> Outcome:
    """Return the outcome of a check whose fault a registration mends."""
    return say(fault, cause, _CORRECT, "register", **values)


def check_registered(ex: Examination) -> Outcome:
    """Judge our entries in ``DicomModalities``, by what they say and by what the server did."""
    profile = ex.profile
    worked = [name for name in ("find", "get") if ex.is_fine(name)]
    if ex.modalities is None:
        return _unreadable(ex, worked)
    if not ex.address:
        return skipped("dicom_port", "Our address as the server sees it is not known.")
    for title in dict.fromkeys((profile.calling_ae_title, profile.storage_ae_title)):
        outcome = _judge_entry(ex, title, worked)
        if outcome is not None:
            return outcome
    entry = ex.entry(profile.calling_ae_title)
    others = len(entries_of(ex.modalities, profile.calling_ae_title)) - 1
    if others:
        return warning(
            "ae_title_shared",
            f"The server has {others + 1} entries with the AE title {profile.calling_ae_title}: "
            "another computer may use it as well.",
            ANOTHER_TITLE,
        )
    shown = f"{entry.host}:{entry.port}" if entry else ""
    return passed(f"{profile.calling_ae_title} at {shown}")


def _unreadable(ex: Examination, worked: List[str]) -> Outcome:
    if "find" in worked:
        return passed("the list may not be read, and the server answers us")
    if not ex.refused:
        return skipped("", "Not tested: this user may not see which AE titles the server knows.")
    return failed(
        "entries_unreadable",
        "This user may not see which AE titles the server knows, and the server refuses ours.",
        "Hand the registration line to the administrator.",
        "register",
    )


def _judge_entry(ex: Examination, title: str, worked: List[str]) -> Optional[Outcome]:
    entry = ex.entry(title)
    if entry is None:
        return _unknown_title(ex, title, worked)
    ex.state_of("listener_echo")
    if ex.reached_us and not ex.refused:
        return None  # whatever stands there leads to us
    doubtful = bool(ex.refused) or not is_same_host(entry.host, ex.address)
    router = ex.translated_address() if doubtful else ""
    if router:
        return _behind_nat(ex, entry, router)
    if not is_same_host(entry.host, ex.address):
        return _other_address(ex, entry, worked)
    if ex.refused and not is_same_host(entry.host, ex.address, exact=True):
        return to_register(
            "entry_host_name",
            f"The server has {title} by the name {entry.host}, and compares addresses "
            "(DicomCheckModalityHost).",
            exact_address=True,
        )
    port = ex.profile.storage_port
    if title.upper() == ex.profile.storage_ae_title.upper() and entry.port != port:
        what = (
            f"The server has {title} at port {entry.port}, and our listener is at {port}: what it "
            "sends by C-MOVE goes there."
        )
        return to_register("entry_port", what, _for_c_move(ex))
    return None


def _for_c_move(ex: Examination) -> Say:
    """Return how a fault is told that only C-MOVE meets."""
    return failed if ex.profile.retrieve_method == C_MOVE else warning


def _behind_nat(ex: Examination, entry: RemoteModality, router: str) -> Optional[Outcome]:
    """Judge an entry where the server sees a router's address instead of ours."""
    if is_same_host(entry.host, router, exact=bool(ex.refused)):
        return None  # the address from which our requests come
    what = (
        f"The server has {entry.ae_title} at {entry.host}, and sees this computer as {router}, "
        "because a router in between translates addresses (NAT)"
    )
    cure = (
        f"Register the address {router}: C-FIND and C-GET need nothing more, C-MOVE a router that "
        f"forwards port {ex.profile.storage_port} to this computer."
    )
    say: Say = warning
    if ex.refused:
        what = f"{what}: it refuses requests from there (DicomCheckModalityHost)"
        say = failed
    elif is_same_host(entry.host, ex.address) and ex.profile.retrieve_method != C_MOVE:
        return None  # our own address: wrong for the way back only, which nobody goes
    return say("behind_nat", what + ".", cure, "register", address=router, exact_address=True)


def _other_address(ex: Examination, entry: RemoteModality, worked: List[str]) -> Outcome:
    what = f"The server has {entry.ae_title} at {entry.host}, and this computer is {ex.address}"
    if ex.refused:
        what = f"{what}: it refuses requests from here (DicomCheckModalityHost)."
        return to_register("calling_host", what)
    if "find" in worked and ex.is_fine("listener_echo"):
        what = (
            f"{what}, and a listener answers there: right only if a router in between translates "
            "addresses (NAT)."
        )
        return to_register("entry_address_unsure", what, warning)
    return _for_c_move(ex)(
        "entry_address",
        f"{what}: what the server sends by C-MOVE goes there.",
        "If the entry is this computer's, register it anew; else choose a calling AE title that "
        "nobody else has.",
        "register",
    )


def _unknown_title(ex: Examination, title: str, worked: List[str]) -> Outcome:
    what = f"The server does not know our AE title {title}"
    open_to_all = "find" in worked and "get" in worked
    if open_to_all and ex.profile.retrieve_method != C_MOVE:
        what = f"{what}, and answers everybody; only C-MOVE would need it."
        return to_register("calling_ae_title_unlisted", what, warning)
    return to_register("calling_ae_title", what + ".")
