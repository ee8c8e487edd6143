"""Sets of the bench: what is asked to test with was never there to learn or tune from."""
from __future__ import annotations

from pathlib import Path

import pytest

from nlu.bench.sets import SETS, load_set
from rules.locations import Locations
from tests.bench_data import INTENTS, OUTSIDE, write_public_data
from tests.nlu_books import school_entries, write_book, write_questions


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return write_public_data(tmp_path / "publicos")


def _variants(name: str, public: Path, tuning: bool = False) -> dict[str, list[str]]:
    bench_set = load_set(name, public)
    book = bench_set.tuning_book if tuning else bench_set.book
    return {rule.id: list(rule.questions) for rule in book.rules}


@pytest.mark.parametrize("source", ["clinc", "banking"])
def test_the_first_five_examples_or_all(source: str, public: Path) -> None:
    assert _variants(f"{source}-first5", public) == {intent: texts[:5] for intent, texts in INTENTS.items()}
    assert _variants(f"{source}-all", public) == INTENTS


@pytest.mark.parametrize("name", [name for name in SETS if name != "own"])
def test_tuning_and_test_questions_are_in_no_book_they_are_asked_of(name: str, public: Path) -> None:
    bench_set = load_set(name, public)
    tuned = {text for texts in _variants(name, public, tuning=True).values() for text in texts}
    learnt = {text for texts in _variants(name, public).values() for text in texts}
    assert not tuned & {question.text for question in bench_set.tuning}
    assert not learnt & {question.text for question in bench_set.test}
    assert not {q.text for q in bench_set.tuning} & {q.text for q in bench_set.test}
    assert any(q.rule is None for q in bench_set.tuning) and any(q.rule is None for q in bench_set.test)


def test_all_of_banking_tunes_on_a_book_without_its_tail(public: Path) -> None:
    assert _variants("banking-all", public, tuning=True) == {intent: texts[:6] for intent, texts in INTENTS.items()}


def test_banking_borrows_one_question_in_five(tmp_path: Path) -> None:
    test = load_set("banking-all", write_public_data(tmp_path, tests=4)).test
    assert [q.text for q in test if q.rule is None] == OUTSIDE[2:] and len(test) == 15


def test_a_limited_set_keeps_book_and_draws_alike(public: Path) -> None:
    bench_set = load_set("clinc-all", public)
    few = bench_set.limited(5)
    assert few.book is bench_set.book and (len(few.test), len(few.tuning)) == (5, 5)
    assert few == bench_set.limited(5) and set(few.test) < set(bench_set.test)


def test_the_office_tunes_peers_on_judged_turns_and_messages_of_no_office(tmp_path: Path) -> None:
    judged = write_questions(tmp_path / "juzgados.jsonl", ("quiero botar la materia", "renuncia"))
    outside = tmp_path / "fuera.txt"
    outside.write_text("receta de mole\n", encoding="utf-8")
    paths = {"CSE_RULES": str(write_book(tmp_path / "reglas", *school_entries())), "CSE_JUDGED_TURNS": str(judged)}
    bench_set = load_set("own", tmp_path, Locations.from_environment({**paths, "CSE_OUT_OF_SCOPE": str(outside)}))
    assert [(q.text, q.rule) for q in bench_set.tuning] == [("quiero botar la materia", "renuncia"), ("receta de mole", None)]
    assert bench_set.variants == 26 and bench_set.tuning_book is bench_set.book


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="clinc150.json"):
        load_set("clinc-all", tmp_path)
