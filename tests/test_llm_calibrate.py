"""The support model: fitted on the rule book, its threshold proven on questions apart."""
import random

import pytest

from llm.calibrate import Turn, calibration_turns, fit, read_outside
from llm.measure import KNOWN, UNKNOWN, read_questions, table
from llm.relevance import THRESHOLD
from llm.support import WEIGHTS, Features
from tests.llm_parts import PLACES, quoting_assistant


@pytest.fixture(scope="module")
def assistant():
    return quoting_assistant()


@pytest.fixture(scope="module")
def rows(assistant):
    """What the service answers to each kind of judged question."""
    questions = read_questions(PLACES.judged_turns, assistant)
    return {row.kind: row for row in table(assistant, questions, [THRESHOLD])}


def test_the_shipped_threshold_keeps_its_promise_on_the_development_questions(rows):
    assert rows["out_of_scope"].refused >= 0.97
    assert rows["close_miss"].refused >= 0.95
    assert rows[UNKNOWN].quoted <= 0.02
    assert rows[KNOWN].wrong <= 0.02
    assert rows[KNOWN].quoted >= 0.94


def test_the_shipped_relevance_answers_most_that_is_known_and_hardly_what_is_not(rows):
    declined = [row for kind, row in rows.items() if kind.removeprefix("hard_") != KNOWN]
    assert sum(row.questions * row.quoted for row in declined) <= 0.05 * sum(row.questions for row in declined)
    assert rows["out_of_scope"].quoted <= 0.02


def test_questions_written_to_be_hard_are_declined_rather_than_answered_wrongly(rows):
    assert rows["hard_out_of_scope"].refused >= 0.97
    assert rows[f"hard_{UNKNOWN}"].quoted <= 0.05
    assert rows["hard_close_miss"].refused >= 0.8  # the office's very words, another datum
    assert rows[f"hard_{KNOWN}"].wrong <= 0.04
    assert rows[f"hard_{KNOWN}"].quoted >= 0.7


def test_the_shipped_weights_are_those_that_the_command_prints(assistant):
    outside = read_outside(PLACES.out_of_scope)
    turns = calibration_turns(assistant.index.passages, outside, assistant.office.today())
    weights = fit(turns)
    for turn in random.Random(1).sample(turns, 200):
        assert weights.probability(turn.features) == pytest.approx(WEIGHTS.probability(turn.features), abs=0.1)


def test_a_model_learns_that_a_clear_margin_is_right():
    draw = random.Random(2)
    turns = [Turn(Features(m := draw.random(), draw.random(), draw.random()), m > 0.5, 1.0) for _ in range(300)]
    weights = fit(turns)
    assert weights.probability(Features(0.9, 0.5, 0.5)) > 0.9
    assert weights.probability(Features(0.1, 0.5, 0.5)) < 0.1
