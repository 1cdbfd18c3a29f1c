"""What it takes to run a pose tool: its environment, the command, what its windows and endings mean. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Task(StrEnum):
    """What a tool is started for."""

    OPEN = "open"


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What a tool's own environment is made from, beside its lock in `resources/tools/<tool_id>/`.

    `package` is the distribution whose version names the environment, `module` what a real import means, and `python`
    the oldest and the newest version of Python that it runs on.
    """

    package: str
    module: str
    python: tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ToolHome:
    """Where an installed tool lies: its interpreter, and the folder in `resources/` with what we bring for it."""

    python: Path
    resources: Path

    def script(self, name: str) -> Path:
        """A program of the environment, by its plain name."""
        suffix = ".exe" if self.python.suffix.lower() == ".exe" else ""
        return self.python.with_name(name + suffix)


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a tool: absolute program and arguments, and what its environment needs beside the clean one."""

    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)


#: glibc gives the memory of every batch back to the kernel and asks for it again; a trainer should keep it.
WITHOUT_WINDOW: Mapping[str, str] = {
    "PYTHONUTF8": "1",
    "MALLOC_TRIM_THRESHOLD_": "2147483648",
    "MALLOC_MMAP_THRESHOLD_": "2147483648",
}


@dataclass(frozen=True, slots=True)
class Network:
    """A network that a tool can be asked to train; `has_weights` if it can begin with those of other pictures."""

    name: str
    has_weights: bool


def network_of(networks: Sequence[Network], name: str, *, pretrained: bool) -> Network | None:
    """The network that was asked for; unnamed it is the tool's own, with weights where they are asked for."""
    fits = [one for one in networks if one.name == name or not name]
    return next((one for one in fits if one.has_weights or not pretrained), None)


class WindowSays(StrEnum):
    """What one window of a started tool tells us."""

    READY = "ready"
    ASKS_FOR_FILES = "asks for files"
    NOTHING_YET = "nothing yet"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a tool did not start or ended badly, in words: what happened, is the data safe, what next."""

    what: str
    data_safe: str
    next: str
    code: str = "unknown"

    def to_json(self) -> dict[str, str]:
        """As in the contract's `problem`."""
        return {"what": self.what, "data_safe": self.data_safe, "next": self.next}


@dataclass(frozen=True, slots=True)
class CodeCarrier:
    """A file of a project that can run code on this computer when the tool opens it, and how."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class EpochLoss:
    """One epoch of a training, counted from 1: its loss on the training frames, and on the validation frames."""

    epoch: int
    loss: float | None = None
    validation: float | None = None


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training is, from what its tool prints; `best` is the smallest validation loss, else the smallest loss.

    `rate` is in seconds for an epoch. What is not known yet is None.
    """

    epoch: int
    epochs: int
    loss: float | None = None
    validation: float | None = None
    best: float | None = None
    rate: float | None = None
    seconds_left: float | None = None
    #: The epochs that were finished, as far as its output tells.
    curve: Sequence[EpochLoss] = ()

    @property
    def fraction(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.epoch / self.epochs) if self.epochs else 0.0
