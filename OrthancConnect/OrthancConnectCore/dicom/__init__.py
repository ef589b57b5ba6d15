"""DICOM's bytes: elements, text, the head of a file."""
