"""Which pose tools can open a project, judged by what kind it is. Pure."""

from __future__ import annotations

from typing import Any

from launcher.config.plain import typed
from launcher.errors import BadUsage
from launcher.tools import TOOLS, tool
from launcher.tools.protocol import PoseTool


def may_open(tool_id: str, project_tool: str) -> bool:
    """May this tool open a project of that kind? One that is a single file never is one that is a folder."""
    return tool_id == project_tool or (
        tool(tool_id).is_one_file == tool(project_tool).is_one_file
        and bool(set(tool(tool_id).markers) & set(tool(project_tool).markers))
    )


#: Between which kinds of projects labels and predictions can be carried: from, to.
CONVERTED = frozenset({("deeplabcut", "sleap"), ("sleap", "deeplabcut")})


def choices(project_tool: str) -> list[dict[str, Any]]:
    """Every tool but the project's own, and why it cannot open such a project."""
    own = tool(project_tool)
    return [
        {
            "tool": one.tool_id,
            "title": one.title,
            "opens": opens,
            "why": "" if opens else _why(own, one),
            "copies": (own.tool_id, one.tool_id) in CONVERTED,
        }
        for one in TOOLS
        if one is not own
        for opens in (may_open(one.tool_id, own.tool_id),)
    ]


def cannot_open(name: object, where: object, own: PoseTool, wanted: PoseTool) -> BadUsage:
    """The refusal, with what makes a project that the tool can open."""
    return BadUsage(
        name,
        title=_why(own, wanted),
        hint=f"Nothing was started. `pose-launcher convert {typed(where)} --to {wanted.tool_id}` makes a "
        f"project of it that {wanted.title} can open.",
    )


def _why(own: PoseTool, wanted: PoseTool) -> str:
    return f"This is a {own.title} project, and {wanted.title} cannot open it"
