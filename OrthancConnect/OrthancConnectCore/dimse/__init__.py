"""DICOM's own protocol outside Slicer, by pynetdicom."""
