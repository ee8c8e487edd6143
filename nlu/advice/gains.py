"""Which questions that ended unsure would, as variants, raise coverage most.

How often a question is answered surely rises with its likeness to the nearest variant of its rule;
that curve is drawn from the turns themselves. A new variant brings the turns of its rule nearer, and
the gain is what the curve then promises. It holds for turns like those given: expect less of others.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from nlu.advice.turns import AskedTurn
from nlu.decision import Decider, Decision
from nlu.evidence import EvidenceExtractor

# An unjudged turn is taken for its best guess only from this confidence (0–1) on.
GUESS_FROM = 0.3
# Turns over which the share of sure answers is averaged.
_WINDOW = 25
# Gains below this many points of coverage are not worth a line.
_LEAST_POINTS = 0.01


@dataclass(frozen=True)
class Gain:
    """A variant to add: ``points`` of coverage gained, ``turns`` asked that it brings nearer, today's
    ``confidence`` (0–1) in the question, and whether staff ``judged`` its rule or it is a guess."""

    rule: str
    text: str
    points: float
    turns: int
    confidence: float
    judged: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Mistake:
    """A judged question that is surely answered by the wrong ``rule``; ``right`` is None when no
    rule answers it."""

    text: str
    rule: str
    right: str | None
    confidence: float
    count: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Inside:
    """A turn that rule ``rule`` (index) should answer; ``weight`` is how many such turns it stands for."""

    turn: AskedTurn
    decision: Decision
    rule: int
    weight: float
    likeness: float


@dataclass(frozen=True)
class Coverage:
    """``now``: share (0–1) of the turns in scope that are answered surely; ``mistakes`` and ``gains``,
    the worst and the best first."""

    turns: int
    now: float
    mistakes: list[Mistake]
    gains: list[Gain]


def coverage(decider: Decider, extractor: EvidenceExtractor, turns: Sequence[AskedTurn]) -> Coverage:
    """Ask ``turns`` without history and see what is lost. ``extractor`` is that of the decider's book."""
    decided = [(turn, decider.decide(turn.text)) for turn in turns]
    inside = list(_inside(decider, extractor, decided))
    total = sum(item.weight for item in inside)
    sure = sum(item.weight for item in inside if item.decision.sure)
    return Coverage(
        sum(turn.count for turn, _ in decided),
        sure / total if total else 0.0,
        sorted(_mistakes(decided), key=lambda mistake: (-mistake.count, -mistake.confidence, mistake.text)),
        _gains(extractor, inside, total, [rule.id for rule in decider.book.rules]),
    )


def _mistakes(decided: Iterable[tuple[AskedTurn, Decision]]) -> Iterable[Mistake]:
    for turn, decision in decided:
        if turn.judged and decision.rule_id and decision.rule_id != turn.rule:
            yield Mistake(turn.text, decision.rule_id, turn.rule, round(decision.confidence, 3), turn.count)


def _inside(
    decider: Decider, extractor: EvidenceExtractor, decided: Iterable[tuple[AskedTurn, Decision]]
) -> Iterable[_Inside]:
    index = {rule.id: position for position, rule in enumerate(decider.book.rules)}
    for turn, decision in decided:
        meant, trust = _meant(turn, decision)
        if meant in index:
            rule = index[meant]
            likeness = float(_cosines(extractor, turn.text, rule).max())
            yield _Inside(turn, decision, rule, turn.count * trust, likeness)


def _meant(turn: AskedTurn, decision: Decision) -> tuple[str | None, float]:
    """The rule that should answer, and how surely (0–1) we know."""
    if turn.judged:
        return turn.rule, 1.0
    if decision.sure:
        return decision.rule_id, 1.0
    best = decision.candidates[0] if decision.candidates else None
    return (best.rule_id, best.confidence) if best and best.confidence >= GUESS_FROM else (None, 0.0)


def _cosines(extractor: EvidenceExtractor, text: str, rule: int) -> np.ndarray:
    rows = extractor.rows(rule)
    vector = extractor.index.matrix([extractor.tokens(text)])
    cosines: np.ndarray = (extractor.vectors[rows.start : rows.stop] @ vector.T).toarray().ravel() / 2
    return cosines


def _gains(extractor: EvidenceExtractor, inside: list[_Inside], total: float, ids: list[str]) -> list[Gain]:
    curve = _Curve(inside)
    gains: list[Gain] = []
    for rule in sorted({item.rule for item in inside}):
        open_ones = [item for item in inside if item.rule == rule and not item.decision.sure]
        if open_ones:
            gains += _of_rule(extractor, open_ones, curve, total, ids[rule])
    return sorted(gains, key=lambda gain: (-gain.points, gain.rule, gain.text))


def _of_rule(
    extractor: EvidenceExtractor, items: list[_Inside], curve: _Curve, total: float, rule: str
) -> Iterable[Gain]:
    """Pick the best variant, take it as added, and again while it pays."""
    vectors = extractor.index.matrix([extractor.tokens(item.turn.text) for item in items])
    if_added = curve((vectors @ vectors.T).toarray() / 2)
    np.fill_diagonal(if_added, 1.0)
    weights = np.array([item.weight for item in items])
    now = curve(np.array([item.likeness for item in items]))
    for _ in items:
        more = np.maximum(if_added - now, 0.0) * weights
        best = int(more.sum(axis=1).argmax())
        points = 100 * float(more[best].sum()) / total
        if points < _LEAST_POINTS:
            return
        nearer = sum(item.turn.count for item, gained in zip(items, more[best], strict=True) if gained > 0)
        item = items[best]
        yield Gain(
            rule, item.turn.text, round(points, 3), nearer, round(item.decision.confidence, 3), item.turn.judged
        )
        now = np.maximum(now, if_added[best])


class _Curve:
    """Share of turns answered surely by likeness (0–1) to the nearest variant: a running mean over the
    turns by likeness that never falls; a straight line where there are no turns."""

    def __init__(self, inside: Sequence[_Inside]):
        ordered = sorted((item.likeness, item.decision.sure) for item in inside)
        size = min(_WINDOW, max(len(ordered), 1))
        kernel = np.ones(size) / size
        likeness = np.convolve([x for x, _ in ordered] or [0.5], kernel, "valid")
        share = np.maximum.accumulate(np.convolve([float(y) for _, y in ordered] or [0.5], kernel, "valid"))
        self._x, self._y = np.concatenate(([0.0], likeness, [1.0])), np.concatenate(([0.0], share, [1.0]))

    def __call__(self, likeness: np.ndarray) -> np.ndarray:
        shares: np.ndarray = np.interp(likeness, self._x, self._y)
        return shares
