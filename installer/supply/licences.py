"""The licence of every package of every lock that is installed here, as each declares it: a CSV."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from installer.supply.bill import Package, packages_in
from launcher.runs.environments import Environments

HEAD = ("package", "version", "licence", "lock")
NOT_HERE, NOT_DECLARED = "not installed here", "not declared"
#: What stands in the field of a licence where nobody filled it in.
_EMPTY = ("", "UNKNOWN", "Other/Proprietary License", "OSI Approved")


def places(tools: Path | None, names: Sequence[str]) -> dict[str, list[str]]:
    """Where the packages of each lock are installed: this environment, and those of the pose tools below `tools`."""
    found = {"launcher": sys.path}
    for name in names:
        installed = Environments(tools).find(name) if tools else None
        if installed is not None:
            found[name] = [str(path) for path in installed.folder.glob("[Ll]ib*/**/site-packages")]
    return found


def licences(held: Mapping[str, Path], where: Mapping[str, Sequence[str]]) -> str:
    """A CSV with a row for every package of those locks that are installed somewhere."""
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(HEAD)
    for lock, path in sorted(held.items()):
        if lock in where:
            known = dict(_declared(where[lock]))
            for package in packages_in(path.read_text(encoding="utf-8")):
                cells = (package.name, package.version, _licence(package, known), lock)
                writer.writerow([safe_cell(text) for text in cells])
    return made.getvalue()


def _licence(package: Package, known: Mapping[str, tuple[str, str]]) -> str:
    """Where another version is installed, as another system or another Python has it, that is said."""
    version, licence = known.get(canonicalize_name(package.name), (package.version, NOT_HERE))
    return licence if version == package.version else f"{licence} (of {version})"


def _declared(where: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for one in metadata.distributions(path=list(where)):
        yield canonicalize_name(one.metadata["Name"]), (one.version, licence_of(one.metadata))


def licence_of(told: metadata.PackageMetadata) -> str:
    """What a package says of itself, in its shortest form; without a word of it, the names of its licence files."""
    rows = [row.rpartition("::")[2].strip() for row in told.get_all("Classifier") or () if row.startswith("License ::")]
    text = (told["License"] or "").strip().splitlines()
    said = [told["License-Expression"] or "", "; ".join(row for row in rows if row not in _EMPTY), *text[:1]]
    files = ", ".join(told.get_all("License-File") or ())
    said = [" ".join(one.split())[:100] for one in said]
    return next((one for one in said if one not in _EMPTY), f"see {files}" if files else NOT_DECLARED)


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
