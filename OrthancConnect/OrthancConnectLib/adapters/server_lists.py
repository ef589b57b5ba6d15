"""Slicer's own two server lists: the Query window's and the visual browser's.

Both stand in QSettings (CTK's ctkDICOMServerNodeWidget.cpp and ctkDICOMServerNodeWidget2.cpp).
Their widgets read them when they are made and write them back whole, so a change is seen by windows
opened afterwards. What the user or others put there is kept as it is; another Slicer's changes are
read before ours are written.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any, Dict, List, Optional

from slicer.i18n import tr as _

from OrthancConnectCore.shared.errors import ConfigurationError
from OrthancConnectCore.shared.profile import C_MOVE, ServerProfile

from .settings_store import changing_settings

#: Qt.Checked and Qt.Unchecked, as CTK stores them.
_CHECKED, _UNCHECKED = 2, 0
#: ctkDICOMServerNodeWidget2 cuts longer timeouts to this, in seconds.
_LONGEST_TIMEOUT = 99
_OURS = "OrthancConnect/ServerListNames"


class ServerLists:
    """Writes profiles into Slicer's server lists, and takes them out again.

    `settings` is a QSettings. A change raises ConfigurationError where it can't be kept, or where
    Slicer could not use the entry.
    """

    def __init__(self, settings: Any) -> None:
        self._settings = settings
        self._lists = (_QueryWindowList(settings), _VisualBrowserList(settings))

    def shown(self, profile_name: str) -> bool:
        return profile_name in self._ours()

    def show(self, profile: ServerProfile) -> None:
        if profile.dicom_tls:  # ctk has none
            raise ConfigurationError(
                _("Slicer itself speaks no DICOM over TLS, which this server's profile asks for."),
                _("Query and retrieve over HTTPS, or by orthancconnect on the command line."),
            )
        with changing_settings(self._settings):
            ours = self._ours()
            before = ours.get(profile.name) or ["", ""]
            ours[profile.name] = [
                server_list.put(name, profile) for server_list, name in zip(self._lists, before)
            ]
            self._settings.setValue(_OURS, json.dumps(ours))

    def hide(self, profile_name: str) -> None:
        with changing_settings(self._settings):
            ours = self._ours()
            for server_list, name in zip(self._lists, ours.pop(profile_name, [])):
                server_list.remove(name)
            self._settings.setValue(_OURS, json.dumps(ours))

    def _ours(self) -> Dict[str, List[str]]:
        """Profile name → the names of our entries, one for each list."""
        try:
            ours = json.loads(str(self._settings.value(_OURS) or "{}"))
        except ValueError:
            return {}
        return ours if isinstance(ours, dict) else {}


class _ServerList(ABC):
    """A counted list of entries in QSettings."""

    prefix = ""

    def __init__(self, settings: Any) -> None:
        self._settings = settings

    @abstractmethod
    def entry(self, name: str, profile: ServerProfile) -> Any:
        """What QSettings holds for one server."""

    @abstractmethod
    def name_of(self, entry: Any) -> Optional[str]:
        """The name in an entry, None where it can't be read."""

    @abstractmethod
    def write_common(self, profile: ServerProfile) -> None:
        """Write what stands beside the list and CTK reads once there is an entry."""

    def put(self, name: str, profile: ServerProfile) -> str:
        """Write the entry of a name, or of a free one where it is empty; return its name."""
        entries = self._entries()
        names = [self.name_of(entry) for entry in entries]
        if not name:
            name = profile.name
            if name in names:  # somebody else's entry
                name += " (OrthancConnect)"
        if name in names:
            entries[names.index(name)] = self.entry(name, profile)
        else:
            entries.append(self.entry(name, profile))
        if len(entries) == 1:
            self.write_common(profile)
        self._write(entries)
        return name

    def remove(self, name: str) -> None:
        entries = self._entries()
        kept = [entry for entry in entries if self.name_of(entry) != name]
        if len(kept) != len(entries):
            self._write(kept)

    def _entries(self) -> List[Any]:
        try:
            count = int(self._settings.value(self.prefix + "ServerNodeCount") or 0)
        except (TypeError, ValueError):
            count = 0
        return [self._settings.value(f"{self.prefix}ServerNodes/{index}") for index in range(count)]

    def _write(self, entries: List[Any]) -> None:
        self._settings.remove(self.prefix + "ServerNodes")
        self._settings.setValue(self.prefix + "ServerNodeCount", len(entries))
        for index, entry in enumerate(entries):
            self._settings.setValue(f"{self.prefix}ServerNodes/{index}", entry)


class _QueryWindowList(_ServerList):
    """ctkDICOMServerNodeWidget: each entry is a map; the titles stand beside the list."""

    def entry(self, name: str, profile: ServerProfile) -> Dict[str, Any]:
        return {
            "Name": name,
            "CheckState": _CHECKED,
            "AETitle": profile.called_ae_title,
            "Address": profile.dicom_host,
            "Port": str(profile.dicom_port),
            "CGET": _UNCHECKED if profile.retrieve_method == C_MOVE else _CHECKED,
        }

    def name_of(self, entry: Any) -> Optional[str]:
        return str(entry.get("Name")) if isinstance(entry, dict) else None

    def write_common(self, profile: ServerProfile) -> None:
        # With a first entry CTK no longer uses its own defaults for these three.
        self._settings.setValue("CallingAETitle", profile.calling_ae_title)
        self._settings.setValue("StorageAETitle", profile.storage_ae_title)
        self._settings.setValue("StoragePort", str(profile.storage_port))


class _VisualBrowserList(_ServerList):
    """ctkDICOMServerNodeWidget2: each entry is JSON text."""

    prefix = "DICOM/"

    def entry(self, name: str, profile: ServerProfile) -> str:
        return json.dumps(
            {
                "Name": name,
                "Verification": "unknown",
                "QueryRetrieveCheckState": _CHECKED,
                "StorageCheckState": _UNCHECKED,
                "TrustedCheckState": _CHECKED,
                "Calling AETitle": profile.calling_ae_title,
                "Called AETitle": profile.called_ae_title,
                "Address": profile.dicom_host,
                "Port": str(profile.dicom_port),
                "Timeout": str(min(_LONGEST_TIMEOUT, max(1, round(profile.dimse_timeout)))),
                "Retrieve Protocol": "CMOVE" if profile.retrieve_method == C_MOVE else "CGET",
                "Retrieve Proxy": "",
            },
            ensure_ascii=False,
        )

    def name_of(self, entry: Any) -> Optional[str]:
        # CTK itself writes a QByteArray, whose data() are bytes; a plain string reads the same.
        raw = entry.data() if hasattr(entry, "data") else entry
        try:
            node = json.loads(raw)
        except (TypeError, ValueError):
            return None
        return str(node.get("Name")) if isinstance(node, dict) else None

    def write_common(self, profile: ServerProfile) -> None:
        # Left out, CTK would read an empty title and port 0, and save them back.
        self._settings.setValue("DICOM/StorageAETitle", profile.storage_ae_title)
        self._settings.setValue("DICOM/StoragePort", profile.storage_port)
        if not self._settings.contains("DICOM/StorageEnabled"):
            self._settings.setValue("DICOM/StorageEnabled", False)
