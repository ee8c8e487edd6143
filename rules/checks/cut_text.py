from __future__ import annotations

import re
from collections.abc import Iterator

from rules.checks.base import Check
from rules.checks.context import TEXT_KEYS, Context
from rules.problems import Problem
from rules.source import Position

_COMMENT = re.compile(r"\s+(#.*)")


class CutText(Check):
    """Un # sin comillas corta el texto: YAML no lee lo que sigue.

    Pasa:
        fuente: "Guía #3 de la división"
    Falla:
        fuente: Guía #3 de la división
    """

    id = "texto_cortado"

    def problems(self, context: Context) -> Iterator[Problem]:
        for entry in context.entries:
            for key, value, how in entry.written(*TEXT_KEYS):
                line = entry.source.lines[how.end.line - 1]
                cut = _COMMENT.match(line, how.end.column - 1) if not how.style else None
                if cut:
                    position = Position(how.end.file, how.end.line, cut.start(1) + 1)
                    message = f"El signo # corta el texto de «{key}»: queda «{value[-40:]}», sin «{cut[1]}»"
                    mend = "Pon todo el texto entre comillas, o la respuesta en renglones después de «respuesta: |»"
                    yield self.problem(position, message, mend)
