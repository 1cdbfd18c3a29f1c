"""How a model of a comparison is to be trained: the table `[model.train]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict

from launcher.compare.spec_fields import FILE, LocalFile, Words
from launcher.config.site import Entry
from launcher.tools import tool
from launcher.tools.running import network_of

#: Pixels of a picture between two of a network's map; 0 leaves it to the tool.
STRIDES = (0, 1, 2, 4, 8, 16, 32)


class Training(Entry):
    """How a model is to be trained here, before it is judged."""

    tool: Literal["sleap", "deeplabcut"] = Field(description='"sleap" or "deeplabcut"')
    project: LocalFile = Field(description="the project to train in: a folder of DeepLabCut, a .slp of SLEAP")
    epochs: int = Field(default=200, ge=1, le=100_000, description="a whole number of epochs")
    batch: int = Field(default=4, ge=1, le=1024, description="frames at once, a whole number")
    scale: float = Field(default=1.0, gt=0, le=1, description="size of the pictures, above 0 and at most 1")
    steps: int = Field(default=0, ge=0, description="SLEAP: least steps of an epoch; 0 for its own default")
    stride: int = Field(
        default=0,
        ge=0,
        le=32,
        description="pixels of the scaled picture between two of the map, a power of two; 0: the tool's own",
    )
    rate: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="the learning rate at first, in steps downwards; 0: the tool's own schedule",
    )
    augmentation: Literal["own", "alike"] = Field(
        default="own",
        description='"own" for the tool\'s own, or "alike": turned by any angle, 0.9 to 1.1 times as large',
    )
    network: Words = Field(default="", description="the tool's name of a network, as resnet_50 or convnext_tiny")
    pretrained: bool = Field(default=False, description="true to begin with pretrained weights")
    weights: LocalFile | None = Field(default=None, description=f"a folder with pretrained weights: {FILE}")
    seeds: Annotated[tuple[int, ...], Strict(False), Field(max_length=50)] = Field(
        default=(1,), description="a list of whole numbers, a training for each"
    )


def no_network(how: Training) -> str:
    """What is wrong with the network that a training names, and which there are; empty if nothing is."""
    networks = tool(how.tool).networks
    if network_of(networks, how.network, pretrained=how.pretrained) is not None:
        return ""
    named = ", ".join(one.name for one in networks if one.has_weights or not how.pretrained)
    begin = " with pretrained weights" if how.pretrained else ""
    return f"none of {tool(how.tool).title}{begin}; allowed is {named}"
