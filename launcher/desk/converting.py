"""Turn a project of one pose tool into one of the other: a new project, the old one untouched.

Points are read by our parser (DeepLabCut's tables, whose column names are pickles) or by sleap-io in SLEAP's
environment; what is written is read again by the tool that it is for.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from launcher import errors
from launcher.desk.converted import Converted
from launcher.desk.desk import Desk
from launcher.desk.new_folder import new_folder, plain_name
from launcher.desk.new_home import keep, new_home
from launcher.desk.to_deeplabcut import to_deeplabcut
from launcher.desk.to_sleap import to_sleap
from launcher.journal import ProjectRecord
from launcher.runs.environments import Environments


def convert(desk: Desk, environments: Environments, project: ProjectRecord, to: str, out: Path | None) -> Converted:
    """Make a project of `to`; raises `BadUsage` for a pair of tools that nobody can convert between.

    Where there is a site and no folder is named, the new one belongs to the home prefix, and is saved from now on.
    """
    ways = {("deeplabcut", "sleap"): to_sleap, ("sleap", "deeplabcut"): to_deeplabcut}
    way = ways.get((project.tool_id, to))
    if way is None:
        raise errors.BadUsage(
            f"{project.tool_id} to {to}",
            title="There is no way between these two",
            hint="Nothing was made. Projects of DeepLabCut and SLEAP can be turned into each other.",
        )
    name = f"{plain_name(project.name)}-{to}"
    home = new_home(desk, name) if out is None and desk.setup.site is not None else None
    folder = home.folder if home is not None else (out or project.dir.parent / name).absolute()
    # Both tools write where a file lies into the file, so it is made in its place at once.
    with new_folder(folder):
        made = way(desk, environments, project, folder)
    if home is None:
        return made
    record = home.record(name, to, made.marker)
    keep(desk, record)
    return replace(made, project=record.id, uri=record.uri)
