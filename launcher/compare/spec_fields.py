"""What several tables of a spec are made of: files below its folder, and lines of text."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field, Strict

FILE = "a file, relative to the folder that --data names (else to the spec's own), or with its full path"
POSES = "a .slp of SLEAP, or a .h5 or .csv of DeepLabCut"


def _local(text: str) -> str:
    """A path that does not climb out of its folder."""
    if not text or "\0" in text or ".." in PurePosixPath(text.replace("\\", "/")).parts or "://" in text:
        raise ValueError("not a path")
    return text


LocalFile = Annotated[str, Field(max_length=1000), AfterValidator(_local)]
Files = Annotated[tuple[LocalFile, ...], Strict(False), Field(max_length=50)]
Words = Annotated[str, Field(max_length=1000)]
