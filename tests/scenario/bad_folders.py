"""Projects in the bucket that are not sound, and a computer that does not take or give their files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Result
from tests.scenario import bad_projects as made
from tests.scenario.bad_lab import Arguments, Lab, a_changed_project, files_in

# Projects


def with_a_sound_one(name: str, data: bytes) -> Callable[[Lab], Arguments]:
    """A bad file in a folder of its own, beside a project where nothing is wrong."""

    def given(lab: Lab) -> Arguments:
        lab.put({f"bad/{name}": data, **{f"good/{path}": content for path, content in made.REACHING.items()}})
        return "projects", lab.uri, "--json"

    return given


def bad_slp(make: Callable[[Path], bytes], command: str) -> Callable[[Lab], Arguments]:
    def given(lab: Lab) -> Arguments:
        lab.put({"bad/fly.slp": make(lab.folder)})
        return command, f"{lab.uri}bad/fly.slp"

    return given


def slp_beside_a_sound_one(make: Callable[[Path], bytes]) -> Callable[[Lab], Arguments]:
    def given(lab: Lab) -> Arguments:
        return with_a_sound_one("fly.slp", make(lab.folder))(lab)

    return given


def no_hdf5(folder: Path) -> bytes:
    return b"This is a letter, and no labels at all.\n" * 50


def show_foreign(lab: Lab) -> Arguments:
    lab.put({"config.yaml": made.FOREIGN})
    return "show", lab.uri


def show_without_video(lab: Lab) -> Arguments:
    lab.put(made.WITHOUT_VIDEOS)
    return "show", lab.uri


def stage_without_video(lab: Lab) -> Arguments:
    lab.put(made.WITHOUT_VIDEOS)
    return "stage", lab.uri, "--json"


def the_good_one_is_found(lab: Lab, result: Result) -> None:
    found = {project["uri"]: project for project in result.json["projects"]}
    good = found[f"{lab.uri}good/"]
    assert (good["labelled_frames"], good["health"][0]["severity"]) == (2, "info")


def only_the_good_one_is_found(lab: Lab, result: Result) -> None:
    the_good_one_is_found(lab, result)
    assert len(result.json["projects"]) == 1


def the_config_is_named(lab: Lab, result: Result) -> None:
    assert result.json["projects"] == []
    assert [row["uri"] for row in result.json["problems"]] == [f"{lab.uri}config.yaml"]


def the_other_place_is_looked_at(lab: Lab, result: Result) -> None:
    found = [project["uri"] for project in result.json["projects"]]
    assert [uri for uri in found if not uri.startswith(lab.site.home_uri)] == [lab.uri]
    assert [row["uri"] for row in result.json["problems"]] == ["s3://nobody-made-this-either/"]


def all_but_the_videos_is_here(lab: Lab, result: Result) -> None:
    brought = {path.relative_to(result.json["dir"]).as_posix() for path in files_in(Path(result.json["dir"]))}
    assert brought == set(made.WITHOUT_VIDEOS)


# This computer

TABLE = "labeled-data/left/CollectedData_Ada.csv"


def no_space(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    (lab.folder / "disk").mkdir()
    lab.place = ("disk", str(lab.folder / "disk"), "2048")
    return "stage", lab.uri, lab.folder / "disk" / "project"


def space_ends_on_the_way(lab: Lab) -> Arguments:
    lab.put({**made.REACHING, "videos/left.mp4": b"v" * 3_000_000})
    lab.place = ("grow", "2000000")
    return "stage", lab.uri, lab.folder / "project"


def no_space_to_remember(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    lab.site.state.mkdir()
    lab.place = ("disk", str(lab.site.state), "16")
    return "stage", lab.uri, lab.folder / "project"


def no_space_to_prepare_a_save(lab: Lab) -> Arguments:
    """The table is looked at in a copy before it goes, and there is no room for the copy.

    All else is saved before: what goes beside the table would meet the full disk, too, and might be named instead.
    """
    lab.put(made.REACHING)
    lab.stage(lab.uri)
    assert lab.site.run("save", lab.dir).code == 0
    spool = lab.dir / ".pose-launcher" / "spool"
    lab.edit(TABLE, b"\n".join([made.REACHING[TABLE].rstrip(), *_more_rows(made.REACHING[TABLE])]) + b"\n")
    lab.place = ("disk", str(spool), "16")
    return "save", lab.dir


def _more_rows(table: bytes) -> list[bytes]:
    """As if many more pictures had been labelled."""
    last = table.rstrip().rpartition(b"\n")[2]
    name, comma, points = last.partition(b",")
    return [name.replace(b".png", b"-%04d.png" % number) + comma + points for number in range(1000)]


def the_table_goes_when_there_is_room(lab: Lab, _: Result) -> None:
    (project,) = lab.site.run("status", lab.dir, "--json").json["projects"]
    assert TABLE in {row["path"] for row in project["items"] if row["state"] != "saved"}
    again = lab.site.run("save", lab.dir, "--json")
    assert (again.code, again.json["failed"]) == (0, [])
    assert TABLE in {row["path"] for row in again.json["saved"]}


def read_only_disk(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    (lab.folder / "disk").mkdir()
    lab.place = ("read-only", str(lab.folder / "disk"))
    return "stage", lab.uri, lab.folder / "disk" / "project"


def read_only_folder(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    (lab.folder / "locked").mkdir(mode=0o500)
    lab.place = ("anybody",)
    return "stage", lab.uri, lab.folder / "locked" / "project"


def a_file_for_a_folder(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    (lab.folder / "file").write_text("mine")
    return "stage", lab.uri, lab.folder / "file"


def a_strangers_folder(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    folder = lab.folder / "mine"
    folder.mkdir()
    (folder / "config.yaml").write_text("my own settings")
    lab.dir = folder
    return "stage", lab.uri, folder


def marker_gone(lab: Lab) -> Arguments:
    a_changed_project(lab)
    (lab.dir / ".pose-launcher" / "project.json").unlink()
    return "save", lab.dir


def never_brought(lab: Lab) -> Arguments:
    return "save", lab.folder


def links_and_pipes(lab: Lab) -> Arguments:
    a_changed_project(lab)
    (lab.dir / "elsewhere.csv").symlink_to("/etc/hostname")
    (lab.dir / "linked-folder").symlink_to("/etc")
    os.mkfifo(lab.dir / "pipe.csv")
    return "save", lab.dir, "--json"


def unreadable_file(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.edit("labeled-data/left/secret.txt", b"mine").chmod(0)
    lab.place = ("anybody",)
    return "save", lab.dir, "--json"


def unreadable_folder(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.edit("secrets/mine.txt", b"mine").parent.chmod(0)
    lab.place = ("anybody",)
    return "save", lab.dir, "--json"


def the_folder_is_to_be_made_readable(lab: Lab, result: Result) -> None:
    the_notes_are_saved(lab, result)
    assert [(row["path"], row["next"]) for row in result.json["failed"]] == [
        ("secrets", "Let it be read, then save again.")
    ]


def unreadable_sectors(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.place = ("failing", str(lab.edit("labeled-data/left/lost.txt", b"mine")))
    return "save", lab.dir, "--json"


def no_way_to_prepare_a_save(lab: Lab) -> Arguments:
    """What is about to go is written down before it goes."""
    a_changed_project(lab)
    intents = lab.dir / ".pose-launcher" / "spool" / "intents"
    intents.parent.mkdir(exist_ok=True)
    intents.touch()
    lab.place = ("failing", str(intents))
    return "save", lab.dir, "--json"


def memory_on_a_failing_disk(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.place = ("failing", str(lab.site.state / "journal.sqlite"))
    return "save", lab.dir, "--json"


def half_written_labels(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.edit("labeled-data/left/CollectedData_Ada.csv", made.LABELS[:-17])
    lab.edit("labeled-data/left/img1.png", made.PICTURE[:20])
    return "save", lab.dir, "--json"


def damaged_memory(lab: Lab) -> Arguments:
    a_changed_project(lab)
    (lab.site.state / "journal.sqlite").write_bytes(b"no database " * 1000)
    return "save", lab.dir, "--json"


def the_notes_are_saved(lab: Lab, result: Result) -> None:
    paths = {row["path"] for row in result.json["saved"]}
    assert "labeled-data/left/notes.txt" in paths
    assert not {row["path"] for row in result.json["failed"]} & paths


def links_are_named(lab: Lab, result: Result) -> None:
    the_notes_are_saved(lab, result)
    assert {row["path"] for row in result.json["failed"]} == {"elsewhere.csv", "linked-folder", "pipe.csv"}


def the_half_files_are_not_there(lab: Lab, result: Result) -> None:
    the_notes_are_saved(lab, result)
    half = {"labeled-data/left/CollectedData_Ada.csv", "labeled-data/left/img1.png"}
    assert {row["path"] for row in result.json["failed"]} == half


def nothing_was_left(lab: Lab, result: Result) -> None:
    folder = lab.folder / "project"
    half = [path for path in files_in(folder) if path.name == "left.mp4"] if folder.exists() else []
    assert half == []
