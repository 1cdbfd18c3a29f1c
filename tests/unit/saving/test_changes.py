"""The disk and the journal side by side give the very plan that the pure planner makes of them as a whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launcher.journal import Item, Journal, Stat, State, StoredItem
from launcher.journal.rows import item_row
from launcher.projects.local_files import scan, walk
from launcher.projects.tree import Tree
from launcher.projects.whose import CORNER
from launcher.saving.changes import changes_of, passing
from launcher.saving.plan import FileState, Rules
from launcher.tools import TOOLS, tool
from tests.unit.saving.test_plan_save import FROM_HOME, HOME, STAGED, STATS, SUMS, saved
from tests.unit.saving.whole_plan import plan_save

#: Names around `/`, which sorts between `.` and `0`: a folder and its neighbours must not change places.
PARTS = st.sampled_from(["a", "a-b", "a.b", "a b", "a0", "b", "B", "é", "e\u0301", "\U0001f42d", "ﬀ", "x.tmp", "v.mp4"])
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join) | st.sampled_from(["config.yaml", "videos/v.mp4"])
ITEMS = st.builds(
    Item, path=PATHS, stat=st.none() | STATS, crc64nvme=SUMS, origin=st.sampled_from([None, STAGED, FROM_HOME]),
    saved=st.none() | SUMS.map(saved), copy=st.none() | SUMS.map(saved), state=st.sampled_from(list(State)),
)  # fmt: skip
KINDS = st.sampled_from([kind.tool_id for kind in TOOLS])


@given(
    items=st.lists(ITEMS, max_size=12).map(lambda rows: {item.path: item for item in rows}),
    here=st.dictionaries(PATHS, STATS, max_size=12),
    tool_id=KINDS,
    exclude=st.lists(st.sampled_from(["a", "*.tmp"]), unique=True),
)
def test_the_plan_is_the_same(
    items: Mapping[str, Item], here: Mapping[str, Stat], tool_id: str, exclude: list[str]
) -> None:
    plan = plan_save(items, here, tool(tool_id), exclude, HOME)
    known = [StoredItem(item_row(items[path])) for path in sorted(items)]
    changes = changes_of(known, sorted(here.items()), Rules(tool(tool_id), exclude, HOME))
    assert changes.upload == plan.upload
    assert changes.unchanged == len(plan.unchanged)
    assert changes.is_empty == (not here)
    assert changes.here == {path: here[path] for path in plan.upload}
    assert changes.by_reference == {path: items[path] for path in plan.by_reference}
    assert changes.failed == {path: items[path] for path in plan.upload if plan.states[path] is FileState.FAILED}
    known_here = {path: items[path] for path in plan.upload if path in items}
    assert changes.as_brought == {
        path for path, item in known_here.items() if item.is_as_staged and item.stat == here[path]
    }


@given(paths=st.sets(PATHS, max_size=10))
@settings(max_examples=50, deadline=None)
def test_disk_and_journal_have_one_order(paths: set[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("order")
    for path in sorted(paths):
        if not any(other.startswith(f"{path}/") for other in paths):  # a name is a file's or a folder's
            (folder / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "tree" / path).write_text(path)
    (folder / "tree" / CORNER).mkdir(parents=True, exist_ok=True)
    (folder / "tree" / CORNER / "ours").write_text("never looked at")
    walked = list(walk(Tree(folder / "tree")))
    with Journal(folder / "journal.sqlite") as journal:
        journal.put_items("p", [Item(path, stat, "A") for path, stat in reversed(walked)])
        journal.put_items("o", [Item("another project's", None, "A")])
        assert [(item.path, item.stat) for item in journal.each_item("p")] == walked
    assert dict(walked) == scan(folder / "tree").files


def test_links_and_names_that_are_no_text_are_named_on_the_way(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("file")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_text("file")
    tree = Tree(tmp_path)
    assert [path for path, _ in walk(tree)] == ["b"]
    assert tree.left_out == {"a": "it is a link, not a file", "\ufffd": "its name is not valid text"}


@given(known=st.sets(PATHS), asked=st.sets(PATHS))
def test_what_is_asked_in_order_is_found_without_a_list(known: set[str], asked: set[str]) -> None:
    is_there = passing(iter(sorted(known)))
    assert [path for path in sorted(asked) if is_there(path)] == sorted(known & asked)


def test_the_saved_files_come_page_by_page_and_copies_are_none_of_them(tmp_path: Path) -> None:
    paths = [f"{number:05}.png" for number in range(4500)]
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.put_items("p", [Item(path, None, "A", saved=saved("A")) for path in paths])
        journal.put_items("p", [Item("beside", None, "A", copy=saved("A")), Item("new", None, "A")])
        assert list(journal.saved_paths("p")) == paths
        assert [item.path for item in journal.each_item("p")] == [*paths, "beside", "new"]
        assert [item.path for item in journal.items_with_copies("p")] == ["beside"]
