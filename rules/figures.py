"""The data of a Spanish text: numbers, dates, times, amounts, percentages, contacts, links.

Each datum has a canonical form, so that «75 por ciento» is «75 %» and «6 mayo» is «6 de mayo».
The facts' side is read generously (any number word counts); the answer's side counts number
words only where they measure something («dos años», not «las dos»).
"""
from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rules.numerals import CARDINAL, ORDINAL, word_value, written_value

Key = tuple[str | int | Decimal, ...]

EMAIL, ACCOUNT, LINK, PHONE, DATE, TIME = "correo", "cuenta", "liga", "telefono", "fecha", "hora"
PERCENT, AMOUNT, CODE, NUMBER, MONTH, WEEKDAY = "porcentaje", "monto", "clave", "numero", "mes", "dia"

# What messages call each kind.
SPANISH = {
    EMAIL: "El correo", ACCOUNT: "La cuenta", LINK: "La liga", PHONE: "El teléfono", DATE: "La fecha",
    TIME: "La hora", PERCENT: "El porcentaje", AMOUNT: "El monto", CODE: "La clave", NUMBER: "El número",
    MONTH: "El mes", WEEKDAY: "El día",
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One datum of a text. ``start`` is its offset, ``label`` what a message calls it. A set of
    facts supports it when they hold all keys of one of ``needs``; as part of a fact it offers
    ``gives``. ``measured`` is False for a number word that may be no datum."""

    kind: str
    text: str
    start: int
    needs: tuple[frozenset[Key], ...]
    gives: frozenset[Key]
    measured: bool
    label: str

    def supported_by(self, held: frozenset[Key]) -> bool:
        return any(need <= held for need in self.needs)


def held_by(texts: Iterable[str]) -> frozenset[Key]:
    """Everything that the facts' ``texts`` state, as keys."""
    return frozenset(key for text in texts for figure in _figures(text) for key in figure.gives)


def figures(text: str) -> list[Figure]:
    """The data that ``text`` states, in order. Markers of numbered lists are none."""
    return [figure for figure in _figures(text) if figure.measured]


def number_words(text: str) -> list[Figure]:
    """The numbers in words of ``text`` that stand by themselves: a datum («son quinientos») or not («las dos»)."""
    return [figure for figure in _figures(text) if not figure.measured]


def link_key(address: str) -> str:
    """An address without scheme, www and closing slash, in lower case; with its accents, which make another one."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", address.lower()).rstrip("/.,;:!?*")


@lru_cache(maxsize=4096)
def _figures(text: str) -> tuple[Figure, ...]:
    scan = _Scan(unicodedata.normalize("NFC", text))
    return tuple(sorted(scan.run(), key=lambda figure: figure.start))


@lru_cache(maxsize=256)  # several readers take one text after the other
@lru_cache(maxsize=4096)  # many readers look at the same text
def fold_in_place(text: str) -> str:
    """Lower case, no accents, the same length; Markdown emphasis becomes space."""
    return text.translate(_PLAIN)


class _Plain(dict[int, str]):
    """The plain letter of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        base = " " if char in "*`~" else unicodedata.normalize("NFD", char)[0].lower()
        self[code] = base if len(base) == 1 else char
        return self[code]


_PLAIN = _Plain()


_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun", "julio jul", "agosto ago",
            "septiembre setiembre sept sep", "octubre oct", "noviembre nov", "diciembre dic",
        ],
        1,
    )
    for name in names.split()
}
_FULL_MONTHS = [name for name in _MONTHS if len(name) > 4] + ["mayo"]
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAYS = "lunes|martes|miercoles|jueves|viernes|sabados?|domingos?"
_TLD = "com|mx|org|net|edu|gob|gov|info|io|app|dev|es|us|uk|co|tv|ly|link|site|online|cloud|xyz|page|eu|ar|cl|pe|ai"
_NUM = r"\d{1,3}(?:[,.\u00a0\u202f ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
_CURRENCY = r"pesos|mxn|m\.\s?n\.|dolares|usd|dlls|euros"
_HALF = r"a\.?\s?m\b\.?|p\.?\s?m\b\.?|de la (?:manana|tarde|noche)"
_CLOCK = (
    rf"(\d{{1,2}})(?::(\d{{2}}))?\s*({_HALF})|(\d{{1,2}}):(\d{{2}})|"
    r"(\d{1,2})\.(\d{2})\s*(?=h\b|hrs?\b|horas\b)"
)
# «10 h 30», «10 y media».
_HOUR_AND = (
    rf"(\d{{1,2}})(?:\s?h(?:rs?\.?)?\s?([0-5]\d)(?:\s?min(?:utos)?\b)?(?!\w)|(?:\s?hr?s?\.?)?\s+y\s+(media|cuarto)\b)(?:\s*({_HALF}))?"
)
_PARTS = {"media": 30, "cuarto": 15}
_UNITS = (
    r"anos?|trimestres?|semestres?|cuatrimestres?|semanas?|dias?|mes(?:es)?|horas?|minutos?|creditos?|ve(?:z|ces)|"
    r"oportunidad(?:es)?|ueas?|materias?|asignaturas?|optativas?|niveles?|pesos|puntos?|aciertos|universidades|"
    r"cuotas?|pagos?|copias?|fotos?|fotografias?|recuperaci(?:on|ones)|evaluaci(?:on|ones)|examen(?:es)?|"
    r"extraordinarios?|vueltas?|digitos|intentos?|periodos?|profesores|sinodales|licenciaturas|carreras|divisiones"
)
_ORDERED = r"anos?|trimestres?|semanas?|dias?|mes(?:es)?|oportunidad|niveles?|vueltas?|periodos?|intentos?"
_BETWEEN = r"(?:primer[oa]s|ultim[oa]s|siguientes|seguid[oa]s|unic[oa]s|posibles)"
_OR = r"\s*(?:a|al|o|u|y|e|,|-|–)\s*"


