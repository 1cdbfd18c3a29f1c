"""Files kept aside before a tool starts, and put back after it has spoiled them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from launcher.errors import ChangedMeanwhile, Damaged, LocalDisk, NotFound
from launcher.runs.before import Now, keep_aside, offered, restore
from launcher.runs.kept_states import KEPT, KeptStates, stays_inside
from launcher.tools import tool
from tests.unit.tools.made_projects import CONFIG, CSV, files

DLC, SLEAP = tool("deeplabcut"), tool("sleap")
LABELS = "labeled-data/left/CollectedData_Ada"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return files(
        tmp_path / "p",
        {
            "config.yaml": CONFIG,
            f"{LABELS}.csv": CSV,
            f"{LABELS}.h5": b"table",
            "videos/a.mp4": b"v",
            "notes.txt": b"n",
        },
    )


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "state" / "before"


def test_what_opening_can_spoil_is_kept_and_nothing_else(project: Path, store: Path) -> None:
    kept = keep_aside(project / "config.yaml", DLC, "r1", store)
    assert set(kept.files) == {"config.yaml", f"{LABELS}.csv", f"{LABELS}.h5"} and not kept.left_out
    assert (store / "r1/files/config.yaml").read_text() == CONFIG
    assert store.stat().st_mode & 0o077 == 0
    assert offered("r1", store) is None


def test_copies_that_lie_in_the_projects_own_folder_are_not_copied_again(tmp_path: Path) -> None:
    files(tmp_path, {"a.slp": b"labels"})
    store = tmp_path / "state" / "before"
    for run in ("r1", "r2", "r3"):
        assert set(keep_aside(tmp_path / "a.slp", SLEAP, run, store).files) == {"a.slp"}


def test_after_a_crash_the_difference_is_offered_and_put_back(project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    (project / "config.yaml").write_text("rewritten")
    (project / f"{LABELS}.h5").unlink()
    files(project, {"notes.txt": "not the tool's business"})
    offer = offered("r1", store)
    assert offer is not None
    assert offer.differences == {"config.yaml": Now.CHANGED, f"{LABELS}.h5": Now.GONE}
    assert "since then 1 is changed and 1 is gone" in offer.sentence and "runs restore r1" in offer.sentence
    assert restore("r1", store) == ["config.yaml", f"{LABELS}.h5"]
    assert (project / "config.yaml").read_text() == CONFIG and (project / f"{LABELS}.h5").read_bytes() == b"table"
    assert (project / "notes.txt").read_text() == "not the tool's business"
    assert offered("r1", store) is None and restore("r1", store) == ()


def test_what_was_there_can_be_had_back(project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    (project / "config.yaml").write_text("an hour of work")
    restore("r1", store)
    (undone,) = [place.name for place in store.iterdir() if place.name != "r1"]
    assert restore(undone, store) == ["config.yaml"]
    assert (project / "config.yaml").read_text() == "an hour of work"


def test_sleaps_labels_and_predictions(tmp_path: Path, store: Path) -> None:
    folder = files(tmp_path / "s", {"a.slp": b"labels", "a.predictions.slp": b"p", "left.mp4": b"v"})
    files(folder, {"b.slp": b"another project", "deep/down/a.slp": b"somebody else's"})
    assert set(keep_aside(folder / "a.slp", SLEAP, "r1", store).files) == {"a.slp", "a.predictions.slp"}
    (folder / "a.slp").unlink()  # SLEAP deletes first, then died
    assert restore("r1", store) == ["a.slp"]
    assert (folder / "a.slp").read_bytes() == b"labels"


def test_only_the_newest_states_of_a_project_stay(project: Path, store: Path, tmp_path: Path) -> None:
    other = files(tmp_path / "other", {"config.yaml": CONFIG})
    keep_aside(other / "config.yaml", DLC, "of-another", store)
    for number in range(KEPT + 2):
        keep_aside(project / "config.yaml", DLC, f"r{number}", store)
    assert {place.name for place in store.iterdir()} == {"of-another", *(f"r{number}" for number in range(2, KEPT + 2))}


def test_the_oldest_state_can_still_be_put_back(project: Path, store: Path) -> None:
    for number in range(KEPT):
        keep_aside(project / "config.yaml", DLC, f"r{number}", store)
    (project / "config.yaml").write_text("new")
    assert restore("r0", store) == ["config.yaml"]
    assert (project / "config.yaml").read_text() == CONFIG


def test_what_a_kill_left_unfinished_is_cleared_away_later(project: Path, store: Path) -> None:
    files(store, {"killed/files/config.yaml": b"half", "young/files/config.yaml": b"half"})
    os.utime(store / "killed", (1, 1))
    keep_aside(project / "config.yaml", DLC, "r1", store)
    assert {place.name for place in store.iterdir()} == {"r1", "young"}
    with pytest.raises(NotFound):
        restore("young", store)


def enormous(file: Path) -> None:
    """A file larger than the disk, of which nothing is on it."""
    os.truncate(file, 2**40)


def test_no_room_leaves_the_large_files_out_and_says_so(project: Path, store: Path) -> None:
    enormous(project / f"{LABELS}.h5")
    kept = keep_aside(project / "config.yaml", DLC, "r1", store)
    assert set(kept.files) == {"config.yaml", f"{LABELS}.csv"}
    assert kept.left_out[f"{LABELS}.h5"].startswith("there is no room for a copy: 1.1 TB, and ")


def test_nothing_is_replaced_that_could_not_be_kept_first(project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    (project / "config.yaml").write_text("an hour of work")
    enormous(project / f"{LABELS}.h5")
    with pytest.raises(LocalDisk, match=r"could not be kept first.*Nothing was put back"):
        restore("r1", store)
    assert (project / "config.yaml").read_text() == "an hour of work"


def test_a_damaged_copy_puts_nothing_back(project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    for path in ("config.yaml", f"{LABELS}.csv"):
        (project / path).write_text("new")
    (store / f"r1/files/{LABELS}.csv").write_text("not what was kept")
    with pytest.raises(Damaged, match="Nothing was put back"):
        restore("r1", store)
    assert (project / "config.yaml").read_text() == "new"


def test_a_folder_that_is_gone_is_not_made_again(project: Path, store: Path, tmp_path: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    project.rename(tmp_path / "moved")
    with pytest.raises(NotFound, match="folder is not there"):
        restore("r1", store)
    assert not project.exists()


def test_a_link_that_took_a_folders_place_is_not_followed(project: Path, store: Path, tmp_path: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    outside = files(tmp_path / "outside", {"CollectedData_Ada.h5": b"somebody's"})
    (project / "labeled-data/left").rename(tmp_path / "moved")
    (project / "labeled-data/left").symlink_to(outside)
    with pytest.raises(LocalDisk, match="in the way"):
        restore("r1", store)
    assert (outside / "CollectedData_Ada.h5").read_bytes() == b"somebody's"


def test_nor_one_in_the_place_of_our_own_corner(project: Path, store: Path, tmp_path: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    (project / "config.yaml").write_text("new")
    outside = files(tmp_path / "outside", {"x": b"x"})
    (project / ".pose-launcher").symlink_to(outside)
    with pytest.raises(LocalDisk, match="in the way"):
        restore("r1", store)
    assert [file.name for file in outside.iterdir()] == ["x"]


def test_a_link_is_never_kept(project: Path, store: Path, tmp_path: Path) -> None:
    files(tmp_path, {"secret": b"s"})
    (project / "labeled-data/left/CollectedData_Eve.h5").symlink_to(tmp_path / "secret")
    assert "labeled-data/left/CollectedData_Eve.h5" not in keep_aside(project / "config.yaml", DLC, "r1", store).files


@pytest.mark.parametrize("path", ["../out.yaml", "/etc/passwd", "a/../../b", "C:/x", "..\\x", "a//b", ""])
def test_a_list_that_leads_out_of_the_folder_is_none(path: str, project: Path, store: Path) -> None:
    assert not stays_inside(path)
    kept = keep_aside(project / "config.yaml", DLC, "r1", store)
    told = json.loads((store / "r1/kept.json").read_text())
    told["files"][path] = told["files"]["config.yaml"]
    (store / "r1/kept.json").write_text(json.dumps(told))
    assert KeptStates(store).read("r1") is None and kept.files
    with pytest.raises(NotFound):
        restore("r1", store)


@pytest.mark.parametrize("run", ["../r1", "r1/../r1", "", ".", "/r1", "nobody"])
def test_names_of_runs_lead_nowhere_else(run: str, project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    assert offered(run, store) is None
    with pytest.raises(NotFound, match="Nothing was kept"):
        restore(run, store)


def test_a_second_state_of_one_run_leaves_the_first_alone(project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    (project / "config.yaml").write_text("later")
    with pytest.raises(LocalDisk):
        keep_aside(project / "config.yaml", DLC, "r1", store)
    assert (store / "r1/files/config.yaml").read_text() == CONFIG


def test_a_store_that_cannot_be_written_is_told_in_words(project: Path, tmp_path: Path) -> None:
    files(tmp_path, {"before": b"a file is in the way"})
    with pytest.raises(LocalDisk, match="The project itself was not changed"):
        keep_aside(project / "config.yaml", DLC, "r1", tmp_path / "before")


def test_what_was_put_back_before_it_had_to_stop_is_told(project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    (project / "config.yaml").write_text("rewritten")
    (project / f"{LABELS}.h5").unlink()
    (project / f"{LABELS}.h5").mkdir()
    with pytest.raises(ChangedMeanwhile, match=r"Put back before that: config\.yaml. Do it again for the rest"):
        restore("r1", store)
    assert (project / "config.yaml").read_text() == CONFIG
    (project / f"{LABELS}.h5").rmdir()
    assert restore("r1", store) == [f"{LABELS}.h5"]


@pytest.mark.parametrize("damaged", [b"[" * 100_000, b"[1]", b'{"run": "r1", "at": NaN}'])
def test_a_damaged_list_is_none(damaged: bytes, project: Path, store: Path) -> None:
    keep_aside(project / "config.yaml", DLC, "r1", store)
    (store / "r1" / "kept.json").write_bytes(damaged)
    assert offered("r1", store) is None
