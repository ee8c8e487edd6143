"""Long messages: what is asked is found among what is told around it."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.focus import Focus
from nlu.questions import read_messages, read_questions
from nlu.text import WORD, tokens
from rules.locations import Locations
from tests.nlu_books import own_decider

PLACES = Locations.from_environment({})
QUESTIONS = ["cuanto dura el servicio social", "que necesito para reponer mi credencial", "como saco una constancia"]
FOCUS = Focus([tokens(question) for question in QUESTIONS])
PADDING = "hola buenas noches disculpe la hora lo que pasa es que trabajo en las tardes y no habia tenido tiempo de escribirles"


@pytest.fixture(scope="module")
def decider():
    return own_decider()


def test_what_is_told_around_a_question_is_left_out():
    core = FOCUS.core(f"{PADDING} que necesito para reponer mi credencial")
    assert core.endswith("necesito para reponer mi credencial") and "trabajo" not in core


def test_short_messages_and_those_that_only_tell_stand_as_they_are():
    assert FOCUS.core("hola, ¿cómo saco una constancia?") == "hola, ¿cómo saco una constancia?"
    assert FOCUS.core(PADDING) == PADDING


def test_no_question_is_left_out():
    told = f"{PADDING}, ¿me la guardan?"
    assert FOCUS.core(f"como saco una constancia {told}") == f"como saco una constancia {told}"
    assert "donde" in FOCUS.core(f"como saco una constancia {PADDING} y donde me la dan")


def test_a_name_beside_the_question_stays_with_it():
    assert "UNAM" in FOCUS.core(f"{PADDING} como saco una constancia de la UNAM")


@given(st.text(alphabet="hola que tal cuanto constancia ¿?.,\n", max_size=200))
def test_the_core_is_words_of_the_message_in_their_order(message):
    left = iter(WORD.findall(message))
    assert all(word in left for word in WORD.findall(FOCUS.core(message)))


def test_padded_questions_are_answered_twice_as_often_and_no_other_way(decider):
    asked = [q for q in read_questions(PLACES.judged_turns) if q.rule][::6]
    alone = [q for q in asked if decider.decide(q.text).rule_id == q.rule]
    around = read_messages(PLACES.judged_turns.with_name("rodeos.txt"))
    found = [decider.decide(f"{around[i % len(around)]} {q.text}").rule_id for i, q in enumerate(alone)]
    right = sum(rule == q.rule for rule, q in zip(found, alone, strict=True))
    assert right >= 0.55 * len(alone)
    assert sum(rule not in (None, q.rule) for rule, q in zip(found, alone, strict=True)) <= 0.02 * len(alone)


def test_what_is_nothing_to_the_office_stays_so_at_any_length(decider):
    foreign = read_messages(PLACES.judged_turns.with_name("ajenos_largos.txt"))
    assert sum(decider.decide(message).sure for message in foreign) <= 1


def test_a_call_for_help_is_heard_whatever_else_is_asked(decider):
    cry = "la verdad ya no quiero vivir desde que reprobé cálculo y mi familia no me apoya"
    message = f"hola buenas noches disculpe la hora, {cry}, cuando son las recuperaciones"
    assert "vivir" not in decider.core(message)
    assert decider.decide(message).reason == "urgent"
