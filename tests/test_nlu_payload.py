"""What travels beside an answer."""
from __future__ import annotations

from pathlib import Path

import pytest

from nlu.payload import MAX_SUGGESTIONS, rule_payload, sources, suggestion, suggestions
from rules.book import RuleBook
from tests.nlu_books import book_of, entry


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    return book_of(
        tmp_path,
        entry("pago", ["¿Dónde pago?", "banco"], fuente="Guía de pagos", url="https://cse.izt.uam.mx", ambito="UAM-I",
              relacionadas=["beca", "no_existe", "beca", "adios"]),
        entry("beca", ["¿Hay becas?"], fuente="Convocatoria"),
        entry("adios", ["adiós"], tipo="charla"),
        entry("clima", ["¿lloverá?"], tipo="sin_dato"),
    )  # fmt: skip


def test_an_official_answer_names_its_rule_source_and_neighbours(book: RuleBook) -> None:
    assert rule_payload(book.by_id["pago"], book, 0.97) == {
        "kind": "official",
        "rule_id": "pago",
        "confidence": 0.97,
        "sources": [{"title": "Guía de pagos", "url": "https://cse.izt.uam.mx", "scope": "UAM-I"}],
        "suggestions": [{"title": "¿Hay becas?", "message": "¿Hay becas?"}, {"title": "adiós", "message": "adiós"}],
    }


@pytest.mark.parametrize(
    ("rule", "kind"), [("pago", "official"), ("beca", "official"), ("adios", "small_talk"), ("clima", "no_answer")]
)
def test_the_kind_follows_the_type(book: RuleBook, rule: str, kind: str) -> None:
    assert rule_payload(book.by_id[rule], book, "{confidence}")["kind"] == kind


def test_without_a_source_none_is_claimed(book: RuleBook) -> None:
    assert sources(book.by_id["adios"]) == []
    assert sources(book.by_id["beca"]) == [{"title": "Convocatoria", "url": None, "scope": None}]


def test_suggestions_are_known_distinct_few_and_in_order(book: RuleBook) -> None:
    wanted = ["clima", "no_existe", "clima", "adios", "pago", "beca"]
    expected = [suggestion(book.by_id[rule]) for rule in ("clima", "adios", "pago")]
    assert suggestions(book, wanted) == expected and len(expected) == MAX_SUGGESTIONS
    assert suggestions(book, []) == []
