"""The screen through X11: one connection, used by a thread of its own so that a silent server stops nobody."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from contextlib import suppress
from typing import Any, TypeVar

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.error import BadWindow, ConnectionClosedError, DisplayError, XError
from Xlib.ext import res
from Xlib.protocol.event import ClientMessage

from launcher.runs.screen import ScreenGone, Window

_ANSWER_S = 2.0
_LONGEST_TITLE = 1024
#: "The request comes from a pager": a window manager does not refuse it as focus stealing.
_AS_PAGER = 2
#: What a running window manager's own window says of itself.
_CHECK = "_NET_SUPPORTING_WM_CHECK"
T = TypeVar("T")


class X11Screen:
    """The windows that the window manager lists; without one, those on the root window."""

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="windows", daemon=True)
        self._thread.start()
        try:
            self._display: Display = self._ask(lambda: Display(name))
        except ScreenGone:
            self._work.put(None)
            raise
        self._root = self._display.screen().root
        self._pids: dict[int, int | None] = {}
        self._atoms: dict[str, int] = {}

    def windows(self) -> Sequence[Window]:
        """Every window that a person could switch to."""
        return self._ask(self._windows)

    def raise_window(self, window: Window) -> None:
        """Through the window manager, so that it comes from another workspace or the task bar; else by ourselves."""
        self._ask(lambda: self._raise(window))

    def close_window(self, window: Window) -> None:
        """Through the window manager; where there is none, the program is asked as one would ask it."""
        self._ask(lambda: self._close(window))

    def close(self) -> None:
        """End the connection; a call that still waits for the server ends with it."""
        with suppress(OSError):
            self._display.display.socket.shutdown(2)
        self._work.put(None)
        self._thread.join(_ANSWER_S)
        self._display.display.socket.close()

    # On the thread

    def _serve(self) -> None:
        while (job := self._work.get()) is not None:
            answer, act = job
            try:
                answer.set_result(act())
            except BaseException as exc:  # noqa: BLE001 - handed to whoever asked
                answer.set_exception(exc)

    def _ask(self, act: Callable[[], T]) -> T:
        answer: Future[T] = Future()
        self._work.put((answer, act))
        try:
            return answer.result(_ANSWER_S)
        except (TooSlow, OSError, DisplayError, ConnectionClosedError, XError) as exc:
            raise ScreenGone(str(exc)) from exc

    def _windows(self) -> list[Window]:
        handles = self._property(self._root, "_NET_CLIENT_LIST") if self._is_managed() else None
        if handles is None:
            handles = [child.id for child in self._root.query_tree().children if _is_shown(child)]
        self._pids = {handle: pid for handle, pid in self._pids.items() if handle in handles}
        return [window for handle in handles if (window := self._window(handle)) is not None]

    def _window(self, handle: int) -> Window | None:
        window = self._display.create_resource_object("window", handle)
        try:
            if handle not in self._pids:
                self._pids[handle] = self._pid(window)
            return Window(handle, self._pids[handle], self._title(window))
        except BadWindow:  # it was closed while we looked
            return None

    def _pid(self, window: Any) -> int | None:
        """As the program says; else as the server knows who connected."""
        if said := self._property(window, "_NET_WM_PID"):
            return int(said[0])
        if not self._display.has_extension("X-Resource"):
            return None
        spec = [{"client": window.id, "mask": res.LocalClientPIDMask}]
        for known in self._display.res_query_client_ids(spec).ids:
            if known.value:
                return int(known.value[0])
        return None

    def _title(self, window: Any) -> str:
        title = self._property(window, "_NET_WM_NAME")
        if title is None:
            title = self._property(window, Xatom.WM_NAME)
        return title.decode("utf-8", "replace") if isinstance(title, bytes) else ""

    def _property(self, window: Any, name: str | int) -> Any:
        atom = name if isinstance(name, int) else self._atom(name)
        found = window.get_property(atom, X.AnyPropertyType, 0, _LONGEST_TITLE)
        return None if found is None else found.value

    def _atom(self, name: str) -> int:
        if name not in self._atoms:
            self._atoms[name] = self._display.intern_atom(name)
        return self._atoms[name]

    def _is_managed(self) -> bool:
        """Is there a window manager? In the stream's application view there may be none, and one may have ended."""
        if not (said := self._property(self._root, _CHECK)):
            return False
        try:
            return bool(self._property(self._display.create_resource_object("window", said[0]), _CHECK))
        except BadWindow:
            return False  # its last words

    def _raise(self, window: Window) -> None:
        if self._is_managed():
            self._tell(window, "_NET_ACTIVE_WINDOW", [_AS_PAGER, X.CurrentTime, 0])
            return
        with suppress(BadWindow):  # it was closed while we looked
            raised = self._display.create_resource_object("window", window.handle)
            raised.get_attributes()
            raised.map()
            raised.configure(stack_mode=X.Above)
            raised.set_input_focus(X.RevertToParent, X.CurrentTime)
            self._display.sync()

    def _close(self, window: Window) -> None:
        if self._is_managed():
            self._tell(window, "_NET_CLOSE_WINDOW", [X.CurrentTime, _AS_PAGER])
            return
        with suppress(BadWindow):
            closed = self._display.create_resource_object("window", window.handle)
            closed.get_attributes()
            protocol = [self._atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0]
            closed.send_event(ClientMessage(window=closed, client_type=self._atom("WM_PROTOCOLS"), data=(32, protocol)))
            self._display.sync()

    def _tell(self, window: Window, what: str, data: list[int]) -> None:
        target = self._display.create_resource_object("window", window.handle)
        message = ClientMessage(window=target, client_type=self._atom(what), data=(32, [*data, *[0] * (5 - len(data))]))
        self._root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        self._display.sync()


def _is_shown(window: Any) -> bool:
    """Without a window manager programs' hidden windows and their menus are on the root window, too."""
    try:
        attributes = window.get_attributes()
    except BadWindow:
        return False
    return bool(attributes.map_state == X.IsViewable and not attributes.override_redirect)
