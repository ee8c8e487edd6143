"""What was fitted for a book is kept beside it, read back, and never in the way."""
from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from nlu.calibration import Calibration
from nlu.confidence import CONFIDENCE_FILE
from nlu.decision import Decider
from nlu.encoder import NONE, UNIVERSAL, Encoder, load_encoder
from nlu.prepared import COEFFICIENTS, prepare
from nlu.questions import Question
from rules.book import RuleBook
from rules.locations import Locations
from rules.office import load_office
from tests.nlu_books import VARIANTS, book_of, entry, school_entries

JUDGED = [Question("cómo quito una materia", "renuncia"), Question("a qué hora juega el América", None)]
PLANTED = 4321


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    return book_of(tmp_path / "libro", *school_entries())


@pytest.fixture(params=[UNIVERSAL, NONE])
def encoder(request: pytest.FixtureRequest) -> Encoder | None:
    return load_encoder(request.param)


def plant(path: Path) -> None:
    """Mark a kept calibration so that it can be told from a fitted one by its number of turns."""
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, "turns": PLANTED}), encoding="utf-8")


def kept(book: RuleBook, encoder: Encoder | None, path: Path, judged: list[Question] | None = None) -> Path:
    prepare(book, encoder, path, judged or [])
    plant(path)
    return path


def test_it_is_written_once_and_read_thereafter(book: RuleBook, encoder: Encoder | None, tmp_path: Path) -> None:
    path = tmp_path / "models" / "calibration.json"
    fitted = prepare(book, encoder, path)
    assert Calibration.from_json(path.read_text(encoding="utf-8")).to_json() == fitted.calibration.to_json()
    plant(path)
    restored = prepare(book, encoder, path)
    assert restored.calibration.turns == PLANTED
    assert sorted(file.name for file in path.parent.iterdir()) == ["calibration.json", COEFFICIENTS]
    question = "en que banco pago"
    for one, other in ((fitted.letters, restored.letters), (fitted.meaning, restored.meaning)):
        assert (one is None) is (other is None)
        if one and other:
            np.testing.assert_allclose(one.rank(question)[0].values, other.rank(question)[0].values, atol=1e-6)


def test_without_an_encoder_there_is_no_second_opinion(book: RuleBook) -> None:
    assert prepare(book, None).meaning is None
    assert prepare(book, None).calibration.encoder == NONE


def test_another_encoder_is_fitted_anew(book: RuleBook, tmp_path: Path) -> None:
    path = kept(book, None, tmp_path / "calibration.json")
    assert prepare(book, load_encoder(UNIVERSAL), path).calibration.encoder == UNIVERSAL


def test_all_users_may_read_it(book: RuleBook, tmp_path: Path) -> None:
    prepare(book, None, tmp_path / "calibration.json")
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("*.[jn]*")} == {0o644}


def test_another_book_is_fitted_anew(book: RuleBook, encoder: Encoder | None, tmp_path: Path) -> None:
    path = kept(book, encoder, tmp_path / "calibration.json")
    other = book_of(tmp_path / "otro", *school_entries(), entry("nueva", ["¿Dónde queda la biblioteca?"]))
    assert prepare(other, encoder, path).calibration.turns == sum(len(rule.questions) for rule in other.rules)
    assert Calibration.from_json(path.read_text(encoding="utf-8")).book_hash == other.hash


def test_coefficients_of_another_book_are_not_used(book: RuleBook, tmp_path: Path) -> None:
    other = book_of(tmp_path / "otro", *school_entries(), entry("nueva", ["¿Dónde queda la biblioteca?"]))
    foreign = kept(other, None, tmp_path / "ajeno" / "calibration.json")
    path = kept(book, None, tmp_path / "calibration.json")
    path.with_name(COEFFICIENTS).write_bytes(foreign.with_name(COEFFICIENTS).read_bytes())
    assert prepare(book, None, path).calibration.turns != PLANTED


def test_other_judged_turns_are_counted_anew(book: RuleBook, tmp_path: Path) -> None:
    path = kept(book, None, tmp_path / "calibration.json", JUDGED)
    assert prepare(book, None, path, JUDGED).calibration.turns == PLANTED
    assert prepare(book, None, path, None).calibration.turns == PLANTED
    assert prepare(book, None, path, [*JUDGED, Question("otra", None)]).calibration.turns != PLANTED
    plant(path)
    assert prepare(book, None, path, []).calibration.judged == ()


