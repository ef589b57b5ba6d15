"""Heads of HTTP messages (RFC 9112), written and read without the detour through ``email``.

``http.client`` has the parser for mails read each answer's head, which is a quarter of the
processor time that a file of 10 KB takes us.
"""

from __future__ import annotations

import http.client
import re
from typing import Any, Dict, Mapping, Optional

_MOST_HEADERS, _LONGEST_LINE, _MOST_INTERIM = 100, 65536, 10
_NO_TARGET = re.compile(r"[\x00-\x20\x7f]")
_NO_VALUE = re.compile(r"[\x00\r\n]")


class Headers(Dict[str, str]):
    """The header fields of an answer, by name in whatever case; repeated ones joined by commas."""

    def add(self, name: str, value: str) -> None:
        """Add a field."""
        name = name.lower()
        self[name] = f"{self[name]}, {value}" if name in self else value

    def get(self, name: str, default: Any = None) -> Any:
        """Return a field's value."""
        return super().get(name.lower(), default)


def request_head(method: str, target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """Return a request's head.

    Raises
    ------
    http.client.InvalidURL, ValueError
        A character that would end the target, or a line, too early.
    """
    if _NO_TARGET.search(target):
        raise http.client.InvalidURL("the address holds a character that it can't hold")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    for name, value in headers.items():
        if _NO_VALUE.search(value):
            raise ValueError(f"the header {name} holds a character that it can't hold")
        lines.append(f"{name}: {value}")
    lines.append("\r\n")
    return "\r\n".join(lines).encode("latin-1")


class Answer(http.client.HTTPResponse):
    """An answer whose header fields are `Headers`."""

    def begin(self) -> None:
        """Read status line and header fields.

        Raises
        ------
        http.client.HTTPException
            They are not what HTTP says.
        """
        for _ in range(_MOST_INTERIM):
            version, status, reason = self._read_status()  # type: ignore[attr-defined]
            headers = self._read_headers()
            if not 100 <= status < 200:
                break
        else:
            raise http.client.HTTPException("nothing but interim answers")
        self.code = self.status = status
        self.reason = reason.strip()
        if version not in ("HTTP/1.0", "HTTP/1.1"):
            raise http.client.UnknownProtocol(version)
        self.version = 10 if version == "HTTP/1.0" else 11
        self.headers = self.msg = headers  # type: ignore[assignment]
        coding = headers.get("transfer-encoding", "")
        self.chunked = coding.lower() == "chunked"
        self.chunk_left = None
        self.length = None if self.chunked else self._announced(headers)
        self.will_close = self._ends_connection(headers)

    def _read_headers(self) -> Headers:
        headers = Headers()
        last: Optional[str] = None
        for _ in range(_MOST_HEADERS + 1):
            line = self.fp.readline(_LONGEST_LINE + 1)
            if len(line) > _LONGEST_LINE:
                raise http.client.LineTooLong("header line")
            if line in (b"\r\n", b"\n", b""):
                return headers
            text = line.decode("latin-1").rstrip("\r\n")
            name, colon, value = text.partition(":")
            if text[:1] in (" ", "\t") and last is not None:
                headers[last] += " " + text.strip()
            elif colon and name:
                last = name.strip().lower()
                headers.add(last, value.strip())
            else:
                raise http.client.HTTPException("a header line without a name")
        raise http.client.HTTPException(f"got more than {_MOST_HEADERS} headers")

    def _announced(self, headers: Headers) -> Optional[int]:
        """Return the body's length; None where it goes on to the end of the connection."""
        if self.status in (204, 304) or self._method == "HEAD":  # type: ignore[attr-defined]
            return 0
        text = headers.get("content-length")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            raise http.client.HTTPException("a Content-Length that is no number")
        return int(text)

    def _ends_connection(self, headers: Headers) -> bool:
        if not self.chunked and self.length is None:
            return True
        connection = headers.get("connection", "").lower()
        if self.version == 11:
            return "close" in connection
        return "keep-alive" not in connection
