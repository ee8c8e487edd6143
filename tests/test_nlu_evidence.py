"""What speaks for a candidate rule, and what an excluded variant no longer says."""
from __future__ import annotations

import numpy as np
import pytest
from rapidfuzz import fuzz

from nlu.evidence import FEATURES, Evidence, EvidenceExtractor
from nlu.text import normalize, tokens
from tests.nlu_books import VARIANTS

QUESTIONS = [tokens(question) for questions in VARIANTS.values() for question in questions]
RULE_OF = np.repeat(np.arange(len(VARIANTS)), [len(questions) for questions in VARIANTS.values()])
RULES = list(VARIANTS)
# Features that hold no idf: they must agree to the last digit.
FREE_OF_IDF = ("score", "margin", "letters_covered", "letters_unknown", "length", "short", "question_word")
# These look at the three nearest by idf: they must agree where three are left.
OF_THE_NEAREST = ("token_sort", "ratio")
SCORES = np.array([0.5, 0.3, 0.25, 0.1, 0.05])
ASKED = [
    "¿Cómo doy de baja una UEA?", "cuanto tarda mi credencial", "pago", "zzz xyz", "donde tramito constancias y pagos",
]  # fmt: skip


def extractor() -> EvidenceExtractor:
    return EvidenceExtractor(QUESTIONS, RULE_OF)


def value(evidence: Evidence, name: str) -> float:
    return float(evidence.values[FEATURES.index(name)])


def by_rule(found: list[Evidence]) -> dict[int, Evidence]:
    return {evidence.rule: evidence for evidence in found}


@pytest.mark.parametrize("question", ASKED)
def test_an_excluded_variant_counts_as_never_written(question: str) -> None:
    full = extractor()
    for row in range(len(QUESTIONS)):
        kept = [i for i in range(len(QUESTIONS)) if i != row]
        without = EvidenceExtractor([QUESTIONS[i] for i in kept], RULE_OF[kept])
        left = by_rule(full.candidates(full.query_of(tokens(question)), SCORES, range(row, row + 1), 5))
        right = by_rule(without.candidates(without.query_of(tokens(question)), SCORES, amount=5))
        assert left.keys() == right.keys()
        for rule, evidence in left.items():
            for name in FREE_OF_IDF + (OF_THE_NEAREST if rule == RULE_OF[row] else ()):
                assert value(evidence, name) == pytest.approx(value(right[rule], name)), (row, rule, name)
            assert evidence.nearest != row


def test_an_excluded_variant_does_not_find_itself() -> None:
    full = extractor()
    for row, variant in enumerate(QUESTIONS):
        rule = int(RULE_OF[row])
        present = by_rule(full.candidates(full.query_of(variant), SCORES, amount=5))[rule]
        absent = by_rule(full.candidates(full.query_of(variant), SCORES, range(row, row + 1), 5))[rule]
        assert value(present, "similarity") == pytest.approx(1, abs=1e-5) and present.nearest == row
        assert value(absent, "similarity") < 0.99 and value(absent, "ratio") < 1


def test_an_excluded_rule_is_no_candidate_and_its_words_are_unknown() -> None:
    full = extractor()
    rule = RULES.index("credencial")
    query, block = full.query("credencial robaron repongo"), full.rows(rule)
    assert rule in by_rule(full.candidates(query, SCORES, amount=5))
    left = full.candidates(query, SCORES, block, 5)
    assert {evidence.rule for evidence in left} == set(range(len(RULES))) - {rule}
    for evidence in left:
        assert value(evidence, "words_unknown") == 1 and value(evidence, "words_covered") == 0
    assert full.candidates(query, SCORES, amount=1)[0].rule in range(len(RULES))


def test_nothing_of_one_question_stays_for_the_next() -> None:
    full = extractor()
    first = full.candidates(full.query(ASKED[0]), SCORES, amount=5)
    for question in ASKED:
        full.candidates(full.query(question), SCORES, range(4), 5)
    again = full.candidates(full.query(ASKED[0]), SCORES, amount=5)
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left.values, right.values)


