"""The errors of OrthancConnect: what happened, and what the user does next.

::

    OrthancConnectError(message, hint)
    ├ ConfigurationError
    │   ├ InvalidProfileError(field)
    │   ├ ProfileNotFoundError
    │   ├ MissingDependencyError(package)
    │   └ PasswordNeededError
    ├ InputError
    ├ TrustError
    │   ├ UntrustedCertificateError(fingerprint)
    │   ├ CertificateChangedError(pinned, presented)
    │   ├ CertificateExpiredError
    │   └ HostnameMismatchError
    ├ TransportError
    │   ├ ConnectionFailedError
    │   └ RequestTimeoutError
    ├ OrthancHttpError(status_code, method, path, orthanc_status, details)
    │   ├ AuthenticationError 401 · PermissionDeniedError 403 · NotFoundError 404
    │   ├ ConflictError 409 · BadDicomFileError 400 · ServerError 5xx
    │   └ RedirectRefusedError 3xx
    ├ LoginFailedError
    ├ DimseError(refused)
    ├ ListenerError
    │   └ PortInUseError
    ├ WorkerError
    └ OperationCancelled

Their classes tell the kinds apart; facts travel with an error from one process to another.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Type


class OrthancConnectError(Exception):
    """Base of all errors that a person may see.

    `message` is one sentence of what happened, `hint` one of what the user does next, or empty;
    `facts` are details that JSON can hold.
    """

    def __init__(self, message: str, hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts: Dict[str, Any] = facts

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def __getattr__(self, name: str) -> Any:
        # Facts read as attributes (error.status_code); only called for names not found otherwise.
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no fact named {name}") from None

    def to_dict(self) -> Dict[str, Any]:
        """Return the error as the ``data`` member of a JSON-RPC 2.0 error object."""
        return {
            "kind": type(self).__name__,
            "message": self.message,
            "hint": self.hint,
            "facts": self.facts,
        }


class ConfigurationError(OrthancConnectError):
    """Something in the settings, a profile or the command is wrong."""


class InvalidProfileError(ConfigurationError):
    """A server profile holds a value that cannot be used; the fact `field` names it."""


class ProfileNotFoundError(ConfigurationError):
    """No server profile has that name."""


class MissingDependencyError(ConfigurationError):
    """An optional package is needed and not installed; the fact `package` names it."""


class PasswordNeededError(ConfigurationError):
    """The keychain has no password for this user and server: somebody has to type it."""


class InputError(OrthancConnectError):
    """The files or folders named by the user cannot be used."""


class TrustError(OrthancConnectError):
    """The server's certificate is not trusted."""


class UntrustedCertificateError(TrustError):
    """The certificate is known neither to the system nor to the profile."""


class CertificateChangedError(TrustError):
    """The server shows another certificate than the pinned one."""


class CertificateExpiredError(TrustError):
    """The certificate is not valid at this time."""


class HostnameMismatchError(TrustError):
    """The certificate is for another host."""


class TransportError(OrthancConnectError):
    """No HTTP answer came."""


class ConnectionFailedError(TransportError):
    """The connection could not be made, or was closed before the answer."""


class RequestTimeoutError(TransportError):
    """The server did not answer in time."""


class OrthancHttpError(OrthancConnectError):
    """Orthanc answered with an HTTP error.

    Facts: `status_code`, `method`, `path`, `orthanc_status` (Orthanc's ErrorCode or None) and
    `details` (Orthanc's own words).
    """


class AuthenticationError(OrthancHttpError):
    """HTTP 401: user or password not accepted."""


class PermissionDeniedError(OrthancHttpError):
    """HTTP 403: this user may not do that."""


class NotFoundError(OrthancHttpError):
    """HTTP 404: no such resource."""


class ConflictError(OrthancHttpError):
    """HTTP 409: the server's state is in the way."""


class BadDicomFileError(OrthancHttpError):
    """HTTP 400 (or 404 without a SOP Instance UID) on upload: not a DICOM instance."""


class ServerError(OrthancHttpError):
    """HTTP 5xx: the server failed."""


class RedirectRefusedError(OrthancHttpError):
    """HTTP 3xx: the server sends us elsewhere, and credentials follow no redirect."""


class LoginFailedError(OrthancConnectError):
    """A login in the browser came to nothing, or its provider is not what it should be."""


class DimseError(OrthancConnectError):
    """A DICOM association or operation failed; the fact `refused` tells a refusal from a fault."""


class ListenerError(OrthancConnectError):
    """The DICOM listener (Storage SCP) cannot run."""


class PortInUseError(ListenerError):
    """Another program has the listener's port."""


class WorkerError(OrthancConnectError):
    """The worker process ended, or answered what it should not."""


class OperationCancelled(OrthancConnectError):
    """The user cancelled; not a failure."""

    def __init__(self, message: str = "Cancelled.", hint: str = "", **facts: Any) -> None:
        super().__init__(message, hint, **facts)


def _kinds_of(kind: Type[OrthancConnectError]) -> Dict[str, Type[OrthancConnectError]]:
    kinds = {kind.__name__: kind}
    for special in kind.__subclasses__():
        kinds.update(_kinds_of(special))
    return kinds


def error_from_dict(data: Optional[Dict[str, Any]], fallback: str = "") -> OrthancConnectError:
    """Rebuild an error that `OrthancConnectError.to_dict` wrote in another process.

    A `WorkerError` where its class is unknown; `fallback` is its message where it has none.
    """
    data = data or {}
    kind = _kinds_of(OrthancConnectError).get(str(data.get("kind")), WorkerError)
    message = str(data.get("message") or fallback or "The worker process reported a fault.")
    facts = data.get("facts")
    return kind(message, str(data.get("hint") or ""), **(facts if isinstance(facts, dict) else {}))


#: The fact `cause` of a WorkerError when the process went away: what it did can be resumed.
WORKER_ENDED = "worker_ended"
