"""The right side for a video: one frame of it, which one, how large and how long it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QPushButton, QSlider, QVBoxLayout, QWidget

from launcher import errors
from launcher.ui import words
from launcher.ui.panes.labels import label
from launcher.ui.panes.pictures import Picture
from launcher.ui.rows import Entry
from launcher.ui.texts import tr
from launcher.ui.theme import TITLE, Theme, tabular

#: A page of the slider, as a part of the whole video.
_PAGES = 20


class VideoPane(QWidget):
    """The slider tells which frame is wanted; what is shown follows as fast as it can be had."""

    def __init__(self, buttons: Sequence[QPushButton], theme: Theme) -> None:
        super().__init__()
        self._title = label(factor=TITLE, bold=True, wrap=True)
        self._facts = label(tone="dim", wrap=True)
        self._picture = Picture(theme)
        self._said = label(tone="dim", wrap=True)
        self._at = label()
        self._at.setFont(tabular(self._at.font()))
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumHeight(24)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for widget in (self._title, self._facts, self._picture, self._said, self.slider, self._at):
            column.addWidget(widget)
        for one in buttons:
            column.addWidget(one)
        column.addStretch(1)
        self.hide()

    def show_video(self, video: Entry) -> None:
        """Another video; nothing is known of it but its size."""
        self._title.setText(video.name)
        self._picture.show_picture(None)
        self._picture.show()
        self._said.hide()
        self.slider.blockSignals(True)
        self.slider.setRange(0, 0)
        self.slider.setValue(0)
        self.slider.blockSignals(False)
        self.show_facts(video, {})

    def show_facts(self, video: Entry, facts: Mapping[str, float]) -> None:
        """What its container says."""
        self._facts.setText(words.unbroken(words.video_facts(video.size, facts)))
        last = max(int(facts.get("frames", 0)) - 1, 0)
        self.slider.setMaximum(last)
        self.slider.setPageStep(max(last // _PAGES, 1))
        self.slider.setVisible(last > 0)
        self._at.setVisible(last > 0)

    def show_frame(self, number: int, frame: QPixmap, facts: Mapping[str, float]) -> None:
        """One frame of it."""
        self._said.hide()
        self._picture.show()
        self._picture.show_picture(frame)
        self._at.setText(words.at_frame(number, facts))
        self.slider.setAccessibleName(tr("{where} of the video", where=self._at.text()))

    def show_problem(self, problem: errors.LauncherError) -> None:
        """Why there is no frame to see."""
        self._picture.hide()
        self._said.setText(f"{problem.title}. {problem.hint}")
        self._said.show()
