"""How folded Spanish words sound and how far a slip of the finger takes them; no vocabulary."""
from __future__ import annotations

import re

# The keys of a Spanish (Latin American) keyboard, row by row.
KEYBOARD = ("qwertyuiop", "asdfghjklñ", "zxcvbnm")
_SOUNDS = tuple((re.compile(pattern), letter) for pattern, letter in (
    ("qu(?=[ei])", "k"), ("ch|sh", "x"), ("c(?=[ei])|z", "s"), ("c", "k"), ("gu(?=[ei])", "g"), ("g(?=[ei])", "j"),
    ("ll", "y"), ("[vw]", "b"), ("h", ""),
))  # fmt: skip
_VOWELS = re.compile("[aeiouü]")
# Costs in nats: another ending of the same word, two letters swapped, a letter struck twice, a
# neighbouring key, a letter lost or added, any other letter.
_ENDING, _SWAPPED, _TWICE, _BESIDE, _LOST, _OTHER = 1.0, 2.0, 1.5, 2.5, 3.0, 4.5
_ENDINGS = frozenset("aeosnr")
# A word that is shorter has no ending to speak of.
_LETTERS_WITH_ENDING = 5


def sound(word: str) -> str:
    """A folded word as a Mexican ear has it: c, s and z alike, b and v alike, no h, qu as k."""
    for pattern, letter in _SOUNDS:
        word = pattern.sub(letter, word)
    return word


def bones(word: str) -> str:
    """The consonants of a word, with a vowel only where it begins."""
    return word[:1] + _VOWELS.sub("", word[1:])


def _neighbours() -> dict[str, frozenset[str]]:
    places = {key: (row, column) for row, keys in enumerate(KEYBOARD) for column, key in enumerate(keys)}
    return {
        key: frozenset(other for other, (r, c) in places.items() if other != key and _touch(row - r, column - c))
        for key, (row, column) in places.items()
    }


def _touch(rows: int, columns: int) -> bool:
    # Each row is set half a key to the right of the one above.
    return (rows, columns) in ((0, 1), (0, -1), (1, 0), (1, -1), (-1, 0), (-1, 1))


NEIGHBOURS = _neighbours()


def is_one_edit(left: str, right: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours parts the two words."""
    a, b = _unlike(left, right)
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[2:] == b[2:] and a[:2] == b[1::-1])


def edit_cost(typed: str, meant: str) -> float:
    """What the one edit between the two words costs, in nats."""
    a, b = _unlike(typed, meant)
    if len(typed) >= _LETTERS_WITH_ENDING and len(a) <= 1 and len(b) <= 1 and _ENDINGS.issuperset(a + b):
        return _ENDING
    if len(a) > len(b):
        return _TWICE if typed[: len(typed) - len(a)].endswith(a[:1]) or a[:1] == a[1:2] else _LOST
    if len(a) < len(b):
        return _LOST
    if a[1:] != b[1:]:
        return _SWAPPED
    return _BESIDE if b[:1] in NEIGHBOURS.get(a[:1], ()) else _OTHER


def _unlike(left: str, right: str) -> tuple[str, str]:
    """Both words without what they begin with in common."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    return left[start:], right[start:]
