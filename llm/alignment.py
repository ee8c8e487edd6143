"""Lay an answer's tokens onto a passage's: which word of the passage each one repeats.

Of all ways to do so the one that follows the passage most closely is taken, so that what was
left out or moved can be judged.
"""
from __future__ import annotations

from collections.abc import Sequence

from llm.reading import Token

# What it costs to go from one place of the passage to another; only the order of the sums matters.
_SKIP, _SKIPPED_TOKEN, _SEGMENT, _BACK, _MARKS = 1.0, 0.02, 1.0, 2.0, 0.5


def align(said: Sequence[Token], held: Sequence[Token], choices: Sequence[Sequence[int]]) -> list[int]:
    """The place in ``held`` of each token of ``said``; ``choices`` are those allowed (never empty)."""
    costs = [_own(said[0], held[place]) for place in choices[0]]
    origins: list[list[int]] = []
    for token, before, places in zip(said[1:], choices, choices[1:]):
        steps = [[cost + _step(held, a, b) for cost, a in zip(costs, before)] for b in places]
        origins.append([row.index(min(row)) for row in steps])
        costs = [min(row) + _own(token, held[place]) for row, place in zip(steps, places)]
    return _path(costs, origins, choices)


def _path(costs: list[float], origins: list[list[int]], choices: Sequence[Sequence[int]]) -> list[int]:
    choice = costs.index(min(costs))
    path = [choices[-1][choice]]
    for row, places in zip(reversed(origins), list(choices[-2::-1])):
        choice = row[choice]
        path.append(places[choice])
    return path[::-1]


def _own(token: Token, other: Token) -> float:
    apart = bool(token.places and other.places and not token.places & other.places)
    return _MARKS * ((token.marks != other.marks) + apart)


def _step(held: Sequence[Token], a: int, b: int) -> float:
    """A place («en…») may stand before any clause."""
    if b == a + 1 or held[a].opens_place:
        return 0.0
    cost = _SKIP + _SKIPPED_TOKEN * abs(b - a) + _SEGMENT * (held[a].segment != held[b].segment)
    return cost if b > a else cost + _BACK
