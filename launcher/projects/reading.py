"""Our side of the reader process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import launcher
from launcher import errors
from launcher.channel import Channel, ChannelClosed, Message
from launcher.config.site import S3Settings

_START = "import sys; sys.path.insert(0, sys.argv[1]); from launcher.projects.reader import main; main()"


class ReaderProcess:
    """One reader; requests are answered one after the other for whoever asks here."""

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
        self._channel.send({"s3": settings.model_dump(), "home": home})

    def ask(self, op: str, uri: str, **more: Any) -> Iterator[Message]:
        """The messages that answer a request; raises the error that the reader met."""
        self._number += 1
        try:
            self._channel.send({"request": self._number, "op": op, "uri": uri, **more})
            while True:
                message, _ = self._channel.receive()
                if message["request"] != self._number:
                    continue  # the rest of an answer that nobody waited for
                if "error" in message:
                    raise errors.from_json(message["error"])
                if "done" in message:
                    return
                yield message
        except ChannelClosed as exc:
            raise errors.LauncherError(title="The reader ended unexpectedly") from exc

    def close(self) -> None:
        """End it."""
        self._channel.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
