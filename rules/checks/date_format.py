from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context, parse_date
from rules.problems import Problem
from rules.schema_check import PATTERN

DATE_KEYS = ("revisada", "vigente_hasta")


class DateFormat(Check):
    """Una fecha que no está escrita como año-mes-día o que no existe en el calendario.

    Pasa:
        revisada: 2026-02-28
    Falla:
        revisada: 2026-02-30
    """

    id = "fecha_invalida"

    def problems(self, context: Context) -> Iterator[Problem]:
        bad_format = set()
        for source, found in context.breaches(PATTERN, *DATE_KEYS):
            bad_format.add((source.file, found.path))
            message = f"«{found.value}» no es una fecha válida para «{found.key}»: el formato es AAAA-MM-DD"
            yield self.problem(source.at(*found.path), message, _mend(str(found.value)))
        for entry in context.entries:
            for key in DATE_KEYS:
                value = entry.text(key)
                told = (entry.source.file, ("reglas", entry.index, key)) in bad_format
                if value is None or parse_date(value) or told:
                    continue
                message = f"«{value}» no es una fecha válida para «{key}»: no existe en el calendario"
                yield self.problem(entry.at(key), message, "Corrige el mes o el día")


def _mend(value: str) -> str:
    hyphened = re.sub(r"\s*[–—−‐‑]\s*", "-", value.strip())
    if parse_date(hyphened):
        return f"Lleva rayas (–) en lugar de guiones: escríbela {hyphened}"
    return "Escríbela como 2026-11-22: año, mes y día con guiones"
