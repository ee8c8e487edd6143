"""The data of a Spanish text, written one way or another."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.figures import figures, held_by


def unsupported(answer: str, *facts: str) -> list[str]:
    held = held_by(facts)
    return [figure.label for figure in figures(answer) if not figure.supported_by(held)]


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ("75 %", "75%"), ("75%", "75 por ciento"), ("setenta y cinco por ciento", "75 %"), ("**75** %", "75 %"),
        ("entre 10 y 40 %", "mínimo 10 % y máximo 40 %"),
        ("diez años", "10 años"), ("10 años", "diez años"), ("cinco oportunidades", "las cinco que hay"),
        ("la quinta oportunidad", "cinco oportunidades"), ("la semana cinco", "semana 5"), ("7", "7.0"),
        ("dos o tres semanas", "2 o 3 semanas"), ("treinta y un días", "31 días"), ("1250", "1,250"),
        ("6 mayo", "6 de mayo de 2026"), ("6 de mayo de 2026", "el 6 de mayo de 2026"),
        ("6/05/2026", "6 de mayo de 2026"),
        ("2026-05-06", "6 de mayo de 2026"), ("5 de febrero", "del 5 al 17 de febrero"),
        ("del 5 al 17 de febrero", "entre el 5 de febrero y el 17 de febrero"),
        ("en mayo de 2026", "6 de mayo de 2026"), ("10:30", "a las 10 h 30"), ("a las 10 y media", "10h30"),
        ("a las diez y media", "10:30"), ("a las 10:30 p. m.", "a las diez y media"), ("10 hrs y cuarto", "10:15"),
        ("1 de octubre de 2025", "del 1 de octubre al 19 de diciembre de 2025"), ("primero de mayo", "1 de mayo"),
        ("5 pm", "17:00"), ("12 p.m.", "12:00"), ("9 a.m.", "9:00"), ("de 9 a 17 horas", "de 9:00 a 17:00"),
        ("a las nueve", "9:00"),
        ("5 de la tarde", "17:00 h"), ("$1,250", "1250 pesos"), ("2 mil pesos", "$2,000.00"),
        ("trescientos cincuenta pesos", "$350"), ("55 5804 6444", "(55) 5804-6444"), ("5804 6444", "55 5804 6444"),
        ("+52 55 5804 6444", "55 5804 6444"), ("ext. 1646", "ext. 1646 y 1643"), ("25-O", "25-o"), ("3MB", "3 MB"),
        ("5ª", "5ta"), ("CSE@Uam.MX", "cse@uam.mx"), ("@xanum.uam.mx", "ana@xanum.uam.mx"),
        ("https://www.uam.mx/", "uam.mx"), ("cse.izt.uam.mx.", "https://cse.izt.uam.mx/index.php/x"),
        ("[aquí](https://a.mx/b)", "a.mx/b"), ("el viernes", "los viernes"), ("al mediodía", "12:00"),
        ("12 p. m.", "hasta el mediodía"), ("15:30", "3:30 pm"), ("9:00", "a las nueve"), ("CSÉ@a.mx", "csé@a.mx"),
        ("a\u00f1o 2010", "En 2010"),
    ],
)  # fmt: skip
def test_the_same_datum_written_otherwise_is_supported(answer: str, fact: str) -> None:
    assert figures(answer), "nothing was read"
    assert unsupported(answer, fact) == []


@pytest.mark.parametrize(
    ("answer", "fact", "label"),
    [
        ("80 %", "75 %", "80 %"), ("75 créditos", "75 % de los créditos", "75"), ("nueve años", "diez años", "nueve"),
        ("dos semanas", "una semana", "dos"), ("48 horas", "480 horas", "48"), ("0.5 puntos", "5 puntos", "0.5"),
        ("7 de mayo", "6 de mayo", "7 de mayo"), ("6 de mayo de 2027", "6 de mayo de 2026", "6 de mayo de 2027"),
        ("del 5 al 18 de febrero", "del 5 al 17 de febrero", "18 de febrero"), ("en abril", "6 de mayo", "abril"),
        ("a las 10", "a las 10 h 30", "10"), ("a las diez", "a las diez y media", "diez"),
        ("10 y media", "10 y cuarto", "10 y media"),
        ("18:00", "17:00", "18:00"), ("5 am", "17:00", "5 am"), ("$350", "350 horas", "$350"),
        ("350 USD", "350 pesos", "350 USD"),
        ("55 5804 6445", "55 5804 6444", "55 5804 6445"), ("a@b.mx", "c@b.mx", "a@b.mx"), ("25-P", "25-O", "25-P"),
        ("uam.mx", "dse.uam.mx", "uam.mx"), ("dse.uam.mx/pagos", "dse.uam.mx", "dse.uam.mx/pagos"),
        ("http://x.io/a", "x.io/b", "http://x.io/a"), ("@cse_uami", "CSE", "@cse_uami"),
        ("los sábados", "el viernes", "sábados"),
        ("la sexta oportunidad", "cinco oportunidades", "sexta"), ("2025-2026", "2025", "2026"),
        ("EXANI-2", "EXANI", "EXANI-2"), ("480,000 horas", "480 horas", "480,000"), ("$90,000", "$90", "$90,000"),
        ("1,5 pesos", "1,500 pesos", "1,5 pesos"), ("8,000", "8.0", "8,000"), ("12 a.m.", "12:00", "12 a.m."),
        ("12 de la noche", "12:00", "12 de la noche"), ("mediodía", "15:30", "mediodía"),
        ("atención@b.mx", "atencion@b.mx", "atención@b.mx"), ("pagós.b.mx/á", "pagos.b.mx/a", "pagós.b.mx/á"),
    ],
)  # fmt: skip
def test_a_datum_that_no_fact_states_is_found(answer: str, fact: str, label: str) -> None:
    assert unsupported(answer, fact) == [label]


@pytest.mark.parametrize(
    "text",
    [
        "1. Genera tu línea\n2. Paga\n\n3) Inscribe", "- Uno\n- Otro", "1️⃣ Paga\n2️⃣ Espera",
        "Paso 1: paga\nPaso 2: espera",
        "una UEA y un trimestre", "las dos cosas", "la primera vez", "mil gracias", "por otro lado",
        "EE. UU., a.m./p.m.",
        "Llega temprano.El grupo", "y/o", "medio tiempo",
    ],
)  # fmt: skip
def test_what_is_no_datum_is_left_alone(text: str) -> None:
    assert figures(text) == []


def test_a_number_at_the_start_of_a_line_is_a_marker_only_in_sequence() -> None:
    assert [figure.label for figure in figures("1. Paga\n2. Espera\n48. No\n1. Otra")] == ["48"]


def test_figures_come_in_order_with_their_offset() -> None:
    text = "El 6 de mayo, 75 % o cinco años; ve a a.mx."
    assert [(text[f.start :].startswith(f.text), f.label) for f in figures(text)] == [
        (True, "6 de mayo"), (True, "75 %"), (True, "cinco"), (True, "a.mx"),
    ]  # fmt: skip


PIECES = st.sampled_from(
    ["75 %", "6 de mayo", "mil", "treinta y", "años", "$", "1,250.5", "17:00", "pm", "@", "uam.mx", "https://", "25-O",
     "5ª", "2️⃣", "\n1. ", "55 5804 6444", "ñ", "İ", "½", "²", "９", "e\u0301", "٣", "9" * 400]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map(" ".join))
def test_any_text_supports_what_it_states(text: str) -> None:
    assert unsupported(text, text) == []


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    assert unsupported(text, text) == []
