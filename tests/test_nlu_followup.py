"""Turns that lean on the one before."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.followup import Turn, is_elliptic, leans, topic_of, with_topic

CREDENTIAL = Turn("perdí mi credencial", "credencial")


def topic(*history: Turn) -> tuple[str, str] | None:
    found = topic_of(history, lambda rule_id: rule_id == "gracias", lambda message, rule: "papeles" in message)
    return (found.rule_id, found.context) if found else None


@pytest.mark.parametrize(
    "message",
    ["¿y cuánto tarda?", "¿dónde?", "¿Cuándo?", "¿y si no?", "y cuanto cuesta", "pero por qué", "¿y?", "y dnd es",
     "entonces qué hago", "¿Y ESO CUÁNTO TIEMPO TARDA?", "y cuántas veces lo puedo hacer"],
)  # fmt: skip
def test_no_subject_of_its_own(message: str) -> None:
    assert is_elliptic(message) and leans(message)


@pytest.mark.parametrize(
    "message",
    ["¿cuánto tarda la equivalencia?", "¿y la credencial?", "pago", "hola", "gracias", "no", "sí", "nada", "",
     "🤖", "y si ya no me da tiempo de hacer eso"],
)  # fmt: skip
def test_a_subject_or_nothing_to_complete(message: str) -> None:
    assert not is_elliptic(message)


@pytest.mark.parametrize(
    "message", ["¿y la credencial?", "¿y si no hay cupo?", "ok, ¿y los requisitos?", "pero soy de posgrado"]
)
def test_an_opening_leans_even_with_a_subject(message: str) -> None:
    assert leans(message)


@pytest.mark.parametrize(
    "message",
    ["¿Cuánto tarda la equivalencia?", "gracias", "", "y quisiera explicar todo mi caso porque es largo y además complicado"],
)
def test_a_whole_question_does_not_lean(message: str) -> None:
    assert not leans(message)


def test_the_topic_is_the_last_rule_that_answered() -> None:
    assert topic(Turn("hola"), CREDENTIAL) == ("credencial", "perdí mi credencial")


def test_small_talk_and_unanswered_sequels_are_passed_over() -> None:
    history = [CREDENTIAL, Turn("gracias", "gracias"), Turn("¿y cuánto cuesta?")]
    assert topic(*history) == ("credencial", "perdí mi credencial ¿y cuánto cuesta?")


def test_an_unanswered_question_of_its_own_ends_the_topic() -> None:
    assert topic(CREDENTIAL, Turn("¿quién ganó el mundial?")) is None


@pytest.mark.parametrize("message", ["¿y el estacionamiento?", "¿y para la maestría?"])
def test_an_unanswered_sequel_with_a_subject_of_its_own_ends_the_topic(message: str) -> None:
    assert topic(CREDENTIAL, Turn(message)) is None
    assert topic(CREDENTIAL, Turn(message, "otra")) is not None


def test_an_unanswered_question_about_the_topic_does_not_end_it() -> None:
    history = [CREDENTIAL, Turn("¿qué papeles piden?")]
    assert topic(*history) == ("credencial", "perdí mi credencial ¿qué papeles piden?")
    assert topic(*history, Turn("¿y el estacionamiento?")) is None
    assert topic(Turn("¿qué papeles piden?")) is None


def test_no_history_no_topic() -> None:
    assert topic() is None


def test_the_last_subject_is_set_before_the_question() -> None:
    history = [Turn("¿Qué es la equivalencia?", "equivalencia"), Turn("quiero una constancia"), Turn("¿y cuándo?")]
    assert with_topic("¿y cuánto tarda?", history) == "quiero una constancia ¿y cuánto tarda?"


@pytest.mark.parametrize("idle", ["gracias", "Hola, buenas tardes", "ok", "no", "¿y dónde?", "", "🙏"])
def test_a_turn_without_a_subject_is_no_topic(idle: str) -> None:
    assert with_topic("¿y cuánto tarda?", [Turn(idle)]) == "¿y cuánto tarda?"
    assert with_topic("¿y cuánto tarda?", [Turn("perdí mi credencial"), Turn(idle)]).startswith("perdí mi credencial")


@given(st.text(max_size=80))
def test_any_text_can_be_asked(message: str) -> None:
    assert leans(message) in (True, False)
    assert topic(Turn(message)) is None


@pytest.mark.parametrize(("message", "elliptic"), [
    ("hasta cuando", True), ("¿y hasta cuándo?", True), ("desde cuándo", True), ("eso sería todo, hasta luego", False),
    ("hasta mañana", False), ("hasta", False),
])  # fmt: skip
def test_until_when_leans_and_so_long_does_not(message: str, elliptic: bool) -> None:
    assert is_elliptic(message) is elliptic
