"""Fit ``sequel.json``: ``python -m nlu dialogues``.

On dialogues written for this office and for invented ones, as they go where every turn is answered and where many are
not, and on changes of topic made of judged questions. What each threshold would answer is told by fits that never saw
the invented office, or the quarter of this office's dialogues.
"""
from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from nlu.confidence import upper_bound
from nlu.decision import Decider
from nlu.development import office_questions
from nlu.dialogues import FOLLOW_UP, Dialogue, read_dialogues, refuse_unknown_rules
from nlu.followup import Topic, Turn, topic_of
from nlu.logistic import fit_logistic
from nlu.questions import Question, read_messages, read_questions
from nlu.sequel import FEATURES, Around, SequelModel, SequelReader
from rules.book import SMALL_TALK
from rules.locations import Locations

DIALOGUES_FILE = "dialogos.jsonl"
OWN = "own"
# L2 penalty on standardised weights, chosen on offices left out.
_PENALTY = 10.0
_MOST_WORDS = 9  # of a judged question that makes a change of topic
_MOST_JUDGED = 200  # questions of an invented office that make changes of topic
# Of the turns that some rule answers this share is answered, in the second course of a dialogue: first ones, later ones.
_ANSWERED_FIRST, _ANSWERED_LATER = 0.85, 0.45
_SMALL_TALK = "small_talk"
_SPOKEN, _UNANSWERED, _LEFT_OUT = "dialogue", "unanswered", "left out"
_QUARTERS = 4
_THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class Example:
    """A leaning turn as the reader sees it, and the rules that would be right; none where none is. ``group``: what is
    left out of the fit together with it."""

    group: str
    origin: str
    question: str
    around: Around
    rules: frozenset[str]

    @property
    def office(self) -> str:
        """Whose book it is asked of."""
        return self.group.split()[0]

    @property
    def right(self) -> np.ndarray:
        """Which of the rules around are right, shape (n,)."""
        return np.array([rule_id in self.rules for rule_id in self.around.rule_ids])


def examples(
    office: str, decider: Decider, dialogues: Sequence[Dialogue], judged: Sequence[Question], outside: Sequence[str]
) -> list[Example]:
    """Leaning turns of the dialogues, the same where turns before them went unanswered and with their rules left out,
    and changes of topic made of judged questions and of foreign messages after a dialogue's opening."""
    openings = [dialogue.turns[0] for dialogue in dialogues if dialogue.turns[0].rules]
    topics = [Topic(turn.rules[0], (turn.message,)) for turn in openings]
    others = [("judged", q.text, q.rule) for q in judged] + [("outside", text, None) for text in outside]
    return [
        *_of_dialogues(office, decider, dialogues),
        *_of_other_subjects(office, decider.sequels, topics, others),
    ]


def _of_dialogues(office: str, decider: Decider, dialogues: Sequence[Dialogue]) -> Iterator[Example]:
    chance = random.Random(office)
    for number, dialogue in enumerate(dialogues):
        group = _group(office, number)
        for origin in (_SPOKEN, _UNANSWERED):
            yield from _of_dialogue(group, origin, decider, dialogue, chance)


def _of_dialogue(group: str, origin: str, decider: Decider, dialogue: Dialogue, chance: random.Random) -> Iterator[Example]:
    rules, sequels = decider.book.by_id, decider.sequels
    history: list[Turn] = []
    for turn in dialogue.turns:
        topic = topic_of(history, lambda rule_id: rules[rule_id].type == SMALL_TALK, sequels.subjects.belongs)
        answered = origin == _SPOKEN or chance.random() < (_ANSWERED_LATER if history else _ANSWERED_FIRST)
        if turn.type == _SMALL_TALK:
            continue
        history.append(Turn(turn.message, turn.rules[0] if turn.rules and answered else None))
        found = sequels.around(turn.message, topic) if topic else None
        if topic is None or found is None:
            continue
        yield Example(group, origin, turn.message, found, frozenset(turn.rules))
        if origin == _SPOKEN and turn.type == FOLLOW_UP and turn.rules and topic.rule_id not in turn.rules:
            missing = sequels.around(turn.message, topic, turn.rules)
            if missing:
                yield Example(group, _LEFT_OUT, turn.message, missing, frozenset())


def _of_other_subjects(
    office: str, reader: SequelReader, topics: Sequence[Topic], questions: Sequence[tuple[str, str, str | None]]
) -> Iterator[Example]:
    for number, (origin, text, rule) in enumerate(questions):
        short = len(text.split()) <= _MOST_WORDS
        found = reader.around(f"¿y {text}", topics[number * 7 % len(topics)]) if short else None
        if found:
            yield Example(_group(office, number), origin, text, found, frozenset({rule} if rule else ()))


def _group(office: str, number: int) -> str:
    """What is left out together: an invented office, or a quarter of this one."""
    return f"{office} {number % _QUARTERS}" if office == OWN else office


