"""The bound behind the promise, and the thresholds that keep it."""
from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from nlu.confidence import (
    CERTAINTY,
    CONFIDENCE_FILE,
    GRID,
    LETTERS,
    MEANING,
    STAGES,
    BookStatistics,
    ConfidenceModel,
    Stage,
    development_threshold,
    fewest_turns,
    proven_threshold,
    risk_curve,
    sequences_of_tests,
    threshold_for,
    upper_bound,
)


@pytest.mark.parametrize(
    ("wrong", "answered", "bound"),
    # Without errors the bound is 1 − 0.05^(1/n); the others are from tables.
    [(0, 59, 1 - 0.05 ** (1 / 59)), (0, 149, 1 - 0.05 ** (1 / 149)), (1, 10, 0.3942), (5, 100, 0.1023)],
)
def test_the_bound_is_clopper_and_pearsons(wrong: int, answered: int, bound: float) -> None:
    assert upper_bound(wrong, answered) == pytest.approx(bound, abs=1e-4)


@pytest.mark.parametrize(("risk", "fewest"), [(0.05, 59), (0.02, 149), (0.01, 299)])
def test_fewest_turns_without_error_that_prove_a_risk(risk: float, fewest: int) -> None:
    assert fewest_turns(risk) == fewest
    assert upper_bound(0, fewest) <= risk < upper_bound(0, fewest - 1)


@given(st.integers(1, 400), st.data())
def test_no_smaller_risk_would_explain_what_was_seen(answered: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(0, answered - 1))
    bound = upper_bound(wrong, answered)
    assert binom.cdf(wrong, answered, bound) == pytest.approx(0.05, abs=1e-6)
    assert wrong / answered < bound <= upper_bound(wrong + 1, answered)


def test_without_answers_nothing_is_bounded() -> None:
    assert upper_bound(0, 0) == upper_bound(3, 3) == 1.0


CURVES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 6)), min_size=1, max_size=8).map(
    lambda steps: tuple(
        (round(0.98 - 0.05 * i, 2), sum(n for n, _ in steps[: i + 1]) + sum(k for _, k in steps[: i + 1]),
         sum(k for _, k in steps[: i + 1]))
        for i in range(len(steps))
    )
)  # fmt: skip


@given(CURVES, st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.2]))
def test_a_proven_threshold_is_bounded_and_an_unproven_one_says_so(
    curve: tuple[tuple[float, int, int], ...], risk: float
) -> None:
    chosen = threshold_for(curve, risk, "prueba")
    at = {threshold: (answered, wrong) for threshold, answered, wrong in curve}
    if chosen.proven:
        answered, wrong = at[chosen.value]
        assert upper_bound(wrong, answered) <= risk
    elif chosen.value < 1:
        answered, wrong = at[chosen.value]
        assert wrong / answered <= risk
    assert (proven_threshold(curve, risk, "prueba") == chosen) is chosen.proven


@given(CURVES, st.floats(0.005, 0.3), st.floats(0.005, 0.3))
@example(((0.98, 36, 6), (0.93, 141, 10)), 0.25, 0.125)
def test_more_risk_never_raises_a_proven_threshold(
    curve: tuple[tuple[float, int, int], ...], one: float, other: float
) -> None:
    risks = sorted((one, other))
    strictly, loosely = (sequences_of_tests(curve, risk, CERTAINTY) for risk in risks)
    assume(len(strictly) == len(loosely))  # one sequence has a test's whole error, each of two a part
    # Of too few turns to prove the strict risk, the loose one may already fail, and testing ends there.
    enough = tuple(row for row in curve if row[1] >= strictly[0][0])
    strict, loose = (threshold_for(enough, risk, "") for risk in risks)
    if strict.proven:
        assert loose.proven and loose.value <= strict.value


@pytest.mark.parametrize("second_opinion", [False, True])
@pytest.mark.parametrize("variants", [3.0, 15.0])
def test_the_shipped_thresholds_fall_as_the_risk_grows(variants: float, second_opinion: bool) -> None:
    risks = (0.01, 0.02, 0.05, 0.1, 0.2)
    values = [development_threshold(risk, variants, second_opinion).value for risk in risks]
    assert values == sorted(values, reverse=True) and values[0] > values[-1]


@pytest.mark.parametrize("risk", [0.05, 0.1])
def test_what_is_proven_on_other_books_ends_at_the_thinnest_of_them(risk: float) -> None:
    inside, outside = (development_threshold(risk, variants, True) for variants in (5.0, 4.9))
    assert inside.proven and not outside.proven and inside.value == outside.value
    for variants in (5.0, 12.0):
        assert not {"thin", "rich"} & set(re.findall(r"\w+", development_threshold(risk, variants, True).origin))


