"""The DICOM side: Orthanc's own name, who may do what, and the entries of ``DicomModalities``."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, Iterator, List

from ...shared.check_lines import Outcome, failed, warning
from ...shared.errors import InvalidProfileError
from ...shared.validation import plain_text, validate_ae_title
from .access import pem_file
from .configuration import Configuration
from .keys import MANUFACTURERS

#: ``OrthancConfiguration::CheckAlphanumeric``.
_NAME = re.compile("[A-Za-z0-9_-]*", re.ASCII)
_FLAGS = """
AllowEcho AllowFind AllowFindWorklist AllowGet AllowMove AllowStore AllowNAction AllowEventReport
AllowStorageCommitment AllowTranscoding UseDicomTls
""".split()
_KNOWN = {"AET", "Host", "Port", "Manufacturer", "LocalAet", "Timeout", "RetrieveMethod", *_FLAGS}
_LINE = 'Write it as "name" : [ "AETITLE", "host", 11112, "Generic" ].'


def own_name(config: Configuration) -> Iterator[Outcome]:
    """Find a name that is none, or everybody's."""
    title = config.get("DicomAet")
    if not 1 <= len(title.encode("utf-8", "replace")) <= 16:
        yield failed(
            "bad_ae_title",
            "DicomAet is empty or longer than 16 characters; Orthanc does not start.",
            "Give a name of 1 to 16 capitals, digits, dashes.",
        )
    elif not _is_ae_title(title):
        yield failed(
            "bad_ae_title",
            "DicomAet has characters that no AE title may have (DICOM PS3.5 section 6.2).",
            "Give a name of 1 to 16 capitals, digits, dashes.",
        )
    elif title == "ORTHANC":
        yield warning(
            "default_ae_title",
            "DicomAet is ORTHANC, as of every Orthanc that nobody named.",
            "Give a name that is unique in your network.",
        )


def _is_ae_title(title: str) -> bool:
    try:
        return validate_ae_title(title, "AET") == title
    except InvalidProfileError:
        return False


def who_may(config: Configuration) -> Iterator[Outcome]:
    """Find what strangers may do over DICOM."""
    if not config.get("DicomServerEnabled"):
        return
    for operation in ("Find", "FindWorklist", "Get", "Move"):
        if config.get(f"DicomAlwaysAllow{operation}"):
            yield failed(
                "anyone_may",
                f"DicomAlwaysAllow{operation} is true: any computer may do that, without an entry "
                "in DicomModalities.",
                f"Set DicomAlwaysAllow{operation} to false, and register each computer.",
            )


def entries(config: Configuration) -> Iterator[Outcome]:
    """Find entries that Orthanc does not take, does not look at, or takes for one another."""
    listed = config.get("DicomModalities")
    if config.get("DicomModalitiesInDatabase") and listed:
        yield failed(
            "entries_hidden",
            f"With DicomModalitiesInDatabase the {len(listed)} entries of this file count for "
            "nothing.",
            "Register them by orthancconnect register or PUT /modalities, or set it to false.",
        )
        return
    same: Dict[str, List[str]] = defaultdict(list)
    for name, entry in listed.items():
        shown = plain_text(name, 80)
        why = _fault_of(name, entry)
        if why:
            yield failed("bad_entry", f"{shown} {why}; Orthanc does not start.", _LINE)
            continue
        fields = entry if isinstance(entry, dict) else {"AET": entry[0], "Host": entry[1]}
        title = fields["AET"]
        same[title if config.get("StrictAetComparison") else title.lower()].append(shown)
        for key in sorted(set(fields) - _KNOWN):
            yield failed(
                "unknown_in_entry",
                f"Orthanc knows no {plain_text(key, 40)} in an entry, and ignores that of {shown}.",
                "Look up how it is spelled.",
            )
        if not _is_ae_title(title):
            yield failed(
                "bad_ae_title",
                f"The AE title of {shown} is none: no association can carry it.",
                "Give 1 to 16 capitals, digits, dashes.",
            )
        if not fields["Host"].strip() or "://" in fields["Host"] or " " in fields["Host"]:
            yield failed(
                "bad_host",
                f"The host of {shown} is no host name and no IP address.",
                "Write the name or the address alone.",
            )
    for title, names in same.items():
        if len(names) > 1:
            yield failed(
                "same_ae_title",
                f"{', '.join(names)} have one AE title, {plain_text(title.upper(), 40)}: Orthanc "
                "sends a C-MOVE to the first of them.",
                "Give each computer an AE title of its own.",
            )


def _fault_of(name: str, entry: Any) -> str:
    """Return why Orthanc does not take an entry; empty where it does."""
    if not _NAME.fullmatch(name):
        return "has other signs in its name than letters, digits, dash and underscore"
    fields = entry
    if isinstance(entry, list):
        if len(entry) not in (3, 4):
            return "has not three or four values"
        fields = dict(zip(("AET", "Host", "Port", "Manufacturer"), entry))
    if not isinstance(fields, dict):
        return "is no list and no object"
    if not all(isinstance(fields.get(key), str) for key in ("AET", "Host")):
        return "lacks an AE title or a host"
    port = fields.get("Port")
    if isinstance(port, bool) or not (isinstance(port, (int, str)) and _is_port(port)):
        return "has no port from 1 to 65534"
    if fields.get("Manufacturer", "Generic") not in MANUFACTURERS:
        return "has a manufacturer that Orthanc does not know"
    if any(not isinstance(fields.get(key, True), bool) for key in _FLAGS):
        return "has something else than true or false where it allows"
    return ""


def _is_port(port: object) -> bool:
    text = str(port)
    return text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 65534


def dicom_tls(config: Configuration) -> Iterator[Outcome]:
    """Find what is wrong with TLS on the DICOM port."""
    if not config.get("DicomTlsEnabled"):
        return
    lacking = [
        key
        for key in ("DicomTlsCertificate", "DicomTlsPrivateKey", "DicomTlsTrustedCertificates")
        if not config.get(key)
    ]
    if lacking:
        yield failed(
            "dicom_tls_incomplete",
            f"DicomTlsEnabled without {' and '.join(lacking)}: Orthanc does not start.",
            "Name the PEM files.",
        )
        return
    if not config.get("DicomTlsRemoteCertificateRequired"):
        yield warning(
            "dicom_tls_open",
            "DicomTlsRemoteCertificateRequired is false: who shows no certificate gets in as well.",
            "Set DicomTlsRemoteCertificateRequired to true.",
        )
    lowest = config.get("DicomTlsMinimumProtocolVersion")
    if 1 <= lowest <= 3:
        yield failed(
            "dicom_tls_old",
            f"DicomTlsMinimumProtocolVersion {lowest} takes TLS older than 1.2.",
            "Leave it out: 0 takes TLS 1.2 and 1.3 (BCP 195).",
        )
    if config.is_here:
        yield from pem_file(
            Path(config.get("DicomTlsCertificate")), Path(config.get("DicomTlsPrivateKey"))
        )


def peers(config: Configuration) -> Iterator[Outcome]:
    """Find other Orthancs to which a password goes in clear."""
    for name, peer in config.get("OrthancPeers").items():
        fields = peer
        if isinstance(peer, list):
            fields = dict(zip(("Url", "Username", "Password"), peer))
        address = str(fields.get("Url", "")) if isinstance(fields, dict) else ""
        if address.lower().startswith("http://") and fields.get("Password"):
            yield failed(
                "peer_in_clear",
                f"Password and images go to the peer {plain_text(name, 80)} in clear.",
                "Use an https:// address.",
            )
