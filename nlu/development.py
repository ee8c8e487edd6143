"""Fit ``confidence.json`` on development books: ``python -m nlu fit PUBLIC_DATA_FOLDER``.

A development book is a rule book together with questions that others asked of it. Test splits are
never read: CLINC150 gives its training and validation questions, banking77 its training questions
(the last quarter of each intent as questions), this office its book with ``data/calibration/turnos_juzgados.jsonl``.
Each is cut to several numbers of variants a rule and to part of its rules, the others' questions
becoming out of scope, so that one model serves thin and rich, complete and patchy books.
"""
from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from nlu.calibration import book_statistics, write_atomically
from nlu.confidence import CONFIDENCE_FILE, INPUTS, OUT_OF_SCOPE_SHARE, THIN_BELOW, risk_curve
from nlu.leaveout import at_share
from nlu.matcher import Matcher
from nlu.questions import Question, read_messages, read_questions
from rules.book import Rule, RuleBook, load_rule_book

HELD_OUT_RULES = 0.2
MAX_QUESTIONS = 1500
FOREIGN_QUESTIONS = 150
_PENALTY = 0.3
# The risk curve is drawn on whole books only: patchy ones teach the model what a missing rule looks
# like, but no traffic asks one question in five of rules that were torn out. banking77 stays out
# too: too many of its labels are wrong (Ying & Thomas 2022) to prove a risk of a few percent.
_NOT_IN_CURVE = ("banking", "-part")
_SEED = 7


@dataclass(frozen=True)
class DevelopmentBook:
    name: str
    book: RuleBook
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Turns:
    """Model inputs (n, inputs), whether the best candidate was right, whether no rule answers, each
    turn's weight, and the book's mean number of variants a rule."""

    inputs: np.ndarray
    right: np.ndarray
    outside: np.ndarray
    weight: np.ndarray
    variants: float


def make_book(variants: dict[str, list[str]]) -> RuleBook:
    """A book whose answers are their ids: enough to measure matching."""
    return RuleBook(tuple(Rule(i, "", "oficial", tuple(questions), i) for i, questions in variants.items()))


def development_books(public: Path, rules: Path, questions: Path, elsewhere: Path) -> Iterator[DevelopmentBook]:
    """All development books, in a fixed order. ``elsewhere``: messages that no office answers."""
    rng = np.random.default_rng(_SEED)
    clinc_train, clinc_asked = _clinc(public / "clinc150.json")
    banking_train, banking_asked = _banking(public / "banking77-train.csv")
    own = {rule.id: list(rule.questions) for rule in load_rule_book(rules).rules}
    asked = read_questions(questions) + [Question(text, None) for text in read_messages(elsewhere)]
    for count in (5, 8, 12, 99):
        book = _thinned(own, count, rng)
        yield DevelopmentBook(f"own-{count}", make_book(book), tuple(asked))
        for part in (1, 2):
            yield _patchy(f"own-{count}-part{part}", book, asked, rng)
    domains = (
        ("clinc", clinc_train, _sample(clinc_asked, rng) + _foreign(banking_asked, rng)),
        ("banking", banking_train, _sample(banking_asked, rng) + _foreign(clinc_asked, rng)),
    )
    for name, train, questions_asked in domains:
        # The first few examples come from one writer and resemble each other, as in a hasty book.
        first = {intent: texts[:5] for intent, texts in train.items()}
        yield DevelopmentBook(f"{name}-first5", make_book(first), tuple(questions_asked))
        yield _patchy(f"{name}-first5-part", first, questions_asked, rng)
        for count in (5, 12, 30):
            book = _thinned(train, count, rng)
            yield DevelopmentBook(f"{name}-any{count}", make_book(book), tuple(questions_asked))
            yield _patchy(f"{name}-any{count}-part", book, questions_asked, rng)


def _thinned(book: dict[str, list[str]], count: int, rng: np.random.Generator) -> dict[str, list[str]]:
    return {rule: [texts[i] for i in rng.permutation(len(texts))[:count]] for rule, texts in book.items()}


def _sample(questions: list[Question], rng: np.random.Generator) -> list[Question]:
    return [questions[i] for i in rng.permutation(len(questions))[:MAX_QUESTIONS]]


