"""What was saved is deleted in the home bucket, and goes again from here; or is deleted here, and comes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.scenario.oracle import final_files
from tests.scenario.projects import VIDEO
from tests.scenario.test_list_by_lines import wrong_in_list
from tests.scenario.watching import LABELS, bring, in_home, project_id, save, small_project, until, watching

PROJECT = small_project(3)
PICTURE = "labeled-data/mouse/img001.png"


@pytest.fixture
def folder(site: Site) -> Path:
    folder = bring(site, PROJECT)
    save(site, folder)
    return folder


def delete(site: Site, prefix: str) -> None:
    for key in site.objects(site.home_bucket, prefix):
        site.s3.delete_object(Bucket=site.home_bucket, Key=key)


def is_proved(site: Site, folder: Path) -> bool:
    here, there = site.run("verify", folder), site.run("verify", f"{site.home_uri}projects/{project_id(folder)}/")
    return (here.code, there.code) == (0, 0)


def test_a_home_that_was_emptied_is_filled_again_by_the_next_change(site: Site, folder: Path) -> None:
    before = in_home(site, folder)
    delete(site, "person/")
    labels = PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"
    (folder / LABELS).write_bytes(labels)
    saved = site.run("save", folder, "--json")
    assert (saved.code, saved.json["failed"], saved.json["conflicts"]) == (0, [], []), saved.err
    assert in_home(site, folder) == {**before, LABELS: labels}
    assert {row["path"] for row in saved.json["saved"]} == set(before)
    assert is_proved(site, folder)
    again = site.run("save", folder, "--json")
    assert (again.code, again.json["saved"]) == (0, [])


def test_a_home_that_was_emptied_is_filled_also_when_the_first_try_breaks_off(
    site: Site, folder: Path, cloud: SeaweedFS
) -> None:
    before = in_home(site, folder)
    delete(site, "person/")
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n")
    with FaultProxy(cloud.url) as proxy:
        site.write(endpoint=proxy.url)
        proxy.rules.append(Rule(Fault.REFUSED, method="PUT", path="*.png", status=403))
        assert site.run("save", folder).code == 5
        assert not any(path.endswith(".png") for path in in_home(site, folder))
        proxy.rules.clear()
        assert site.run("save", folder).code == 0
    assert set(in_home(site, folder)) == set(before)
    site.write()
    assert is_proved(site, folder)


def test_what_verify_finds_gone_is_sent_again_by_the_next_save(site: Site, folder: Path) -> None:
    before = in_home(site, folder)
    delete(site, f"person/projects/{project_id(folder)}/{PICTURE}")
    looked = site.run("verify", folder, "--json")
    assert (looked.code, [(row["path"], row["side"]) for row in looked.json["bad"]]) == (4, [(PICTURE, "remote")])
    assert "the next save sends again what is gone" in looked.err
    assert PICTURE not in in_home(site, folder), "verify changes nothing"
    saved = site.run("save", folder, "--json")
    assert (saved.code, [row["path"] for row in saved.json["saved"]]) == (0, [PICTURE]), saved.err
    assert in_home(site, folder) == before
    assert is_proved(site, folder)


@pytest.mark.parametrize("by_address", [False, True], ids=["by folder", "by address"])
def test_what_verify_finds_gone_is_not_called_saved_from_then_on(site: Site, folder: Path, by_address: bool) -> None:
    delete(site, f"person/projects/{project_id(folder)}/{PICTURE}")
    assert site.run("verify", f"{site.home_uri}projects/{project_id(folder)}/" if by_address else folder).code == 4
    (status,) = site.run("status", "--json").json["projects"]
    assert (status["all_saved"], status["unsaved_files"]) == (False, 1)
    (row,) = [row for row in status["items"] if row["path"] == PICTURE]
    assert "gone from the home bucket" in row["cause"] and "sends it again" in row["next"]
    planned = site.run("save", folder, "--dry-run", "--json")
    assert [row["path"] for row in planned.json["would_save"]] == [PICTURE]


@pytest.mark.parametrize("name", [PICTURE, VIDEO], ids=["picture", "saved video"])
def test_and_the_sessions_end_sends_it_again(site: Site, folder: Path, name: str) -> None:
    (folder / VIDEO).write_bytes(PROJECT[VIDEO] + b"cut")
    save(site, folder)
    before = in_home(site, folder)
    delete(site, f"person/projects/{project_id(folder)}/{name}")
    assert site.run("verify", folder).code == 4
    ended = site.run("finish", "--deadline", "30", "--json")
    assert (ended.code, ended.json["complete"]) == (0, True), ended.err
    assert in_home(site, folder) == before
    assert is_proved(site, folder)


def test_and_the_saver_that_runs_sends_it_again_by_itself(site: Site, folder: Path) -> None:
    before = in_home(site, folder)
    with watching(site):
        until(lambda: bool(site.run("status", "--json").json["saver"]["running"]), 20)
        delete(site, f"person/projects/{project_id(folder)}/{PICTURE}")
        assert site.run("verify", folder).code == 4
        until(lambda: in_home(site, folder) == before, 30)
        until(lambda: bool(site.run("status", "--json").json["projects"][0]["all_saved"]), 20)
    assert is_proved(site, folder)


def test_what_is_gone_on_both_sides_is_no_longer_called_saved(site: Site, folder: Path) -> None:
    delete(site, f"person/projects/{project_id(folder)}/{PICTURE}")
    (folder / PICTURE).unlink()
    assert site.run("verify", folder).code == 4
    assert site.run("save", folder).code == 0
    assert is_proved(site, folder)


def test_nor_when_that_is_found_out_while_something_else_is_saved(site: Site, folder: Path) -> None:
    """Its list is written twice then, and the second one says what lies there."""
    for path in (PICTURE, LABELS):
        delete(site, f"person/projects/{project_id(folder)}/{path}")
    (folder / PICTURE).unlink()
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n")
    saved = site.run("save", folder, "--json")
    assert (saved.code, saved.json["conflicts"]) == (0, []), saved.err
    assert wrong_in_list(site, folder) == []
    assert is_proved(site, folder)


def test_nor_when_the_list_could_not_be_written_at_first(site: Site, folder: Path, proxy: FaultProxy) -> None:
    delete(site, f"person/projects/{project_id(folder)}/{PICTURE}")
    (folder / PICTURE).unlink()
    assert site.run("verify", folder).code == 4
    proxy.rules.append(Rule(Fault.REFUSED, method="PUT", path="*/.pose-launcher/state/*", status=403))
    assert site.run("save", folder).code == 5
    proxy.rules.clear()
    assert site.run("save", folder).code == 0
    assert wrong_in_list(site, folder) == []
    assert is_proved(site, folder)


def test_what_was_deleted_here_comes_back(site: Site, folder: Path) -> None:
    uri = f"{site.home_uri}projects/{project_id(folder)}/"
    (newest, *_) = site.run("restore", uri, "--list", "--json").json["states"]
    (folder / PICTURE).unlink()
    one = site.run("restore", f"{uri}{PICTURE}", "--at", newest["at"], "--json")
    assert (one.code, one.json["restored"]) == (0, [PICTURE]), one.err
    assert (folder / PICTURE).read_bytes() == PROJECT[PICTURE]
    for path in [path for path in folder.iterdir() if path.name != ".pose-launcher"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    empty = site.run("save", folder)
    assert empty.code == 4 and "folder is empty" in empty.err
    whole = site.run("restore", uri, "--at", newest["at"], "--json")
    assert whole.code == 0, whole.err
    assert set(final_files(folder)) == set(in_home(site, folder))
    assert (folder / PICTURE).read_bytes() == PROJECT[PICTURE]


def test_what_somebody_put_in_the_place_of_a_saved_file_stays_and_ours_goes_beside_it(site: Site, folder: Path) -> None:
    """By another program than the launcher, so that no list names it; the file here was not touched since."""
    before = in_home(site, folder)
    site.s3.put_object(
        Bucket=site.home_bucket, Key=f"person/projects/{project_id(folder)}/{PICTURE}", Body=b"from a console"
    )
    looked = site.run("verify", folder)
    assert (looked.code, "the next save puts what is here beside it" in looked.err) == (4, True), looked.err
    saved = site.run("save", folder, "--json")
    assert (saved.code, [row["path"] for row in saved.json["conflicts"]]) == (3, [PICTURE]), saved.err
    (copy,) = [row["copy"] for row in saved.json["conflicts"]]
    path = copy.removeprefix(f"person/projects/{project_id(folder)}/")
    assert in_home(site, folder) == {**before, PICTURE: b"from a console", path: before[PICTURE]}
    again = site.run("save", folder, "--json")
    assert (again.code, again.json["saved"], again.json["conflicts"]) == (0, [], [])
    assert site.run("verify", folder).code == 0


def test_what_was_put_there_while_ours_was_worked_on_is_named_and_counted_once(site: Site, folder: Path) -> None:
    files = set(in_home(site, folder))
    for path in (LABELS, PICTURE):
        where = f"person/projects/{project_id(folder)}/{path}"
        site.s3.put_object(Bucket=site.home_bucket, Key=where, Body=b"from a console")
    assert site.run("verify", folder).code == 4
    (folder / LABELS).write_bytes(PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n")
    saved = site.run("save", folder, "--json")
    assert (saved.code, sorted(row["path"] for row in saved.json["conflicts"])) == (3, sorted([LABELS, PICTURE]))
    assert saved.json["unchanged"] + len(saved.json["saved"]) == len(files) - 2


def test_what_another_session_saved_since_is_no_loss_and_makes_no_copy(site: Site, folder: Path) -> None:
    other = site.another_computer()
    theirs = other.folder / "theirs"
    assert other.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", theirs).code == 0
    (theirs / PICTURE).write_bytes((theirs / PICTURE).read_bytes().replace(b"IEND", b"+IEND"))
    assert other.run("save", theirs).code == 0
    before = in_home(site, folder)
    assert site.run("verify", folder).code == 4
    saved = site.run("save", folder, "--json")
    assert (saved.code, saved.json["conflicts"]) == (0, []), saved.err
    assert in_home(site, folder) == before


def test_what_was_deleted_before_another_session_saved_its_own_there(site: Site, folder: Path) -> None:
    """Nobody could keep it then, so it is put beside theirs; of what was kept no copy is made."""
    other = site.another_computer()
    there = other.folder / "reaching"
    assert other.run("stage", f"{site.data_uri}reaching/", there).code == 0
    ours = {"plan.txt": b"ours\n", LABELS: PROJECT[LABELS] + b"labeled-data/mouse/img050.png,7.5,2.5\n"}
    for path, content in ours.items():
        (folder / path).write_bytes(content)
    save(site, folder)
    assert other.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", there).code == 0
    delete(site, f"person/projects/{project_id(folder)}/plan.txt")
    (there / "plan.txt").write_bytes(b"theirs\n")
    with (there / LABELS).open("ab") as labels:
        labels.write(b"labeled-data/mouse/img051.png,7.5,2.5\n")
    assert other.run("save", there).code == 0
    assert site.run("verify", folder).code == 4
    saved = site.run("save", folder, "--json")
    assert (saved.code, [row["path"] for row in saved.json["conflicts"]]) == (3, ["plan.txt"]), saved.err
    kept = in_home(site, folder)
    assert kept["plan.txt"] == b"theirs\n" and b"ours\n" in kept.values()
    assert kept[LABELS] == (there / LABELS).read_bytes()
    assert not [path for path in kept if "CollectedData" in path and "(conflict" in path]


def test_what_was_brought_from_there_is_put_beside_it_too(site: Site, folder: Path) -> None:
    """It was not touched here since, and is in the bucket no more: nobody else has it."""
    (folder / "plan.txt").write_bytes(b"as it was brought\n")
    save(site, folder)
    other = site.another_computer()
    there = Path(other.run("stage", f"{site.home_uri}projects/{project_id(folder)}/", "--json").json["dir"])
    delete(site, f"person/projects/{project_id(folder)}/plan.txt")
    (folder / "plan.txt").write_bytes(b"theirs\n")
    save(site, folder)
    assert other.run("verify", there).code == 4
    (there / "notes.txt").write_bytes(b"and there is work\n")
    saved = other.run("save", there, "--json")
    assert (saved.code, [row["path"] for row in saved.json["conflicts"]]) == (3, ["plan.txt"]), saved.err
    kept = in_home(site, folder)
    assert kept["plan.txt"] == b"theirs\n" and b"as it was brought\n" in kept.values()
    (status,) = other.run("status", there, "--json").json["projects"]
    assert status["all_saved"], status["items"]
    again = other.run("save", there, "--json")
    assert (again.code, again.json["saved"], again.json["conflicts"]) == (0, [], [])


@pytest.mark.parametrize("put_there", [None, b"by another program"], ids=["nothing", "something else"])
def test_what_another_session_says_is_there_is_looked_at_before_it_counts_as_saved(
    site: Site, folder: Path, put_there: bytes | None
) -> None:
    other = site.another_computer()
    there = Path(other.run("stage", f"{site.data_uri}reaching/", "--json").json["dir"])
    (folder / "notes.txt").write_bytes(b"both came to this")
    save(site, folder)
    key = f"person/projects/{project_id(folder)}/notes.txt"
    site.s3.delete_object(Bucket=site.home_bucket, Key=key)
    if put_there is not None:
        site.s3.put_object(Bucket=site.home_bucket, Key=key, Body=put_there)
    (there / "notes.txt").write_bytes(b"both came to this")
    assert other.run("save", there).code == (0 if put_there is None else 3)
    assert b"both came to this" in in_home(site, folder).values()
