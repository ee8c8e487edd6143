"""Whether a sentence may be said: everything it states must stand in one passage.

Plain text against plain text, no model and no probability. A sentence passes when it can be had
from a passage by leaving out and moving words: every name, figure and content word is there, each
figure with its unit or its subject, and they still say the same (``llm.coherence``,
``llm.figure_ties``). A paraphrase that is true may fail; the passage is then quoted instead.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llm.alignment import align
from llm.coherence import Problem, incoherence
from llm.figure_ties import wrong_tie
from llm.grammar import MAY, MUST
from llm.passages import Passage
from llm.quoting import sentences
from llm.reading import NOTHING, OF, YES, Token, lead, read
from rules.figures import AMOUNT, DATE, EMAIL, LINK, NUMBER, PERCENT, PHONE, figures, held_by

_YEAR = re.compile(r"(?:19|20)\d\d")
_AS_WRITTEN = re.compile(r"\d+\.\d+|\d+,(?!\d{3}(?!\d))\d+")
# An article whose noun is missing: «no inscribas la según la guía».
_BROKEN_OFF = re.compile(r"\b(?:el|la|los|las|una?|unos|unas|sus?|tus?) (?:según|para|por|porque|desde|hasta|sobre)\b")
# What a figure may be called although the passage does not (stems).
_CALLED = {
    EMAIL: {"corre", "electron"}, LINK: {"pagin", "siti", "lig", "web"}, PHONE: {"telefon", "numer"}, DATE: {"fech"},
}  # fmt: skip
_COUNTED = (NUMBER, PERCENT, AMOUNT)
_BOUNDS = frozenset(("minim", "maxim"))  # stems that bound the number after them
_NEAR = 2  # content words before a figure, one of which must be said with it
_MIN_HELD = 0.6  # share of the sentence that the text itself, not the title, must hold


@dataclass(frozen=True)
class Verdict:
    """``passage`` supports the sentence; without one, ``reason`` and ``at`` say what failed, where."""

    passage: Passage | None
    reason: str = ""
    at: str = ""

    @property
    def ok(self) -> bool:
        """Whether the sentence may be said."""
        return self.passage is not None


def check(sentence: str, passages: Sequence[Passage], question: str = "") -> Verdict:
    """The first of ``passages`` that states ``sentence``, said in answer to ``question``.

    The reason of a refusal is that of the first passage. A passage that says that nobody knows
    states nothing.
    """
    problems: list[Problem] = []
    for passage in passages:
        if not passage.nobody_knows:
            problem = _problem(sentence, passage, question)
            if problem is None:
                return Verdict(passage)
            problems.append(problem)
    return Verdict(None, problems[0].reason, problems[0].at) if problems else Verdict(None, "no passage")


def _problem(sentence: str, passage: Passage, question: str) -> Problem | None:
    as_written = set(_AS_WRITTEN.findall(sentence)) - set(_AS_WRITTEN.findall(passage.text))
    if as_written:  # «8.000» is 8.0 to a computer and eight thousand to a reader; «8,0» is no Mexican number
        return Problem("figure", min(as_written))
    broken = _BROKEN_OFF.search(sentence)
    if broken and broken[0] not in passage.text:
        return Problem("broken off", broken[0])
    said, held = _for_one_place(read(sentence)), read(passage.text)
    choices = [_choices(said, place, held) for place in range(len(said))]
    titled = () if passage.rule else read(passage.title)
    for token, places in zip(said, choices):
        if not places and not _names_a_figure(token, said) and not _in_title(token, titled):
            return Problem("figure" if token.figure else "name" if token.name else "word", token.word)
    kept = [i for i, places in enumerate(choices) if places]
    if not kept or len(kept) < _MIN_HELD * len(said):
        return Problem("support")
    tokens = [said[i] for i in kept]
    path = align(tokens, held, [choices[i] for i in kept])
    pairs = list(zip(tokens, path))
    if problem := incoherence(pairs, held) or wrong_tie(pairs, held):
        return problem
    polarity = lead(sentence)
    wrong = polarity and _wrong_lead(polarity, sentence, path, passage, question)
    return Problem("yes or no", polarity or "") if wrong else None


def _for_one_place(said: tuple[Token, ...]) -> tuple[Token, ...]:
    """A sentence that names one place is said for it from its first word on."""
    places = {token.places for token in said if token.places}
    return tuple(replace(token, places=next(iter(places))) for token in said) if len(places) == 1 else said


def _names_a_figure(token: Token, said: Sequence[Token]) -> bool:
    if token.name or token.marks:
        return False
    return any(token.key in _CALLED.get(other.figure.kind, ()) for other in said if other.figure)


def _in_title(token: Token, titled: Sequence[Token]) -> bool:
    """Whether a document's title says a word; what it may deny, allow or count is no matter of titles."""
    plain = not token.marks and not token.figure and token.key not in (MAY, MUST)
    return plain and any(token.stated_by(other) and (other.name or not token.name) for other in titled)


