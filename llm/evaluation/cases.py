"""The test set of the generator, as data/eval/README.md describes it."""
from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARTS = KNOWN, NEW_TOPIC = "known", "new_topic"
KINDS = ANSWERABLE, UNANSWERABLE = "answerable", "unanswerable"


@dataclass(frozen=True)
class Case:
    """A question (after ``history``, (role, text) oldest first) and what a right answer holds: of
    each group of ``must`` one alternative, word for word but for case and accents. ``passages`` are
    the facts that hold the answer; both are empty where nobody knows it."""

    id: str
    part: str
    type: str
    question: str
    history: tuple[tuple[str, str], ...]
    passages: frozenset[str]
    reference: str
    must: tuple[tuple[str, ...], ...]
    topic: str

    @property
    def answerable(self) -> bool:
        """Whether the documents hold the answer."""
        return self.type == ANSWERABLE

    @property
    def messages(self) -> tuple[tuple[str, str], ...]:
        """The conversation up to and with the question."""
        return (*self.history, ("user", self.question))


def read_cases(path: Path) -> list[Case]:
    """The cases of a JSON-lines file.

    Raises:
        ValueError: a line is no case; names file and line.
        OSError: the file can't be read.
    """
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    return [_case(line, f"{path}:{number}") for number, line in lines if line.strip()]


def chosen(cases: Sequence[Case], part: str | None, limit: int | None, seed: int) -> list[Case]:
    """The cases of ``part`` (None: all), at most ``limit`` of them, drawn with ``seed``, in their order."""
    pool = [case for case in cases if part in (None, case.part)]
    if limit is None or limit >= len(pool):
        return pool
    places = random.Random(seed).sample(range(len(pool)), limit)
    return [pool[place] for place in sorted(places)]


def _case(line: str, place: str) -> Case:
    try:
        data = json.loads(line)
        case = Case(
            **{
                **data,
                "history": tuple((role, text) for role, text in data["history"]),
                "passages": frozenset(data["passages"]),
                "must": tuple(map(tuple, data["must"])),
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{place}: no es una pregunta de prueba ({error}). Mira data/eval/README.md") from error
    if case.part not in PARTS or case.type not in KINDS or case.answerable != bool(case.must and case.passages):
        raise ValueError(f"{place}: «part», «type», «must» y «passages» no concuerdan. Mira data/eval/README.md")
    return case
