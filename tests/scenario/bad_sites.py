"""Servers that do not answer, credentials and rights that do not suffice, catalogues that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Result
from tests.scenario import bad_projects as made
from tests.scenario.bad_lab import Arguments, Lab, a_changed_project, files_in, status_says_unsaved
from tests.scenario.bad_servers import SECRET, closed_port

# The server


def nobody_listens(lab: Lab) -> Arguments:
    lab.site.write(endpoint=closed_port())
    return "ls", lab.uri


def nobody_listens_to_a_save(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.site.write(endpoint=closed_port())
    return "save", lab.dir


def nobody_answers(lab: Lab) -> Arguments:
    lab.site.write(endpoint=lab.servers.mute, strict="true\npatience_seconds = 2")
    lab.limit_s = 20
    return "ls", lab.uri


def nobody_answers_a_save(lab: Lab) -> Arguments:
    a_changed_project(lab)
    nobody_answers(lab)
    return "save", lab.dir


def wrong_secret(lab: Lab) -> Arguments:
    lab.site.write(secret_key="not-the-secret-at-all")
    return "ls", lab.uri


def unknown_key_id(lab: Lab) -> Arguments:
    lab.site.write(access_key="NOBODYKNOWSTHISKEY")
    return "projects", lab.uri


def empty_credentials(lab: Lab) -> Arguments:
    (lab.folder / "credentials").write_text("")
    lab.environ = {"HOME": str(lab.folder), "AWS_EC2_METADATA_DISABLED": "true"}
    return "ls", lab.uri


def no_profile_at_all(lab: Lab) -> Arguments:
    text = lab.site.file.read_text()
    lab.site.file.write_text(re.sub('profile = "test"\ncredentials_file = .*\n', "", text))
    lab.environ = {"HOME": str(lab.folder), "AWS_EC2_METADATA_DISABLED": "true"}
    return "ls", lab.uri


def bucket_missing(lab: Lab) -> Arguments:
    return "ls", "s3://nobody-ever-made-this/"


def home_missing(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.site.write(home_bucket="nobody-ever-made-this")
    return "save", lab.dir


def one_place_of_two_missing(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    lab.site.write(data_bucket="nobody-made-this-either", extra=f'[[bucket]]\nname = "Other"\nuri = "{lab.uri}"')
    return "projects", "--json"


# Rights


def a_person(lab: Lab, name: str) -> None:
    lab.site.write(access_key=name, secret_key=SECRET)


def bucket_denied(lab: Lab) -> Arguments:
    a_person(lab, "stranger")
    return "ls", lab.uri


def list_without_get(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    a_person(lab, "lister")
    return "projects", lab.uri, "--json"


def show_without_get(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    a_person(lab, "lister")
    return "show", lab.uri


def get_without_list(lab: Lab) -> Arguments:
    lab.put(made.REACHING)
    a_person(lab, "getter")
    return "stage", lab.uri


def home_not_writable(lab: Lab) -> Arguments:
    a_changed_project(lab)
    a_person(lab, "looker")
    return "save", lab.dir


# The catalogue


def catalogue(text: str) -> Callable[[Lab], Arguments]:
    def given(lab: Lab) -> Arguments:
        lab.site.file.write_text(text)
        return ("places",)

    return given


HOME = '[home]\nuri = "s3://lab-home/x/"\n'


def no_catalogue(lab: Lab) -> Arguments:
    lab.has_site = False
    return ("places",)


def catalogue_gone(lab: Lab) -> Arguments:
    lab.site.file.unlink()
    return ("places",)


# Addresses


def look(uri: str, command: str = "ls") -> Callable[[Lab], Arguments]:
    return lambda lab: (command, uri)


# Archives and weak servers


def archived(path: str, *command: str) -> Callable[[Lab], Arguments]:
    def given(lab: Lab) -> Arguments:
        lab.put({f"cold/{name}": data for name, data in made.REACHING.items()})
        lab.put({f"good/{name}": data for name, data in made.REACHING.items()})
        lab.site.s3.put_object(
            Bucket=lab.site.data_bucket, Key=f"{lab.name}/cold/{path}", Body=made.REACHING[path], StorageClass="GLACIER"
        )
        return (*(word.replace("URI", lab.uri) for word in command), "--json")

    return given


def all_but_the_archived_is_here(lab: Lab, result: Result) -> None:
    assert [row["key"] for row in result.json["skipped"]] == ["videos/left.mp4"]
    brought = {path.relative_to(result.json["dir"]).as_posix() for path in files_in(Path(result.json["dir"]))}
    assert brought == made.REACHING.keys() - {"videos/left.mp4"}


def strict_on_a_weak_server(lab: Lab) -> Arguments:
    a_changed_project(lab)
    return "save", lab.dir


def lenient_on_a_weak_server(lab: Lab) -> Arguments:
    a_changed_project(lab)
    lab.site.write(strict="false")
    return "save", lab.dir, "--json"


def the_home_is_empty(lab: Lab, result: Result) -> None:
    assert not [
        key for key in lab.site.objects(lab.site.home_bucket) if lab.name in key and ".pose-launcher/" not in key
    ]
    status_says_unsaved(lab, result)
