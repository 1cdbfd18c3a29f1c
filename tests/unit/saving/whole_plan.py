"""A plan of all files at once, in dictionaries: what is decided of each as they come by is to agree with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from launcher.journal import Item, Stat
from launcher.saving.plan import NOTHING_TO_SEND, FileState, Rules
from launcher.tools.protocol import PoseTool


@dataclass(slots=True)
class Plan:
    """Paths by what is to be done with them; `upload` is in order of importance."""

    states: dict[str, FileState] = field(default_factory=dict)
    upload: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    by_reference: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)


def plan_save(
    items: Mapping[str, Item], here: Mapping[str, Stat], tool: PoseTool, exclude: Sequence[str], home: str
) -> Plan:
    """Decide for every file on disk. What is gone from the disk is left alone in S3: nothing is ever deleted there."""
    plan, rules = Plan(), Rules(tool, exclude, home)
    for path, stat in here.items():
        state = rules.state(path, items.get(path), stat)
        if state is None:
            plan.excluded.append(path)
            continue
        plan.states[path] = state
        if state in NOTHING_TO_SEND:
            plan.unchanged.append(path)
        elif state is FileState.REFERENCE:
            plan.by_reference.append(path)
        else:
            plan.upload.append(path)
    plan.upload = rules.in_order((path, here[path].size) for path in sorted(plan.upload))
    return plan
