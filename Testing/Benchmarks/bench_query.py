"""How soon the first studies of a large server are there, against a whole C-FIND.

    python Testing/Benchmarks/bench_query.py [--studies 20000] [--rounds 9] [--slow-rounds 2]

A private Orthanc with one tiny instance a study, made here and uploaded by our own engine; that of
another Debian with ORTHANCCONNECT_OTHER_DEBIAN. Ends with 0 when each way brought as many studies
as it should.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, List

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "OrthancConnect"), str(REPOSITORY / "Testing")]

import measure  # noqa: E402
from measure import Contender  # noqa: E402

from OrthancConnectCore.orthanc.client import OrthancClient  # noqa: E402
from OrthancConnectCore.query.run import query  # noqa: E402
from OrthancConnectCore.shared.credentials import Credentials  # noqa: E402
from OrthancConnectCore.shared.profile import C_FIND, HTTPS  # noqa: E402
from OrthancConnectCore.shared.query import QueryFilters  # noqa: E402
from OrthancConnectCore.upload.run import upload  # noqa: E402
from Support.data.dicom import stable_uid, write_slice  # noqa: E402
from Support.scenarios.doctor_cases import server_profile  # noqa: E402
from Support.servers.orthanc import PrivateOrthanc  # noqa: E402

PAGE = 100
OURS = "first page over HTTPS"
#: pynetdicom puts a findscu of its own on the PATH of a virtual environment.
FINDSCU = Path("/usr/bin/findscu")
NAMES = ("Pérez^Núria", "Šimůnek^Jiří", "Müller^Jürgen", "Yamada^Tarou=山田^太郎", "Smith^John")


def write_studies(folder: Path, count: int) -> None:
    """Write one instance of a study each, of as many patients, from templates."""
    templates = []
    for name in NAMES:
        path = write_slice(
            folder / "template",
            "P0000000",
            SpecificCharacterSet="ISO_IR 192",
            PatientName=name,
            PixelData=b"\0\0",
            Rows=1,
            Columns=1,
            **{f"{level}InstanceUID": stable_uid(level) for level in ("Study", "Series", "SOP")},
        )
        templates.append(path.read_bytes())
        path.unlink()
    for number in range(count):
        content = templates[number % len(NAMES)].replace(b"P0000000", b"P%07d" % number)
        for level in ("Study", "Series", "SOP"):
            old, new = stable_uid(level), stable_uid(level, number)
            content = content.replace(old.encode(), new.encode())
        (folder / f"{number:06d}.dcm").write_bytes(content)


def contenders(server: PrivateOrthanc, client: OrthancClient, args: Any) -> List[Contender]:
    """Return every way; each raises when it did not bring what it should."""
    profile = server_profile(server, dimse_timeout=60.0)

    def ours(via: str, limit: int, wanted: int, **filters: Any) -> None:
        found = query(profile, client, QueryFilters(**filters), via=via, limit=limit)
        if len(found.studies) != wanted:
            raise RuntimeError(f"{len(found.studies)} of {wanted} studies came ({filters})")

    def findscu() -> None:
        keys = ("QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientName", "PatientID")
        command = [str(FINDSCU), "-S", "-aec", server.aet, "-aet", server.calling_aet]
        command += [word for key in keys for word in ("-k", key)]
        place = ["127.0.0.1", str(server.dicom_port)]
        done = subprocess.run([*command, *place], capture_output=True, check=True)
        found = (done.stdout + done.stderr).count(b"StudyInstanceUID")
        if found != args.studies:
            raise RuntimeError(f"{found} studies came")

    slow, every = args.slow_rounds, args.studies
    absent = "" if FINDSCU.exists() else "DCMTK is not installed"
    page = partial(ours, HTTPS, PAGE, PAGE)
    return [
        Contender(OURS, page),
        Contender("the same, perez", partial(page, patient_name="perez")),
        Contender("the same, 山田", partial(page, patient_name="山田")),
        Contender("the same, modality CT", partial(page, modalities="CT")),
        Contender("the same, body part chest", partial(page, body_part="chest")),
        Contender("the same, one patient", partial(ours, HTTPS, PAGE, 1, patient_id="P0000007")),
        Contender("100 by C-FIND, cancelled", partial(ours, C_FIND, PAGE, PAGE), rounds=slow),
        Contender("all over HTTPS", partial(ours, HTTPS, 0, every), rounds=slow),
        Contender("all by C-FIND, with series", partial(ours, C_FIND, 0, every), rounds=slow),
        Contender("all studies by findscu", findscu, absent=absent, rounds=slow),
    ]


def main() -> None:
    """Make the server and run all ways."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--studies", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--slow-rounds", type=int, default=2, help="of what takes many seconds")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orthancconnect-bench-") as name:
        os.environ["ORTHANCCONNECT_STATE_DIR"] = f"{name}/state"
        data = Path(name) / "data"
        began = time.perf_counter()
        write_studies(data, args.studies)
        made = time.perf_counter() - began
        with PrivateOrthanc(plugins=False) as server:
            login = Credentials(server.user, server.password)
            with OrthancClient(server_profile(server), login) as client:
                receipt = upload(client, data)
                if not receipt.complete:
                    raise RuntimeError(receipt.summary())
                version = ".".join(map(str, server.version))
                print(f"made in {made:.0f} s, uploaded in {receipt.seconds:.0f} s", flush=True)
                ways = contenders(server, client, args)
                measure.interleave(
                    ways, args.rounds, lambda: None, lambda: None, lambda: server.pids
                )
    found = measure.rows(ways, OURS, PAGE)
    title = f"{args.studies} studies, Orthanc {version}"
    print(measure.table(title, found, OURS, 0), flush=True)
    if args.json:
        measure.write_json(args.json, {"machine": measure.machine(), title: found})


if __name__ == "__main__":
    main()
