"""What windows and names need of the system: a screen, fonts, a language, mounting, the service's own settings."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from installer.image.looks.asking import Image, Seen, answer, complaint, document

#: The smallest that the window is made for, and what a stream's screen may say of itself.
LEAST_SIZE, DPI = (1024, 768), (72.0, 300.0)
_A_MINUTE = 60.0


def screen(image: Image) -> Seen:
    """Large enough, at a resolution that letters can be drawn at, as Qt itself sees it."""
    with image.session() as session:
        probe = [image.layout.python, "-I", "-m", "installer.image.screen_probe"]
        done = answer(probe, session.environ, _A_MINUTE)
    seen = document(done)
    if done.returncode or not isinstance(seen, dict):
        return False, complaint(done), "It needs a screen: look in the session's desktop, or start it with xvfb-run -a."
    words = f"{seen['width']} x {seen['height']}, {seen['dpi']:.0f} dpi at {seen['scale'] * 100:.0f} %"
    large = (seen["width"], seen["height"]) >= LEAST_SIZE and seen["height"] >= LEAST_SIZE[1]
    readable = DPI[0] <= seen["dpi"] <= DPI[1]
    return large and readable, words, "The window is made for 1024 x 768 and more, 72 to 300 dpi."


def fonts(image: Image) -> Seen:
    """Words in the window need at least one."""
    if image.layout.windows:
        return True, "Windows has its own", ""
    done = answer(["fc-list"], image.environ, _A_MINUTE)
    count = len(done.stdout.splitlines())
    return count > 0, f"{count} fonts", "Install dejavu-sans-fonts."


def language(image: Image) -> Seen:
    """Names that are not English need a UTF-8 locale, and the one that a session asks for has to be there."""
    if image.layout.windows:
        return True, "Windows has its own", ""
    names = answer(["locale", "-a"], image.environ, _A_MINUTE).stdout.split()
    good = [name for name in names if _spelt(name).endswith("utf8")]
    asked = image.environ.get("LC_ALL") or image.environ.get("LANG") or ""
    if asked and _spelt(asked) not in {_spelt(name) for name in names}:
        return False, f"{asked} is asked for and not there", "Install glibc-langpack-en, or set another LANG."
    return bool(good), f"{asked or 'no LANG is set'}; {', '.join(good[:3])}", "Install glibc-langpack-en."


def _spelt(name: str) -> str:
    return name.lower().replace("utf-8", "utf8")


def mounting(image: Image) -> Seen:
    """The program that mounts, and the system's part of it, as far as a session's user may use them."""
    if not image.spec.mounts:
        return True, "not asked for", ""
    rclone = Path(image.layout.program).with_name("rclone.exe" if image.layout.windows else "rclone")
    done = answer([str(rclone), "version"], image.environ, _A_MINUTE)
    if done.returncode:
        return False, complaint(done), "Run the build again."
    version = done.stdout.splitlines()[0] if done.stdout else "rclone"
    if image.layout.windows:
        return Path(r"C:\Program Files (x86)\WinFsp").is_dir(), version, "WinFsp is missing: build with --winfsp FILE."
    return bool(shutil.which("fusermount3")), version, "fuse3 is missing: the step `packages` brings it."


def heavy_sync(image: Image) -> Seen:
    """The service's Linux connector leaves large files half-sent without it."""
    if image.layout.windows:
        return True, "Linux alone has it", ""
    file = Path(image.layout.at("etc", "appstream", "appstream.conf"))
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    is_on = re.search(r"^\[storage\][^\[]*^heavy_sync\s*=\s*1\s*$", text, re.MULTILINE) is not None
    return is_on, "on" if is_on else "off", "Run the build again."
