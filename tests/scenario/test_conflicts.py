"""Two sessions on one project: both contents stay in S3, the second is told, and earlier states come back."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Site
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule

CONFIG = "config.yaml"
TABLE = "table of mine.csv"
WHOLE = "frame,x,y\n1,20,30\n2,21,31\n"


@pytest.fixture
def elsewhere(site: Site, tmp_path: Path) -> Path:
    """The state dir of another computer."""
    return tmp_path / "elsewhere"


def staged(site: Site, state: Path, uri: str) -> Path:
    done = site.run("stage", uri, "--json", "--state-dir", state)
    assert done.code == 0, done.err
    return Path(done.json["dir"])


def edit(folder: Path, line: str) -> None:
    file = folder / CONFIG
    file.write_text(file.read_text() + f"\n# {line}\n")


def save(site: Site, state: Path, folder: Path, code: int = 0) -> Any:
    done = site.run("save", folder, "--json", "--state-dir", state)
    assert done.code == code, (done.code, done.err)
    return done.json


def in_home(site: Site) -> dict[str, str]:
    return {key: data.decode(errors="replace") for key, data in site.objects(site.home_bucket).items()}


@pytest.fixture
def project(site: Site) -> str:
    site.upload(Path("resources/sample/open-arena-Sample-2026-01-15"), "arena/")
    return f"{site.data_uri}arena/"


def test_what_two_sessions_changed_is_kept_twice_and_named(site: Site, elsewhere: Path, project: str) -> None:
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    edit(theirs, "theirs")
    save(site, elsewhere, theirs)
    edit(mine, "mine")
    report = save(site, site.state, mine, code=3)
    (conflict,) = report["conflicts"]
    assert conflict["path"] == CONFIG
    kept = in_home(site)
    assert "# theirs" in kept[conflict["key"]] and "# mine" not in kept[conflict["key"]]
    copy = conflict["copy"]
    assert re.search(r"/config \(conflict \d{4}-\d\d-\d\d \d{4} [\w-]+\)\.yaml$", copy)
    assert "# mine" in kept[copy]
    (listed,) = [data for key, data in kept.items() if "/.pose-launcher/conflicts/" in key]
    assert json.loads(listed)["conflicts"][0]["copy"] == copy


def test_our_version_of_a_file_with_a_long_path_is_kept_beside_theirs_or_named(
    site: Site, elsewhere: Path, project: str
) -> None:
    """S3 takes keys of 1,024 bytes, and the name of a copy is longer than that of its file."""
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    folders = "/".join(["d" * 190] * 4)
    fits, too_deep = f"{folders}/{'n' * 220}.txt", f"{folders}/{'d' * 215}/n.txt"
    for folder, state, code in ((theirs, elsewhere, 0), (mine, site.state, 7)):
        for path in (fits, too_deep):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(f"by {state.name}")
        report = save(site, state, folder, code)
    (conflict,), (failed,) = report["conflicts"], report["failed"]
    assert (conflict["path"], failed["path"]) == (fits, too_deep)
    assert "Rename" in failed["next"]
    kept = in_home(site)
    assert [kept[key] for key in (conflict["key"], conflict["copy"])] == ["by elsewhere", f"by {site.state.name}"]


def test_an_unsolved_conflict_makes_no_second_copy(site: Site, elsewhere: Path, project: str) -> None:
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    edit(theirs, "theirs")
    save(site, elsewhere, theirs)
    edit(mine, "mine")
    first = save(site, site.state, mine, code=3)
    assert save(site, site.state, mine)["conflicts"] == []
    (status,) = site.run("status", mine, "--json").json["projects"]
    assert status["all_saved"] is True
    assert {row["path"]: row["state"] for row in status["items"]}[CONFIG] == "saved as a conflict copy"
    edit(mine, "mine again")
    again = save(site, site.state, mine, code=3)
    assert [row["copy"] for row in again["conflicts"]] == [row["copy"] for row in first["conflicts"]]
    copies = [data for key, data in in_home(site).items() if "(conflict " in key]
    assert len(copies) == 1 and "# mine again" in copies[0]


@pytest.mark.parametrize("command", ["save", "finish"])
def test_what_went_beside_theirs_is_not_counted_as_unchanged(
    site: Site, elsewhere: Path, project: str, command: str
) -> None:
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    edit(theirs, "theirs")
    there = save(site, elsewhere, theirs)
    edit(mine, "mine")
    ended = site.run(*(("save", mine) if command == "save" else ("finish", "--deadline", "55")), "--json")
    report = ended.json if command == "save" else ended.json["projects"][0]
    assert (ended.code, len(report["conflicts"])) == (3, 1), ended.err
    numbers = len(report["saved"]), len(report["conflicts"]), report["unchanged"]
    assert sum(numbers) == len(there["saved"]), numbers


@pytest.mark.parametrize("theirs_is", ["one that does not open", "gone"])
def test_half_of_a_table_does_not_take_the_place_of_our_whole_version_beside_theirs(
    site: Site, elsewhere: Path, project: str, theirs_is: str
) -> None:
    """What lies under the file's own name may be of a form that nobody reads, or gone: our copy is what is at stake."""
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    (theirs / TABLE).write_text("with remarks,\nabove\nthe,header,of,it\n")
    save(site, elsewhere, theirs)
    (mine / TABLE).write_text(WHOLE)
    (conflict,) = save(site, site.state, mine, code=3)["conflicts"]
    if theirs_is == "gone":
        site.s3.delete_object(Bucket=site.home_bucket, Key=conflict["key"])
    (mine / TABLE).write_text(WHOLE[:-5])
    (failed,) = save(site, site.state, mine, code=4)["failed"]
    assert failed["path"] == TABLE
    assert in_home(site)[conflict["copy"]] == WHOLE


