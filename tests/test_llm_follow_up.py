"""Which passage answers a turn that may lean on the one before it."""
from dataclasses import replace

import numpy as np
import pytest

from llm.follow_up import FEATURES, FollowUpRelevance, candidates_of, features, most_relevant
from llm.relevance import Relevant
from nlu.followup import Turn
from nlu.questions import read_messages
from tests.llm_parts import PLACES, TODAY, quoting_assistant, task_for
from tests.nlu_books import own_decider


@pytest.fixture(scope="module")
def assistant():
    return quoting_assistant()


def test_both_readings_and_the_topic_count(assistant):
    first, other = assistant.passage("renuncia_uea"), assistant.passage("becas_tipos")
    joined, alone = [Relevant(first, 0.6), Relevant(other, 0.6)], [Relevant(first, 0.4), Relevant(other, 0.4)]
    assert most_relevant(joined, alone, first).passage is first
    assert most_relevant(joined, alone, other).passage is other
    assert most_relevant(joined, alone, first).probability > most_relevant(joined, alone, None).probability
    surer = [replace(joined[0], probability=0.9), joined[1]]
    assert most_relevant(surer, alone, first).probability > most_relevant(joined, alone, first).probability
    assert most_relevant([], [], first) is None


def test_a_passage_that_one_reading_did_not_find_has_its_row(assistant):
    first, other = assistant.passage("renuncia_uea"), assistant.passage("becas_tipos")
    joined, alone = [Relevant(first, 1.0)], [Relevant(other, 0.0)]
    candidates = candidates_of(joined, alone)
    rows = features(candidates, joined, alone, None)
    assert rows.shape == (2, len(FEATURES)) and np.isfinite(rows).all()
    assert rows[0].tolist() == [6.0, -6.0, 0.0, 0.0] and rows[1].tolist() == [-6.0, -6.0, 0.0, 0.0]


def test_a_file_fitted_for_other_features_is_refused(tmp_path):
    path = tmp_path / "follow_up.json"
    path.write_text(FollowUpRelevance.load().to_json().replace('"joined"', '"other"', 1))
    with pytest.raises(ValueError, match="llm relevance"):
        FollowUpRelevance.load(path)


def test_a_new_topic_is_answered_although_it_opens_like_a_follow_up(assistant):
    told = assistant.passage("prorroga_requisitos").text
    turns = [("user", "¿Qué necesito para la prórroga?"), ("assistant", told), ("user", "¿y qué es la seriación?")]
    relevant = assistant.task(turns, TODAY).relevant
    assert relevant.enough and relevant.passage.id == "seriacion_que_es"


def test_no_message_is_answered_for_its_length(assistant):
    foreign = read_messages(PLACES.judged_turns.with_name("ajenos_largos.txt"))
    answered = [text for text in foreign if (found := task_for(assistant, text).relevant) and found.enough]
    assert len(answered) <= 3
    assert not (found := task_for(assistant, "a? " * 400).relevant) or not found.enough
    assert task_for(assistant, "1").relevant is None


@pytest.mark.parametrize(("before", "rule", "question", "answering"), [
    ("ya no fui a clases y no renuncié, qué hago", "trimestre_abandonado", "¿y si fue por enfermedad?", "cancelar_trimestre"),
    ("¿Qué es la equivalencia de estudios?", "equivalencia_que_es", "¿y dónde la hago?", "equivalencia_donde"),
])  # fmt: skip
def test_what_the_matcher_reads_as_a_sequel_is_quoted_though_not_sure_enough_to_be_official(
    assistant, before, rule, question, answering
):
    assert not own_decider().decide(question, [Turn(before, rule)]).sure, "else this shows nothing"
    said = [("user", before), ("assistant", assistant.book.by_id[rule].answer), ("user", question)]
    answer = assistant.answer(assistant.task(said, TODAY))
    assert (answer.kind, answer.rule_id) == ("quoted", answering)
