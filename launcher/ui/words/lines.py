"""A sentence and what it means to the person. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What a line means to the person; a theme gives it a colour, the words and a sign say it too."""

    PLAIN = "plain"
    SAVED = "saved"
    ATTENTION = "attention"
    FAILED = "failed"


SIGNS = {Tone.PLAIN: "", Tone.SAVED: "✓ ", Tone.ATTENTION: "! ", Tone.FAILED: "✕ "}


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence and what it means."""

    text: str
    tone: Tone = Tone.PLAIN

    @property
    def signed(self) -> str:
        """The sentence with its sign in front."""
        return SIGNS[self.tone] + self.text
