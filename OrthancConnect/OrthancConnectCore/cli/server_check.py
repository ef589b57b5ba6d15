"""The command line's ``server-check``: a configuration of Orthanc, or a running server."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..profile_store import find_profile
from ..setup.server_check.run import check_configuration
from ..shared.errors import ProfileNotFoundError, TrustError
from ..shared.profile import ServerProfile
from .login import credentials_and_source
from .output import Answer, fault_of
from .trust import show_certificate, trust_from


def server_check(args: argparse.Namespace) -> Answer:
    """Look at what is named: an address, a file or folder that is there, else a profile."""
    path = Path(args.target).expanduser()
    is_path = path.exists() or path.name != args.target or path.suffix == ".json"
    if "://" not in args.target and is_path:
        report = check_configuration(path)
    else:
        from ..setup.server_check.running import check_server  # brings requests with it

        profile = _profile(args)
        try:
            report = check_server(profile, credentials_and_source(args, profile)[0])
        except TrustError as error:
            if "://" in args.target:
                show_certificate(args, profile, error)
            raise
    return Answer(
        report.to_dict(), report.text(), fault_of(False, report.healthy, report.summary())
    )


def _profile(args: argparse.Namespace) -> ServerProfile:
    if "://" not in args.target:
        try:
            return find_profile(args.target)
        except ProfileNotFoundError as error:
            error.message = "There is no file, folder or profile of that name."
            raise
    return ServerProfile(
        name="server-check",
        rest_url=args.target,
        user=args.user or "",
        trust=trust_from(args),
        allow_insecure_http=args.allow_insecure_http,
    )
