"""What must outlive a lost journal: who this state dir is to other sessions, and where its projects lie.

A small JSON file beside it. Everything else can be read again from those folders and from S3.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.storage.json_text import json_of


@dataclass(slots=True)
class Beside:
    """The file's content."""

    file: Path
    writer: str = ""
    folders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, journal: Path) -> Beside:
        """As it was left; what cannot be read is as good as nothing."""
        beside = cls(journal.with_name(f"{journal.name}-projects.json"))
        beside._read()
        return beside

    def _read(self) -> None:
        """Another process may have written meanwhile: what it forgot is not to come back with a line of ours."""
        try:
            found: dict[str, Any] = json_of(self.file.read_bytes())
            folders = {str(name): str(folder) for name, folder in found["folders"].items()}
            self.writer, self.folders = str(found["writer"]), folders
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return

    def put_folder(self, project_id: str, folder: str) -> None:
        """A project lies here now."""
        if self.folders.get(project_id) != folder:
            self._read()
            self.folders[project_id] = folder
            self._write()

    def drop_folder(self, project_id: str) -> None:
        """A project is not looked after here any more."""
        self._read()
        if self.folders.pop(project_id, None) is not None:
            self._write()

    def put_writer(self, writer: str) -> None:
        """This is how other sessions know us."""
        if self.writer != writer:
            self._read()
            self.writer = writer
            self._write()

    def _write(self) -> None:
        """Whole or not at all; a kill in between loses one line of it, which the next start writes again."""
        # Others may write theirs at the same time.
        draft = self.file.with_name(f"{self.file.name}.{secrets.token_hex(4)}.new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"writer": self.writer, "folders": self.folders}, indent=1), encoding="utf-8")
        draft.replace(self.file)