def fit(made: Sequence[Example]) -> SequelModel:
    """The model of ``made``."""
    choice = _fit_choice([example for example in made if example.origin in (_SPOKEN, _UNANSWERED)])
    read = [example.around.ranked(choice) for example in made]
    values = np.array([features for _, features in read])
    right = np.array([example.right[order[0]] for example, (order, _) in zip(made, read, strict=True)])
    center, scale = values.mean(0), values.std(0) + 1e-9
    penalty = np.full(len(FEATURES), _PENALTY)
    weights, intercept = fit_logistic((values - center) / scale, right, np.ones(len(right)), penalty)
    return SequelModel(choice, weights / scale, intercept - float(center @ (weights / scale)))


def _fit_choice(made: Sequence[Example]) -> np.ndarray:
    """Weights of a conditional logit (McFadden 1974), where any of the right rules will do."""
    turns = [(example.around.choice, example.right) for example in made]
    turns = [(values, right) for values, right in turns if right.any() and not right.all()]
    scale = np.concatenate([values for values, _ in turns]).std(0) + 1e-9

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = _PENALTY * (weights @ weights) / 2, _PENALTY * weights
        for values, right in turns:
            scores = values / scale @ weights
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            hit = shares[right].sum() + 1e-12
            value -= np.log(hit)
            slope = slope + (shares - shares * right / hit) @ (values / scale)
        return value, slope

    found = minimize(loss, np.zeros(turns[0][0].shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    weights: np.ndarray = found.x / scale
    return weights


def cross_validated(made: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence (0–1) in each example's likeliest rule, and whether it is right, by fits that never saw its group."""
    confidence, right = np.zeros(len(made)), np.zeros(len(made), dtype=bool)
    for group in sorted({example.group for example in made}):
        model = fit([example for example in made if example.group != group])
        for place, example in enumerate(made):
            if example.group == group:
                sequel = model.read(example.around)
                confidence[place], right[place] = sequel.confidence, sequel.rule_id in example.rules
    return confidence, right


@dataclass(frozen=True)
class Point:
    """What a threshold would answer, and how much of it wrong: turns of the dialogues where every turn is answered and
    where many are not, and all examples."""

    threshold: float
    spoken: int
    spoken_wrong: int
    unanswered: int
    unanswered_wrong: int
    all: int
    all_wrong: int

    @property
    def bound(self) -> float:
        """Upper bound (95%) on the share of wrong answers among all examples answered."""
        return upper_bound(self.all_wrong, self.all)


def curve(made: Sequence[Example], confidence: np.ndarray, right: np.ndarray) -> list[Point]:
    """One point for each threshold that is worth a look."""
    origins = np.array([example.origin for example in made])
    points = []
    for threshold in _THRESHOLDS:
        given = confidence >= threshold
        masks = [given & among for among in (origins == _SPOKEN, origins == _UNANSWERED, given)]
        points.append(Point(threshold, *(int(mask.sum()) for among in masks for mask in (among, among & ~right))))
    return points


def development(places: Locations) -> Iterator[list[Example]]:
    """The examples of this office and of each invented one.

    Raises:
        nlu.dialogues.DialoguesError, rules.book.RuleBookError, nlu.questions.QuestionsError.
    """
    path = places.judged_turns.with_name(DIALOGUES_FILE)
    dialogues, own = read_dialogues(path), Decider.load(places)
    refuse_unknown_rules(dialogues, own.book.by_id, path)
    yield examples(OWN, own, dialogues, read_questions(places.judged_turns), read_messages(places.out_of_scope))
    for folder in sorted(path for path in places.other_offices.iterdir() if path.is_dir()):
        book, questions = office_questions(folder)
        dialogues = read_dialogues(folder / DIALOGUES_FILE)
        refuse_unknown_rules(dialogues, book.by_id, folder / DIALOGUES_FILE)
        yield examples(folder.name, Decider(book), dialogues, questions[:_MOST_JUDGED], ())


def report(made: Sequence[Example]) -> str:
    """The curve of cross-validated confidences, as text: all, and what the dialogues of this office and of the others
    give."""
    confidence, right = cross_validated(made)
    own = np.array([example.office == OWN for example in made])
    lines = [f"ejemplos {len(made)}"]
    for title, among in (("esta oficina", own), ("oficinas que el ajuste no vio", ~own)):
        chosen = [example for example, one in zip(made, among, strict=True) if one]
        known = sum(example.origin == _SPOKEN and bool(example.right.any()) for example in chosen)
        lines += [f"{title}: turnos de diálogos que alguna regla contesta {known}"]
        lines += [
            f"  umbral {p.threshold:.2f}  diálogos {p.spoken:3} ({p.spoken_wrong} mal)  con turnos sin respuesta "
            f"{p.unanswered:3} ({p.unanswered_wrong} mal)  todos {p.all:3} ({p.all_wrong} mal, a lo más {p.bound:.1%})"
            for p in curve(chosen, confidence[among], right[among])
        ]
    return "\n".join(lines)