def test_nothing_answered_means_answer_nothing() -> None:
    assert threshold_for(((0.98, 0, 0), (0.9, 40, 20)), 0.02, "").value == 1.0


def test_judged_turns_prove_the_lowest_threshold_before_the_first_failure() -> None:
    curve = ((0.98, 30, 0), (0.9, 70, 0), (0.8, 100, 1), (0.7, 160, 12), (0.6, 180, 12))
    found = proven_threshold(curve, 0.05, "turnos juzgados")
    assert found is not None and (found.value, found.proven, found.origin) == (0.8, True, "turnos juzgados")
    assert proven_threshold(curve, 0.02, "") is None
    assert proven_threshold((), 0.05, "") is None


def test_one_mistake_among_the_surest_does_not_hide_what_many_turns_prove() -> None:
    curve = ((0.99, 80, 3), (0.95, 400, 4), (0.9, 900, 9), (0.8, 1200, 80), (0.7, 1500, 80))
    found = proven_threshold(curve, 0.05, "libros")
    assert found is not None and found.value == 0.9
    assert upper_bound(9, 900, 0.99) <= 0.05


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_a_risk_that_is_too_high_everywhere_is_hardly_ever_proven(seed: int) -> None:
    # 5 % of the answers are wrong wherever the threshold lies; at most 5 % of such books may prove 4.9 %.
    rng = np.random.default_rng(seed)
    wrong = rng.random((200, 2000)) < 0.05
    sizes = range(20, 2001, 20)
    curves = [tuple((1 - n / 4000, n, int(book[:n].sum())) for n in sizes) for book in wrong]
    proven = sum(proven_threshold(curve, 0.049, "") is not None for curve in curves)
    assert proven <= binom.ppf(0.9999, len(curves), 0.05)


def test_the_risk_curve_counts_from_strict_to_lenient() -> None:
    curve = risk_curve(np.array([0.99, 0.95, 0.7, 0.01]), np.array([True, True, False, True]))
    assert [threshold for threshold, _, _ in curve] == sorted(GRID.tolist(), reverse=True)
    assert {t: (n, k) for t, n, k in curve}[0.9] == (2, 0) and curve[0] == (0.998, 0, 0) and curve[-1][1:] == (3, 1)


def statistics(variants: list[int], stage: Stage = LETTERS) -> BookStatistics:
    return BookStatistics(stage, np.tile(np.linspace(0, 0.5, 20), (len(stage.tailed), 1)), np.array(variants))


def test_evidence_beyond_the_tail_of_wrong_rules_weighs_more() -> None:
    values = np.zeros((3, len(LETTERS.features)))
    values[:, LETTERS.features.index("score")] = [0.0, 0.3, 0.9]
    inputs = statistics([4, 9]).inputs(values, np.array([0, 0, 1]))
    tail = inputs[:, len(LETTERS.features)]
    assert tail[0] > tail[1] > tail[2] and tail[2] == pytest.approx(np.log(0.5 / 21))
    assert inputs[:, -2] == pytest.approx(np.log([4, 4, 9])) and inputs[:, -1] == pytest.approx(np.log(2))


@pytest.mark.parametrize("variants", [4, 12])
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: str(stage.name))
def test_a_probability_is_one(stage: Stage, variants: int) -> None:
    values = np.random.default_rng(1).uniform(0, 1, (50, len(stage.features)))
    inputs = statistics([variants], stage).inputs(values, np.zeros(50, dtype=int))
    probability = ConfidenceModel.load(stage, variants).probability(inputs)
    assert inputs.shape == (50, len(stage.inputs)) and ((probability > 0) & (probability < 1)).all()


def test_a_better_score_and_a_wider_margin_never_lower_the_confidence() -> None:
    for stage in (LETTERS, MEANING):
        for variants in (4.0, 12.0):
            weights = dict(zip(stage.inputs, ConfidenceModel.load(stage, variants).weights, strict=True))
            assert weights["score"] + weights["margin"] > 0


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    data = json.loads(CONFIDENCE_FILE.read_text(encoding="utf-8"))
    data["stages"]["letters"]["inputs"] = data["stages"]["letters"]["inputs"][1:]
    path = tmp_path / "confidence.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match="python -m nlu fit"):
        ConfidenceModel.load(LETTERS, 12, path)
