"""Slicer's own server lists get our server, keep what was there, and lose only ours."""

from __future__ import annotations

import json
from typing import Any

PROFILE = {"name": "IUIBS", "rest_url": "https://server.example:8042", "called_ae_title": "IUIBS"}


def _lists(context: Any) -> Any:
    import qt

    from OrthancConnectLib.adapters.server_lists import ServerLists

    del context
    settings = qt.QSettings()
    for key in ("ServerNodeCount", "ServerNodes", "DICOM/ServerNodeCount", "DICOM/ServerNodes"):
        settings.remove(key)
    settings.remove("OrthancConnect/ServerListNames")
    return settings, ServerLists(settings)


def _profile(**changes: Any) -> Any:
    from OrthancConnectCore.shared.profile import ServerProfile

    return ServerProfile(**{**PROFILE, **changes})


def _written(settings: Any) -> Any:
    query = [
        settings.value(f"ServerNodes/{i}") for i in range(int(settings.value("ServerNodeCount")))
    ]
    count = int(settings.value("DICOM/ServerNodeCount"))
    visual = [json.loads(settings.value(f"DICOM/ServerNodes/{i}")) for i in range(count)]
    return query, visual


def scenario_first_entry_brings_the_storage_keys(context: Any) -> None:
    """A list that was empty gets our entry and the three keys that CTK would else read empty."""
    settings, lists = _lists(context)
    lists.show(_profile(calling_ae_title="SLICER-7", storage_port=11113))
    query, visual = _written(settings)
    assert query == [
        {
            "Name": "IUIBS",
            "CheckState": 2,
            "AETitle": "IUIBS",
            "Address": "server.example",
            "Port": "4242",
            "CGET": 2,
        }
    ], query
    assert visual[0]["Called AETitle"] == "IUIBS" and visual[0]["Calling AETitle"] == "SLICER-7"
    assert settings.value("CallingAETitle") == "SLICER-7"
    assert str(settings.value("StoragePort")) == str(settings.value("DICOM/StoragePort")) == "11113"
    assert lists.shown("IUIBS")


def scenario_other_entries_are_kept(context: Any) -> None:
    """Entries of others stay, also one of the same name; ours goes again without a trace."""
    settings, lists = _lists(context)
    theirs = {"Name": "IUIBS", "CheckState": 0, "AETitle": "OLD", "Address": "a", "Port": "1"}
    settings.setValue("ServerNodeCount", 1)
    settings.setValue("ServerNodes/0", theirs)
    settings.setValue("DICOM/ServerNodeCount", 1)
    settings.setValue("DICOM/ServerNodes/0", json.dumps({"Name": "PACS", "Port": "104"}))
    lists.show(_profile())
    lists.show(_profile(dicom_port=4243))
    query, visual = _written(settings)
    assert query[0] == theirs and query[1]["Name"] == "IUIBS (OrthancConnect)"
    assert query[1]["Port"] == "4243" and len(query) == 2
    assert [node["Name"] for node in visual] == ["PACS", "IUIBS"]
    lists.hide("IUIBS")
    query, visual = _written(settings)
    assert query == [theirs] and [node["Name"] for node in visual] == ["PACS"]
    assert not lists.shown("IUIBS")


def scenario_what_slicer_can_not_use_is_no_entry(context: Any) -> None:
    """A server that wants DICOM over TLS, which ctk does not speak, is said to be no entry."""
    from OrthancConnectCore.shared.errors import ConfigurationError

    settings, lists = _lists(context)
    try:
        lists.show(_profile(dicom_tls=True))
        raise AssertionError("It was written.")
    except ConfigurationError as error:
        assert "speaks no DICOM over TLS" in error.message, error.message
    keys = ("ServerNodeCount", "DICOM/ServerNodeCount")
    assert not lists.shown("IUIBS") and not any(settings.contains(key) for key in keys)


def scenario_another_window_s_changes_are_kept(context: Any) -> None:
    """What another Slicer has added stays, and what it took out does not come back."""
    from pathlib import Path

    import qt

    from OrthancConnectLib.adapters.server_lists import ServerLists

    folder = context.new_folder("settings")
    paths = [str(folder / f"{name}.ini") for name in ("here", "there")]
    here, there = (qt.QSettings(path, qt.QSettings.IniFormat) for path in paths)
    lists = ServerLists(here)
    lists.show(_profile())
    ServerLists(there).show(_profile(name="theirs"))
    Path(paths[0]).write_bytes(Path(paths[1]).read_bytes())  # as another process writes it
    lists.show(_profile(name="third"))
    query, visual = _written(here)
    for nodes in (query, visual):
        assert [node["Name"] for node in nodes] == ["theirs", "third"], nodes
    assert lists.shown("theirs") and not lists.shown("IUIBS")
    lists.hide("theirs")
    assert len(_written(here)[0]) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["here.ini", "there.ini"]


def scenario_ctk_reads_what_we_wrote(context: Any) -> None:
    """Where CTK's own widget is at hand, it shows our entry as a person would have typed it."""
    import ctk
    import qt

    settings, lists = _lists(context)
    lists.show(_profile(retrieve_method="C-MOVE"))
    settings.sync()
    if not hasattr(ctk, "ctkDICOMServerNodeWidget"):
        query, visual = _written(settings)
        assert query[0]["CGET"] == 0 and visual[0]["Retrieve Protocol"] == "CMOVE"
        return
    widget = ctk.ctkDICOMServerNodeWidget()
    table = widget.findChild(qt.QTableWidget)
    shown = [table.item(0, column).text() for column in (0, 1, 2, 3)]
    assert table.rowCount == 1 and shown[0] == "IUIBS" and "server.example" in shown, shown
    visual = ctk.ctkDICOMServerNodeWidget2()
    visual.readSettings()
    assert visual.findChild(qt.QTableWidget).rowCount == 1
