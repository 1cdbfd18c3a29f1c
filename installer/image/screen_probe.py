"""What Qt sees of the screen, as JSON: run on the image by its own Python, `python -I -m installer.image.screen_probe`.

A process of its own, since Qt ends the whole program where there is no screen.
"""

from __future__ import annotations

import json
import sys

from PySide6.QtGui import QGuiApplication


def main() -> int:
    """One document with the size in points, the dots per inch and the scale."""
    application = QGuiApplication([])
    screen = application.primaryScreen()
    size, dpi, scale = screen.size(), screen.logicalDotsPerInch(), screen.devicePixelRatio()
    sys.stdout.write(json.dumps({"width": size.width(), "height": size.height(), "dpi": dpi, "scale": scale}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
