"""New projects from videos, and more videos for a project that is there."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher import errors
from launcher.desk.desk import Desk
from launcher.desk.local_project import found_here
from launcher.desk.new_folder import new_folder, plain_name
from launcher.desk.new_home import keep, new_home
from launcher.journal import ProjectRecord
from launcher.runs.environments import Environments
from launcher.runs.scripts import run_script
from launcher.tools import tool
from launcher.tools.dlc_writing import NewProject, config_text
from launcher.tools.media import is_video

_LONGEST_NAME = 60
_WIDEST = 4096


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new project is to be."""

    tool_id: str
    name: str
    videos: Sequence[Path]
    body_parts: Sequence[str]
    skeleton: Sequence[tuple[str, str]]
    animals: int


def check(wanted: Wanted) -> None:
    """Raise `BadUsage` for names that a tool would stumble over."""
    if not wanted.name or plain_name(wanted.name) != wanted.name or len(wanted.name) > _LONGEST_NAME:
        raise errors.BadUsage(
            wanted.name,
            title="This is no name for a project",
            hint=f"Nothing was made. Letters, digits, - _ and . are allowed, at most {_LONGEST_NAME}.",
        )
    parts = wanted.body_parts
    if (
        not parts
        or len(set(parts)) != len(parts)
        or any(not re.fullmatch(r"[\w.-][\w .-]{0,60}", one) for one in parts)
    ):
        raise errors.BadUsage(
            ", ".join(parts),
            title="The body parts cannot be taken as they are",
            hint="Nothing was made. Name each once: --parts snout,leftear,rightear,tail.",
        )
    if unknown := sorted({end for edge in wanted.skeleton for end in edge} - set(parts)):
        raise errors.BadUsage(
            ", ".join(unknown), title="The skeleton joins what is no body part", hint="Nothing was made."
        )


def sizes(videos: Sequence[Path]) -> dict[str, tuple[int, int]]:
    """Width and height of each video by its full path; a first frame of each is decoded, so all can be read."""
    from launcher.compare.pictures import Pictures

    found: dict[str, tuple[int, int]] = {}
    with Pictures() as pictures:
        for video in videos:
            if not video.is_file() or not is_video(video.name):
                raise errors.NotFound(video, title="There is no such video", hint="Nothing was made.")
            wide, high, _ = next(iter(pictures.run(video, 0, 1, _WIDEST)))
            found[str(video.absolute())] = (wide, high)
    if len({Path(path).stem for path in found}) != len(found):
        raise errors.BadUsage(
            title="Two of the videos have the same name", hint="Nothing was made. Rename one of them."
        )
    return found


def new_project(desk: Desk, environments: Environments, wanted: Wanted, folder: Path | None) -> ProjectRecord:
    """Make it; where there is a site it belongs to the person's home prefix, and is saved there from now on."""
    check(wanted)
    videos = sizes(wanted.videos)
    record = _record(desk, wanted, folder)
    with new_folder(record.dir):
        if tool(wanted.tool_id).is_one_file:
            _sleap(environments, wanted, videos, record)
        else:
            _deeplabcut(environments, wanted, videos, record)
    if record.home:
        keep(desk, record)
        return record
    return found_here(desk.parsers, record.dir / record.marker if tool(wanted.tool_id).is_one_file else record.dir)


def _record(desk: Desk, wanted: Wanted, folder: Path | None) -> ProjectRecord:
    marker = f"{wanted.name}.slp" if tool(wanted.tool_id).is_one_file else "config.yaml"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if desk.setup.site is None:
        if folder is None:
            raise errors.BadUsage(
                title="Where is the project to be?",
                hint="There is no site catalogue here; name a folder with --in DIR.",
            )
        place = folder.absolute() / wanted.name
        return ProjectRecord("", "", wanted.name, wanted.tool_id, marker, place, "", now)
    return new_home(desk, wanted.name, folder).record(wanted.name, wanted.tool_id, marker)


def _deeplabcut(
    environments: Environments, wanted: Wanted, videos: dict[str, tuple[int, int]], record: ProjectRecord
) -> None:
    individuals = [f"individual{number + 1}" for number in range(wanted.animals)] if wanted.animals > 1 else []
    new = NewProject(
        wanted.name, "person", time.strftime("%Y-%m-%d"), wanted.body_parts, wanted.skeleton, individuals, videos
    )
    for path in videos:
        (record.dir / "labeled-data" / Path(path).stem).mkdir(parents=True)
    (record.dir / "videos").mkdir()
    (record.dir / record.marker).write_text(config_text(new, str(record.dir)), encoding="utf-8")
    run_script(
        environments.require("deeplabcut"), "convert_project.py", [str(record.dir)]
    )  # it reads the configuration


def _sleap(
    environments: Environments, wanted: Wanted, videos: dict[str, tuple[int, int]], record: ProjectRecord
) -> None:
    transfer: dict[str, Any] = {
        "parts": list(wanted.body_parts), "edges": list(wanted.skeleton), "individuals": [], "predicted": False,
        "embed": False, "videos": [{"is_pictures": False, "files": [path], "frames": []} for path in videos],
    }  # fmt: skip
    source = record.dir / "transfer.json"
    source.write_text(json.dumps(transfer), encoding="utf-8")
    script = ["write", str(source), str(record.dir / record.marker)]
    run_script(environments.require("sleap"), "convert_project.py", script)
    source.unlink()


def add_videos(environments: Environments, project: ProjectRecord, videos: Sequence[Path]) -> dict[str, Any]:
    """Name more videos in a project; returns which were new, and how many it has now."""
    found = sizes(videos)
    with tempfile.TemporaryDirectory(prefix="pose-launcher-") as folder:
        told = Path(folder) / "videos.json"
        told.write_text(json.dumps(found), encoding="utf-8")
        marker = project.dir / project.marker
        return run_script(environments.require(project.tool_id), "add_videos.py", [str(marker), str(told)])
