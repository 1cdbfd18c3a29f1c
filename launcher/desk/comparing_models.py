"""Compare the models of one project: predict what is missing, write the spec that says what is compared, and judge."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.config.plain import plain
from launcher.desk.comparable import ANSWERS, Comparable, Judged, comparable
from launcher.desk.comparing import compare
from launcher.tools import tool

if TYPE_CHECKING:
    from launcher.compare.split import Split
    from launcher.compare.writing import Written
    from launcher.desk.desk import Desk
    from launcher.desk.opening import Ask
    from launcher.desk.training import Training
    from launcher.journal import ProjectRecord

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person chose: models by their folders, files of predictions, the labels, and the split.

    `split` is the run of a training whose split is taken; empty to draw one with `seed`.
    """

    models: Sequence[str] = ()
    files: Sequence[Path] = ()
    labels: str = ""
    split: str = ""
    seed: int = 42


class ComparingModels:
    """One comparison of one project."""

    def __init__(self, desk: Desk, training: Training, project: ProjectRecord, tell: Tell, is_trusted: Ask) -> None:
        self._desk, self._training, self._project = desk, training, project
        self._tell, self._is_trusted = tell, is_trusted

    def found(self) -> Comparable:
        """What there is to choose from."""
        return comparable(self._project, self._training.jobs.looks())

    def compare(self, chosen: Chosen, folder: Path | None) -> Written:
        """Predict, write the spec, judge; the answer lies in the project's folder where no other is named."""
        found = self.found()
        models = _named(found, chosen.models) if chosen.models or chosen.files else list(found.models)
        if not models and not chosen.files:
            raise errors.NotDone(
                self._project.name,
                title="There is no model of this project to compare yet",
                hint="Nothing was compared. Train one first, or name files with predictions.",
            )
        split = self._split(found, chosen)
        judged = [replace(one, predictions=one.predictions or self._predicted(one)) for one in models]
        where = folder or self._project.dir / ANSWERS / time.strftime("%Y-%m-%d %H.%M.%S", time.localtime())
        with tempfile.TemporaryDirectory(prefix="pose-launcher-") as draft:
            spec, kept = Path(draft) / "spec.toml", Path(draft) / "split.json"
            kept.write_text(json.dumps(split.to_json()), encoding="utf-8")
            labels = _labels(found, chosen)
            spec.write_text(spec_text(self._project, labels, judged, chosen.files, kept, split), encoding="utf-8")
            return compare(self._desk, spec, where, self._project.dir, self._tell, self._is_trusted)

    def _split(self, found: Comparable, chosen: Chosen) -> Split:
        """The split of a training, or one that is drawn as trainings draw theirs."""
        if chosen.split:
            own = next((one for one in found.splits if one.run == chosen.split), None)
            if own is None:
                raise errors.NotFound(chosen.split, title="No training of this project has that split")
            return own.split
        from launcher.compare.labelled import labelled_frames
        from launcher.compare.split import single

        frames = labelled_frames(self._desk.parsers, self._project)
        return single([one.name for one in frames], [one.group for one in frames], chosen.seed)

    def _predicted(self, one: Judged) -> str:
        """Predictions for the labelled frames, by the queue; returns the file."""
        self._tell(f"{one.model.name}: predicting the labelled frames …")
        folder = self._project.dir / one.model.folder
        queued = self._training.evaluate(self._project, folder, None, self._is_trusted, last=True)
        look = self._training.until_over(queued.job.run)
        problem = self._training.problem(look)
        if problem is not None or not look.answer.get("predictions"):
            raise errors.ToolFailed(
                problem.what if problem else look.state.value,
                title=f"{one.model.name} did not predict the labelled frames",
                hint="Nothing was compared, and the model is unchanged. "
                f"Read its log: `pose-launcher runs log {queued.job.run}`.",
            )
        return str(look.answer["predictions"])


def _named(found: Comparable, folders: Sequence[str]) -> list[Judged]:
    by_folder = {one.model.folder: one for one in found.models}
    if unknown := [folder for folder in folders if folder not in by_folder]:
        raise errors.NotFound(unknown[0], title="There is no such model in this project", hint="Nothing was compared.")
    return [by_folder[folder] for folder in folders]


def _labels(found: Comparable, chosen: Chosen) -> str:
    if chosen.labels and chosen.labels not in found.labels:
        raise errors.NotFound(chosen.labels, title="The project has no such labels", hint="Nothing was compared.")
    if not found.labels:
        raise errors.NotDone(found.project.name, title="Nothing is labelled in this project")
    return chosen.labels or found.labels[0]


def spec_text(
    project: ProjectRecord, labels: str, models: Sequence[Judged], files: Sequence[Path], kept: Path,
    split: Split,
) -> str:  # fmt: skip
    """The comparison as anybody could have written it; paths are relative to the project's folder."""
    test = frozenset(split.names[at] for at in split.folds[0].test)
    pictures = "" if tool(project.tool_id).is_one_file else f"pictures = {_text(labels.rpartition('/')[0])}\n"
    head = (
        f"schema = 1\ntitle = {_text(f'Models of {project.name}')}\n{pictures}"
        f"\n[labels]\nfile = {_text(labels)}\n\n[frames]\nsplit = {_text(str(kept))}\n"
    )
    names = _unique([*(one.model.name for one in models), *(file.stem for file in files)])
    tables = [_table(name, one, test) for name, one in zip(names, models, strict=False)]
    given = [
        f"\n[[model]]\nname = {_text(name)}\npredictions = [{_text(str(file.absolute()))}]\n"
        for name, file in zip(names[len(models) :], files, strict=True)
    ]
    return head + "".join(tables + given)


def _table(name: str, one: Judged, test: frozenset[str]) -> str:
    """What a model saw: by the split that its training was given, else by the labels that lie beside it."""
    if one.learned is not None:
        seen = "unseen = true\n" if not one.learned & test else ""
    else:
        seen = f"seen = [{', '.join(map(_text, one.model.seen))}]\n" if one.model.seen else ""
    return f"\n[[model]]\nname = {_text(name)}\npredictions = [{_text(one.predictions)}]\n{seen}"


def _unique(names: Sequence[str]) -> list[str]:
    """Each name once: a second one of a name has its number."""
    found: list[str] = []
    for name in names:
        short = plain(name)[:180].strip() or "model"
        number = sum(one == short or one.startswith(f"{short} (") for one in found)
        found.append(f"{short} ({number + 1})" if number else short)
    return found


def _text(value: str) -> str:
    """A string of TOML: JSON's, but for the one character that TOML wants escaped and JSON does not."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
