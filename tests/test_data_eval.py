"""The questions that measure stay apart from those that teach, and there are enough of them."""
from __future__ import annotations

import json
from collections import Counter

import pytest
from rapidfuzz import fuzz, process

from nlu.metric_fit import read_variants
from nlu.questions import read_questions
from nlu.text import normalize
from rules.book import RuleBook, load_rule_book
from rules.locations import ROOT
from server.evaluation import read_cases

TEST = ROOT / "data" / "eval" / "test.jsonl"
JUDGED = ROOT / "data" / "calibration" / "turnos_juzgados.jsonl"
BLIND = ROOT / "data" / "calibration" / "preguntas_a_ciegas.jsonl"
NEAR = 85.0


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rule_book(ROOT / "rules")


def test_the_book_is_as_large_as_promised(book: RuleBook) -> None:
    distinct = [{normalize(question) for question in rule.questions} for rule in book.rules]
    assert len(book) >= 130
    assert sum(map(len, distinct)) >= max(1600, 12 * len(book))


def test_there_are_enough_questions_of_each_kind() -> None:
    kinds = Counter(json.loads(line)["kind"] for line in TEST.read_text("utf-8").splitlines())
    assert kinds["in_scope"] >= 300
    assert kinds["out_of_scope"] >= 100
    assert kinds["close_miss"] >= 50


def test_no_held_out_question_resembles_a_variant(book: RuleBook) -> None:
    variants = [normalize(question) for rule in book.rules for question in rule.questions]
    for question in read_questions(TEST):
        found = process.extractOne(normalize(question.text), variants, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR)
        assert found is None, f"{question.text!r} resembles {found[0]!r}: drop it from the test set"


def test_every_expected_rule_exists(book: RuleBook) -> None:
    expected = {question.rule for path in (TEST, JUDGED, BLIND) for question in read_questions(path)} - {None}
    assert expected <= set(book.by_id)


def test_measuring_and_tuning_share_no_question() -> None:
    measured = {normalize(q.text) for q in read_questions(TEST)}
    measured |= {normalize(case.question) for case in read_cases(ROOT / "data" / "eval" / "e2e.jsonl")}
    for tuning in (JUDGED, BLIND):
        assert not measured & {normalize(q.text) for q in read_questions(tuning)}


def test_no_question_that_measures_is_a_variant_that_the_metric_is_fitted_on() -> None:
    folder = ROOT / "data" / "eval"
    files = [TEST, folder / "generator.jsonl", folder / "e2e.jsonl", *folder.glob("oficinas/*/preguntas.jsonl")]
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    dialogues = [json.loads(line) for line in (folder / "dialogues.jsonl").read_text("utf-8").splitlines()]
    asked = {line["question"] for line in lines} | {turn["user"] for dialogue in dialogues for turn in dialogue["turns"]}
    files = sorted((ROOT / "data" / "calibration" / "variantes").glob("*.jsonl"))
    variants = {normalize(q) for file in files for questions in read_variants(file) for q in questions}
    assert len(files) == 24
    assert not variants & set(map(normalize, asked))


def test_the_end_to_end_cases_are_enough() -> None:
    assert len(read_cases(ROOT / "data" / "eval" / "e2e.jsonl")) >= 120
