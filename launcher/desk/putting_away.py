"""Stop looking after a project whose files are gone: nothing is deleted, neither here nor in the bucket."""

from __future__ import annotations

from contextlib import suppress

from launcher import errors
from launcher.desk.desk import Desk
from launcher.journal import ProjectRecord
from launcher.journal.interrupted import Interrupted
from launcher.projects.local_files import scan
from launcher.saving.last_look import file_of, forget
from launcher.saving.stopped import unsaved_fact
from launcher.saving.turns import turn
from launcher.storage.uri import S3Uri


def put_away(desk: Desk, record: ProjectRecord) -> None:
    """Forget a project of which nothing lies here any more; raises `NotDone` when there still is something."""
    with turn(desk.setup.state.path, record.id):
        if record.dir.is_dir() and (here := scan(record.dir)).files | here.left_out:
            raise errors.NotDone(
                record.dir,
                title="There are files in this project's folder",
                hint="Nothing was changed: they are looked after as before.",
            )
        _end_uploads(desk, record)
        desk.journal.forget_project(record.id)
        desk.journal.put_fact(unsaved_fact(record.id), "")
        forget(file_of(desk.setup.state.path, record.dir), is_over=True)


def _end_uploads(desk: Desk, record: ProjectRecord) -> None:
    """What a killed save began of large files: nobody else would end it, and its parts are paid for, unseen.

    Without a server, the next save of the project on this computer tries again.
    """
    if not Interrupted(desk.journal).uploads(record.id):
        return
    from launcher.saving.finish import PATIENCE
    from launcher.saving.large import LargeUploads

    desk.patience = PATIENCE
    with suppress(errors.LauncherError):
        uploads = LargeUploads(desk.store.multipart, desk.journal, record.id)
        uploads.end_orphans(record.dir, S3Uri.parse(record.home))
