"""Many small requests at once, by libcurl in one thread.

Sixty-four threads that each wait for one answer wake each other for every packet and for Python's lock, which was most
of what a transfer cost. Each request is tried once; what fails goes through our own patient request (`http.py`), which
knows what to repeat and finds the words.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Generic

import pycurl

from launcher import errors
from launcher.storage.credentials import Credentials
from launcher.storage.http import SignedHttp
from launcher.storage.line import TICK_S, Line
from launcher.storage.messages import Job, Reply, Request

#: What is on its way at once. S3 takes thousands of requests a second below one prefix, `s5cmd` keeps 256 on their way;
#: a server that asks for fewer gets fewer. Of what comes half as many: it must be written, and more only wait for that.
AT_ONCE, COMING_AT_ONCE = 256, 128
#: What a server that says "slow down" gets at the least, and how it says so; 0 is a connection that it broke off.
AT_LEAST, SLOW_DOWN = 8, (0, 429, 503)
#: Few bytes are in memory at once: touching fresh memory costs more than moving what is in it.
IN_FLIGHT_BYTES = 64 * 1024 * 1024


class Exchange:
    """Sends small requests to one endpoint; one for all threads."""

    def __init__(self, http: SignedHttp, credentials: Credentials) -> None:
        self._http = http
        self._credentials = credentials
        self._mine = threading.local()

    def once(self, request: Request[Job]) -> Reply[Job]:
        """One request, in the thread of the caller."""
        line: Line[Job] = self._mine.__dict__.get("line") or self._new_line()
        self._mine.line = line
        line.ask(request)
        is_main = threading.current_thread() is threading.main_thread()
        try:
            line.perform_and_heed_signals() if is_main else line.curl.perform()
        except pycurl.error:
            return Reply(request.job)
        finally:
            line.let_go()
        return self._heard(line.reply())

    def streamed(self, request: Request[Job], take: Callable[[bytes], bool]) -> Reply[Job]:
        """One request in the thread of the caller, which is not the main one, with its body to `take` as it comes.

        `take` raises nothing, and ends it by False; an answer that is none of the data's is kept from it.
        """
        line: Line[Job] = self._mine.__dict__.get("stream") or self._new_line()
        self._mine.stream = line
        line.ask(request)
        line.pour_into(take)
        try:
            line.curl.perform()
        except pycurl.error:
            return Reply(request.job)
        return self._heard(line.reply())

    def answers(
        self, requests: Iterable[Request[Job] | None], at_once: int = AT_ONCE
    ) -> Generator[Reply[Job] | None, None, None]:
        """Send them, begun in their order, and give the replies as they come; None now and then while none comes.

        A request is taken from the iterable only when there is room for it; None says that the next one waits for the
        answer to another. Close the iterator when leaving early.
        """
        flight = _Flight(self._new_line, iter(requests), at_once)
        try:
            while flight.goes_on():
                while (request := flight.next_request()) is not None:
                    flight.begin(request)
                replies = flight.arrived()
                yield from map(self._heard, replies) if replies else (None,)
        finally:
            flight.close()

    def _heard(self, reply: Reply[Job]) -> Reply[Job]:
        """What time it is for the server, as every request finds out."""
        self._http.note_time(reply.headers.get("date"))
        return reply

    def _new_line(self) -> Line[Any]:
        return Line(self._http, self._credentials)


class _Flight(Generic[Job]):
    """The requests of one call that are on their way."""

    def __init__(
        self, new_line: Callable[[], Line[Job]], requests: Iterator[Request[Job] | None], at_once: int
    ) -> None:
        try:
            self._multi = pycurl.CurlMulti()
        except pycurl.error as exc:  # it opens some files of its own
            raise errors.OutOfHandles(detail=repr(exc)) from exc
        self._multi.setopt(pycurl.M_MAXCONNECTS, at_once)
        self._new_line = new_line
        self._free: deque[Line[Job]] = deque()
        self._busy: dict[Any, Line[Job]] = {}
        self._requests = requests
        self._waiting: Request[Job] | None = None
        self._is_over = False
        self._bytes = 0
        self._most = at_once
        self._room = float(at_once)

    def goes_on(self) -> bool:
        """Is anything on its way, or to be sent?"""
        return bool(self._busy) or not self._is_over

    def next_request(self) -> Request[Job] | None:
        """The next one, if there is room for it now."""
        if len(self._busy) >= self._room or self._is_over:
            return None
        if self._waiting is None:
            try:
                self._waiting = next(self._requests)
            except StopIteration:
                self._is_over = True
        request = self._waiting
        if request is None or (self._busy and self._bytes + request.size > IN_FLIGHT_BYTES):
            return None
        self._waiting = None
        return request

    def begin(self, request: Request[Job]) -> None:
        """Send it."""
        line = self._free.popleft() if self._free else self._new_line()
        line.ask(request)
        self._busy[line.curl] = line
        self._bytes += request.size
        self._multi.add_handle(line.curl)

    def arrived(self) -> list[Reply[Job]]:
        """What has come by now; waits a moment when nothing has."""
        replies = self._ended()
        if not replies and self._busy:
            self._multi.select(TICK_S)
            replies = self._ended()
        return replies

    def _ended(self) -> list[Reply[Job]]:
        self._multi.perform()
        _, whole, failed = self._multi.info_read()
        replies = [self._released(curl).reply() for curl in whole]
        replies += [Reply(self._released(curl).request.job) for curl, _, _ in failed]
        for reply in replies:
            self._heed(reply.status)
        return replies

    def _heed(self, status: int) -> None:
        """Half as many at once for a server that is too busy, then one more for each round that it takes."""
        if status in SLOW_DOWN:
            self._room = max(AT_LEAST, self._room / 2)
        elif self._room < self._most:
            self._room += 1 / self._room

    def _released(self, curl: Any) -> Line[Job]:
        line = self._busy.pop(curl)
        self._multi.remove_handle(curl)
        self._bytes -= line.request.size
        self._free.appendleft(line)  # the one whose connection is warm goes first
        return line

    def close(self) -> None:
        """Break off what is on its way."""
        for curl in self._busy:
            self._multi.remove_handle(curl)
        self._multi.close()
