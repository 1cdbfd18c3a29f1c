"""Could unpickling some bytes run code? Their operations are read one by one, and nothing is ever carried out."""

from __future__ import annotations

import re

#: More than this is no name, axis or index; nobody's table needs it.
MAX_BYTES, MAX_OPERATIONS = 8 * 1024 * 1024, 1_000_000
#: Operations that only put numbers, texts and containers together. All else looks names up, or calls what it found.
_PLAIN = re.compile(
    r"PROTO|FRAME|MARK|STOP|POP|POP_MARK|DUP|((LONG_)?BIN)?(PUT|GET)|MEMOIZE"
    r"|NONE|NEWTRUE|NEWFALSE|INT|BININT[12]?|LONG[14]?|(BIN)?FLOAT"
    r"|(SHORT_)?(BIN)?(STRING|UNICODE|BYTES)|BIN(UNICODE|BYTES)8|BYTEARRAY8"
    r"|(EMPTY_)?(LIST|TUPLE|DICT)|TUPLE[123]|EMPTY_SET|FROZENSET|APPENDS?|SETITEMS?|ADDITEMS"
)


def may_run_code(data: bytes) -> bool:
    """Whether anything but plain values is in a pickle; what cannot be read to its end counts as code."""
    import pickletools  # only where a file is looked into: the window must not wait for it

    if len(data) > MAX_BYTES:
        return True
    if is_a_line_of_text(data):
        return False
    try:
        for number, (operation, _, _) in enumerate(pickletools.genops(data)):
            if not _PLAIN.fullmatch(operation.name) or number > MAX_OPERATIONS:
                return True
    except Exception:  # noqa: BLE001 - an unpickler may get further than this reader before it stumbles
        return True
    return False


def is_a_line_of_text(data: bytes) -> bool:
    """Plain words can end in a full stop as a pickle does; but what finds code in a pickle takes more than one line."""
    return data.isascii() and data.decode("ascii").isprintable()
