"""Where data lives, whether it can be reached now, and what of it survives the session."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.desk.mounting import MountState, mounts_of
from launcher.session import home_folder, survival
from launcher.storage.uri import S3Uri

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

#: A Home Folder that is being mounted is waited for this long before something in it is opened.
HOME_FOLDER_COMES_WITHIN_S = 60.0

Row = dict[str, Any]


def rows(desk: Desk) -> list[Row]:
    """Every place (contract)."""
    in_s3 = [_row("Home", str(desk.home), "home", "writable", survival.KEPT)]
    in_s3 += [_row(one.name, one.uri, "data", one.access, survival.of_bucket(one.access)) for one in desk.site.bucket]
    with ThreadPoolExecutor(8, "places") as pool:
        mounts = pool.submit(mounts_of(desk).status)
        messages = list(pool.map(lambda row: _why_not_reachable(desk, row), in_s3))
    for row, message in zip(in_s3, messages, strict=True):
        row |= {"reachable": not message, "message": message}
    mounted = [_mount(one) for one in mounts.result()]
    _tell_paths(in_s3, mounted)
    return [*in_s3, *mounted, *_home_folder(desk), _computer(desk)]


def _mount(state: MountState) -> Row:
    """A mount that is frozen or gone is no place to look into; its bucket, by its address, is one all the same."""
    row = _row(f"{state.bucket.name} (mount)", state.bucket.uri, "mount", "read-only", survival.of_bucket("read-only"))
    message = "" if state.is_well else state.message or "it is not mounted; the bucket is read from S3 directly"
    path = state.to_json()["path"]
    return row | {"path": path, "reachable": state.is_well, "message": message, "state": str(state.state)}


def _tell_paths(in_s3: list[Row], mounted: list[Row]) -> None:
    """A bucket has a path on this computer only while its mount answers."""
    paths = {row["uri"]: row["path"] for row in mounted if row["reachable"]}
    for row in in_s3:
        row["path"] = paths.get(row["uri"])


def _why_not_reachable(desk: Desk, row: Row) -> str:
    try:
        desk.store.lister.page(S3Uri.parse(row["uri"]), size=1)
    except errors.LauncherError as exc:
        return f"{exc.title}. {exc.hint}"
    return ""


def _home_folder(desk: Desk) -> list[Row]:
    """The service's own folder, in its one spelling; what it keeps is the service's promise and not ours."""
    folder = home_folder.look(desk.facts, Path.home())
    if folder is None or folder.state is home_folder.State.NOT_ENABLED:
        return []
    row = _row("Home Folder", None, "home-folder", "writable", survival.KEPT)
    is_ready = folder.state is home_folder.State.READY
    told = {"path": str(folder.path), "reachable": is_ready, "message": folder.message, "state": str(folder.state)}
    return [row | told]


def _computer(desk: Desk) -> Row:
    from launcher.desk.scratch import scratch_root

    root = scratch_root(desk.site, desk.setup.state, desk.journal)
    row = _row("This computer", None, "local", "writable", survival.of_path(root, desk.facts, Path.home()))
    return row | {"path": str(root), "reachable": True, "message": ""}


def _row(name: str, uri: str | None, kind: str, access: str, durability: str) -> Row:
    return {"name": name, "uri": uri, "path": None, "kind": kind, "access": access, "durability": durability}


def refuse_home_folder(path: Path) -> None:
    """Nothing of ours is written where the service's connector writes: two writers on one key lose data."""
    if home_folder.is_inside(path, Path.home()):
        raise errors.BadUsage(
            path,
            title="The launcher does not write into the Home Folder of the stream",
            hint="Nothing was changed. Choose another folder; results are kept in your home bucket by themselves.",
        )


def wait_for_home_folder(desk: Desk, path: Path) -> None:
    """Before something in the Home Folder is opened, its connector has to be ready."""
    if not home_folder.is_inside(path, Path.home()):
        return
    folder = home_folder.wait(lambda: home_folder.look(desk.facts, Path.home()), HOME_FOLDER_COMES_WITHIN_S)
    if folder is not None and folder.message:
        raise errors.NotDone(
            folder.path,
            title=f"The Home Folder cannot be used now: {folder.message}",
            hint="Nothing was started and nothing is lost. Try again in a minute.",
        )
