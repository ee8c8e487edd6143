"""Write a question as people in a hurry would: seeded, so that what it measures can be repeated.

``typos``, ``sms``, ``joined``, ``elongated`` and ``mixed`` make about one edit per
``LETTERS_PER_EDIT`` letters; ``asides`` are the lines of ``asides_es.txt``, which no model has learnt from. No kind
touches a digit, and a question never becomes empty.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

from nlu.questions import Question
from nlu.sounds import NEIGHBOURS
from nlu.text import fold
from nlu.writing import EMOJI, ENGLISH, ENGLISH_FRAMES, REGISTER_FRAMES, REGISTERS, SECOND_PERSON, SHORT_FORMS

ASIDES_FILE = Path(__file__).with_name("asides_es.txt")
LETTERS_PER_EDIT = 8
_WORD = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"(?<=\w)\s+(?=\w)")
# Words from this length on lose vowels in texting.
_LONG_WORD = 7
_MIXED_KINDS = 3
# A perturbation gets the question, the source of chance and the number of edits to make.
Perturbation = Callable[[str, Random, int], str]


def perturb(text: str, kind: str, rng: Random) -> str:
    """``text`` as ``kind`` (a key of ``KINDS``) of writing would have it."""
    changed = KINDS[kind](text, rng, edits(text))
    return changed if changed.strip() else text


def perturb_all(questions: Sequence[Question], kind: str, seed: int) -> list[Question]:
    """Every question perturbed, its rule kept. The same ``seed`` gives the same questions."""
    rng = Random(f"{kind} {seed}")
    return [Question(perturb(question.text, kind, rng), question.rule) for question in questions]


def edits(text: str) -> int:
    """How many edits ``text`` gets: one per ``LETTERS_PER_EDIT`` letters, at least one."""
    return max(1, round(sum(map(str.isalpha, text)) / LETTERS_PER_EDIT))


def typos(text: str, rng: Random, amount: int) -> str:
    """A neighbouring key, two letters swapped, one lost or one struck twice."""
    letters = list(text)
    places = [i for i, char in enumerate(letters) if char.isalpha()]
    # From the end, so that earlier places stay valid.
    for place in sorted(rng.sample(places, min(amount, len(places))), reverse=True):
        rng.choice((_strike_beside, _swap, _lose, _strike_twice))(letters, place, rng)
    return "".join(letters)


def _strike_beside(letters: list[str], place: int, rng: Random) -> None:
    key = fold(letters[place])
    near = rng.choice(sorted(NEIGHBOURS.get(key, "e")))
    letters[place] = near.upper() if letters[place].isupper() else near


def _swap(letters: list[str], place: int, rng: Random) -> None:
    other = place + 1 if place + 1 < len(letters) and letters[place + 1].isalpha() else place - 1
    if other < 0 or not letters[other].isalpha() or letters[other] == letters[place]:
        _strike_twice(letters, place, rng)
    else:
        letters[place], letters[other] = letters[other], letters[place]


def _lose(letters: list[str], place: int, rng: Random) -> None:
    around = letters[max(0, place - 1) : place] + letters[place + 1 : place + 2]
    if any(map(str.isalpha, around)):
        del letters[place]
    else:
        _strike_twice(letters, place, rng)


def _strike_twice(letters: list[str], place: int, rng: Random) -> None:
    letters.insert(place, letters[place])


def no_accents(text: str, rng: Random, amount: int) -> str:
    """Lower case, no accent, no opening mark, ñ as n: a phone's keyboard in a hurry."""
    return re.sub("[¿¡]", "", fold(text).replace("ñ", "n"))


def sms(text: str, rng: Random, amount: int) -> str:
    """Every letter costs: known shortenings, ch as x, qu as k, long words without vowels."""
    plain = no_accents(text, rng, amount)
    return _some_words(plain, rng, amount, lambda word: _shortened(word, rng))


