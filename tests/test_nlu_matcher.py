"""Ranking the rules of a book."""
from __future__ import annotations

from pathlib import Path

import pytest

from nlu.matcher import Matcher
from tests.nlu_books import VARIANTS, book_of, entry, school_entries


@pytest.fixture
def matcher(tmp_path: Path) -> Matcher:
    return Matcher(book_of(tmp_path, *school_entries()))


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("quiero soltar la materia de cálculo", "renuncia"),
        ("¿en qué bancos puedo pagar?", "pago"),
        ("constncia de estudos", "constancia"),
        ("me robaron la credencial", "credencial"),
        ("revalidar materias de otra universidad", "equivalencia"),
    ],
)
def test_a_new_wording_finds_its_rule(matcher: Matcher, question: str, rule: str) -> None:
    assert matcher.rule(matcher.rank(question)[0]).id == rule


def test_the_nearest_question_is_shown_as_staff_wrote_it(matcher: Matcher) -> None:
    for questions in VARIANTS.values():
        for question in questions:
            assert matcher.nearest_question(matcher.rank(question.lower())[0]) == question


def test_every_variant_is_exact_for_its_rule(matcher: Matcher) -> None:
    for rule, questions in VARIANTS.items():
        for question in questions:
            index = matcher.exact(f"Hola, {question.upper()}")
            assert index is not None and matcher.book.rules[index].id == rule
    assert matcher.exact("quiero dar de baja dos materias") is None


def test_a_question_of_two_rules_is_exact_for_none(tmp_path: Path) -> None:
    shared = Matcher(book_of(tmp_path, entry("a", ["¿Cómo pago?", "uno"]), entry("b", ["como pago", "dos"])))
    assert shared.exact("¿Cómo pago?") is None and shared.exact("dos") == 1


def test_a_question_twice_in_one_rule_is_exact(tmp_path: Path) -> None:
    twice = Matcher(book_of(tmp_path, entry("a", ["¿Cómo pago?", "COMO PAGO"]), entry("b", ["x"])))
    assert twice.exact("cómo pago") == 0


def test_no_more_candidates_than_asked_for_nor_than_rules(matcher: Matcher, tmp_path: Path) -> None:
    assert len(matcher.rank("pago", 2)) == 2 and len({e.rule for e in matcher.rank("pago", 5)}) == 5
    assert len(Matcher(book_of(tmp_path / "uno", entry("a", ["hola"]))).rank("adiós", 3)) == 1


def test_a_big_book_ranks_alike_with_bounded_features(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlu.matcher.DUAL_LIMIT", 0)
    monkeypatch.setattr("nlu.ridge.DUAL_LIMIT", 0)
    bounded = Matcher(matcher.book)
    for questions in VARIANTS.values():
        for question in questions:
            assert bounded.rank(question)[0].rule == matcher.rank(question)[0].rule


def test_a_question_still_misspelt_is_read_with_the_words_of_the_likeliest_rules(matcher: Matcher) -> None:
    # Three letters astray: no reading of the word by itself is near enough.
    query, _ = matcher.read("perdi la crtdensal de alumno")
    assert query.tokens == ("perdi", "la", "credencial", "de", "alumno")
    assert matcher.as_written("Perdí la crtdensal", query.near) == "Perdí la credencial"
    assert matcher.extractor.query("perdi la crtdensal de alumno").tokens[2] == "crtdensal"


def test_what_is_shouted_is_read_as_if_it_were_said(matcher: Matcher) -> None:
    assert matcher.as_written("¿CÓMO REPONGO MI CREDENCIAL?") == "¿cómo repongo mi credencial?"


def test_a_question_without_misspelling_is_read_once(matcher: Matcher) -> None:
    query, _ = matcher.read("perdí mi credencial en el cine")
    assert query.near == () and "cine" in query.tokens
