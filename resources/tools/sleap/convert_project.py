"""Labels and predictions between SLEAP's files and plain JSON, through sleap-io.

    python -I convert_project.py write TRANSFER.json OUT.slp
    python -I convert_project.py read FILE.slp OUT_FOLDER

Runs in SLEAP's environment, so it may use only what is there. `write` makes a `.slp` (labels with their pictures
inside, predictions beside their video) and reads it again; `read` writes `transfer.json` and the labelled frames as
PNG. The last line on standard output is JSON with what was done; what a person should be told is a line on standard
error that begins with "pose-launcher:".
"""

# ruff: noqa: INP001, T201 - run by its path in another environment, never imported

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

REFUSED = 20
#: Two coordinates that are nearer than this are the same.
SAME_PX = 0.01


def refuse(text: object) -> NoReturn:
    """End with a line that says why."""
    sys.stderr.write(f"pose-launcher: {' '.join(str(text).split())}\n")
    raise SystemExit(REFUSED)


# From JSON to SLEAP


def write(source: Path, out: Path) -> dict[str, Any]:
    """A `.slp` from a transfer, and what it reads as afterwards."""
    import sleap_io as sio

    transfer = json.loads(source.read_text(encoding="utf-8"))
    skeleton = skeleton_of(transfer)
    tracks = [sio.Track(name) for name in transfer["individuals"]]
    videos, frames = [], []
    for told in transfer["videos"]:
        try:
            video = sio.Video.from_filename(told["files"] if told["is_pictures"] else told["files"][0])
        except Exception as error:  # noqa: BLE001 - whatever keeps a picture from being read is told
            refuse(f"a picture or video cannot be read: {error}")
        videos.append(video)
        frames += [frame_of(transfer, frame, video, skeleton, tracks) for frame in told["frames"]]
    labels = sio.Labels(labeled_frames=frames, videos=videos, skeletons=[skeleton], tracks=tracks)
    labels.save(str(out), embed=bool(transfer["embed"]), verbose=False)
    return checked(transfer, sio.load_slp(str(out)))


def skeleton_of(transfer: dict[str, Any]) -> Any:
    """The body parts in their own order; sleap-io's own reader of DeepLabCut would sort them by name."""
    import sleap_io as sio

    skeleton = sio.Skeleton(nodes=[sio.Node(name) for name in transfer["parts"]], name="Skeleton-0")
    for one, other in transfer["edges"]:
        skeleton.add_edge(one, other)
    return skeleton


def frame_of(transfer: dict[str, Any], frame: dict[str, Any], video: Any, skeleton: Any, tracks: list[Any]) -> Any:
    """One frame with its animals."""
    import numpy as np
    import sleap_io as sio

    animals: list[Any] = []
    for number, points in enumerate(frame["points"]):
        xy = np.array(points, float)
        if not np.isfinite(xy).any():
            continue
        track = tracks[number] if tracks else None
        if transfer["predicted"]:
            score = frame["scores"][number]
            score = score if score is not None and np.isfinite(score) else 0.0
            each = np.where(np.isfinite(xy).all(axis=1), score, 0.0)
            animal: Any = sio.PredictedInstance.from_numpy(
                xy, skeleton=skeleton, point_scores=each, score=score, track=track
            )
        else:
            animal = sio.Instance.from_numpy(xy, skeleton=skeleton, track=track)
        animals.append(animal)
    return sio.LabeledFrame(video=video, frame_idx=frame["number"], instances=animals)


def checked(transfer: dict[str, Any], labels: Any) -> dict[str, Any]:
    """Compare what was written with what was to be written, by SLEAP's own reader."""
    if labels.skeleton.node_names != transfer["parts"]:
        refuse(f"the body parts came out as {labels.skeleton.node_names}")
    wanted = [frame for video in transfer["videos"] for frame in video["frames"]]
    if len(labels) != len(wanted):
        refuse(f"{len(labels)} frames came out of {len(wanted)}")
    worst = max((difference(found, frame) for found, frame in zip(labels, wanted, strict=True)), default=0.0)
    if worst > SAME_PX:
        refuse(f"a point moved by {worst:.3f} px")
    return {"frames": len(labels), "worst_px": worst}


