"""What the connection doctor says: a line for each check, and the report of all of them."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Callable, Dict, List, Literal, Mapping, Sequence, Tuple

from .. import __version__
from .hosts import shown_host
from .profile import HTTPS, ServerProfile, TrustPolicy
from .validation import plain_text

PASSED, WARNING, FAILED, SKIPPED = "passed", "warning", "failed", "skipped"
#: What OrthancConnect can do by itself about a fault; `CheckLine.cure_values` has what it needs.
CureAction = Literal[
    "",  # nothing
    "ask_password",  # let the person type user and password again
    "pin",  # trust the certificate: fingerprint
    "replace_pin",  # trust another certificate than before: pinned, presented
    "use_https",  # change the profile: rest_url
    "change_profile",  # change the profile: the fields and their new values
    "register",  # plan and do the registration: exact_address, address
    "start_listener",
    "choose_port",  # let the listener use another port: storage_port
    "switch_method",  # retrieve another way: retrieve_method
    "install",  # install a Python package, with consent: package
]


@dataclass(frozen=True)
class Outcome:
    """How one check ended."""

    #: ``passed``, ``warning`` (does not hinder the work), ``failed`` or ``skipped``.
    state: str
    #: What was found, when nothing is wrong.
    detail: str = ""
    #: Stable name of the fault, for example ``certificate_changed``; empty when nothing is wrong.
    fault: str = ""
    #: One sentence of what is wrong, and one of what to do.
    cause: str = ""
    cure: str = ""
    #: A `CureAction`: what OrthancConnect can do by itself.
    cure_action: str = ""
    #: What that action needs, JSON-serialisable.
    cure_values: Mapping[str, Any] = field(default_factory=dict)
    #: The `id` of the line whose fault explains why this one was skipped.
    because_of: str = ""


def passed(detail: str = "") -> Outcome:
    """Return the outcome of a check that found nothing wrong."""
    return Outcome(PASSED, detail=plain_text(detail, 300))


def failed(fault: str, cause: str, cure: str, action: CureAction = "", **values: Any) -> Outcome:
    """Return the outcome of a check that found a fault."""
    cause, cure = plain_text(cause, 600), plain_text(cure, 600)
    return Outcome(FAILED, "", fault, cause, cure, action, values)


def warning(fault: str, cause: str, cure: str, action: CureAction = "", **values: Any) -> Outcome:
    """Return the outcome of a check that found what does not hinder the work."""
    return replace(failed(fault, cause, cure, action, **values), state=WARNING)


#: `failed` or `warning`.
Say = Callable[..., Outcome]


def by_https(fault: str, cause: str, cure: str, say: Say = failed) -> Outcome:
    """Return the outcome of a check whose fault retrieving over HTTPS goes round."""
    return say(fault, cause, cure, "switch_method", retrieve_method=HTTPS)


def skipped(because_of: str, cause: str) -> Outcome:
    """Return the outcome of a check that another line's fault made pointless."""
    return Outcome(SKIPPED, cause=plain_text(cause, 600), because_of=because_of)


@dataclass(frozen=True)
class CheckLine(Outcome):
    """One line of the report: how a check ended, and which."""

    #: Stable name of the check, for example ``certificate``.
    id: str = ""
    #: What was checked, for people.
    title: str = ""
    #: Time that it took.
    seconds: float = 0.0

    @classmethod
    def of(cls, check_id: str, title: str, outcome: Outcome, seconds: float) -> CheckLine:
        """Build the line of a check from its outcome."""
        return cls(**vars(outcome), id=check_id, title=title, seconds=round(seconds, 4))

    def to_dict(self) -> Dict[str, Any]:
        """Return the fields as JSON-serialisable values."""
        return {"id": self.id, "title": self.title, **asdict(self)}


