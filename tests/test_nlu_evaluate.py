"""Coverage, risk and the rest, counted by hand."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu.decision import Decider
from nlu.evaluate import evaluate, risk_coverage_area
from nlu.questions import Question
from tests.nlu_books import book_of, school_entries


@pytest.fixture
def decider(tmp_path: Path) -> Decider:
    return Decider(book_of(tmp_path, *school_entries()), risk=0.05)


def test_each_share_is_counted_as_it_is_defined(decider: Decider) -> None:
    # Variants are surely answered with their rule, nonsense surely not.
    questions = [
        Question("¿Dónde pago la colegiatura?", "pago"),
        Question("perdí la credencial de alumno", "credencial"),
        Question("donde tramito mi constancia", "constancia"),
        Question("quiero dar de baja una materia", "credencial"),  # answered, wrongly
        Question("asdfgh qwerty", "pago"),  # in scope, not answered
        Question("me robaron mi credencial ayer", None),  # out of scope, answered
        Question("xyzzy plugh", None),
        Question("", None),
    ]
    report, decisions = evaluate(decider, questions)
    assert (report.in_scope, report.out_of_scope, report.answered, report.wrong) == (5, 3, 5, 2)
    assert report.coverage == pytest.approx(4 / 5) and report.selective_risk == pytest.approx(2 / 5)
    assert report.false_accept_rate == pytest.approx(1 / 3, abs=1e-4)
    assert report.accuracy == pytest.approx(3 / 5)
    # Five answers of equal confidence in the order asked, then the three that were not.
    assert report.aurc == pytest.approx((0 + 0 + 0 + 1 / 4 + 2 / 5 + 3 / 6 + 4 / 7 + 5 / 8) / 8, abs=1e-4)
    assert (report.threshold, report.risk) == (decider.threshold, 0.05)
    assert (report.rules, report.variants) == (7, 26) and report.ms_per_question > 0
    assert [question for question, _ in decisions] == questions
    assert [decision.sure for _, decision in decisions] == [True, True, True, True, False, True, False, False]


def test_accuracy_counts_right_candidates_below_the_threshold(decider: Decider) -> None:
    questions = [Question("una cosa de credencial y otras cosas que pasan hoy en la uam", "credencial")]
    report, ((_, decision),) = evaluate(decider, questions)
    assert not decision.sure and report.accuracy == 1 and report.coverage == 0 and report.selective_risk is None


def test_a_right_answer_to_an_unknown_rule_is_impossible(decider: Decider) -> None:
    report, _ = evaluate(decider, [Question("¿Dónde pago la colegiatura?", "no_existe")])
    assert (report.accuracy, report.coverage, report.selective_risk) == (0, 1, 1)


def test_nothing_to_divide_by_is_none(decider: Decider) -> None:
    outside, _ = evaluate(decider, [Question("xyzzy", None)])
    assert outside.accuracy is None and outside.coverage is None and outside.selective_risk is None
    inside, _ = evaluate(decider, [Question("¿Dónde pago la colegiatura?", "pago")])
    assert inside.false_accept_rate is None and inside.selective_risk == 0 and inside.aurc == 0


def test_the_area_rewards_confidence_in_what_is_right() -> None:
    right = np.array([True, True, False, True])
    assert risk_coverage_area(np.array([0.9, 0.8, 0.1, 0.7]), right) == pytest.approx(1 / 4 / 4)
    assert risk_coverage_area(np.array([0.1, 0.2, 0.9, 0.3]), right) == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
