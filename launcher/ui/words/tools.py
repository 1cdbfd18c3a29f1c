"""How the pose tools are called."""

from __future__ import annotations

#: How the tools are called on a badge; a tool that is not here is shown by its id.
TOOL_TITLES = {"deeplabcut": "DeepLabCut", "sleap": "SLEAP", "lightning_pose": "Lightning Pose"}


def tool_title(tool_id: str) -> str:
    """The name that people use."""
    return TOOL_TITLES.get(tool_id, tool_id)
