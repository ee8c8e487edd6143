"""Whether a question, in nearly a rule's words, says the contrary of what it is asked for, another number, too little
or something foreign to it.

«¿Qué pasa si ya pagué?» is one word away from «¿Qué pasa si no pagué?», «si debo 5 materias» from «si debo 2
materias»: no likeness of words tells them apart, so such a rule is never surely meant.
"""
from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from rapidfuzz import fuzz

from nlu.followup import BEFORE_NOUNS, FUNCTION_WORDS, WISHING
from nlu.text import INTERROGATIVES

NEGATIONS = frozenset({"no", "sin", "nunca", "jamas", "tampoco"})
# Affirmations that stand where a negation could.
_AFFIRMATIONS = frozenset({"ya", "si", "con"})
_POLAR = NEGATIONS | _AFFIRMATIONS
# Verbs of any matter, which a rule need not say: «¿qué horario tienen?».
_LIGHT = frozenset({
    "tienen", "tienes", "tenemos", "manejan", "maneja", "dan", "das", "da", "hacen", "haces", "hacemos", "ofrecen", "ofrece",
    "queda", "quedan", "estan", "esta", "estoy", "ubican", "ubica", "encuentra", "encuentran", "cuentan", "existe", "existen",
    "pueden", "puedes", "podemos", "dime", "dame", "deme", "diganme", "digame", "pasame", "pasenme",
})  # fmt: skip
# Words of a short question that say something; letters that forms of a word have in common.
_SHORT, _STEM = 2, 4
_INFINITIVES = tuple(verb + ending for verb in ("ar", "er", "ir") for ending in ("", "me", "se", "lo", "la"))
# Likeness (0–100) of sorted words without negations or numbers from which two questions say the same but for them; what no
# other variant of the question's own polarity may reach.
_SAME_WORDS, _ALSO_ASKED = 90.0, 75.0
_OF_TIME = frozenset({
    "año", "años", "mes", "meses", "semana", "semanas", "dia", "dias", "hora", "horas", "minuto", "minutos", "trimestre",
    "trimestres", "semestre", "semestres",
})  # fmt: skip
_CARDINALS = ("cero", "", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce")
_ORDINALS = ("", "primer", "segund", "tercer", "cuart", "quint", "sext", "septim", "octav", "noven", "decim")
_NUMBERS = {
    **{word: n for n, word in enumerate(_CARDINALS) if word},
    **{stem + ending: n for n, stem in enumerate(_ORDINALS) if stem for ending in ("o", "a", "os", "as")},
    "primer": 1,
    "tercer": 3,
}


class Stance:
    """What a rule is asked and says, prepared so that a question can be held against it.

    Args:
        variants: normalised words of each of the rule's variants.
        answer: words of its answer, in order.
        not_this: normalised words of each question that the office says it doesn't answer (``no_es``).
    """

    def __init__(
        self, variants: Sequence[Sequence[str]], answer: Sequence[str], not_this: Sequence[Sequence[str]] = ()
    ):
        self._words = frozenset(answer).union(*variants)
        self._stems = frozenset(word[:_STEM] for word in self._words if len(word) >= _STEM)
        self._plain = [(_denies(variant), _plain(variant)) for variant in variants]
        self._said = {number for words in (*variants, answer) for number in map(_number, words) if number is not None}
        # What variants count, with their words but for numbers.
        counted = ((variant, {noun for noun, _ in _counts(variant)}) for variant in variants)
        self._counted = [(_numberless(variant), nouns) for variant, nouns in counted if nouns]
        self._sizes = frozenset((noun, size) for words in (*variants, answer) for _, noun, size in _sizes(words))
        # What the answer has in sizes of its own; one in a variant is an example: «una casa de 100 metros».
        self._sized = frozenset((thing, noun) for thing, noun, _ in _sizes(answer))
        self._contents = frozenset(map(_content, variants))
        self._elsewhere = frozenset(word[:_STEM] for words in not_this for word in self._unsaid(_named(words)))

    def contradicted_by(self, question: Sequence[str]) -> bool:
        """Whether ``question`` (normalised words) denies what the variants affirm, affirms what they deny, or counts
        otherwise what they count, and neither they nor the answer say it as the question does."""
        return self._other_polarity(question) or self._other_number(question) or self._other_size(question)

    def is_vague(self, question: Sequence[str]) -> bool:
        """Whether ``question`` is one word that asks nothing, of which all variants say more: «mi promedio» is not
        «¿una NA baja mi promedio?»."""
        content = _content(question)
        asks = not INTERROGATIVES.isdisjoint(question)
        return len(content) == 1 and not asks and content not in self._contents

    def is_foreign(self, question: Sequence[str]) -> bool:
        """Whether ``question`` is short and names something that neither variants nor answer ever say: «renovar la
        luz» is not «renovar la beca»."""
        content = _content(question)
        return bool(self._unsaid(content)) and len(content) <= _SHORT

    def is_elsewhere(self, question: Sequence[str]) -> bool:
        """Whether ``question`` names what a ``no_es`` does and neither variants nor answer ever say: where «aceite de
        motor» is none of a rule on cooking oil, neither is «tirar aceite del motor»."""
        named = self._unsaid(_content(question)) if self._elsewhere else ()
        return any(len(word) >= _STEM and word[:_STEM] in self._elsewhere for word in named)

    def _other_size(self, question: Sequence[str]) -> bool:
        return any((thing, noun) in self._sized and (noun, size) not in self._sizes for thing, noun, size in _sizes(question))

    def _unsaid(self, content: Collection[str]) -> list[str]:
        """The words that name something which neither variants nor answer say in any form."""
        telling = (word for word in content if word not in _LIGHT and not word.isdigit())
        return [word for word in telling if word not in self._words and word[:_STEM] not in self._stems]

    def _other_polarity(self, question: Sequence[str]) -> bool:
        denies, plain = _denies(question), _plain(question)
        contrary = any(
            fuzz.ratio(plain, other, score_cutoff=_SAME_WORDS) for denied, other in self._plain if denied != denies
        )
        return contrary and not any(
            fuzz.ratio(plain, other, score_cutoff=_ALSO_ASKED) for denied, other in self._plain if denied == denies
        )

    def _other_number(self, question: Sequence[str]) -> bool:
        unsaid = {noun for noun, number in dict(_counts(question)).items() if number not in self._said}
        if not unsaid:
            return False
        plain = _numberless(question)
        return any(
            not unsaid.isdisjoint(nouns) and fuzz.ratio(plain, other, score_cutoff=_SAME_WORDS)
            for other, nouns in self._counted
        )


def _sizes(words: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """(thing, unit, number) of what is told from others of its kind by a number: «pipa de 10 mil litros», not by its age."""
    whole = _with_thousands(words)
    for thing, before, number, unit in zip(whole, whole[1:], whole[2:], whole[3:], strict=False):
        size = _number(number)
        if before == "de" and size is not None and unit.isalpha() and unit not in _OF_TIME:
            yield thing.removesuffix("s"), unit.removesuffix("s"), size


def _with_thousands(words: Sequence[str]) -> list[str]:
    """«10 mil» and «10 000» as one number."""
    whole: list[str] = []
    for word in words:
        if word in ("mil", "000") and whole and whole[-1].isdigit():
            whole[-1] += "000"
        else:
            whole.append(word)
    return whole


def _content(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word for word in words if word not in FUNCTION_WORDS and word not in WISHING)


def _named(words: Sequence[str]) -> list[str]:
    """The words that name something: after an article, a possessive or a preposition, but no infinitives."""
    return [word for before, word in pairwise(words) if before in BEFORE_NOUNS and not word.endswith(_INFINITIVES)]


def _without_ignorance(words: Sequence[str]) -> list[str]:
    """``words`` without «no sé» before what isn't known: it denies nothing."""
    kept = list(words)
    while kept[:2] == ["no", "se"] and kept[2:3] and kept[2] in INTERROGATIVES | {"si"}:
        kept = kept[2:]
    return kept


def _denies(words: Sequence[str]) -> bool:
    return not NEGATIONS.isdisjoint(_without_ignorance(words))


def _plain(words: Sequence[str]) -> str:
    """What is left without negations and affirmations, sorted."""
    return " ".join(sorted(word for word in _without_ignorance(words) if word not in _POLAR))


def _counts(words: Sequence[str]) -> Iterator[tuple[str, int]]:
    """What is counted, with its number."""
    for word, following in pairwise(words):
        number = _number(word)
        if number is not None and following.isalpha():
            yield following.removesuffix("s"), number


def _numberless(words: Sequence[str]) -> str:
    """What is left without numbers, sorted."""
    return " ".join(sorted(word for word in words if _number(word) is None))


def _number(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() else _NUMBERS.get(word)
