"""The service's Home Folder: found, waited for and told on both systems, and never anything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from launcher.session import home_folder
from launcher.session.facts import SessionFacts, user_hash
from launcher.session.home_folder import STATUS_FILE, HomeFolder, State, of_registry, of_status_file, wait
from launcher.session.survival import KEPT, LOST, of_bucket, of_path, offered_and_lost
from tests.fakes.registry_file import RegistryFile, registry_export

ANN = SessionFacts("ann@x.org", user_hash("ann@x.org"), "saml", source="environment")
AT_HOME = SessionFacts("ann", user_hash("ann"), "local")
WINDOWS, LINUX = PureWindowsPath("C:/Users/PhotonUser"), PurePosixPath("/home/as2-streaming-user")


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, State.NOT_ENABLED),
        (0, State.NOT_ENABLED),
        (1, State.MOUNTING),
        (2, State.READY),
        (3, State.FAILED),
        (4, State.NOT_MOUNTED),
        (5, State.NOT_KNOWN),
        (-1, State.NOT_KNOWN),
        ("2", State.READY),
        ("ready", State.NOT_KNOWN),
    ],
)
def test_the_registrys_number_is_a_state(value: str | int | None, state: State) -> None:
    assert of_registry(value) is state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (None, State.NOT_ENABLED),
        ("appstream_home_folder_mount_status=True\n", State.READY),
        ("appstream_home_folder_mount_status = False", State.MOUNTING),
        ("# written by the agent\nAPPSTREAM_HOME_FOLDER_MOUNT_STATUS = 'true'\n", State.READY),
        ("appstream_home_folder_mount_stat", State.NOT_KNOWN),
        ("appstream_home_folder_mount_status=maybe", State.NOT_KNOWN),
        ("", State.NOT_KNOWN),
    ],
)
def test_the_status_file_is_a_state(text: str | None, state: State) -> None:
    assert of_status_file(text) is state


@pytest.mark.parametrize(
    ("user", "key"), [("ann@x.org", "ann@x.org"), ("SAMPLEDOMAIN\\testuser", "SAMPLEDOMAIN-testuser"), ("a/b", "a-b")]
)
def test_a_persons_registry_key_has_no_slashes(user: str, key: str, tmp_path: Path) -> None:
    assert home_folder.key_of(user) == rf"SOFTWARE\Amazon\AppStream\Storage\{key}\HomeFolder"
    file = tmp_path / "export.reg"
    file.write_bytes(registry_export({rf"HKEY_LOCAL_MACHINE\{home_folder.key_of(user)}": {"MountStatus": 3}}))
    read = RegistryFile(file)
    assert of_registry(read("HKEY_LOCAL_MACHINE", home_folder.key_of(user))["MountStatus"]) is State.FAILED


def test_the_folder_has_one_spelling_that_stays_the_same_in_every_session() -> None:
    assert str(home_folder.path_of(WINDOWS)) == r"C:\Users\PhotonUser\My Files\Home Folder"
    assert str(home_folder.path_of(LINUX)) == "/home/as2-streaming-user/MyFiles/HomeFolder"


def test_a_folder_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    status = tmp_path / STATUS_FILE
    status.parent.mkdir(parents=True)
    status.write_text("appstream_home_folder_mount_status=False")
    waited = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            status.write_text("appstream_home_folder_mount_status=True")

    found = wait(lambda: home_folder.look(ANN, tmp_path), 60, sleep)
    assert found == HomeFolder(tmp_path / "MyFiles" / "HomeFolder", State.READY)
    assert (len(waited), found.message) == (3, "")


@pytest.mark.parametrize(
    ("state", "seconds"),
    [(State.MOUNTING, 5), (State.NOT_MOUNTED, 5), (State.FAILED, 0), (State.NOT_ENABLED, 0), (State.NOT_KNOWN, 0)],
)
def test_waiting_ends_and_says_why(state: State, seconds: float) -> None:
    slept = [0.0]
    found = wait(lambda: HomeFolder(Path("/h"), state), 5, slept.append, lambda: sum(slept))
    assert found is not None
    assert found.message
    assert sum(slept) == pytest.approx(seconds, abs=0.3)


def test_outside_a_stream_there_is_no_such_folder(tmp_path: Path) -> None:
    assert home_folder.look(AT_HOME, tmp_path) is None
    assert wait(lambda: None, 60) is None


def test_a_status_file_that_cannot_be_read_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / STATUS_FILE).mkdir(parents=True)
    found = home_folder.look(ANN, tmp_path)
    assert found is not None
    assert found.state is State.NOT_KNOWN


@pytest.mark.parametrize(
    ("path", "home", "durability"),
    [
        (WINDOWS / "My Files" / "Home Folder" / "a.slp", WINDOWS, KEPT),
        (PureWindowsPath("c:/users/photonuser/my files/home folder/a"), WINDOWS, KEPT),
        (PureWindowsPath("C:/ProgramData/UserDataFolders/S-1-5-21/My Files/Home Folder/a"), WINDOWS, KEPT),
        (PureWindowsPath("C:/ProgramData/UserDataFolders/S-1-5-21/My Files/Temporary Files/a"), WINDOWS, LOST),
        (WINDOWS / "My Files" / "Temporary Files" / "a", WINDOWS, LOST),
        (WINDOWS / "Desktop" / "reach-Ann-2026-03-01", WINDOWS, LOST),
        (PureWindowsPath("D:/PhotonUser/Desktop/reach"), WINDOWS, LOST),
        (PureWindowsPath("C:/pose"), WINDOWS, LOST),
        (LINUX / "MyFiles" / "HomeFolder", LINUX, KEPT),
        (LINUX / "MyFiles" / "HomeFolderX" / "a", LINUX, LOST),
        (LINUX / "myfiles" / "homefolder" / "a", LINUX, LOST),
        (LINUX / "Desktop", LINUX, LOST),
        (PurePosixPath("/scratch"), LINUX, LOST),
    ],
)
def test_what_survives_a_session_follows_from_the_path(path: PurePath, home: PurePath, durability: str) -> None:
    assert of_path(path, ANN, home) == durability
    assert of_path(path, AT_HOME, home) == KEPT


def test_shared_places_say_who_may_write_there() -> None:
    assert [of_bucket(access) for access in ("read-only", "writable")] == ["shared read-only", "shared writable"]


@pytest.mark.parametrize(("home", "desktops"), [(WINDOWS, 2), (LINUX, 1)])
def test_where_tools_save_by_themselves_nothing_survives(home: PurePath, desktops: int) -> None:
    offered = list(offered_and_lost(home))
    assert sum(path.name == "Desktop" for path in offered) == desktops
    assert {of_path(path, ANN, home) for path in offered} == {LOST}
    assert {of_path(path, replace(ANN, source="registry"), home) for path in offered} == {LOST}