def test_when_our_version_was_kept_is_told_by_the_servers_clock(
    site: Site, elsewhere: Path, project: str, proxy: FaultProxy
) -> None:
    """Beside it stands when the other's was saved, and that is the server's time; the clock here is five hours slow."""
    proxy.rules.append(Rule(Fault.CLOCK, seconds=5 * 3600))
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    edit(theirs, "theirs")
    save(site, elsewhere, theirs)
    edit(mine, "mine")
    save(site, site.state, mine, code=3)
    (row,) = site.run("conflicts", mine, "--json").json["conflicts"]
    times = [datetime.fromisoformat(row[whose]["at"]) for whose in ("theirs", "mine")]
    assert timedelta(0) <= times[1] - times[0] + timedelta(seconds=1) < timedelta(minutes=2)


def test_the_other_session_finds_both_when_it_brings_the_project_again(
    site: Site, elsewhere: Path, project: str, tmp_path: Path
) -> None:
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    edit(theirs, "theirs")
    save(site, elsewhere, theirs)
    edit(mine, "mine")
    report = save(site, site.state, mine, code=3)
    third = staged(site, tmp_path / "third", f"{report['home']}")
    assert "# theirs" in (third / CONFIG).read_text()
    (copy,) = third.glob("config (conflict *).yaml")
    assert "# mine" in copy.read_text()


def test_what_was_replaced_comes_back(site: Site, project: str) -> None:
    folder = staged(site, site.state, project)
    edit(folder, "first")
    home = str(save(site, site.state, folder)["home"])
    edit(folder, "second")
    save(site, site.state, folder)
    states = site.run("restore", home, "--list", "--json").json["states"]
    assert len(states) == 2 and states[0]["at"] >= states[1]["at"]

    done = site.run("restore", f"{home}{CONFIG}", "--json")
    assert done.code == 0, done.err
    assert done.json["restored"] == [CONFIG]
    text = (folder / CONFIG).read_text()
    assert "# first" in text and "# second" not in text
    assert "# second" not in in_home(site)[f"{home.partition(site.home_bucket + '/')[2]}{CONFIG}"]
    assert site.run("verify", folder).code == 0

    undone = site.run("restore", home, "--at", states[0]["at"], "--json")
    assert undone.code == 0, undone.err
    assert "# second" in (folder / CONFIG).read_text()


