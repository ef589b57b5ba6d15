"""The worker process: the engine behind the panel, driven by JSON-RPC 2.0 on stdin and stdout.

Started as ``python -m OrthancConnectCore worker [PID]``. One message a line in UTF-8; many requests
may be under way at once; ``progress`` goes out and ``cancel`` comes in as notifications. The end of
stdin, or of the process PID (its parent when left out), cancels everything and ends the process
within two seconds: whoever started it is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Callable, Dict, NoReturn, Optional

from .. import trace_log
from ..shared.errors import (
    AuthenticationError,
    OperationCancelled,
    OrthancConnectError,
    WorkerError,
)
from ..shared.events import CancelToken, Progress
from . import rpc
from .methods import METHODS, REMEMBERED, Context, Method
from .parent import wait_for_end

#: Requests served at once; more wait. Transfers cannot take the threads of short requests.
SHORT_THREADS, TRANSFER_THREADS = 16, 8
#: Seconds that cancelled requests have to end, and that the whole process has, after stdin's end.
CANCEL_GRACE, END_GRACE = 1.2, 1.7


@dataclass
class _Running:
    token: CancelToken = field(default_factory=CancelToken)
    future: Optional[Future[None]] = None


class Worker:
    """Serves one stream of requests.

    `requests` are read in the calling thread of `serve`, until their end; of `answers` whole lines
    are written. `on_broken` is called once when nobody reads them any more.
    """

    def __init__(
        self,
        requests: BinaryIO,
        answers: BinaryIO,
        methods: Optional[Dict[str, Method]] = None,
        on_broken: Optional[Callable[[], None]] = None,
    ) -> None:
        self._requests = requests
        self._methods = METHODS if methods is None else methods
        self._outbox = rpc.Outbox(answers, on_broken or (lambda: None))
        self._short = ThreadPoolExecutor(SHORT_THREADS, "request")
        self._transfers = ThreadPoolExecutor(TRANSFER_THREADS, "transfer")
        self._running: Dict[rpc.RequestId, _Running] = {}
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Take requests until the end of the stream; `end` is the caller's."""
        for line in rpc.read_lines(self._requests):
            try:
                self._take(rpc.parse_call(line))
            except rpc.RpcError as fault:
                self._outbox.refuse(fault)

    def end(self) -> None:
        """Cancel all requests and give them `CANCEL_GRACE` seconds to answer."""
        deadline = time.monotonic() + CANCEL_GRACE
        with self._lock:
            running = list(self._running.items())
        for request_id, _ in running:
            self._cancel(request_id)
        futures = [entry.future for _, entry in running if entry.future is not None]
        wait(futures, timeout=CANCEL_GRACE)
        self._short.shutdown(wait=False)
        self._transfers.shutdown(wait=False)
        self._outbox.drain(max(0.2, deadline - time.monotonic()))

    def _take(self, call: rpc.Call) -> None:
        if call.is_notification:
            # JSON-RPC 2.0 section 4.1: nothing is answered, so there is nothing to be done for
            # any other one; a transfer without an id could neither be followed nor cancelled.
            if call.method == "cancel":
                self._cancel(call.params.get("id"))
            return
        method = self._methods.get(call.method)
        if method is None:
            raise rpc.RpcError(
                rpc.METHOD_NOT_FOUND, f"No method {call.method!r:.80}.", call.request_id
            )
        with self._lock:
            if call.request_id in self._running:
                # Answered without the id, which belongs to the other request.
                raise rpc.RpcError(rpc.INVALID_REQUEST, "A request with this id is under way.")
            entry = self._running[call.request_id] = _Running()
            self._outbox.open(call.request_id)
        pool = self._transfers if method.is_transfer else self._short
        future = pool.submit(self._run, call, method, entry.token)
        with self._lock:
            entry.future = future

    def _cancel(self, request_id: Any) -> None:
        if not isinstance(request_id, (int, float, str)):
            return
        with self._lock:
            entry = self._running.get(request_id)
        if entry is None:
            return
        if entry.future is not None and entry.future.cancel():
            self._fail(request_id, rpc.APPLICATION_ERROR, OperationCancelled())
        else:
            # In a thread of its own: what is called on cancelling may wait for a socket.
            threading.Thread(target=entry.token.cancel, daemon=True).start()

    def _run(self, call: rpc.Call, method: Method, token: CancelToken) -> None:
        """Serve one request, in a pool's thread; it is answered exactly once."""
        request_id = call.request_id

        def report(progress: Progress) -> None:
            self._outbox.progress(request_id, asdict(progress))

        try:
            params = method.check(call.params)
            token.raise_if_cancelled()
            result = method.run(Context(report, token), params)
            self._forget(request_id)
            self._outbox.result(request_id, result)
        except rpc.RpcError as fault:
            self._fail(request_id, fault.code, WorkerError(fault.message, "Report this fault."))
        except OrthancConnectError as error:
            if isinstance(error, AuthenticationError):
                REMEMBERED.read_again()  # the person may have changed it there meanwhile
            self._fail(request_id, rpc.APPLICATION_ERROR, error)
        except Exception as error:  # noqa: BLE001  # the request's edge: the others go on
            seen = trace_log.log_fault(f"request {call.method}", error)
            self._fail(request_id, rpc.INTERNAL_ERROR, seen)

    def _forget(self, request_id: rpc.RequestId) -> None:
        with self._lock:
            self._running.pop(request_id, None)

    def _fail(self, request_id: rpc.RequestId, code: int, error: OrthancConnectError) -> None:
        self._forget(request_id)
        self._outbox.error(request_id, code, error)


def main(client: int = 0) -> NoReturn:
    """Run the worker on this process's stdin and stdout; ends the process.

    `client` is the number of the process that is served, 0 for the parent: a launcher may stand
    between.
    """
    answers = _take_stdout()
    # Ctrl-C in a terminal goes to all processes of the group: whoever started us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def end() -> NoReturn:
        # A thread that hangs in a socket would keep a normal exit waiting for ever.
        timer = threading.Timer(END_GRACE, os._exit, [0])
        timer.daemon = True
        timer.start()
        worker.end()
        os._exit(0)

    def watch() -> None:
        wait_for_end(client or os.getppid())  # another process may have our pipes as well
        end()

    worker = Worker(
        sys.stdin.buffer,
        answers,
        on_broken=lambda: threading.Thread(target=end, daemon=True).start(),
    )
    threading.Thread(target=watch, name="client", daemon=True).start()
    worker.serve()
    end()


def _take_stdout() -> BinaryIO:
    """Return stdout for the answers alone; all else that is printed goes to stderr."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers
