"""Which passage answers: the shipped model, what it learnt, and what it is fitted on."""
import numpy as np
import pytest

from llm import follow_up_fit, relevance_fit
from llm.follow_up import FollowUpRelevance
from llm.pairs import Pair, read_pairs
from llm.relevance import FEATURES, Relevance, candidates_of, features, rated, with_products
from llm.train import Options
from tests.llm_parts import PLACES, TODAY, quoting_assistant, task_for


@pytest.fixture(scope="module")
def assistant():
    return quoting_assistant()


@pytest.mark.timeout(900)  # it fits ten offices: five minutes on a slow machine
def test_the_shipped_model_is_the_one_that_the_command_fits(assistant):
    pairs = [*read_pairs(Options.pairs), *read_pairs(Options.validation)]
    office = relevance_fit.Unseen.of(pairs, assistant)
    questions = relevance_fit.own_questions(pairs, office, TODAY)
    others = relevance_fit.others_questions(PLACES.other_offices, TODAY)
    long = relevance_fit.long_questions(pairs, office, PLACES.judged_turns.parent, TODAY)
    fitted, shipped = relevance_fit.fit([*questions, *long, *others]), Relevance.load()
    rows = np.concatenate([question.rows for question in questions[::20]])
    np.testing.assert_allclose(fitted.probabilities(rows), shipped.probabilities(rows), atol=0.02)
    folds = relevance_fit.Folds.fit([*questions, *long], others)
    followed = follow_up_fit.fit(follow_up_fit.leaning_turns(pairs, office, TODAY), folds)
    shipped_of_follow_ups = FollowUpRelevance.load()
    np.testing.assert_allclose(followed.weights, shipped_of_follow_ups.weights, atol=0.05)
    assert followed.intercept == pytest.approx(shipped_of_follow_ups.intercept, abs=0.1)


def test_a_question_that_the_passage_words_finds_it_more_relevant_than_another_datum(assistant):
    stated = task_for(assistant, "¿En qué semana se renuncia a una UEA?").relevant
    other = task_for(assistant, "¿Cuánto cobran por renunciar a una UEA?").relevant
    assert stated.enough and not other.enough


def test_no_candidate_says_that_nobody_knows_and_none_repeats_the_facts_of_another(assistant):
    hits = task_for(assistant, "¿Cuánto cuesta la reposición de la credencial?").hits
    chosen = candidates_of(hits)
    assert any(hit.passage.nobody_knows for hit in hits) and not any(passage.nobody_knows for passage in chosen)
    shown: set[str] = set()
    for passage in chosen:
        assert not (passage.facts and passage.facts <= shown)
        shown |= passage.facts
    rows = features(assistant.index, "cuánto", "cuánto cuesta", hits, chosen, {})
    assert rows.shape == (len(chosen), len(FEATURES))


def test_without_anything_found_nothing_is_relevant(assistant):
    assert rated(assistant.index, "§§§", "§§§", (), {}) == ()


def test_the_matcher_s_opinion_makes_its_rule_s_passages_more_relevant_and_others_less(assistant):
    question = "¿en qué semana puedo soltar una materia que ya metí?"
    hits = task_for(assistant, question).hits
    first = candidates_of(hits)[0]
    other = next(p for p in assistant.index.passages if p.rule and not p.nobody_knows and not p.akin(first))
    unknown = next(p for p in assistant.index.passages if p.nobody_knows)

    def probability(opinion):
        rows = features(assistant.index, question, question, hits, [first], opinion)
        return Relevance.load().probabilities(rows)[0]

    own = next(p.id for p in assistant.index.passages if p.rule and not p.nobody_knows and (p is first or p.akin(first)))
    assert probability({own: 0.9, other.id: 0.1}) > probability({other.id: 0.9, own: 0.1})
    assert probability({own: 0.9}) > probability({unknown.id: 0.9, own: 0.1})


def test_products_are_those_of_all_columns_two_by_two():
    assert with_products(np.array([[2.0, 3.0]])).tolist() == [[2.0, 3.0, 4.0, 6.0, 9.0]]


def test_a_variant_is_asked_of_an_index_that_lacks_it(assistant):
    rule = next(passage for passage in assistant.index.passages if passage.rule and not passage.nobody_knows)
    pair = Pair(rule.questions[0], (), "", rule.id, rule.topic, "answerable")
    index = relevance_fit.index_without([pair], assistant.index.passages)
    kept = next(passage for passage in index.passages if passage.id == rule.id)
    assert rule.questions[0] not in (*kept.questions, kept.title) and len(kept.questions) == len(rule.questions) - 1


def test_a_file_fitted_for_other_features_is_refused(tmp_path):
    path = tmp_path / "relevance.json"
    path.write_text(Relevance.load().to_json().replace('"score"', '"other"', 1))
    with pytest.raises(ValueError, match="llm relevance"):
        Relevance.load(path)
