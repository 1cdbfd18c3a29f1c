"""Whoever sits at the image: no rights, nothing to change for others, no secret to find."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from installer.image.layout import Layout
from installer.image.looks.asking import Image, Seen, is_privileged

LARGEST_TEXT = 1_000_000
#: Access keys of AWS, private keys, the words in front of a secret, and an address with a password in it.
SECRET = re.compile(
    rb"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
    rb"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    rb"|(?i:(?:aws_)?secret_access_key|aws_session_token)\s*=\s*[^\s#]"
    rb"|(?m:^[^#;\n]*\bhttps?://[^\s/:@]+:[^\s/:@]+@)"
)
#: Variables that would put keys into every program of every session.
SECRET_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def unprivileged(image: Image) -> Seen:
    """The rest says nothing if root looks."""
    del image
    words = "looked at by root or an administrator" if is_privileged() else "looked at without rights"
    return not is_privileged(), words, "Run it as the session's user."


def nothing_writable(image: Image) -> Seen:
    """What runs for others cannot be changed by the session's user, nor the folders that it lies in."""
    open_ones = [str(path) for path in _runs_for_others(image.layout) if _may_write(path)]
    hint = "Its owner has to be root or Administrators, and nobody else may write."
    return not open_ones, ", ".join(open_ones[:3]) or "nothing", hint


def _runs_for_others(layout: Layout) -> Iterator[Path]:
    tops = [Path(layout.home), Path(layout.scripts), Path(layout.site).parent]
    if not layout.windows:
        tops += [Path(layout.at("etc", "profile.d")), Path(layout.at("etc", "appstream"))]
        tops.append(Path(layout.at("usr", "share", "applications")))
    root = Path(str(layout.root))
    above = {folder for top in tops for folder in top.parents if folder.is_relative_to(root) and folder != root}
    yield from sorted(folder for folder in above if folder.exists())
    for top in tops:
        yield from _below(top)


def _may_write(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    if stat.S_ISLNK(mode):
        return False
    return bool(mode & stat.S_IWOTH) or (not is_privileged() and os.access(path, os.W_OK))


def _below(root: Path) -> Iterator[Path]:
    if root.exists():
        yield root
        for folder, names, files in os.walk(root):
            yield from (Path(folder, name) for name in (*names, *files))


def no_secret(image: Image) -> Seen:
    """No key is baked in: whoever gets the image would have it."""
    found = [name for name in SECRET_VARIABLES if image.environ.get(name)]
    found += [str(path) for path in _where_people_write(image.layout, image.environ) if _has_secret(path)]
    return not found, ", ".join(found[:3]) or "none", "Take it out, and make it useless: it may have been seen."


def _where_people_write(layout: Layout, environ: Mapping[str, str]) -> Iterator[Path]:
    """Everything that is not a package, which came by its hash."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "/nonexistent")
    tops = [Path(layout.site).parent, Path(layout.scripts), home / ".aws", home / ".config" / "rclone"]
    tops += [Path(layout.at(*parts)) for parts in (("etc",), ("root", ".aws"), ("root", ".config"))]
    yield from (path for top in dict.fromkeys(tops) for path in _below(top))
    program = Path(layout.home)
    if program.is_dir():
        yield from program.iterdir()


def _has_secret(path: Path) -> bool:
    try:
        return path.is_file() and bool(SECRET.search(_beginning(path)))
    except OSError:
        return False


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_TEXT)
