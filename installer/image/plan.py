"""From the spec to the steps of a build: one recipe for both systems, a pure function of spec, layout and sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from installer.image.actions import Action, Run, Setting, Step, Write, copy_of
from installer.image.layout import Layout
from installer.image.snapshot import snapshot_steps
from installer.image.spec import Spec
from installer.system_packages import WINDOW, packages_of

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"
#: The launcher's own lock: beside the program in a checkout, inside it where a wheel brought it.
LOCK = next(file for file in (ROOT / "requirements.lock", RESOURCES / "requirements.lock") if file.is_file())
#: fuse3 lets people mount; the fonts and the language are what the window and the pose tools draw with; the image's own
#: tests look at windows on a screen of their own.
LINUX_PACKAGES = (
    *("python3.11", "python3.11-pip", "fuse3", "lsof", "dejavu-sans-fonts", "fontconfig", "glibc-langpack-en"),
    "xorg-x11-server-Xvfb",
)
#: `nobody` on every Linux: the tests of an image are made by somebody without any right.
NOBODY = "65534"
WINFSP = "winfsp.msi"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is brought along: the wheel, the site file, and on Windows the installer of WinFsp."""

    wheel: Path
    site: Path
    winfsp: Path | None = None
    #: For the test suite alone, where only a CPU torch is at hand.
    test_shim: bool = False


def plan(spec: Spec, layout: Layout, sources: Sources) -> list[Step]:
    """Every step, in order. In a prefix the machine's own steps are left out: packages, registry, catalogue, image."""
    steps = [*_packages(spec, layout, sources), *_launcher(layout, sources), *_tools(spec, layout, sources)]
    steps += [_site(layout, sources), _session_scripts(layout), *_settings(layout), _menu(spec, layout)]
    steps += _tests(spec, layout, sources)
    if layout.is_machine:
        steps += snapshot_steps(spec, layout)
    return steps


def _packages(spec: Spec, layout: Layout, sources: Sources) -> Iterator[Step]:
    if not layout.is_machine:
        return
    if not layout.windows:
        names = [*LINUX_PACKAGES, *packages_of("dnf", WINDOW)]
        yield Step(
            "packages", "Python, mounting, and the X libraries that Qt loads", (Run(("dnf", "install", "-y", *names)),)
        )
    elif spec.mounts and sources.winfsp:
        place = layout.in_home(WINFSP)
        install = Run(("msiexec", "/i", place, "/qn", "/norestart"))
        yield Step("packages", "the driver that mounting needs", (copy_of(sources.winfsp, place), install))


def _launcher(layout: Layout, sources: Sources) -> Iterator[Step]:
    """One environment of Python, with exactly what the lock names, and the wheel of this commit."""
    lock, wheel = layout.in_home("requirements.lock"), layout.in_home(sources.wheel.name)
    pip = (layout.python, "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check")
    locked = ("--require-hashes", "--only-binary", ":all:", "--no-deps", "--requirement", lock)
    python = ("py", "-3.11") if layout.windows else ("python3.11",)
    actions: list[Action] = [
        Run((*python, "-I", "-m", "venv", layout.home)),
        copy_of(LOCK, lock),
        copy_of(sources.wheel, wheel),
        Run((*pip, *locked)),
        Run((*pip, "--no-deps", "--no-index", "--force-reinstall", wheel)),
    ]
    if layout.windows:
        shell = ("cmd.exe", "/d", "/c")
        actions.append(Run((*shell, "if", "not", "exist", layout.in_home("bin"), "mkdir", layout.in_home("bin"))))
        for program in (layout.program, layout.window):
            made = layout.in_home("Scripts", PureWindowsPath(program).name)
            actions.append(Run((*shell, "copy", "/y", made, program)))
    yield Step("launcher", "the program, per machine and by hashes", tuple(actions))


def _tools(spec: Spec, layout: Layout, sources: Sources) -> Iterator[Step]:
    shim = ("--test-shim",) if sources.test_shim else ()
    for tool in spec.tool_ids:
        install = Run((layout.program, "tools", "install", tool, *shim), {"POSE_LAUNCHER_TOOLS_DIR": layout.tools})
        yield Step(f"tool {tool}", "its own environment, from the launcher's lock", (install,))
    if spec.tools:
        yield Step("downloads", "installed they are of no use, and uv lets everybody write its locks", _away(layout))


def _away(layout: Layout) -> tuple[Action, ...]:
    cache = layout.in_home("tools", "cache")
    if layout.windows:
        return (Run(("cmd.exe", "/d", "/c", "if", "exist", cache, "rmdir", "/s", "/q", cache)),)
    return Run(("rm", "-rf", "--", cache)), Run(("chmod", "-R", "go-w", layout.tools))


