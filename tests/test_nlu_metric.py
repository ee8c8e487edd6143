"""The map that draws questions of one intention together."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nlu.development import office_questions
from nlu.encoder import UniversalEncoder
from nlu.metric import METRIC_FILE, load_metric, unit
from nlu.metric_fit import Variants, VariantsError, contrastive, fit, fitted, read_variants
from rules.locations import ROOT

OFFICES = ROOT / "data" / "calibration" / "oficinas"
DIMENSIONS, RULES, EACH = 12, 8, 6


def planted(seed: int) -> Variants:
    """An office whose rules differ in half of the dimensions, under noise that fills the others."""
    rng = np.random.default_rng(seed)
    rules = np.repeat(rng.normal(size=(RULES, DIMENSIONS)), EACH, axis=0)
    rules[:, DIMENSIONS // 2 :] = 0
    noise = 2 * rng.normal(size=rules.shape)
    noise[:, : DIMENSIONS // 2] = 0
    rows = tuple(np.arange(rule * EACH, (rule + 1) * EACH) for rule in range(RULES))
    return Variants(unit(rules + noise).astype(np.float32), rows)


def nearest_is_right(vectors: np.ndarray, rows: tuple[np.ndarray, ...]) -> float:
    """The share of vectors whose nearest other is of the same rule."""
    labels = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -2)
    return float((labels[likeness.argmax(axis=1)] == labels).mean())


def test_the_gradient_is_that_of_the_loss() -> None:
    office = planted(0)
    labels = np.repeat(np.arange(RULES), EACH)
    rng = np.random.default_rng(1)
    vectors = office.vectors.astype(np.float64)
    metric = np.eye(DIMENSIONS) + 0.1 * rng.normal(size=(DIMENSIONS, DIMENSIONS))
    direction = rng.normal(size=metric.shape)
    _, gradient = contrastive(metric, vectors, labels)
    step = 1e-4
    ahead, behind = (contrastive(metric + sign * step * direction, vectors, labels)[0] for sign in (1, -1))
    assert (gradient * direction).sum() == pytest.approx((ahead - behind) / (2 * step), rel=1e-2)


def test_what_no_rule_differs_in_counts_less_in_an_office_never_seen() -> None:
    metric = fitted([planted(seed) for seed in range(5)], steps=4000, progress=lambda line: None)
    unseen = planted(99)
    assert nearest_is_right(unit(unseen.vectors @ metric), unseen.rows) > nearest_is_right(unseen.vectors, unseen.rows) + 0.2


def test_the_shipped_map_helps_offices_that_took_no_part() -> None:
    plain, mapped = UniversalEncoder(), UniversalEncoder(load_metric())
    found = []
    for name in ("tienda", "municipio"):
        book, asked = office_questions(OFFICES / name)
        variants = [question for rule in book.rules for question in rule.questions]
        owner = [rule.id for rule in book.rules for _ in rule.questions]
        inside = [question for question in asked if question.rule is not None]
        for encoder in (plain, mapped):
            nearest = (encoder.encode([q.text for q in inside]) @ encoder.encode(variants).T).argmax(axis=1)
            found.append(np.mean([owner[at] == q.rule for at, q in zip(nearest, inside, strict=True)]))
    assert found[1] > found[0] + 0.02 and found[3] > found[2] + 0.02


def test_vectors_stay_of_length_one_and_nothing_stays_nothing() -> None:
    assert np.linalg.norm(UniversalEncoder(load_metric()).encode(["hola", ""]), axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert not unit(np.zeros((1, 3))).any()


@pytest.mark.parametrize(
    "line", ["{", "[]", "3", '{"rule": "a"}', '{"questions": "dos"}', '{"questions": ["una"]}', '{"questions": [1, 2]}']
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "oficina.jsonl"
    file.write_text('{"rule": "a", "questions": ["una", "otra"]}\n' + line + "\n", "utf-8")
    with pytest.raises(VariantsError, match=r"oficina\.jsonl:2: "):
        read_variants(file)


def test_a_folder_without_variants_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    target = tmp_path / METRIC_FILE.name
    with pytest.raises(VariantsError, match="no hay archivos"):
        fit(tmp_path, UniversalEncoder(), target)
    assert not target.exists()


def test_what_is_fitted_is_what_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [{"rule": str(at), "questions": [f"cuánto cuesta el trámite {at}", f"precio del trámite {at}"]} for at in range(3)]
    (tmp_path / "oficina.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    monkeypatch.setattr("nlu.metric_fit.fitted", lambda offices, progress: 2 * np.eye(offices[0].vectors.shape[1]))
    target = tmp_path / METRIC_FILE.name
    fit(tmp_path, UniversalEncoder(), target, lambda line: None)
    assert (load_metric(target) == 2 * np.eye(512)).all()
    assert [path.name for path in tmp_path.glob("*.npy")] == [METRIC_FILE.name]
