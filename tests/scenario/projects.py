"""Projects for the data bucket, with every kind of file that staging and saving treat differently."""

from __future__ import annotations

from random import Random

#: Just above the size from which files go in blocks and parts.
LARGE = 70 * 1024 * 1024
VIDEO = "videos/mouse.mp4"
LARGE_MODEL = "dlc-models-pytorch/iteration-0/reach-trainset95shuffle1/train/snapshot-200.pt"

_CONFIG = """\
# Project definitions (do not edit)
Task: reaching
scorer: Ada
date: Jan31
multianimalproject: false
project_path: /home/ada/reaching   # change when moving around
engine: pytorch
video_sets:
  /home/ada/reaching/videos/mouse.mp4:
    crop: 0, 640, 0, 480
bodyparts:
- paw
- wrist
skeleton: []
pcutoff: 0.4
"""
_NETWORK = """\
metadata:
  project_path: /home/ada/reaching
  pose_config_path: /home/ada/reaching/dlc-models-pytorch/iteration-0/reach-trainset95shuffle1/train/pytorch_config.yaml
  bodyparts: [paw, wrist]
net_type: resnet_50
"""
_CSV = "scorer,Ada,Ada\nbodyparts,paw,paw\ncoords,x,y\n" + "".join(
    f"labeled-data/mouse/img{number:03}.png,{number}.5,2.5\n" for number in range(50)
)


def reaching(seed: int, *, large_model: bool = False, large_video: bool = False) -> dict[str, bytes]:
    """A DeepLabCut project of about sixty files; the large ones are left out unless they are asked for."""
    chance = Random(seed)
    network = LARGE_MODEL.rpartition("/")[0]
    files = {
        "config.yaml": _CONFIG.encode(),
        f"{network}/pytorch_config.yaml": _NETWORK.encode(),
        f"{network}/learning_stats.csv": b"step,loss\n1,0.5\n",
        "labeled-data/mouse/CollectedData_Ada.csv": _CSV.encode(),
        VIDEO: chance.randbytes(LARGE if large_video else 300_000),
        LARGE_MODEL: chance.randbytes(LARGE if large_model else 200_000),
    }
    frames = {f"labeled-data/mouse/img{number:03}.png": png(chance, 4_000 * (number + 1)) for number in range(54)}
    return {**files, **frames}


def png(chance: Random, size: int) -> bytes:
    """Something that begins and ends as a picture does, which is what makes a picture whole for the program."""
    return b"\x89PNG\r\n\x1a\n" + chance.randbytes(size) + b"IEND\xaeB`\x82"
