"""What is kept of a run: every answer with its verdict, the failures to read, a sample to judge by hand."""
from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Sequence
from pathlib import Path

from llm.evaluation.scorer import Verdict

_BY_HAND = ("facts_right", "unsupported_facts", "note")  # columns that a reader fills in


def write_answers(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Every verdict as a JSON line."""
    _write(path, "".join(json.dumps(_record(verdict), ensure_ascii=False) + "\n" for verdict in verdicts))


def write_failures(path: Path, title: str, verdicts: Sequence[Verdict]) -> None:
    """The verdicts that are not good, as Markdown to read."""
    bad = [verdict for verdict in verdicts if not verdict.good]
    _write(path, "\n".join([f"# {title}: {len(bad)} of {len(verdicts)} answers fail\n", *map(_section, bad)]))


def write_sample(path: Path, verdicts: Sequence[Verdict], count: int, seed: int) -> None:
    """``count`` answers drawn with ``seed``, with what they were given, as a CSV table whose last
    columns are left for a reader's own judgement; the scorer's is not shown."""
    drawn = random.Random(seed).sample(list(verdicts), min(count, len(verdicts)))
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(("id", "part", "type", "history", "question", "given", "answer", "kind", "reference", *_BY_HAND))
    for verdict in drawn:
        case, reply = verdict.case, verdict.reply
        history = "\n".join(f"{role}: {text}" for role, text in case.history)
        given = "\n---\n".join(reply.given) if reply.found is not None else "(nothing)"
        rows.writerow(
            (case.id, case.part, case.type, history, case.question, given, reply.text, reply.kind, case.reference)
            + ("",) * len(_BY_HAND)
        )
    _write(path, table.getvalue())


def reasons(verdict: Verdict) -> list[str]:
    """Why ``verdict`` is not good; nothing when it is."""
    case = verdict.case
    found = [f"{fact.kind} «{fact.text}» stands nowhere" for fact in verdict.unsupported]
    if case.answerable and not verdict.right:
        found.append("refused" if verdict.refused else "the expected facts are missing")
    if not case.answerable and not verdict.refused:
        found.append("answered what nobody knows")
    return found


def _record(verdict: Verdict) -> dict[str, object]:
    case, reply = verdict.case, verdict.reply
    return {
        "id": case.id, "part": case.part, "type": case.type, "question": case.question, "answer": reply.text,
        "kind": reply.kind, "right": verdict.right, "refused": verdict.refused,
        "unsupported": [f"{fact.kind}: {fact.text}" for fact in verdict.unsupported],
        "good": verdict.good, "reasons": reasons(verdict),
    }  # fmt: skip


def _section(verdict: Verdict) -> str:
    case, reply = verdict.case, verdict.reply
    before = [f"> {role}: {text}" for role, text in case.history]
    return "\n".join([
        f"## {case.id} ({case.part}, {case.type})", "", *before, f"**{case.question}**", "", f"{reply.kind}: {reply.text}", "",
        f"Expected: {case.reference} {list(map(list, case.must))}", "", f"Why: {'; '.join(reasons(verdict))}", "",
    ])  # fmt: skip


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"draft-{path.name}")
    draft.write_text(text, "utf-8")
    draft.replace(path)
