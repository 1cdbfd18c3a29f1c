"""`image`: from `image.toml` to an image that was tried."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path

from installer.cli.context import Context
from installer.image.actions import Step, carry_out
from installer.image.build import Journal, alone, build, remaining
from installer.image.junit import junit
from installer.image.layout import Layout, layout_for
from installer.image.looks.asking import Image
from installer.image.plan import LOCK, ROOT, Sources, plan
from installer.image.prewarm import forget_reading, manifest, read_since, trace
from installer.image.soundness import LOOKS, checks
from installer.image.spec import Spec, judge, load_spec, refuse_impossible
from installer.image.wheel_lock import refuse_another_lock
from installer.outputs import write_output
from launcher import errors

LONGEST_TRACE_S = 3600.0
HELP = "the image that the fleet starts from: can it work, make it, try it"


def add_arguments(parser: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    """What to do with which spec."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, words in (
        ("check", "can it work, and why not"),
        ("build", "make it, in the image builder"),
        ("test", "try it, as the session's user"),
    ):
        action = actions.add_parser(name, help=words, parents=[common])
        action.add_argument("spec", type=Path, metavar="image.toml")
        if name != "check":
            action.add_argument("--root", default="", metavar="DIR", help="a prefix instead of the machine itself")
            action.add_argument("--test-shim", action="store_true", help="for the test suite only: see docs/tools.md")
        if name == "build":
            action.add_argument("--wheel", type=Path, metavar="FILE", help="the launcher's wheel; `supply` makes it")
            action.add_argument("--winfsp", type=Path, metavar="FILE", help="the installer of WinFsp (Windows)")
            action.add_argument("--only", nargs="+", metavar="STEP", help="these steps alone")
            action.add_argument("--again", action="store_true", help="every step, also those that are done")
        if name == "test":
            action.add_argument("--junit", type=Path, metavar="FILE")
            action.add_argument("--only", nargs="+", metavar="CHECK", choices=list(LOOKS), help="these checks alone")
    tracing = actions.add_parser("trace", help="list what a program opens in its first minute", parents=[common])
    tracing.add_argument("-o", dest="file", type=Path, required=True, metavar="FILE")
    tracing.add_argument("--seconds", type=_seconds, default=60.0, metavar="S", help="how long to watch; 60 without it")
    tracing.add_argument("--below", nargs="+", type=Path, default=[], metavar="DIR", help="what is read there, too")
    tracing.add_argument("--add", action="store_true", help="to what FILE lists already")
    tracing.add_argument("program", nargs="*", metavar="PROGRAM", help="and its arguments; the launcher without one")


def _seconds(text: str) -> float:
    """A time that comes to an end."""
    if not 0 < float(text) <= LONGEST_TRACE_S:
        raise ValueError(text)
    return float(text)


def run(context: Context) -> None:
    """Do it."""
    _ACTIONS[context.arguments.action](context)


def _check(context: Context) -> None:
    found = judge(load_spec(context.arguments.spec))
    for one in found if not context.as_json else ():
        mark = {True: "ok ", False: "NO ", None: "?  "}[one.ok]
        context.line(f"{mark} {one.what}: {one.why}")
    if any(one.ok is False for one in found):
        context.codes.append(errors.NotDone.exit_code)
    if context.as_json:
        context.document({"verdicts": [asdict(one) for one in found], "ok": all(one.ok is not False for one in found)})


def _build(context: Context) -> None:
    spec = load_spec(context.arguments.spec)
    for one in refuse_impossible(spec):
        context.say(f"?   {one.what}: {one.why}")
    layout = _layout(context, spec)
    steps = _chosen(plan(spec, layout, _sources(context)), context.arguments.only)
    journal = _journal(context, layout)
    if context.dry_run:
        for step in remaining(steps, journal):
            context.document(step.to_json())
        return
    _refuse_elsewhere(spec)
    os.umask(0o022)  # root's own may be stricter, and everybody starts what is built here
    with alone(journal.path.parent):
        build(steps, journal, carry_out, context.document)
    context.say(f"Done: {len(steps)} steps. Now `pose-admin image test` as the session's user.")


def _layout(context: Context, spec: Spec) -> Layout:
    """A prefix by its full path: it is written into what is built."""
    root = context.arguments.root
    return layout_for(windows=spec.is_windows, root=str(Path(root).resolve()) if root and not spec.is_windows else root)


def _sources(context: Context) -> Sources:
    wheel = context.arguments.wheel or next(iter(sorted((ROOT / "dist").glob("pose_launcher-*.whl"))), None)
    if wheel is None:
        raise errors.BadUsage(
            title="The launcher's wheel is missing",
            hint="Make it with `pose-admin supply -o dist`, or name it with --wheel.",
        )
    refuse_another_lock(wheel, LOCK)
    return Sources(wheel, context.loaded.path, context.arguments.winfsp, context.arguments.test_shim)


def _chosen(steps: list[Step], only: list[str] | None) -> list[Step]:
    names = [step.name for step in steps]
    if unknown := [name for name in only or () if name not in names]:
        raise errors.BadUsage(", ".join(unknown), title="There is no such step", hint=f"Steps are: {', '.join(names)}.")
    return [step for step in steps if not only or step.name in only]


def _journal(context: Context, layout: Layout) -> Journal:
    path = Path(layout.in_home("build.json"))
    return Journal(path) if context.arguments.again else Journal.read(path)


def _refuse_elsewhere(spec: Spec) -> None:
    if spec.is_windows != (sys.platform == "win32"):
        raise errors.BadUsage(
            spec.system, title="This image is built on its own system", hint="Here only --dry-run shows its plan."
        )


def _test(context: Context) -> None:
    spec = load_spec(context.arguments.spec)
    image = Image(_layout(context, spec), spec, dict(os.environ), context.arguments.test_shim)
    rows = []
    for check, seconds in checks(image, context.arguments.only or list(LOOKS)):
        rows.append((check, seconds))
        if check.ok:
            context.say(f"ok  {check.name}: {check.message} ({seconds:.1f} s)")
        else:
            context.problem(
                errors.NotDone(f"{check.name}: {check.message}", title="The image is not sound", hint=check.hint)
            )
    if context.arguments.junit:
        write_output(context.arguments.junit, junit("image", rows))
    if context.as_json:
        told = [{**asdict(check), "seconds": round(seconds, 3)} for check, seconds in rows]
        context.document({"checks": told, "ok": all(check.ok for check, _ in rows)})


def _trace(context: Context) -> None:
    given = context.arguments
    command = given.program or [sys.executable, "-P", "-m", "launcher"]
    forget_reading(given.below)
    found = trace(command, given.seconds, context.say)
    found.update(read_since(given.below))
    if given.add and given.file.is_file():
        found.update(given.file.read_text(encoding="utf-8").splitlines())
    text = manifest(found, windows=sys.platform == "win32")
    if not context.dry_run:
        write_output(given.file, text)
    context.say(f"{text.count(chr(10))} files are listed.")


_ACTIONS = {"check": _check, "build": _build, "test": _test, "trace": _trace}
