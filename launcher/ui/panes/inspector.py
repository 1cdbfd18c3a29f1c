"""The right side: one project in detail, and the one thing to do with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from launcher.ui import words
from launcher.ui.actions import with_keys
from launcher.ui.panes.labels import button, label
from launcher.ui.panes.legend import Legend
from launcher.ui.panes.other_tools import OtherTools
from launcher.ui.panes.pictures import Picture, Strip
from launcher.ui.panes.scrolling import keep_room
from launcher.ui.panes.state_page import StatePage
from launcher.ui.panes.video import VideoPane
from launcher.ui.rows import Project, SavedState
from launcher.ui.states import State
from launcher.ui.texts import tr
from launcher.ui.theme import TITLE, Theme, set_role

WIDTH = 324


class Inspector(QFrame):
    """Nothing chosen, or one project."""

    def __init__(self, actions: dict[str, QAction], theme: Theme) -> None:
        super().__init__()
        self.setObjectName("InspectorFrame")
        self.setAccessibleName(tr("Details of the chosen project"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._nothing = StatePage(theme)
        self._nothing.show_state(State("panel", tr("Nothing is chosen"), tr("Choose a project to see it in detail.")))
        self._title = label(factor=TITLE, bold=True, wrap=True)
        self._subtitle = label(tone="dim", wrap=True)
        self._picture = Picture(theme, keeps_height=True)
        self._strip = Strip(theme)
        self._parts = Legend(theme)
        self._models = label(wrap=True)
        self._videos = label(wrap=True)
        self._saved = label(wrap=True)
        self._health = label(wrap=True)
        self._health.setObjectName("Health")
        self._open, self._bring, self._copy = (
            _button_of(actions[name], kind) for name, kind in (("open", "primary"), ("bring", ""), ("copy-address", ""))
        )
        self._states, self._twice = (_button_of(actions[name], "") for name in ("saved-states", "conflicts"))
        self._train, self._compare = (_button_of(actions[name], "") for name in ("train", "compare"))
        self._train.setText(tr("Train …"))
        self.other_tools = OtherTools()
        self.video = VideoPane([_button_of(actions[name], "") for name in ("copy-address", "download")], theme)
        self._lay_out()
        self.show_project(None, None)

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("InspectorBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for widget in (self._title, self._subtitle, self._picture, self._strip):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addLayout(self._facts())
        column.addSpacing(4)
        column.addWidget(self._health)
        column.addWidget(self._open)
        column.addWidget(self.other_tools)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self._bring, 1)
        second.addWidget(self._copy, 1)
        column.addLayout(second)
        third = QHBoxLayout()
        third.setSpacing(8)
        third.addWidget(self._train, 1)
        third.addWidget(self._compare, 2)
        column.addLayout(third)
        column.addWidget(self._states)
        column.addWidget(self._twice)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("Inspector")
        self._scroll.setWidgetResizable(True)
        keep_room(self._scroll)
        self._scroll.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)  # the line on the left
        outer.addWidget(self._scroll)
        outer.addWidget(self._nothing)
        outer.addWidget(self.video)

    def _facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        rows = (("Body parts", self._parts), ("Videos", self._videos), ("Models", self._models), ("Saved", self._saved))
        for row, (title, value) in enumerate(rows):
            name = label(tr(title), tone="dim")
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
            value.setProperty("title", name)
        return grid

    def explained(self) -> tuple[tuple[QWidget, str], ...]:
        """What each fact says when it is asked what it is."""
        return (
            (self._parts, "The points that are labelled on the animal, each with its colour and shape."),
            (self._videos, "The recordings that the project names, and whether they are where it looks for them."),
            (self._models, "Trained networks in the project."),
            (self._saved, "How much of the project on this computer the server has confirmed in your home bucket."),
            (self._health, "What happens when the project is opened here, and what to know before."),
        )

    def show_project(self, project: Project | None, saved: SavedState | None) -> None:
        """Another project, or none."""
        self._is_empty = project is None
        self.show_part(video=not self.video.isHidden())
        if project is None:
            return
        self._title.setText(project.name)
        self._subtitle.setText(_subtitle(project))
        self._parts.show_parts(project.body_parts)
        _say(self._parts, bool(project.body_parts))
        self._tell(self._videos, _videos(project))
        self._tell(self._models, _models(project))
        self._tell(self._saved, _saved(saved))
        self._twice.setVisible(saved is not None and saved.in_two_versions > 0)
        self._show_health(words.opens_here(project) if project.body_parts or project.health else ())
        self._open.setEnabled(project.can_open)
        self._open.setText(tr("Open in {tool}", tool=words.tool_title(project.tool_id)))
        self._bring.setEnabled(project.can_open)
        self._train.setEnabled(project.can_train)

    def show_part(self, *, video: bool) -> None:
        """A video, or else the project."""
        self.video.setVisible(video)
        self._scroll.setVisible(not video and not self._is_empty)
        self._nothing.setVisible(not video and self._is_empty)

    def stops(self) -> tuple[QWidget, ...]:
        """What takes the keyboard here."""
        return (self._open, self.video.slider)

    def expect_pictures(self, project: Project | None) -> None:
        """The frames of another project are on their way; their room is kept, so that nothing moves when they come."""
        self._picture.show_picture(None)
        self._strip.expect_pictures(project.pictured_frames if project is not None else 0)

    def show_frame(self, frame: QPixmap) -> None:
        """The first frame of the project that is shown."""
        self._picture.show_picture(frame)

    def show_strip(self, frames: Sequence[QPixmap]) -> None:
        """Some more of them."""
        self._strip.show_pictures(frames)

    @staticmethod
    def _tell(where: QLabel, text: str) -> None:
        where.setText(text)
        _say(where, bool(text))

    def _show_health(self, lines: tuple[words.Line, ...]) -> None:
        self._health.setVisible(bool(lines))
        if lines:
            first, *rest = lines
            self._health.setText("\n".join([first.signed, *(line.text for line in rest)]))
            set_role(self._health, "tone", first.tone.value)


def _button_of(action: QAction, kind: str) -> QPushButton:
    made = button(action.text(), kind)
    made.setToolTip(with_keys(action))
    made.clicked.connect(action.trigger)
    return made


def _say(value: QWidget, is_known: bool) -> None:
    """A fact that is not known has no row."""
    value.setVisible(is_known)
    title = value.property("title")
    if isinstance(title, QWidget):
        title.setVisible(is_known)


def _subtitle(project: Project) -> str:
    parts = [words.tool_badge(project)]
    if project.body_parts:
        parts.append(words.animals(project))
    if project.labelled_frames is not None or project.predicted_frames:
        parts.append(words.contents(project))
    if project.modified:
        parts.append(tr("changed {day}", day=project.modified[:10]))
    return " · ".join(parts)


def _videos(project: Project) -> str:
    return _listed([video.name if video.present else tr("{n} (not there)", n=video.name) for video in project.videos])


def _models(project: Project) -> str:
    return _listed(list(project.models))


def _listed(names: list[str], most: int = 4) -> str:
    more = len(names) - most
    return "\n".join([*names[:most], tr("… and {n} more", n=more)] if more > 0 else names)


def _saved(saved: SavedState | None) -> str:
    if saved is None:
        return ""
    when = tr("everything, {time}", time=words.at_time(saved.last_saved or ""))
    twice = f"\n{words.in_two_versions(saved.in_two_versions)}" if saved.in_two_versions else ""
    return (when if saved.all_saved else words.unsaved_files(saved)) + twice
