"""Lightning Pose: a project is a folder with the app's `project.yaml`, or with a configuration beside its labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.tools import carriers, lp_names, lp_running
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.media import is_video
from launcher.tools.paths import is_neutral
from launcher.tools.protocol import (
    CARD_BYTES,
    FRAMES_BYTES,
    RECOGNISE_BYTES,
    Candidate,
    Card,
    Listing,
    Part,
    PathChange,
    PathMap,
    ReadRange,
    SavingOrder,
)
from launcher.tools.running import (
    CodeCarrier,
    Command,
    EnvironmentSpec,
    Network,
    Problem,
    Task,
    ToolHome,
    TrainingProgress,
    WindowSays,
)
from launcher.tools.saving_rules import LIGHTNING_REWRITTEN, NEVER
from launcher.tools.trained_models import TrainedModel

# The modules that read YAML are imported where a file is opened, so that listing and starting need not wait for them.

if TYPE_CHECKING:
    from launcher.tools.frames import ProjectFrames, Wanted
    from launcher.tools.poses import Kind, Poses


@dataclass(frozen=True, slots=True)
class LightningPose:
    """All that is particular to Lightning Pose."""

    tool_id: str = "lightning_pose"
    title: str = "Lightning Pose"
    markers: Sequence[str] = (lp_names.PROJECT, *lp_names.CONFIGS)
    is_one_file: bool = False
    asks_at_every_close: bool = False

    def part_of(self, path: str) -> Part:
        """What a file of the project's folder is."""
        return lp_names.part_of(path)

    def candidates(self, listing: Listing) -> Iterable[Candidate]:
        """Every folder with a marker, named as the folder is; models' own folders are none."""
        for path in lp_names.markers(listing):
            folder = path.rpartition("/")[0]
            yield Candidate(self.tool_id, folder, path, folder.rpartition("/")[2] or "project")

    def reads_for_card(self, listing: Listing) -> Sequence[str]:
        """The tables of labels."""
        return [path for path in listing if lp_names.is_labels(path)]

    def recognise(self, candidate: Candidate, size: int, read: ReadRange) -> bool:
        """Whether it is ours. Someone else's YAML, whatever is in it, is a plain no."""
        if size > RECOGNISE_BYTES:
            return False  # ours are a few kB
        from launcher.tools.lp_card import recognised

        return recognised(candidate.marker, size, BoundedRead(read, RECOGNISE_BYTES))

    def card(self, candidate: Candidate, listing: Listing, read: ReadRange) -> Card:
        """What the configuration says, and the frames counted in the tables."""
        from launcher.tools.lp_card import read_card

        return read_card(_marker(candidate), listing, BoundedRead(read, CARD_BYTES))

    def frames(self, candidate: Candidate, listing: Listing, read: ReadRange, wanted: Wanted) -> ProjectFrames:
        """Pictures of `labeled-data` with the points of the tables."""
        from launcher.tools.lp_card import labelled_frames

        return labelled_frames(_marker(candidate), listing, BoundedRead(read, FRAMES_BYTES), wanted)

    def members(self, candidate: Candidate, listing: Listing, card: Card) -> Sequence[str]:  # noqa: ARG002
        """The whole folder, since every file of it may belong to a model or a camera; its videos last."""
        return sorted(listing, key=lambda path: (is_video(path), path))

    def has_paths(self, path: str) -> bool:
        """Configurations of trainings."""
        return lp_names.may_hold_paths(path)

    def rewrite_paths(self, file: Path, paths: PathMap) -> Sequence[PathChange]:
        """Let a training name this computer's folders; on the way to S3, let no text name this machine."""
        from launcher.tools.config_paths import replace_content, rewrite_config
        from launcher.tools.lp_config import rewritten

        if is_neutral(paths) or file.suffix.lower() == ".json":
            return rewrite_config(file, paths)
        new, changes = rewritten(file.read_bytes(), file.name, paths)
        if changes:
            replace_content(file, new)
        return changes

    def is_sound(self, file: Path) -> None:
        """Tables, pictures and configurations must read as such; a cut-off `project.yaml` is often still YAML."""
        from launcher.tools import lp_config, soundness
        from launcher.tools.yaml_text import has_settings, parsed

        soundness.check_file(file)
        if file.name == lp_names.PROJECT:
            data = file.read_bytes()
            text = data.decode(errors="replace")
            if lp_config.looks_like_ours(text) or not has_settings(text):
                lp_config.checked(parsed(data, file.name), file.name)

    def saving_order(self) -> SavingOrder:
        """Labels and configurations first; they are small and hold the person's work."""
        first = (lp_names.PROJECT, "CollectedData*", "*.unlabeled.jsonl", "calibration*", "*.yaml", "*.csv")
        return SavingOrder(first=first, never=(*NEVER, lp_names.CACHE), rewritten=LIGHTNING_REWRITTEN)

    # Comparing

    def holds_poses(self, path: str) -> bool:
        """May this file hold labels or predictions?"""
        return path.lower().endswith(".csv")

    def poses(self, file: Path, kind: Kind) -> Poses:  # noqa: ARG002 - a table holds one kind
        """All points of that kind in the file."""
        from launcher.tools.dlc_poses import read_poses  # it writes DeepLabCut's form

        return read_poses(file)

    def trained_models(self, listing: Listing) -> Sequence[TrainedModel]:  # noqa: ARG002 - not judged from here yet
        """None that can be judged."""
        return ()

    def label_files(self, listing: Listing, marker: str) -> Sequence[str]:  # noqa: ARG002 - not judged from here yet
        """None that can be judged."""
        return ()

    # Running it

    @property
    def environment(self) -> EnvironmentSpec:
        """What its own environment is made from."""
        return lp_running.ENVIRONMENT

    def command(self, task: Task, home: ToolHome, project: Path) -> Command:  # noqa: ARG002 - one task so far
        """How to start it on a project."""
        return lp_running.open_command(home, project)

    def task_command(self, home: ToolHome) -> Command | None:  # noqa: ARG002 - not from here yet
        """How to train and predict without its window."""
        return None

    @property
    def networks(self) -> Sequence[Network]:
        """None can be trained from here yet."""
        return ()

    def training_progress(self, log: str, epochs: int) -> TrainingProgress | None:  # noqa: ARG002 - not from here yet
        """How far a training is."""
        return None

    def window_says(self, title: str, project: Path) -> WindowSays:
        """What a window of the started tool means."""
        return lp_running.window_says(title, project)

    def explain(self, log: str, exit_code: int | None) -> Problem | None:
        """What the end of a log means."""
        return lp_running.explain(log, exit_code)

    def at_risk(self, path: str) -> bool:
        """May opening the project change or lose this file?"""
        return lp_names.at_risk(path)

    def may_carry_code(self, path: str) -> bool:
        """May this file run code when the tool opens it?"""
        return carriers.may_carry_code(path)

    def code_carried(self, file: Path, path: str) -> Sequence[CodeCarrier]:
        """How this file of the project can run code here."""
        return carriers.code_carried(file, path)


def _marker(candidate: Candidate) -> str:
    return candidate.marker.rpartition("/")[2]