def test_what_is_not_saved_yet_is_no_victim_of_bringing_back(site: Site, project: str) -> None:
    folder = staged(site, site.state, project)
    edit(folder, "first")
    home = str(save(site, site.state, folder)["home"])
    edit(folder, "second")
    save(site, site.state, folder)
    edit(folder, "third, never saved")
    states = site.run("restore", home, "--list", "--json").json["states"]
    assert site.run("restore", home, "--at", states[-1]["at"], "--json").code == 0
    assert "# third" not in (folder / CONFIG).read_text()
    kept = "".join(in_home(site).values())
    assert "# third, never saved" in kept


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--at", "yesterday"], 2), (["--at", "2001-01-01T00:00:00Z"], 10), ([], 10)]
)
def test_a_state_that_is_not_there_is_said(site: Site, project: str, arguments: list[str], code: int) -> None:
    folder = staged(site, site.state, project)
    home = str(save(site, site.state, folder)["home"])
    done = site.run("restore", home, *arguments)
    assert done.code == code, done.err
    assert "Traceback" not in done.err


def test_nothing_saved_has_nothing_to_bring_back(site: Site, project: str) -> None:
    assert site.run("restore", project, "--list").code == 10


def test_a_state_can_be_looked_into(site: Site, project: str) -> None:
    folder = staged(site, site.state, project)
    edit(folder, "first")
    home = str(save(site, site.state, folder)["home"])
    edit(folder, "second")
    save(site, site.state, folder)
    newest, oldest = site.run("restore", home, "--list", "--json").json["states"]
    state = site.run("restore", home, "--list", "--at", oldest["at"], "--json").json
    assert {key: state[key] for key in oldest} == oldest
    assert [row["path"] for row in state["contents"] if not row["is_newest"]] == [CONFIG]
    now = site.run("restore", home, "--list", "--at", newest["at"], "--json").json
    assert all(row["is_newest"] for row in now["contents"])
    told = site.run("restore", home, "--list", "--at", oldest["at"])
    assert told.code == 0 and "config.yaml" in told.out and "changed since" in told.out


def test_what_another_computer_saved_comes_back_after_this_one_replaced_it(
    site: Site, elsewhere: Path, project: str
) -> None:
    there = staged(site, elsewhere, project)
    edit(there, "there")
    home = str(save(site, elsewhere, there)["home"])
    here = staged(site, site.state, home)
    (here / CONFIG).write_text((here / CONFIG).read_text().replace("# there", "# here"))
    save(site, site.state, here)
    assert site.run("restore", home).code == 0
    assert "# there" in (here / CONFIG).read_text()


# Deciding


def conflict(site: Site, elsewhere: Path, project: str) -> tuple[Path, Path, str]:
    """Both folders, and the project's saved place, after two sessions changed one file."""
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    edit(theirs, "theirs")
    save(site, elsewhere, theirs)
    edit(mine, "mine")
    report = save(site, site.state, mine, code=3)
    return mine, theirs, str(report["home"])


def config_in_home(site: Site, home: str) -> str:
    return in_home(site)[f"{home.partition(site.home_bucket + '/')[2]}{CONFIG}"]


def undecided(site: Site, state: Path, folder: Path) -> list[Any]:
    done = site.run("conflicts", folder, "--json", "--state-dir", state)
    assert done.code == 0, done.err
    return list(done.json["conflicts"])


def decide(site: Site, state: Path, folder: Path, keep: str, path: str = CONFIG) -> None:
    done = site.run("conflicts", folder, path, "--keep", keep, "--json", "--state-dir", state)
    assert done.code == 0, (done.code, done.err)
    assert undecided(site, state, folder) == []


def test_a_conflict_says_which_file_who_when_and_where(site: Site, elsewhere: Path, project: str) -> None:
    mine, _, home = conflict(site, elsewhere, project)
    (one,) = undecided(site, site.state, mine)
    assert (one["path"], one["theirs"]["uri"]) == (CONFIG, f"{home}{CONFIG}")
    assert one["mine"]["uri"] == f"{home}{one['copy']}"
    assert not one["both_here"]
    assert one["mine"]["who"] and one["theirs"]["who"] and one["mine"]["who"] != one["theirs"]["who"]
    theirs, mine_at = (datetime.fromisoformat(one[side]["at"]) for side in ("theirs", "mine"))
    assert timedelta(seconds=-2) < mine_at - theirs < timedelta(minutes=5), "servers tell the time in whole seconds"
    told = site.run("conflicts", mine)
    assert told.code == 0 and one["theirs"]["uri"] in told.out


