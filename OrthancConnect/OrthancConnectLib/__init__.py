"""OrthancConnect inside Slicer: what meets Qt, ctk and the application.

Panels use the logic, the logic uses the adapters and `OrthancConnectCore`. Everything here runs in
Slicer's main thread and waits for nothing: work goes to the worker process or to ctk's own threads,
and callbacks come back through the event loop.
"""
