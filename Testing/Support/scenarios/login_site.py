"""Orthanc behind an nginx that lets through whom a provider of OpenID Connect knows."""

from __future__ import annotations

import base64
import re
import ssl
import urllib.error
import urllib.request
from contextlib import ExitStack
from typing import Any

from OrthancConnectCore.shared.profile import ServerProfile
from Support.scenarios.doctor_cases import server_profile
from Support.servers.glewlwyd import Glewlwyd
from Support.servers.orthanc import PrivateOrthanc

USER, PASSWORD = "inner", "Inn3r-Orthanc.77"


class Site:
    """Orthanc behind nginx, and the provider that nginx asks, at the same address."""

    def __init__(self, stack: ExitStack, lifetime: int = 3600) -> None:
        self._stack, self._lifetime = stack, lifetime
        self.provider: Glewlwyd
        self.server = stack.enter_context(
            PrivateOrthanc(user=USER, password=PASSWORD, plugins=False, edit_nginx=self._edit)
        )

    def _edit(self, text: str) -> str:
        (port,) = re.findall(r"listen 127\.0\.0\.1:(\d+) ssl", text)
        base = f"https://127.0.0.1:{port}"
        self.provider = self._stack.enter_context(Glewlwyd(base, self._lifetime))
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        return self.provider.guard(text, login)

    def profile(self, **changes: Any) -> ServerProfile:
        wanted = {"auth": "openid", "issuer": self.provider.issuer, **changes}
        return server_profile(self.server, user="", **wanted)

    def browse(self, address: str) -> str:
        return self.provider.browse(address, self.server.certificate_path)

    def lets_in(self, authorization: str) -> bool:
        """Whether nginx lets that through, beside the code under test."""
        context = ssl.create_default_context(cafile=str(self.server.certificate_path))
        address = f"{self.server.rest_url}/system"
        request = urllib.request.Request(address, headers={"Authorization": authorization})
        try:
            with urllib.request.urlopen(request, timeout=10, context=context):
                return True
        except urllib.error.HTTPError as error:
            assert error.code == 401, error
            return False

    def asked(self) -> int:
        """How often the provider was asked for a token by one that counts no longer."""
        return self.provider.said().count("Security - Token invalid")
