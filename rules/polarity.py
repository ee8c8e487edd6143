"""What is denied: where the facts say «no se reciben cheques», «se reciben cheques» is wrong, and the reverse.

Only what ends a clause is compared, word by word: «se paga en la caja» doesn't gainsay «no se paga en el banco».
"""
from __future__ import annotations

import re
from collections.abc import Iterator

from rules.claim import Claim
from rules.figures import Key, fold_in_place

# Up to a mark (not the point of «8.5») or a word that joins; questions say nothing.
_CLAUSE = re.compile(r"(?:(?!\b(?:y|e|o|u|ni|pero|sino)\b)(?:[^.,;:()\n¿?¡!«»\"]|[.,:](?=\w)))+(?!\?)")
_WORD = re.compile(r"\w+")
_ARTICLES = frozenset(("el", "la", "los", "las", "un", "una", "unos", "unas", "tu", "tus", "su", "sus"))
_DENIAL = "no"
_OTHER_DENIALS = frozenset(("nunca", "tampoco", "sin", "jamas", "nada", "nadie", "ningun", "ninguna", "ninguno"))
# Behind these nothing is stated: «si no se paga a tiempo», «quien no se inscribe».
_OPEN = frozenset(("si", "cuando", "quien", "quienes", "que", "aunque", "donde", "mientras", "porque", "hasta", "como", "cual"))
_LEAST = 3  # words: «se reciben cheques»


def claims(text: str) -> Iterator[Claim]:
    """Each end of a clause that is said or denied, against facts that speak of it the other way only."""
    for said, words, start, end in _ends(fold_in_place(text)):
        other = "niega" if said == "afirma" else "afirma"
        yield Claim(text[start:end], start, frozenset([(said, *words)]), about=(other, *words))


def held(text: str) -> Iterator[Key]:
    """The ends of clauses that a fact says or denies."""
    yield from ((said, *words) for said, words, _, _ in _ends(fold_in_place(text)))


def _ends(level: str) -> Iterator[tuple[str, tuple[str, ...], int, int]]:
    for clause in _CLAUSE.finditer(level):
        found = [word for word in _WORD.finditer(clause[0]) if word[0] not in _ARTICLES]
        words = [word[0] for word in found]
        if (_OPEN | _OTHER_DENIALS).intersection(words) or words.count(_DENIAL) > 1:
            continue
        if _DENIAL in words:
            denial = words.index(_DENIAL)
            runs = [("niega", denial, words[denial + 1 :])]
        else:
            runs = [("afirma", start, words[start:]) for start in range(len(words))]
        for said, start, run in runs:
            if len(run) >= _LEAST:
                yield said, tuple(run), clause.start() + found[start].start(), clause.start() + found[-1].end()
