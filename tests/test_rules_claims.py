"""What an answer says of counts, kinds of days, units, periods, deadlines, weekdays and denials, against its facts."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.claims import claimed_by, claims


def unsupported(answer: str, *facts: str, asks: bool = False) -> list[str]:
    held = claimed_by(facts)
    return [claim.text for claim in claims(answer, asks) if not claim.supported_by(held)]


@pytest.mark.parametrize(
    ("answer", "fact", "claim"),
    [
        ("si hay tres recibos vencidos", "cuando hay dos recibos vencidos", "tres recibos"),
        ("Hay tres módulos", "Hay 2 módulos de pago", "tres módulos"), ("3 módulos", "dos módulos; 3 copias", "3 módulos"),
        ("un solo recibo", "dos recibos", "un solo recibo"),
        ("dos o tres copias", "una o dos copias. Dos copias", "tres copias"),
        ("dos veces", "una sola vez", "dos veces"),
    ],
)  # fmt: skip
def test_a_noun_that_the_facts_count_otherwise_is_found(answer: str, fact: str, claim: str) -> None:
    assert unsupported(answer, fact) == [claim]


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("las dos opciones", "se paga en la caja o en línea"), ("a las dos", "dos recibos"), ("una copia", "dos copias"),
        ("2 recibos", "dos recibos"), ("tres recibos o más", "3 o más recibos"), ("los dos", "tres módulos"),
        ("dos módulos", "el módulo Norte y un módulo en el Sur"), ("dos cruces", "dos cruz"), ("tres recibos", "un recibo"),
        ("en la ventanilla 4", "dos ventanillas"), ("una sola vez", "una vez"),
    ],
)  # fmt: skip
def test_a_noun_that_no_fact_counts_or_counts_alike_is_left_alone(answer: str, fact: str) -> None:
    assert unsupported(answer, fact) == []


@pytest.mark.parametrize(
    ("answer", "fact", "claim"),
    [
        ("10 días naturales", "10 días hábiles", "10 días naturales"), ("10 días", "10 días hábiles", "10 días"),
        ("diez días hábiles", "10 días", "diez días hábiles"),
        ("48 horas naturales", "entre 24 y 48 horas hábiles", "48 horas naturales"),
        ("los 3 días siguientes", "los 3 días hábiles siguientes", "3 días"),
        ("20 litros", "los primeros 20 metros cúbicos", "20 litros"), ("20 m2", "20 m³", "20 m2"),
        ("3 kB", "3 MB", "3 kB"), ("diez créditos", "diez puntos", "diez créditos"),
    ],
)  # fmt: skip
def test_a_number_with_another_kind_of_day_or_unit_is_found(answer: str, fact: str, claim: str) -> None:
    assert claim in unsupported(answer, fact)


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("diez días hábiles", "10 días hábiles"), ("10 días hábiles; pasados esos 10 días, pregunta", "10 días hábiles"),
        ("3 días hábiles siguientes", "los 3 días siguientes hábiles. Son 3 días hábiles"),
        ("10 días laborables", "10 días hábiles"),
        ("entre 48 y 72 horas", "entre 48 y 72 horas hábiles"),
        ("diez días corridos", "10 días naturales"), ("entre 5 y 10 días hábiles", "de 5 a 10 días hábiles"),
        ("20 m3", "20 metros cúbicos"), ("veinte litros", "20 lts."), ("3 megas", "máximo 3MB"),
        ("480 créditos", "créditos: 480"),
        ("20 metros cúbicos", "tarifa por metro cúbico: hasta 20, sin costo"),
    ],
)  # fmt: skip
def test_the_same_quantity_said_otherwise_is_left_alone(answer: str, fact: str) -> None:
    assert unsupported(answer, fact) == []


@pytest.mark.parametrize(
    ("answer", "fact", "claim"),
    [
        ("El recibo es mensual", "El recibo es bimestral", "mensual"), ("cada mes", "cada dos meses", "cada mes"),
        ("semestralmente", "cada año", "semestralmente"), ("se paga cada 3 meses", "se paga", "cada 3 meses"),
        ("dos veces al año", "una vez al año", "dos veces al año"), ("a diario", "cada semana", "a diario"),
        ("se entrega el mismo día", "dentro de los 3 días hábiles siguientes", "el mismo día"),
        ("llega al día siguiente", "3 días hábiles", "al día siguiente"), ("en una hora", "en 24 horas", "en una hora"),
        ("se revisa de inmediato", "se revisa en 24 horas", "de inmediato"), ("en un par de días", "3 horas", "un par de días"),
        ("en unos minutos", "24 horas", "en unos minutos"),
        ("de lunes a sábado", "lunes a viernes de 8 a 15; sábados de 9 a 12", "lunes a sábado"),
        ("entre semana", "lunes y sábados", "entre semana"), ("jueves-viernes", "de lunes a viernes", "jueves-viernes"),
    ],
)  # fmt: skip
def test_a_period_a_deadline_or_a_span_of_days_that_no_fact_states_is_found(answer: str, fact: str, claim: str) -> None:
    assert claim in unsupported(answer, fact)


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("es bimestral", "se lee cada dos meses"), ("cada mes", "el pago mensual"), ("anual", "una vez al año"),
        ("cada año", "la anualidad"), ("semestral", "dos veces al año"), ("cada 15 días", "quincenal"),
        ("cada dos meses", "bimestral"),
        ("recargo por cada mes", "2 % por mes de atraso"), ("diariamente", "todos los días"),
        ("Diario Oficial", "nada"), ("al día siguiente", "un día después"), ("en un par de días", "48 horas"),
        ("en el trimestre inmediatamente anterior", "tarda 24 horas"), ("busca ayuda de inmediato", "llama a la línea"),
        ("busca de inmediato a alguien", "atiende las 24 horas"),
        ("inmediatamente", "es inmediato"), ("el mismo día del examen", "2 días"), ("en un trimestre", "cada trimestre"),
        ("no se entrega el mismo día", "tarda 3 días"), ("no es mensual: es bimestral", "es bimestral"),
        ("en unos días", "en 3 días"), ("de lunes a viernes", "lunes, martes, miércoles, jueves y viernes"),
        ("todos los días", "de lunes a domingo, cada día"), ("lunes a viernes", "entre semana"),
        ("entre lunes y viernes", "del lunes al viernes"),
    ],
)  # fmt: skip
def test_the_same_period_deadline_or_span_said_otherwise_is_left_alone(answer: str, fact: str) -> None:
    assert unsupported(answer, fact) == []


@pytest.mark.parametrize(
    ("answer", "fact", "claim"),
    [
        ("Se reciben cheques.", "Se paga en la caja. No se reciben cheques.", "Se reciben cheques"),
        ("En la caja se reciben los cheques", "no se reciben cheques", "se reciben los cheques"),
        ("No se reciben cheques", "En la caja se reciben cheques", "No se reciben cheques"),
    ],
)  # fmt: skip
def test_what_the_facts_say_the_other_way_is_found(answer: str, fact: str, claim: str) -> None:
    assert unsupported(answer, fact)[-1] == claim


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("No se reciben cheques", "No se reciben cheques"), ("se puede pagar en la caja", "no se puede pagar en línea"),
        ("Si no se paga a tiempo, hay recargo. Se paga a tiempo", "quien no se paga a tiempo"),
        ("¿Se reciben cheques? No", "no se reciben cheques"),
        ("se reciben cheques", "no se reciben cheques; sí, se reciben cheques"),
        ("Nunca se reciben cheques", "no se reciben cheques"), ("sin cita previa", "no hay cita previa"),
    ],
)  # fmt: skip
def test_what_does_not_gainsay_the_facts_is_left_alone(answer: str, fact: str) -> None:
    assert unsupported(answer, fact) == []


def test_a_line_that_goes_on_in_the_next_is_one() -> None:
    assert unsupported("Son 20 metros\ncúbicos, de\ninmediato", "20 metros cúbicos, de\ninmediato") == []
    assert unsupported("Se reciben cheques", "No se\nreciben cheques") == ["Se reciben cheques"]
    assert unsupported("- dos\n- recibos", "tres recibos") == []


def test_a_question_claims_its_numbers_alone() -> None:
    asked = "El recibo es mensual, se entrega el mismo día de lunes a sábado o se reciben cheques en dos módulos"
    assert unsupported(asked, "Bimestral. 3 módulos. No se reciben cheques", asks=True) == ["dos módulos"]


PIECES = st.sampled_from(
    ["dos", "tres", "2", "recibos", "una sola", "10 días", "hábiles", "m³", "litros", "cada", "mes", "mensual",
     "veces al", "cero", "el mismo día", "de inmediato", "un par de", "lunes a", "viernes", ",", "y", "no",
     "se reciben cheques", ".", "\n", "¿", "ñ", "İ", "½"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=4), max_size=14).map(" ".join))
def test_any_text_supports_what_it_claims(text: str) -> None:
    assert unsupported(text, text) == []


@given(st.lists(PIECES, max_size=14).map(" ".join))
def test_a_claim_stands_where_it_says(text: str) -> None:
    assert all(text[claim.start : claim.end].replace("\n", " ") == claim.text.replace("\n", " ") for claim in claims(text))
