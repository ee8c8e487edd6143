"""Read a misspelt word as one that the book knows: typos, sounds, lost vowels, lost spaces.

Only words that neither the book nor the language has are touched, and short ones only become words
that the book uses all the time: a rare word of three letters is more often a foreign acronym than a
typo. Readings compete by how common they are, how well they go with the words beside them, and what
the mistake costs; all costs are in nats. Once the rules are known that a question seems to be about,
their words are looked at first.
"""
from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from nlu.lexicon import is_common
from nlu.sounds import bones, edit_cost, is_one_edit, sound
from nlu.text import SHORTHAND

# Share of the book's questions that a word must have for a mistyped word of so many letters to be
# read as it; longer ones may be any word.
_LEAST_SHARE = {1: 0.01, 2: 0.01, 3: 0.005, 4: 0.001}
# In those a wrong letter must at least lie beside the right one.
_SHORT_COST = 3.0
# From this length on, two edits.
_LETTERS_FOR_TWO = 6
_TWO_EDITS_COST = 7.0
# Share from which a word of up to three letters may be a piece of joined words.
_COMMON = 0.01
# A word without vowels is recognised by at least this many consonants; what each lost vowel costs.
_CONSONANTS, _VOWEL_COST = 3, 0.5
# Lost spaces are looked for in words of this many letters; each costs this much. A piece that the
# book lacks costs so much, and so much a letter; one that is the language's, from this many letters on, or shorthand for
# words of the book, less.
_JOINED_FROM, _JOINED_TO, _SPACE_COST = 5, 60, 3.0
_STRANGE_COST, _STRANGE_LETTER_COST = 12.0, 2.5
_COMMON_COST, _COMMON_LETTERS = 17.0, 3
_SHORTHAND_COST = 4.0
# What figures and words are joined of: «45años», «tengo2materias»; the shorthand that goes with figures.
_RUN = re.compile(r"\d+|\D+")
_UNITS = frozenset({"hr", "hrs", "sem", "trim", "tri"})
# How many edits may part a word of at least so many letters from one of the rules in question.
_EDITS_NEAR = ((7, 3), (4, 2), (3, 1))
# What a neighbour that the book has seen beside the word is worth.
_PAIR_BONUS = 3.0
_REMEMBERED = 20_000
# A word that is not the language's and stands in so few questions may be a slip of who wrote them, if
# it has so many letters.
_SLIPS_IN_BOOK, _SLIP_LETTERS = 2, 4
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True)
class Reading:
    """What a word may be, and how much speaks against it."""

    words: tuple[str, ...]
    cost: float


