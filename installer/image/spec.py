"""`image.toml`: what an image shall hold, as typed values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError

from installer.image.compatibility import FAMILIES, REFUSED, REFUSED_FAMILIES, SYSTEMS, Verdict, verdicts
from installer.image.locked import cuda_of, version_of
from launcher import errors
from launcher.config.toml_document import parsed, text_of
from launcher.config.wrong_entry import refused, wrong_entries

WHAT = "description of the image"
#: What a lock has, or will have once it is made where torch's own index answers (docs/tools.md).
OUR_CUDA = "13.0"
_WITHOUT = "the lock for this system is without CUDA, and tools would run on the CPU: first `pose-launcher tools lock`"
#: The Image Assistant's own rule.
_NAME = re.compile(r"(?!(?i:aws|appstream|amazon))[A-Za-z0-9_.-]{1,100}")
_TOOL = r"^[a-z_]{1,40}(==[0-9][0-9A-Za-z.+]{0,20})?$"
SystemName = Literal[
    "windows-server-2016", "windows-server-2019", "windows-server-2022", "windows-server-2025", "rocky-8", "rhel-8",
    "amazon-linux-2", "ubuntu-pro-24.04",
]  # fmt: skip
FamilyName = Literal["g4dn", "g5", "g6", "gr6", "g6f", "gr6f", "g7", "g6e", "graphics-pro", "graphics-design"]


def _of_an_image(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("not a name")
    return text


class Spec(BaseModel):
    """The whole file. The description of a field says what is allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: int = Field(default=1, ge=1, le=1, alias="schema", description="1")
    name: Annotated[str, AfterValidator(_of_an_image)] = Field(
        description="at most 100 of A-Z a-z 0-9 _ . - , not beginning with aws, amazon or appstream"
    )
    title: str = Field(default="", pattern=r"^[A-Za-z0-9 _.,()+-]{0,100}$", description="letters, digits and spaces")
    system: SystemName = Field(description=f"one of {', '.join(SYSTEMS)}")
    gpu: FamilyName = Field(description=f"one of {', '.join(FAMILIES)}")
    tools: Annotated[tuple[Annotated[str, Field(pattern=_TOOL)], ...], Strict(False)] = Field(
        default=(), max_length=8, description='a list such as ["sleap", "deeplabcut==3.0.2"]'
    )
    view: Literal["app", "desktop"] = Field(default="app", description='"app" or "desktop"')
    mounts: bool = Field(default=True, description="true or false: whether what mounting needs is installed")

    @property
    def is_windows(self) -> bool:
        """Windows rules apply."""
        return self.system.startswith("windows")

    @property
    def tool_ids(self) -> tuple[str, ...]:
        """Without their versions."""
        return tuple(tool.partition("==")[0] for tool in self.tools)


def load_spec(path: Path) -> Spec:
    """Read it; what is wrong is refused with its line."""
    document, lines = parsed(text_of(path, WHAT), str(path), WHAT)
    try:
        return Spec.model_validate(document)
    except ValidationError as exc:
        raise refused(str(path), wrong_entries(exc, Spec, lines), WHAT) from exc


def judge(spec: Spec) -> list[Verdict]:
    """Everything for and against this image."""
    if spec.system in REFUSED or spec.gpu in REFUSED_FAMILIES:
        return list(verdicts(spec.system, spec.gpu, ""))
    windows = spec.is_windows
    found = {tool: cuda_of(tool, windows=windows) for tool in spec.tool_ids}
    cudas = sorted({cuda or OUR_CUDA for cuda in found.values()}) or [OUR_CUDA]
    judged = [one for cuda in cudas for one in verdicts(spec.system, spec.gpu, cuda)]
    if "" in found.values():
        judged.append(Verdict("CUDA", None, _WITHOUT))
    return [*dict.fromkeys(judged), *(_version(tool, windows=windows) for tool in spec.tools)]


def _version(tool: str, *, windows: bool) -> Verdict:
    tool_id, _, wanted = tool.partition("==")
    locked = version_of(tool_id, windows=windows)
    if wanted and wanted != locked:
        return Verdict(tool_id, False, f"{wanted} is asked for, and this launcher's lock holds {locked}")
    return Verdict(tool_id, True, f"{locked}, every file of it by its hash")


def refuse_impossible(spec: Spec) -> list[Verdict]:
    """Stop before anything is built that cannot work; what nobody knows is given back, to be told."""
    judged = judge(spec)
    against = [one for one in judged if one.ok is False]
    if against:
        raise errors.BadUsage(
            "; ".join(f"{one.what}: {one.why}" for one in against),
            title="This image cannot work",
            hint="Nothing was changed. `pose-admin image check` shows the whole table.",
        )
    return [one for one in judged if one.ok is None]