def test_another_confidence_model_rates_the_judged_turns_anew(
    book: RuleBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept(book, None, tmp_path / "calibration.json", JUDGED)
    refitted = tmp_path / "confidence.json"
    refitted.write_bytes(CONFIDENCE_FILE.read_bytes() + b"\n")
    monkeypatch.setattr("nlu.calibration.CONFIDENCE_FILE", refitted)
    assert prepare(book, None, path, JUDGED).calibration.turns != PLANTED


def test_another_metric_reads_the_variants_anew(book: RuleBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept(book, load_encoder(UNIVERSAL), tmp_path / "calibration.json")
    assert prepare(book, load_encoder(UNIVERSAL), path).calibration.turns == PLANTED
    monkeypatch.setattr("nlu.prepared.metric_hash", lambda: "otra")
    assert prepare(book, load_encoder(UNIVERSAL), path).calibration.turns != PLANTED


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'"x"', b"null", b"3", b"{}", b'{"format": 1}', b'{"format": 4, "book_hash": "x"}',
     b'{"format": 4, "tails": [], "variants": []}', b"\xff\xfe\x00", b'{"format": 4, "tails": {"letters": null}}'],
)  # fmt: skip
@pytest.mark.parametrize("name", ["calibration.json", COEFFICIENTS])
def test_a_damaged_file_is_replaced(book: RuleBook, tmp_path: Path, content: bytes, name: str) -> None:
    path = kept(book, None, tmp_path / "calibration.json")
    (tmp_path / name).write_bytes(content)
    fitted = prepare(book, None, path)
    assert fitted.calibration.turns != PLANTED
    plant(path)
    assert prepare(book, None, path).calibration.turns == PLANTED


def test_a_place_that_cannot_be_written_is_no_failure(book: RuleBook, tmp_path: Path) -> None:
    blocked = tmp_path / "archivo"
    blocked.write_text("no soy una carpeta", encoding="utf-8")
    assert prepare(book, None, blocked / "calibration.json").calibration.book_hash == book.hash


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes and reads everywhere")
def test_a_read_only_folder_and_an_unreadable_file_are_no_failure(book: RuleBook, tmp_path: Path) -> None:
    folder = tmp_path / "sólo lectura"
    folder.mkdir()
    path = kept(book, None, folder / "calibration.json")
    path.chmod(0)
    folder.chmod(0o500)
    assert prepare(book, None, path).calibration.turns != PLANTED
    folder.chmod(0o700)


def test_a_huge_book_is_linear_and_has_one_opinion(
    book: RuleBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("matcher", "ridge"):
        monkeypatch.setattr(f"nlu.{module}.DUAL_LIMIT", 5)
    path = tmp_path / "calibration.json"
    prepared = prepare(book, load_encoder(UNIVERSAL), path)
    assert prepared.meaning is None and prepared.letters.rule(prepared.letters.rank("como pago")[0]).id == "pago"
    plant(path)
    assert prepare(book, load_encoder(UNIVERSAL), path).calibration.turns == PLANTED


def test_a_trained_model_of_another_version_still_answers(book: RuleBook, tmp_path: Path) -> None:
    outdated = tmp_path / "calibration.json"
    outdated.write_text('{"format": 1}', encoding="utf-8")
    office = load_office(Locations.from_environment().office)
    decider = Decider.restore(book, office, outdated, 0.02, NONE)
    assert decider.decide(book.rules[0].questions[0]).rule_id == book.rules[0].id


def test_a_saved_decider_decides_as_before(book: RuleBook, tmp_path: Path) -> None:
    office = load_office(Locations.from_environment().office)
    decider = Decider(book, office, judged=JUDGED)
    decider.save(tmp_path / "modelo.json")
    restored = Decider.restore(book, office, tmp_path / "modelo.json", decider.risk, UNIVERSAL)
    for question in [*VARIANTS["pago"], "donde pago mi cuota", "clima de mañana"]:
        one, other = decider.decide(question), restored.decide(question)
        assert (one.rule_id, one.reason) == (other.rule_id, other.reason)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
