"""Files that two sessions changed, as the window shows them: values, and their words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from launcher.config.plain import plain
from launcher.ui import words
from launcher.ui.earlier import moment_of, person, when
from launcher.ui.texts import tr


@dataclass(frozen=True, slots=True)
class Version:
    """One of the two contents: where it is in the bucket, who saved it, when; `bytes` None if it is gone."""

    uri: str
    who: str
    when: str
    bytes: int | None

    @property
    def told(self) -> str:
        """Who and when, and how large, one a line."""
        saved = tr("saved by {who}", who=self.who) if self.who else tr("saved by another session")
        size = tr("not there any more") if self.bytes is None else words.size(self.bytes)
        return "\n".join(part for part in (saved, self.when, size) if part)


@dataclass(frozen=True, slots=True)
class TwoVersions:
    """One file that two sessions changed; `dir` is the project's folder, `copy` the longer of the two names.

    `both_here`: this computer brought both as plain files, and `mine` is the one under the file's own name. Else `mine`
    was made here, and `theirs` is in the bucket alone.
    """

    dir: str
    path: str
    copy: str
    mine: Version
    theirs: Version
    both_here: bool

    @property
    def titles(self) -> tuple[str, str]:
        """What is said over the one side and over the other."""
        if self.both_here:
            return tr("The file"), tr("The copy beside it")
        return tr("On this computer"), tr("The other version")

    @property
    def answers(self) -> dict[str, str]:
        """What can be kept, by the command's words."""
        if self.both_here:
            return {"both": tr("Keep both"), "theirs": tr("Keep the copy"), "mine": tr("Keep the file")}
        return usual_answers()

    def decided(self, document: Mapping[str, Any]) -> str:
        """What was done, and how it is undone."""
        kept = {
            "mine": tr("✓ The file stays as it is") if self.both_here else tr("✓ Yours is the file now"),
            "theirs": tr("✓ The copy is the file now") if self.both_here else tr("✓ The other version is the file now"),
            "both": tr("✓ Both are files now, each with its own name"),
        }.get(str(document.get("kept")), tr("✓ Decided"))
        return tr("{kept}. Both contents stay: see Saved states.", kept=kept)

    @property
    def shown(self) -> str:
        """The file as text."""
        return plain(self.path)


def usual_answers() -> dict[str, str]:
    """What can be kept where one version was made here, by the command's words."""
    return {"both": tr("Keep both"), "theirs": tr("Keep the other"), "mine": tr("Keep mine")}


def two_versions_of(data: Mapping[str, Any], now: datetime) -> TwoVersions:
    """One element of `conflicts`."""
    return TwoVersions(
        data["dir"],
        data["path"],
        data["copy"],
        _version(data["mine"], now),
        _version(data["theirs"], now),
        data["both_here"],
    )


def _version(data: Mapping[str, Any], now: datetime) -> Version:
    moment = moment_of(data["at"] or "")
    return Version(plain(data["uri"]), person(data["who"] or ""), when(moment, now) if moment else "", data["bytes"])
