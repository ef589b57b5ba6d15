"""Stands for the worker process where a test needs it to misbehave: JSON-RPC lines on stdio.

Started like the real one, with arguments that it ignores. Methods: ``flood`` writes `count`
progress lines in torn pieces and then the answer; ``crash`` ends with 7 after half a line;
``deaf`` takes a cancel and answers it; ``stay`` ignores the end of stdin; ``garbage`` writes what
is no message first; anything else is answered with its params.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any, Dict

TEXT = "Núria Pérez, Jiří Šimůnek, 東京"


def _line(message: Dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode() + b"\n"


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _flood(request_id: int, count: int) -> None:
    lines = b"".join(
        _line({"method": "progress", "params": {"id": request_id, "done": number, "current": TEXT}})
        for number in range(1, count + 1)
    )
    for start in range(0, len(lines), 4099):  # a prime: lines and characters are torn
        _write(lines[start : start + 4099])
    _write(_line({"id": request_id, "result": {"lines": count}}))


def main() -> None:
    """Serve until the end of stdin, unless told to stay."""
    stay, deaf = False, 0
    for line in sys.stdin:
        message = json.loads(line)
        method, request_id, params = message["method"], message.get("id"), message["params"]
        if method == "flood":
            _flood(request_id, params["count"])
        elif method == "crash":
            _write(_line({"id": request_id, "result": "never whole"})[:-12])
            os._exit(7)
        elif method == "deaf":
            deaf = request_id
        elif method == "cancel":
            data = {"kind": "OperationCancelled", "message": "Cancelled.", "hint": "", "facts": {}}
            error = {"code": -32000, "message": "Cancelled.", "data": data}
            assert params["id"] == deaf
            _write(_line({"id": deaf, "error": error}))
        else:
            stay = stay or method == "stay"
            if method == "garbage":
                _write(b"Traceback: \xff\n[1]\n\n")
            _write(_line({"id": request_id, "result": {**params, "pid": os.getpid()}}))
    while stay:
        time.sleep(1)


main()
