"""The second opinion: what the sentence encoder adds to letters."""
from __future__ import annotations

import numpy as np
import pytest

from nlu.development import make_book
from nlu.encoder import load_encoder
from nlu.features import SEMANTIC_FEATURES
from nlu.matcher import Matcher
from nlu.semantic import SemanticMatcher
from tests.nlu_books import VARIANTS

ANSWERS = {"constancia": "El documento queda listo en cinco días hábiles."}


@pytest.fixture(scope="module")
def matcher() -> SemanticMatcher:
    encoder = load_encoder()
    assert encoder is not None
    return SemanticMatcher(Matcher(make_book(VARIANTS, ANSWERS)), encoder)


def echoed(matcher: SemanticMatcher, question: str, rule: str) -> float:
    place = list(VARIANTS).index(rule)
    (found,) = [evidence for evidence in matcher.rank(question, len(VARIANTS)) if evidence.rule == place]
    return float(found.values[SEMANTIC_FEATURES.index("echoed")])


def test_a_question_in_other_words_finds_its_rule(matcher: SemanticMatcher) -> None:
    assert matcher.rank("¿en qué sucursal bancaria deposito?", 1)[0].rule == list(VARIANTS).index("pago")


def test_a_word_that_the_rule_never_says_lowers_what_is_echoed(matcher: SemanticMatcher) -> None:
    known = echoed(matcher, "¿dónde tramito mi constancia?", "constancia")
    strange = echoed(matcher, "¿dónde tramito mi constancia de vacunación canina?", "constancia")
    assert known == pytest.approx(1) and strange < 0.9


def test_another_word_for_the_same_is_echoed_better_than_a_foreign_one(matcher: SemanticMatcher) -> None:
    near = echoed(matcher, "¿cómo abandono una asignatura?", "renuncia")
    far = echoed(matcher, "¿cómo horneo una asignatura?", "renuncia")
    assert far < near <= 1


def test_words_of_the_answer_are_echoed(matcher: SemanticMatcher) -> None:
    assert echoed(matcher, "constancia lista en días hábiles", "constancia") > echoed(
        matcher, "constancia lista en días hábiles", "credencial"
    )


def test_a_left_out_variant_is_no_echo_of_itself(matcher: SemanticMatcher) -> None:
    row = sum(VARIANTS.values(), []).index("¿Cuánto tarda la constancia de estudios?")
    block = range(row, row + 1)
    outputs = matcher.held_out(np.array([row]))[0]
    left = matcher.left_out(row, outputs, block)
    assert left.values[SEMANTIC_FEATURES.index("echoed")] < 1
