"""OrthancConnect's engine: DICOM and Orthanc transfer without Slicer, Qt or VTK.

The panel inside 3D Slicer, the worker process and the command line are three faces of this package.
"""

__version__ = "0.1.0"
