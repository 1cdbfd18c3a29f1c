"""Our side of the reader process."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import launcher
from launcher import errors
from launcher.channel import Channel, ChannelClosed, Message

if TYPE_CHECKING:
    from launcher.config.site import S3Settings

_START = "import sys; sys.path.insert(0, sys.argv[1]); from launcher.projects.reader import main; main()"


class ReaderProcess:
    """One reader; many threads may ask it at the same time, and each hears only its own answers."""

    def __init__(self, settings: S3Settings, home: str) -> None:
        root = Path(launcher.__file__).parents[1]
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-c", _START, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=root.anchor,
            start_new_session=True,
        )
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._channel = Channel(self._child.stdout, self._child.stdin)
        self._number = 0
        self._lock = threading.Lock()
        #: Who waits for which request; an answer that nobody waits for any more is dropped.
        self._waiting: dict[int, SimpleQueue[Message | None]] = {}
        self._ended = False
        self._channel.send({"s3": settings.model_dump(), "home": home})
        self._listener = threading.Thread(target=self._listen, name="reader answers", daemon=True)
        self._listener.start()

    def ask(self, op: str, uri: str, **more: Any) -> Iterator[Message]:
        """The messages that answer a request; raises the error that the reader met."""
        number, answers = self._begin()
        try:
            self._send({"request": number, "op": op, "uri": uri, **more})
            while (message := answers.get()) is not None:
                if "error" in message:
                    raise errors.from_json(message["error"])
                if "done" in message:
                    return
                yield message
            raise errors.LauncherError(title="The reader ended unexpectedly")
        finally:
            with self._lock:
                del self._waiting[number]

    def _send(self, request: Message) -> None:
        try:
            self._channel.send(request)
        except ChannelClosed as exc:
            raise errors.LauncherError(title="The reader ended unexpectedly") from exc

    def _begin(self) -> tuple[int, SimpleQueue[Message | None]]:
        answers: SimpleQueue[Message | None] = SimpleQueue()
        with self._lock:
            self._number += 1
            self._waiting[self._number] = answers
            if self._ended:
                answers.put(None)
            return self._number, answers

    def _listen(self) -> None:
        """Hand each message to whoever asked; at the end of the pipe everyone learns that nothing more comes."""
        try:
            while True:
                message, blob = self._channel.receive()
                if blob:
                    message["blob"] = blob
                with self._lock:
                    if answers := self._waiting.get(message["request"]):
                        answers.put(message)
        except ChannelClosed:
            with self._lock:
                self._ended = True
                for answers in self._waiting.values():
                    answers.put(None)

    def close(self) -> None:
        """End it."""
        assert self._child.stdin is not None
        with suppress(OSError):  # it may have gone first
            self._child.stdin.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._listener.join()  # it holds the reading end until the pipe has ended
        self._channel.close()