def test_keeping_mine_replaces_theirs_which_can_be_brought_back(site: Site, elsewhere: Path, project: str) -> None:
    mine, _, home = conflict(site, elsewhere, project)
    decide(site, site.state, mine, "mine")
    assert "# mine" in config_in_home(site, home) and "# theirs" not in config_in_home(site, home)
    assert site.run("status", mine, "--json").json["projects"][0]["all_saved"]
    assert site.run("verify", mine).code == 0
    both = site.run("restore", home, "--list", "--json").json["states"][1]["at"]
    assert site.run("restore", f"{home}{CONFIG}", "--at", both).code == 0
    assert "# theirs" in (mine / CONFIG).read_text()


def test_where_somebody_deleted_theirs_mine_gets_the_name_and_the_others_are_refused(
    site: Site, elsewhere: Path, project: str
) -> None:
    mine, _, home = conflict(site, elsewhere, project)
    (one,) = undecided(site, site.state, mine)
    key = f"{home.partition(site.home_bucket + '/')[2]}{CONFIG}"
    site.s3.delete_object(Bucket=site.home_bucket, Key=key)
    for keep in ("theirs", "both"):
        refused = site.run("conflicts", mine, CONFIG, "--keep", keep)
        assert refused.code == 10 and "Keep mine" in refused.err, refused.err
        assert "# mine" in (mine / CONFIG).read_text()
    decide(site, site.state, mine, "mine")
    assert "# mine" in config_in_home(site, home)
    assert "# mine" in in_home(site)[f"{key.removesuffix(CONFIG)}{one['copy']}"], "nothing is deleted"
    assert site.run("status", mine, "--json").json["projects"][0]["all_saved"]
    assert site.run("verify", mine).code == 0


def test_where_the_list_is_damaged_the_newest_state_says_what_there_is_to_decide(
    site: Site, elsewhere: Path, project: str
) -> None:
    mine, _, home = conflict(site, elsewhere, project)
    place = f"person/.pose-launcher/state/{home.rstrip('/').rpartition('/')[2]}.json"
    site.s3.put_object(Bucket=site.home_bucket, Key=place, Body=b"no list")
    (one,) = undecided(site, site.state, mine)
    assert (one["path"], one["theirs"]["uri"]) == (CONFIG, f"{home}{CONFIG}")
    decide(site, site.state, mine, "mine")
    assert "# mine" in config_in_home(site, home) and "# theirs" not in config_in_home(site, home)
    both = site.run("restore", home, "--list", "--json").json["states"][1]["at"]
    assert site.run("restore", f"{home}{CONFIG}", "--at", both).code == 0
    assert "# theirs" in (mine / CONFIG).read_text(), "both were kept before one was replaced"


def test_keeping_theirs_brings_it_here_and_mine_can_be_brought_back(site: Site, elsewhere: Path, project: str) -> None:
    mine, _, home = conflict(site, elsewhere, project)
    (one,) = undecided(site, site.state, mine)
    decide(site, site.state, mine, "theirs")
    assert "# theirs" in (mine / CONFIG).read_text() and "# mine" not in (mine / CONFIG).read_text()
    assert "# theirs" in config_in_home(site, home)
    assert site.run("status", mine, "--json").json["projects"][0]["all_saved"]
    assert save(site, site.state, mine)["saved"] == [], "nothing is left to send"
    both = site.run("restore", home, "--list", "--json").json["states"][1]["at"]
    assert site.run("restore", f"{home}{one['copy']}", "--at", both).code == 0
    assert "# mine" in (mine / one["copy"]).read_text()


def test_keeping_both_gives_mine_a_name_of_its_own(site: Site, elsewhere: Path, project: str) -> None:
    mine, _, home = conflict(site, elsewhere, project)
    (one,) = undecided(site, site.state, mine)
    decide(site, site.state, mine, "both")
    assert "# theirs" in (mine / CONFIG).read_text()
    assert "# mine" in (mine / one["copy"]).read_text()
    assert save(site, site.state, mine)["saved"] == [], "both are saved already"
    assert site.run("verify", mine).code == 0
    assert "# theirs" in config_in_home(site, home)


