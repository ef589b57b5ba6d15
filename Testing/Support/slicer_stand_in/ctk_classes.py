"""The DICOM classes of ctk that the stand-in plays."""

from __future__ import annotations

from Support.slicer_stand_in.ctk_database import ctkDICOMDatabase
from Support.slicer_stand_in.ctk_indexer import ctkDICOMIndexer
from Support.slicer_stand_in.ctk_job_scheduler import ctkJobScheduler
from Support.slicer_stand_in.ctk_jobs import ctkDICOMInserter
from Support.slicer_stand_in.ctk_query import (
    ctkDICOMEcho,
    ctkDICOMJobResponseSet,
    ctkDICOMQuery,
    ctkDICOMRetrieve,
)
from Support.slicer_stand_in.ctk_scheduler import ctkDICOMScheduler
from Support.slicer_stand_in.ctk_server import ctkDICOMServer

# Bases before what is derived from them.
DICOM_CLASSES = (
    ctkDICOMDatabase,
    ctkDICOMIndexer,
    ctkDICOMInserter,
    ctkDICOMServer,
    ctkDICOMEcho,
    ctkDICOMJobResponseSet,
    ctkDICOMQuery,
    ctkDICOMRetrieve,
    ctkJobScheduler,
    ctkDICOMScheduler,
)
