"""Projects as a grid of cards: the picture first, then name, tool, contents and health."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from launcher.ui import fitting, words
from launcher.ui.icons import picture
from launcher.ui.models.projects import ProjectRole
from launcher.ui.panes.cell import Cell, cell_of, draw_inside, fits
from launcher.ui.panes.drops import project_mime
from launcher.ui.panes.scrolling import keep_room
from launcher.ui.rows import Project
from launcher.ui.texts import tr
from launcher.ui.theme import CAPTION, CARD_NAME, Theme, sized

Index = QModelIndex | QPersistentModelIndex
GAP, _PAD, _RADIUS = 16, 12, 10
_NARROWEST, _PICTURE_SHAPE = 232, 0.575
_DRAGGED = 120
_TONES = {
    words.Tone.PLAIN: "dim",
    words.Tone.SAVED: "saved",
    words.Tone.ATTENTION: "attention",
    words.Tone.FAILED: "failed",
}


def columns(width: int) -> int:
    """How many cards stand side by side."""
    return max(width // (_NARROWEST + GAP), 1)


class CardDelegate(QStyledItemDelegate):
    """Paints one card."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cell = QSize(_NARROWEST + GAP, 300)

    @property
    def colour(self) -> str:
        """Of a picture that is not there."""
        return self._theme.tokens.dim

    def sizeHint(self, _: QStyleOptionViewItem, __: Index) -> QSize:
        """All cards are of one size, set by the view."""
        return self.cell

    def height_for(self, width: int, font: QFont) -> int:
        """Picture and four lines of text."""
        line = QFontMetrics(font).height()
        return int(width * _PICTURE_SHAPE) + 4 * line + 2 * _PAD + 10

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Everything by hand, with tokens only."""
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing
            | QPainter.RenderHint.SmoothPixmapTransform
            | QPainter.RenderHint.TextAntialiasing
        )
        cell = cell_of(option)
        card = cell.rect.adjusted(0, 0, -GAP, -GAP)
        image = QRect(card.left(), card.top(), card.width(), int(card.width() * _PICTURE_SHAPE))
        self._paint_ground(painter, card)
        self._paint_picture(painter, card, image, index)
        self._paint_border(painter, card, cell)
        self._paint_text(painter, card.adjusted(_PAD, image.height() + _PAD - 2, -_PAD, -_PAD + 2), cell.font, index)
        painter.restore()

    def _paint_ground(self, painter: QPainter, card: QRect) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("surface"))
        painter.drawRoundedRect(card, _RADIUS, _RADIUS)

    def _paint_picture(self, painter: QPainter, card: QRect, image: QRect, index: Index) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(card), _RADIUS, _RADIUS)
        painter.save()
        painter.setClipPath(shape)
        poster = index.data(ProjectRole.POSTER)
        if isinstance(poster, QPixmap):
            painter.drawPixmap(image, poster, _filling(poster.size(), image.size()))
        else:
            painter.fillRect(image, self._theme.colour("background"))
            glyph = picture("picture", self._theme.tokens.line, 40, painter.device().devicePixelRatioF())
            painter.drawPixmap(image.center().x() - 20, image.center().y() - 20, glyph)
        painter.restore()

    def _paint_border(self, painter: QPainter, card: QRect, cell: Cell) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.colour("accent" if cell.is_chosen else "line"), 2 if cell.is_chosen else 1))
        inset = 1.0 if cell.is_chosen else 0.5
        painter.drawRoundedRect(QRectF(card).adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)
        if cell.has_focus:  # chosen and focused differ by a second ring
            painter.setPen(QPen(self._theme.colour("accent"), 1))
            painter.drawRoundedRect(QRectF(card).adjusted(3.5, 3.5, -3.5, -3.5), _RADIUS - 3, _RADIUS - 3)

    def _paint_text(self, painter: QPainter, box: QRect, font: QFont, index: Index) -> None:
        project: Project = index.data(ProjectRole.PROJECT)
        line = QFontMetrics(font).height()
        first = QRect(box.left(), box.top(), box.width(), line + 4)
        badge = self._paint_badge(painter, first, font, words.tool_badge(project))
        above = self._paint_name(painter, first, badge + 8, font, project.name)
        caption = sized(font, CAPTION)
        room = fits(caption, box.width())
        second = QRect(box.left(), above + 4, box.width(), line)
        contents = fitting.first_that_fits(words.contents_in_short(project), room)
        self._text(painter, second, caption, contents, "dim")
        third = QRect(box.left(), second.bottom() + 3, box.width(), box.bottom() - second.bottom() - 3)
        said: words.Line = index.data(ProjectRole.LINE)
        is_one_line = third.height() < 2 * QFontMetrics(caption).height()
        painter.setFont(caption)
        painter.setPen(self._theme.colour(_TONES[said.tone]))
        text = fitting.sentence(said.signed, room) if is_one_line else said.signed
        draw_inside(painter, third, Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop, text)

    def _paint_name(self, painter: QPainter, row: QRect, taken: int, font: QFont, name: str) -> int:
        """On one line beside what is taken of it, or on two where it is long; returns where it ends."""
        large = sized(font, CARD_NAME, QFont.Weight.DemiBold)
        beside = row.adjusted(0, 0, -taken, 0)
        first, second = fitting.name_on_two_lines(name, fits(large, beside.width()), fits(large, row.width()))
        self._text(painter, beside, large, first, "text")
        if not second:
            return row.bottom()
        below = row.translated(0, QFontMetrics(large).height())
        self._text(painter, below, large, second, "text")
        return below.bottom()

    def _paint_badge(self, painter: QPainter, row: QRect, font: QFont, text: str) -> int:
        painter.setFont(sized(font, CAPTION * 0.96))
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        box = QRect(row.right() - width + 1, row.top(), width, row.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("background"))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(self._theme.colour("dim"))
        draw_inside(painter, box, Qt.AlignmentFlag.AlignCenter, text)
        return width

    def _text(self, painter: QPainter, where: QRect, font: QFont, text: str, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.colour(colour))
        # One long word: names of one experiment begin alike and differ at their ends.
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, where.width())
        draw_inside(painter, where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)


def _filling(picture_size: QSize, target: QSize) -> QRect:
    """The middle of a picture that has the shape of the target."""
    shape = target.scaled(picture_size, Qt.AspectRatioMode.KeepAspectRatio)
    left, top = (picture_size.width() - shape.width()) // 2, (picture_size.height() - shape.height()) // 2
    return QRect(left, top, shape.width(), shape.height())


class CardsView(QListView):
    """As many columns as there is room for, the cards filling them."""

    opened = Signal()
    #: A card is about to be dragged; called with what drags it, which returns when it was let go.
    dragged = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("Cards")
        self.setAccessibleName(tr("Projects"))
        self._cards = CardDelegate(theme, self)
        self.setItemDelegate(self._cards)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setDragEnabled(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        keep_room(self)  # the columns stay when the list grows
        self.verticalScrollBar().setSingleStep(32)
        self.activated.connect(self.opened)
        theme.changed.connect(self.viewport().update)

    def startDrag(self, _: Qt.DropAction) -> None:
        """The current card, small, onto a tool."""
        project = self.currentIndex().data(ProjectRole.PROJECT)
        if not isinstance(project, Project):
            return
        drag = QDrag(self)
        drag.setMimeData(project_mime(project.uri))
        drag.setPixmap(self._small(self.currentIndex()))
        self.dragged.emit(lambda: drag.exec(Qt.DropAction.CopyAction))

    def _small(self, index: QModelIndex) -> QPixmap:
        poster = index.data(ProjectRole.POSTER)
        if isinstance(poster, QPixmap):
            return poster.scaledToWidth(_DRAGGED, Qt.TransformationMode.SmoothTransformation)
        return picture("picture", self._cards.colour, _DRAGGED // 2, self.devicePixelRatioF())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other columns, or wider cards."""
        super().resizeEvent(event)
        room = self.viewport().width() - 2  # a row that fits to the pixel is broken by Qt
        width = room // columns(room)
        self._cards.cell = QSize(width, self._cards.height_for(width - GAP, self.font()) + GAP)
        self.setGridSize(self._cards.cell)
