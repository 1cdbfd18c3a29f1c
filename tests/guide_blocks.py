"""The fenced blocks of a guide: commands with the exit code that the page promises, or a file to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(?P<kind>\w*)(?: (?P<about>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """`about` is the name of a file, or `exit=N`."""

    kind: str
    about: str
    text: str

    @property
    def exit_code(self) -> int:
        return int(self.about.removeprefix("exit=") or 0)


def blocks(page: Path) -> list[Block]:
    """Every block of a page, in its order; one without a kind would be run by nobody."""
    found = [Block(one["kind"], one["about"] or "", one["text"]) for one in _BLOCK.finditer(page.read_text())]
    fences = page.read_text().count("\n```")
    assert fences == 2 * len(found), "every fence is a block"
    assert all(block.kind == "sh" or block.about for block in found), "commands, or a file with its name"
    return found
