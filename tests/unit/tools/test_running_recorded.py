"""What real SLEAP and DeepLabCut printed when they were made to fail, explained again.

Beside each log lies how it was provoked, the exit code, and what the explanation must be; the machine's own paths were
replaced by neutral ones.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from launcher.tools import tool
from launcher.tools.running import Problem

RECORDED = Path(__file__).parents[2] / "tools" / "recorded"


@dataclass(frozen=True)
class Recording:
    """One ending of a real tool."""

    tool_id: str
    log: str
    exit_code: int | None
    expected: str | None

    def explained(self) -> Problem | None:
        return tool(self.tool_id).explain(self.log, self.exit_code)


def recordings() -> list[ParameterSet]:
    """All of them, each under its name."""
    found = []
    for file in sorted(RECORDED.glob("*/*.json")):
        told = json.loads(file.read_text(encoding="utf-8"))
        log = file.with_suffix(".log").read_text(encoding="utf-8")
        recording = Recording(told["tool"], log, told["exit_code"], told["expected"])
        found.append(pytest.param(recording, id=f"{file.parent.name}-{file.stem}"))
    return found


@pytest.mark.parametrize("recording", recordings())
def test_a_recorded_failure_is_explained(recording: Recording) -> None:
    problem = recording.explained()
    assert (problem.code if problem else None) == recording.expected


@pytest.mark.parametrize("recording", recordings())
def test_an_explanation_is_three_plain_sentences_without_a_trace(recording: Recording) -> None:
    problem = recording.explained()
    if problem is None:
        assert recording.expected is None
        return
    for sentence in problem.to_json().values():
        assert sentence.endswith(".")
        assert sentence[0].isupper()
        assert not {"{", "}", "\n"} & set(sentence)
        assert "Traceback" not in sentence and "Error" not in sentence and "/home/person" not in sentence


@pytest.mark.parametrize("tool_id", ["sleap", "deeplabcut"])
def test_the_failures_that_a_person_meets_are_recorded(tool_id: str) -> None:
    met = {json.loads(file.read_text())["expected"] for file in (RECORDED / tool_id).glob("*.json")}
    assert met >= {
        "missing-file", "damaged-file", "newer-version", "no-display", "system-library-missing", "permission-denied",
        "environment-incomplete", "memory", "killed", "stopped", "crashed", "desktop-gone",
    }  # fmt: skip


def test_a_mistake_in_the_settings_is_shown_with_its_line() -> None:
    log = (RECORDED / "deeplabcut" / "bad-yaml.log").read_text()
    problem = tool("deeplabcut").explain(log, 21)
    assert problem is not None
    assert problem.what == "The project's config.yaml cannot be read: line 5: mapping values are not allowed here."
