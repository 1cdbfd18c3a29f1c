"""Compare models: train those that are to be trained, read what a spec names, judge, and write the page."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.desk import Desk

if TYPE_CHECKING:
    from launcher.compare.plan import Key, Known
    from launcher.compare.spec import LoadedSpec, Model
    from launcher.compare.writing import Written
    from launcher.desk.opening import Ask
    from launcher.desk.training import Training
    from launcher.desk.training_settings import Settings
    from launcher.journal import ProjectRecord
    from launcher.runs.jobs import JobLook

Tell = Callable[[str], None]
#: How a training that was ended before its time is found by the next sitting.
_GO_ON = ("stopped", "crashed", "ended unseen")


def compare(desk: Desk, spec: Path, folder: Path, data: Path | None, tell: Tell, is_trusted: Ask) -> Written:
    """The whole way from a spec to its page; `data` is where the spec's relative files lie.

    Called again after it was ended, it goes on where it was: what is trained stays trained.
    """
    from launcher.compare import plan
    from launcher.compare.judge import judge
    from launcher.compare.spec import load_spec
    from launcher.compare.writing import check_folder, write

    loaded = load_spec(spec, data)
    if data is not None and not data.is_dir():
        raise errors.NotFound(data, title="There is no such folder", hint="Nothing was scored.")
    check_folder(folder)
    if plan.wanted(loaded.spec):
        from launcher.desk.training import Training

        known = _Trainings(Training(desk, os.environ), desk, loaded, folder, tell, is_trusted).all_done()
        loaded = replace(loaded, spec=plan.filled(loaded.spec, known))
    return write(judge(loaded, desk.parsers, tell), loaded, folder, tell)


class _Trainings:
    """The trainings of one comparison, in the queue and one after the other."""

    def __init__(
        self, training: Training, desk: Desk, loaded: LoadedSpec, folder: Path, tell: Tell, is_trusted: Ask
    ) -> None:
        from launcher.compare import plan

        self._training, self._desk, self._loaded, self._folder = training, desk, loaded, folder
        self._tell, self._is_trusted = tell, is_trusted
        self._known = plan.read(folder)

    def all_done(self) -> dict[Key, Known]:
        """Train and predict what is missing; raises `ToolFailed` where one of them failed."""
        from launcher.compare import plan

        split = self._split()
        for model, seed, fold in plan.wanted(self._loaded.spec):
            one = self._known.get((model.name, seed, fold)) or plan.Known(model.name, seed, fold=fold)
            if not one.folder:
                one = self._trained(model, one, split)
            if not one.predictions:
                one = self._keep(self._predicted(model, one))
            if self._clip is not None and not one.clip:
                self._keep(self._on_clip(model, one, self._clip))
        return self._known

    @property
    def _clip(self) -> Path | None:
        """The video that every model goes through, if the spec names one."""
        clip = self._loaded.spec.clip
        return self._loaded.file(clip.video) if clip is not None and clip.video is not None else None

    def _keep(self, one: Known) -> Known:
        from launcher.compare import plan

        self._known[one.key] = one
        plan.write(self._folder, self._known)
        return one

    def _split(self) -> Path:
        """The split of the comparison as a file, which every training is given."""
        import json

        from launcher.compare.truth import shared_split

        split = shared_split(self._loaded, self._desk.parsers)
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "split.json"
        file.write_text(json.dumps(split.to_json(), indent=1) + "\n", encoding="utf-8")
        return file

    def _trained(self, model: Model, one: Known, split: Path) -> Known:
        """Train, or go on with what an earlier sitting began."""
        look = self._training.jobs.look(one.train_run) if one.train_run else None
        if look is not None and look.state.value in _GO_ON:
            look, one = self._gone_on(look, one)
        if look is None:
            look = self._training.train(self._project(model), self._settings(model, one, split), self._is_trusted)
        one = self._keep(replace(one, train_run=look.job.run))
        look = self._ended(one.train_run, self._name(one))
        version, weights = str(look.job.settings.get("version", "")), str(look.answer.get("weights", ""))
        one = replace(_with_sitting(one, look), folder=str(look.answer["model"]), version=version)
        begun = one.weights or weights
        return self._keep(
            replace(one, device=self._device(), weights=begun, stride=int(look.answer.get("stride") or 0))
        )

    def _gone_on(self, look: JobLook, one: Known) -> tuple[JobLook | None, Known]:
        """Go on from the last checkpoint of a sitting that was ended; None where it was ended before its first."""
        from launcher.desk.training import last_checkpoint

        weights = one.weights or str(look.answer.get("weights", ""))
        one = self._keep(replace(_with_sitting(one, look), train_run="", weights=weights))
        return (self._training.resume(look.job.run, self._is_trusted) if last_checkpoint(look) else None), one

    def _settings(self, model: Model, one: Known, split: Path) -> Settings:
        from launcher.desk.training_settings import Settings

        how = model.train
        assert how is not None
        weights = self._loaded.file(how.weights) if how.weights else None
        return Settings(
            how.epochs, how.batch, how.scale, one.seed, split, how.network, how.pretrained, how.steps, "",
            how.stride, how.rate, how.augmentation, weights, one.fold,
        )  # fmt: skip

    def _name(self, one: Known) -> str:
        """A training in words."""
        fold = f", fold {one.fold + 1}" if self._loaded.spec.frames.folds else ""
        return f"{one.model}, seed {one.seed}{fold}"

    def _predicted(self, model: Model, one: Known) -> Known:
        out = self._folder.absolute() / "predictions" / f"{one.train_run}.predictions.slp"
        out.parent.mkdir(parents=True, exist_ok=True)
        queued = self._training.evaluate(self._project(model), Path(one.folder), out, self._is_trusted, last=True)
        look = self._ended(queued.job.run, f"{self._name(one)}, predicting")
        return replace(one, evaluate_run=queued.job.run, predictions=str(look.answer["predictions"]))

    def _on_clip(self, model: Model, one: Known, video: Path) -> Known:
        out = self._folder.absolute() / "predictions" / f"{one.train_run}.clip.predictions.slp"
        out.parent.mkdir(parents=True, exist_ok=True)
        out.unlink(missing_ok=True)  # of a sitting that was ended before it could note it
        queued = self._training.infer(
            self._project(model), Path(one.folder), video, self._output(model, out), self._is_trusted, last=True
        )
        look = self._ended(queued.job.run, f"{self._name(one)}, on the clip")
        return replace(one, clip=str(look.answer["predictions"]))

    def _output(self, model: Model, file: Path) -> Path:
        """DeepLabCut names its tables itself, and takes a folder."""
        from launcher.tools import tool

        assert model.train is not None
        return file if tool(model.train.tool).is_one_file else file.with_suffix("")

    def _ended(self, run: str, name: str) -> JobLook:
        from launcher.desk.run_report import in_words

        self._tell(f"{name}: {run} …")
        look = self._training.until_over(run)
        problem = self._training.problem(look)
        if problem is not None or look.state.value != "exited":
            said = in_words(problem) if problem else f"it was {look.state.value}"
            raise errors.ToolFailed(
                f"{name}: {said}",
                title="A training of this comparison did not come to its end",
                hint="What is trained already is kept; the same command goes on from there.",
            )
        return look

    def _project(self, model: Model) -> ProjectRecord:
        from launcher.desk.opening import Opening

        assert model.train is not None
        place = self._loaded.file(model.train.project)
        return Opening(self._desk, os.environ).project(str(place), lambda _, __: None)

    def _device(self) -> str:
        """What this computer computes on, in words."""
        from launcher.gpu.look import Gpu

        with closing(Gpu()) as gpu:
            devices = gpu.look().to_json()["devices"]
        return ", ".join(str(device["name"]) for device in devices) or f"CPU, {os.cpu_count()} cores"


def _with_sitting(one: Known, look: JobLook) -> Known:
    """What a training took, one sitting more: by the clock as far as is known, and by the processor."""
    used = look.used
    until = look.ended or (used.at if used else 0.0)
    seconds = max(0.0, until - look.started) if look.started else 0.0
    return replace(
        one, sittings=one.sittings + 1, seconds=one.seconds + seconds,
        cpu_seconds=one.cpu_seconds + (used.cpu_seconds if used else 0.0),
        memory_bytes=max(one.memory_bytes, used.memory_bytes if used else 0),
    )  # fmt: skip
