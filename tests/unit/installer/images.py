"""Images that the tests describe, and what a build prints about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from installer.image.spec import Spec, load_spec
from tests.unit.installer.at_the_desk import Said

SYSTEMS = ["windows-server-2022", "windows-server-2025", "rocky-8", "rhel-8"]
#: The steps of a build that need no network.
IN_A_PREFIX = ["site file", "session scripts", "heavy sync", "variables", "menu"]


def spec_text(**changes: str) -> str:
    value = {"name": "pose-1", "system": "rocky-8", "gpu": "g5", "tools": '["sleap", "deeplabcut"]'} | changes
    named = "".join(f'{key} = "{value[key]}"\n' for key in ("name", "system", "gpu"))
    return f"schema = 1\n{named}tools = {value['tools']}\n"


def spec(tmp_path: Path, **changes: str) -> Spec:
    file = tmp_path / "other.toml"
    file.write_text(spec_text(**changes))
    return load_spec(file)


def documents(said: Said) -> list[dict[str, Any]]:
    """One JSON document after the other."""
    decoder, text, found = json.JSONDecoder(), said.out.strip(), list[dict[str, Any]]()
    while text:
        row, end = decoder.raw_decode(text)
        found.append(row)
        text = text[end:].strip()
    return found
