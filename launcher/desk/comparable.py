"""What can be compared of a project on this computer: its models, their splits, earlier answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher.compare.split import Split, parse
from launcher.compare.writing import NUMBERS, PAGE
from launcher.errors import Damaged, LauncherError
from launcher.journal import Journal, ProjectRecord
from launcher.projects.whose import CORNER
from launcher.runs.jobs import JobLook
from launcher.tools import tool
from launcher.tools.protocol import Listed, Listing
from launcher.tools.trained_models import TrainedModel

#: Where the answers of a project lie, in its own folder, so that they are saved with it.
ANSWERS = "comparisons"
_LARGEST_NUMBERS = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Judged:
    """One model to choose from; `predictions` is empty where the labelled frames have to be predicted first."""

    model: TrainedModel
    predictions: str
    #: The names of the frames that it learned from or was chosen by; None where nobody knows.
    learned: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class OwnSplit:
    """A split that trainings of this project were given, by the newest of them."""

    run: str
    split: Split
    models: Sequence[str]


@dataclass(frozen=True, slots=True)
class Comparable:
    """Everything that was found; paths are relative to the project's folder."""

    project: ProjectRecord
    labels: Sequence[str]
    models: Sequence[Judged]
    splits: Sequence[OwnSplit]
    answers: Sequence[dict[str, Any]] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """For `compare-models --list` and for the window."""
        return {
            "project": self.project.id,
            "dir": str(self.project.dir),
            "tool": self.project.tool_id,
            "labels": list(self.labels),
            "models": [_model_row(one) for one in self.models],
            "splits": [_split_row(one) for one in self.splits],
            "comparisons": list(self.answers),
        }


def comparable(project: ProjectRecord, looks: Iterable[JobLook]) -> Comparable:
    """Look through the project's folder and through the trainings that were made in it."""
    listing = Listing(_listed(project.dir))
    kind = tool(project.tool_id)
    trained = [look for look in looks if look.job.task == "train" and look.job.marker == _marker(project)]
    by_folder = {str(look.answer.get("model", "")): look for look in reversed(trained)}
    models = [_judged(project, one, by_folder) for one in kind.trained_models(listing)]
    labels = kind.label_files(listing, project.marker)
    return Comparable(project, labels, models, _splits(trained), answers(project))


def _listed(root: Path) -> Iterator[Listed]:
    for path in root.rglob("*"):
        inside = path.relative_to(root).as_posix()
        if not inside.startswith((f"{CORNER}/", f"{ANSWERS}/")) and path.is_file() and not path.is_symlink():
            yield Listed(inside, path.stat().st_size)


def _marker(project: ProjectRecord) -> str:
    return str(project.dir / project.marker)


def _judged(project: ProjectRecord, model: TrainedModel, by_folder: Mapping[str, JobLook]) -> Judged:
    newest = max(model.predictions, key=lambda path: (project.dir / path).stat().st_mtime, default="")
    look = by_folder.get(str(project.dir / model.folder))
    split = _split_of(look) if look is not None else None
    if split is None:
        return Judged(model, newest, None)
    fold = split.folds[0]  # both sides of it are given to a training; what it never saw is the rest
    return Judged(model, newest, frozenset(split.names[at] for at in (*fold.train, *fold.validation)))


def _split_of(look: JobLook) -> Split | None:
    try:
        return parse(json.dumps(look.job.settings.get("split")), look.job.run)
    except LauncherError:
        return None  # of another version of this program


def _splits(trained: Iterable[JobLook]) -> list[OwnSplit]:
    """Each split once, the newest first."""
    found: dict[str, OwnSplit] = {}
    for look in trained:
        split = _split_of(look)
        if split is not None:
            key = json.dumps(split.to_json())
            name = Path(str(look.answer.get("model", ""))).name
            before = found.get(key)
            models = [*(before.models if before else ()), *([name] if name else ())]
            found[key] = OwnSplit(before.run if before else look.job.run, split, models)
    return list(found.values())


def _split_row(one: OwnSplit) -> dict[str, Any]:
    fold = one.split.folds[0]
    learned = len(fold.train) + len(fold.validation)
    return {"run": one.run, "models": list(one.models), "train": learned, "test": len(fold.test)}


def _model_row(one: Judged) -> dict[str, Any]:
    return {
        "name": one.model.name,
        "folder": one.model.folder,
        "predictions": one.predictions or None,
        "frames_known": one.learned is not None or bool(one.model.seen),
    }


def answers(project: ProjectRecord) -> list[dict[str, Any]]:
    """Comparisons that were made of this project, the newest first; one without its page is none."""
    pages = sorted((project.dir / ANSWERS).glob(f"*/{PAGE}"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [row for page in pages if (row := _answer(page)) is not None]


def _answer(page: Path) -> dict[str, Any] | None:
    try:
        told = written(page)
        names = [str(model["name"]) for model in told["comparison"]["models"]]
        made = {"title": str(told["comparison"]["title"]), "made": str(told["made"]), "models": names}
        return {"dir": told["dir"], "page": told["page"], **made}
    except (LauncherError, KeyError, TypeError):
        return None


def written(page: Path) -> dict[str, Any]:
    """The numbers beside a page, as `compare --json` gave them; raises `Damaged` where they cannot be read."""
    try:
        with (page.parent / NUMBERS).open("rb") as opened:
            told = json.loads(opened.read(_LARGEST_NUMBERS))
        return {"dir": str(page.parent), "page": str(page), **told}
    except (OSError, ValueError, TypeError) as exc:
        raise Damaged(page, title="The numbers of this comparison cannot be read", detail=repr(exc)[:200]) from exc


def comparable_here(journal: Journal, uri: str, looks: Iterable[JobLook]) -> dict[str, Any]:
    """The same for an address, without bringing it here: nothing is known of what is elsewhere."""
    record = next((one for one in journal.projects() if _is_of(uri.rstrip("/"), one)), None)
    if record is not None and record.dir.is_dir():
        return comparable(record, looks).to_json()
    return {"project": "", "dir": "", "tool": "", "labels": [], "models": [], "splits": [], "comparisons": []}


def _is_of(address: str, record: ProjectRecord) -> bool:
    """Is it the project's own address, its folder here, or its saved place?"""
    known = [one.rstrip("/") for one in (record.uri, str(record.dir), record.home) if one]
    return address in known or bool(record.home and address.startswith(record.home))
