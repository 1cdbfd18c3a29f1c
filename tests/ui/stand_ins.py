"""A desk and commands that stand in at the window's edge, each with a character that a real lab has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from launcher import errors
from launcher.ui.commands import CANCELLED, Outcome, Told
from launcher.ui.gpu_seen import GpuSeen

Json = dict[str, Any]
KINDS = {"deeplabcut", "sleap"}
DATA, HOME = "s3://lab-data/", "s3://lab-home/me/"


def project(name: str = "openfield", **changes: Any) -> Json:
    """One element of `projects`, as the contract has it."""
    return {
        "uri": f"{DATA}{name}/", "id": f"{name}-0badcafe", "name": name, "tool": "deeplabcut", "tool_version": "3",
        "multi_animal": False, "body_parts": ["snout", "leftear", "rightear", "tailbase"], "skeleton": [],
        "labelled_frames": 116, "predicted_frames": 0,
        "videos": [{"uri": f"{DATA}{name}/videos/m4.mp4", "present": True}], "models": [], "bytes": 29_300_000,
        "modified": "2018-10-30T12:00:00Z", "health": [],
    } | changes  # fmt: skip


def finding(code: str, severity: str, message: str, hint: str = "") -> Json:
    """One finding of a project's health."""
    return {"code": code, "severity": severity, "message": message, "hint": hint}


def place(name: str, uri: str | None, kind: str = "data", **changes: Any) -> Json:
    """One element of `places`."""
    return {
        "name": name, "uri": uri, "path": None, "kind": kind, "access": "read-only", "durability": "shared read-only",
        "reachable": True, "message": "",
    } | changes  # fmt: skip


def saved(uri: str, files: int = 0, size: int = 0) -> Json:
    """One element of `status`."""
    return {
        "dir": "/scratch/openfield-0badcafe", "uri": uri, "home": HOME, "all_saved": not files, "unsaved_files": files,
        "unsaved_bytes": size, "last_saved": "2026-01-05T10:00:00Z",
        "items": [kept_file(f"labels{n}.csv", "not saved yet", "not saved yet") for n in range(files)],
    }  # fmt: skip


def kept_file(path: str, state: str, cause: str = "", after: str = "", size: int = 1200) -> Json:
    """One of the `items` of a `status`."""
    return {"path": path, "state": state, "cause": cause, "next": after, "bytes": size}


def earlier_state(at: str, files: int = 4, size: int = 31_000_000, session: str = "s1") -> Json:
    """One element of `restore --list`."""
    return {"at": at, "files": files, "bytes": size, "session": session}


def in_state(path: str, size: int = 1200, *, is_newest: bool = True) -> Json:
    """One file of a state, as `restore --list --at` has it."""
    return {"path": path, "bytes": size, "is_newest": is_newest}


def in_two_versions(path: str = "config.yaml", folder: str = "/scratch/openfield-0badcafe") -> Json:
    """One element of `conflicts`: Ben saved it while it was changed here."""
    copy = path.replace(".", " (conflict 2026-01-05 1000 ann-1a2b).")
    where = f"{HOME}projects/openfield-0badcafe/"
    return {
        "project": "openfield-0badcafe", "dir": folder, "path": path, "copy": copy, "both_here": False,
        "mine": {"uri": where + copy, "bytes": 1800, "who": "ann-1a2b", "at": "2026-01-05T10:00:00Z"},
        "theirs": {"uri": where + path, "bytes": 1750, "who": "ben-77aa", "at": "2026-01-05T09:00:00Z"},
    }  # fmt: skip


def mounted(state: str = "mounted", message: str = "") -> Json:
    """One element of `mounts`."""
    return {
        "name": "Open field", "uri": DATA, "path": "/mnt/openfield", "state": state, "pid": 7, "started": 0.0,
        "message": message,
    }  # fmt: skip


def stray_project(name: str = "maze-ann-2026-01-05") -> Json:
    """One element of `stray`: DeepLabCut was left at the place that it offers."""
    return {
        "dir": f"/home/ann/Desktop/{name}", "name": name, "tool": "deeplabcut", "files": 12, "bytes": 3_100_000,
        "durability": "lost at session end", "message": "", "hint": "",
    }  # fmt: skip


def running_tool(**changes: Any) -> Json:
    """One element of `runs`: SLEAP with its window open."""
    return {
        "run": "r1", "tool": "sleap", "project": "fly-pair", "state": "running", "dir": "/scratch/f", "message": "",
    } | changes  # fmt: skip


