"""Who is here: from every place the service writes to, and from none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.session.facts import (
    SessionFacts,
    is_services_bucket,
    os_account,
    service_prefix,
    session_facts,
    user_hash,
)
from launcher.session.registry import read_key
from launcher.session.sources import parse_exports
from tests.fakes.registry_file import RegistryFile, registry_export

IN_A_STREAM = {
    "AppStream_UserName": "testuser@mydomain.com",
    "AppStream_User_Access_Mode": "userpool",
    "AppStream_Stack_Name": "pose-stack",
    "AppStream_Session_Reservation_DateTime": "2026-03-01T09:30:00Z",
    "AppStream_Session_ID": "6f2c",
    "AppStream_Image_Arn": "arn:aws:appstream:us-west-2:000000000000:image/pose-1",
    "AppStream_Instance_Type": "stream.graphics.g4dn.xlarge",
    "AppStream_Resource_Type": "fleet",
    "AppStream_Resource_Name": "pose-fleet",
}


def facts_of(environ: Mapping[str, str], folder: Path, registry: Mapping[str, str] | None = None) -> SessionFacts:
    in_registry = {"HKEY_CURRENT_USER\\Environment": registry or {}}
    with NamedTemporaryFile(suffix=".reg") as file:
        Path(file.name).write_bytes(registry_export(in_registry))
        return session_facts(environ, profile_dir=folder, read_key=RegistryFile(Path(file.name)), account="ann")


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("testuser@mydomain.com", "a0bcb1da11f480d9b5b3e90f91243143eac04cfccfbdc777e740fab628a1cd13"),
        ("SAMPLEDOMAIN\\testuser", "8dd9a642f511609454d344d53cb861a71190e44fed2b8af9fde0c507012a9901"),
        ("foo@bar.com", "0c7e6a405862e402eb76a70f8a26fc732d07c32931e9fae9ab1582911d2e8a3b"),
    ],
)
def test_a_person_has_the_hash_that_the_service_gives_them(user: str, expected: str) -> None:
    assert user_hash(user) == expected


def test_letter_case_and_accents_of_a_user_id_count() -> None:
    assert len({user_hash(name) for name in ("Ann@x.org", "ann@x.org", "\u00e9@x.org", "e\u0301@x.org")}) == 4


def test_everything_is_known_from_the_environment(tmp_path: Path) -> None:
    assert facts_of(IN_A_STREAM, tmp_path) == SessionFacts(
        user="testuser@mydomain.com",
        user_hash="a0bcb1da11f480d9b5b3e90f91243143eac04cfccfbdc777e740fab628a1cd13",
        access_mode="userpool",
        stack="pose-stack",
        fleet="pose-fleet",
        image="arn:aws:appstream:us-west-2:000000000000:image/pose-1",
        instance_type="stream.graphics.g4dn.xlarge",
        session_id="6f2c",
        started=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        resource_type="fleet",
        source="environment",
    )


def test_variables_in_capitals_are_the_same_as_windows_hands_them_out(tmp_path: Path) -> None:
    capitals = {name.upper(): value for name, value in IN_A_STREAM.items()}
    assert facts_of(capitals, tmp_path) == facts_of(IN_A_STREAM, tmp_path)


def test_profile_files_fill_what_the_environment_lacks(tmp_path: Path) -> None:
    user, system = tmp_path / "appstream_user_vars.sh", tmp_path / "appstream_system_vars.sh"
    user.write_text('export AppStream_UserName="ann@x.org"\nexport AppStream_Stack_Name=other\n')
    system.write_text("export AppStream_Resource_Type='fleet'\nexport AppStream_Resource_Name=gpu\n")
    facts = facts_of({"AppStream_Stack_Name": "mine"}, tmp_path)
    assert (facts.user, facts.stack, facts.fleet) == ("ann@x.org", "mine", "gpu")
    assert facts.source == f"environment, {user}, {system}"


def test_the_registry_fills_what_the_environment_lacks(tmp_path: Path) -> None:
    facts = facts_of({"AppStream_UserName": "ann"}, tmp_path, IN_A_STREAM)
    assert (facts.user, facts.stack, facts.source) == ("ann", "pose-stack", "environment, registry")


def test_outside_a_stream_the_account_of_this_computer_is_the_user(tmp_path: Path) -> None:
    facts = facts_of({"PATH": "/bin", "USER": "somebody"}, tmp_path / "missing")
    assert facts == SessionFacts("ann", user_hash("ann"), "local", source="not in a stream")


def test_this_computer_has_an_account_and_only_windows_a_registry() -> None:
    assert os_account()
    assert read_key("HKEY_CURRENT_USER", "Environment") is not None


def test_an_unknown_person_in_a_stream_is_not_replaced_by_the_shared_account(tmp_path: Path) -> None:
    facts = facts_of({"AppStream_Stack_Name": "pose-stack"}, tmp_path)
    assert (facts.user, facts.user_hash, facts.stack) == ("", "", "pose-stack")


@pytest.mark.parametrize(
    ("spelling", "known", "fleet"),
    [
        ("fleet", "fleet", "here"),
        ("image-builder", "image-builder", ""),
        ("imagebuilder", "image-builder", ""),
        ("IMAGE-BUILDER", "image-builder", ""),
        ("", "", "here"),
    ],
)
def test_both_spellings_of_the_image_builder_are_known(tmp_path: Path, spelling: str, known: str, fleet: str) -> None:
    facts = facts_of({"AppStream_Resource_Type": spelling, "AppStream_Resource_Name": "here"}, tmp_path)
    assert (facts.resource_type, facts.fleet) == (known, fleet)


@pytest.mark.parametrize(
    "user",
    ["a\nb", "a\x1b[31m", "\udce4nn", "a\u202eb", "x" * 2000],
    ids=["line", "colour", "encoding", "bidi", "long"],
)
def test_a_user_id_that_cannot_be_one_counts_as_unknown(tmp_path: Path, user: str) -> None:
    facts = facts_of({"AppStream_UserName": user, "AppStream_Session_ID": "1"}, tmp_path)
    assert (facts.user, facts.session_id) == ("", "1")


START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T09:30:00Z", START),
        ("2026-03-01T09:30:00.000Z", START),
        ("2026-03-01 09:30:00", START),
        ("2026-03-01T01:30:00-08:00", START),
        ("1772357400", START),
        ("1772357400000", START),
        ("Sun, 01 Mar 2026 09:30:00 GMT", START),
        ("", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("99999999999999999999", None),
        ("²²²²²²²²²²", None),
    ],
)
def test_the_start_is_read_in_every_likely_form(tmp_path: Path, text: str, expected: datetime | None) -> None:
    variables = {"AppStream_Session_ID": "1", "AppStream_Session_Reservation_DateTime": text}
    assert facts_of(variables, tmp_path).started == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export A=1\n", {"A": "1"}),
        ("A=1\n", {"A": "1"}),
        ("  export\tA=1   # why\n", {"A": "1"}),
        ('export A="b c"\n', {"A": "b c"}),
        ("export A='b $c'\n", {"A": "b $c"}),
        ('export A="b \\"c\\" \\$d \\\\ \\n"\n', {"A": 'b "c" $d \\ \\n'}),
        ("export A=b\\ c\n", {"A": "b c"}),
        ("export A='it'\\''s'\n", {"A": "it's"}),
        ("export A=1 B=2; C=3\n", {"A": "1", "B": "2", "C": "3"}),
        ("declare -x A=1\n", {"A": "1"}),
        ("export A=DOMAIN\\\\ann\n", {"A": "DOMAIN\\ann"}),
        ("export A=\nexport B=''\n", {"A": "", "B": ""}),
        ("export A=1\r\nexport B=2\r\n", {"A": "1", "B": "2"}),
        ("export A=1\nexport A=2\n", {"A": "2"}),
        ("# export A=1\n#!/bin/bash\n", {}),
        ("exportA=1\n", {"exportA": "1"}),
        ('export A=$B\nexport C=$(id)\nexport D=`id`\nexport E="$B"\nexport F="`id`"\nexport G=ok\n', {"G": "ok"}),
        ("export A=1; rm -r x\nexport B=2 && id\n", {"A": "1", "B": "2"}),
        ("export A=1;id\nexport B=1|id\n", {"A": "1"}),
        ("if true; then\n  export A=1\nfi\n", {"A": "1"}),
        ("export A\nexport =1\nexport 1A=2\nexport A-B=3\n", {}),
        ("export A=first\nexport B=seco", {"A": "first"}),
        ("export A=first\nexport B='second'", {"A": "first", "B": "second"}),
        ("export A=first\nexport B='seco", {"A": "first"}),
        ('export A="never closed\nexport B=2\n', {"B": "2"}),
        ("", {}),
        ("\x00\x01\x02", {}),
    ],
)
def test_profile_lines_are_read_and_never_executed(text: str, expected: dict[str, str]) -> None:
    assert parse_exports(text) == expected


@pytest.mark.parametrize(
    ("content", "user"),
    [
        ("export AppStream_UserName=ünal\n".encode(), "ünal"),
        ("export AppStream_UserName=ünal\n".encode("latin-1"), ""),
        ("export AppStream_UserName=ann\n".encode("utf-16"), ""),
        (b"\xff\xfe\x00export AppStream_UserName=ann", ""),
        (b"\xef\xbb\xbfexport X=1\nexport AppStream_UserName=ann\n", "ann"),
    ],
    ids=["utf-8", "latin-1", "utf-16", "half", "mark"],
)
def test_foreign_and_half_profile_files_do_no_harm(tmp_path: Path, content: bytes, user: str) -> None:
    (tmp_path / "appstream_user_vars.sh").write_bytes(content)
    assert facts_of({"AppStream_Session_ID": "1"}, tmp_path).user == user


def test_a_folder_where_a_profile_file_should_be_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "appstream_user_vars.sh").mkdir()
    assert facts_of({}, tmp_path).source == "not in a stream"


@given(st.text(), st.text())
def test_nothing_that_the_service_could_write_makes_us_fail(value: str, started: str) -> None:
    variables = {"AppStream_UserName": value, "AppStream_Session_Reservation_DateTime": started}
    facts = facts_of(variables, Path("missing"))
    assert facts.user in (value, "ann", "")
    assert isinstance(parse_exports(f"export A={value}\n{started}"), dict)


def test_windows_keeps_the_variables_of_the_machine_and_of_the_person_in_two_keys(tmp_path: Path) -> None:
    machine = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
    file = tmp_path / "export.reg"
    file.write_bytes(
        registry_export(
            {
                machine: {
                    "AppStream_Resource_Type": "fleet",
                    "AppStream_Resource_Name": "gpu",
                    "AppStream_Image_Arn": "arn:aws:appstream:us-west-2:000000000000:image/pose-1",
                    "Path": "C:\\Windows",
                },
                r"HKEY_CURRENT_USER\Environment": {
                    "AppStream_UserName": r"SAMPLEDOMAIN\testuser",
                    "AppStream_User_Access_Mode": "saml",
                    "AppStream_Session_Reservation_DateTime": "2026-03-01T09:30:00Z",
                },
            }
        )
    )
    facts = session_facts({}, profile_dir=tmp_path, read_key=RegistryFile(file), account="PhotonUser")
    assert (facts.user, facts.access_mode, facts.fleet, facts.source) == (
        r"SAMPLEDOMAIN\testuser",
        "saml",
        "gpu",
        "registry",
    )
    assert facts.user_hash == "8dd9a642f511609454d344d53cb861a71190e44fed2b8af9fde0c507012a9901"
    assert (facts.started, facts.notices) == (START, ())


def test_the_session_context_is_no_source_of_who_somebody_is(tmp_path: Path) -> None:
    claims = {"APPSTREAM_SESSION_CONTEXT": "AppStream_UserName=ben@x.org", "AppStream_Stack_Name": "pose"}
    assert facts_of(claims, tmp_path).user == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"export AppStream_Stack_Name=pose\nexport AppStream_UserName=an", "it ends in the middle of a line"),
        (
            "export AppStream_Stack_Name=pose\nexport AppStream_UserName=\u00fcnal\n".encode("latin-1"),
            "line 2 is not UTF-8",
        ),
        ("export AppStream_UserName=ann\n".encode("utf-16"), "not a text in UTF-8"),
        (b"export AppStream_UserName=a\x1b[31m\n", "AppStream_UserName holds characters that no such value has"),
    ],
    ids=["half", "latin-1", "utf-16", "steering"],
)
def test_a_profile_file_that_cannot_be_used_whole_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "appstream_user_vars.sh").write_bytes(content)
    facts = facts_of({"AppStream_Session_ID": "1"}, tmp_path)
    assert any(words in notice for notice in facts.notices), facts.notices
    assert (facts.user, facts.session_id) == ("", "1")


def test_a_whole_profile_file_is_not_mentioned(tmp_path: Path) -> None:
    (tmp_path / "appstream_user_vars.sh").write_text("export AppStream_UserName=ann\n")
    (tmp_path / "appstream_system_vars.sh").write_text("export AppStream_Resource_Name='gpu'")
    assert facts_of({"AppStream_Session_ID": "1"}, tmp_path).notices == ()


@pytest.mark.parametrize(
    ("mode", "known", "named"),
    [("saml", "saml", False), ("USERPOOL", "userpool", False), ("kerberos", "kerberos", True), ("", "", False)],
)
def test_an_access_mode_that_nobody_has_seen_is_taken_as_it_is_and_named(
    tmp_path: Path, mode: str, known: str, named: bool
) -> None:
    facts = facts_of({"AppStream_UserName": "ann", "AppStream_User_Access_Mode": mode}, tmp_path)
    assert facts.access_mode == known
    assert any("kerberos" in notice for notice in facts.notices) is named


def test_an_address_with_capitals_is_pointed_out_since_its_case_counts(tmp_path: Path) -> None:
    (notice,) = facts_of({"AppStream_UserName": "Ann@x.org"}, tmp_path).notices
    assert "Ann@x.org" in notice
    assert "ann@x.org would be another person" in notice
    assert facts_of({"AppStream_UserName": "ann@x.org"}, tmp_path).notices == ()


@pytest.mark.parametrize(
    ("mode", "kind"), [("custom", "custom"), ("saml", "federated"), ("userpool", "userpool"), ("kerberos", None)]
)
def test_the_services_own_prefix_follows_the_documented_rule(tmp_path: Path, mode: str, kind: str | None) -> None:
    facts = facts_of({"AppStream_UserName": "foo@bar.com", "AppStream_User_Access_Mode": mode}, tmp_path)
    expected = f"user/{kind}/0c7e6a405862e402eb76a70f8a26fc732d07c32931e9fae9ab1582911d2e8a3b/" if kind else ""
    assert service_prefix(facts) == expected


@pytest.mark.parametrize(
    ("bucket", "services"),
    [("appstream2-36fb080bb8-us-west-2-000000000000", True), ("lab-pose-home", False), ("appstream2-lab", False)],
)
def test_the_services_own_bucket_is_known_by_its_name(bucket: str, services: bool) -> None:
    assert is_services_bucket(bucket) is services
