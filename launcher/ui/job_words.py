"""Trainings and predictions in words: every number has its unit, no state is told by colour alone. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from launcher.ui.job_seen import EpochSeen, JobSeen
from launcher.ui.rows.progress import ProgressSeen
from launcher.ui.texts import tr
from launcher.ui.words import Line, Tone, at_time, duration, epoch_and_time, tool_title


def what(job: JobSeen) -> str:
    """What it does, in a word or two."""
    return {"train": tr("Training"), "infer": tr("Predictions"), "evaluate": tr("Predictions of labelled frames")}.get(
        job.task, job.task
    )


def title(job: JobSeen) -> str:
    """`Training of openfield`."""
    pattern = {
        "train": "Training of {name}",
        "infer": "Predictions for {name}",
        "evaluate": "Predictions for the labelled frames of {name}",
    }
    return tr(pattern.get(job.task, "{name}"), name=job.project)


def line(job: JobSeen) -> Line:
    """How it is, and since when."""
    if job.state == "queued":
        return Line(tr("Waits for its turn: one runs at a time."))
    if job.state == "running":
        return Line(_since(tr("Running, begun"), job.started))
    if job.state == "exited":
        return Line(_since(tr("Done"), job.ended), Tone.SAVED)
    if job.state == "stopped":
        kept = tr("Its last checkpoint is kept.") if job.task == "train" else ""
        return Line(f"{_since(tr('Stopped'), job.ended)}. {kept}".strip(), Tone.ATTENTION)
    return Line(job.problem or tr("It ended before it was done."), Tone.FAILED)


def _since(said: str, moment: str) -> str:
    return f"{said} {at_time(moment)}".strip()


def brief(job: JobSeen) -> str:
    """The same in a column."""
    if job.state == "running":
        return epoch_and_time(job.progress) if job.progress is not None else tr("starting …")
    said = {"queued": tr("waits"), "exited": tr("✓ done"), "stopped": tr("! stopped")}
    return said.get(job.state, tr("✕ ended early"))


def facts(told: ProgressSeen) -> tuple[tuple[str, str], ...]:
    """What is known of a training, each with its title; what is not known is not said."""
    rows = (
        (tr("Epoch"), tr("{n} of {all}", n=f"{told.epoch:,}", all=f"{told.epochs:,}")),
        (tr("Loss, training frames"), _number(told.loss)),
        (tr("Loss, validation frames"), _number(told.validation)),
        (tr("Best so far"), _number(told.best)),
        (tr("An epoch takes"), _length(told.rate)),
        (tr("Time left"), _left(told)),
    )
    return tuple((name, value) for name, value in rows if value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _length(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return tr("{n} s", n=f"{seconds:.1f}") if seconds < 10 else duration(seconds)


def _left(told: ProgressSeen) -> str:
    if told.seconds_left is None or told.epoch >= told.epochs:
        return ""
    return tr("about {time}", time=duration(told.seconds_left))


def curve(points: Sequence[EpochSeen]) -> str:
    """A loss curve for whoever cannot see it: where it began, where it is, and the best of it."""
    if not points:
        return tr("No epoch has been finished yet.")
    said = [
        _course(tr("training frames"), [(one.epoch, one.loss) for one in points if one.loss is not None]),
        _course(tr("validation frames"), [(one.epoch, one.validation) for one in points if one.validation is not None]),
    ]
    return " ".join(part for part in said if part)


def _course(name: str, values: Sequence[tuple[int, float]]) -> str:
    if not values:
        return ""
    (first, began), (last, now) = values[0], values[-1]
    at, best = min(values, key=lambda one: one[1])
    return tr(
        "Loss on the {name}: {began} in epoch {first}, {now} in epoch {last}, lowest {best} in epoch {at}.",
        name=name, began=_number(began), first=first, now=_number(now), last=last, best=_number(best), at=at,
    )  # fmt: skip


def ended(job: JobSeen) -> str:
    """What is told when one ends while the window is open."""
    if job.state == "exited":
        return f"✓ {tr('{title} is done.', title=title(job))}"
    if job.state == "stopped":
        return tr("! {title} was stopped.", title=title(job))
    return f"✕ {title(job)}: {job.problem or tr('it ended before it was done.')}"


def queued(tool_id: str) -> str:
    """A training was begun."""
    return tr("✓ {tool} trains without its window; it goes on when this window is closed.", tool=tool_title(tool_id))
