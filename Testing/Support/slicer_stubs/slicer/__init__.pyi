# What mypy is told of Slicer: only what the module's own types stand on; the rest is Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
