"""What a killed save stored and could not write down: the next one knows it, whatever became of the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.killing import strike
from tests.scenario.test_list_by_lines import wrong_in_list
from tests.scenario.watching import LABELS, bring, in_home, one_of_home, project_id, save, small_project, until

STORED_WITHIN_S = 20.0
#: Notes go among many others, and a label file by itself.
KINDS = {"notes": b"first\n", "table": b"frame,x\n"}
SUFFIX = {"notes": ".md", "table": ".csv"}


def put_back(file: Path, before: bytes) -> None:
    file.write_bytes(before)


def delete(file: Path, before: bytes) -> None:
    del before
    file.unlink()


def work_on(file: Path, before: bytes) -> None:
    file.write_bytes(before + b"1,2\n")


def leave(file: Path, before: bytes) -> None:
    del file, before


AFTERWARDS: dict[str, Callable[[Path, bytes], None]] = {
    f"{then.__name__}-{kind}{SUFFIX[kind]}": then for then in (put_back, delete, work_on, leave) for kind in KINDS
}
OLD = {name: KINDS[name.rpartition("-")[2].partition(".")[0]] for name in AFTERWARDS}
NEW = {f"new-{name}": content for name, content in OLD.items()}
PROJECT = small_project(1) | OLD


@pytest.fixture
def folder(site: Site, proxy: FaultProxy) -> Path:
    site.endpoint = proxy.url
    return bring(site, PROJECT)


def save_killed_when_stored(site: Site, proxy: FaultProxy, folder: Path, contents: set[bytes]) -> None:
    """The server has stored all of it, and the command is gone before it could write that down."""
    silence = Rule(Fault.SILENCE, path=f"*/projects/*/{LABELS}", method="PUT", after=-1)
    proxy.rules.append(silence)
    with (folder / LABELS).open("ab") as labels:
        labels.write(f"labeled-data/mouse/img0{folder.parent.name[-2:]}.png,1.5,2.5\n".encode())

    def when_stored(_: object) -> None:
        until(lambda: silence.used > 0 and contents <= set(in_home(site, folder).values()), STORED_WITHIN_S)

    assert strike(site, when_stored, "save", folder)
    proxy.rules.remove(silence)
    # As if it had been left alone for as long as a lease lives.
    site.s3.delete_object(Bucket=site.home_bucket, Key=f"person/.pose-launcher/lease/{project_id(folder)}")


def changed(folder: Path, files: dict[str, bytes]) -> set[bytes]:
    """Each has other bytes now than it had, and than the others."""
    for name, before in files.items():
        (folder / name).write_bytes(before + f"0,{name}\n".encode())
    return {(folder / name).read_bytes() for name in files}


def check_all_is_named(site: Site, folder: Path) -> None:
    assert wrong_in_list(site, folder) == []
    proof = site.run("verify", folder, "--json")
    assert (proof.code, proof.json["bad"]) == (0, []), proof.err


def test_changed_and_new_files(site: Site, proxy: FaultProxy, folder: Path) -> None:
    save(site, folder)
    files = OLD | NEW
    save_killed_when_stored(site, proxy, folder, changed(folder, files))
    for name, then in AFTERWARDS.items():
        then(folder / name, OLD[name])
        then(folder / f"new-{name}", OLD[name])
    save(site, folder)
    check_all_is_named(site, folder)
    here = {name: (folder / name).read_bytes() for name in files if (folder / name).exists()}
    assert {name: one_of_home(site, folder, name) for name in here} == here


def test_a_first_save(site: Site, proxy: FaultProxy, folder: Path) -> None:
    """Another computer stored what the lab has before that, and names it afterwards."""
    other = site.another_computer()
    there = bring(other, PROJECT)
    save_killed_when_stored(other, proxy, there, set(OLD.values()))
    save_killed_when_stored(site, proxy, folder, set(OLD.values()))
    save_killed_when_stored(site, proxy, folder, changed(folder, OLD))
    assert other.run("save", there).code in (0, 3)
    for name, then in AFTERWARDS.items():
        then(folder / name, OLD[name])
    for computer, project in ((site, folder), (other, there)):
        assert computer.run("save", project).code in (0, 3)
    check_all_is_named(site, folder)


def test_a_copy_beside(site: Site, proxy: FaultProxy, folder: Path) -> None:
    """There is one copy of each of ours, and the list names it."""
    other = site.another_computer()
    there = bring(other, PROJECT)
    save(site, folder)
    save(other, there)
    files = {name: OLD[name] for name, then in AFTERWARDS.items() if then in (work_on, leave)}
    changed(folder, files)
    save(site, folder)
    for name in files:
        (there / name).write_bytes(OLD[name] + f"9,{name}\n".encode())
    save_killed_when_stored(other, proxy, there, {(there / name).read_bytes() for name in files})
    for name in files:
        AFTERWARDS[name](there / name, (there / name).read_bytes())
    saved = other.run("save", there, "--json")
    assert (saved.code, len(saved.json["conflicts"])) == (3, len(files)), saved.err
    check_all_is_named(other, there)
    assert other.run("status", there, "--json").json["projects"][0]["all_saved"]
    copies = {content for path, content in in_home(site, folder).items() if "(conflict" in path}
    assert copies == {(there / name).read_bytes() for name in files}


def test_the_list_goes_on_to_name_the_original_of_a_copy_whose_file_is_gone_here(
    site: Site, proxy: FaultProxy, folder: Path
) -> None:
    """Two sessions changed it, and neither came to its list: what lies under its name is nobody's to forget."""
    other, note = site.another_computer(), next(iter(OLD))
    there = bring(other, PROJECT)
    save(other, there)
    save(site, folder)
    for computer, project in ((other, there), (site, folder)):
        content = f"{project}\n".encode()
        (project / note).write_bytes(content)
        save_killed_when_stored(computer, proxy, project, {content})
    (folder / note).unlink()
    assert site.run("save", folder).code == 3
    state = f"person/.pose-launcher/state/{project_id(folder)}.json"
    named = json.loads(site.objects(site.home_bucket, state)[state])["files"]
    (stem, ends) = note.rsplit(".", 1)
    assert note in named
    assert [path for path in named if path.startswith(f"{stem} (conflict ") and path.endswith(ends)]


@pytest.mark.parametrize("is_first", [True, False])
def test_the_machine_is_gone(site: Site, proxy: FaultProxy, folder: Path, *, is_first: bool) -> None:
    """Whoever brings the project next has what was stored, and the list names it then."""
    if not is_first:
        save(site, folder)
    contents = changed(folder, OLD | NEW)
    save_killed_when_stored(site, proxy, folder, contents)
    other = site.another_computer()
    home = f"s3://{site.home_bucket}/person/projects/{project_id(folder)}/"
    there = other.folder / "again"
    assert other.run("stage", home, there).code == 0
    assert {(there / name).read_bytes() for name in OLD | NEW} == contents
    assert not other.run("status", there, "--json").json["projects"][0]["all_saved"]
    assert "every file is saved, and the record of that is not" in other.run("status", there).out
    save(other, there)
    check_all_is_named(other, there)
    assert other.run("verify", home).code == 0
    (there / "leave-notes.md").write_bytes(b"in its place\n")
    save(other, there)
    assert contents <= set(site.objects(site.home_bucket).values()), "what was replaced can be brought back"
