"""What a session's machine lacks or is late with, and what the program says to it."""

from __future__ import annotations

from collections.abc import Callable

from installer.rehearsal.person import Person
from installer.rehearsal.place import DATA, Place
from installer.rehearsal.report import require
from launcher.session.home_folder import STATUS_FILE, State


def home_folder_still_mounting(person: Person) -> str:
    """It says so instead of looking empty."""
    return _home_folder(person, "False", State.MOUNTING)


def home_folder_is_there(person: Person) -> str:
    """And says so when it is there."""
    return _home_folder(person, "True", State.READY) or "ready"


def _home_folder(person: Person, status: str, state: State) -> str:
    file = person.home / STATUS_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"appstream_home_folder_mount_status={status}\n", encoding="utf-8")
    (person.home / "MyFiles" / "HomeFolder").mkdir(parents=True, exist_ok=True)
    rows = [row for row in person.ask("places")["places"] if row["kind"] == "home-folder"]
    require(len(rows) == 1 and rows[0].get("state") == state, f"the Home Folder is {state}: {rows}")
    return str(rows[0]["message"])


def saved_while_the_home_folder_mounts(person: Person) -> str:
    """It is read-only until then; what is saved early goes to the home bucket all the same."""
    _home_folder(person, "False", State.MOUNTING)
    folder = person.bring()
    (folder / "early.txt").write_text("in the first minute", encoding="utf-8")
    saved = person.ask("save", folder)
    require("early.txt" in [one["path"] for one in saved["saved"]] and not saved["failed"], "it is saved")
    return "saved to the home bucket"


def unable_to_locate_credentials(person: Person) -> str:
    """A profile that is not there is a matter of rights, said in words."""
    with _without_credentials(person.place):
        person.ask("ls", f"s3://{DATA}/", code=5)
    return "exit code 5"


def credentials_in_the_first_seconds(person: Person) -> str:
    """They come late: whoever asks is told so, and the same command works once they are there."""
    with _without_credentials(person.place) as come:
        person.ask("ls", f"s3://{DATA}/", code=5)
        come()
        found = person.ask("ls", f"s3://{DATA}/")
    require(found["prefixes"], "it is listed")
    return "told, and then listed"


class _without_credentials:  # noqa: N801 - reads as a sentence where it is used
    """For a while the file with the profile is not there."""

    def __init__(self, place: Place) -> None:
        self._file = place.folder / "credentials"
        self._away = place.folder / "credentials.away"

    def __enter__(self) -> Callable[[], None]:
        self._file.rename(self._away)
        return self._back

    def __exit__(self, *_: object) -> None:
        self._back()

    def _back(self) -> None:
        if self._away.exists():
            self._away.rename(self._file)


def variables_that_are_empty(person: Person) -> str:
    """Without the service's variables it is an ordinary computer, and works."""
    known = person.place.person(person.session, "session", environ={"HOME": str(person.home)}, outside=True)
    require(not known["session_id"], "nobody's session")
    return f"source: {known['source']}"


def a_context_that_claims_something(person: Person) -> str:
    """It comes late, in a link that anybody can write: nothing is believed of it."""
    known = person.ask("session", APPSTREAM_SESSION_CONTEXT="AppStream_UserName=somebody@else.example.org")
    require(known["user"] == person.session["UserId"], "the person is the one who signed in")
    return "not asked"


def an_end_script_that_is_cut(person: Person) -> str:
    """What could not be saved in time is on a list in the bucket."""
    folder = person.bring()
    (folder / "large.bin").write_bytes(b"x" * 50_000_000)
    ended = person.place.person(person.session, "finish", "--deadline", "1", code=None)
    missing = [one["path"] for row in ended["projects"] for one in row["failed"]]
    saved = [one["path"] for row in ended["projects"] for one in row["saved"]]
    require("large.bin" in missing or "large.bin" in saved, "it is saved, or it is named")
    return "named as missing" if "large.bin" in missing else "saved within the second"


def a_gpu_that_is_not_visible(person: Person) -> str:
    """It says why, and is no failure."""
    told = person.ask("gpu")
    require(told["devices"] or told["reason"], "a device, or the reason")
    return str(told["reason"] or told["verdict"])


def a_proxy_that_leads_nowhere(person: Person) -> str:
    """The environment never changes where data goes."""
    dead = "http://127.0.0.1:9"
    found = person.ask("ls", f"s3://{DATA}/", HTTP_PROXY=dead, HTTPS_PROXY=dead, http_proxy=dead, https_proxy=dead)
    require(found["prefixes"], "it is listed")
    return "not asked"