class _Scan:
    """One pass over a text: each pattern takes its matches out of the reach of the next ones."""

    def __init__(self, text: str):
        self.text = text
        self.left = fold_in_place(text)

    def run(self) -> Iterator[Figure]:
        self.drop_list_markers()
        for reader in (
            self.emails, self.links, self.dates, self.times, self.amounts, self.percents, self.codes,
            self.phones, self.numbers, self.hours_in_words, self.measures_in_words, self.other_words, self.names,
        ):
            yield from reader()

    def take(self, pattern: str) -> Iterator[re.Match[str]]:
        for found in list(re.finditer(pattern, self.left)):
            self.hide(*found.span())
            yield found

    def hide(self, start: int, end: int) -> None:
        self.left = self.left[:start] + "\x00" * (end - start) + self.left[end:]

    def figure(
        self,
        kind: str,
        span: tuple[int, int],
        *needs: Iterable[Key],
        also: Iterable[Key] = (),
        measured: bool = True,
        label: str = "",
    ) -> Figure:
        sets = tuple(frozenset(need) for need in needs)
        gives = frozenset(also) | {key for need in sets if len(need) == 1 for key in need}
        text = self.text[slice(*span)].strip()
        return Figure(kind, text, span[0], sets, gives, measured, label or text)

    def drop_list_markers(self) -> None:
        expected = {0, 1}
        for found in re.finditer(r"(?m)^[\s>_#-]*(?:paso\s+)?(\d{1,2})(?:\ufe0f?\u20e3|\s*[.):])(?=\s|$)", self.left):
            number = int(found[1])
            if number in expected:
                self.hide(*found.span(1))
                expected = {1, number, number + 1}

    def emails(self) -> Iterator[Figure]:
        for found in self.take(r"([a-z0-9._%+-]*)@((?:[a-z0-9-]+\.)+[a-z]{2,})"):
            # An accent makes another address: only the case may differ.
            address = self.text[slice(*found.span())].lower()
            domain = address[address.index("@") :]
            yield self.figure(EMAIL, found.span(), [(EMAIL, address)], also=[(EMAIL, domain)])
        for found in self.take(r"(?<!\w)@\w{3,}"):
            yield self.figure(ACCOUNT, found.span(), [(ACCOUNT, found[0])])

    def links(self) -> Iterator[Figure]:
        tail = r"[^\s<>()\[\]\"'«»,;\x00]"
        host = rf"(?:[a-z0-9-]+\.)+(?:(?:{_TLD})\b|[a-z]{{2,}}(?=/\w))(?::\d+)?(?:/{tail}*)?"
        for found in self.take(rf"(?:https?://|(?<![\w.-])www\.){tail}+|(?<![\w.@-]){host}"):
            key = link_key(self.text[slice(*found.span())])
            span = (found.start(), found.start() + len(found[0].rstrip("/.,;:!?* ")))
            yield self.figure(LINK, span, [(LINK, key)], also=[(LINK, part) for part in _prefixes(key)])

    def dates(self) -> Iterator[Figure]:
        for found in self.take(r"\b(\d{4})-(\d{2})-(\d{2})\b"):
            yield self.date(found.span(), int(found[3]), int(found[2]), int(found[1]))
        for found in self.take(r"(?<![\d/])(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})(?![\d/])"):
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            yield self.date(found.span(), int(found[1]), int(found[2]), year)
        days = rf"(?:primero|\d{{1,2}})(?:o\b\.?|º)?(?:{_OR}(?:el\s+)?\d{{1,2}})*"
        year_after = r"(?:[\s-]*(?:del?\s+|,\s*)?(\d{4})\b)?"
        for found in self.take(rf"(?<![\w.,])({days})[\s-]*(?:de\s+)?({_MONTH})\b\.?{year_after}"):
            yield from self.days(found)

    def days(self, found: re.Match[str]) -> Iterator[Figure]:
        numbers = list(re.finditer(r"\d+|primero", found[1]))
        year = int(found[3]) if found[3] else None
        for day in numbers:
            start = found.start(1) + day.start()
            end = found.end() if len(numbers) == 1 else found.start(1) + day.end()
            number = 1 if day[0] == "primero" else int(day[0])
            label = f"{day[0]} de {found[2]}" if len(numbers) > 1 else ""
            yield self.date((start, end), number, _MONTHS[found[2]], year, label)

    def date(self, span: tuple[int, int], day: int, month: int, year: int | None, label: str = "") -> Figure:
        bare: Key = (DATE, day, month)
        no_year: Key = (DATE, day, month, "")
        if year is None:
            return self.figure(DATE, span, [bare], also=[no_year, (MONTH, month)], label=label)
        full: Key = (DATE, day, month, year)
        year_key: Key = (NUMBER, Decimal(year))
        also = [bare, year_key, (MONTH, month)]
        return self.figure(DATE, span, [full], [no_year, year_key], also=also, label=label)

    def times(self) -> Iterator[Figure]:
        for found in self.take(rf"(?<![\w:.,]){_HOUR_AND}"):
            yield self.time(found.span(), int(found[1]), int(found[2] or _PARTS[found[3]]), found[4] or "")
        for found in self.take(rf"(?<![\w:.,]){'(?:' + _CLOCK + ')'}(?![\d:])"):
            hour, minute = int(found[1] or found[4] or found[6]), int(found[2] or found[5] or found[7] or 0)
            yield self.time(found.span(), hour, minute, found[3] or "")
        for found in self.take(r"\bmediodia\b"):
            yield self.time(found.span(), 12, 0, "")

    def time(self, span: tuple[int, int], hour: int, minute: int, half: str) -> Figure:
        """A time of day; ``half`` says which one is meant, if anything."""
        if hour == 12 and (half.startswith("a") or "noche" in half):
            hour = 0
        elif half and half[0] != "a" and "manana" not in half and hour < 12:
            hour += 12
        also = [(NUMBER, Decimal(hour))] if minute == 0 else []
        return self.figure(TIME, span, [(TIME, hour * 60 + minute)], also=also)

    def amounts(self) -> Iterator[Figure]:
        number = rf"({_NUM})(\s*mil(?:lones)?\b(?:\s+de)?)?"
        for found in self.take(rf"(?:us)?\$\s*{number}(?:\s*({_CURRENCY}))?|\b{number}\s*({_CURRENCY})(?!\w)"):
            digits, scale, currency = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], found[6])
            currency = _currency("usd" if found[0].startswith("us$") else currency)
            needs = [[(AMOUNT, currency, value)] for value in _scaled(digits, scale)]
            yield self.figure(AMOUNT, found.span(), *needs)

    def percents(self) -> Iterator[Figure]:
        sign = r"(?:%|por\s?ciento\b)"
        for found in self.take(rf"\b({_NUM}|{CARDINAL})(?:{_OR}({_NUM}))?\s*{sign}"):
            for group in (1, 2):
                if found[group]:
                    needs = [[(PERCENT, value)] for value in _values(found[group])]
                    end = found.end() if not found[2] or group == 2 else found.end(1)
                    yield self.figure(PERCENT, (found.start(group), end), *needs)

    def codes(self) -> Iterator[Figure]:
        for found in self.take(r"\b\d{2}\s?[-–]\s?[ipo]\b"):
            yield self.figure(CODE, found.span(), [(CODE, re.sub(r"[^\w]", "", found[0]))])
        for found in self.take(r"\b(\d+)(?:er|r[oa]|d[oa]|t[oa]|m[oa]|v[oa]|n[oa]|[ao])(?:\.|\b)|\b(\d+)[º°ª]"):
            code = (CODE, re.sub(r"[^\w]", "", found[0]))
            yield self.figure(NUMBER, found.span(), [(NUMBER, Decimal(found[1] or found[2]))], [code])
        for found in self.take(r"\b(\d+)(?:[mgk]b|[kcm]?m|kg|h|hrs?|min|dpi|x)\b"):
            yield self.figure(NUMBER, found.span(), [(NUMBER, Decimal(found[1]))])
        for found in self.take(r"\b(?:[a-z]+-?\d[a-z0-9]*|\d+[a-z][a-z0-9]*)\b"):
            yield self.figure(CODE, found.span(), [(CODE, re.sub(r"[^\w]", "", found[0]))])

    def phones(self) -> Iterator[Figure]:
        for found in self.take(r"(?<![\w.,/-])\+?\(?\d(?:[ .()-]{0,2}\d){7,13}(?![\w])"):
            digits = re.sub(r"\D", "", found[0])
            if re.fullmatch(r"(?:19|20)\d\d[ -](?:19|20)\d\d", found[0]):
                for year in re.finditer(r"\d+", found[0]):
                    span = (found.start() + year.start(), found.start() + year.end())
                    yield self.figure(NUMBER, span, [(NUMBER, Decimal(year[0]))])
                continue
            national = digits[2:] if len(digits) == 12 and digits.startswith("52") else digits
            ends = [(PHONE, digits[-size:]) for size in range(8, len(digits))]
            yield self.figure(PHONE, found.span(), [(PHONE, digits)], [(PHONE, national)], also=ends)

    def numbers(self) -> Iterator[Figure]:
        for found in self.take(rf"({_NUM})(\s+mil(?:lones)?\b)?"):
            values = _scaled(found[1], found[2])
            keys: list[Key] = [(NUMBER, value) for value in values] or [(CODE, found[1])]
            yield self.figure(NUMBER, found.span(), *([key] for key in keys))

    def hours_in_words(self) -> Iterator[Figure]:
        past = r"(?:\s+y\s+(media|cuarto)\b)?"
        for found in self.take(rf"(?<=\ba las )({CARDINAL}){past}|(?<=\bde las )({CARDINAL}){past}(?=\s+a\s+las)"):
            hour, minute = word_value(found[1] or found[3]), _PARTS.get(found[2] or found[4])
            hours = (hour, hour + 12)
            needs: list[list[Key]] = [[(TIME, int(h) * 60 + minute)] if minute else [(NUMBER, h)] for h in hours]
            also = [] if minute else [(TIME, int(h) * 60) for h in hours]
            yield self.figure(TIME, found.span(), *needs, also=also)

    def measures_in_words(self) -> Iterator[Figure]:
        after = rf"(?:\s+{_BETWEEN})?\s+(?:{_UNITS})\b"
        for found in self.take(rf"({CARDINAL})(?:{_OR}({CARDINAL}))?(?={after})|(?<=\bsemana )(?:{CARDINAL})"):
            spans = [found.span(group) for group in (1, 2) if found[group]] or [found.span()]
            for span in spans:
                yield self.word(self.text[slice(*span)], span)
        for found in self.take(rf"({ORDINAL})(?=(?:\s+[oy]\s+(?:la\s+)?(?:{ORDINAL}))?\s+(?:{_ORDERED})\b)"):
            yield self.word(found[0], found.span())

    def other_words(self) -> Iterator[Figure]:
        for found in self.take(rf"{CARDINAL}|{ORDINAL}"):
            yield self.word(found[0], found.span(), measured=False)

    def word(self, words: str, span: tuple[int, int], measured: bool = True) -> Figure:
        value = word_value(" ".join(fold_in_place(words).split()))
        money = (AMOUNT, "pesos", value)
        paid = re.match(r"\s+(?:de\s+)?pesos\b", self.left[span[1] :])
        needs = [[money]] if paid else [[(NUMBER, value)]]
        return self.figure(NUMBER, span, *needs, measured=measured)

    def names(self) -> Iterator[Figure]:
        for found in self.take(rf"\b(?:{'|'.join(_FULL_MONTHS)})\b"):
            yield self.figure(MONTH, found.span(), [(MONTH, _MONTHS[found[0]])])
        for found in self.take(rf"\b(?:{_WEEKDAYS})\b"):
            yield self.figure(WEEKDAY, found.span(), [(WEEKDAY, found[0].rstrip("s"))])


def _prefixes(key: str) -> Iterator[str]:
    """Every address that ``key`` contains: shorter paths, the host without its port."""
    parts = key.split("/")
    for size in range(1, len(parts)):
        yield "/".join(parts[:size])
    yield parts[0].partition(":")[0]


def _values(text: str) -> list[Decimal]:
    return _scaled(text, None) if text[0].isdigit() else [word_value(" ".join(text.split()))]


def _scaled(digits: str, scale: str | None) -> list[Decimal]:
    factor = 1 if not scale else 1_000_000 if "millones" in scale else 1000
    value = written_value(digits)
    return [] if value is None else [value * factor]


def _currency(name: str | None) -> str:
    return "dolares" if name in ("usd", "dlls", "dolares") else "euros" if name == "euros" else "pesos"
