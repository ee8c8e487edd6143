"""What a text states that can be looked up, and whether other texts state it too.

An independent reading for the scorer: it shares no code with the ground check that it judges. It
looks for numbers (with what they count), dates, times, amounts, e-mails, phones, links, acronyms
and proper names; it does not judge grammar, so a true number in a false sentence goes unseen.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from llm.evaluation.numbers import Number, fold, numbers_of, tokens_of, value_of

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s)>\]]*[\w/]|\b[\w-]+(?:\.[\w-]+)*\.(?:mx|com|org|net|edu|gob)\b(?:/(?:[^\s)>\]]*[\w/])?)?", re.I
)
_PHONE = re.compile(r"(?<![\w.$/-])(?:\+?\d|\(\d)[\d\s()-]{6,}\d(?![\w/])")
_YEARS = re.compile(r"(?:19|20)\d\d\s*-\s*(?:19|20)\d\d")
_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
_MONTH_PLACES = {name: place for place, name in enumerate(_MONTHS.split(), 1)} | {"setiembre": 9}
_DATE = re.compile(
    r"(?:\b(\d{1,2}|primero)(?:o|er)?(?:\s*(?:al?|y|o|-|–)\s*(\d{1,2}))?\s+de\s+)?"
    rf"\b({'|'.join(_MONTH_PLACES)})\b(?:\s+(?:del?\s+)?((?:19|20)\d\d))?"
)
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)\b|\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")
_TIME = re.compile(
    r"\b(\d{1,2}):(\d{2})(?:\s*(?:h|hrs?|horas))?(?:\s*([ap])\.?\s?m\b)?|\b(\d{1,2})\s*(?:hrs?|h)\b|\b(\d{1,2})\s*([ap])\.?\s?m\b"
    r"|\ba las (\d{1,2})\b(?!:)"
)
_AMOUNT = re.compile(r"\$\s*(\d[\d.,]*)|(\d[\d.,]*)\s*(?:pesos|mxn)\b")
_CODE = re.compile(r"\b\d+-?[A-Z]{1,3}\b")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OPENS = re.compile(r"(?:^|[.!?¿¡:;…\n•|]|(?:^|\n)\s*[-*]|\]|[.!?:]\s*[«\"“]|\b\d\))[\s*]*$")
_STOPS = frozenset(".:;")
_NEAR = 3  # words after a number among which stands what it counts
_UNIT_WORDS = (
    "hora dia semana mes trimestre ano credito peso punto uea materia asignatura oportunidad vez vece nivel recuperacion "
    "evaluacion examen global licenciatura carrera universidad opcion copia foto fotografia hoja documento persona "
    "integrante habil minuto % calificacion idioma vuelta modulo tramite"
)
_UNITS = frozenset(_UNIT_WORDS.split())


Key = tuple[object, ...]
KeyOf = Callable[[re.Match[str]], Key | None]


@dataclass(frozen=True)
class Fact:
    """Something stated: its ``kind``, how it is written, and the ``key`` by which it is compared."""

    kind: str
    text: str
    key: Key


def facts_of(text: str, names: frozenset[str] = frozenset()) -> list[Fact]:
    """The distinct facts of ``text``. A word that opens a sentence is a name only if ``names``
    (folded) has it."""
    coded, rest = _apart(text.replace("**", ""))
    moments, bare = _moments(rest)
    found = [*coded, *moments, *_numbers(bare), *_names(rest, names)]
    return list({(fact.kind, fact.key): fact for fact in found}.values())


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Folded words that ``texts`` write with a capital within sentences and never without one."""
    capital: set[str] = set()
    plain: set[str] = set()
    for text in texts:
        for found in _WORD.finditer(text):
            if found[0][0].islower():
                plain.add(fold(found[0]))
            elif not _OPENS.search(text[: found.start()]):
                capital.add(fold(found[0]))
    return frozenset(capital - plain)


