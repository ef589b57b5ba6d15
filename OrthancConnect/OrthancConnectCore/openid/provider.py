"""A provider of OpenID Connect: what it says of itself, the tokens it gives, and who it was.

PyJWT, which Slicer has, checks what is signed. All that is asked goes to the issuer's own host and
port, which was named by a person or an administrator, and to those that a profile's `login_hosts`
agree to: OpenID Connect Discovery 1.0 lets a provider name others, as Google does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import urlencode, urlsplit

from ..network.bounds import Bound
from ..network.transport import Transport
from ..orthanc.answers import UnexpectedAnswer, read_json
from ..shared.errors import (
    AuthenticationError,
    InvalidProfileError,
    LoginFailedError,
    OrthancHttpError,
)
from ..shared.hosts import shown_host
from ..shared.packages import optional
from ..shared.profile import ServerProfile
from ..shared.validation import host_and_port, plain_text, split_rest_url
from ..trace_log import hide

#: A provider's own words about itself, its keys and a token take some kilobytes.
_BOUND = Bound(256 * 1024, 2, hint="Check the issuer's address.")
_DISCOVERY = "/.well-known/openid-configuration"
_METADATA = {
    "issuer": str,
    "authorization_endpoint": str,
    "token_endpoint": str,
    "jwks_uri": str,
    "revocation_endpoint?": str,
}
_TOKENS = {
    "access_token": str,
    "token_type": str,
    "refresh_token?": str,
    "id_token?": str,
}
#: Signatures by a private key alone, by the kind of the public one (RFC 7518, RFC 8037).
_ALGORITHMS = {
    "RSA": ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    "EC": ["ES256", "ES384", "ES512"],
    "OKP": ["EdDSA"],
}
#: Seconds by which clocks may differ; and for which a token counts that does not say.
_LEEWAY, _USUAL_LIFETIME = 60, 300.0


@dataclass(frozen=True)
class Tokens:
    """What a provider gave, and until when it counts in seconds since 1970; no secret in `repr`."""

    access_token: str
    end: float
    refresh_token: str
    id_token: str

    def __repr__(self) -> str:
        return f"Tokens(end={self.end:.0f})"


class Provider:
    """The provider that a profile names, asked over connections of its own; a context manager.

    The certificate of each of its hosts is checked as the profile's server's: by the CA file, or
    the system; a pin counts where both have one host and port.
    """

    def __init__(self, profile: ServerProfile) -> None:
        self.profile = profile
        self._transports: Dict[str, Transport] = {}
        self._metadata: Dict[str, Any] = {}

    def _transport(self, place: str) -> Transport:
        """Return the connections to a host and port; where it is another, without our key."""
        if place not in self._transports:
            server = self.profile.replace(rest_url=f"https://{place}", auth="password")
            if split_rest_url(server.rest_url)[1:] != split_rest_url(self.profile.rest_url)[1:]:
                server = server.replace(client_certificate="", client_key="")
            self._transports[place] = Transport(server)
        return self._transports[place]

    def __enter__(self) -> Provider:
        return self

    def __exit__(self, *_exc: object) -> None:
        for transport in self._transports.values():
            transport.close()

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0), asked for once.

        Raises
        ------
        LoginFailedError
            It is none, is another one than was named, or names addresses at hosts to which nobody
            has agreed: the fact `login_hosts` has all that it would have.
        """
        if not self._metadata:
            issuer = self.profile.issuer
            data = self._json("GET", issuer.rstrip("/") + _DISCOVERY, _METADATA)
            if data["issuer"].rstrip("/") != self.profile.issuer.rstrip("/"):
                raise LoginFailedError(
                    f"The login provider calls itself {plain_text(data['issuer'], 200)}, which is "
                    f"not the issuer {self.profile.shown_issuer}.",
                    "Type the issuer as the provider writes it, or ask the administrator.",
                )
            names = [name.rstrip("?") for name in _METADATA if name != "issuer"]
            places = dict.fromkeys(_place(data[name]) for name in names if name in data)
            agreed = self.profile.login_hosts.split()
            others = [one for one in places if one not in (host_and_port(issuer), *agreed)]
            if others:
                raise LoginFailedError(
                    "The login provider sends logins to other hosts than its own: "
                    f"{shown_host(', '.join(others))}.",
                    "If they are your provider's, enter them in the server settings as other hosts "
                    "of the login.",
                    login_hosts=" ".join([*agreed, *others]),
                )
            self._metadata = data
        return self._metadata

    def address(self, name: str, **query: str) -> str:
        """Return one of the provider's addresses, for a browser."""
        address = str(self.metadata[name]).partition("#")[0]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    def tokens(self, **fields: str) -> Tokens:
        """Ask the token endpoint (RFC 6749, sections 4.1.3 and 6).

        Raises
        ------
        LoginFailedError
            It refuses, with the facts `status_code` and `said`, or answers something else.
        """
        data = self._json("POST", self.metadata["token_endpoint"], _TOKENS, fields)
        if data["token_type"].lower() != "bearer":
            raise self._odd("its token is no bearer token")
        for name in ("access_token", "refresh_token", "id_token"):
            hide("", data.get(name, ""))
        lifetime = data.get("expires_in")
        if not isinstance(lifetime, (int, float)) or not 0 < lifetime < 10**9:
            lifetime = _USUAL_LIFETIME
        end = time.time() + lifetime
        more = [data.get(name, "") for name in ("refresh_token", "id_token")]
        return Tokens(data["access_token"], end, *more)

    def revoke(self, refresh_token: str) -> bool:
        """Have the provider forget a login (RFC 7009); return whether it offers that."""
        if "revocation_endpoint" not in self.metadata:
            return False
        fields = {"token": refresh_token, "token_type_hint": "refresh_token"}
        self._asked("POST", self.metadata["revocation_endpoint"], fields)
        return True

    def subject_of(self, id_token: str, nonce: str = "", subject: str = "") -> str:
        """Return who logged in, by a token that the provider has signed for us.

        OpenID Connect Core 1.0, sections 3.1.3.7 and 12.2: signature, issuer, audience, time, and
        where they are given the `nonce` of our own request, and the `subject` of before.

        Raises
        ------
        LoginFailedError
            It is forged, too old, or of another login.
        MissingDependencyError
            PyJWT is not installed.
        """
        jwt = library()
        issuer, client_id = self.metadata["issuer"], self.profile.client_id
        needed = {"require": ["iss", "sub", "aud", "exp", "iat"]}
        why, fault = "none of its keys has signed it", None
        for key in self._keys(jwt, id_token):
            try:
                claims = jwt.decode(
                    id_token,
                    key.key,
                    algorithms=_ALGORITHMS[key.key_type],
                    audience=client_id,
                    issuer=issuer,
                    leeway=_LEEWAY,
                    options=needed,
                )
            except (jwt.PyJWTError, TypeError, ValueError) as error:
                why, fault = plain_text(error, 100), error
                continue
            party = claims.get("azp", client_id if isinstance(claims["aud"], str) else None)
            alone = claims["aud"] == [client_id]
            is_ours = party == client_id or alone
            is_same = not subject or claims["sub"] == subject
            if not is_ours or not is_same or (nonce and claims.get("nonce") != nonce):
                why, fault = "it is for another login", None
                break
            return str(claims["sub"])
        raise LoginFailedError(
            f"The login provider's answer does not prove who logged in ({why}).",
            "Log in again; if it stays so, tell the administrator of the provider.",
        ) from fault

    def _keys(self, jwt: Any, id_token: str) -> List[Any]:
        """Return the provider's keys that may have signed a token."""
        content = self._asked("GET", self.metadata["jwks_uri"])
        try:
            keys = jwt.PyJWKSet.from_dict(read_json(content, {"keys": [dict]})).keys
            wanted = jwt.get_unverified_header(id_token).get("kid")
        except (jwt.PyJWTError, UnexpectedAnswer, TypeError, ValueError) as error:
            raise self._odd("its keys or its token are not well formed") from error
        known = [key for key in keys if key.key_type in _ALGORITHMS]
        return [key for key in known if wanted is None or key.key_id == wanted]

    def _json(
        self, method: str, address: str, shape: Any, fields: Optional[Mapping[str, str]] = None
    ) -> Dict[str, Any]:
        content = self._asked(method, address, fields)
        try:
            data: Dict[str, Any] = read_json(content, shape)
        except UnexpectedAnswer as error:
            raise self._odd(str(error)) from error
        return data

    def _asked(self, method: str, url: str, fields: Optional[Mapping[str, str]] = None) -> bytes:
        parts = urlsplit(url)
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        body, headers = None, {"Accept": "application/json"}
        if fields is not None:
            body = urlencode({**fields, "client_id": self.profile.client_id}).encode("ascii")
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            return self._transport(_place(url)).request(
                method, path, body=body, headers=headers, bound=_BOUND, idempotent=False
            )
        except OrthancHttpError as error:
            said = plain_text(error.facts.get("details", ""), 120)
            message = f"The login provider refuses (HTTP {error.status_code})."
            if said:
                message = f"The login provider refuses (HTTP {error.status_code}): {said}."
            raise LoginFailedError(
                message,
                "Check the issuer and the client's name in the server settings, and ask the "
                "administrator of the provider.",
                status_code=error.status_code,
                said=said,
            ) from error

    def _odd(self, why: str) -> LoginFailedError:
        return LoginFailedError(
            f"What answers at {self.profile.shown_issuer} is not what OpenID Connect asks for: "
            f"{why}.",
            "Check the issuer's address, and ask the administrator of the provider.",
        )


def _place(url: str) -> str:
    """Return host and port of one of the provider's addresses; LoginFailedError if it is none."""
    try:
        parts = urlsplit(url)
        if not url.isprintable():
            raise ValueError("signs that no address has")
        return host_and_port(f"{parts.scheme}://{parts.netloc}")
    except (InvalidProfileError, ValueError) as error:
        raise LoginFailedError(
            f"The login provider names an address that is not https://: {plain_text(url, 120)}.",
            "Ask the administrator for the right issuer.",
        ) from error


def login_ended(profile: ServerProfile, message: str = "") -> AuthenticationError:
    """Return the error for a login that counts no longer, or was never made."""
    return AuthenticationError(
        message
        or f"The login at {profile.shown_issuer} has ended: it has expired, or was taken back.",
        "Log in again.",
        status_code=401,
    )


def library() -> Any:
    """Return PyJWT.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    needs = "A login in the browser needs the package PyJWT."
    with optional(needs, "Install it, or ask the administrator for a token.", "PyJWT", "login"):
        import jwt
    return jwt
