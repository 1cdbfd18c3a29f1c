"""Open DeepLabCut's window with a project loaded, which its own command line cannot do.

    python -I -X utf8 open_project.py /absolute/path/of/config.yaml

Runs in DeepLabCut's environment, so it may use only what is there. The window is named after the project once the
project is loaded; that is how the launcher knows. What the person should be told is one line on standard error that
begins with "pose-launcher:", and the exit code says which kind it is.
"""

# ruff: noqa: INP001 - run by its path in another environment, never imported

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

NO_FILE, NOT_YAML, KEYS_MISSING, VALUES_REFUSED, NOT_LOADED, DISK_REFUSED = 20, 21, 22, 23, 24, 25
ASKED_TO_END = 128 + signal.SIGTERM
_NEEDED = ("Task", "scorer", "date", "video_sets")
_PARTS = ("bodyparts", "multianimalbodyparts")


def say(text: str) -> None:
    """A line for the launcher and the log; DeepLabCut takes standard output for its own status bar."""
    sys.stderr.write(f"pose-launcher: {' '.join(text.split())}\n")
    sys.stderr.flush()


def refuse(code: int, text: str) -> NoReturn:
    """End with a line that says why."""
    say(text)
    raise SystemExit(code)


@contextmanager
def named_on_disk_errors(config: Path) -> Iterator[None]:
    """DeepLabCut writes the configuration when it reads it in a new place, so both may be refused."""
    try:
        yield
    except OSError as error:
        refuse(DISK_REFUSED, f"cannot read or bring up to date {config}: {error}")


def check_text(config: Path) -> None:
    """Refuse what is no configuration of ours; before DeepLabCut is imported, which takes many seconds."""
    from ruamel.yaml import YAML, YAMLError

    if not config.is_file():
        refuse(NO_FILE, f"no such configuration: {config}")
    try:
        with named_on_disk_errors(config):
            keys = YAML(typ="safe", pure=True).load(config.read_text(encoding="utf-8"))
    except (YAMLError, ValueError) as error:
        refuse(NOT_YAML, f"not readable as YAML: {config.name}: {where_and_why(error)}")
    if not isinstance(keys, dict):
        refuse(NOT_YAML, f"not readable as YAML: {config.name}: it holds no settings")
    missing = [key for key in _NEEDED if key not in keys]
    if not any(key in keys for key in _PARTS):
        missing.append(_PARTS[0])
    if missing:
        refuse(KEYS_MISSING, f"settings missing in {config.name}: {', '.join(missing)}")


def where_and_why(error: Exception) -> str:
    """A YAML error without its drawing of the place."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 text (byte {error.start})"
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"line {mark.line + 1}: {problem}" if mark and problem else str(error)


def one_by_one(errors: Sequence[Mapping[str, Any]]) -> str:
    """Each refused setting and why."""
    return "; ".join(f"{'.'.join(map(str, error['loc'])) or 'all'}: {error['msg']}" for error in errors)


def check_values(config: Path) -> None:
    """Refuse settings that DeepLabCut does not take; its own dialog about them would hide the window for ever."""
    from deeplabcut.utils.auxiliaryfunctions import read_config
    from pydantic import ValidationError

    try:
        with named_on_disk_errors(config):
            read_config(config)
    except ValidationError as error:
        refuse(VALUES_REFUSED, f"settings refused in {config.name}: {one_by_one(error.errors())}")
    except (TypeError, ValueError) as error:
        refuse(VALUES_REFUSED, f"settings refused in {config.name}: {error}")


def window_class() -> Any:
    """DeepLabCut's window, with the two things changed that do not suit a locked environment and a window list."""
    from deeplabcut.gui.window import MainWindow
    from PySide6.QtWidgets import QMessageBox

    class ProjectWindow(MainWindow):  # type: ignore[misc, unused-ignore]
        def check_for_updates(self, *, silent: bool = True, delay_ms: int = 0) -> None:  # noqa: ARG002 - DeepLabCut's
            """An update from within would change the environment that everyone shares; so nothing is asked for."""
            if not silent:
                QMessageBox.information(self, "Updates", "New versions of DeepLabCut come with Pose Launcher.")

        def _update_project_state(self, config: Any, loaded: bool) -> bool:
            """Also when the person opens another project or reloads this one."""
            is_open = bool(super()._update_project_state(config, loaded))
            if is_open and loaded:
                folder = Path(self.config_path).parent.name
                self.setWindowTitle(f"DeepLabCut - {folder}".replace("[*]", "[*][*]"))  # Qt's mark for "modified"
            return is_open

    return ProjectWindow


def load(window: Any, app: Any, config: Path) -> None:
    """What File > Open does; a window without its project is of no use."""
    try:
        is_open = window._update_project_state(config, loaded=True)
    except Exception:  # noqa: BLE001 - whatever it is, it belongs into the log, and the window must not stay
        traceback.print_exc()
        is_open = False
    if is_open:
        say(f"project loaded: {config}")
    else:
        say(f"project not loaded: {config}")
        app.exit(NOT_LOADED)


def end_on_request(app: Any) -> None:
    """Turn SIGTERM into a clean end: Python sees a signal only when Qt's loop gives it the word."""
    from PySide6.QtCore import QSocketNotifier

    told, tells = socket.socketpair()
    tells.setblocking(False)
    signal.set_wakeup_fd(tells.detach())
    signal.signal(signal.SIGTERM, lambda *_: app.exit(ASKED_TO_END))
    notifier = QSocketNotifier(told.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(lambda *_: told.recv(64))


def run(config: Path) -> int:
    """The window, until it is closed."""
    import deeplabcut.gui  # noqa: F401 - chooses the Qt binding, so it comes before all else of Qt
    import qdarkstyle
    from deeplabcut.gui.gui_assets import icon_from_resource
    from PySide6 import QtCore, QtWidgets

    app = QtWidgets.QApplication(["deeplabcut"])
    app.setApplicationName("DeepLabCut")
    app.setWindowIcon(icon_from_resource("logo.png"))
    app.setStyleSheet(qdarkstyle.load_stylesheet())
    window = window_class()(app)
    window.receiver.start()
    window.showMaximized()
    end_on_request(app)
    QtCore.QTimer.singleShot(0, lambda: load(window, app, config))
    code = int(app.exec())
    if code == ASKED_TO_END:
        os._exit(code)  # whoever asks does not wait for the seconds that torch and Qt need to tidy up; all is written
    window.receiver.terminate()  # else Qt aborts: its thread would outlive it
    window.receiver.wait(2000)
    return code


def main() -> int:
    """The exit code."""
    config = Path(sys.argv[1]).absolute()
    check_text(config)
    check_values(config)
    return run(config)


if __name__ == "__main__":
    raise SystemExit(main())
