"""Pictures that were made once, on this computer: for this user only, bounded, and never needed."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from launcher.projects.preview import is_plausible

#: Some thousand posters; beyond it the ones that were not looked at for longest go.
MOST_BYTES = 256 * 1024 * 1024
_SUFFIX = ".pictures"


class PictureCache:
    """Some pictures by key. A disk that does not take or give them is no error: they are made again."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._bytes: int | None = None

    def get(self, key: Sequence[object]) -> list[bytes] | None:
        """The pictures of that key, if they are there and whole."""
        file = self._file(key)
        try:
            head, _, blob = file.read_bytes().partition(b"\n")
            lengths = json.loads(head)
            os.utime(file)
        except (OSError, ValueError):
            return None
        found = list(_cut(blob, lengths)) if _are_lengths(lengths, len(blob)) else []
        return found if found and all(map(is_plausible, found)) else None

    def put(self, key: Sequence[object], pictures: Sequence[bytes]) -> None:
        """Keep them."""
        file, data = self._file(key), json.dumps([len(picture) for picture in pictures]).encode() + b"\n"
        data += b"".join(pictures)
        partial = file.with_suffix(f".{secrets.token_hex(4)}")
        with suppress(OSError):
            _make(self._folder)
            try:
                with open(partial, "xb", opener=_for_this_user) as opened:
                    opened.write(data)
                partial.replace(file)
            finally:
                partial.unlink(missing_ok=True)
            self._keep_within(len(data))

    def _file(self, key: Sequence[object]) -> Path:
        name = hashlib.sha256(json.dumps(list(key), default=str).encode()).hexdigest()[:40]
        return self._folder / f"{name}{_SUFFIX}"

    def _keep_within(self, added: int) -> None:
        with self._lock:
            held = self._bytes + added if self._bytes is not None else None
            self._bytes = held if held is not None and held <= self._most_bytes else self._trimmed()

    def _trimmed(self) -> int:
        """Remove what was not looked at for longest, if there is too much; returns the bytes that are left."""
        found = sorted((entry.stat().st_mtime_ns, entry.stat().st_size, entry.path) for entry in self._entries())
        left = sum(size for _, size, _ in found)
        if left > self._most_bytes:
            for _, size, path in found:
                if left <= self._most_bytes * 3 // 4:
                    break
                Path(path).unlink(missing_ok=True)
                left -= size
        return left

    def _entries(self) -> list[os.DirEntry[str]]:
        with os.scandir(self._folder) as entries:
            return [entry for entry in entries if entry.is_file(follow_symlinks=False)]


def _make(folder: Path) -> None:
    """The folder and what is missing above it; `mkdir` alone would give only the last one to this user alone."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)


def _for_this_user(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _are_lengths(lengths: object, whole: int) -> bool:
    return (
        isinstance(lengths, list) and all(isinstance(one, int) and one > 0 for one in lengths) and sum(lengths) == whole
    )


def _cut(blob: bytes, lengths: Sequence[int]) -> list[bytes]:
    ends = [sum(lengths[: number + 1]) for number in range(len(lengths))]
    return [blob[end - length : end] for end, length in zip(ends, lengths, strict=True)]
