"""The last steps of a build: the catalogue with what is read ahead, and the image itself, by the Image Assistant."""

from __future__ import annotations

from collections.abc import Iterator

from installer.image import assistant
from installer.image.actions import Run, Step
from installer.image.layout import Layout
from installer.image.spec import Spec

APPLICATION = "PoseLauncher"


def snapshot_steps(spec: Spec, layout: Layout) -> list[Step]:
    """After them the builder stops; a build into a prefix has none of them."""
    return [_catalogue(spec, layout), *_image(spec, layout)]


def _catalogue(spec: Spec, layout: Layout) -> Step:
    """The launcher in the service's catalogue of applications, with its icon and what to read ahead."""
    add = (
        *_assistant(layout), "add-application", "--name", APPLICATION, "--absolute-app-path", layout.window,
        "--display-name", spec.title or "Pose Launcher", "--absolute-icon-path", layout.in_home("pose-launcher.png"),
        "--absolute-manifest-path", layout.in_home("prewarm.txt"),
    )  # fmt: skip
    actions = (*_traces(spec, layout), Run(add, expect="image assistant"))
    return Step("catalogue", "people find it in the stream; its files are read ahead", actions)


def _traces(spec: Spec, layout: Layout) -> Iterator[Run]:
    """The launcher's first minute, then each pose tool up to its first prediction: libraries and all of torch's."""
    command = (layout.python, "-I", "-m", "installer", "image", "trace", "-o", layout.in_home("prewarm.txt"))
    trace = (*command, "--below", layout.home)
    screen = () if layout.windows else ("xvfb-run", "-a")
    yield Run((*trace, "--", *screen, layout.window))
    for tool in spec.tool_ids:
        check = ("--add", "--seconds", "180", "--", layout.program, "tools", "check", tool)
        yield Run((*trace, *check), {"POSE_LAUNCHER_TOOLS_DIR": layout.tools})


def _image(spec: Spec, layout: Layout) -> Iterator[Step]:
    create = (*_assistant(layout), "create-image", "--name", spec.name, "--use-latest-agent-version")
    title = ("--display-name", spec.title) if spec.title else ()
    dry = Run((*create, *title, "--dry-run"), expect="image assistant")
    yield Step("image, dry run", "the Image Assistant says what is missing before anything is snapshotted", (dry,))
    yield Step("image", "the builder stops and becomes an image", (Run((*create, *title), expect="image assistant"),))


def _assistant(layout: Layout) -> tuple[str, ...]:
    """On Linux it wants root; which of its documents is right about that is not known, so both forms do."""
    return (assistant.WINDOWS,) if layout.windows else ("sudo", "-n", assistant.LINUX)