@dataclass
class Held:
    """What some texts state."""

    keys: dict[str, set[Key]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    numbers: set[float] = field(default_factory=set)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Held:
        """All that ``texts`` state together."""
        held = cls()
        for text in texts:
            one = _held_in(text)
            held.words |= one.words
            held.numbers |= one.numbers
            for kind, keys in one.keys.items():
                held.keys.setdefault(kind, set()).update(keys)
        return held

    def states(self, fact: Fact) -> bool:
        """Whether the texts state ``fact``, or something more exact."""
        key, known = fact.key, self.keys.get(fact.kind, set())
        if fact.kind in ("name", "acronym"):
            parts = [str(part) for part in key]
            return all(part in self.words or part.removesuffix("s") in self.words for part in parts)
        if fact.kind == "number":
            return key[0] in self.numbers
        if fact.kind == "date":
            return any(self._same_date(key, other) for other in known)
        if fact.kind == "phone":
            return any(_same_phone(str(key[0]), str(other[0])) for other in known)
        if fact.kind == "link":
            return any(str(other[0]) == key[0] or str(other[0]).startswith(f"{key[0]}/") for other in known)
        return key in known

    def _take(self, text: str) -> None:
        for fact in facts_of(text):
            self._add(fact.kind, fact.key)
            if fact.kind == "mail":
                self._add("link", (str(fact.key[0]).partition("@")[2],))
            if fact.kind == "amount":
                self._add("count", (*fact.key, "peso"))
        tokens = tokens_of(text)
        self.words |= set(tokens)
        for number in numbers_of(tokens):
            self.numbers.add(number.value)
            for unit in _counted(tokens, number, 2):
                self._add("count", (number.value, unit))

    def _add(self, kind: str, key: Key) -> None:
        self.keys.setdefault(kind, set()).add(key)

    def _same_date(self, key: Key, other: Key) -> bool:
        (day, month, year), (other_day, other_month, other_year) = key, other
        same_year = year in (None, other_year) or (other_year is None and year in self.numbers)
        return month == other_month and day in (None, other_day) and same_year


@lru_cache(maxsize=4096)  # the same passages are read for every answer that a system gives
def _held_in(text: str) -> Held:
    held = Held()
    held._take(text)
    return held


def _apart(text: str) -> tuple[list[Fact], str]:
    """E-mails, links, numeric dates, phones and codes such as «25-O», and ``text`` without them."""
    found: list[Fact] = []
    for kind, pattern, key_of in _APART:

        def take(match: re.Match[str], kind: str = kind, key_of: KeyOf = key_of) -> str:
            key = key_of(match)
            if key is None:
                return match[0]
            found.append(Fact(kind, match[0].strip(), key))
            return " · "

        text = pattern.sub(take, text)
    return found, text


def _mail(match: re.Match[str]) -> Key:
    return (match[0].lower(),)


def _link(match: re.Match[str]) -> Key:
    return (re.sub(r"^(https?://)?(www\.)?", "", match[0].lower()).rstrip("/"),)


def _code(match: re.Match[str]) -> Key:
    return (match[0].lower().replace("-", ""),)


def _numeric_date(match: re.Match[str]) -> Key:
    day, month, year = match.group(1, 2, 3) if match[1] else match.group(6, 5, 4)
    return (int(day), int(month), float(year))


def _phone(match: re.Match[str]) -> Key | None:
    digits = re.sub(r"\D", "", match[0])
    return (digits.removeprefix("52"),) if len(digits) >= 8 and not _YEARS.search(match[0]) else None


def _same_phone(one: str, other: str) -> bool:
    return one.endswith(other) or other.endswith(one)


_APART: tuple[tuple[str, re.Pattern[str], KeyOf], ...] = (
    ("mail", _MAIL, _mail), ("link", _LINK, _link), ("date", _NUMERIC_DATE, _numeric_date), ("phone", _PHONE, _phone),
    ("code", _CODE, _code),
)  # fmt: skip


def _moments(text: str) -> tuple[list[Fact], str]:
    """Dates, times and amounts of ``text``, and the folded rest."""
    folded = fold(text)
    found = [Fact("date", match[0].strip(), key) for match in _DATE.finditer(folded) for key in _dates(match)]
    rest = _DATE.sub(" · ", folded)
    found += [Fact("time", match[0], _time(match)) for match in _TIME.finditer(rest)]
    rest = _TIME.sub(" · ", rest)
    found += [Fact("amount", m[0], (value_of((m[1] or m[2]).rstrip(".,")),)) for m in _AMOUNT.finditer(rest)]
    return found, _AMOUNT.sub(" · ", rest)


def _dates(match: re.Match[str]) -> Iterator[Key]:
    month, year = _MONTH_PLACES[match[3]], float(match[4]) if match[4] else None
    days = [1 if day == "primero" else int(day) for day in match.group(1, 2) if day]
    yield from ((day, month, year) for day in days)
    if not days:
        yield (None, month, year)


def _time(match: re.Match[str]) -> Key:
    hour = int(next(match[group] for group in (1, 4, 5, 7) if match[group]))
    afternoon = (match[3] or match[6]) == "p" and hour < 12
    return ((hour + 12 * afternoon) * 60 + int(match[2] or 0),)


def _numbers(folded: str) -> Iterator[Fact]:
    tokens = tokens_of(folded)
    for number in numbers_of(tokens):
        written = " ".join(tokens[number.first : number.last + 1])
        yield Fact("number", written, (number.value,))
        for unit in list(_counted(tokens, number, 0))[:1]:
            yield Fact("count", f"{written} {unit}", (number.value, unit))


def _counted(tokens: list[str], number: Number, before: int) -> Iterator[str]:
    """The units said right after a number (and among the ``before`` words before it), up to the next number or stop."""
    for token in tokens[number.last + 1 : number.last + 1 + _NEAR]:
        if token[0].isdecimal() or token in _STOPS:
            break
        if unit := _unit(token):
            yield unit
    yield from filter(None, map(_unit, tokens[max(0, number.first - before) : number.first]))


def _unit(token: str) -> str | None:
    forms = (token, token.removesuffix("s"), token.removesuffix("es"))
    return next((form for form in forms if form in _UNITS), None)


def _names(text: str, names: frozenset[str]) -> Iterator[Fact]:
    for found in _WORD.finditer(text):
        word = found[0]
        parts = tuple(fold(word).split("-"))
        if word.isupper() and len(word) > 1:
            yield Fact("acronym", word, parts)
        elif word[0].isupper() and (not _OPENS.search(text[: found.start()]) or fold(word) in names):
            yield Fact("name", word, parts)
