"""Open Lightning Pose's app on one project, with a window of its own that says where it is and ends it.

    python -I -X utf8 open_project.py /absolute/path/of/project.yaml

Runs in Lightning Pose's environment, so it may use only what is there. The app is a server for a page in the browser
and knows its projects from a list; it gets a list of its own with this one project in it, in a folder that is gone
afterwards. The small window is named after the project once the app answers: that is how the launcher knows.
What the person should be told is one line on standard error that begins with "pose-launcher:".
"""

# ruff: noqa: INP001 - run by its path in another environment, never imported

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import Any, NoReturn

NO_FILE, NOT_OURS, NOT_SERVED = 20, 21, 24
ASKED_TO_END = 128 + signal.SIGTERM
_STOPS_WITHIN_S = 10.0
_LOOKS_EVERY_MS = 200


def say(text: str) -> None:
    """A line for the launcher and the log."""
    sys.stderr.write(f"pose-launcher: {' '.join(text.split())}\n")
    sys.stderr.flush()


def refuse(code: int, text: str) -> NoReturn:
    """End with a line that says why."""
    say(text)
    raise SystemExit(code)


def check(marker: Path) -> None:
    """Refuse what is no project; for one from before the app, write down for the app what its configuration says."""
    import yaml

    if not marker.is_file():
        refuse(NO_FILE, f"no such project: {marker}")
    try:
        told = yaml.safe_load(marker.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        refuse(NOT_OURS, f"not a configuration of Lightning Pose: {error}")
    inner = told.get("data", told) if isinstance(told, dict) else None
    names = inner.get("keypoint_names") if isinstance(inner, dict) else None
    if not isinstance(names, list):
        refuse(NOT_OURS, f"not a configuration of Lightning Pose: {marker.name} names no keypoints")
    described = marker.with_name("project.yaml")
    if not described.exists():
        content = {"keypoint_names": names, "view_names": inner.get("view_names") or [], "schema_version": 1}
        described.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        say("project.yaml was written, which the app needs")


def register(folder: Path, system_folder: Path) -> None:
    """The app's list of projects, with this one in it; JSON's texts are TOML's texts too."""
    older = folder / "outputs"
    lines = [f"[{json.dumps(folder.name)}]", f"data_dir = {json.dumps(str(folder))}"]
    if older.is_dir() and not (folder / "models").is_dir():
        lines.append(f"model_dir = {json.dumps(str(older))}")
    (system_folder / "projects.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.environ["LP_SYSTEM_DIR"] = str(system_folder)


class Server:
    """The app, answering on this computer only, on a port that was free."""

    def __init__(self) -> None:
        import uvicorn
        from litpose_app.main import app

        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="app")
        self._thread.start()

    @property
    def answers(self) -> bool:
        """It is up."""
        return bool(self._server.started)

    @property
    def is_over(self) -> bool:
        """It ended, or never came up."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Let it end what it is answering."""
        self._server.should_exit = True
        self._thread.join(_STOPS_WITHIN_S)
        self._socket.close()
        for child in multiprocessing.active_children():  # the app's own scheduler; it would write into its folder still
            child.terminate()
            child.join(_STOPS_WITHIN_S)


def window(folder: Path, server: Server) -> Any:
    """Where the app is, and a button that shows it."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

    shown = QWidget()
    shown.setWindowTitle("Lightning Pose")  # named after the project only when the app answers
    text = QLabel(
        f"Lightning Pose shows {folder.name} in the browser:\n{server.address}\n\nClosing this window ends it."
    )
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    button = QPushButton("&Show it in the browser")
    button.clicked.connect(lambda: show(server, text))
    layout = QVBoxLayout(shown)
    layout.addWidget(text)
    layout.addWidget(button)
    return shown


def show(server: Server, text: Any) -> None:
    """In the person's browser, if there is one."""
    if not webbrowser.open(server.address):
        text.setText(f"No browser was found on this computer. Lightning Pose answers at:\n{server.address}")
        say("no browser was found")


def run(folder: Path) -> int:
    """The app and its window, until that is closed."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication(["lightning-pose"])
    app.setApplicationName("Lightning Pose")
    server = Server()
    shown = window(folder, server)
    signal.signal(signal.SIGTERM, lambda *_: app.exit(ASKED_TO_END))
    timer = QTimer()  # also what lets Python see a signal while Qt waits

    def look() -> None:
        if server.is_over:
            say("the app did not start, or ended")
            app.exit(NOT_SERVED)
        elif server.answers and not shown.isVisible():
            shown.setWindowTitle(f"Lightning Pose - {folder.name}".replace("[*]", "[*][*]"))  # Qt's mark for "modified"
            shown.show()
            say(f"project loaded: {folder}")
            show(server, shown.findChild(QLabel))

    timer.timeout.connect(look)
    timer.start(_LOOKS_EVERY_MS)
    code = int(app.exec())
    timer.stop()
    server.stop()
    return code


def main() -> int:
    """The exit code."""
    marker = Path(sys.argv[1]).absolute()
    check(marker)
    with tempfile.TemporaryDirectory(prefix="lightning-pose-") as system_folder:
        register(marker.parent, Path(system_folder))
        return run(marker.parent)


if __name__ == "__main__":
    raise SystemExit(main())
