"""The GPU as the bar at the bottom says it: words first, numbers with units, the graph last. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from launcher.ui.texts import tr
from launcher.ui.words import Line, Tone

#: The verdict's codes in a few words; the whole sentence is the tooltip.
_IN_SHORT = {
    "no_driver": "No GPU here",
    "no_device": "No GPU here",
    "driver_mismatch": "The GPU's driver needs a restart",
    "no_permission": "The GPU may not be used",
    "stuck": "The GPU's driver does not answer",
    "unreadable": "The GPU cannot be read",
    "lost": "The GPU is lost",
    "torch_cannot_use": "The tool cannot use the GPU",
    "hot": "The GPU is too hot",
    "throttled": "The GPU is slowed down",
    "memory_nearly_full": "GPU memory nearly full",
    "training_on_gpu": "training is on the GPU",
    "tool_on_gpu": "the tool is on the GPU",
    "training_not_on_gpu": "training is not on the GPU",
    "busy_with_another": "busy with another program",
    "idle": "idle",
    "present": "",
}
_ATTENTION = frozenset(
    {"torch_cannot_use", "hot", "throttled", "memory_nearly_full", "training_not_on_gpu", "driver_mismatch",
     "no_permission", "stuck"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GpuSeen:
    """One look at the GPU, and its use over the last minutes in percent, oldest first."""

    verdict: str
    reason: str
    name: str = ""
    numbers: str = ""
    history: Sequence[int] = ()

    @property
    def line(self) -> Line:
        """The verdict in a few words."""
        words = tr(_IN_SHORT.get(self.verdict, ""))
        if self.verdict == "lost":
            return Line(words, Tone.FAILED)
        return Line(words, Tone.ATTENTION if self.verdict in _ATTENTION else Tone.PLAIN)
