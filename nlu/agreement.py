"""Whether a question says the contrary of what a rule is asked for, or another number, in nearly the same words.

«¿Qué pasa si ya pagué?» is one word away from «¿Qué pasa si no pagué?», «si debo 5 materias» from «si debo 2
materias»: no likeness of words tells them apart, so such a rule is never surely meant.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from rapidfuzz import fuzz

from nlu.text import INTERROGATIVES

NEGATIONS = frozenset({"no", "sin", "nunca", "jamas", "tampoco"})
# Affirmations that stand where a negation could.
_AFFIRMATIONS = frozenset({"ya", "si", "con"})
# Likeness (0–100) without negations or numbers from which two questions say the same but for them; what no other
# variant of the question's own polarity may reach.
_SAME_WORDS, _ALSO_ASKED = 90.0, 75.0
_CARDINALS = ("cero", "", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce")
_ORDINALS = ("", "primer", "segund", "tercer", "cuart", "quint", "sext", "septim", "octav", "noven", "decim")
_NUMBERS = {
    **{word: n for n, word in enumerate(_CARDINALS) if word},
    **{stem + ending: n for n, stem in enumerate(_ORDINALS) if stem for ending in ("o", "a", "os", "as")},
    "primer": 1,
    "tercer": 3,
}


def contradicts(question: Sequence[str], variants: Sequence[Sequence[str]], answer: Iterable[str]) -> bool:
    """Whether ``question`` (normalised words) denies what ``variants`` of a rule affirm, affirms what they deny, or
    counts otherwise what they count, and neither they nor the words of ``answer`` say it as the question does."""
    return _other_polarity(question, variants) or _other_number(question, variants, answer)


def _other_polarity(question: Sequence[str], variants: Sequence[Sequence[str]]) -> bool:
    denies, plain = _denies(question), _plain(question)
    alike = [(_denies(variant) == denies, fuzz.token_sort_ratio(plain, _plain(variant))) for variant in variants]
    contrary = max((likeness for same, likeness in alike if not same), default=0.0)
    return contrary >= _SAME_WORDS and all(likeness < _ALSO_ASKED for same, likeness in alike if same)


def _without_ignorance(words: Sequence[str]) -> list[str]:
    """``words`` without «no sé» before what isn't known: it denies nothing."""
    kept = list(words)
    while kept[:2] == ["no", "se"] and kept[2:3] and kept[2] in INTERROGATIVES | {"si"}:
        kept = kept[2:]
    return kept


def _denies(words: Sequence[str]) -> bool:
    return not NEGATIONS.isdisjoint(_without_ignorance(words))


def _plain(words: Sequence[str]) -> str:
    return " ".join(word for word in _without_ignorance(words) if word not in NEGATIONS | _AFFIRMATIONS)


def _other_number(question: Sequence[str], variants: Sequence[Sequence[str]], answer: Iterable[str]) -> bool:
    asked = dict(_counts(question))
    if not asked:
        return False
    said = {number for words in (*variants, answer) for number in map(_number, words) if number is not None}
    plain = _numberless(question)
    return any(
        noun in asked and asked[noun] not in said and fuzz.token_sort_ratio(plain, _numberless(variant)) >= _SAME_WORDS
        for variant in variants
        for noun, _ in _counts(variant)
    )


def _counts(words: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What is counted, with its number."""
    for word, following in pairwise(words):
        number = _number(word)
        if number is not None and following.isalpha():
            yield following.removesuffix("s"), number


def _numberless(words: Sequence[str]) -> str:
    return " ".join(word for word in words if _number(word) is None)


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() else _NUMBERS.get(word)
