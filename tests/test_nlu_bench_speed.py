"""Synthetic books of the speed test: exactly as large as asked, the same at every run."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.bench.speed import synthetic_book
from nlu.development import make_book
from tests.bench_data import INTENTS
from tests.nlu_books import VARIANTS

SOURCES = [make_book(INTENTS), make_book(VARIANTS)]


def _size(size: int) -> int:
    return sum(len(rule.questions) for rule in synthetic_book(SOURCES, size).rules)


@given(st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_a_book_has_the_variants_asked_for(size: int) -> None:
    assert _size(size) == size
    assert synthetic_book(SOURCES, size) == synthetic_book(SOURCES, size)


def test_a_large_book_keeps_every_rule_and_grows_it_from_its_own_words() -> None:
    book = synthetic_book(SOURCES, 200)
    assert len(book) == len(INTENTS) + len(VARIANTS)
    words = {f"0-{rule}": {word for text in texts for word in text.split()} for rule, texts in INTENTS.items()}
    for rule, known in words.items():
        assert len(book.by_id[rule].questions) > len(INTENTS[rule[2:]])
        assert {word for text in book.by_id[rule].questions for word in text.split()} <= known


@pytest.mark.parametrize("size", [10, 40])
def test_a_small_book_holds_only_what_was_written(size: int) -> None:
    written = {text for book in SOURCES for rule in book.rules for text in rule.questions}
    assert {text for rule in synthetic_book(SOURCES, size).rules for text in rule.questions} <= written
