"""What a book adds to the confidence: fitted once, kept as one file, never in the way."""
from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from nlu.calibration import Calibration, calibrate, load_or_fit, turns_hash, write_atomically
from nlu.confidence import CONFIDENCE_FILE, TAIL_FEATURES, ConfidenceModel
from nlu.decision import Decider
from nlu.matcher import Matcher
from nlu.questions import Question
from rules.locations import Locations
from rules.office import load_office
from tests.nlu_books import VARIANTS, book_of, entry, school_entries

JUDGED = [Question("cómo quito una materia", "renuncia"), Question("a qué hora juega el América", None)]
PLANTED = 4321


@pytest.fixture
def matcher(tmp_path: Path) -> Matcher:
    return Matcher(book_of(tmp_path / "libro", *school_entries()))


def planted(matcher: Matcher, path: Path, judged: list[Question] | None = None) -> Path:
    """A calibration file that can be told from a fitted one by its number of turns."""
    data = json.loads(calibrate(matcher, judged or []).to_json())
    write_atomically(path, json.dumps({**data, "turns": PLANTED}))
    return path


def test_a_calibration_survives_its_file(matcher: Matcher) -> None:
    fitted = calibrate(matcher, JUDGED)
    read = Calibration.from_json(fitted.to_json())
    np.testing.assert_allclose(read.statistics.tails, fitted.statistics.tails, atol=1e-6)
    np.testing.assert_array_equal(read.statistics.variants, fitted.statistics.variants)
    assert (read.book_hash, read.turns, read.judged, read.judged_hash) == (
        fitted.book_hash, fitted.turns, fitted.judged, fitted.judged_hash
    )  # fmt: skip
    assert read.to_json() == fitted.to_json()
    decided = [Decider(matcher.book, calibration=one).decide("en que banco pago") for one in (read, fitted)]
    assert decided[0].confidence == pytest.approx(decided[1].confidence, abs=1e-4)


def test_every_variant_is_asked_without_its_rule(matcher: Matcher) -> None:
    fitted = calibrate(matcher)
    questions = [question for rule in matcher.book.rules for question in rule.questions]
    assert fitted.turns == len(questions) and fitted.book_hash == matcher.book.hash
    assert fitted.statistics.tails.shape[0] == len(TAIL_FEATURES)
    assert (np.diff(fitted.statistics.tails, axis=1) >= 0).all()
    # With its rule a variant is found with similarity 1; without it nothing comes close.
    assert fitted.statistics.tails[TAIL_FEATURES.index("similarity")].max() < 0.9
    assert fitted.variants_a_rule == pytest.approx(len(questions) / len(matcher.book))


def test_fitting_twice_gives_the_same(matcher: Matcher) -> None:
    assert calibrate(matcher, JUDGED).to_json() == calibrate(Matcher(matcher.book), JUDGED).to_json()


def test_it_is_written_once_and_read_thereafter(matcher: Matcher, tmp_path: Path) -> None:
    path = tmp_path / "models" / "calibration.json"
    fitted = load_or_fit(matcher, path)
    assert Calibration.from_json(path.read_text(encoding="utf-8")).to_json() == fitted.to_json()
    assert load_or_fit(matcher, planted(matcher, path)).turns == PLANTED
    assert [file.name for file in path.parent.iterdir()] == ["calibration.json"]


def test_all_users_may_read_it(matcher: Matcher, tmp_path: Path) -> None:
    load_or_fit(matcher, tmp_path / "calibration.json")
    assert stat.S_IMODE((tmp_path / "calibration.json").stat().st_mode) == 0o644


def test_another_book_is_calibrated_anew(matcher: Matcher, tmp_path: Path) -> None:
    path = planted(matcher, tmp_path / "calibration.json")
    other = Matcher(book_of(tmp_path / "otro", *school_entries(), entry("nueva", ["¿Dónde queda la biblioteca?"])))
    assert load_or_fit(other, path).turns == calibrate(other).turns != PLANTED
    assert Calibration.from_json(path.read_text(encoding="utf-8")).book_hash == other.book.hash


def test_other_judged_turns_are_counted_anew(matcher: Matcher, tmp_path: Path) -> None:
    path = planted(matcher, tmp_path / "calibration.json")
    assert load_or_fit(matcher, path, JUDGED).judged
    planted(matcher, path, JUDGED)
    assert load_or_fit(matcher, path, JUDGED).turns == PLANTED
    assert load_or_fit(matcher, path, [*JUDGED, Question("otra", None)]).turns != PLANTED
    planted(matcher, path, JUDGED)
    assert load_or_fit(matcher, path).judged == ()


