"""`gpu [--watch]`: devices, use, memory, programs, and the verdict in words."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import closing

from launcher.cli.context import Context
from launcher.desk.gpu import gpu_of
from launcher.gpu import words
from launcher.gpu.look import Gpu, Look
from launcher.gpu.readings import State

HELP = "the GPU: use, memory, programs, and what it means"
#: The first look opens the driver, which may have to wake the card.
FIRST_LOOK_S, EVERY_S = 10.0, 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Once, or every second."""
    parser.add_argument("--watch", action="store_true", help="one line a second until interrupted")


def run(context: Context) -> None:
    """Look, and tell. No GPU is an answer like another."""
    with closing(gpu_of(context.desk)) as gpu:
        if context.arguments.watch:
            _watch(context, gpu)
        elif context.as_json:
            context.document(gpu.look(FIRST_LOOK_S).to_json())
        else:
            for line in _lines(gpu.look(FIRST_LOOK_S)):
                context.line(line)


def _watch(context: Context, gpu: Gpu) -> None:
    told = None
    for look in _every_second(gpu):
        if context.as_json:
            context.row(look.to_json(), at_once=True)
            continue
        if look.verdict.code is not told:
            context.line(look.verdict.reason)
            told = look.verdict.code
        context.line(f"{time.strftime('%H:%M:%S')}  {_line(look)}")


def _every_second(gpu: Gpu) -> Iterator[Look]:
    due = time.monotonic()
    while True:
        yield gpu.look(FIRST_LOOK_S)
        due = max(due + EVERY_S, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


def _lines(look: Look) -> Iterator[str]:
    yield look.verdict.reason
    if look.reading.state is State.READ:
        yield f"Driver {look.reading.driver or 'not known'}, CUDA up to {look.reading.cuda or 'not known'}"
    for device in look.reading.devices:
        part = "" if device.instance is None else f" part {device.instance}"
        yield f"{device.index}{part}: {words.in_full(device)}"
        for process in device.processes or ():
            yield f"     {words.program_in_full(process)}"


def _line(look: Look) -> str:
    return " | ".join(words.in_full(device) for device in look.reading.devices) or "no GPU"
