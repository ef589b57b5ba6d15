"""Finding studies: by DICOM and over HTTPS, with the same records."""
