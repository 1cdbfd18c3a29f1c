"""People by e-mail: a file of 500 with every kind of wrong row, interrupted and repeated."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest

from installer.cli.main import main
from installer.people.rows import read_rows
from installer.rehearsal.mishaps import Mishap
from launcher import errors
from tests.unit.installer.at_the_desk import Admin

#: (cells of the row, the column that is wrong, a word of the explanation)
WRONG: list[tuple[list[str], str, str]] = [
    (["", "Ann", "Lee", ""], "email", "missing"),
    (["ann.example.org", "Ann", "Lee", ""], "email", "address"),
    (["ann lee@x.org", "Ann", "Lee", ""], "email", "address"),
    (["ann@@x.org", "Ann", "Lee", ""], "email", "address"),
    (["ann@x", "Ann", "Lee", ""], "email", "address"),
    (["ann@-x.org", "Ann", "Lee", ""], "email", "address"),
    (["ann@x..org", "Ann", "Lee", ""], "email", "address"),
    (["a" * 120 + "@long.example.org", "Ann", "Lee", ""], "email", "128"),
    (["=cmd|x@x.org", "Ann", "Lee", ""], "email", "address"),
    (["ann@x.org; rm -rf /", "Ann", "Lee", ""], "email", "address"),
    (["<b>ann@x.org", "Ann", "Lee", ""], "email", "address"),
    (["Ann Lee <ann@x.org>", "Ann", "Lee", ""], "email", "address"),
    (["ann\u200b@x.org", "Ann", "Lee", ""], "email", "address"),
    (["änn@x.org", "Ann", "Lee", ""], "email", "address"),
    (["w14@x.org", "José", "Lee", ""], "first", '"Jose" would do'),
    (["w15@x.org", "Ann", "O'Brien", ""], "last", '"O Brien" would do'),
    (["w16@x.org", "J. R.", "Lee", ""], "first", '"J R" would do'),
    (["w17@x.org", "明", "Lee", ""], "first", "letters"),
    (["w18@x.org", "a" * 2049, "Lee", ""], "first", "letters"),
    (["w19@x.org", "=HYPERLINK(1)", "Lee", ""], "first", "letters"),
    (["w20@x.org", "Ann\x1b[2J", "Lee", ""], "first", "letters"),
    (["w21@x.org", "Ann", "Lee", "-pose"], "stack", "stack"),
    (["w22@x.org", "Ann", "Lee", "pose prod"], "stack", "stack"),
    (["w23@x.org", "Ann", "Lee", "../pose"], "stack", "stack"),
    (["w24@x.org", "Ann", "Lee", "p" * 102], "stack", "stack"),
    (["w25@x.org", "Ann"], "", "2 cells"),
    (["w26@x.org", "Ann", "Lee", "", "more"], "", "5 cells"),
    (["p0@x.org", "Ann", "Lee", ""], "email", "line 2"),
    (["P1@x.org", "Person", "Number", ""], "email", "letter case"),
    (["p2@x.org", "Somebody", "Else", ""], "email", "another name"),
]


def text_of(rows: list[list[str]]) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([["email", "first", "last", "stack"], *rows])
    return made.getvalue().encode()


def people(count: int) -> list[list[str]]:
    return [[f"p{number}@x.org", "Person", "Number", ""] for number in range(count)]


@pytest.fixture
def five_hundred(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    good = people(500 - len(WRONG))
    good[0][1:3] = ["Ann", "Lee"]
    file.write_bytes(text_of([*good, *(cells for cells, _, _ in WRONG)]))
    return file


def test_each_wrong_row_of_500_is_explained_with_its_line(five_hundred: Path) -> None:
    rows = read_rows(five_hundred.read_bytes())
    first = 500 - len(WRONG) + 2
    assert len(rows.people) >= 470
    assert {wrong.line for wrong in rows.wrong} == set(range(first, first + len(WRONG)))
    for wrong, (_, column, words) in zip(rows.wrong, WRONG, strict=True):
        assert wrong.column == column
        assert words in wrong.message


def test_nothing_is_changed_while_rows_are_wrong(admin: Admin, five_hundred: Path) -> None:
    said = admin.run("users", "sync", five_hundred, "--json")
    assert said.code == 2
    assert len(said.json["wrong"]) == len(WRONG)
    assert admin.world.users == {}
    assert "\x1b" not in said.err, "text from the file cannot steer the terminal"


def test_the_right_rows_alone_if_asked_for(admin: Admin, five_hundred: Path) -> None:
    admin.world.quotas["users"] = 1000
    said = admin.run("users", "sync", five_hundred, "--skip-wrong", "--json")
    assert said.code == 4
    assert len(admin.world.users) == len(admin.world.memberships) == 470
    assert admin.run("users", "sync", five_hundred, "--skip-wrong", "--remove").code == 2


def test_25_at_a_time_and_nothing_the_second_time(admin: Admin, tmp_path: Path) -> None:
    admin.world.quotas["users"] = 1000
    file = tmp_path / "people.csv"
    file.write_bytes(text_of(people(110)))
    assert admin.run("users", "sync", file, "--dry-run").code == 0
    assert admin.world.users == {}
    assert admin.run("users", "sync", file).code == 0
    assert admin.world.calls.count("BatchAssociateUserStack") == 5
    admin.world.calls.clear()
    again = admin.run("users", "sync", file, "--json")
    assert (again.code, again.json["unchanged"], again.json["add"], again.json["join"]) == (0, 110, [], [])
    assert not [call for call in admin.world.calls if not call.startswith("Describe")]


def test_interrupted_in_the_middle_the_same_command_goes_on(admin: Admin, five_hundred: Path) -> None:
    """The file of 500, killed among the people and among their memberships."""
    admin.world.quotas["users"] = 1000
    sync = ("users", "sync", five_hundred, "--skip-wrong")
    for is_far_enough in (
        lambda: len(admin.world.users) > 20,
        lambda: len(admin.world.users) > 200,
        lambda: len(admin.world.memberships) > 50,
    ):
        child = admin.start(*sync)
        wait_for(is_far_enough)
        child.kill()
        child.wait()
    said = admin.run(*sync, "--json")
    assert (said.code, said.json["failed"], len(said.json["wrong"])) == (4, [], len(WRONG))
    assert said.json["add"] == [] and len(said.json["join"]) < 450, "what was done before is no difference any more"
    assert len(admin.world.users) == len(admin.world.memberships) == 470


def wait_for(is_so: Any) -> None:
    until = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_a_full_user_pool_is_named_and_the_rest_goes_on(admin: Admin, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(text_of(people(60)))
    said = admin.run("users", "sync", file, "--json")
    assert said.code == 4
    assert len(said.json["failed"]) == 10
    assert {one["code"] for one in said.json["failed"]} == {"LimitExceededException"}
    assert len(admin.world.memberships) == 50
    assert "preflight" in said.json["failed"][0]["next"]


@pytest.mark.parametrize(
    ("mishap", "times", "code"),
    [
        (Mishap.INTERNAL_ERROR, 3, 0),
        (Mishap.INTERNAL_ERROR, -1, 4),
        (Mishap.DIRECTORY_NOT_FOUND, 1, 4),
        (Mishap.THROTTLED, 2, 0),
        (Mishap.NO_ANSWER, 2, 0),
        (Mishap.CUT_OFF_AFTER_THE_DEED, 1, 0),
    ],
)
def test_how_the_service_fails(admin: Admin, mishap: Mishap, times: int, code: int) -> None:
    admin.world.mishaps.plan(mishap, times)
    said = admin.run("users", "add", "ann@x.org", "bob@x.org", "--json")
    assert said.code == code
    assert len(admin.world.users) == 2
    if code:
        assert {one["code"] for one in said.json["failed"]} == {mishap.name}
        assert all(one["next"] for one in said.json["failed"])
    admin.world.mishaps.plan(mishap, 0)
    assert admin.run("users", "add", "ann@x.org", "bob@x.org").code == 0
    assert admin.world.memberships == {("ann@x.org", "pose"), ("bob@x.org", "pose")}


def test_a_stack_that_is_not_there_is_named(admin: Admin) -> None:
    said = admin.run("users", "add", "ann@x.org", "--stack", "elsewhere", "--json")
    assert said.code == 4
    (failed,) = said.json["failed"]
    assert (failed["what"], failed["code"], failed["stack"]) == ("join", "STACK_NOT_FOUND", "elsewhere")


def test_out_again_and_a_name_in_another_letter_case(admin: Admin) -> None:
    admin.run("users", "add", "ann@x.org", "bob@x.org")
    wrong = admin.run("users", "remove", "Ann@x.org")
    assert wrong.code == 10
    assert "did you mean ann@x.org" in wrong.err
    gone = admin.run("users", "remove", "ann@x.org", "--json")
    assert (gone.code, gone.json["remove"], [one["email"] for one in gone.json["leave"]]) == (
        0,
        ["ann@x.org"],
        ["ann@x.org"],
    )
    listed = admin.run("users", "list", "--json")
    assert [(one["email"], one["stacks"]) for one in listed.json["users"]] == [("bob@x.org", ["pose"])]


def test_removing_many_needs_a_word_more(admin: Admin, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(text_of(people(20)))
    admin.run("users", "sync", file)
    file.write_bytes(text_of(people(10)))
    assert admin.run("users", "sync", file).code == 0
    assert len(admin.world.users) == 20
    refused = admin.run("users", "sync", file, "--remove")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert admin.run("users", "sync", file, "--remove", "--yes").code == 0
    assert len(admin.world.users) == len(admin.world.memberships) == 10


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "first line"),
        (b"name,first\n", "first line"),
        (b"email,email\n", "first line"),
        (b"email,password\nann@x.org,x\n", "first line"),
        ("email\nännchen@x.org\n".encode("latin-1"), "line 2 is not UTF-8"),
        ("email\nann@x.org\n".encode("utf-16"), "UTF-8"),
        (b"email\nann\0@x.org\n", "NUL"),
        (b"email\n" + b"x" * 2_000_001, "larger"),
    ],
    ids=["empty", "no-email", "twice", "unknown", "latin-1", "utf-16", "nul", "large"],
)
def test_files_that_are_no_list(data: bytes, words: str) -> None:
    with pytest.raises(errors.BadUsage, match=words):
        read_rows(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfEmail;First\r\nann@x.org;Ann\r\n;\r\n",
        b"first\temail\nAnn\tann@x.org\n\n",
        b'"email","first"\n"ann@x.org","Ann"\n',
    ],
    ids=["excel", "tabs", "quoted"],
)
def test_files_as_spreadsheets_write_them(data: bytes) -> None:
    rows = read_rows(data)
    assert [(one.email, one.first) for one in rows.people] == [("ann@x.org", "Ann")]
    assert not rows.wrong


def test_an_open_quote_is_named_with_its_line() -> None:
    rows = read_rows(b'email\nann@x.org\n"bob@x.org\n')
    assert [(wrong.line, "quote" in wrong.message) for wrong in rows.wrong] == [(3, True)]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["users", "list", "--region", "nowhere; rm"], 2),
        (["users", "list", "--profile", "a b"], 2),
        (["users", "add", "ann@x.org", "--stack", "../pose"], 2),
        (["users", "add", "ann@x.org", "--stack", "pose;x", "--dry-run"], 2),
        (["usage", "--month", "20\u0662\u0666-11"], 2),
        (["usage", "--month", "2026-13"], 2),
        (["users", "sync", "missing.csv"], 2),
        (["users", "sync", "/dev/zero"], 2),
        (["users", "sync", "/"], 2),
    ],
)
def test_what_cannot_be_understood(admin: Admin, words: list[str], code: int) -> None:
    assert admin.run(*words).code == code


def test_the_admins_keys_go_nowhere_but_to_aws_or_this_computer(admin: Admin) -> None:
    assert main(["users", "list", "--site", str(admin.site), "--endpoint", "https://elsewhere.example.org"]) == 2
    assert "127.0.0.1" in admin.capture.readouterr().err


def test_a_program_that_asked_for_json_gets_some_of_a_command_that_failed(admin: Admin) -> None:
    said = admin.run("users", "sync", "missing.csv", "--json")
    assert (said.code, said.json["problems"][0]["what"]) == (2, "This file cannot be read")
