"""Rules that a student's wording easily misses: few variants, repeated ones, or none like another."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nlu.advice.heldout import HeldOut
from nlu.collisions import close_pairs
from nlu.thin import THIN_BELOW

# Share of a rule's variants that find it without themselves, below which it is called weak.
FOUND_BELOW = 0.5
# Share of variants that repeat another of the rule, from which it is.
REPEATED_FROM = 0.25


@dataclass(frozen=True)
class WeakRule:
    """``repeated``: variants that say nearly the same as an earlier one of the rule, with an example;
    ``found``: share (0–1) of its variants that find it when they are left out."""

    rule: str
    variants: int
    repeated: int
    example: tuple[str, str] | None
    found: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def weak_rules(held: HeldOut) -> list[WeakRule]:
    """Weak rules, the weakest first. A few seconds for thousands of variants."""
    repeated = _repeated(held)
    rated = [_rate(held, index, repeated) for index in range(len(held.book.rules))]
    weak = [rule for rule in rated if _is_weak(rule)]
    return sorted(weak, key=lambda rule: (rule.found * (rule.variants - rule.repeated), rule.rule))


def _is_weak(rule: WeakRule) -> bool:
    thin = rule.variants - rule.repeated < THIN_BELOW
    return thin or rule.found < FOUND_BELOW or rule.repeated >= REPEATED_FROM * rule.variants


def _rate(held: HeldOut, index: int, repeated: dict[int, int]) -> WeakRule:
    rows = held.rows(index).tolist()
    again = [row for row in rows if row in repeated]
    example = (held.questions[repeated[again[0]]], held.questions[again[0]]) if again else None
    found = float((held.found[rows] == index).mean())
    return WeakRule(held.book.rules[index].id, len(rows), len(again), example, round(found, 3))


def _repeated(held: HeldOut) -> dict[int, int]:
    """Row of each variant that repeats another of its rule → the earlier row."""
    texts = [" ".join(variant) for variant in held.variants]
    repeated: dict[int, int] = {}
    for left, right, _ in close_pairs(texts):
        if held.rule_of[left] == held.rule_of[right]:
            repeated.setdefault(right, left)
    return repeated
