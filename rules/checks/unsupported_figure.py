from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.checks.base import Check
from rules.checks.context import Context, Entry
from rules.claim import Claim
from rules.claims import claims
from rules.figures import AMOUNT, DATE, EMAIL, LINK, PHONE, SPANISH, TIME, Figure, Key, figures, held_by, link_key
from rules.problems import Problem
from rules.source import Path_, Position

# In «fuente» titles carry years and numbers of their own; these are what a student would act upon.
_IN_SOURCE = frozenset((PHONE, AMOUNT, DATE, TIME, EMAIL))
_ALL = frozenset(SPANISH)
_MEND_CLAIM = "Dilo como está en el hecho (número, unidad, plazo o «no»), quítalo, o agrega a «hechos» el que lo dice"


@dataclass(frozen=True)
class _Place:
    """A text of a rule that states data: its path below the rule, what messages call it, which kinds of
    figures count, whether its claims do and whether it asks, and what may be stated besides the facts."""

    path: Path_
    name: str
    text: str
    kinds: frozenset[str] = _ALL
    claims: bool = True
    asks: bool = False
    besides: frozenset[Key] = frozenset()

    def find(self, entry: Entry, stated: Figure | Claim) -> Position:
        nth = self.text[: stated.start].count(stated.text)
        return entry.source.find(("reglas", entry.index, *self.path), stated.text, nth)


def _places(context: Context, entry: Entry) -> Iterator[_Place]:
    yield _Place(("respuesta",), "la respuesta", entry.text("respuesta") or "")
    for index, question in entry.texts("preguntas")[:1]:
        yield _Place(("preguntas", index), "la primera pregunta, que sale en los botones,", question, asks=True)
    if not _sources_known(context, entry):
        return
    cited = held_by(text for passage in context.facts(entry) for text in context.documents.cited(passage))
    source = entry.text("fuente") or ""
    yield _Place(("fuente",), "«fuente»", source, kinds=_IN_SOURCE, claims=False, besides=cited)


class UnsupportedFigure(Check):
    """Sus hechos no dicen un dato de la respuesta, la primera pregunta o «url», o un monto, fecha, hora o contacto de «fuente».

    Pasa:
        respuesta: El pago tarda entre 48 y 72 horas hábiles.
        hechos: [H4.03]
    Falla:
        respuesta: El pago tarda 24 horas hábiles.
        hechos: [H4.03]
    """

    id = "dato_sin_hecho"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            held, unquotable = _held(context, entry)
            for place in _places(context, entry):
                stated = held | place.besides
                said = claims(place.text, place.asks) if place.claims else []
                whole = [claim.span for claim in said if claim.whole and claim.supported_by(stated)]
                told: list[range] = []
                for figure in figures(place.text):
                    span = range(figure.start, figure.start + len(figure.text))
                    if figure.kind not in place.kinds or figure.supported_by(stated) or _meets(span, whole):
                        continue
                    told.append(span)
                    subject = f"{SPANISH[figure.kind]} «{figure.label}» de {place.name}"
                    reason = _reason(entry, figure.supported_by(unquotable))
                    yield self.problem(place.find(entry, figure), f"{subject} {reason}", _mend(context, figure))
                for claim in said:
                    if not claim.supported_by(stated) and not _meets(claim.span, told):
                        told.append(claim.span)
                        message = f"El dato «{claim.text}» de {place.name} {_reason(entry, claim.stated_by(unquotable))}"
                        yield self.problem(place.find(entry, claim), message, _MEND_CLAIM)
            yield from self._address(context, entry, held)

    def _address(self, context: Context, entry: Entry, held: frozenset[Key]) -> Iterator[Problem]:
        url = entry.text("url")
        if not url or not url.startswith(("http://", "https://")) or not _sources_known(context, entry):
            return
        known = {link_key(address) for passage in context.facts(entry) for address in context.documents.urls(passage)}
        key = link_key(url)
        if (LINK, key) not in held and not any(address == key or address.startswith(key + "/") for address in known):
            message = f"La liga «{url}» de «url» no está en los hechos de la regla ni es su fuente ({_facts(entry)})"
            yield self.problem(entry.at("url"), message, "Corrige la liga, agrega el hecho que la dice, o quítala")


def _meets(span: range, others: list[range]) -> bool:
    """Whether ``span`` shares anything with one of ``others``: what is told once is not told again."""
    return any(span.start < other.stop and other.start < span.stop for other in others)


def _sources_known(context: Context, entry: Entry) -> bool:
    """Whether it can be told what the sources of the rule's facts say: what is wrong with their list is an error of
    its own, and would make one of every rule that names them."""
    return all(context.documents.sources_known(passage) for passage in context.facts(entry))


def _held(context: Context, entry: Entry) -> tuple[frozenset[Key], frozenset[Key]]:
    """What the rule's facts state: what a student may be told, and what may never be quoted."""
    parts: dict[bool, set[Key]] = {True: set(), False: set()}
    for passage in context.facts(entry):
        parts[passage.citable] |= context.held[passage.id]
    return frozenset(parts[True]), frozenset(parts[False])


def _facts(entry: Entry) -> str:
    return ", ".join(fact for _, fact in entry.texts("hechos")) or "no tiene hechos"


def _reason(entry: Entry, unquotable: bool) -> str:
    if unquotable:
        return f"sólo está en un hecho que no se puede citar ({_facts(entry)})"
    return f"no está en los hechos de la regla ({_facts(entry)})"


def _mend(context: Context, figure: Figure) -> str:
    stating = [p.id for p in context.documents.passages if p.citable and figure.supported_by(context.held[p.id])]
    if 0 < len(stating) <= 3:
        return f"Corrige el dato o quítalo; si viene de {' o '.join(stating)}, agrega esa clave a «hechos»"
    return "Corrige el dato, quítalo, o agrega a «hechos» el que lo dice"
