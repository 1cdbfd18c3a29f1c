"""Parser processes: a few of a kind, each doing one job at a time, replaced when they die."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import launcher
from launcher import errors
from launcher.channel import Channel, Message

#: No file of a pose project takes this long to look at.
JOB_S = 20.0
#: The first job waits until the process is ready, too.
_FIRST_JOB_S = 60.0
#: A busy one is waited for so long before another is started: most jobs take milliseconds, a start a tenth of a second.
SOON_S = 0.2
_START = "import sys; sys.path.insert(0, sys.argv[1]); from launcher.projects.{} import main; main()"

#: Answers what a job asks for while it is done: a message, and the bytes that go with it.
Give = Callable[[Message], tuple[Message, bytes]]


class ParserProcess:
    """One child. It gets an empty environment, a safe folder, and three pipes; `module` says what it can do."""

    def __init__(self, module: str, job_s: float) -> None:
        self._job_s = job_s
        root = Path(launcher.__file__).parents[1]
        keep = {name: os.environ[name] for name in ("SYSTEMROOT", "PATH") if name in os.environ}
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START.format(module), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root.anchor,
            env={**keep, "HDF5_PLUGIN_PATH": "", "HDF5_USE_FILE_LOCKING": "FALSE", "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._channel = Channel(self._child.stdout, self._child.stdin)
        self._started = False

    def call(self, job: Mapping[str, Any], blob: bytes) -> Message:
        """One job and its answer; raises `ChannelClosed` when the child died, or was ended for being too slow."""
        return self._say(job, blob)[0]

    def converse(self, job: Mapping[str, Any], give: Give) -> tuple[Message, bytes]:
        """One job that asks on its way for what it needs, and its answer with the bytes that belong to it."""
        message, blob = self._say(job, b"")
        while "need" in message:
            message, blob = self._say(*give(message))
        return message, blob

    def _say(self, job: Mapping[str, Any], blob: bytes) -> tuple[Message, bytes]:
        timer = threading.Timer(self._job_s if self._started else _FIRST_JOB_S, self._child.kill)
        timer.daemon = True
        timer.start()
        try:
            if not self._started:
                self._channel.receive()
                self._started = True
            self._channel.send(job, blob)
            return self._channel.receive()
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the child. It keeps nothing, so that nobody need wait until its libraries have been unloaded."""
        self._channel.close()
        self._child.kill()
        self._child.wait()


class ParserPool:
    """Parser processes of one kind, started when first needed; safe to use from many threads."""

    def __init__(self, module: str, at_most: int, job_s: float) -> None:
        self._module = module
        self._job_s = job_s
        self._at_most = at_most
        self._alive = 0
        self._is_closed = False
        self._idle: list[ParserProcess] = []
        self._freed = threading.Condition()

    def start(self) -> None:
        """Start one now, for whoever will need it soon: it takes a moment to get ready."""
        with self._freed:
            if self._alive or self._is_closed:
                return
            self._alive += 1
        self._give_back(self._born())

    def close(self) -> None:
        """End them all, when they have done what they are at; nobody gets one any more."""
        with self._freed:
            self._is_closed = True
            self._freed.notify_all()
            while self._alive:
                self._freed.wait_for(lambda: self._idle or not self._alive)
                while self._idle:
                    self._idle.pop().close()
                    self._alive -= 1

    @contextlib.contextmanager
    def one(self) -> Iterator[ParserProcess]:
        """One of them for one job; what the job raises ends it, since nobody knows what state it is in."""
        child = self._taken() or self._born()
        try:
            yield child
        except BaseException:
            self._lost(child)
            raise
        self._give_back(child)

    def _taken(self) -> ParserProcess | None:
        """An idle one; None if another is to be started, whose place is taken then."""
        with self._freed:
            if self._alive:
                self._freed.wait_for(lambda: self._idle, SOON_S)
            self._freed.wait_for(lambda: self._idle or self._alive < self._at_most or self._is_closed)
            if self._is_closed:
                raise errors.NotDone(title="The launcher is being closed", hint="Nothing was begun. Do it again.")
            if self._idle:
                return self._idle.pop()
            self._alive += 1
            return None

    def _born(self) -> ParserProcess:
        try:
            return ParserProcess(self._module, self._job_s)
        except BaseException:
            self._lost(None)
            raise

    def _give_back(self, child: ParserProcess) -> None:
        with self._freed:
            self._idle.append(child)
            self._freed.notify()

    def _lost(self, child: ParserProcess | None) -> None:
        if child is not None:
            child.close()
        with self._freed:
            self._alive -= 1
            self._freed.notify_all()
