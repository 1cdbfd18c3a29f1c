"""Is the image sound? Named checks, carried out as the session's own user, who has no rights."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from installer.findings import Check
from installer.image.layout import Layout
from installer.image.spec import Spec
from launcher import errors
from launcher.config.site import load_site

WITHIN_S = 600
LARGEST_TEXT = 1_000_000
#: Access keys of AWS, private keys, and the words in front of a secret.
SECRET = re.compile(
    rb"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
    rb"|-----BEGIN [A-Z ]*PRIVATE KEY-----|aws_secret_access_key\s*=\s*\S"
)


@dataclass(frozen=True, slots=True)
class Image:
    """What is looked at: the layout, what should be in it, and who looks."""

    layout: Layout
    spec: Spec
    environ: Mapping[str, str]

    def ask(self, *words: str, within_s: float = WITHIN_S) -> subprocess.CompletedProcess[str]:
        """The launcher on the image, in a state dir that is thrown away."""
        with tempfile.TemporaryDirectory(prefix="image-test-") as folder:
            command = [self.layout.program, *words, "--state-dir", folder]
            return _answer(command, {**self.environ, "POSE_LAUNCHER_TOOLS_DIR": self.layout.tools}, within_s)


def _answer(command: list[str], environ: Mapping[str, str], within_s: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no end within {within_s:g} s")
    except OSError as exc:
        return subprocess.CompletedProcess(command, 127, "", str(exc))


Look = Callable[[Image], tuple[bool, str, str]]


def unprivileged(image: Image) -> tuple[bool, str, str]:
    """The rest says nothing if root looks."""
    del image
    return (
        not _is_root(),
        "looked at by root" if _is_root() else "looked at without rights",
        "Run it as the session's user.",
    )


def launcher_starts(image: Image) -> tuple[bool, str, str]:
    """The program that the catalogue starts."""
    done = image.ask("--version")
    return done.returncode == 0, (done.stdout or done.stderr).strip()[-200:], "Run the build again."


def tools_work(image: Image) -> tuple[bool, str, str]:
    """Each tool imports, sees what GPU there is, and makes one prediction."""
    if not image.spec.tools:
        return True, "none is asked for", ""
    done = image.ask("tools", "check", *image.spec.tool_ids, "--json")
    try:
        rows = json.loads(done.stdout)["tools"]
        said = "; ".join(f"{row['title']} {row['version']}: {row['message']}" for row in rows)
        blind = [row["title"] for row in rows if row["gpu"] is False]
    except (ValueError, KeyError, TypeError):
        return False, done.stderr.strip()[-300:], "Run the build again."
    if blind and _has_gpu(image):
        return (
            False,
            f"{', '.join(blind)} cannot use the GPU that is here",
            "See the table of `pose-admin image check`.",
        )
    return done.returncode == 0, said, "Run the build again."


def _has_gpu(image: Image) -> bool:
    try:
        return bool(json.loads(image.ask("gpu", "--json").stdout)["devices"])
    except (ValueError, KeyError):
        return False


def round_trip(image: Image) -> tuple[bool, str, str]:
    """Seen, brought, changed, saved, verified, on a real S3 server of this machine."""
    done = image.ask("demo", "--headless", "--json")
    try:
        steps = json.loads(done.stdout)["steps"]
    except (ValueError, KeyError):
        return False, done.stderr.strip()[-300:], "Run `pose-launcher demo --headless` by hand."
    failed = [step["name"] for step in steps if not step["ok"]]
    return done.returncode == 0 and not failed, ", ".join(failed) or f"{len(steps)} steps", "See the step named."


def session_scripts(image: Image) -> tuple[bool, str, str]:
    """Both end in their time and with 0, whatever they find."""
    folder = Path(image.layout.scripts)
    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError) as exc:
        return False, str(exc), "Run the build again."
    said = []
    for event in ("SessionStart", "SessionTermination"):
        rows = {key.lower(): value for key, value in config[event].items()}
        for row in rows["executables"]:
            low = {key.lower(): value for key, value in row.items()}
            script = folder / Path(low["filename"].replace("\\", "/")).name
            began = time.monotonic()
            done = _answer([str(script), image.layout.program], image.environ, rows["waitingtime"])
            took = time.monotonic() - began
            said.append(f"{script.name} {took:.1f} s")
            if done.returncode or took > rows["waitingtime"]:
                return False, f"{said[-1]}, exit {done.returncode}", "See its log in the state dir."
    return True, ", ".join(said), ""


def nothing_writable(image: Image) -> tuple[bool, str, str]:
    """What runs for others cannot be changed by the session's user."""
    roots = [image.layout.home, image.layout.scripts, str(Path(image.layout.site).parent)]
    open_ones = [str(path) for root in roots for path in _below(Path(root)) if _may_write(path)]
    hint = "Its owner has to be root or Administrators, and nobody else may write."
    return not open_ones, ", ".join(open_ones[:3]) or "nothing", hint


