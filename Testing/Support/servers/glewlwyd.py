"""Debian's Glewlwyd, a provider of OpenID Connect, and the browser of who logs in there."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from types import TracebackType
from typing import Any, Optional
from urllib.parse import parse_qs, urlsplit

from Support.process.ports import release_port, reserve_port
from Support.scenarios.files import CannotRunHere

_DATABASE = Path("/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
_ADMINISTRATOR = ("admin", "password")  # as in that file
_PATIENCE = 20.0
CLIENT, PERSON, PASSWORD = "orthancconnect", "ana", "An4-Glewlwyd.55"
_PLUGIN = {
    "jwt-type": "rsa",
    "jwt-key-size": "256",
    "jwks-show": True,
    "code-duration": 60,
    "refresh-token-duration": 3600,
    "session-duration": 3600,
    "refresh-token-rolling": True,
    "refresh-token-one-use": "always",
    "auth-type-code-enabled": True,
    "auth-type-refresh-enabled": True,
    "pkce-allowed": True,
    "pkce-required": True,
    "introspection-revocation-allowed": True,
    "introspection-revocation-allow-target-client": True,
    "subject-type": "public",
    "service-documentation": "",
}


class Glewlwyd:
    """The provider at ``http_port``, for who reaches it at `base`, as nginx in front of it.

    A context manager. Its one client is `CLIENT`, public; its one person `PERSON`. An access token
    is good for `lifetime` seconds, a refresh token once.
    """

    def __init__(self, base: str, lifetime: int = 3600) -> None:
        self._base = base
        self._lifetime = lifetime
        self._process: Optional[subprocess.Popen[bytes]] = None
        self.http_port = reserve_port()
        self.folder = Path(tempfile.mkdtemp(prefix="orthancconnect-glewlwyd-"))
        self._administrator = _opener()

    @property
    def issuer(self) -> str:
        """Its name, and the address below which it is found."""
        return f"{self._base}/api/oidc"

    def __enter__(self) -> Glewlwyd:
        try:
            self._start()
            self._furnish()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        _kind: Optional[type[BaseException]],
        _error: Optional[BaseException],
        _trace: Optional[TracebackType],
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        release_port(self.http_port)
        shutil.rmtree(self.folder)

    def _start(self) -> None:
        program = shutil.which("glewlwyd")
        if program is None or not _DATABASE.exists():
            raise CannotRunHere("glewlwyd is not installed; Testing/install.sh installs it")
        with sqlite3.connect(self.folder / "database") as database:
            database.executescript(gzip.decompress(_DATABASE.read_bytes()).decode("utf-8"))
        database.close()
        text = Path("/etc/glewlwyd/glewlwyd.conf").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("@include")]
        ours = {
            "port": self.http_port,
            "bind_address": '"127.0.0.1"',
            "external_url": f'"{self._base}/"',
            "log_mode": '"console"',
            "static_files_path": '"/usr/share/glewlwyd/webapp"',
        }
        lines = [one for one in lines if not re.match(rf"#?\s*({'|'.join(ours)})\s*=", one)]
        lines += [f"{name} = {value}" for name, value in ours.items()]
        lines.append(f'database = {{ type = "sqlite3"; path = "{self.folder}/database"; }};')
        path = self.folder / "glewlwyd.conf"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with open(self.folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                [program, f"--config-file={path}"], stdout=log, stderr=log, cwd="/"
            )
        deadline = time.monotonic() + _PATIENCE
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        """All that it has logged."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.http_port)) == 0

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """Ask the API as the administrator."""
        url = f"http://127.0.0.1:{self.http_port}/api{path}"
        return _asked(self._administrator, method, url, content)

    def _furnish(self) -> None:
        name, password = _ADMINISTRATOR
        self.ask("POST", "/auth", {"username": name, "password": password})
        key, public = self._key_pair()
        settings = {"iss": self.issuer, "key": key, "cert": public, **_PLUGIN}
        settings["access-token-duration"] = self._lifetime
        module = {"module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": True}
        self.ask("POST", "/mod/plugin/", {**module, "parameters": settings})
        person = {"username": PERSON, "password": PASSWORD, "name": "Ana", "enabled": True}
        self.ask("POST", "/user/", {**person, "scope": ["openid", "g_profile"]})
        self.register("http://127.0.0.1/")

    def register(self, redirect_uri: str) -> None:
        """Let the client's answers go to an address; Glewlwyd wants all of it, port and all."""
        client = {
            "client_id": CLIENT,
            "name": "OrthancConnect",
            "enabled": True,
            "confidential": False,
            "scope": [],
            "redirect_uri": [redirect_uri],
            "authorization_type": ["code", "refresh_token"],
            "token_endpoint_auth_method": ["none"],
        }
        known = any(one["client_id"] == CLIENT for one in self.ask("GET", "/client/"))
        self.ask("PUT" if known else "POST", f"/client/{CLIENT if known else ''}", client)

    def _key_pair(self) -> tuple[str, str]:
        key = self.folder / "key.pem"
        tool = ["openssl", "genrsa", "-out", str(key), "2048"]
        subprocess.run(tool, check=True, capture_output=True)
        tool = ["openssl", "rsa", "-in", str(key), "-pubout"]
        public = subprocess.run(tool, check=True, capture_output=True).stdout.decode()
        return key.read_text(encoding="utf-8"), public

    def revoke(self) -> int:
        """Take back all refresh tokens, as an administrator does; return how many there were."""
        tokens = self.person_tokens()
        for token in tokens:
            self._person("DELETE", f"/oidc/token/{token['token_hash']}")
        return len(tokens)

    def person_tokens(self) -> list[Any]:
        """The person's refresh tokens that count."""
        return [one for one in self._person("GET", "/oidc/token") if one["enabled"]]

    def _person(self, method: str, path: str) -> Any:
        opener = _opener()
        url = f"http://127.0.0.1:{self.http_port}/api"
        _asked(opener, "POST", f"{url}/auth", {"username": PERSON, "password": PASSWORD})
        return _asked(opener, method, url + path, None)

    def guard(self, site: str, login: str) -> str:
        """Change nginx's configuration so that it asks here who is let through to Orthanc.

        Orthanc itself is logged in to by `login`, in base64, whoever it is.
        """
        own = f"proxy_pass http://127.0.0.1:{self.http_port}"
        asks = f"""location = /guard {{
        internal;
        {own}/api/oidc/userinfo;
        proxy_pass_request_body off;
        proxy_set_header Content-Length "";
    }}
    location ~ ^/(api/|login.html) {{ {own}; }}
    location / {{
        auth_request /guard;
        proxy_set_header Authorization "Basic {login}";"""
        assert site.count("location / {") == 1, site
        return site.replace("location / {", asks)

    # A browser ------------------------------------------------------------------------------

    def browse(self, address: str, certificate: Path) -> str:
        """Log in as the person at an address that a program has opened; return the last page.

        The page of the provider is for JavaScript, so what that would send is sent here.
        """
        query = parse_qs(urlsplit(address).query)
        self.register(query["redirect_uri"][0])
        opener = _opener(certificate)
        with opener.open(address, timeout=10) as page:
            assert "/login.html" in page.url, page.url
            callback = parse_qs(urlsplit(page.url).query)["callback_url"][0]
        api = f"{self._base}/api"
        _asked(opener, "POST", f"{api}/auth", {"username": PERSON, "password": PASSWORD})
        _asked(opener, "PUT", f"{api}/auth/grant/{CLIENT}", {"scope": query["scope"][0]})
        with opener.open(f"{callback}&g_continue", timeout=10) as page:
            return str(page.read().decode("utf-8"))


def _opener(certificate: Optional[Path] = None) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context(cafile=os.fspath(certificate) if certificate else None)
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPCookieProcessor(CookieJar()),
        urllib.request.HTTPSHandler(context=context),
    )


def _asked(opener: urllib.request.OpenerDirector, method: str, url: str, content: Any) -> Any:
    body = None if content is None else json.dumps(content).encode()
    fields = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(url, body, fields, method=method)
    try:
        with opener.open(request, timeout=10) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {url}: {error.code} {error.read()!r}") from error
    return json.loads(text) if text.strip() else None
