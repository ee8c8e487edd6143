"""Coverage, risk and thresholds of the bench, counted by hand and against ``nlu.evaluate``."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.bench.ours import Ours
from nlu.bench.scoring import Answer, Judged, best_possible, point, tuned_threshold
from nlu.decision import Decider
from nlu.encoder import NAMES
from nlu.evaluate import evaluate
from nlu.questions import Question
from tests.nlu_books import OUT_OF_SCOPE, VARIANTS, book_of, school_entries

# Score, whether the answer is right, whether the question is in scope; sure ones first.
TURNS = [(9, True, True), (8, True, True), (7, False, False), (6, True, True), (5, False, True), (4, False, True)]


def judged_of(turns: list[tuple[float, bool, bool]], fixed: dict[int, bool] | None = None) -> Judged:
    fixed = fixed or {}
    answers = [Answer("a", score, fixed.get(number)) for number, (score, _, _) in enumerate(turns)]
    return Judged(answers, [Question("", ("a" if right else "b") if inside else None) for _, right, inside in turns])


def test_each_share_is_counted_as_evaluate_defines_it() -> None:
    judged = judged_of(TURNS)
    at = point(judged, judged.sure(6))
    assert (at.coverage, at.risk, at.right_inside, at.outside_recall) == (3 / 5, 1 / 4, 3 / 5, 0)
    assert at.risk_interval == pytest.approx((0.0063, 0.8059), abs=1e-4)  # Clopper–Pearson of 1 in 4
    assert at.keeps(0.01) and not at.keeps(0.006)
    assert judged.accuracy == 3 / 5
    nothing = point(judged, judged.sure(10))
    assert (nothing.coverage, nothing.risk, nothing.outside_recall) == (0, None, 1)


def test_the_best_threshold_answers_as_much_as_the_risk_allows() -> None:
    judged = judged_of(TURNS)
    assert best_possible(judged, 0.2) == 2 / 5  # two right; a third answer would be wrong
    assert best_possible(judged, 0.25) == 3 / 5
    assert best_possible(judged_of([(9, False, True)]), 0.2) == 0


def test_equal_scores_are_answered_together() -> None:
    assert best_possible(judged_of([(9, True, True), (8, True, True), (8, False, True)]), 0.2) == 1 / 3


def test_tuning_weighs_out_of_scope_as_in_the_assumed_traffic() -> None:
    # Nine right answers of .8/9 each, then the only out-of-scope question, which stands for .2.
    turns = [(9.0 - i / 10, True, True) for i in range(9)] + [(5.0, False, False)]
    assert tuned_threshold(judged_of(turns), 0.19) == pytest.approx(8.2)
    assert tuned_threshold(judged_of(turns), 0.21) == 5
    assert tuned_threshold(judged_of([(5.0, False, False)]), 0.5) == float("inf")


def test_fixed_answers_mind_no_threshold() -> None:
    judged = judged_of(TURNS, {5: True, 0: False})
    assert judged.sure(8).tolist() == [False, True, False, False, False, True]
    assert best_possible(judged, 0.55) == 3 / 5  # the given one, wrong, is answered first; the barred one never
    assert best_possible(judged, 1) == 4 / 5


@given(st.lists(st.tuples(st.integers(0, 5).map(float), st.booleans(), st.booleans()), min_size=1), st.floats(0.01, 0.9))
def test_no_threshold_that_keeps_the_risk_covers_more_than_the_best(turns: list[tuple[float, bool, bool]], risk: float) -> None:
    judged = judged_of(turns)
    best = best_possible(judged, risk)
    for threshold in np.arange(0, 7):
        at = point(judged, judged.sure(threshold))
        if best is not None and at.coverage is not None and (at.risk or 0) <= risk:
            assert at.coverage <= best


@pytest.mark.parametrize("encoder", NAMES)
@pytest.mark.parametrize("risk", [0.02, 0.05, 0.1])
def test_ours_is_what_evaluate_measures_at_each_risk(risk: float, encoder: str, tmp_path: Path) -> None:
    book = book_of(tmp_path, *school_entries())
    asked = [Question(f"oigan, {text} por favor", rule) for rule, texts in VARIANTS.items() for text in texts[:2]]
    asked += [Question("muy buenas tardes", "charla"), Question("¿y cuánto tarda?", "constancia")]
    asked += [Question("", None), Question("me quiero matar ya", "apoyo"), *(Question(text, None) for text in OUT_OF_SCOPE)]
    report, _ = evaluate(Decider(book, risk=risk, encoder=encoder), asked)
    ours = Ours(0.1, encoder)
    ours.fit(book)
    judged = Judged([ours.ask(question.text) for question in asked], asked)
    at = point(judged, ours.sure(judged, risk))
    assert at.coverage == pytest.approx(report.coverage, abs=1e-4) and judged.aurc == pytest.approx(report.aurc, abs=1e-4)
    assert at.risk == pytest.approx(report.selective_risk, abs=1e-4)
    assert judged.accuracy == pytest.approx(report.accuracy, abs=1e-4)
    assert at.outside_recall == pytest.approx(1 - (report.false_accept_rate or 0), abs=1e-4)
