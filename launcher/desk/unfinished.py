"""Trainings that a session did not finish, remembered in the home prefix: the next computer can go on with them.

The saver writes them down while they wait or run, so a cut-off costs nothing. Losing the file harms nobody.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.desk import carried_split
from launcher.projects.source import OURS
from launcher.runs.jobs import JobLook, Jobs, JobState
from launcher.storage.checksums import digest_of
from launcher.storage.json_text import json_of

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.desk.opening import Ask
    from launcher.journal import ProjectRecord

log = logging.getLogger(__name__)

_FILE, _LARGEST = f"{OURS}person/queue.json", 256 * 1024
_EVERY_S = 20.0
#: What a person chose; the rest of a job's description is about the computer that it was made on.
_CHOSEN: Mapping[str, type | tuple[type, ...]] = {
    "epochs": int,
    "batch": int,
    "scale": (int, float),
    "seed": int,
    "network": str,
    "pretrained": bool,
    "steps": int,
    "stride": int,
    "rate": (int, float),
    "augmentation": str,
}
_TEXTS = ("session", "project", "name", "run")
_OPEN = (JobState.QUEUED, JobState.RUNNING, JobState.STOPPED, JobState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One training; `model` is its folder below the project, empty while there is none."""

    session: str
    project: str
    name: str
    run: str
    settings: Mapping[str, Any]
    model: str = ""


def unfinished(looks: Iterable[JobLook], session: str, projects: Iterable[ProjectRecord]) -> list[Unfinished]:
    """Which trainings would have to go on, the oldest first."""
    by_dir = {str(record.dir): record for record in projects}
    found = []
    for look in reversed(list(looks)):
        record = by_dir.get(look.job.dir)
        if look.job.task == "train" and look.state in _OPEN and record is not None:
            settings = {name: look.job.settings[name] for name in _CHOSEN if name in look.job.settings}
            model = _below(str(look.answer.get("model", "")), look.job.dir)
            found.append(Unfinished(session, record.id, record.name, look.job.run, settings, model))
    return found


def _below(path: str, folder: str) -> str:
    inside = PurePath(path)
    return inside.relative_to(folder).as_posix() if path and inside.is_relative_to(folder) else ""


def remembered(desk: Desk) -> list[Unfinished]:
    """Everything that is written down; nothing where the file makes no sense."""
    read = desk.store.objects.read_small(desk.home.child(_FILE), _LARGEST)
    return trainings_of(read[0]) if read else []


def trainings_of(data: bytes) -> list[Unfinished]:
    """What makes sense of a file that anybody with access to the home may have written; one row hides no other."""
    try:
        rows = json_of(data)["trainings"]
    except (ValueError, KeyError, TypeError):
        return []
    return [_of(row) for row in rows if _is_whole(row)] if isinstance(rows, list) else []


def _is_whole(row: object) -> bool:
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in _TEXTS):
        return False
    settings = row.get("settings")
    return isinstance(settings, dict) and all(
        isinstance(settings[one], _CHOSEN[one]) for one in _CHOSEN.keys() & settings.keys()
    )


def _of(row: Mapping[str, Any]) -> Unfinished:
    texts, model = {name: row[name] for name in _TEXTS}, row.get("model")
    chosen = {name: value for name, value in row["settings"].items() if name in _CHOSEN}
    return Unfinished(**texts, settings=chosen, model=model if isinstance(model, str) else "")


def left(desk: Desk) -> list[Unfinished]:
    """What earlier sessions did not finish."""
    return [one for one in remembered(desk) if one.session != desk.session_id]


def remember(desk: Desk, mine: Sequence[Unfinished]) -> None:
    """Write down those of this session, beside those of earlier ones that nobody has taken up."""
    _write(desk, [*left(desk), *mine])


def _write(desk: Desk, rows: Sequence[Unfinished]) -> None:
    data = json.dumps({"schema": 1, "trainings": [asdict(row) for row in rows]}).encode()
    where = desk.home.child(_FILE)
    desk.check_strength()
    head = desk.store.objects.head(where)
    desk.store.uploader.put(where, data, digest_of(data), replaces=head.etag if head else None)


