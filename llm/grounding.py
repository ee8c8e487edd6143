"""Whether a sentence may be said: everything it states must stand in one passage.

Plain text against plain text, no model and no probability. A sentence passes when it can be had
from a passage by leaving out and moving words: every name, figure and content word is there, each
figure with its unit or its subject, and they still say the same (``llm.coherence``). A paraphrase
that is true may fail; the passage is then quoted instead.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llm.alignment import align
from llm.coherence import Problem, incoherence
from llm.grammar import MAY, MUST, NOT, ONLY
from llm.passages import Passage
from llm.reading import NOTHING, OF, YES_NO, Token, read
from llm.support import content_words
from rules.figures import AMOUNT, DATE, EMAIL, LINK, NUMBER, PERCENT, PHONE, figures, held_by

_YEAR = re.compile(r"(?:19|20)\d\d")
_DECIMAL = re.compile(r"\d+\.\d+")
# What a figure may be called although the passage does not (stems).
_CALLED = {
    EMAIL: {"corre", "electron"}, LINK: {"pagin", "siti", "lig", "web"}, PHONE: {"telefon", "numer"}, DATE: {"fech"},
}  # fmt: skip
_COUNTED = (NUMBER, PERCENT, AMOUNT)
_BOUNDS = frozenset(("minim", "maxim"))  # stems that bound the number after them
_NEAR = 2  # content words before a figure, one of which must be said with it
_MIN_HELD = 0.6  # share of the sentence that the text itself, not the title, must hold
_ASKED_SHARE = 0.6  # of a question's words that the passage must hold before it is answered by «sí»


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
    decimals = set(_DECIMAL.findall(sentence)) - set(_DECIMAL.findall(passage.text))
    if decimals:  # «8.000» is 8.0 to a computer and eight thousand to a reader
        return Problem("figure", min(decimals))
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
    lead = YES_NO.match(sentence)
    return incoherence(list(zip(tokens, path)), held) or (
        _wrong_lead(lead[1].lower(), said, passage, question) if lead else None
    )


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


def _wrong_lead(lead: str, said: Sequence[Token], passage: Passage, question: str) -> Problem | None:
    """«Sí» affirms the question, whose words and figures the passage must then hold; «no» denies it."""
    asked = read(question)
    own = YES_NO.match(passage.text)
    denied = any(NOT in token.marks or ONLY in token.marks for token in said)
    agrees = own[1].lower() == lead if own else denied == (lead == "no")
    if not asked or any(NOT in token.marks for token in asked) or not agrees:
        return Problem("yes or no", lead)
    return Problem("yes or no", lead) if lead == "sí" and not _affirms(passage, question) else None


def _affirms(passage: Passage, question: str) -> bool:
    stated = held_by([passage.text])
    known = {token.key for token in read(" ".join((passage.title, passage.text, *passage.questions)))}
    words = content_words(question)
    found = sum(any(token.key in known for token in read(word)) for word in words)
    return found >= _ASKED_SHARE * len(words) and all(figure.supported_by(stated) for figure in figures(question))
