from __future__ import annotations

from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import MISSING_KEY

_MEND = {
    "tema": "Empieza el archivo con «tema:» y el nombre del tema",
    "reglas": "Agrega «reglas:» y debajo cada regla, con «- id:»",
}


class MissingKey(Check):
    """Falta una clave: id, preguntas y respuesta siempre; fuente, hechos, ambito y revisada si es oficial.

    Pasa:
        fuente: Reglamento del Alumnado
    Falla:
        fuente: (quitar)
    """

    id = "falta_clave"

    def problems(self, context: Context) -> Iterator[Problem]:
        for source, found in context.breaches(MISSING_KEY):
            name = found.value.get("id") if isinstance(found.value.get("id"), str) else None
            owner = f"la regla «{name}»" if name else "una regla" if found.path else "el archivo"
            mend = _MEND.get(found.key, f"Agrega un renglón «{found.key}:» con su valor")
            yield self.problem(source.at(*found.path), f"A {owner} le falta «{found.key}»".replace("A el", "Al"), mend)
