"""Whether an answer's figures still belong to what they belong to in the passage.

A range keeps both ends. Where the passage states several figures of one kind (dates, amounts,
marks), none may be passed over to give its subject to another.
"""
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from llm.coherence import Pairs, Problem
from llm.reading import AND, NOTHING, Token
from rules.figures import DATE, MONTH

_YEAR = re.compile(r"(?:19|20)\d\d")


def wrong_tie(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """The first figure of ``pairs`` that is cut out of its range or given to another subject than in ``held``."""
    return _cut_range(pairs, held) or _exchanged(pairs, held)


def _cut_range(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """Figures joined in the passage («del 3 al 5») stand joined in the same way in the answer, and no others do."""
    said = {place: token for token, place in pairs}
    for place, token in enumerate(held):
        partner = place - token.reach
        whole = place in said and partner in said and said[place].joint == token.joint
        if token.joint != NOTHING and (place in said or partner in said) and not whole:
            return Problem("figure", token.word)
    for token, place in pairs:
        if token.joint not in (NOTHING, held[place].joint):
            return Problem("figure", token.word)
    return None


def _exchanged(pairs: Pairs, held: Sequence[Token]) -> Problem | None:
    """The words around a figure that has rivals stand in the passage's order, and no rival is passed over.

    Before the first figure said some may be: from what introduces them all to where its own clause begins.
    """
    path = [(token, place) for token, place in pairs if not held[place].opens_place]
    for rivals in _rivals(held):
        used = sorted(place for _, place in path if place in rivals)
        for (_, at), (following, place) in zip(path, path[1:]) if used else ():
            passed = [rival for rival in rivals if at < rival < place]
            if place < at or passed and (at >= used[0] or not _resumes(following, at, passed[-1], place, held)):
                return Problem("figure", held[used[0]].word)
        if used and not _is_whole(used[0], path, held):
            return Problem("figure", held[used[0]].word)
    return None


def _rivals(held: Sequence[Token]) -> Iterator[list[int]]:
    """The places of the figures of each kind of which the passage states more than one."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for place, token in enumerate(held):
        kind = _kind(token)
        if kind:
            kinds[kind].append(place)
    for places in kinds.values():
        if len({held[place].word for place in places}) > 1:
            yield places


def _kind(token: Token) -> str:
    if token.figure is None:
        return "code" if token.code else ""
    if _YEAR.fullmatch(token.word):
        return "year"
    if token.ordinal:
        return "ordinal"
    return DATE if token.figure.kind == MONTH else token.figure.kind


def _resumes(following: Token, at: int, rival: int, place: int, held: Sequence[Token]) -> bool:
    """Whether after ``rival`` the next clause begins at ``place``, and is not joined to what was said before."""
    opens = next((i for i in range(rival + 1, len(held)) if _opens(i, held)), None)
    return opens == place and following.link != AND and not (held[at].name and held[place].name)


def _opens(place: int, held: Sequence[Token]) -> bool:
    joined = held[place].joint != NOTHING
    return not joined and (held[place].link == AND or held[place].group > held[place - 1].group)


def _is_whole(first: int, path: Pairs, held: Sequence[Token]) -> bool:
    """Whether a clause that begins with its figure goes on as in the passage: «y el viernes cierra»."""
    after = first + 1
    if first == 0 or after == len(held) or not _opens(first, held) or _opens(after, held):
        return True
    return any(place == after for _, place in path)
