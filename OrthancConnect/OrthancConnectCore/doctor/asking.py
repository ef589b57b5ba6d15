"""How the doctor asks: not faster than the web server before Orthanc lets it."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from functools import partial
from typing import Any, Callable, Iterator, Optional, Tuple, TypeVar

from ..orthanc.client import OrthancClient
from ..orthanc.retry import BUSY
from ..shared.credentials import Credentials
from ..shared.errors import OrthancHttpError
from ..shared.events import CancelToken
from ..shared.profile import ServerProfile

#: Seconds before each further try; a longer ``Retry-After`` is obeyed up to the last of them.
_PAUSES = (0.5, 1.5, 4.0)
_Answer = TypeVar("_Answer")


class UnhurriedClient(OrthancClient):
    """Tries again what the server refuses for coming too fast, one request after the other.

    `requests` is how many were sent, `limited` the HTTP status by which one was refused that was
    answered later, or 0.
    """

    def __init__(
        self, profile: ServerProfile, credentials: Optional[Credentials], token: CancelToken
    ) -> None:
        super().__init__(profile, credentials)
        self.requests = self.limited = 0
        self._token = token
        self._counting = threading.Lock()
        self._turn = threading.Lock()

    def request(self, *arguments: Any, **options: Any) -> bytes:
        """Send one request; see `Transport.request`."""
        return self._patiently(partial(super().request, *arguments, **options))

    def download(self, *arguments: Any, **options: Any) -> Iterator[bytes]:
        """Yield the content of a ``GET`` in blocks; see `Transport.download`."""
        begin = partial(_begun, partial(super().download, *arguments, **options))
        first, blocks = self._patiently(begin)
        yield first
        yield from blocks

    def _patiently(self, send: Callable[[], _Answer]) -> _Answer:
        refusal: Optional[OrthancHttpError] = None
        with ExitStack() as turn:
            for pause in (0.0, *_PAUSES):
                if refusal is not None:
                    asked_for = refusal.facts.get("retry_after") or 0.0
                    if self._token.wait(min(max(pause, asked_for), _PAUSES[-1])):
                        break
                with self._counting:
                    self.requests += 1
                try:
                    answer = send()
                except OrthancHttpError as error:
                    if error.status_code not in BUSY:
                        raise
                    if refusal is None:
                        turn.enter_context(self._turn)  # the others that were refused wait
                    refusal = error
                else:
                    self.limited = refusal.status_code if refusal is not None else self.limited
                    return answer
        assert refusal is not None
        raise refusal


def _begun(download: Callable[[], Iterator[bytes]]) -> Tuple[bytes, Iterator[bytes]]:
    """Return the first block, and the others."""
    blocks = download()
    return next(blocks, b""), blocks
