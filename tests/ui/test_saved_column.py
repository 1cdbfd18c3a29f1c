"""Which file is saved, in the files of this computer: there where it means something, true as the journal is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt

from launcher.ui.kept_files import kept_files, told
from launcher.ui.memory import Memory
from launcher.ui.models.files import SAVED_COLUMN
from launcher.ui.rows import KeptFile, SavedState
from launcher.ui.theme import Theme
from tests.ui.driving import choose_first, lines, press, until, window_on
from tests.ui.stand_ins import DATA, HOME, CalmDesk, kept_file, project, saved
from tests.ui.test_not_saved_yet import ForgetfulDesk

Drive = Callable[[Callable[[], Any]], None]
SCRATCH = "/scratch/openfield-0badcafe/"
WHY, NEXT = "This file cannot be read", "Close the program that uses it."


def test_every_file_here_says_whether_it_is_saved(drive: Drive, theme: Theme) -> None:
    names = ("config.yaml", "labels.csv", "lock.h5")
    objects = [[f"{SCRATCH}{name}", 1200, "", "", ""] for name in names]
    here = {"prefixes": [f"{SCRATCH}labeled-data/"], "objects": objects}
    items = [
        kept_file("config.yaml", "saved"),
        kept_file("labels.csv", "changed since it was saved", "changed since it was saved", "it is saved when quiet"),
        kept_file("lock.h5", "could not be saved", f"{WHY}. {NEXT}", NEXT),
        kept_file("labeled-data/m/new.csv", "not saved yet"),
    ]
    state = saved(f"{DATA}openfield/", 3, 900) | {"items": items}
    desk = ForgetfulDesk([project()], [state], levels={SCRATCH: [here]})

    async def story() -> None:
        async with window_on(desk, theme) as window:
            model = window.browsing.level.files
            assert window.browser.files.isColumnHidden(SAVED_COLUMN), "in a bucket it means nothing"
            await choose_first(window)
            await until(lambda: window.acts["open-folder"].isEnabled())
            press(window, Qt.Key.Key_F4, Qt.KeyboardModifier.ShiftModifier)
            await until(lambda: model.rowCount() == 4)
            assert not window.browser.files.isColumnHidden(SAVED_COLUMN)

            def column() -> list[str]:
                return [model.index(row, SAVED_COLUMN).data() for row in range(model.rowCount())]

            await until(lambda: column() == ["! 1 not saved yet", "✓ saved", "! not saved yet", "✕ needs you"])
            assert NEXT in model.index(3, SAVED_COLUMN).data(Qt.ItemDataRole.ToolTipRole)
            window.browser.files.viewport().repaint()
            all_names = (*names, "labeled-data/m/new.csv")
            desk.states = [saved(f"{DATA}openfield/") | {"items": [kept_file(name, "saved") for name in all_names]}]
            window.keeping.look_now()
            await until(lambda: column() == ["✓ saved"] * 4)
            desk.forgets = True
            desk.goes_on.set()
            window.keeping.look_now()
            await until(lambda: column() == [""] * 4)

    drive(story)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("saved", "✓ saved"),
        ("by reference", "in the data bucket"),
        ("older than what is saved", "a newer one is saved"),
        ("saved as a conflict copy", "! in two versions"),
        ("changed since it was saved", "! not saved yet"),
        ("could not be saved", "✕ needs you"),
        ("a state of a later version", "! not saved yet"),
    ],
)
def test_a_file_in_a_few_words(state: str, words: str) -> None:
    assert told(KeptFile("a", state)) == words


def test_what_belongs_to_no_project_says_nothing() -> None:
    state = SavedState("s3://b/p/", "/scratch/p", True, 0, 0, None, (KeptFile("a/b.csv", "saved"),))
    kept = kept_files([state])
    assert kept.line("/scratch/p/a/") == kept.line("/scratch/p/a/b.csv") == "✓ saved"
    assert kept.line("/scratch/other/") == kept.line("/scratch/") == kept.line("/scratch/p/unknown") == ""


def test_a_folder_of_which_no_file_is_looked_after_is_not_called_saved() -> None:
    """What the site or a tool excludes is in no list; nor is what came after the last look."""
    items = (KeptFile("config.yaml", "saved"), KeptFile("a/deep/b.csv", "saved"))
    kept = kept_files([SavedState("s3://b/p/", "/scratch/p", True, 0, 0, None, items)])
    assert [kept.line(f"/scratch/p/{name}") for name in ("", "a/", "a/deep/")] == ["✓ saved"] * 3
    assert [kept.line(f"/scratch/p/{name}") for name in ("__pycache__/", "new/", "a/new/")] == [""] * 3


def test_a_project_shows_its_state_in_its_saved_place_too(drive: Drive, theme: Theme) -> None:
    """There its card has another address, and the same id."""
    home = f"{HOME}projects/openfield-0badcafe/"
    desk = CalmDesk([project(uri=home)], [saved(f"{DATA}openfield/", 2, 900) | {"home": home}])

    async def story() -> None:
        async with window_on(desk, theme, memory=Memory(root=HOME)) as window:
            await until(lambda: lines(window) == ["! 2 files not saved · 900 bytes"])

    drive(story)
