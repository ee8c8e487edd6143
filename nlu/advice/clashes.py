"""Pairs of rules that take each other's questions, and the words that would part them."""
from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from nlu.advice.heldout import HeldOut
from nlu.text import INTERROGATIVES

# Left-out variants that must change sides before a pair is called a clash.
FEWEST = 2
WORDS = 4
# A word must stand in at least so many of a rule's variants to part it from another, and in fewer
# rules than this share (0–1) of them, five at least: “uam” and “la” part nothing.
_SEEN, _EVERYWHERE, _EVERYWHERE_LEAST = 2, 0.15, 5


@dataclass(frozen=True)
class Clash:
    """``taken``: how many left-out variants of the first rule find the second, and the other way
    round; ``examples``: one of each; ``words``: what only the one or only the other says."""

    rules: tuple[str, str]
    taken: tuple[int, int]
    examples: tuple[str | None, str | None]
    words: tuple[list[str], list[str]]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def clashes(held: HeldOut) -> list[Clash]:
    """Clashing pairs, most confused first."""
    lost: dict[tuple[int, int], list[int]] = {}
    for row, (own, found) in enumerate(zip(held.rule_of.tolist(), held.found.tolist(), strict=True)):
        if own != found:
            lost.setdefault((own, found), []).append(row)
    pairs = sorted({(min(pair), max(pair)) for pair in lost})
    plain = _everywhere(held)
    found = [_clash(held, a, b, lost.get((a, b), []), lost.get((b, a), []), plain) for a, b in pairs]
    return sorted((clash for clash in found if sum(clash.taken) >= FEWEST), key=lambda c: (-sum(c.taken), c.rules))


def _everywhere(held: HeldOut) -> set[str]:
    """Words of so many rules that they part none; what is asked for (cuándo, cuánto) always may."""
    rules = Counter(word for rule in range(len(held.book.rules)) for word in _counts(held, rule))
    most = max(_EVERYWHERE_LEAST, _EVERYWHERE * len(held.book.rules))
    return {word for word, count in rules.items() if count >= most} - INTERROGATIVES


def _clash(
    held: HeldOut, first: int, second: int, to_second: list[int], to_first: list[int], plain: set[str]
) -> Clash:
    examples = tuple(held.questions[rows[0]] if rows else None for rows in (to_second, to_first))
    return Clash(
        (held.book.rules[first].id, held.book.rules[second].id),
        (len(to_second), len(to_first)),
        (examples[0], examples[1]),
        (_parting_words(held, first, second, plain), _parting_words(held, second, first, plain)),
    )


def _parting_words(held: HeldOut, own: int, other: int, plain: set[str]) -> list[str]:
    """Words that the variants of ``own`` have and those of ``other`` lack, best first: by the log odds
    of their shares, each share smoothed by one variant, times how many variants have them."""
    mine, theirs = _counts(held, own), _counts(held, other)
    mine_total, theirs_total = len(held.rows(own)) + 1, len(held.rows(other)) + 1
    weight = {
        word: count * math.log((count + 1) / mine_total * theirs_total / (theirs.get(word, 0) + 1))
        for word, count in mine.items()
        if count >= _SEEN and word not in plain
    }
    best = sorted((word for word in weight if weight[word] > 0), key=lambda word: (-weight[word], word))
    return best[:WORDS]


def _counts(held: HeldOut, rule: int) -> Counter[str]:
    return Counter(word for row in held.rows(rule).tolist() for word in set(held.variants[row]))
