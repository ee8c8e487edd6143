"""Turns that lean on the one before."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.followup import Topic, Turn, is_elliptic, leans, topic_of, with_topic

CREDENTIAL = Turn("perdí mi credencial", "credencial")


def topic(*history: Turn) -> Topic | None:
    return topic_of(history, lambda rule_id: rule_id == "gracias", lambda message, rule: "papeles" in message)


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


def test_the_topic_is_the_last_rule_that_answered_and_what_was_said_since() -> None:
    assert topic(Turn("hola"), CREDENTIAL) == Topic("credencial", ("perdí mi credencial",))
    assert topic(CREDENTIAL, Turn("¿y cuánto cuesta?", "costo"), Turn("¿y dónde?", "donde")) == Topic(
        "donde", ("perdí mi credencial", "¿y cuánto cuesta?", "¿y dónde?")
    )


def test_small_talk_is_passed_over_and_what_nobody_answered_is_counted() -> None:
    history = [CREDENTIAL, Turn("gracias", "gracias"), Turn("¿y cuánto cuesta?")]
    assert topic(*history) == Topic("credencial", ("perdí mi credencial", "¿y cuánto cuesta?"), 1)
    assert topic(*history).context == "perdí mi credencial ¿y cuánto cuesta?"


@pytest.mark.parametrize("message", ["¿y el estacionamiento?", "¿y para la maestría?", "¿quién ganó el mundial?"])
def test_what_nobody_answered_and_has_a_subject_of_its_own_ends_the_topic_before_it(message: str) -> None:
    assert topic(CREDENTIAL, Turn(message)) == Topic(None, (message,), 1)
    assert topic(CREDENTIAL, Turn(message), Turn("¿y cuánto cuesta?")) == Topic(None, (message, "¿y cuánto cuesta?"), 2)
    assert topic(CREDENTIAL, Turn(message, "otra")).rule_id == "otra"


def test_an_unanswered_question_about_the_topic_does_not_end_it() -> None:
    history = [CREDENTIAL, Turn("¿qué papeles piden?")]
    assert topic(*history) == Topic("credencial", ("perdí mi credencial", "¿qué papeles piden?"), 1)
    assert topic(*history, Turn("¿y el estacionamiento?")) == Topic(None, ("¿y el estacionamiento?",), 1)


def test_what_nobody_answered_is_a_topic_without_a_rule() -> None:
    assert topic(Turn("¿qué papeles piden?")) == Topic(None, ("¿qué papeles piden?",), 1)


def test_a_long_conversation_is_not_said_whole() -> None:
    messages = [f"¿y para el {number}?" for number in range(9)]
    found = topic(CREDENTIAL, *map(Turn, messages))
    assert found is not None and found.rule_id is None and list(found.said) == messages[-len(found.said):]


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
    assert topic(Turn(message)) == Topic(None, (message,), 1)


@pytest.mark.parametrize(("message", "elliptic"), [
    ("hasta cuando", True), ("¿y hasta cuándo?", True), ("desde cuándo", True), ("eso sería todo, hasta luego", False),
    ("hasta mañana", False), ("hasta", False),
])  # fmt: skip
def test_until_when_leans_and_so_long_does_not(message: str, elliptic: bool) -> None:
    assert is_elliptic(message) is elliptic
