"""The first connection: from an address and a login to a server profile that is filled in."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Iterable, Optional, Tuple

from ..network.addresses import address_for, is_same_host
from ..network.ports import free_port
from ..network.tls import inspect_certificate
from ..orthanc.client import OrthancClient, SystemInfo
from ..orthanc.elsewhere import orthanc_elsewhere
from ..orthanc.modalities import RemoteModality, entries_of, read_modalities
from ..shared import errors, validation
from ..shared.credentials import Credentials
from ..shared.hosts import shown_host
from ..shared.profile import ServerProfile, TrustPolicy, free_name


@dataclass(frozen=True)
class FirstConnection:
    """What was found of a server, and a profile made from it."""

    #: Complete; nothing more has to be typed.
    profile: ServerProfile
    #: What the server tells of itself.
    system: SystemInfo
    #: This computer as the server sees it; empty when the server's ports could not be asked.
    address: str
    #: Name of the server's entry for this computer, whose AE title and port the profile has; empty
    #: when there is none.
    known_as: str = ""


def connect_first(
    address: str,
    credentials: Optional[Credentials] = None,
    *,
    trust: Optional[TrustPolicy] = None,
    allow_insecure_http: bool = False,
    taken_names: Iterable[str] = (),
) -> FirstConnection:
    """Connect to a server for the first time and fill in a profile for it.

    `address` is as typed (`server_address`); `trust` a pin once the person has seen the
    certificate; `taken_names` are those of other profiles.

    AE title and port of our listener are those of the server's entry for this computer's address,
    where it has one already; then no registration is needed.

    Raises
    ------
    errors.TrustError
        The certificate is not trusted; the fact `certificate` has all that a person needs to see
        (`CertificateInfo.to_dict`), so that it can be asked once. Nothing was sent.
    AuthenticationError
        User or password is wrong.
    errors.OrthancConnectError
        The server can't be reached, or is no Orthanc.
    """
    rest_url = validation.server_address(address)
    host = shown_host(validation.split_rest_url(rest_url)[1])
    draft = ServerProfile(
        name=validation.plain_text(host, 64),
        rest_url=rest_url,
        user=credentials.user if credentials else "",
        trust=trust or TrustPolicy(),
        allow_insecure_http=allow_insecure_http,
    )
    with OrthancClient(draft, credentials) as client:
        try:
            system = client.system()
        except errors.TrustError as error:
            error.facts["certificate"] = inspect_certificate(draft).to_dict()
            raise
        except (errors.OrthancHttpError, errors.ConnectionFailedError) as error:
            is_other = isinstance(error, errors.RedirectRefusedError)
            if not is_other and error.facts.get("cause") != "not_orthanc":
                raise
            raise orthanc_elsewhere(draft, credentials) or error from error
        entries: Tuple[RemoteModality, ...] = ()
        with suppress(errors.OrthancHttpError):  # not everybody may see them
            entries = read_modalities(client)
    draft = draft.replace(
        name=free_name(system.name or host, taken_names),
        called_ae_title=_ae_title(system.dicom_aet, draft.called_ae_title),
        dicom_port=system.dicom_port,
    )
    ours = ""
    with suppress(errors.OrthancConnectError):
        ours = address_for(draft)
    known = _our_entry(entries, ours)
    if known is not None:
        title, port = known.ae_title, known.port
    else:
        taken = [entry.ae_title for entry in entries]
        title = validation.propose_calling_ae_title(socket.gethostname(), taken)
        port = free_port(draft.storage_port) or draft.storage_port
    profile = draft.replace(calling_ae_title=title, storage_ae_title=title, storage_port=port)
    return FirstConnection(profile, system, ours, known.name if known else "")


def _our_entry(entries: Tuple[RemoteModality, ...], address: str) -> Optional[RemoteModality]:
    """Return the entry for this computer, if there is exactly one that could be."""
    if not address:
        return None
    fitting = [
        entry
        for entry in entries
        if is_same_host(entry.host, address, exact=True)
        and 1 <= entry.port <= 65535
        and _ae_title(entry.ae_title, "") == entry.ae_title
        and len(entries_of(entries, entry.ae_title)) == 1
    ]
    return fitting[0] if len(fitting) == 1 else None


def _ae_title(text: str, otherwise: str) -> str:
    try:
        return validation.validate_ae_title(text, "called_ae_title")
    except errors.InvalidProfileError:
        return otherwise
