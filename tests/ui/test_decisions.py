"""What the window decides without a window: words, states, history, colours, shortcuts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence, QPalette
from PySide6.QtWidgets import QApplication

from launcher import errors
from launcher.ui import words
from launcher.ui.actions import ACTIONS
from launcher.ui.commands import Told, messages, told
from launcher.ui.comparing_deeds import ComparingDeeds
from launcher.ui.deeds import Deeds
from launcher.ui.file_deeds import FileDeeds
from launcher.ui.going_deeds import GoingDeeds
from launcher.ui.gpu_seen import GpuSeen
from launcher.ui.history import History, Where
from launcher.ui.keeping_deeds import KeepingDeeds
from launcher.ui.memory import Memory, memory_of
from launcher.ui.models.projects import is_wanted
from launcher.ui.panes.cards import columns
from launcher.ui.panes.gpu import fold
from launcher.ui.rows import Limit, Place, SavedState, last_part, project_of
from launcher.ui.running_deeds import RunningDeeds
from launcher.ui.states import SILENT_S, SLOW_S, Looked, state_of
from launcher.ui.theme import DARK, LIGHT, Appearance, Tokens, contrast, from_system, is_high_contrast, tokens_for
from launcher.ui.training_deeds import TrainingDeeds
from tests.ui.stand_ins import finding, project

UNSAVED = SavedState("s3://b/p/", "/scratch/p", False, 3, 2_000_000, None)
SAVED = replace(UNSAVED, all_saved=True, unsaved_files=0, unsaved_bytes=0)


# Words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (11_520, "3 h 12 min"), (-5, "0 s")],
)
def test_durations(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (29_300_163, "29.3 MB"), (5 * 10**14, "500.0 TB")],
)
def test_sizes(amount: int, said: str) -> None:
    assert words.size(amount) == said


@pytest.mark.parametrize(
    ("done", "total", "rate", "said"),
    [
        (63, 100, 0, "63 %"),
        (5, 1000, 100, "0 % · 100 bytes/s"),
        (500, 1000, 100, "50 % · 100 bytes/s · 5 s left"),
        (2000, None, 1000, "2.0 kB · 1.0 kB/s"),
        (999_999, 1_000_000, 0, "99 %"),
        (1200, 1000, 10, "100 % · 10 bytes/s"),
    ],
)
def test_progress_never_runs_ahead_of_the_facts(done: int, total: int | None, rate: float, said: str) -> None:
    assert words.progress(done, total, rate) == said


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (None, "Looking what is saved …"),
        ([], "Nothing to save yet"),
        ([SAVED], "✓ All results saved"),
        ([SAVED, UNSAVED], "! 3 files not saved yet · 2.0 MB"),
        (
            [SAVED, replace(UNSAVED, problem="Its folder is gone. Bring it again.")],
            "✕ Its folder is gone",
        ),
        ([replace(UNSAVED, unsaved_files=0)], "! The record of what is saved is not in S3 yet"),
    ],
)
def test_saved_or_not(states: Sequence[SavedState] | None, said: str) -> None:
    assert words.saved_summary(states).signed == said


@pytest.mark.parametrize(
    ("left", "passed", "said"),
    [
        ([12_000, 11_520], 0, "3 h 12 min left"),
        ([1800], 0, "! 30 min left"),
        ([3600], 3000, "! 10 min left"),
        ([60], 61, "✕ The session ends now"),
    ],
)
def test_the_end_that_comes_first_counts(left: list[int], passed: float, said: str) -> None:
    line = words.time_left([Limit("maximum", seconds) for seconds in left], passed)
    assert line is not None and line.signed == said


def test_no_known_end_is_not_invented() -> None:
    assert words.time_left([]) is None


@pytest.mark.parametrize(
    ("changes", "saved", "said"),
    [
        ({}, None, "✓ healthy"),
        ({}, SAVED, "✓ healthy · saved"),
        ({}, UNSAVED, "! 3 files not saved · 2.0 MB"),
        ({}, replace(UNSAVED, unsaved_files=0, unsaved_bytes=0), "! not recorded in S3 yet"),
        ({"health": [finding("video-missing", "warning", "The video x is not there.")]}, SAVED,
         "! its video is not beside it"),
        ({"health": [finding("cut", "error", "It is cut off.")]}, SAVED, "✕ It is cut off."),
        ({"health": [finding("paths-adjusted", "info", "2 paths will be adjusted.")]}, None, "✓ healthy"),
    ],
)  # fmt: skip
def test_the_last_line_of_a_card(changes: dict[str, Any], saved: SavedState | None, said: str) -> None:
    assert words.card_line(project_of(project(**changes)), saved).signed == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "116 labelled frames · 1 video · 29.3 MB"),
        ({"labelled_frames": 1, "videos": []}, "1 labelled frame · 29.3 MB"),
        ({"labelled_frames": 0, "videos": [], "bytes": 0}, "no labels yet"),
        ({"labelled_frames": None, "videos": [{"path": "C:\\m.mp4", "present": False}], "bytes": 10}, "10 bytes"),
    ],
)
def test_what_a_card_counts(changes: dict[str, Any], said: str) -> None:
    assert words.contents(project_of(project(**changes))) == said


@pytest.mark.parametrize(
    ("tool", "version", "badge"),
    [("deeplabcut", "3", "DeepLabCut 3"), ("sleap", "1.3.0", "SLEAP 1.3"), ("new_tool", None, "new_tool")],
)
def test_badges(tool: str, version: str | None, badge: str) -> None:
    assert words.tool_badge(project_of(project(tool=tool, tool_version=version))) == badge


@pytest.mark.parametrize(
    ("verdict", "said"), [("idle", "idle"), ("lost", "✕ The GPU is lost"), ("hot", "! The GPU is too hot"), ("new", "")]
)
def test_the_gpu_in_a_few_words(verdict: str, said: str) -> None:
    assert GpuSeen(verdict, "").line.signed == said


def test_the_graph_keeps_the_mean_of_ten_minutes() -> None:
    folded = fold([0, 100] * 300, 42)
    assert len(folded) == 42 and all(40 <= value <= 60 for value in folded)
    assert fold([7, 8], 42) == (7.0, 8.0)


@pytest.mark.parametrize(
    ("address", "name"),
    [("s3://b/videos/m4.mp4", "m4.mp4"), ("C:\\lab\\m4.mp4", "m4.mp4"), ("raw/2018/", "2018"), ("", "")],
)
def test_the_name_at_the_end(address: str, name: str) -> None:
    assert last_part(address) == name


# Filters


@pytest.mark.parametrize(
    ("chip", "text", "mine", "wanted"),
    [
        ("all", "", False, True),
        ("sleap", "", False, False),
        ("deeplabcut", "", False, True),
        ("labelled", "", False, True),
        ("mine", "", False, False),
        ("mine", "", True, True),
        ("all", "open snout", False, True),
        ("all", "open whisker", False, False),
        ("all", "s3", False, False),
        ("all", "lab-data", False, False),
    ],
)
def test_what_passes_the_filter(chip: str, text: str, mine: bool, wanted: bool) -> None:
    assert is_wanted(project_of(project()), chip, text, mine=mine) is wanted


@pytest.mark.parametrize(("width", "count"), [(120, 1), (496, 2), (760, 3), (1070, 4), (2600, 10)])
def test_columns(width: int, count: int) -> None:
    assert columns(width) == count


# States


@pytest.mark.parametrize(
    ("looked", "title", "action"),
    [
        (Looked("projects"), "Looking for projects …", ""),
        (Looked("projects", ended=True), "There are no pose projects here", "show-files"),
        (Looked("local", ended=True), "Nothing was brought to this computer yet", ""),
        (Looked("videos", ended=True), "There are no videos here", ""),
        (Looked("files"), "Listing …", ""),
        (Looked("projects", found=4), "Nothing here passes the filter", "show-all"),
        (Looked("projects", failure=errors.Unreachable()), "The storage server does not answer", "look-again"),
        (Looked("projects", failure=errors.Refused()), "You do not have access", "look-again"),
        (Looked("files", failure=errors.NotFound()), "There is nothing here", ""),
    ],
)
def test_a_view_without_rows_says_why(looked: Looked, title: str, action: str) -> None:
    state = state_of(looked)
    assert state is not None and (state.title, state.action) == (title, action)
    assert bool(state.action) == bool(state.button)


def test_rows_speak_for_themselves() -> None:
    assert state_of(Looked("projects", found=3, shown=3, failure=errors.Unreachable())) is None


def test_after_a_while_the_server_is_named() -> None:
    state = state_of(Looked("projects", seconds=SLOW_S))
    assert state is not None and "server takes its time" in state.hint
    state = state_of(Looked("projects", seconds=SILENT_S))
    assert state is not None and "Nothing has come for 8 s" in state.hint and "are safe" in state.hint


# History


def test_back_and_forward() -> None:
    one, two, three = (Where("s3://b/", f"s3://b/{name}") for name in ("", "x/", "y/"))
    history = History().to(one).to(two).to(two)
    assert history.now == two and history.can_go_back and not history.can_go_forward
    assert history.back().now == one and history.back().forward().now == two
    assert history.back().back().now == one, "there is nothing before the first"
    assert history.back().to(three).forward().now == three, "what lay ahead is forgotten"


def test_crumbs_lead_back() -> None:
    where = Where("s3://lab/open/", "s3://lab/open/2018/mouse 4/")
    assert [(name, step.uri) for name, step in where.crumbs("Open field")] == [
        ("Open field", "s3://lab/open/"),
        ("2018", "s3://lab/open/2018/"),
        ("mouse 4", "s3://lab/open/2018/mouse 4/"),
    ]


# Colours

TEXTS = ("text", "dim", "accent", "saved", "attention", "failed")
GROUNDS = ("background", "surface", "raised")
PAIRS = [(text, ground) for text in TEXTS for ground in GROUNDS] + [
    ("on_accent", "accent"), ("text", "selected"), ("saved", "saved_ground"), ("attention", "attention_ground"),
    ("failed", "failed_ground"),
]  # fmt: skip


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(tokens: Tokens, text: str, ground: str) -> None:
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 4.5


def test_contrast_is_the_one_of_the_guideline() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_high_contrast_uses_nothing_of_ours(qapp: QApplication) -> None:
    palette = QPalette(QColor("#000000"))
    for role, colour in ((QPalette.ColorRole.Window, "#000000"), (QPalette.ColorRole.WindowText, "#ffffff"),
                         (QPalette.ColorRole.Highlight, "#1aebff"), (QPalette.ColorRole.Link, "#ffff00")):  # fmt: skip
        palette.setColor(role, QColor(colour))
    assert is_high_contrast(palette)
    tokens = tokens_for(Appearance.LIGHT, palette, Qt.ColorScheme.Light)
    assert tokens == from_system(palette)
    allowed = {palette.color(role).name() for role in (QPalette.ColorRole.Window, QPalette.ColorRole.WindowText)}
    assert set(asdict(tokens).values()) <= allowed | {"#ffff00", "#1aebff"}
    assert tokens.accent == "#ffff00" and contrast(tokens.on_accent, tokens.accent) >= 7
    assert contrast(tokens.selected, tokens.text) >= 4.5, "a bright highlight under white text could not be read"


@pytest.mark.parametrize(
    ("chosen", "scheme", "tokens"),
    [
        (Appearance.SYSTEM, Qt.ColorScheme.Dark, DARK),
        (Appearance.SYSTEM, Qt.ColorScheme.Light, LIGHT),
        (Appearance.SYSTEM, Qt.ColorScheme.Unknown, LIGHT),
        (Appearance.LIGHT, Qt.ColorScheme.Dark, LIGHT),
        (Appearance.DARK, Qt.ColorScheme.Light, DARK),
    ],
)
def test_light_and_dark_follow_the_system_or_the_person(
    qapp: QApplication, chosen: Appearance, scheme: Qt.ColorScheme, tokens: Tokens
) -> None:
    palette = QPalette(QColor("#eeeeee"))
    palette.setColor(QPalette.ColorRole.WindowText, QColor("#222222"))
    assert tokens_for(chosen, palette, scheme) == tokens


# Shortcuts

#: What browsers, window systems and the stream's client keep for themselves (Chrome, Edge, Firefox, Safari).
SWALLOWED = {
    "Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+Q", "Ctrl+Shift+N", "Ctrl+Shift+T", "Ctrl+Shift+W", "Ctrl+Shift+P",
    "Ctrl+Tab", "Ctrl+Shift+Tab", "Ctrl+PgUp", "Ctrl+PgDown", "Ctrl+L", "Ctrl+K", "Ctrl+R", "Ctrl+Shift+R", "Ctrl+P",
    "Ctrl+S", "Ctrl+Shift+S", "Ctrl+F", "Ctrl+G", "Ctrl+D", "Ctrl+H", "Ctrl+J", "Ctrl+O", "Ctrl+U", "Ctrl+B",
    "Ctrl+Shift+B", "Ctrl+Shift+A", "Ctrl+Shift+I", "Ctrl+Shift+J", "Ctrl+Shift+C", "Ctrl+Shift+Del", "Ctrl++",
    "Ctrl+-", "Ctrl+0", "F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "Alt+Left", "Alt+Right", "Alt+Home",
    "Alt+F4", "Alt+Tab", "Alt+Space", "Ctrl+Alt+Del", "Ctrl+Alt+Shift+F", "Ctrl+F4",
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_no_shortcut_is_swallowed_on_the_way(action: object) -> None:
    keys = action.keys  # type: ignore[attr-defined]
    assert not QKeySequence(keys).isEmpty()
    assert keys not in SWALLOWED
    assert not re.match(r"(Alt|Meta)\+|Ctrl\+\d", keys), "menus of browsers, the system's key, the tabs of browsers"
    doers = (Deeds, RunningDeeds, GoingDeeds, KeepingDeeds, TrainingDeeds, ComparingDeeds, FileDeeds)
    assert sum(hasattr(doer, action.slot) for doer in doers) == 1  # type: ignore[attr-defined]


def test_every_shortcut_does_one_thing() -> None:
    assert len({action.keys for action in ACTIONS}) == len({action.id for action in ACTIONS}) == len(ACTIONS)


# What commands say, and what is remembered


def test_progress_lines_are_told_from_words() -> None:
    text = 'Bringing it.\n{"progress": {"files": 1, "bytes": 10}}\n{"progress": {"files": 9, "bytes": 90}}\n{"progr'
    assert told(text) == Told(90)
    assert told(text.rpartition("\n")[0] + "\nStarting SLEAP …\n") == Told(90, "Starting SLEAP …")
    assert told("{broken\n{}\nwords\n") == Told(0, "words")
    assert messages(text.replace("{", "\x1b[31m{", 1) + "\nThe disk is full. Free some.\n") == (
        "The disk is full. Free some."
    )


@pytest.mark.parametrize("data", [None, [], {"places_width": "x"}, {"places_width": True}, {"appearance": "pink"}])
def test_a_strange_memory_is_none(data: object) -> None:
    assert memory_of(data) == Memory()


def test_what_makes_sense_is_recalled() -> None:
    assert memory_of({"places_width": 300, "appearance": "dark", "root": "s3://b/", "geometry": "!", "new": 1}) == (
        Memory(places_width=300, appearance="dark", root="s3://b/", geometry="!")
    )
    assert Memory(geometry="!").geometry_bytes == b""


@pytest.mark.parametrize(
    ("mount", "said"),
    [
        ("", ("shared, read-only",)),
        ("mounted", ("shared, read-only · mounted", "read-only · mounted")),
        ("away", ("shared, read-only · no mount", "read-only · no mount")),
    ],
)
def test_a_bucket_says_in_the_room_it_has_how_its_mount_is(mount: str, said: tuple[str, ...]) -> None:
    bucket = Place("Lab", "data", "shared read-only", "s3://b/", "/mnt/b", False, True, "", mount)
    assert words.becomes_in_short(bucket) == said
    assert bucket.mounted("s3://b/a/é.mp4") == ("/mnt/b/a/é.mp4" if mount == "mounted" else "")
    assert bucket.mounted("s3://b/../other") == bucket.mounted("s3://other/a") == "", "never out of the mount"


def test_places_of_this_site_are_recalled_and_no_others() -> None:
    home = Place("Home", "home", "kept", "s3://b/me/", None, True, False, "The server does not answer.")
    told = memory_of(json.loads(json.dumps(asdict(Memory(site="/etc/site.toml", places=[home])))))
    assert told.places_of("/etc/site.toml") == (replace(home, reachable=True, message=""),)
    assert told.places_of("/other.toml") == ()
    assert memory_of({"places": [{"name": "Home"}]}).places == memory_of({"places": 5}).places == ()
    assert memory_of({"places": [asdict(home) | {"name": 5}]}).places == ()
