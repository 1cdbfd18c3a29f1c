"""Which files are videos and which are pictures, judged by their names."""

from __future__ import annotations

VIDEO_SUFFIXES = frozenset(
    {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".seq", ".webm", ".wmv"}
)
IMAGE_SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"})


def suffix(path: str) -> str:
    """The last extension of a relative path, in lower case, with its dot; empty if there is none."""
    stem, dot, end = path.rpartition("/")[2].rpartition(".")
    return f".{end.lower()}" if dot and stem else ""


def is_video(path: str) -> bool:
    """Is this a video? Its name decides."""
    return suffix(path) in VIDEO_SUFFIXES


def is_image(path: str) -> bool:
    """Is this a picture? Its name decides."""
    return suffix(path) in IMAGE_SUFFIXES


def videos_last(paths: list[str]) -> list[str]:
    """The same files in order of name, the videos after everything else."""
    return sorted(paths, key=lambda path: (is_video(path), path))
