"""Second thoughts: a rule's ``no_es`` and what it doesn't say make a likely answer less sure."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.decision import Decider
from nlu.development import make_book
from nlu.doubt import DOUBT_FILE, FEATURES, DoubtModel, Doubts, asking_clause
from nlu.doubt_fit import DoubtedTurns, cross_validated, doubted_turns, fit, near_miss_weight
from nlu.encoder import load_encoder
from nlu.matcher import Matcher
from nlu.questions import Question, read_questions
from nlu.semantic import SemanticMatcher
from rules.book import NO_DATA, OFFICIAL, RuleBook
from rules.locations import Locations
from tests.nlu_books import VARIANTS, own_decider

NOT_THIS = {"constancia": ("¿La constancia trae mis calificaciones?", "¿Me mandan la constancia por correo?")}


def school(**changes: object) -> RuleBook:
    """A small book in which the constancia has exceptions; ``changes`` of that rule."""
    rules = [replace(rule, not_this=NOT_THIS.get(rule.id, ())) for rule in make_book(VARIANTS).rules]
    return RuleBook(tuple(replace(rule, **changes) if rule.id in NOT_THIS else rule for rule in rules))


def semantic(book: RuleBook) -> SemanticMatcher:
    encoder = load_encoder()
    assert encoder is not None
    return SemanticMatcher(Matcher(book), encoder)


@pytest.fixture(scope="module")
def matcher() -> SemanticMatcher:
    return semantic(school())


def values(matcher: SemanticMatcher, question: str, itself: bool = True) -> dict[str, float]:
    """The features of the constancia for ``question``."""
    query, letters = matcher.lexical.read(question)
    reading = matcher.read(question, query)
    place = list(VARIANTS).index("constancia")
    (candidate,) = [item for item in matcher.rank_query(reading, query, letters, len(VARIANTS)) if item.rule == place]
    return dict(zip(FEATURES, Doubts(matcher).values(question, query, reading, candidate, itself), strict=True))


def test_what_a_no_es_asks_in_other_words_is_nearer_to_it_than_what_the_rule_answers(matcher: SemanticMatcher) -> None:
    excepted = values(matcher, "en la constancia vienen las calificaciones?")
    answered = values(matcher, "donde pido la constancia")
    assert excepted["no_es_meaning"] > 0 > answered["no_es_meaning"]
    assert excepted["no_es_letters"] > answered["no_es_letters"]


def test_what_is_asked_beyond_the_rule_counts_and_what_is_told_before_does_not(matcher: SemanticMatcher) -> None:
    beyond = values(matcher, "¿Dónde tramito mi constancia de vacunación canina?")
    told = values(matcher, "Mi perro está vacunado. ¿Dónde tramito mi constancia?")
    assert beyond["unanswered"] > 1 > told["unanswered"] and beyond["unanswered_most"] > told["unanswered_most"]


def test_a_question_need_not_meet_itself(matcher: SemanticMatcher) -> None:
    text = NOT_THIS["constancia"][0]
    assert values(matcher, text)["no_es_letters"] > values(matcher, text, itself=False)["no_es_letters"]


def test_judged_turns_that_staff_put_among_the_no_es_prove_nothing_more() -> None:
    """Else whoever adds each wrongly answered question would have the threshold lowered by that alone."""
    text = "necesito una constancia con promedio y firma"
    ample = {rule: [f"{question} {number}" for question in asked for number in range(8)] for rule, asked in VARIANTS.items()}
    found = []
    for not_this in ((), (text,)):
        rules = [replace(rule, not_this=("constancia de calificaciones", *not_this)) for rule in make_book(ample).rules]
        decider = Decider(RuleBook(tuple(rules)), judged=[Question(text, None)])
        (miss,) = decider.calibration.close_misses
        found.append((miss.confidence, decider.confidences(text, 1)["constancia"]))
    (proves, answers), (still_proves, now_answers) = found
    assert proves == still_proves > 0.05 and now_answers < answers


@pytest.mark.parametrize("changes", [{"type": NO_DATA}, {"urgent": True}, {"not_this": ()}])
def test_only_official_answers_with_a_no_es_are_doubted(changes: dict[str, object]) -> None:
    matcher = semantic(school(**changes))
    query, letters = matcher.lexical.read("en la constancia vienen las calificaciones?")
    reading = matcher.read("en la constancia vienen las calificaciones?", query)
    found = matcher.rank_query(reading, query, letters, 3)
    sure = np.full(len(found), 0.9)
    after, told = Doubts(matcher).lowered("en la constancia vienen las calificaciones?", query, reading, found, sure)
    assert (after == sure).all() and not any(told)


@given(st.floats(0, 1), st.lists(st.floats(-50, 50), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_a_doubt_never_makes_surer(confidence: float, found: list[float]) -> None:
    lowered = DoubtModel.load().lowered(np.array([confidence]), np.array([found]))[0]
    assert 0 <= lowered <= confidence


def test_a_nearer_no_es_and_more_that_is_unanswered_make_less_sure() -> None:
    model = DoubtModel.load()
    assert (model.weights < 0).all() and model.slope > 0


@pytest.mark.parametrize(
    ("message", "clause"),
    [
        ("¿Cuánto cuesta?", "Cuánto cuesta?"),
        ("Perdí mi credencial. ¿Cuánto cuesta otra? Gracias.", "Cuánto cuesta otra?"),
        ("perdi mi credencial, cuanto cuesta otra", "perdi mi credencial, cuanto cuesta otra"),
        ("Ya pagué. No aparece.", "No aparece."),
        ("", ""),
        ("🤖", "🤖"),
    ],
)
def test_the_piece_that_asks(message: str, clause: str) -> None:
    assert asking_clause(message) == clause


@given(st.text())
def test_the_piece_that_asks_is_part_of_the_message(message: str) -> None:
    assert asking_clause(message) in message


def test_thin_books_are_not_doubted() -> None:
    thin = Decider(school())
    for question in ("¿Cuánto se tarda mi constancia?", "quiero una constancia", "constancia con calificaciones"):
        assert not any(name in candidate.features for candidate in thin.decide(question).candidates for name in FEATURES)


def test_explanations_show_what_was_doubted() -> None:
    decision = own_decider().decide("la quinta con jurado es oral o por escrito?")
    assert not decision.sure and set(FEATURES) <= decision.candidates[0].features.keys()


def test_the_office_answers_few_near_misses_and_most_that_it_knows() -> None:
    """Judged turns, none of which took part in the fit; more than half of the near misses were written to deceive."""
    decider = own_decider()
    judged = read_questions(Locations.from_environment({}).judged_turns)
    misses = [question for question in judged if question.rule is None and not question.foreign]
    official = [decider.book.by_id[d.rule_id].type == OFFICIAL for q in misses if (d := decider.decide(q.text)).rule_id]
    assert sum(official) <= 0.02 * len(misses) + 1
    known = [question for question in judged if question.rule is not None][::6]
    assert sum(decider.decide(question.text).rule_id == question.rule for question in known) >= 0.8 * len(known)


def test_the_shipped_model_is_what_the_command_fits() -> None:
    questions = read_questions(Locations.from_environment({}).blind_questions)
    again = fit(doubted_turns(own_decider().prepared, questions), near_miss_weight(questions))
    shipped = DoubtModel.load(DOUBT_FILE)
    found, kept = (np.array([*model.weights, model.slope, model.intercept]) for model in (again, shipped))
    assert np.allclose(found, kept, atol=0.02), "corre: python -m nlu doubts"


def synthetic(size: int = 200) -> DoubtedTurns:
    """Turns that are wrong where the no_es is nearer."""
    rng = np.random.default_rng(1)
    found = rng.normal(size=(size, len(FEATURES)))
    return DoubtedTurns(np.full(size, 0.9), found, np.arange(size) % 20, found[:, 0] < 0.5)


def test_the_fit_finds_what_tells_wrong_from_right() -> None:
    turns = synthetic()
    lowered = cross_validated(turns, 1.0)
    assert np.abs(fit(turns, 1.0).weights).argmax() == 0
    assert np.median(lowered[~turns.right]) < 0.5 < np.median(lowered[turns.right])


def test_wrong_candidates_that_count_less_lower_less() -> None:
    turns = synthetic()
    often, seldom = (fit(turns, weight).lowered(turns.confidences, turns.values) for weight in (1.0, 0.1))
    assert (seldom >= often - 1e-9).mean() > 0.95


def test_near_misses_weigh_as_in_the_judged_turns() -> None:
    questions = [Question("a", "r")] * 87 + [Question("b", None)] * 13
    assert near_miss_weight(questions) == pytest.approx(1) and near_miss_weight(questions * 2) == pytest.approx(1)
    assert near_miss_weight(questions + [Question("b", None)] * 13) == pytest.approx(0.5)
