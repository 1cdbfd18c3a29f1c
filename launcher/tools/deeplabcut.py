"""DeepLabCut: a project is a folder with its `config.yaml`; labels, networks and results lie in fixed places below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.tools import carriers, dlc_names, dlc_running
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.media import is_video
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
from launcher.tools.saving_rules import DLC_REWRITTEN, NEVER
from launcher.tools.trained_models import TrainedModel

# The modules that read YAML are imported where a file is opened, so that listing and starting need not wait for them.

if TYPE_CHECKING:
    from launcher.tools.frames import ProjectFrames, Wanted
    from launcher.tools.poses import Kind, Poses


@dataclass(frozen=True, slots=True)
class DeepLabCut:
    """All that is particular to DeepLabCut."""

    tool_id: str = "deeplabcut"
    title: str = "DeepLabCut"
    markers: Sequence[str] = (dlc_names.CONFIG,)
    is_one_file: bool = False
    asks_at_every_close: bool = True

    def part_of(self, path: str) -> Part:
        """What a file of the project's folder is."""
        return dlc_names.part_of(path)

    def candidates(self, listing: Listing) -> Iterable[Candidate]:
        """Every folder with a `config.yaml`, named as the folder is."""
        for path in listing:
            folder, _, name = path.rpartition("/")
            if name == dlc_names.CONFIG:
                yield Candidate(self.tool_id, folder, path, folder.rpartition("/")[2] or "project")

    def reads_for_card(self, listing: Listing) -> Sequence[str]:
        """The table of labels of each folder of frames."""
        return [labels.csv or labels.h5 or "" for labels in dlc_names.label_files(listing) if labels.csv or labels.h5]

    def recognise(self, candidate: Candidate, size: int, read: ReadRange) -> bool:
        """Whether it is ours. Someone else's `config.yaml`, whatever is in it, is a plain no."""
        from launcher.tools.dlc_card import recognised

        return recognised(candidate.marker, size, BoundedRead(read, RECOGNISE_BYTES))

    def card(self, candidate: Candidate, listing: Listing, read: ReadRange) -> Card:
        """What the configuration says, and the frames counted in the tables."""
        from launcher.tools.dlc_card import read_card

        return read_card(_marker(candidate), listing, BoundedRead(read, CARD_BYTES))

    def frames(self, candidate: Candidate, listing: Listing, read: ReadRange, wanted: Wanted) -> ProjectFrames:
        """Pictures of `labeled-data` with the points of the tables beside them."""
        from launcher.tools.dlc_frames import labelled_frames

        return labelled_frames(_marker(candidate), listing, BoundedRead(read, FRAMES_BYTES), wanted)

    def members(self, candidate: Candidate, listing: Listing, card: Card) -> Sequence[str]:  # noqa: ARG002
        """The whole folder: what a project consists of is for DeepLabCut to say, and a complete copy is the promise."""
        return sorted(listing, key=lambda path: (is_video(path), path))

    def has_paths(self, path: str) -> bool:
        """The project's configuration, those of its networks, and what lists its training sets."""
        return dlc_names.may_hold_paths(path)

    def rewrite_paths(self, file: Path, paths: PathMap) -> Sequence[PathChange]:
        """Change `project_path`, the keys of `video_sets` with their crops kept, and a network's own two paths.

        On the way to S3 every other text that names this machine changes too, in any configuration.
        """
        from launcher.tools.config_paths import replace_content, rewrite_config
        from launcher.tools.dlc_config import rewritten

        if file.name not in (dlc_names.CONFIG, dlc_names.NETWORK_CONFIG, dlc_names.TENSORFLOW_CONFIG):
            return rewrite_config(file, paths)
        new, changes = rewritten(file.read_bytes(), file.name, paths)
        if changes:
            replace_content(file, new)
        return changes

    def is_sound(self, file: Path) -> None:
        """Tables, pictures and configurations must read as such; a cut-off `config.yaml` is often still YAML."""
        from launcher.tools import dlc_config, soundness
        from launcher.tools.yaml_text import parsed

        soundness.check_file(file)
        if file.name == dlc_names.CONFIG and dlc_config.begins_like_ours(file.read_bytes()):
            dlc_config.checked(parsed(file.read_bytes(), file.name), file.name)

    def saving_order(self) -> SavingOrder:
        """The configuration and the labels first; they are small and hold the person's work."""
        labels = ("labeled-data/*CollectedData_*", "labeled-data/*machinelabels*")
        return SavingOrder(
            first=("config.yaml", *labels, "*.yaml", "training-datasets/*"), never=NEVER, rewritten=DLC_REWRITTEN
        )

    # Comparing

    def holds_poses(self, path: str) -> bool:
        """May this file hold labels or predictions?"""
        return path.lower().endswith((".h5", ".csv"))

    def poses(self, file: Path, kind: Kind) -> Poses:  # noqa: ARG002 - a table holds one kind
        """All points of that kind in the file."""
        from launcher.tools.dlc_poses import read_poses

        return read_poses(file)

    def trained_models(self, listing: Listing) -> Sequence[TrainedModel]:
        """The project's PyTorch networks."""
        return dlc_names.trained_models(list(listing))

    def label_files(self, listing: Listing, marker: str) -> Sequence[str]:  # noqa: ARG002 - they lie elsewhere
        """One table for each folder of labelled pictures."""
        return [table for one in dlc_names.label_files(listing) if (table := one.h5 or one.csv)]

    # Running it

    @property
    def environment(self) -> EnvironmentSpec:
        """What its own environment is made from."""
        return dlc_running.ENVIRONMENT

    def command(self, task: Task, home: ToolHome, project: Path) -> Command:  # noqa: ARG002 - one task so far
        """How to start it on a project."""
        return dlc_running.open_command(home, project)

    def task_command(self, home: ToolHome) -> Command | None:
        """How to train and predict without its window."""
        return dlc_running.task_command(home)

    @property
    def networks(self) -> Sequence[Network]:
        """What can be trained from here, the default first."""
        return dlc_running.NETWORKS

    def training_progress(self, log: str, epochs: int) -> TrainingProgress | None:
        """How far a training is."""
        from launcher.tools.progress import of_lines

        return of_lines(log, epochs)

    def window_says(self, title: str, project: Path) -> WindowSays:
        """What a window of the started tool means."""
        return dlc_running.window_says(title, project)

    def explain(self, log: str, exit_code: int | None) -> Problem | None:
        """What the end of a log means."""
        return dlc_running.explain(log, exit_code)

    def at_risk(self, path: str) -> bool:
        """May opening the project change or lose this file?"""
        return dlc_running.at_risk(path)

    def may_carry_code(self, path: str) -> bool:
        """May this file run code when the tool opens it?"""
        return carriers.may_carry_code(path)

    def code_carried(self, file: Path, path: str) -> Sequence[CodeCarrier]:
        """How this file of the project can run code here."""
        return carriers.code_carried(file, path)


def _marker(candidate: Candidate) -> str:
    return candidate.marker.rpartition("/")[2]
