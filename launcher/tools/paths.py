"""Which file a path of another machine means here, and what a path of this machine should read in a saved project.

Pure decisions over texts: Windows rules are applied on Linux and the reverse, so both can be tested anywhere.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from launcher.tools.media import is_video
from launcher.tools.protocol import PathMap

#: What a project's own folder reads in what is saved.
NEUTRAL_ROOT = "."
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
#: What stands before, behind and never inside a path among other words, and what only a command line has.
_AROUND = r"""\s=:,;|<>"'`()\[\]{}"""
_OPTION = re.compile(r"\s--?[A-Za-z]")


def is_neutral(paths: PathMap) -> bool:
    """Is this the map of saving, for which nothing of the machine may stay?"""
    return paths.root == NEUTRAL_ROOT


def path_parts(text: str) -> tuple[str, ...]:
    """The parts of a path of any system: slashes, backslashes, or both mixed; a drive is a part like any other."""
    return tuple(part for part in text.replace("\\", "/").split("/") if part not in ("", "."))


def is_url(text: str) -> bool:
    """Whether this names something on the network rather than a file."""
    return _URL.match(text) is not None


def _folded(part: str) -> str:
    return unicodedata.normalize("NFC", part).casefold()


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(reversed(one), reversed(other), strict=False):
        if left != right:
            break
        count += 1
    return count


class MemberIndex:
    """Finds the file of a project that a path of any machine means: same name, then the longest common end.

    Upper and lower case matter at first and are ignored in a second try. Equally good files give no answer: a wrong
    video under the right labels is worse than a missing one.
    """

    def __init__(self, members: Iterable[str]) -> None:
        self._exact: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._folded: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for member in members:
            parts = tuple(member.split("/"))
            folded = tuple(map(_folded, parts))
            self._exact.setdefault(parts[-1], []).append((member, parts))
            self._folded.setdefault(folded[-1], []).append((member, folded))

    def find(self, old: str) -> str | None:
        """The one member that `old` stands for, or None."""
        parts = path_parts(old)
        if not parts or is_url(old):
            return None
        if parts[-1] in self._exact:
            return _best(self._exact[parts[-1]], parts)
        folded = tuple(map(_folded, parts))
        return _best(self._folded.get(folded[-1], []), folded)


def index_for(members: Iterable[str], wanted: Iterable[str]) -> MemberIndex:
    """An index of only those members that one of the wanted paths could mean: folders may hold 100,000 files."""
    names = {_folded(parts[-1]) for parts in map(path_parts, wanted) if parts}
    return MemberIndex(member for member in members if _folded(member.rpartition("/")[2]) in names)


def _best(choices: Sequence[tuple[str, tuple[str, ...]]], parts: Sequence[str]) -> str | None:
    scored = sorted(((_common_end(own, parts), member) for member, own in choices), reverse=True)
    if not scored or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None
    return scored[0][1]


@dataclass(frozen=True)
class LocalPaths:
    """The `PathMap` of staging: every path becomes the absolute path of the member that it means, on this machine."""

    project_dir: str
    members: Sequence[str]
    windows: bool
    #: None: whichever members are videos by their names.
    video_members: Sequence[str] | None = None

    @cached_property
    def _index(self) -> MemberIndex:
        return MemberIndex(self.members)

    def __call__(self, old: str) -> str | None:
        """The native absolute path of the member that `old` stands for; None when there is none, or no single one."""
        member = self._index.find(old)
        return None if member is None else self._native(member)

    @property
    def root(self) -> str:
        """The project's folder on this machine."""
        return self.project_dir

    def videos(self) -> Sequence[str]:
        """The native absolute path of every video of the project."""
        chosen = sorted(filter(is_video, self.members)) if self.video_members is None else self.video_members
        return tuple(map(self._native, chosen))

    def _native(self, member: str) -> str:
        join = ntpath.join if self.windows else posixpath.join
        return join(self.project_dir, *member.split("/"))


