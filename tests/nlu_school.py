"""A small book with related rules, for the tests of conversations; nothing is fitted."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from nlu.matcher import Matcher
from rules.book import SMALL_TALK, RuleBook, load_rule_book
from tests.nlu_books import entry, write_book

QUESTIONS = {
    "credencial": ["¿Cómo repongo mi credencial?", "perdí mi credencial", "me robaron la credencial"],
    "credencial_costo": ["¿Cuánto cuesta la credencial?", "costo de la credencial", "cuánto cobran por la credencial"],
    "credencial_tiempo": ["¿Cuánto tarda la credencial?", "en cuántos días me dan la credencial"],
    "beca": ["¿Dónde pido una beca?", "cómo solicito una beca", "quiero una beca"],
    "beca_fecha": ["¿Cuándo sale la convocatoria de becas?", "fecha de la convocatoria de becas"],
    "biblioteca": ["¿Dónde está la biblioteca?", "ubicación de la biblioteca", "cómo llego a la biblioteca"],
}
RELATED = {"credencial": ["credencial_costo", "credencial_tiempo"], "beca": ["beca_fecha"]}


def school_book(folder: Path) -> RuleBook:
    """Two topics: procedures, and the campus with small talk."""
    rules = {name: entry(name, questions, relacionadas=RELATED.get(name, [])) for name, questions in QUESTIONS.items()}
    campus = [rules.pop("biblioteca"), entry("gracias", ["gracias", "mil gracias"], tipo=SMALL_TALK)]
    write_book(folder, *rules.values())
    text = yaml.safe_dump({"tema": "Campus", "reglas": campus}, allow_unicode=True)
    (folder / "campus.yml").write_text(text, encoding="utf-8")
    return load_rule_book(folder)


def unfitted_matcher(book: RuleBook) -> Matcher:
    """A matcher whose variants are indexed; its ridge model knows nothing."""
    variants = sum(len(rule.questions) for rule in book.rules)
    return Matcher(book, dual=np.zeros((variants, len(book.rules)), dtype=np.float32))
