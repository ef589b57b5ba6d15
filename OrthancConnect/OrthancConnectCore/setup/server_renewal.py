"""The server's certificate over time: the first one, the one to follow it, and the change of both.

A self-signed certificate is pinned by those who use the server. So the next one is made in advance,
and people's profile names both; when they have it, it takes the place of the first, and nobody is
alarmed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..network.key_pair import KeyPair, checked_pair, new_pair
from ..shared.errors import ConfigurationError
from ..shared.profile import TrustPolicy
from ..shared.validation import plain_text
from .server_config import DEBIAN
from .server_files import Places, PlannedFile, read_text

#: What becomes of the certificate: ``keep`` it (or make the first one), prepare the one to follow
#: (``renew``), or put that in its place (``switch``).
KEEP, RENEW, SWITCH = "keep", "renew", "switch"


def _read_pair(places: Places, following: bool) -> Optional[KeyPair]:
    names = places.pair(following)
    texts = [read_text(places.folder / name) for name in names]
    if texts.count(None) == 1:
        there, lacking = names if texts[1] is None else names[::-1]
        raise ConfigurationError(
            f"There is {there} in {plain_text(places.folder, 300)}, and no {lacking}; nothing was "
            "written.",
            "Put both there, or move the one away for new ones.",
        )
    certificate, key = texts
    if certificate is None or key is None:
        return None
    return KeyPair.found_in(*([certificate] if names[0] == names[1] else [certificate, key]))


def _pair_files(places: Places, following: bool, pair: Optional[KeyPair]) -> List[PlannedFile]:
    """Return the files of a pair; of none, that they go."""
    certificate, key = places.pair(following)
    texts: Dict[str, Optional[str]] = {certificate: None, key: None}
    if pair is not None:
        texts = {certificate: pair.certificate, key: pair.key}
        if certificate == key:
            texts = {key: pair.certificate + pair.key}
    files = []
    for name, text in texts.items():
        path = places.folder / name
        before = read_text(path)
        if before and text and KeyPair.found_in(before) == KeyPair.found_in(text):
            text = before  # whatever else stands in it
        mode = 0o600 if name == key else 0o644
        files.append(PlannedFile(path, text, mode, before=before, shown=None))
    return files


def for_dicom(
    places: Places, pair_files: Sequence[PlannedFile], named: Any, group: str
) -> Tuple[List[PlannedFile], str]:
    """Return the files of the same certificate and key once more, for Orthanc's own DICOM.

    Where the configuration has `named` another certificate it stays: then there are no files, and
    its pin, if it is self-signed.
    """
    certificate, key = places.dicom_pair()
    if named and named != places.found_at(certificate):
        text = read_text(Path(str(named)))
        info = KeyPair.found_in(text).info if text else None
        return [], info.fingerprint if info is not None and info.self_signed else ""
    pair = KeyPair.found_in(*(one.text or "" for one in pair_files[:2]))
    group = group if places.wanted.layout == DEBIAN else ""
    files = []
    for name, text, mode in ((certificate, pair.certificate, 0o644), (key, pair.key, 0o600)):
        owned = group if name == key else ""
        path = places.folder / name
        mode = 0o640 if owned else mode
        files.append(PlannedFile(path, text, mode, owned, read_text(path), shown=None))
    return files, ""


def certificates(
    places: Places, deed: str
) -> Tuple[List[PlannedFile], TrustPolicy, str, List[str]]:
    """Return the files of certificates and keys, why they are trusted, until when, and notes.

    Raises
    ------
    ConfigurationError
        What is there can't be used, or not for that.
    """
    hosts = places.wanted.hosts
    now, following = _read_pair(places, False), _read_pair(places, True)
    notes: List[str] = []
    if now is None:
        if deed != KEEP:
            raise ConfigurationError(
                "There is no certificate yet to be renewed; nothing was written.",
                "Keep it first (without --renew and --switch): that makes one.",
            )
        now = new_pair(hosts)
    elif not now.info.self_signed and deed != KEEP:
        raise ConfigurationError(
            f"The certificate was issued by {now.info.issuer}; nothing was written.",
            "Renew it there, and put it in the place of the old one.",
        )
    if deed == SWITCH:
        if following is None:
            raise ConfigurationError(
                "No certificate is prepared to follow this one; nothing was written.",
                "Prepare it first (--renew), hand out the profile, and switch some weeks later.",
            )
        now, following = following, None
    try:
        now = checked_pair(now, hosts, str(places.folder / places.pair()[0]))
    except ConfigurationError:
        if deed != RENEW:
            raise
        # It is of no use to anybody: there is nothing to overlap with.
        now, following, deed = new_pair(hosts), None, KEEP
        notes.append(
            "The old certificate was of no use, so a new one takes its place at once: people have "
            "to import the new profile."
        )
    if deed == RENEW and following is None:
        following = new_pair(hosts)
    files = _pair_files(places, False, now) + _pair_files(places, True, following)
    if not now.info.self_signed:
        return files, TrustPolicy(), now.info.not_after, notes
    pin = TrustPolicy.pinned(now.info.fingerprint, following.info.fingerprint if following else "")
    return files, pin, now.info.not_after, notes
