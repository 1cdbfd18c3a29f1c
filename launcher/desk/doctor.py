"""Self-check: everything is looked at at once, each finding told in words, with what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.checks import computer, session, storage, work
from launcher.desk.checks.check import Check, Question, ask_all
from launcher.desk.gpu import gpu_of
from launcher.desk.mounting import mounts_of
from launcher.desk.scratch import scratch_root

if TYPE_CHECKING:
    from launcher.desk.desk import Desk

_GPU_WITHIN_S = 1.0


def examine(desk: Desk) -> Iterator[Check]:
    """Look at everything, within three seconds; one failure never hides the next."""
    yield from ask_all([Question("site catalogue", lambda: _catalogue(desk))])
    yield from ask_all([Question("state dir", lambda: _memory(desk))])
    if desk.setup.site is not None and _is_readable(desk):
        yield from ask_all(_questions(desk))


def _catalogue(desk: Desk) -> str:
    return f"{desk.loaded.path}: {desk.loaded.site.title or 'no title'}"


def _memory(desk: Desk) -> str:
    return f"{desk.setup.state.path}, {len(desk.journal.projects())} projects known"


def _is_readable(desk: Desk) -> bool:
    """What all questions share is made before they are asked at once."""
    try:
        return all((desk.loaded, desk.journal, desk.store, desk.session_clock))
    except errors.LauncherError:
        return False


def _questions(desk: Desk) -> Iterator[Question]:
    facts = desk.facts
    yield Question("credentials", lambda: session.credentials(desk))
    yield Question("clock", lambda: session.clock(desk))
    yield Question("who this is", lambda: session.who(desk))
    yield Question("session limits", lambda: session.limits(desk))
    yield Question("Home Folder", lambda: session.home_folder_state(desk))
    yield from storage.places(desk)
    yield Question("storage server keeps its word", lambda: storage.server(desk))
    yield from _about_the_disk(desk)
    yield Question("display", lambda: computer.display(os.environ, in_a_stream=facts.is_in_a_stream))
    yield Question("fonts", computer.fonts)
    yield Question("locale", lambda: computer.language(os.environ))
    yield from _about_the_gpu(desk)
    yield Question("mounts", lambda: work.mounts(mounts_of(desk)))
    yield Question("saver", lambda: work.saver(desk))
    yield Question("what is never saved", lambda: work.exclusions(desk.site.save.exclude))
    yield Question("reading of other people's files is fenced off", lambda: computer.fence(desk))


def _about_the_disk(desk: Desk) -> Iterator[Question]:
    def root_first(name: str) -> Question:
        look = {"disk for projects": computer.disk, "path length": computer.path_length, "links": computer.links}[name]
        return Question(name, lambda: look(scratch_root(desk.site, desk.setup.state, desk.journal)))

    yield from map(root_first, ("disk for projects", "path length", "links"))


def _about_the_gpu(desk: Desk) -> Iterator[Question]:
    """The driver is asked first, since a tool is judged by what there is to use."""
    gpu = gpu_of(desk)
    try:
        look = gpu.look(_GPU_WITHIN_S)
    finally:
        gpu.close()
    yield Question("GPU driver", lambda: computer.gpu(look, desk.facts.instance_type))
    yield from work.tools(desk, ", ".join(device.name or "a GPU" for device in look.reading.devices))
