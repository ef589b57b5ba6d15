"""Whether something between this computer and the server translates addresses (NAT).

Orthanc keeps with each instance from where it came. So one tiny instance of the doctor's own, sent
by C-STORE, tells under which address the server's DICOM side sees this computer.
"""

from __future__ import annotations

from ..network.addresses import bare_address, is_same_host
from ..shared.check_lines import PASSED
from ..shared.errors import OrthancConnectError
from .examination import Examination
from .instance import data_set_of, make_instance
from .sockets import AssociationFault, bare_store


def translated_address(ex: Examination) -> str:
    """Return our address as the server sees it where that is another than our own; else empty."""
    seen = seen_address(ex)
    return seen if seen and ex.address and not is_same_host(seen, ex.address) else ""


def seen_address(ex: Examination) -> str:
    """Return our address as the server's DICOM side sees it; empty where that can't be told.

    Asked at most once in a run, and only where the doctor may write. The instance is deleted at the
    end of the run.

    Notes
    -----
    Orthanc Book, "Metadata associated with DICOM resources": ``RemoteIP``, since Orthanc 1.4.0.
    """
    if not ex.write or ex.state_of("storage") != PASSED or not ex.is_fine("dicom_port"):
        return ""
    with ex.writing:  # the clean-up waits for the end of this
        if ex.seen_as is None:
            ex.token.raise_if_cancelled()
            ex.seen_as = _ask(ex)
        return ex.seen_as


def _ask(ex: Examination) -> str:
    content, sample = make_instance()
    ex.stored.append(sample)
    titles = (ex.profile.called_ae_title, ex.profile.calling_ae_title)
    instance = (sample.sop_class_uid, sample.sop_instance_uid)
    try:
        bare_store(
            ex.profile.dicom_host,
            ex.profile.dicom_port,
            titles,
            ex.profile.connect_timeout,
            instance,
            data_set_of(content),
        )
    except AssociationFault:
        return ""  # not from this AE title, or not from here
    try:
        told = ex.metadata(sample.orthanc_id, "RemoteIP")
        return bare_address(told) if told else ""
    except (OrthancConnectError, ValueError):
        return ""