@pytest.mark.parametrize(("keep", "line"), [("mine", "theirs"), ("theirs", "mine"), ("both", "theirs")])
def test_who_brought_both_decides_as_well(
    site: Site, elsewhere: Path, project: str, tmp_path: Path, keep: str, line: str
) -> None:
    """There, `mine` is what lies under the file's own name: the other session's."""
    _, _, home = conflict(site, elsewhere, project)
    third = tmp_path / "third"
    folder = staged(site, third, home)
    (one,) = undecided(site, third, folder)
    assert one["both_here"]
    decide(site, third, folder, keep)
    assert f"# {line}" in (folder / CONFIG).read_text()
    assert f"# {line}" in config_in_home(site, home)
    assert (folder / one["copy"]).exists()
    everything = "".join(in_home(site).values())
    assert "# mine" in everything and "# theirs" in everything


def test_work_that_came_after_the_conflict_is_saved_before_it_makes_room(
    site: Site, elsewhere: Path, project: str
) -> None:
    mine, _, _ = conflict(site, elsewhere, project)
    edit(mine, "later, never saved")
    decide(site, site.state, mine, "theirs")
    assert "# later" not in (mine / CONFIG).read_text()
    assert "# later, never saved" in "".join(in_home(site).values())


@pytest.mark.parametrize("keep", ["mine", "theirs", "both"])
def test_another_file_that_cannot_be_saved_bars_no_decision(
    site: Site, elsewhere: Path, project: str, keep: str
) -> None:
    mine, _, home = conflict(site, elsewhere, project)
    (mine / "elsewhere").symlink_to(elsewhere)
    done = site.run("conflicts", mine, CONFIG, "--keep", keep, "--json")
    assert (done.code, [row["path"] for row in done.json["save"]["failed"]]) == (0, ["elsewhere"]), done.err
    assert "elsewhere" in done.err
    assert undecided(site, site.state, mine) == []
    assert f"# {'mine' if keep == 'mine' else 'theirs'}" in config_in_home(site, home)
    everything = "".join(in_home(site).values())
    assert "# mine" in everything and "# theirs" in everything


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["notes.txt", "--keep", "mine"], 10), ([CONFIG], 2), (["../config.yaml", "--keep", "theirs"], 10)],
)
def test_what_cannot_be_decided_is_said(
    site: Site, elsewhere: Path, project: str, arguments: list[str], code: int
) -> None:
    mine, _, _ = conflict(site, elsewhere, project)
    done = site.run("conflicts", mine, *arguments)
    assert done.code == code, done.err
    assert "Traceback" not in done.err and "# mine" in (mine / CONFIG).read_text()


def test_after_two_sessions_the_manifest_says_what_is_there(site: Site, elsewhere: Path, project: str) -> None:
    """One file that only the other changed, one that only we did: each is named as it lies in the bucket."""
    mine, theirs = staged(site, site.state, project), staged(site, elsewhere, project)
    home = str(save(site, site.state, mine)["home"])
    save(site, elsewhere, theirs)
    (theirs / "theirs.txt").write_text("new")
    edit(theirs, "theirs")
    save(site, elsewhere, theirs)
    (mine / "mine.txt").write_text("new")
    save(site, site.state, mine)
    for folder in (mine, theirs):
        (folder / f"again-{folder.parent.name}.txt").write_text("more")
        save(site, site.state if folder is mine else elsewhere, folder)
    proof = site.run("verify", home, "--json")
    assert (proof.code, proof.json["bad"]) == (0, [])
    kept = {key.removeprefix(home.partition(f"{site.home_bucket}/")[2]) for key in in_home(site) if "/projects/" in key}
    assert {"theirs.txt", "mine.txt"} < kept
    (manifest,) = [text for key, text in in_home(site).items() if "/.pose-launcher/state/" in key]
    assert kept <= set(json.loads(manifest)["files"])
