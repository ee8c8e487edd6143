"""What a message says of the office itself changes nothing of what it asks."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.own_names import OwnNames
from nlu.questions import read_questions
from nlu.text import WORD
from rules.locations import Locations
from tests.llm_parts import quoting_assistant
from tests.nlu_books import own_decider

PLACES = Locations.from_environment({})
NAMES = OwnNames(["Coordinación de Sistemas Escolares", "CSE", "UAM Iztapalapa", "UAM", "UAM-I", "la uni", "escolares"])
PIECES = ("soy", "alumna", "de la", "UAM", "UAM-I", ",", "(", ")", "¿", "?", "en", "CSE", "como", "no", "y", "perdí", "ß", "ﬁ")


@pytest.fixture(scope="module")
def decider():
    return own_decider()


@pytest.mark.parametrize(("message", "left"), [
    ("Hola, soy alumna de la UAM Iztapalapa. ¿Qué es una materia seriada?", "Hola, ¿Qué es una materia seriada?"),
    ("kiero botar una uea, como le hago en la CSE?", "kiero botar una uea, como le hago?"),
    ("¿cuánto cuesta la credencial en la UAM-I?", "¿cuánto cuesta la credencial?"),
    ("soy estudiante de uam iztapalapa y ya salieron los horarios?", "ya salieron los horarios?"),
    ("perdí mi credencial (en la uni)?", "perdí mi credencial?"),
    ("como alumno de la uam que derechos tengo", "que derechos tengo"),
])  # fmt: skip
def test_it_is_left_out_wherever_it_stands(message, left):
    assert NAMES.readings(message)[-1] == left


def test_who_asks_is_left_out_first():
    readings = NAMES.readings("Soy alumna de la UAM, ¿qué días abre la ventanilla de escolares?")
    assert readings == ("¿qué días abre la ventanilla de escolares?", "¿qué días abre la ventanilla?")


def test_who_else_one_is_stays():
    assert NAMES.readings("soy alumno irregular de la UAM, ¿cómo me reinscribo?")[-1] == "irregular, ¿cómo me reinscribo?"
    assert NAMES.readings("no soy alumno de la uam, ¿puedo entrar?") == ("no soy alumno, ¿puedo entrar?",)
    assert NAMES.readings("¿me cobran el certificado si soy alumno?") == ()


def test_a_message_that_asks_about_the_office_keeps_its_name():
    for message in ("teléfono de la CSE", "¿en la UAM hay becas?", "en la uam", "soy alumno",
                    "horario de la Coordinación de Sistemas Escolares de la UAM Iztapalapa"):  # fmt: skip
        assert NAMES.readings(message) == ()


def test_an_office_without_names_reads_messages_as_they_are():
    assert OwnNames(()).readings("¿cuánto cuesta la credencial en la UAM?") == ()


def test_who_asks_is_no_question():
    assert NAMES.are_all("hola soy alumna de la UAM y quiero saber") and NAMES.are_all("alumna de la UAM")
    assert not NAMES.are_all("hola soy alumna de la UAM y perdí mi credencial") and not NAMES.are_all("hola")


@given(st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join))
def test_what_is_left_are_words_of_the_message_in_their_order(message):
    for reading in NAMES.readings(message):
        left = iter(WORD.findall(message))
        assert all(word in left for word in WORD.findall(reading))


@pytest.mark.parametrize("said", [
    "Hola, soy alumna de la UAM Iztapalapa. {}", "{} en la UAM Iztapalapa", "{} en sistemas escolares", "{} en la uni",
])  # fmt: skip
def test_an_answer_is_the_same_whether_the_office_is_named(decider, said):
    asked = [q for q in read_questions(PLACES.judged_turns) if q.rule][::9]
    alone = [q for q in asked if decider.decide(q.text).rule_id == q.rule]
    found = [decider.decide(said.format(q.text.rstrip("?."))).rule_id for q in alone]
    assert sum(rule == q.rule for rule, q in zip(found, alone, strict=True)) >= 0.93 * len(alone)
    assert all(rule in (None, q.rule) for rule, q in zip(found, alone, strict=True))


def test_what_is_told_around_it_is_no_hindrance(decider):
    message = "Buenas tardes, soy alumna de uami, no alcance lugar en la uea q queria, q hago"
    assert decider.decide(message).rule_id == "cupo_lleno"


def test_another_place_beside_it_still_counts(decider):
    question = "¿Qué significa que una materia esté seriada"
    assert decider.decide(f"{question} en la UAM?").sure
    assert not decider.decide(f"{question} en la UAM, no en la UNAM?").sure


def test_passages_are_found_whether_the_office_is_named():
    assistant = quoting_assistant()
    asked = [q for q in read_questions(PLACES.judged_turns) if q.rule][4::20]
    alone = [q for q in asked if _answers(assistant, q.text)]
    named = [q for q in alone if _answers(assistant, f"Hola, soy alumna de la UAM Iztapalapa. {q.text}")]
    assert len(named) >= 0.93 * len(alone)


def test_who_asks_is_no_subject_of_what_is_foreign():
    assistant = quoting_assistant()
    assert not _answers(assistant, "Hola, soy alumna de la UAM Iztapalapa. q celular me compro con 5 mil pesos")
    assert not assistant.task([("user", "q celular me compro con 5 mil pesos, soy alumno de la uam")]).about


def _answers(assistant, message):
    relevant = assistant.task([("user", message)]).relevant
    return relevant is not None and relevant.enough
