"""Whether an answer's words, each found in a passage, still say there what they say here.

The words may be fewer and in another order. They may not be negated otherwise, said for another
place, robbed of their condition or given to another subject.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from llm.grammar import CONTACTS, LIMITS, LIMITS_AFTER, MAY, MUST, NOT
from llm.reading import AND, NOTHING, OF, Token

_LEAD = 2  # content words that open a clause, one of which must be said with what follows
_FREE_MOVES = 2  # words that may stand in another order in any sentence
_MOVES = 0.25  # share of the words that may stand in another order
_FEW = 2  # words of a clause from which on it is used, not touched

Pairs = Sequence[tuple[Token, int]]  # each token of the answer and its place in the passage


@dataclass(frozen=True)
class Problem:
    """Why a passage does not state a sentence: the reason, and the word at fault."""

    reason: str
    at: str = ""


def incoherence(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """The first thing that the words of ``pairs`` say otherwise than the passage ``held``."""
    for judge in (_governed, _repeated, _misplaced_aside, _torn, _moved, _unconditional, _unlimited, _without_subject):
        problem = judge(pairs, held)
        if problem:
            return problem
    return None


def _governed(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """Each word keeps its negations, its bounds and its place."""
    for token, place in pairs:
        other = held[place]
        if token.marks != other.marks:
            negated = token.marks.count(NOT) != other.marks.count(NOT)
            return Problem("negation" if negated else "bound", token.word)
        if token.places and other.places and not token.places & other.places:
            return Problem("place", token.word)
        if token.condition is not None and other.condition is None:
            return Problem("condition", token.word)
    return None


def _repeated(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """No word of the passage serves twice, and figures that follow one another do so there too."""
    used: set[int] = set()
    for token, place in pairs:
        if place in used:
            return Problem("figure" if token.figure else "repeated", token.word)
        used.add(place)
    for (token, at), (following, place) in zip(pairs, pairs[1:]):
        if token.figure and following.figure and place != at + 1:
            return Problem("figure", following.word)
    return None


def _misplaced_aside(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """What stands in brackets after a figure is said of that figure: «la semana 1 (sin efecto)»."""
    used = {place for _, place in pairs}
    for place in sorted(used):
        if held[place].aside:
            outside = next((i for i in range(place, -1, -1) if not held[i].aside), None)
            if outside is not None and held[outside].figure and outside not in used:
                return Problem("aside", held[place].word)
    return None


def _torn(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """A name, or what may or must be, keeps the word it leans on: «la guía de…», «se puede pedir».

    Whose telephone it is may be told by the clause's subject instead: «la DSE publica: teléfono…».
    """
    for (token, at), (following, place) in zip(pairs, pairs[1:]):
        if token.group != following.group or following.link == AND:
            continue
        owner = following.link == OF and token.key in CONTACTS and place in _opening(held[place].segment, held)
        leaning = following.name and following.link in (NOTHING, OF) and not owner
        if (leaning or token.key in (MAY, MUST)) and not 0 < place - at <= 2:
            return Problem("name" if following.name else "modal", f"{token.word} {following.word}")
    return None


def _opening(segment: int, held: Sequence[Token]) -> list[int]:
    """The places of the first words of a clause."""
    return [place for place, token in enumerate(held) if token.segment == segment][:_LEAD]


def _moved(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    back = [following.word for (_, at), (following, place) in zip(pairs, pairs[1:]) if place <= at]
    return Problem("order", back[0]) if len(back) > max(_FREE_MOVES, _MOVES * len(pairs)) else None


def _unconditional(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """«No se puede si…» must not become «no se puede»; of alternatives («o si…») one is enough."""
    used = {place for _, place in pairs}
    segments = {held[place].segment for place in used}
    numbers = [token.condition[0] for token in held if token.condition and token.segment in segments]
    for number in dict.fromkeys(numbers):
        places = [i for i, token in enumerate(held) if (token.condition or (None,))[0] == number]
        first = places[0]
        others = [i for i in used - set(places) if held[i].segment == held[first].segment]
        within_an_aside = first > 0 and held[first].aside and held[first - 1].aside
        if len(others) >= _FEW and not within_an_aside and not _is_said(places, used, held):
            return Problem("condition", held[first].word)
    return None


def _unlimited(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """What limits a word («días hábiles») or its clause («rara vez») goes with it."""
    used = {place for _, place in pairs}
    for place, token in enumerate(held):
        if place in used:
            continue
        clause = sum(held[i].segment == token.segment for i in used)
        after = token.key in LIMITS_AFTER and place - 1 in used and _is_after(place, held)
        if after or token.word in LIMITS and clause >= _FEW:
            return Problem("bound", token.word)
    return None


def _is_after(place: int, held: Sequence[Token]) -> bool:
    """Whether the word at ``place`` belongs to the one before it, not to a figure after it: «máximo dos»."""
    following = held[place + 1] if place + 1 < len(held) else None
    bounds_next = following and following.figure and following.link in (NOTHING, OF) and following.group == held[place].group
    return held[place].segment == held[place - 1].segment and held[place].link != AND and not bounds_next


def _is_said(places: Sequence[int], used: set[int], held: Sequence[Token]) -> bool:
    """Whether at least half of one alternative of a condition is said."""
    sizes = Counter(held[i].condition for i in places)
    said = Counter(held[i].condition for i in places if i in used)
    return any(2 * said[alternative] >= size for alternative, size in sizes.items())


def _without_subject(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """A clause must not be given to another subject: its own first words go with it."""
    for segment in dict.fromkeys(held[place].segment for _, place in pairs):
        used = [i for _, i in pairs if held[i].segment == segment and not held[i].opens_place]
        whole = [i for i, token in enumerate(held) if token.segment == segment and not token.opens_place]
        if _is_stray(used, held) or len(used) >= _FEW and _headless(used, whole, pairs, held):
            return Problem("subject", held[whole[0]].word)
    return None


def _is_stray(used: Sequence[int], held: Sequence[Token]) -> bool:
    """Whether of a clause only a name or figure is used, without the word before it."""
    if len(used) != 1 or used[0] == 0:
        return False
    token, before = held[used[0]], held[used[0] - 1]
    return bool(token.name or token.figure) and before.segment == token.segment


def _headless(used: Sequence[int], whole: Sequence[int], pairs: Pairs, held: Sequence[Token]) -> bool:
    if _lead(whole, held).intersection(used):
        return False
    segment = held[used[0]].segment
    alone = all(held[i].segment == segment or held[i].opens_place for _, i in pairs)
    return not (alone and _opens_a_clause(min(used), held))


def _lead(whole: Sequence[int], held: Sequence[Token]) -> set[int]:
    """The first words of a clause, or any words of the list that it opens with."""
    sizes = Counter(held[i].group for i in whole)
    is_list = len(sizes) > _LEAD and all(sizes[held[i].group] <= _LEAD for i in whole[: _LEAD + 1])
    listed = next((n for n, i in enumerate(whole) if sizes[held[i].group] > _LEAD), len(whole)) if is_list else 0
    return set(whole[: listed + _LEAD])


def _opens_a_clause(place: int, held: Sequence[Token]) -> bool:
    """Whether a clause begins at or right before ``place``: «…, y la contraseña inicial es…»."""
    return any(held[i].link == AND and held[i].group > held[i - 1].group for i in (place, place - 1) if i > 0)
