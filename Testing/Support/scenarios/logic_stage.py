"""The panel's logic on fakes, as a test steers it."""

from __future__ import annotations

from typing import Any, List

from Support.fakes.adapters import INVENTORY, FakeWorld

SECRET = "Pa-ss.word-7"


class Stage:
    """A logic on fakes, connected to a server."""

    def __init__(self) -> None:
        from OrthancConnectCore.shared.profile import ProfileSet, ServerProfile
        from OrthancConnectCore.shared.series import SeriesTarget
        from OrthancConnectLib.logic.logic import OrthancConnectLogic

        profile = ServerProfile("lab", "https://server:8042", user="nuria", retrieve_method="C-GET")
        self.world = FakeWorld(ProfileSet((profile,)))
        self.logic = OrthancConnectLogic(self.world.adapters)
        self.ended: List[Any] = []
        self.logic.log.finished.connect(self.ended.append)
        self.targets = [SeriesTarget("P", "1", uid) for uid in INVENTORY]

    def connect(self) -> None:
        self.logic.connect_server(SECRET, lambda question, answer: answer(True))
        self.world.worker.answer({"trusted": True})
        self.world.worker.answer({"name": "LAB", "version": "1", "dicom_aet": "ORTHANC"})
        assert self.logic.connection.connected

    def retrieve(self, method: str = "C-GET", then_load: bool = False) -> Any:
        if then_load:
            self.logic.retrieve_and_load(self.targets, method, "title")
            transfer = self.logic.log.transfers[-1]
        else:
            transfer = self.logic.retrieve(self.targets, method, "title")
        assert self.world.worker.methods[-1] == "series.inventory"
        return transfer

    def put(self, **instances: Any) -> None:
        """Put instances into the database: all, or those named by series."""
        wanted = {uid.replace("_", "."): set(found) for uid, found in instances.items()}
        self.world.database.present = wanted or {uid: set(all_) for uid, all_ in INVENTORY.items()}

    @property
    def operation(self) -> Any:
        """The retrieve under way."""
        return self.world.dimse["C-GET"].operations[-1]
