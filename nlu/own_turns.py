"""An ample book's own turns: its variants, asked as if they or their rule had never been written, and foreign messages."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlu.cascade import combined
from nlu.confidence import OUT_OF_SCOPE_SHARE, BookStatistics, ConfidenceModel, Curve, open_between, risk_curve
from nlu.doubt import Doubts
from nlu.evidence import Evidence, Query
from nlu.leaveout import LeftOut, without_themselves
from nlu.matcher import Matcher
from nlu.semantic import Reading, SemanticMatcher

_SEED = 20261126
# Of the own turns that no rule answers so many ask for a rule that was left out, with a second opinion and by letters
# alone, which foreign messages deceive less; the others are foreign.
MISSING_RULE_SHARE = {True: 0.2, False: 0.3}
# A variant's row with the rows that are left out, or a message.
_Asked = tuple[int, range] | str


def own_curve(
    matcher: Matcher,
    second: SemanticMatcher | None,
    statistics: Sequence[BookStatistics],
    missing: Sequence[LeftOut],
    outside: Sequence[str],
) -> Curve:
    """Risk on left-out variants, with those whose rule is ``missing`` and foreign messages as the out-of-scope share.

    Args:
        statistics: of the opinion by letters, and of the second one where there is one; so ``missing``.
    """
    opinions = [opinion for opinion in (matcher, second) if opinion]
    alone = [without_themselves(opinion) for opinion in opinions]
    foreign = [_asked(opinion, outside) for opinion in opinions]
    turns = [
        LeftOut(
            np.concatenate([part.values for part in parts if len(part.values)]),
            np.concatenate([part.rules for part in parts]),
            np.concatenate([part.right for part in parts]),
        )
        for parts in zip(alone, missing, foreign, strict=True)
    ]
    confidence, right = rated(turns, statistics)
    if second:
        asked: list[_Asked] = [*alone[0].asked, *missing[0].asked, *outside]
        confidence = _doubted(second, asked, turns, statistics[0], confidence)
    share = MISSING_RULE_SHARE[second is not None]
    kept = _at_traffic_shares(len(alone[0].right), len(missing[0].right), len(outside), share)
    return risk_curve(confidence[kept], right[kept])


def rated(turns: Sequence[LeftOut], statistics: Sequence[BookStatistics]) -> tuple[np.ndarray, np.ndarray]:
    """Confidence (0–1) and rightness, each of shape (n,), of the same left-out turns in each opinion, as the cascade of a
    book with these statistics would give them before any doubt."""
    opinions = [(_confidences(asked, book), asked.right) for asked, book in zip(turns, statistics, strict=True)]
    return combined(statistics[0].variants_a_rule, *opinions)


def _confidences(asked: LeftOut, book: BookStatistics) -> np.ndarray:
    return ConfidenceModel.load(book.stage, book.variants_a_rule).probability(book.inputs(asked.values, asked.rules))


def _doubted(
    second: SemanticMatcher,
    asked: Sequence[_Asked],
    turns: Sequence[LeftOut],
    book: BookStatistics,
    confidences: np.ndarray,
) -> np.ndarray:
    """``confidences`` (0–1) in the candidates of ``turns`` (by letters, and the second opinion's) after second thoughts, as
    :meth:`nlu.cascade.Cascade.rate` would have them."""
    doubts, (least, most) = Doubts(second), open_between(book.variants_a_rule)
    by_letters = _confidences(turns[0], book)
    written = [question for rule in second.book.rules for question in rule.questions]
    lowered = confidences.copy()
    for place in np.flatnonzero(by_letters >= least).tolist():
        is_open = by_letters[place] < most
        opinion = turns[1 if is_open else 0]
        candidate = Evidence(int(opinion.rules[place]), opinion.values[place], 0)
        turn = _turn(second, asked[place], written)
        if is_open or doubts.arise(turn.query, candidate):
            after, _ = doubts.lowered(
                turn.text, turn.query, turn.reading(second), [candidate], confidences[[place]], excluded=turn.excluded
            )
            lowered[place] = after[0]
    return lowered


@dataclass(frozen=True)
class _Turn:
    """A message, or the variant ``row`` with the rows ``excluded`` left out."""

    text: str
    query: Query
    row: int | None = None
    excluded: range = range(0)

    def reading(self, second: SemanticMatcher) -> Reading:
        if self.row is None:
            return second.read(self.text, self.query)
        return second.read_row(self.row, self.query, self.excluded)


def _turn(second: SemanticMatcher, asked: _Asked, written: Sequence[str]) -> _Turn:
    if isinstance(asked, str):
        return _Turn(asked, second.lexical.read(asked)[0])
    row, excluded = asked
    return _Turn(written[row], second.lexical.query_of_row(row), row, excluded)


def _asked(opinion: Matcher | SemanticMatcher, messages: Sequence[str]) -> LeftOut:
    """The best candidates for ``messages``, none of which is right."""
    best = [opinion.rank(message, 1)[0] for message in messages]
    values = np.array([item.values for item in best]) if best else np.zeros((0, 0))
    return LeftOut(values, np.array([item.rule for item in best], dtype=int), np.zeros(len(best), dtype=bool))


def _at_traffic_shares(inside: int, missing: int, foreign: int, share: float) -> np.ndarray:
    """Places of all turns in scope, and of as many others as the assumed traffic has, of which ``share`` (0–1) ask
    for a missing rule; a few foreign messages are asked again and again."""
    rng = np.random.default_rng(_SEED)
    wanted = round(OUT_OF_SCOPE_SHARE / (1 - OUT_OF_SCOPE_SHARE) * inside)
    of_missing = min(missing, round(wanted * (share if foreign else 1)))
    of_foreign = wanted - of_missing if foreign else 0
    chosen = inside + rng.permutation(missing)[:of_missing]
    return np.concatenate([np.arange(inside), chosen, inside + missing + np.arange(of_foreign) % max(foreign, 1)])
