"""Orthanc's REST API."""
