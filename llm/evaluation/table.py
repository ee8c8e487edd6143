"""The figures of every system and part as one Markdown table."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from llm.evaluation.scorer import DEPTHS, Summary
from llm.evaluation.timing import Seconds

_HEAD = (
    "system", "part", "questions", "facts right", "unsupported facts (answers)", "correct refusals", "wrong refusals",
    "generated", *(f"recall@{depth}" for depth in DEPTHS), "chrF", "first sentence s", "whole answer s",
)  # fmt: skip
_NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One line: a system on one part of the test set; its ``seconds`` were not taken by part."""

    system: str
    part: str
    summary: Summary
    seconds: Seconds | None


def as_markdown(rows: Iterable[Row]) -> str:
    """``rows`` under a head, columns aligned."""
    lines = [list(_HEAD), *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    head, *body = [_line(line, widths) for line in lines]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *body])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _cells(row: Row) -> list[str]:
    found = row.summary
    shares = (found.right, found.declined, found.wrongly_declined, found.generated, *found.recall)
    right, declined, wrongly, generated, *recall = map(_percent, shares)
    seconds = (row.seconds.first, row.seconds.whole) if row.seconds else (None, None)
    return [
        row.system, row.part, f"{found.answerable} + {found.unanswerable}", right,
        f"{found.unsupported} ({found.with_unsupported})", declined, wrongly, generated, *recall,
        *(_NOTHING if value is None else f"{value:.1f}" for value in (found.chrf, *seconds)),
    ]  # fmt: skip


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{share * 100:.1f} %"
