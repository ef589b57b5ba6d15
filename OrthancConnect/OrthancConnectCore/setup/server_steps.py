"""What to do with a server's configuration, line by line, for the layout that was chosen."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, Dict, List, Sequence

from ..shared.validation import plain_text
from .server_config import COMPOSE, DEBIAN
from .server_files import has_group
from .server_plan import ServerPlan, packages_line
from .server_renewal import KEEP, RENEW, SWITCH


def steps(plan: ServerPlan, certificate: str = KEEP) -> List[str]:
    """Return what is to be done, in order; a line that begins with two spaces is a command."""
    wanted = plan.wanted
    lines = {DEBIAN: _debian, COMPOSE: _compose}.get(wanted.layout, _single)(plan)
    ports = f"{wanted.https_port}/tcp (HTTPS) and {wanted.dicom_port}/tcp (DICOM)"
    lines += [
        f"Let the firewall pass {ports}; DICOM is encrypted as well: scanners have to speak it "
        "over TLS from now on, and Slicer, which can't, uses HTTPS."
        if wanted.dicom_tls
        else f"Let the firewall pass {ports}; DICOM itself is not encrypted.",
        f"Hand out the profile file, which holds no secret: {plan.profile_path}",
        "Each person imports it in the panel, or by:",
        f"  orthancconnect profile import {shlex.quote(plan.profile_path.name)} --user NAME",
        "and the whole connection is examined by Check-up in the panel, or by:",
        f"  orthancconnect doctor {shlex.quote(wanted.name)}",
    ]
    if plan.profile.trust.pins:
        lines += [
            "SHA-256 of the certificate, for those who connect without the file:",
            f"  {plan.profile.trust.fingerprint}",
        ]
    return lines + _about_the_certificate(plan, certificate)


def plan_data(
    plan: ServerPlan, certificate: str = KEEP, kept: Sequence[Path] = (), written: bool = False
) -> Dict[str, Any]:
    """Return a plan, and what became of it, as JSON-serialisable values; it holds no password."""
    return {
        "written": written,
        "files": [{"path": str(one.path), "what": one.what} for one in plan.files],
        "kept": [str(path) for path in kept],
        "new_users": list(plan.passwords),
        "profile": str(plan.profile_path),
        "fingerprint": plan.profile.trust.fingerprint,
        "next_fingerprint": plan.profile.trust.next_fingerprint,
        "valid_until": plan.valid_until,
        "notes": list(plan.notes),
        "steps": steps(plan, certificate),
    }


def _debian(plan: ServerPlan) -> List[str]:
    places = plan.places
    lines = ["As root, where it is not done yet:", f"  {packages_line(plan.wanted)}"]
    if places.folder != places.installed or not has_group("orthanc"):
        source, target = shlex.quote(str(places.folder)), shlex.quote(str(places.installed))
        lines += [
            "Put the files in their place; a backup of what is there is yours to make:",
            f"  cp -r {source}/. {target}/",
            f"  chown root:orthanc {target}/orthanc/credentials.json",
            f"  chmod 640 {target}/orthanc/credentials.json",
            f"  chown root:root {target}/ssl/private/orthanc.key",
            f"  chmod 600 {target}/ssl/private/orthanc.key",
        ]
        if plan.wanted.dicom_tls:
            key = f"{target}/orthanc/dicom.key"
            lines += [f"  chown root:orthanc {key}", f"  chmod 640 {key}"]
    if plan.wanted.database:
        lines += [
            "Make the database, once; the system's user orthanc logs in without a password:",
            "  runuser -u postgres -- createuser orthanc",
            "  runuser -u postgres -- createdb -O orthanc orthanc",
        ]
    further = [f"orthanc-{number}" for number in range(2, plan.wanted.servers + 1)]
    return [
        *lines,
        "Start all with it:",
        "  systemctl daemon-reload",
        *([f"  systemctl enable {' '.join(further)}"] if further else []),
        f"  systemctl restart {' '.join(['orthanc', *further])}",
        "  nginx -t && systemctl reload nginx",
    ]


def _single(plan: ServerPlan) -> List[str]:
    places = plan.places
    file = shlex.quote(places.found_at("orthanc.json"))
    lines = ["Start Orthanc with it, by the account that owns the files:", f"  Orthanc {file}"]
    if plan.wanted.behind:
        site = shlex.quote(places.found_at("nginx-orthanc.conf"))
        lines += [
            "Let nginx read its site inside http { … }:",
            f"  ln -s {site} /etc/nginx/conf.d/orthanc.conf",
            "  nginx -t && systemctl reload nginx",
        ]
    if not plan.wanted.plugin_folder:
        lines.append("Plugins are loaded once --plugin-folder names where the build has them.")
    return lines


def _compose(plan: ServerPlan) -> List[str]:
    folder = shlex.quote(str(plan.places.installed))
    return ["Start it:", f"  cd {folder} && docker compose up -d --force-recreate"]


def _about_the_certificate(plan: ServerPlan, certificate: str) -> List[str]:
    """Return when the certificate ends, and how the next one comes."""
    trust = plan.profile.trust
    if not trust.pins:
        return [
            "The certificate is an authority's, so the profile trusts the system's authorities. "
            "Renew it there: nobody has to import anything then."
        ]
    until = plan.valid_until[:10]
    if certificate == SWITCH:
        return [f"The next certificate is in place, until {until}; start nginx or Orthanc anew."]
    if trust.next_fingerprint:
        done = "is prepared" if certificate == RENEW else "was prepared before"
        return [
            f"The certificate to follow {done}, and the profile file names both. When people have "
            f"imported it, and before {until}, put it in place; nobody is asked anything then:",
            f"  {plain_text(_again(plan), 500)} --switch",
        ]
    return [
        f"The certificate is valid until {until}. Some weeks before, prepare the next one:",
        f"  {plain_text(_again(plan), 500)} --renew",
        "With a certificate of an authority, as Let's Encrypt's (certbot certonly --standalone -d "
        "NAME, on a server that the internet reaches), put its fullchain.pem and privkey.pem in "
        "the place of certificate and key, have certbot's --deploy-hook do so each time, and run "
        "this once more: the profile then needs no pin.",
    ]


def _again(plan: ServerPlan) -> str:
    folder, installed = plan.places.folder, plan.places.installed
    words = ["orthancconnect", "server-config", str(folder)]
    return shlex.join(words + (["--installed-in", str(installed)] if folder != installed else []))
