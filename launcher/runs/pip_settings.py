"""What the site told pip about its registry. uv, which we install with, does not read it by itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

#: Where a setting stands counts more than what it says: for every command, for installing, in the environment.
_RANK = {"global": 0, "install": 1, ":env:": 2}
_PATIENCE_S = 30
#: What pip takes for a yes.
_TRUE = {"y", "yes", "t", "true", "1", "on"}


@dataclass(frozen=True, slots=True)
class PipSettings:
    """The part of pip's settings that says where packages come from."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, listing: str) -> PipSettings:
        """From `pip config list`: one `section.name='value'` a line."""
        found: dict[str, tuple[int, str]] = {}
        for line in listing.splitlines():
            key, _, written = line.partition("=")
            section, _, name = key.rpartition(".")
            rank = _RANK.get(section, -1)
            if rank >= found.get(name, (0, ""))[0]:
                found[name] = (rank, _text(written))
        return cls({name: value for name, (_, value) in found.items()})

    @property
    def wheel_folders(self) -> tuple[Path, ...]:
        """The folders of this computer in which pip looks for wheels."""
        named = (as_folder(link) for link in self.values.get("find-links", "").split())
        return tuple(folder for folder in named if folder is not None and folder.is_dir())

    @property
    def has_registry(self) -> bool:
        """May pip ask a registry, and not only look into folders? uv knows this as a flag alone, not as a variable."""
        return self.values.get("no-index", "").lower() not in _TRUE

    def for_uv(self, *, only_main_index: bool = False) -> dict[str, str]:
        """The same in uv's words, for its environment: an address may hold a password, and arguments are public."""
        names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE", "proxy": "HTTPS_PROXY"}
        if not only_main_index:
            names |= {"extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
        told = {names[name]: value for name, value in self.values.items() if name in names}
        if "UV_INDEX" in told:
            told["UV_INDEX"] = " ".join(told["UV_INDEX"].split())
        if "UV_FIND_LINKS" in told:
            told["UV_FIND_LINKS"] = ",".join(told["UV_FIND_LINKS"].split())
        return told


def pip_settings(pythons: Iterable[str] = (sys.executable,)) -> PipSettings:
    """What pip itself says; nothing where there is no pip."""
    for python in pythons:
        done = subprocess.run(
            [python, "-I", "-m", "pip", "--no-input", "config", "list"],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        if done.returncode == 0:
            return PipSettings.parse(done.stdout)
    return PipSettings()


def as_folder(link: str) -> Path | None:
    """A folder of this computer that was named by path or by `file:` address; None for an address elsewhere."""
    if link.startswith("file:"):
        from urllib.request import (
            url2pathname,
        )  # brings a web client along; a command that installs nothing goes without

        return Path(url2pathname(urlsplit(link).path))
    return None if "://" in link else Path(link)


def _text(written: str) -> str:
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return ""
    return value if isinstance(value, str) else ""
