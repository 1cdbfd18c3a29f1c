"""The values of a pickle that holds nothing but plain values, read operation by operation: nothing is unpickled.

pandas keeps the names of a table's columns that way. Whatever looks a name up, or calls it, is refused.
"""

from __future__ import annotations

import pickletools
from typing import Any

from launcher.errors import Damaged
from launcher.tools.pickled import may_run_code

_MARK = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_PUTS, _GETS = ("PUT", "BINPUT", "LONG_BINPUT"), ("GET", "BINGET", "LONG_BINGET")
_EMPTY = {"EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_DICT": dict}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def plain_value(data: bytes, subject: str) -> Any:
    """The lists, tuples, texts and numbers in it; raises `Damaged` for anything else."""
    if may_run_code(data):
        raise Damaged(subject, title="The column names of this table are more than names, and were not read")
    try:
        return _Reader().read(data)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as exc:
        raise Damaged(subject, title="The column names of this table cannot be read", detail=repr(exc)[:200]) from exc


class _Reader:
    """A stack and a memory, as the format has them."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memory: dict[int, Any] = {}

    def read(self, data: bytes) -> Any:
        for operation, argument, _ in pickletools.genops(data):
            if operation.name == "STOP":
                return self._stack.pop()
            self._step(operation.name, argument)
        raise ValueError("no end")

    def _step(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name in ("PROTO", "FRAME"):
            return
        if name == "MARK":
            stack.append(_MARK)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name == "MEMOIZE":
            self._memory[len(self._memory)] = stack[-1]
        elif name in _PUTS:
            self._memory[int(argument)] = stack[-1]
        elif name in _GETS:
            stack.append(self._memory[int(argument)])
        elif not self._gather(name):
            if argument is None:
                raise ValueError(name)
            stack.append(argument)

    def _gather(self, name: str) -> bool:
        """What takes values from the stack; False for an operation that brings one."""
        stack = self._stack
        if name in ("LIST", "TUPLE"):
            values = self._since_mark()
            stack.append(values if name == "LIST" else tuple(values))
        elif name in _TUPLES:
            count = _TUPLES[name]
            stack[-count:] = [tuple(stack[-count:])]
        elif name == "APPEND":
            value = stack.pop()
            stack[-1].append(value)
        elif name == "APPENDS":
            values = self._since_mark()
            stack[-1].extend(values)
        elif name in ("DICT", "SETITEM", "SETITEMS"):
            self._fill(name)
        else:
            return False
        return True

    def _fill(self, name: str) -> None:
        values = [self._stack.pop(-2), self._stack.pop()] if name == "SETITEM" else self._since_mark()
        pairs = dict(zip(values[::2], values[1::2], strict=True))
        if name == "DICT":
            self._stack.append(pairs)
        else:
            self._stack[-1].update(pairs)

    def _since_mark(self) -> list[Any]:
        at = len(self._stack) - 1 - self._stack[::-1].index(_MARK)
        values = self._stack[at + 1 :]
        del self._stack[at:]
        return values
