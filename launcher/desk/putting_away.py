"""Stop looking after a project whose files are gone: nothing is deleted, neither here nor in the bucket."""

from __future__ import annotations

from launcher import errors
from launcher.desk.desk import Desk
from launcher.journal import ProjectRecord
from launcher.projects.local_files import scan
from launcher.saving.last_look import file_of, forget
from launcher.saving.turns import turn


def put_away(desk: Desk, record: ProjectRecord) -> None:
    """Forget a project of which nothing lies here any more; raises `NotDone` when there still is something."""
    with turn(desk.setup.state.path, record.id):
        if record.dir.is_dir() and (here := scan(record.dir)).files | here.left_out:
            raise errors.NotDone(
                record.dir,
                title="There are files in this project's folder",
                hint="Nothing was changed: they are looked after as before.",
            )
        desk.journal.forget_project(record.id)
        forget(file_of(desk.setup.state.path, record.dir), is_over=True)
