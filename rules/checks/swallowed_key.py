from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.schema_check import rule_keys

_KEY_LINE = re.compile(rf"(?m)^[\s-]*((?:{'|'.join(rule_keys())}):)(?=\s|$)")


class SwallowedKey(Check):
    """Un renglón con sangría de más («relacionadas:», «no_es:») quedó dentro de la respuesta y se diría al alumno.

    Pasa:
        respuesta: |
          Confírmalo en la CSE.
        ambito: UAM-I
    Falla:
        respuesta: |
          Confírmalo en la CSE.
            ambito: UAM-I
    """

    id = "clave_tragada"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for key in ("respuesta", "fuente"):
                value = entry.text(key) or ""
                for found in _KEY_LINE.finditer(value):
                    nth = value[: found.start(1)].count(found[1])
                    position = entry.source.find(("reglas", entry.index, key), found[1], nth)
                    message = f"«{found[1]}» tiene sangría de más y quedó dentro de «{key}», como texto para el alumno"
                    yield self.problem(position, message, f"Quítale espacios hasta que quede bajo «{key}:»")
