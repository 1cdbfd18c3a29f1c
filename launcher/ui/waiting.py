"""A pause that can be cut short."""

from __future__ import annotations

import asyncio
from contextlib import suppress


async def woken(event: asyncio.Event, at_most_s: float) -> None:
    """Wait for the event, or for so many seconds.

    Not `wait_for`: before Python 3.12 it forgets a cancellation that comes together with the event, and the window
    would wait for its own loops for ever when it closes.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(at_most_s):
            await event.wait()
