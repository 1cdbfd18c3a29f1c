"""The last look at a project that found nothing to send, in a small file of its own beside the journal.

To write it into the journal would change the journal, by whose state it is known again. All that the folder held then
lies in a second file, which is read only where the folder has changed: the first has its checksum.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import astuple, dataclass
from hashlib import blake2b
from pathlib import Path

from launcher.projects import tree

FOLDER = "looks"
#: To be raised with every change of what decides how a file stands (`Rules`, what a tool never saves): a look by other
#: rules is not believed.
RULES = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What was found, and of all that it was found from the checksum or the fingerprint."""

    project: str
    home: str
    #: What decides beside rows and files.
    rules: str
    #: What those rules were made from; empty if that is not known.
    setting: str
    #: Which state the whole journal was in; empty if that is not known.
    journal: str
    #: The project's rows, empty if that is not known, and its folder.
    rows: str
    tree: str
    unchanged: int
    by_reference: list[str]
    #: Where all projects of this computer lie, in the order of their ids.
    folders: list[str]
    #: Was nothing else to be done either: no list to be written, no lost object to be sent, no trouble to be forgotten?
    is_all: bool


def files_in(state: Path) -> list[Path]:
    """All looks that are kept in a state dir."""
    return sorted((state / FOLDER).glob("*.json"))


def file_of(state: Path, folder: Path) -> Path:
    """Where the look at a project's folder is kept in a state dir."""
    return state / FOLDER / f"{digest_of(str(folder))[:32]}.json"


def digest_of(*words: str) -> str:
    """A checksum of words."""
    return blake2b(json.dumps(words).encode()).hexdigest()


def kept(file: Path) -> Look | None:
    """As it was kept; one in which a bit is wrong is none."""
    try:
        seal, text = json.loads(file.read_bytes())
        return Look(*json.loads(text)) if seal == digest_of(text) else None
    except (OSError, ValueError, TypeError):
        return None


def kept_tree(file: Path, look: Look) -> bytes | None:
    """The text of its tree; None where that is gone, or a bit of it is wrong."""
    with suppress(OSError):
        text = _tree_of(file).read_bytes()
        return text if tree.digest_of(text) == look.tree else None
    return None


def keep(file: Path, look: Look) -> None:
    """Remember it; where that fails, as on a full disk, the next look is as long as this one."""
    text = json.dumps(astuple(look))
    _put(file, json.dumps([digest_of(text), text]).encode())


def note_tree(file: Path, text: Iterable[bytes]) -> None:
    """Write down what the folder holds, to be remembered with `keep_tree` when all of it is saved."""
    _write(_draft_of(_tree_of(file)), text)


def keep_tree(file: Path) -> None:
    """Remember what was written down; whether it is what the look says, its checksum tells."""
    with suppress(OSError):
        _draft_of(_tree_of(file)).replace(_tree_of(file))


def _put(file: Path, data: bytes) -> None:
    with suppress(OSError):
        _write(_draft_of(file), [data])
        _draft_of(file).replace(file)


def _write(draft: Path, pieces: Iterable[bytes]) -> None:
    with suppress(OSError):
        draft.parent.mkdir(mode=0o700, exist_ok=True)
        with draft.open("wb") as opened:
            opened.writelines(pieces)


def _tree_of(file: Path) -> Path:
    return file.with_suffix(".tree")


def _draft_of(file: Path) -> Path:
    return file.with_suffix(f"{file.suffix}.new")


def forget(file: Path, *, is_over: bool = False) -> None:
    """What it was found from is about to change; where it is over with the project, what was noted goes, too."""
    for one in (file, _tree_of(file), *([_draft_of(_tree_of(file))] if is_over else [])):
        with suppress(OSError):
            one.unlink()
