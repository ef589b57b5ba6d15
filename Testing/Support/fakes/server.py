"""A server's REST side made of dictionaries, for tests of retrieving without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator, Optional

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from OrthancConnectCore.orthanc.client import OrthancClient, SeriesInventory
from OrthancConnectCore.retrieve.files import Wanted
from OrthancConnectCore.retrieve.run import SeriesTarget
from OrthancConnectCore.shared.errors import ConnectionFailedError, NotFoundError
from OrthancConnectCore.shared.profile import ServerProfile

PROFILE = ServerProfile("s", "https://server:8042", parallel_transfers=2)
CT, EXPLICIT, JPEG = str(CTImageStorage), str(ExplicitVRLittleEndian), "1.2.840.10008.1.2.4.70"


class FakeClient:
    """The REST side of a server that holds what it is told to hold."""

    def __init__(self, content: Optional[dict[tuple[str, str, str], list[str]]] = None) -> None:
        self.profile = PROFILE
        #: (patient ID, study, series) → SOP Instance UIDs
        self.content = content or {("P", "1.1", "1.1.1"): ["1.1.1.1", "1.1.1.2", "1.1.1.3"]}
        self.bulk = True
        self.faults: dict[str, list[Any]] = {}
        self.asked: list[str] = []
        self.size = 300_000

    def system(self) -> None:
        pass

    def find(self, level: str, query: dict[str, str]) -> list[dict[str, Any]]:
        ((keyword, value),) = query.items()
        place = {"PatientID": 0, "StudyInstanceUID": 1, "SeriesInstanceUID": 2}[keyword]
        wanted = [part.casefold() for part in value.split("\\")]
        found: dict[str, dict[str, Any]] = {}
        for key, instances in self.content.items():
            if key[place].casefold() in wanted or value == "":
                patient, study, series = key
                if level == "Study":
                    found[f"study-{patient}-{study}"] = self.study(patient, study)
                else:
                    found[f"series-{patient}-{series}"] = {
                        "ID": f"series-{patient}-{series}",
                        "ParentStudy": f"study-{patient}-{study}",
                        "MainDicomTags": {"SeriesInstanceUID": series},
                        "Instances": list(instances),
                    }
        return list(found.values())

    find_uids = OrthancClient.find_uids

    @staticmethod
    def study(patient: str, study: str) -> dict[str, Any]:
        return {
            "ID": f"study-{patient}-{study}",
            "MainDicomTags": {"StudyInstanceUID": study},
            "PatientMainDicomTags": {"PatientID": patient},
        }

    def get_json(self, path: str) -> Any:
        _, _, orthanc_id = path.rpartition("/")
        return self.study(*orthanc_id.split("-")[1:])

    def post_json(self, path: str, request: dict[str, Any]) -> Any:
        assert path == "/tools/bulk-content"
        if not self.bulk:
            raise NotFoundError("no such path", status_code=404)
        return [
            {
                "ID": "id-" + uid,
                "FileSize": self.size,
                "ParentSeries": f"series-{patient}-{series}",
                "MainDicomTags": {"SOPInstanceUID": uid},
                "Metadata": {"SopClassUid": CT, "TransferSyntax": JPEG},
            }
            for (patient, _study, series), uids in self.content.items()
            for uid in uids
            if f"series-{patient}-{series}" in request["Resources"]
        ]

    def inventory(self, uids: Any) -> dict[str, SeriesInventory]:
        wanted = set(uids)
        return {
            series: SeriesInventory({uid: "id-" + uid for uid in instances}, {})
            for (_patient, _study, series), instances in self.content.items()
            if series in wanted and instances
        }

    def download_instance(self, orthanc_id: str, size: int = 0) -> Iterator[bytes]:
        self.asked.append(orthanc_id)
        faults = self.faults.get(orthanc_id, [])
        fault = faults.pop(0) if faults else None
        for number in range(3):
            if number == 1 and isinstance(fault, BaseException):
                raise fault
            if number == 1 and fault is not None:
                fault()
            yield bytes(100_000)

    def targets(self) -> list[SeriesTarget]:
        return [SeriesTarget(*key) for key in self.content]


def cut_connection() -> ConnectionFailedError:
    return ConnectionFailedError("The answer was cut.", "Try again.", cause="cut")


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def wanted(uid: str, series: str, sop_class: str, syntax: str = EXPLICIT) -> Wanted:
    """One instance of a plan."""
    return Wanted(uid, series, "1", "id", Path("x") / uid, 10, sop_class, syntax)