def difference(found: Any, frame: dict[str, Any]) -> float:
    """How far a point of a frame has moved at most."""
    import numpy as np

    there = [np.array(points, float) for points in frame["points"]]
    there = [points for points in there if np.isfinite(points).any()]
    if len(found.instances) != len(there):
        refuse(f"{len(found.instances)} animals came out of {len(there)}")
    worst = 0.0
    for instance, points in zip(found.instances, there, strict=True):
        xy = np.where(np.isfinite(points).all(axis=1, keepdims=True), points, np.nan)
        if not np.array_equal(np.isnan(xy), np.isnan(instance.numpy())):
            refuse("other points are missing than before")
        worst = max(worst, float(np.nanmax(np.abs(xy - instance.numpy()))))
    return worst


# From SLEAP to JSON


def read(source: Path, out: Path) -> dict[str, Any]:
    """Labelled frames as pictures, labels and predictions as JSON."""
    import sleap_io as sio

    labels = sio.load_slp(str(source))
    if len(labels.skeletons) != 1:
        refuse(f"it has {len(labels.skeletons)} skeletons, and DeepLabCut has one")
    found: dict[str, Any] = {"labels": [], "predictions": []}
    found["videos"] = [file_of(video) for video in labels.videos]
    for frame in labels:
        folder, name = name_of(labels, frame.video, frame.frame_idx)
        row = {"folder": folder, "name": name, "number": frame.frame_idx, "video": labels.videos.index(frame.video)}
        if frame.user_instances:
            size = write_picture(frame, out / "labeled-data" / folder / f"{name}.png")
            found["labels"].append({**row, "size": size, **animals(frame.user_instances)})
        if frame.predicted_instances:
            found["predictions"].append({**row, **animals(frame.predicted_instances)})
    about = {"parts": labels.skeleton.node_names, "edges": [[a, b] for a, b in labels.skeleton.edge_names]}
    (out / "transfer.json").write_text(json.dumps({**about, **found}), encoding="utf-8")
    return {"frames": len(found["labels"]), "predictions": len(found["predictions"])}


def file_of(video: Any) -> str:
    """The video that frames came from; empty for a list of pictures."""
    source = video.source_video or video
    return "" if isinstance(source.filename, list) else str(source.filename)


def name_of(labels: Any, video: Any, number: int) -> tuple[str, str]:
    """The folder and the name of a labelled frame's picture: its own where it was one, else by its number."""
    names = (video.source_video or video).filename
    if isinstance(names, list):
        path = Path(names[number].replace("\\", "/"))
        return path.parent.name or "frames", path.stem
    stem = Path(str(names).replace("\\", "/")).name.rpartition(".")[0] or "video"
    twins = [one for one in labels.videos if Path(file_of(one)).stem == stem]
    return (f"{stem}-{twins.index(video)}" if len(twins) > 1 else stem), f"img{number:06}"


def write_picture(frame: Any, file: Path) -> list[int]:
    """One frame as PNG; returns its width and height."""
    import numpy as np
    from PIL import Image

    if file.exists():
        refuse(f"two labelled frames are called {file.parent.name}/{file.stem}")
    try:
        image = np.asarray(frame.image)
    except Exception as error:  # noqa: BLE001 - whatever keeps a frame from being read is told
        refuse(f"frame {frame.frame_idx} of {frame.video.filename} cannot be read: {error}")
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.squeeze()).save(file)
    return [int(image.shape[1]), int(image.shape[0])]


def animals(instances: list[Any]) -> dict[str, Any]:
    """Points, tracks and scores of some animals."""
    return {
        "points": [instance.numpy().tolist() for instance in instances],
        "tracks": [instance.track.name if instance.track else None for instance in instances],
        "scores": [float(getattr(instance, "score", None) or 0.0) for instance in instances],
    }


def main(do: str, source: str, out: str) -> None:
    """Do it, and say in JSON what was done."""
    done = {"write": write, "read": read}[do](Path(source), Path(out))
    print(json.dumps(done))


if __name__ == "__main__":
    main(*sys.argv[1:])
