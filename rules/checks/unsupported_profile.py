from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules.checks.base import Check
from rules.checks.context import Context
from rules.figures import SPANISH, figures, held_by
from rules.problems import WARNING, Problem
from rules.source import Path_

# The texts of the profile that a student reads as answers; buttons are questions, and have a check of their own.
_TEXTS = ("saludo", "sin_respuesta", "nada_mas", "falta_asunto", "falta_pregunta", "ajeno")


class UnsupportedProfile(Check):
    """El perfil de la oficina da un teléfono, monto, fecha, hora, número, correo o liga que ningún documento citable dice."""

    id = "perfil_sin_hecho"
    level = WARNING

    def problems(self, context: Context) -> Iterator[Problem]:
        documents = context.documents
        if documents.problems:  # what can't be read may say it
            return
        citable = [passage for passage in documents.passages if passage.citable]
        held = held_by((*(p.stated for p in citable), *(url for p in citable for url in documents.urls(p))))
        source = context.office.source
        for path, text in _texts(source.value):
            for figure in figures(text):
                if not figure.supported_by(held):
                    nth = text[: figure.start].count(figure.text)
                    where = " › ".join(f"«{key}»" for key in path)
                    message = f"{SPANISH[figure.kind]} «{figure.label}» de {where} no está en ningún hecho que se pueda citar"
                    mend = "Corrige el dato, quítalo, o agrega en los documentos el hecho que lo dice"
                    yield self.problem(source.find(path, figure.text, nth), message, mend)


def _texts(profile: dict[str, Any]) -> Iterator[tuple[Path_, str]]:
    for key in _TEXTS:
        if key in profile:
            yield (key,), profile[key]
    for key, scope in profile["ambitos"].items():
        if "aviso" in scope:
            yield ("ambitos", key, "aviso"), scope["aviso"]
    for topic, text in profile["donde_preguntar"].items():
        yield ("donde_preguntar", topic), text