def job(run: str = "train-1", state: str = "running", **changes: Any) -> Json:
    """One element of `runs`: DeepLabCut trains on openfield."""
    return {
        "run": run, "tool": "deeplabcut", "task": "train", "project": "openfield", "state": state, "pid": 7,
        "started": "2026-01-05T10:00:00Z", "ended": None if state in ("queued", "running") else "2026-01-05T11:00:00Z",
        "dir": "/scratch/openfield-0badcafe", "message": "epoch 12 of 200", "model": None, "predictions": None,
        "exit_code": None, "problem": None,
        "progress": {
            "epoch": 12, "epochs": 200, "loss": 0.0031, "validation": 0.004, "best": 0.0038, "rate": 4.4,
            "seconds_left": 830.0, "fraction": 0.06,
        },
    } | changes  # fmt: skip


def curve(epochs: int = 12) -> list[Json]:
    """A loss that falls, and stops falling on the validation frames."""
    rows = [(number, 0.05 / number, max(0.06 / number, 0.0075)) for number in range(1, epochs + 1)]
    return [{"epoch": number, "loss": loss, "validation": validation} for number, loss, validation in rows]


def comparable(**changes: Any) -> Json:
    """What `compare-models --list` says: two models, one of them without predictions, and an earlier comparison."""
    folder = "/scratch/openfield-0badcafe"
    return {
        "project": "openfield-0badcafe", "dir": folder, "tool": "deeplabcut",
        "labels": ["labeled-data/m4s1/CollectedData_Pranav.h5"],
        "models": [
            {"name": "resnet-a", "folder": "dlc/resnet-a", "predictions": "eval/a.h5", "frames_known": True},
            {"name": "resnet-b", "folder": "dlc/resnet-b", "predictions": None, "frames_known": False},
        ],
        "splits": [{"run": "train-1", "models": ["resnet-a"], "train": 93, "test": 23}],
        "comparisons": [{
            "dir": f"{folder}/comparisons/one", "page": f"{folder}/comparisons/one/comparison.html", "title": "Models",
            "made": "Made 2026-01-05 10:00 UTC with Pose Launcher 0.1.0.", "models": ["resnet-a", "unet"],
        }],
    } | changes  # fmt: skip


def compared(folder: str = "/scratch/openfield-0badcafe/comparisons/one") -> Json:
    """What `compare` writes, as far as the window reads it."""

    def model(name: str, value: float, why_not: str = "") -> Json:
        numbers = {
            "mean_px": {"value": value, "low": value - 0.3, "high": value + 0.4},
            "coverage": {"value": 0.951, "low": 0.94, "high": 0.96},
        }
        return {"name": name, "rows": [{"numbers": numbers, "why_not": why_not}]}

    sentence = "resnet-a and unet: the difference is inside the noise of 23 frames."
    return {
        "dir": folder, "page": f"{folder}/comparison.html", "made": "Made 2026-01-05 10:00 UTC with Pose Launcher.",
        "comparison": {
            "title": "Models of openfield", "frames": "frames kept from training", "frame_count": 23,
            "models": [model("resnet-a", 2.49), model("unet", 1.96, "it learned from 3 of these 23 frames")],
            "pairs": [{"sentence": sentence}],
        },
    }  # fmt: skip


def page(*names: str, folders: Sequence[str] = (), base: str = "") -> Json:
    """One page of a listing."""
    rows = [[base + name, 1000, "2026-01-05T10:00:00Z", "etag", "STANDARD"] for name in names]
    return {"prefixes": [base + folder for folder in folders], "objects": rows, "truncated": False}