def _may_write(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    if stat.S_ISLNK(mode):
        return False
    return bool(mode & stat.S_IWOTH) or (not _is_root() and os.access(path, os.W_OK))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _below(root: Path) -> Iterator[Path]:
    if root.exists():
        yield root
        for folder, names, files in os.walk(root):
            yield from (Path(folder, name) for name in (*names, *files))


def no_secret(image: Image) -> tuple[bool, str, str]:
    """No key is baked in: whoever gets the image would have it."""
    home = Path(image.environ.get("HOME") or image.environ.get("USERPROFILE") or "/nonexistent")
    roots = [
        Path(image.layout.site).parent,
        Path(image.layout.scripts),
        home / ".aws",
        Path(image.layout.at("etc", "skel")),
    ]
    roots += [Path(image.layout.at("etc", "profile.d")), Path(image.layout.at("root", ".aws"))]
    found = [str(path) for root in roots for path in _below(root) if _has_secret(path)]
    return not found, ", ".join(found[:3]) or "none", "Take it out, and make it useless: it may have been seen."


def _has_secret(path: Path) -> bool:
    try:
        return path.is_file() and bool(SECRET.search(path.read_bytes()[:LARGEST_TEXT]))
    except OSError:
        return False


def site_file(image: Image) -> tuple[bool, str, str]:
    """Read as the launcher reads it."""
    try:
        site = load_site(Path(image.layout.site)).site
    except errors.LauncherError as exc:
        return False, str(exc), exc.hint
    told = [] if site.broker.url else ["no broker: people are apart by convention only"]
    return True, "; ".join([f"{len(site.bucket)} buckets", *told]), ""


def mounting(image: Image) -> tuple[bool, str, str]:
    """The program that mounts, and the system's part of it."""
    if not image.spec.mounts:
        return True, "not asked for", ""
    rclone = Path(image.layout.program).with_name("rclone.exe" if image.layout.windows else "rclone")
    driver = (
        Path(r"C:\Program Files (x86)\WinFsp").is_dir() if image.layout.windows else bool(shutil.which("fusermount3"))
    )
    hint = "WinFsp is missing." if image.layout.windows else "fuse3 is missing: the step `packages` brings it."
    return rclone.is_file() and driver, f"rclone {'is' if rclone.is_file() else 'is not'} there", hint


def fonts(image: Image) -> tuple[bool, str, str]:
    """Words in the window need at least one."""
    if image.layout.windows:
        return True, "Windows has its own", ""
    done = _answer(["fc-list"], image.environ, 60)
    count = len(done.stdout.splitlines())
    return count > 0, f"{count} fonts", "Install dejavu-sans-fonts."


def language(image: Image) -> tuple[bool, str, str]:
    """Names that are not English need a UTF-8 locale."""
    if image.layout.windows:
        return True, "Windows has its own", ""
    names = _answer(["locale", "-a"], image.environ, 60).stdout.lower().split()
    good = [name for name in names if "utf8" in name or "utf-8" in name]
    return bool(good), ", ".join(good[:3]), "Install glibc-langpack-en."


def heavy_sync(image: Image) -> tuple[bool, str, str]:
    """The service's Linux connector leaves large files half-sent without it."""
    if image.layout.windows:
        return True, "Linux alone has it", ""
    file = Path(image.layout.at("etc", "appstream", "appstream.conf"))
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    is_on = re.search(r"^\[storage\][^\[]*^heavy_sync\s*=\s*1\s*$", text, re.MULTILINE) is not None
    return is_on, "on" if is_on else "off", "Run the build again."


#: In the order in which they are made; the quick ones first.
LOOKS: dict[str, Look] = {
    "unprivileged": unprivileged,
    "site-file": site_file,
    "nothing-writable": nothing_writable,
    "no-secret": no_secret,
    "heavy-sync": heavy_sync,
    "fonts": fonts,
    "language": language,
    "mounting": mounting,
    "launcher-starts": launcher_starts,
    "session-scripts": session_scripts,
    "round-trip": round_trip,
    "tools-work": tools_work,
}


def checks(image: Image, names: list[str]) -> Iterator[tuple[Check, float]]:
    """Each with the seconds that it took; one that breaks is a finding and stops nothing."""
    for name in names:
        began = time.monotonic()
        try:
            ok, message, hint = LOOKS[name](image)
        except (OSError, errors.LauncherError) as exc:
            ok, message, hint = False, str(exc), ""
        yield Check(name, ok, message, "" if ok else hint), time.monotonic() - began
