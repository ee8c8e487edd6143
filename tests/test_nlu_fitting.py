"""What confidence.json is fitted on, and which turns prove its thresholds."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu.choice_fit import Candidates
from nlu.confidence import LETTERS
from nlu.development import HARD, PATCHY, PROVING, development_books, office_questions
from nlu.features import CANDIDATE_FEATURES
from nlu.fitting import fitted
from nlu.text import normalize
from nlu.turns import Asked
from rules.locations import ROOT, Locations
from tests.bench_data import write_public_data

PLACES = Locations.from_environment({})
OFFICES = sorted(path for path in (ROOT / "data").glob("*/oficinas/*") if path.is_dir())


def asked(seed: int, reliable: bool = True, variants: float = 12.0, amount: int = 400) -> Asked:
    """A book whose first feature tells what is right, or, where it isn't ``reliable``, the contrary; each turn
    has one candidate."""
    rng = np.random.default_rng(seed)
    sign = 1 if reliable else -1
    letters, values = rng.normal(size=(amount, len(LETTERS.inputs))), rng.normal(size=(amount, 2, len(CANDIDATE_FEATURES)))
    letters_right, right = (sign * part + rng.normal(scale=0.3, size=amount) > 0 for part in (letters[:, 0], values[:, 0, 0]))
    candidates = Candidates(values, np.tile([0, -1], (amount, 1)))
    rule, counts = np.where(right, 0, 1), np.full(2, variants)
    return Asked(letters, letters_right, candidates, candidates.at(np.zeros(0, dtype=int)), rule, counts, True)


def both_kinds(*named: tuple[str, bool]) -> tuple[list[str], list[Asked]]:
    """Thin and rich books of those names, reliable or not."""
    names = [name for name, _ in named] * 2
    parts = [asked(seed, reliable, variants) for variants in (5.0, 12.0) for seed, (_, reliable) in enumerate(named)]
    return names, parts


def fitted_confidence(names: list[str], parts: list[Asked]) -> dict:
    _, confidence = fitted(names, parts)
    return confidence


def wrong_share(content: dict, threshold: float = 0.9, way: str = "apart") -> float:
    """Of the curve of rich books, the share of wrong answers at ``threshold``."""
    _, answered, wrong = next(row for row in content["curves"]["both"]["rich"][way] if row[0] == threshold)
    return wrong / answered


def test_a_proving_book_draws_the_curve_and_changes_no_weight() -> None:
    plain = fitted_confidence(*both_kinds(("a-12", True), ("b-12", True)))
    proven = fitted_confidence(*both_kinds(("a-12", True), ("b-12", True), (f"own-12{PROVING}", False)))
    assert proven["stages"] == plain["stages"]
    assert wrong_share(plain) < 0.05 < 0.3 < wrong_share(proven)


def test_a_domain_s_turns_are_rated_by_a_fit_on_the_others() -> None:
    """A fit that saw the third domain would have learnt that there the input says the contrary."""
    content = fitted_confidence(*both_kinds(("a-12", True), ("b-12", True), ("c-12", False)))
    agreeing = fitted_confidence(*both_kinds(("a-12", True), ("b-12", True), ("c-12", True)))
    assert wrong_share(content) > 0.2 > wrong_share(agreeing)


def test_every_domain_counts_the_same_in_the_mean_however_many_its_books() -> None:
    names, parts = both_kinds(("a-12", True), ("a-13", True), ("a-14", True), ("b-12", True), (f"own-12{PROVING}", False))
    content = fitted_confidence(names, parts)
    mean = dict(content["curves"]["both"]["rich"]["domains"])[0.9]
    assert mean > 1.3 * wrong_share(content)


@pytest.mark.parametrize("tag", [PATCHY, HARD, ""])
def test_patchy_hard_and_banking_books_are_in_no_curve(tag: str) -> None:
    name = f"c-12{tag}" if tag else "banking-any12"
    content = fitted_confidence(*both_kinds(("a-12", True), ("b-12", True), (name, False)))
    assert max(answered for _, answered, _ in content["curves"]["both"]["rich"]["apart"]) <= 800


def test_one_domain_alone_promises_nothing() -> None:
    with pytest.raises(ValueError, match="another domain"):
        fitted_confidence(*both_kinds(("a-12", True), ("a-5", True)))


def test_the_development_books_are_of_many_domains_and_the_office_s_judged_turns_only_prove(tmp_path: Path) -> None:
    books = list(development_books(write_public_data(tmp_path / "publicos"), PLACES))
    names = [book.name for book in books]
    assert len(set(names)) == len(names)
    assert {"own", "clinc", "banking", "biblioteca", "clinica", "municipio", "tienda"} == {book.domain for book in books}
    assert all(PROVING in name or HARD in name for name in names if name.startswith("own"))
    for book in books:
        assert any(question.rule is None for question in book.questions)


@pytest.mark.parametrize("folder", OFFICES, ids=lambda folder: folder.name)
def test_an_invented_office_is_asked_what_it_answers_in_other_words_and_what_it_does_not(folder: Path) -> None:
    book, asked = office_questions(folder)
    assert len(book) == 96 and all(len(rule.questions) == 12 for rule in book.rules)
    assert {question.rule for question in asked} - {None} == set(book.by_id)
    assert sum(question.rule is None for question in asked) >= 100
    variants = {normalize(text) for rule in book.rules for text in rule.questions}
    assert not variants & {normalize(question.text) for question in asked}
