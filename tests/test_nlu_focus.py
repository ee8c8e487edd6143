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
SMALL = Focus([tokens(question) for question in QUESTIONS])
FOCUS = Focus([tokens(question) for question in QUESTIONS] * 150)
PADDING = "hola buenas noches disculpe la hora lo que pasa es que trabajo en las tardes y no habia tenido tiempo de escribirles"


@pytest.fixture(scope="module")
def decider():
    return own_decider()


def test_what_is_told_around_a_question_is_left_out():
    core = FOCUS.core(f"{PADDING} que necesito para reponer mi credencial")
    assert core.endswith("necesito para reponer mi credencial") and "trabajo" not in core


def test_two_words_and_what_only_tells_stand_as_they_are():
    assert FOCUS.core("hola, constancia") == "hola, constancia"
    assert FOCUS.core(PADDING) == PADDING


def test_a_mark_parts_what_is_told_from_what_is_asked():
    assert FOCUS.core("hola bot, ¿cómo saco una constancia?") == "cómo saco una constancia?"
    assert FOCUS.core("cuanto dura el servicio social, quedo al pendiente") == "cuanto dura el servicio social, "


def test_a_book_of_few_words_reads_short_messages_whole():
    assert SMALL.core("hola bot, ¿cómo saco una constancia?") == "hola bot, ¿cómo saco una constancia?"
    assert "trabajo" not in SMALL.core(f"{PADDING} que necesito para reponer mi credencial")


def test_an_emoji_parts_nothing():
    asked = "ando buscando 🙏 una constancia"
    assert FOCUS.core(asked) == asked


@pytest.mark.parametrize("before", ["duda: ", "me llamo Iztaccíhuatl Nahuelpan y ", "mi matrícula es 2213067742, "])
def test_a_mark_a_name_and_a_number_beside_the_office_s_own_question(decider, before):
    assert decider.core(f"{before}q necesito para reponer mi credencial") == "q necesito para reponer mi credencial"


def test_what_asks_is_not_left_out_for_what_only_names():
    focus = Focus([["constancia", "de", "estudios"]] * 700, [["como", "se", "dice", "feliz"]] * 50)
    assert focus.core("feliz feliz, constancia de estudios") == "constancia de estudios"
    assert focus.core("como se dice, constancia de estudios") == "como se dice, constancia de estudios"


def test_no_question_is_left_out():
    told = f"{PADDING}, ¿me la guardan?"
    assert FOCUS.core(f"como saco una constancia {told}") == f"como saco una constancia {told}"
    assert "donde" in FOCUS.core(f"como saco una constancia {PADDING} y donde me la dan")


def test_a_name_beside_the_question_stays_with_it():
    assert "UNAM" in SMALL.core(f"{PADDING} como saco una constancia de la UNAM")


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


@pytest.mark.parametrize("aside", [
    "quería saber {}", "hola bot, {}", "Mi nombre es Laura Pérez. {}", "trabajo y estudio, {}", "ya busqué y no encuentro, {}",
    "{} quedo atento", "{}. Atte. Luis", "{} es que no encuentro nada", "{} nadie me contesta en el teléfono",
])  # fmt: skip
def test_what_is_told_beside_a_short_question_changes_no_answer(decider, aside):
    asked = [q for q in read_questions(PLACES.judged_turns) if q.rule][::13]
    alone = [q for q in asked if decider.decide(q.text).rule_id == q.rule]
    found = [decider.decide(aside.format(q.text)).rule_id for q in alone]
    assert sum(rule == q.rule for rule, q in zip(found, alone, strict=True)) >= 0.9 * len(alone)
    assert all(rule in (None, q.rule) for rule, q in zip(found, alone, strict=True))


def test_what_the_office_tells_apart_is_never_left_out(decider):
    asked = "cuanto cobran d colegiatura en el tec d monterrey campus santa fe"
    assert decider.core(asked) == asked
    for place in ("vengo de la UNAM", "soy de posgrado", "mi hermano del Tec me pasó este chat"):
        message = f"{place}, ¿cuánto cuesta reponer la credencial?"
        assert decider.core(message) == message and not decider.decide(message).sure


def test_what_is_nothing_to_the_office_stays_so_at_any_length(decider):
    foreign = read_messages(PLACES.judged_turns.with_name("ajenos_largos.txt"))
    assert sum(decider.decide(message).sure for message in foreign) <= 1


def test_a_call_for_help_is_heard_whatever_else_is_asked(decider):
    cry = "ya no quiero vivir y mi mamá no me apoya, ando muy triste"
    message = f"hola disculpe la hora, {cry}, cuando son las recuperaciones"
    assert "vivir" not in decider.core(message)
    assert decider.decide(message).reason == "urgent"
