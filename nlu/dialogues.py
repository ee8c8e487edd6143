"""Dialogues with what each turn should get, and the weights of follow-ups fitted on them."""
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nlu.confidence import upper_bound
from nlu.decision import CANDIDATES, Decider
from nlu.followup import Topic, Turn, topic_of
from nlu.questions import Question, read_messages, read_questions
from nlu.sequel import FEATURES, Sequel, SequelReader
from rules.book import SMALL_TALK, RuleBook
from rules.locations import Locations

FOLLOW_UP = "follow_up"
_PENALTY = 1.0
_FOLDS = 10
_HINT = 'Escribe {"id": "...", "turns": [{"user", "type", "rules", "must", "kinds"}]}'


class DialoguesError(ValueError):
    """A dialogues file that can't be used; the message names file and line."""


@dataclass(frozen=True)
class Expected:
    """One turn: what the student says and what would be right.

    ``type``: opening, follow_up, topic_change, out_of_scope, no_topic or small_talk. Right is an answer of one of
    ``rules``, one that holds an alternative of each group of ``must``, or a kind of ``kinds`` without a rule.
    """

    message: str
    type: str
    rules: tuple[str, ...]
    must: tuple[tuple[str, ...], ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Dialogue:
    """Turns of one conversation, in order."""

    id: str
    turns: tuple[Expected, ...]


def read_dialogues(path: Path) -> list[Dialogue]:
    """Read one dialogue a line.

    Raises:
        DialoguesError: no such file, a line that is no dialogue, or no dialogue at all.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DialoguesError(f"{path}: no se puede leer ({error}). Da un archivo JSON Lines en UTF-8") from error
    read = [_dialogue(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not read:
        raise DialoguesError(f"{path}: no tiene ningún diálogo")
    return read


def _dialogue(line: str, where: str) -> Dialogue:
    try:
        entry = json.loads(line)
        turns = tuple(
            Expected(t["user"], t["type"], tuple(t["rules"]), tuple(map(tuple, t["must"])), tuple(t["kinds"]))
            for t in entry["turns"]
        )
        dialogue = Dialogue(entry["id"], turns)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise DialoguesError(f"{where}: no es un diálogo ({error!r}). {_HINT}") from error
    if not turns or not all(isinstance(turn.message, str) for turn in turns):
        raise DialoguesError(f"{where}: el diálogo no tiene turnos con texto en «user». {_HINT}")
    return dialogue


@dataclass(frozen=True)
class Example:
    """A leaning turn as the reader sees it, and whether its likeliest rule is right."""

    group: str
    origin: str
    question: str
    rule_id: str
    values: np.ndarray
    right: bool


# What a turn after a topic asks for, of the rules but some.
Reading = Callable[[str, Topic, Iterable[str]], Sequel | None]


def reading(decider: Decider) -> Reading:
    """How ``decider`` reads follow-ups."""
    reader = SequelReader(decider.matcher)
    return lambda question, topic, without: reader.read(question, topic, decider.confidences(question, CANDIDATES), without)


def examples(
    book: RuleBook,
    read: Reading,
    dialogues: Sequence[Dialogue],
    judged: Sequence[Question],
    outside: Sequence[str],
) -> list[Example]:
    """Leaning turns of the dialogues, the same with their rule left out, and changes of topic made
    of judged questions and of foreign messages after a dialogue's opening."""
    openings = [d.turns[0] for d in dialogues if d.turns[0].rules]
    return [
        *_of_dialogues(book, read, dialogues),
        *_of_other_subjects(read, openings, [(q.text, q.rule) for q in judged], "judged"),
        *_of_other_subjects(read, openings, [(text, None) for text in outside], "outside"),
    ]


def _of_dialogues(book: RuleBook, read: Reading, dialogues: Sequence[Dialogue]) -> Iterator[Example]:
    for dialogue in dialogues:
        history: list[Turn] = []
        for turn in dialogue.turns:
            topic = topic_of(history, lambda rule_id: book.by_id[rule_id].type == SMALL_TALK, _never)
            history.append(Turn(turn.message, turn.rules[0] if turn.rules else None))
            if topic is None or turn.type in ("opening", "small_talk"):
                continue
            for origin, without in (("dialogue", ()), ("left out", turn.rules)):
                found = read(turn.message, topic, without) if not without or turn.type == FOLLOW_UP else None
                if found and (origin == "dialogue" or without):
                    right = not without and found.rule_id in turn.rules
                    yield Example(dialogue.id, origin, turn.message, found.rule_id, found.values, right)


def _of_other_subjects(
    read: Reading, openings: Sequence[Expected], questions: Sequence[tuple[str, str | None]], origin: str
) -> Iterator[Example]:
    for number, (text, rule) in enumerate(questions):
        opening = openings[number * 7 % len(openings)]
        topic = topic_of([Turn(opening.message, opening.rules[0])], lambda _: False, _never)
        found = read(f"¿y {text}", topic, ()) if topic and len(text.split()) <= 9 else None
        if found:
            yield Example(opening.message, origin, text, found.rule_id, found.values, found.rule_id == rule)


def _never(message: str, rule_id: str) -> bool:
    return False


def fit(examples: Sequence[Example]) -> tuple[np.ndarray, float]:
    """Weights (one a feature) and intercept of a logistic model over the examples' values."""
    values = np.array([e.values for e in examples])
    right = np.array([e.right for e in examples], dtype=float)
    center, scale = values.mean(0), values.std(0) + 1e-9
    inputs = np.column_stack([np.ones(len(values)), (values - center) / scale])
    penalty = _PENALTY * np.diag([1e-6, *np.ones(len(FEATURES))])
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (p - right) + penalty @ weights
        weights -= np.linalg.solve((inputs.T * (p * (1 - p))) @ inputs + penalty, gradient)
    plain = weights[1:] / scale
    return plain, float(weights[0] - center @ plain)


def cross_validated(examples: Sequence[Example]) -> np.ndarray:
    """Confidence (0–1) of each example from weights that never saw its dialogue."""
    groups = sorted({e.group for e in examples})
    confidence = np.zeros(len(examples))
    for fold in range(_FOLDS):
        held = set(groups[fold::_FOLDS])
        weights, intercept = fit([e for e in examples if e.group not in held])
        for i, example in enumerate(examples):
            if example.group in held:
                confidence[i] = 1 / (1 + np.exp(-(example.values @ weights + intercept)))
    return confidence


@dataclass(frozen=True)
class Point:
    """What a threshold would answer, and how much of it wrong: turns of the dialogues, and all examples."""

    threshold: float
    spoken: int
    spoken_wrong: int
    all: int
    all_wrong: int

    @property
    def bound(self) -> float:
        """Upper bound (95%) on the share of wrong answers among all examples answered."""
        return upper_bound(self.all_wrong, self.all)


def curve(examples: Sequence[Example], confidence: np.ndarray) -> list[Point]:
    """One point for each threshold that is worth a look."""
    right = np.array([e.right for e in examples])
    spoken = np.array([e.origin == "dialogue" for e in examples])
    points = []
    for threshold in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        given = confidence >= threshold
        counts = [int(mask.sum()) for mask in (given & spoken, given & spoken & ~right, given, given & ~right)]
        points.append(Point(threshold, *counts))
    return points


def report(places: Locations, path: Path) -> str:
    """The weights fitted on the dialogues of ``path`` and the curve of cross-validated confidences, as text.

    Raises:
        DialoguesError, rules.book.RuleBookError, nlu.questions.QuestionsError.
    """
    decider = Decider.load(places)
    book = decider.book
    judged, outside = read_questions(places.judged_turns), read_messages(places.out_of_scope)
    dialogues = read_dialogues(path)
    unknown = {rule for dialogue in dialogues for turn in dialogue.turns for rule in turn.rules} - set(book.by_id)
    if unknown:
        raise DialoguesError(f"{path}: el libro no tiene estas reglas de los diálogos: {', '.join(sorted(unknown))}")
    made = examples(book, reading(decider), dialogues, judged, outside)
    weights, intercept = fit(made)
    rows = [
        f"umbral {p.threshold:.2f}  diálogos {p.spoken:3} ({p.spoken_wrong} mal)  todos {p.all:3} ({p.all_wrong} mal, "
        f"a lo más {p.bound:.1%})"
        for p in curve(made, cross_validated(made))
    ]
    named = ", ".join(f"{name} {weight:.3f}" for name, weight in zip(FEATURES, weights, strict=True))
    return "\n".join([f"ejemplos {len(made)}", *rows, f"pesos {named}; término independiente {intercept:.3f}"])
