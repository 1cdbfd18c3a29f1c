"""`python -m launcher`: the window without a command, else the command."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` looks for modules in the working folder first, which may be a project's, with a `torch.py` in it.
    del sys.path[0]

from collections.abc import Sequence

#: The exit code of `errors.INTERRUPTED`, known before anything is imported.
_INTERRUPTED = 130
#: New objects until Python looks for rings among them, 700 if nobody says otherwise: what a command knows of thousands
#: of files has none, and to look for them was a tenth of a save.
_COLLECT_AFTER = 200_000
#: Flags that may come without a command, and whether a value follows.
_OF_THE_WINDOW = {"--site": True, "--state-dir": True}


def is_for_window(words: Sequence[str]) -> bool:
    """Is nothing asked for but the window, with another site or state dir at most?"""
    rest = list(words)
    while rest:
        name, _, value = rest.pop(0).partition("=")
        if name not in _OF_THE_WINDOW:
            return False
        if not value and _OF_THE_WINDOW[name]:
            if not rest:
                return False
            rest.pop(0)
    return True


def main() -> int:
    """The program's entry. Neither side pays for the imports of the other."""
    _say_nothing_without_a_console()
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # else it asks every installed package whether it has one
    codes: list[int] = []
    atexit.register(_last, codes)  # as the first one, it is called last
    try:
        if is_for_window(sys.argv[1:]):
            gc.disable()  # the window takes the collector's turns itself; before it is there, nothing can be taken back
            from launcher.app import main as run
        else:
            gc.set_threshold(_COLLECT_AFTER)
            # Told to end by the system, a command ends as it does by Ctrl-C: what it holds is given back.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            from launcher.cli.main import main as run
        codes.append(run())
    except KeyboardInterrupt:  # while it begins or ends; in between, the command has its own words
        sys.stderr.write("Interrupted. What was done so far is kept; run the command again to go on.\n")
        _tell_a_program()
        codes.append(_INTERRUPTED)
    finally:
        gc.freeze()  # Python looks through everything once more at its end, and all of it ends anyway
    _end_as_told(codes[0])
    return codes[0]


def _end_as_told(code: int) -> None:
    """Whoever asks for the end from now on, while Python tidies up, gets the code of what was done."""
    _flush()
    for told in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(told) is not signal.SIG_IGN:
            signal.signal(told, lambda *_: os._exit(code))


def _last(codes: list[int]) -> None:
    """Python would end by the signal itself that comes now.

    It would by Ctrl-C, too, after one that was caught, if that came while a class was made from a text, as many are.
    """
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, signal.SIG_IGN)
    _flush()
    if codes == [_INTERRUPTED]:
        os._exit(_INTERRUPTED)


def _flush() -> None:
    try:
        sys.stdout.flush()
    except (OSError, ValueError):  # nobody reads any more: Python would say so at its end, and by a code of its own
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - open to the end


def _tell_a_program() -> None:
    """Whoever asked for JSON gets some, also of a command that had not yet begun."""
    if "--json" in sys.argv[1:]:
        from launcher.command_line import print_problem
        from launcher.errors import Interrupted

        print_problem(Interrupted())


def _say_nothing_without_a_console() -> None:
    """Started by a click on Windows there is nowhere to write to, and Python has no stream at all."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115 - open to the end
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115


if __name__ == "__main__":
    sys.exit(main())
