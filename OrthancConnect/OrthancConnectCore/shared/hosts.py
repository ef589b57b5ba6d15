"""Names of hosts with letters that are not ASCII: taken as typed, used as xn--…, shown as read."""

from __future__ import annotations

import re
import unicodedata
from typing import Match, Set

_ENCODED = re.compile(r"[\w.-]*\bxn--[\w.-]*", re.ASCII | re.IGNORECASE)
# East Asia's, of which no sign is taken for a Latin letter.
_EAST = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC", "HANGUL"}


def ascii_host(host: str) -> str:
    """Return a host's name as name service, server and certificate have it: IDNA 2008 (RFC 5891).

    Capitals and wide letters are mapped first as UTS 46 does, ß and ς staying what they are; a name
    in ASCII stays as it is.

    Raises
    ------
    ValueError
        No host has that name.
    """
    if host.isascii():
        return host
    import idna  # requests brings it; rarely needed

    return idna.encode(host, uts46=True, std3_rules=True).decode("ascii")


def shown_host(text: str) -> str:
    """Return a text, as an address, with each xn--… host in it as people write it.

    What could be taken for another host stays xn--…: where the letters are not all of one script,
    as in UTS 39's "single script"; Latin and East Asian may stand in different parts of a name. So
    does what is written from the right, beside which a port's place can't be told.
    """
    return _ENCODED.sub(_in_letters, text) if "xn--" in text.lower() else text


def _in_letters(found: Match[str]) -> str:
    import idna

    try:
        name = idna.decode(found[0])
        again = idna.encode(name).decode("ascii")
    except ValueError:
        return found[0]
    parts = [_scripts(label) for label in name.split(".")]
    scripts = set().union(*parts)
    apart = scripts <= _EAST | {"LATIN"} and all(one <= _EAST or len(one) < 2 for one in parts)
    is_safe = "" not in scripts and (len(scripts) == 1 or apart)
    return name if is_safe and again == found[0].lower() else found[0]


def _scripts(label: str) -> Set[str]:
    """Return the scripts of a label's letters; that of a sign which can't be told is empty."""
    return {_script(char) for char in label if char.isalpha() or not char.isascii()}


def _script(char: str) -> str:
    script = unicodedata.name(char, "").partition(" ")[0]
    # Of Latin, a letter of ASCII with or without marks, and these; not ɡ, ı or phonetic signs.
    is_plain = unicodedata.normalize("NFD", char)[0].isascii() or char in "ßæœøđłþð"
    from_right = unicodedata.bidirectional(char) in ("R", "AL")
    return "" if from_right or (script == "LATIN" and not is_plain) else script
