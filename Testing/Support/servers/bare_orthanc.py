"""Checks of a running Orthanc beside the code under test."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Mapping, Optional, Union
from urllib.parse import quote


class BareOrthanc:
    """Orthanc's REST API without TLS, at `http_url`."""

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self.password = password
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @property
    def http_url(self) -> str:
        """Orthanc's own address, behind nginx."""
        raise NotImplementedError

    @property
    def config(self) -> Mapping[str, Any]:
        """Its ``orthanc.json``."""
        raise NotImplementedError

    def request(
        self, method: str, path: str, body: Optional[bytes] = None, timeout: float = 30
    ) -> bytes:
        """One request to Orthanc itself, with the user's password and without TLS."""
        secret = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = urllib.request.Request(
            self.http_url + path,
            data=body,
            method=method,
            headers={"Authorization": f"Basic {secret}", "Accept-Encoding": "identity"},
        )
        with self._opener.open(request, timeout=timeout) as response:
            content: bytes = response.read()
        return content

    def get_json(self, path: str) -> Any:
        """GET a JSON answer."""
        return json.loads(self.request("GET", path))

    def post_json(self, path: str, content: Any) -> Any:
        """POST JSON and read a JSON answer; None when the answer is empty."""
        answer = self.request("POST", path, json.dumps(content).encode())
        return json.loads(answer) if answer.strip() else None

    def store(self, *files: Union[str, Path]) -> list[str]:
        """Store files and return Orthanc's identifiers of the instances."""
        return [
            json.loads(self.request("POST", "/instances", Path(file).read_bytes()))["ID"]
            for file in files
        ]

    @property
    def version(self) -> tuple[int, ...]:
        """Which Orthanc it is, to say what a test expects of it."""
        return tuple(int(part) for part in self.get_json("/system")["Version"].split("."))

    def count(self, level: str = "Instances") -> int:
        """How many patients, studies, series or instances are stored."""
        return int(self.get_json("/statistics")[f"Count{level}"])

    def reset(self) -> None:
        """Forget everything stored, and know whom its configuration has; processes stay."""
        patients = self.get_json("/patients")
        if patients:
            self.post_json("/tools/bulk-delete", {"Resources": patients})
        for path in ("/changes", "/exports"):
            self.request("DELETE", path)
        with suppress(urllib.error.HTTPError):  # some servers of tests let nobody see them
            self.know(self.config["DicomModalities"])

    def know(self, entries: Mapping[str, Any]) -> None:
        """Replace the list of modalities, by their names, until the next start."""
        for name in self.get_json("/modalities"):
            self.request("DELETE", f"/modalities/{quote(name, safe='')}")
        for name, entry in entries.items():
            self.request("PUT", f"/modalities/{quote(name, safe='')}", json.dumps(entry).encode())