def _choices(said: Sequence[Token], place: int, held: Sequence[Token]) -> list[int]:
    """Where the passage states a token; a figure only where its unit or its subject agree."""
    token = said[place]
    found = [i for i, other in enumerate(held) if token.stated_by(other)]
    if token.figure:
        agrees = _counts_the_same if token.figure.kind in _COUNTED else _said_of_the_same
        return [i for i in found if agrees(said, place, held, i)]
    if token.single and any(_is_counted(held, i) for i in found):  # «una UEA» is not «dos UEA»
        return [i for i in found if held[i].single]
    return found


def _is_counted(held: Sequence[Token], place: int) -> bool:
    before = held[place - 1] if place else None
    return bool(before and before.figure and before.figure.kind in _COUNTED and before.group == held[place].group)


def _counts_the_same(said: Sequence[Token], place: int, held: Sequence[Token], at: int) -> bool:
    """Whether a number counts in the answer what it counts in the passage: «3 meses» is not «3 años»."""
    after, before = _neighbour(said, place, 1), _neighbour(said, place, -1)
    held_after, held_before = _neighbour(held, at, 1), _neighbour(held, at, -1)
    if _YEAR.fullmatch(held[at].word) or not (held_after or held_before or after):
        return _said_of_the_same(said, place, held, at)
    same_before = bool(before and held_before and before.key == held_before.key)
    if held_before and held_before.key in _BOUNDS and held[at].link in (NOTHING, OF) and not same_before:
        return False
    if after and held_after and after.key == held_after.key:
        return True
    return same_before and (held_after is None or after is None or held_after.link != NOTHING)


def _neighbour(tokens: Sequence[Token], place: int, step: int) -> Token | None:
    """The next word in the same group, figures of a range passed over."""
    here = place + step
    while 0 <= here < len(tokens) and tokens[here].group == tokens[place].group:
        if not tokens[here].figure:
            return tokens[here]
        here += step
    return None


def _said_of_the_same(said: Sequence[Token], place: int, held: Sequence[Token], at: int) -> bool:
    """Whether one of the words before the figure in the passage is said too: two dates must not be exchanged."""
    before = [token for token in held[:at] if token.segment == held[at].segment and not token.figure]
    own = [token for token in before if token.group == held[at].group]
    near = (own or before)[-_NEAR:]
    return not near or any(token.stated_by(other) for token in said for other in near)


def _wrong_lead(polarity: str, sentence: str, path: Sequence[int], passage: Passage, question: str) -> bool:
    """A «sí» or «no» must be the passage's own, of the very sentence said; a «sí» affirms the question's figures."""
    stated = held_by([sentence])
    affirms = all(figure.supported_by(stated) for figure in figures(question))
    return not _leads(polarity, path, passage.text) or polarity == YES and not affirms


def _leads(polarity: str, path: Sequence[int], text: str) -> bool:
    """Whether a sentence of ``text`` that begins with ``polarity`` holds all of ``path``."""
    start = 0
    for unit in sentences(text):
        end = start + len(read(unit))
        if lead(unit) == polarity and all(start <= place < end for place in path):
            return True
        start = end
    return False
