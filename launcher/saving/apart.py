"""Work on a thread of its own that may be left behind: no time-out of a request is as strict as a session's end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from launcher import errors


class Apart:
    """Begins at once; `problem` is what it raised."""

    def __init__(self, name: str, do: Callable[[], None]) -> None:
        self._do = do
        self.problem: errors.LauncherError | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._do()
        except errors.LauncherError as exc:
            self.problem = exc
        except Exception as exc:  # noqa: BLE001 - a mistake of ours must not cost the end of the session its last word
            self.problem = errors.LauncherError(title="The launcher made a mistake", detail=repr(exc))

    def wait(self, seconds: float) -> None:
        """Until it is over, or for so long."""
        self._thread.join(max(seconds, 0.0))

    @property
    def is_over(self) -> bool:
        """Has it ended, well or not?"""
        return not self._thread.is_alive()
