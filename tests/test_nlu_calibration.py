"""What a book adds to the confidence: fitted once, kept as one file, never in the way."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nlu.calibration import Calibration, CloseMiss, calibrate, turns_hash, write_atomically
from nlu.confidence import (
    CERTAINTY,
    LETTERS,
    BookStatistics,
    development_threshold,
    fewest_turns,
    shared,
    sparing_threshold,
)
from nlu.encoder import NONE
from nlu.matcher import Matcher
from nlu.questions import Question
from tests.nlu_books import VARIANTS, book_of, entry, school_entries

JUDGED = [Question("cómo quito una materia", "renuncia"), Question("a qué hora juega el América", None)]


@pytest.fixture
def matcher(tmp_path: Path) -> Matcher:
    return Matcher(book_of(tmp_path / "libro", *school_entries()))


def test_a_calibration_survives_its_file(matcher: Matcher) -> None:
    fitted = calibrate(matcher, judged=JUDGED)
    read = Calibration.from_json(fitted.to_json())
    np.testing.assert_allclose(read.statistics.tails, fitted.statistics.tails, atol=1e-6)
    np.testing.assert_array_equal(read.statistics.variants, fitted.statistics.variants)
    for name in ("book_hash", "turns", "judged", "close_misses", "judged_turns", "judged_variants", "judged_hash"):
        assert getattr(read, name) == getattr(fitted, name), name
    assert read.to_json() == fitted.to_json()


def test_every_variant_is_asked_without_its_rule(matcher: Matcher) -> None:
    fitted = calibrate(matcher)
    questions = [question for rule in matcher.book.rules for question in rule.questions]
    assert fitted.turns == len(questions) and fitted.book_hash == matcher.book.hash
    assert fitted.statistics.tails.shape[0] == len(LETTERS.tailed)
    assert (np.diff(fitted.statistics.tails, axis=1) >= 0).all()
    # With its rule a variant is found with similarity 1; without it nothing comes close.
    assert fitted.statistics.tails[LETTERS.tailed.index("similarity")].max() < 0.9
    assert fitted.variants_a_rule == pytest.approx(len(questions) / len(matcher.book))


def test_fitting_twice_gives_the_same(matcher: Matcher) -> None:
    assert calibrate(matcher, judged=JUDGED).to_json() == calibrate(Matcher(matcher.book), judged=JUDGED).to_json()


def test_one_rule_and_one_variant_a_rule_can_be_calibrated(tmp_path: Path) -> None:
    alone = calibrate(Matcher(book_of(tmp_path / "a", entry("a", ["¿Cómo pago?"]))))
    assert alone.turns == 0 and np.isfinite(alone.statistics.tails).all()
    pair = calibrate(Matcher(book_of(tmp_path / "b", entry("a", ["¿Cómo pago?"]), entry("b", ["¿Qué es una UEA?"]))))
    assert pair.turns == 2 and np.isfinite(pair.statistics.tails).all()


def test_enough_judged_turns_prove_the_threshold(matcher: Matcher) -> None:
    # One more word, and they are no variants of the book any more.
    variants = [(rule, question) for rule, questions in VARIANTS.items() for question in questions]
    right = [Question(f"{question} mañana", rule) for rule, question in variants] * 20
    proven = calibrate(matcher, judged=right).threshold(0.05)
    assert proven.proven and proven.origin == "turnos juzgados"
    few = calibrate(matcher, judged=right[:5]).threshold(0.05)
    assert few == development_threshold(0.05, calibrate(matcher).variants_a_rule, second_opinion=False)


def test_judged_turns_that_are_variants_prove_nothing(matcher: Matcher) -> None:
    written = [Question(f"Hola, ¡{q.upper()}!", rule) for rule, questions in VARIANTS.items() for q in questions] * 20
    alone = calibrate(matcher, judged=written)
    assert (alone.judged, alone.judged_turns, alone.judged_variants) == ((), 0, len(written))
    assert not alone.threshold(0.05).proven
    mixed = calibrate(matcher, judged=[*JUDGED, *written])
    assert mixed.judged == calibrate(matcher, judged=JUDGED).judged and mixed.judged_turns == len(JUDGED)


def test_no_more_close_misses_are_answered_than_may_be_wrong() -> None:
    judged = ((0.9, 400, 0), (0.8, 500, 1), (0.7, 600, 2))
    sure = (0.95, 0.85, 0.75, 0.72, 0.71, 0.705)
    missed = tuple(CloseMiss(str(turn), "a", sure[turn] if turn < len(sure) else 0.1) for turn in range(100))
    book = BookStatistics(LETTERS, np.zeros((len(LETTERS.tailed), 1)), np.full(9, 12))
    alone = Calibration("", NONE, book, None, 0, judged=judged)
    spared = replace(alone, close_misses=missed)
    assert alone.threshold(0.02).value == 0.7
    assert (spared.threshold(0.02).value, spared.threshold(0.05).value) == (0.752, 0.706)
    assert spared.threshold(0.02).proven and spared.threshold(0.02, sparing=False).value == 0.7
    harmless = tuple(miss._replace(official=False) for miss in missed)
    assert replace(alone, close_misses=harmless).threshold(0.02).value == 0.7


def test_too_few_close_misses_say_nothing_and_too_many_sure_ones_stop_all_answers() -> None:
    assert sparing_threshold([], 0, 0.02) == sparing_threshold([0.9], 49, 0.02) == sparing_threshold([0.9], 50, 0.02) == 0.0
    assert sparing_threshold([0.9999, 0.9999], 50, 0.02) == 1.0


def test_foreign_turns_are_no_close_misses(matcher: Matcher) -> None:
    foreign = Question("a qué hora juega el América", None, foreign=True)
    found = calibrate(matcher, judged=[*JUDGED, foreign])
    assert [miss.text for miss in found.close_misses] == [JUDGED[1].text] and found.judged_turns == 3


# Rules × variants of an ample book, whose own turns are a proof beside that of the development books.
AMPLE = BookStatistics(LETTERS, np.zeros((len(LETTERS.tailed), 1)), np.full(9, 40))


def test_the_lower_of_two_proofs_shares_the_tolerated_error() -> None:
    at = 0.9
    enough = fewest_turns(0.05, shared(CERTAINTY)[0])
    alone = Calibration("", NONE, AMPLE, None, 0)
    assert alone.threshold(0.05) == development_threshold(0.05, 40, second_opinion=False)
    for turns, own in ((enough, True), (enough - 1, False)):
        found = Calibration("", NONE, AMPLE, None, 0, own=((at, turns, 0), (0.5, turns, 0))).threshold(0.05)
        assert found.proven and ("este libro" in found.origin) is own
        if not own:
            assert found.value == development_threshold(0.05, 40, False, certainty=shared(CERTAINTY)[1]).value


def test_turns_are_told_apart() -> None:
    assert len({turns_hash([]), turns_hash(JUDGED), turns_hash(JUDGED[::-1])}) == 3


def test_half_a_file_is_never_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_atomically(path, b"uno")
    write_atomically(path, "dos ñ".encode())
    assert path.read_text(encoding="utf-8") == "dos ñ" and list(path.parent.iterdir()) == [path]
    (tmp_path / "c").mkdir()
    with pytest.raises(OSError, match="c"):
        write_atomically(tmp_path / "c", b"no cabe")
    assert [file for file in tmp_path.iterdir() if file.suffix == ".tmp"] == []