def _site(layout: Layout, sources: Sources) -> Step:
    return Step("site file", "what the launcher offers", (copy_of(sources.site, layout.site),))


def _session_scripts(layout: Layout) -> Step:
    folder = RESOURCES / "session_scripts" / ("windows" if layout.windows else "linux")
    kind = layout.scripts
    actions = [copy_of(file, _join(layout, kind, file.name), _mode(file)) for file in sorted(folder.iterdir())]
    return Step("session scripts", "mounts and saver at the start, everything saved at the end", tuple(actions))


def _join(layout: Layout, folder: str, name: str) -> str:
    return f"{folder}\\{name}" if layout.windows else f"{folder}/{name}"


def _mode(file: Path) -> int:
    return 0o755 if file.suffix == ".sh" else 0o644


def _settings(layout: Layout) -> Iterator[Step]:
    """What everybody's session finds set; nothing of it is a secret, and nobody but root may change it."""
    if not layout.windows:
        heavy = Setting(layout.at("etc", "appstream", "appstream.conf"), "storage", "heavy_sync", "1")
        yield Step("heavy sync", "without it large files reach the Home Folder's bucket inconsistently", (heavy,))
        variables = f"export POSE_LAUNCHER_TOOLS_DIR='{layout.tools}'\n"
        profile = Write(layout.at("etc", "profile.d", "pose-launcher.sh"), variables)
        yield Step("variables", "where the pose tools are", (profile,))
    elif layout.is_machine:
        key = r"HKLM\SYSTEM\CurrentControlSet\Control\FileSystem"
        long_paths = Run(("reg", "add", key, "/v", "LongPathsEnabled", "/t", "REG_DWORD", "/d", "1", "/f"))
        yield Step("long paths", "projects nest deeper than 260 characters", (long_paths,))
        tools = Run(("setx", "/m", "POSE_LAUNCHER_TOOLS_DIR", layout.tools))
        yield Step("variables", "where the pose tools are", (tools,))


def _menu(spec: Spec, layout: Layout) -> Step:
    """Entries with an icon in the menu and on everybody's desktop, for the desktop view."""
    icon = copy_of(RESOURCES / "icons" / "pose-launcher.png", layout.in_home("pose-launcher.png"))
    why = f"an entry in the menu and on the desktop ({spec.view} view)"
    if layout.windows:
        text = f"[InternetShortcut]\r\nURL=file:///{layout.window}\r\nIconFile={layout.window}\r\nIconIndex=0\r\n"
        folders = (("ProgramData", "Microsoft", "Windows", "Start Menu", "Programs"), ("Users", "Public", "Desktop"))
        entries = [Write(layout.at(*folder, "Pose Launcher.url"), text) for folder in folders]
        return Step("menu", why, (icon, *entries))
    entry = (
        "[Desktop Entry]\nType=Application\nName=Pose Launcher\nComment=SLEAP and DeepLabCut projects\n"
        f"Exec={layout.window}\nIcon={icon.path}\nTerminal=false\nCategories=Science;\n"
    )
    menu = Write(layout.at("usr", "share", "applications", "pose-launcher.desktop"), entry)
    # A new person's home is made from the skeleton; GNOME starts from the desktop only what may be executed.
    desktop = Write(layout.at("etc", "skel", "Desktop", "pose-launcher.desktop"), entry, 0o755)
    return Step("menu", why, (icon, menu, desktop))


def _tests(spec: Spec, layout: Layout, sources: Sources) -> Iterator[Step]:
    """The named checks by somebody without rights and without anything of root's; one that fails ends the build.

    On Windows nobody can become another account without its password: there the test user starts them.
    """
    if layout.windows:
        return
    file, junit = layout.in_home("image.toml"), layout.at("var", "tmp", "pose-image-test.xml")
    own = Run(("install", "-D", "-m", "0644", "-o", NOBODY, "/dev/null", junit))
    without_rights = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    clean = ("env", "-i", "--chdir=/", "PATH=/usr/bin:/bin", "HOME=/nonexistent", "LANG=C.UTF-8", "xvfb-run", "-a")
    test = (layout.in_home("bin", "pose-admin"), "image", "test", file, "--junit", junit)
    prefix = () if layout.is_machine else ("--root", str(layout.root))
    shim = ("--test-shim",) if sources.test_shim else ()
    yield Step(
        "tests",
        "what is not sound does not become an image",
        (Write(file, _as_toml(spec)), own, Run((*without_rights, *clean, *test, *prefix, *shim))),
    )


def _as_toml(spec: Spec) -> str:
    """The spec as it was understood: text that is no more than names."""
    rows = spec.model_dump(by_alias=True, mode="json")
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in rows.items())