@dataclass(frozen=True)
class DoctorReport:
    """All lines of one examination; it holds no secret, no patient's name and no patient's UID."""

    #: Who was examined; `dicom_address` is ``AET@host:port``.
    profile_name: str
    rest_url: str
    dicom_address: str
    #: From the profile.
    calling_ae_title: str
    retrieve_method: str
    #: ISO 8601 in UTC.
    started: str
    #: Wall clock.
    seconds: float
    #: In the order in which a connection is built up.
    lines: Tuple[CheckLine, ...]
    #: Whether it was stopped before its end.
    cancelled: bool = False

    @property
    def healthy(self) -> bool:
        """Whether nothing failed and all was looked at."""
        return not self.cancelled and not self.failures

    @property
    def failures(self) -> Tuple[CheckLine, ...]:
        """The lines that failed."""
        return tuple(line for line in self.lines if line.state == FAILED)

    def line(self, check_id: str) -> CheckLine:
        """Return the line with this `id`; KeyError where there is none."""
        return {line.id: line for line in self.lines}[check_id]

    def summary(self) -> str:
        """Return how many checks ended in which way, in one sentence."""
        if self.cancelled:
            return "The check-up was stopped."
        return summary_of(self.lines)

    def to_dict(self) -> Dict[str, Any]:
        """Return the report as JSON-serialisable values."""
        return {
            **asdict(self),
            "lines": [line.to_dict() for line in self.lines],
            "healthy": self.healthy,
            "summary": self.summary(),
            "version": __version__,
            "python": platform.python_version(),
            "system": platform.platform(terse=True),
        }

    def text(self) -> str:
        """Return the report as plain text, to be copied into a mail to the administrator."""
        head = [
            f"OrthancConnect {__version__}: connection report of {self.started}",
            shown_host(f"Server: {self.profile_name}, {self.rest_url}, DICOM {self.dicom_address}"),
            f"Here: {self.calling_ae_title}, retrieve by {self.retrieve_method}; "
            f"Python {platform.python_version()}, {platform.platform(terse=True)}",
            "",
        ]
        titles = {line.id: line.title for line in self.lines}
        body = [text for line in self.lines for text in line_text(line, titles)]
        return "\n".join([*head, *body, "", f"{self.summary()} ({self.seconds:.2f} s)"])


def summary_of(lines: Sequence[CheckLine]) -> str:
    """Return how many checks ended in which way, and which failed first, in one sentence."""
    states = [line.state for line in lines]
    kinds = (
        (FAILED, "fault", "faults"),
        (WARNING, "warning", "warnings"),
        (PASSED, "ok", "ok"),
        (SKIPPED, "not tested", "not tested"),
    )
    counts = [(states.count(state), one, many) for state, one, many in kinds]
    text = ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts if n)
    failures = [line.title for line in lines if line.state == FAILED]
    return f"{text}; look first at: {failures[0]}." if failures else f"{text}."


_SIGNS = {PASSED: "ok  ", WARNING: "WARN", FAILED: "FAIL", SKIPPED: "skip"}


def line_text(line: CheckLine, titles: Mapping[str, str]) -> List[str]:
    """Return a line as people read it; `titles` are those of the checks by their `id`."""
    time = f"{line.seconds * 1000:.0f} ms" if line.seconds else ""
    head = f"[{_SIGNS[line.state]}] {line.title}"
    if line.detail:
        head += f": {line.detail}"
    texts = [f"{head} ({time})" if time else head]
    reason = titles.get(line.because_of, line.because_of)
    more = (("Because of: ", reason), ("", line.cause), ("-> ", line.cure))
    return texts + [f"       {mark}{text}" for mark, text in more if text]


def cured_profile(profile: ServerProfile, line: CheckLine) -> ServerProfile:
    """Return the profile with a line's cure, where the cure is a change of the profile.

    It stays as it is for any other `cure_action` than ``pin``, ``replace_pin``, ``use_https``,
    ``change_profile``, ``choose_port`` and ``switch_method``.

    ``pin`` and ``replace_pin`` are to be asked of the person first, with the fingerprint shown.
    """
    values = dict(line.cure_values)
    if line.cure_action in ("pin", "replace_pin"):
        return profile.replace(trust=TrustPolicy.pinned(str(values["fingerprint"])))
    if line.cure_action == "use_https":
        return profile.replace(rest_url=str(values["rest_url"]), allow_insecure_http=False)
    if line.cure_action in ("change_profile", "choose_port", "switch_method"):
        return profile.replace(**values)
    return profile
