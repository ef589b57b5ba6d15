"""What is unsafe or won't work in an Orthanc configuration, or in a running server."""
