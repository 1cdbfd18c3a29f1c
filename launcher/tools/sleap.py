"""SLEAP: every `.slp` with labels or predictions is a project of its own; models and companions belong to one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from launcher.errors import Damaged
from launcher.tools import carriers, slp_names, slp_running
from launcher.tools.bounded_read import BoundedRead
from launcher.tools.media import videos_last
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
from launcher.tools.saving_rules import NEVER, SLEAP_REWRITTEN
from launcher.tools.trained_models import TrainedModel

if TYPE_CHECKING:
    from launcher.tools.frames import ProjectFrames, Wanted
    from launcher.tools.poses import Kind, Poses

# The modules that open HDF5 or YAML are imported where a file is opened: the window must not wait for the libraries.


@dataclass(frozen=True, slots=True)
class Sleap:
    """All that is particular to SLEAP."""

    tool_id: str = "sleap"
    title: str = "SLEAP"
    markers: Sequence[str] = ("*.slp",)
    is_one_file: bool = True
    asks_at_every_close: bool = False

    def part_of(self, path: str) -> Part:
        """What a file of the project's folder is."""
        return slp_names.part_of(path)

    def candidates(self, listing: Listing) -> Iterable[Candidate]:
        """Every `.slp`, without models' own and predictions beside their owner; `a.pkg.slp` is named `a`."""
        for path in slp_names.project_files(listing):
            yield Candidate(self.tool_id, path.rpartition("/")[0], path, slp_names.stem(path))

    def reads_for_card(self, listing: Listing) -> Sequence[str]:  # noqa: ARG002 - the same for every listing
        """None: all that the card shows is in the file that was read already."""
        return ()

    def recognise(self, candidate: Candidate, size: int, read: ReadRange) -> bool:
        """Whether it is HDF5 that holds what SLEAP writes."""
        from launcher.tools.slp_card import recognised

        return recognised(candidate.marker, size, BoundedRead(read, RECOGNISE_BYTES))

    def card(self, candidate: Candidate, listing: Listing, read: ReadRange) -> Card:
        """Skeleton, counts, videos and models of the project file."""
        from launcher.tools.slp_card import read_card

        return read_card(_marker(candidate), listing, BoundedRead(read, CARD_BYTES))

    def frames(self, candidate: Candidate, listing: Listing, read: ReadRange, wanted: Wanted) -> ProjectFrames:
        """Frames of its videos, or embedded ones, with the points of its tables."""
        from launcher.tools.slp_frames import labelled_frames

        return labelled_frames(_marker(candidate), listing, BoundedRead(read, FRAMES_BYTES), wanted)

    def members(self, candidate: Candidate, listing: Listing, card: Card) -> Sequence[str]:
        """The file, what is named after it, its videos and pictures, and the models of its folder.

        Several projects in one folder share its models: a model does not say which of them it was trained on.
        """
        return videos_last(list(slp_names.belonging(_marker(candidate), listing, card)))

    def has_paths(self, path: str) -> bool:
        """`.slp` files, and what says how a model was trained."""
        return path.endswith(slp_names.SLP) or path.rpartition("/")[2] in slp_names.CONFIGS_WITH_PATHS

    def rewrite_paths(self, file: Path, paths: PathMap) -> Sequence[PathChange]:
        """Change the video paths, image lists item by item, and the labels that a model was trained on.

        On the way to S3 every other text of a model's configuration and of the provenance that names this machine
        changes too.
        """
        if not file.name.endswith(slp_names.SLP):
            from launcher.tools.config_paths import rewrite_config

            return rewrite_config(file, paths, slp_names.OPENED_FIELDS)
        from launcher.tools.slp_rewrite import rewrite_slp

        return rewrite_slp(file, paths)

    def is_sound(self, file: Path) -> None:
        """A `.slp` must open to its end and hold its tables; other files as their kind demands."""
        if not file.name.endswith(slp_names.SLP):
            from launcher.tools.soundness import check_file

            check_file(file)
            return
        _check_slp(file)

    def saving_order(self) -> SavingOrder:
        """Labels first, then what describes the models."""
        return SavingOrder(first=("*.slp", "*.yaml", "*.json", "*.csv"), never=NEVER, rewritten=SLEAP_REWRITTEN)

    # Comparing

    def holds_poses(self, path: str) -> bool:
        """May this file hold labels or predictions?"""
        return path.endswith(slp_names.SLP)

    def poses(self, file: Path, kind: Kind) -> Poses:
        """All points of that kind in the file."""
        from launcher.tools.slp_poses import read_poses

        return read_poses(file, kind)

    def trained_models(self, listing: Listing) -> Sequence[TrainedModel]:
        """The models beside the project's file."""
        return slp_names.trained_models(listing)

    def label_files(self, listing: Listing, marker: str) -> Sequence[str]:  # noqa: ARG002 - the project is its labels
        """The project's own file."""
        return [marker]

    # Running it

    @property
    def environment(self) -> EnvironmentSpec:
        """What its own environment is made from."""
        return slp_running.ENVIRONMENT

    def command(self, task: Task, home: ToolHome, project: Path) -> Command:  # noqa: ARG002 - one task so far
        """How to start it on a project."""
        return slp_running.open_command(home, project)

    def task_command(self, home: ToolHome) -> Command | None:
        """How to train and predict without its window."""
        return slp_running.task_command(home)

    @property
    def networks(self) -> Sequence[Network]:
        """What can be trained from here, the default first."""
        return slp_running.NETWORKS

    def training_progress(self, log: str, epochs: int) -> TrainingProgress | None:
        """How far a training is."""
        from launcher.tools.progress import of_bar

        return of_bar(log, epochs)

    def window_says(self, title: str, project: Path) -> WindowSays:
        """What a window of the started tool means."""
        return slp_running.window_says(title, project)

    def explain(self, log: str, exit_code: int | None) -> Problem | None:
        """What the end of a log means."""
        return slp_running.explain(log, exit_code)

    def at_risk(self, path: str) -> bool:
        """May opening the project change or lose this file?"""
        return slp_running.at_risk(path)

    def may_carry_code(self, path: str) -> bool:
        """May this file run code when the tool opens it?"""
        return carriers.may_carry_code(path)

    def code_carried(self, file: Path, path: str) -> Sequence[CodeCarrier]:
        """How this file of the project can run code here."""
        return carriers.code_carried(file, path)


def _marker(candidate: Candidate) -> str:
    """The project's file, relative to its folder."""
    return candidate.marker.rpartition("/")[2]


def _check_slp(file: Path) -> None:
    from launcher.tools.hdf5_ranges import check_tree, opened_local
    from launcher.tools.slp_contents import REQUIRED, as_object, local_texts

    with opened_local(file, file.name) as root:
        check_tree(root, file.name)
        missing = [name for name in REQUIRED if name not in root]
        if missing:
            raise Damaged(file.name, title="This SLEAP file is incomplete", detail=f"without {', '.join(missing)}")
        for text in local_texts(root, "videos_json", file.name):
            as_object(text, file.name)
