"""What a scripted server keeps of the files it was sent, and how it tells."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Dict, List, Tuple

from OrthancConnectCore.orthanc.identifiers import instance_orthanc_id, study_orthanc_id
from Support.data.pydicom_identity import identify
from Support.servers.scripted import Answer, Handler, Request


class Shelf:
    """Keeps what was acknowledged, and answers as Orthanc does to who asks what is there."""

    def __init__(self) -> None:
        self._kept: Dict[str, Tuple[str, bytes]] = {}

    def keep(self, content: bytes) -> str:
        """Take an instance in, and return its identifier; what has no identity can't be told of."""
        identity = identify(content)
        if identity is None or identity.patient_id is None:
            return "a"
        name = instance_orthanc_id(identity.patient_id, *identity[1:4])
        study = study_orthanc_id(identity.patient_id, identity.study_instance_uid)
        self._kept[name] = study, content
        return name

    def instances(self, path: str) -> List[str]:
        """Return the instances of the study that a path is about."""
        study = path.split("/")[2]
        return [name for name, (its, _content) in self._kept.items() if its == study]

    def answer(self, path: str) -> Answer:
        """Answer below ``/studies`` and ``/instances``."""
        parts = path.split("/")
        if parts[1] == "studies" and self.instances(path):
            return Answer.of_json([{"ID": "series", "Instances": self.instances(path)}])
        if path.endswith("/md5") and parts[2] in self._kept:
            content = self._kept[parts[2]][1]
            return Answer(200, hashlib.md5(content, usedforsecurity=False).hexdigest().encode())
        return Answer.of_json({"HttpStatus": 404, "OrthancStatus": 17}, status=404)

    def before(self, handler: Handler, request: Request) -> Answer:
        """Answer an upload by `handler`, and keep what that takes as the instance ``a``."""
        answer = handler(request)
        if answer.status != 200 or answer.cut_after:
            return answer
        name = self.keep(request.body)
        return replace(answer, body=answer.body.replace(b'"a"', f'"{name}"'.encode()))