@dataclass
class CalmDesk:
    """A lab where all is well. Subclasses have a worse day."""

    found: list[Json] = field(default_factory=lambda: [project(), project("fly-pair", tool="sleap")])
    states: list[Json] = field(default_factory=list)
    tools: list[Json] = field(default_factory=list)
    mounts: list[Json] = field(default_factory=list)
    stray: list[Json] = field(default_factory=list)
    left_there: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    #: Trainings and predictions, and of some of them the curve; what can be continued.
    trained: list[Json] = field(default_factory=list)
    curves: dict[str, list[Json]] = field(default_factory=dict)
    resumable: frozenset[str] = frozenset()
    #: What can be compared, what an earlier comparison found, and which pages were opened in a browser.
    models: Json = field(default_factory=lambda: comparable())
    compared: Json = field(default_factory=lambda: compared())
    pages: list[str] = field(default_factory=list)
    has_browser: bool = False
    logs: dict[str, str] = field(default_factory=dict)
    ends: list[Json] = field(default_factory=list)
    levels: dict[str, list[Json]] = field(default_factory=dict)
    earlier: list[Json] = field(default_factory=list)
    inside: dict[str, list[Json]] = field(default_factory=dict)
    two_versions: list[Json] = field(default_factory=list)
    last: Json | None = None
    is_new: bool = False
    views: list[Json] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    opened: list[Json] = field(default_factory=list)
    #: Tools that can open the projects of others.
    versatile: frozenset[str] = frozenset()
    #: Names that are in the home already, and folders that were made there.
    taken: frozenset[str] = frozenset()
    made: list[str] = field(default_factory=list)
    #: Does the site allow a terminal, and where one was opened.
    terminal: bool = False
    terminals: list[str] = field(default_factory=list)
    closed: bool = False
    savers: int = 0
    heard: int = 0
    written: int = 0

    def places(self) -> list[Json]:
        return [
            place("Home", HOME, "home", durability="kept", access="writable"),
            place("Open field", DATA),
            place("This computer", None, "local", path="/scratch", durability="lost at session end"),
        ]

    def mounts_seen(self) -> list[Json]:
        return self.mounts

    def strays(self) -> list[Json]:
        return self.stray

    def oddities(self) -> list[str]:
        return self.strange

    def keep_stray(self, path: str) -> None:
        self.stray = [one for one in self.stray if one["dir"] != path]
        self.states = [*self.states, saved(f"{DATA}maze/", 1, 1000) | {"dir": f"/scratch{path}"}]

    def leave_stray(self, path: str) -> None:
        self.left_there.append(path)

    def projects(self, uri: str | None) -> Iterator[Json]:
        yield from ({"project": one} for one in self.found if one["uri"].startswith(uri or ""))
        yield {"scanned": 12}

    def here(self) -> list[Json]:
        return [
            {
                "uri": f"{DATA}openfield/",
                "id": "openfield-0badcafe",
                "name": "openfield",
                "tool": "deeplabcut",
                "dir": "/scratch/openfield-0badcafe",
            }
        ]

    def list_prefix(self, uri: str, *, recursive: bool = False) -> Iterator[Json]:
        if recursive:
            yield from (one for pages in self.levels.values() for one in pages)
        elif uri not in self.levels:
            raise errors.NotFound(uri)
        else:
            yield from self.levels[uri]

    def list_folder(self, folder: str, *, recursive: bool = False) -> Iterator[Json]:
        yield from self.levels.get(folder, ())

    def offered_folders(self) -> list[Json]:
        return [
            {"name": "ann", "path": "/home/ann", "durability": "lost at session end"},
            {"name": "Home Folder", "path": "/home/ann/MyFiles/HomeFolder", "durability": "kept"},
        ]

    def offers_terminal(self) -> bool:
        return self.terminal

    def open_terminal(self, folder: str) -> None:
        self.terminals.append(folder)

    def recents(self) -> list[Json]:
        return self.opened

    def note_opened(self, target: str) -> None:
        row = {"uri": target, "name": target, "tool": "sleap", "opened": "2026-01-05T10:00:00Z", "saved": False}
        self.opened = [row, *self.opened]

    def tools_for(self, tool_id: str) -> list[Json]:
        rows = [{"tool": one, "title": one, "opens": one in self.versatile, "why": ""} for one in KINDS - {tool_id}]
        return [row | {"copies": {tool_id, row["tool"]} == KINDS} for row in rows]

    def plan_upload(self, files: Sequence[str], uri: str) -> Json:
        names = [file.rpartition("/")[2] for file in files]
        fates = ["there already" if name in self.taken else "new" for name in names]
        rows = zip(names, fates, strict=True)
        return {"uri": uri, "plan": [{"path": name, "bytes": 1000, "fate": fate, "why": ""} for name, fate in rows]}

    def make_folder(self, uri: str) -> None:
        self.made.append(uri)

    def status(self) -> list[Json]:
        return self.states

    def signs(self) -> tuple[int, int]:
        return self.heard, self.written

    def saved_states(self, uri: str) -> Json:
        if not self.earlier:
            raise errors.NotFound(uri, title="No saved state of this project is kept")
        return {"home": f"{HOME}projects/openfield-0badcafe/", "session": "s1", "states": self.earlier}

    def state_contents(self, uri: str, at: str) -> Json:
        (state,) = (one for one in self.earlier if one["at"] == at)
        return state | {"contents": self.inside[at]}

    def is_first_run(self) -> bool:
        return self.is_new

    def welcomed(self) -> None:
        self.is_new = False

    def last_session(self) -> Json | None:
        return self.last

    def keep_view(self, view: Json) -> None:
        self.views.append(view)

    def answered_last_session(self, session: str) -> None:
        self.answered.append(session)

    def conflicts(self) -> list[Json]:
        return self.two_versions

    def session(self) -> Json:
        return {"limits": self.ends}

    def poster(self, project: Json, width: int, height: int) -> bytes:
        raise errors.NotFound(project["uri"], title="This project has no picture")

    frame = poster

    def strip(self, project: Json, count: int, width: int, height: int) -> Sequence[bytes]:
        raise errors.NotFound(project["uri"], title="This project has no picture")

    def video_frame(self, uri: str, number: int, width: int, height: int) -> tuple[bytes, dict[str, float]]:
        raise errors.Damaged(uri, title="This video cannot be read")

    def runs(self) -> list[Json]:
        return [*self.tools, *(one for one in self.trained if one["state"] in ("queued", "running"))]

    def jobs(self) -> list[Json]:
        return self.trained

    def job(self, run: str) -> Json:
        (found,) = (one for one in self.trained if one["run"] == run)
        log, curve = self.logs.get(run, ""), self.curves.get(run, [])
        return found | {"curve": curve, "log": log, "can_continue": run in self.resumable}

    def comparable(self, uri: str) -> Json:
        return self.models

    def comparison(self, page: str) -> Json:
        return self.compared

    def open_page(self, page: str) -> bool:
        self.pages.append(page)
        return self.has_browser

    def run_log(self, run: str) -> str:
        return self.logs[run]

    def stop_run(self, run: str) -> Json:
        (ended,) = (one for one in (*self.tools, *self.trained) if one["run"] == run)
        self.tools = [one for one in self.tools if one is not ended]
        stopped = ended | {"state": "stopped", "ended": "2026-01-05T11:00:00Z"}
        self.trained = [stopped if one is ended else one for one in self.trained]
        return stopped

    def keep_saving(self) -> None:
        self.savers += 1

    def watch_gpu(self, tell: Callable[[GpuSeen], None]) -> None:
        tell(GpuSeen("no_driver", "No NVIDIA driver was found."))

    def close(self) -> None:
        self.closed = True


