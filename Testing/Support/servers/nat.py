"""A network of its own behind a router that translates addresses, by Linux network namespaces.

    this machine, `server` ── router, `router` with masquerade ── a workstation, `workstation`

Needs root, `ip` (iproute2) and `nft` (nftables). The addresses are of RFC 2544's range for tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from types import TracebackType
from typing import Optional

_FORWARD = "echo 1 > /proc/sys/net/ipv4/ip_forward"
_MASQUERADE = """
table ip translate {
    chain out {
        type nat hook postrouting priority 100;
        oifname "upper" masquerade
    }
}
"""


def why_not() -> str:
    """Return why this machine can't have such a network; empty where it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in ("ip", "nft") if shutil.which(name, path=_PATH) is None]
    if missing:
        return f"{' and '.join(missing)} not installed"
    with TranslatedNetwork(check_only=True) as network:
        return network.refused


_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


class TranslatedNetwork:
    """The namespaces, made when entered and removed when left.

    Attributes
    ----------
    server, router, workstation : str
        Addresses: of this machine, of the router as this machine sees it, and behind it.
    """

    def __init__(self, check_only: bool = False) -> None:
        number = os.getpid() % 250
        self.server, self.router = f"198.18.{number}.5", f"198.18.{number}.6"
        self._gateway, self.workstation = f"198.18.{number}.1", f"198.18.{number}.2"
        self._inner = f"198.18.{number}.0/30"
        self._names = (f"oc{os.getpid()}r", f"oc{os.getpid()}w")
        self._link = f"oc{os.getpid()}"
        self._check_only = check_only
        self.refused = ""

    def __enter__(self) -> TranslatedNetwork:
        try:
            self._build()
        except subprocess.CalledProcessError as error:
            self._remove()
            if not self._check_only:
                raise RuntimeError(error.stderr) from error
            self.refused = f"no network namespaces here: {error.stderr.strip()}"
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._remove()

    def inside(self, *command: str) -> list[str]:
        """Return the command that runs another one on the workstation."""
        return ["ip", "netns", "exec", self._names[1], *command]

    def _build(self) -> None:
        router, workstation = self._names
        for name in self._names:
            _run("ip", "netns", "add", name)
            _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "link", "add", self._link, "type", "veth", "peer", "upper", "netns", router)
        _run(
            *("ip", "-n", router, "link", "add", "lower", "type", "veth"),
            *("peer", "out", "netns", workstation),
        )
        _run("ip", "addr", "add", f"{self.server}/30", "dev", self._link)
        _run("ip", "link", "set", self._link, "up")
        for name, device, address in (
            (router, "upper", self.router),
            (router, "lower", self._gateway),
            (workstation, "out", self.workstation),
        ):
            _run("ip", "-n", name, "addr", "add", f"{address}/30", "dev", device)
            _run("ip", "-n", name, "link", "set", device, "up")
        _run("ip", "-n", workstation, "route", "add", "default", "via", self._gateway)
        # Nothing that is meant for the workstation leaves this machine another way.
        _run("ip", "route", "add", "unreachable", self._inner)
        _run("ip", "netns", "exec", router, "sh", "-c", _FORWARD)
        _run("ip", "netns", "exec", router, "nft", "-f", "-", text=_MASQUERADE)

    def _remove(self) -> None:
        for command in (
            ("ip", "link", "del", self._link),
            ("ip", "route", "del", "unreachable", self._inner),
            *[("ip", "netns", "del", name) for name in self._names],
        ):
            subprocess.run(command, env=_environment(), capture_output=True, check=False)


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": _PATH}


def _run(*command: str, text: str = "") -> None:
    subprocess.run(
        command, env=_environment(), input=text, capture_output=True, text=True, check=True
    )
