"""The words of the window: translated here, with remote text made plain before it is put in."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from launcher.config.plain import plain


def tr(text: str, **values: object) -> str:
    """A sentence in the person's language; values are put in afterwards, so that none of them is read as a pattern."""
    words = QCoreApplication.translate("window", text)
    return words.format(**{name: plain(str(value)) for name, value in values.items()}) if values else words