@dataclass
class OfflineDesk(CalmDesk):
    """The server does not answer, until somebody plugs it in."""

    plugged_in: bool = False

    def projects(self, uri: str | None) -> Iterator[Json]:
        if not self.plugged_in:
            raise errors.Unreachable("127.0.0.1")
        yield from super().projects(uri)

    def places(self) -> list[Json]:
        rows = super().places()
        why = "The storage server does not answer."
        return rows if self.plugged_in else [row | {"reachable": row["uri"] is None, "message": why} for row in rows]


@dataclass
class MountedDesk(CalmDesk):
    """Its data bucket is mounted read-only, while it is."""

    is_mounted: bool = True

    def places(self) -> list[Json]:
        path = "/mnt/openfield"
        there = [row | ({"path": path} if self.is_mounted and row["uri"] == DATA else {}) for row in super().places()]
        return [*there, place("Open field (mount)", DATA, "mount", path=path, reachable=self.is_mounted)]


@dataclass
class DeniedDesk(CalmDesk):
    """The person may not look into the data bucket."""

    def projects(self, uri: str | None) -> Iterator[Json]:
        yield from self._nobody(uri)

    @staticmethod
    def _nobody(uri: str | None) -> Iterator[Json]:
        raise errors.Refused(uri)


@dataclass
class SlowDesk(CalmDesk):
    """Nothing comes before it is let go."""

    go: threading.Event = field(default_factory=threading.Event)

    def projects(self, uri: str | None) -> Iterator[Json]:
        self.go.wait(30)
        yield from super().projects(uri)


@dataclass
class LostCatalogueDesk(CalmDesk):
    """There is no catalogue: nothing at all is known."""

    def places(self) -> list[Json]:
        raise errors.BadUsage(title="There is no site catalogue on this computer", hint="Name one with --site FILE.")


@dataclass
class PaintedDesk(CalmDesk):
    """Every project has a picture."""

    png: bytes = b""

    def poster(self, project: Json, width: int, height: int) -> bytes:
        return self.png

    frame = poster

    def strip(self, project: Json, count: int, width: int, height: int) -> Sequence[bytes]:
        return [self.png] * count


@dataclass
class OneRun:
    """A command whose steps are played back, one each time it is looked at."""

    steps: list[Told]
    end: Outcome
    hold: threading.Event
    cancelled: bool = False
    at: int = 0

    def told(self) -> Told:
        self.at = min(self.at + 1, len(self.steps))
        return self.steps[self.at - 1] if self.steps else Told()

    def outcome(self) -> Outcome | None:
        if self.cancelled:
            return Outcome(CANCELLED)
        return self.end if self.hold.is_set() and self.at >= len(self.steps) else None

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class PlayedCommands:
    """Our commands as a play: each start takes the next ending, the last one again and again."""

    endings: list[Outcome] = field(default_factory=lambda: [Outcome(0, {})])
    steps: list[Told] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    runs: list[OneRun] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.hold.set()

    def start(self, words: Sequence[str]) -> OneRun:
        ending = self.endings[min(len(self.asked), len(self.endings) - 1)]
        self.asked.append(tuple(words))
        self.runs.append(OneRun(list(self.steps), ending, self.hold))
        return self.runs[-1]
