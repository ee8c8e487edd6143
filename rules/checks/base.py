"""One check: an identifier, a level, a generator of problems.

The docstring of a check is for the staff, hence in Spanish: its first line goes to the table in
rules/LEEME.md, and the examples under ``Pasa:`` and ``Falla:`` are run by the tests. An example
is the keys that change in a good rule, several such rules, or a whole file.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import ClassVar

from rapidfuzz import fuzz, process

from rules.checks.context import Context
from rules.problems import ERROR, Problem
from rules.source import Position


class Check(ABC):
    """A family member gives ``id``, ``level`` (default: error) and ``problems``."""

    id: ClassVar[str]
    level: ClassVar[str] = ERROR

    @abstractmethod
    def problems(self, context: Context) -> Iterator[Problem]:
        """Every fault of this kind in the book."""

    def problem(self, position: Position, message: str, mend: str) -> Problem:
        return Problem(position, self.level, self.id, message, mend)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """«¿Quisiste decir …?» with the known word closest to ``word``, or nothing."""
    best = process.extractOne(word.strip().lower(), sorted(known), scorer=fuzz.ratio, score_cutoff=60)
    return f"¿Quisiste decir «{best[0]}»? " if best else ""
