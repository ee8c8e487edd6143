"""Ask a book its own variants as if they, or their whole rule, had never been written."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nlu.evidence import Evidence
from nlu.matcher import Matcher
from nlu.semantic import SemanticMatcher

MAX_TURNS = 2000
_SEED = 20261122


@dataclass(frozen=True)
class LeftOut:
    """Best candidates of left-out turns: features (n, features), rule chosen, and its rightness; which variant was asked
    and which rows were as if never written, nothing where messages were asked."""

    values: np.ndarray
    rules: np.ndarray
    right: np.ndarray
    asked: tuple[tuple[int, range], ...] = ()


# A variant's row, the outputs of a model that never saw the excluded rows, and these.
LeftOutTurn = tuple[int, np.ndarray, range]


def without_their_rule(matcher: Matcher | SemanticMatcher) -> LeftOut:
    """Variants whose whole rule is left out, the same number of each rule: every candidate is wrong."""
    turns = list(turns_without_their_rule(matcher))
    found = [matcher.left_out(*turn) for turn in turns]
    return _left_out(found, [False] * len(found), [(row, block) for row, _, block in turns])


def turns_without_their_rule(matcher: Matcher | SemanticMatcher) -> Iterator[LeftOutTurn]:
    """Those variants, each as what a matcher's ``left_out`` asks for; none in a book of one rule."""
    extractor, rng = matcher.extractor, np.random.default_rng(_SEED)
    each = max(1, -(-MAX_TURNS // extractor.rules))
    for rule in range(extractor.rules if extractor.rules > 1 else 0):
        block = extractor.rows(rule)
        outputs = matcher.held_out(np.arange(block.start, block.stop))
        for offset in rng.permutation(len(block))[:each].tolist():
            yield block.start + offset, outputs[offset], block


def without_themselves(matcher: Matcher | SemanticMatcher) -> LeftOut:
    """A sample of variants, each left out alone: a candidate is right when it is the variant's rule."""
    extractor = matcher.extractor
    found, right, asked = [], [], []
    for row in sampled_rows(matcher).tolist():
        outputs = matcher.held_out(np.array([row]))[0]
        best = matcher.left_out(row, outputs, range(row, row + 1))
        found.append(best)
        right.append(best.rule == extractor.rule_of[row])
        asked.append((row, range(row, row + 1)))
    return _left_out(found, right, asked)


def sampled_rows(matcher: Matcher | SemanticMatcher) -> np.ndarray:
    """The rows of the variants that :func:`without_themselves` asks, ascending; none where nothing is left without one."""
    variants = len(matcher.variants)
    return np.sort(np.random.default_rng(_SEED).permutation(variants)[:MAX_TURNS] if variants > 1 else np.zeros(0, dtype=int))


def _left_out(found: list[Evidence], right: list[bool], asked: list[tuple[int, range]]) -> LeftOut:
    values = np.array([item.values for item in found]) if found else np.zeros((0, 0))
    return LeftOut(values, np.array([item.rule for item in found], dtype=int), np.array(right, dtype=bool), tuple(asked))


def at_share(outside: np.ndarray, share: float) -> np.ndarray:
    """Mask that keeps every turn in scope and as many out of scope (``outside``) as make up ``share``."""
    keep = ~outside
    positions = np.flatnonzero(outside)
    wanted = round(share / (1 - share) * int(keep.sum()))
    chosen = np.random.default_rng(_SEED).permutation(positions)[:wanted]
    keep[chosen] = True
    return keep
