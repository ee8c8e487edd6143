from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context, Entry
from rules.figures import LINK, SPANISH, Figure, Key, figures, link_key
from rules.problems import Problem


class UnsupportedFigure(Check):
    """La respuesta (o «url») da un número, fecha, monto, correo, teléfono o liga que sus hechos no dicen.

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
            answer = entry.text("respuesta") or ""
            for figure in figures(answer):
                if not figure.supported_by(held):
                    nth = answer[: figure.start].count(figure.text)
                    position = entry.source.find(("reglas", entry.index, "respuesta"), figure.text, nth)
                    subject = f"{SPANISH[figure.kind]} «{figure.label}» de la respuesta"
                    message = f"{subject} {_reason(entry, figure, unquotable)}"
                    yield self.problem(position, message, _mend(context, figure))
            yield from self._address(context, entry, held)

    def _address(self, context: Context, entry: Entry, held: frozenset[Key]) -> Iterator[Problem]:
        url = entry.text("url")
        if not url or not url.startswith(("http://", "https://")):
            return
        known = {link_key(address) for passage in context.facts(entry) for address in context.documents.urls(passage)}
        key = link_key(url)
        if (LINK, key) not in held and not any(address == key or address.startswith(key + "/") for address in known):
            message = f"La liga «{url}» de «url» no está en los hechos de la regla ni es su fuente ({_facts(entry)})"
            yield self.problem(entry.at("url"), message, "Corrige la liga, agrega el hecho que la dice, o quítala")


def _held(context: Context, entry: Entry) -> tuple[frozenset[Key], frozenset[Key]]:
    """What the rule's facts state: what a student may be told, and what may never be quoted."""
    parts: dict[bool, set[Key]] = {True: set(), False: set()}
    for passage in context.facts(entry):
        parts[passage.citable] |= context.held[passage.id]
    return frozenset(parts[True]), frozenset(parts[False])


def _facts(entry: Entry) -> str:
    return ", ".join(fact for _, fact in entry.texts("hechos")) or "no tiene hechos"


def _reason(entry: Entry, figure: Figure, unquotable: frozenset[Key]) -> str:
    if figure.supported_by(unquotable):
        return f"sólo está en un hecho que no se puede citar ({_facts(entry)})"
    return f"no está en los hechos de la regla ({_facts(entry)})"


def _mend(context: Context, figure: Figure) -> str:
    stating = [p.id for p in context.documents.passages if p.citable and figure.supported_by(context.held[p.id])]
    if 0 < len(stating) <= 3:
        return f"Corrige el dato o quítalo; si viene de {' o '.join(stating)}, agrega esa clave a «hechos»"
    return "Corrige el dato, quítalo, o agrega a «hechos» el que lo dice"
