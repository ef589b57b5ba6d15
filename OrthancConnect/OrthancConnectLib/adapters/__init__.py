"""What touches Slicer: database, listener, settings, the worker process, ctk."""
