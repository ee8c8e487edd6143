"""What a message asks, without what students put around it: greetings, who they are, circumstances, thanks.

Two models of words, of the book's questions and of such padding (``padding_es.txt``), take turns along the message; the
likeliest turns are kept (Viterbi 1967, two states). A word that neither knows stays with those around it.
"""
from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from re import Match

from nlu.lexicon import is_common
from nlu.text import INTERROGATIVES, WORD, expand, fold, without_emoji, words

PADDING_FILE = Path(__file__).with_name("padding_es.txt")
# Shorter messages are read whole; in a book of few words too little tells a question from padding in short ones.
_FEWEST_WORDS = 3
_FEWEST_IN_SMALL_BOOKS = 9
_SMALL_BOOK = 2000
# Nats that a change between question and padding costs: within a sentence, and where a mark parts them.
_CHANGE = 4.0
_CHANGE_AT_MARK = 0.5
_MARK = re.compile(r"[.,;:!?¡¿()…\n]")
# Nats for what is no word of the language: a name, which may tell one matter from another.
_NAME = 2.0
# After these it is a person's, and tells nothing apart.
_INTRODUCING = frozenset({
    "soy", "llamo", "nombre", "es", "habla", "hablo", "escribe", "atte", "att", "atentamente", "firma", "sr", "sra", "señor",
    "señora", "don", "doña",
})  # fmt: skip
# What leaves these out has left a question out; so has what keeps no word that asks and leaves out one of the others.
_ASKING = frozenset({"cuanto", "cuanta", "cuantos", "cuantas", "donde", "cual", "cuales"})
_TELLING_TOO = frozenset({"que", "porque"})  # these are as often said in passing
_SMOOTHING = 0.5
_PAIR_WEIGHT = 0.5


class Focus:
    """Reads messages for the book whose ``questions`` (tokens of each variant) are given."""

    def __init__(self, questions: Sequence[Sequence[str]], padding: Sequence[Sequence[str]] | None = None):
        others = _padding() if padding is None else padding
        self._fewest = _FEWEST_WORDS if sum(map(len, questions)) >= _SMALL_BOOK else _FEWEST_IN_SMALL_BOOKS
        self._words = _Odds(questions, others)
        self._pairs = _Odds([list(pairwise(question)) for question in questions], [list(pairwise(line)) for line in others])

    def core(self, message: str) -> str:
        """The words of ``message`` that ask, as they are written; all of it when it is short or nothing else is said."""
        found = list(WORD.finditer(message))
        if len(found) < self._fewest:
            return message
        parts = [expand([fold(word[0])]) for word in found]
        gaps = (message[before.end() : after.start()] for before, after in pairwise(found))
        kept = self._asking(parts, [False, *(bool(_MARK.search(without_emoji(gap))) for gap in gaps)])
        if all(kept) or not any(kept) or _leaves_a_question_out(parts, kept) or _parts_a_marked_question(message, found, kept):
            return message
        return " ".join(message[start:end] for start, end in _spans(found, kept, len(message)))

    def _asking(self, parts: Sequence[list[str]], marked: Sequence[bool]) -> list[bool]:
        """Whether each word belongs to a question; ``marked``: whether a mark stands before it."""
        before = ""
        person = False  # whether what stood before is somebody's name, or introduces it
        asks, pads = 0.0, 0.0
        came_from: list[tuple[bool, bool]] = []  # for the states «asks» and «pads»: whether the one before asked
        for part, mark in zip(parts, marked, strict=True):
            cost = _CHANGE_AT_MARK if mark else _CHANGE
            odds = 0.0
            for word in part:
                odds += self._odds(before, word, person)
                person = word in _INTRODUCING or person and not is_common(word)
                before = word
            stay, turn = asks >= pads - cost, asks - cost > pads
            asks, pads = (asks if stay else pads - cost) + odds, (asks - cost if turn else pads)
            came_from.append((stay, turn))
        kept = [asks >= pads]
        for stay, turn in reversed(came_from[1:]):
            kept.append(stay if kept[-1] else turn)
        return kept[::-1]

    def _odds(self, before: str, word: str, person: bool) -> float:
        """Nats in favour of a question; ``person``: whether somebody's name may stand here."""
        if word not in self._words:
            return 0.0 if person or is_common(word) else _NAME
        return self._words[word] + _PAIR_WEIGHT * self._pairs[before, word]


class _Odds:
    """Log odds of a term in questions against padding, add-half smoothed; 0 for a term of neither."""

    def __init__(self, questions: Iterable[Sequence[object]], padding: Iterable[Sequence[object]]):
        self._asked, self._padded = (Counter(term for line in lines for term in line) for lines in (questions, padding))
        self._terms = len(self._asked.keys() | self._padded.keys())
        self._totals = [sum(counts.values()) + _SMOOTHING * self._terms for counts in (self._asked, self._padded)]

    def __contains__(self, term: object) -> bool:
        return term in self._asked or term in self._padded

    def __getitem__(self, term: object) -> float:
        if term not in self:
            return 0.0
        asked, padded = (
            (counts[term] + _SMOOTHING) / total for counts, total in zip((self._asked, self._padded), self._totals, strict=True)
        )
        return math.log(asked / padded)


@lru_cache(maxsize=1)
def _padding() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(expand(words(line))) for line in PADDING_FILE.read_text("utf-8").splitlines() if line.strip())


def _leaves_a_question_out(parts: Sequence[list[str]], kept: Sequence[bool]) -> bool:
    """Whether a word that asks is not kept, and with it what is asked."""
    said, left_out = (
        {part for word, keep in zip(parts, kept, strict=True) if keep is wanted for part in word} for wanted in (True, False)
    )
    return not left_out.isdisjoint(_ASKING) or (
        said.isdisjoint(INTERROGATIVES) and not left_out.isdisjoint(INTERROGATIVES - _TELLING_TOO)
    )


def _parts_a_marked_question(message: str, found: Sequence[Match[str]], kept: Sequence[bool]) -> bool:
    """Whether the word before a question mark is not kept."""
    ends = (word.end() for word in found[1:])
    following = [message[end : end + 2] for end in (found[0].end(), *ends)]
    return any("?" in marks and not keep for marks, keep in zip(following, kept, strict=True))


def _spans(found: Sequence[Match[str]], kept: Sequence[bool], end: int) -> Iterator[tuple[int, int]]:
    """Where the runs of kept words lie in the message, with the marks after them."""
    starts = [word.start() for word in found] + [end]
    run: int | None = None
    for place, keep in enumerate((*kept, False)):
        if keep and run is None:
            run = place
        elif not keep and run is not None:
            yield starts[run], starts[place]
            run = None
