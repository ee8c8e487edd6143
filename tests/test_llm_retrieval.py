"""Retrieval finds the passage through typing errors, shorthand and other people's words."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm.measure import read_questions, recall
from llm.retrieval import Index
from tests.llm_parts import PLACES, TODAY, quoting_assistant


@pytest.fixture(scope="module")
def assistant():
    return quoting_assistant()


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("¿Qué es la seriación?", "seriacion_que_es"),
        ("QUE ES LA SERIACION", "seriacion_que_es"),
        ("q es la seriasion", "seriacion_que_es"),
        ("komo renunsio a una uea", "renuncia_uea"),
        ("cuantas recus puedo meter x trimestre", "recuperacion_cuantas"),
        ("perdi mi kredensial", "credencial_reposicion"),
    ],
)
def test_finds_the_passage_however_it_is_spelt(assistant, question, wanted):
    assert wanted in [hit.passage.id for hit in assistant.index.search(question, TODAY)[:2]]
    found = assistant.task([("user", question)], TODAY).relevant
    assert found and found.enough and found.passage.id == wanted


def test_recall_on_the_development_questions(assistant):
    questions = read_questions(PLACES.judged_turns, assistant)
    assert recall(assistant, questions, 1) >= 0.93
    assert recall(assistant, questions, 5) >= 0.98


def test_best_first_and_never_more_than_asked_for(assistant):
    hits = assistant.index.search("constancia de estudios", TODAY, limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert 0 < hits[0].score <= 1


def test_nothing_shared_finds_nothing(assistant):
    assert assistant.index.search("§§§", TODAY) == []


def test_an_index_of_nothing_is_refused():
    with pytest.raises(ValueError, match="ningún pasaje"):
        Index([])


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_searched_and_gives_the_same_twice(assistant, text):
    assert assistant.index.search(text, TODAY) == assistant.index.search(text, TODAY)
