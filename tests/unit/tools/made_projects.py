"""Projects made for the tests, and a folder seen as the program sees a bucket: names, sizes, and counted ranges."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from launcher.tools.protocol import Candidate, Card, Listed, Listing, PoseTool

DATA = Path(__file__).parents[4] / "shared" / "data"

CONFIG = """\
# Project definitions (do not edit)
Task: reaching
scorer: Ada
date: Jan31
multianimalproject:
identity:

project_path: /home/ada/reaching-Ada-2024-01-31   # change when moving around
engine: pytorch

video_sets:
  /home/ada/reaching-Ada-2024-01-31/videos/left.mp4:
    crop: 0, 640, 0, 480
  'C:\\data\\right side.avi':
    crop: 10, 20, 30, 40
bodyparts:
- paw
- wrist
skeleton:
- - paw
  - wrist
start: 0
"""

CSV = """\
scorer,Ada,Ada,Ada,Ada
bodyparts,paw,paw,wrist,wrist
coords,x,y,x,y
labeled-data/left/img1.png,1.5,2.5,,
labeled-data/left/img2.png,,,,
labeled-data/left/img3.png,,,3.0,4.0
"""

FRAMES = np.dtype(
    [
        ("frame_id", "u8"),
        ("video", "u4"),
        ("frame_idx", "u8"),
        ("instance_id_start", "u8"),
        ("instance_id_end", "u8"),
    ]
)
INSTANCES = np.dtype(
    [
        ("instance_id", "i8"),
        ("instance_type", "u1"),
        ("frame_id", "u8"),
        ("score", "f4"),
        ("point_id_start", "u8"),
        ("point_id_end", "u8"),
    ]
)
POINTS = np.dtype([("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")])


class CountedReads:
    """Ranges of the files below a folder, and how much was read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.bytes = 0
        self.calls = 0

    def __call__(self, path: str, start: int, length: int) -> bytes:
        with (self._folder / path).open("rb") as file:
            file.seek(start)
            data = file.read(length)
        self.bytes += len(data)
        self.calls += 1
        return data


def listing_of(folder: Path) -> Listing:
    files = (path for path in folder.rglob("*") if path.is_file())
    return Listing(Listed(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files)


def candidates(tool: PoseTool, folder: Path) -> dict[str, Candidate]:
    return {candidate.marker: candidate for candidate in tool.candidates(listing_of(folder))}


def recognised(tool: PoseTool, folder: Path, marker: str) -> bool:
    candidate = candidates(tool, folder)[marker]
    return tool.recognise(candidate, (folder / marker).stat().st_size, CountedReads(folder))


def card_of(tool: PoseTool, folder: Path, marker: str, reads: Callable[[Path], CountedReads] = CountedReads) -> Card:
    candidate = candidates(tool, folder)[marker]
    return tool.card(candidate, listing_of(folder).below(candidate.folder), reads(folder / candidate.folder))


def members_of(tool: PoseTool, folder: Path, marker: str) -> Sequence[str]:
    candidate = candidates(tool, folder)[marker]
    below = listing_of(folder).below(candidate.folder)
    return tool.members(candidate, below, tool.card(candidate, below, CountedReads(folder / candidate.folder)))


def codes(card: Card) -> dict[str, str]:
    return {health.code: health.message for health in card.health}


def files(folder: Path, contents: Mapping[str, str | bytes]) -> Path:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def pandas_h5(path: Path, values: Sequence[Sequence[float]], attribute: bytes = b"(lp0\n.") -> None:
    """A table as pandas writes it, its column names a pickle in an attribute."""
    array = np.array(values, dtype="f8")
    rows = np.zeros(len(array), dtype=[("index", "S40"), ("values_block_0", "f8", (array.shape[1],))])
    rows["values_block_0"] = array
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["non_index_axes"] = np.bytes_(attribute)
        table = group.create_dataset("table", data=rows, chunks=(4,), maxshape=(None,))
        table.attrs["values_block_0_kind"] = np.bytes_(attribute)


def described(nodes: Sequence[str] = ("A", "B"), **more: Any) -> str:
    body = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]}
    symmetry = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [2]}]}
    links = [
        {"source": 0, "target": 1, "type": body, "edge_insert_idx": 0},
        {"source": 1, "target": 0, "type": symmetry},
        {"source": 1, "target": 0, "type": {"py/id": 2}},
    ]
    skeleton = {"graph": {"name": "S"}, "nodes": [{"id": at} for at in range(len(nodes))], "links": links}
    named = [{"name": name, "weight": 1.0} for name in nodes]
    return json.dumps({"version": "2.0.0", "skeletons": [skeleton], "nodes": named, **more})


def slp(path: Path, kinds: Sequence[Sequence[int]] = ((0,),), videos: Sequence[Any] = (), **options: Any) -> Path:
    """A SLEAP file with these instances (0 a person's, 1 a model's) in each frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = [kind for frame in kinds for kind in frame]
    starts = np.cumsum([0, *map(len, kinds)])
    frames, instances = np.zeros(len(kinds), FRAMES), np.zeros(len(flat), INSTANCES)
    frames["instance_id_start"], frames["instance_id_end"] = starts[:-1], starts[1:]
    instances["instance_type"] = flat
    frames["frame_idx"] += options.get("number", 0)
    with h5py.File(path, "w", userblock_size=options.get("userblock", 0)) as file:
        metadata = file.create_group("metadata")
        metadata.attrs["format_id"] = 1.2
        metadata.attrs["json"] = np.bytes_(options.get("json", described()))
        chunks = options.get("chunks")
        file.create_dataset("frames", data=frames, chunks=chunks, maxshape=(None,))
        file.create_dataset("instances", data=instances, chunks=chunks, maxshape=(None,))
        file.create_dataset("points", data=np.zeros(flat.count(0), POINTS), maxshape=(None,))
        file.create_dataset("pred_points", data=np.zeros(flat.count(1), POINTS), maxshape=(None,))
        texts = [video if isinstance(video, str) else json.dumps(video, separators=(",", ":")) for video in videos]
        if options.get("variable"):
            file.create_dataset("videos_json", data=texts, dtype=h5py.string_dtype(), maxshape=(None,))
        else:
            file.create_dataset("videos_json", data=np.array([text.encode() for text in texts], dtype="S"))
    return path


def contents(path: Path) -> dict[str, Any]:
    """Everything in an HDF5 file except the texts about videos."""
    found: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        attributes = {
            key: np.asarray(value).tobytes() for key, value in item.attrs.items() if "source_video" not in name
        }
        found[name] = attributes
        if isinstance(item, h5py.Dataset) and name != "videos_json":
            found[name] = (attributes, item.shape, item.dtype, item.maxshape, item.chunks, item[()].tobytes())

    with h5py.File(path, "r") as file:
        visit("/", file)
        file.visititems(visit)
    return found


def video_texts(path: Path) -> list[str]:
    with h5py.File(path, "r") as file:
        return [text.decode() for text in file["videos_json"][()]]
