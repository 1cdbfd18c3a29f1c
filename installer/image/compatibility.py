"""Which system, GPU family, driver, CUDA and wheel go together; every cell with its source.

Sources: [IMG] the service's base image version history and instance types page; [FLEET] its fleet types page; [CUDA]
NVIDIA's CUDA toolkit release notes, table of minimum drivers; [CC] NVIDIA's list of compute capabilities; [TORCH]
PyTorch's release matrix for wheels with CUDA 13.0; [QT] Qt's supported platforms; [AMI] the service's page on imported
images; [ASG] issue 9854 of kubernetes/autoscaler, a third party's list of EC2's sizes from June 2026. A cell without a
source would be a guess; one whose source is not the service itself is told as not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and who says so."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class System:
    """What a base image brings."""

    title: str
    driver: Cell
    families: tuple[str, ...]
    families_source: str
    python_sys: str
    glibc: Cell = Cell(UNKNOWN, "")


@dataclass(frozen=True, slots=True)
class Family:
    """What a GPU family is."""

    gpu: Cell
    capability: Cell
    note: str = ""
    #: The service itself says which GPU it is.
    is_told: bool = True


_ALL = ("g4dn", "g5", "g6", "gr6", "g6f", "gr6f", "g7")
_NOT_SEEN = Cell("2.28", "[IMG]; not seen on an image")
SYSTEMS = {
    "windows-server-2019": System("Windows Server 2019", Cell("539.19", "[IMG]"), ("g4dn", "g5"), "[IMG]", "win32"),
    "windows-server-2022": System("Windows Server 2022", Cell("581.42", "[IMG]"), _ALL, "[IMG]", "win32"),
    "windows-server-2025": System("Windows Server 2025", Cell("581.42", "[IMG]"), _ALL, "[IMG]", "win32"),
    "rocky-8": System("Rocky Linux 8", Cell("595.91.07", "[IMG]"), _ALL, "[IMG]", "linux", _NOT_SEEN),
    "rhel-8": System("Red Hat Enterprise Linux 8", Cell("595.91.07", "[IMG]"), _ALL, "[IMG]", "linux", _NOT_SEEN),
}
#: Systems that people may ask for, and why there is no image of them.
REFUSED = {
    "windows-server-2016": "Qt 6 needs Windows 10 1809 or later, and Server 2016 is build 1607 [QT]",
    "amazon-linux-2": "its public base images ended on 15 April 2026 [IMG]",
    "ubuntu-pro-24.04": "it exists for Elastic fleets alone, which have no GPU [FLEET]",
}
FAMILIES = {
    "g4dn": Family(Cell("NVIDIA T4, 16 GB", "[IMG]"), Cell("7.5", "[CC]")),
    "g5": Family(Cell("NVIDIA A10G, 24 GB", "[IMG]"), Cell("8.6", "[CC]")),
    "g6": Family(Cell("NVIDIA L4, 24 GB", "[IMG]"), Cell("8.9", "[CC]")),
    "gr6": Family(Cell("NVIDIA L4, 24 GB", "[IMG]"), Cell("8.9", "[CC]")),
    "g6f": Family(
        Cell("a part of an NVIDIA L4", "[IMG]"), Cell("8.9", "[CC]"), "base images from 28 July 2025 on [IMG]"
    ),
    "gr6f": Family(
        Cell("a part of an NVIDIA L4", "[IMG]"), Cell("8.9", "[CC]"), "base images from 28 July 2025 on [IMG]"
    ),
    "g7": Family(
        Cell("NVIDIA RTX PRO 4500 Blackwell", "[ASG]"),
        Cell("12.0", "[CC]"),
        "base images from 31 August 2026 on [IMG]",
        is_told=False,
    ),
}
REFUSED_FAMILIES = {
    "g6e": "it takes imported images alone, and they are made from Windows by hand [AMI]",
    "graphics-pro": "ended on 31 October 2025 [IMG]",
    "graphics-design": "ended on 31 December 2025 [IMG]",
}
#: The oldest driver branch that runs programs of a CUDA major version.
LEAST_DRIVER = {
    ("12", "win32"): Cell("527.41", "[CUDA]"),
    ("12", "linux"): Cell("525.60.13", "[CUDA]"),
    ("13", "win32"): Cell("580", "[CUDA]"),
    ("13", "linux"): Cell("580.65.06", "[CUDA]"),
}
#: What wheels of a CUDA major version hold code for; newer ones of the same generation run older code.
LEAST_CAPABILITY = {"12": Cell("5.0", "[TORCH]"), "13": Cell("7.5", "[TORCH]")}
#: The first CUDA that knows a generation: older wheels start there, and fail at their first computation.
LEAST_CUDA = {"12.0": Cell("12.8", "[CUDA]")}
LEAST_GLIBC = Cell("2.28", "wheel tags manylinux_2_28 of PySide6 6.9, torch and the tools' locks")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reason for or against; `ok` is None where nobody knows."""

    what: str
    ok: bool | None
    why: str


def verdicts(system_name: str, family_name: str, cuda: str) -> Iterator[Verdict]:
    """Can it work? `cuda` is the version in the tools' locks, such as `13.0`."""
    if reason := REFUSED.get(system_name):
        yield Verdict("system", False, reason)
        return
    if reason := REFUSED_FAMILIES.get(family_name):
        yield Verdict("family", False, reason)
        return
    system, family = SYSTEMS[system_name], FAMILIES[family_name]
    fits = family_name in system.families
    listed = f"{system.title} has images for {', '.join(system.families)} {system.families_source}"
    yield Verdict("family", fits, f"{listed}{'; ' + family.note if fits and family.note else ''}")
    if system.glibc.value:
        new_enough = _number(system.glibc.value) >= _number(LEAST_GLIBC.value)
        yield Verdict("glibc", new_enough, f"{system.glibc.value} {system.glibc.source}; {LEAST_GLIBC.source} need it")
    yield _driver(system, cuda)
    yield _capability(family_name, family, cuda)


def _driver(system: System, cuda: str) -> Verdict:
    least = LEAST_DRIVER.get((cuda.partition(".")[0], system.python_sys))
    if least is None:
        return Verdict("driver", None, f"nothing is known about CUDA {cuda}")
    words = f"driver {system.driver.value} {system.driver.source}; CUDA {cuda} needs {least.value} {least.source}"
    return Verdict("driver", _number(system.driver.value) >= _number(least.value), words)


def _capability(name: str, family: Family, cuda: str) -> Verdict:
    least = LEAST_CAPABILITY.get(cuda.partition(".")[0])
    if least is None:
        return Verdict("compute capability", None, f"nothing is known about wheels for CUDA {cuda}")
    capability, first = family.capability.value, LEAST_CUDA.get(family.capability.value)
    words = (
        f"{name} is {family.gpu.value} {family.gpu.source}, compute capability {capability} {family.capability.source}"
    )
    words += f"; wheels for CUDA {cuda} begin at {least.value} {least.source}"
    enough = _number(capability) >= _number(least.value)
    if first is not None:
        words += f"; it needs CUDA {first.value} {first.source}"
        enough = enough and _number(cuda) >= _number(first.value)
    if enough and not family.is_told:
        unsure = "the service itself does not name this GPU: the build's own tests train one step on it"
        return Verdict("compute capability", None, f"{words}; {unsure}")
    return Verdict("compute capability", enough, words)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
