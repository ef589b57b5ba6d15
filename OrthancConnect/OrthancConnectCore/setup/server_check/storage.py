"""Where the images go: room, which disk, what deletes them; and the files that are loaded."""

from __future__ import annotations

import os
import shutil
from typing import Iterator

from ...shared.check_lines import Outcome, failed, skipped, warning
from ...shared.validation import plain_text
from .configuration import Configuration, mount_of

#: Bytes that are free: none to speak of, and few.
_FULL, _LITTLE = 10**9, 10**10
_IN_MEMORY = ("tmpfs", "ramfs", "rootfs")


def _elsewhere(config: Configuration) -> Outcome:
    where = plain_text(config.storage, 300)
    return skipped("", f"{where} is not on this computer, or not for this user to see.")


def disks(config: Configuration) -> Iterator[Outcome]:
    """Find disks that are full, apart, or gone at the next start."""
    if not config.is_here:
        yield _elsewhere(config)
        return
    disk, kind = mount_of(config.storage)
    index, index_kind = mount_of(config.index)
    for key, found in (("StorageDirectory", kind), ("IndexDirectory", index_kind)):
        if found in _IN_MEMORY:
            yield failed(
                "memory_disk",
                f"{key} lies in memory ({found}): all of it is gone when the computer restarts.",
                "Choose a folder on a disk.",
            )
    if disk != index:
        yield warning(
            "index_apart",
            "Index and images lie on two disks: Orthanc was seen to acknowledge small files that a "
            "full disk for the images then lost.",
            "Keep IndexDirectory beside StorageDirectory, or watch the room of both.",
        )
    free = shutil.disk_usage(config.storage).free
    limit = config.get("MaximumStorageSize") * 2**20
    if free < _LITTLE:
        say = failed if free < _FULL else warning
        yield say(
            "no_room",
            f"{free // 10**6} MB are free where the images go.",
            "Make room: a full disk ends every upload.",
        )
    if limit > shutil.disk_usage(config.storage).total:
        yield warning(
            "limit_beyond_disk",
            "MaximumStorageSize is more than the whole disk, so that the disk is full before.",
            "Set MaximumStorageSize to less than the disk.",
        )


def deletes(config: Configuration) -> Iterator[Outcome]:
    """Find what makes Orthanc delete patients by itself."""
    is_kept = config.get("MaximumStorageMode") == "Reject"
    for key in ("MaximumStorageSize", "MaximumPatientCount"):
        limit = config.get(key)
        if limit > 0 and not is_kept:
            unit = " MB" if key == "MaximumStorageSize" else " patients"
            yield failed(
                "recycles",
                f"Beyond {limit}{unit} ({key}) Orthanc deletes the patient that came first, unless "
                "protected.",
                'Set it to 0, or "MaximumStorageMode" to "Reject" (Orthanc 1.11.2; older ones '
                "ignore that).",
            )
    if config.get("MaximumStorageMode") not in ("Recycle", "Reject"):
        yield failed(
            "unknown_mode",
            "MaximumStorageMode is neither Recycle nor Reject: Orthanc takes Recycle, and deletes.",
            'Write "Reject".',
        )


def files(config: Configuration) -> Iterator[Outcome]:
    """Find files and folders that Orthanc is to load, and can't."""
    if not config.is_here:
        yield _elsewhere(config)
        return
    for name in filter(None, map(str, config.get("Plugins"))):
        if not os.path.exists(config.below(name)):
            yield failed(
                "plugin_missing",
                f"The plugin {plain_text(name, 300)} is not there: Orthanc 1.10 starts without "
                "it, and 1.12 does not start.",
                "Install its package, or take the line out.",
            )
    for name in map(str, config.get("LuaScripts")):
        if not os.path.isfile(config.below(name)):
            yield failed(
                "script_missing",
                f"The Lua script {plain_text(name, 300)} is not there; Orthanc does not start.",
                "Put it there, or take the line out.",
            )
    for key, what in (
        ("TemporaryDirectory", "what is made there, as archives, fails"),
        ("HttpsCACertificates", "no peer's certificate can be verified"),
    ):
        if config.get(key) and not os.path.exists(config.file(key)):
            yield failed(
                "path_missing",
                f"{key}, {plain_text(config.get(key), 300)}, is not there: {what}.",
                "Make it, or name another.",
            )
