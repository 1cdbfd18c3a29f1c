"""`session`: who, stack, fleet, image, home prefix, time left, and which limit comes first.

`session start` and `session end` are what the service's session scripts run (`resources/session_scripts/`).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from launcher.cli.context import Context
from launcher.cli.deadline import seconds, started
from launcher.config.plain import typed

HELP = "who is here, where, and for how long"
_OF_ITS_OWN = ("limits", "first", "warning", "idle", "clock", "notices")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """To tell, or to begin or end it."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("last", "start", "end"),
        help="how the last one ended; or what a session script does",
    )
    parser.add_argument("--deadline", metavar="S", type=seconds, default=55.0, help="end before so many seconds (55)")


def run(context: Context) -> None:
    """Say what is known, or do the work of a session script; each imports what it needs, and no more."""
    if context.arguments.action == "start" and context.arguments.dry_run:
        context.would("The site's mounts and the saver would be started.")
    elif context.arguments.action == "start":
        from launcher.desk.session_script import begin

        context.desk.loaded.path  # noqa: B018 - without a catalogue nothing can be started, and that is said
        context.codes += begin(context.desk, _teller(context))
        if context.as_json:
            _tell(context)
    elif context.arguments.action == "end" and context.arguments.dry_run:
        from launcher.cli.watch import tell_rehearsal

        tell_rehearsal(context)
    elif context.arguments.action == "end":
        from launcher.cli.finish import tell_end
        from launcher.desk.session_script import end

        tell_end(context, end(context.desk, context.arguments.deadline, started(), _teller(context)))
    elif context.arguments.action == "last":
        _tell_last(context)
    else:
        _tell(context)


def _teller(context: Context) -> Callable[[str], None]:
    """Where the lines of a session script go: its log, or beside the one document that a program reads."""
    return context.say if context.as_json else context.line


def _tell_last(context: Context) -> None:
    from launcher.desk.last_session import last_session

    last = last_session(context.desk)
    if context.as_json:
        context.document({"last": last})
    elif last is None:
        context.say("There was no session before this one.")
    else:
        context.line(f"The session {last['session']} ended {last['state']} at {last['ended']}.")
        context.named("Not saved:", [(f"{row['project']}/{row['path']}", row["cause"]) for row in last["missing"]])
        for project in last["projects"]:
            context.line(
                f"continue with: pose-launcher open {typed(project['uri'])}{' (here)' if project['here'] else ''}"
            )


def _tell(context: Context) -> None:
    facts = context.desk.session()
    if facts["idle"]:
        from launcher.desk.staying import foresee

        facts["idle"] = foresee(context.desk)
    if context.as_json:
        context.document(facts)
        return
    for name, value in facts.items():
        if name not in _OF_ITS_OWN:
            context.line(f"{name:14} {value or 'not known'}")
    _tell_ends(context, facts)
    for notice in facts["notices"]:
        context.say(notice)


def _tell_ends(context: Context, facts: dict[str, Any]) -> None:
    for limit in facts["limits"]:
        context.line(f"{limit['name']:14} ends {limit['ends']}, in {limit['seconds_left'] // 60} minutes")
    if facts["idle"]:
        context.line(f"{'idle':14} disconnects at {facts['idle']['strikes']} if nobody touches keyboard or mouse")
        for run in facts["idle"]["running"]:
            context.line(f"{'':14} {run['tool']} runs on {run['project']}, which does not count as work")
        saved = "will be saved by then" if facts["idle"]["saved_by_then"] else "may not be saved by then: save now"
        context.line(f"{'':14} {facts['idle']['unsaved_files']} unsaved files {saved}")
    if facts["warning"] and facts["warning"]["level"] != "none":
        context.line(facts["warning"]["words"])
