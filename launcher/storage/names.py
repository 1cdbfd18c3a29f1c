"""From keys to local names: which keys can be files here, on Windows' and on Linux's rules alike.

Both systems' rules always apply, so that a project staged on one can be opened on the other. An accepted key is its
own local name, byte for byte: nothing is mapped, so nothing can be mapped back wrongly. The others are refused by name.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import TypeVar

from launcher.errors import NamesRefused

#: What one part may have on ext4 and NTFS; UTF-16 units are never more than UTF-8 bytes, so one figure covers both.
PART_BYTES = 255
#: Windows programs stop at 260 units; a short scratch root and our own suffixes have to fit beside this.
PATH_UNITS = 240
SAFE_NAME_LENGTH = 40

#: Characters that no accepted key contains, with the words for each, in the order in which they are told.
_FORBIDDEN = (
    (re.compile("[\ud800-\udfff]"), "is not valid Unicode"),
    (re.compile("[\x00-\x1f\x7f-\x9f]"), "contains a control character"),
    (re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"), "contains a character that turns text around"),
    (re.compile(r"^/"), 'starts with "/"'),
    (re.compile(r"\\"), "contains a backslash"),
    (re.compile(r"^[A-Za-z]:"), "starts with a drive letter"),
    (re.compile(":"), 'contains ":", which names a hidden stream on Windows'),
    (re.compile(r'[<>"|?*]'), 'contains one of < > " | ? *, which Windows does not allow'),
    (re.compile(r"//|/$"), "has an empty part"),
    (re.compile(r"(?:^|/)\.\.?(?:/|$)"), 'has a part "." or ".."'),
    (re.compile(r"[. ](?:/|$)"), "has a part that ends with a dot or a space, which Windows drops"),
)
#: One look that most keys pass; only the others are asked one by one.
_ANY_FORBIDDEN = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in _FORBIDDEN))
_DEVICE = re.compile(
    r"(?:^|/)(?P<device>con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])"
    r" *(?:\.[^/]*)?(?:/|$)",
    re.IGNORECASE,
)
#: Names that the launcher keeps for itself: its folder, also by the short name that Windows has for it, and files on
#: their way.
_OURS = re.compile(
    r"^(?:\.pose-launcher(?:-unfinished)?|pose-l~[0-9]+)(?:/|$)|\.partial-[0-9a-f]+(?:/|$)", re.IGNORECASE
)

#: No path that a look at a folder gives has any of these; joined to a folder, it could lie elsewhere, or nowhere.
_LEADS_OUT = re.compile(r"\0|\\|^/|//|/$|(?:^|/)\.\.?(?:/|$)|^\.pose-launcher(?:/|$)")

_PROJECT_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,54}-[0-9a-f]{8}")

AnyPath = TypeVar("AnyPath", bound=PurePath)


def is_folder_marker(key: str) -> bool:
    """Is this an object that only draws a folder in a console? It is not a file, and not refused either."""
    return key.endswith("/")


def refusal(relative_key: str) -> str | None:
    """Why this key, relative to its project, cannot be a file here; None if it can."""
    if not relative_key:
        return "has no name"
    if _ANY_FORBIDDEN.search(relative_key):
        return next(words for pattern, words in _FORBIDDEN if pattern.search(relative_key))
    if device := _DEVICE.search(relative_key):
        return f'has a part named "{device["device"]}", which is a device on Windows'
    if _OURS.search(relative_key):
        return "has a name that the launcher keeps for itself"
    return _too_long(relative_key)


def leading_out(paths: Iterable[str]) -> str | None:
    """One of these paths that is none of a file below a folder, or is one of our own corner there; else None.

    A list in a bucket can name anything. Names that only one system takes are no reason: they were saved there.
    """
    return next((path for path in paths if _LEADS_OUT.search(path)), None)


def refusal_here(relative_path: str, system: str = os.name) -> str | None:
    """Why a name that some system took, and that was saved there, cannot be a file here; None if it can."""
    return refusal(relative_path) if system == "nt" else None


def refusals(keys: Iterable[str]) -> dict[str, str]:
    """Every key that cannot be a file beside the others, with the reason; a refused key stands in nobody's way."""
    refused: dict[str, str] = {}
    accepted: set[str] = set()
    for key in keys:
        reason = refusal(key)
        if reason is None:
            accepted.add(key)
        else:
            refused[key] = reason
    return refused | _clashes(accepted)


