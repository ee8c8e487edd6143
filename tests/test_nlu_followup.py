"""Turns that lean on the one before."""
from __future__ import annotations

import pytest

from nlu.followup import Turn, is_elliptic, with_topic


@pytest.mark.parametrize(
    "message",
    ["¿y cuánto tarda?", "¿dónde?", "¿Cuándo?", "¿y si no?", "y cuanto cuesta", "pero por qué", "¿y?", "y dnd es",
     "entonces qué hago", "¿Y ESO CUÁNTO TIEMPO TARDA?"],
)  # fmt: skip
def test_no_subject_of_its_own(message: str) -> None:
    assert is_elliptic(message)


@pytest.mark.parametrize(
    "message",
    ["¿cuánto tarda la equivalencia?", "¿y la credencial?", "pago", "hola", "gracias", "no", "sí", "nada", "ok", "",
     "🤖", "y si ya no me da tiempo de hacer eso"],
)  # fmt: skip
def test_a_subject_or_nothing_to_complete(message: str) -> None:
    assert not is_elliptic(message)


def test_the_last_subject_is_set_before_the_question() -> None:
    history = [Turn("¿Qué es la equivalencia?", "equivalencia"), Turn("quiero una constancia"), Turn("¿y cuándo?")]
    assert with_topic("¿y cuánto tarda?", history) == "quiero una constancia ¿y cuánto tarda?"


@pytest.mark.parametrize("idle", ["gracias", "Hola, buenas tardes", "ok", "no", "¿y dónde?", "", "🙏"])
def test_a_turn_without_a_subject_is_no_topic(idle: str) -> None:
    assert with_topic("¿y cuánto tarda?", [Turn(idle)]) == "¿y cuánto tarda?"
    assert with_topic("¿y cuánto tarda?", [Turn("perdí mi credencial"), Turn(idle)]).startswith("perdí mi credencial")


def test_without_history_the_question_stays_as_it_is() -> None:
    assert with_topic("¿y cuánto tarda?", []) == "¿y cuánto tarda?"
