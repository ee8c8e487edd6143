"""Pairs of questions that are nearly the same text."""
from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from nlu.collisions import close_pairs

TEXTS = st.lists(st.text("abc ", max_size=12), max_size=12)


@given(TEXTS, st.sampled_from([60.0, 80.0, 90.0, 100.0]))
def test_the_pairs_are_exactly_those_that_token_sort_ratio_finds(texts: list[str], least: float) -> None:
    expected = {
        (i, j) for (i, a), (j, b) in combinations(enumerate(texts), 2) if fuzz.token_sort_ratio(a, b) >= least
    }
    assert {(i, j) for i, j, _ in close_pairs(texts, least)} == expected


def test_word_order_does_not_part_two_questions() -> None:
    assert list(close_pairs(["cuando pago", "nada que ver", "pago cuando"])) == [(0, 2, 100.0)]


def test_blocks_lose_no_pair() -> None:
    texts = [f"pregunta numero {i:05d} sobre algo" for i in range(600)]
    texts[599] = texts[0]
    assert (0, 599, 100.0) in list(close_pairs(texts, 99.9))
