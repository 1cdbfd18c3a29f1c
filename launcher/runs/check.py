"""Does an installed tool really work here? Looked at from inside its environment, by its own Python, within bounds."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from launcher.runs.environments import RESOURCES, Installed, Row, resources, row_of
from launcher.runs.isolation import clean_environment
from launcher.tools.protocol import PoseTool

PROBE = RESOURCES / "probe.py"
#: A cold import on a busy small machine takes most of a minute.
PATIENCE_S = 180


@dataclass(frozen=True, slots=True)
class Torch:
    """What the tool's torch says: its version, the CUDA that it was built with, and the GPUs that it sees."""

    version: str = ""
    cuda: str | None = None
    available: bool = False
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the probe found; an empty complaint is a step that went well."""

    torch: Torch = Torch()
    import_complaint: str = ""
    inference_complaint: str = ""
    inference_s: float = 0.0

    @classmethod
    def parse(cls, answer: Mapping[str, Any]) -> Found:
        """From the probe's JSON."""
        torch, imports, inference = answer["torch"], answer["imports"], answer["inference"]
        view = Torch()
        if torch["ok"]:
            view = Torch(torch["version"], torch["cuda"], torch["available"], tuple(torch["devices"]))
        # Without torch nothing else works either: its complaint is the one to tell.
        import_complaint = torch.get("error") or imports.get("error") or ""
        return cls(view, import_complaint, inference.get("error", ""), inference["seconds"])


@dataclass(frozen=True, slots=True)
class Checked:
    """A tool's environment, judged."""

    row: Row
    ok: bool
    torch: Torch
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """As the contract's `tools`, with what was seen beside it."""
        return {**self.row.to_json(), "ok": self.ok, "torch": asdict(self.torch), "inference_seconds": self.seconds}


def check(one: Installed, tool: PoseTool) -> Checked:
    """Import the tool, ask its torch for GPUs, put one small picture through a network of its own; takes seconds."""
    found = _probe(one, tool)
    ok = not (found.import_complaint or found.inference_complaint)
    row = replace(row_of(one, tool.title), gpu=found.torch.available, message=verdict(one, found))
    return Checked(row, ok, found.torch, found.inference_s)


def verdict(one: Installed, found: Found) -> str:
    """The finding in words."""
    shims = "".join(f"; TEST SHIM for {name}: for tests only" for name in one.shims)
    return _works_or_not(one, found) + shims


def _works_or_not(one: Installed, found: Found) -> str:
    if "torchvision::" in found.import_complaint and one.variant == "cpu":
        return (
            "does not work: the torchvision of this CPU set needs CUDA's libraries and cannot be imported; "
            "install from a registry with CUDA's packages, without the folder of the CPU-only torch in pip's settings"
        )
    if found.import_complaint:
        return f"cannot be imported ({found.import_complaint}); remove it and install it again"
    if found.inference_complaint:
        return f"starts, but cannot compute ({found.inference_complaint}); remove it and install it again"
    return f"works {_on_what(found.torch)}"


def _on_what(torch: Torch) -> str:
    if torch.available:
        return f"on {', '.join(torch.devices)} (CUDA {torch.cuda})"
    if torch.cuda:
        return f"on the CPU only: this torch has CUDA {torch.cuda}, but sees no GPU"
    return "on the CPU only: this torch has no CUDA"


def _probe(one: Installed, tool: PoseTool) -> Found:
    """Run the probe in an empty folder and a clean environment, like the tool itself."""
    script = resources(tool.tool_id) / "tiny_inference.py"
    argv = [str(one.python), "-I", "-X", "utf8", str(PROBE), tool.environment.module, str(script)]
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                argv,
                cwd=empty,
                env=clean_environment(os.environ, str(one.python.parent), {}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Found(import_complaint=f"no answer within {PATIENCE_S} s")
        except OSError as exc:
            return Found(import_complaint=str(exc))
    try:
        return Found.parse(json.loads(done.stdout))
    except (ValueError, KeyError):
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return Found(import_complaint=" ".join([f"its Python ended with code {done.returncode}", *last]))
