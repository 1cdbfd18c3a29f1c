"""The bill of materials in CycloneDX's form, from the hashed locks: the same bytes from the same locks."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

import launcher
from installer.image.plan import LOCK
from launcher.runs.environments import RESOURCES

_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
#: Nobody knows when a lock was made; what has no time of its own gets this one, so that two builds are equal.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One package of a lock, with the hashes that its files may have."""

    name: str
    version: str
    hashes: tuple[str, ...]


def locks() -> dict[str, Path]:
    """Every lock that a Linux image is built from: the launcher's own, and each pose tool's."""
    return {"launcher": LOCK, **{path.parent.name: path for path in RESOURCES.glob("*/linux.lock")}}


def packages_in(text: str) -> list[Package]:
    """Every package of a lock."""
    lines = text.replace("\\\n", " ").splitlines()
    found = [
        Package(pin["name"].lower(), pin["version"], tuple(_HASH.findall(line)))
        for line in lines
        if (pin := _PIN.match(line))
    ]
    return sorted(set(found))


def bill(held: dict[str, Path]) -> str:
    """One component for each lock, with its packages below it."""
    bom = Bom(serial_number=_serial(held))
    bom.metadata.timestamp = _EPOCH
    root = Component(
        name="pose-launcher", version=launcher.__version__, type=ComponentType.APPLICATION, bom_ref="pose-launcher"
    )
    bom.metadata.component = root
    for name, path in sorted(held.items()):
        parts = [_component(name, one) for one in packages_in(path.read_text(encoding="utf-8"))]
        bom.components.update(parts)
        bom.register_dependency(root, parts)
    return str(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)) + "\n"


def _serial(held: dict[str, Path]) -> uuid.UUID:
    digest = hashlib.sha256(b"".join(path.read_bytes() for _, path in sorted(held.items()))).hexdigest()
    return uuid.uuid5(uuid.NAMESPACE_OID, digest)


def _component(lock: str, package: Package) -> Component:
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=f"{lock}/{package.name}@{package.version}",
        group=lock,
        purl=PackageURL("pypi", None, package.name, package.version),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in package.hashes],
    )


def hashes(paths: list[Path]) -> str:
    """As `sha256sum --check` reads it."""
    return "".join(f"{line}\n" for line in _lines(paths))


def _lines(paths: list[Path]) -> Iterator[str]:
    for path in sorted(paths):
        yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
