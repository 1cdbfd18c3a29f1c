"""What this computer offers: room and speed on its disk, names and links, a screen, fonts, a locale, a GPU, fences."""

from __future__ import annotations

import contextlib
import locale
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from launcher import errors
from launcher.desk.checks.check import Advice
from launcher.projects.disk_errors import disk_error
from launcher.projects.stage_plan import in_words

if TYPE_CHECKING:
    from launcher.desk.desk import Desk
    from launcher.gpu.look import Look

_LITTLE_SPACE = 5 * 10**9
_TRIED_BYTES, _SLOW_BYTES_PER_S = 16 * 2**20, 20 * 10**6
#: Training folders of DeepLabCut are that deep below a project.
_DEEP = 220


def disk(root: Path) -> str:
    """Room for projects, and how fast it takes them."""
    free = shutil.disk_usage(root).free
    try:
        seconds = _written_in(root)
    except OSError as exc:
        raise disk_error(exc, root) from exc
    speed = _TRIED_BYTES / max(seconds, 1e-6)
    if free < _LITTLE_SPACE:
        raise errors.LocalDisk(
            root, title=f"Only {in_words(free)} are free", hint="Free some space before bringing large projects."
        )
    words = f"{in_words(free)} free at {root}, {in_words(int(speed))} a second"
    if speed < _SLOW_BYTES_PER_S:
        raise Advice(f"this disk is slow: {words}", "Bringing projects takes long. Ask your admin for another disk.")
    return words


def _written_in(root: Path) -> float:
    file = root / f".speed-{secrets.token_hex(4)}"
    block = os.urandom(2**20)
    began = time.monotonic()
    try:
        with file.open("xb") as opened:
            for _ in range(_TRIED_BYTES // len(block)):
                opened.write(block)
            opened.flush()
            os.fsync(opened.fileno())
        return time.monotonic() - began
    finally:
        file.unlink(missing_ok=True)


def path_length(root: Path) -> str:
    """Can files lie as deep below a project as the tools put them?"""
    name = "d" * 70
    top = root / f".deep-{secrets.token_hex(4)}"
    deepest = top / name / name / name
    try:
        deepest.mkdir(parents=True)
        (deepest / "file.txt").write_bytes(b"x")
    except OSError as exc:
        raise errors.LocalDisk(
            root,
            title=f"Paths that are {_DEEP} characters longer than this one do not work here",
            hint="Ask your admin to set LongPathsEnabled in the image, or for a shorter [scratch] dir.",
            detail=str(exc),
        ) from exc
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return f"paths up to {len(str(deepest)) + 9} characters work"


def links(root: Path, make: Callable[[Path, Path], None] = os.symlink) -> str:
    """May we make symbolic links? The tools' environments are smaller with them; nothing else needs any."""
    link = root / f".link-{secrets.token_hex(4)}"
    try:
        make(root, link)
    except OSError as exc:
        raise Advice(
            f"links cannot be made ({exc.strerror})", "Environments of the tools take more room then."
        ) from exc
    finally:
        with contextlib.suppress(OSError):
            link.unlink(missing_ok=True)
    return "links can be made"


def display(environ: Mapping[str, str], *, in_a_stream: bool) -> str:
    """A screen for the window and the tools."""
    from launcher.runs.screen import check_display

    if not environ.get("DISPLAY") and sys.platform != "win32" and not in_a_stream:
        raise Advice("there is no screen here", "Commands work; the window and the pose tools need a desktop session.")
    check_display(environ)
    return environ.get("DISPLAY") or "the desktop of this session"


#: Where fonts lie on the systems that we run on.
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", r"C:\Windows\Fonts")


def fonts(folders: Iterable[str] = FONT_FOLDERS) -> str:
    """Letters to show."""
    there = (Path(folder).expanduser() for folder in folders)
    count = sum(1 for folder in there if folder.is_dir() for file in folder.rglob("*") if _is_font(file))
    if not count:
        raise Advice(
            "no fonts are installed", "The window may show boxes for letters. Ask your admin for a font package."
        )
    return f"{count} fonts"


def _is_font(file: Path) -> bool:
    return file.suffix.lower() in (".ttf", ".otf", ".ttc", ".pfb")


def language(environ: Mapping[str, str]) -> str:
    """The locale that the tools will be started with: does it exist, and can it write every name?"""
    named = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if sys.platform == "win32":
        return locale.getlocale()[0] or "the system's own"
    if named not in ("", "C", "POSIX") and not _exists(named):
        raise errors.NotDone(
            named, title="This locale is not installed", hint="Ask your admin to install it, or to set LANG=C.UTF-8."
        )
    if named and "UTF-8" not in named.upper().replace("UTF8", "UTF-8"):
        raise Advice(f"{named} cannot write every name", "Ask your admin to set LANG=C.UTF-8.")
    return named or "the system's own"


def _exists(named: str) -> bool:
    """Asked of the system without changing ours, which belongs to the whole process."""
    import ctypes

    library = ctypes.CDLL(None)
    library.newlocale.restype = ctypes.c_void_p
    library.newlocale.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
    library.freelocale.argtypes = (ctypes.c_void_p,)
    ctype_mask = 1 << locale.LC_CTYPE
    made = library.newlocale(ctype_mask, named.encode("utf-8", "surrogateescape"), None)
    if made:
        library.freelocale(made)
    return bool(made)


#: Without a GPU everything works, slowly; these say that there should be one.
_BROKEN = ("driver_mismatch", "no_permission", "stuck", "unreadable", "lost", "torch_cannot_use")
_ABSENT = ("no_driver", "no_device")


def gpu(look: Look, instance_type: str) -> str:
    """The driver's answer; missing altogether, it is a fault only on a machine that was rented for its GPU."""
    code, reason = look.verdict.code.value, look.verdict.reason
    if code in _BROKEN or (code in _ABSENT and ".graphics." in instance_type):
        raise errors.NotDone(title=reason, hint="Your data is safe. Start a new session, or tell your admin.")
    if code in _ABSENT:
        raise Advice(reason, "Labelling works; training on the processor takes long.")
    return reason


def fence(desk: Desk) -> str:
    """Is whatever opens other people's files shut in?"""
    fences = desk.parsers.fences()
    if not fences["hook"]:
        raise errors.NotDone(title="The parser process could reach out")
    return "no network, limited memory" if fences["network"] else "no network namespace here, Python's guard is on"