class Speller:
    """Mends questions with the words of ``questions`` (each a list of normalised words).

    Args:
        others: words that are right as they are, though no question has them.
    """

    def __init__(self, questions: Sequence[Sequence[str]], others: Iterable[str] = ()):
        self._counts = Counter(word for question in questions for word in set(question))
        self._others = frozenset(others)
        self._pairs = {pair for question in questions for pair in pairwise(question)}
        self._common = {word for word, count in self._counts.items() if count >= _COMMON * len(questions)}
        self._without_tilde = {word.replace("ñ", "n") for word in self._counts if "ñ" in word}
        self._questions = len(questions)
        self._total = sum(self._counts.values())
        self._longest = max(map(len, self._counts), default=0)
        self._near, self._sound, self._bones = _Index(), _Index(), _Index()
        self._by_length: dict[int, list[str]] = {}
        for word in filter(str.isalpha, self._counts):
            self._add(word)
        self._remembered: dict[str, tuple[Reading, ...]] = {}

    def _add(self, word: str) -> None:
        for key in _deletions(word):
            self._near.add(key, word)
        for key in {sound(word), sound(word).replace("ñ", "n")}:
            self._sound.add(key, word)
        # With and without the vowel that the word may begin with: “inscrpcn”, “nscrpcn”.
        for key in {key.lstrip(cut) for key in (bones(word), bones(sound(word))) for cut in ("", "aeiou")}:
            self._bones.add(key, word)
        self._by_length.setdefault(len(word), []).append(word)

    def mend(self, tokens: Sequence[str], near: Collection[str] = ()) -> list[str]:
        """``tokens`` with each strange word replaced where the book suggests what was meant.

        Args:
            near: words of the rules that the question seems to be about, likeliest first.
        """
        mended: list[str] = []
        tokens = [part for token in tokens for part in self._runs(token)]
        for position, token in enumerate(tokens):
            if self.is_strange(token):
                following = tokens[position + 1] if position + 1 < len(tokens) else ""
                best = self._best(token, mended[-1] if mended else "", following)
                mended += self._nearer(token, best, near) if near else best
            else:
                mended.append(token)
        return mended

    def is_strange(self, token: str) -> bool:
        """Whether a word is neither the language's nor usual in the book, or only the former for want of a tilde."""
        if len(token) == 1 or not token.isalpha() or token in self._others or self._counts[token] > _SLIPS_IN_BOOK:
            return False
        if is_common(token):
            return token not in self._counts and token in self._without_tilde
        return token not in self._counts or len(token) >= _SLIP_LETTERS

    def _runs(self, token: str) -> Sequence[str]:
        """The figures and words that ``token`` is joined of; ``token`` where it may be a code («25o», «cb07»)."""
        if token.isalpha() or token.isdecimal() or token in self._counts or token in self._others:
            return (token,)
        runs = [SHORTHAND[run] if run in _UNITS else run for run in _RUN.findall(token)]
        return runs if all(run.isdecimal() or self._is_read(run) for run in runs) else (token,)

    def _is_read(self, run: str) -> bool:
        """Whether letters are a word or words."""
        if len(run) == 1 or not run.isalpha():
            return False
        known = run in self._counts or is_common(run)
        return known or any(None not in map(self._cost, reading.words) for reading in self._pieces(run))

    def commonness(self, word: str) -> int:
        """In how many of the book's questions the word stands."""
        return self._counts[word]

    def _nearer(self, token: str, best: tuple[str, ...], near: Collection[str]) -> tuple[str, ...]:
        """A word of ``near``, unless ``best`` explains ``token`` by fewer edits or by more than edits."""
        pieces = len(best) > 1
        explained = all(word in self._counts for word in best) if pieces else best[0] != token and _alike(token, best[0])
        if explained or not _VOWELS.intersection(token):
            return best
        limit = next((edits for letters, edits in _EDITS_NEAR if len(token) >= letters), 0)
        if best[0] != token and not pieces:
            limit = min(limit, OSA.distance(token, best[0]))
        found = process.extractOne(token, near, scorer=OSA.distance, score_cutoff=limit) if limit else None
        return (found[0],) if found else best

    def _best(self, token: str, before: str, after: str) -> tuple[str, ...]:
        readings = self._remembered.get(token)
        if readings is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            readings = self._remembered[token] = tuple(self._readings(token))
        if not readings:
            return (token,)
        return min((reading.cost - self._beside(reading.words, before, after), reading.words) for reading in readings)[1]

    def _beside(self, words: tuple[str, ...], before: str, after: str) -> float:
        return _PAIR_BONUS * (((before, words[0]) in self._pairs) + ((words[-1], after) in self._pairs))

    def _readings(self, token: str) -> list[Reading]:
        """Close readings, else far-fetched ones."""
        close = [*self._same_sound(token), *self._one_edit(token), *self._without_vowels(token)]
        return close or [*self._two_edits(token), *self._pieces(token)]

    def _surprise(self, word: str) -> float:
        return -math.log(self._counts[word] / self._total)

    def _usual_enough(self, token: str, word: str) -> bool:
        return self._counts[word] >= _LEAST_SHARE.get(len(token), 0.0) * self._questions

    def _one_edit(self, token: str) -> Iterator[Reading]:
        limit = _SHORT_COST if len(token) in _LEAST_SHARE else math.inf
        for word in {word for key in _deletions(token) for word in self._near.get(key)}:
            if self._usual_enough(token, word) and is_one_edit(token, word):
                cost = edit_cost(token, word)
                if cost <= limit:
                    yield Reading((word,), self._surprise(word) + cost)

    def _same_sound(self, token: str) -> Iterator[Reading]:
        for word in self._sound.get(sound(token)):
            if len(token) > 2 or self._usual_enough(token, word):
                yield Reading((word,), self._surprise(word))

    def _without_vowels(self, token: str) -> Iterator[Reading]:
        heard = sound(token)
        for skeleton, own in {bones(token): token, bones(heard): heard}.items():
            for word in self._bones.get(skeleton) if len(skeleton) >= _CONSONANTS else ():
                if _within(own, word) or _within(own, sound(word)):
                    yield Reading((word,), self._surprise(word) + _VOWEL_COST * (len(word) - len(token)))

    def _two_edits(self, token: str) -> Iterator[Reading]:
        if len(token) < _LETTERS_FOR_TWO:
            return
        words = [word for size in range(len(token) - 2, len(token) + 3) for word in self._by_length.get(size, ())]
        for word, _, _ in process.extract(token, words, scorer=OSA.distance, score_cutoff=2, limit=10):
            yield Reading((word,), self._surprise(word) + _TWO_EDITS_COST)

    def _pieces(self, token: str) -> Iterator[Reading]:
        """The likeliest way to cut ``token`` into known words."""
        if not _JOINED_FROM <= len(token) <= _JOINED_TO:
            return
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(token) + 1):
            best.append(min(self._cuts(token, end, best)))
        cost, end, cut = best[-1][0], len(token), []
        while end:
            start = best[end][1]
            cut.append(token[start:end])
            end = start
        if len(cut) > 1:
            yield Reading(tuple(word for piece in reversed(cut) for word in self._written_out(piece)), cost)

    def _written_out(self, piece: str) -> Sequence[str]:
        return (piece,) if piece in self._counts else SHORTHAND.get(piece, piece).split()

    def _cuts(self, token: str, end: int, best: list[tuple[float, int]]) -> Iterator[tuple[float, int]]:
        for start in range(max(0, end - self._longest), end):
            yield best[start][0] + self._piece_cost(token[start:end]) + _SPACE_COST * (start > 0), start

    def _piece_cost(self, piece: str) -> float:
        cost = self._cost(piece)
        return _STRANGE_COST + _STRANGE_LETTER_COST * len(piece) if cost is None else cost

    def _cost(self, piece: str) -> float | None:
        """What speaks against a piece of joined words, None where it is no word."""
        if piece in self._counts and (len(piece) > 3 or piece in self._common):
            return self._surprise(piece)
        if piece in SHORTHAND:
            meant = SHORTHAND[piece].split()
            return _SHORTHAND_COST + sum(map(self._surprise, meant)) if self._counts.keys() >= set(meant) else None
        return _COMMON_COST if len(piece) >= _COMMON_LETTERS and is_common(piece) else None


class _Index:
    """Words by key; a plain string where one word has the key, to save memory."""

    def __init__(self) -> None:
        self._words: dict[str, str | list[str]] = {}

    def add(self, key: str, word: str) -> None:
        held = self._words.get(key)
        if held is None:
            self._words[key] = word
        elif isinstance(held, str):
            self._words[key] = [held, word]
        else:
            held.append(word)

    def get(self, key: str) -> Sequence[str]:
        held = self._words.get(key, ())
        return [held] if isinstance(held, str) else held


def _alike(typed: str, word: str) -> bool:
    """Whether both sound the same or have the same consonants."""
    return sound(typed) == sound(word) or bones(typed) == bones(word) or bones(sound(typed)) == bones(sound(word))


def _within(short: str, long: str) -> bool:
    """Whether the letters of ``short`` stand in ``long`` in that order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def _deletions(word: str) -> Iterator[str]:
    yield word
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]