def _shortened(word: str, rng: Random) -> str:
    if fold(word) in SHORT_FORMS:
        return rng.choice(SHORT_FORMS[fold(word)])
    if "ch" in word or "qu" in word:
        return re.sub("qu(?=[ei])", "k", word).replace("ch", "x")
    if len(word) >= _LONG_WORD:
        return word[0] + re.sub("[aeiou]", "", word[1:-1]) + word[-1]
    return word


def joined(text: str, rng: Random, amount: int) -> str:
    """Words without the space between; never two numbers, which would make a third."""
    gaps = [gap for gap in _GAP.finditer(text) if not (text[gap.start() - 1].isdigit() and text[gap.end()].isdigit())]
    for gap in sorted(rng.sample(gaps, min(amount, len(gaps))), key=lambda g: -g.start()):
        text = text[: gap.start()] + text[gap.end() :]
    return text


def elongated(text: str, rng: Random, amount: int) -> str:
    """Letters held down: “porfaaaa”."""
    letters = list(text)
    places = [i for i, char in enumerate(letters) if char.isalpha()]
    for place in rng.sample(places, min(amount, len(places))):
        letters[place] *= rng.randint(3, 6)
    return "".join(letters)


def english(text: str, rng: Random, amount: int) -> str:
    """English words for some of the Spanish ones, or around them."""
    changed = _some_words(text, rng, amount, lambda word: rng.choice(ENGLISH.get(fold(word), (word,))))
    return rng.choice(ENGLISH_FRAMES).format(text) if changed == text else changed


def emoji(text: str, rng: Random, amount: int) -> str:
    """Emoji, emoticons and laughter between the words and at the end."""
    parts = text.split()
    for _ in range(amount):
        parts.insert(rng.randint(1, len(parts)) if parts else 0, rng.choice(EMOJI))
    return " ".join(parts)


def shouted(text: str, rng: Random, amount: int) -> str:
    """All in capitals."""
    return text.upper()


def asides(text: str, rng: Random, amount: int) -> str:
    """With what students say before a question or behind it: «profe, …», «… es que no encontré»."""
    return rng.choice(_asides()).format(text)


@lru_cache(maxsize=1)
def _asides() -> tuple[str, ...]:
    return tuple(ASIDES_FILE.read_text("utf-8").splitlines())


def _register(kind: str) -> Perturbation:
    column = REGISTERS.index(kind)
    forms = {fold(form): row[column] for row in SECOND_PERSON for form in row}

    def change(text: str, rng: Random, amount: int) -> str:
        changed = _WORD.sub(lambda match: forms.get(fold(match[0]), match[0]), text)
        return rng.choice(REGISTER_FRAMES[kind]).format(text.lstrip("¿ ")) if fold(changed) == fold(text) else changed

    change.__doc__ = f"Addressed as {kind}: its verb forms, or its way to begin."
    return change


def mixed(text: str, rng: Random, amount: int) -> str:
    """Several kinds at once, the edits shared among them."""
    for kind in rng.sample(sorted(_EDITING), _MIXED_KINDS):
        text = _EDITING[kind](text, rng, max(1, round(amount / _MIXED_KINDS)))
    return text


def _some_words(text: str, rng: Random, amount: int, change: Callable[[str], str]) -> str:
    """``change`` at most ``amount`` words, chosen by chance among those that it changes."""
    found = [(match, change(match[0])) for match in _WORD.finditer(text)]
    found = [(match, word) for match, word in found if word != match[0]]
    for match, word in sorted(rng.sample(found, min(amount, len(found))), key=lambda pair: -pair[0].start()):
        text = text[: match.start()] + word + text[match.end() :]
    return text


_EDITING: dict[str, Perturbation] = {
    "typos": typos, "no_accents": no_accents, "sms": sms, "joined": joined, "elongated": elongated,
    "english": english, "emoji": emoji,
}  # fmt: skip
KINDS: dict[str, Perturbation] = {
    **_EDITING, "shouted": shouted, "asides": asides, **{kind: _register(kind) for kind in REGISTERS}, "mixed": mixed,
}  # fmt: skip