def test_features_are_what_their_names_say() -> None:
    full = extractor()
    question = "¿Dónde pago la credencial nueva?"
    found = by_rule(full.candidates(full.query(question), SCORES, amount=5))[RULES.index("pago")]
    variants = [normalize(text) for text in VARIANTS["pago"]]
    nearest = max(fuzz.ratio(normalize(question), variant) for variant in variants)
    assert value(found, "score") == 0.3 and value(found, "margin") == pytest.approx(0.3 - 0.5)
    assert value(found, "ratio") == pytest.approx(nearest / 100)
    assert value(found, "length") == pytest.approx(np.log(1 + 5)) and value(found, "short") == 0
    assert value(found, "question_word") == pytest.approx(1 / 4)  # one of four variants asks «dónde»
    idf = full.index.word_idf
    total = sum(map(idf, tokens(question)))
    assert value(found, "words_unknown") == pytest.approx(idf("nueva") / total)
    assert value(found, "words_covered") == pytest.approx(sum(map(idf, ["donde", "pago", "la"])) / total)
    assert value(found, "rarest_uncovered") == pytest.approx(1)


def test_candidates_come_best_first_and_every_share_lies_within_0_and_1() -> None:
    full = extractor()
    for question in [*ASKED, "", "😀", "credencial " * 50]:
        found = full.candidates(full.query(question), SCORES, amount=3)
        assert len(found) == 3
        for evidence in found:
            assert np.isfinite(evidence.values).all()
            assert all(-1e-6 <= value(evidence, name) <= 1 + 1e-6 for name in FEATURES[2:] if name not in
                       ("length", "similarity_lead"))  # fmt: skip


def test_a_book_of_one_rule_leads_by_its_whole_score() -> None:
    alone = EvidenceExtractor([["como", "pago"]], np.array([0]))
    (found,) = alone.candidates(alone.query("cómo pago"), np.array([0.7]), amount=3)
    assert value(found, "margin") == 0.7 and value(found, "similarity_lead") == pytest.approx(1, abs=1e-5)


ANSWERS = ["Entra al sistema.", "En cualquier banco, hasta el 12 de mayo.", "Se tarda mucho.", "", "Es un trámite."]


@pytest.mark.parametrize(
    ("question", "rule", "lacking"),
    [
        ("¿a qué teléfono llamo por la equivalencia?", "equivalencia", 1),  # nobody states or asks for one
        ("¿qué es la equivalencia?", "equivalencia", 0),
        ("¿en qué fecha vence el pago?", "pago", 0),  # the answer states it
        ("¿cuánto tarda mi constancia?", "constancia", 0),  # a variant asks for it, whatever the answer says
        ("¿qué precio tiene la constancia?", "constancia", 1),
        ("¿a qué teléfono llamo por la credencial?", "credencial", 0),  # its answer isn't known
    ],
)
def test_a_datum_that_no_answer_states_and_no_variant_asks_for_is_lacking(question: str, rule: str, lacking: int) -> None:
    found = EvidenceExtractor(QUESTIONS, RULE_OF, answers=ANSWERS)
    evidence = by_rule(found.candidates(found.query(question), SCORES, amount=5))[RULES.index(rule)]
    assert value(evidence, "lacking") == lacking


def test_a_variant_left_out_asks_for_nothing() -> None:
    found = EvidenceExtractor(QUESTIONS, RULE_OF, answers=ANSWERS)
    row = QUESTIONS.index(tokens("¿Cuánto tarda la constancia de estudios?"))
    query = found.query_of(QUESTIONS[row])
    evidence = by_rule(found.candidates(query, SCORES, range(row, row + 1), 5))[RULES.index("constancia")]
    assert value(evidence, "lacking") == 1


def test_the_words_of_a_rule_are_those_of_the_variants_that_are_left() -> None:
    found = EvidenceExtractor(QUESTIONS, RULE_OF, answers=ANSWERS)
    rule = RULES.index("constancia")
    assert {"tarda", "constancia"} <= found.asked_words(rule)
    assert found.asked_words(rule, found.rows(rule)) == frozenset()
