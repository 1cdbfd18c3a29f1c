"""May this project run code here? One question per project and writer, asked again only about what is new or changed.

Ask until the answer is None, right before the tool is started: whatever changed while a person was reading the question
then becomes a question of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from launcher import errors
from launcher.journal import Journal, ProjectRecord
from launcher.projects.parsing import Parsers
from launcher.runs.foreign_code import ForeignCode, foreign_code
from launcher.tools.protocol import PoseTool

#: So many files are named for one reason; more would not be read.
NAMED = 3
#: What a tool does with the project once somebody agrees.
_THEN = {
    "open": "opens it",
    "train": "trains a model on it",
    "infer": "predicts with a model of it",
    "evaluate": "predicts its labelled frames with a model of it",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before a tool is started on somebody else's project; all of it is plain text.

    `task` is what is about to happen: "open", "train", "infer" or "evaluate". `contents` are the fingerprints of the
    files that the answer is about, by their paths.
    """

    project: str
    task: str
    writer: str
    title: str
    reasons: Sequence[str]
    advice: str
    contents: Mapping[str, str]

    @property
    def lines(self) -> Sequence[str]:
        """All of it, for a terminal, line by line."""
        return (f"{self.title}.", *(f"  {reason}." for reason in self.reasons), self.advice)

    def to_json(self) -> dict[str, object]:
        """For the window and for scripts."""
        return {
            "task": self.task,
            "writer": self.writer,
            "title": self.title,
            "reasons": list(self.reasons),
            "advice": self.advice,
            "files": sorted(self.contents),
        }


def question(
    record: ProjectRecord, kind: PoseTool, parsers: Parsers, journal: Journal, task: str = "open"
) -> Question | None:
    """What must be answered before `kind` does `task` with the project; None if nothing in it needs an answer."""
    found = foreign_code(record, kind, parsers, journal)
    if not found:
        return None
    writer = writer_of(record)
    answered = _answers(journal, record.id).get(writer, {})
    unanswered = [one for one in found if answered.get(one.path) != one.fingerprint]
    if not unanswered:
        return None
    return Question(
        project=record.id,
        task=task,
        writer=writer,
        title=_title(record, kind, writer, task, is_known=bool(answered)),
        reasons=tuple(_reasons(unanswered)),
        advice=f"Go on only if you trust everyone who can write to {writer}. If you are not sure, ask whose project it "
        "is. Nothing is started before you agree.",
        contents={one.path: one.fingerprint for one in unanswered},
    )


def remember(asked: Question, journal: Journal) -> None:
    """The person agreed: these contents, from this writer, in this project."""
    answers = _answers(journal, asked.project)
    answers[asked.writer] = {**answers.get(asked.writer, {}), **asked.contents}
    journal.put_fact(_fact(asked.project), json.dumps(answers))


class NotTrusted(errors.NotDone):
    """Nobody agreed that a project may run what it carries."""


def refusal(asked: Question) -> NotTrusted:
    """In words: what it carries, and how to agree."""
    return NotTrusted(
        title=f"{asked.title}, and nobody has agreed to that. Nothing was started",
        hint=f"{'; '.join(asked.reasons)}. Your files are unchanged. If you trust everyone who can write to "
        f"{asked.writer}, say so with --trust.",
    )


def writer_of(record: ProjectRecord) -> str:
    """Whoever may have put the project's bytes there: all who can write to the place that it came from."""
    return record.uri if record.home and "://" in record.uri else str(record.dir)


def _title(record: ProjectRecord, kind: PoseTool, writer: str, task: str, *, is_known: bool) -> str:
    then = f"when {kind.title} {_THEN[task]}"
    if is_known:
        return f"Files of {record.name} that can run programs {then} are new or changed since you trusted {writer}"
    return f"{record.name} comes from {writer} and can run programs on this computer {then}"


def _reasons(found: Sequence[ForeignCode]) -> Iterator[str]:
    """One line for each way to run code, with a readable number of names."""
    for why in dict.fromkeys(why for one in found for why in one.why):
        names = [one.path for one in found if why in one.why]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        yield f"{why}: {', '.join(names[:NAMED])}{more}"


def _fact(project_id: str) -> str:
    return f"code trusted in {project_id}"


def _answers(journal: Journal, project_id: str) -> dict[str, dict[str, str]]:
    try:
        told = json.loads(journal.fact(_fact(project_id)) or "{}")
        return {str(writer): dict(contents) for writer, contents in told.items()}
    except (AttributeError, TypeError, ValueError):
        return {}  # then the question is asked once more
