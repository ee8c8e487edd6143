"""Development books, on which ``confidence.json`` is fitted and its promise proven.

A development book is a rule book together with questions that others asked of it. Test splits are
never read: CLINC150 gives its training and validation questions, banking77 its training questions
(the last quarter of each intent as questions), invented offices (``data/calibration/oficinas``) their books with questions
by authors who saw only the answers. Each is cut to several numbers of variants a rule and to part of
its rules, the others' questions becoming out of scope, so that one model serves thin and rich, complete
and patchy books. This office's book is asked hard questions (``preguntas_dificiles.jsonl``: unusual words, and near
misses that nobody can answer) without the rules that say that nobody knows; with its judged turns it
only proves (``PROVING``), so that those turns prove this office's threshold without having taken part in the fit.
"""
from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.questions import Question, read_messages, read_questions
from rules.book import NO_DATA, Rule, RuleBook, load_rule_book
from rules.locations import Locations

HELD_OUT_RULES = 0.2
FOREIGN_QUESTIONS = 150
# Tags in a book's name: patchy ones, those asked hard questions, those that take no part in the fit, and those whose
# variants were drawn at random from many more.
PATCHY, HARD, PROVING, RANDOM = "-part", "-hard", "-judged", "-any"
_SEED = 7


@dataclass(frozen=True)
class DevelopmentBook:
    name: str
    book: RuleBook
    questions: tuple[Question, ...]

    @property
    def domain(self) -> str:
        """What it is about, as its name begins."""
        return domain_of(self.name)


def domain_of(name: str) -> str:
    """The domain of the book of that name."""
    return name.split("-")[0]


def make_book(variants: Mapping[str, Sequence[str]], answers: Mapping[str, str] | None = None) -> RuleBook:
    """A book of ``variants``, with empty answers where ``answers`` has none: enough to measure matching."""
    known = answers or {}
    return RuleBook(tuple(Rule(i, "", "oficial", tuple(asked), known.get(i, "")) for i, asked in variants.items()))


def development_books(public: Path, places: Locations, judged: Path | None = None) -> Iterator[DevelopmentBook]:
    """All development books, in a fixed order. ``public``: folder of CLINC150 and banking77; ``judged``: other turns
    of this office than ``places`` names."""
    yield from _own(places, judged or places.judged_turns)
    for folder in sorted(path for path in places.other_offices.iterdir() if path.is_dir()):
        yield from _office(folder)
    clinc_train, clinc_asked = _clinc(public / "clinc150.json")
    banking_train, banking_asked = _banking(public / "banking77-train.csv")
    yield from _public("clinc", clinc_train, clinc_asked, banking_asked)
    yield from _public("banking", banking_train, banking_asked, clinc_asked)


def office_questions(folder: Path) -> tuple[RuleBook, list[Question]]:
    """The rule book of an invented office, and the questions asked of it."""
    return load_rule_book(folder), read_questions(folder / "preguntas.jsonl")


def _own(places: Locations, judged: Path) -> Iterator[DevelopmentBook]:
    office = load_rule_book(places.rules).rules
    answers = {rule.id: rule.answer for rule in office}
    rng = np.random.default_rng(_SEED)
    asked = read_questions(judged) + [Question(text, None) for text in read_messages(places.out_of_scope)]
    whole = {rule.id: list(rule.questions) for rule in office}
    for count in (5, 12):
        yield DevelopmentBook(f"own-{count}{PROVING}", make_book(_thinned(whole, count, rng), answers), tuple(asked))
    difficult = read_questions(places.hard_questions)
    known = {question.text for question in difficult}
    stating = {rule.id: [q for q in rule.questions if q not in known] for rule in office if rule.type != NO_DATA}
    for count in (8, 12, 99):
        yield DevelopmentBook(f"own-{count}{HARD}", make_book(_thinned(stating, count, rng), answers), tuple(difficult))


def _office(folder: Path) -> Iterator[DevelopmentBook]:
    book, asked = office_questions(folder)
    answers = {rule.id: rule.answer for rule in book.rules}
    rng = np.random.default_rng(_SEED)
    for count in (5, 12):
        variants = {rule.id: list(rule.questions[:count]) for rule in book.rules}
        yield DevelopmentBook(f"{folder.name}-{count}", make_book(variants, answers), tuple(asked))
        yield _patchy(f"{folder.name}-{count}", variants, asked, rng, answers)


def _public(
    name: str, train: dict[str, list[str]], asked: list[Question], others: list[Question]
) -> Iterator[DevelopmentBook]:
    rng = np.random.default_rng(_SEED)  # one domain's data must not change what is drawn of another
    questions = asked + _foreign(others, rng)
    # The first few examples come from one writer and resemble each other, as in a hasty book.
    first = {intent: texts[:5] for intent, texts in train.items()}
    yield DevelopmentBook(f"{name}-first5", make_book(first), tuple(questions))
    yield _patchy(f"{name}-first5", first, questions, rng)
    for count in (5, 12, 30):
        book = _thinned(train, count, rng)
        yield DevelopmentBook(f"{name}{RANDOM}{count}", make_book(book), tuple(questions))
        yield _patchy(f"{name}{RANDOM}{count}", book, questions, rng)


def _thinned(book: dict[str, list[str]], count: int, rng: np.random.Generator) -> dict[str, list[str]]:
    return {rule: [texts[i] for i in rng.permutation(len(texts))[:count]] for rule, texts in book.items()}


def _foreign(questions: list[Question], rng: np.random.Generator) -> list[Question]:
    """Questions of another domain: out of scope here, and plainly so."""
    return [Question(questions[i].text, None) for i in rng.permutation(len(questions))[:FOREIGN_QUESTIONS]]


def _patchy(
    name: str,
    book: dict[str, list[str]],
    questions: list[Question],
    rng: np.random.Generator,
    answers: Mapping[str, str] | None = None,
) -> DevelopmentBook:
    ids = list(book)
    missing = {ids[i] for i in rng.permutation(len(ids))[: int(len(ids) * HELD_OUT_RULES)]}
    kept = {rule: texts for rule, texts in book.items() if rule not in missing}
    asked = tuple(Question(q.text, None if q.rule in missing else q.rule) for q in questions)
    return DevelopmentBook(f"{name}{PATCHY}", make_book(kept, answers), asked)


def _clinc(path: Path) -> tuple[dict[str, list[str]], list[Question]]:
    data = json.loads(path.read_text(encoding="utf-8"))
    train: dict[str, list[str]] = {}
    for text, intent in data["train"]:
        train.setdefault(intent, []).append(text)
    validation = [Question(text, intent) for text, intent in data["val"]]
    return train, validation + [Question(text, None) for text, _ in data["oos_val"]]


def _banking(path: Path) -> tuple[dict[str, list[str]], list[Question]]:
    texts: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            texts.setdefault(row["category"], []).append(row["text"])
    train = {intent: rows[: len(rows) * 3 // 4] for intent, rows in texts.items()}
    questions = [Question(text, intent) for intent, rows in texts.items() for text in rows[len(rows) * 3 // 4 :]]
    return train, questions