def _foreign(questions: list[Question], rng: np.random.Generator) -> list[Question]:
    """Questions of another domain: out of scope here, and plainly so."""
    return [Question(question.text, None) for question in _sample(questions, rng)[:FOREIGN_QUESTIONS]]


def _patchy(
    name: str, book: dict[str, list[str]], questions: list[Question], rng: np.random.Generator
) -> DevelopmentBook:
    ids = list(book)
    missing = {ids[i] for i in rng.permutation(len(ids))[: int(len(ids) * HELD_OUT_RULES)]}
    kept = {rule: texts for rule, texts in book.items() if rule not in missing}
    asked = tuple(Question(q.text, None if q.rule in missing else q.rule) for q in questions)
    return DevelopmentBook(name, make_book(kept), asked)


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


def turns_of(development: DevelopmentBook) -> Turns:
    """Ask a book its questions; in and out of scope weigh as in the assumed traffic."""
    matcher = Matcher(development.book)
    statistics = book_statistics(matcher)
    best = [matcher.rank(question.text, 1)[0] for question in development.questions]
    values = np.array([item.values for item in best])
    rules = np.array([item.rule for item in best])
    expected = [question.rule for question in development.questions]
    right = np.array([development.book.rules[i].id == rule for i, rule in zip(rules, expected, strict=True)])
    inside = np.array([rule is not None for rule in expected])
    weight = np.where(
        inside, (1 - OUT_OF_SCOPE_SHARE) / max(inside.sum(), 1), OUT_OF_SCOPE_SHARE / max((~inside).sum(), 1)
    )
    return Turns(statistics.inputs(values, rules), right, ~inside, weight, float(statistics.variants.mean()))


def fit(
    books: Iterator[DevelopmentBook], target: Path = CONFIDENCE_FILE, progress: Callable[[str], None] = print
) -> None:
    """Fit the logistic model and its risk curve; write ``target``."""
    names, parts = [], []
    for development in books:
        parts.append(turns_of(development))
        names.append(development.name)
        accuracy = parts[-1].right.mean()
        progress(f"{development.name}: {len(development.book)} rules, {len(parts[-1].right)} turns, {accuracy:.3f}")
    inputs = np.concatenate([part.inputs for part in parts])
    right = np.concatenate([part.right for part in parts])
    weight = np.concatenate([part.weight for part in parts])
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
    weights, intercept = _logistic((inputs - mean) / scale, right, weight * len(weight) / weight.sum())
    drawn = [not any(part in name for part in _NOT_IN_CURVE) for name in names]
    # A mask for each book: nothing of those that are not drawn, the rest at the assumed traffic's share.
    clean = np.concatenate([at_share(p.outside, OUT_OF_SCOPE_SHARE) & kept for p, kept in zip(parts, drawn, strict=True)])
    thin = np.concatenate([np.full(len(p.right), p.variants < THIN_BELOW) for p in parts])
    confidence = 1 / (1 + np.exp(-(((inputs - mean) / scale) @ weights + intercept)))
    content = {
        "inputs": list(INPUTS),
        "mean": mean.round(6).tolist(),
        "scale": scale.round(6).tolist(),
        "weights": weights.round(6).tolist(),
        "intercept": round(float(intercept), 6),
        "books": names,
        "out_of_scope_share": OUT_OF_SCOPE_SHARE,
        "curves": {
            "thin": risk_curve(confidence[clean & thin], right[clean & thin]),
            "rich": risk_curve(confidence[clean & ~thin], right[clean & ~thin]),
        },
    }
    write_atomically(target, json.dumps(content, indent=1) + "\n")
    progress(f"{target.name}: {len(right)} turns of {len(names)} books")


def _logistic(inputs: np.ndarray, right: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Weighted logistic regression with an L2 penalty, by L-BFGS."""
    sign = np.where(right, 1.0, -1.0)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (inputs @ parameters[:-1] + parameters[-1])
        slope = -sign * weight / (1 + np.exp(margin))
        value = (weight * np.logaddexp(0, -margin)).sum() + _PENALTY / 2 * parameters[:-1] @ parameters[:-1]
        return value, np.append(slope @ inputs + _PENALTY * parameters[:-1], slope.sum())

    result = minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return result.x[:-1], float(result.x[-1])
