"""uv, driven as a program: what it is told, what it says on the way, and what its failures mean for a person."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from launcher import errors
from launcher.runs.locks import FROM_SOURCE

#: What uv may see of our environment: where programs and temporary files are, how this site reaches the network.
_ALLOWED = (
    "PATH", "HOME", "TMPDIR", "TEMP", "TMP",
    "SYSTEMROOT", "SYSTEMDRIVE", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy",
)  # fmt: skip
_ONLY_WHEELS = ("--only-binary", ":all:", *(word for name in FROM_SOURCE for word in ("--no-binary", name)))
_LAST_LINES = 40

_SIZES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DOWNLOADING = re.compile(r"\s*Downloading (\S+) \(([\d.]+)(B|KiB|MiB|GiB)\)")
_DOWNLOADED = re.compile(r"\s*Downloaded (\S+)")
_STEP = re.compile(r"(Resolved|Prepared|Installed|Bytecode compiled) (\d+) (?:packages?|files?)")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an installation is: uv announces large packages one by one, small ones only together."""

    step: str = "starting"
    large: int = 0
    large_done: int = 0
    bytes: int = 0
    bytes_done: int = 0


Tell = Callable[[Progress], None]


class Watched:
    """Makes progress out of what uv prints."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._done: set[str] = set()
        self._step = "looking the packages up"

    def line(self, text: str) -> Progress:
        """What is known after one more line."""
        if started := _DOWNLOADING.match(text):
            self._sizes[started[1]] = int(float(started[2]) * _SIZES[started[3]])
            self._step = "downloading"
        elif ended := _DOWNLOADED.match(text):
            self._done.add(ended[1])
        elif step := _STEP.match(text):
            self._step = _next_step(step[1], step[2])
        fetched = self._done & self._sizes.keys()
        done = sum(self._sizes[name] for name in fetched)
        return Progress(self._step, len(self._sizes), len(fetched), sum(self._sizes.values()), done)


def _next_step(finished: str, count: str) -> str:
    return {
        "Resolved": f"getting {count} packages",
        "Prepared": f"putting {count} packages in place",
        "Installed": f"{count} packages are in place; compiling them, so that the tool starts faster",
        "Bytecode compiled": f"{count} files compiled",
    }[finished]


@dataclass(frozen=True, slots=True)
class Uv:
    """uv with one cache and one site's settings; nothing of the person's own uv configuration counts."""

    cache: Path
    settings: Mapping[str, str]
    keep_open: tuple[int, ...] = ()
    has_registry: bool = True

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of uv."""
        kept = {name: value for name, value in environ.items() if name in _ALLOWED}
        ours = {
            "UV_CACHE_DIR": str(self.cache),
            "UV_NO_CONFIG": "1",
            "UV_LINK_MODE": "hardlink",  # large wheels are on the disk once, whichever tools use them
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip does; the hashes say which file is meant
            "UV_NO_PROGRESS": "1",
            "NO_COLOR": "1",
        }
        return {**kept, **ours, **self.settings}

    def make_environment(self, folder: Path, python: str) -> None:
        """An empty environment; what lay there before is gone."""
        self._run(["venv", "--no-project", "--clear", "--python", python, str(folder)], folder.parent)

    def install(self, python: Path, lock: Path, tell: Tell) -> None:
        """Exactly what a lock names, every file proved by its hash."""
        proved = ["--require-hashes", "--require-build-hashes", "--build-constraints", str(lock)]
        trial = ["--preview-features", "build-dependency-hashes"]  # uv's name for the second of these, for now
        into = ["--python", str(python), "--compile-bytecode"]
        where = [] if self.has_registry else ["--no-index"]
        self._run(["pip", "sync", *into, *where, *trial, *proved, *_ONLY_WHEELS, str(lock)], lock.parent, tell)

    def forget(self, packages: Sequence[str]) -> None:
        """Delete what was downloaded of these packages."""
        if packages:
            self._run(["cache", "clean", *packages], self.cache.parent)

    def resolve(self, wanted: Path, lock: Path, how: Sequence[str]) -> None:
        """Write a lock: names, versions, hashes."""
        plain = ["--generate-hashes", "--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]
        self._run(["pip", "compile", *plain, *_ONLY_WHEELS, *how, "-o", str(lock), str(wanted)], lock.parent)

    def _run(self, arguments: Sequence[str], cwd: Path, tell: Tell = lambda _: None) -> None:
        watched, last = Watched(), deque[str](maxlen=_LAST_LINES)
        with subprocess.Popen(
            [find_uv_bin(), *arguments],
            cwd=cwd,
            env=self.environ(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            pass_fds=() if sys.platform == "win32" else self.keep_open,
        ) as process:
            assert process.stderr is not None
            try:
                for line in process.stderr:
                    last.append(line.rstrip())
                    tell(watched.line(line))
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise failure("\n".join(last))


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What some words of uv's mean."""

    words: str
    kind: type[errors.LauncherError]
    title: str
    hint: str


_KEPT = "What was downloaded is kept."
#: The first that fits counts: a certificate that is not trusted, for example, also ends as a request that failed.
_MEANINGS = (
    _Meaning(
        r"hash mismatch|no hashes (?:were )?provided",
        errors.NotDone,
        "A package is not the one that the lock names",
        "It was not installed. Ask your admin whether the registry was changed, before anything is locked anew.",
    ),
    _Meaning(
        r"no space left on device|os error 28\b|os error 112\b|quota exceeded",
        errors.LocalDisk,
        "The local disk is full",
        f"Nothing counts as installed. {_KEPT} Free some space and run the command again.",
    ),
    _Meaning(
        r"error sending request|request failed|failed to fetch|dns error|client error \(connect\)|timed out|timeout"
        r"|connectivity is disabled|http status",
        errors.Unreachable,
        "The package registry does not answer",
        f"{_KEPT} Check the network, or the registry in pip's settings, and run the command again.",
    ),
    _Meaning(
        r"no interpreter found",
        errors.ToolFailed,
        "There is no Python on this computer that the tool runs on",
        "Nothing was installed. Install the Python that is named here and run the command again.",
    ),
    _Meaning(
        r"no solution found|no (?:usable )?wheels|not found in",
        errors.NotDone,
        "The package registry does not have what the lock names",
        "Nothing was installed. Ask your admin to add the package to the registry, or to lock the tool anew.",
    ),
)
_UNKNOWN = _Meaning(
    "",
    errors.ToolFailed,
    "The environment could not be built",
    f"{_KEPT} Run the command again; if it fails again, send what it says with --verbose to your admin.",
)


def failure(said: str) -> errors.LauncherError:
    """What uv's last lines mean."""
    fitting = (one for one in _MEANINGS if re.search(one.words, said, re.IGNORECASE))
    meaning = next(fitting, _UNKNOWN)
    return meaning.kind(_most_telling(said), title=meaning.title, hint=meaning.hint, detail=said)


def _most_telling(said: str) -> str:
    """uv says what failed in its first line and the reason in the line below."""
    told = [line.strip() for line in said.splitlines() if line.lstrip().startswith(("error: ", "cause: "))]
    return "; ".join(line.partition(": ")[2] for line in told[:2])
