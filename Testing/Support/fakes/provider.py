"""A provider of OpenID Connect that answers as a sound one does, but for what a test changes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, Dict, List
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from OrthancConnectCore.shared.profile import ServerProfile, TrustPolicy
from Support.data.certificates import TestCertificate, certificate_fingerprint
from Support.servers.scripted import SYSTEM, Answer, Request, ScriptedServer

jwt = pytest.importorskip("jwt")
#: Signs its tokens.
KEY = rsa.generate_private_key(65537, 2048)


class FakeProvider:
    """Answers as a sound provider does, but for what a test puts into `answers`, by path."""

    def __init__(self, certificate: TestCertificate) -> None:
        self.answers: Dict[str, Callable[[Request], Answer]] = {}
        self.claims: Dict[str, Any] = {}
        self.sign: Callable[[Dict[str, Any]], str] = signed
        self.metadata: Dict[str, Any] = {}
        self.nonce = ""
        self.refreshed: List[str] = []
        self.renewed: Dict[str, Any] = {}
        self.server = ScriptedServer(self.answer, certificate)
        fingerprint = certificate_fingerprint(certificate.certificate)
        self.profile = ServerProfile(
            "lab",
            self.server.url,
            trust=TrustPolicy.pinned(fingerprint),
            auth="openid",
            issuer=f"{self.server.url}/realm",
        )

    def answer(self, request: Request) -> Answer:
        path = urlsplit(request.path).path
        if path in self.answers:
            return self.answers[path](request)
        base = self.profile.issuer
        if path == "/realm/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "revocation_endpoint")
            data = {name: f"{base}/{name}" for name in names}
            return Answer.of_json(
                {"issuer": base, "jwks_uri": f"{base}/keys", **data, **self.metadata}
            )
        if path == "/realm/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return Answer.of_json({"keys": [{**key, "kid": "one", "use": "sig"}]})
        if path == "/realm/token_endpoint":
            return self._tokens(parse_qs(request.body.decode()))
        if path == "/system" and not request.headers.get("authorization", "").startswith(
            "Bearer at-"
        ):
            return Answer(401, b"")
        return Answer.of_json(SYSTEM if path == "/system" else {})

    def _tokens(self, fields: Dict[str, List[str]]) -> Answer:
        now = int(time.time())
        claims = {"iss": self.profile.issuer, "aud": self.profile.client_id, "sub": "ana"}
        claims.update(iat=now, exp=now + 60, nonce=self.nonce)
        tokens = {"access_token": f"at-{now}", "token_type": "Bearer", "expires_in": 60}
        if fields["grant_type"] == ["refresh_token"]:
            self.refreshed += fields["refresh_token"]
            tokens["access_token"] = f"at-{len(self.refreshed)}"
            # With the first one's nonce, as Keycloak's.
            tokens["id_token"] = signed({**claims, **self.renewed})
            return Answer.of_json(tokens)
        id_token = self.sign({**claims, **self.claims})
        return Answer.of_json({**tokens, "refresh_token": "canary-rt", "id_token": id_token})

    def browse(self, address: str, **changes: str) -> None:
        """Do what a browser does: the person is known, and it goes back at once."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["code_challenge_method"] == "S256" and len(query["code_challenge"]) == 43
        self.nonce = query["nonce"]
        answer = {"code": "canary-code", "state": query["state"], **changes}
        get(query["redirect_uri"], answer)


def get(address: str, fields: Dict[str, str]) -> int:
    url = f"{address}?{urllib.parse.urlencode(fields)}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as page:
            assert "canary" not in page.read().decode()
            return int(page.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def signed(claims: Dict[str, Any], key: Any = KEY, kid: str = "one", kind: str = "RS256") -> str:
    return jwt.encode(claims, key, kind, {"kid": kid})
