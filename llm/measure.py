"""What the service answers to a file of judged questions, at several thresholds.

The threshold in use was chosen with this table on data/calibration/turnos_juzgados.jsonl, which is
written for that; a test set is never read here by default.
"""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from llm.assistant import Assistant
from llm.backends import Answer, Task
from llm.calibrate import is_right
from llm.passages import Passage
from nlu.payload import KIND_QUOTED

THRESHOLDS = (0.4, 0.5, 0.6, 0.62, 0.64, 0.66, 0.68, 0.69, 0.7, 0.8)
KNOWN, UNKNOWN = "known", "unknown"


@dataclass(frozen=True)
class Judged:
    """A question and the passage that answers it (None: out of scope). ``kind`` is ``known`` (an
    official rule answers it), ``unknown`` (a rule says that nobody knows) or the file's own word, after
    ``hard_`` where the file says that the question was written to be."""

    question: str
    wanted: Passage | None
    kind: str


@dataclass(frozen=True)
class Row:
    """Shares (0–1) of one kind of question at one threshold."""

    threshold: float
    kind: str
    questions: int
    quoted: float
    wrong: float
    refused: float


def read_questions(path: Path, assistant: Assistant) -> list[Judged]:
    """The questions of ``path`` (JSON lines: question, rule, kind, perhaps hard); small talk is left out."""
    by_id = {passage.id: passage for passage in assistant.index.passages}
    judged = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        wanted = by_id.get(entry["rule"] or "")
        if wanted or entry["rule"] is None:
            kind = entry["kind"] if wanted is None else UNKNOWN if wanted.nobody_knows else KNOWN
            judged.append(Judged(entry["question"], wanted, f"hard_{kind}" if entry.get("hard") else kind))
    return judged


def recall(assistant: Assistant, questions: Sequence[Judged], depth: int) -> float:
    """The share of in-scope questions with a right passage among the first ``depth``."""
    today = assistant.office.today()
    inside = [(q.question, q.wanted) for q in questions if q.wanted]
    found = [
        any(is_right(hit.passage, wanted) for hit in assistant.index.search(question, today)[:depth])
        for question, wanted in inside
    ]
    return sum(found) / len(found)


def table(assistant: Assistant, questions: Sequence[Judged], thresholds: Sequence[float] = THRESHOLDS) -> list[Row]:
    """For each of ``thresholds`` (0–1) and kind: the share quoted, quoted from a wrong passage, and refused."""
    tasks = [(judged, assistant.task([("user", judged.question)])) for judged in questions]
    return [row for threshold in thresholds for row in _rows(assistant, tasks, threshold)]


def _rows(assistant: Assistant, tasks: Sequence[tuple[Judged, Task]], threshold: float) -> list[Row]:
    counts: dict[str, Counter[str]] = {}
    for judged, task in tasks:
        relevant = replace(task.relevant, threshold=threshold) if task.relevant else None
        answer = assistant.answer(replace(task, relevant=relevant))
        count = counts.setdefault(judged.kind, Counter())
        count["all"] += 1
        if answer.kind == KIND_QUOTED:
            count["quoted"] += 1
            count["wrong"] += not _quotes_right(assistant, answer, judged)
    return [
        Row(threshold, kind, c["all"], c["quoted"] / c["all"], c["wrong"] / c["all"], 1 - c["quoted"] / c["all"])
        for kind, c in counts.items()
    ]


def _quotes_right(assistant: Assistant, answer: Answer, judged: Judged) -> bool:
    quoted = assistant.passage(answer.quoted_id) if answer.quoted_id else None
    return bool(judged.wanted and quoted and is_right(quoted, judged.wanted))
