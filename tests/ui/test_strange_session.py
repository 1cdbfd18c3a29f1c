"""The real window in a stream whose files are half, in a foreign encoding, or say what nobody has seen: it is told.

The window is a process of its own, and sees the profile files of the service at their place: in a view of the
computer's files that only it has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT, Site
from tests.ui.newcomer import Newcomer, newcomer

SAMPLE = ROOT / "resources" / "sample" / "open-arena-Sample-2026-01-15"
USER_FILE, MACHINE_FILE = "appstream_user_vars.sh", "appstream_system_vars.sh"
HALF = b'export AppStream_UserName="Ann@x.org"\nexport AppStream_User_Access_Mode=kerberos\nexport AppStream_Stack_Na'
LATIN = 'export AppStream_Instance_Type=stream.graphics.g4dn.xlarge\nexport AppStream_Image_Arn="Übung"\n'.encode(
    "latin-1"
)
WIDE = "export AppStream_UserName=ann@x.org\n".encode("utf-16")
#: A view of its own, in which the profile files are those of the test; without root the account plays root in it.
_VIEW = ["unshare", "--mount", "--propagation", "private", *([] if os.geteuid() == 0 else ["--map-root-user"])]


@dataclass
class StreamSite(Site):
    """The site, as programs of a stream with these profile files see it."""

    profile: Path = Path()

    def command(self, *arguments: str | Path) -> list[str]:
        script = 'mount --bind "$0" /etc/profile.d; exec "$@"'
        return [*_VIEW, "sh", "-ec", script, str(self.profile), *super().command(*arguments)]


@pytest.fixture
def stream(site: Site) -> StreamSite:
    """Its profile folder is empty yet."""
    site.upload(SAMPLE, f"{SAMPLE.name}/")
    profile = site.folder / "profile"
    profile.mkdir()
    return StreamSite(**vars(site), profile=profile)


@pytest.fixture
def person(stream: StreamSite, tmp_path: Path) -> Iterator[Newcomer]:
    with newcomer(stream, tmp_path / "tools") as somebody:
        yield somebody


def test_each_oddity_is_told_in_words_until_it_was_read_and_the_session_goes_on(
    person: Newcomer, stream: StreamSite
) -> None:
    (stream.profile / USER_FILE).write_bytes(HALF)
    (stream.profile / MACHINE_FILE).write_bytes(LATIN)
    person.starts_the_program()
    person.reads(
        f"{USER_FILE}: it ends in the middle of a line, which was left out.",
        f"{MACHINE_FILE}: line 2 is not UTF-8, and its value was left out.",
        'The access mode "kerberos" is new to this launcher (known: custom, saml, userpool); it is taken as it is.',
        "The letter case of Ann@x.org counts: ann@x.org would be another person with another home.",
        f"{SAMPLE.name}, DeepLabCut",
    )
    person.clicks("read", "push button", "Understood")
    person.reader.until(lambda said: "The session goes on." not in said, "all of it was read")
    person.clicks("look at it", "list item", SAMPLE.name)
    person.reads("Opens here.")


def test_files_that_are_no_text_leave_a_session_without_facts(person: Newcomer, stream: StreamSite) -> None:
    (stream.profile / USER_FILE).write_bytes(WIDE)
    person.starts_the_program()
    person.reads(
        f"{USER_FILE}: it is not a text in UTF-8; what could not be read was left out. The session goes on.",
        f"{SAMPLE.name}, DeepLabCut",
    )
