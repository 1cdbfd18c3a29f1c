"""The parser process for tables and configurations alone: ready in a third of the time, without NumPy and HDF5."""

from __future__ import annotations

from launcher.projects.parser import serve
from launcher.tools import load_text_readers


def main() -> None:
    """Serve jobs until the pipe ends; what needs more is answered with `beyond`."""
    serve(load_text_readers)
