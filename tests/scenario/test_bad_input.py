"""Bad input of every kind, through the real commands: one clear sentence, the contract's exit code, nothing lost."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from launcher.storage.seaweed import SeaweedFS
from tests.conftest import ROOT, Result
from tests.scenario import bad_folders as folders
from tests.scenario import bad_projects as made
from tests.scenario import bad_sites as sites
from tests.scenario.bad_lab import LIMIT_S, Arguments, Lab, clean_environ, files_in, status_says_unsaved
from tests.scenario.bad_servers import SECRET, Servers


@pytest.fixture(scope="module")
def servers(cloud: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The servers that the cases share."""
    started = Servers(tmp_path_factory.mktemp("servers"), cloud)
    yield started
    started.close()


def nothing_more(lab: Lab, result: Result) -> None:
    """Exit code and sentence say it all."""


@dataclass(frozen=True)
class Case:
    """What is bad, which command meets it, how it ends, what a person reads, and what else must be so."""

    name: str
    given: Callable[[Lab], Arguments]
    code: int
    words: tuple[str, ...]
    then: Callable[[Lab, Result], None] = nothing_more
    server: str = "good"


CASES = (
    Case("nobody listens", sites.nobody_listens, 12, ("does not answer", "Check the network")),
    Case(
        "nobody listens to a save",
        sites.nobody_listens_to_a_save,
        12,
        ("does not answer", "stays here"),
        status_says_unsaved,
    ),
    Case("nobody answers", sites.nobody_answers, 12, ("does not answer", "Check the network")),
    Case(
        "nobody answers a save", sites.nobody_answers_a_save, 12, ("does not answer", "stays here"), status_says_unsaved
    ),
    Case("wrong secret", sites.wrong_secret, 5, ("secret key is wrong", "Ask your admin")),
    Case("unknown key id", sites.unknown_key_id, 5, ("does not know our access key", "Ask your admin")),
    Case("empty credentials", sites.empty_credentials, 5, ("no credentials", "ask your admin")),
    Case("no profile at all", sites.no_profile_at_all, 5, ("no credentials", "ask your admin")),
    Case("bucket missing", sites.bucket_missing, 10, ("s3://nobody-ever-made-this/", "does not exist")),
    Case("home missing", sites.home_missing, 10, ("does not exist", "site catalogue"), status_says_unsaved, "weak"),
    Case(
        "one place of two missing",
        sites.one_place_of_two_missing,
        10,
        ("does not exist",),
        folders.the_other_place_is_looked_at,
    ),
    Case("bucket denied", sites.bucket_denied, 5, ("do not have access", "s3:ListBucket"), server="guarded"),
    Case(
        "list without get",
        sites.list_without_get,
        5,
        ("do not have access", "s3:GetObject"),
        folders.the_config_is_named,
        server="guarded",
    ),
    Case("show without get", sites.show_without_get, 5, ("do not have access", "s3:GetObject"), server="guarded"),
    Case("get without list", sites.get_without_list, 5, ("do not have access", "s3:ListBucket"), server="guarded"),
    Case("home not writable", sites.home_not_writable, 5, ("s3:PutObject",), status_says_unsaved, server="guarded"),
    Case(
        "catalogue is no TOML", sites.catalogue('schema = 1\n[s3\nregion = "x"\n'), 2, ("line 2", "not TOML", "Correct")
    ),
    Case(
        "unknown entry",
        sites.catalogue(f"schema = 1\n{sites.HOME}colour = 3\n"),
        2,
        ("line 4", '"colour" is not known'),
    ),
    Case(
        "misspelt entry",
        sites.catalogue(f'schema = 1\n[s3]\nendpiont_url = ""\n{sites.HOME}'),
        2,
        ("line 3", 'mean "endpoint_url"'),
    ),
    Case(
        "wrong type",
        sites.catalogue(f'schema = 1\n{sites.HOME}[save]\nkeep_days = "ten"\n'),
        2,
        ("line 5", "whole number"),
    ),
    Case(
        "http elsewhere",
        sites.catalogue(f'schema = 1\n[s3]\nendpoint_url = "http://storage.lab/"\n{sites.HOME}'),
        2,
        ("line 3", "http:// on this computer only"),
    ),
    Case("catalogue of tomorrow", sites.catalogue(f"schema = 2\n{sites.HOME}"), 2, ("line 1", "newer launcher")),
    Case("catalogue without a home", sites.catalogue("schema = 1\n"), 2, ("[home] is missing",)),
    Case("catalogue is a picture", sites.catalogue("\x00\x01\x02\x03"), 2, ("line 1", "not TOML")),
    Case("no catalogue", sites.no_catalogue, 2, ("no site catalogue", "--site FILE", "pose-launcher demo")),
    Case("catalogue gone", sites.catalogue_gone, 2, ("site.toml", "cannot be read", "No such file")),
    Case(
        "somebody else's config.yaml",
        folders.with_a_sound_one("config.yaml", made.FOREIGN),
        0,
        (),
        folders.only_the_good_one_is_found,
    ),
    Case("somebody else's folder", folders.show_foreign, 10, ("no pose project here", "pose-launcher projects")),
    Case(
        "YAML bomb",
        folders.with_a_sound_one("config.yaml", made.BOMB),
        4,
        ("damaged", "hint"),
        folders.the_good_one_is_found,
    ),
    Case(
        "deep YAML",
        folders.with_a_sound_one("config.yaml", made.NESTED),
        4,
        ("damaged", "hint"),
        folders.the_good_one_is_found,
    ),
    Case(
        "truncated .slp",
        folders.slp_beside_a_sound_one(made.truncated_slp),
        4,
        ("truncated",),
        folders.the_good_one_is_found,
    ),
    Case("truncated .slp shown", folders.bad_slp(made.truncated_slp, "show"), 4, ("truncated", "sound copy")),
    Case("truncated .slp brought", folders.bad_slp(made.truncated_slp, "stage"), 4, ("fly.slp", "truncated")),
    Case(
        "linked .slp",
        folders.slp_beside_a_sound_one(made.linked_slp),
        4,
        ("points to data outside",),
        folders.the_good_one_is_found,
    ),
    Case("linked .slp brought", folders.bad_slp(made.linked_slp, "stage"), 4, ("fly.slp", "points to data outside")),
    Case("no HDF5", folders.slp_beside_a_sound_one(folders.no_hdf5), 0, (), folders.only_the_good_one_is_found),
    Case("no HDF5 shown", folders.bad_slp(folders.no_hdf5, "show"), 10, ("no pose project here",)),
    Case("video missing", folders.show_without_video, 0, ("left.mp4 (not found)", "warning")),
    Case("video missing, brought", folders.stage_without_video, 0, (), folders.all_but_the_videos_is_here),
    Case("no space", folders.no_space, 6, ("only", "are free", "Nothing was written", "--profile label")),
    Case(
        "space ends on the way", folders.space_ends_on_the_way, 6, ("videos/left.mp4", "disk"), folders.nothing_was_left
    ),
    Case("no space to remember", folders.no_space_to_remember, 6, ("cannot write down", "Free some space")),
    Case(
        "no space to prepare a save",
        folders.no_space_to_prepare_a_save,
        6,
        ("CollectedData_Ada.csv", "local disk is full"),
        folders.the_table_goes_when_there_is_room,
    ),
    Case("read-only disk", folders.read_only_disk, 6, ("read-only", "ask whoever owns it; or choose another folder")),
    Case("read-only folder", folders.read_only_folder, 6, ("not let in", "Let it be read and written to")),
    Case("a file for a folder", folders.a_file_for_a_folder, 6, ("file", "another folder")),
    Case("a stranger's folder", folders.a_strangers_folder, 4, ("config.yaml", "is here already and is kept")),
    Case("marker gone", folders.marker_gone, 10, ("is gone, or is not the one", "bring the project again")),
    Case("never brought", folders.never_brought, 10, ("not a project that was brought here", "pose-launcher stage")),
    Case("links and pipes", folders.links_and_pipes, 4, ("it is a link", "a device or pipe"), folders.links_are_named),
    Case(
        "unreadable file",
        folders.unreadable_file,
        4,
        ("cannot be read (Permission denied)",),
        folders.the_notes_are_saved,
    ),
    Case(
        "unreadable folder",
        folders.unreadable_folder,
        4,
        ("cannot be read (Permission denied)",),
        folders.the_folder_is_to_be_made_readable,
    ),
    Case(
        "unreadable sectors",
        folders.unreadable_sectors,
        4,
        ("lost.txt", "cannot be read (Input/output error)", "save again"),
        folders.the_notes_are_saved,
    ),
    Case(
        "no way to prepare a save",
        folders.no_way_to_prepare_a_save,
        6,
        ("The local disk reports an error (Input/output error)",),
    ),
    Case("memory on a failing disk", folders.memory_on_a_failing_disk, 6, ("cannot write down", "disk I/O error")),
    Case(
        "half-written labels",
        folders.half_written_labels,
        4,
        ("did not replace", "save it again"),
        folders.the_half_files_are_not_there,
    ),
    Case("damaged memory", folders.damaged_memory, 0, (), folders.the_notes_are_saved),
    Case("no address", sites.look("shared-data/x"), 2, ("not an S3 address", "s3://bucket/folder/")),
    Case("address of the web", sites.look("https://shared-data/x"), 2, ("not an S3 address",)),
    Case("one slash", sites.look("s3:/shared-data/x"), 2, ("not an S3 address",)),
    Case("no bucket", sites.look("s3://"), 2, ("not the address of a bucket",)),
    Case("capitals", sites.look("s3://Shared_Data/x", "stage"), 2, ("not the address of a bucket",)),
    Case(
        "address with a trick",
        sites.look("s3://shared-data@evil.example/x", "show"),
        2,
        ("not the address of a bucket",),
    ),
    Case("address that steers", sites.look("\x1b]0;owned\x07", "projects"), 2, ("not an S3 address", "\\u001b")),
    Case("nothing there", sites.look("s3://shared-data/nothing/here/"), 10, ("nothing here", "pose-launcher places")),
    Case("unknown command", lambda lab: ("fetch", "s3://shared-data/"), 2, ("invalid choice",)),
    Case(
        "archived video",
        sites.archived("videos/left.mp4", "stage", "URIcold/"),
        4,
        ("archive", "restore it"),
        sites.all_but_the_archived_is_here,
        server="weak",
    ),
    Case(
        "archived config",
        sites.archived("config.yaml", "projects", "URI"),
        4,
        ("archive", "restore it"),
        folders.the_good_one_is_found,
        server="weak",
    ),
    Case(
        "weak server",
        sites.strict_on_a_weak_server,
        9,
        ("cannot prove", "checksum is wrong", "strict = false"),
        sites.the_home_is_empty,
        server="weak",
    ),
    Case(
        "weak server, allowed",
        sites.lenient_on_a_weak_server,
        0,
        ("This server is weak",),
        folders.the_notes_are_saved,
        server="weak",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(case: Case, servers: Servers, tmp_path: Path) -> None:
    name = re.sub(r"[^a-z]+", "-", case.name.lower())
    lab = Lab.on(getattr(servers, case.server), name, tmp_path, servers)
    arguments = case.given(lab)
    before = lab.remember()
    result = lab.run(*arguments)

    told = result.err + result.out
    assert result.code == case.code, told
    for words in case.words:
        assert words in told
    says_it_in_words(lab, result)
    lab.nothing_was_lost(before)
    case.then(lab, result)


def says_it_in_words(lab: Lab, result: Result) -> None:
    """No traceback, no excuse, nothing that steers a terminal, no secret."""
    for told in (result.out, result.err):
        assert "Traceback" not in told
        assert "made a mistake" not in told
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", told)
        assert SECRET not in told and lab.site.secret_key not in told


# Keys


@dataclass(frozen=True)
class Staged:
    """What `stage` made of a project full of hostile keys."""

    lab: Lab
    result: Result
    listed: frozenset[str]

    @property
    def brought(self) -> set[str]:
        folder = Path(self.result.json["dir"])
        return {path.relative_to(folder).as_posix() for path in files_in(folder)}


LONGEST = "k" * (1024 - len("keys/"))


def staged_keys(servers: Servers, server: str, folder: Path) -> Staged:
    lab = Lab.on(getattr(servers, server), "keys", folder, servers)
    accepted = set()
    for key in [*made.REACHING, *made.INNOCENT, *made.HOSTILE, made.OURS, LONGEST]:
        with contextlib.suppress(ClientError, ParamValidationError):  # a server may refuse such a name itself
            lab.put({key: made.REACHING.get(key, key.encode())})
            accepted.add(key)
    listed = lab.site.s3.get_paginator("list_objects_v2").paginate(Bucket=lab.site.data_bucket, Prefix="keys/")
    keys = frozenset(row["Key"].removeprefix("keys/") for page in listed for row in page["Contents"])
    return Staged(lab, lab.run("stage", lab.uri, "--json"), keys)


@pytest.fixture(scope="module")
def hostile(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Staged:
    """On the server that takes every key as it is."""
    return staged_keys(servers, "weak", tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize("key", [*made.HOSTILE, LONGEST], ids=lambda key: ascii(key)[1:20])
def test_a_hostile_key_is_refused_by_name(hostile: Staged, key: str) -> None:
    assert key in hostile.listed, "the server has it as it is"
    (reason,) = [row["reason"] for row in hostile.result.json["skipped"] if row["key"] == key]
    assert made.HOSTILE.get(key, "longer than") in reason
    assert key not in hostile.brought


def test_beside_hostile_keys_the_rest_is_brought(hostile: Staged) -> None:
    assert hostile.result.code == 7, hostile.result.err
    assert hostile.brought == {*made.REACHING, *made.INNOCENT}
    # In words, the same names come without what would steer a terminal.
    says_it_in_words(hostile.lab, hostile.lab.run("stage", hostile.lab.uri))
    says_it_in_words(hostile.lab, hostile.lab.run("ls", hostile.lab.uri))


@pytest.mark.parametrize("server", ["weak", "good"])
def test_no_key_leads_out_of_the_folder(servers: Servers, server: str, tmp_path: Path) -> None:
    staged = staged_keys(servers, server, tmp_path)
    assert staged.result.code in (0, 7), staged.result.err
    folder = Path(staged.result.json["dir"])
    refused = {row["key"] for row in staged.result.json["skipped"]}
    assert staged.brought | refused == staged.listed
    assert b'"tool_id"' in (folder / made.OURS).read_bytes(), "our own marker, not the stranger's"
    ours = {staged.lab.site.file, tmp_path / "credentials"}
    outside = [path for path in files_in(tmp_path) if not path.is_relative_to(folder) and path not in ours]
    assert {path.name.partition("-")[0] for path in outside if path.parent.name != "turns"} <= {"journal.sqlite"}


# The terminal


def test_nothing_steers_the_terminal_with_and_without_no_color(servers: Servers, tmp_path: Path) -> None:
    lab = Lab.on(servers.good, "colours", tmp_path, servers)
    lab.put(made.REACHING)
    plain = lab.run("show", lab.uri)
    lab.environ = {"NO_COLOR": "1", "TERM": "xterm-256color"}
    says_it_in_words(lab, plain)
    assert lab.run("show", lab.uri) == plain


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_the_reader_of_the_output_may_go_away(servers: Servers, tmp_path: Path, as_json: Arguments) -> None:
    lab = Lab.on(servers.good, "pipe", tmp_path, servers)
    lab.put({f"an object with a name that takes some room {number:03}.txt": b"" for number in range(80)})
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)  # so that the program has more to say than the pipe holds
    with subprocess.Popen(
        lab.site.command("ls", lab.uri, *as_json), cwd=ROOT, env=clean_environ(), stdout=writing, stderr=subprocess.PIPE
    ) as child:
        os.close(writing)
        os.read(reading, 10)
        os.close(reading)
        _, told = child.communicate(timeout=LIMIT_S)
    assert (child.returncode, told) == (0, b"")


def buffered() -> dict[str, str]:
    """The environment in which Python keeps what it prints until there is more of it, as it does by itself."""
    return {name: value for name, value in clean_environ().items() if name != "PYTHONUNBUFFERED"}


@pytest.mark.parametrize(
    ("words", "code"), [(["show"], 10), (["show", "--json"], 10), (["nonsense", "--json"], 2), (["ls", "--json"], 0)]
)
def test_the_exit_code_is_the_commands_also_where_nobody_reads_its_output(
    servers: Servers, tmp_path: Path, words: list[str], code: int
) -> None:
    lab = Lab.on(servers.good, "unread", tmp_path, servers)
    lab.put({"a.txt": b"a"})
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        lab.site.command(*words, lab.uri), cwd=ROOT, env=buffered(), stdout=writing, stderr=subprocess.PIPE,
        text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == code, done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "words", [["show"], ["show", "--json"], ["ls"], ["ls", "--recursive"], ["ls", "--json"]], ids=" ".join
)
def test_output_onto_a_full_disk_is_said(servers: Servers, tmp_path: Path, words: list[str]) -> None:
    lab = Lab.on(servers.good, "full", tmp_path, servers)
    lab.put(made.REACHING)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            lab.site.command(*words, lab.uri), cwd=ROOT, env=buffered(), stdout=full, stderr=subprocess.PIPE,
            text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert done.stderr.count("The local disk is full") == 1
    assert "The local disk is full" in done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
