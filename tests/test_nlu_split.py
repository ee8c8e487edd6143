"""A message with several questions, taken apart."""
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.split import split_questions
from nlu.text import words
from rules.locations import ROOT

MESSAGES = [
    json.loads(line)
    for line in (ROOT / "data/calibration/varias_preguntas.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("¿Cuándo son las becas? ¿Y dónde se piden?", ["¿Cuándo son las becas?", "¿Y dónde se piden?"]),
        ("¿Cuándo son las becas y cuánto dan?", ["¿Cuándo son las becas", "y cuánto dan?"]),
        ("cuanto tarda la constancia y a que hora abren", ["cuanto tarda la constancia", "y a que hora abren"]),
        ("Soy de posgrado. ¿Qué pago? ¿Dónde lo pago?", ["Soy de posgrado. ¿Qué pago?", "¿Dónde lo pago?"]),
        ("¿Qué es la UEA? gracias. ¿Y el MIE?", ["¿Qué es la UEA? gracias.", "¿Y el MIE?"]),
    ],
)
def test_each_question_keeps_its_words(message: str, parts: list[str]) -> None:
    assert split_questions(message) == parts


@pytest.mark.parametrize(
    "message",
    [
        "soy de posgrado y quiero saber cuándo me inscribo", "¿cómo y dónde pido mi constancia?",
        "cuanto cuesta y cuanto tarda el kardex", "no alcancé cupo, ¿qué hago?", "cuántas puedo meter y que no se me junten",
        "mi página es cse.izt.uam.mx y no abre, ¿qué hago?", "hola", "", "¿?", "...", "Necesito 8.5 de promedio, ¿por qué?",
    ],
)  # fmt: skip
def test_one_question_stays_whole(message: str) -> None:
    assert split_questions(message) == [message]


def test_single_questions_of_the_development_set_stay_whole() -> None:
    single = [entry["message"] for entry in MESSAGES if len(entry["rules"]) == 1]
    assert len(single) >= 30
    assert sum(len(split_questions(message)) > 1 for message in single) <= 1


def test_several_questions_of_the_development_set_are_found() -> None:
    several = [entry for entry in MESSAGES if len(entry["rules"]) > 1]
    assert len(several) >= 30
    assert all(len(split_questions(entry["message"])) == len(entry["rules"]) for entry in several)


@given(st.text(max_size=200))
def test_nothing_said_is_lost(message: str) -> None:
    assert words(" ".join(split_questions(message))) == words(message)


@given(st.lists(st.sampled_from(["¿cuánto cuesta la beca?", "y cuándo es el pago", "soy de aquí.", "hola,", "🤖"]), max_size=6))
def test_parts_come_in_order_and_none_is_blank(pieces: list[str]) -> None:
    parts = split_questions(" ".join(pieces))
    assert words(" ".join(parts)) == words(" ".join(pieces))
    assert len(parts) == 1 or all(words(part) for part in parts)