def test_another_confidence_model_rates_the_judged_turns_anew(
    matcher: Matcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = planted(matcher, tmp_path / "calibration.json", JUDGED)
    refitted = tmp_path / "confidence.json"
    refitted.write_bytes(CONFIDENCE_FILE.read_bytes() + b"\n")
    monkeypatch.setattr("nlu.calibration.CONFIDENCE_FILE", refitted)
    assert load_or_fit(matcher, path, JUDGED).turns != PLANTED


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"x"', b"null", b"3", b"{}", b'{"format": 1}', b'{"format": 2, "book_hash": "x"}',
     b'{"format": 2, "tails": [], "variants": []}', b"\xff\xfe\x00", b'{"format": 2, "tails": {"score": null}}'],
)  # fmt: skip
def test_a_damaged_file_is_replaced(matcher: Matcher, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calibration.json"
    path.write_bytes(content)
    fitted = load_or_fit(matcher, path)
    assert fitted.book_hash == matcher.book.hash
    assert Calibration.from_json(path.read_text(encoding="utf-8")).to_json() == fitted.to_json()


def test_a_place_that_cannot_be_written_is_no_failure(matcher: Matcher, tmp_path: Path) -> None:
    blocked = tmp_path / "archivo"
    blocked.write_text("no soy una carpeta", encoding="utf-8")
    assert load_or_fit(matcher, blocked / "calibration.json").book_hash == matcher.book.hash
    assert load_or_fit(matcher, None).book_hash == matcher.book.hash


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes and reads everywhere")
def test_a_read_only_folder_and_an_unreadable_file_are_no_failure(matcher: Matcher, tmp_path: Path) -> None:
    folder = tmp_path / "sólo lectura"
    folder.mkdir()
    path = planted(matcher, folder / "calibration.json")
    path.chmod(0)
    folder.chmod(0o500)
    assert load_or_fit(matcher, path).turns != PLANTED
    folder.chmod(0o700)


def test_one_rule_and_one_variant_a_rule_can_be_calibrated(tmp_path: Path) -> None:
    alone = calibrate(Matcher(book_of(tmp_path / "a", entry("a", ["¿Cómo pago?"]))))
    assert alone.turns == 0 and np.isfinite(alone.statistics.tails).all()
    pair = calibrate(Matcher(book_of(tmp_path / "b", entry("a", ["¿Cómo pago?"]), entry("b", ["¿Qué es una UEA?"]))))
    assert pair.turns == 2 and np.isfinite(pair.statistics.tails).all()


def test_enough_judged_turns_prove_the_threshold(matcher: Matcher) -> None:
    right = [Question(question, rule) for rule, questions in VARIANTS.items() for question in questions] * 20
    model = ConfidenceModel.load()
    proven = calibrate(matcher, right).threshold(model, 0.05)
    assert proven.proven and proven.origin == "turnos juzgados"
    few = calibrate(matcher, right[:5]).threshold(model, 0.05)
    assert few == model.threshold(0.05, calibrate(matcher).variants_a_rule)


def test_turns_are_told_apart() -> None:
    assert len({turns_hash([]), turns_hash(JUDGED), turns_hash(JUDGED[::-1])}) == 3


def test_half_a_file_is_never_left(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_atomically(path, "uno")
    write_atomically(path, "dos ñ")
    assert path.read_text(encoding="utf-8") == "dos ñ" and list(path.parent.iterdir()) == [path]
    (tmp_path / "c").mkdir()
    with pytest.raises(OSError, match="c"):
        write_atomically(tmp_path / "c", "no cabe")
    assert [file for file in tmp_path.iterdir() if file.suffix == ".tmp"] == []


def test_a_trained_model_of_another_version_still_answers(matcher: Matcher, tmp_path: Path) -> None:
    outdated = tmp_path / "calibration.json"
    outdated.write_text('{"format": 1}', encoding="utf-8")
    office = load_office(Locations.from_environment().office)
    decider = Decider.restore(matcher.book, office, outdated, 0.02)
    assert decider.decide(matcher.book.rules[0].questions[0]).rule_id == matcher.book.rules[0].id