def twins(names: Iterable[str]) -> dict[str, str]:
    """Of names in one folder each that some system takes for another one of them, with that one."""
    return _twins(_by_folding(names))


def local_path(root: AnyPath, relative_key: str) -> AnyPath:
    """Where the key's file lies below `root`. A key that cannot be a file never becomes a path."""
    if reason := refusal(relative_key):
        raise NamesRefused(f'"{relative_key}" {reason}')
    return root.joinpath(*relative_key.split("/"))


def safe_name(text: str) -> str:
    """A short ASCII name for a folder, made from whatever a project is called; two projects may get the same."""
    name = re.sub(r"[^A-Za-z0-9._-]", "-", text).lstrip(".-")[:SAFE_NAME_LENGTH]
    if _DEVICE.search(name):
        name = f"project-{name}"[:SAFE_NAME_LENGTH]
    # With a checksum behind it, `x.partial` would look like one of our unfinished files.
    return re.sub(r"\.(?=partial)", "-", name.rstrip("."), flags=re.IGNORECASE) or "project"


def project_id(name: str, uri: str) -> str:
    """The contract's id of a project: its name, and enough of its uri that two of one name never meet."""
    return f"{safe_name(name)}-{hashlib.sha256(uri.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def is_project_id(text: str) -> bool:
    """Can it be one of ours? Anybody may make a folder of another name where projects are saved."""
    return _PROJECT_ID.fullmatch(text) is not None


def _too_long(key: str) -> str | None:
    if key.isascii() and len(key) <= PATH_UNITS:
        return None
    if any(len(part.encode()) > PART_BYTES for part in key.split("/")):
        return f"has a part longer than {PART_BYTES} bytes"
    if len(key.encode("utf-16-le")) // 2 > PATH_UNITS:
        return f"is longer than {PATH_UNITS} characters"
    return None


def _clashes(keys: Collection[str]) -> dict[str, str]:
    """Reasons that only show side by side: the same name to Windows, or a file where a folder must be."""
    folders = _by_folding(_folders(keys))
    twin_folders = _twins(folders)
    refused = dict(_inside(keys, twin_folders)) if twin_folders else {}
    files = _by_folding(keys)
    for folded in files.keys() & folders.keys():
        refused |= dict.fromkeys(files[folded], f'is a file where the folder "{folders[folded][0]}/" must be')
    return refused | {key: f'is the same name as "{other}" on some systems' for key, other in _twins(files).items()}


def _folders(keys: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for key in keys:
        folder = key.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _by_folding(names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[_folded(name)].append(name)
    return groups


def _folded(name: str) -> str:
    """What two names have in common that a system may take for one: no letter case, one way to write accents."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _twins(groups: Mapping[str, list[str]]) -> dict[str, str]:
    """Every name that has a twin, and one that it is a twin of."""
    crowded = [group for group in groups.values() if len(group) > 1]
    return {name: group[1] if name == group[0] else group[0] for group in crowded for name in group}


def _inside(keys: Iterable[str], twin_folders: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Keys below a folder that has a twin: Windows would merge both, and the way back to the keys would be lost."""
    for key in keys:
        folder = key.rpartition("/")[0]
        while folder and folder not in twin_folders:
            folder = folder.rpartition("/")[0]
        if folder:
            yield key, f'lies in "{folder}/", the same folder as "{twin_folders[folder]}/" on some systems'
