"""Colours and type of the window: light, dark and high contrast, following the system."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from string import Template

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

import launcher

RESOURCES = Path(launcher.__file__).parents[1] / "resources"
#: Sizes beside the interface font's own, as the drawings have them (13 is the body).
TITLE, CARD_NAME, CAPTION = 17 / 13, 14 / 13, 11.5 / 13
#: Nobody chooses pure black on pure white by accident: only high-contrast themes have this much.
_HIGH_CONTRAST = 19.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every colour the window uses, by what it is for."""

    background: str
    surface: str
    raised: str
    line: str
    text: str
    dim: str
    accent: str
    on_accent: str
    selected: str
    saved: str
    saved_ground: str
    attention: str
    attention_ground: str
    failed: str
    failed_ground: str


LIGHT = Tokens(
    background="#F4F5F7", surface="#FFFFFF", raised="#FBFBFC", line="#DFE3E8", text="#1B1F26", dim="#5B6472",
    accent="#0F5FB5", on_accent="#FFFFFF", selected="#E3EEFA", saved="#17754A", saved_ground="#E4F4EC",
    attention="#8A5A00", attention_ground="#FFF4DC", failed="#B3261E", failed_ground="#FCEBEA",
)  # fmt: skip
DARK = Tokens(
    background="#14171C", surface="#1C2026", raised="#22272E", line="#30363F", text="#E7EAEE", dim="#9AA4B1",
    accent="#6CB1F5", on_accent="#08131F", selected="#1F3347", saved="#59C48F", saved_ground="#16352A",
    attention="#E8B84A", attention_ground="#3A2E12", failed="#F28B82", failed_ground="#3B1D1B",
)  # fmt: skip

#: Okabe-Ito, in body-part order; each has its shape as well, so that colour is never needed.
KEY_POINTS = (
    ("#0072B2", "circle"), ("#E69F00", "triangle"), ("#009E73", "triangle down"), ("#CC79A7", "square"),
    ("#56B4E9", "diamond"), ("#D55E00", "star"), ("#F0E442", "cross"),
)  # fmt: skip

#: Our ticks for the style sheet, and the colour that each is drawn in.
_TICKS = {"tick-light": "#FFFFFF", "tick-dark": "#08131F"}


class Appearance(StrEnum):
    """What the person chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def contrast(one: str, other: str) -> float:
    """How far two colours are apart for the eye (WCAG 2, from 1 to 21)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def is_high_contrast(palette: QPalette) -> bool:
    """Does the system ask for high contrast? Its palette shows it."""
    return contrast(_name(palette, QPalette.ColorRole.WindowText), _name(palette, QPalette.ColorRole.Window)) > (
        _HIGH_CONTRAST
    )


def from_system(palette: QPalette) -> Tokens:
    """High contrast: the system's own colours, and nothing of ours."""
    role = QPalette.ColorRole
    ground, text, link = (_name(palette, one) for one in (role.Window, role.WindowText, role.Link))
    accent = link if contrast(link, ground) >= 7 else text
    selected, on_accent = _name(palette, role.Highlight), ground
    if contrast(selected, text) < 4.5:
        selected = ground
    return Tokens(
        background=ground, surface=ground, raised=ground, line=text, text=text, dim=text, accent=accent,
        on_accent=on_accent, selected=selected, saved=text, saved_ground=ground, attention=text,
        attention_ground=ground, failed=text, failed_ground=ground,
    )  # fmt: skip


def _name(palette: QPalette, role: QPalette.ColorRole) -> str:
    return palette.color(QPalette.ColorGroup.Active, role).name()


def tokens_for(appearance: Appearance, palette: QPalette, scheme: Qt.ColorScheme) -> Tokens:
    """The colours to use; a system that asks for high contrast always gets it."""
    if is_high_contrast(palette):
        return from_system(palette)
    dark = scheme == Qt.ColorScheme.Dark if appearance is Appearance.SYSTEM else appearance is Appearance.DARK
    return DARK if dark else LIGHT


def tick_on(tokens: Tokens) -> str:
    """Which of our two ticks is seen in a box that is filled with the accent: a style sheet cannot tint a picture."""
    return max(_TICKS, key=lambda name: contrast(_TICKS[name], tokens.accent))


class Theme(QObject):
    """The colours in force; `changed` when the system or the person switched."""

    changed = Signal()

    def __init__(self, app: QApplication, appearance: Appearance = Appearance.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self.appearance = appearance
        self.tokens = LIGHT
        self._sheet = Template((RESOURCES / "styles" / "window.qss").read_text(encoding="utf-8"))
        QDir.setSearchPaths("icons", [str(RESOURCES / "icons")])  # for the style sheet, wherever we are installed
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self.apply)
        self.apply()

    def choose(self, appearance: Appearance) -> None:
        """Follow the system, or stay light or dark."""
        self.appearance = appearance
        self.apply()

    def apply(self) -> None:
        """Read the system again and dress the application."""
        self._app.setPalette(QPalette())  # ours would hide the system's
        self.tokens = tokens_for(self.appearance, self._app.palette(), self._app.styleHints().colorScheme())
        self._app.setPalette(_palette(self.tokens))
        self._app.setStyleSheet(self._sheet.substitute(asdict(self.tokens), tick=tick_on(self.tokens)))
        self.changed.emit()

    def colour(self, name: str) -> QColor:
        """A token as a colour to paint with."""
        return QColor(getattr(self.tokens, name))


def _palette(tokens: Tokens) -> QPalette:
    palette, role = QPalette(QColor(tokens.surface)), QPalette.ColorRole
    for which, colour in (
        (role.Window, tokens.background), (role.WindowText, tokens.text), (role.Base, tokens.surface),
        (role.AlternateBase, tokens.raised), (role.Text, tokens.text), (role.Button, tokens.surface),
        (role.ButtonText, tokens.text), (role.PlaceholderText, tokens.dim), (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent), (role.ToolTipBase, tokens.raised), (role.ToolTipText, tokens.text),
        (role.Link, tokens.accent), (role.Mid, tokens.line), (role.Light, tokens.surface),
    ):  # fmt: skip
        palette.setColor(which, QColor(colour))
    for which in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.dim))
    return palette


def sized(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The interface font, larger or smaller by a factor of its own size."""
    made = QFont(font)
    if font.pointSizeF() > 0:
        made.setPointSizeF(font.pointSizeF() * factor)
    else:
        made.setPixelSize(round(font.pixelSize() * factor))
    made.setWeight(weight)
    return made


def tabular(font: QFont) -> QFont:
    """Figures of equal width, so that numbers that change do not jiggle."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def set_role(widget: QWidget, name: str, value: str) -> None:
    """Give a widget another look from the style sheet, and let the style notice."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
