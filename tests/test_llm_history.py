"""Which texts are searched for a turn, given the ones before."""
import pytest

from llm.history import readings

BEFORE = ["¿Cómo pido una constancia?"]


def test_a_first_question_is_read_alone():
    assert readings("¿y cuánto tarda?", []) == ["¿y cuánto tarda?"]


def test_a_turn_without_a_subject_takes_that_of_the_one_before():
    assert readings("¿y cuánto tarda?", BEFORE) == ["¿Cómo pido una constancia? ¿y cuánto tarda?"]


def test_the_subject_may_lie_further_back():
    assert readings("¿y dónde?", [*BEFORE, "¿y cuánto tarda?"]) == ["¿Cómo pido una constancia? ¿y dónde?"]


@pytest.mark.parametrize("question", ["¿y los requisitos?", "pero la de posgrado"])
def test_a_turn_that_opens_as_a_follow_up_is_read_both_ways(question):
    assert readings(question, BEFORE) == [f"{BEFORE[0]} {question}", question]


@pytest.mark.parametrize("question", ["¿y en qué semanas?", "y hasta que fecha", "¿y qué días?"])
def test_a_turn_that_names_only_its_datum_is_never_read_alone(question):
    assert readings(question, BEFORE) == [f"{BEFORE[0]} {question}"]


def test_a_short_turn_is_read_alone_first():
    assert readings("requisitos de la beca", BEFORE)[0] == "requisitos de la beca"


def test_a_long_turn_is_read_alone():
    question = "Ahora quiero saber cómo me cambio de carrera dentro de mi misma división"
    assert readings(question, BEFORE) == [question]
