"""`tools`: the pose tools' own locked environments."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from launcher import errors
from launcher.cli.context import EVERY_S, Context, in_words
from launcher.runs.environments import Environments, Row, row_of, tools_root
from launcher.tools import TOOLS, tool

if TYPE_CHECKING:
    from launcher.runs.uv_program import Progress

# What installs and checks is imported where it is used: every other command imports this module too.

HELP = "the pose tools' own locked environments"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which tools."""
    ids = ", ".join(known.tool_id for known in TOOLS)
    parser.add_argument("action", nargs="?", default="list", choices=tuple(_ACTIONS))
    parser.add_argument("tools", nargs="*", metavar="ID", help=f"one or more of: {ids}")
    parser.add_argument("--version", help="only this version (check, remove)")
    parser.add_argument("--test-shim", action="store_true", help="for the test suite only: see docs/tools.md")


def run(context: Context) -> None:
    """Do it, tool by tool; one that fails does not stop the others."""
    ids, action = context.arguments.tools, context.arguments.action
    environments = Environments(tools_root(context.desk.setup.state.path, os.environ))
    if action == "list":
        wanted = {tool(tool_id).tool_id for tool_id in ids}
        rows = [row.to_json() for row in environments.listed() if not wanted or row.id in wanted]
    else:
        rows = _each(context, ids, lambda tool_id: _ACTIONS[action](context, environments, tool_id))
    if context.as_json:
        context.document({"tools": rows})
        return
    for row in rows:
        _tell(context, row)


def _each(context: Context, ids: list[str], act: Callable[[str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    if not ids:
        raise errors.BadUsage(
            title="No pose tool was named", hint=f"Name one: {', '.join(known.tool_id for known in TOOLS)}."
        )
    rows: list[dict[str, Any]] = []
    for tool_id in ids:
        try:
            rows += act(tool(tool_id).tool_id)
        except errors.LauncherError as exc:
            context.problem(exc)
            rows.append(Row(tool_id, tool_id, message=exc.title).to_json())
    return rows


def _install(context: Context, environments: Environments, tool_id: str) -> list[dict[str, Any]]:
    from launcher.runs.install import Telling, install

    if context.arguments.dry_run:
        return [_would_install(environments, tool_id, test_shim=context.arguments.test_shim)]
    began = time.monotonic()
    telling = Telling(context.say, _Progress(context, tool_id))
    made = install(tool_id, environments, telling, test_shim=context.arguments.test_shim)
    context.say(f"{tool_id} {made.version} is installed: {in_words(made.size)}, {time.monotonic() - began:.0f} s.")
    return [row_of(made, tool(tool_id).title).to_json()]


def _would_install(environments: Environments, tool_id: str, *, test_shim: bool) -> dict[str, Any]:
    from launcher.runs.install import plan_for
    from launcher.runs.pip_settings import pip_settings

    plan = plan_for(tool_id, environments.root, pip_settings(), test_shim=test_shim)
    message = f"would be installed in {plan.goal.folder}, {in_words(plan.needed_bytes)} at most. {plan.chosen.message}"
    return Row(tool_id, tool(tool_id).title, plan.goal.version, message=message.strip()).to_json()


def _check(context: Context, environments: Environments, tool_id: str) -> list[dict[str, Any]]:
    from launcher.runs.check import check

    checked = check(environments.require(tool_id, context.arguments.version), tool(tool_id))
    if not checked.ok:
        context.codes.append(errors.ToolFailed.exit_code)
    return [checked.to_json()]


def _remove(context: Context, environments: Environments, tool_id: str) -> list[dict[str, Any]]:
    from launcher.runs.install import Telling, remove

    title, version = tool(tool_id).title, context.arguments.version
    if context.arguments.dry_run:
        found = environments.require(tool_id, version)
        return [{**row_of(found, title).to_json(), "message": f"would be removed: {found.folder}"}]
    gone = remove(tool_id, version, environments, Telling(context.say))
    return [Row(tool_id, title, one.version, message="removed").to_json() for one in gone]


def _lock(context: Context, environments: Environments, tool_id: str) -> list[dict[str, Any]]:
    from launcher.runs.make_locks import make_locks

    del environments
    if context.arguments.dry_run:
        raise errors.BadUsage(title="`tools lock` has no dry run", hint="Nothing was changed.")
    for file in make_locks(tool_id, context.say):
        context.say(f"Written: {file.name}")
    return [Row(tool_id, tool(tool_id).title, message="locked anew").to_json()]


_ACTIONS: Mapping[str, Callable[[Context, Environments, str], list[dict[str, Any]]]] = {
    "list": lambda *_: [],
    "install": _install,
    "check": _check,
    "remove": _remove,
    "lock": _lock,
}


class _Progress:
    """An installation's progress on one line now and then, and at every new step."""

    def __init__(self, context: Context, name: str) -> None:
        self._context, self._name, self._step, self._told_at = context, name, "", 0.0

    def __call__(self, progress: Progress) -> None:
        """Tell it, if there is something new."""
        now = time.monotonic()
        if progress.step == self._step and now - self._told_at < EVERY_S:
            return
        self._step, self._told_at = progress.step, now
        self._context.say(f"{self._name}: {progress_in_words(progress)}")


def progress_in_words(progress: Progress) -> str:
    """How far it is, in numbers where there are some."""
    if not progress.large:
        return progress.step
    done, size = in_words(progress.bytes_done), in_words(progress.bytes)
    return f"{progress.step}; {progress.large_done} of {progress.large} large downloads, {done} of {size}"


def _tell(context: Context, row: Mapping[str, Any]) -> None:
    """One line for a person."""
    size = in_words(row["bytes"]) if row["bytes"] else ""
    context.line(f"{row['title']:15} {row['version'] or '':8} {size:8} {row['message']}".rstrip())
