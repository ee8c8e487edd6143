from __future__ import annotations

from collections.abc import Collection, Iterator

from rules.book import shown
from rules.checks.base import Check
from rules.checks.context import Context
from rules.facts import as_key
from rules.problems import Problem
from rules.source import Position
from rules.text import fold

# Fewer may all be slips of the keyboard, unless neither the facts nor the scopes of the rules are known.
_LEAST = 3


class MixedOffices(Check):
    """Las reglas, los documentos y el perfil en uso parecen de oficinas distintas. Se dice antes que todo lo demás."""

    id = "oficinas_mezcladas"

    def problems(self, context: Context) -> Iterator[Problem]:
        if not (sign := _sign(context)):
            return
        rules, profile = shown(context.folder), context.office.source.file
        documents = shown(context.documents.folder) if context.documents.folder else "ninguno"
        message = f"Las reglas ({rules}), los documentos ({documents}) y el perfil ({profile}) parecen de oficinas distintas"
        mend = "Da los tres de la misma oficina: CSE_RULES, CSE_DOCUMENTS y CSE_OFFICE, en .env o en el entorno"
        yield self.problem(Position(rules, 1, 1), f"{message}: {sign}", mend)


def _sign(context: Context) -> str:
    """What shows that the three are not of one office, or nothing."""
    cited = [as_key(fact) or fact for entry in context.entries for _, fact in entry.texts("hechos")]
    of_rules = [fold(scope) for entry in context.entries if (scope := entry.text("ambito"))]
    of_facts = [fold(passage.scope) for passage in context.documents.passages if passage.scope]
    scopes = {fold(scope) for scope in context.office.scopes}
    neither = _strange(cited, context.documents.by_id, 1) and _strange(of_rules, scopes, 1)
    if neither or _strange(cited, context.documents.by_id):
        return "ninguno de los hechos que citan las reglas está en los documentos"
    if _strange(of_rules, scopes):
        return "ninguno de los ámbitos de las reglas está en el perfil"
    if _strange(of_facts, scopes):
        return "ninguno de los ámbitos de los documentos está en el perfil"
    return ""


def _strange(named: Collection[str], known: Collection[str], least: int = _LEAST) -> bool:
    """Whether none of the names is known, and they are at least so many."""
    return len(named) >= least and not any(name in known for name in named)
