from __future__ import annotations

import re
from collections.abc import Iterator

from rules.book import SMALL_TALK
from rules.checks.base import Check
from rules.checks.context import Context
from rules.problems import Problem
from rules.text import fold

# What one says to anything: alone, it asks for nothing.
_SAYS_NOTHING = frozenset({
    "si", "sip", "simon", "no", "nop", "nel", "ok", "oki", "okay", "okey", "vale", "va", "sale", "claro", "bueno",
    "bien", "listo", "exacto", "correcto", "gracias", "grax", "hola", "hey", "buenas", "buenos", "dias", "dia",
    "tardes", "noches", "adios", "bye", "perfecto", "entendido",
})  # fmt: skip
_LONGEST = 40  # letters; most questions have more, and reading thousands of them takes its time
_SIGNS = re.compile(r"[¡!¿?.,;:…]+")


class BareQuestion(Check):
    """Una pregunta de una regla oficial o sin_dato es sólo un «sí», un «no», un saludo, «gracias» o un número.

    Pasa:
        preguntas: ["¿Cuesta 800?", "sí, ya deposité", "no veo mi pago", "hola, ya pagué", "comprobante"]
    Falla:
        preguntas: ["sí", "ya deposité y nada", "no veo mi pago", "línea de captura", "comprobante"]
    """

    id = "pregunta_vacia"

    def problems(self, context: Context) -> Iterator[Problem]:
        for question in context.questions:
            if len(question.text) > _LONGEST:
                continue
            words = _SIGNS.sub(" ", fold(question.text)).split()
            if question.entry.type != SMALL_TALK and words and all(_says_nothing(word) for word in words):
                message = f"«{question.text}» no pregunta nada: quien conteste eso a cualquier cosa recibiría esta respuesta"
                mend = "Escríbela completa, con lo que se pregunta («¿cuesta 800?»), o quítala"
                yield self.problem(question.position, message, mend)


def _says_nothing(word: str) -> bool:
    return word in _SAYS_NOTHING or word.isdigit()
