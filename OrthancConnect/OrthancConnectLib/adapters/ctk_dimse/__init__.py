"""DICOM's own protocol in Slicer's process, by ctk."""
