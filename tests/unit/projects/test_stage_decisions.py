"""What staging does with each file, and in which order."""

from __future__ import annotations

import pytest

from launcher import errors
from launcher.journal import Item, Origin, Saved, Stat, State
from launcher.projects.stage_plan import MARGIN_BYTES, Action, Profile, check_space, decide, in_order, in_words
from launcher.tools import tool

NOW, BEFORE = Stat(10, 2, 2, 7), Stat(10, 1, 1, 7)
ORIGIN = Origin("s3://lab-data/p/x", '"old"', size=10, crc64nvme="A", local_crc64nvme="A")
SAVED = Saved("person/projects/p/x", '"saved"', None, 10, "A", "", "B")
STAGED = Item("x", NOW, "A", origin=ORIGIN)
EDITED = Item("x", NOW, "B", origin=ORIGIN)
KEPT = Item("x", NOW, "B", origin=ORIGIN, saved=SAVED, state=State.SAVED)


@pytest.mark.parametrize(
    ("item", "here", "etag", "action"),
    [
        (None, None, '"old"', Action.FETCH),
        (STAGED, None, '"old"', Action.FETCH),
        (KEPT, None, '"old"', Action.FETCH),
        (None, NOW, '"old"', Action.COMPARE),
        (Item("x", None, "", state=State.STAGING), NOW, '"old"', Action.COMPARE),
        (STAGED, BEFORE, '"old"', Action.COMPARE),
        (STAGED, NOW, '"old"', Action.KEEP),
        (STAGED, NOW, '"new"', Action.FETCH),
        (EDITED, NOW, '"old"', Action.KEEP),
        (EDITED, NOW, '"new"', Action.KEEP),
        (KEPT, NOW, '"saved"', Action.KEEP),
        (KEPT, NOW, '"new"', Action.KEEP),
    ],
)
def test_local_work_always_wins(item: Item | None, here: Stat | None, etag: str, action: Action) -> None:
    assert decide(item, here, etag) is action


FILES = ["videos/m.mp4", "dlc-models-pytorch/i/n/train/p.pt", "labeled-data/m/img1.png", "training-datasets/i/d.mat",
         "labeled-data/m/CollectedData_x.h5", "config.yaml", "notes.txt"]  # fmt: skip


def test_everything_comes_labels_first_and_videos_last() -> None:
    wanted, later = in_order(tool("deeplabcut"), FILES, Profile.ALL, "config.yaml")
    assert wanted[:3] == ["config.yaml", "labeled-data/m/CollectedData_x.h5", "labeled-data/m/img1.png"]
    assert wanted[-1] == "videos/m.mp4"
    assert sorted(wanted) == sorted(FILES)
    assert later == []
    assert in_order(tool("deeplabcut"), FILES[::-1], Profile.ALL, "config.yaml") == (wanted, later)


@pytest.mark.parametrize(
    ("profile", "brought"),
    [
        (Profile.LABEL, {"config.yaml", "labeled-data/m/CollectedData_x.h5", "labeled-data/m/img1.png"}),
        (Profile.TRAIN, {"config.yaml", "labeled-data/m/CollectedData_x.h5", "labeled-data/m/img1.png",
                         "training-datasets/i/d.mat", "dlc-models-pytorch/i/n/train/p.pt"}),
        (Profile.ANALYSE, {"config.yaml", "dlc-models-pytorch/i/n/train/p.pt", "videos/m.mp4"}),
    ],
)  # fmt: skip
def test_a_task_brings_what_it_needs_and_names_the_rest(profile: Profile, brought: set[str]) -> None:
    wanted, later = in_order(tool("deeplabcut"), FILES, profile, "config.yaml")
    assert set(wanted) == brought
    assert sorted([*wanted, *later]) == sorted(FILES)


@pytest.mark.parametrize("profile", list(Profile))
def test_the_project_file_itself_always_comes(profile: Profile) -> None:
    assert "a.slp" in in_order(tool("sleap"), ["a.slp", "a.mp4"], profile, "a.slp")[0]


def test_space_is_refused_with_numbers_before_the_first_byte() -> None:
    check_space(10, 10 + MARGIN_BYTES, "/scratch")
    with pytest.raises(
        errors.LocalDisk, match=r"This needs 2\.0 GB beside 67\.1 MB that stay free, and only 1\.1 GB are free"
    ) as told:
        check_space(2 * 10**9, 10**9 + MARGIN_BYTES, "/scratch")
    assert told.value.exit_code == 6
    with pytest.raises(errors.LocalDisk, match="only 5 bytes are free"):
        check_space(1, 5, "/scratch")


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (250_000_000, "250 MB"),
     (7_300_000_000, "7.3 GB"), (2 * 10**12, "2.0 TB")],
)  # fmt: skip
def test_sizes_have_units(size: int, words: str) -> None:
    assert in_words(size) == words
