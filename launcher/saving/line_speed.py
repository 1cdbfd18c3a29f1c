"""How fast the way to the bucket is, as far as what went lately tells: by it, what label files may have to wait for."""

from __future__ import annotations

#: What is sent at one time takes no longer than this, since label files may go quiet meanwhile.
WAIT_S = 3.0
#: In bytes a second: the guess before anything went, that of a slow line; and less than that is no line's fault.
FIRST_GUESS, SLOWEST = 2 * 1024 * 1024, 256 * 1024
#: What is smaller tells more about answers than about bytes.
_TELLING_BYTES = 4 * 1024 * 1024


class LineSpeed:
    """The speed of one project's way to its bucket."""

    def __init__(self) -> None:
        self._bytes_per_s = float(FIRST_GUESS)

    @property
    def at_most(self) -> float:
        """How many bytes go in the time that label files may have to wait."""
        return self._bytes_per_s * WAIT_S

    def learn(self, size: int, seconds: float) -> None:
        """So many bytes went in so many seconds: much, or what took long, or half of what was thought possible."""
        is_telling = size >= min(_TELLING_BYTES, self.at_most / 2) or seconds >= WAIT_S
        if is_telling and size > 0 and seconds > 0:
            self._bytes_per_s = max(SLOWEST, size / seconds)
