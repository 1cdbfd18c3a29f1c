"""What a pose tool may see of our environment: a short list, so that nothing of ours and nothing unknown gets in."""

from __future__ import annotations

import ntpath
import sys
from collections.abc import Mapping

WINDOWS, LINUX = "win32", "linux"

_ANYWHERE = ("TZ", "CUDA_VISIBLE_DEVICES", "HF_HOME", "HF_HUB_OFFLINE", "TORCH_HOME", "OMP_NUM_THREADS")
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    LINUX: (
        *_ANYWHERE,
        "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LANGUAGE", "LC_*",
        "DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_DATA_DIRS", "XDG_CURRENT_DESKTOP",
        "NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES",
    ),
    WINDOWS: (
        *_ANYWHERE,
        "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "OS", "TEMP", "TMP",
        "USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH", "COMPUTERNAME", "SESSIONNAME", "PUBLIC",
        "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "ALLUSERSPROFILE",
        "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES", "COMMONPROGRAMFILES(X86)",
        "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "PROCESSOR_IDENTIFIER", "PROCESSOR_LEVEL",
    ),
}  # fmt: skip
#: Without a bus to talk to Qt would start one of its own, which outlives the tool.
_NO_BUS = {"DBUS_SESSION_BUS_ADDRESS": "disabled:"}
#: For every Python that the tool starts in turn: nothing from the working folder, nothing from the person's own
#: packages, and a log that is written at once.
_OURS = {"PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1"}


def clean_environment(
    environ: Mapping[str, str], programs: str, more: Mapping[str, str], system: str = sys.platform
) -> dict[str, str]:
    """The whole environment of a tool: what is allowed of ours, system places to find programs in, and `more`.

    `programs` is the folder of the tool's own environment: its parts call each other by name.
    """
    kept = {name: value for name, value in environ.items() if _is_allowed(name, system)}
    missing = _NO_BUS if system == LINUX else {}
    return {**missing, **kept, **_OURS, "PATH": _path(environ, programs, system), **more}


def _is_allowed(name: str, system: str) -> bool:
    # Windows does not tell capitals apart; elsewhere `Path` would be another variable than `PATH`.
    name = name.upper() if system == WINDOWS else name
    allowed = _ALLOWED[system]
    return name in allowed or any(rule.endswith("*") and name.startswith(rule[:-1]) for rule in allowed)


def _path(environ: Mapping[str, str], programs: str, system: str) -> str:
    if system != WINDOWS:
        return f"{programs}:/usr/local/bin:/usr/bin:/bin"
    root = next((value for name, value in environ.items() if name.upper() == "SYSTEMROOT"), r"C:\Windows")
    return ";".join((programs, ntpath.join(root, "System32"), root, ntpath.join(root, "System32", "Wbem")))
