"""Which kind of datum a question asks for: cost, time, place… A question about the right subject
is still the wrong one when it asks for another datum."""
from __future__ import annotations

import re
from functools import lru_cache

# Matched against nlu.text.normalize(question). Words of Spanish, not of any office.
_KINDS = {
    "cost": r"\b(cuestan?|costos?|precios?|valen?|cobran?|tarifas?|montos?|pagan|gratis|caro|dinero)\b|de cuanto (es|son)"
    r"|cuanto (pago|se paga|es|dan|sale|salen|hay que pagar|tengo que pagar)\b",
    "duration": r"cuanto (tiempo|se tardan?|tardan?|dura|duran|demora)|en cuanto tiempo|tarda\w*"
    r"|cuantos (dias|meses|semanas|años|trimestres)|cuantas (semanas|horas)",
    "moment": r"\bcuando\b|\bfechas?\b|\bque (dia|semana)\b|\bplazos?\b|\bdesde cuando\b|\bhasta cuando\b",
    "place": r"\ba?donde\b|\bque (lugar|oficina|edificio|ventanilla)\b",
    "amount": r"\bcuant[oa]s\b",
    "person": r"\bquien(es)?\b",
    "way": r"\bcomo\b|\bpasos\b|\bprocedimiento\b",
    "need": r"\b(requisitos?|documentos?|papeles|piden|necesito|promedio)\b",
    "contact": r"\b(correo|telefono|pagina|liga|sitio|contacto)\b",
    "hour": r"\bhorarios?\b|\bque horas?\b",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}


@lru_cache(maxsize=65536)
def kinds_asked(normalized: str) -> frozenset[str]:
    """The kinds of datum asked for; empty for “¿qué es…?” and the like."""
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.search(normalized))
