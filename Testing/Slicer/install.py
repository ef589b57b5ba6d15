"""Installs a released Slicer for the tests, on Linux, Windows and macOS, and tells where it is.

    python install.py VERSION FOLDER      VERSION: 5.8, 5.10, stable or preview

Asks download.slicer.org (github.com/Slicer/slicer_download: /find, /bitstream) for the newest
package of that version, compares its SHA-512 with what the site tells, unpacks it below FOLDER, and
prints the program's path as the last line; in a GitHub workflow it is the step's output `slicer`.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Dict

SITE = "https://download.slicer.org"
SYSTEMS = {"linux": "linux", "win32": "win", "darwin": "macosx"}
LARGEST = 2_000_000_000
SECONDS = 120


class InstallError(Exception):
    """Slicer could not be installed; the text says why."""


def criteria(version: str, system: str) -> Dict[str, str]:
    """What the site is asked for."""
    if version in ("stable", "preview"):
        return {"os": system, "stability": "release" if version == "stable" else "nightly"}
    return {"os": system, "stability": "release", "version": version}


def find(version: str, system: str, site: str = SITE) -> Dict[str, Any]:
    """The site's record of the newest package: name, size, sha512, download_url and more."""
    asked = urllib.parse.urlencode(criteria(version, system))
    with urllib.request.urlopen(f"{site}/find?{asked}", timeout=SECONDS) as answer:
        record = json.loads(answer.read(1_000_000))
    if not isinstance(record, dict) or not str(record.get("download_url", "")).startswith("/"):
        raise InstallError(f"{site} told of no package: {str(record)[:200]}")
    return record


def download(record: Dict[str, Any], target: Path, site: str = SITE) -> None:
    """Fetch a package; raises InstallError if it is not what the record tells."""
    digest, size = hashlib.sha512(), 0
    with urllib.request.urlopen(site + record["download_url"], timeout=SECONDS) as answer:
        with open(target, "wb") as file:
            while chunk := answer.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
                if size > LARGEST:
                    raise InstallError(f"the package has more than {LARGEST} bytes")
                file.write(chunk)
    if record.get("size") not in (None, size):
        raise InstallError(f"{size} bytes came of {record['size']}")
    told = record.get("sha512")
    if told and told.lower() != digest.hexdigest():
        raise InstallError("the package has another SHA-512 than the site tells")
    if not told:
        print("The site tells no SHA-512 of this package: its size was compared, over HTTPS.")


def unpack(package: Path, folder: Path, system: str) -> Path:
    """Install a package below a folder; return the program."""
    if system == "linux":
        subprocess.run(["tar", "-xzf", str(package), "-C", str(folder)], check=True)
        found = list(folder.glob("*/Slicer"))
    elif system == "win":  # an installer of NSIS, which takes its folder last and without quotes
        subprocess.run(f'"{package}" /S /D={folder}', check=True)
        found = list(folder.glob("Slicer.exe"))
    else:  # a disk image, which shows the licence and asks
        mounted = folder / "image"
        mounted.mkdir()
        attach = ["hdiutil", "attach", str(package), "-nobrowse", "-mountpoint", str(mounted)]
        subprocess.run(attach, input=b"Y\n" * 200, stdout=subprocess.DEVNULL, check=True)
        subprocess.run(["cp", "-R", str(mounted / "Slicer.app"), str(folder)], check=True)
        subprocess.run(["hdiutil", "detach", str(mounted)], check=True)
        found = list(folder.glob("Slicer.app/Contents/MacOS/Slicer"))
    if len(found) != 1:
        raise InstallError(f"{len(found)} programs called Slicer were found below {folder}")
    return found[0]


def main() -> None:
    """Install what the command line names."""
    version, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    site = os.environ.get("SLICER_DOWNLOAD_SITE", SITE)
    system = SYSTEMS[sys.platform]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        record = find(version, system, site)
        print(
            f"{record.get('product_name')} {record.get('version')}, {record.get('arch')}, "
            f"revision {record.get('revision')}, built on {record.get('build_date_ymd')}"
        )
        package = folder / ("package.exe" if system == "win" else "package")
        download(record, package, site)
        program = unpack(package, folder, system)
        package.unlink()
    except (InstallError, OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(f"Slicer {version} can't be installed: {error}")
    if os.environ.get("GITHUB_OUTPUT"):
        with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
            output.write(f"slicer={program.as_posix()}\n")
    print(program)


if __name__ == "__main__":
    main()
