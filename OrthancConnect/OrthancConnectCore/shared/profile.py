"""Server profiles: who we talk to, over HTTPS and over DICOM. Never a password."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Callable, Dict, Iterable, Optional, Tuple

from .errors import ConfigurationError, InvalidProfileError, ProfileNotFoundError
from .hosts import shown_host
from .profile_checks import PASSWORD, check_login, check_the_rest, invalid_field
from .trust import TRUST_MODES as TRUST_MODES
from .trust import TrustPolicy as TrustPolicy
from .trust import known_fields
from .validation import (
    begun,
    canonical_host,
    normalize_fingerprint,
    propose_calling_ae_title,
    split_rest_url,
    validate_ae_title,
    validate_host,
    validate_port,
    validate_profile_name,
    validate_rest_url,
)

C_GET, C_MOVE, HTTPS, C_FIND = "C-GET", "C-MOVE", "HTTPS", "C-FIND"
#: C-GET where the server knows us and it works, HTTPS otherwise and for what C-GET does not bring.
AUTOMATIC = "Automatic"
RETRIEVE_METHODS = (AUTOMATIC, C_GET, C_MOVE, HTTPS)
#: *Automatic*: over HTTPS, which has pages, and by C-FIND where the user may not list there.
QUERY_WAYS = (AUTOMATIC, C_FIND, HTTPS)
_FORMAT = "OrthancConnect profiles 1"
_Own = Callable[[str], Dict[str, Any]]
#: Whose files these are, no text of somebody else's tells.
KEY_FILES = ("client_certificate", "client_key", "dicom_certificate")
#: What is each person's own, and stands in no profile that is made for others.
PERSONAL = ("user", "calling_ae_title", "storage_ae_title", "storage_port", *KEY_FILES)
#: How a file of profiles begins.
BEGINNING = f'{{\n  "format": "{_FORMAT}"'


@dataclass(frozen=True)
class ServerProfile:
    """All that is needed to reach one Orthanc server, validated; without any secret.

    Raises
    ------
    InvalidProfileError
        A value that can't be used; `field` names it.
    """

    #: What people call the server; unique among the profiles.
    name: str
    #: Orthanc's REST API, for example ``https://server:8042``.
    rest_url: str
    #: Orthanc's ``RegisteredUsers`` name; empty for a server without authentication.
    user: str = ""
    #: Why the certificate is trusted.
    trust: TrustPolicy = field(default_factory=TrustPolicy)
    #: Host of the DICOM side; the host of `rest_url` when left empty.
    dicom_host: str = ""
    #: Orthanc's ``DicomPort``.
    dicom_port: int = 4242
    #: Orthanc's ``DicomAet``.
    called_ae_title: str = "ORTHANC"
    #: Our AE title in C-ECHO, C-FIND, C-GET and C-MOVE requests.
    calling_ae_title: str = "SLICER"
    #: AE title of our DICOM listener, the destination of a C-MOVE; `calling_ae_title` when left
    #: empty.
    storage_ae_title: str = ""
    #: TCP port of our DICOM listener.
    storage_port: int = 11112
    #: ``Automatic``, ``C-GET``, ``C-MOVE`` or ``HTTPS``.
    retrieve_method: str = AUTOMATIC
    #: Seconds to make an HTTPS connection, to wait for more of an HTTPS answer, and to wait for a
    #: DICOM message.
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    dimse_timeout: float = 30.0
    #: Connections at once, 1 to 32: for an HTTPS retrieve, and for an upload, which uses fewer to a
    #: server that is near.
    parallel_transfers: int = 16
    #: Whether `rest_url` may be ``http://``: everything, the password included, then crosses the
    #: network in clear.
    allow_insecure_http: bool = False
    #: ``password`` (of `user`), ``token`` (a bearer token) or ``openid``: in the web browser, at
    #: the OpenID Connect provider `issuer`, by which this program is called `client_id`.
    auth: str = PASSWORD
    issuer: str = ""
    client_id: str = ""
    #: What is asked of the provider, with spaces between: ``openid`` and more.
    scope: str = ""
    #: Hosts beside the issuer's own that the login goes to, by ``host`` or ``host:port``, with
    #: spaces between: the provider names them, and somebody has agreed.
    login_hosts: str = ""
    #: PEM files of the client certificate that the web server asks for, and of its key.
    client_certificate: str = ""
    client_key: str = ""
    #: Whether DICOM is spoken over TLS (PS3.15 annex B), to the server and to our listener.
    dicom_tls: bool = False
    #: SHA-256 of the DICOM side's certificate; where it is empty, `trust` counts for that as well.
    dicom_fingerprint: str = ""
    #: Path of a PEM file with our own certificate and its key: for a server that asks for one, and
    #: for our listener.
    dicom_certificate: str = ""

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("name", validate_profile_name(self.name))
        put("rest_url", validate_rest_url(self.rest_url))
        scheme, host, _port = split_rest_url(self.rest_url)
        put("dicom_host", validate_host(self.dicom_host or host, "dicom_host"))
        put("storage_ae_title", self.storage_ae_title or self.calling_ae_title)
        for name in ("called_ae_title", "calling_ae_title", "storage_ae_title"):
            put(name, validate_ae_title(getattr(self, name), name))
        for name in ("dicom_port", "storage_port"):
            validate_port(getattr(self, name), name)
        if self.dicom_fingerprint:
            pin = normalize_fingerprint(self.dicom_fingerprint, "dicom_fingerprint")
            put("dicom_fingerprint", pin)
        check_login(self, put)
        check_the_rest(self, scheme)
        if self.retrieve_method not in RETRIEVE_METHODS:
            raise invalid_field("retrieve_method", "must be Automatic, C-GET, C-MOVE or HTTPS")

    @property
    def logs_in(self) -> bool:
        """Whether a password, a token or a login in the browser is needed."""
        return bool(self.user) or self.auth != PASSWORD

    @property
    def shown_url(self) -> str:
        """`rest_url` as people read it (`shown_host`)."""
        return shown_host(self.rest_url)

    @property
    def shown_issuer(self) -> str:
        """`issuer` as people read it."""
        return shown_host(self.issuer)

    @property
    def is_secure(self) -> bool:
        """Whether the REST side is HTTPS."""
        return self.rest_url.startswith("https://")

    def replace(self, **changes: Any) -> ServerProfile:
        """Return a copy with some fields changed, validated again.

        A pin goes with host and port, and the login's other hosts with the issuer: where these
        change and it is not named, it is dropped.
        """
        if changes.get("issuer", self.issuer) != self.issuer:
            changes = {"login_hosts": "", **changes}
        changed = dataclasses.replace(self, **changes)
        old, new = ((one.dicom_host.lower(), one.dicom_port) for one in (self, changed))
        if "dicom_fingerprint" not in changes and new != old:
            changed = dataclasses.replace(changed, dicom_fingerprint="")
        return changed if "trust" in changes else changed.without_pin_of(self)

    def with_address(self, rest_url: str) -> ServerProfile:
        """Return a copy for another address, to be trusted anew if host or port differ.

        A DICOM host that was the one of the old address becomes the one of the new address.
        """
        own_host = split_rest_url(self.rest_url)[1]
        follows = self.dicom_host.lower() == own_host.lower()
        return self.replace(rest_url=rest_url, dicom_host="" if follows else self.dicom_host)

    def without_pin_of(self, before: ServerProfile) -> ServerProfile:
        """Return this profile without the pin that `before` has for another host or port.

        Who has the key of one server's certificate has no right to stand in for another server;
        another spelling of the same host is no other server (`canonical_host`).
        """
        pinned = self.trust.mode == "pinned" and self.trust == before.trust
        if not pinned or self._host_and_port() == before._host_and_port():
            return self
        return dataclasses.replace(self, trust=TrustPolicy())

    def _host_and_port(self) -> Tuple[str, int]:
        _scheme, host, port = split_rest_url(self.rest_url)
        return canonical_host(host), port

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: object) -> ServerProfile:
        """Build a profile from `to_dict` or from a file; nothing but the known fields is taken.

        Raises
        ------
        InvalidProfileError
            Not an object, a field missing, unknown or unusable.
        """
        if not isinstance(data, dict):
            raise InvalidProfileError(
                "This is not a server profile.", "Choose a file exported by OrthancConnect."
            )
        fields = known_fields(cls, data, "")
        fields["trust"] = TrustPolicy.from_dict(fields.get("trust", {}))
        missing = [name for name in ("name", "rest_url") if name not in fields]
        if missing:
            raise invalid_field(missing[0], "is missing")
        return cls(**fields)


@dataclass(frozen=True)
class ProfileSet:
    """Several profiles with different names, one of them the default.

    Raises
    ------
    InvalidProfileError
        Two profiles have the same name.
    """

    #: In the order in which they were added.
    profiles: Tuple[ServerProfile, ...] = ()
    #: Name of the default profile; empty only when there is none.
    default_name: str = ""

    def __post_init__(self) -> None:
        names = self.names
        if len(set(names)) != len(names):
            raise InvalidProfileError(
                "Two profiles have the same name.", "Give each its own.", field="name"
            )
        if self.default_name not in names:
            object.__setattr__(self, "default_name", names[0] if names else "")

    @property
    def names(self) -> Tuple[str, ...]:
        """The profiles' names, in order."""
        return tuple(profile.name for profile in self.profiles)

    @property
    def default(self) -> Optional[ServerProfile]:
        """The default profile, None when there is no profile."""
        return self.get(self.default_name) if self.profiles else None

    def get(self, name: str) -> ServerProfile:
        """Return the profile of that name, the default one for an empty name.

        Raises
        ------
        ProfileNotFoundError
            There is none.
        """
        wanted = name or self.default_name
        for profile in self.profiles:
            if profile.name == wanted:
                return profile
        if not wanted:
            raise ProfileNotFoundError(
                "There is no server profile yet.",
                "Add one first: the server's address and your user name are enough.",
            )
        raise ProfileNotFoundError(
            f"There is no server profile named '{begun(wanted)}'.",
            "Known: " + ", ".join(self.names) + "." if self.names else "Add one first.",
        )

    def personal_fields(self, name: str, host_name: str) -> Dict[str, Any]:
        """Return what is `PERSONAL` for a profile of that name that is made for others.

        It is that of the profile which has the name already, or an AE title made of this computer's
        `host_name`.
        """
        if name in self.names:
            known = self.get(name)
            return {field: getattr(known, field) for field in PERSONAL}
        taken = [profile.calling_ae_title for profile in self.profiles]
        return {"calling_ae_title": propose_calling_ae_title(host_name, taken)}

    def trusted_otherwise(self, profile: ServerProfile) -> Optional[ServerProfile]:
        """Return a profile of the same host and port with another reason to trust them, if any.

        A file that brings one has to be asked about: the remembered password would go to whoever
        has the key of the certificate that the file pins. One that pins nothing but what is pinned
        already, as when the certificate that was to follow has come, brings no other reason.
        """
        pins = set(profile.trust.pins)
        for known in self.profiles:
            same = known._host_and_port() == profile._host_and_port()
            if same and known.trust != profile.trust and not (pins and pins <= {*known.trust.pins}):
                return known
        return None

    def same_server(self, profile: ServerProfile) -> Optional[ServerProfile]:
        """Return a profile of the same host and port, of the same user where there is one."""
        address = profile._host_and_port()
        found = [known for known in self.profiles if known._host_and_port() == address]
        same_user = (known for known in found if known.user == profile.user)
        return next(same_user, found[0] if found else None)

    def put(self, profile: ServerProfile, replacing: str = "", default: bool = False) -> ProfileSet:
        """Return a set with `profile` added, or in the place of the one named `replacing`.

        Raises
        ------
        InvalidProfileError
            Another profile has that name.
        """
        replacing = replacing or profile.name
        if profile.name != replacing and profile.name in self.names:
            raise InvalidProfileError(
                f"There is already a profile named {profile.name!r}.",
                "Choose another name.",
                field="name",
            )
        kept = [profile if old.name == replacing else old for old in self.profiles]
        if profile not in kept:
            kept.append(profile)
        keep_default = profile.name if self.default_name == replacing else self.default_name
        return ProfileSet(tuple(kept), profile.name if default else keep_default)

    def remove(self, name: str) -> ProfileSet:
        """Return a set without the profile of that name.

        Raises
        ------
        ProfileNotFoundError
            There is none.
        """
        gone = self.get(name)
        return ProfileSet(
            tuple(profile for profile in self.profiles if profile is not gone), self.default_name
        )

    def with_default(self, name: str) -> ProfileSet:
        """Return a set whose default is the profile of that name."""
        return ProfileSet(self.profiles, self.get(name).name)

    def to_json(self, personal: bool = True) -> str:
        """Return the set as JSON, which holds no secret; for others without what is `PERSONAL`."""
        left_out = () if personal else PERSONAL
        return json.dumps(
            {
                "format": _FORMAT,
                "default": self.default_name,
                "profiles": [
                    {key: value for key, value in one.to_dict().items() if key not in left_out}
                    for one in self.profiles
                ],
            },
            ensure_ascii=False,
            indent=2,
        )

    @classmethod
    def from_json(cls, text: str, own: Optional[_Own] = None) -> ProfileSet:
        """Read what `to_json` wrote; empty text is an empty set.

        What is `PERSONAL` and not in the text is what `own` returns for a profile's name. So is
        whose key is used, whatever a text says that comes from somebody else.

        Raises
        ------
        ConfigurationError
            Not such JSON.
        InvalidProfileError
            A profile that can't be used.
        """
        if not text.strip():
            return cls()
        try:
            data = json.loads(text)
            if data["format"] != _FORMAT:
                raise ValueError("another format")
            profiles, default_name = data["profiles"], data.get("default", "")
            if not isinstance(profiles, list) or not isinstance(default_name, str):
                raise TypeError("profiles is not a list")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ConfigurationError(
                "The stored server profiles can't be read."
                if own is None
                else "This is not a file of server profiles.",
                "Import a profile file exported by OrthancConnect, or add the server again.",
            ) from error
        for number, item in enumerate(profiles):
            if own is None or not isinstance(item, dict):
                continue
            mine, keys = own(str(item.get("name"))), set(KEY_FILES)
            kept = {} if item.keys() & (set(PERSONAL) - keys) else mine
            taken = {name: value for name, value in item.items() if name not in keys}
            files = {name: mine[name] for name in keys & mine.keys()}
            profiles[number] = {**kept, **taken, **files}
        return cls(tuple(ServerProfile.from_dict(item) for item in profiles), default_name)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return a profile's name, or the name with a number when it is taken."""
    names, name, number = set(taken), wanted, 2
    while name in names:
        suffix = f" ({number})"
        name, number = wanted[: 64 - len(suffix)] + suffix, number + 1
    return name
