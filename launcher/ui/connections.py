"""What leads from one part of the main window to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.ui.actions import connect_actions
from launcher.ui.file_connections import connect_files

if TYPE_CHECKING:
    from launcher.ui.main_window import MainWindow


def connect_parts(window: MainWindow) -> None:
    """Connect them, once they are made."""
    connect_actions(window.acts, *window.doers)
    connect_files(window)
    window.theme.changed.connect(window.tint)
    window.top.crumbs.chosen.connect(window.browsing.go)
    window.top.searched.connect(window.browsing.level.search)
    window.top.search.returnPressed.connect(window.going_deeds.choose_first)
    window.places.chosen.connect(window.following.go_to_place)
    window.places.run_chosen.connect(window.running_deeds.show_run)
    window.browser.chips.chosen.connect(window.shown.choose)
    window.browser.asked.connect(lambda action: window.acts[action].trigger())
    window.browser.tab_shown.connect(lambda _: window.following.look_into_tab())
    window.choice.changed.connect(window.following.choice_changed)
    window.browser.cards.clicked.connect(lambda *_: window.show_details(shown=True))
    window.browser.cards.opened.connect(window.acts["open"].trigger)
    window.browsing.moved.connect(window.following.moved)
    window.browsing.level.counted.connect(window.browser.show_count)
    window.browsing.level.said.connect(window.browser.show_state)
    window.browsing.level.noticed.connect(window.notice.tell)
    window.keeping.saved_changed.connect(window.following.show_saved)
    window.time_left.changed.connect(window.following.show_time_left)
    window.time_left.told.connect(lambda text: window.notice.say(f"! {text}"))
    window.gpu_looked.connect(window.bottom.gpu.show_gpu)
    window.running.changed.connect(lambda: window.browsing.places.show_runs(window.running.runs))
    window.running.one_ended.connect(window.keeping.look_now)
    window.running.ended.connect(window.training_deeds.tell_ended)
    window.activities.changed.connect(window.following.activities_changed)
    window.activities.ended.connect(window.following.activity_ended)
    window.strip.cancelled.connect(window.activities.cancel)
    window.strip.retried.connect(window.activities.retry)
