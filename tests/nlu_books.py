"""Small rule books for the tests of the matcher, and the office's own, fitted once."""
from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from nlu.decision import Decider
from rules.book import RuleBook, load_rule_book
from rules.locations import Locations

VARIANTS = {
    "renuncia": ["¿Cómo renuncio a una UEA?", "quiero dar de baja una materia", "cuando puedo soltar una uea",
                 "pasos para quitar una asignatura de mi horario"],
    "pago": ["¿Dónde pago la colegiatura?", "en qué banco se paga la inscripción", "formas de pago de la cuota",
             "ya deposité y no se ve mi pago"],
    "constancia": ["¿Cuánto tarda la constancia de estudios?", "necesito una constancia con promedio",
                   "donde tramito mi constancia", "requisitos para pedir constancias"],
    "credencial": ["¿Cómo repongo mi credencial?", "perdí la credencial de alumno", "me robaron mi credencial ayer",
                   "cuánto cuesta otra credencial"],
    "equivalencia": ["¿Qué es la equivalencia de estudios?", "vengo de otra universidad y quiero revalidar",
                     "me aceptan materias que cursé en el Poli", "documentos para la equivalencia"],
}  # fmt: skip
URGENT = ["me quiero matar", "ya no quiero vivir", "necesito ayuda psicológica"]
SMALL_TALK = ["hola", "buenas tardes", "gracias, ya con eso"]
OUT_OF_SCOPE = [
    "asdfgh qwerty zxcvb", "¿Quién ganó el mundial de 1986?", "receta de chilaquiles verdes con pollo",
    "¿Cuál es la capital de Mongolia?", "🤖🤖🤖", "12345 67890", "lorem ipsum dolor sit amet",
]  # fmt: skip


def entry(rule: str, questions: list[str], **more: Any) -> dict[str, Any]:
    """A rule as staff write it, with the least that loads and what ``more`` adds."""
    return {"id": rule, "preguntas": questions, "respuesta": f"Respuesta de {rule}.", **more}


def book_of(folder: Path, *entries: dict[str, Any]) -> RuleBook:
    """Write the rules as one YAML file in ``folder`` and load it."""
    return load_rule_book(write_book(folder, *entries))


def write_book(folder: Path, *entries: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({"tema": "Pruebas", "reglas": list(entries)}, allow_unicode=True, sort_keys=False)
    (folder / "reglas.yml").write_text(text, encoding="utf-8")
    return folder


def school_entries() -> list[dict[str, Any]]:
    """Five answers of a school office, an urgent one and small talk."""
    return [
        *(entry(rule, questions) for rule, questions in VARIANTS.items()),
        entry("apoyo", URGENT, urgente="sí"),
        entry("charla", SMALL_TALK, tipo="charla"),
    ]


def write_questions(path: Path, *pairs: tuple[str, str | None]) -> Path:
    """A questions file with (question, rule) pairs."""
    lines = [json.dumps({"question": question, "rule": rule}, ensure_ascii=False) for question, rule in pairs]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@lru_cache(maxsize=1)
def office_book() -> RuleBook:
    """The office's own rules with at most eight variants each: quick to fit."""
    rules = load_rule_book(Locations.from_environment({}).rules).rules
    return RuleBook(tuple(replace(rule, questions=rule.questions[:8]) for rule in rules))


@lru_cache(maxsize=1)
def own_decider() -> Decider:
    """The office's own rules, all of them, as they are shipped."""
    return Decider.load(Locations.from_environment({}))


@lru_cache(maxsize=1)
def office_decider() -> Decider:
    """That book, calibrated in memory once for all tests."""
    return Decider(office_book())
