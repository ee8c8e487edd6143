"""Questions as vectors."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.ngrams import CHAR_MAX, CHAR_MIN, NgramIndex, char_ngrams, word_ngrams

BOOK = [["como", "pago"], ["donde", "pago", "la", "cuota"], ["credencial"], []]
WORD = st.text("abcñ1", min_size=1, max_size=8)


def test_words_and_pairs_are_told_apart_from_letters() -> None:
    assert word_ngrams(["como", "pago"]) == ["w como", "w pago", "b como pago"]
    assert char_ngrams("si") == (" s", "si", "i ", " si", "si ", " si ")


@given(WORD)
def test_letters_never_cross_a_word_nor_look_like_one(word: str) -> None:
    grams = char_ngrams(word)
    assert all(CHAR_MIN <= len(gram) <= CHAR_MAX and gram in f" {word} " for gram in grams)
    assert not set(grams) & set(word_ngrams([word, word]))


@given(st.lists(st.lists(WORD, max_size=5), min_size=1, max_size=6), st.lists(WORD, max_size=6))
def test_each_block_has_length_one_and_rows_are_the_vectors(book: list[list[str]], question: list[str]) -> None:
    index = NgramIndex(book)
    for grams in (word_ngrams(question), [gram for word in question for gram in char_ngrams(word)]):
        ids, weights = index.block(grams)
        assert len(set(ids.tolist())) == len(ids)
        assert weights @ weights == pytest.approx(1 if len(ids) else 0, abs=1e-5)
    matrix = index.matrix([question, *book]).toarray()
    ids, weights = index.vector(question)
    expected = np.zeros(len(index))
    expected[ids] = weights
    np.testing.assert_allclose(matrix[0], expected, atol=1e-6)


def test_the_rarer_a_word_the_more_it_weighs() -> None:
    index = NgramIndex(BOOK)
    assert index.word_idf("pago") < index.word_idf("credencial") <= index.word_idf("desconocida") == index.max_idf
    assert index.word_idf("pago") == pytest.approx(np.log(5 / 3) + 1, abs=1e-6)


def test_unknown_words_count_for_nothing() -> None:
    index = NgramIndex(BOOK)
    assert len(index.vector(["xyz"])[0]) == 0
    known, padded = index.block(["w pago"]), index.block(["w pago", "w xyz"])
    assert known[0].tolist() == padded[0].tolist() and known[1].tolist() == padded[1].tolist()


def test_a_bound_keeps_the_most_frequent() -> None:
    index = NgramIndex(BOOK, max_features=10)
    assert len(index) == 10 and "w pago" in index.vocabulary
    assert index.document_frequency.min() >= 1 and index.matrix(BOOK).shape == (4, 10)
