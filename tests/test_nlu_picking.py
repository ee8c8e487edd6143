"""A student who types the number of a button gets what the button asks."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.followup import Turn
from nlu.picking import picked

BUTTONS = ("¿Dónde pago?", "¿Cuándo pago?", "¿Cuánto pago?")
SHOWN = Turn("¿cómo me inscribo?", "inscripcion", "Entra al portal.", BUTTONS)


@pytest.mark.parametrize(
    "message", ["2", "2.", "La segunda", "la 2 porfa", "opción dos", "quiero la segunda opcion", "2da", "el numero 2"]
)
def test_the_place_of_a_button_reads_as_its_message(message: str) -> None:
    assert picked(message, [SHOWN]) == "¿Cuándo pago?"


def test_the_last_one_is_the_last_that_was_shown() -> None:
    assert picked("la última", [SHOWN]) == "¿Cuánto pago?"
    assert picked("la ultima", [Turn("hola", "saludo", "Hola.", BUTTONS[:1])]) == "¿Dónde pago?"


@pytest.mark.parametrize(
    "message", ["4", "22", "2 materias", "2 de mayo", "¿la segunda?", "y la segunda", "la segunda vuelta", "no", ""]
)
def test_what_says_more_or_names_no_button_picks_none(message: str) -> None:
    assert picked(message, [SHOWN]) is None


def test_an_ordinal_that_the_answer_used_may_mean_what_the_answer_said() -> None:
    told = Turn("¿cuándo es?", "fechas", "En la segunda semana.", BUTTONS)
    assert picked("la segunda", [told]) is None
    assert picked("la 2", [told]) == "¿Cuándo pago?"
    listed = Turn("¿qué llevo?", "papeles", "Lleva:\n\n- tu acta,\n- tu foto.", BUTTONS)
    assert picked("la segunda", [listed]) is None and picked("opción 2", [listed]) == "¿Cuándo pago?"


def test_only_the_last_answer_s_buttons_count() -> None:
    assert picked("2", [SHOWN, Turn("gracias", "gracias", "De nada.")]) is None
    assert picked("2", []) is None


@given(st.text(max_size=40), st.lists(st.sampled_from(BUTTONS), max_size=3, unique=True))
def test_what_is_picked_was_offered(message: str, buttons: list[str]) -> None:
    found = picked(message, [Turn("x", "r", "Respuesta.", tuple(buttons))])
    assert found is None or found in buttons
