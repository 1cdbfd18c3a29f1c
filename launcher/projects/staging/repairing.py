"""The paths inside a file that just came, made right for this computer."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher import errors
from launcher.journal import ProjectRecord
from launcher.projects import repair
from launcher.projects.parsing import Parsers
from launcher.storage.checksums import digest_file
from launcher.tools.protocol import PathChange


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a partial file: its checksum now, what was changed, and why nothing could be."""

    crc64nvme: str
    changes: Sequence[PathChange] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Repairs:
    """Repairs the files of one project; `members` is what its paths may lead to."""

    parsers: Parsers
    record: ProjectRecord
    members: Collection[str]

    def repair(self, path: str, partial: Path, original: Path, crc64nvme: str) -> Repaired:
        """Change the partial file; its bytes as they came, of this checksum, are kept as `original`."""
        shutil.copyfile(partial, original)
        try:
            changes = repair.make_local(self.parsers, self.record, path, partial, self.members)
        except errors.Damaged as exc:
            shutil.copyfile(original, partial)  # the person gets the file as it is, and is told
            problem = f"it is here as it was, but its paths could not be adjusted: {exc.title}. {exc.hint}"
            return Repaired(crc64nvme, problem=problem)
        return Repaired(digest_file(partial, sha256=False).crc64nvme if changes else crc64nvme, changes)