class UnfinishedWatch:
    """Beside the saver, for as long as it runs; without a training it costs one look at a folder now and then."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._jobs = Jobs(desk.setup.state.path / "jobs")
        self._over = threading.Event()
        self._written: list[Unfinished] = []
        self._kept: set[str] = set()

    def __enter__(self) -> UnfinishedWatch:
        threading.Thread(target=self._run, name="unfinished trainings", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _run(self) -> None:
        while not self._over.wait(_EVERY_S):
            try:
                self.look()
            except Exception as exc:  # noqa: BLE001 - saving goes on whatever happens to this
                log.info("unfinished trainings are not remembered: %s", exc)

    def look(self) -> None:
        """Write down what changed since the last look."""
        looks = self._jobs.looks()
        if not looks:
            return
        now = unfinished(looks, self._desk.session_id, self._desk.journal.projects())
        if now != self._written:
            self._keep_splits(looks, {one.run for one in now})
            remember(self._desk, now)
            self._written = now

    def _keep_splits(self, looks: Iterable[JobLook], runs: set[str]) -> None:
        self._desk.check_strength()
        for look in looks:
            run, split = look.job.run, look.job.settings.get("split")
            if run in runs - self._kept and split:
                carried_split.keep(self._desk, run, split)
                self._kept.add(run)


def go_on(
    desk: Desk, environ: Mapping[str, str], is_trusted: Ask, tell: Callable[[errors.LauncherError], None]
) -> list[JobLook]:
    """Bring the projects here and queue what earlier sessions did not finish, each from its checkpoint on its split.

    What stands in the way of one is told, and the others go on; that one is offered again.
    """
    from launcher.runs.trust import NotTrusted  # the saver needs none of it

    queued = list[JobLook]()
    for one in left(desk):
        try:
            queued.append(_gone_on(desk, environ, is_trusted, one))
        except (errors.Unreachable, errors.Refused, NotTrusted):
            raise  # that concerns all of them, or is a question to be answered first
        except errors.LauncherError as exc:
            tell(exc)
        else:
            _write(desk, [other for other in remembered(desk) if other != one])
    return queued


def _gone_on(desk: Desk, environ: Mapping[str, str], is_trusted: Ask, one: Unfinished) -> JobLook:
    from launcher.desk.opening import Opening
    from launcher.desk.training import Training
    from launcher.desk.training_settings import Settings

    place = desk.home.child(f"projects/{one.project}/")
    project = Opening(desk, environ).project(str(place), lambda _, __: None)
    checkpoint = checkpoint_in(project.dir, one.model)
    if checkpoint is None:
        desk.notices.append(f"{one.name}: no checkpoint was saved, so its training begins anew.")
    with carried_split.brought(desk, one.run) as split:
        settings = Settings(**one.settings, split=split)
        return Training(desk, environ).train(project, settings, is_trusted, str(checkpoint or ""))


def checkpoint_in(project: Path, model: str) -> Path | None:
    """The last checkpoint of a model; None where there is none, or where its folder would be outside the project."""
    inside = PurePosixPath(model)
    if not model or inside.is_absolute() or ".." in inside.parts:
        return None
    folder = project / inside
    if (folder / "last.ckpt").is_file():
        return folder / "last.ckpt"
    return max(folder.glob("train/snapshot-*.pt"), key=_epoch, default=None)


def _epoch(snapshot: Path) -> int:
    """Times say nothing here: the files were brought in whatever order."""
    found = re.search(r"(\d+)\.pt$", snapshot.name)
    return int(found[1]) if found else -1


def row(one: Unfinished) -> dict[str, Any]:
    """As `last-session` tells it."""
    return {"project": one.project, "name": one.name, "run": one.run, "epochs": one.settings.get("epochs")}


def left_quietly(desk: Desk) -> list[Unfinished]:
    """The same for whoever has something else to tell."""
    try:
        return left(desk)
    except errors.LauncherError:
        return []
