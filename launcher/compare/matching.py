"""Which frame of one file is which of another, and which body part: by name, and never by a guess that is not told."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from launcher.errors import NotDone
from launcher.tools.poses import Frame

NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """For each labelled frame its row in the other file, or -1; and how the two were brought together, in words."""

    at: NDArray[np.int64]
    how: str


def parts_in_order(
    wanted: Sequence[str], there: Sequence[str], renamed: Mapping[str, str], subject: str
) -> tuple[list[int], list[str]]:
    """Where each wanted body part stands in the other file, and what a person should know about it.

    Only equal names are taken for the same part, or those that the spec says are (`renamed`, theirs to ours).
    """
    names = [renamed.get(name, name) for name in there]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise NotDone(subject, title=f"Two of its body parts are called {twice[0]}", hint=_NOTHING)
    if missing := [name for name in wanted if name not in names]:
        raise _unsure(missing, [name for name in names if name not in wanted], subject)
    order = [names.index(name) for name in wanted]
    notes = []
    if surplus := [name for name in names if name not in wanted]:
        notes.append(f"{', '.join(surplus)} is predicted, but not labelled, and was left out.")
    if [names[at] for at in sorted(order)] != list(wanted):
        notes.append(f"Its body parts stand in another order ({', '.join(there)}); they were matched by name.")
    if renamed:
        notes.append("By the spec, " + ", ".join(f"{old} is {new}" for old, new in renamed.items()) + ".")
    return order, notes


_NOTHING = "Nothing was scored."


def _unsure(missing: Sequence[str], others: Sequence[str], subject: str) -> NotDone:
    plain = {re.sub(r"[\W_]", "", name.lower()): name for name in others}
    pairs = []
    for name in missing:
        close = difflib.get_close_matches(re.sub(r"[\W_]", "", name.lower()), list(plain), n=1)
        pairs.append(f'"{plain[close[0]] if close else "?"}" = "{name}"')
    there = f"It predicts {', '.join(others)}." if others else "It predicts nothing else."
    return NotDone(
        subject,
        title=f"It does not predict {', '.join(missing)}",
        hint=f"{_NOTHING} {there} If these are the same parts under other names, say so in the spec: "
        f"parts = {{ {', '.join(pairs)} }}. To compare fewer parts, name them in [labels] parts.",
    )


def split_name(frame: Frame) -> str:
    """What a frame is called in a split, in whatever tool's file it stands: folder and picture, or video and number."""
    if frame.picture:
        *_, folder, name = ("", *frame.picture.split("/"))
        return f"labeled-data/{folder}/{name}"
    stem = frame.video.rpartition("/")[2].rpartition(".")[0]
    return f"{stem}:{frame.number:07}" if frame.number is not None else frame.label


def named_frame(name: str) -> Frame:
    """The frame that a split means; raises `ValueError` for none."""
    stem, colon, number = name.rpartition(":")
    if colon and number.isdigit():
        return Frame(f"{stem}.video", int(number))
    return Frame("", None, name.replace("\\", "/"))


def check_single(frames: Sequence[Frame], subject: str) -> None:
    """Raise `NotDone` where a frame is there twice: which of the two counts is not ours to say."""
    if twice := [frame.label for frame, count in Counter(frames).items() if count > 1]:
        raise NotDone(
            f"{subject}: {twice[0]}",
            title=f"{len(twice)} frames are there more than once",
            hint=f"{_NOTHING} Leave one of each in the file.",
        )


def frame_rows(labelled: Sequence[Frame], others: Sequence[Frame], by: str, subject: str) -> Rows:
    """Bring two lists of frames together by the strongest sign that both have.

    `by` is "name" (pictures by folder and name, then by name alone; videos by name and number) or "number".
    """
    check_single(others, subject)
    if by == "number":
        return _rows(labelled, others, lambda frame: frame.number, "by their numbers, as the spec says") or _no(subject)
    for key, how in (
        (_folder_and_name, "by folder and name of their pictures"),
        (_name, "by the names of their pictures"),
        (_video_and_number, "by video and number"),
        (_lone_number(labelled, others), "by their numbers in the one video"),
    ):
        if found := _rows(labelled, others, key, how):
            return found
    return _no(subject)


Key = Callable[[Frame], Hashable]


def _rows(labelled: Sequence[Frame], others: Sequence[Frame], key: Key, how: str) -> Rows | None:
    """None where the sign is missing, stands for two frames, or brings nothing together."""
    ours, theirs = ([key(frame) for frame in frames] for frames in (labelled, others))
    for keys in (ours, theirs):
        told = [one for one in keys if one is not None]
        if not told or len(set(told)) != len(told):
            return None
    place = {one: at for at, one in enumerate(theirs) if one is not None}
    rows = np.array([NOBODY if one is None else place.get(one, NOBODY) for one in ours], np.int64)
    return Rows(rows, how) if (rows >= 0).any() else None


def _folder_and_name(frame: Frame) -> Hashable:
    return tuple(frame.picture.split("/")[-2:]) if "/" in frame.picture else None


def _name(frame: Frame) -> Hashable:
    return frame.picture.rpartition("/")[2] or None


def _video_and_number(frame: Frame) -> Hashable:
    stem = frame.video.rpartition("/")[2].rpartition(".")[0]
    return (stem, frame.number) if stem and not frame.picture and frame.number is not None else None


def _lone_number(labelled: Sequence[Frame], others: Sequence[Frame]) -> Key:
    """A number says something only where each side has one video, and neither has pictures."""
    alone = all(len({one.video for one in frames}) == 1 for frames in (labelled, others))
    plain = alone and not any(one.picture for one in (*labelled, *others))
    return lambda frame: frame.number if plain else None


def _no(subject: str) -> Rows:
    raise NotDone(
        subject,
        title="None of its frames is one of the labelled frames",
        hint=f"{_NOTHING} They are matched by the names of pictures, or by video and number.",
    )
