"""All that is particular to one pose tool, one file each; a third tool is a file and a line here."""

from __future__ import annotations

import sys
from importlib import import_module

from launcher.errors import BadUsage
from launcher.tools.deeplabcut import DeepLabCut
from launcher.tools.lightning_pose import LightningPose
from launcher.tools.protocol import PoseTool
from launcher.tools.sleap import Sleap

_TEXT_READERS = ("config_paths", "dlc_card", "dlc_config", "lp_card", "lp_config", "soundness")
_READERS = (
    *_TEXT_READERS, "carried_arrays", "carried_hdf5", "dlc_frames", "dlc_poses", "dlc_writing", "hdf5_ranges",
    "progress", "slp_card", "slp_frames", "slp_poses", "slp_rewrite", "training_curves",
)  # fmt: skip
#: What takes most of the time in which a process gets ready, and is no use for text.
_BEYOND_TEXT = ("numpy", "h5py")

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


def load_text_readers() -> None:
    """The same for text alone; what needs more than that ends as a `ModuleNotFoundError` from then on."""
    for name in _BEYOND_TEXT:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python is told that there is no such module
    for name in _TEXT_READERS:
        import_module(f"launcher.tools.{name}")
