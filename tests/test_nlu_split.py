"""A message with several questions, taken apart."""
from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.split import split_questions, split_shared_verb
from nlu.text import words
from rules.locations import ROOT

MESSAGES = [
    json.loads(line)
    for line in (ROOT / "data/calibration/varias_preguntas.jsonl").read_text("utf-8").splitlines()
]
# From this number on the messages were written before the rules of the cut, which were not fitted to them.
WRITTEN_BLIND = 116


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("¿Cuándo son las becas? ¿Y dónde se piden?", ["¿Cuándo son las becas?", "¿Y dónde se piden?"]),
        ("¿Cuándo son las becas y cuánto dan?", ["¿Cuándo son las becas", "y cuánto dan?"]),
        ("cuanto tarda la constancia y a que hora abren", ["cuanto tarda la constancia", "y a que hora abren"]),
        ("Soy de posgrado. ¿Qué pago? ¿Dónde lo pago?", ["Soy de posgrado. ¿Qué pago?", "¿Dónde lo pago?"]),
        ("¿Qué es la UEA? gracias. ¿Y el MIE?", ["¿Qué es la UEA? gracias.", "¿Y el MIE?"]),
        ("¿Cuánto cuesta la credencial y hay becas?", ["¿Cuánto cuesta la credencial", "y hay becas?"]),
        ("¿hay becas y cuánto cuesta la credencial?", ["¿hay becas", "y cuánto cuesta la credencial?"]),
        ("quiero saber cuánto cuesta el título y si hay beca", ["quiero saber cuánto cuesta el título", "y si hay beca"]),
        ("cuando son los pagos, donde pago y cuanto cuesta", ["cuando son los pagos", "donde pago", "y cuanto cuesta"]),
        ("¿Qué es la beca, cuánto tarda, dónde se pide?", ["¿Qué es la beca", "cuánto tarda", "dónde se pide?"]),
        ("¿Cuánto cuesta, cuándo la dan?", ["¿Cuánto cuesta, cuándo la dan?"]),
        ("¿Cuánto cuesta la beca, ¿dónde la pido?", ["¿Cuánto cuesta la beca", "¿dónde la pido?"]),
        ("dnd veo mi horario y tmb puedo meter dos", ["dnd veo mi horario", "y tmb puedo meter dos"]),
        ("¿Y el Dr. Ruiz? ¿Dónde está el edificio A. y el B?", ["¿Y el Dr. Ruiz?", "¿Dónde está el edificio A. y el B?"]),
        ("la constancia cuanto tarda y donde la pido", ["la constancia cuanto tarda", "y donde la pido"]),
        ("quiero mi título, cuánto tarda y cuánto cuesta", ["quiero mi título, cuánto tarda", "y cuánto cuesta"]),
        ("Debo dos UEA. ¿Qué hago? ¿Dónde pago?", ["Debo dos UEA. ¿Qué hago?", "¿Dónde pago?"]),
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
        "si debo una materia y repruebo otra, ¿puedo reinscribirme?", "¿qué pasa si no pago y me dan de baja?",
        "¿hay que ir y hacer fila?", "¿dónde y cuándo es el examen?", "a qué hora y en qué salón es el examen",
        "¿hay fecha límite y cuál es?", "ya terminé mis créditos qué hago y a dónde voy", "mi título cuándo y dónde lo recojo",
        "¿puedo cambiarme ya o tengo que esperar y hay que avisar?",
        "¿Puedes decirme, por favor, dónde pago?", "cuando entro al sistema, se cae, qué hago",
        "dónde pido el papel que dice cuántas llevo y qué promedio tengo", "¿En abril, cuándo es el examen?",
        "quiero saber qué pasa si no pago y si me dan de baja", "dónde firmo, como alumno nuevo, la carta",
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
    seen = [entry for entry in several if int(entry["id"][1:]) < WRITTEN_BLIND]
    unseen = [entry for entry in several if entry not in seen]
    assert len(seen) >= 50 and len(unseen) >= 20
    assert all(len(split_questions(entry["message"])) == len(entry["rules"]) for entry in seen)
    assert sum(len(split_questions(entry["message"])) == len(entry["rules"]) for entry in unseen) >= 0.75 * len(unseen)
    assert all(len(split_questions(entry["message"])) <= len(entry["rules"]) for entry in unseen)


@given(st.text(max_size=200))
def test_nothing_said_is_lost(message: str) -> None:
    assert words(" ".join(split_questions(message))) == words(message)


@given(st.lists(st.sampled_from(["¿cuánto cuesta la beca?", "y cuándo es el pago", "soy de aquí.", "hola,", "🤖"]), max_size=6))
def test_parts_come_in_order_and_none_is_blank(pieces: list[str]) -> None:
    parts = split_questions(" ".join(pieces))
    assert words(" ".join(parts)) == words(" ".join(pieces))
    assert len(parts) == 1 or all(words(part) for part in parts)


@pytest.mark.parametrize("piece", ["y ", "y si ", "¿cuánto cuesta la beca y ", "hay becas, ", "cual, ", "dr. "])
def test_the_longest_message_is_taken_apart_at_once(piece: str) -> None:
    start = time.perf_counter()
    split_questions(piece * (1000 // len(piece)))
    assert time.perf_counter() - start < 0.5


def test_a_double_joint_begins_one_question() -> None:
    assert split_questions("qué promedio piden para movilidad y también cómo pido una beca") == [
        "qué promedio piden para movilidad", "y también cómo pido una beca",
    ]  # fmt: skip
    assert len(split_questions("Entré en 2012, ¿se puede pedir prórroga? y luego cómo me titulo")) == 2


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("cuando y como me reinscribo", ["cuando me reinscribo", "como me reinscribo"]),
        ("Hola, ¿dónde y cuándo pago la cuota?", ["Hola, ¿dónde pago la cuota?", "cuándo pago la cuota?"]),
        ("como y que necesito para la beca", []),
        ("cuando y donde", []),
        ("¿cuándo me inscribo y cómo pago?", []),
    ],
)
def test_two_interrogatives_may_share_a_verb(message: str, questions: list[str]) -> None:
    assert split_shared_verb(message) == questions
