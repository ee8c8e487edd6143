"""Rule books with questions: CLINC150, banking77, invented offices and the office's own.

A set brings two kinds of questions: ``test`` ones, which only measure, and ``tuning`` ones, on which
the peers choose their thresholds. Our matcher sees neither before it is asked.
"""
from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nlu.development import make_book, office_questions
from nlu.questions import Question, read_messages, read_questions
from rules.book import RuleBook, load_rule_book
from rules.locations import ROOT, Locations

FIRST = 5
# Share of an intent's training examples that only tune thresholds.
_TAIL = 0.25
# Out-of-scope share that banking77, which has no such questions, borrows from CLINC150.
OUTSIDE_SHARE = 0.2
_SEED = 11
Variants = dict[str, list[str]]


@dataclass(frozen=True)
class BenchSet:
    """``tuning_book`` is the book on which ``tuning`` is asked: smaller than ``book`` where the tuning
    questions had to be taken out of it."""

    name: str
    book: RuleBook
    tuning_book: RuleBook
    tuning: tuple[Question, ...]
    test: tuple[Question, ...]

    @property
    def variants(self) -> int:
        """Number of question variants in the book."""
        return sum(len(rule.questions) for rule in self.book.rules)

    def limited(self, amount: int) -> BenchSet:
        """The same set with at most ``amount`` questions to tune on and to test with, drawn by a fixed seed."""
        return replace(self, tuning=_drawn(self.tuning, amount), test=_drawn(self.test, amount))


def load_set(name: str, public: Path, places: Locations | None = None) -> BenchSet:
    """One of ``SETS``; ``public`` is the folder with the public data, which only CLINC150 and banking77 read.

    Raises:
        FileNotFoundError: a file of the public data is missing.
    """
    if name == "own":
        return _own(places or Locations.from_environment())
    if name in OFFICES:
        return _office(name, OFFICES[name])
    source, amount = name.split("-")
    return _BUILDERS[source](name, public, FIRST if amount == f"first{FIRST}" else None)


def _clinc(name: str, public: Path, first: int | None) -> BenchSet:
    data = json.loads((public / "clinc150.json").read_text(encoding="utf-8"))
    book = _cut(_by_intent(data["train"]), first)
    tuning = _asked(data["val"]) + _outside(data["oos_val"])
    return BenchSet(name, book, book, tuning, _asked(data["test"]) + _outside(data["oos_test"]))


def _banking(name: str, public: Path, first: int | None) -> BenchSet:
    train = _by_intent(_rows(public / "banking77-train.csv"))
    foreign = json.loads((public / "clinc150.json").read_text(encoding="utf-8"))
    heads = {intent: texts[: round(len(texts) * (1 - _TAIL))] for intent, texts in train.items()}
    tails = [(text, intent) for intent, texts in train.items() for text in texts[len(heads[intent]) :]]
    test = _asked(_rows(public / "banking77-test.csv"))
    strange = _drawn(_outside(foreign["oos_test"]), round(len(test) * OUTSIDE_SHARE / (1 - OUTSIDE_SHARE)))
    book = _cut(train, first)
    tuning_book = book if first else _cut(heads, None)
    return BenchSet(name, book, tuning_book, _asked(tails) + _outside(foreign["oos_val"]), test + strange)


def _own(places: Locations) -> BenchSet:
    book = load_rule_book(places.rules)
    outside = [Question(text, None) for text in read_messages(places.out_of_scope)]
    test = read_questions(ROOT / "data" / "eval" / "test.jsonl")
    return BenchSet("own", book, book, (*read_questions(places.judged_turns), *outside), tuple(test))


def _office(name: str, tuned_on: str) -> BenchSet:
    """An invented office that takes part in no fit; peers choose thresholds on another invented office."""
    book, asked = office_questions(ROOT / "data" / "eval" / "oficinas" / name)
    tuning_book, tuning = office_questions(ROOT / "data" / "calibration" / "oficinas" / tuned_on)
    return BenchSet(name, book, tuning_book, tuple(tuning), tuple(asked))


_BUILDERS: dict[str, Callable[[str, Path, int | None], BenchSet]] = {"clinc": _clinc, "banking": _banking}
# Invented offices of the test, each with the one on which peers tune.
OFFICES = {"internet": "tienda", "prepa": "biblioteca"}
SETS = (f"clinc-first{FIRST}", f"banking-first{FIRST}", *OFFICES, "own", "clinc-all", "banking-all")


def _rows(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [(row["text"], row["category"]) for row in csv.DictReader(stream)]


def _by_intent(rows: Sequence[Sequence[str]]) -> Variants:
    book: Variants = {}
    for text, intent in rows:
        book.setdefault(intent, []).append(text)
    return book


def _cut(book: Variants, first: int | None) -> RuleBook:
    return make_book({intent: texts[:first] for intent, texts in book.items()})


def _asked(rows: Sequence[Sequence[str]]) -> tuple[Question, ...]:
    return tuple(Question(text, intent) for text, intent in rows)


def _outside(rows: Sequence[Sequence[str]]) -> tuple[Question, ...]:
    return tuple(Question(row[0], None) for row in rows)


def _drawn(questions: tuple[Question, ...], amount: int) -> tuple[Question, ...]:
    chosen = np.random.default_rng(_SEED).permutation(len(questions))[:amount]
    return tuple(questions[i] for i in np.sort(chosen))
