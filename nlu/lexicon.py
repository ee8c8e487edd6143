"""Words that are right in Spanish or in English, whatever a rule book says; no word of any office.

The frequency lists are those that ``pyspellchecker`` carries (built from OpenSubtitles).
"""
from __future__ import annotations

from collections import Counter
from functools import lru_cache

from spellchecker import SpellChecker

from nlu.text import fold

# How often a list must have a word: rarer ones are as often misspelt themselves.
_LEAST_COUNT = 200
# Below, an English word is more often a slip in a Spanish one.
_ENGLISH_LETTERS = 4
_LETTERS = 3


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    counts: Counter[str] = Counter()
    for language, letters in (("es", _LETTERS), ("en", _ENGLISH_LETTERS)):
        for word, count in SpellChecker(language=language).word_frequency.dictionary.items():
            if len(word) >= letters:
                counts[fold(word)] += count
    return frozenset(word for word, count in counts.items() if count >= _LEAST_COUNT)


def is_common(word: str) -> bool:
    """Whether a folded word, or what it is the plural of, is a usual one of three letters or more."""
    known = _words()
    return word in known or (word.endswith("s") and (word[:-1] in known or word[:-2] in known))
