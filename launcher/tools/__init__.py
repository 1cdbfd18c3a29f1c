"""All that is particular to one pose tool, one file each; a third tool is a file and a line here."""

from __future__ import annotations

from importlib import import_module

from launcher.errors import BadUsage
from launcher.tools.deeplabcut import DeepLabCut
from launcher.tools.lightning_pose import LightningPose
from launcher.tools.protocol import PoseTool
from launcher.tools.sleap import Sleap

_READERS = (
    "carried_arrays", "carried_hdf5", "config_paths", "dlc_card", "dlc_config", "dlc_frames", "dlc_poses",
    "dlc_writing", "hdf5_ranges", "lp_card", "lp_config", "progress", "slp_card", "slp_frames", "slp_poses",
    "slp_rewrite", "soundness", "training_curves",
)  # fmt: skip

TOOLS: tuple[PoseTool, ...] = (DeepLabCut(), Sleap(), LightningPose())


def tool(tool_id: str) -> PoseTool:
    """The pose tool of that id."""
    for known in TOOLS:
        if known.tool_id == tool_id:
            return known
    names = ", ".join(known.tool_id for known in TOOLS)
    raise BadUsage(tool_id, title="There is no such pose tool", hint=f"Known: {names}.")


def load_readers() -> None:
    """Import what opens files now, for a process that may not import later; elsewhere that waits for the first need."""
    for name in _READERS:
        import_module(f"launcher.tools.{name}")
