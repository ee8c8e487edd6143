"""Claims of an answer: a number with another unit, in words, or that something is free."""
from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.claims import claimed_by
from rules.measures import claims


def unsupported(answer: str, *facts: str) -> list[str]:
    held = claimed_by(facts)
    return [claim.text for claim in claims(answer) if not claim.supported_by(held)]


@pytest.mark.parametrize(
    ("answer", "fact", "claim"),
    [
        ("48 días hábiles", "48 horas hábiles", "48 días"), ("72 hrs", "72 días", "72 hrs"),
        ("entre 48 y 72 días", "entre 48 y 72 horas", "48"), ("cinco años", "cinco trimestres", "cinco años"),
        ("media hora", "una hora", "media hora"), ("una semana", "tres días", "una semana"),
        ("promedio mínimo de ocho", "promedio mínimo de 7", "ocho"), ("promedio de 7", "7 UEA. El promedio es 8", "7"),
        ("8 de promedio", "promedio de 7", "8"), ("son quinientos", "son 50", "quinientos"),
        ("un mínimo de ocho", "un mínimo de 7", "ocho"), ("es gratis", "se paga en la caja", "gratis"),
        ("no tiene costo", "se paga en la caja", "no tiene costo"),
    ],
)  # fmt: skip
def test_what_no_fact_says_is_found(answer: str, fact: str, claim: str) -> None:
    assert claim in unsupported(answer, fact)


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("48 horas", "48 h"), ("48 horas", "cuarenta y ocho horas"), ("48 horas", "entre 24 y 48 horas"),
        ("dos días", "48 horas"), ("una semana", "siete días"), ("media hora", "30 minutos"), ("un año", "doce meses"),
        ("un trimestre", "cada trimestre"), ("12 o 24 meses", "12, 18 o 24 meses"), ("dos años", "24 meses"),
        ("de 9 a 17 horas", "de 9:00 a 17:00"), ("a las 10 horas", "nada"), ("promedio de ocho", "promedio mínimo de 8.0"),
        ("quinientos", "$500"), ("quinientos", "500 alumnos"), ("es gratuito", "el trámite no tiene costo"),
        ("si es gratis", "nada"), ("mil gracias", "nada"), ("las dos cosas", "nada"), ("promedio del 80 %", "nada"),
        ("el año 2026", "nada"), ("la semana 5", "nada"),
    ],
)  # fmt: skip
def test_what_a_fact_says_otherwise_or_is_no_claim_is_left_alone(answer: str, fact: str) -> None:
    assert unsupported(answer, fact) == []


def test_claims_come_in_order_with_their_offset() -> None:
    text = "Tarda 2 días, o una semana; es gratis"
    assert [(text[c.start : c.end], c.text) for c in claims(text)] == [
        ("2 días", "2 días"), ("una semana", "una semana"), ("gratis", "gratis"),
    ]  # fmt: skip


PIECES = st.sampled_from(
    ["48", "horas", "media", "una", "mil", "promedio de", "y", "1.2.3", "h", "gratis", "ñ", "İ", "½", "²", "٣"]
)


@pytest.mark.parametrize("measure", ["48 horas", "8.5 horas", "cuarenta y ocho horas", "dieciocho semanas"])
def test_a_mean_of_a_measure_is_no_grade_not_even_in_its_first_digit(measure: str) -> None:
    assert [claim.text for claim in claims(f"promedio de {measure}")] == [measure]


@given(st.lists(PIECES | st.text(max_size=4), max_size=12).map(" ".join))
@example("promedio de 0B")
def test_any_text_supports_what_it_claims(text: str) -> None:
    assert unsupported(text, text) == []
