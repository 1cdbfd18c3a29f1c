"""The way to the desk: threads do the waiting, the loop stays free, nothing is lost and nothing lingers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from launcher import errors
from launcher.ui.desk_calls import DeskCalls, in_words
from tests.ui.driving import until
from tests.ui.stand_ins import CalmDesk

Drive = Callable[[Callable[[], Any]], None]


def test_the_desk_is_made_on_a_thread_and_once(drive: Drive) -> None:
    made: list[str] = []

    def make() -> CalmDesk:
        made.append(threading.current_thread().name)
        return CalmDesk()

    async def story() -> None:
        calls = DeskCalls(make)
        await asyncio.gather(*(calls.call(lambda desk: desk.places()) for _ in range(5)))
        assert len(made) == 1 and made[0].startswith("desk")
        await calls.close()

    drive(story)


def test_a_stream_gives_the_first_at_once_and_the_rest_in_batches(drive: Drive) -> None:
    more = threading.Event()

    def verb(_: object) -> Iterator[int]:
        yield 0
        more.wait(30)
        yield from range(1, 1000)

    async def story() -> None:
        calls, batches = DeskCalls(CalmDesk), list[list[int]]()
        async for batch in calls.stream(verb):
            batches.append(batch)
            more.set()
        assert batches[0] == [0]
        assert [one for batch in batches for one in batch] == list(range(1000))
        assert len(batches) <= 4, "a thousand answers are no thousand repaints"
        await calls.close()

    drive(story)


def test_what_came_before_a_failure_is_shown_first(drive: Drive) -> None:
    def verb(_: object) -> Iterator[int]:
        yield 1
        yield 2
        raise errors.Unreachable("127.0.0.1")

    async def story() -> None:
        calls, seen = DeskCalls(CalmDesk), list[int]()

        async def see() -> None:
            async for batch in calls.stream(verb):
                seen.extend(batch)

        with pytest.raises(errors.Unreachable):
            await see()
        assert seen == [1, 2]
        await calls.close()

    drive(story)


def test_leaving_early_ends_the_verb(drive: Drive) -> None:
    ended = threading.Event()

    def verb(_: object) -> Iterator[int]:
        try:
            yield from iter(int, 1)
        finally:
            ended.set()

    async def story() -> None:
        calls = DeskCalls(CalmDesk)
        stream = calls.stream(verb)
        assert await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]
        await until(ended.is_set)
        await calls.close()

    drive(story)


def test_the_loop_runs_on_while_a_verb_waits(drive: Drive) -> None:
    go = threading.Event()

    async def story() -> None:
        calls = DeskCalls(CalmDesk)
        waiting = asyncio.ensure_future(calls.call(lambda _: go.wait(30)))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not waiting.done()
        go.set()
        assert await waiting is True
        await calls.close()

    drive(story)


def test_our_own_mistakes_are_told_in_words() -> None:
    told = in_words(ZeroDivisionError("division by zero"))
    assert "Your data was not touched" in str(told) and "division" not in str(told)
    assert in_words(errors.Refused("s3://b/")).exit_code == 5


def test_a_window_that_is_closed_while_its_desk_is_made_leaves_none_behind(drive: Drive) -> None:
    begun, go_on, let_go = threading.Event(), threading.Event(), threading.Event()

    class SlowDesk(CalmDesk):
        def close(self) -> None:
            let_go.set()

    def make() -> SlowDesk:
        begun.set()
        assert go_on.wait(30)
        return SlowDesk()

    async def story() -> None:
        calls = DeskCalls(make)
        asked = asyncio.ensure_future(calls.call(lambda desk: desk.places()))
        await until(begun.is_set)
        await calls.close()
        go_on.set()
        with pytest.raises(errors.NotDone, match="window was closed"):
            await asked
        assert let_go.is_set()

    drive(story)