@dataclass(frozen=True)
class NeutralPaths:
    """The `PathMap` of saving: nothing of this machine stays in the file, everything else stays as it is."""

    project_dir: str
    machine_roots: Sequence[str]
    members: Sequence[str]
    windows: bool

    @cached_property
    def _index(self) -> MemberIndex:
        return MemberIndex(self.members)

    def __call__(self, old: str) -> str | None:
        """A relative path for a path of this machine; None for what is relative already, elsewhere, or no path.

        Among other words, as in a command line, each path of this machine is replaced for itself.
        """
        found = [match.start() for match in self._mentions.finditer(old)]
        if not found or (found == [0] and not _OPTION.search(old)):
            return self._one(old)
        new = self._mentions.sub(lambda match: self._one(match[0]) or match[0], old)
        return None if new == old else new

    def _one(self, old: str) -> str | None:
        """The same for a text that is one path as a whole."""
        inside = self._below(old, self.project_dir)
        if inside is not None:
            return "/".join(inside) or NEUTRAL_ROOT
        for root in self.machine_roots:
            outside = self._below(old, root)
            if outside is not None:
                return (self._index.find(old) or outside[-1]) if outside else NEUTRAL_ROOT
        return None

    @property
    def root(self) -> str:
        """The project's folder, as seen from itself."""
        return NEUTRAL_ROOT

    def videos(self) -> Sequence[str]:
        """None: a placeholder is neutral already."""
        return ()

    @cached_property
    def _mentions(self) -> re.Pattern[str]:
        """Paths of this machine inside a longer text, each up to the next space, quote or bracket."""
        roots = sorted((self.project_dir, *self.machine_roots), key=len, reverse=True)
        named = "|".join(spelled for spelled in map(self._spelled, roots) if spelled) or "(?!)"
        separator = r"[\\/]" if self.windows else "/"
        whole = f"(?<![^{_AROUND}])(?:{named})(?:{separator}[^{_AROUND}]*)?(?![^{_AROUND}])"
        return re.compile(whole, re.IGNORECASE if self.windows else 0)

    def _spelled(self, folder: str) -> str:
        """A pattern for this folder as programs spell it; empty for a file system's root, which is nobody's."""
        parts = self._absolute_parts(folder) or ()
        if not parts or (len(parts) == 1 and parts[0].endswith(":")):
            return ""
        if not self.windows:
            return "".join(f"/+{re.escape(part)}" for part in parts)
        start = "" if parts[0].endswith(":") else r"[\\/]{2,}"
        return start + r"[\\/]+".join(map(re.escape, parts))

    def _below(self, old: str, folder: str) -> tuple[str, ...] | None:
        """What is left of `old` below `folder`; None if it is not there. A file system's root is nobody's folder."""
        parts, base = self._absolute_parts(old), self._absolute_parts(folder)
        if parts is None or not base or (len(base) == 1 and base[0].endswith(":")):
            return None
        if tuple(map(self._case, parts[: len(base)])) != tuple(map(self._case, base)):
            return None
        return parts[len(base) :]

    def _absolute_parts(self, text: str) -> tuple[str, ...] | None:
        if is_url(text):
            return None
        if not self.windows:
            return tuple(filter(None, posixpath.normpath(text).split("/"))) if text.startswith("/") else None
        plain = _without_device_prefix(text.replace("/", "\\"))
        return tuple(filter(None, ntpath.normpath(plain).split("\\"))) if ntpath.isabs(plain) else None

    def _case(self, part: str) -> str:
        return part.casefold() if self.windows else part


def _without_device_prefix(path: str) -> str:
    r"""`\\?\C:\x` and `\\?\UNC\server\x` in the form that people and tools write."""
    if path[:8].upper() == "\\\\?\\UNC\\":
        return "\\\\" + path[8:]
    return path.removeprefix("\\\\?\\")
