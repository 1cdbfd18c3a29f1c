"""What a save would do, and what a person is told about each file."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.journal import Item, Origin, Saved, Stat, State
from launcher.saving.plan import Excluded, FileState, state_of
from launcher.tools import TOOLS, tool
from launcher.tools.protocol import Part
from tests.unit.saving.whole_plan import plan_save

HOME = "s3://lab-home/person/"
NOW, BEFORE = Stat(10, 2, 2, 7), Stat(10, 1, 1, 7)
STAGED = Origin("s3://lab-data/p/x", '"e"', size=10, crc64nvme="A", local_crc64nvme="A")
FROM_HOME = Origin(f"{HOME}projects/p/x", '"e"', size=10, crc64nvme="A", local_crc64nvme="A")


def saved(local: str) -> Saved:
    return Saved("person/projects/p/x", '"e"', None, 10, "neutral", "", local)


@pytest.mark.parametrize(
    ("item", "part", "state"),
    [
        (None, Part.LABELS, FileState.NEW),
        (None, Part.VIDEOS, FileState.NEW),
        (Item("x", NOW, "A", saved=saved("A")), Part.LABELS, FileState.SAVED),
        (Item("x", NOW, "A", saved=saved("A")), Part.VIDEOS, FileState.SAVED),
        (Item("x", BEFORE, "A", saved=saved("A")), Part.LABELS, FileState.CHANGED),
        (Item("x", NOW, "B", saved=saved("A")), Part.LABELS, FileState.CHANGED),
        (Item("x", NOW, "A", origin=STAGED), Part.LABELS, FileState.NEW),
        (Item("x", NOW, "A", origin=STAGED), Part.VIDEOS, FileState.REFERENCE),
        (Item("x", BEFORE, "A", origin=STAGED), Part.VIDEOS, FileState.NEW),
        (Item("x", NOW, "B", origin=STAGED), Part.VIDEOS, FileState.NEW),
        (Item("x", NOW, "A", origin=FROM_HOME), Part.VIDEOS, FileState.NEW),
        (Item("x", NOW, "A", origin=STAGED, saved=saved("B")), Part.VIDEOS, FileState.OLDER),
        (Item("x", NOW, "A", origin=STAGED, saved=saved("B")), Part.LABELS, FileState.OLDER),
        (Item("x", BEFORE, "A", origin=STAGED, saved=saved("B")), Part.LABELS, FileState.CHANGED),
        (Item("x", None, "", origin=STAGED, state=State.STAGING), Part.VIDEOS, FileState.NEW),
        (Item("x", NOW, "A", saved=saved("B"), state=State.SENDING), Part.LABELS, FileState.CHANGED),
        (Item("x", NOW, "A", state=State.FAILED), Part.LABELS, FileState.FAILED),
        (Item("x", BEFORE, "A", saved=saved("A"), state=State.FAILED), Part.LABELS, FileState.FAILED),
        (Item("x", None, "", state=State.FAILED), Part.VIDEOS, FileState.FAILED),
    ],
)
def test_what_a_person_is_told_about_one_file(item: Item | None, part: Part, state: FileState) -> None:
    assert state_of(item, NOW, part, HOME) is state


@pytest.mark.parametrize(
    ("path", "pattern", "excluded"),
    [
        ("a.tmp", "*.tmp", True),
        ("deep/er/a.tmp", "*.tmp", True),
        ("a.tmp.png", "*.tmp", False),
        ("cache/x/y.png", "cache", True),
        ("my/cache/y.png", "cache", True),
        ("cached/y.png", "cache", False),
        ("videos/raw/a.mp4", "videos/*", True),
        ("other/videos/a.mp4", "videos/*", False),
        ("a/b", "a/b", True),
        ("[a].png", "[[]a].png", True),
        ("A.TMP", "*.tmp", False),
        ("a/b/c/d.png", "b", True),
        ("a/b/c/d.png", "b/c", False),
        ("a", "", False),
    ],
)
def test_patterns_name_files_folders_or_whole_paths(path: str, pattern: str, excluded: bool) -> None:
    assert (path in Excluded(["never/this", pattern])) is excluded


@pytest.mark.parametrize("path", ["a", "a/b", "a//b"])
def test_without_patterns_everything_is_saved(path: str) -> None:
    assert path not in Excluded([])


@pytest.mark.parametrize("path", ["config.yaml", "labeled-data/m/CollectedData_x.h5", "labeled-data/m/img1.png",
                                  "labels.v001.slp", "models/best.ckpt", "videos/a.mp4", "notes.txt"])  # fmt: skip
@pytest.mark.parametrize("kind", TOOLS, ids=lambda kind: kind.tool_id)
def test_no_tool_excludes_a_persons_work(kind: object, path: str) -> None:
    for one in TOOLS:
        assert path not in Excluded(one.saving_order().never)


def test_labels_go_before_frames_and_small_before_large() -> None:
    here = {
        "labeled-data/m/img2.png": Stat(5, 0, 0, 1),
        "labeled-data/m/img1.png": Stat(9, 0, 0, 2),
        "notes.txt": Stat(1, 0, 0, 3),
        "labeled-data/m/CollectedData_x.h5": Stat(99, 0, 0, 4),
        "config.yaml": Stat(50, 0, 0, 5),
        "videos/new.mp4": Stat(0, 0, 0, 6),
        "own.cache/x": Stat(1, 0, 0, 7),
    }
    plan = plan_save({}, here, tool("deeplabcut"), ["*.cache"], HOME)
    assert plan.upload == [
        "config.yaml", "labeled-data/m/CollectedData_x.h5", "labeled-data/m/img2.png", "labeled-data/m/img1.png",
        "notes.txt", "videos/new.mp4",
    ]  # fmt: skip
    assert plan.excluded == ["own.cache/x"]


PATHS = st.sampled_from(
    ["config.yaml", "a.slp", "videos/v.mp4", "videos/w.mp4", "labeled-data/m/i.png", "x.tmp", "own/y", "n.txt"]
)
SUMS = st.sampled_from(["A", "B"])
STATS = st.sampled_from([NOW, BEFORE])
ITEMS = st.builds(
    Item, path=PATHS, stat=st.none() | STATS, crc64nvme=SUMS, origin=st.sampled_from([None, STAGED, FROM_HOME]),
    saved=st.none() | SUMS.map(saved), state=st.sampled_from(list(State)),
)  # fmt: skip


@given(
    items=st.lists(ITEMS, max_size=8).map(lambda rows: {item.path: item for item in rows}),
    here=st.dictionaries(PATHS, STATS),
    tool_id=st.sampled_from([kind.tool_id for kind in TOOLS]),
    exclude=st.lists(st.sampled_from(["own", "*.txt"]), unique=True),
)
def test_every_file_on_disk_ends_in_exactly_one_list(
    items: Mapping[str, Item], here: Mapping[str, Stat], tool_id: str, exclude: list[str]
) -> None:
    plan = plan_save(items, here, tool(tool_id), exclude, HOME)
    assert sorted([*plan.upload, *plan.unchanged, *plan.by_reference, *plan.excluded]) == sorted(here)
    assert set(plan.states) == set(here) - set(plan.excluded)
    backwards = plan_save(items, dict(reversed(list(here.items()))), tool(tool_id), exclude, HOME)
    assert backwards.upload == plan.upload, "the order on the disk decides nothing"
    assert plan_save(items, here, tool(tool_id), exclude, HOME) == plan
    for path in [*plan.unchanged, *plan.by_reference]:
        assert items[path].stat == here[path], "what was touched is never taken for saved"
